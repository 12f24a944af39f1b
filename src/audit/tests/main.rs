//! For each check, files that leak in one way and fail that check alone; and files as they should be, which pass all.
#![allow(clippy::unwrap_used, reason = "tests")]

mod around;
mod ballot_box;
#[path = "../../../tests/postgres.rs"]
mod cluster;
mod editions;
mod every;
mod hidden;
mod installation;
mod motion;
mod postgres;
mod sqlite;
