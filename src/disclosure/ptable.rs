//! The perturbation table of the cell-key method: for each true count, the distribution of the noise.
//!
//! Among all distributions on the allowed noises with mean 0 and the wanted variance, the one of maximum entropy gives the
//! least away: p(k) ∝ exp(a·k + b·k²) (Giessing, *Computational issues in the design of transition probabilities and
//! disclosure risk estimation for additive noise*, PSD 2016). A count never becomes negative, and zero stays zero.

/// No such distribution exists.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("no noise within ±{max_noise} has mean 0 and variance {variance} for a count of {count}")]
pub struct PTableError {
    /// Largest noise asked for.
    pub max_noise: u32,
    /// Variance asked for.
    pub variance: f64,
    /// The count for which it fails.
    pub count: u32,
}

/// Noise distributions for the counts 1, 2, … D; larger counts have that of D.
#[derive(Debug, Clone)]
pub struct PTable {
    /// For each count from 1, the noises with their cumulative probabilities.
    rows: Vec<Vec<(i64, f64)>>,
}

impl PTable {
    /// The table of maximum entropy with noise within ±`max_noise` and the given variance.
    ///
    /// # Errors
    /// [`PTableError`] when the variance cannot be reached for some count.
    pub fn maximum_entropy(max_noise: u32, variance: f64) -> Result<Self, PTableError> {
        let rows = (1..=max_noise).map(|count| {
            let noises: Vec<i64> = (-i64::from(count.min(max_noise))..=i64::from(max_noise)).collect();
            let probabilities = solve(&noises, variance).ok_or(PTableError { max_noise, variance, count })?;
            let mut cumulative = 0.0;
            Ok(noises
                .into_iter()
                .zip(probabilities)
                .map(|(noise, probability)| {
                    cumulative += probability;
                    (noise, cumulative)
                })
                .collect())
        });
        rows.collect::<Result<_, _>>().map(|rows| Self { rows })
    }

    /// The noise of a count whose records' keys sum to `cell_key`.
    pub fn noise(&self, count: u64, cell_key: u64) -> i64 {
        let Some(index) = count.checked_sub(1) else { return 0 };
        let index = usize::try_from(index).unwrap_or(usize::MAX).min(self.rows.len() - 1);
        let row = &self.rows[index];
        // Sums of keys are linear: without the hash, the noise of two sets would hint at that of their union.
        let hash = blake3::hash(&cell_key.to_le_bytes());
        let (head, _) = hash.as_bytes().split_first_chunk().expect("a blake3 hash has 32 bytes");
        let u = uniform(u64::from_le_bytes(*head));
        row.iter().find(|(_, cumulative)| u < *cumulative).or(row.last()).map_or(0, |(noise, _)| *noise)
    }

    /// The variance of the noise, the same for every count above zero.
    #[expect(clippy::cast_precision_loss, reason = "noises are tiny integers")]
    pub fn variance(&self) -> f64 {
        self.distribution(1).iter().map(|(noise, probability)| (noise * noise) as f64 * probability).sum()
    }

    /// The distribution for a count: noise and probability.
    pub fn distribution(&self, count: u64) -> Vec<(i64, f64)> {
        let Some(index) = count.checked_sub(1) else { return vec![(0, 1.0)] };
        let index = usize::try_from(index).unwrap_or(usize::MAX).min(self.rows.len() - 1);
        let mut before = 0.0;
        self.rows[index]
            .iter()
            .map(|(noise, cumulative)| {
                let probability = cumulative - before;
                before = *cumulative;
                (*noise, probability)
            })
            .collect()
    }
}

/// The top 53 bits of the key as a number in `[0, 1)`: what a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
fn uniform(cell_key: u64) -> f64 {
    (cell_key >> 11) as f64 / (1_u64 << 53) as f64
}

/// Newton's method on the convex dual: find a and b such that E[k] = 0 and E[k²] = variance.
#[expect(clippy::cast_precision_loss, reason = "noises are tiny integers")]
fn solve(noises: &[i64], variance: f64) -> Option<Vec<f64>> {
    let (mut a, mut b) = (0.0_f64, 0.0_f64);
    for _ in 0..200 {
        let weights: Vec<f64> = noises.iter().map(|k| (a * *k as f64 + b * (k * k) as f64).exp()).collect();
        let total: f64 = weights.iter().sum();
        let moment =
            |power: i32| noises.iter().zip(&weights).map(|(k, w)| (*k as f64).powi(power) * w).sum::<f64>() / total;
        let (m1, m2, m3, m4) = (moment(1), moment(2), moment(3), moment(4));
        let (g1, g2) = (m1, m2 - variance);
        if g1.abs() < 1e-14 && g2.abs() < 1e-14 {
            return Some(weights.iter().map(|w| w / total).collect());
        }
        let (h11, h12, h22) = (m2 - m1 * m1, m3 - m1 * m2, m4 - m2 * m2);
        let determinant = h11 * h22 - h12 * h12;
        if determinant.abs() < 1e-300 {
            return None;
        }
        let step = ((h22 * g1 - h12 * g2) / determinant, (h11 * g2 - h12 * g1) / determinant);
        // Long steps overshoot far from the solution; the dual is convex, so shorter ones always arrive.
        let scale = (1.0 / step.0.abs().max(step.1.abs())).min(1.0);
        a -= scale * step.0;
        b -= scale * step.1;
        if !a.is_finite() || !b.is_finite() || a.abs() > 1e3 || b.abs() > 1e3 {
            return None;
        }
    }
    // The last digits may oscillate by one unit in the last place; that is as good as it gets.
    let weights: Vec<f64> = noises.iter().map(|k| (a * *k as f64 + b * (k * k) as f64).exp()).collect();
    let total: f64 = weights.iter().sum();
    let probabilities: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let mean: f64 = noises.iter().zip(&probabilities).map(|(k, p)| *k as f64 * p).sum();
    let second: f64 = noises.iter().zip(&probabilities).map(|(k, p)| (k * k) as f64 * p).sum();
    (mean.abs() < 1e-10 && (second - variance).abs() < 1e-10).then_some(probabilities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "noises are tiny integers")]
    fn mean_and_variance_are_exact_for_every_count() {
        let table = PTable::maximum_entropy(5, 3.0).expect("a table");
        for count in 1..=20 {
            let distribution = table.distribution(count);
            let sum = |power: i32| distribution.iter().map(|(k, p)| (*k as f64).powi(power) * p).sum::<f64>();
            assert!((sum(0) - 1.0).abs() < 1e-12, "{count}: probabilities sum to {}", sum(0));
            assert!(sum(1).abs() < 1e-10, "{count}: mean {}", sum(1));
            assert!((sum(2) - 3.0).abs() < 1e-10, "{count}: variance {}", sum(2));
            assert!(distribution.iter().all(|(k, p)| *p > 0.0 && *k >= -i64::try_from(count).expect("small")));
        }
    }

    #[test]
    fn zero_stays_zero_and_noise_is_bounded() {
        let table = PTable::maximum_entropy(5, 3.0).expect("a table");
        for step in 0..1000_u64 {
            let key = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            assert_eq!(table.noise(0, key), 0);
            assert!(table.noise(1, key) >= -1);
            assert!(table.noise(1_000_000, key).abs() <= 5);
        }
    }

    #[test]
    fn a_variance_that_cannot_be_reached_is_refused() {
        let error = PTable::maximum_entropy(2, 3.0).expect_err("too much variance");
        assert_eq!(error.count, 1);
    }
}
