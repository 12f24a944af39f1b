//! The smallest pattern, as far as the effort goes.
//!
//! Cutting planes: a program over « withheld or not » that knows only some cuts gives a pattern; each demand that the pattern
//! does not meet gives a cut; and so on until none is left, or nothing smaller than the best known cover is left. Fractional
//! patterns come first, since they are quick and tell which cells are worth withholding.

use std::rc::Rc;

use microlp::{
    ComparisonOp, Error, OptimizationDirection, Problem, SolutionStatus, SolveOptions, SolveOutcome, Variable,
};

use super::cover::{Cover, Task};
use super::cuts::{Cut, in_one_sum, is_met_by, separate, slack};
use super::moves::Move;

/// Searches for a violated cut, times cells squared: seconds of one processor at most. Counted rather than timed, so that a
/// system gets the same pattern on every machine.
const EFFORT: usize = 60_000_000;

/// Rounds of cuts on fractional patterns, then on whole ones.
const ROUNDS: usize = 100;

/// Branching of all whole programs together.
const NODES: u64 = 8_000;

/// The best cover found.
pub(super) struct Smallest {
    pub(super) cover: Cover,
    /// Whether no smaller one exists.
    pub(super) proven: bool,
}

/// Looks for a cover smaller than the one known.
pub(super) fn smallest(task: &Task<'_>, known: Cover) -> Smallest {
    let mut master = Master::new(task);
    let mut best = known;
    master.learn(&best);
    // Where not even one search is affordable, no program of that size is solved in good time either.
    if master.searches_left == 0 {
        return Smallest { proven: best.size(task) == 0, cover: best };
    }
    for whole in [false, true] {
        for _ in 0..ROUNDS {
            let pattern = match master.solve(whole, best.size(task)) {
                Outcome::Pattern(pattern) => pattern,
                Outcome::NoneSmaller => return Smallest { cover: best, proven: true },
                Outcome::Unknown => return Smallest { cover: best, proven: false },
            };
            let cut = master.cut_off(&pattern);
            if let Some(built) = cheap_at(task, &pattern, whole) {
                master.learn(&built);
                if built.size(task) < best.size(task) {
                    best = built;
                }
            }
            if best.size(task) <= master.bound {
                return Smallest { cover: best, proven: true };
            }
            match cut {
                CutOff::Yes => {}
                CutOff::MeetsAll => break,
                CutOff::TooMuchEffort => return Smallest { cover: best, proven: false },
            }
        }
    }
    Smallest { cover: best, proven: false }
}

/// A cover that is cheap where a pattern withholds.
fn cheap_at(task: &Task<'_>, pattern: &[f64], whole: bool) -> Option<Cover> {
    let prices: Vec<f64> = task.prices().iter().zip(pattern).map(|(price, share)| price * (1.001 - share)).collect();
    let built = if whole { Cover::within(task, pattern) } else { None };
    built.or_else(|| Cover::build(task, &prices).ok())
}

enum Outcome {
    /// For each cell, from 0 to 1, how much of it is withheld.
    Pattern(Vec<f64>),
    NoneSmaller,
    /// The solver gave up.
    Unknown,
}

enum CutOff {
    Yes,
    MeetsAll,
    TooMuchEffort,
}

/// A number of cells that is no smaller than the value of a program.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of cells")]
fn lower_bound(objective: f64) -> usize {
    (objective - 1e-5).ceil().max(0.0) as usize
}

/// The program over patterns, with the cuts known so far.
struct Master<'a> {
    task: &'a Task<'a>,
    slack: f64,
    cuts: Vec<Cut>,
    /// No cover has fewer complementary cells than this.
    bound: usize,
    /// Moves of the covers that were built: what they show needs no search.
    moves: Vec<Rc<Move>>,
    searches_left: usize,
    nodes_left: u64,
}

