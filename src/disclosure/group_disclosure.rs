//! Group disclosure: a row in which nearly everybody gave an answer that may harm tells it of each of them.
//!
//! # Guarantee
//! For a question marked `sensitive`, no row of a breakdown is published in which a category has 90 % or more after noise, nor
//! are rows from which the public could work one out: those in no published row, whom subtraction gives, have no such category
//! either, unless all of them left open where they belong. Where the questionnaire says that some answers are harmless ([`Treatment::harmless`](crate::Treatment)), the others
//! count as one category: a row with 95 % « non » is published when « non » is harmless, and one with 50 % « souvent » and 45 %
//! « parfois » is not when neither is. The same holds for the bases of questions that are put according to the answer: a row that does not stand in
//! « Avez-vous renoncé ? » does not stand in « Pour quels motifs ? », which counts those who said yes. (Attribute disclosure:
//! Hundepool and others, *Statistical Disclosure Control*, Wiley 2012, section 1.3; the (n, k) dominance rule on categories.)
//!
//! # Why the hiding does not tell
//! It is decided on perturbed counts, which the cell-key method would publish: a function of them says nothing that they do not.
//! Decided on true counts, a row shown at 89 % would tell that its noise was not negative. A row that is hidden for this reason
//! looks like one that is hidden for its size or to keep another company.
//!
//! # What is not guaranteed
//! Everybody's row is published: what nearly everybody answers can be guessed of anyone. Its shares stop at 95 % like all others.
//! And a harmless answer is told of whoever is in a row where nearly everybody gave it (the homogeneity attack: Machanavajjhala
//! and others, *ℓ-diversity*, ACM TKDD 2007). With two choices that is also to say who did not give the other. Nobody but
//! whoever writes the questionnaire can know that nothing follows from it, and so no answer is harmless unless they say so.
//!
//! # Worked example
//! In a commune, 57 of 60 « renoncent aux soins », as 40 % do elsewhere. Whoever knows a resident would be right 19 times in 20.
//! The row is merged with its neighbours of the sector, where there are sectors, or hidden with the smallest other one: 57 + 40
//! of 60 + 100, hence 61 %, is all that can be said of the residents of both.

use crate::cell_key::perturbed;
use crate::policy::CellKey;
use crate::raw::{Column, RawTable, Tally};

/// Those of a table who are in a set of rows, or in none.
pub(crate) struct Crowd {
    pub(crate) base: Tally,
    cells: Vec<Tally>,
}

impl Crowd {
    /// Those in any of these rows.
    pub(crate) fn of(table: &RawTable, rows: &[usize]) -> Self {
        let sum = |tallies: &mut dyn Iterator<Item = Tally>| tallies.fold(Tally::default(), Tally::plus);
        let columns = 0..table.spec.columns.len();
        Self {
            base: sum(&mut rows.iter().map(|row| table.bases[*row])),
            cells: columns.map(|column| sum(&mut rows.iter().map(|row| table.cells[*row][column]))).collect(),
        }
    }

    /// Everybody but those in any of these rows.
    pub(crate) fn outside(table: &RawTable, rows: &[usize]) -> Self {
        let (all, inside) = (Self::of(table, &[0]), Self::of(table, rows));
        let cells = all.cells.into_iter().zip(inside.cells).map(|(all, inside)| all.less(inside)).collect();
        Self { base: all.base.less(inside.base), cells }
    }

    /// Whether nearly all of them gave an answer to a sensitive question that may harm, after noise.
    pub(crate) fn is_concentrated(&self, table: &RawTable, policy: &CellKey) -> bool {
        let base = f64::from(perturbed(self.base, policy));
        let count = |answer: &Harmful| f64::from(perturbed(answer.of(self.base, &self.cells, Tally::less), policy));
        base > 0.0 && harmful(table).iter().any(|answer| count(answer) >= policy.most_of_a_row * base)
    }
}

/// A set of respondents of whom no row may hold nearly all.
pub(crate) enum Harmful {
    /// Those who gave the choice of this column.
    Choice(usize),
    /// Those who gave none of these choices, which exclude each other: some other answer, one or several.
    AnyBut(Vec<usize>),
}

impl Harmful {
    /// What a row has of them: `less` takes a part away from a set that holds it.
    pub(crate) fn of<T: Copy>(&self, base: T, cells: &[T], less: impl Fn(T, T) -> T) -> T {
        match self {
            Self::Choice(column) => cells[*column],
            Self::AnyBut(columns) => columns.iter().fold(base, |rest, column| less(rest, cells[*column])),
        }
    }
}

/// The answers to the table's question that may harm; none unless it is sensitive.
pub(crate) fn harmful(table: &RawTable) -> Vec<Harmful> {
    let (columns, harmless) = (&table.spec.columns, &table.treatment.harmless);
    let those = |is_one: &dyn Fn(&Column) -> bool| -> Vec<usize> {
        columns.iter().enumerate().filter(|(_, column)| is_one(column)).map(|(index, _)| index).collect()
    };
    let is_harmless = |column: &Column| harmless.contains(&column.code);
    if !table.treatment.sensitive {
        Vec::new()
    } else if columns.iter().any(is_harmless) {
        vec![Harmful::AnyBut(those(&|column| column.missing || is_harmless(column)))]
    } else {
        those(&|column| !column.missing).into_iter().map(Harmful::Choice).collect()
    }
}

/// The same of true counts, for tables that are published exactly.
pub(crate) fn has_concentrated_row(table: &RawTable, most: f64) -> bool {
    let harmful = harmful(table);
    let is_concentrated = |row: usize| {
        let base = table.bases[row];
        let count = |answer: &Harmful| answer.of(base, &table.cells[row], Tally::less).as_f64();
        base.count > 0 && harmful.iter().any(|answer| count(answer) >= most * base.as_f64())
    };
    (1..table.bases.len()).any(is_concentrated)
}
