//! Shares with their variance and their interval.
//!
//! The variance is that of a ratio of two totals under a design with unequal weights and replacement, linearized (Taylor):
//! V(p) = n/(n−1) · [diag(S2) − p S2ᵀ − S2 pᵀ + T p pᵀ] / W². Weights are taken as fixed: the gain of calibration is left
//! out, which errs on the side of caution. In a voluntary, non-probability sample intervals are indicative.

use crate::distributions::{normal_quantile, t_quantile};
use crate::tables::{Answers, WeightedCount, design_factor};

/// Fewer effective respondents than this on either side of a share, and its interval is Wilson's.
const LOGIT_FROM_RESPONDENTS: f64 = 5.0;

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Symmetric on the logit scale, with Student's quantile (as `svyciprop` of R's `survey`).
    Logit,
    /// From the score test, with as many respondents as Kish's effective number (Wilson, JASA 22, 1927; Kish 1965).
    Wilson,
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How it was made.
    pub method: Method,
}

/// The share of those who answered that gave one of some codes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// Respondents who answered.
    pub base: u32,
    /// Those of them who gave one of the codes.
    pub count: u32,
    /// The sum of weights of the base, W.
    pub weighted_base: f64,
    /// The sum of weights of those counted.
    pub weighted_count: f64,
    /// The weighted share, from 0 to 1.
    pub share: f64,
    /// Its variance under the design.
    pub variance: f64,
    /// Kish's effective number of those who answered, W²/T.
    pub effective_base: f64,
}

impl Answers<'_> {
    /// The weighted share of one code, or of several taken together; none when nobody with a weight answered, or for a code
    /// that the question has not. A code given twice counts once.
    pub fn share(&self, codes: &[usize]) -> Option<Proportion> {
        if codes.iter().any(|code| *code >= self.counts().len()) {
            return None;
        }
        let chosen = self.by_code().into_iter().enumerate().filter(|(code, _)| codes.contains(code));
        let counted = chosen.fold(WeightedCount::default(), |sum, (_, answers)| sum.plus(answers));
        Proportion::of(counted, self.base(), self.design_size)
    }

    /// The share of each code; none when nobody with a weight answered.
    pub fn shares(&self) -> Option<Vec<Proportion>> {
        (0..self.counts().len()).map(|code| self.share(&[code])).collect()
    }

    /// The covariance of the shares, `[code][code]` in one vector; none when nobody with a weight answered.
    pub fn covariance(&self) -> Option<Vec<f64>> {
        let (_, weighted_base, total_squared) = self.bases()?;
        let scale = self.design_factor() / (weighted_base * weighted_base);
        let p: Vec<f64> = self.weighted().iter().map(|sum| sum / weighted_base).collect();
        let squared = self.squared();
        let entry = |row: usize, column: usize| {
            let diagonal = if row == column { squared[row] } else { 0.0 };
            let cross = p[row] * squared[column] + squared[row] * p[column];
            scale * (diagonal - cross + total_squared * p[row] * p[column])
        };
        Some(
            (0..p.len())
                .flat_map(|row| (0..p.len()).map(move |column| (row, column)))
                .map(|(r, c)| entry(r, c))
                .collect(),
        )
    }

    /// Respondents who answered, W and T; none when W is 0.
    pub(crate) fn bases(&self) -> Option<(u32, f64, f64)> {
        let weighted: f64 = self.weighted().iter().sum();
        (weighted > 0.0).then(|| (self.counts().iter().sum(), weighted, self.squared().iter().sum()))
    }
}

impl Proportion {
    /// The share of those `counted` among the `base`, which they are part of, in a design of this size; none when the base has
    /// no weight.
    pub fn of(counted: WeightedCount, base: WeightedCount, design_size: u32) -> Option<Self> {
        let weighted_base = base.weighted;
        if weighted_base <= 0.0 {
            return None;
        }
        // Sums in another order could pass the whole by their last digit.
        let share = (counted.weighted / weighted_base).min(1.0);
        let others = (base.squared - counted.squared).max(0.0);
        let spread = counted.squared * (1.0 - share).powi(2) + others * share * share;
        Some(Self {
            base: base.respondents,
            count: counted.respondents,
            weighted_base,
            weighted_count: counted.weighted,
            share,
            variance: design_factor(design_size) * spread / (weighted_base * weighted_base),
            effective_base: weighted_base * weighted_base / base.squared,
        })
    }

    /// The standard error; none for a single respondent, from whom no spread can be seen.
    pub fn standard_error(&self) -> Option<f64> {
        (self.base > 1).then(|| self.variance.sqrt())
    }

    /// How many times the variance is that of a simple random sample of as many respondents; none when everybody or nobody
    /// was counted, and for a single respondent.
    pub fn design_effect(&self) -> Option<f64> {
        let binomial = self.share * (1.0 - self.share) / (f64::from(self.base) - 1.0);
        (binomial > 0.0 && self.base > 1).then(|| self.variance / binomial)
    }

    /// Degrees of freedom: those who answered, less one.
    pub fn degrees(&self) -> f64 {
        f64::from(self.base) - 1.0
    }

    /// Whether the share is so near 0 or 1, or so few answered, that the normal approximation does not hold.
    pub(crate) fn is_extreme(&self) -> bool {
        self.effective_base * self.share.min(1.0 - self.share) < LOGIT_FROM_RESPONDENTS
    }

    /// The interval at a level such as 0.95, within [0, 1]: logit with t quantiles, or Wilson's with Kish's effective number
    /// when it makes fewer than five respondents on either side.
    pub fn interval(&self, level: f64) -> Interval {
        let p = self.share;
        let (low, high, method) = match self.standard_error() {
            Some(error) if error > 0.0 && !self.is_extreme() => {
                let centre = (p / (1.0 - p)).ln();
                let reach = t_quantile(level, self.degrees()) * error / (p * (1.0 - p));
                (logistic(centre - reach), logistic(centre + reach), Method::Logit)
            }
            _ => {
                let (low, high) = self.wilson(level);
                (low, high, Method::Wilson)
            }
        };
        Interval { low: low.clamp(0.0, p), high: high.clamp(p, 1.0), method }
    }

    /// The shares π that the score test does not reject: (p − π)² ≤ z² π(1 − π)/n.
    fn wilson(&self, level: f64) -> (f64, f64) {
        let (p, z) = (self.share, normal_quantile(0.5 + 0.5 * level));
        let width = z * z / self.effective_base;
        let centre = p + 0.5 * width;
        let root = (centre * centre - (1.0 + width) * p * p).max(0.0).sqrt();
        ((centre - root) / (1.0 + width), (centre + root) / (1.0 + width))
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
