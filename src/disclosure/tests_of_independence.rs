//! Which tests of a question against a breakdown are published, of what, and with how many digits.
//!
//! # Guarantee
//! Under the cell-key method, a test is a function of the counts that are published beside it: of the published rows, with
//! their noise, and of the choices that are published in all of them. It can be worked out from the table but for rounding, so
//! it says nothing more. Computed from all rows, F would tell whether the eight people of a hidden commune agree with the others
//! (`tests/suite/attacks_on_groups.rs` reads it off).
//!
//! The noise counts as sampling variance, so that p-values do not take it for a difference: with m = S1/n, V m² is added to S2 of
//! each cell. Those in no cell are what the cells leave of the base: they carry the noise of the base and of all cells. Where
//! one choice is tested, c of b move the share p by (e − p·f)/b, as in `cell_key.rs`; both cells then take what gives the share
//! that variance. (`calibration_tests.rs`: where nothing differs, one test in twenty has a p-value under 0.05.)
//!
//! # Worked example
//! Of three communes the third has 12 respondents: two rows are tested, as if the territory had no other.

use std::collections::BTreeMap;

use isoloir_statistics::{RaoScott, WeightedCount, holm};
use serde::Serialize;

use crate::cell_key::perturbed;
use crate::policy::{CellKey, Protection};
use crate::raw::{RawTable, Tally};
use crate::release::{Estimate, ReleaseRow, ReleaseTable};
use crate::weighting::significant;

/// Under protection, no p-value is told from a smaller one below this.
const LEAST_P_VALUE: f64 = 1e-4;

/// A test of the question against the breakdown: of all its choices, or of one where several could be given.
pub(crate) struct RawTest {
    column: Option<usize>,
    test: RaoScott,
}

/// The tests of a table from its exact sums; none for one of counts only, or without a breakdown.
pub(crate) fn exact_tests(table: &RawTable) -> Vec<RawTest> {
    let Some(sums) = &table.sums else { return Vec::new() };
    let tested = |column: Option<usize>| {
        let row = |row: usize| match column {
            Some(column) => against(sums.cells[row][column], sums.bases[row]),
            None => sums.cells[row].clone(),
        };
        let rows: Vec<Vec<WeightedCount>> = (1..sums.bases.len()).map(row).collect();
        RaoScott::of(&rows, sums.design_size).map(|test| RawTest { column, test })
    };
    tested_columns(table).filter_map(tested).collect()
}

/// Each choice, where several could be given; otherwise all of them together.
fn tested_columns(table: &RawTable) -> impl Iterator<Item = Option<usize>> {
    let several = table.spec.several;
    let choices = (0..table.spec.columns.len()).map(Some).filter(move |_| several);
    choices.chain(std::iter::once(None).filter(move |_| !several))
}

/// Those who gave a choice, and the others of the base.
fn against(chosen: WeightedCount, base: WeightedCount) -> Vec<WeightedCount> {
    vec![rest(base, chosen), chosen]
}

/// A base without some of its cells; noise makes no sum negative.
pub(crate) fn rest(base: WeightedCount, cells: WeightedCount) -> WeightedCount {
    WeightedCount {
        respondents: base.respondents.saturating_sub(cells.respondents),
        weighted: (base.weighted - cells.weighted).max(0.0),
        squared: (base.squared - cells.squared).max(0.0),
    }
}

/// The tests of a table from what is published of it, before rounding.
pub(crate) struct NoisyTests<'a> {
    pub(crate) table: &'a RawTable,
    pub(crate) rows: &'a [ReleaseRow],
    pub(crate) design_size: u32,
    pub(crate) policy: &'a CellKey,
}

impl NoisyTests<'_> {
    pub(crate) fn all(&self) -> Vec<RawTest> {
        let tested = |column: Option<usize>| {
            let rows = match column {
                Some(column) => self.of_choice(column),
                None => self.of_all(),
            };
            RaoScott::of(&rows, self.design_size).map(|test| RawTest { column, test })
        };
        tested_columns(self.table).filter_map(tested).collect()
    }

    /// Rows in which the choice is published, if it is for everybody.
    fn of_choice(&self, column: usize) -> Vec<Vec<WeightedCount>> {
        if self.rows[0].cells[column].share().is_none() {
            return Vec::new();
        }
        let told = (1..self.rows.len()).filter(|row| self.rows[*row].cells[column].share().is_some());
        told.filter_map(|row| Some(with_others(self.cell(row, column)?, self.base(row)?))).collect()
    }

    /// Published rows by the choices that are published in all of them, and the others together where they are many enough.
    fn of_all(&self) -> Vec<Vec<WeightedCount>> {
        let rows: Vec<usize> = (1..self.rows.len()).filter(|row| self.rows[*row].base.is_some()).collect();
        let is_told = |column: &usize| {
            self.rows[0].cells[*column].share().is_some()
                && rows.iter().all(|row| self.rows[*row].cells[*column].share().is_some())
        };
        let columns: Vec<usize> = (0..self.table.spec.columns.len()).filter(is_told).collect();
        let cells = |row: usize| columns.iter().filter_map(|column| self.cell(row, *column)).collect::<Vec<_>>();
        let others = |row: usize| {
            let told = cells(row).into_iter().fold(NoisyCount::default(), NoisyCount::plus);
            self.base(row).map(|base| base.less(told)).unwrap_or_default()
        };
        let with_others = columns.len() < self.table.spec.columns.len()
            && rows.iter().all(|row| others(*row).sums.respondents >= self.policy.threshold);
        let row = |row: usize| {
            let all = cells(row).into_iter().chain(Some(others(row)).filter(|_| with_others));
            all.map(NoisyCount::with_its_noise).collect()
        };
        rows.iter().map(|index| row(*index)).collect()
    }

    fn cell(&self, row: usize, column: usize) -> Option<NoisyCount> {
        let sums = self.table.sums.as_ref()?.cells[row][column];
        Some(self.noisy(sums, self.table.cells[row][column]))
    }

    fn base(&self, row: usize) -> Option<NoisyCount> {
        Some(self.noisy(self.table.sums.as_ref()?.bases[row], self.table.bases[row]))
    }

    /// The sums of as many respondents as are published.
    fn noisy(&self, sums: WeightedCount, tally: Tally) -> NoisyCount {
        let count = perturbed(tally, self.policy);
        let exact = tally.as_f64();
        if exact <= 0.0 {
            return NoisyCount::default();
        }
        let factor = f64::from(count) / exact;
        let mean_weight = sums.weighted / exact;
        NoisyCount {
            sums: WeightedCount {
                respondents: count,
                weighted: sums.weighted * factor,
                squared: sums.squared * factor,
            },
            noise_variance: self.policy.ptable.variance() * mean_weight * mean_weight,
        }
    }
}

