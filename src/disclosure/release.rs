//! What may be published.

use serde::Serialize;

use crate::policy::Policy;
use crate::raw::{RawTable, TableSpec, Tally};

/// One published or masked number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Estimate {
    /// The share of the row's base, after noise, rounded to hundredths: with the count beside it, the rounding of the
    /// base could be undone.
    Published {
        /// From 0 to the policy's highest share, which stands for all above it.
        share: f64,
    },
    /// Too small to be published; it may be zero.
    Masked,
}

impl Estimate {
    /// The share, where it is published.
    pub fn share(&self) -> Option<f64> {
        match self {
            Self::Published { share } => Some(*share),
            Self::Masked => None,
        }
    }
}

/// One row of a published table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseRow {
    /// Those who answered, rounded; `None` when the row is too small to be published.
    pub base: Option<u32>,
    /// One estimate per column.
    pub cells: Vec<Estimate>,
}

/// One published table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseTable {
    spec: TableSpec,
    rows: Vec<ReleaseRow>,
}

impl ReleaseTable {
    /// What the table is about.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// Its rows, in the order of the specification.
    pub fn rows(&self) -> &[ReleaseRow] {
        &self.rows
    }

    /// The row of everybody.
    pub fn total(&self) -> &ReleaseRow {
        &self.rows[0]
    }
}

/// Protected tables. Only [`protect`] makes one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Release {
    respondents: Option<u32>,
    tables: Vec<ReleaseTable>,
}

impl Release {
    /// Respondents in the edition, rounded; `None` when they are too few to publish anything.
    pub fn respondents(&self) -> Option<u32> {
        self.respondents
    }

    /// The tables.
    pub fn tables(&self) -> &[ReleaseTable] {
        &self.tables
    }
}

/// Protects tables that were made from `respondents`. See the crate's documentation for what this guarantees.
pub fn protect(respondents: Tally, tables: Vec<RawTable>, policy: &Policy) -> Release {
    let tables = tables.into_iter().map(|table| protect_table(table, policy)).collect();
    Release { respondents: published_base(respondents, policy).map(|(_, rounded)| rounded), tables }
}

fn protect_table(mut table: RawTable, policy: &Policy) -> ReleaseTable {
    hide_rows_that_give_others_away(&mut table, policy);
    let rows = table.bases.iter().zip(&table.cells).map(|(base, cells)| protect_row(*base, cells, policy)).collect();
    ReleaseTable { spec: table.spec, rows }
}

/// The respondents of the total who are in no published row can be had by subtraction: those of the hidden rows, and those who
/// did not say where they live. Unless there are none, or enough of them, the smallest published rows are hidden too.
fn hide_rows_that_give_others_away(table: &mut RawTable, policy: &Policy) {
    let Some((total, rows)) = table.bases.split_first() else { return };
    let mut published: Vec<usize> = rows
        .iter()
        .enumerate()
        .filter(|(_, base)| published_base(**base, policy).is_some())
        .map(|(i, _)| i + 1)
        .collect();
    published.sort_by_key(|row| std::cmp::Reverse(table.bases[*row].count));
    let mut rest = total.count.saturating_sub(published.iter().map(|row| table.bases[*row].count).sum());
    let mut hidden = Vec::new();
    while rest > 0 && rest < u64::from(policy.minimum_base) {
        let Some(smallest) = published.pop() else { break };
        rest += table.bases[smallest].count;
        hidden.push(smallest);
    }
    for row in hidden {
        table.bases[row] = Tally::default();
    }
}

fn protect_row(base: Tally, cells: &[Tally], policy: &Policy) -> ReleaseRow {
    let Some((base, rounded)) = published_base(base, policy) else {
        return ReleaseRow { base: None, cells: vec![Estimate::Masked; cells.len()] };
    };
    let estimate = |cell: &Tally| {
        let count = perturbed(*cell, policy);
        if count < policy.threshold {
            return Estimate::Masked;
        }
        // That everybody gave an answer is known of each of them: near there, no share is told from another.
        let share = ((f64::from(count) / f64::from(base)) * 100.0).round() / 100.0;
        Estimate::Published { share: share.min(policy.highest_share) }
    };
    ReleaseRow { base: Some(rounded), cells: cells.iter().map(estimate).collect() }
}

/// The base after noise, and what is printed of it; `None` when it is too small.
fn published_base(base: Tally, policy: &Policy) -> Option<(u32, u32)> {
    let count = perturbed(base, policy);
    let rounding = policy.base_rounding.max(1);
    (count >= policy.minimum_base.max(1)).then(|| (count, (count + rounding / 2) / rounding * rounding))
}

