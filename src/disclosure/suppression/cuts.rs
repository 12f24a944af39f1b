//! Cuts: what every pattern that meets a demand must withhold.
//!
//! The largest change that an attacker must admit is a linear program over the moves; its dual weighs each cell by how much of
//! the change it can carry. A pattern meets the demand only if the weights of what it withholds reach it: the capacity
//! inequalities of Fischetti and Salazar, *Solving the cell suppression problem on tabular data with linear constraints*,
//! Management Science 47, 2001.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::cover::Task;
use super::moves::{Demand, Move};
use super::system::LinkedSystem;

/// The weights of open cells must add up to 1 at least among those withheld.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) weights: Vec<(usize, f64)>,
}

impl Cut {
    /// How far a pattern, which may be fractional, is from meeting the cut; negative or zero when it does.
    pub(super) fn violation(&self, withheld: &[f64]) -> f64 {
        1.0 - self.weights.iter().map(|(cell, weight)| weight * withheld[*cell]).sum::<f64>()
    }
}

/// A pattern must violate a cut by this much for it to be added.
const TOLERANCE: f64 = 1e-4;

/// By how much single cells may change while a demand is met, in units of the demand. A flow that brings a demand need not be
/// larger than it anywhere. In systems that are no network it may; a bound that is too tight there makes the pattern a little
/// larger than it could be, and no less safe.
pub(super) fn slack(system: &LinkedSystem) -> f64 {
    if is_network(system) { 1.0 } else { 4.0 }
}

/// Whether every cell enters one sum and leaves another, once some sums are turned round: then moves are flows.
fn is_network(system: &LinkedSystem) -> bool {
    let mut ties: Vec<Vec<(usize, i64)>> = vec![Vec::new(); system.sums.len()];
    let mut places: Vec<Vec<(usize, i64)>> = vec![Vec::new(); system.len()];
    for (index, sum) in system.sums.iter().enumerate() {
        for (cell, sign) in &sum.terms {
            places[*cell].push((index, *sign));
        }
    }
    for place in &places {
        match place[..] {
            [] | [_] => {}
            [(first, one), (second, other)] => {
                ties[first].push((second, -one * other));
                ties[second].push((first, -one * other));
            }
            _ => return false,
        }
    }
    let mut turned: Vec<Option<i64>> = vec![None; system.sums.len()];
    for start in 0..turned.len() {
        if turned[start].is_some() {
            continue;
        }
        turned[start] = Some(1);
        let mut waiting = vec![(start, 1)];
        while let Some((sum, way)) = waiting.pop() {
            for (other, tie) in &ties[sum] {
                match turned[*other] {
                    None => {
                        turned[*other] = Some(way * tie);
                        waiting.push((*other, way * tie));
                    }
                    Some(found) if found != way * tie => return false,
                    Some(_) => {}
                }
            }
        }
    }
    true
}

/// The cut that a single sum makes of a demand: the other cells of the sum must carry the change together.
pub(super) fn in_one_sum(task: &Task<'_>, demand: Demand, sum: usize, slack: f64) -> Option<Cut> {
    let terms = &task.system.sums[sum].terms;
    let own = terms.iter().find(|(cell, _)| *cell == demand.cell).map(|(_, sign)| *sign)?;
    let capacity = Capacity::new(task, demand, slack);
    let weights = terms.iter().filter(|(cell, _)| *cell != demand.cell && task.allowed[*cell]).map(|(cell, sign)| {
        let rises = sign * own * demand.change < 0;
        (*cell, if rises { capacity.rises } else { capacity.falls(*cell) })
    });
    capacity.cut(weights.collect())
}

/// How much of a demand's change each cell can carry.
struct Capacity<'a> {
    task: &'a Task<'a>,
    wanted: f64,
    rises: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
impl<'a> Capacity<'a> {
    fn new(task: &'a Task<'a>, demand: Demand, slack: f64) -> Self {
        let wanted = demand.change.abs() as f64;
        Self { task, wanted, rises: wanted * slack }
    }

    fn falls(&self, cell: usize) -> f64 {
        (self.task.system.counts[cell] as f64).min(self.rises)
    }

    /// What is left to the open cells after the required ones, as a share of what is missing.
    fn cut(&self, weights: Vec<(usize, f64)>) -> Option<Cut> {
        let given: f64 = weights.iter().filter(|(cell, _)| self.task.required[*cell]).map(|(_, weight)| weight).sum();
        let missing = self.wanted - given;
        if missing <= 1e-6 * self.wanted {
            return None;
        }
        let open = weights.into_iter().filter(|(cell, weight)| !self.task.required[*cell] && *weight > 1e-9);
        Some(Cut { weights: open.map(|(cell, weight)| (cell, (weight / missing).min(1.0))).collect() })
    }
}

/// Whether a known move shows that the pattern meets the demand: then no cut is violated.
pub(super) fn is_met_by(task: &Task<'_>, demand: Demand, withheld: &[f64], slack: f64, known: &Move) -> bool {
    let capacity = Capacity::new(task, demand, slack);
    known.fits(demand, |cell, is_raised| withheld[cell] * if is_raised { capacity.rises } else { capacity.falls(cell) })
}

/// A cut that this pattern violates, when it does not meet the demand.
#[expect(clippy::cast_precision_loss, reason = "signs")]
pub(super) fn separate(task: &Task<'_>, demand: Demand, withheld: &[f64], slack: f64) -> Option<Cut> {
    let capacity = Capacity::new(task, demand, slack);
    let mut dual = Problem::new(OptimizationDirection::Minimize);
    let prices: Vec<Variable> =
        task.system.sums.iter().map(|_| dual.add_var(0.0, (f64::NEG_INFINITY, f64::INFINITY))).collect();
    let mut terms: Vec<Vec<(Variable, f64)>> = vec![Vec::new(); task.system.len()];
    for (sum, price) in task.system.sums.iter().zip(&prices) {
        for (cell, sign) in &sum.terms {
            terms[*cell].push((*price, *sign as f64));
        }
    }
    let mut bounds = Vec::new();
    for (cell, mut terms) in terms.into_iter().enumerate().filter(|(cell, _)| task.allowed[*cell]) {
        // Cells that the pattern does not withhold would otherwise weigh anything at all.
        let share = withheld[cell] + 1e-4;
        let up = dual.add_var(capacity.rises * share, (0.0, f64::INFINITY));
        let down = dual.add_var(capacity.falls(cell) * share, (0.0, f64::INFINITY));
        terms.extend([(up, 1.0), (down, -1.0)]);
        let goal = if cell == demand.cell { demand.change.signum() as f64 } else { 0.0 };
        dual.add_constraint(terms, ComparisonOp::Eq, goal);
        bounds.push((cell, up, down));
    }
    let solution = dual.solve().ok()?.into_solution().ok()?;
    let carried = |(cell, up, down): (usize, Variable, Variable)| {
        (cell, capacity.rises * solution.var_value(up) + capacity.falls(cell) * solution.var_value(down))
    };
    let cut = capacity.cut(bounds.into_iter().map(carried).collect())?;
    (cut.violation(withheld) > TOLERANCE).then_some(cut)
}
