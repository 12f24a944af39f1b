//! Numbers and sentences, in French.

use isoloir_disclosure::{Column, Estimate, Protection, ReleaseTable};

/// Under noise, shares are published up to here; the highest stands for all above it.
const HIGHEST: f64 = 0.95;

/// Of a percentage, far less than is published and far more than its arithmetic loses.
const SLACK: f64 = 1e-9;

fn is_highest(share: f64, protection: Protection) -> bool {
    protection == Protection::CellKey && share >= HIGHEST
}

/// `41 %`, with a no-break space, or `95 % ou plus`. Shares are published without decimals: noise and sampling say nothing
/// finer.
pub fn percent(share: f64, protection: Protection) -> String {
    if is_highest(share, protection) { "95\u{a0}% ou plus".to_owned() } else { format!("{:.0}\u{a0}%", share * 100.0) }
}

/// `41`, for a column whose heading says that it holds percentages.
pub fn percent_bare(share: f64, protection: Protection) -> String {
    if is_highest(share, protection) { "≥\u{a0}95".to_owned() } else { format!("{:.0}", share * 100.0) }
}

/// `41 %`, or that it is not published.
pub(crate) fn percent_or_none(share: Option<f64>, protection: Protection) -> String {
    share.map_or_else(|| Protection::NOT_PUBLISHED.to_owned(), |share| percent(share, protection))
}

/// `de 37 à 46`: percentages, rounded outwards so that an interval never claims more than it should.
pub fn between((low, high): (f64, f64)) -> String {
    // 0.29 × 100 is a little less than 29 here, and is no 28.
    let (low, high) = ((low * 100.0 + SLACK).floor(), (high * 100.0 - SLACK).ceil());
    format!("de {:.0} à {:.0}", low.max(0.0), high.clamp(0.0, 100.0))
}

/// `41 % (intervalle de 37 à 46)`, or that it is not published.
pub(crate) fn estimate_in_words(estimate: &Estimate, protection: Protection) -> String {
    match estimate.share().zip(estimate.interval()) {
        Some((share, interval)) => format!("{} (intervalle {})", percent(share, protection), between(interval)),
        None => Protection::NOT_PUBLISHED.to_owned(),
    }
}

/// `12 345`, with a no-break space.
pub(crate) fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// Writes the no-break spaces of French, so that sentences can be typed with plain ones: a narrow one before `; ? !`, a full
/// one before `:`, `%` and `»` and after `«`.
pub(crate) fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let space = match characters.peek() {
            Some(';' | '?' | '!') => '\u{202f}',
            Some(':' | '%' | '»') => '\u{a0}',
            _ if out.ends_with('«') => '\u{a0}',
            _ => ' ',
        };
        out.push(if character == ' ' { space } else { character });
    }
    out
}

/// `« Oui »`.
pub(crate) fn quoted(label: &str) -> String {
    format!("«\u{a0}{label}\u{a0}»")
}

/// `« Oui » ou « Plutôt »`; `de « 0 » à « 4 »` where points of a scale follow each other.
pub(crate) fn quoted_either(labels: &[&str]) -> String {
    let points: Option<Vec<i64>> = labels.iter().map(|label| label.parse().ok()).collect();
    if let (Some(points), [first, _, .., last]) = (points, labels)
        && points.windows(2).all(|pair| pair[0] + 1 == pair[1])
    {
        return format!("de {} à {}", quoted(first), quoted(last));
    }
    labels.iter().map(|label| quoted(label)).collect::<Vec<_>>().join(" ou ")
}

/// `Sèvremoine, Mauges-sur-Loire et Orée d’Anjou`.
pub(crate) fn enumerated(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} et {last}", first.join(", ")),
    }
}

/// A label without what it explains in brackets, for a title.
pub(crate) fn brief(label: &str) -> &str {
    label.split_once(" (").map_or(label, |(name, _)| name)
}

/// The columns with their estimates for everybody, in the order in which they are read.
pub fn sorted_columns(table: &ReleaseTable) -> Vec<(usize, &Column, Estimate)> {
    let (spec, total) = (table.spec(), table.total());
    table.reading_order().into_iter().map(|index| (index, &spec.columns[index], total.cells[index])).collect()
}

/// The columns that the questionnaire puts forward.
pub(crate) fn headline_columns(table: &ReleaseTable) -> Vec<usize> {
    let spec = table.spec();
    spec.columns.iter().enumerate().filter(|(_, c)| spec.headline.contains(&c.code)).map(|(i, _)| i).collect()
}

/// The share of several columns of a row: none unless each is published.
pub(crate) fn sum_of(cells: &[Estimate], columns: &[usize]) -> Option<f64> {
    let sum = columns.iter().map(|index| cells[*index].share()).sum::<Option<f64>>();
    sum.filter(|_| !columns.is_empty()).map(|sum| sum.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::{between, enumerated, spaced, thousands};

    #[test]
    fn an_interval_is_never_said_narrower_than_it_is_nor_wider_than_it_is_published() {
        assert_eq!(between((0.371, 0.452)), "de 37 à 46");
        // Both ends are published in hundredths: 0.29 × 100 is 28.999999999999996, and 0.57 × 100 is 56.99999999999999.
        assert_eq!(between((0.29, 0.57)), "de 29 à 57");
        assert_eq!(between((0.14, 0.28)), "de 14 à 28", "0.28 × 100 is 28.000000000000004");
        assert_eq!(between((0.0, 1.0)), "de 0 à 100");
    }

    #[test]
    fn french_spaces_are_written() {
        assert_eq!(spaced("« Oui » : 5 % ; non ?"), "«\u{a0}Oui\u{a0}»\u{a0}: 5\u{a0}%\u{202f}; non\u{202f}?");
        assert_eq!(thousands(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(thousands(999), "999");
        assert_eq!(enumerated(&["a", "b", "c"]), "a, b et c");
    }
}
