//! One bar per choice, for everybody: the label above, the share at the end of the bar.

use isoloir_disclosure::{Column, Protection, ReleaseTable};
use plotters::prelude::Rectangle;
use plotters::style::Color;

use crate::canvas::{
    Area, BAR, ChartError, LINE_HEIGHT, NEUTRAL, WIDTH, Words, draw, length, scratch, text_style, wrap,
};
use crate::wording::{finding, percent, sorted_columns};

const BAR_HEIGHT: i32 = 20;
const GAP: i32 = 12;
/// Room for « 95 % ou plus » at the end of the longest bar.
const VALUE_WIDTH: i32 = 116;
const TEXT_WIDTH: i32 = WIDTH - 4;
/// Where bars start when their labels stand beside them.
const BESIDE_WIDTH: i32 = 32;
/// Longest label that stands beside its bar: the points of a scale.
const BESIDE_CHARS: usize = 3;

/// Draws the shares of everybody. A masked share has no bar and says so in words.
///
/// # Errors
/// [`ChartError`].
pub fn bars(table: &ReleaseTable) -> Result<String, ChartError> {
    let spec = table.spec();
    let columns = sorted_columns(table);
    let is_scale = columns.iter().all(|(_, column, _)| column.missing || column.label.chars().count() <= BESIDE_CHARS);
    let bars: Vec<Bar> =
        columns.iter().map(|(_, column, estimate)| Bar::new(column, estimate.share(), is_scale, table)).collect();
    let height = bars.iter().map(Bar::height).sum();
    let described: Vec<String> = bars
        .iter()
        .map(|bar| match bar.share {
            Some(share) => format!("{}\u{a0}: {}", bar.column.label, percent(share, table.protection())),
            None => format!("{}\u{a0}: effectif trop petit", bar.column.label),
        })
        .collect();
    let title = match finding(table) {
        Some(finding) => format!("{}\u{a0}: {finding}", spec.title),
        None => spec.title.clone(),
    };
    let words = Words {
        id: format!("g-{}", spec.question),
        title,
        description: described.join("\u{a0}; ") + ".",
        protection: table.protection(),
    };
    draw(&words, height, |area| {
        let mut y = 0;
        for bar in &bars {
            bar.paint(area, y)?;
            y += bar.height();
        }
        Ok(())
    })
}

/// One bar with its label: above it, or beside it on a scale.
struct Bar<'a> {
    column: &'a Column,
    share: Option<f64>,
    protection: Protection,
    lines: Vec<String>,
    is_beside: bool,
}

impl<'a> Bar<'a> {
    fn new(column: &'a Column, share: Option<f64>, is_scale: bool, table: &ReleaseTable) -> Self {
        let is_beside = is_scale && !column.missing;
        let protection = table.protection();
        Self { column, share, protection, lines: scratch(|area| wrap(area, &column.label, TEXT_WIDTH)), is_beside }
    }

    fn height(&self) -> i32 {
        let lines = i32::try_from(self.lines.len()).unwrap_or(1);
        if self.is_beside { BAR_HEIGHT + GAP / 2 } else { lines * LINE_HEIGHT + BAR_HEIGHT + GAP }
    }

