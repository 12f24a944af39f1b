//! Drawing on plotters' SVG backend, with an embedded font to measure text by.

use std::sync::Once;

use isoloir_disclosure::Protection;
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, IntoFont, RGBColor, SVGBackend, TextStyle};
use plotters::style::{FontStyle, register_font};

/// Width of every chart, in user units: that of a telephone, so that text is not shrunk where it is hardest to read.
pub(crate) const WIDTH: i32 = 320;
pub(crate) const TEXT_SIZE: i32 = 17;
pub(crate) const LINE_HEIGHT: i32 = 21;

/// Contrast with white is 12.6 for ink, 4.9 for the bars, 3.4 for the axis.
pub(crate) const INK: RGBColor = RGBColor(0x1d, 0x2b, 0x33);
pub(crate) const BAR: RGBColor = RGBColor(0x1b, 0x7a, 0x75);
pub(crate) const NEUTRAL: RGBColor = RGBColor(0x65, 0x70, 0x77);
pub(crate) const AXIS: RGBColor = RGBColor(0x8a, 0x93, 0x99);

const FONT: &str = "sans-serif";

/// A chart could not be drawn: a fault in this crate, since nothing it draws depends on anything outside.
#[derive(Debug, thiserror::Error)]
#[error("le graphique n’a pas pu être dessiné : {0}")]
pub struct ChartError(pub(crate) String);

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

static FONTS: Once = Once::new();

fn register_fonts() {
    FONTS.call_once(|| {
        let regular = include_bytes!("../../assets/fonts/AtkinsonHyperlegible-Regular.ttf");
        let bold = include_bytes!("../../assets/fonts/AtkinsonHyperlegible-Bold.ttf");
        let registered =
            register_font(FONT, FontStyle::Normal, regular).and_then(|()| register_font(FONT, FontStyle::Bold, bold));
        assert!(registered.is_ok(), "the embedded fonts are well-formed");
    });
}

pub(crate) fn text_style(bold: bool) -> TextStyle<'static> {
    register_fonts();
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    TextStyle::from((FONT, TEXT_SIZE).into_font().style(style)).color(&INK)
}

/// Breaks a text into lines of at most `width` user units.
pub(crate) fn wrap(area: &Area, text: &str, width: i32) -> Vec<String> {
    let style = text_style(false);
    let fits = |line: &str| {
        area.estimate_text_size(line, &style).is_ok_and(|(length, _)| i32::try_from(length).is_ok_and(|l| l <= width))
    };
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (lines.last_mut(), longer) {
            (Some(line), Some(longer)) if fits(&longer) => *line = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How wide a text is, in user units.
pub(crate) fn text_width(area: &Area, text: &str, bold: bool) -> i32 {
    area.estimate_text_size(text, &text_style(bold)).map_or(0, |(width, _)| i32::try_from(width).unwrap_or(0))
}

/// What a chart says in words, for assistive technology.
pub(crate) struct Words {
    /// Unique in the page.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// An unprotected chart says that it is.
    pub(crate) protection: Protection,
}

/// Draws on an area of the given height and returns the SVG with its name and description.
pub(crate) fn draw(
    words: &Words,
    height: i32,
    paint: impl FnOnce(&Area) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<String, ChartError> {
    let Words { id, title, description, protection } = words;
    let (is_unprotected, drawn) = (*protection == Protection::None, height);
    let height = if is_unprotected { drawn + LINE_HEIGHT } else { drawn };
    let title = if is_unprotected { format!("{title} ({})", Protection::UNPROTECTED) } else { title.clone() };
    let mut svg = String::new();
    let size = (WIDTH.unsigned_abs(), height.max(1).unsigned_abs());
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        paint(&area)
            .and_then(|()| {
                if is_unprotected {
                    area.draw_text(Protection::UNPROTECTED, &text_style(true), (0, drawn))?;
                }
                Ok(())
            })
            .and_then(|()| area.present().map_err(Into::into))
            .map_err(|error| ChartError(error.to_string()))?;
    }
    // plotters writes the size of the drawing; on a page the column decides it.
    let start = svg.find("<svg").and_then(|start| svg[start..].find('>').map(|end| start + end + 1));
    let body = start.map(|start| &svg[start..]).ok_or_else(|| ChartError("plotters wrote no <svg>".to_owned()))?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-titre {id}-description\"><title id=\"{id}-titre\">{}</title>\
         <desc id=\"{id}-description\">{}</desc>{body}",
        escape(&title),
        escape(description)
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A share as a length along `width` user units.
#[expect(clippy::cast_possible_truncation, reason = "a share is from 0 to 1 and a width a few hundred units")]
pub(crate) fn length(share: f64, width: i32) -> i32 {
    (share.clamp(0.0, 1.0) * f64::from(width)).round() as i32
}

/// A blank measure of text, before there is anything to draw on.
pub(crate) fn scratch<T>(measure: impl FnOnce(&Area) -> T) -> T {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), 10)).into_drawing_area();
    measure(&area)
}
