//! What protection left out of a release or put together, in sentences: for whoever looks for a row and does not find it.
//!
//! Everything here is read off the published tables beside the questionnaire, which is public too.

use std::collections::BTreeMap;

use isoloir_disclosure::{Estimate, Protection, Release, ReleaseTable};
use isoloir_survey::{Question, Questionnaire};

/// Labels that a sentence lists before it only counts them.
const LISTED: usize = 6;

/// The sentences, each with its full stop; none where nothing was left out.
pub fn omissions(release: &Release, questionnaire: &Questionnaire) -> Vec<String> {
    let mut sentences: Vec<String> = release
        .overlapping()
        .iter()
        .map(|breakdown| {
            format!(
                "Croisement par «\u{a0}{breakdown}\u{a0}»\u{a0}: non publié, car il range les personnes presque comme un autre\u{202f}; l’un moins \
                 l’autre désignerait les quelques personnes qui sont dans l’un seulement."
            )
        })
        .collect();
    for breakdown in breakdowns(release) {
        sentences.extend(merged(&breakdown, questionnaire));
        sentences.extend(hidden(&breakdown));
    }
    sentences.extend(release.questions().filter_map(|tables| put_together(&tables[0], questionnaire)));
    sentences.extend(masked(release));
    sentences
}

/// Every table that breaks down by one variable.
struct Breakdown<'a> {
    by: &'a str,
    label: &'a str,
    tables: Vec<&'a ReleaseTable>,
}

fn breakdowns(release: &Release) -> Vec<Breakdown<'_>> {
    let mut breakdowns: Vec<Breakdown> = Vec::new();
    for table in release.tables().iter().filter(|table| !table.spec().by.is_empty()) {
        let spec = table.spec();
        match breakdowns.iter_mut().find(|known| known.by == spec.by) {
            Some(known) => known.tables.push(table),
            None => breakdowns.push(Breakdown { by: &spec.by, label: &spec.breakdown, tables: vec![table] }),
        }
    }
    breakdowns
}

fn question<'q>(questionnaire: &'q Questionnaire, id: &str) -> Option<&'q Question> {
    questionnaire.questions().find(|question| question.id.as_str() == id)
}

/// The rows that are no category of the questionnaire's.
fn merged(breakdown: &Breakdown, questionnaire: &Questionnaire) -> Option<String> {
    let asked = question(questionnaire, breakdown.by)?;
    let rows = counted(breakdown, |table, row| {
        let code = &table.spec().rows[row].code;
        table.rows()[row].base.is_some()
            && asked.choice(code).is_none_or(|choice| label_of(table, row) != choice.label.fr())
    });
    (!rows.is_empty()).then(|| {
        format!(
            "Croisement par «\u{a0}{}\u{a0}», modalités regroupées\u{a0}: {}.",
            breakdown.label,
            listed(&rows, breakdown)
        )
    })
}

fn label_of(table: &ReleaseTable, row: usize) -> &str {
    &table.spec().rows[row].label
}

/// The rows that no number is given of.
fn hidden(breakdown: &Breakdown) -> Option<String> {
    let rows = counted(breakdown, |table, row| table.rows()[row].base.is_none());
    (!rows.is_empty()).then(|| {
        format!(
            "Croisement par «\u{a0}{}\u{a0}», modalités non publiées (trop peu de réponses, ou une autre s’en déduirait)\u{a0}: {}.",
            breakdown.label,
            listed(&rows, breakdown)
        )
    })
}

/// The labels of such rows with the number of tables in which they stand, those of most tables first.
fn counted<'a>(breakdown: &Breakdown<'a>, is_told: impl Fn(&ReleaseTable, usize) -> bool) -> Vec<(&'a str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for table in &breakdown.tables {
        for row in (1..table.rows().len()).filter(|row| is_told(table, *row)) {
            *counts.entry(label_of(table, row)).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn listed(rows: &[(&str, usize)], breakdown: &Breakdown) -> String {
    let of = breakdown.tables.len();
    let mut told: Vec<String> = rows
        .iter()
        .take(LISTED)
        .map(|(label, count)| match *count {
            count if count == of => format!("«\u{a0}{label}\u{a0}» (partout)"),
            1 => format!("«\u{a0}{label}\u{a0}» (1 tableau sur {of})"),
            count => format!("«\u{a0}{label}\u{a0}» ({count} tableaux sur {of})"),
        })
        .collect();
    match rows.len().saturating_sub(LISTED) {
        0 => {}
        1 => told.push("et une autre".to_owned()),
        others => told.push(format!("et {others} autres")),
    }
    told.join("\u{202f}; ")
}

/// The choices of a question that went into « Autre ».
fn put_together(table: &ReleaseTable, questionnaire: &Questionnaire) -> Option<String> {
    let spec = table.spec();
    let asked = question(questionnaire, &spec.question)?;
    let renamed = spec
        .columns
        .iter()
        .find(|column| asked.choice(&column.code).is_some_and(|choice| choice.label.fr() != column.label))?;
    Some(format!(
        "Question «\u{a0}{}\u{a0}», réponses rares regroupées\u{a0}: «\u{a0}{}\u{a0}».",
        spec.title, renamed.label
    ))
}

/// How many numbers are masked, of all that would stand in the published rows.
fn masked(release: &Release) -> Option<String> {
    let rows = release.tables().iter().flat_map(ReleaseTable::rows).filter(|row| row.base.is_some());
    let cells: Vec<&Estimate> = rows.flat_map(|row| &row.cells).collect();
    let masked = cells.iter().filter(|cell| matches!(cell, Estimate::Masked)).count();
    let why = match release.protection() {
        Protection::CellKey => "moins de 11 réponses, ou aucune",
        Protection::Suppression => "petit effectif, ou retiré pour qu’un autre ne se retrouve pas",
        Protection::None => return None,
    };
    (masked > 0).then(|| {
        format!("Dans les lignes publiées, {masked} parts sur {} ne sont pas publiées\u{a0}: {why}.", cells.len())
    })
}
