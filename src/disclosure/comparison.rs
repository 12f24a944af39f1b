//! Two editions compared: what changed for everybody, choice by choice, of the questions that both asked in the same words.
//!
//! # Guarantee
//! A comparison takes two releases and nothing else: shares, standard errors and bases as they were published, noise included.
//! Whoever holds both files can work it out, so it says nothing more than they do. What one of them does not publish is not
//! tested, and neither is a share that stands for all above it, or a choice that holds others in one edition only.
//!
//! The editions must be of different surveys: an interim and a final edition count the same people, and are no independent
//! samples. That, and which questions have the same words, is the caller's to know.
//!
//! # Worked example
//! « Oui » is published at 30 % ± 2 (standard error) and at 41 % ± 2 four years later: 11 points more, from 5 to 17, whose
//! p-value is then adjusted after Holm for every choice of every question that was tested.

use isoloir_statistics::{Difference, Proportion, compare_shares, holm};
use serde::Serialize;

use crate::policy::{HIGHEST_SHARE, Protection};
use crate::raw::Column;
use crate::recode::INCLUDING;
use crate::release::{Estimate, Release, ReleaseTable};
use crate::unprotected::LEVEL;

/// An adjusted p-value below this is told as a change.
const SIGNIFICANT: f64 = 0.05;

/// Whether the change of a choice was tested, or why it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStatus {
    /// It was.
    Tested,
    /// One edition or both do not publish the share.
    NotPublished,
    /// A share stands for all above it.
    HighestShare,
    /// Small choices were put together, and not the same ones.
    Recoded,
    /// No spread can be seen, as with a single respondent or with a share that is 0 or 1 twice.
    NoSpread,
}

impl ChangeStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tested, Self::NotPublished, Self::HighestShare, Self::Recoded, Self::NoSpread];

    /// The word that files give.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::NotPublished => "not_published",
            Self::HighestShare => "highest_share",
            Self::Recoded => "recoded",
            Self::NoSpread => "no_spread",
        }
    }
}

/// The change of a choice's share among all who answered its question. Numbers stand only where [`ChangeStatus::Tested`], the
/// shares wherever they are published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The question's variable name.
    pub question: String,
    /// The choice's code.
    pub choice: String,
    /// Its share in the earlier edition.
    pub before: Option<f64>,
    /// Its share in this one.
    pub now: Option<f64>,
    /// Those who answered the question, in the earlier edition and in this one.
    pub bases: (Option<u32>, Option<u32>),
    /// The share now minus the share before.
    pub difference: Option<f64>,
    /// Its 95 % interval, for this choice alone.
    pub interval: Option<(f64, f64)>,
    /// The probability of such a difference, or a larger one, if nothing had changed.
    pub p_value: Option<f64>,
    /// The same, adjusted after Holm for all changes that were tested.
    pub p_holm: Option<f64>,
    /// Whether it was tested.
    pub status: ChangeStatus,
}

impl Change {
    /// Whether it is more than chance, the number of tests considered.
    pub fn is_significant(&self) -> bool {
        self.p_holm.is_some_and(|p| p < SIGNIFICANT)
    }
}

/// What changed since an earlier edition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    earlier: String,
    earlier_is_weighted: bool,
    changes: Vec<Change>,
}

impl Comparison {
    /// The earlier edition's name.
    pub fn earlier(&self) -> &str {
        &self.earlier
    }

    /// Whether its shares carry weights.
    pub fn earlier_is_weighted(&self) -> bool {
        self.earlier_is_weighted
    }

    /// The changes, in the order of the tables.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes of each question in turn.
    pub fn questions(&self) -> impl Iterator<Item = &[Change]> {
        self.changes.chunk_by(|one, next| one.question == next.question)
    }
}

