//! Survey statistics: counts in, weights, estimates, intervals and tests out.
//!
//! Everything is computed from a [`Cube`], the counts of answers by weighting cell (territory × age band × sex): the weight is
//! constant within a cell, so that no response is read twice. [`count`] makes it of columns of bytes. [`rake`] makes the [`Weights`]; a
//! [`Breakdown`] groups cells into rows; [`Tables`] holds every question by those rows, in one pass over the cube; an [`Answers`]
//! is one question in one row, from which shares come with their variances.
//!
//! What comes out is not protected: it goes to disclosure control, and nowhere else.
//!
//! # Invariants
//! - Counts are integers and cubes add: cube(A ∪ B) = cube(A) + cube(B). The order of respondents is irrelevant.
//! - n is the full size of the design, also where an answer is missing: those who answered are a domain.
//! - Multiplying all weights by a constant changes no share, standard error or test.
//! - A breakdown that carries no weight extends the frame by a dimension ([`Frame::extended`]): its cube has the joint counts.
//!
//! # Example
//! ```
//! use isoloir_statistics::{Answer, Cube, Dimension, Frame, Layout, Margin, Tables, Target, rake};
//!
//! let sexe = Dimension { name: "sexe".into(), categories: vec!["femmes".into(), "hommes".into()] };
//! let frame = Frame::new(vec![sexe])?;
//! let mut cube = Cube::empty(frame.clone(), Layout::new(vec![2]));
//! for (sexe, renonce) in [(0, 0), (0, 1), (0, 1), (1, 0)] {
//!     cube.record(sexe, &[Answer::Code(renonce)])?;
//! }
//! let margin = Margin::new(frame.by(0)?, vec![Target::Population(60.0), Target::Population(60.0)], false)?;
//! let (weights, report) = rake(&cube, &[margin], None)?;
//! let everybody = Tables::new(&cube, &weights, &frame.whole())?;
//! let share = everybody.answers(0, 0).and_then(|answers| answers.share(&[1])).ok_or("nobody answered")?;
//! assert!((share.share - 40.0 / 120.0).abs() < 1e-12);
//! assert!(report.discrepancy < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod comparison;
mod count;
mod cube;
mod distributions;
mod frame;
mod margin;
mod matrix;
mod proportion;
mod raking;
mod raking_error;
mod rao_scott;
mod tables;
mod weights;

#[cfg(test)]
mod messy_input;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;

pub use comparison::{Difference, DifferenceTest, compare_shares, holm};
pub use count::{CodeColumn, NOT_SHOWN, SKIPPED, cells_of, count};
pub use cube::{Answer, Cube, CubeError, Layout};
pub use distributions::{chi_square_upper_tail, f_upper_tail, normal_quantile, t_quantile, t_two_sided};
pub use frame::{Breakdown, Dimension, Frame, FrameError};
pub use margin::{Margin, MarginError, Merge, Target};
pub use proportion::{Interval, Method, Proportion};
pub use raking::{ACCEPTED_DISCREPANCY, Excluded, RakingReport, Rescaled, Trimming, TrimmingReport, rake};
pub use raking_error::{EmptyCategory, RakingError};
pub use rao_scott::RaoScott;
pub use tables::{Answers, Headcount, NonResponse, TableError, Tables, WeightedCount};
pub use weights::{WeightSummary, Weights};

/// Equal to twelve digits or so.
#[cfg(test)]
#[track_caller]
fn assert_close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{got} for {expected}");
}
