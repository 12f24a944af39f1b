//! The table that the tests of this crate fill: a question by commune.

use crate::{Column, Row, TableSpec, Tally};

/// A question with these choices, in this many communes after everybody.
pub(crate) fn spec(question: &str, choices: &[impl AsRef<str>], communes: usize) -> TableSpec {
    let column = |code: &str| Column { code: code.into(), label: code.into(), missing: false, rest: false };
    let commune = |index: usize| Row { code: format!("c{index}"), label: format!("Commune {index}") };
    let everybody = Row { code: String::new(), label: "Ensemble".into() };
    TableSpec {
        question: question.into(),
        title: question.into(),
        text: question.into(),
        axis: None,
        several: false,
        ordered: false,
        computed: false,
        asked_if: String::new(),
        breakdown: "Commune".into(),
        by: "commune".into(),
        headline: Vec::new(),
        columns: choices.iter().map(|choice| column(choice.as_ref())).collect(),
        rows: std::iter::once(everybody).chain((0..communes).map(commune)).collect(),
    }
}

/// A tally whose key depends on what it counts, on the edition and on its place in a table.
pub(crate) fn keyed(count: u64, edition: u64, place: u64) -> Tally {
    let key = count.wrapping_add(edition << 32).wrapping_add(place << 40).wrapping_add(1);
    Tally::new(count, key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9))
}
