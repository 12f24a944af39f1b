//! Raking: weights by cell that reproduce the margins of the population.
//!
//! Iterative proportional fitting (Deming and Stephan 1940), which is calibration with the multiplicative distance (Deville and
//! Särndal, *Calibration estimators in survey sampling*, JASA 87, 1992), from the prior weight N/n. Since everybody in a cell
//! has the same weight, an iteration costs as much as there are cells, whatever the number of respondents.

use crate::cube::Cube;
use crate::margin::{Margin, Merge, Target};
use crate::raking_error::{EmptyCategory, RakingError};
use crate::weights::{WeightSummary, Weights, summarize, trim};

/// The largest |margin / target − 1| that is accepted.
pub const ACCEPTED_DISCREPANCY: f64 = 1e-9;

/// What the iterations aim at, so that the accepted discrepancy leaves no trace in published digits.
const WANTED_DISCREPANCY: f64 = 1e-12;

const MAX_ITERATIONS: u32 = 1000;

/// How far the totals of two margins may be from each other, as a share: census tables are rounded.
const TOTALS_TOLERANCE: f64 = 0.01;

/// How the largest weights are trimmed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trimming {
    /// Weights above this many times the median are cut: 5 as a rule.
    pub median_factor: f64,
    /// How many times weights are cut and raked again; each round brings the largest nearer to the cap.
    pub rounds: u32,
}

impl Default for Trimming {
    fn default() -> Self {
        Self { median_factor: 5.0, rounds: 1 }
    }
}

/// What trimming did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrimmingReport {
    /// The largest weight allowed, before the margins were restored.
    pub cap: f64,
    /// Respondents whose weight was cut in the first round.
    pub respondents: u32,
    /// Rounds that cut something.
    pub rounds: u32,
}

/// Respondents in a category whose population is zero: their weight is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The margin's variable.
    pub variable: String,
    /// The category.
    pub category: String,
    /// How many respondents it has.
    pub respondents: u32,
}

/// A margin whose total was brought to that of the first margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Rescaled {
    /// The margin's variable.
    pub variable: String,
    /// What its populations were multiplied by.
    pub factor: f64,
}

/// How the weights were made, for the methodology page.
#[derive(Debug, Clone, PartialEq)]
pub struct RakingReport {
    /// The variables of the margins.
    pub variables: Vec<String>,
    /// Passes over all margins, those after trimming included.
    pub iterations: u32,
    /// The largest |margin / target − 1| that is left.
    pub discrepancy: f64,
    /// Extreme weights, design effect and effective number of respondents.
    pub weights: WeightSummary,
    /// Categories that were merged.
    pub merged: Vec<Merge>,
    /// Respondents who count for nothing.
    pub excluded: Vec<Excluded>,
    /// Margins that were rescaled.
    pub rescaled: Vec<Rescaled>,
    /// What trimming did, when it was asked for and something was above the cap.
    pub trimming: Option<TrimmingReport>,
}

/// A margin made ready: a target for each row, all margins with one total.
struct Fit<'a> {
    margin: &'a Margin,
    targets: Vec<f64>,
}

