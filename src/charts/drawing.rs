//! A drawing: shapes in user units, in the order in which they cover each other.

use crate::color::{Color, INK};
use crate::text;

/// Size of all text on a drawing. At 17 in 360, it is 12 CSS pixels in a figure of 256, what a telephone of 320 leaves.
pub(crate) const TEXT_SIZE: f64 = 17.0;
/// From one line of text to the next.
pub(crate) const LINE: f64 = 21.0;
/// How far a text reaches above and below its baseline, relative to its size.
const ASCENT: f64 = 0.75;
#[cfg(test)]
const DESCENT: f64 = 0.22;

/// For which page a chart is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A telephone, a column: 360 units wide, labels above their marks.
    Narrow,
    /// A sheet of paper, a slide: 720 units wide, labels beside their marks.
    Wide,
}

impl Layout {
    /// Width in user units.
    pub fn width(self) -> f64 {
        match self {
            Self::Narrow => 360.0,
            Self::Wide => 720.0,
        }
    }
}

/// How an area is filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fill {
    Empty,
    Plain(Color),
    /// Slanted lines on white.
    Hatched,
}

/// A line around an area, or by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    pub(crate) width: f64,
    pub(crate) dashed: bool,
}

impl Stroke {
    pub(crate) fn new(color: Color, width: f64) -> Self {
        Self { color, width, dashed: false }
    }

    pub(crate) fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) color: Color,
}

pub(crate) const PLAIN: Style = Style { size: TEXT_SIZE, bold: false, color: INK };
pub(crate) const STRONG: Style = Style { size: TEXT_SIZE, bold: true, color: INK };

impl Style {
    pub(crate) fn colored(self, color: Color) -> Self {
        Self { color, ..self }
    }

    pub(crate) fn width(self, line: &str) -> f64 {
        text::width(&text::drawable(line), self.size, self.bold)
    }

    pub(crate) fn wrap(self, words: &str, room: f64) -> Vec<String> {
        text::wrap(words, room, self.size, self.bold)
    }
}

/// One shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Rect {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
        fill: Fill,
        stroke: Option<Stroke>,
    },
    Line {
        from: (f64, f64),
        to: (f64, f64),
        stroke: Stroke,
    },
    Circle {
        center: (f64, f64),
        radius: f64,
        fill: Fill,
        stroke: Option<Stroke>,
    },
    /// Closed rings, filled by the even-odd rule.
    Area {
        rings: Vec<Vec<(f64, f64)>>,
        fill: Fill,
        stroke: Option<Stroke>,
    },
    /// A line of text that starts at `x`, on a baseline.
    Text {
        x: f64,
        baseline: f64,
        text: String,
        style: Style,
    },
}

/// Shapes on an area.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) shapes: Vec<Shape>,
}

impl Drawing {
    pub(crate) fn new(width: f64) -> Self {
        Self { width, height: 0.0, shapes: Vec::new() }
    }

    /// Writes a line from `x`; `top` is where its capitals begin.
    pub(crate) fn text(&mut self, x: f64, top: f64, text: &str, style: Style) {
        let text = text::drawable(text);
        self.shapes.push(Shape::Text { x, baseline: top + ASCENT * style.size, text, style });
    }

    /// Writes a line that ends at `x`.
    pub(crate) fn text_before(&mut self, x: f64, top: f64, text: &str, style: Style) {
        self.text(x - style.width(text), top, text, style);
    }

    /// Writes a line around `x`, moved as far as it takes to stay on the drawing.
    pub(crate) fn text_around(&mut self, x: f64, top: f64, text: &str, style: Style) {
        let width = style.width(text);
        self.text((x - width / 2.0).clamp(0.0, (self.width - width).max(0.0)), top, text, style);
    }

    /// Writes lines one under the other and returns where the next one would begin.
    pub(crate) fn lines(&mut self, x: f64, top: f64, lines: &[String], style: Style) -> f64 {
        let mut y = top;
        for line in lines {
            self.text(x, y, line, style);
            y += line_height(style);
        }
        y
    }

    /// Writes at the bottom, over as many lines as it takes.
    pub(crate) fn paragraph(&mut self, text: &str, style: Style) {
        let lines = style.wrap(text, self.width);
        self.height = self.lines(0.0, self.height, &lines, style);
    }

    pub(crate) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: Fill, stroke: Option<Stroke>) {
        self.shapes.push(Shape::Rect { x, y, width: width.max(0.0), height: height.max(0.0), fill, stroke });
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.shapes.push(Shape::Line { from, to, stroke });
    }

    pub(crate) fn circle(&mut self, center: (f64, f64), radius: f64, fill: Fill, stroke: Option<Stroke>) {
        self.shapes.push(Shape::Circle { center, radius, fill, stroke });
    }

    pub(crate) fn area(&mut self, rings: Vec<Vec<(f64, f64)>>, fill: Fill, stroke: Option<Stroke>) {
        self.shapes.push(Shape::Area { rings, fill, stroke });
    }

    /// An interval: a line from one end to the other, with a stop at each.
    pub(crate) fn interval(&mut self, (low, high): (f64, f64), y: f64, stop: f64) {
        let stroke = Stroke::new(INK, 2.0);
        self.line((low, y), (high, y), stroke);
        for x in [low, high] {
            self.line((x, y - stop), (x, y + stop), stroke);
        }
    }

    /// Puts another drawing at the bottom of this one.
    pub(crate) fn append(&mut self, other: Self) {
        let down = self.height;
        self.height += other.height;
        self.shapes.extend(other.shapes.into_iter().map(|shape| shape.moved(0.0, down)));
    }

    /// The same on a larger sheet.
    pub(crate) fn with_margin(self, margin: f64) -> Self {
        Self {
            width: self.width + 2.0 * margin,
            height: self.height + 2.0 * margin,
            shapes: self.shapes.into_iter().map(|shape| shape.moved(margin, margin)).collect(),
        }
    }
}

pub(crate) fn line_height(style: Style) -> f64 {
    (style.size * LINE / TEXT_SIZE).round()
}

impl Shape {
    fn moved(self, right: f64, down: f64) -> Self {
        let moved = |(x, y): (f64, f64)| (x + right, y + down);
        match self {
            Self::Rect { x, y, width, height, fill, stroke } => {
                Self::Rect { x: x + right, y: y + down, width, height, fill, stroke }
            }
            Self::Line { from, to, stroke } => Self::Line { from: moved(from), to: moved(to), stroke },
            Self::Circle { center, radius, fill, stroke } => {
                Self::Circle { center: moved(center), radius, fill, stroke }
            }
            Self::Area { rings, fill, stroke } => {
                let rings = rings.into_iter().map(|ring| ring.into_iter().map(moved).collect()).collect();
                Self::Area { rings, fill, stroke }
            }
            Self::Text { x, baseline, text, style } => {
                Self::Text { x: x + right, baseline: baseline + down, text, style }
            }
        }
    }
}

/// A share as a length along `width`.
pub(crate) fn along(share: f64, width: f64) -> f64 {
    share.clamp(0.0, 1.0) * width
}

/// The box of a text: left, top, right, bottom.
#[cfg(test)]
pub(crate) fn text_box(shape: &Shape) -> Option<[f64; 4]> {
    let Shape::Text { x, baseline, text, style, .. } = shape else { return None };
    Some([*x, baseline - ASCENT * style.size, x + style.width(text), baseline + DESCENT * style.size])
}
