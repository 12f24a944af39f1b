//! Tables as CSV: one row per question, choice and category.

use isoloir_disclosure::{Estimate, Release, ReleaseTable};

use crate::ExportError;

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

/// What spreadsheets need besides: the labels that people know.
const LABELS: [&str; 2] = ["choice_label", "category_label"];

/// One row of the tidy table; the labels come last.
pub(crate) struct TidyRow<'a> {
    pub(crate) question: &'a str,
    pub(crate) choice: &'a str,
    /// Empty for everybody.
    pub(crate) breakdown: &'a str,
    pub(crate) category: &'a str,
    pub(crate) base: Option<u32>,
    pub(crate) estimate: Estimate,
    pub(crate) status: &'static str,
    pub(crate) protection: &'static str,
    pub(crate) choice_label: &'a str,
    pub(crate) category_label: &'a str,
}

/// The rows of some tables. Everybody stands once per question, not once per breakdown.
pub(crate) fn tidy_rows(tables: &[ReleaseTable]) -> impl Iterator<Item = TidyRow<'_>> {
    let follows = |index: usize| index > 0 && tables[index - 1].spec().question == tables[index].spec().question;
    tables.iter().enumerate().flat_map(move |(index, table)| {
        let spec = table.spec();
        let rows = spec.rows.iter().zip(table.rows()).skip(usize::from(follows(index)));
        rows.flat_map(move |(row, values)| {
            spec.columns.iter().zip(&values.cells).map(move |(column, estimate)| TidyRow {
                question: &spec.question,
                choice: &column.code,
                breakdown: if row.code.is_empty() { "" } else { &spec.by },
                category: &row.code,
                base: values.base,
                estimate: *estimate,
                status: table.status(values, estimate),
                protection: table.protection().words(),
                choice_label: &column.label,
                category_label: &row.label,
            })
        })
    })
}

/// The whole release as a tidy table: `n` gave the choice among the `base` who answered, `p` is their weighted share with its
/// standard error and 95 % interval. Numbers that are not published are empty, and `status` says why.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn tidy_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(TIDY)?;
    for row in tidy_rows(release.tables()) {
        writer.write_record(row.fields())?;
    }
    finish(writer)
}

/// The whole release for spreadsheets: the tidy table with labels.
///
/// # Errors
/// [`ExportError`].
pub fn release_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    table_csv(release.tables())
}

/// The tables of one question, in the same format.
///
/// # Errors
/// [`ExportError`].
pub fn table_csv(tables: &[ReleaseTable]) -> Result<Vec<u8>, ExportError> {
    // Spreadsheets take a file without byte order mark for Latin-1, and French for garbage.
    let mut writer = ::csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
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

    /// Count, sum of weights, share, standard error, ends of the interval.
    pub(crate) fn numbers(&self) -> [Option<f64>; 6] {
        match self.estimate {
            Estimate::Published { share, standard_error, low, high, count, weighted } => {
                [count.map(f64::from), weighted, Some(share), standard_error, Some(low), Some(high)]
            }
            Estimate::Masked | Estimate::NoAnswer => [None; 6],
        }
    }
}

/// The tests of questions against breakdowns. `choice` names the option that is tested, where several could be given.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn tests_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(["question", "breakdown", "f", "df1", "df2", "p_value", "p_holm", "choice", "protection"])?;
    for test in release.tests() {
        let numbers = [test.f, test.df1, test.df2, test.p_value, test.p_holm].map(|number| number.to_string());
        let names = [test.question.clone(), test.breakdown.clone()];
        let last = [test.choice.clone().unwrap_or_default(), release.protection().words().to_owned()];
        writer.write_record(names.into_iter().chain(numbers).chain(last))?;
    }
    finish(writer)
}

/// What each question and choice of a release means.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn codebook_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let header = ["question", "title", "text", "type", "choice", "label", "missing", "protection"];
    writer.write_record(header)?;
    for tables in release.questions() {
        let spec = tables[0].spec();
        let kind = if spec.several { "multiple" } else { "single" };
        for column in &spec.columns {
            let missing = if column.missing { "true" } else { "false" };
            let question = [&spec.question, &spec.title, &spec.text].map(String::as_str);
            let choice = [kind, &column.code, &column.label, missing, release.protection().words()];
            writer.write_record(question.into_iter().chain(choice))?;
        }
    }
    finish(writer)
}

fn finish(writer: ::csv::Writer<Vec<u8>>) -> Result<Vec<u8>, ExportError> {
    writer.into_inner().map_err(|error| ExportError::Flush(error.to_string()))
}
