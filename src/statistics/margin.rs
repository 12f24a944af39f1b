//! Margins: what the census knows about the population, to which respondents are raked.

use crate::frame::Breakdown;

/// What is known of one category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// How many people it has.
    Population(f64),
    /// The census does not know the category (« sexe non précisé »): it keeps the share it has among respondents, and the
    /// others share the rest.
    AsObserved,
}

/// A category whose target was added to another's, because nobody in it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The margin's variable.
    pub variable: String,
    /// The category that was merged.
    pub category: String,
    /// The category that holds it now.
    pub into: String,
}

/// A margin that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MarginError {
    /// Not one target per category.
    #[error(
        "la marge «\u{a0}{variable}\u{a0}» donne {targets} effectifs pour {categories} modalités\u{202f}; donnez-en un par modalité"
    )]
    Count {
        /// The margin's variable.
        variable: String,
        /// Its categories.
        categories: usize,
        /// Targets given.
        targets: usize,
    },
    /// A population is negative or not a number.
    #[error(
        "la marge «\u{a0}{variable}\u{a0}» donne l’effectif {population} à «\u{a0}{category}\u{a0}»\u{202f}; donnez un nombre d’habitants, zéro compris"
    )]
    Population {
        /// The margin's variable.
        variable: String,
        /// The category.
        category: String,
        /// The population given.
        population: f64,
    },
    /// All its populations are zero or unknown.
    #[error(
        "la marge «\u{a0}{variable}\u{a0}» ne compte aucun habitant\u{202f}; donnez l’effectif d’au moins une modalité"
    )]
    Empty {
        /// The margin's variable.
        variable: String,
    },
    /// A merge names a category that the margin has not.
    #[error(
        "la marge «\u{a0}{variable}\u{a0}» n’a pas de modalité «\u{a0}{category}\u{a0}» à regrouper\u{202f}; choisissez parmi\u{a0}: {categories}"
    )]
    NoCategory {
        /// The margin's variable.
        variable: String,
        /// The category asked for.
        category: String,
        /// Those there are.
        categories: String,
    },
    /// A merge of a category with itself, or with one that is kept as observed.
    #[error(
        "dans la marge «\u{a0}{variable}\u{a0}», «\u{a0}{category}\u{a0}» ne peut pas rejoindre «\u{a0}{into}\u{a0}»\u{202f}; choisissez une autre modalité"
    )]
    Merge {
        /// The margin's variable.
        variable: String,
        /// The category to merge.
        category: String,
        /// The one that should hold it.
        into: String,
    },
}

/// The population of each category of one variable, or of one combination of variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    pub(crate) breakdown: Breakdown,
    pub(crate) targets: Vec<Target>,
    pub(crate) ordered: bool,
    pub(crate) merges: Vec<Merge>,
}

impl Margin {
    /// The margin of a breakdown's rows, one target each. `ordered` tells whether the rows have an order of their own, such
    /// as age bands: then a row merges best with its neighbour.
    ///
    /// # Errors
    /// [`MarginError::Count`], [`MarginError::Population`], [`MarginError::Empty`].
    pub fn new(breakdown: Breakdown, targets: Vec<Target>, ordered: bool) -> Result<Self, MarginError> {
        let variable = breakdown.name.clone();
        if targets.len() != breakdown.rows.len() {
            return Err(MarginError::Count { variable, categories: breakdown.rows.len(), targets: targets.len() });
        }
        for (target, category) in targets.iter().zip(&breakdown.rows) {
            if let Target::Population(population) = *target
                && !(population >= 0.0 && population.is_finite())
            {
                return Err(MarginError::Population { variable, category: category.clone(), population });
            }
        }
        let margin = Self { breakdown, targets, ordered, merges: Vec::new() };
        if margin.total() > 0.0 { Ok(margin) } else { Err(MarginError::Empty { variable }) }
    }

    /// The variable's name.
    pub fn variable(&self) -> &str {
        &self.breakdown.name
    }

    /// The population of all categories.
    pub fn total(&self) -> f64 {
        let known = self.targets.iter().filter_map(|target| match target {
            Target::Population(population) => Some(*population),
            Target::AsObserved => None,
        });
        known.sum()
    }

    /// Adds the population and the respondents of `category` to those of `into`, as a refused raking proposes.
    ///
    /// # Errors
    /// [`MarginError::NoCategory`], [`MarginError::Merge`].
    pub fn merge(&mut self, category: &str, into: &str) -> Result<(), MarginError> {
        let (from, to) = (self.position(category)?, self.position(into)?);
        let (Target::Population(moved), Target::Population(kept)) = (self.targets[from], self.targets[to]) else {
            return Err(self.no_merge(category, into));
        };
        if from == to {
            return Err(self.no_merge(category, into));
        }
        self.targets[to] = Target::Population(kept + moved);
        self.targets.remove(from);
        self.breakdown.rows.remove(from);
        for row in self.breakdown.row_of_cell.iter_mut().flatten() {
            if *row == from {
                *row = to;
            }
            if *row > from {
                *row -= 1;
            }
        }
        let (variable, category) = (self.variable().to_owned(), category.to_owned());
        self.merges.push(Merge { variable, category, into: into.to_owned() });
        Ok(())
    }

