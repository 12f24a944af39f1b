//! How bytes become durable: opening a database ([`Database`]), and the group-commit writer ([`Writer`]).
//!
//! A role's rows are in a `SQLite` file or on a `PostgreSQL` server ([`Location`]). Statements are written once, in the
//! dialect that both understand (`$n` placeholders, `RETURNING` rather than counts of affected rows), and the roles never see
//! which one runs them.
//!
//! This crate names no table: issuer, collector and office each bring their own migrations, statements and [`Table`]s, and
//! each has a database of its own.
//!
//! # Invariants
//! - A job's outcome is told only after the transaction that holds it was committed with a full `fsync`.
//! - One transaction writes at a time, also when several processes share a `PostgreSQL` database.
//! - Once nobody is waiting, neither the log, nor free pages, nor the place of a row, nor its transaction number tells which
//!   row was written first ([`Database::forget_order`]).

mod database;
mod error;
mod lock;
mod order;
mod postgres;
mod remedy;
mod sqlite;
mod statement;
mod table;
mod transaction;
mod writer;

pub use database::{Database, Location, Migrations};
pub use error::StoreError;
pub use lock::Hold;
pub use order::{Due, OrderKeeper};
pub use statement::{Record, Value};
pub use table::{Column, ColumnKind, Table};
pub use transaction::Transaction;
pub use writer::{Batch, WriteError, Writer};
