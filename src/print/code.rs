//! An invitation code as it is printed: large, letter by letter, its groups apart.

use krilla::surface::Surface;

use crate::column::CAPITAL;
use crate::error::PrintError;
use crate::sheet::{Area, Colour, Placed, mm};
use crate::text::{Fonts, Line};

/// Nearly all codes fit in the first size; those with many M and W need the second.
const SIZES: [f32; 3] = [21.0, 20.0, 18.0];
const PADDING: f32 = mm(2.5);

/// A code that was shaped for a frame of a given width.
pub(crate) struct Code {
    line: Line,
    width: f32,
    size: f32,
}

impl Code {
    pub(crate) fn new(fonts: &Fonts, code: &str, frame_width: f32) -> Result<Self, PrintError> {
        let what = "le code";
        let line = Line::spaced(fonts, code).map_err(|error| error.of(what))?;
        let room = frame_width - 2.0 * PADDING;
        let size = SIZES.into_iter().find(|size| line.width(*size) <= room);
        let size = size.ok_or_else(|| PrintError::too_long(what, line.width(SIZES[2]) - room))?;
        Ok(Self { width: line.width(size), line, size })
    }

    #[cfg(test)]
    pub(crate) fn size(&self) -> f32 {
        self.size
    }

    /// Draws the code in the middle of a frame.
    pub(crate) fn draw(self, surface: &mut Surface, fonts: &Fonts, frame: Area) {
        let x = frame.left + (frame.width - self.width) / 2.0;
        let baseline = frame.top + f32::midpoint(frame.height, CAPITAL * self.size);
        Placed { line: self.line, x, baseline, size: self.size, colour: Colour::Ink }.draw(surface, fonts);
    }
}
