//! The sheet of a question: everybody with intervals and a chart, then a cross-table per breakdown.

use isoloir_disclosure::{Protection, ReleaseTable};
use rust_xlsxwriter::{
    Chart, ChartErrorBars, ChartErrorBarsType, ChartFont, ChartFormat, ChartLine, ChartRange, ChartSolidFill,
    ChartType, ColNum, Color, RowNum, Worksheet, XlsxError,
};

use super::Book;
use super::format::ACCENT;
use super::lists::{CHART_NUMBERS, Charted};
use super::sheet::{FIRST_ROW, absence};
use crate::crossings::difference;
use crate::tidy::{TidyRow, tidy_rows};
use crate::variables::variables;

const COLUMNS: [(&str, f64); 7] = [
    ("Ensemble", 56.0),
    ("Part", 12.0),
    ("IC 95 % bas", 12.0),
    ("IC 95 % haut", 12.0),
    ("Erreur type", 12.0),
    ("Effectif", 12.0),
    ("Effectif redressé", 12.0),
];

/// Cross-tables have as many columns as the question has choices.
const CHOICE_WIDTH: f64 = 12.0;

const ALTERNATIVE_LENGTH: usize = 255;

/// Counts come last, and are never published beside noise.
const COLUMNS_OF_COUNTS: usize = 2;

/// The height of a row that nobody changed, in pixels.
const ROW_HEIGHT: u32 = 20;

