//! The cell-key method on a table: noise, thresholds and rounding. Which rows are published, [`crate::catalogue`] decides.
//!
//! # What a published interval tells
//! The published share is the weighted one times the noise of its count over that of its base, to hundredths. The standard
//! error keeps the exact design effect, and takes everything else from what is published: share, rounded base, variance of
//! the noise; it is rounded up to thousandths. The interval is a function of the published share, standard error and base,
//! rounded outward to hundredths. So neither gives back the exact share, nor the base that was rounded.
//!
//! # What the noise adds to an interval
//! Count and base have different keys, hence noises e and f that are independent. The share moves by (r·e − p·f)/n, where r
//! is how much those counted weigh beside the whole base, 1 where nobody is weighted; its variance grows by V(r² + p²)/n².
//! (A base that is the sum of noisy counts would take their noise along, and the share would move less: V(1 − 2p + kp²)/n²
//! for k counts.) Rounding
//! included, 98 in a hundred intervals hold the truth of a row of 40 people of whom 80 % say « oui » (`calibration_tests.rs`).

use isoloir_statistics::{Proportion, WeightedCount};

use crate::group_disclosure::harmful;
use crate::policy::CellKey;
use crate::raw::{RawTable, Tally};
use crate::release::{Estimate, ReleaseRow};
use crate::tests_of_independence::rest;
use crate::unprotected::LEVEL;

/// The respondents of an edition, rounded.
pub(crate) fn respondents(respondents: Tally, policy: &CellKey) -> Option<u32> {
    Base::of(respondents, policy).map(|base| base.rounded)
}

/// The published rows of a table, of which some are hidden.
pub(crate) fn protect_table(table: &RawTable, hidden: &[bool], policy: &CellKey) -> Vec<ReleaseRow> {
    hidden.iter().enumerate().map(|(row, hidden)| protect_row(table, row, *hidden, policy)).collect()
}

/// Whether a row with such a base may be published.
pub(crate) fn is_large_enough(base: Tally, policy: &CellKey) -> bool {
    Base::of(base, policy).is_some()
}

/// Whether rows, published as one, would show answers that may harm with nearly all the weight.
pub(crate) fn shows_concentration(table: &RawTable, rows: &[usize], policy: &CellKey) -> bool {
    let Some(sums) = &table.sums else { return false };
    let tally = |of: &dyn Fn(usize) -> Tally| rows.iter().map(|row| of(*row)).fold(Tally::default(), Tally::plus);
    let sum = |of: &dyn Fn(usize) -> WeightedCount| {
        rows.iter().map(|row| of(*row)).fold(WeightedCount::default(), WeightedCount::plus)
    };
    let Some(base) = Base::of(tally(&|row| table.bases[row]), policy) else { return false };
    harmful(table).iter().any(|answer| {
        let cell = tally(&|row| answer.of(table.bases[row], &table.cells[row], Tally::less));
        let counted = sum(&|row| answer.of(sums.bases[row], &sums.cells[row], rest));
        let all = sum(&|row| sums.bases[row]);
        let share = Proportion::of(counted, all, sums.design_size).filter(|_| cell.count > 0);
        share.is_some_and(|share| printed_share(&share, cell, perturbed(cell, policy), &base) >= policy.most_of_a_row)
    })
}

fn protect_row(table: &RawTable, row: usize, is_hidden: bool, policy: &CellKey) -> ReleaseRow {
    let columns = table.spec.columns.len();
    let Some(base) = Base::of(table.bases[row], policy).filter(|_| !is_hidden) else {
        return ReleaseRow { base: None, cells: vec![Estimate::Masked; columns] };
    };
    let estimate = |column: usize| {
        let (tally, proportion) = (table.cells[row][column], table.estimate(row, column));
        let count = perturbed(tally, policy);
        match proportion {
            Some(proportion) if count >= policy.threshold => publish(&proportion, tally, count, &base, policy),
            _ => Estimate::Masked,
        }
    };
    ReleaseRow { base: Some(base.rounded), cells: (0..columns).map(estimate).collect() }
}

/// A base that is large enough: as it is, after noise, and as it is printed.
struct Base {
    exact: f64,
    noisy: f64,
    rounded: u32,
}

impl Base {
    fn of(tally: Tally, policy: &CellKey) -> Option<Self> {
        let count = perturbed(tally, policy);
        let rounding = policy.base_rounding.max(1);
        let is_enough = count >= policy.minimum_base.max(1);
        is_enough.then(|| Self {
            exact: tally.as_f64(),
            noisy: f64::from(count),
            rounded: (count + rounding / 2) / rounding * rounding,
        })
    }
}

/// The share with the noise of its count and of its base, to hundredths.
fn printed_share(proportion: &Proportion, tally: Tally, count: u32, base: &Base) -> f64 {
    let noise = (f64::from(count) / tally.as_f64()) / (base.noisy / base.exact);
    (proportion.share * noise * 100.0).round() / 100.0
}

fn publish(proportion: &Proportion, tally: Tally, count: u32, base: &Base, policy: &CellKey) -> Estimate {
    let share = printed_share(proportion, tally, count, base);
    // That everybody gave an answer is known of each of them: near there, no share is told from another.
    let is_highest = share >= policy.highest_share;
    let share = share.min(policy.highest_share);
    let printed = f64::from(base.rounded);

    let spread = proportion.share * (1.0 - proportion.share);
    // The variance of one person's answer, over the number of people: exact at the exact base, brought to the printed one.
    let per_base =
        if is_highest || spread <= 0.0 { 1.0 / proportion.effective_base } else { proportion.variance / spread };
    let design = per_base * base.exact / printed * share * (1.0 - share);
    let relative_weight = if is_highest { 1.0 } else { proportion.share * base.exact / tally.as_f64() };
    let noise = policy.ptable.variance() * (relative_weight.powi(2) + share * share) / (printed * printed);
    let error = ((design + noise).sqrt() * 1000.0).ceil() / 1000.0;
    let (low, high) = interval(share, error, base.rounded);
    Estimate::Published {
        share,
        standard_error: Some(error),
        low,
        high: if is_highest { 1.0 } else { high },
        count: None,
        weighted: None,
    }
}

/// The interval of what is published, rounded outward.
fn interval(share: f64, error: f64, base: u32) -> (f64, f64) {
    let (n, spread) = (f64::from(base), share * (1.0 - share));
    let published = Proportion {
        base,
        count: 0,
        weighted_base: n,
        weighted_count: n * share,
        share,
        variance: error * error,
        effective_base: if spread > 0.0 { spread / (error * error) } else { n },
    };
    let interval = published.interval(LEVEL);
    ((interval.low * 100.0).floor() / 100.0, (interval.high * 100.0).ceil() / 100.0)
}

pub(crate) fn perturbed(tally: Tally, policy: &CellKey) -> u32 {
    let count = i64::try_from(tally.count).unwrap_or(i64::MAX);
    let noise = policy.ptable.noise(tally.count, tally.cell_key);
    u32::try_from(count.saturating_add(noise).max(0)).unwrap_or(u32::MAX)
}
