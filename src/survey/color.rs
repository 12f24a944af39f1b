//! A territory's colour, and whether what is written in it can be read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Contrast that text has on our pages, in WCAG 2.2 (1.4.6, level AAA).
pub const MIN_CONTRAST: f64 = 7.0;

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color([u8; 3]);

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// A colour from its red, green and blue.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#0b4f5e`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// `part` of the other colour, from 0 to 1, and the rest of this one.
    #[must_use]
    pub fn mix(self, other: Self, part: f64) -> Self {
        let channel = |index: usize| {
            let (mine, its) = (f64::from(self.0[index]), f64::from(other.0[index]));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
            let mixed = (mine + (its - mine) * part.clamp(0.0, 1.0)).round() as u8;
            mixed
        };
        Self([channel(0), channel(1), channel(2)])
    }

    /// Contrast of two colours, from 1 to 21 (WCAG 2.2, definition of contrast ratio).
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour nearest to this one, on the way to `end`, that can be read on `ground`.
    #[must_use]
    pub fn readable(self, ground: Self, end: Self) -> Self {
        let steps = (0..=100_u32).map(|step| self.mix(end, f64::from(step) / 100.0));
        steps.into_iter().find(|color| color.contrast(ground) >= MIN_CONTRAST).unwrap_or(end)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|byte| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

impl TryFrom<String> for Color {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("« {text} » n’est pas une couleur"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        let grey = Color::parse("#767676").expect("a colour");
        assert!((grey.contrast(Color::WHITE) - 4.54).abs() < 0.005, "the lightest grey that passes level AA");
        assert_eq!(Color::parse("#0B4f5E").map(|color| color.to_string()).as_deref(), Some("#0b4f5e"));
        for text in ["0b4f5e", "#0b4", "#0b4f5g", "", "#0b4f5e00", "rouge"] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_colour_is_darkened_no_more_than_needed() {
        let dark = Color::parse("#0b4f5e").expect("a colour");
        assert_eq!(dark.readable(Color::WHITE, Color::BLACK), dark);
        let darker = Color::parse("#ff8800").expect("a colour").readable(Color::WHITE, Color::BLACK);
        assert!((MIN_CONTRAST..MIN_CONTRAST + 0.4).contains(&darker.contrast(Color::WHITE)));
    }
}
