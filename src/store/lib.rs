//! How bytes become durable: opening a database ([`open`]), and the group-commit writer ([`Writer`]).
//!
//! This crate names no table: issuer, collector and office each bring their own migrations and statements, and each has
//! a database of its own.
//!
//! # Invariants
//! - A job's outcome is told only after the transaction that holds it was committed with a full `fsync`.
//! - Nothing is left in free pages or temporary files: `secure_delete` is on and temporary tables stay in memory.

mod sqlite;
mod writer;

pub use sqlite::{StoreError, forget_log, open, vacuum};
pub use writer::{Batch, WriteError, Writer};