/// Weights for the respondents of each cell that reproduce every margin to [`ACCEPTED_DISCREPANCY`], trimmed if asked.
/// Without margins everybody weighs 1.
///
/// # Errors
/// [`RakingError`]; an empty category names the merge that mends it, which [`Margin::merge`] makes.
pub fn rake(
    cube: &Cube,
    margins: &[Margin],
    trimming: Option<Trimming>,
) -> Result<(Weights, RakingReport), RakingError> {
    let (respondents, expected) = (cube.respondents(), cube.frame().cells());
    if let Some(margin) = margins.iter().find(|margin| margin.breakdown.row_of_cell.len() != expected) {
        let given = margin.breakdown.row_of_cell.len();
        return Err(RakingError::OtherFrame { variable: margin.variable().to_owned(), expected, given });
    }
    if cube.total() == 0 {
        return Err(RakingError::Nobody);
    }
    let mut rescaled = Vec::new();
    let fits = margins.iter().map(|margin| prepare(margin, margins, respondents, &mut rescaled));
    let fits = fits.collect::<Result<Vec<_>, _>>()?;
    let mut of_cell = prior(&fits, respondents);
    let excluded = exclude(&fits, respondents, &mut of_cell);
    check_support(&fits, respondents, &of_cell)?;

    let (mut iterations, mut discrepancy) = iterate(&fits, respondents, &mut of_cell)?;
    let mut report = None;
    if let Some(Trimming { median_factor, rounds }) = trimming {
        let cap = median_factor * summarize(&of_cell, respondents).ok_or(RakingError::Nobody)?.median;
        for round in 1..=rounds {
            let cut = trim(&mut of_cell, respondents, cap);
            if cut == 0 {
                break;
            }
            let (more, left) = iterate(&fits, respondents, &mut of_cell)?;
            (iterations, discrepancy) = (iterations + more, left);
            report.get_or_insert(TrimmingReport { cap, respondents: cut, rounds: round }).rounds = round;
        }
    }
    let summary = summarize(&of_cell, respondents).ok_or(RakingError::Nobody)?;
    let report = RakingReport {
        variables: margins.iter().map(|margin| margin.variable().to_owned()).collect(),
        iterations,
        discrepancy,
        weights: summary,
        merged: margins.iter().flat_map(|margin| margin.merges.clone()).collect(),
        excluded,
        rescaled,
        trimming: report,
    };
    Ok((Weights { frame: cube.frame().clone(), of_cell }, report))
}

/// Fixes the targets of a margin: those as observed, and the total, which is the first margin's.
fn prepare<'a>(
    margin: &'a Margin,
    margins: &[Margin],
    respondents: &[u32],
    rescaled: &mut Vec<Rescaled>,
) -> Result<Fit<'a>, RakingError> {
    let variable = || margin.variable().to_owned();
    let cells = margin.breakdown.row_of_cell.iter().zip(respondents);
    let uncovered: u32 = cells.filter(|(row, _)| row.is_none()).map(|(_, count)| *count).sum();
    if uncovered > 0 {
        return Err(RakingError::Uncovered { variable: variable(), respondents: uncovered });
    }
    let (total, first_total) = (margin.total(), margins[0].total());
    if (total / first_total - 1.0).abs() > TOTALS_TOLERANCE {
        let first_variable = margins[0].variable().to_owned();
        return Err(RakingError::Totals { variable: variable(), total, first_variable, first_total });
    }
    // Sums of the same numbers in another order differ in their last digits: that is no rescaling to report.
    if (total / first_total - 1.0).abs() > 1e-12 {
        rescaled.push(Rescaled { variable: variable(), factor: first_total / total });
    }
    let counts = margin.respondents_by_row(respondents);
    let everybody: f64 = counts.iter().copied().map(f64::from).sum();
    let unknown = margin.targets.iter().zip(&counts).filter(|(target, _)| **target == Target::AsObserved);
    let unknown_share = unknown.map(|(_, count)| f64::from(*count)).sum::<f64>() / everybody;
    let target = |(target, count): (&Target, &u32)| match target {
        Target::Population(population) => population / total * first_total * (1.0 - unknown_share),
        Target::AsObserved => first_total * f64::from(*count) / everybody,
    };
    Ok(Fit { margin, targets: margin.targets.iter().zip(&counts).map(target).collect() })
}

/// N/n in every cell with respondents.
fn prior(fits: &[Fit], respondents: &[u32]) -> Vec<f64> {
    let everybody: f64 = respondents.iter().copied().map(f64::from).sum();
    let weight = fits.first().map_or(1.0, |fit| fit.targets.iter().sum::<f64>() / everybody);
    respondents.iter().map(|count| if *count > 0 { weight } else { 0.0 }).collect()
}

/// Gives weight 0 to the respondents of categories without population, and tells of them.
fn exclude(fits: &[Fit], respondents: &[u32], of_cell: &mut [f64]) -> Vec<Excluded> {
    let mut excluded = Vec::new();
    for Fit { margin, targets } in fits {
        let counts = margin.respondents_by_row(respondents);
        for (row, (target, count)) in targets.iter().zip(counts).enumerate() {
            if *target <= 0.0 && count > 0 {
                let (variable, category) = (margin.variable().to_owned(), margin.breakdown.rows[row].clone());
                excluded.push(Excluded { variable, category, respondents: count });
            }
        }
        for (weight, row) in of_cell.iter_mut().zip(&margin.breakdown.row_of_cell) {
            if row.is_some_and(|row| targets[row] <= 0.0) {
                *weight = 0.0;
            }
        }
    }
    excluded
}

