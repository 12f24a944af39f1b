//! What stands where on a sheet of A4, in reading order. Lengths are in points from the top left corner.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Rect};
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;

use crate::text::{Fonts, Line};

pub(crate) const WIDTH: f32 = mm(210.0);
pub(crate) const HEIGHT: f32 = mm(297.0);

/// How far, on either side of an end, the control points of a quarter of a circle are, as a share of the radius.
const KAPPA: f32 = 0.552_284_7;

/// Millimetres in points.
pub(crate) const fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// One accent, dark enough to be read once it is printed in grey: its contrast with white is 7.6.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Ink,
    Accent,
    Paper,
    Faint,
    /// Small print that only some need: its contrast with white is 5.9.
    Grey,
}

impl Colour {
    fn rgb(self) -> rgb::Color {
        match self {
            Self::Ink => rgb::Color::new(0, 0, 0),
            Self::Accent => rgb::Color::new(0x0b, 0x5c, 0x58),
            Self::Paper => rgb::Color::new(0xff, 0xff, 0xff),
            Self::Faint => rgb::Color::new(0xa0, 0xa0, 0xa0),
            Self::Grey => rgb::Color::new(0x66, 0x66, 0x66),
        }
    }

    pub(crate) fn fill(self) -> Fill {
        Fill { paint: self.rgb().into(), ..Fill::default() }
    }
}

/// A rectangle of the sheet.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Area {
    pub(crate) fn square(left: f32, top: f32, side: f32) -> Self {
        Self { left, top, width: side, height: side }
    }

    pub(crate) fn bottom(self) -> f32 {
        self.top + self.height
    }

    pub(crate) fn rect(self) -> Rect {
        Rect::from_xywh(self.left, self.top, self.width, self.height).expect("a positive area")
    }

    /// With round corners; half the width makes a disc of a square.
    fn rounded(self, radius: f32) -> Path {
        let (left, top, right, bottom) = (self.left, self.top, self.left + self.width, self.bottom());
        let pull = radius * (1.0 - KAPPA);
        let mut path = PathBuilder::new();
        path.move_to(left + radius, top);
        path.line_to(right - radius, top);
        path.cubic_to(right - pull, top, right, top + pull, right, top + radius);
        path.line_to(right, bottom - radius);
        path.cubic_to(right, bottom - pull, right - pull, bottom, right - radius, bottom);
        path.line_to(left + radius, bottom);
        path.cubic_to(left + pull, bottom, left, bottom - pull, left, bottom - radius);
        path.line_to(left, top + radius);
        path.cubic_to(left, top + pull, left + pull, top, left + radius, top);
        path.close();
        path.finish().expect("a path with corners")
    }
}

/// What says nothing: rules, frames, marks. Screen readers pass over it.
#[derive(Clone)]
pub(crate) enum Ornament {
    Bar(Area, Colour),
    Disc(Area, Colour),
    Frame(Area, f32),
    /// A box to tick or to write in.
    Tick(Area, f32),
}

impl Ornament {
    /// The same, so much lower.
    pub(crate) fn lowered(self, by: f32) -> Self {
        let lower = |area: Area| Area { top: area.top + by, ..area };
        match self {
            Self::Bar(area, colour) => Self::Bar(lower(area), colour),
            Self::Disc(area, colour) => Self::Disc(lower(area), colour),
            Self::Frame(area, width) => Self::Frame(lower(area), width),
            Self::Tick(area, width) => Self::Tick(lower(area), width),
        }
    }

    pub(crate) fn draw(&self, surface: &mut Surface) {
        let (path, fill, stroke) = match *self {
            Self::Bar(area, colour) => (area.rounded(0.0), Some(colour.fill()), None),
            Self::Disc(area, colour) => (area.rounded(area.width / 2.0), Some(colour.fill()), None),
            Self::Frame(area, width) => {
                let stroke = Stroke { paint: Colour::Accent.rgb().into(), width, ..Stroke::default() };
                (area.rounded(mm(2.0)), None, Some(stroke))
            }
            Self::Tick(area, width) => {
                let stroke = Stroke { paint: Colour::Ink.rgb().into(), width, ..Stroke::default() };
                (area.rounded(0.6), None, Some(stroke))
            }
        };
        surface.set_fill(fill);
        surface.set_stroke(stroke);
        surface.draw_path(&path);
        surface.set_stroke(None);
    }
}

/// What a text is, for those who do not see it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// A heading of the given level, with its text.
    Heading(u16, String),
    Paragraph,
    /// An item of a list; those that follow each other make one list.
    Item,
}

/// A line with its place.
#[derive(Clone)]
pub(crate) struct Placed {
    pub(crate) line: Line,
    pub(crate) x: f32,
    pub(crate) baseline: f32,
    pub(crate) size: f32,
    pub(crate) colour: Colour,
}

impl Placed {
    pub(crate) fn draw(&self, surface: &mut Surface, fonts: &Fonts) {
        surface.set_fill(Some(self.colour.fill()));
        self.line.draw(surface, fonts, self.x, self.baseline, self.size);
    }

    /// From the top of accented capitals to the end of descenders.
    #[cfg(test)]
    pub(crate) fn area(&self) -> Area {
        let Self { x, baseline, size, .. } = *self;
        Area { left: x, top: baseline - 0.9 * size, width: self.line.width(size), height: 1.13 * size }
    }
}

/// What says something.
pub(crate) enum Item {
    /// The same on all sheets.
    Text(Role, Vec<Placed>),
    /// The place of the QR code, without its quiet zone.
    Qr(Area),
    /// The place of the code, in the middle of which it stands.
    Code(Area),
}

/// A sheet with places for what differs from one to the next.
#[derive(Default)]
pub(crate) struct Sheet {
    pub(crate) ornaments: Vec<Ornament>,
    /// In reading order.
    pub(crate) items: Vec<Item>,
}
