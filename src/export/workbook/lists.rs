//! The sheets after the questions: every row, the charts' numbers, tests, weights, dictionary.

use isoloir_disclosure::{Release, ReleaseTable, TableSpec};
use rust_xlsxwriter::{ColNum, RowNum, Worksheet, XlsxError};

use super::Book;
use super::sheet::{FIRST_ROW, status_words};
use crate::about::{weighting_notes, weighting_words};
use crate::number::tidy;
use crate::tidy::tidy_rows;
use crate::variables::variables;

pub(super) const ROWS: &str = "Données";
pub(super) const CHART_NUMBERS: &str = "Données des graphiques";
pub(super) const TESTS: &str = "Tests";
pub(super) const WEIGHTS: &str = "Redressement";
pub(super) const DICTIONARY: &str = "Dictionnaire";

/// One bar of a chart.
pub(super) struct Bar<'a> {
    label: &'a str,
    share: f64,
    low: f64,
    high: f64,
}

/// Bars of choices without an order: the longest. Their numbers are all on the sheet.
const MOST_BARS: usize = 24;

/// What the chart of a question shows, and where its numbers stand.
pub(super) struct Charted<'a> {
    question: &'a str,
    /// Of the chart, which says how many bars it leaves out.
    pub(super) title: String,
    bars: Vec<Bar<'a>>,
    /// The first and the last row on the sheet of charts' numbers that are drawn; none where nothing is published.
    pub(super) rows: Option<(RowNum, RowNum)>,
}

impl Charted<'_> {
    /// The chart for whoever hears it.
    pub(super) fn words(&self) -> String {
        let bars = self.bars.iter().map(|bar| format!("{}\u{a0}: {:.0}\u{a0}%", bar.label, bar.share * 100.0));
        bars.collect::<Vec<_>>().join("\u{202f}; ")
    }
}

/// Published shares of everybody, in that order.
fn bars(release: &Release) -> impl Iterator<Item = (&TableSpec, Vec<Bar<'_>>)> {
    release.questions().map(|tables| {
        let (spec, total) = (tables[0].spec(), tables[0].total());
        let cells = tables[0].reading_order().into_iter().map(|index| (&spec.columns[index], &total.cells[index]));
        let bars = cells.filter_map(|(column, cell)| {
            let ((low, high), share) = (cell.interval()?, cell.share()?);
            Some(Bar { label: &column.label, share, low, high })
        });
        (spec, bars.collect())
    })
}