/// Sums of weights, and the variance of the noise on the first of them.
#[derive(Debug, Clone, Copy, Default)]
struct NoisyCount {
    sums: WeightedCount,
    noise_variance: f64,
}

impl NoisyCount {
    fn plus(self, other: Self) -> Self {
        let noise_variance = self.noise_variance + other.noise_variance;
        Self { sums: self.sums.plus(other.sums), noise_variance }
    }

    /// Those of a base who are in none of its cells.
    fn less(self, cells: Self) -> Self {
        Self { sums: rest(self.sums, cells.sums), noise_variance: self.noise_variance + cells.noise_variance }
    }

    fn with_its_noise(self) -> WeightedCount {
        WeightedCount { squared: self.sums.squared + self.noise_variance, ..self.sums }
    }
}

/// The others of the base, and those who gave a choice.
fn with_others(chosen: NoisyCount, base: NoisyCount) -> Vec<WeightedCount> {
    let p = if base.sums.weighted > 0.0 { (chosen.sums.weighted / base.sums.weighted).min(1.0) } else { 0.0 };
    let of_share = chosen.noise_variance + p * p * base.noise_variance;
    let noise_variance = of_share / ((1.0 - p).powi(2) + p * p);
    let cells = [rest(base.sums, chosen.sums), chosen.sums];
    cells.into_iter().map(|sums| NoisyCount { sums, noise_variance }.with_its_noise()).collect()
}

/// A published test: Rao and Scott's second-order F.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseTest {
    /// The question's variable name.
    pub question: String,
    /// The choice that is tested against the others, where several could be given.
    pub choice: Option<String>,
    /// The breakdown's variable name.
    pub breakdown: String,
    /// The statistic.
    pub f: f64,
    /// Numerator degrees of freedom.
    pub df1: f64,
    /// Denominator degrees of freedom.
    pub df2: f64,
    /// The probability of such an F, or a larger one, under independence.
    pub p_value: f64,
    /// The same, adjusted after Holm for all the published tests of this breakdown.
    pub p_holm: f64,
}

/// The tests of the tables that are published, in their order.
pub(crate) fn released_tests(tables: &[ReleaseTable], raw: Vec<Vec<RawTest>>) -> Vec<ReleaseTest> {
    let mut released = Vec::new();
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (table, tests) in tables.iter().zip(raw) {
        for RawTest { column, test } in tests.into_iter().filter(|_| may_be_told(table)) {
            families.entry(table.spec.by.as_str()).or_default().push(released.len());
            let RaoScott { f, df1, df2, p_value, .. } = test;
            released.push(ReleaseTest {
                question: table.spec.question.clone(),
                choice: column.map(|column| table.spec.columns[column].code.clone()),
                breakdown: table.spec.by.clone(),
                f,
                df1,
                df2,
                p_value,
                p_holm: p_value,
            });
        }
    }
    for family in families.values() {
        let p_values: Vec<f64> = family.iter().map(|index| released[*index].p_value).collect();
        for (index, adjusted) in family.iter().zip(holm(&p_values)) {
            released[*index].p_holm = adjusted;
        }
    }
    if tables.first().is_some_and(|table| table.protection != Protection::None) {
        released.iter_mut().for_each(round);
    }
    released
}

/// A test says something of all the cells that it is made of: under suppression, all of them must be published. Under noise
/// it is made of published ones only.
fn may_be_told(table: &ReleaseTable) -> bool {
    let mut all = table.rows.iter().flat_map(|row| &row.cells);
    table.protection != Protection::Suppression || !all.any(|cell| matches!(cell, Estimate::Masked))
}

/// Two digits: what a reader needs, and less than what a count could be worked out from.
fn round(test: &mut ReleaseTest) {
    for value in [&mut test.f, &mut test.df1, &mut test.df2] {
        *value = significant(*value);
    }
    for value in [&mut test.p_value, &mut test.p_holm] {
        *value = significant(value.max(LEAST_P_VALUE));
    }
}