impl<'a> Master<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        let slack = slack(task.system);
        let mut cuts = Vec::new();
        for demand in &task.demands {
            let sums = task.sums_of_cells[demand.cell].iter();
            cuts.extend(sums.filter_map(|sum| in_one_sum(task, *demand, *sum, slack)));
        }
        let searches_left = EFFORT / task.system.len().pow(2).max(1);
        Self { task, slack, cuts, bound: 0, moves: Vec::new(), searches_left, nodes_left: NODES }
    }

    /// A smallest pattern that the cuts allow, when it is smaller than the best known cover.
    fn solve(&mut self, whole: bool, best: usize) -> Outcome {
        let task = self.task;
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables: Vec<Option<Variable>> = (0..task.system.len())
            .map(|cell| {
                let open = task.allowed[cell] && !task.required[cell];
                open.then(|| if whole { problem.add_binary_var(1.0) } else { problem.add_var(1.0, (0.0, 1.0)) })
            })
            .collect();
        for cut in &self.cuts {
            let terms = cut.weights.iter().filter_map(|(cell, weight)| variables[*cell].map(|open| (open, *weight)));
            problem.add_constraint(terms.collect::<Vec<_>>(), ComparisonOp::Ge, 1.0);
        }
        self.leave_none_alone(&mut problem, &variables);
        #[expect(clippy::cast_precision_loss, reason = "numbers of cells")]
        let (least, most) = (self.bound as f64, best as f64 - 1.0);
        let all: Vec<(Variable, f64)> = variables.iter().flatten().map(|variable| (*variable, 1.0)).collect();
        problem.add_constraint(all.clone(), ComparisonOp::Ge, least);
        problem.add_constraint(all, ComparisonOp::Le, most);
        let mut options = SolveOptions::default();
        options.node_limit = Some(self.nodes_left);
        let solution = match problem.solve_with(options).map(SolveOutcome::into_solution) {
            Ok(Ok(solution)) => solution,
            Err(Error::Infeasible) => return Outcome::NoneSmaller,
            Ok(Err(_)) | Err(_) => return Outcome::Unknown,
        };
        let value = |variable: Variable| {
            let value = solution.var_value(variable);
            if whole { value.round() } else { value }
        };
        let required = task.required.iter().map(|required| f64::from(u8::from(*required)));
        let pattern = variables.iter().zip(required).map(|(open, required)| open.map_or(required, value)).collect();
        self.nodes_left = self.nodes_left.saturating_sub(solution.stats().nodes_solved);
        if solution.status() == SolutionStatus::Optimal {
            self.bound = self.bound.max(lower_bound(solution.objective()));
        }
        Outcome::Pattern(pattern)
    }

    /// A cell that is withheld alone in a sum is withheld for nothing.
    fn leave_none_alone(&self, problem: &mut Problem, variables: &[Option<Variable>]) {
        for sum in &self.task.system.sums {
            if sum.terms.iter().any(|(cell, _)| self.task.required[*cell]) {
                continue;
            }
            let open: Vec<Variable> = sum.terms.iter().filter_map(|(cell, _)| variables[*cell]).collect();
            for cell in &open {
                let sign = |other: &Variable| if other == cell { -1.0 } else { 1.0 };
                let terms: Vec<_> = open.iter().map(|other| (*other, sign(other))).collect();
                problem.add_constraint(terms, ComparisonOp::Ge, 0.0);
            }
        }
    }

    /// Takes note of the moves of a cover.
    fn learn(&mut self, cover: &Cover) {
        for known in cover.moves() {
            if !self.moves.iter().any(|other| Rc::ptr_eq(other, known) || other == known) {
                self.moves.push(Rc::clone(known));
            }
        }
    }

    /// Adds the cuts that a pattern violates.
    fn cut_off(&mut self, pattern: &[f64]) -> CutOff {
        let before = self.cuts.len();
        for demand in &self.task.demands {
            if self.moves.iter().any(|known| is_met_by(self.task, *demand, pattern, self.slack, known)) {
                continue;
            }
            let Some(left) = self.searches_left.checked_sub(1) else { return CutOff::TooMuchEffort };
            self.searches_left = left;
            self.cuts.extend(separate(self.task, *demand, pattern, self.slack));
        }
        if self.cuts.len() > before { CutOff::Yes } else { CutOff::MeetsAll }
    }
}
