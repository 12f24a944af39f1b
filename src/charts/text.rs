//! Measuring text with the embedded font, and breaking it into lines.

use std::sync::LazyLock;

use ttf_parser::Face;

pub(crate) const REGULAR: &[u8] = include_bytes!("../../assets/fonts/AtkinsonHyperlegible-Regular.ttf");
pub(crate) const BOLD: &[u8] = include_bytes!("../../assets/fonts/AtkinsonHyperlegible-Bold.ttf");

/// The characters of the font are all below this one.
const CHARACTERS: usize = 0x2300;

/// Advance widths by character, in thousandths of the size.
struct Advances(Vec<u16>);

impl Advances {
    fn of(font: &'static [u8]) -> Self {
        let face = Face::parse(font, 0).expect("the embedded font is well-formed");
        assert_eq!(face.units_per_em(), 1000, "the embedded font is drawn in thousandths");
        let advance = |character| face.glyph_hor_advance(face.glyph_index(character)?);
        let other = advance('n').expect("the embedded font has an n");
        let characters = (0..CHARACTERS).map(|code| u32::try_from(code).ok().and_then(char::from_u32));
        Self(characters.map(|character| character.and_then(advance).unwrap_or(other)).collect())
    }
}

static ADVANCES: LazyLock<[Advances; 2]> = LazyLock::new(|| [Advances::of(REGULAR), Advances::of(BOLD)]);

/// How wide a text is, in user units. Kerning is left out: it changes a line by less than a hundredth.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let advances = &ADVANCES[usize::from(bold)].0;
    let other = advances[usize::from(b'n')];
    let sum: f64 = text.chars().map(|c| f64::from(*advances.get(c as usize).unwrap_or(&other))).sum();
    sum * size / 1000.0
}

/// The text with characters that the font lacks replaced by those that look the same.
pub(crate) fn drawable(text: &str) -> String {
    let replaced = text.chars().map(|character| match character {
        '\u{202f}' | '\u{2009}' => '\u{a0}',
        '\u{2011}' | '\u{2010}' => '-',
        '\'' => '’',
        other => other,
    });
    replaced.collect()
}

/// Breaks a text into lines of at most `room` user units: between words, else after a hyphen, else inside a word.
pub(crate) fn wrap(text: &str, room: f64, size: f64, bold: bool) -> Vec<String> {
    let text = drawable(text);
    let mut lines = vec![String::new()];
    for piece in pieces(&text) {
        let current = lines.last_mut().expect("there is always a line");
        let longer = format!("{current}{piece}");
        if width(longer.trim_end(), size, bold) <= room {
            *current = longer;
        } else if width(piece.trim_end(), size, bold) <= room {
            lines.push(piece.to_owned());
        } else {
            break_word(piece, room, size, bold, &mut lines);
        }
    }
    let lines = lines.iter().map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Words with the space or the hyphen that ends them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '-', '/'])
}

fn break_word(word: &str, room: f64, size: f64, bold: bool, lines: &mut Vec<String>) {
    for character in word.chars() {
        let current = lines.last_mut().expect("there is always a line");
        if !current.is_empty() && width(current, size, bold) + width(&character.to_string(), size, bold) > room {
            lines.push(character.to_string());
        } else {
            current.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{drawable, width, wrap};

    #[test]
    fn long_labels_are_broken_between_words() {
        let label = "Prévention, promotion de la santé et environnement";
        let lines = wrap(label, 200.0, 17.0, false);
        assert!(lines.len() >= 2);
        assert_eq!(lines.join(" "), label);
        assert!(lines.iter().all(|line| width(line, 17.0, false) <= 200.0));
    }

    #[test]
    fn names_are_broken_at_hyphens_and_a_word_without_end_anywhere() {
        assert_eq!(wrap("Saint-Germain-sur-Moine", 100.0, 17.0, false).concat(), "Saint-Germain-sur-Moine");
        let endless = "a".repeat(80);
        let lines = wrap(&endless, 100.0, 17.0, false);
        assert_eq!(lines.concat(), endless);
        assert!(lines.iter().all(|line| width(line, 17.0, false) <= 100.0));
    }

    #[test]
    fn what_the_font_lacks_is_replaced_by_what_looks_the_same() {
        assert_eq!(drawable("Prêt\u{202f}? L'eau"), "Prêt\u{a0}? L’eau");
        assert!(width("ww", 10.0, true) > width("ii", 10.0, true));
        assert!(wrap("", 100.0, 17.0, false).is_empty());
    }
}
