//! A drawing as SVG.
//!
//! Text stays text: it is small, and can be found, selected and translated. Each line says how long it is in the embedded
//! font (`textLength`), and whatever font the reader has is fitted to that: nothing runs over its place. There is no style
//! attribute, since the pages' policy refuses them.

use std::fmt::Write as _;

use crate::color::{Color, INK, PAPER};
use crate::drawing::{Drawing, Fill, Shape, Stroke, TEXT_SIZE};

/// The font of the PNG, then what is likely to be there.
pub(crate) const FONTS: &str = "'Atkinson Hyperlegible', 'Segoe UI', Roboto, Arial, sans-serif";

/// What is said of a drawing beside it.
pub(crate) struct Naming<'a> {
    /// Unique in the page.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: &'a str,
}

/// The document. A file of its own has a size and white paper; one in a page takes the width that it is given.
pub(crate) fn document(drawing: &Drawing, naming: &Naming, is_file: bool) -> String {
    let Naming { id, title, description } = naming;
    let (width, height) = (number(drawing.width), number(drawing.height.ceil()));
    let mut out = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\"");
    if is_file {
        push(&mut out, format_args!(" width=\"{width}\" height=\"{height}\""));
    }
    push(
        &mut out,
        format_args!(
            " role=\"img\" aria-labelledby=\"{id}-titre {id}-description\"><title id=\"{id}-titre\">{}</title>\
             <desc id=\"{id}-description\">{}</desc>",
            escape(title),
            escape(description)
        ),
    );
    if drawing.shapes.iter().any(Shape::is_hatched) {
        push(
            &mut out,
            format_args!(
                "<defs><pattern id=\"{id}-hachures\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
                 patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"{}\"/>\
                 <rect width=\"2\" height=\"7\" fill=\"{}\"/></pattern></defs>",
                PAPER.hex(),
                Color::hex(crate::color::SOFT)
            ),
        );
    }
    if is_file {
        push(&mut out, format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", PAPER.hex()));
    }
    push(&mut out, format_args!("<g font-family=\"{FONTS}\" font-size=\"{TEXT_SIZE}\" fill=\"{}\">", INK.hex()));
    for shape in &drawing.shapes {
        write_shape(&mut out, shape, id);
    }
    out.push_str("</g></svg>");
    out
}

impl Shape {
    fn is_hatched(&self) -> bool {
        matches!(
            self,
            Self::Rect { fill: Fill::Hatched, .. }
                | Self::Circle { fill: Fill::Hatched, .. }
                | Self::Area { fill: Fill::Hatched, .. }
        )
    }
}

fn write_shape(out: &mut String, shape: &Shape, id: &str) {
    match shape {
        Shape::Rect { x, y, width, height, fill, stroke } => push(
            out,
            format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}{}/>",
                number(*x),
                number(*y),
                number(*width),
                number(*height),
                filled(*fill, id),
                stroked(*stroke)
            ),
        ),
        Shape::Line { from, to, stroke } => push(
            out,
            format_args!(
                "<path d=\"M{} {}L{} {}\"{}/>",
                number(from.0),
                number(from.1),
                number(to.0),
                number(to.1),
                stroked(Some(*stroke))
            ),
        ),
        Shape::Circle { center, radius, fill, stroke } => push(
            out,
            format_args!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{}/>",
                number(center.0),
                number(center.1),
                number(*radius),
                filled(*fill, id),
                stroked(*stroke)
            ),
        ),
        Shape::Area { rings, fill, stroke } => {
            out.push_str("<path fill-rule=\"evenodd\" d=\"");
            for ring in rings {
                for (index, (x, y)) in ring.iter().enumerate() {
                    let step = if index == 0 { 'M' } else { 'L' };
                    push(out, format_args!("{step}{} {}", number(*x), number(*y)));
                }
                out.push('Z');
            }
            push(out, format_args!("\"{}{}/>", filled(*fill, id), stroked(*stroke)));
        }
        Shape::Text { x, baseline, text, style } => {
            push(out, format_args!("<text x=\"{}\" y=\"{}\"", number(*x), number(*baseline)));
            if (style.size - TEXT_SIZE).abs() > f64::EPSILON {
                push(out, format_args!(" font-size=\"{}\"", number(style.size)));
            }
            if style.bold {
                out.push_str(" font-weight=\"700\"");
            }
            if style.color != INK {
                push(out, format_args!(" fill=\"{}\"", style.color.hex()));
            }
            let length = number(style.width(text));
            push(
                out,
                format_args!(" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>", escape(text)),
            );
        }
    }
}

fn filled(fill: Fill, id: &str) -> String {
    match fill {
        Fill::Empty => " fill=\"none\"".to_owned(),
        Fill::Plain(color) => format!(" fill=\"{}\"", color.hex()),
        Fill::Hatched => format!(" fill=\"url(#{id}-hachures)\""),
    }
}

fn stroked(stroke: Option<Stroke>) -> String {
    let Some(Stroke { color, width, dashed }) = stroke else { return String::new() };
    let dashes = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
    format!(" stroke=\"{}\" stroke-width=\"{}\"{dashes}", color.hex(), number(width))
}

/// A tenth of a unit is finer than a screen shows.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn push(out: &mut String, arguments: std::fmt::Arguments) {
    out.write_fmt(arguments).expect("a string takes all that is written to it");
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
