//! The collector: a token and a response in, durable and forgetful.
//!
//! It holds each survey's public key, the spent marks and the responses. It sees what is answered and never who was
//! invited: this crate cannot name an invitation, and its database is not the issuer's.
//!
//! # Invariants
//! - A response is acknowledged only after it was committed with a full `fsync`.
//! - The spent mark and the response are written in one transaction and share no column.
//! - A response waits in `intake` until at least [`MIXING_THRESHOLD`] wait; then all move to `responses`, in random order
//!   under new identifiers, and the file is rewritten. What is read out of here is always mixed.
//! - Replaying a token answers the same success and changes nothing: the reply is a function of the token alone.

mod ballot_box;
mod import;
mod mixing;
#[cfg(test)]
#[path = "../../tests/postgres.rs"]
mod postgres;
mod proxy_client;
mod reading;
mod routes;
mod sql;
mod surveys;
#[cfg(test)]
mod tests;

pub use ballot_box::{CastError, Collector, CollectorError, MixedResponse};
pub use import::{Channel, Lot};
pub use mixing::MIXING_THRESHOLD;
pub use proxy_client::{BlindingSeed, IssuanceRefusal, IssueFuture, TokenIssuer};
pub use reading::{FreeText, Standing};
pub use routes::{cast_problem, routes};
pub use surveys::{Publication, PublishError, ServerNames};
