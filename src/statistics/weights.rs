//! Weights by cell: what they are, what they cost, and how the largest are trimmed.

use crate::frame::Frame;

/// How many people each respondent of a cell stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub(crate) frame: Frame,
    pub(crate) of_cell: Vec<f64>,
}

impl Weights {
    /// Weight 1 for everybody: unweighted tables.
    pub fn one(frame: Frame) -> Self {
        let of_cell = vec![1.0; frame.cells()];
        Self { frame, of_cell }
    }

    /// The frame.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The weight of each cell, in people per respondent; 0 for a cell without respondent.
    pub fn of_cells(&self) -> &[f64] {
        &self.of_cell
    }

    /// What these weights do to this many respondents per cell; none without respondents.
    pub fn summary(&self, respondents: &[u32]) -> Option<WeightSummary> {
        summarize(&self.of_cell, respondents)
    }
}

/// The spread of weights over the respondents, those of weight 0 left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightSummary {
    /// Respondents whose weight is not 0.
    pub respondents: u32,
    /// The sum of weights: the population.
    pub sum: f64,
    /// The smallest weight.
    pub min: f64,
    /// The median weight.
    pub median: f64,
    /// The mean weight.
    pub mean: f64,
    /// The largest weight.
    pub max: f64,
    /// Standard deviation over mean; 0 for a single respondent.
    pub coefficient_of_variation: f64,
    /// Kish's design effect of unequal weights, n Σw² / (Σw)²: how many times the variance grows (Kish, *Survey sampling*,
    /// 1965).
    pub design_effect: f64,
    /// n over the design effect: as many equally weighted respondents would tell as much.
    pub effective_respondents: f64,
}

/// Cells that have weight and respondents, as (weight, respondents).
fn weighted<'a>(of_cell: &'a [f64], respondents: &'a [u32]) -> impl Iterator<Item = (f64, u32)> + 'a {
    let cells = of_cell.iter().copied().zip(respondents.iter().copied());
    cells.filter(|(weight, count)| *weight > 0.0 && *count > 0)
}

pub(crate) fn summarize(of_cell: &[f64], respondents: &[u32]) -> Option<WeightSummary> {
    let median = median(of_cell, respondents)?;
    let mut summary = WeightSummary {
        respondents: 0,
        sum: 0.0,
        min: f64::INFINITY,
        median,
        mean: 0.0,
        max: 0.0,
        coefficient_of_variation: 0.0,
        design_effect: 1.0,
        effective_respondents: 0.0,
    };
    let mut squares = 0.0;
    for (weight, count) in weighted(of_cell, respondents) {
        summary.respondents += count;
        summary.sum += weight * f64::from(count);
        squares += weight * weight * f64::from(count);
        summary.min = summary.min.min(weight);
        summary.max = summary.max.max(weight);
    }
    let n = f64::from(summary.respondents);
    summary.mean = summary.sum / n;
    if summary.respondents > 1 {
        let deviations = |(weight, count): (f64, u32)| (weight - summary.mean).powi(2) * f64::from(count);
        let deviations: f64 = weighted(of_cell, respondents).map(deviations).sum();
        summary.coefficient_of_variation = (deviations / (n - 1.0)).sqrt() / summary.mean;
    }
    summary.design_effect = n * squares / (summary.sum * summary.sum);
    summary.effective_respondents = n / summary.design_effect;
    Some(summary)
}

/// The median weight over respondents; the mean of the middle two when they are even in number.
fn median(of_cell: &[f64], respondents: &[u32]) -> Option<f64> {
    let mut cells: Vec<(f64, u32)> = weighted(of_cell, respondents).collect();
    cells.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let total: u64 = cells.iter().map(|(_, count)| u64::from(*count)).sum();
    let at = |rank: u64| {
        let mut passed = 0;
        cells.iter().find_map(|(weight, count)| {
            passed += u64::from(*count);
            (passed > rank).then_some(*weight)
        })
    };
    // The two middle ranks are the same when the total is odd.
    Some(0.5 * (at(total.checked_sub(1)? / 2)? + at(total / 2)?))
}

/// Cuts weights above `cap` to it and shares what was cut equally among the other respondents, so that the sum stays (as
/// `trimWeights` of R's `survey`). Returns how many respondents were cut.
pub(crate) fn trim(of_cell: &mut [f64], respondents: &[u32], cap: f64) -> u32 {
    let (mut excess, mut cut, mut kept) = (0.0, 0_u32, 0_u32);
    for (weight, count) in weighted(of_cell, respondents) {
        if weight > cap {
            excess += (weight - cap) * f64::from(count);
            cut += count;
        } else {
            kept += count;
        }
    }
    if cut == 0 || kept == 0 {
        return 0;
    }
    let share = excess / f64::from(kept);
    for (weight, count) in of_cell.iter_mut().zip(respondents) {
        if *weight > cap {
            *weight = cap;
        } else if *weight > 0.0 && *count > 0 {
            *weight += share;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assert_close;

    #[test]
    fn equal_weights_cost_nothing() {
        let summary = summarize(&[3.0, 3.0, 7.0], &[4, 5, 0]).expect("respondents");
        assert_eq!(
            (summary.respondents, summary.min.to_bits(), summary.max.to_bits()),
            (9, 3f64.to_bits(), 3f64.to_bits())
        );
        assert_close(summary.design_effect, 1.0);
        assert_close(summary.effective_respondents, 9.0);
        assert!(summary.coefficient_of_variation.abs() < 1e-15);
    }

    #[test]
    fn unequal_weights_cost_respondents() {
        // Three respondents of weight 1 and one of weight 5: 4 × 28 / 64.
        let summary = summarize(&[1.0, 5.0], &[3, 1]).expect("respondents");
        assert_close(summary.design_effect, 1.75);
        assert_close(summary.median, 1.0);
        let even = summarize(&[1.0, 5.0], &[1, 1]).expect("respondents");
        assert_close(even.median, 3.0);
        assert_eq!(summarize(&[1.0, 0.0], &[0, 4]), None);
    }

    #[test]
    fn trimming_keeps_the_population() {
        let (mut weights, respondents) = ([1.0, 2.0, 40.0, 0.0], [10, 10, 1, 0]);
        assert_eq!(trim(&mut weights, &respondents, 10.0), 1);
        assert_eq!(weights.map(f64::to_bits), [2.5, 3.5, 10.0, 0.0].map(f64::to_bits));
        assert_eq!(trim(&mut weights, &respondents, 10.0), 0, "nothing is left to cut");
    }
}