impl Release {
    /// The same release with what changed since an earlier one, in the questions that both asked in the same words.
    #[must_use]
    pub fn compared_with(mut self, earlier: &Self, name: &str, is_same_wording: impl Fn(&str) -> bool) -> Self {
        let mut changes = Vec::new();
        for table in self.questions().map(|tables| &tables[0]) {
            let question = table.spec.question.as_str();
            let before = earlier.questions().map(|tables| &tables[0]).find(|before| before.spec.question == question);
            if let Some(before) = before.filter(|_| is_same_wording(question)) {
                changes.extend(compared(before, table));
            }
        }
        let tested: Vec<usize> = (0..changes.len()).filter(|index| changes[*index].p_value.is_some()).collect();
        let p_values: Vec<f64> = tested.iter().filter_map(|index| changes[*index].p_value).collect();
        for (index, adjusted) in tested.into_iter().zip(holm(&p_values)) {
            changes[index].p_holm = Some(adjusted);
        }
        let earlier_is_weighted = earlier.weighting().is_some();
        self.comparison = Some(Comparison { earlier: name.to_owned(), earlier_is_weighted, changes });
        self
    }
}

/// The choices of this edition, then those that only the earlier one publishes.
fn compared(before: &ReleaseTable, now: &ReleaseTable) -> Vec<Change> {
    let gone = before.spec.columns.iter().filter(|column| cell_of(now, &column.code).is_none());
    now.spec.columns.iter().chain(gone).map(|column| change(before, now, column)).collect()
}

/// A choice of a table and its cell for everybody.
fn cell_of<'a>(table: &'a ReleaseTable, code: &str) -> Option<(&'a Column, &'a Estimate)> {
    let mut cells = table.spec.columns.iter().zip(&table.total().cells);
    cells.find(|(column, _)| column.code == code)
}

fn change(before: &ReleaseTable, now: &ReleaseTable, column: &Column) -> Change {
    let cells = (cell_of(before, &column.code), cell_of(now, &column.code));
    let share = |cell: Option<(&Column, &Estimate)>| cell.and_then(|(_, estimate)| estimate.share());
    let (status, difference) = tested(before, now, cells);
    Change {
        question: now.spec.question.clone(),
        choice: column.code.clone(),
        before: share(cells.0),
        now: share(cells.1),
        bases: (before.total().base, now.total().base),
        difference: difference.map(|difference| difference.value),
        interval: difference.map(|difference| difference.interval(LEVEL)),
        p_value: difference.map(|difference| difference.p_value),
        p_holm: None,
        status,
    }
}

type Cell<'a> = Option<(&'a Column, &'a Estimate)>;

fn tested(before: &ReleaseTable, now: &ReleaseTable, cells: (Cell, Cell)) -> (ChangeStatus, Option<Difference>) {
    let (Some((old, earlier)), Some((new, later))) = cells else { return (ChangeStatus::Recoded, None) };
    if !holds_the_same(before, now, old, new) {
        return (ChangeStatus::Recoded, None);
    }
    let (Some(one), Some(two)) = (earlier.share(), later.share()) else { return (ChangeStatus::NotPublished, None) };
    if is_highest(one, before) || is_highest(two, now) {
        return (ChangeStatus::HighestShare, None);
    }
    let proportions = published(earlier, before).zip(published(later, now));
    match proportions.and_then(|(earlier, later)| compare_shares(&earlier, &later)) {
        Some(difference) => (ChangeStatus::Tested, Some(difference)),
        None => (ChangeStatus::NoSpread, None),
    }
}

/// Whether a choice holds the same others, or none, in both editions. A label that lists many of them may leave some out.
fn holds_the_same(before: &ReleaseTable, now: &ReleaseTable, old: &Column, new: &Column) -> bool {
    let codes = |table: &ReleaseTable| table.spec.columns.iter().map(|column| column.code.clone()).collect::<Vec<_>>();
    old.label == new.label && (!new.label.contains(INCLUDING) || codes(before) == codes(now))
}

fn is_highest(share: f64, table: &ReleaseTable) -> bool {
    table.protection == Protection::CellKey && share >= HIGHEST_SHARE
}

/// A share with what is published beside it, and nothing else.
fn published(estimate: &Estimate, table: &ReleaseTable) -> Option<Proportion> {
    let Estimate::Published { share, standard_error: Some(error), .. } = *estimate else { return None };
    let base = table.total().base?;
    let (n, variance) = (f64::from(base), error * error);
    let spread = share * (1.0 - share);
    Some(Proportion {
        base,
        count: 0,
        weighted_base: n,
        weighted_count: n * share,
        share,
        variance,
        effective_base: if spread > 0.0 && variance > 0.0 { spread / variance } else { n },
    })
}
