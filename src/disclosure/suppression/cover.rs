//! A good pattern of suppression, found quickly: each demand is met by its cheapest move, then what has become useless is
//! published again.
//!
//! Linear costs stand for the price of withholding a cell, spread over the units that it can carry (Fischetti and Salazar,
//! *Models and algorithms for the 2-dimensional cell suppression problem in statistical disclosure control*, Mathematical
//! Programming 84, 1999).

use std::rc::Rc;

use super::flow::Network;
use super::moves::{Demand, Move, cheapest_move};
use super::system::{LinkedSystem, Standing};
use super::{SuppressionError, SuppressionRule};

/// What may be done with the totals that are part of no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Totals {
    /// They are published, unless they are small: how many people answered matters to every reader, and an attacker who knows
    /// it from elsewhere is no better off.
    Kept,
    /// They may be withheld like other cells.
    Open,
}

/// What is asked of a pattern.
pub(super) struct Task<'a> {
    pub(super) system: &'a LinkedSystem,
    /// Withheld whatever happens: primary cells and hidden ones.
    pub(super) required: Vec<bool>,
    /// What may be withheld, required cells among it.
    pub(super) allowed: Vec<bool>,
    pub(super) demands: Vec<Demand>,
    /// For each cell, the sums it is part of.
    pub(super) sums_of_cells: Vec<Vec<usize>>,
    network: Network,
}

impl<'a> Task<'a> {
    pub(super) fn new(system: &'a LinkedSystem, rule: SuppressionRule, totals: Totals) -> Self {
        let threshold = i64::from(rule.threshold);
        let small = |count: i64| count < threshold && (count > 0 || rule.withhold_zeros);
        let standing = |cell: usize| system.standings[cell];
        let required: Vec<bool> = (0..system.len())
            .map(|cell| match standing(cell) {
                Standing::Hidden => true,
                Standing::Open => small(system.counts[cell]),
                Standing::Published => false,
            })
            .collect();
        let sums_of_cells = system.sums_of_cells();
        let is_part = |cell: usize| {
            let signs = sums_of_cells[cell].iter().flat_map(|sum| &system.sums[*sum].terms);
            signs.filter(|(other, _)| *other == cell).any(|(_, sign)| *sign > 0)
        };
        let kept = |cell: usize| totals == Totals::Kept && !sums_of_cells[cell].is_empty() && !is_part(cell);
        // A zero that is withheld protects others only from those who do not know that it is one.
        let allowed = (0..system.len())
            .map(|cell| required[cell] || (standing(cell) == Standing::Open && system.counts[cell] > 0 && !kept(cell)))
            .collect();
        let mut demands: Vec<Demand> = (0..system.len())
            .filter(|cell| required[*cell] && small(system.counts[*cell]))
            .flat_map(|cell| {
                [-system.counts[cell], threshold - system.counts[cell]].map(|change| Demand { cell, change })
            })
            .filter(|demand| demand.change != 0)
            .collect();
        // What is hard to hide first: its moves often serve the others.
        demands.sort_by_key(|demand| std::cmp::Reverse(demand.change.abs()));
        Self { system, required, allowed, demands, sums_of_cells, network: Network::new(system) }
    }

    /// Complementary cells, by whether they are withheld.
    pub(super) fn complementary(&self, withheld: &[bool]) -> Vec<usize> {
        (0..withheld.len()).filter(|cell| withheld[*cell] && !self.required[*cell]).collect()
    }

    /// A price of each cell: one, and a little more for a larger count, which readers would miss more.
    pub(super) fn prices(&self) -> Vec<f64> {
        let largest = self.system.counts.iter().copied().max().unwrap_or(0).max(1);
        #[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
        self.system.counts.iter().map(|count| 1.0 + 0.2 * (*count as f64 / largest as f64)).collect()
    }
}

/// A pattern with, for each demand, the move that meets it.
#[derive(Clone)]
pub(super) struct Cover {
    pub(super) withheld: Vec<bool>,
    proofs: Vec<Option<Rc<Move>>>,
}

