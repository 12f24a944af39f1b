//! The sheet of what changed since an earlier edition.

use isoloir_disclosure::{Comparison, Protection};
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::Book;
use super::lists::last;
use super::sheet::FIRST_ROW;
use crate::changes::{change_in_words, changed_choice};

pub(super) const CHANGES: &str = "Évolution";

const COLUMNS: [(&str, f64); 12] = [
    ("Question", 40.0),
    ("Choix", 40.0),
    ("Part avant", 13.0),
    ("Part maintenant", 13.0),
    ("Écart", 10.0),
    ("IC 95 % bas", 11.0),
    ("IC 95 % haut", 11.0),
    ("p", 10.0),
    ("p corrigée (Holm)", 12.0),
    ("Conclusion", 26.0),
    ("Base avant", 10.0),
    ("Base maintenant", 12.0),
];

impl Book<'_> {
    /// A row per choice of each question that both editions asked in the same words.
    pub(super) fn changes(&self, sheet: &mut Worksheet, comparison: &Comparison) -> Result<(), XlsxError> {
        let under = format!(
            "Depuis «\u{a0}{}\u{a0}», pour les questions posées dans les mêmes mots. Un écart est net quand la p corrigée est sous \
             0,05\u{a0}: le hasard seul n’en donnerait un aussi grand que rarement, le nombre de tests compris.",
            comparison.earlier()
        );
        self.head(sheet, CHANGES, "Ce qui a changé", &under)?;
        self.headings(sheet, FIRST_ROW, &COLUMNS)?;
        let formats = &self.formats;
        let mut row = FIRST_ROW;
        for change in comparison.changes() {
            row += 1;
            let title = self.release.table_of(&change.question).map_or(&change.question, |table| &table.spec().title);
            sheet.write_string_with_format(row, 0, title, &formats.label)?;
            let choice = changed_choice(self.release, self.questionnaire, change);
            sheet.write_string_with_format(row, 1, choice, &formats.label)?;
            let (low, high) = change.interval.unzip();
            self.share(sheet, (row, 2), change.before, Protection::NOT_PUBLISHED)?;
            self.share(sheet, (row, 3), change.now, Protection::NOT_PUBLISHED)?;
            let numbers = [
                (change.difference, &formats.difference),
                (low, &formats.difference),
                (high, &formats.difference),
                (change.p_value, &formats.probability),
                (change.p_holm, &formats.probability),
            ];
            for (column, (number, format)) in (4..).zip(numbers) {
                Self::optional(sheet, row, column, number, format)?;
            }
            sheet.write_string_with_format(row, 9, change_in_words(change), &formats.after_number)?;
            Self::optional(sheet, row, 10, change.bases.0.map(f64::from), &formats.count)?;
            Self::optional(sheet, row, 11, change.bases.1.map(f64::from), &formats.count)?;
        }
        sheet.autofilter(FIRST_ROW, 0, row.max(FIRST_ROW + 1), last(&COLUMNS))?;
        Ok(())
    }
}
