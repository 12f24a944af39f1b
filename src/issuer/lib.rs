//! The issuer: an invitation code in, a blind signature out.
//!
//! It holds the invitation codes (as keyed hashes) and each survey's private key. It sees who may answer and never what
//! they answer: this crate cannot name a response, and its database is not the collector's.
//!
//! # Invariants
//! - A code gives one token: the signature of another blinded message is refused, the same one is signed again.
//! - Using a code writes no time and moves no bytes.
//! - A code, a blinded message or a key is never logged, and never shown in an error.

mod claims;
mod code;
mod error;
mod invitations;
mod keys;
mod limiter;
#[cfg(test)]
#[path = "../../tests/postgres.rs"]
mod postgres;
mod routes;
mod sql;
#[cfg(test)]
mod tests;

pub use code::{InvalidCode, InvitationCode};
pub use error::{IssuanceError, IssuerError};
pub use invitations::{InvitationCounts, Issuer, SurveyTerms};
pub use keys::KeyFileError;
pub use routes::{ProxySecret, routes};
