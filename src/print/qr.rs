//! A link as a QR code: the matrix, and its outline on paper.

use krilla::geom::{Path, PathBuilder, Transform};
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::error::PrintError;

/// At least 29 modules, however short the link, so that layouts know the quiet zone beforehand.
const LEAST_VERSION: i16 = 3;
const LEAST_BYTES: usize = 42;
const LEAST_MODULES: f32 = 29.0;

/// The white zone of 4 modules that ISO/IEC 18004 asks for on every side, at most, as a share of the symbol's width.
pub(crate) const QUIET: f32 = 4.0 / LEAST_MODULES;

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
        let code = if link.len() <= LEAST_BYTES {
            QrCode::with_version(link, Version::Normal(LEAST_VERSION), EcLevel::M)
        } else {
            QrCode::with_error_correction_level(link, EcLevel::M)
        };
        let Ok(code) = code else { return Err(too_long) };
        if code.width() > MOST_MODULES {
            return Err(too_long);
        }
        let width = code.width();
        Ok(Self { width, modules: code.into_colors().into_iter().map(|color| color == Color::Dark).collect() })
    }

    /// The outlines of the dark modules as one path in units of modules, and the transform that makes the symbol `side`
    /// wide. Outlines rather than squares: nothing can show white seams between neighbours, and the file is smaller.
    pub(crate) fn path(&self, left: f32, top: f32, side: f32) -> (Path, Transform) {
        let mut path = PathBuilder::new();
        for corners in self.outlines() {
            for (index, (x, y)) in corners.into_iter().enumerate() {
                let (x, y) = (units(x), units(y));
                if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
            }
            path.close();
        }
        let scale = side / units(self.width);
        let transform = Transform::from_row(scale, 0.0, 0.0, scale, left, top);
        (path.finish().expect("a QR code has dark modules"), transform)
    }

    /// The corners of each outline, walked with the dark on the right: clockwise around it, the other way around a hole.
    fn outlines(&self) -> Vec<Vec<Corner>> {
        let mut walked = vec![false; self.modules.len()];
        let mut outlines = Vec::new();
        for start in 0..self.modules.len() {
            let corner = (start % self.width, start / self.width);
            // Every outline has an edge that goes right, along the top of a dark module.
            if !walked[start] && self.goes(corner, Heading::Right) {
                outlines.push(self.walk(corner, &mut walked));
            }
        }
        outlines
    }

    /// Walks along one outline from an edge that goes right, and notes the modules under such edges.
    fn walk(&self, start: Corner, walked: &mut [bool]) -> Vec<Corner> {
        let mut corners = vec![start];
        let (mut at, mut heading) = (start, Heading::Right);
        loop {
            if heading == Heading::Right {
                walked[at.1 * self.width + at.0] = true;
            }
            at = heading.step(at);
            // Turning right first keeps two modules that touch at a corner in two outlines.
            let turns = [heading.right(), heading, heading.right().right().right()];
            let next = turns.into_iter().find(|turn| self.goes(at, *turn)).expect("an outline is closed");
            if at == start && next == Heading::Right {
                return corners;
            }
            if next != heading {
                corners.push(at);
            }
            heading = next;
        }
    }

    /// Whether an outline leaves a corner in this direction: dark on its right, light on its left.
    fn goes(&self, (x, y): Corner, heading: Heading) -> bool {
        // The modules around the corner, from the upper left, clockwise.
        let around = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(dx, dy)| self.dark(x + dx, y + dy));
        let (left, right) = match heading {
            Heading::Right => (1, 2),
            Heading::Down => (2, 3),
            Heading::Left => (3, 0),
            Heading::Up => (0, 1),
        };
        !around[left] && around[right]
    }

    /// Whether a module is dark, with columns and rows counted from 1; around the symbol, all is light.
    fn dark(&self, x: usize, y: usize) -> bool {
        (1..=self.width).contains(&x) && (1..=self.width).contains(&y) && self.modules[(y - 1) * self.width + x - 1]
    }
}

/// A corner of modules: how many are left of it, and above.
type Corner = (usize, usize);

/// Where an outline goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heading {
    Right,
    Down,
    Left,
    Up,
}

impl Heading {
    fn right(self) -> Self {
        match self {
            Self::Right => Self::Down,
            Self::Down => Self::Left,
            Self::Left => Self::Up,
            Self::Up => Self::Right,
        }
    }

    fn step(self, (x, y): Corner) -> Corner {
        match self {
            Self::Right => (x + 1, y),
            Self::Down => (x, y + 1),
            Self::Left => (x - 1, y),
            Self::Up => (x, y - 1),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a QR code is at most 177 modules wide")]
fn units(modules: usize) -> f32 {
    modules as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str =
        "https://sante.exemple.fr/s/mauges-2026#k=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU&c=7K3M-9QZT-4H2X-B";

    /// Reads what is drawn, not what was computed.
    fn decode(qr: &Qr) -> String {
        let mut paper = vec![false; qr.width * qr.width];
        for corners in qr.outlines() {
            // Even-odd: each vertical side turns over all that is to its right.
            for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)).filter(|(from, to)| from.0 == to.0) {
                for y in from.1.min(to.1)..from.1.max(to.1) {
                    paper[y * qr.width..][from.0..qr.width].iter_mut().for_each(|dark| *dark = !*dark);
                }
            }
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
        assert_eq!(qr.width, 41);
        let (_, transform) = qr.path(10.0, 20.0, 82.0);
        assert_eq!(transform, Transform::from_row(2.0, 0.0, 0.0, 2.0, 10.0, 20.0));
        assert_eq!(Qr::new("a").expect("a short link").width, 29);
    }

    #[test]
    fn a_link_whose_modules_would_be_tiny_is_refused_without_being_shown() {
        let link = "x".repeat(400);
        let error = Qr::new(&link).err().expect("an error");
        assert_eq!(error, PrintError::LinkTooLong { bytes: 400 });
        assert!(!error.to_string().contains("xxx"));
    }
}
