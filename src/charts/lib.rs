//! Charts: published tables in, drawings out.
//!
//! A [`Chart`] is drawn in two layouts ([`Layout`]): for a telephone's width, where its text is never smaller than 12 points,
//! and for a sheet of paper. [`Chart::drawing`] is the SVG for a page that has the [`Caption`] as text; [`Chart::svg`] and
//! [`Chart::png`] are files that carry the caption in them. Each has `role="img"`, a title that says what was found and a
//! description with every published value, so that it means the same to who hears it.
//!
//! Nothing here can see a raw count: the input is a [`isoloir_disclosure::ReleaseTable`], and what is public anyway (census,
//! geography).

mod bars;
mod caption;
mod chart;
mod color;
mod crossing;
mod dots;
mod drawing;
mod finding;
mod geography;
mod lane;
mod likert;
mod map;
mod non_response;
mod participation;
mod png;
mod pyramid;
mod svg;
mod text;
mod waves;
mod wording;

#[cfg(test)]
mod tests;

pub use bars::bars;
pub use caption::{Caption, Context, sentence};
pub use chart::Chart;
pub use crossing::Crossing;
pub use dots::dots;
pub use drawing::Layout;
pub use finding::{finding, finding_at_length};
pub use geography::{Geography, GeographyError};
pub use likert::{Heading, likert, likert_by};
pub use map::choropleth;
pub use non_response::non_response;
pub use participation::{Denominator, Participation, participation};
pub use png::{ChartError, pngs};
pub use pyramid::{Pyramid, PyramidBand, PyramidGroup, pyramid};
pub use waves::{WaveChange, Waves, waves};
pub use wording::{between, percent, percent_bare, sorted_columns};
