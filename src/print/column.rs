//! Sets texts one below the other in a column of a sheet.

use crate::error::PrintError;
use crate::sheet::{Area, Colour, Item, Ornament, Placed, Role, Sheet, mm};
use crate::text::{Fonts, Piece, Unprintable, wrap};

/// Share of the size between the top of a line and its baseline, for a line as high as the font asks for.
const ASCENT: f32 = 0.95;
const LINE: f32 = 1.24;

/// From the left of a bullet to its text.
const INDENT: f32 = mm(4.5);
const BULLET: f32 = mm(1.6);

/// How a text looks. Sizes in points.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) leading: f32,
    pub(crate) colour: Colour,
    pub(crate) centred: bool,
}

impl Style {
    pub(crate) const fn new(size: f32, leading: f32) -> Self {
        Self { size, leading, colour: Colour::Ink, centred: false }
    }

    pub(crate) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(crate) const fn centred(self) -> Self {
        Self { centred: true, ..self }
    }

    /// From the top of a line to its baseline.
    pub(crate) fn baseline(self) -> f32 {
        (self.leading - LINE * self.size) / 2.0 + ASCENT * self.size
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
        let top = self.y + style.baseline() - 0.34 * style.size - BULLET / 2.0;
        self.sheet.ornaments.push(Ornament::Disc(Area::square(self.left, top, BULLET), Colour::Accent));
        self.set(Role::Item, what, pieces, style, INDENT)
    }

    /// A heading beside its number in a disc, which is read before it.
    pub(crate) fn numbered(
        &mut self,
        number: &str,
        what: &'static str,
        piece: Piece,
        style: Style,
    ) -> Result<(), PrintError> {
        let disc = mm(6.4);
        let digit = crate::text::Line::new(self.fonts, &[crate::text::bold(format!("{number} "))]);
        let digit = digit.map_err(|error| error.of(what))?;
        let baseline = self.y + style.baseline();
        let middle = baseline - 0.334 * style.size;
        self.sheet.ornaments.push(Ornament::Disc(Area::square(self.left, middle - disc / 2.0, disc), Colour::Accent));
        let role = Role::Heading(2, format!("{number} {}", piece.text()));
        self.set(role, what, &[piece], style, disc + mm(2.2))?;
        if let Some(Item::Text(_, lines)) = self.sheet.items.last_mut() {
            let x = self.left + (disc - digit.width(style.size) + crate::text::space(self.fonts, style.size)) / 2.0;
            lines.insert(0, Placed { line: digit, x, baseline, size: style.size, colour: Colour::Paper });
        }
        Ok(())
    }

    /// Fails if the column went below `bottom`.
    pub(crate) fn end(self, bottom: f32, what: &'static str) -> Result<f32, PrintError> {
        if self.y > bottom { Err(Unprintable::Word(self.y - bottom).of(what)) } else { Ok(self.y) }
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
            let slack = if style.centred { (width - line.width(style.size)) / 2.0 } else { 0.0 };
            let (x, baseline) = (self.left + indent + slack, self.y + style.baseline());
            placed.push(Placed { line, x, baseline, size: style.size, colour: style.colour });
            self.y += style.leading;
        }
        self.sheet.items.push(Item::Text(role, placed));
        Ok(())
    }
}
