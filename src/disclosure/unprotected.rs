//! Exact numbers, for whoever holds the responses anyway.

use isoloir_statistics::Proportion;

use crate::policy::Protection;
use crate::raw::RawTable;
use crate::release::{Estimate, ReleaseRow, ReleaseTable};

/// The level of published intervals.
pub(crate) const LEVEL: f64 = 0.95;

pub(crate) fn table(raw: RawTable) -> ReleaseTable {
    let rows = (0..raw.bases.len()).map(|row| ReleaseRow {
        base: u32::try_from(raw.bases[row].count).ok(),
        cells: (0..raw.spec.columns.len()).map(|column| estimate(&raw, row, column)).collect(),
    });
    let rows = rows.collect();
    ReleaseTable { spec: raw.spec, rows, protection: Protection::None }
}

fn estimate(raw: &RawTable, row: usize, column: usize) -> Estimate {
    let Some(proportion) = raw.estimate(row, column) else { return Estimate::NoAnswer };
    exact(&proportion, Some(proportion.weighted_count))
}

/// A share as it is, with its count.
pub(crate) fn exact(proportion: &Proportion, weighted: Option<f64>) -> Estimate {
    let interval = proportion.interval(LEVEL);
    Estimate::Published {
        share: proportion.share,
        standard_error: proportion.standard_error(),
        low: interval.low,
        high: interval.high,
        count: Some(proportion.count),
        weighted,
    }
}
