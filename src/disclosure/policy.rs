//! How much is hidden.

use crate::ptable::{PTable, PTableError};

/// The parameters of [`crate::protect`].
#[derive(Debug, Clone)]
pub struct Policy {
    /// Smallest count that is published.
    pub threshold: u32,
    /// Smallest base of a row that is published.
    pub minimum_base: u32,
    /// Published bases are multiples of this.
    pub base_rounding: u32,
    /// Shares above this are published as this, so that nobody learns that everybody agrees.
    pub highest_share: f64,
    /// The noise.
    pub ptable: PTable,
}

impl Policy {
    /// What Isoloir publishes with: threshold 11, rows of at least 30, bases rounded to 5, shares capped at 95 %, noise within ±5 of variance 3.
    ///
    /// # Errors
    /// [`PTableError`], never for these parameters.
    pub fn standard() -> Result<Self, PTableError> {
        Ok(Self {
            threshold: 11,
            minimum_base: 30,
            base_rounding: 5,
            highest_share: 0.95,
            ptable: PTable::maximum_entropy(5, 3.0)?,
        })
    }
}
