//! French typography for what the audit writes; sources have plain spaces.

/// Puts no-break spaces where French wants them: a thin one before `; ? ! %`, a wide one before `:` and `»`, after `«`.
pub(crate) fn french(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        out.push(match (character, characters.peek()) {
            (' ', Some(';' | '?' | '!' | '%')) => '\u{202f}',
            (' ', Some(':' | '»')) => '\u{a0}',
            (' ', _) if out.ends_with('«') => '\u{a0}',
            _ => character,
        });
    }
    out
}

/// `1 trouvé`, `2 trouvés`, `1 234 567 trouvés`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if number < 2 { one } else { many })
}

/// `3,2 %` of a whole; `0 %` of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    // In thousandths, rounded; parts are numbers of rows, far below the limit of the multiplication.
    let thousandths = (part * 1000 + whole / 2).checked_div(whole).unwrap_or(0);
    if thousandths.is_multiple_of(10) {
        format!("{} %", thousandths / 10)
    } else {
        format!("{},{} %", thousandths / 10, thousandths % 10)
    }
}

/// `0,98`, `−0,02`.
pub(crate) fn decimal(number: f64) -> String {
    format!("{number:.2}").replace('.', ",").replace('-', "−")
}

/// The first few of many, so that a report stays readable.
pub(crate) fn list(mut items: Vec<String>) -> String {
    const SHOWN: usize = 5;
    let more = items.len().saturating_sub(SHOWN);
    items.truncate(SHOWN);
    let shown = items.join(", ");
    if more == 0 { shown } else { format!("{shown} et {}", count(more as u64, "autre", "autres")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_signs_are_written_as_in_french() {
        assert_eq!(french("Non ; « oui » : 3 % !"), "Non\u{202f}; «\u{a0}oui\u{a0}»\u{a0}: 3\u{202f}%\u{202f}!");
        assert_eq!(count(1_234_567, "ligne", "lignes"), "1\u{202f}234\u{202f}567 lignes");
        assert_eq!((count(0, "ligne", "lignes"), count(1, "ligne", "lignes")), ("0 ligne".into(), "1 ligne".into()));
        assert_eq!([percent(0, 0), percent(1, 40), percent(1, 2)], ["0 %", "2,5 %", "50 %"]);
        assert_eq!([decimal(0.984), decimal(-1.0)], ["0,98", "−1,00"]);
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(list(vec!["a".into(), "b".into()]), "a, b");
        assert_eq!(list((0..8).map(|n| n.to_string()).collect()), "0, 1, 2, 3, 4 et 3 autres");
    }
}