impl Book<'_> {
    pub(super) fn question(
        &self,
        sheet: &mut Worksheet,
        name: &str,
        tables: &[ReleaseTable],
        charted: &Charted,
    ) -> Result<(), XlsxError> {
        let spec = tables[0].spec();
        self.head(sheet, name, &spec.title, &spec.text)?;
        sheet.write_string_with_format(2, 1, self.about_question(tables), &self.formats.note)?;
        let choices = ColNum::try_from(spec.columns.len()).unwrap_or(ColNum::MAX);
        sheet.set_column_range_width(1, choices.saturating_add(1), CHOICE_WIDTH)?;
        let has_counts = self.release.protection() != Protection::CellKey;
        let columns = if has_counts { &COLUMNS[..] } else { &COLUMNS[..COLUMNS.len() - COLUMNS_OF_COUNTS] };
        self.headings(sheet, FIRST_ROW, columns)?;
        let mut row = self.everybody(sheet, tables)?;
        if let Some(chart) = self.chart(charted) {
            sheet.insert_chart(row + 1, 0, &chart)?;
            // Cross-tables start below the chart, so that it hides none of them.
            row += 2 + chart_height(charted.rows) / ROW_HEIGHT;
        }
        for table in tables.iter().filter(|table| !table.spec().by.is_empty()) {
            row = self.crossed(sheet, table, row + 1)?;
        }
        sheet.set_freeze_panes(FIRST_ROW, 1)?;
        // Each table has headings of its own: those of the first would stand over the others on a second page.
        sheet.set_portrait().set_repeat_rows(0, 0)?;
        Ok(())
    }

    /// Who was asked, how to add up, and how a score is made.
    fn about_question(&self, tables: &[ReleaseTable]) -> String {
        let spec = tables[0].spec();
        let variable = variables(self.questionnaire).find(|variable| variable.name() == spec.question);
        let universe = variable.map(|variable| format!("Champ\u{a0}: {}.", variable.universe())).unwrap_or_default();
        let several =
            if spec.several { " Plusieurs réponses possibles\u{a0}: les parts font plus de 100\u{a0}%." } else { "" };
        let formula =
            variable.and_then(|variable| variable.formula()).map(|formula| format!(" Calcul\u{a0}: {formula}"));
        let instrument = variable.and_then(|variable| variable.scored_instrument());
        let instrument = instrument.map(|instrument| format!(" {}", instrument.citation));
        format!("{universe}{several}{}{}", formula.unwrap_or_default(), instrument.unwrap_or_default())
    }

    /// A row per choice, then the base. Returns the first free row.
    fn everybody(&self, sheet: &mut Worksheet, tables: &[ReleaseTable]) -> Result<RowNum, XlsxError> {
        let (formats, table) = (&self.formats, &tables[0]);
        let mut row = FIRST_ROW + 1;
        let everybody: Vec<TidyRow> = tidy_rows(&tables[..1]).take(table.spec().columns.len()).collect();
        for values in table.reading_order().into_iter().map(|column| &everybody[column]) {
            let missing = if values.missing { " (non-réponse)" } else { "" };
            sheet.write_string_with_format(row, 0, format!("{}{missing}", values.choice_label), &formats.label)?;
            let [count, weighted, share, error, low, high] = values.numbers();
            self.share(sheet, (row, 1), share, absence(table, table.total(), &values.estimate))?;
            Self::optional(sheet, row, 2, low, &formats.share)?;
            Self::optional(sheet, row, 3, high, &formats.share)?;
            Self::optional(sheet, row, 4, error, &formats.error)?;
            Self::optional(sheet, row, 5, count, &formats.count)?;
            Self::optional(sheet, row, 6, weighted, &formats.weighted)?;
            row += 1;
        }
        sheet.write_string_with_format(row, 0, "Base\u{a0}: personnes qui ont répondu", &formats.label)?;
        Self::optional(sheet, row, 1, table.total().base.map(f64::from), &formats.count)?;
        Ok(row + 1)
    }

    /// Shares by category and choice, with the base of each row. Returns the first free row.
    fn crossed(&self, sheet: &mut Worksheet, table: &ReleaseTable, start: RowNum) -> Result<RowNum, XlsxError> {
        let (formats, spec) = (&self.formats, table.spec());
        sheet.write_string_with_format(start, 0, format!("Selon\u{a0}: {}", spec.breakdown), &formats.heading)?;
        if let Some(words) = difference(self.release, table) {
            sheet.write_string_with_format(start, 1, words, &formats.note)?;
        }
        let mut row = start + 1;
        sheet.write_string_with_format(row, 0, "Part de chaque réponse, par ligne", &formats.first_header)?;
        let order = table.reading_order();
        let labels = order.iter().map(|column| spec.columns[*column].label.as_str()).chain(["Base"]);
        for (column, label) in (1..).zip(labels) {
            sheet.write_string_with_format(row, column, label, &formats.header)?;
        }
        sheet.set_row_height(row, 48)?;
        for (category, values) in spec.rows.iter().zip(table.rows()) {
            row += 1;
            sheet.write_string_with_format(row, 0, &category.label, &formats.label)?;
            let mut column = 1;
            for cell in order.iter().map(|column| &values.cells[*column]) {
                self.share(sheet, (row, column), cell.share(), absence(table, values, cell))?;
                column += 1;
            }
            Self::optional(sheet, row, column, values.base.map(f64::from), &formats.count)?;
        }
        Ok(row + 1)
    }

    /// The published shares of everybody as bars with their intervals; none where nothing is published.
    fn chart(&self, charted: &Charted) -> Option<Chart> {
        let (first, last) = charted.rows?;
        let range = |column: ColNum| ChartRange::new_from_range(CHART_NUMBERS, first, column, last, column);
        let mut chart = Chart::new(ChartType::Bar);
        let title = if self.warning.is_empty() {
            charted.title.clone()
        } else {
            format!("{} ({})", charted.title, self.warning)
        };
        let small = ChartFont::new().set_size(9).clone();
        chart.title().set_name(&title).set_font(ChartFont::new().set_size(11).set_bold());
        let mut intervals = ChartErrorBars::new();
        intervals.set_type(ChartErrorBarsType::Custom(range(5), range(6)));
        intervals.set_format(ChartFormat::new().set_line(ChartLine::new().set_color(Color::RGB(0x0033_3333))));
        let series = chart.add_series();
        series.set_name("Part").set_categories(&range(1)).set_values(&range(2)).set_gap(60);
        series.set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(ACCENT)));
        series.set_x_error_bars(&intervals);
        // The library calls the vertical axis of bars y, whatever it holds.
        chart.y_axis().set_reverse().set_font(&small);
        let grid = ChartLine::new().set_color(Color::RGB(0x00D0_D8D8)).clone();
        chart.x_axis().set_min(0).set_num_format("0%").set_font(&small).set_major_gridlines_line(&grid);
        chart.legend().set_hidden();
        chart.set_width(760).set_height(chart_height(charted.rows));
        // Excel refuses more characters; the numbers stand in the cells beside the chart.
        let words = format!("Parts de chaque réponse, avec leur intervalle à 95\u{a0}%. {}", charted.words());
        chart.set_alt_text(words.chars().take(ALTERNATIVE_LENGTH).collect::<String>());
        Some(chart)
    }
}

/// In pixels.
fn chart_height(rows: Option<(RowNum, RowNum)>) -> u32 {
    let bars = rows.map_or(0, |(first, last)| last - first + 1);
    bars.saturating_mul(30).saturating_add(110)
}
