//! How far the published numbers may be trusted, in one sentence. It is made of what is published and of nothing else: the
//! rounded number of respondents, the design effect, the ends of the published intervals.

use isoloir_disclosure::{Protection, Release, ReleaseRow, in_sentence};

/// « environ 700 réponses volontaires, redressées (effet de plan 1,2 : l’équivalent de 585 réponses) ; comptez ± 4 points pour
/// l’ensemble, ± 10 par commune »; none when nothing is published.
///
/// A « ± » is half of the median published interval: of the shares of everybody, then of those of each breakdown. It is rounded
/// up.
pub fn reliability(release: &Release) -> Option<String> {
    let count = release.respondents()?;
    let roughly = if release.protection() == Protection::None { "" } else { "environ " };
    let weighting = release.weighting().filter(|_| release.protection() != Protection::Suppression);
    let weights = weighting.map_or(", non redressées".to_owned(), |weighting| {
        let effect = format!("{:.1}", weighting.deff).replace('.', ",");
        format!(", redressées (effet de plan {effect}\u{a0}: l’équivalent de {} réponses)", thousands(weighting.n_eff))
    });
    let margins = margins(release);
    let margins = margins.iter().map(|(of, points)| format!("±\u{a0}{points:.0}\u{a0}points {of}")).collect::<Vec<_>>();
    let counted = if margins.is_empty() {
        String::new()
    } else {
        format!("\u{202f}; pour une part, comptez le plus souvent {}", margins.join(", "))
    };
    let count = thousands(f64::from(count));
    Some(format!("{roughly}{count} réponses volontaires{weights}{counted}."))
}

/// `1 200`, with a narrow no-break space.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Half of the median interval, in points, of everybody and of each breakdown.
fn margins(release: &Release) -> Vec<(String, f64)> {
    let everybody = release.questions().map(|tables| tables[0].total());
    let mut margins = vec![("pour l’ensemble".to_owned(), median_half(everybody))];
    let mut known: Vec<&str> = Vec::new();
    for table in release.tables() {
        let by = table.spec().by.as_str();
        if by.is_empty() || known.contains(&by) {
            continue;
        }
        known.push(by);
        let of_breakdown = release.tables().iter().filter(|table| table.spec().by == by);
        let rows = of_breakdown.flat_map(|table| table.rows().iter().skip(1));
        margins.push((format!("par {}", in_sentence(&table.spec().breakdown)), median_half(rows)));
    }
    margins.into_iter().filter_map(|(of, points)| Some((of, points?))).collect()
}

fn median_half<'a>(rows: impl Iterator<Item = &'a ReleaseRow>) -> Option<f64> {
    let intervals = rows.flat_map(|row| &row.cells).filter_map(isoloir_disclosure::Estimate::interval);
    let mut halves: Vec<f64> = intervals.map(|(low, high)| (high - low) / 2.0).collect();
    halves.sort_by(f64::total_cmp);
    let middle = halves.get(halves.len() / 2)?;
    // What is a whole number of points stays one, whatever the last digits of the ends.
    Some((middle * 100.0 - 1e-6).ceil())
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([600.0, 1200.0, 12_345.0].map(super::thousands), ["600", "1\u{202f}200", "12\u{202f}345"]);
    }
}
