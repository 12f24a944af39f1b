//! Weighted tables: every question by one breakdown, in one pass over a cube.
//!
//! A cell of a table holds three sums over its respondents: how many they are, S1 = Σw and S2 = Σw². Shares, standard errors
//! and tests need nothing else.

use std::ops::Range;

use crate::cube::{Cube, Layout};
use crate::frame::Breakdown;
use crate::weights::Weights;

/// A cube, weights and a breakdown that do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The weights' frame is neither the cube's, nor the one that the cube's extends.
    #[error("the weights are not those of the cube's frame")]
    Weights,
    /// The breakdown sorts another number of cells.
    #[error("breakdown {breakdown} sorts {given} cells, the cube has {expected}")]
    Breakdown {
        /// The breakdown's name.
        breakdown: String,
        /// Cells of the cube.
        expected: usize,
        /// Cells of the breakdown.
        given: usize,
    },
}

/// Every question of a cube by the rows of a breakdown.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    layout: Layout,
    rows: Vec<String>,
    design_size: u32,
    /// `[row][slot]`, as are the two that follow.
    counts: Vec<u32>,
    weighted: Vec<f64>,
    squared: Vec<f64>,
}

impl Tables {
    /// Tabulates a cube. The weights are those of its frame, or of the frame that it extends: then a cell divided by a
    /// further breakdown keeps its weight. Respondents of cells in no row are in no table, and still in the design.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn new(cube: &Cube, weights: &Weights, breakdown: &Breakdown) -> Result<Self, TableError> {
        let divided = cube.frame().cells_per_cell_of(&weights.frame).ok_or(TableError::Weights)?;
        let (expected, given) = (cube.frame().cells(), breakdown.row_of_cell.len());
        if given != expected {
            return Err(TableError::Breakdown { breakdown: breakdown.name.clone(), expected, given });
        }
        let slots = cube.layout().slots();
        let size = breakdown.rows.len() * slots;
        let (mut counts, mut weighted, mut squared) = (vec![0_u32; size], vec![0.0; size], vec![0.0; size]);
        let cells = cube.rows().zip(cube.respondents()).zip(&breakdown.row_of_cell).enumerate();
        for (cell, ((answers, respondents), row)) in cells {
            let Some(row) = row.filter(|_| *respondents > 0) else { continue };
            let (weight, here) = (weights.of_cell[cell / divided], row * slots..(row + 1) * slots);
            let square = weight * weight;
            let sums = counts[here.clone()].iter_mut().zip(&mut weighted[here.clone()]).zip(&mut squared[here]);
            for (((count, first), second), answers) in sums.zip(answers) {
                *count += answers;
                *first += weight * f64::from(*answers);
                *second += square * f64::from(*answers);
            }
        }
        let rows = breakdown.rows.clone();
        Ok(Self { layout: cube.layout().clone(), rows, design_size: cube.total(), counts, weighted, squared })
    }

    /// The rows' names.
    pub fn rows(&self) -> &[String] {
        &self.rows
    }

    /// All the respondents of the cube.
    pub fn design_size(&self) -> u32 {
        self.design_size
    }

    /// The answers to a question in a row; none when there is no such question or row.
    pub fn answers(&self, question: usize, row: usize) -> Option<Answers<'_>> {
        let slots = self.layout.range(question)?;
        let codes = self.layout.codes(question)?;
        if row >= self.rows.len() {
            return None;
        }
        let first = row * self.layout.slots();
        let Range { start, end } = slots;
        let slots = first + start..first + end;
        Some(Answers {
            design_size: self.design_size,
            codes,
            counts: &self.counts[slots.clone()],
            weighted: &self.weighted[slots.clone()],
            squared: &self.squared[slots],
        })
    }
}

/// The answers to one question by the respondents of one row: a domain of the design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answers<'a> {
    pub(crate) design_size: u32,
    codes: usize,
    /// By slot: the codes, then the three ways of not answering. So are the two that follow.
    counts: &'a [u32],
    weighted: &'a [f64],
    squared: &'a [f64],
}

/// How many respondents, and how many people they stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Headcount {
    /// Respondents.
    pub respondents: u32,
    /// The sum of their weights.
    pub weighted: f64,
}

/// The three sums of a cell: all that its share and its tests need. They add up over disjoint cells.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WeightedCount {
    /// Respondents.
    pub respondents: u32,
    /// S1, the sum of their weights.
    pub weighted: f64,
    /// S2, the sum of the squares of their weights.
    pub squared: f64,
}

impl WeightedCount {
    /// Both cells together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            respondents: self.respondents + other.respondents,
            weighted: self.weighted + other.weighted,
            squared: self.squared + other.squared,
        }
    }
}

/// Respondents by what they did with a question.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NonResponse {
    /// They gave one of the codes: the base of shares.
    pub answered: Headcount,
    /// They were not asked.
    pub not_shown: Headcount,
    /// They were asked and left it empty.
    pub skipped: Headcount,
    /// They said that they do not know.
    pub dont_know: Headcount,
}

impl<'a> Answers<'a> {
    /// Respondents by code.
    pub fn counts(&self) -> &'a [u32] {
        &self.counts[..self.codes]
    }

    /// S1 by code: the weighted table.
    pub fn weighted(&self) -> &'a [f64] {
        &self.weighted[..self.codes]
    }

    /// S2 by code.
    pub fn squared(&self) -> &'a [f64] {
        &self.squared[..self.codes]
    }

    /// The sums by code.
    pub fn by_code(&self) -> Vec<WeightedCount> {
        let sums = self.counts().iter().zip(self.weighted()).zip(self.squared());
        sums.map(|((&respondents, &weighted), &squared)| WeightedCount { respondents, weighted, squared }).collect()
    }

    /// The sums of those who answered.
    pub fn base(&self) -> WeightedCount {
        self.by_code().into_iter().fold(WeightedCount::default(), WeightedCount::plus)
    }

    /// Who answered, and who did not and why.
    pub fn non_response(&self) -> NonResponse {
        let slot = |slot: usize| Headcount { respondents: self.counts[slot], weighted: self.weighted[slot] };
        NonResponse {
            answered: Headcount { respondents: self.counts().iter().sum(), weighted: self.weighted().iter().sum() },
            not_shown: slot(self.codes),
            skipped: slot(self.codes + 1),
            dont_know: slot(self.codes + 2),
        }
    }

    /// n / (n − 1), where n is the full size of the design also when fewer answered; 1 for a single respondent.
    pub(crate) fn design_factor(&self) -> f64 {
        design_factor(self.design_size)
    }
}

pub(crate) fn design_factor(design_size: u32) -> f64 {
    if design_size > 1 { f64::from(design_size) / (f64::from(design_size) - 1.0) } else { 1.0 }
}
