//! The attacker: what anybody can deduce from published cells and sums about those withheld.
//!
//! It must know nothing but what is public. It shares neither code nor state with the search for a pattern, so that it can judge
//! it: a mistake there shows here, and nothing is released.

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOptions, Variable};

use super::system::{CellId, LinkedSystem, Sum};

/// What is public: cells, published or withheld, and the sums that tie them.
#[derive(Debug, Clone, Default)]
pub struct PublicView {
    known: Vec<Option<i64>>,
    sums: Vec<Sum>,
}

/// What can be said of a withheld count: it is an integer from `least` to `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The smallest value.
    pub least: u64,
    /// The largest value; `None` when there is no bound.
    pub most: Option<u64>,
}

/// The public view cannot be examined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// No counts satisfy the sums.
    #[error("no counts satisfy the published sums")]
    Inconsistent,
    /// The solver gave no answer.
    #[error("the linear solver failed: {reason}")]
    Solver {
        /// What it said.
        reason: String,
    },
}

/// How far a value of the solver may be from the number that it stands for.
const TOLERANCE: f64 = 1e-6;

/// Branching of the search for whole counts, which only systems that are no network ever need.
const INTEGER_NODES: u64 = 2_000;

impl PublicView {
    /// A view without cells.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is public of a system when these cells are withheld.
    pub(super) fn of(system: &LinkedSystem, withheld: &[bool]) -> Self {
        let known = system.counts.iter().zip(withheld).map(|(count, withheld)| (!withheld).then_some(*count));
        Self { known: known.collect(), sums: system.sums.clone() }
    }

    /// Adds a published cell. Counts above `i32::MAX` are taken as that.
    pub fn add_published(&mut self, count: u64) -> CellId {
        self.known.push(Some(i64::from(i32::try_from(count).unwrap_or(i32::MAX))));
        CellId(self.known.len() - 1)
    }

    /// Adds a withheld cell.
    pub fn add_withheld(&mut self) -> CellId {
        self.known.push(None);
        CellId(self.known.len() - 1)
    }

    /// Says that a total is the sum of its parts.
    pub fn add_sum(&mut self, total: CellId, parts: &[CellId]) {
        self.sums.push(Sum::new(total, parts));
    }

    /// What can be deduced about each withheld cell, by two linear programs each.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn intervals(&self) -> Result<Vec<(CellId, Interval)>, AuditError> {
        let withheld = (0..self.known.len()).filter(|cell| self.known[*cell].is_none());
        withheld.map(|cell| self.interval(CellId(cell)).map(|interval| (CellId(cell), interval))).collect()
    }

    /// What can be deduced about one cell.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn interval(&self, cell: CellId) -> Result<Interval, AuditError> {
        if let Some(count) = self.known[cell.0] {
            let count = u64::try_from(count).map_err(|_| AuditError::Inconsistent)?;
            return Ok(Interval { least: count, most: Some(count) });
        }
        let extreme = |direction: OptimizationDirection| {
            let goal = |other: usize| if other == cell.0 { 1.0 } else { 0.0 };
            match Attack::new(self, direction, goal, None, false).solve() {
                Ok(values) => Ok(Some(values[cell.0])),
                Err(Error::Unbounded) => Ok(None),
                Err(Error::Infeasible) => Err(AuditError::Inconsistent),
                Err(error) => Err(AuditError::Solver { reason: error.to_string() }),
            }
        };
        let least = extreme(OptimizationDirection::Minimize)?.ok_or(AuditError::Inconsistent)?;
        let most = extreme(OptimizationDirection::Maximize)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to sums of counts")]
        let whole = |value: f64| value.max(0.0) as u64;
        Ok(Interval {
            least: whole((least - TOLERANCE).ceil()),
            most: most.map(|most| whole((most + TOLERANCE).floor())),
        })
    }

    /// Those of the cells that could not be anything from zero to the threshold: for each of the others there are whole tables,
    /// consistent with all that is public, in which it is zero and in which it is the threshold or more.
    ///
    /// Tables found for one cell are looked up for all others, so that few programs are solved.
    pub fn given_away(&self, cells: &[CellId], threshold: u32) -> Vec<CellId> {
        let threshold = i64::from(threshold);
        let of_zero = self.without_example(cells, OptimizationDirection::Minimize, threshold);
        let of_threshold = self.without_example(cells, OptimizationDirection::Maximize, threshold);
        cells.iter().copied().filter(|cell| of_zero.contains(cell) || of_threshold.contains(cell)).collect()
    }

    /// Cells for which no table shows the lower, or upper, end.
    fn without_example(&self, cells: &[CellId], direction: OptimizationDirection, threshold: i64) -> Vec<CellId> {
        let reached = |count: i64| match direction {
            OptimizationDirection::Minimize => count == 0,
            OptimizationDirection::Maximize => count >= threshold,
        };
        let mut open: Vec<CellId> =
            cells.iter().copied().filter(|cell| self.known[cell.0].is_none_or(|count| !reached(count))).collect();
        // All together, as long as that shows something.
        while !open.is_empty() {
            let before = open.len();
            let Some(table) = self.table(direction, &open, threshold) else { break };
            open.retain(|cell| !reached(table[cell.0]));
            if open.len() == before {
                break;
            }
        }
        // Then one by one, hence exactly.
        let mut given_away = Vec::new();
        while let Some(cell) = open.pop() {
            match self.table(direction, &[cell], threshold) {
                Some(table) if reached(table[cell.0]) => open.retain(|other| !reached(table[other.0])),
                _ => given_away.push(cell),
            }
        }
        given_away
    }

    /// A table of whole counts with the smallest sum of these cells, or the largest when each counts up to the threshold.
    fn table(&self, direction: OptimizationDirection, cells: &[CellId], threshold: i64) -> Option<Vec<i64>> {
        let mut goals = vec![0.0; self.known.len()];
        for cell in cells {
            goals[cell.0] = 1.0;
        }
        let cap = (direction == OptimizationDirection::Maximize).then_some(threshold);
        [false, true].into_iter().find_map(|integer| {
            let attack = Attack::new(self, direction, |cell| goals[cell], cap, integer);
            #[expect(clippy::cast_possible_truncation, reason = "verified below")]
            let table: Vec<i64> = attack.solve().ok()?.into_iter().map(|value| value.round() as i64).collect();
            let consistent = self.known.iter().zip(&table).all(|(known, count)| match known {
                Some(known) => known == count,
                None => *count >= 0,
            });
            (consistent && self.sums.iter().all(|sum| sum.residue(|cell| table[cell]) == 0)).then_some(table)
        })
    }
}

