//! Quantiles and tails of the normal, t, F and chi-square distributions.
//!
//! The normal, the chi-square and the gamma function are `statrs`'s. Its incomplete beta function is not used: it subtracts
//! logarithms of gamma functions that grow with the degrees of freedom, and for the millions of degrees of a national
//! survey the t quantile of 97.5 % comes out as 1.83 instead of 1.96. The one below keeps 12 digits there.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::{gamma_ur, ln_gamma};

/// From this size on, Stirling's series below is exact to the last digit of a double.
const STIRLING_FROM: f64 = 16.0;

/// From this many degrees on, the series for the t quantile is exact to 13 digits.
const SERIES_FROM_DEGREES: f64 = 1000.0;

/// The standard normal quantile of `probability`, which lies strictly between 0 and 1.
pub fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// The probability that a chi-square variable of `degrees` degrees of freedom exceeds `x`.
pub fn chi_square_upper_tail(x: f64, degrees: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(0.5 * degrees, 0.5 * x) }
}

/// The probability that an F variable of `numerator` and `denominator` degrees of freedom, not always whole, exceeds `f`.
pub fn f_upper_tail(f: f64, numerator: f64, denominator: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    let sum = denominator + numerator * f;
    if sum.is_infinite() {
        return 0.0;
    }
    incomplete_beta(0.5 * denominator, 0.5 * numerator, denominator / sum, numerator * f / sum)
}

/// The probability that a t variable of `degrees` degrees of freedom is further from zero than `t`.
pub fn t_two_sided(t: f64, degrees: f64) -> f64 {
    f_upper_tail(t * t, 1.0, degrees)
}

/// The half-width, in standard errors, of a two-sided interval at `level` (0.95) with `degrees` degrees of freedom.
pub fn t_quantile(level: f64, degrees: f64) -> f64 {
    let z = normal_quantile(0.5 + 0.5 * level);
    if degrees >= SERIES_FROM_DEGREES {
        return t_series(z, degrees);
    }
    let alpha = (1.0 - level).ln();
    // In logarithms the tail is concave, so that Newton's method arrives from any start.
    let mut log_t = if degrees >= 5.0 { t_series(z, degrees).ln() } else { z.ln() };
    for _ in 0..100 {
        let t = log_t.exp();
        let tail = t_two_sided(t, degrees);
        let step = (tail.ln() - alpha) * tail / (2.0 * t * t_density(t, degrees));
        log_t += step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    log_t.exp()
}

fn t_density(t: f64, degrees: f64) -> f64 {
    let log_kernel = -0.5 * (degrees + 1.0) * (t * t / degrees).ln_1p();
    (log_kernel - ln_beta(0.5, 0.5 * degrees) - 0.5 * degrees.ln()).exp()
}

/// Cornish and Fisher's expansion of the t quantile around the normal one (Abramowitz and Stegun, 26.7.5).
fn t_series(z: f64, degrees: f64) -> f64 {
    let square = z * z;
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let fourth = ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0) / 92_160.0;
    z * (1.0 + (first + (second + (third + fourth / degrees) / degrees) / degrees) / degrees)
}

/// The regularized incomplete beta function of `a`, `b` at `x`, where `y` = 1 − `x` is given too, for its digits' sake.
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let (log_x, log_y) = if x < y { (x.ln(), (-x).ln_1p()) } else { ((-y).ln_1p(), y.ln()) };
    let front = (a * log_x + b * log_y - ln_beta(a, b)).exp();
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        front / beta_fraction(a, b, x, y)
    } else {
        1.0 - front / beta_fraction(b, a, y, x)
    };
    value.clamp(0.0, 1.0)
}

/// What divides xᵃyᵇ / B(a, b) to give the incomplete beta function: the continued fraction of `DiDonato` and Morris
/// (*Algorithm 708*, ACM Transactions on Mathematical Software 18, 1992, equation 9), by the modified Lentz method. It takes
/// `y` = 1 − `x` on its own, which keeps the digits when `a` is in the millions and `x` all but 1.
fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let gap = a * y - b * x + 1.0;
    let mut fraction = away_from_zero(a * gap / (a + 1.0));
    let (mut numerator, mut denominator) = (fraction, 0.0);
    for step in 1..20_000_u32 {
        let step = f64::from(step);
        let width = a + 2.0 * step - 1.0;
        let above = (a + step - 1.0) * (a + b + step - 1.0) * step * (b - step) * (x / width).powi(2);
        let beside = step + step * (b - step) * x / width + (a + step) * (gap + step * (2.0 - x)) / (width + 2.0);
        denominator = 1.0 / away_from_zero(beside + above * denominator);
        numerator = away_from_zero(beside + above / numerator);
        let change = numerator * denominator;
        fraction *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The logarithm of the beta function, without subtracting large logarithms.
fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large < STIRLING_FROM {
        return ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    }
    let sum = small + large;
    let difference = small - (large - 0.5) * (small / large).ln_1p() - small * sum.ln() + stirling_remainder(large)
        - stirling_remainder(sum);
    ln_gamma(small) + difference
}

