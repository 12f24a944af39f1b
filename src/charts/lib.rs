//! Charts: a published table in, a drawing out.
//!
//! A chart is an SVG with `role="img"`, a title and a description that say what it shows, so that it means the same to
//! who hears it. It is drawn for a telephone's width and its text is never smaller than 12 points there.
//!
//! Nothing here can see a raw count: the input is a [`isoloir_disclosure::ReleaseTable`].

mod bars;
mod canvas;
mod dots;
mod wording;

pub use bars::bars;
pub use canvas::ChartError;
pub use dots::dots;
pub use wording::{finding, percent, percent_bare, sorted_columns};
