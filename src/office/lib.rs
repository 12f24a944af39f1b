//! The office: where an edition is published, and the results pages that come of it.
//!
//! It is handed a [`isoloir_disclosure::Release`], never a raw table. Publishing renders every page, chart and file once;
//! what is stored and served afterwards is those bytes.
//!
//! # Invariant
//! A survey has at most one interim and one final edition, of which one is at the survey's address: any two could be
//! subtracted from each other, and the final one is protected with a view to the interim one.

mod editions;
mod pages;
mod publication;
mod routes;
mod sql;
#[cfg(test)]
mod tests;

pub use editions::{EditionKind, RegisteredEdition};
pub use pages::evolution::changes;
pub use pages::respondents::weighting_in_words;
pub use pages::topic::{Shown, shown};
pub use publication::{BallotCounts, Edition, Office, OfficeError, PublishedSurvey};
pub use routes::routes;