impl Book<'_> {
    /// What is charted, question by question, each below the one before.
    pub(super) fn charted(&self) -> Vec<Charted<'_>> {
        let mut next = FIRST_ROW + 1;
        let charted = bars(self.release).map(|(spec, bars)| {
            let rows = |count: usize| RowNum::try_from(count).unwrap_or(RowNum::MAX);
            let drawn = if spec.ordered || bars.len() <= MOST_BARS + 1 { bars.len() } else { MOST_BARS };
            let title = match bars.len() - drawn {
                0 => spec.title.clone(),
                _ => format!("{}\u{a0}: les {drawn} réponses les plus fréquentes, sur {}", spec.title, bars.len()),
            };
            let place = (drawn > 0).then(|| (next, next + rows(drawn) - 1));
            next += rows(bars.len());
            Charted { question: &spec.title, title, bars, rows: place }
        });
        charted.collect()
    }

    pub(super) fn chart_numbers(&self, sheet: &mut Worksheet, charts: &[Charted]) -> Result<(), XlsxError> {
        self.head(
            sheet,
            CHART_NUMBERS,
            CHART_NUMBERS,
            "Les parts publiées de l’ensemble, dans l’ordre des graphiques.",
        )?;
        let columns = [
            ("Question", 40.0),
            ("Choix", 40.0),
            ("Part", 10.0),
            ("IC 95 % bas", 12.0),
            ("IC 95 % haut", 12.0),
            ("Écart vers le haut", 12.0),
            ("Écart vers le bas", 12.0),
        ];
        self.headings(sheet, FIRST_ROW, &columns)?;
        let mut row = FIRST_ROW + 1;
        for charted in charts {
            for bar in &charted.bars {
                sheet.write_string_with_format(row, 0, charted.question, &self.formats.label)?;
                sheet.write_string_with_format(row, 1, bar.label, &self.formats.label)?;
                let numbers = [bar.share, bar.low, bar.high, bar.high - bar.share, bar.share - bar.low];
                for (column, number) in (2..).zip(numbers) {
                    sheet.write_number_with_format(row, column, tidy(number), &self.formats.share)?;
                }
                row += 1;
            }
        }
        Ok(())
    }

    pub(super) fn rows(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        self.head(sheet, ROWS, "Toutes les données", "Une ligne par question, choix et modalité\u{a0}; à filtrer.")?;
        let columns = [
            ("Variable", 22.0),
            ("Question", 34.0),
            ("Croisement", 16.0),
            ("Modalité", 26.0),
            ("Choix", 36.0),
            ("Part", 13.0),
            ("Erreur type", 11.0),
            ("IC 95 % bas", 11.0),
            ("IC 95 % haut", 11.0),
            ("Effectif", 11.0),
            ("Effectif redressé", 11.0),
            ("Base", 10.0),
            ("Statut", 14.0),
        ];
        self.headings(sheet, FIRST_ROW, &columns)?;
        let formats = &self.formats;
        let mut row = FIRST_ROW;
        for values in tidy_rows(self.release.tables()) {
            row += 1;
            let texts =
                [values.question, values.title, values.breakdown_label, values.category_label, values.choice_label];
            for (column, text) in (0..).zip(texts) {
                sheet.write_string(row, column, text)?;
            }
            let [count, weighted, share, error, low, high] = values.numbers();
            self.share(sheet, (row, 5), share, status_words(values.status))?;
            let base = values.base.map(f64::from);
            let numbers = [
                (error, &formats.error),
                (low, &formats.share),
                (high, &formats.share),
                (count, &formats.count),
                (weighted, &formats.weighted),
                (base, &formats.count),
            ];
            for (column, (number, format)) in (6..).zip(numbers) {
                Self::optional(sheet, row, column, number, format)?;
            }
            sheet.write_string(row, 12, status_words(values.status))?;
        }
        sheet.autofilter(FIRST_ROW, 0, row, last(&columns))?;
        Ok(())
    }

    pub(super) fn tests(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let under = "Test d’indépendance de Rao–Scott\u{a0}: en dessous de 0,05 (p corrigée), un lien est vraisemblable parmi les \
                     répondants.";
        self.head(sheet, TESTS, "Tests", under)?;
        let columns = [
            ("Question", 40.0),
            ("Choix testé", 34.0),
            ("Croisement", 22.0),
            ("F", 10.0),
            ("ddl 1", 10.0),
            ("ddl 2", 12.0),
            ("p", 10.0),
            ("p corrigée (Holm)", 12.0),
        ];
        self.headings(sheet, FIRST_ROW, &columns)?;
        let formats = &self.formats;
        let mut row = FIRST_ROW;
        for test in self.release.tests() {
            row += 1;
            let table = self
                .release
                .tables()
                .iter()
                .find(|table| table.spec().question == test.question && table.spec().by == test.breakdown);
            let spec = table.map(ReleaseTable::spec);
            let choice = test.choice.as_deref().unwrap_or_default();
            let label = spec.and_then(|spec| spec.columns.iter().find(|column| column.code == choice));
            let texts = [
                spec.map_or(test.question.as_str(), |spec| &spec.title),
                label.map_or(choice, |column| &column.label),
                spec.map_or(test.breakdown.as_str(), |spec| &spec.breakdown),
            ];
            for (column, text) in (0..).zip(texts) {
                sheet.write_string_with_format(row, column, text, &formats.label)?;
            }
            let numbers = [
                (test.f, &formats.number),
                (test.df1, &formats.number),
                (test.df2, &formats.number),
                (test.p_value, &formats.probability),
                (test.p_holm, &formats.probability),
            ];
            for (column, (number, format)) in (3..).zip(numbers) {
                sheet.write_number_with_format(row, column, tidy(number), format)?;
            }
        }
        sheet.autofilter(FIRST_ROW, 0, row.max(FIRST_ROW + 1), last(&columns))?;
        Ok(())
    }

    pub(super) fn weights(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = format!("Redressement\u{a0}: {}.", weighting_words(self.release));
        self.head(sheet, WEIGHTS, WEIGHTS, &words)?;
        sheet.set_column_width(0, 62)?.set_column_width(1, 18)?;
        let formats = &self.formats;
        let mut lines = vec![("Réponses", self.release.respondents().map(f64::from), &formats.count)];
        if let Some(weighting) = self.release.weighting() {
            lines.extend([
                ("Population représentée", Some(weighting.population), &formats.count),
                ("Plus petit poids", Some(weighting.min), &formats.number),
                ("Poids médian", Some(weighting.median), &formats.number),
                ("Poids moyen", Some(weighting.mean), &formats.number),
                ("Plus grand poids", Some(weighting.max), &formats.number),
                ("Coefficient de variation des poids", Some(weighting.cv), &formats.number),
                ("Effet de plan des poids (Kish)", Some(weighting.deff), &formats.number),
                ("Réponses de même précision sans redressement", Some(weighting.n_eff), &formats.count),
                ("Passages sur les marges", Some(f64::from(weighting.iterations)), &formats.count),
            ]);
        }
        let mut row = FIRST_ROW;
        for (words, number, format) in lines {
            sheet.write_string_with_format(row, 0, words, &formats.label)?;
            Self::optional(sheet, row, 1, number, format)?;
            row += 1;
        }
        for sentence in weighting_notes(self.release) {
            sheet.write_string(row, 0, sentence)?;
            row += 1;
        }
        Ok(())
    }

    pub(super) fn dictionary(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        self.head(
            sheet,
            DICTIONARY,
            DICTIONARY,
            "Les questions telles qu’elles ont été posées, leurs codes et leurs libellés.",
        )?;
        let columns = [
            ("Variable", 24.0),
            ("Titre", 32.0),
            ("Question", 60.0),
            ("Réponse", 24.0),
            ("Champ", 40.0),
            ("Code", 18.0),
            ("Libellé", 44.0),
            ("Non-réponse", 12.0),
        ];
        self.headings(sheet, FIRST_ROW, &columns)?;
        let mut row = FIRST_ROW;
        for variable in variables(self.questionnaire) {
            let (text, kind, universe) = (variable.wording(), variable.kind_words(), variable.universe());
            let question = [variable.name(), variable.title(), &text, &kind, &universe];
            let codes: Vec<[&str; 3]> = variable
                .question
                .choices()
                .iter()
                .map(|choice| [choice.code.as_str(), choice.label.fr(), if choice.missing { "oui" } else { "" }])
                .collect();
            // A variable without codes has a row all the same.
            let codes = if codes.is_empty() { vec![[""; 3]] } else { codes };
            // Some programs do not make rows as high as their texts.
            let lines = [text.chars().count().div_ceil(55), universe.chars().count().div_ceil(36), 1].into_iter().max();
            let height = u32::try_from(lines.unwrap_or(1)).unwrap_or(u32::MAX).saturating_mul(20);
            for code in codes {
                row += 1;
                sheet.set_row_height_pixels(row, height)?;
                for (column, text) in (0..).zip(question.into_iter().chain(code)) {
                    sheet.write_string_with_format(row, column, text, &self.formats.text)?;
                }
            }
        }
        sheet.autofilter(FIRST_ROW, 0, row.max(FIRST_ROW + 1), last(&columns))?;
        Ok(())
    }
}

/// The last of some columns.
pub(super) fn last(columns: &[(&str, f64)]) -> ColNum {
    ColNum::try_from(columns.len().saturating_sub(1)).unwrap_or(ColNum::MAX)
}
