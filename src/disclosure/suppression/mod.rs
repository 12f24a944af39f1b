//! Suppression: exact counts for a fixed annex, with the small ones withheld and enough others for nobody to recover them.
//!
//! Counts from 1 to 10 are withheld (**primary** suppression). Since tables have totals, others must be withheld with them
//! (**complementary** suppression), or a subtraction would give them back. [`suppress`] chooses as few of those as it can over
//! a [`LinkedSystem`]: all tables, what they share, and what earlier editions published, in one system of sums.
//!
//! # Guarantee
//! For every count n withheld with 0 < n < 11, and for every such count that is published nowhere but could be had by
//! subtraction, there is a table of whole non-negative counts, consistent with all published cells and sums, in which it is 0,
//! and another in which it is 11 or more. In the words of the field, the lower protection level is n and the upper one 11 − n
//! (Hundepool and others, *Statistical Disclosure Control*, Wiley 2012, section 4.3). [`PublicView::given_away`] looks for
//! these tables from the public side alone, in integers, and nothing comes out of [`suppress`] that it finds fault with.
//!
//! # What is not guaranteed
//! - Each count is protected against whoever knows only what is published. Someone who knows some of the withheld counts
//!   (the one respondent behind a 1, say) may narrow others: the interval that holds for a stranger is from 0 to 11 at least,
//!   theirs may not.
//! - Whoever knows that zeros are published knows that a withheld cell is at least 1, and that some withheld cells are under 11.
//!   Which ones is not told: primary and complementary cells look the same.
//! - Zeros are published, unless [`SuppressionRule::withhold_zeros`] says otherwise: that nobody in a commune gave an answer.
//! - Unanimity is not hidden: a cell equal to its total is published with it when it is not small.
//! - What the cell-key method publishes of the same respondents is not in the system. A question goes into the catalogue or
//!   into the annex, not into both.
//!
//! # Worked example
//! Two communes, two answers. Withholding the 3 alone would be useless, since 20 − 17 = 3.
//!
//! | | oui | non | total |       | | oui | non | total |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | Sèvremoine | 3 | 17 | 20 | → | Sèvremoine | c | c | 20 |
//! | Mauges-sur-Loire | 25 | 40 | 65 | → | Mauges-sur-Loire | c | c | 65 |
//! | total | 28 | 57 | 85 | → | total | 28 | 57 | 85 |
//!
//! ```
//! use isoloir_disclosure::suppression::{Fate, LinkedSystem, Standing, SuppressionRule, suppress};
//!
//! let mut system = LinkedSystem::new();
//! let counts = [[3, 17, 20], [25, 40, 65], [28, 57, 85]];
//! let cells = counts.map(|row| row.map(|count| system.add_cell(count, Standing::Open)));
//! for row in &cells {
//!     system.add_sum(row[2], &row[..2])?;
//! }
//! for column in 0..3 {
//!     system.add_sum(cells[2][column], &[cells[0][column], cells[1][column]])?;
//! }
//! let pattern = suppress(&system, SuppressionRule::default())?;
//! assert_eq!(pattern.fate(cells[0][0]), Fate::Primary);
//! assert_eq!(pattern.fate(cells[1][1]), Fate::Complementary);
//! assert_eq!(pattern.count(Fate::Complementary), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod annex;
mod audit;
mod cover;
mod cuts;
mod flow;
mod linking;
mod moves;
mod optimum;
mod system;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use cover::{Cover, Task, Totals};

pub use annex::{
    Annex, AnnexCount, AnnexError, AnnexPattern, AnnexRow, AnnexTable, Category, EarlierAnnex, Nesting,
    protect_by_suppression,
};
pub use audit::{AuditError, Interval, PublicView};
pub use system::{CellId, LinkedSystem, Standing, SumError};

/// What is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuppressionRule {
    /// Counts under this are withheld.
    pub threshold: u32,
    /// Whether zeros are withheld like small counts; otherwise they are published.
    pub withhold_zeros: bool,
}

impl Default for SuppressionRule {
    /// Counts from 1 to 10 are withheld, zeros are published.
    fn default() -> Self {
        Self { threshold: 11, withhold_zeros: false }
    }
}

/// What becomes of a cell. Only the difference between published and not may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is published.
    Published,
    /// It is withheld because it is small.
    Primary,
    /// It is withheld because it would give another away.
    Complementary,
    /// It was never to be published: [`Standing::Hidden`].
    Hidden,
}

