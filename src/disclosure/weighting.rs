//! What is said of the weights: how they were made, and what they cost.
//!
//! Exact figures would tell counts: the mean weight is N/n, and the largest one may be that of a single person.

use isoloir_statistics::{Merge, RakingReport};
use serde::Serialize;

/// One category that another holds since nobody in it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergedCategory {
    /// The margin's variable.
    pub variable: String,
    /// The category that was merged.
    pub category: String,
    /// The one that holds it.
    pub into: String,
}

/// Respondents of a category without inhabitants: they count for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExcludedCategory {
    /// The margin's variable.
    pub variable: String,
    /// The category.
    pub category: String,
    /// How many they are, where exact counts are given.
    pub respondents: Option<u32>,
}

/// A margin whose total was brought to that of the first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RescaledMargin {
    /// The margin's variable.
    pub variable: String,
    /// What its populations were multiplied by.
    pub factor: f64,
}

/// How the largest weights were cut.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trimmed {
    /// The largest weight allowed before the margins were restored.
    pub cap: f64,
    /// How many respondents were cut, where exact counts are given.
    pub respondents: Option<u32>,
    /// How many times weights were cut and raked again.
    pub rounds: u32,
}

/// The weights of a release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weighting {
    /// The variables of the margins.
    pub variables: Vec<String>,
    /// Passes over all margins.
    pub iterations: u32,
    /// The largest |margin / target − 1| that is left.
    pub discrepancy: f64,
    /// The population that the respondents stand for.
    pub population: f64,
    /// The smallest weight.
    pub min: f64,
    /// The median weight.
    pub median: f64,
    /// The mean weight.
    pub mean: f64,
    /// The largest weight.
    pub max: f64,
    /// Standard deviation over mean.
    pub cv: f64,
    /// Kish's design effect of unequal weights.
    pub deff: f64,
    /// As many equally weighted respondents would tell as much.
    pub n_eff: f64,
    /// Categories that were merged.
    pub merged: Vec<MergedCategory>,
    /// Categories whose respondents count for nothing.
    pub excluded: Vec<ExcludedCategory>,
    /// Margins that were rescaled.
    pub rescaled: Vec<RescaledMargin>,
    /// What trimming did.
    pub trimming: Option<Trimmed>,
}

impl Weighting {
    /// Exact figures.
    pub(crate) fn exact(report: &RakingReport) -> Self {
        let weights = report.weights;
        let merged = |Merge { variable, category, into }: &Merge| MergedCategory {
            variable: variable.clone(),
            category: category.clone(),
            into: into.clone(),
        };
        let excluded = report.excluded.iter().map(|excluded| ExcludedCategory {
            variable: excluded.variable.clone(),
            category: excluded.category.clone(),
            respondents: Some(excluded.respondents),
        });
        let rescaled = report.rescaled.iter();
        let rescaled = rescaled.map(|one| RescaledMargin { variable: one.variable.clone(), factor: one.factor });
        Self {
            variables: report.variables.clone(),
            iterations: report.iterations,
            discrepancy: report.discrepancy,
            population: weights.sum,
            min: weights.min,
            median: weights.median,
            mean: weights.mean,
            max: weights.max,
            cv: weights.coefficient_of_variation,
            deff: weights.design_effect,
            n_eff: weights.effective_respondents,
            merged: report.merged.iter().map(merged).collect(),
            excluded: excluded.collect(),
            rescaled: rescaled.collect(),
            trimming: report.trimming.map(|trimming| Trimmed {
                cap: trimming.cap,
                respondents: Some(trimming.respondents),
                rounds: trimming.rounds,
            }),
        }
    }

    /// Figures from which no count follows: means come from the published number of respondents, the others have two
    /// significant digits.
    pub(crate) fn rounded(report: &RakingReport, respondents: u32) -> Self {
        let exact = Self::exact(report);
        let n = f64::from(respondents);
        let deff = (exact.deff * 100.0).round() / 100.0;
        Self {
            min: significant(exact.min),
            median: significant(exact.median),
            mean: significant(exact.population / n),
            max: significant(exact.max),
            cv: significant(exact.cv),
            deff,
            n_eff: (n / deff / 5.0).round() * 5.0,
            excluded: exact.excluded.into_iter().map(|one| ExcludedCategory { respondents: None, ..one }).collect(),
            trimming: exact.trimming.map(|one| Trimmed { cap: significant(one.cap), respondents: None, ..one }),
            ..exact
        }
    }
}

/// Two significant digits.
pub(crate) fn significant(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}
