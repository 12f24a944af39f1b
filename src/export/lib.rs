//! Exports: a release written in formats that others read. Nothing here can see a raw count.

mod csv;
mod readme;
mod weights;
mod workbook;

pub use csv::{codebook_csv, release_csv, table_csv, tests_csv, tidy_csv};
pub use readme::{FileLine, readme};
pub use weights::weights_json;
pub use workbook::workbook;

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
    /// The workbook could not be made.
    #[error("le classeur n’a pas pu être écrit : {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}
