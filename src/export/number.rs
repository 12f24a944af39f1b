//! Numbers as files write them, without the digits that sums of binary fractions leave behind.

/// To twelve significant digits: 0.03 and not 0.030000000000000027.
pub(crate) fn tidy(number: f64) -> f64 {
    significant(number, 12)
}

/// To so many significant digits.
pub(crate) fn significant(number: f64, digits: usize) -> f64 {
    format!("{number:.0$e}", digits.saturating_sub(1)).parse().unwrap_or(number)
}

/// To four decimals: of a share, a hundredth of a point.
pub(crate) fn to_four_decimals(number: f64) -> f64 {
    let rounded = (number * 1e4).round() / 1e4;
    // Rounding may leave a zero with a sign.
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::{significant, tidy, to_four_decimals};

    #[test]
    fn no_digit_is_left_that_means_nothing() {
        assert_eq!((0.41 - 0.44).to_string(), "-0.030000000000000027");
        assert_eq!(tidy(0.41 - 0.44).to_string(), "-0.03");
        assert_eq!(tidy(97_000.000_000_000_06).to_string(), "97000");
        assert_eq!(significant(0.157_502_925_9, 3).to_string(), "0.158");
        assert_eq!(to_four_decimals(-0.011_610_074_6).to_string(), "-0.0116");
        assert_eq!(to_four_decimals(-0.000_01).to_string(), "0");
    }
}
