//! How cells look.

use isoloir_disclosure::Protection;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

pub(super) const ACCENT: Color = Color::RGB(0x000B_6E75);
pub(super) const ALARM: Color = Color::RGB(0x00A3_001B);

/// The formats of the workbook.
pub(super) struct Formats {
    pub(super) title: Format,
    pub(super) text: Format,
    pub(super) note: Format,
    pub(super) heading: Format,
    /// Of the first column, which holds what rows are about.
    pub(super) first_header: Format,
    pub(super) header: Format,
    pub(super) label: Format,
    /// A text after a number, which would touch it.
    pub(super) after_number: Format,
    pub(super) warning: Format,
    pub(super) share: Format,
    pub(super) error: Format,
    /// The difference of two shares, with its sign.
    pub(super) difference: Format,
    pub(super) count: Format,
    pub(super) weighted: Format,
    pub(super) number: Format,
    pub(super) probability: Format,
    pub(super) masked: Format,
}

impl Formats {
    /// Protected shares are published to hundredths; exact ones are worth a decimal more.
    pub(super) fn new(protection: Protection) -> Self {
        let percent = if protection == Protection::CellKey { "0%" } else { "0.0%" };
        let cell = || Format::new().set_border_bottom(FormatBorder::Hair).set_border_color(Color::RGB(0x0088_AAAA));
        let wrapped = || Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let header = || {
            let plain = Format::new().set_bold().set_background_color(Color::RGB(0x00E6_EEEE)).set_text_wrap();
            plain.set_align(FormatAlign::VerticalCenter).set_border_bottom(FormatBorder::Thin)
        };
        Self {
            title: Format::new().set_bold().set_font_size(14).set_font_color(ACCENT),
            text: wrapped(),
            note: Format::new().set_italic().set_font_color(Color::RGB(0x0044_4444)),
            heading: Format::new().set_bold().set_font_size(12).set_font_color(ACCENT),
            first_header: header(),
            header: header().set_align(FormatAlign::Center),
            label: cell(),
            after_number: cell().set_indent(1),
            warning: Format::new().set_bold().set_font_color(ALARM),
            share: cell().set_num_format(percent),
            difference: cell().set_num_format("+0%;−0%;0%"),
            error: cell().set_num_format("0.0%"),
            count: cell().set_num_format("#,##0"),
            weighted: cell().set_num_format("#,##0.0"),
            number: cell().set_num_format("#,##0.00"),
            probability: cell().set_num_format("0.0000"),
            masked: cell().set_italic().set_font_color(Color::RGB(0x0055_5555)).set_align(FormatAlign::Right),
        }
    }
}