fn perturbed(tally: Tally, policy: &Policy) -> u32 {
    let count = i64::try_from(tally.count).unwrap_or(i64::MAX);
    let noise = policy.ptable.noise(tally.count, tally.cell_key);
    u32::try_from(count.saturating_add(noise).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::{Column, Row};

    /// A pseudo-random key for a record, the same at each run.
    fn key(record: u64) -> u64 {
        record.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    fn tally(records: impl IntoIterator<Item = u64>) -> Tally {
        records.into_iter().fold(Tally::default(), |sum, record| sum.plus(Tally { count: 1, cell_key: key(record) }))
    }

    fn spec(rows: usize, columns: usize) -> TableSpec {
        let column = |i| Column { code: format!("c{i}"), label: format!("Choix {i}"), missing: false };
        let row = |i| Row { code: format!("r{i}"), label: format!("Ligne {i}") };
        TableSpec {
            question: "essai".into(),
            title: "Essai".into(),
            text: "Essai".into(),
            axis: None,
            several: false,
            ordered: false,
            breakdown: "Commune".into(),
            headline: Vec::new(),
            columns: (0..columns).map(column).collect(),
            rows: (0..rows).map(row).collect(),
        }
    }

    fn release(bases: Vec<Tally>, cells: Vec<Vec<Tally>>) -> ReleaseTable {
        let spec = spec(bases.len(), cells[0].len());
        let table = RawTable::new(spec, bases, cells).expect("shape");
        let policy = Policy::standard().expect("policy");
        protect(tally(0..1000), vec![table], &policy).tables.remove(0)
    }

    #[test]
    fn a_small_count_is_masked_and_looks_like_zero() {
        for count in 0..6 {
            let table = release(vec![tally(0..200)], vec![vec![tally(0..count), tally(count..200)]]);
            assert_eq!(table.total().cells[0], Estimate::Masked, "{count}");
            assert!(matches!(table.total().cells[1], Estimate::Published { .. }));
        }
    }

    #[test]
    fn nothing_below_the_threshold_is_ever_published() {
        for start in 0..500 {
            for count in [8, 9, 10, 11, 12, 13, 14] {
                let table = release(vec![tally(0..300)], vec![vec![tally(start..start + count)]]);
                let truth = perturbed(tally(start..start + count), &Policy::standard().expect("policy"));
                assert_eq!(table.total().cells[0] == Estimate::Masked, truth < 11);
            }
        }
    }

    #[test]
    fn a_row_with_too_few_respondents_is_not_published() {
        let table = release(vec![tally(0..20)], vec![vec![tally(0..20)]]);
        assert_eq!(table.total(), &ReleaseRow { base: None, cells: vec![Estimate::Masked] });
    }

    #[test]
    fn bases_are_rounded() {
        for respondents in 40..80 {
            let table = release(vec![tally(0..respondents)], vec![vec![tally(0..respondents)]]);
            assert_eq!(table.total().base.expect("published") % 5, 0);
        }
    }

    #[test]
    fn the_same_set_gets_the_same_count_in_every_table() {
        let everybody = || tally(0..150);
        let one = release(vec![everybody()], vec![vec![tally(10..60), tally(60..100)]]);
        let two = release(vec![everybody()], vec![vec![tally(60..100), tally(10..60)]]);
        assert_eq!(one.total().cells[0], two.total().cells[1]);
        assert_eq!(one.total().cells[1], two.total().cells[0]);
    }

    /// 59 people in one commune, one in the other: the total less the large commune would be that one person.
    #[test]
    fn a_single_outsider_cannot_be_had_by_subtraction() {
        let table = release(
            vec![tally(0..60), tally(0..59), tally(59..60)],
            vec![
                vec![tally(0..30), tally(30..60)],
                vec![tally(0..30), tally(30..59)],
                vec![tally(0..0), tally(59..60)],
            ],
        );
        assert!(table.total().base.is_some());
        assert_eq!(table.rows()[1].base, None, "the large commune is hidden with the small one");
        assert_eq!(table.rows()[2].base, None);
    }

    /// Of 200 people, 6 skipped where they live: hiding the smallest commune makes those in no published row enough.
    #[test]
    fn those_who_did_not_say_where_they_live_are_not_left_alone() {
        let bases = vec![tally(0..200), tally(0..100), tally(100..160), tally(160..194)];
        let cells = bases.iter().map(|base| vec![*base]).collect();
        let table = release(bases, cells);
        let published: Vec<bool> = table.rows().iter().map(|row| row.base.is_some()).collect();
        assert_eq!(published, [true, true, true, false]);
    }

    #[test]
    fn unanimity_is_not_told_from_near_unanimity() {
        for dissenters in 0..3 {
            let table = release(vec![tally(0..80)], vec![vec![tally(0..80 - dissenters), tally(80 - dissenters..80)]]);
            let share = table.total().cells[0].share().expect("published");
            assert!((share - 0.95).abs() < 1e-9 || (dissenters > 0 && share >= 0.85), "{dissenters}: {share}");
        }
    }

    /// The live-difference attack: publish, let one person answer, publish again, subtract. On true counts it succeeds
    /// always. On ours the difference says little more than guessing would.
    #[test]
    fn one_more_respondent_cannot_be_read_off_by_subtraction() {
        let policy = Policy::standard().expect("policy");
        let mut said_yes = Vec::new();
        for trial in 0..2000_u64 {
            let first = trial * 1000;
            let before = perturbed(tally(first..first + 50), &policy);
            let with_one_more = perturbed(tally(first..first + 51), &policy);
            said_yes.push(i64::from(with_one_more) - i64::from(before));
        }
        // Had the newcomer said no, the set of those who said yes, and so its count, would not have changed at all. A
        // newcomer who said yes must look like that often enough to hide among them.
        let hidden = said_yes.iter().filter(|difference| **difference == 0).count();
        assert!(hidden * 10 > said_yes.len(), "« yes » shows no change in only {hidden} of {}", said_yes.len());
    }

    #[test]
    fn a_raw_table_shows_no_count() {
        let table = RawTable::new(spec(1, 1), vec![tally(0..42)], vec![vec![tally(0..42)]]).expect("shape");
        assert_eq!(format!("{table:?} {:?}", tally(0..42)), "RawTable(essai) Tally(…)");
    }

    #[test]
    fn a_table_of_the_wrong_shape_is_refused() {
        assert!(RawTable::new(spec(2, 2), vec![tally(0..9)], vec![vec![tally(0..9)]]).is_err());
    }
}
