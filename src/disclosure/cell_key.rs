//! The cell-key method on a table: noise, thresholds, rounding, and rows hidden in company.
//!
//! # What a published interval tells
//! The published share is the weighted one times the noise of its count over that of its base, to hundredths. The standard
//! error keeps the exact design effect, and takes everything else from what is published: share, rounded base, variance of
//! the noise; it is rounded up to thousandths. The interval is a function of the published share, standard error and base,
//! rounded outward to hundredths. So neither gives back the exact share, nor the base that was rounded.

use isoloir_statistics::Proportion;

use crate::policy::{CellKey, Protection};
use crate::raw::{RawTable, Tally};
use crate::release::{Estimate, ReleaseRow, ReleaseTable};
use crate::successive::{gained_enough, rest_gained_enough};
use crate::unprotected::LEVEL;

/// The respondents of an edition, rounded.
pub(crate) fn respondents(respondents: Tally, policy: &CellKey) -> Option<u32> {
    Base::of(respondents, policy).map(|base| base.rounded)
}

pub(crate) fn protect_table(mut table: RawTable, policy: &CellKey) -> ReleaseTable {
    hide_rows_that_give_others_away(&mut table, policy);
    let rows = (0..table.bases.len()).map(|row| protect_row(&table, row, policy)).collect();
    ReleaseTable { spec: table.spec, rows, protection: Protection::CellKey }
}

/// The respondents of the total who are in no published row can be had by subtraction: those of the hidden rows, and those who
/// did not say where they live. Unless there are none, or enough of them, the smallest published rows are hidden too. After an
/// earlier edition, rows and rest must also have gained enough.
fn hide_rows_that_give_others_away(table: &mut RawTable, policy: &CellKey) {
    let stands = |row: &usize| Base::of(table.bases[*row], policy).is_some() && gained_enough(table, &[*row], policy);
    let rows = 1..table.bases.len();
    let mut published: Vec<usize> = if stands(&0) { rows.filter(stands).collect() } else { Vec::new() };
    published.sort_by_key(|row| std::cmp::Reverse(table.bases[*row].count));
    let rest_stands = |published: &[usize]| {
        let rest = table.bases[0].count.saturating_sub(published.iter().map(|row| table.bases[*row].count).sum());
        (rest == 0 || rest >= u64::from(policy.minimum_base)) && rest_gained_enough(table, published, policy)
    };
    while !published.is_empty() && !rest_stands(&published) {
        published.pop();
    }
    let is_published = |row: usize| if row == 0 { stands(&0) } else { published.contains(&row) };
    let hidden: Vec<usize> = (0..table.bases.len()).filter(|row| !is_published(*row)).collect();
    for row in hidden {
        table.bases[row] = Tally::default();
    }
}

fn protect_row(table: &RawTable, row: usize, policy: &CellKey) -> ReleaseRow {
    let columns = table.spec.columns.len();
    let Some(base) = Base::of(table.bases[row], policy) else {
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
            exact: as_f64(tally.count),
            noisy: f64::from(count),
            rounded: (count + rounding / 2) / rounding * rounding,
        })
    }
}

fn publish(proportion: &Proportion, tally: Tally, count: u32, base: &Base, policy: &CellKey) -> Estimate {
    let noise = (f64::from(count) / as_f64(tally.count)) / (base.noisy / base.exact);
    let share = (proportion.share * noise * 100.0).round() / 100.0;
    // That everybody gave an answer is known of each of them: near there, no share is told from another.
    let is_highest = share >= policy.highest_share;
    let share = share.min(policy.highest_share);
    let printed = f64::from(base.rounded);

    let spread = proportion.share * (1.0 - proportion.share);
    // The variance of one person's answer, over the number of people: exact at the exact base, brought to the printed one.
    let per_base =
        if is_highest || spread <= 0.0 { 1.0 / proportion.effective_base } else { proportion.variance / spread };
    let design = per_base * base.exact / printed * share * (1.0 - share);
    let noise = policy.ptable.variance() * (1.0 - share).powi(2) / (printed * printed);
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
        noise_variance: 0.0,
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

#[expect(clippy::cast_precision_loss, reason = "counts of respondents are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
