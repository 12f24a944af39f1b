//! Exports: a release written in formats that others read. Nothing here can see a raw count.
//!
//! [`files`] makes all of them at once, for whoever hands results over: the folder of `isoloir analyse`, an edition, the
//! results site.

mod about;
mod changes;
mod crossings;
mod csv;
mod datapackage;
mod ddi;
mod dictionary;
mod files;
mod number;
mod omissions;
mod parquet;
mod profile;
mod readme;
mod reliability;
mod schema;
#[cfg(test)]
mod tests;
mod tidy;
mod variables;
mod weights;
mod workbook;

pub use about::{About, Licence, NOISY_SUMS};
pub use changes::{caution, change_in_words, changed_choice, question_changes_csv};
pub use crossings::difference;
pub use csv::{table_csv, tests_csv, tidy_csv};
pub use files::{ExportFile, files};
pub use omissions::omissions;
pub use profile::profile_csv;
pub use reliability::reliability;

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The CSV writer failed.
    #[error("le fichier CSV n’a pas pu être écrit : {0}")]
    Csv(#[from] ::csv::Error),
    /// Its last bytes could not be written.
    #[error("le fichier CSV n’a pas pu être écrit : {0}")]
    Flush(String),
    /// The JSON writer failed.
    #[error("le fichier JSON n’a pas pu être écrit : {0}")]
    Json(#[from] serde_json::Error),
    /// The Parquet writer failed.
    #[error("le fichier Parquet n’a pas pu être écrit : {0}")]
    Parquet(#[from] polars::error::PolarsError),
    /// The XML writer failed.
    #[error("le fichier XML n’a pas pu être écrit : {0}")]
    Xml(#[from] std::io::Error),
    /// The workbook could not be made.
    #[error("le classeur n’a pas pu être écrit : {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}
