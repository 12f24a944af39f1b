//! Cells and the sums that tie them: the tables of an annex, linked tables and earlier editions in one system.
//!
//! A system knows true counts, and so has no getter outside the crate and a `Debug` without numbers. It does not know what a
//! table is; [`super::annex`] makes one from tables.

use std::collections::BTreeSet;

/// A cell of a [`LinkedSystem`] or of a [`super::PublicView`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub(super) usize);

impl CellId {
    /// Its place, in the order in which cells were added.
    pub fn index(self) -> usize {
        self.0
    }
}

/// What may still be decided about a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may be published or withheld.
    Open,
    /// It is public already, by an earlier edition or table: nothing takes it back.
    Published,
    /// It is published nowhere and never will be: those who did not say where they live, those who came since the last
    /// edition. It needs protection all the same when it can be had by subtraction.
    Hidden,
}

/// A sum that does not hold on the true counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cell {total} is not the sum of the {parts} cells given as its parts")]
pub struct SumError {
    /// Index of the total.
    pub total: usize,
    /// How many parts were given.
    pub parts: usize,
}

/// A total is the sum of its parts: the cells with their signs, which add up to zero.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    pub(super) terms: Vec<(usize, i64)>,
}

impl Sum {
    pub(super) fn new(total: CellId, parts: &[CellId]) -> Self {
        let parts = parts.iter().map(|part| (part.0, 1));
        Self { terms: parts.chain(std::iter::once((total.0, -1))).collect() }
    }

    /// What the terms add up to, zero when the sum holds.
    pub(super) fn residue(&self, value: impl Fn(usize) -> i64) -> i64 {
        self.terms.iter().map(|(cell, sign)| sign * value(*cell)).sum()
    }
}

/// True counts under sums. Only [`super::suppress`] reads it.
#[derive(Default)]
pub struct LinkedSystem {
    pub(super) counts: Vec<i64>,
    pub(super) standings: Vec<Standing>,
    pub(super) sums: Vec<Sum>,
}

impl LinkedSystem {
    /// A system without cells.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a cell. Counts above `i32::MAX` are taken as that.
    pub fn add_cell(&mut self, count: u64, standing: Standing) -> CellId {
        // No survey has more respondents, and all sums of such counts fit where they are computed.
        self.counts.push(i64::from(i32::try_from(count).unwrap_or(i32::MAX)));
        self.standings.push(standing);
        CellId(self.counts.len() - 1)
    }

    /// Says that a total is the sum of its parts, which everybody knows.
    ///
    /// # Errors
    /// [`SumError`] when it is not.
    pub fn add_sum(&mut self, total: CellId, parts: &[CellId]) -> Result<(), SumError> {
        let sum = Sum::new(total, parts);
        if sum.residue(|cell| self.counts[cell]) != 0 {
            return Err(SumError { total: total.0, parts: parts.len() });
        }
        self.sums.push(sum);
        Ok(())
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The parts of the system that no sum ties together, each with the indices that its cells have here: tables of different
    /// questions, usually.
    pub(super) fn components(&self) -> Vec<(Self, Vec<usize>)> {
        let sums_of_cells = self.sums_of_cells();
        let mut place: Vec<Option<usize>> = vec![None; self.len()];
        let mut components = Vec::new();
        for start in 0..self.len() {
            if place[start].is_some() {
                continue;
            }
            let (mut members, mut sums) = (BTreeSet::from([start]), BTreeSet::new());
            let mut waiting = vec![start];
            while let Some(cell) = waiting.pop() {
                for sum in sums_of_cells[cell].iter().filter(|sum| sums.insert(**sum)) {
                    let tied = self.sums[*sum].terms.iter().map(|(other, _)| *other);
                    waiting.extend(tied.filter(|other| members.insert(*other)));
                }
            }
            let mut component = Self::new();
            for (index, cell) in members.iter().enumerate() {
                place[*cell] = Some(index);
                component.counts.push(self.counts[*cell]);
                component.standings.push(self.standings[*cell]);
            }
            let here = |cell: usize| place[cell].expect("all cells of a sum are in its component");
            component.sums = sums
                .into_iter()
                .map(|sum| Sum {
                    terms: self.sums[sum].terms.iter().map(|(cell, sign)| (here(*cell), *sign)).collect(),
                })
                .collect();
            components.push((component, members.into_iter().collect()));
        }
        components
    }

    /// For each cell, the sums it is part of.
    pub(super) fn sums_of_cells(&self) -> Vec<Vec<usize>> {
        let mut of = vec![Vec::new(); self.len()];
        for (index, sum) in self.sums.iter().enumerate() {
            for (cell, _) in &sum.terms {
                of[*cell].push(index);
            }
        }
        of
    }
}

impl std::fmt::Debug for LinkedSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinkedSystem({} cells, {} sums)", self.len(), self.sums.len())
    }
}