/// What Stirling's formula leaves of the logarithm of the gamma function of a `z` of 16 or more.
fn stirling_remainder(z: f64) -> f64 {
    let square = 1.0 / (z * z);
    let series = 1.0 / 1680.0 - square * (1.0 / 1188.0 - square * 691.0 / 360_360.0);
    (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * series))) / z
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(got: f64, expected: f64, what: &str) {
        assert!((got / expected - 1.0).abs() < 1e-11, "{what}: {got} for {expected}");
    }

    /// Expected values of this module: `scipy.stats` 1.17 (Boost).
    #[test]
    fn t_quantiles_hold_from_one_degree_to_a_hundred_million() {
        for (degrees, level, expected) in [
            (1.0, 0.95, 12.706_204_736_174_694),
            (1.0, 0.99, 63.656_741_162_871_526),
            (2.0, 0.8, 1.885_618_083_164_127_2),
            (5.0, 0.95, 2.570_581_835_636_314_6),
            (10.0, 0.99, 3.169_272_672_616_95),
            (100.0, 0.95, 1.983_971_518_523_551_8),
            (1111.0, 0.95, 1.962_101_530_719_095_2),
            (1e5, 0.95, 1.959_987_707_534_609_5),
            (1e7, 0.95, 1.959_964_221_767_205),
            (1e8, 0.99, 2.575_829_352_714_377_4),
        ] {
            assert_close(t_quantile(level, degrees), expected, &format!("t at {level} with {degrees}"));
        }
    }

    #[test]
    fn f_tails_hold_for_large_and_fractional_degrees() {
        for (f, numerator, denominator, expected) in [
            (1.449_786_6, 2.944_022_094_549, 3529.88, 0.226_913_962_984_372_2),
            (3.0, 1.0, 10.0, 0.113_937_412_151_920_3),
            (1.151_56, 10.25, 12_294.0, 0.318_124_355_222_088_15),
            (2.0, 3.3, 3e7, 0.105_186_039_658_941_22),
            (1.3, 40.2, 5e8, 0.096_327_913_942_456_71),
            (1.05, 1000.5, 1e7, 0.132_428_604_163_209_45),
            (1.05, 300.5, 1e4, 0.267_736_681_076_655_5),
            (8.0, 5.0, 2e8, 1.493_370_465_666_969_4e-7),
        ] {
            assert_close(f_upper_tail(f, numerator, denominator), expected, &format!("F({numerator}, {denominator})"));
        }
        assert_eq!(f_upper_tail(0.0, 3.0, 10.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(f_upper_tail(f64::INFINITY, 3.0, 10.0).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_series_and_newton_agree_where_they_meet() {
        let z = normal_quantile(0.975);
        let newton = t_quantile(0.95, SERIES_FROM_DEGREES - 1e-9);
        assert_close(newton, t_series(z, SERIES_FROM_DEGREES), "t with 1000 degrees");
    }

    #[test]
    fn normal_and_chi_square_are_those_of_the_tables() {
        assert_close(normal_quantile(0.9), 1.281_551_565_544_600_4, "normal 0.9");
        assert_close(normal_quantile(0.975), 1.959_963_984_540_054, "normal 0.975");
        assert_close(normal_quantile(0.9995), 3.290_526_731_491_925_5, "normal 0.9995");
        assert_close(chi_square_upper_tail(4.349, 3.0), 0.226_161_115_575_672_92, "chi-square 3");
        assert_close(chi_square_upper_tail(50.0, 30.0), 0.012_402_060_718_900_54, "chi-square 30");
        assert_close(chi_square_upper_tail(1010.0, 1000.0), 0.406_033_150_947_735_95, "chi-square 1000");
    }
}
