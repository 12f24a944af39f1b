//! A final edition after an interim one: what may be published of it, so that neither can be subtracted from the other.
//!
//! # Guarantee
//! A row of the final edition is published only if at least as many respondents came into it since the interim edition as a
//! row must have to be published at all (30). The same goes for those who belong in rows that are not published, together, unless
//! there are none, and for the total, without which nothing of a question is published. Then every set of people
//! whose number follows from both editions' bases by adding and subtracting has 30 members or more, as far as a base of 30 after
//! noise has, or consists of people of whom nobody else knows that they are in it, since they did not say where they belong.
//!
//! Let `I` be the rows of the interim edition and `F` those of the final one, the hidden rows being one of each, to which those
//! who did not say belong as far as the public can tell. A sum
//! of both editions' bases counts whoever came since in as many times as it counts their row of `F`, and all rows of `F` have at
//! least 30 of them: for the sum to be the size of a set, each row of `F` is in it once or not at all. If one is, so are those
//! 30; if none is, the sum is one of rows of `I`, each of which was large enough to be published. It does not matter that rows
//! were hidden or merged in one edition and not in the other.
//!
//! Both editions have noise of their own ([`crate::RecordKey`]), so a difference has twice its variance. Those who came since
//! are treated like a row in one thing more: when nearly all of them gave one answer, and the row's own share would be told,
//! the row is withheld.
//!
//! That published tables may be subtracted, and that this is to be checked before the second is released, is « disclosure by
//! differencing » in Hundepool and others, *Statistical Disclosure Control*, Wiley 2012, section 1.3.
//!
//! # Worked example
//! In March a commune had 60 respondents, in June it has 70, and its share of « oui » is published both times. Ten people came
//! since: 60 × 0.40 and 70 × 0.49 say that all ten of them said « oui », give or take the noise. The row is withheld in June; the
//! interim edition goes on saying what it said of the 60.

use crate::policy::CellKey;
use crate::raw::{RawEdition, RawTable, Tally, without};

/// An edition cannot follow another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// Hardly anybody came since.
    #[error(
        "trop peu de réponses sont arrivées depuis l’édition intermédiaire\u{a0}: soustraire l’une de l’autre les montrerait"
    )]
    TooFewMore,
    /// The earlier edition has no such table, so that it cannot be seen what the two tell together.
    #[error("l’édition intermédiaire n’a pas de tableau de «\u{a0}{question}\u{a0}» par «\u{a0}{by}\u{a0}»")]
    NewTable {
        /// The question.
        question: String,
        /// Its breakdown.
        by: String,
    },
}

/// The counts of the same table in an earlier edition.
pub(crate) struct Before {
    bases: Vec<u64>,
    cells: Vec<Vec<u64>>,
}

impl Before {
    /// Counts these choices with the choice `into`, as the table that came later does.
    pub(crate) fn put_choices_in(&mut self, into: usize, small: &[usize]) {
        for row in &mut self.cells {
            row[into] += small.iter().map(|column| row[*column]).sum::<u64>();
            *row = without(row, small);
        }
    }
}

impl RawEdition {
    /// The same edition, to be protected knowing that `earlier` was published: an edition of the same questionnaire, of some of
    /// the same respondents.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub fn published_after(mut self, earlier: &Self, policy: &CellKey) -> Result<Self, SuccessionError> {
        let more = self.respondents.count.checked_sub(earlier.respondents.count);
        if more.is_none_or(|more| more < u64::from(policy.minimum_base)) {
            return Err(SuccessionError::TooFewMore);
        }
        for table in self.tables.iter_mut().chain(&mut self.non_response) {
            let is_same = |other: &&RawTable| {
                let (one, other) = (&table.spec, &other.spec);
                (&one.question, &one.by, &one.rows, &one.columns)
                    == (&other.question, &other.by, &other.rows, &other.columns)
            };
            let before = earlier.tables.iter().chain(&earlier.non_response).find(is_same);
            let before = before.ok_or_else(|| {
                let (question, by) = (table.spec.question.clone(), table.spec.by.clone());
                SuccessionError::NewTable { question, by }
            })?;
            let counts = |tallies: &[Tally]| tallies.iter().map(|tally| tally.count).collect();
            table.before = Some(Before {
                bases: counts(&before.bases),
                cells: before.cells.iter().map(|row| counts(row)).collect(),
            });
        }
        Ok(self)
    }
}

/// Whether a row of this set of rows may be published, as far as an earlier edition is concerned.
pub(crate) fn gained_enough(table: &RawTable, rows: &[usize], policy: &CellKey) -> bool {
    let Some(before) = &table.before else { return true };
    let now: u64 = rows.iter().map(|row| table.bases[*row].count).sum();
    let Some(gain) = now.checked_sub(rows.iter().map(|row| before.bases[*row]).sum()) else { return false };
    if gain < u64::from(policy.minimum_base) {
        return false;
    }
    let is_nearly_all = |part: u64, whole: u64| as_f64(part) >= policy.highest_share * as_f64(whole);
    !(0..table.spec.columns.len()).any(|column| {
        let cell: u64 = rows.iter().map(|row| table.cells[*row][column].count).sum();
        let more = cell.saturating_sub(rows.iter().map(|row| before.cells[*row][column]).sum());
        is_nearly_all(more, gain) && !is_nearly_all(cell, now)
    })
}

/// Whether those in rows that are not published may be had by subtraction, as far as an earlier edition is concerned.
pub(crate) fn hidden_gained_enough(table: &RawTable, hidden: &[usize], policy: &CellKey) -> bool {
    let Some(before) = &table.before else { return true };
    let now: u64 = hidden.iter().map(|row| table.bases[*row].count).sum();
    let then = hidden.iter().map(|row| before.bases[*row]).sum();
    now == 0 || now.saturating_sub(then) >= u64::from(policy.minimum_base)
}

#[expect(clippy::cast_precision_loss, reason = "counts of respondents are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
