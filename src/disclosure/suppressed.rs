//! Exact counts and unweighted shares, the small ones withheld: [`crate::suppression`] decides which.
//!
//! Weighted shares are left out: with the exact count beside one, the weights of a few could be had.

use std::collections::BTreeSet;

use crate::group_disclosure::has_concentrated_row;
use crate::policy::{MOST_OF_A_ROW, Protection};
use crate::raw::{RawTable, Tally, unweighted};
use crate::release::{Estimate, ReleaseRow, ReleaseTable};
use crate::suppression::{AnnexCount, AnnexError, AnnexRow, SuppressionRule, protect_by_suppression};
use crate::unprotected::exact;

const LEAST_RESPONDENTS: u64 = 30;

/// The number of respondents is in no table; rounded, it does not tell how many skipped a question.
pub(crate) fn respondents(respondents: Tally) -> Option<u32> {
    let rounded = (respondents.count + 2) / 5 * 5;
    u32::try_from(rounded).ok().filter(|_| respondents.count >= LEAST_RESPONDENTS)
}

/// Exact counts would show which row has nearly all in harmful answers to a sensitive question: neither its table nor those of
/// the questions that depend on it are broken down. That says of no row that it is the one.
pub(crate) fn without_concentrated_rows(raw: Vec<RawTable>) -> Vec<RawTable> {
    let name = |table: &RawTable| (table.spec.question.clone(), table.spec.by.clone());
    let concentrated: BTreeSet<(String, String)> =
        raw.iter().filter(|table| has_concentrated_row(table, MOST_OF_A_ROW)).map(name).collect();
    let shows = |table: &RawTable| {
        let asked = table.treatment.asked_after.iter().chain([&table.spec.question]);
        asked.into_iter().any(|question| concentrated.contains(&(question.clone(), table.spec.by.clone())))
    };
    let kept = raw.into_iter().map(|table| if shows(&table) { table.of_everybody() } else { table });
    kept.collect()
}

pub(crate) fn protect_tables(raw: Vec<RawTable>, rule: SuppressionRule) -> Result<Vec<ReleaseTable>, AnnexError> {
    let annex = protect_by_suppression(raw, &[], &[], rule)?;
    let tables = annex.tables().iter().map(|table| ReleaseTable {
        spec: table.spec().clone(),
        rows: table.rows().iter().map(row).collect(),
        protection: Protection::Suppression,
    });
    Ok(tables.collect())
}

fn row(row: &AnnexRow) -> ReleaseRow {
    let base = row.base.count();
    let cells = row.cells.iter().map(|cell| estimate(*cell, base)).collect();
    ReleaseRow { base: base.and_then(|base| u32::try_from(base).ok()), cells }
}

/// A count whose base is withheld has no share.
fn estimate(cell: AnnexCount, base: Option<u64>) -> Estimate {
    let Some((count, base)) = cell.count().zip(base) else { return Estimate::Masked };
    unweighted(count, base).map_or(Estimate::NoAnswer, |proportion| exact(&proportion, None))
}
