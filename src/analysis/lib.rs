//! Analysis: answer sheets in, raw tables out.
//!
//! It is handed sheets with record keys and can name neither a token, nor a code, nor a database; what it counts leaves
//! only as [`RawTable`], which nobody but disclosure control can read.

mod columns;
mod tabulate;

pub use tabulate::{AnalysisError, Tabulation, tabulate};
