//! The catalogue: all the tables of an edition, protected by the cell-key method one with a view to the others.
//!
//! It decides which rows are published; [`crate::cell_key`] makes the numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::cell_key::{is_large_enough, perturbed, protect_table, shows_concentration};
use crate::group_disclosure::Crowd;
use crate::policy::CellKey;
use crate::raw::{RawTable, Row, Tally};
use crate::recode::{Judge, Rows, merge_choices, merge_rows, named};
use crate::release::ReleaseTable;
use crate::successive::{gained_enough, hidden_gained_enough};
use crate::tests_of_independence::{NoisyTests, RawTest};

/// How the rows of a table are published.
#[derive(Clone)]
struct Layout {
    /// Since hardly anybody came after an earlier edition.
    everybody_is_hidden: bool,
    published: Vec<Rows>,
    hidden: Vec<Rows>,
    /// Whether a row was merged or hidden because nearly everybody in it gave one answer.
    has_concentrated: bool,
}

pub(crate) fn protect_tables(
    raw: Vec<RawTable>,
    respondents: Tally,
    policy: &CellKey,
) -> (Vec<ReleaseTable>, Vec<Vec<RawTest>>) {
    let raw = without_overlaps(raw).into_iter().map(|table| merge_choices(table, policy));
    let raw: Vec<RawTable> = raw.collect();
    let layouts = layouts(&raw, policy);
    let design_size = perturbed(respondents, policy);
    let protected = raw.into_iter().zip(layouts).map(|(table, layout)| {
        let groups = arranged(&layout);
        let hidden: Vec<bool> =
            std::iter::once(layout.everybody_is_hidden).chain(groups.iter().map(|(_, hidden)| *hidden)).collect();
        let rows: Vec<(Row, Rows)> = groups
            .into_iter()
            .map(|(rows, hidden)| (if hidden { table.spec.rows[rows[0]].clone() } else { named(&table, &rows) }, rows))
            .collect();
        let table = table.grouped(&rows);
        let released = protect_table(&table, &hidden, policy);
        let tests = NoisyTests { table: &table, rows: &released, design_size, policy }.all();
        (ReleaseTable::new(table.spec, released), tests)
    });
    protected.unzip()
}

/// The breakdowns that [`without_overlaps`] leaves out, as they are called.
pub(crate) fn overlapping(raw: &[RawTable]) -> Vec<String> {
    let left_out = raw.iter().filter(|table| table.treatment.overlaps).map(|table| table.spec.breakdown.clone());
    left_out.collect::<BTreeSet<_>>().into_iter().collect()
}

/// One breakdown of those that sort respondents alike: a question whose only breakdown goes is left with everybody.
fn without_overlaps(raw: Vec<RawTable>) -> Vec<RawTable> {
    let kept: BTreeSet<String> =
        raw.iter().filter(|table| !table.treatment.overlaps).map(|table| table.spec.question.clone()).collect();
    let mut alone = BTreeSet::new();
    let mut left = Vec::new();
    for table in raw {
        if !table.treatment.overlaps {
            left.push(table);
        } else if !kept.contains(&table.spec.question) && alone.insert(table.spec.question.clone()) {
            left.push(table.of_everybody());
        }
    }
    left
}

/// The published sets and the hidden rows, one by one so that each keeps its name, in the order of the first row of each.
fn arranged(layout: &Layout) -> Vec<(Rows, bool)> {
    let hidden = layout.hidden.iter().flatten().map(|row| (vec![*row], true));
    let mut all: Vec<(Rows, bool)> = layout.published.iter().map(|rows| (rows.clone(), false)).chain(hidden).collect();
    all.sort_unstable();
    all
}

/// Parents come first: a question that is put according to the answers to another is laid out like it, where it has to be.
fn layouts(raw: &[RawTable], policy: &CellKey) -> Vec<Layout> {
    let places: BTreeMap<(&str, &str), usize> = raw
        .iter()
        .enumerate()
        .map(|(index, table)| ((table.spec.question.as_str(), table.spec.by.as_str()), index))
        .collect();
    let parents_of = |table: &RawTable| -> Vec<usize> {
        let after = table.treatment.asked_after.iter();
        let found = after.filter_map(|question| places.get(&(question.as_str(), table.spec.by.as_str())).copied());
        found
            .filter(|parent| raw[*parent].treatment.sensitive && raw[*parent].bases.len() == table.bases.len())
            .collect()
    };
    let mut layouts: Vec<Option<Layout>> = vec![None; raw.len()];
    let mut waiting: Vec<usize> = (0..raw.len()).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        // References go backward in a questionnaire: each round lays out one generation at least.
        waiting.retain(|index| {
            let parents = parents_of(&raw[*index]);
            let is_ready = parents.iter().all(|parent| layouts[*parent].is_some() || parent == index);
            if is_ready {
                let above =
                    parents.iter().filter_map(|parent| Some((&raw[*parent], layouts[*parent].as_ref()?))).collect();
                layouts[*index] = Some(layout(&raw[*index], above, policy));
            }
            !is_ready
        });
        if waiting.len() == before {
            // They ask each other: nothing below everybody's row is published.
            for index in waiting.drain(..) {
                let rows = (1..raw[index].bases.len()).map(|row| vec![row]).collect();
                layouts[index] = Some(Layout {
                    everybody_is_hidden: false,
                    published: Vec::new(),
                    hidden: rows,
                    has_concentrated: true,
                });
            }
        }
    }
    layouts.into_iter().map(|layout| layout.expect("every table was laid out")).collect()
}

