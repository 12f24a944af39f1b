//! The palette. A mark has a contrast of 3:1 with what it touches, or an outline that has; the tests compute it.

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

pub(crate) const PAPER: Color = Color(0xff, 0xff, 0xff);
/// Text, axes that count, outlines, ends of intervals.
pub(crate) const INK: Color = Color(0x16, 0x21, 0x28);
/// Text that explains.
pub(crate) const SOFT: Color = Color(0x46, 0x52, 0x59);
/// Guide lines.
pub(crate) const GUIDE: Color = Color(0x83, 0x8c, 0x92);
/// A share: light enough for a black interval on it, dark enough to stand on white.
pub(crate) const BAR: Color = Color(0x1f, 0x91, 0x8b);
/// What is set apart: neutral answers, ways of not answering.
pub(crate) const NEUTRAL: Color = Color(0x86, 0x8e, 0x94);

/// The first half of an ordered scale, from its end to its middle. Blue and orange stay apart in every common deficiency of
/// colour vision; each step has 3:1 with the next.
pub(crate) const FIRST_HALF: [Color; 3] = [Color(0x06, 0x28, 0x3f), Color(0x27, 0x76, 0xab), Color(0xc4, 0xe2, 0xf5)];
/// The second half, likewise.
pub(crate) const SECOND_HALF: [Color; 3] = [Color(0x41, 0x1a, 0x02), Color(0xae, 0x5a, 0x11), Color(0xfb, 0xdc, 0xb8)];
/// Classes of a map, lowest first: one hue, from light to dark, each light enough for the ink around it. Areas are numbered
/// besides.
pub(crate) const CLASSES: [Color; 5] = [
    Color(0xff, 0xff, 0xff),
    Color(0xcf, 0xe6, 0xee),
    Color(0x9f, 0xca, 0xdb),
    Color(0x68, 0xa9, 0xc2),
    Color(0x32, 0x7b, 0x9a),
];

impl Color {
    /// `#rrggbb`.
    pub(crate) fn hex(self) -> String {
        let Self(red, green, blue) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The text colour that is read best on it.
    pub(crate) fn text_on(self) -> Self {
        if contrast(self, PAPER) > contrast(self, INK) { PAPER } else { INK }
    }

    /// Relative luminance (WCAG 2.2, <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

/// The contrast ratio of two colours, from 1 to 21 (WCAG 2.2).
pub(crate) fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::{BAR, CLASSES, Color, FIRST_HALF, GUIDE, INK, NEUTRAL, PAPER, SECOND_HALF, SOFT, contrast};

    /// Least contrast of a mark (WCAG 1.4.11).
    const MARK: f64 = 3.0;
    /// Least contrast of text (WCAG 1.4.3).
    const TEXT: f64 = 4.5;

    fn assert_contrast(one: Color, other: Color, least: f64) {
        let got = contrast(one, other);
        assert!(got >= least, "{} on {}: {got:.2} < {least}", one.hex(), other.hex());
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((contrast(PAPER, Color(0, 0, 0)) - 21.0).abs() < 1e-9);
        // The grey that the guidelines' own explanations quote as just readable on white.
        assert!((contrast(PAPER, Color(0x76, 0x76, 0x76)) - 4.54).abs() < 0.01);
    }

    #[test]
    fn marks_stand_out_from_paper_and_from_the_interval_drawn_on_them() {
        for mark in [BAR, NEUTRAL, GUIDE] {
            assert_contrast(mark, PAPER, MARK);
        }
        for mark in [BAR, NEUTRAL] {
            assert_contrast(INK, mark, MARK);
        }
        assert_contrast(INK, PAPER, 7.0);
        assert_contrast(SOFT, PAPER, 7.0);
    }

    /// A fill is told from what it touches by itself or by the ink around it.
    fn is_told_apart(fill: Color, other: Color) -> bool {
        contrast(fill, other) >= MARK || (contrast(INK, fill) >= MARK && contrast(INK, other) >= MARK)
    }

    #[test]
    fn steps_of_a_scale_are_told_from_each_other_and_from_paper() {
        for half in [FIRST_HALF, SECOND_HALF] {
            for pair in half.windows(2) {
                assert_contrast(pair[0], pair[1], MARK);
            }
            // A scale of four has the two ends only, one of two the middle tone.
            assert_contrast(half[0], half[2], MARK);
            assert!(half.iter().all(|fill| is_told_apart(*fill, PAPER)));
            assert!(half.iter().all(|fill| contrast(fill.text_on(), *fill) >= TEXT), "a number on it can be read");
        }
        // Where the two halves meet.
        for index in 1..3 {
            assert!(is_told_apart(FIRST_HALF[index], SECOND_HALF[index]));
        }
    }

    #[test]
    fn numbers_on_a_map_can_be_read_on_every_class() {
        for (index, class) in CLASSES.iter().enumerate() {
            assert_contrast(class.text_on(), *class, TEXT);
            assert_contrast(INK, *class, MARK);
            for other in CLASSES.iter().skip(index + 1) {
                assert!(contrast(*class, *other) >= 1.25, "{} and {}", class.hex(), other.hex());
            }
        }
    }
}
