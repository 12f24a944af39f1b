//! Questionnaires to and from XLSForm, the spreadsheet format that ODK and Kobo read.
//!
//! Bytes go in and bytes come out; it reads no file, and knows nothing of responses. What XLSForm can say of a questionnaire
//! is said in its own columns. What only we know (axes, titles of charts, instruments…) is in columns whose names start with
//! `isoloir_` and in a sheet `isoloir`, which ODK and Kobo ignore. So a questionnaire that goes through XLSForm comes back
//! with the same version.
//!
//! # What is supported
//! `select_one`, `select_multiple`, `integer`, `text`, `note`, groups as pages, a group with the appearance `table-list` as a
//! matrix, `relevant` with `=`, `!=`, `>=`, `>`, `selected()`, `not()`, `and`, `or`, and the constraints that mean `max`,
//! `min`, `max_chars` and `exclusive`. Everything else is refused by name and cell; a ranking is refused when exporting, since
//! ODK has nothing that answers like it. A score, which nobody is asked for, goes along in a row that ODK skips (`disabled`).
//!
//! | file | holds |
//! | --- | --- |
//! | `export.rs` | questionnaire → sheets |
//! | `import.rs`, `import_question.rs` | sheets → YAML |
//! | `relevant.rs`, `constraint.rs` | the two little languages of XLSForm |
//! | `sheets.rs` | sheets ↔ bytes |
//!
//! ```
//! let problems = isoloir_xlsform::import(b"not a spreadsheet").expect_err("no workbook");
//! assert!(problems[0].to_string().contains("classeur"));
//! ```

mod constraint;
mod export;
mod import;
mod import_question;
mod relevant;
mod sheets;
#[cfg(test)]
mod tests;

use std::fmt;

pub use export::{ExportError, export};
pub use import::import;

/// Something in a form that cannot be read as a questionnaire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The sheet.
    pub sheet: String,
    /// The cell, such as `B12`; empty when the sheet as a whole is meant.
    pub cell: String,
    /// What is wrong, in French.
    pub message: String,
    /// What to do, in French.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sheet, cell, message, fix } = self;
        match (sheet.as_str(), cell.as_str()) {
            ("", _) => {}
            (sheet, "") => write!(f, "feuille « {sheet} » : ")?,
            (sheet, cell) => write!(f, "feuille « {sheet} », cellule {cell} : ")?,
        }
        write!(f, "{message}\n  à faire : {fix}")
    }
}