fn layout(table: &RawTable, parents: Vec<(&RawTable, &Layout)>, policy: &CellKey) -> Layout {
    // Where a parent hides who answered what, sets that it does not tell apart are not told apart here either.
    let binding: Vec<(&RawTable, &Layout)> =
        parents.into_iter().filter(|(_, layout)| layout.has_concentrated).collect();
    let judged: Vec<&RawTable> = std::iter::once(table).chain(binding.iter().map(|(parent, _)| *parent)).collect();
    let stands_apart = |crowd: &dyn Fn(&RawTable) -> Crowd| {
        is_large_enough(crowd(table).base, policy) && judged.iter().all(|one| !crowd(one).is_concentrated(one, policy))
    };
    let everybody_is_hidden = !gained_enough(table, &[0], policy);
    let stands = |rows: &[usize]| {
        gained_enough(table, rows, policy)
            && stands_apart(&|table| Crowd::of(table, rows))
            && !shows_concentration(table, rows, policy)
    };
    let size = |rows: &[usize]| perturbed(Crowd::of(table, rows).base, policy);
    let judge = Judge { stands: &stands, size: &size };

    let rows = 1..table.bases.len();
    let has_concentrated = !binding.is_empty()
        || rows.clone().any(|row| {
            Crowd::of(table, &[row]).is_concentrated(table, policy) || shows_concentration(table, &[row], policy)
        });
    let units = units(rows.map(|row| vec![row]).collect(), &binding);
    let kept_hidden: Rows = binding.iter().flat_map(|(_, layout)| layout.hidden.concat()).collect();
    let merged = merge_rows(&table.treatment.recoding, units, &judge);
    let (mut published, mut hidden): (Vec<Rows>, Vec<Rows>) =
        merged.into_iter().partition(|rows| stands(rows) && !rows.iter().all(|row| kept_hidden.contains(row)));
    // Those in no published row can be had by subtraction. Unless all of them are people who did not say where they live, the
    // others must stand as a row would: the smallest published rows are hidden until they do. People who did not say are no
    // company, since a later edition that publishes every row tells how many they are.
    published.sort_by_key(|rows| std::cmp::Reverse((size(rows), rows[0])));
    loop {
        let told = published.concat();
        let untold: Rows = (1..table.bases.len()).filter(|row| !told.contains(row)).collect();
        let is_of_undeclared = Crowd::of(table, &untold).base.count == 0;
        let stand_alone = || {
            stands_apart(&|table: &RawTable| Crowd::of(table, &untold))
                && stands_apart(&|table: &RawTable| Crowd::outside(table, &told))
                && hidden_gained_enough(table, &untold, policy)
        };
        if is_of_undeclared || stand_alone() {
            break;
        }
        let Some(smallest) = published.pop() else { break };
        hidden.push(smallest);
    }
    if everybody_is_hidden {
        hidden.append(&mut published);
    }
    Layout { everybody_is_hidden, published, hidden, has_concentrated }
}

/// The rows, joined wherever a parent's published set joins them, or hides them together.
fn units(mut units: Vec<Rows>, binding: &[(&RawTable, &Layout)]) -> Vec<Rows> {
    for (_, layout) in binding {
        let hidden = Some(layout.hidden.concat()).filter(|rows| !rows.is_empty());
        for set in layout.published.iter().cloned().chain(hidden) {
            let (mut joined, apart): (Vec<Rows>, Vec<Rows>) =
                units.into_iter().partition(|unit| unit.iter().any(|row| set.contains(row)));
            let mut together = joined.drain(..).flatten().collect::<Rows>();
            together.sort_unstable();
            units = apart;
            if !together.is_empty() {
                units.push(together);
            }
        }
    }
    units.sort_unstable();
    units
}
