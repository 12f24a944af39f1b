//! Dates as they are read in French.

use jiff::civil::Date;

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
