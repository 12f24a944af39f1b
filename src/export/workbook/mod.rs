//! The release as a workbook, for whoever works with a spreadsheet: contents with links, a sheet per question with its
//! cross-tables and a chart that can be restyled, then all rows, the charts' numbers, tests, what changed where that is
//! known, weights and the dictionary.
//!
//! A number that is not published is a text such as « non publié », which no formula takes for a number.

mod changes;
mod contents;
mod format;
mod lists;
mod question;
mod sheet;

use isoloir_disclosure::{Protection, Release, ReleaseTable};
use isoloir_survey::Questionnaire;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use crate::ExportError;
use crate::about::{About, NOT_A_SAMPLE};
use format::Formats;

/// Excel refuses longer names of sheets.
const NAME_LENGTH: usize = 31;

/// What the sheets are made of.
struct Book<'a> {
    release: &'a Release,
    questionnaire: &'a Questionnaire,
    about: &'a About,
    findings: &'a [String],
    formats: Formats,
    /// What goes before everything else on each sheet.
    warning: String,
}

/// The whole release as an XLSX file.
///
/// # Errors
/// [`ExportError::Workbook`].
pub(crate) fn workbook(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    findings: &[String],
) -> Result<Vec<u8>, ExportError> {
    let warning = about.warnings(release.protection()).join(" – ");
    let formats = Formats::new(release.protection());
    let book = Book { release, questionnaire, about, findings, formats, warning };
    let mut workbook = Workbook::new();
    workbook.set_properties(&book.properties()?);
    let names: Vec<String> = release.questions().zip(1..).map(|(tables, number)| sheet_name(number, tables)).collect();
    book.contents(workbook.add_worksheet(), &names)?;
    let charts = book.charted();
    for ((tables, name), charted) in release.questions().zip(&names).zip(&charts) {
        book.question(workbook.add_worksheet(), name, tables, charted)?;
    }
    book.rows(workbook.add_worksheet())?;
    book.chart_numbers(workbook.add_worksheet(), &charts)?;
    book.tests(workbook.add_worksheet())?;
    if let Some(comparison) = release.comparison() {
        book.changes(workbook.add_worksheet(), comparison)?;
    }
    book.weights(workbook.add_worksheet())?;
    book.dictionary(workbook.add_worksheet())?;
    Ok(workbook.save_to_buffer()?)
}

/// Unique, since it is numbered; a variable's name has no character that Excel refuses.
fn sheet_name(number: u32, tables: &[ReleaseTable]) -> String {
    format!("{number:03} {}", tables[0].spec().question).chars().take(NAME_LENGTH).collect()
}

impl Book<'_> {
    fn properties(&self) -> Result<DocProperties, XlsxError> {
        let made_on = self.about.made_on;
        let (year, month, day) = (made_on.year().unsigned_abs(), made_on.month(), made_on.day());
        let made = ExcelDateTime::from_ymd(year, month.unsigned_abs(), day.unsigned_abs())?;
        let organiser = self.questionnaire.organiser.fr();
        let protection = self.release.protection();
        let mut comment = format!("{NOT_A_SAMPLE}. Protection\u{a0}: {}.", protection.words());
        if !self.warning.is_empty() && protection != Protection::None {
            comment = format!("{}. {comment}", self.warning);
        }
        Ok(DocProperties::new()
            .set_title(self.questionnaire.title.fr())
            .set_subject(&self.about.edition)
            .set_author(organiser)
            .set_company(organiser)
            .set_comment(comment)
            .set_custom_property("Édition", self.about.edition.as_str())
            .set_custom_property("Protection", protection.words())
            .set_custom_property("Questionnaire", self.questionnaire.version().as_str())
            .set_custom_property("Logiciel", self.about.software.as_str())
            .set_creation_datetime(&made))
    }
}
