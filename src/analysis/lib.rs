//! Analysis: answer sheets in, raw tables out.
//!
//! It is handed sheets with record keys and can name neither a token, nor a code, nor a database; what it counts leaves
//! only as [`isoloir_disclosure::RawEdition`], which nobody but disclosure control can read.
//!
//! Sheets become a [`Snapshot`], columns of small integers that an edition keeps as Parquet; one pass over each counts a cube by weighting cell and item, with the sum of the
//! record keys beside each count. Weights, shares, standard errors and tests come from the cube.

mod columns;
mod count;
mod error;
mod margins;
mod overlap;
mod snapshot;
#[cfg(test)]
mod snapshot_tests;
mod tabulate;
mod treatment;

#[cfg(test)]
mod tests;

pub use error::{AnalysisError, EmptyCategory};
pub use margins::{MarginProblem, MarginProblems, Margins};
pub use snapshot::{Snapshot, SnapshotError};
pub use tabulate::{Weighting, tabulate};
