//! Numbers as they are read in French.

use isoloir_charts::{between, percent};
use isoloir_disclosure::{Estimate, Protection};
use isoloir_ui::french_date;

use crate::publication::Edition;

/// The no-break spaces of French, also before a percent sign.
pub(crate) fn french(text: &str) -> String {
    isoloir_ui::french(text).replace(" %", "\u{a0}%")
}

/// `1 200`, with a narrow no-break space.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + 6);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// `1,4`: a number with up to `decimals` decimals.
pub(crate) fn decimal(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('.', ",")
}

/// `41 %`, or `95 % ou plus` where noise was added.
pub(crate) fn share(estimate: &Estimate, protection: Protection) -> Option<String> {
    Some(percent(estimate.share()?, protection))
}

/// `+11`, `−3` or `0`: a difference of shares, in points.
pub(crate) fn points(difference: f64) -> String {
    let rounded = (difference * 100.0).round();
    match rounded {
        more if more > 0.0 => format!("+{more:.0}"),
        less if less < 0.0 => format!("−{:.0}", -less),
        _ => "0".to_owned(),
    }
}

/// `environ 400`, or that it is not published.
pub(crate) fn counted(base: Option<u32>) -> String {
    base.map_or_else(|| Protection::NOT_PUBLISHED.to_owned(), |base| format!("environ {}", thousands(base.into())))
}

/// `de 37 à 45 %`: the 95 % interval in words that stay on one line of a table.
pub(crate) fn interval(estimate: &Estimate) -> Option<String> {
    Some(format!("{}\u{a0}%", between(estimate.interval()?)).replace(' ', "\u{a0}"))
}

/// The nearest whole number; of a population or a height, never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2⁶⁴")]
pub(crate) fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

/// Rounded to 5, as the bases are: how many answered is not told more finely anywhere.
pub(crate) fn rounded(count: u64) -> u64 {
    (count + 2) / 5 * 5
}

/// The days between which answers were taken: until the survey closed, or until the edition was made where that was before.
pub(crate) fn period(edition: Edition) -> String {
    let Edition { questionnaire, made_on, .. } = edition;
    let last = questionnaire.closes.map_or(made_on, |closes| closes.min(made_on));
    match questionnaire.opens.filter(|opens| *opens <= last) {
        Some(opens) => format!("du {} au {}", french_date(opens), french_date(last)),
        None => format!("jusqu’au {}", french_date(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_french() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(decimal(1.40, 2), "1,4");
        assert_eq!(decimal(20.0, 0), "20");
        assert_eq!([points(0.114), points(-0.03), points(-0.004)], ["+11", "−3", "0"]);
        assert_eq!((rounded(1202), rounded(1203), rounded(0)), (1200, 1205, 0));
    }

    #[test]
    fn an_interval_is_said_in_words_and_never_too_narrow() {
        let estimate = Estimate::Published {
            share: 0.41,
            standard_error: Some(0.02),
            low: 0.371,
            high: 0.452,
            count: None,
            weighted: None,
        };
        assert_eq!(interval(&estimate).as_deref(), Some("de\u{a0}37\u{a0}à\u{a0}46\u{a0}%"));
        assert_eq!(interval(&Estimate::Masked), None);
    }
}
