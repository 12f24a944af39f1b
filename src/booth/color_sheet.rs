//! A territory's colour as a stylesheet of its own: the tokens of `assets/css/isoloir.css` that carry the accent, in both
//! themes. The questionnaire's compiler has checked that the colour can be read on white; here the shades that the dark theme
//! needs are derived from it, each as readable.

use isoloir_survey::Color;

/// Grounds of the dark theme, as in the stylesheet.
const DARK_PAGE: Color = Color::new(0x13, 0x19, 0x1b);
const DARK_SURFACE: Color = Color::new(0x1c, 0x24, 0x27);

/// The tokens of both themes.
pub(crate) fn color_sheet(color: Color) -> String {
    let Shades { accent, strong, on_accent, tint } = dark(color);
    format!(
        ":root {{ --accent: {color}; --strong: {}; --ring: {color}; --tint: {}; --fold: {}; --fold-light: {color}; }}\n\
         @media screen and (prefers-color-scheme: dark) {{\n  :root {{ --accent: {accent}; --strong: {strong}; \
         --on-accent: {on_accent}; --ring: #f0c869; --tint: {tint}; --fold: {}; --fold-light: {}; }}\n}}\n",
        color.mix(Color::BLACK, 0.3),
        color.mix(Color::WHITE, 0.9),
        color.mix(Color::BLACK, 0.25),
        color.mix(Color::BLACK, 0.5),
        color.mix(Color::BLACK, 0.2),
    )
}

struct Shades {
    accent: Color,
    strong: Color,
    on_accent: Color,
    tint: Color,
}

fn dark(color: Color) -> Shades {
    let tint = DARK_PAGE.mix(color, 0.25);
    // The accent is read on the page, on a surface and on the tint; whatever can be read on the lightest can on all.
    let lightest = [DARK_SURFACE, tint].into_iter().min_by(|a, b| {
        let on = |ground: Color| ground.contrast(Color::WHITE);
        on(*a).total_cmp(&on(*b))
    });
    let accent = color.readable(lightest.unwrap_or(DARK_SURFACE), Color::WHITE);
    Shades {
        accent,
        strong: accent.mix(Color::WHITE, 0.4),
        on_accent: accent.mix(Color::BLACK, 0.85).readable(accent, Color::BLACK),
        tint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: f64 = 7.0;
    const DARK_INK: Color = Color::new(0xee, 0xeb, 0xe4);
    const LIGHT_INK: Color = Color::new(0x1d, 0x24, 0x27);

    #[test]
    fn whatever_colour_a_territory_chooses_can_be_read_in_both_themes() {
        let bytes = (0..=255_u8).step_by(15);
        for red in bytes.clone() {
            for green in bytes.clone() {
                for blue in bytes.clone() {
                    let color = Color::new(red, green, blue).readable(Color::WHITE, Color::BLACK);
                    assert!(LIGHT_INK.contrast(color.mix(Color::WHITE, 0.9)) >= MIN, "{color}: text on the light tint");
                    let Shades { accent, strong, on_accent, tint } = dark(color);
                    for (what, pair) in [
                        ("a link", accent.contrast(DARK_PAGE)),
                        ("a link on a surface", accent.contrast(DARK_SURFACE)),
                        ("a link on the tint", accent.contrast(tint)),
                        ("a button", on_accent.contrast(accent)),
                        ("a button under the pointer", on_accent.contrast(strong)),
                        ("text on the tint", DARK_INK.contrast(tint)),
                    ] {
                        assert!(pair >= MIN - 0.05, "{color}: {what} has {pair}");
                    }
                }
            }
        }
    }
}