    fn paint(&self, area: &Area, top: i32) -> Result<(), Box<dyn std::error::Error>> {
        let mut y = top;
        for line in &self.lines {
            area.draw_text(line, &text_style(false), (0, y))?;
            y += if self.is_beside { 0 } else { LINE_HEIGHT };
        }
        let left = if self.is_beside { BESIDE_WIDTH } else { 0 };
        let Some(share) = self.share else {
            area.draw_text("effectif trop petit", &text_style(false).color(&NEUTRAL), (left, y + 1))?;
            return Ok(());
        };
        // A bar of less than two units cannot be seen.
        let right = left + length(share, WIDTH - VALUE_WIDTH - left).max(2);
        let colour = if self.column.missing { NEUTRAL } else { BAR };
        area.draw(&Rectangle::new([(left, y), (right, y + BAR_HEIGHT - 2)], colour.filled()))?;
        area.draw_text(&percent(share, self.protection), &text_style(true), (right + 8, y + 1))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use isoloir_disclosure::{
        Column, Policy, Protection, RawEdition, RawTable, RecordKey, Release, Row, TableSpec, Tally, protect,
    };

    use crate::{bars, dots, finding};

    fn tally(records: std::ops::Range<u32>) -> Tally {
        records.fold(Tally::default(), |sum, record| {
            let key = RecordKey::derive(&[1; 32], &record.to_be_bytes());
            sum.plus(Tally::new(1, key.to_u64()))
        })
    }

    /// Three communes, three answers: most say yes, some no, almost nobody does not know.
    fn release() -> Release {
        release_under(&Policy::standard().expect("a policy"))
    }

    fn release_under(policy: &Policy) -> Release {
        let column = |code: &str, label: &str, missing| Column { code: code.into(), label: label.into(), missing };
        let row = |code: &str, label: &str| Row { code: code.into(), label: label.into() };
        let spec = TableSpec {
            question: "renonce".into(),
            title: "Renoncement <aux> soins".into(),
            text: "Avez-vous renoncé ?".into(),
            axis: None,
            several: false,
            ordered: true,
            breakdown: "Commune".into(),
            by: "commune".into(),
            headline: vec!["oui".into()],
            columns: vec![
                column("oui", "Oui", false),
                column("non", "Non & non", false),
                column("nsp", "Je ne sais pas", true),
            ],
            rows: vec![
                row("", "Ensemble"),
                row("49301", "Sèvremoine"),
                row("49092", "Chemillé-en-Anjou"),
                row("49023", "Beaupréau-en-Mauges"),
            ],
        };
        let bases = vec![tally(0..400), tally(0..250), tally(250..380), tally(380..400)];
        let cells = vec![
            vec![tally(0..240), tally(240..398), tally(398..400)],
            vec![tally(0..150), tally(240..340), tally(0..0)],
            vec![tally(150..230), tally(340..388), tally(398..400)],
            vec![tally(230..240), tally(388..398), tally(0..0)],
        ];
        let table = RawTable::new(spec, bases, cells).expect("a table");
        protect(RawEdition::new(tally(0..400), vec![table]), policy).expect("a release")
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows() {
        let release = release();
        let svg = bars(&release.tables()[0]).expect("a chart");
        assert!(svg.starts_with("<svg xmlns=") && svg.contains(r#"role="img""#));
        assert!(svg.contains("<title id=\"g-renonce-titre\">Renoncement &lt;aux&gt; soins\u{a0}: "));
        assert!(svg.contains("Oui\u{a0}: 6") || svg.contains("Oui\u{a0}: 5"), "about 60 %: {svg}");
        assert!(svg.contains("Je ne sais pas\u{a0}: effectif trop petit"));
        assert!(svg.contains("Non &amp; non"));
        assert!(!svg.contains("style="), "inline styles are refused by the pages' policy");
    }

    #[test]
    fn a_small_commune_is_named_without_a_number() {
        let release = release();
        let svg = dots(&release.tables()[0]).expect("a chart").expect("a headline and a breakdown");
        assert!(svg.contains("Beaupréau-en-Mauges\u{a0}: effectif trop petit"));
        assert!(svg.contains("Sèvremoine\u{a0}: 6") || svg.contains("Sèvremoine\u{a0}: 5"));
        let circles = svg.matches("<circle").count();
        // With Beaupréau hidden, the next smallest is hidden too, or subtraction would show it.
        assert!(svg.contains("Chemillé-en-Anjou\u{a0}: effectif trop petit"));
        assert_eq!(circles, 1, "one dot, for the only commune that is published");
    }

    #[test]
    fn an_unprotected_chart_says_so_and_shows_what_is_exact() {
        let release = release_under(&Policy::Unprotected);
        let table = &release.tables()[0];
        for svg in [bars(table).expect("a chart"), dots(table).expect("a chart").expect("a headline")] {
            assert_eq!(svg.matches(Protection::UNPROTECTED).count(), 2, "in the title and on the drawing");
        }
        assert!(bars(table).expect("a chart").contains("Je ne sais pas\u{a0}: 0\u{a0}%"));
    }

    #[test]
    fn the_finding_quotes_the_headline() {
        let finding = finding(&release().tables()[0]).expect("a finding");
        assert!(finding.ends_with("% répondent «\u{a0}Oui\u{a0}»"), "{finding}");
    }
}