/// Every category with people must have respondents whose weight is not 0.
fn check_support(fits: &[Fit], respondents: &[u32], of_cell: &[f64]) -> Result<(), RakingError> {
    let weighted = respondents.iter().zip(of_cell).map(|(count, weight)| if *weight > 0.0 { *count } else { 0 });
    let respondents: Vec<u32> = weighted.collect();
    let mut empty = Vec::new();
    for Fit { margin, targets } in fits {
        let counts = margin.respondents_by_row(&respondents);
        for (row, (target, _)) in targets.iter().zip(&counts).enumerate().filter(|(_, (t, n))| **t > 0.0 && **n == 0) {
            let merge_into = margin.best_merge(row, &counts).map(|into| margin.breakdown.rows[into].clone());
            let (variable, category) = (margin.variable().to_owned(), margin.breakdown.rows[row].clone());
            // As in the file of margins, and not brought to the total of the first margin nor to those who answered.
            let population = match margin.targets[row] {
                Target::Population(population) => population,
                Target::AsObserved => *target,
            };
            empty.push(EmptyCategory { variable, category, population, merge_into });
        }
    }
    if empty.is_empty() { Ok(()) } else { Err(RakingError::NoRespondent(empty)) }
}

/// Fits the margins in turn until all are reproduced; returns the passes made and the discrepancy left.
fn iterate(fits: &[Fit], respondents: &[u32], of_cell: &mut [f64]) -> Result<(u32, f64), RakingError> {
    let (mut iterations, mut before) = (0, f64::INFINITY);
    loop {
        let (discrepancy, worst) = discrepancy(fits, respondents, of_cell);
        // Below what is accepted, rounding may keep the last digits moving: the first pass that gains nothing is the last.
        let stalled = discrepancy < ACCEPTED_DISCREPANCY && discrepancy >= before;
        if discrepancy <= WANTED_DISCREPANCY || stalled {
            return Ok((iterations, discrepancy));
        }
        if let Some((fit, row)) = worst.filter(|_| iterations == MAX_ITERATIONS) {
            if discrepancy < ACCEPTED_DISCREPANCY {
                return Ok((iterations, discrepancy));
            }
            let margin = fits[fit].margin;
            let (variable, category) = (margin.variable().to_owned(), margin.breakdown.rows[row].clone());
            return Err(RakingError::NotConverged { iterations, discrepancy, variable, category });
        }
        before = discrepancy;
        for fit in fits {
            let sums = fit.sums(respondents, of_cell);
            let factor = |(target, sum): (&f64, f64)| if sum > 0.0 { target / sum } else { 0.0 };
            let factors: Vec<f64> = fit.targets.iter().zip(sums).map(factor).collect();
            for (weight, row) in of_cell.iter_mut().zip(&fit.margin.breakdown.row_of_cell) {
                *weight *= row.map_or(0.0, |row| factors[row]);
            }
        }
        iterations += 1;
    }
}

/// The largest |margin / target − 1|, with its margin and row.
fn discrepancy(fits: &[Fit], respondents: &[u32], of_cell: &[f64]) -> (f64, Option<(usize, usize)>) {
    let mut worst = (0.0, None);
    for (index, fit) in fits.iter().enumerate() {
        for (row, (target, sum)) in fit.targets.iter().zip(fit.sums(respondents, of_cell)).enumerate() {
            let distance = if *target > 0.0 { (sum / target - 1.0).abs() } else { 0.0 };
            if distance > worst.0 {
                worst = (distance, Some((index, row)));
            }
        }
    }
    worst
}

impl Fit<'_> {
    /// The weighted respondents of each row.
    fn sums(&self, respondents: &[u32], of_cell: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.targets.len()];
        let cells = self.margin.breakdown.row_of_cell.iter().zip(respondents.iter().zip(of_cell));
        for (row, (count, weight)) in cells {
            if let Some(row) = row {
                sums[*row] += f64::from(*count) * weight;
            }
        }
        sums
    }
}

impl Margin {
    pub(crate) fn respondents_by_row(&self, respondents: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; self.targets.len()];
        for (row, count) in self.breakdown.row_of_cell.iter().zip(respondents) {
            if let Some(row) = row {
                counts[*row] += count;
            }
        }
        counts
    }
}
