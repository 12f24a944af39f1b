//! Text in the embedded fonts: shaped once, measured, broken into lines.

use krilla::Data;
use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::UnicodeBuffer;

use crate::error::PrintError;

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/AtkinsonHyperlegible-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/AtkinsonHyperlegible-Bold.ttf");

/// Where a long address may be broken; it is not printed.
pub(crate) const BREAK: char = '\u{200b}';
/// A space after which the next line begins.
pub(crate) const END_OF_LINE: char = '\u{2028}';

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A piece of a sentence.
#[derive(Clone)]
pub(crate) struct Piece {
    weight: Weight,
    text: String,
}

impl Piece {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

pub(crate) fn plain(text: impl AsRef<str>) -> Piece {
    Piece { weight: Weight::Regular, text: unbroken(text.as_ref()) }
}

pub(crate) fn bold(text: impl AsRef<str>) -> Piece {
    Piece { weight: Weight::Bold, text: unbroken(text.as_ref()) }
}

/// A line break in a questionnaire's file is a space, as it is on the screen.
fn unbroken(text: &str) -> String {
    text.replace('\n', " ")
}

struct Face {
    pdf: Font,
    shaper: rustybuzz::Face<'static>,
}

impl Face {
    fn load(bytes: &'static [u8]) -> Self {
        let pdf = Font::new(Data::from(bytes), 0);
        let shaper = rustybuzz::Face::from_slice(bytes, 0);
        pdf.zip(shaper).map(|(pdf, shaper)| Self { pdf, shaper }).expect("the embedded fonts are well-formed")
    }
}

/// Both weights of Atkinson Hyperlegible, in which no two characters look alike.
pub(crate) struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    pub(crate) fn load() -> Self {
        Self { regular: Face::load(REGULAR), bold: Face::load(BOLD) }
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// Shapes a text that fits on a line. Lengths are in ems.
    fn shape(&self, piece: &Piece) -> Result<Run, Unprintable> {
        let face = self.face(piece.weight);
        let text: String = piece.text.chars().filter_map(known).collect();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.guess_segment_properties();
        let shaped = rustybuzz::shape(&face.shaper, &[], buffer);
        let em = face.pdf.units_per_em();
        let infos = shaped.glyph_infos();
        let mut glyphs = Vec::with_capacity(infos.len());
        for (index, (info, position)) in infos.iter().zip(shaped.glyph_positions()).enumerate() {
            let start = cluster(info);
            // Our texts run from left to right: a cluster ends where the next one starts.
            let end = infos[index..].iter().map(cluster).find(|next| *next > start).unwrap_or(text.len());
            if info.glyph_id == 0 {
                return Err(Unprintable::Character(
                    text[start..].chars().next().unwrap_or(char::REPLACEMENT_CHARACTER),
                ));
            }
            let [advance, x, y] = [position.x_advance, position.x_offset, position.y_offset].map(|v| ems(v) / em);
            glyphs.push(KrillaGlyph::new(GlyphId::new(info.glyph_id), advance, x, y, 0.0, start..end, None));
        }
        Ok(Run { weight: piece.weight, text, glyphs })
    }
}

fn cluster(info: &rustybuzz::GlyphInfo) -> usize {
    usize::try_from(info.cluster).expect("a line is short")
}

#[expect(clippy::cast_precision_loss, reason = "font units are at most some thousands")]
fn ems(units: i32) -> f32 {
    units as f32
}

/// Atkinson Hyperlegible has neither the narrow spaces nor the hyphen that French typography does not break.
fn known(character: char) -> Option<char> {
    match character {
        '\u{202f}' | '\u{2009}' => Some('\u{a0}'),
        '\u{2010}' | '\u{2011}' => Some('-'),
        BREAK | '\u{ad}' => None,
        other => Some(other),
    }
}

/// Why a text cannot be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unprintable {
    Character(char),
    /// A word is wider than the column, by so many points.
    Word(f32),
}

impl Unprintable {
    /// With the name of what was being set.
    pub(crate) fn of(self, what: &'static str) -> PrintError {
        match self {
            Self::Character(character) => PrintError::UnknownCharacter { what, character },
            Self::Word(excess) => PrintError::too_long(what, excess),
        }
    }
}

#[derive(Clone)]
struct Run {
    weight: Weight,
    text: String,
    glyphs: Vec<KrillaGlyph>,
}

/// Shaped text on one line.
#[derive(Clone)]
pub(crate) struct Line {
    runs: Vec<Run>,
}

