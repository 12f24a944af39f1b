//! How a release is protected, and how much is hidden.

use serde::Serialize;

use crate::ptable::{PTable, PTableError};
use crate::suppression::SuppressionRule;

/// From this share on, an answer is known of everybody in a row.
pub(crate) const MOST_OF_A_ROW: f64 = 0.9;

/// Shares above this are published as this.
pub(crate) const HIGHEST_SHARE: f64 = 0.95;

/// The way in which [`crate::protect`] makes a release.
#[derive(Debug, Clone)]
pub enum Policy {
    /// Noise on every count, for the public catalogue.
    CellKey(CellKey),
    /// Exact counts, the small ones withheld, for a fixed annex.
    Suppression(SuppressionRule),
    /// Exact numbers, for whoever holds the responses anyway. The release says so, and nothing publishes it.
    Unprotected,
}

impl Policy {
    /// What Isoloir publishes with: [`CellKey::standard`].
    ///
    /// # Errors
    /// [`PTableError`], never for these parameters.
    pub fn standard() -> Result<Self, PTableError> {
        CellKey::standard().map(Self::CellKey)
    }

    /// What a release made under this policy says of itself.
    pub fn protection(&self) -> Protection {
        match self {
            Self::CellKey(_) => Protection::CellKey,
            Self::Suppression(_) => Protection::Suppression,
            Self::Unprotected => Protection::None,
        }
    }
}

/// How a release was protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// By noise on every count.
    CellKey,
    /// By withholding small counts.
    Suppression,
    /// Not at all.
    None,
}

impl Protection {
    /// What every output of an unprotected release carries.
    pub const UNPROTECTED: &'static str = "NON PROTÉGÉ – usage interne";

    /// What stands where a number is not published. It says no reason: that number may be small, or be hidden since one that is
    /// could be had from it.
    pub const NOT_PUBLISHED: &'static str = "non\u{a0}publié";

    /// The words that outputs carry: the method, or [`Self::UNPROTECTED`].
    pub fn words(self) -> &'static str {
        match self {
            Self::CellKey => "cell-key",
            Self::Suppression => "suppress",
            Self::None => Self::UNPROTECTED,
        }
    }
}

/// The parameters of the cell-key method.
#[derive(Debug, Clone)]
pub struct CellKey {
    /// Smallest count that is published.
    pub threshold: u32,
    /// Smallest base of a row that is published.
    pub minimum_base: u32,
    /// Published bases are multiples of this.
    pub base_rounding: u32,
    /// Shares above this are published as this, so that nobody learns that everybody agrees.
    pub highest_share: f64,
    /// A row of a sensitive question in which a category has this share is not published, nor one in which this share gave an answer
    /// that is not harmless.
    pub most_of_a_row: f64,
    /// The noise.
    pub ptable: PTable,
}

impl CellKey {
    /// Threshold 11, rows of at least 30, bases rounded to 5, shares capped at 95 %, no row of a sensitive question with 90 % in
    /// one category, noise within ±5 of variance 3.
    ///
    /// # Errors
    /// [`PTableError`], never for these parameters.
    pub fn standard() -> Result<Self, PTableError> {
        Ok(Self {
            threshold: 11,
            minimum_base: 30,
            base_rounding: 5,
            highest_share: HIGHEST_SHARE,
            most_of_a_row: MOST_OF_A_ROW,
            ptable: PTable::maximum_entropy(5, 3.0)?,
        })
    }
}
