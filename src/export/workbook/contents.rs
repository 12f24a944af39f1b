//! The first sheet: what the workbook is, how to read it, and links to the others.

use isoloir_disclosure::Protection;
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::Book;
use super::changes::CHANGES;
use super::lists::{CHART_NUMBERS, DICTIONARY, ROWS, TESTS, WEIGHTS};
use super::sheet::link;
use crate::about::{NOISY_SUMS, NOT_A_SAMPLE, protection_words, weighting_words};
use crate::reliability::reliability;

pub(super) const CONTENTS: &str = "Sommaire";

const BEFORE: [(&str, &str); 3] = [
    (ROWS, "tous les chiffres en une liste à filtrer, avec intervalles"),
    (CHART_NUMBERS, "les chiffres de chaque graphique"),
    (TESTS, "y a-t-il un lien entre une question et un croisement\u{202f}?"),
];
const AFTER: [(&str, &str); 2] = [
    (WEIGHTS, "comment les réponses ont été redressées"),
    (DICTIONARY, "les questions, leurs codes et leurs libellés"),
];

impl Book<'_> {
    pub(super) fn contents(&self, sheet: &mut Worksheet, names: &[String]) -> Result<(), XlsxError> {
        let survey = self.questionnaire;
        let under = format!("{} – {} – {}", survey.organiser.fr(), self.about.edition, self.about.day());
        self.head(sheet, CONTENTS, survey.title.fr(), &under)?;
        let how_to_read = [
            format!("{NOT_A_SAMPLE}."),
            format!("Protection\u{a0}: {}.", protection_words(self.release.protection())),
            format!("Redressement\u{a0}: {}.", weighting_words(self.release)),
            "Lecture\u{a0}: une part se rapporte aux personnes qui ont répondu à la question, redressées le cas échéant\u{202f}; \
             IC\u{a0}95\u{a0}% est son intervalle de confiance."
                .to_owned(),
            format!(
                "«\u{a0}{}\u{a0}»\u{a0}: trop peu de personnes, ou un chiffre dont on déduirait celui d’un petit groupe\u{202f}; \
                 «\u{a0}sans réponse\u{a0}»\u{a0}: personne n’a répondu.",
                Protection::NOT_PUBLISHED
            ),
        ];
        let mut row = 4;
        let reliability = reliability(self.release).map(|words| format!("Fiabilité\u{a0}: {words}"));
        let sums = (self.release.protection() == Protection::CellKey).then(|| format!("{NOISY_SUMS}."));
        for words in reliability.into_iter().chain(how_to_read).chain(sums) {
            sheet.write_string(row, 0, words)?;
            row += 1;
        }
        if !self.findings.is_empty() {
            row += 1;
            sheet.write_string_with_format(
                row,
                0,
                "L’essentiel, selon une règle fixée d’avance",
                &self.formats.heading,
            )?;
            for finding in self.findings {
                row += 1;
                sheet.write_string(row, 0, finding)?;
            }
            row += 1;
        }
        row += 1;
        let compared = self.release.comparison().map(|_| (CHANGES, "ce qui a changé depuis une enquête antérieure"));
        for (name, what) in BEFORE.into_iter().chain(compared).chain(AFTER) {
            sheet.write_url(row, 0, link(name, name))?;
            sheet.write_string(row, 1, what)?;
            row += 1;
        }
        row += 1;
        self.headings(sheet, row, &[("Question", 62.0), ("Variable", 28.0), ("Base", 10.0), ("Axe du contrat", 84.0)])?;
        sheet.set_freeze_panes(0, 0)?;
        for ((row, tables), name) in (row + 1..).zip(self.release.questions()).zip(names) {
            let spec = tables[0].spec();
            sheet.write_url(row, 0, link(name, &spec.title))?;
            sheet.write_string_with_format(row, 1, &spec.question, &self.formats.label)?;
            sheet.write_string_with_format(row, 3, self.axis(spec.axis.as_deref()), &self.formats.after_number)?;
            Self::optional(sheet, row, 2, tables[0].total().base.map(f64::from), &self.formats.count)?;
        }
        sheet.set_active(true);
        Ok(())
    }

    /// Title of an axis.
    fn axis(&self, id: Option<&str>) -> &str {
        let axis = self.questionnaire.axes.iter().find(|axis| Some(axis.id.as_str()) == id);
        axis.map_or("", |axis| axis.title.fr())
    }
}