impl Line {
    pub(crate) fn new(fonts: &Fonts, pieces: &[Piece]) -> Result<Self, Unprintable> {
        // Neighbours of one weight are shaped together, so that kerning does not depend on how a sentence was written.
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match merged.last_mut() {
                Some(last) if last.weight == piece.weight => last.text.push_str(&piece.text),
                _ => merged.push(piece.clone()),
            }
        }
        Ok(Self { runs: merged.iter().map(|piece| fonts.shape(piece)).collect::<Result<_, _>>()? })
    }

    /// A line of letters set apart, with more room around dashes: an invitation code, to be read sign by sign.
    pub(crate) fn spaced(fonts: &Fonts, text: &str) -> Result<Self, Unprintable> {
        let mut line = Self::new(fonts, &[bold(text)])?;
        for run in &mut line.runs {
            let dash =
                |glyph: Option<&KrillaGlyph>| glyph.is_some_and(|glyph| &run.text[glyph.text_range.clone()] == "-");
            let extra: Vec<f32> = (0..run.glyphs.len())
                .map(|i| if dash(run.glyphs.get(i)) || dash(run.glyphs.get(i + 1)) { 0.09 } else { 0.03 })
                .collect();
            run.glyphs.iter_mut().zip(extra).for_each(|(glyph, extra)| glyph.x_advance += extra);
        }
        Ok(line)
    }

    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// Width in points.
    pub(crate) fn width(&self, size: f32) -> f32 {
        self.runs.iter().map(|run| run.width(size)).sum()
    }

    pub(crate) fn draw(&self, surface: &mut Surface, fonts: &Fonts, x: f32, baseline: f32, size: f32) {
        let mut x = x;
        for run in &self.runs {
            let font = fonts.face(run.weight).pdf.clone();
            surface.draw_glyphs(Point::from_xy(x, baseline), &run.glyphs, font, &run.text, size, false);
            x += run.width(size);
        }
    }
}

impl Run {
    fn width(&self, size: f32) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance * size).sum()
    }
}

/// Breaks a text into lines of at most `width` points, at spaces and at [`BREAK`]s, and wherever [`END_OF_LINE`] stands for a space. All
/// lines but the last end with a space, which a screen reader needs to tell words apart.
pub(crate) fn wrap(fonts: &Fonts, pieces: &[Piece], size: f32, width: f32) -> Result<Vec<Line>, Unprintable> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = 0.0;
    for mut word in words(pieces) {
        let ends_line = word.iter().any(|piece| piece.text.ends_with(END_OF_LINE));
        for piece in &mut word {
            piece.text = piece.text.replace(END_OF_LINE, " ");
        }
        let needed = Line::new(fonts, &trimmed(&word))?.width(size);
        if needed > width {
            return Err(Unprintable::Word(needed - width));
        }
        if used + needed > width {
            lines.push(Vec::new());
            used = 0.0;
        }
        used += Line::new(fonts, &word)?.width(size);
        lines.last_mut().expect("never empty").extend(word);
        if ends_line {
            lines.push(Vec::new());
            used = 0.0;
        }
    }
    if let Some(last) = lines.last_mut() {
        *last = trimmed(last);
    }
    lines.iter().map(|pieces| Line::new(fonts, pieces)).collect()
}

/// What no line break may separate, each with the space that follows it.
fn words(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut words: Vec<Vec<Piece>> = Vec::new();
    let mut open = false;
    for piece in pieces {
        for part in piece.text.split_inclusive([' ', END_OF_LINE, BREAK]) {
            let part = Piece { weight: piece.weight, text: part.to_owned() };
            let closes = part.text.ends_with([' ', END_OF_LINE, BREAK]);
            match words.last_mut() {
                Some(word) if open => word.push(part),
                _ => words.push(vec![part]),
            }
            open = !closes;
        }
    }
    words
}

/// Without the space at the end, which takes no room.
fn trimmed(pieces: &[Piece]) -> Vec<Piece> {
    let mut pieces = pieces.to_vec();
    if let Some(last) = pieces.last_mut() {
        last.text.truncate(last.text.trim_end_matches([' ', BREAK]).len());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.runs.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_sentence_is_broken_at_spaces_and_keeps_every_word() {
        let fonts = Fonts::load();
        let sentence =
            [plain("Il faut environ "), bold("9\u{a0}minutes"), plain(". Vous pouvez répondre jusqu’au 31 janvier.")];
        let lines = wrap(&fonts, &sentence, 12.0, 120.0).expect("short words");
        assert!(lines.len() > 2 && lines.iter().all(|line| line.width(12.0) <= 120.0 + 4.0));
        let whole: String = sentence.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts(&lines).concat(), whole);
        // The full stop belongs to the bold word before it.
        assert!(texts(&lines).iter().all(|line| !line.starts_with('.')), "{:?}", texts(&lines));
    }

    #[test]
    fn a_line_ends_where_it_is_told_to() {
        let fonts = Fonts::load();
        let text = [plain(format!("Vous aidez un proche{END_OF_LINE}Qui vous aide ?"))];
        let lines = wrap(&fonts, &text, 12.0, 400.0).expect("short words");
        assert_eq!(texts(&lines), ["Vous aidez un proche ", "Qui vous aide ?"]);
    }

    #[test]
    fn an_address_is_broken_only_where_it_may_be() {
        let fonts = Fonts::load();
        let address = [bold(format!("sante.exemple.fr/{BREAK}s/mauges-2026"))];
        let lines = wrap(&fonts, &address, 12.0, 110.0).expect("two parts");
        assert_eq!(texts(&lines), ["sante.exemple.fr/", "s/mauges-2026"]);
        assert!(matches!(wrap(&fonts, &address, 12.0, 60.0), Err(Unprintable::Word(excess)) if excess > 1.0));
    }

    #[test]
    fn narrow_spaces_are_replaced_and_unknown_characters_named() {
        let fonts = Fonts::load();
        let line = Line::new(&fonts, &[plain("Besoin\u{202f}? Saint\u{2011}Lô")]).expect("known characters");
        assert_eq!(texts(&[line]), ["Besoin\u{a0}? Saint-Lô"]);
        let error = Line::new(&fonts, &[plain("santé 健康")]).err().expect("no Chinese");
        assert_eq!(error.of("le titre"), PrintError::UnknownCharacter { what: "le titre", character: '健' });
    }
}