impl Cover {
    /// A cover that is cheap at these prices, without a cell too many.
    pub(super) fn build(task: &Task<'_>, prices: &[f64]) -> Result<Self, SuppressionError> {
        let mut cover = Self { withheld: task.required.clone(), proofs: vec![None; task.demands.len()] };
        cover.meet_all(task, prices)?;
        cover.publish_redundant(task);
        Ok(cover)
    }

    /// A cover among the cells of a pattern, when it is one.
    pub(super) fn within(task: &Task<'_>, pattern: &[f64]) -> Option<Self> {
        let withheld = pattern.iter().map(|share| *share > 0.5).collect();
        let mut cover = Self { withheld, proofs: vec![None; task.demands.len()] };
        cover.meet_all_within(task).then(|| {
            cover.publish_redundant(task);
            cover
        })
    }

    /// The moves that meet the demands, each once or more.
    pub(super) fn moves(&self) -> impl Iterator<Item = &Rc<Move>> {
        self.proofs.iter().flatten()
    }

    pub(super) fn size(&self, task: &Task<'_>) -> usize {
        task.complementary(&self.withheld).len()
    }

    /// Meets every demand that is not met, withholding more cells where it must.
    fn meet_all(&mut self, task: &Task<'_>, prices: &[f64]) -> Result<(), SuppressionError> {
        for index in 0..task.demands.len() {
            if self.proofs[index].is_some() {
                continue;
            }
            let demand = task.demands[index];
            let found = cheapest_move(task.system, &task.network, demand, |cell| {
                task.allowed[cell].then(|| self.cost(task, cell, demand, prices))
            });
            let found = Rc::new(found.ok_or(SuppressionError::GivenAwayAlready { cell: demand.cell })?);
            for cell in found.cells() {
                self.withheld[cell] = true;
            }
            self.share(task, &found);
        }
        Ok(())
    }

    /// Cost of a unit of change: nothing, or nearly, for a withheld cell.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
    fn cost(&self, task: &Task<'_>, cell: usize, demand: Demand, prices: &[f64]) -> (f64, f64) {
        let price = if self.withheld[cell] { 1e-5 } else { prices[cell] };
        let units = demand.change.abs();
        let falls = units.min(task.system.counts[cell]).max(1);
        (price / units as f64, price / falls as f64)
    }

    fn share(&mut self, task: &Task<'_>, found: &Rc<Move>) {
        for (proof, demand) in self.proofs.iter_mut().zip(&task.demands) {
            if proof.is_none() && found.meets(*demand) {
                *proof = Some(Rc::clone(found));
            }
        }
    }

    /// Publishes again what can be, the most useful first.
    fn publish_redundant(&mut self, task: &Task<'_>) {
        let mut candidates = task.complementary(&self.withheld);
        candidates.sort_by_key(|cell| (std::cmp::Reverse(task.system.counts[*cell]), *cell));
        for cell in candidates {
            let mut trial = self.clone();
            trial.publish(cell);
            if trial.meet_all_within(task) {
                *self = trial;
            }
        }
    }

    /// Publishes a cell: the demands whose moves used it are met no more.
    fn publish(&mut self, cell: usize) {
        self.withheld[cell] = false;
        for proof in &mut self.proofs {
            if proof.as_ref().is_some_and(|found| found.touches(cell)) {
                *proof = None;
            }
        }
    }

    /// Meets every demand with what is withheld already, or says that it cannot.
    fn meet_all_within(&mut self, task: &Task<'_>) -> bool {
        for index in 0..task.demands.len() {
            if self.proofs[index].is_none() {
                let cost = |cell: usize| self.withheld[cell].then_some((1.0, 1.0));
                let Some(found) = cheapest_move(task.system, &task.network, task.demands[index], cost) else {
                    return false;
                };
                self.share(task, &Rc::new(found));
            }
        }
        true
    }
}
