//! Moves: changes of the withheld cells that keep every published sum.
//!
//! What an attacker cannot exclude is the truth plus a move. A primary cell of count a is protected when one move lowers it
//! by a and another raises it to the threshold. A move is found as a flow ([`super::flow`]), or else by linear programming and
//! rounded; it is verified in integers: a fault of either can make a table too careful, never unsafe.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

use super::flow::Network;
use super::system::LinkedSystem;

/// By how much a cell must be able to change, all published sums kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) cell: usize,
    /// Never zero. A fall when negative.
    pub(super) change: i64,
}

/// Changes of cells that keep every sum and leave every count at least zero.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// Whether it brings what a demand asks for when each cell can carry so much of its change, in units of the demand.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
    pub(super) fn fits(&self, demand: Demand, carries: impl Fn(usize, bool) -> f64) -> bool {
        let own = self.changes.iter().find(|(cell, _)| *cell == demand.cell).map_or(0, |(_, change)| *change);
        if own.signum() != demand.change.signum() {
            return false;
        }
        let scale = demand.change as f64 / own as f64;
        let mut others = self.changes.iter().filter(|(cell, _)| *cell != demand.cell);
        others.all(|(cell, change)| (*change as f64).abs() * scale <= carries(*cell, *change > 0))
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

/// A move that meets the demand, among the cells for which there is a cost per unit of change: raised, and lowered. It is the
/// cheapest one, or the cheapest flow where there are cells of three sums or more. `None` when there is no such move.
pub(super) fn cheapest_move(
    system: &LinkedSystem,
    network: &Network,
    demand: Demand,
    cost: impl Fn(usize) -> Option<(f64, f64)>,
) -> Option<Move> {
    let costs: Vec<Option<(f64, f64)>> = (0..system.len()).map(cost).collect();
    let flow = network.cheapest(system, demand, &costs).and_then(|changes| Move::verified(system, &changes));
    let flow = flow.filter(|found| found.meets(demand));
    if network.holds_all(&costs) {
        return flow;
    }
    flow.or_else(|| {
        let real = solve(system, demand, &costs, false)?;
        // In two-way tables, and where one side is a hierarchy, vertices are whole numbers. In others they may not be.
        real.or_else(|| solve(system, demand, &costs, true).flatten())
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suppression::Standing;

    /// A table of two ways with its totals; numbers look drawn, the same at each run.
    fn table(seed: u64, rows: usize, columns: usize) -> LinkedSystem {
        let drawn =
            |cell: usize| (seed * 97 + cell as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) % 19;
        let mut system = LinkedSystem::new();
        let counts: Vec<Vec<u64>> =
            (0..rows).map(|row| (0..columns).map(|column| drawn(row * columns + column)).collect()).collect();
        let cells: Vec<Vec<_>> = counts
            .iter()
            .map(|row| row.iter().map(|count| system.add_cell(*count, Standing::Open)).collect())
            .collect();
        for (row, counts) in cells.iter().zip(&counts) {
            let total = system.add_cell(counts.iter().sum(), Standing::Open);
            system.add_sum(total, row).expect("a total");
        }
        for column in 0..columns {
            let total = system.add_cell(counts.iter().map(|row| row[column]).sum(), Standing::Open);
            let parts: Vec<_> = cells.iter().map(|row| row[column]).collect();
            system.add_sum(total, &parts).expect("a total");
        }
        system
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a test")]
    fn price(found: &Move, demand: Demand, costs: &[Option<(f64, f64)>]) -> f64 {
        let others = found.changes.iter().filter(|(cell, _)| *cell != demand.cell);
        let price = |(cell, change): &(usize, i64)| {
            let (up, down) = costs[*cell].expect("only cells that have a cost are changed");
            change.unsigned_abs() as f64 * if *change > 0 { up } else { down }
        };
        others.map(price).sum()
    }

    #[test]
    fn a_flow_is_as_cheap_as_what_the_linear_program_finds() {
        let (mut found_one, mut without) = (0, 0);
        for seed in 0..60 {
            let system = table(seed, 3, 4);
            let network = Network::new(&system);
            // Three in four cells may change, totals among them, at prices that differ.
            let costs: Vec<Option<(f64, f64)>> = (0..system.len())
                .map(|cell| {
                    let drawn = (seed * 31 + cell as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 59;
                    let price = 1.0 + f64::from(u32::try_from(drawn).expect("five bits"));
                    (!drawn.is_multiple_of(4) || cell < 2).then_some((price, 2.0 * price))
                })
                .collect();
            assert!(network.holds_all(&costs), "a table of two ways is a network");
            for demand in [Demand { cell: 0, change: -system.counts[0] }, Demand { cell: 1, change: 11 }] {
                if demand.change == 0 {
                    continue;
                }
                let by_flow = cheapest_move(&system, &network, demand, |cell| costs[cell]);
                let by_program = solve(&system, demand, &costs, false).flatten();
                match (&by_flow, &by_program) {
                    (Some(flow), Some(program)) => {
                        let (one, other) = (price(flow, demand, &costs), price(program, demand, &costs));
                        assert!((one - other).abs() < 1e-9, "{one} for {other}: {flow:?} {program:?}");
                        found_one += 1;
                    }
                    (None, None) => without += 1,
                    _ => panic!("one finds what the other does not: {by_flow:?} {by_program:?}"),
                }
            }
        }
        assert!(found_one > 40 && without > 5, "{found_one} {without}");
    }
}
