//! The control words in a frame, with what they are for.

use crate::column::{Column, Style};
use crate::error::PrintError;
use crate::sheet::{Area, Colour, Item, Ornament, Placed, Role, Sheet, mm};
use crate::text::{Fonts, Line, bold};
use crate::{Survey, wording};

const HEADING: Style = Style::new(13.0, 17.0).coloured(Colour::Accent);
const BODY: Style = Style::new(12.0, 15.8);
const WORD: Style = Style::new(13.0, mm(6.4));

/// Room for the longest of the 2,048 words.
const WORD_WIDTH: f32 = mm(27.0);
const TEXT_WIDTH: f32 = mm(101.0);
const PADDING: f32 = mm(4.0);
const FRAME: (f32, f32) = (mm(170.0), mm(31.0));

/// The words in two columns, to the right of what they are for. Returns where the frame ends.
pub(crate) fn control_words(
    sheet: &mut Sheet,
    fonts: &Fonts,
    survey: &Survey,
    left: f32,
    top: f32,
) -> Result<f32, PrintError> {
    let what = "les mots de contrôle";
    let frame = Area { left, top, width: FRAME.0, height: FRAME.1 };
    sheet.ornaments.push(Ornament::Frame(frame, 0.8));
    let text = Area { left: left + PADDING, top: top + mm(2.4), width: TEXT_WIDTH, ..frame };
    let mut column = Column::new(sheet, fonts, text);
    column.heading(2, what, bold(wording::WORDS), HEADING)?;
    column.skip(1.0);
    column.paragraph(what, &wording::words(), BODY)?;
    column.end(frame.bottom(), what)?;

    let mut placed = Vec::new();
    for (index, word) in (0u8..).zip(survey.key_words) {
        let line = Line::new(fonts, &[bold(format!("{word} "))]).map_err(|error| error.of(what))?;
        let (column, row) = (f32::from(index / 4), f32::from(index % 4));
        placed.push(Placed {
            line,
            x: left + frame.width - PADDING - (2.0 - column) * WORD_WIDTH,
            baseline: top + mm(2.4) + row * WORD.leading + WORD.baseline(),
            size: WORD.size,
            colour: WORD.colour,
        });
    }
    sheet.items.push(Item::Text(Role::Paragraph, placed));
    Ok(frame.bottom())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_fits_in_its_column() {
        let fonts = Fonts::load();
        for word in bip39::Language::French.word_list() {
            let composed = word.replace("e\u{301}", "é").replace("e\u{300}", "è");
            let line = Line::new(&fonts, &[bold(composed)]).expect("a French word");
            assert!(line.width(WORD.size) <= WORD_WIDTH - mm(2.0), "{word}");
        }
    }
}