    /// Merges each category in which fewer than `least` respondents answered, but somebody did, with the one that suits it best:
    /// a weight that stands for thousands would rest on a few people. One in which nobody answered is left, for [`crate::rake`]
    /// to refuse. `respondents` are those of each cell.
    ///
    /// # Errors
    /// [`MarginError::Merge`], never for categories that the census knows.
    pub fn merge_small(&mut self, respondents: &[u32], least: u32) -> Result<(), MarginError> {
        loop {
            let counts = self.respondents_by_row(respondents);
            let is_small = |row: &usize| {
                matches!(self.targets[*row], Target::Population(population) if population > 0.0)
                    && (1..least).contains(&counts[*row])
            };
            let smallest = (0..counts.len()).filter(is_small).min_by_key(|row| counts[*row]);
            let Some((small, into)) = smallest.and_then(|row| Some((row, self.best_merge(row, &counts)?))) else {
                return Ok(());
            };
            let [small, into] = [small, into].map(|row| self.breakdown.rows[row].clone());
            self.merge(&small, &into)?;
        }
    }

    fn position(&self, category: &str) -> Result<usize, MarginError> {
        let found = self.breakdown.rows.iter().position(|row| row == category);
        found.ok_or_else(|| MarginError::NoCategory {
            variable: self.variable().to_owned(),
            category: category.to_owned(),
            categories: self.breakdown.rows.join(", "),
        })
    }

    fn no_merge(&self, category: &str, into: &str) -> MarginError {
        let variable = self.variable().to_owned();
        MarginError::Merge { variable, category: category.to_owned(), into: into.to_owned() }
    }

    /// The category with which one that nobody answered in should be merged: the nearest in order, the one before if two
    /// are as near, or else the least populated; among those in which somebody answered.
    pub(crate) fn best_merge(&self, empty: usize, respondents: &[u32]) -> Option<usize> {
        let candidates = (0..self.targets.len()).filter(|row| *row != empty && respondents[*row] > 0);
        let populated = candidates.filter_map(|row| match self.targets[row] {
            Target::Population(population) if population > 0.0 => Some((row, population)),
            _ => None,
        });
        let best = if self.ordered {
            populated.min_by_key(|(row, _)| (row.abs_diff(empty), *row))
        } else {
            populated.min_by(|one, other| one.1.total_cmp(&other.1))
        };
        best.map(|(row, _)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Dimension, Frame};

    fn breakdown() -> Breakdown {
        let categories = ["18-39", "40-59", "60-74", "75+"].map(str::to_owned).to_vec();
        Frame::new(vec![Dimension { name: "âge".into(), categories }]).unwrap().by(0).unwrap()
    }

    fn margin(populations: [f64; 4], ordered: bool) -> Margin {
        Margin::new(breakdown(), populations.map(Target::Population).to_vec(), ordered).unwrap()
    }

    /// 3 young people join the next band, 12 with them; nobody of 75 or more is no small category, but none.
    #[test]
    fn small_categories_merge_with_their_neighbour_and_empty_ones_stay() {
        let mut margin = margin([10.0, 20.0, 30.0, 5.0], true);
        margin.merge_small(&[3, 9, 40, 0], 11).unwrap();
        assert_eq!(margin.breakdown.rows, ["40-59", "60-74", "75+"]);
        assert_eq!(margin.targets[0], Target::Population(30.0));
        let mut all = self::margin([10.0, 20.0, 30.0, 5.0], true);
        all.merge_small(&[3, 2, 1, 4], 11).unwrap();
        assert_eq!(all.breakdown.rows.len(), 1, "ten respondents are one small category, and there is no other");
    }

    #[test]
    fn a_merge_moves_population_and_respondents() {
        let mut margin = margin([10.0, 20.0, 30.0, 5.0], true);
        margin.merge("18-39", "60-74").unwrap();
        margin.merge("75+", "60-74").unwrap();
        assert_eq!(margin.breakdown.rows, ["40-59", "60-74"]);
        assert_eq!(margin.targets, [Target::Population(20.0), Target::Population(45.0)]);
        assert_eq!(margin.breakdown.row_of_cell, [Some(1), Some(0), Some(1), Some(1)]);
        assert_eq!(margin.merges.len(), 2);
    }

    #[test]
    fn the_proposed_merge_is_the_neighbour_or_the_smallest() {
        let respondents = [3, 4, 0, 5];
        assert_eq!(margin([10.0, 20.0, 30.0, 5.0], true).best_merge(2, &respondents), Some(1));
        assert_eq!(margin([10.0, 20.0, 30.0, 5.0], false).best_merge(2, &respondents), Some(3));
        assert_eq!(margin([10.0, 20.0, 30.0, 5.0], true).best_merge(2, &[0; 4]), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Margin::new(breakdown(), vec![Target::Population(f64::NAN); 4], true).unwrap_err();
        assert!(matches!(&error, MarginError::Population { category, .. } if category == "18-39"), "{error}");
        let error = Margin::new(breakdown(), vec![Target::AsObserved; 4], true).unwrap_err();
        assert_eq!(error, MarginError::Empty { variable: "âge".into() });
        let error = margin([1.0; 4], true).merge("80+", "75+").unwrap_err();
        assert!(error.to_string().contains("18-39, 40-59, 60-74, 75+"), "{error}");
        assert!(matches!(margin([1.0; 4], true).merge("75+", "75+"), Err(MarginError::Merge { .. })));
    }
}