/// What becomes of each cell of a system.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    fates: Vec<Fate>,
    smallest: bool,
}

impl Pattern {
    /// What becomes of a cell.
    pub fn fate(&self, cell: CellId) -> Fate {
        self.fates[cell.0]
    }

    /// The fates, in the order in which cells were added.
    pub fn fates(&self) -> &[Fate] {
        &self.fates
    }

    /// How many cells have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.fates.iter().filter(|other| **other == fate).count()
    }

    /// Whether no pattern that publishes the same totals withholds fewer cells; when `false`, one might.
    pub fn is_smallest(&self) -> bool {
        self.smallest
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pattern({} of {} cells published)", self.count(Fate::Published), self.fates.len())
    }
}

/// No pattern could be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuppressionError {
    /// A small count follows from what is public already, whatever is withheld now.
    #[error("cell {cell} is given away by what is public already")]
    GivenAwayAlready {
        /// Index of the cell.
        cell: usize,
    },
    /// The audit found a fault in the pattern: a fault in this crate.
    #[error("the audit refuses the pattern: cell {cell} could be deduced")]
    Refused {
        /// Index of the cell.
        cell: usize,
    },
}

impl SuppressionError {
    /// The same error about a cell of the system that a component is part of.
    fn renamed(self, members: &[usize]) -> Self {
        match self {
            Self::GivenAwayAlready { cell } => Self::GivenAwayAlready { cell: members[cell] },
            Self::Refused { cell } => Self::Refused { cell: members[cell] },
        }
    }
}

/// Chooses what to withhold: as few cells as it can, and no total that is part of no other, such as all the respondents, unless
/// it is small or nothing else helps. The same system always gets the same pattern, on any number of processors.
///
/// # Errors
/// [`SuppressionError`].
pub fn suppress(system: &LinkedSystem, rule: SuppressionRule) -> Result<Pattern, SuppressionError> {
    let components = system.components();
    let mut pattern = Pattern { fates: vec![Fate::Published; system.len()], smallest: true };
    for (part, (_, members)) in suppress_each(&components, rule).into_iter().zip(&components) {
        let part = part.map_err(|error| error.renamed(members))?;
        pattern.smallest &= part.smallest;
        for (fate, cell) in part.fates.into_iter().zip(members) {
            pattern.fates[*cell] = fate;
        }
    }
    Ok(pattern)
}

/// The pattern of each component, in their order. No sum ties two of them together, so that processors share them.
fn suppress_each(
    components: &[(LinkedSystem, Vec<usize>)],
    rule: SuppressionRule,
) -> Vec<Result<Pattern, SuppressionError>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let indices = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let taken = indices.map_while(|index| Some((index, components.get(index)?)));
        taken.map(|(index, (component, _))| (index, suppress_component(component, rule))).collect::<Vec<_>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(components.len());
    let mut parts = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let results = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        results.flatten().collect::<Vec<_>>()
    });
    parts.sort_unstable_by_key(|(index, _)| *index);
    parts.into_iter().map(|(_, part)| part).collect()
}

fn suppress_component(system: &LinkedSystem, rule: SuppressionRule) -> Result<Pattern, SuppressionError> {
    // Keeping the totals is impossible only where there is little but small counts.
    let kept = Task::new(system, rule, Totals::Kept);
    let (task, cover) = if let Ok(cover) = Cover::build(&kept, &kept.prices()) {
        (kept, cover)
    } else {
        let open = Task::new(system, rule, Totals::Open);
        let cover = Cover::build(&open, &open.prices())?;
        (open, cover)
    };
    let smallest = optimum::smallest(&task, cover);
    let withheld = smallest.cover.withheld;
    let mut small: Vec<CellId> = task.demands.iter().map(|demand| CellId(demand.cell)).collect();
    small.sort_unstable();
    small.dedup();
    if let Some(cell) = PublicView::of(system, &withheld).given_away(&small, rule.threshold).first() {
        return Err(SuppressionError::Refused { cell: cell.0 });
    }
    let fate = |cell: usize| match (system.standings[cell], withheld[cell], task.required[cell]) {
        (Standing::Hidden, _, _) => Fate::Hidden,
        (_, false, _) => Fate::Published,
        (_, true, true) => Fate::Primary,
        (_, true, false) => Fate::Complementary,
    };
    Ok(Pattern { fates: (0..system.len()).map(fate).collect(), smallest: smallest.proven })
}

#[cfg(test)]
mod annex_tests;
#[cfg(test)]
mod tests;
