//! Unprotected tables: they can be made, and handed to [`crate::protect`].

use serde::{Deserialize, Serialize};

/// A count with the sum of its records' keys. It has no getter.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub(crate) count: u64,
    pub(crate) cell_key: u64,
}

impl Tally {
    /// A tally of `count` records whose keys' halves sum to `high` and `low` ([`crate::RecordKey::halves`]).
    pub fn from_sums(count: u64, high: u64, low: u64) -> Self {
        Self { count, cell_key: (high << 32).wrapping_add(low) }
    }

    /// The tally of two disjoint sets together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, cell_key: self.cell_key.wrapping_add(other.cell_key) }
    }
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tally(…)")
    }
}

/// One column: a choice of the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The choice's code.
    pub code: String,
    /// The choice's label.
    pub label: String,
    /// Whether choosing it is a way of not answering.
    pub missing: bool,
}

/// One row: everybody, or one category of the breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The category's code; empty for everybody.
    pub code: String,
    /// The category's label.
    pub label: String,
}

/// What a table is about; everything in it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSpec {
    /// The variable's name.
    pub question: String,
    /// Short title.
    pub title: String,
    /// The question as it was asked.
    pub text: String,
    /// Axis of the contract, where the question informs one.
    pub axis: Option<String>,
    /// Whether several choices could be given, so that shares add up to more than 100 %.
    pub several: bool,
    /// Whether the choices have an order of their own.
    pub ordered: bool,
    /// What the rows after the first are, such as « Commune »; empty when there are none.
    pub breakdown: String,
    /// Codes whose share is shown by row.
    pub headline: Vec<String>,
    /// The choices.
    pub columns: Vec<Column>,
    /// Everybody first, then the categories of the breakdown.
    pub rows: Vec<Row>,
}

/// The number of tallies is not that of rows and columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {question}: {rows} rows of {columns} columns and as many bases were expected")]
pub struct ShapeError {
    question: String,
    rows: usize,
    columns: usize,
}

/// A table of true counts. Only [`crate::protect`] can read it.
pub struct RawTable {
    pub(crate) spec: TableSpec,
    pub(crate) bases: Vec<Tally>,
    pub(crate) cells: Vec<Vec<Tally>>,
}

impl RawTable {
    /// A table with, for each row, those who answered the question (`bases`) and those who gave each choice (`cells`).
    ///
    /// # Errors
    /// [`ShapeError`].
    pub fn new(spec: TableSpec, bases: Vec<Tally>, cells: Vec<Vec<Tally>>) -> Result<Self, ShapeError> {
        let (rows, columns) = (spec.rows.len(), spec.columns.len());
        if bases.len() != rows || cells.len() != rows || cells.iter().any(|row| row.len() != columns) {
            return Err(ShapeError { question: spec.question, rows, columns });
        }
        Ok(Self { spec, bases, cells })
    }
}

impl std::fmt::Debug for RawTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawTable({})", self.spec.question)
    }
}
