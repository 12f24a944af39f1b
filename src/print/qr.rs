//! A link as a QR code: the matrix, and its outline on paper.

use krilla::geom::{Path, PathBuilder, Rect, Transform};
use qrcode::{Color, EcLevel, QrCode};

use crate::error::PrintError;

/// White modules that ISO/IEC 18004 asks for on every side.
pub(crate) const QUIET_MODULES: f32 = 4.0;

/// Version 14 (73 modules): on a letter, a module is then 0.55 mm wide, which old telephones still read.
const MOST_MODULES: usize = 73;

/// A QR code with error correction M (15 %), dark modules as `true`, row by row.
pub(crate) struct Qr {
    width: usize,
    modules: Vec<bool>,
}

impl Qr {
    pub(crate) fn new(link: &str) -> Result<Self, PrintError> {
        let too_long = PrintError::LinkTooLong { bytes: link.len() };
        let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::M) else { return Err(too_long) };
        if code.width() > MOST_MODULES {
            return Err(too_long);
        }
        let width = code.width();
        Ok(Self { width, modules: code.into_colors().into_iter().map(|color| color == Color::Dark).collect() })
    }

    /// Width of the quiet zone, for a symbol `side` wide.
    pub(crate) fn quiet(&self, side: f32) -> f32 {
        QUIET_MODULES * side / self.modules_across()
    }

    /// The dark modules as one path in units of modules, and the transform that makes the symbol `side` wide. One path
    /// for all, so that no white seams show between neighbours.
    pub(crate) fn path(&self, left: f32, top: f32, side: f32) -> (Path, Transform) {
        let mut path = PathBuilder::new();
        for (x, y, length) in self.dark_runs() {
            path.push_rect(Rect::from_xywh(units(x), units(y), units(length), 1.0).expect("a run has a module"));
        }
        let scale = side / self.modules_across();
        let transform = Transform::from_row(scale, 0.0, 0.0, scale, left, top);
        (path.finish().expect("a QR code has dark modules"), transform)
    }

    /// Dark neighbours in a row: column, row, and how many.
    fn dark_runs(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.modules.chunks(self.width).enumerate().flat_map(|(y, row)| {
            let mut end = 0;
            row.chunk_by(|left, right| left == right).filter_map(move |run| {
                end += run.len();
                run[0].then_some((end - run.len(), y, run.len()))
            })
        })
    }

    fn modules_across(&self) -> f32 {
        units(self.width)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a QR code is at most 177 modules wide")]
fn units(modules: usize) -> f32 {
    modules as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://sante.exemple.fr/s/mauges-2026#k=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU&c=7K3M-9QZT-4H2X-B";

    /// Reads what is drawn, not what was computed.
    fn decode(qr: &Qr) -> String {
        let mut paper = vec![false; qr.width * qr.width];
        for (x, y, length) in qr.dark_runs() {
            paper[y * qr.width + x..][..length].fill(true);
        }
        let grid = rqrr::SimpleGrid::from_func(qr.width, |x, y| paper[y * qr.width + x]);
        rqrr::Grid::new(grid).decode().expect("a readable QR code").1
    }

    #[test]
    fn the_qr_code_holds_exactly_the_link() {
        for link in [LINK, "https://a.fr/s/é#c=0", &LINK.to_uppercase()] {
            assert_eq!(decode(&Qr::new(link).expect("a short link")), link);
        }
    }

    #[test]
    fn the_symbol_has_the_size_that_was_asked_for() {
        let qr = Qr::new(LINK).expect("a short link");
        assert_eq!(qr.width, 45);
        let (_, transform) = qr.path(10.0, 20.0, 90.0);
        assert_eq!(transform, Transform::from_row(2.0, 0.0, 0.0, 2.0, 10.0, 20.0));
        assert!((qr.quiet(90.0) - 8.0).abs() < 1e-6);
    }

    #[test]
    fn a_link_whose_modules_would_be_tiny_is_refused_without_being_shown() {
        let link = "x".repeat(400);
        let error = Qr::new(&link).err().expect("an error");
        assert_eq!(error, PrintError::LinkTooLong { bytes: 400 });
        assert!(!error.to_string().contains("xxx"));
    }
}
