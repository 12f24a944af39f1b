//! Group disclosure: a row in which nearly everybody gave one answer tells it of each of them.
//!
//! # Guarantee
//! For a question marked `sensitive`, no row of a breakdown is published in which a category has 90 % or more after noise, nor
//! are rows from which the public could work one out: what is in no published row, whom subtraction gives, has no such category
//! either. The same holds for the bases of questions that are put according to the answer: a row that does not stand in
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
//!
//! # Worked example
//! In a commune, 57 of 60 « renoncent aux soins », as 40 % do elsewhere. Whoever knows a resident would be right 19 times in 20.
//! The row is merged with its neighbours of the sector, where there are sectors, or hidden with the smallest other one: 57 + 40
//! of 60 + 100, hence 61 %, is all that can be said of the residents of both.

use crate::cell_key::perturbed;
use crate::policy::CellKey;
use crate::raw::{RawTable, Tally};

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

    /// Whether one category of a sensitive question has nearly all of them, after noise.
    pub(crate) fn is_concentrated(&self, table: &RawTable, policy: &CellKey) -> bool {
        let base = f64::from(perturbed(self.base, policy));
        let answers = self.cells.iter().zip(&table.spec.columns).filter(|(_, column)| !column.missing);
        let mut counts = answers.map(|(cell, _)| f64::from(perturbed(*cell, policy)));
        table.treatment.sensitive && base > 0.0 && counts.any(|count| count >= policy.most_of_a_row * base)
    }
}

/// The same of true counts, for tables that are published exactly.
pub(crate) fn has_concentrated_row(table: &RawTable, most: f64) -> bool {
    let is_concentrated = |row: usize| {
        let answers = table.cells[row].iter().zip(&table.spec.columns).filter(|(_, column)| !column.missing);
        let base = table.bases[row].as_f64();
        base > 0.0 && answers.into_iter().any(|(cell, _)| cell.as_f64() >= most * base)
    };
    table.treatment.sensitive && (1..table.bases.len()).any(is_concentrated)
}
