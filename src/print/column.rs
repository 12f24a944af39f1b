//! Sets texts one below the other in a column of a sheet.

use crate::error::PrintError;
use crate::sheet::{Area, Colour, Item, Ornament, Placed, Role, Sheet, mm};
use crate::text::{Fonts, Line, Piece, bold, wrap};

/// Share of the size between the top of a line and its baseline, for a line as high as the font asks for.
const ASCENT: f32 = 0.95;
const HEIGHT: f32 = 1.24;

/// Share of the size that a capital letter is high.
pub(crate) const CAPITAL: f32 = 0.668;

/// From the left of a bullet to its text, and how wide it is, as shares of the size.
const INDENT: f32 = 1.06;
const BULLET: f32 = 0.38;

/// Diameter of the disc around a number, and what follows it.
const NUMBER: f32 = mm(6.4);
const NUMBER_GAP: f32 = mm(2.2);

/// How a text looks. Sizes in points.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) leading: f32,
    pub(crate) colour: Colour,
}

impl Style {
    pub(crate) const fn new(size: f32, leading: f32) -> Self {
        Self { size, leading, colour: Colour::Ink }
    }

    pub(crate) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// From the top of a line to its baseline.
    pub(crate) fn baseline(self) -> f32 {
        (self.leading - HEIGHT * self.size) / 2.0 + ASCENT * self.size
    }
}

/// A column that is being filled.
pub(crate) struct Column<'a> {
    sheet: &'a mut Sheet,
    fonts: &'a Fonts,
    left: f32,
    width: f32,
    /// Where the next text begins.
    pub(crate) y: f32,
}

impl<'a> Column<'a> {
    /// Starts at the top of an area, whose height is only checked by [`Self::end`].
    pub(crate) fn new(sheet: &'a mut Sheet, fonts: &'a Fonts, area: Area) -> Self {
        Self { sheet, fonts, left: area.left, width: area.width, y: area.top }
    }

    pub(crate) fn skip(&mut self, millimetres: f32) {
        self.y += mm(millimetres);
    }

    pub(crate) fn heading(
        &mut self,
        level: u16,
        what: &'static str,
        piece: Piece,
        style: Style,
    ) -> Result<(), PrintError> {
        let role = Role::Heading(level, piece.text().to_owned());
        self.set(role, what, &[piece], style, 0.0)
    }

    pub(crate) fn paragraph(&mut self, what: &'static str, pieces: &[Piece], style: Style) -> Result<(), PrintError> {
        self.set(Role::Paragraph, what, pieces, style, 0.0)
    }

    pub(crate) fn item(&mut self, what: &'static str, pieces: &[Piece], style: Style) -> Result<(), PrintError> {
        let bullet = BULLET * style.size;
        let top = self.y + style.baseline() - f32::midpoint(CAPITAL * style.size, bullet);
        self.sheet.ornaments.push(Ornament::Disc(Area::square(self.left, top, bullet), Colour::Accent));
        self.set(Role::Item, what, pieces, style, INDENT * style.size)
    }

    /// A heading beside its number in a disc, which is read before it.
    pub(crate) fn numbered(
        &mut self,
        number: &str,
        what: &'static str,
        piece: Piece,
        style: Style,
    ) -> Result<(), PrintError> {
        let digit = Line::new(self.fonts, &[bold(number)]).map_err(|error| error.of(what))?;
        let slack = NUMBER - digit.width(style.size);
        let baseline = self.y + style.baseline();
        let top = baseline - f32::midpoint(CAPITAL * style.size, NUMBER);
        self.sheet.ornaments.push(Ornament::Disc(Area::square(self.left, top, NUMBER), Colour::Accent));
        // The space is for those who hear the heading.
        let line = Line::new(self.fonts, &[bold(format!("{number} "))]).map_err(|error| error.of(what))?;
        let role = Role::Heading(2, format!("{number} {}", piece.text()));
        self.set(role, what, &[piece], style, NUMBER + NUMBER_GAP)?;
        if let Some(Item::Text(_, lines)) = self.sheet.items.last_mut() {
            let x = self.left + slack / 2.0;
            lines.insert(0, Placed { line, x, baseline, size: style.size, colour: Colour::Paper });
        }
        Ok(())
    }

    /// Fails if the column went below `bottom`.
    pub(crate) fn end(self, bottom: f32, what: &'static str) -> Result<f32, PrintError> {
        if self.y > bottom { Err(PrintError::too_long(what, self.y - bottom)) } else { Ok(self.y) }
    }

    fn set(
        &mut self,
        role: Role,
        what: &'static str,
        pieces: &[Piece],
        style: Style,
        indent: f32,
    ) -> Result<(), PrintError> {
        let width = self.width - indent;
        let lines = wrap(self.fonts, pieces, style.size, width).map_err(|error| error.of(what))?;
        let mut placed = Vec::with_capacity(lines.len());
        for line in lines {
            let (x, baseline) = (self.left + indent, self.y + style.baseline());
            placed.push(Placed { line, x, baseline, size: style.size, colour: style.colour });
            self.y += style.leading;
        }
        self.sheet.items.push(Item::Text(role, placed));
        Ok(())
    }
}

/// Sets texts in the first of some sizes, or places, in which they fit. Returns where they end, or fails as the last one
/// does.
pub(crate) fn first_that_fits<S: Copy, const N: usize>(
    sheet: &mut Sheet,
    sizes: [S; N],
    set: impl Fn(&mut Sheet, S) -> Result<f32, PrintError>,
) -> Result<f32, PrintError> {
    let begun = (sheet.items.len(), sheet.ornaments.len());
    for size in &sizes[..N - 1] {
        if let Ok(end) = set(sheet, *size) {
            return Ok(end);
        }
        sheet.items.truncate(begun.0);
        sheet.ornaments.truncate(begun.1);
    }
    set(sheet, sizes[N - 1])
}
