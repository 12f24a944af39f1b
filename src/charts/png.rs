//! A drawing as PNG: the SVG, rendered with the embedded font and no other, so that both are one picture.

use std::num::NonZero;
use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::chart::Chart;
use crate::drawing::Layout;
use crate::text::{BOLD, REGULAR};

/// A chart could not be turned into points: it is larger than memory allows, or a fault in this crate.
#[derive(Debug, thiserror::Error)]
#[error("le graphique «\u{a0}{chart}\u{a0}» n’a pas pu être dessiné en PNG\u{a0}: {reason}")]
pub struct ChartError {
    /// Which chart.
    pub chart: String,
    /// What the renderer said.
    pub reason: String,
}

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    Options { fontdb: Arc::new(fonts), font_family: "Atkinson Hyperlegible".to_owned(), ..Options::default() }
});

/// Renders an SVG at so many points per user unit.
pub(crate) fn render(chart: &str, svg: &str, scale: f32) -> Result<Vec<u8>, ChartError> {
    let failed = |reason: String| ChartError { chart: chart.to_owned(), reason };
    let tree = Tree::from_str(svg, &OPTIONS).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(scale).ok_or_else(|| failed("taille nulle".to_owned()))?;
    let pixels = Pixmap::new(size.width(), size.height());
    let mut pixels = pixels.ok_or_else(|| failed(format!("{} × {} points", size.width(), size.height())))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}

/// Charts as PNG, in their order, on all processors: each takes as long as all the rest of its page.
///
/// # Errors
/// [`ChartError`] of the first that cannot be rendered.
pub fn pngs(charts: &[&Chart], layout: Layout, scale: f32) -> Result<Vec<Vec<u8>>, ChartError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = charts.len().div_ceil(threads).max(1);
    let render_all =
        |charts: &[&Chart]| charts.iter().map(|chart| chart.png(layout, scale)).collect::<Result<Vec<_>, _>>();
    std::thread::scope(|scope| {
        let workers: Vec<_> = charts.chunks(share).map(|charts| scope.spawn(move || render_all(charts))).collect();
        let mut rendered = Vec::new();
        for worker in workers {
            rendered.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(rendered)
    })
}
