//! Tables as CSV: one row per question, choice and category.

use isoloir_disclosure::{Release, ReleaseTable};
use isoloir_survey::Questionnaire;

use crate::ExportError;
use crate::tidy::{TidyRow, tidy_rows};
use crate::variables::variables;

/// The columns of the tidy table.
pub(crate) const TIDY: [&str; 13] = [
    "question",
    "choice",
    "breakdown",
    "category",
    "n",
    "base",
    "weighted_n",
    "p",
    "se",
    "ci_low",
    "ci_high",
    "status",
    "protection",
];

/// The columns of the tests.
pub(crate) const TESTS: [&str; 9] =
    ["question", "breakdown", "f", "df1", "df2", "p_value", "p_holm", "choice", "protection"];

/// The columns of the codebook.
pub(crate) const CODEBOOK: [&str; 8] =
    ["question", "title", "text", "type", "choice", "label", "missing", "protection"];

/// The columns of the list of variables.
pub(crate) const VARIABLES: [&str; 11] =
    ["question", "title", "text", "type", "page", "axis", "universe", "instrument", "item", "tabulated", "protection"];

/// What spreadsheets need besides: the labels that people know.
const LABELS: [&str; 2] = ["choice_label", "category_label"];

/// The whole release as a tidy table: `n` gave the choice among the `base` who answered, `p` is their weighted share with its
/// standard error and 95 % interval. Numbers that are not published are empty, and `status` says why.
///
/// # Errors
/// [`ExportError`].
pub fn tidy_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(TIDY)?;
    for row in tidy_rows(release.tables()) {
        writer.write_record(row.fields())?;
    }
    finish(writer)
}

/// The tables of one question for spreadsheets: the tidy table with labels.
///
/// # Errors
/// [`ExportError`].
pub fn table_csv(tables: &[ReleaseTable]) -> Result<Vec<u8>, ExportError> {
    let mut writer = for_spreadsheets();
    writer.write_record(TIDY.into_iter().chain(LABELS))?;
    for row in tidy_rows(tables) {
        let labels = [row.choice_label, row.category_label].map(str::to_owned);
        writer.write_record(row.fields().into_iter().chain(labels))?;
    }
    finish(writer)
}

impl TidyRow<'_> {
    /// The fields of [`TIDY`]. Numbers are written with every digit that they have.
    fn fields(&self) -> [String; 13] {
        let [count, weighted, share, error, low, high] = self.numbers();
        let [question, choice, breakdown, category] =
            [self.question, self.choice, self.breakdown, self.category].map(str::to_owned);
        let base = self.base.map(|base| base.to_string()).unwrap_or_default();
        let text = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        [
            question,
            choice,
            breakdown,
            category,
            text(count),
            base,
            text(weighted),
            text(share),
            text(error),
            text(low),
            text(high),
            self.status.to_owned(),
            self.protection.to_owned(),
        ]
    }
}

/// The tests of questions against breakdowns. `choice` names the option that is tested, where several could be given.
///
/// # Errors
/// [`ExportError`].
pub fn tests_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(TESTS)?;
    for test in release.tests() {
        let numbers = [test.f, test.df1, test.df2, test.p_value, test.p_holm].map(|number| number.to_string());
        let names = [test.question.clone(), test.breakdown.clone()];
        let last = [test.choice.clone().unwrap_or_default(), release.protection().words().to_owned()];
        writer.write_record(names.into_iter().chain(numbers).chain(last))?;
    }
    finish(writer)
}

/// What each code means, of every variable that has codes.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn codebook_csv(release: &Release, questionnaire: &Questionnaire) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(CODEBOOK)?;
    for variable in variables(questionnaire) {
        let (text, protection) = (variable.wording(), release.protection().words());
        for choice in variable.question.choices() {
            let missing = if choice.missing { "true" } else { "false" };
            let question = [variable.name(), variable.title(), &text, variable.kind()];
            let choice = [choice.code.as_str(), choice.label.fr(), missing, protection];
            writer.write_record(question.into_iter().chain(choice))?;
        }
    }
    finish(writer)
}

/// What each variable is: who was asked what, on which page, for which axis, from which instrument.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn variables_csv(release: &Release, questionnaire: &Questionnaire) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(VARIABLES)?;
    for variable in variables(questionnaire) {
        let (text, universe) = (variable.wording(), variable.universe());
        let instrument = variable.instrument();
        let item = instrument.map(|(_, item)| item.to_string()).unwrap_or_default();
        writer.write_record([
            variable.name(),
            variable.title(),
            &text,
            variable.kind(),
            variable.page,
            variable.axis().unwrap_or_default(),
            &universe,
            instrument
                .map(|(instrument, _)| instrument)
                .or(variable.scored_instrument())
                .map_or("", |known| &known.title),
            &item,
            if variable.is_tabulated() { "true" } else { "false" },
            release.protection().words(),
        ])?;
    }
    finish(writer)
}

/// Spreadsheets take a file without byte order mark for Latin-1, and French for garbage.
pub(crate) fn for_spreadsheets() -> ::csv::Writer<Vec<u8>> {
    ::csv::Writer::from_writer("\u{feff}".as_bytes().to_vec())
}

pub(crate) fn finish(writer: ::csv::Writer<Vec<u8>>) -> Result<Vec<u8>, ExportError> {
    writer.into_inner().map_err(|error| ExportError::Flush(error.to_string()))
}
