//! Tidy CSV: one row per question, choice and category.

use isoloir_disclosure::{Estimate, Release, ReleaseTable};

const HEADER: [&str; 8] =
    ["question", "choice", "choice_label", "breakdown", "category", "category_label", "base", "share"];
const STATUS: &str = "status";

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The CSV writer failed.
    #[error("le fichier CSV n’a pas pu être écrit : {0}")]
    Csv(#[from] ::csv::Error),
    /// Its last bytes could not be written.
    #[error("le fichier CSV n’a pas pu être écrit : {0}")]
    Flush(String),
}

/// The whole release. `base` is the rounded number of those who answered, `share` the part of them who gave the choice,
/// from 0 to 1 with two decimals; `status` is `published`, `masked` (a small or empty cell) or `base_too_small`, and the numbers are then
/// empty.
///
/// # Errors
/// [`ExportError`].
pub fn release_csv(release: &Release) -> Result<Vec<u8>, ExportError> {
    write(release.tables())
}

/// One table of a release, in the same format.
///
/// # Errors
/// [`ExportError`].
pub fn table_csv(table: &ReleaseTable) -> Result<Vec<u8>, ExportError> {
    write(std::slice::from_ref(table))
}

fn write(tables: &[ReleaseTable]) -> Result<Vec<u8>, ExportError> {
    // Spreadsheets take a file without byte order mark for Latin-1, and French for garbage.
    let mut writer = ::csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(HEADER.into_iter().chain([STATUS]))?;
    for table in tables {
        let spec = table.spec();
        for (row, values) in spec.rows.iter().zip(table.rows()) {
            for (column, cell) in spec.columns.iter().zip(&values.cells) {
                let breakdown = if row.code.is_empty() { "" } else { spec.breakdown.as_str() };
                let base = values.base.map(|base| base.to_string()).unwrap_or_default();
                let (share, status) = match (cell, values.base) {
                    (Estimate::Published { share }, _) => (format!("{share:.2}"), "published"),
                    (Estimate::Masked, Some(_)) => (String::new(), "masked"),
                    (Estimate::Masked, None) => (String::new(), "base_too_small"),
                };
                writer.write_record([
                    spec.question.as_str(),
                    &column.code,
                    &column.label,
                    breakdown,
                    &row.code,
                    &row.label,
                    &base,
                    &share,
                    status,
                ])?;
            }
        }
    }
    writer.into_inner().map_err(|error| ExportError::Flush(error.to_string()))
}
