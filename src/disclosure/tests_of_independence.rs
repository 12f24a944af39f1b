//! Which tests of a question against a breakdown are published, and with how many digits.

use std::collections::BTreeMap;

use isoloir_statistics::{RaoScott, holm};
use serde::Serialize;

use crate::policy::Protection;
use crate::raw::RawTest;
use crate::release::{Estimate, ReleaseTable};
use crate::weighting::significant;

/// Under protection, no p-value is told from a smaller one below this.
const LEAST_P_VALUE: f64 = 1e-4;

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
        for RawTest { column, test } in tests.into_iter().filter(|test| may_be_told(table, test.column)) {
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

/// A test says something of all the cells that it is made of: under suppression, all of them are published; under noise,
/// the total and two rows at least.
fn may_be_told(table: &ReleaseTable, column: Option<usize>) -> bool {
    let is_withheld = |estimate: &Estimate| matches!(estimate, Estimate::Masked);
    match table.protection {
        Protection::None => true,
        Protection::Suppression => {
            let all = table.rows.iter().flat_map(|row| &row.cells);
            !all.into_iter().any(is_withheld)
        }
        Protection::CellKey => {
            let is_told = |row: &crate::ReleaseRow| {
                row.base.is_some() && column.is_none_or(|column| !is_withheld(&row.cells[column]))
            };
            is_told(&table.rows[0]) && table.rows[1..].iter().filter(|row| is_told(row)).count() >= 2
        }
    }
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