/// A program over the withheld counts.
struct Attack<'a> {
    view: &'a PublicView,
    problem: Problem,
    /// For each withheld cell, the part that counts for the goal and the rest.
    variables: Vec<Option<(Variable, Option<Variable>)>>,
}

impl<'a> Attack<'a> {
    /// With a cap, what a cell has above it does not count for the goal.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
    fn new(
        view: &'a PublicView,
        direction: OptimizationDirection,
        goal: impl Fn(usize) -> f64,
        cap: Option<i64>,
        integer: bool,
    ) -> Self {
        let mut problem = Problem::new(direction);
        let mut add = |goal: f64, most: i64| {
            if integer {
                problem.add_integer_var(goal, (0, i32::try_from(most).unwrap_or(i32::MAX)))
            } else {
                problem.add_var(goal, (0.0, if most == i64::MAX { f64::INFINITY } else { most as f64 }))
            }
        };
        let variables: Vec<_> = (0..view.known.len())
            .map(|cell| {
                if view.known[cell].is_some() {
                    return None;
                }
                let goal = goal(cell);
                Some(match cap.filter(|_| goal > 0.0) {
                    Some(cap) => (add(goal, cap), Some(add(0.0, i64::MAX))),
                    None => (add(goal, i64::MAX), None),
                })
            })
            .collect();
        for sum in &view.sums {
            let mut terms = Vec::new();
            let mut known = 0;
            for (cell, sign) in &sum.terms {
                match (variables[*cell], view.known[*cell]) {
                    (Some((part, rest)), _) => {
                        terms.extend([Some(part), rest].into_iter().flatten().map(|part| (part, *sign as f64)));
                    }
                    (None, count) => known += sign * count.unwrap_or(0),
                }
            }
            if !terms.is_empty() {
                problem.add_constraint(terms, ComparisonOp::Eq, -known as f64);
            }
        }
        Self { view, problem, variables }
    }

    /// The value of every cell.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^31")]
    fn solve(&self) -> Result<Vec<f64>, Error> {
        let mut options = SolveOptions::default();
        options.node_limit = Some(INTEGER_NODES);
        let outcome = self.problem.solve_with(options)?;
        let interrupted = || Error::InternalError("the search was interrupted".to_owned());
        let solution = outcome.into_solution().map_err(|_| interrupted())?;
        let value = |variable: Variable| solution.var_value(variable);
        Ok((0..self.variables.len())
            .map(|cell| match self.variables[cell] {
                Some((part, rest)) => value(part) + rest.map_or(0.0, value),
                None => self.view.known[cell].unwrap_or(0) as f64,
            })
            .collect())
    }
}
