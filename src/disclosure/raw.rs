//! Unprotected tables: they can be made, and handed to [`crate::protect`].

use isoloir_statistics::{Proportion, RakingReport, RaoScott};
use serde::{Deserialize, Serialize};

use crate::successive::Before;

/// A count with the sum of its records' keys. It has no getter.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub(crate) count: u64,
    pub(crate) cell_key: u64,
}

impl Tally {
    /// A tally of `count` records whose keys ([`crate::RecordKey::to_u64`]) sum to `cell_key`, modulo 2⁶⁴.
    pub fn new(count: u64, cell_key: u64) -> Self {
        Self { count, cell_key }
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
    /// The breakdown's variable name, such as `commune`; empty when there is none.
    pub by: String,
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

/// A test of the question against the breakdown: of all its choices, or of one where several could be given.
pub(crate) struct RawTest {
    pub(crate) column: Option<usize>,
    pub(crate) test: RaoScott,
}

/// A table of true counts. Only [`crate::protect`] can read it.
pub struct RawTable {
    pub(crate) spec: TableSpec,
    pub(crate) bases: Vec<Tally>,
    pub(crate) cells: Vec<Vec<Tally>>,
    /// By row and column; none for a table of counts only, whose shares are then those of the counts.
    estimates: Option<Vec<Vec<Option<Proportion>>>>,
    pub(crate) tests: Vec<RawTest>,
    /// Its counts in an edition that was published earlier.
    pub(crate) before: Option<Before>,
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
        Ok(Self { spec, bases, cells, estimates: None, tests: Vec::new(), before: None })
    }

    /// The same table with the weighted share of each cell, by row and column; none where nobody with a weight answered.
    ///
    /// # Errors
    /// [`ShapeError`].
    pub fn with_estimates(mut self, estimates: Vec<Vec<Option<Proportion>>>) -> Result<Self, ShapeError> {
        let (rows, columns) = (self.spec.rows.len(), self.spec.columns.len());
        if estimates.len() != rows || estimates.iter().any(|row| row.len() != columns) {
            return Err(ShapeError { question: self.spec.question, rows, columns });
        }
        self.estimates = Some(estimates);
        Ok(self)
    }

    /// The same table with one more test of its question against its breakdown: of one column, or of all of them.
    #[must_use]
    pub fn with_test(mut self, column: Option<usize>, test: RaoScott) -> Self {
        self.tests.push(RawTest { column, test });
        self
    }

    /// The share of a cell; none when nobody with a weight answered.
    pub(crate) fn estimate(&self, row: usize, column: usize) -> Option<Proportion> {
        match &self.estimates {
            Some(estimates) => estimates[row][column],
            None => unweighted(self.cells[row][column].count, self.bases[row].count),
        }
    }
}

/// The share of a simple random sample.
pub(crate) fn unweighted(count: u64, base: u64) -> Option<Proportion> {
    let (count, base) = (u32::try_from(count).ok()?, u32::try_from(base).ok()?);
    let (n, counted) = (f64::from(base), f64::from(count));
    (base > 0).then(|| {
        let share = (counted / n).min(1.0);
        Proportion {
            base,
            count,
            weighted_base: n,
            weighted_count: counted,
            share,
            variance: if base > 1 { share * (1.0 - share) / (n - 1.0) } else { 0.0 },
            noise_variance: 0.0,
            effective_base: n,
        }
    })
}

impl std::fmt::Debug for RawTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawTable({})", self.spec.question)
    }
}

/// All that an edition may publish, not yet protected.
#[derive(Debug)]
pub struct RawEdition {
    pub(crate) respondents: Tally,
    pub(crate) tables: Vec<RawTable>,
    pub(crate) weighting: Option<RawWeighting>,
    pub(crate) non_response: Vec<RawTable>,
}

/// How respondents were weighted.
pub(crate) struct RawWeighting(pub(crate) RakingReport);

impl std::fmt::Debug for RawWeighting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawWeighting(…)")
    }
}

impl RawEdition {
    /// The tables that were made from `respondents`, those of a question one after the other.
    pub fn new(respondents: Tally, tables: Vec<RawTable>) -> Self {
        Self { respondents, tables, weighting: None, non_response: Vec::new() }
    }

    /// The same edition with a table of [`RawTable::non_response`] per question.
    #[must_use]
    pub fn with_non_response(mut self, tables: Vec<RawTable>) -> Self {
        self.non_response = tables;
        self
    }

    /// The same edition, whose estimates are weighted.
    #[must_use]
    pub fn with_weighting(mut self, report: RakingReport) -> Self {
        self.weighting = Some(RawWeighting(report));
        self
    }
}
