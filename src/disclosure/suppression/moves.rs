//! Moves: changes of the withheld cells that keep every published sum.
//!
//! What an attacker cannot exclude is the truth plus a move. A primary cell of count a is protected when one move lowers it
//! by a and another raises it to the threshold. A move is found by linear programming, then rounded and verified in
//! integers: a fault of the solver can make a table too careful, never unsafe.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

use super::system::LinkedSystem;

/// By how much a cell must be able to change, all published sums kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) cell: usize,
    /// Never zero. A fall when negative.
    pub(super) change: i64,
}

/// Changes of cells that keep every sum and leave every count at least zero.
#[derive(Debug, Clone)]
pub(super) struct Move {
    /// In the order of cells.
    changes: Vec<(usize, i64)>,
}

impl Move {
    /// Those of the cells that change.
    pub(super) fn cells(&self) -> impl Iterator<Item = usize> {
        self.changes.iter().map(|(cell, _)| *cell)
    }

    pub(super) fn touches(&self, cell: usize) -> bool {
        self.changes.binary_search_by_key(&cell, |(cell, _)| *cell).is_ok()
    }

    pub(super) fn meets(&self, demand: Demand) -> bool {
        let found = self.changes.binary_search_by_key(&demand.cell, |(cell, _)| *cell);
        found.is_ok_and(|index| {
            let change = self.changes[index].1;
            if demand.change < 0 { change <= demand.change } else { change >= demand.change }
        })
    }

    /// The changes, when they truly are a move.
    fn verified(system: &LinkedSystem, changes: &[i64]) -> Option<Self> {
        let kept = system.sums.iter().all(|sum| sum.residue(|cell| changes[cell]) == 0);
        let possible = changes.iter().zip(&system.counts).all(|(change, count)| count + change >= 0);
        (kept && possible)
            .then(|| Self { changes: changes.iter().copied().enumerate().filter(|(_, change)| *change != 0).collect() })
    }
}

/// Branching of the integer search, which only systems that are no network ever need.
const INTEGER_NODES: u64 = 2_000;

/// The move that meets the demand at the least cost, among the cells for which there is a cost per unit of change: raised,
/// and lowered. `None` when there is no such move.
pub(super) fn cheapest_move(
    system: &LinkedSystem,
    demand: Demand,
    cost: impl Fn(usize) -> Option<(f64, f64)>,
) -> Option<Move> {
    let costs: Vec<Option<(f64, f64)>> = (0..system.len()).map(cost).collect();
    let real = solve(system, demand, &costs, false)?;
    // In two-way tables, and where one side is a hierarchy, vertices are whole numbers. In others they may not be.
    real.or_else(|| solve(system, demand, &costs, true).flatten())
}

/// `None`: there is no move. `Some(None)`: the one found is not whole.
#[expect(clippy::option_option, reason = "no solution and no whole solution are handled apart, right above")]
#[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
#[expect(clippy::cast_possible_truncation, reason = "changes are as small as counts; the move is verified in integers")]
fn solve(system: &LinkedSystem, demand: Demand, costs: &[Option<(f64, f64)>], integer: bool) -> Option<Option<Move>> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let variables: Vec<_> = costs
        .iter()
        .zip(&system.counts)
        .map(|(cost, count)| {
            let (up, down) = (*cost)?;
            Some(if integer {
                let count = i32::try_from(*count).unwrap_or(i32::MAX);
                (problem.add_integer_var(up, (0, i32::MAX)), problem.add_integer_var(down, (0, count)))
            } else {
                (problem.add_var(up, (0.0, f64::INFINITY)), problem.add_var(down, (0.0, *count as f64)))
            })
        })
        .collect();
    for sum in &system.sums {
        let terms: Vec<_> = sum
            .terms
            .iter()
            .filter_map(|(cell, sign)| variables[*cell].map(|(up, down)| (up, down, *sign as f64)))
            .flat_map(|(up, down, sign)| [(up, sign), (down, -sign)])
            .collect();
        if !terms.is_empty() {
            problem.add_constraint(terms, ComparisonOp::Eq, 0.0);
        }
    }
    let (up, down) = variables[demand.cell]?;
    problem.add_constraint([(up, 1.0), (down, -1.0)], ComparisonOp::Eq, demand.change as f64);
    let mut options = SolveOptions::default();
    options.node_limit = Some(INTEGER_NODES);
    let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
    let changes: Vec<i64> = variables
        .iter()
        .map(|pair| pair.map_or(0.0, |(up, down)| solution.var_value(up) - solution.var_value(down)).round() as i64)
        .collect();
    let found = Move::verified(system, &changes).filter(|found| found.meets(demand));
    Some(found)
}
