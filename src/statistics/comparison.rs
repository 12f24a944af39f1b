//! Comparing two editions, and correcting for the number of tests.
//!
//! Editions are independent samples: respondents are anonymous, so that nobody can be followed from one to the next, and the
//! variance of a difference is the sum of variances. Only identical wordings may be compared; that is the caller's to know.

use crate::distributions::{normal_quantile, t_quantile, t_two_sided};
use crate::proportion::Proportion;

/// How a difference was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceTest {
    /// The difference over its standard error, against Student's t.
    Student,
    /// A share is near 0 or 1: the variance is that of both editions having one share, with Kish's effective numbers.
    Score,
}

/// The change of a share from one edition to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The later value minus the earlier one.
    pub value: f64,
    /// Its standard error under the null hypothesis for [`DifferenceTest::Score`], without it for the other.
    pub standard_error: f64,
    /// Value over standard error.
    pub statistic: f64,
    /// Degrees of freedom, the sum of both editions'; infinite for [`DifferenceTest::Score`].
    pub degrees: f64,
    /// The two-sided probability of such a difference if nothing had changed.
    pub p_value: f64,
    /// How it was tested.
    pub test: DifferenceTest,
}

impl Difference {
    /// The test of a difference; none without a standard error above 0 and a degree of freedom.
    fn new(value: f64, variance: f64, degrees: f64, test: DifferenceTest) -> Option<Self> {
        let standard_error = variance.sqrt();
        if !(standard_error > 0.0 && degrees > 0.0) {
            return None;
        }
        let statistic = value / standard_error;
        // With ten million million degrees, Student's t is the normal to the last digit.
        let p_value = t_two_sided(statistic, degrees.min(1e13));
        Some(Self { value, standard_error, statistic, degrees, p_value, test })
    }

    /// The symmetric interval of the difference at a level such as 0.95.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let quantile =
            if self.degrees.is_finite() { t_quantile(level, self.degrees) } else { normal_quantile(0.5 + 0.5 * level) };
        let reach = quantile * self.standard_error;
        (self.value - reach, self.value + reach)
    }
}

/// Tests the change of a share between two independent editions; none when neither can vary (both 0, or both 1, or a single
/// respondent).
pub fn compare_shares(earlier: &Proportion, later: &Proportion) -> Option<Difference> {
    let value = later.share - earlier.share;
    if earlier.is_extreme() || later.is_extreme() {
        let (one, two) = (earlier.effective_base, later.effective_base);
        let common = (one * earlier.share + two * later.share) / (one + two);
        let variance = common * (1.0 - common) * (1.0 / one + 1.0 / two);
        return Difference::new(value, variance, f64::INFINITY, DifferenceTest::Score);
    }
    let variance = earlier.standard_error()?.powi(2) + later.standard_error()?.powi(2);
    Difference::new(value, variance, earlier.degrees() + later.degrees(), DifferenceTest::Student)
}

/// The p-values of a family of tests, adjusted so that the chance of any false finding is at most the level they are read at
/// (Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6, 1979). In the order
/// given; tests that could not be made do not belong in the family.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (index, rest) in order.iter().zip((0..p_values.len()).rev()) {
        let remaining = u32::try_from(rest + 1).map_or(f64::INFINITY, f64::from);
        largest = largest.max((remaining * p_values[*index]).min(1.0));
        adjusted[*index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assert_close;

    fn share(base: u32, share: f64) -> Proportion {
        let n = f64::from(base);
        Proportion {
            base,
            count: 0,
            weighted_base: n,
            weighted_count: n * share,
            share,
            variance: share * (1.0 - share) / (n - 1.0),
            effective_base: n,
        }
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_keeps_the_order() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") of R.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert_close(*got, expected);
        }
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[0.6, 0.7]), [1.0, 1.0]);
    }

    #[test]
    fn a_change_of_shares_is_tested_with_both_variances() {
        let difference = compare_shares(&share(401, 0.3), &share(401, 0.4)).expect("a test");
        assert_eq!(difference.test, DifferenceTest::Student);
        // sqrt(0.3·0.7/400 + 0.4·0.6/400); p of |t| = 0.1/0.0335 with 800 degrees, from scipy.
        assert_close(difference.standard_error, 0.001_125_f64.sqrt());
        assert_close(difference.degrees, 800.0);
        assert_close(difference.p_value, 0.002_956_127_718_445_248);
        let (low, high) = difference.interval(0.95);
        assert_close(low + high, 0.2);
        assert!(low > 0.0, "significant at 5 %: the interval excludes 0");
    }

    #[test]
    fn from_nobody_to_some_is_a_test_too() {
        // Pooled share 0.1, n = 50 twice: z = 0.2 / 0.06.
        let difference = compare_shares(&share(50, 0.0), &share(50, 0.2)).expect("a test");
        assert_eq!(difference.test, DifferenceTest::Score);
        assert_close(difference.statistic, 10.0 / 3.0);
        assert_close(difference.p_value, 0.000_858_120_666_393_674_4);
        assert_eq!(compare_shares(&share(50, 1.0), &share(50, 1.0)), None);
    }
}
