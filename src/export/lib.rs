//! Exports: a release written in formats that others read. Nothing here can see a raw count.

mod csv;

pub use csv::{ExportError, release_csv, table_csv};
