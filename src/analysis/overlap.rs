//! Breakdowns that sort respondents alike: communes and cantons, ages and age groups.
//!
//! Published side by side they give away by subtraction who is in one category and not in another: a canton less its large
//! commune is its small one. Disclosure control publishes the first of them only.

use isoloir_statistics::CodeColumn;

use crate::columns::{Columns, Item};
use crate::error::AnalysisError;

/// From this share of what could be known on, one breakdown is taken as made of the other's categories; a few respondents who
/// contradict themselves change nothing to what subtraction gives.
const DETERMINED: f64 = 0.8;

/// For each breakdown, whether it sorts respondents as one before it does.
///
/// # Errors
/// A fault of this crate.
pub(crate) fn overlapping(columns: &Columns, breakdowns: &[Item]) -> Result<Vec<bool>, AnalysisError> {
    let codes = breakdowns.iter().map(|item| columns.codes(item)).collect::<Result<Vec<_>, _>>()?;
    let of = |index: usize| {
        let (later, earlier) = (&codes[index], &codes[..index]);
        earlier.iter().any(|one| predicted(one, later).max(predicted(later, one)) >= DETERMINED)
    };
    Ok((0..breakdowns.len()).map(of).collect())
}

/// How much better one variable's category is guessed by whoever knows the other's: from 0, no better, to 1, always (Goodman
/// and Kruskal's λ, *Measures of association for cross classifications*, JASA 49, 1954). 0 where there is nothing to guess.
fn predicted(from: &CodeColumn, to: &CodeColumn) -> f64 {
    let (rows, columns) = (from.codes(), to.codes());
    let mut joint = vec![0_u32; rows * columns];
    let known = from.bytes().iter().zip(to.bytes()).map(|(from, to)| (usize::from(*from), usize::from(*to)));
    for (row, column) in known.filter(|(row, column)| *row < rows && *column < columns) {
        joint[row * columns + column] += 1;
    }
    let all: u32 = joint.iter().sum();
    let column_sum = |column| joint.iter().skip(column).step_by(columns).sum::<u32>();
    let blindly = (0..columns).map(column_sum).max().unwrap_or(0);
    let knowing: u32 = joint.chunks(columns.max(1)).map(|row| row.iter().max().copied().unwrap_or(0)).sum();
    if all > blindly { f64::from(knowing - blindly) / f64::from(all - blindly) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use isoloir_statistics::CodeColumn;

    use super::predicted;

    #[test]
    fn a_canton_is_made_of_communes_and_a_sex_is_not() {
        let commune: Vec<u8> = (0..120).map(|person| person % 6).collect();
        let canton: Vec<u8> = commune.iter().map(|commune| commune / 2).collect();
        // Nine in ten are women, wherever they live: that is easily guessed, and not for knowing where.
        let sexe: Vec<u8> = (0..120).map(|person| u8::from(person % 10 == 0)).collect();
        let column = |codes, bytes| CodeColumn::new(codes, bytes).expect("codes of the question");
        let close = |(from, from_codes), (to, to_codes), expected: f64| {
            let got = predicted(&column(from_codes, from), &column(to_codes, to));
            assert!((got - expected).abs() < 1e-12, "{got}");
        };
        close((&commune[..], 6), (&canton[..], 3), 1.0);
        close((&canton, 3), (&commune, 6), 0.4);
        close((&commune, 6), (&sexe, 2), 0.0);
        close((&[255; 4], 6), (&[0; 4], 2), 0.0);
    }
}
