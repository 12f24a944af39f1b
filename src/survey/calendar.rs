//! The day, as a parameter: nothing in Isoloir needs a finer time, and nothing stores one. And how days are written in French.

use jiff::civil::Date;

/// What day it is where the survey is run.
pub trait Calendar: Send + Sync {
    /// Today, in the territory's time zone.
    fn today(&self) -> Date;
}

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `31 janvier 2027`, with no-break spaces.
pub fn french_date(date: Date) -> String {
    let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
    let day = if date.day() == 1 { "1er".to_owned() } else { date.day().to_string() };
    format!("{day}\u{a0}{month}\u{a0}{}", date.year())
}

/// Whether a text begins with the name of a month.
pub(crate) fn begins_with_month(text: &str) -> bool {
    MONTHS.iter().any(|month| text.strip_prefix(month).is_some_and(|rest| !rest.starts_with(char::is_alphabetic)))
}

/// The days that a text names with their years, such as « 31 janvier 2027 », as [`french_date`] writes them.
pub(crate) fn named_days(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '\u{a0}').collect();
    let day = |three: &[&str]| {
        let &[day, month, year] = three else { return None };
        let digits = day.strip_suffix("er").unwrap_or(day);
        let year = year.trim_end_matches(|c: char| !c.is_ascii_digit());
        let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let is_day = digits.parse::<u8>().is_ok_and(|digits| (1..=31).contains(&digits));
        (is_day && is_year && MONTHS.contains(&month)).then(|| format!("{day}\u{a0}{month}\u{a0}{year}"))
    };
    words.windows(3).filter_map(day).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_found_as_it_is_written() {
        let found: Vec<String> =
            named_days("Du 1er\u{a0}mars 2027 au 31 janvier\u{a0}2028. Le 15 mai, 3 fois").collect();
        assert_eq!(found, [french_date(jiff::civil::date(2027, 3, 1)), french_date(jiff::civil::date(2028, 1, 31))]);
        assert!(begins_with_month("mai,") && !begins_with_month("maintenant"));
    }
}
