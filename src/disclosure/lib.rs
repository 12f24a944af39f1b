//! Disclosure control: raw tables go in, a release comes out, and there is no other way.
//!
//! [`RawTable`] has no getter, no `Serialize` and a `Debug` that shows no count: code that holds one can only hand it to
//! [`protect`]. Charts, exports and pages take a [`Release`], which only [`protect`] makes and which says how it was protected
//! ([`Protection`]). What follows is about the cell-key method, by which the catalogue is published. For a fixed annex of exact
//! counts there is [`suppression`], with guarantees of its own; [`Policy::Unprotected`] protects nothing and says so everywhere.
//!
//! # Guarantee
//! Let `n` be a true count and `n'` the published one.
//! - Every count with `n > 0` is published with noise of mean 0, variance 3 and at most ±5, fixed by the set of
//!   respondents it counts: the same set always gets the same `n'`, so asking again, or asking in another table, averages
//!   nothing away (cell-key method: Fraser and Wooton, *A proposed method for confidentialising tabular output to protect
//!   against differencing*, UNECE/Eurostat 2005; Thompson, Broadfoot and Elazar, *Methodology for the automatic
//!   confidentialisation of statistical outputs*, UNECE/Eurostat 2013).
//! - A count with `n' < 11` is not published, zero included: nobody learns that a category is empty.
//! - A row whose base is under 30 is merged with others, or not published (`recode.rs`); nor are as many of the smallest
//!   others as it takes for those who belong in none that is, whom subtraction gives, to be 30 at least, or nobody. People who did
//!   not say where they belong are left by it, too: nobody else knows who they are, and it has the noise of all rows.
//! - Neither is a row of a breakdown in which nearly everybody gave an answer to a sensitive question that may harm, nor what
//!   would give it back (`group_disclosure.rs`).
//! - Of breakdowns that sort respondents alike, such as communes and cantons, one is published ([`Treatment::overlaps`]).
//! - The catalogue is closed: a table is a question, alone or by one other variable ([`RawTable::new`]).
//! - An edition has the catalogue and no annex: only a file of responses can be analysed by suppression, and the office refuses it.
//! - A share above 95 % is published as 95 %, which is read « 95 % ou plus »: unanimity tells of everyone.
//! - Bases are published rounded to 5, and shares to hundredths; neither counts nor sums of weights are.
//! - A weighted share carries the noise of its count and of its base. Its interval follows from what is published beside it.
//! - A test is a function of the published rows and choices (`tests_of_independence.rs`); tests and weights have two digits.
//! - A row of a final edition is published only if 30 people came into it since the interim one: [`SuccessionError`] and
//!   the guarantee beside it.
//! - Of a weighted edition, unweighted shares are told of ages by sex only, of counts rounded to 5 after noise (`profile.rs`).
//! - Two editions are compared by what both publish (`comparison.rs`).
//!
//! What is merged or hidden is decided on perturbed counts, so that it tells no more than they would. But whether nobody belongs
//! in the rows that are not published is decided on the true count: where one person does, something is hidden.
//!
//! # What is not guaranteed
//! The noise hides people among others; it is no differential privacy. Whoever knows the answer of everybody in a row but one
//! guesses the last one better than by a coin, about seven times in ten: k and k + 1 look different more often than not. Noise
//! that is the same in every table is what keeps it at that; drawn anew in each, twenty tables would tell more than eight times in ten.
//! Nobody should publish two analyses of the same responses, whose noises differ.
//!
//! # How it is attacked
//! `tests/suite/attacks_*.rs` read the published files as the public does and try to name people's answers: one response more,
//! the catalogue averaged, two editions subtracted, linear programmes over all files, overlapping geographies, rows that agree.
//! Each is worth something on exact tables without their small counts, and no more than the modal guess on ours.
//!
//! # Worked example
//! In a commune, 40 people answered, 37 « non » and 3 « oui ». With noise −1 on the 37 and +2 on the 40, what is published
//! is: base 40 (42 rounded), « non » 86 % (36 of 42), « oui » masked. Multiplying and subtracting gives anything from 3 to 9:
//! neither that there are exactly 3, nor that a given neighbour is one of them.

#[cfg(test)]
mod calibration_tests;
mod catalogue;
mod cell_key;
#[cfg(test)]
mod cell_key_tests;
mod comparison;
#[cfg(test)]
mod comparison_tests;
mod group_disclosure;
mod non_response;
mod policy;
mod profile;
mod ptable;
mod raw;
mod recode;
#[cfg(test)]
mod recode_tests;
mod release;
mod successive;
#[cfg(test)]
mod successive_tests;
mod suppressed;
pub mod suppression;
#[cfg(test)]
mod test_tables;
mod tests_of_independence;
mod treatment;
mod unprotected;
mod weighting;

pub use comparison::{Change, ChangeStatus, Comparison};
pub use non_response::NonResponse;
pub use policy::{CellKey, Policy, Protection};
pub use profile::{Profile, ProfileGroup};
pub use ptable::{PTable, PTableError};
pub use raw::{Column, RawEdition, RawTable, Row, ShapeError, TableSpec, Tally, in_sentence};
pub use recode::OTHERS;
pub use release::{Estimate, Release, ReleaseRow, ReleaseTable, protect};
pub use successive::SuccessionError;
pub use tests_of_independence::ReleaseTest;
pub use treatment::{Recoding, Treatment};
pub use weighting::{ExcludedCategory, MergedCategory, RescaledMargin, Trimmed, Weighting};

/// A respondent's key in one edition: a pseudo-random number that fixes the noise of every set they belong to.
///
/// It is derived from the response's random identifier under the edition's secret, so that two editions are perturbed
/// independently and nobody outside can compute it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordKey(u64);

impl RecordKey {
    /// The key of a response: the first eight bytes of keyed blake3.
    pub fn derive(edition_secret: &[u8; 32], response_id: &[u8]) -> Self {
        let hash = blake3::keyed_hash(edition_secret, response_id);
        let (head, _) = hash.as_bytes().split_first_chunk().expect("a blake3 hash has 32 bytes");
        Self(u64::from_le_bytes(*head))
    }

    /// The key as a number, for sums modulo 2⁶⁴.
    pub fn to_u64(self) -> u64 {
        self.0
    }
}

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKey(redacted)")
    }
}
