//! Recoding: rows and choices that may not be published alone are merged with others.
//!
//! # Guarantee
//! A merged row is a set of respondents like another: its key is the sum of theirs, so its noise is fixed by the set, and
//! whether it stands is judged on its perturbed count. Which rows are merged is a function of perturbed counts alone, and tells
//! no more than they would (post-processing: Dwork and Roth, *The Algorithmic Foundations of Differential Privacy*, 2014,
//! proposition 2.1, holds for any randomised release). Recoding before anything else is the first step of the field's manuals
//! (Hundepool and others, *Statistical Disclosure Control*, Wiley 2012, section 5.3).
//!
//! Whoever subtracts the rows of a sector from a row that holds them all subtracts counts that each have their own noise.
//!
//! # Worked example
//! 18–29 ans: 22 respondents, 30–44 ans: 60, 45–59 ans: 140. The youngest are under 30 and join their neighbours: « 18–29 ans
//! et 30–44 ans » has a base of 82, give or take the noise of those 82.

use crate::cell_key::perturbed;
use crate::policy::CellKey;
use crate::raw::{RawTable, Row};
use crate::treatment::Recoding;

/// Most labels that a merged row lists.
const LISTED: usize = 4;

/// Stands between the label of « Autre » and those of the choices that it holds.
pub(crate) const INCLUDING: &str = ", y compris\u{a0}: ";

/// The code of the row that holds the others; no choice's code has a star.
pub const OTHERS: &str = "autres*";

/// Rows of a table, by their index, which the first one has not.
pub(crate) type Rows = Vec<usize>;

/// Says of a set of rows whether it may be published as one, and how many it counts after noise.
pub(crate) struct Judge<'a> {
    pub(crate) stands: &'a dyn Fn(&[usize]) -> bool,
    pub(crate) size: &'a dyn Fn(&[usize]) -> u32,
}

/// Merges small choices into « Autre ». Everybody's counts decide, so that all tables of a question agree.
pub(crate) fn merge_choices(table: RawTable, policy: &CellKey) -> RawTable {
    let Some(other) = table.treatment.other.filter(|_| !table.spec.several) else { return table };
    let Some(everybody) = table.cells.first() else { return table };
    let is_small = |column: &usize| {
        let choice = &table.spec.columns[*column];
        *column != other && !choice.missing && perturbed(everybody[*column], policy) < policy.threshold
    };
    let small: Vec<usize> = (0..everybody.len()).filter(is_small).collect();
    if small.is_empty() {
        return table;
    }
    let labels: Vec<&str> = small.iter().map(|column| table.spec.columns[*column].label.as_str()).collect();
    let label = format!("{}{INCLUDING}{}", table.spec.columns[other].label, listed(&labels, "choix"));
    table.with_choices_in(other, &small, label)
}

/// The sets in which the rows of a table are published, or hidden when they still do not stand. `units` are those to begin
/// with: sets that may not be divided. Rows are never all merged into one, which would say what everybody's row says.
pub(crate) fn merge_rows(recoding: &Recoding, units: Vec<Rows>, judge: &Judge) -> Vec<Rows> {
    let merged = match recoding {
        Recoding::None => units.clone(),
        Recoding::Neighbours => join_neighbours(units.clone(), judge),
        Recoding::Others => join_others(units.clone(), judge),
        Recoding::Groups(groups) => {
            let mut by_group: Vec<(Vec<&str>, Vec<Rows>)> = Vec::new();
            for unit in units.clone() {
                let mut codes: Vec<&str> = unit.iter().map(|row| groups[row - 1].code.as_str()).collect();
                codes.dedup();
                match by_group.iter_mut().find(|(known, _)| *known == codes) {
                    Some((_, members)) => members.push(unit),
                    None => by_group.push((codes, vec![unit])),
                }
            }
            let merged = by_group.into_iter().flat_map(|(_, members)| join_others(members, judge)).collect();
            join_others(merged, judge)
        }
    };
    if merged.len() > 1 { merged } else { units }
}

/// Joins what does not stand, and then the smallest of the others, until the whole does.
fn join_others(units: Vec<Rows>, judge: &Judge) -> Vec<Rows> {
    let (mut kept, fallen): (Vec<Rows>, Vec<Rows>) = units.into_iter().partition(|unit| (judge.stands)(unit));
    if fallen.is_empty() {
        return kept;
    }
    let mut joined = fallen.concat();
    kept.sort_by_key(|unit| std::cmp::Reverse((judge.size)(unit)));
    while !(judge.stands)(&joined) {
        let Some(smallest) = kept.pop() else { break };
        joined.extend(smallest);
    }
    joined.sort_unstable();
    kept.push(joined);
    kept.sort_unstable();
    kept
}

/// Joins the smallest that does not stand with its smaller neighbour, until all do or one is left.
fn join_neighbours(mut units: Vec<Rows>, judge: &Judge) -> Vec<Rows> {
    units.sort_unstable();
    while units.len() > 1 {
        let fallen = (0..units.len()).filter(|unit| !(judge.stands)(&units[*unit]));
        let Some(smallest) = fallen.min_by_key(|unit| (judge.size)(&units[*unit])) else { break };
        let beside = [smallest.checked_sub(1), Some(smallest + 1).filter(|next| *next < units.len())];
        let beside = beside.into_iter().flatten().min_by_key(|unit| (judge.size)(&units[*unit]));
        let into = beside.expect("of two units each has a neighbour");
        let (first, second) = (smallest.min(into), smallest.max(into));
        let moved = units.remove(second);
        units[first].extend(moved);
    }
    units
}

/// How a set of rows is called.
pub(crate) fn named(table: &RawTable, rows: &[usize]) -> Row {
    let members: Vec<&Row> = rows.iter().map(|row| &table.spec.rows[*row]).collect();
    if let [alone] = members[..] {
        return alone.clone();
    }
    let labels: Vec<&str> = members.iter().map(|row| row.label.as_str()).collect();
    match &table.treatment.recoding {
        Recoding::Neighbours => {
            let codes: Vec<&str> = members.iter().map(|row| row.code.as_str()).collect();
            Row { code: codes.join("/"), label: range(&labels) }
        }
        Recoding::Groups(groups) if rows.iter().all(|row| groups[row - 1] == groups[rows[0] - 1]) => {
            let group = &groups[rows[0] - 1];
            let is_whole = groups.iter().filter(|other| *other == group).count() == rows.len();
            let label = if is_whole { group.label.clone() } else { format!("{}, le reste", group.label) };
            Row { code: group.code.clone(), label }
        }
        _ => Row { code: OTHERS.to_owned(), label: format!("Autres ({})", listed(&labels, "modalités")) },
    }
}

/// The label of neighbours: « 16 à 34 ans » of « 16 à 17 ans » to « 25 à 34 ans », « 65 ans et plus » where there is no end.
pub(crate) fn range(labels: &[&str]) -> String {
    let ages = labels.first().zip(labels.last()).and_then(|(first, last)| {
        let (start, _) = first.split_once(" à ").filter(|(_, end)| end.ends_with(" ans"))?;
        start.parse::<u8>().ok()?;
        match (last.split_once(" à "), last.split_once(" ans et plus")) {
            (Some((_, end)), _) if end.ends_with(" ans") => Some(format!("{start} à {end}")),
            (None, Some((_, ""))) => Some(format!("{start} ans et plus")),
            _ => None,
        }
    });
    ages.unwrap_or_else(|| labels.join(" et "))
}

fn listed(labels: &[&str], what: &str) -> String {
    if labels.len() <= LISTED { labels.join(", ") } else { format!("{} {what}", labels.len()) }
}
