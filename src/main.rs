//! The program: the only place where issuer, collector and analysis meet.
//!
//! `cli/` has one file per verb; `installation` knows where each role keeps its files; `server` puts the roles' routes
//! together; `backup` copies them away and back; `editions` keeps snapshots of mixed responses and leads to
//! published results, `results` to the folder that is handed over; `margins` reads what weights them; `synthetic` makes up
//! respondents.

mod backup;
mod cli;
mod editions;
mod home;
mod installation;
mod margins;
mod names;
mod refusals;
mod remote_issuer;
mod results;
mod server;
mod stop;
mod synthetic;

use std::process::ExitCode;

/// A response is read on one thread and written on another: with the system's allocator they would wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
