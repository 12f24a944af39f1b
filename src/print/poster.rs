//! The poster: one sheet, read from two metres away, with a QR code that is the same for all.

use crate::column::{Column, Style, first_that_fits};
use crate::control::control_words;
use crate::error::PrintError;
use crate::qr::QUIET;
use crate::sheet::{Area, Colour, HEIGHT, Item, Ornament, Sheet, WIDTH, mm};
use crate::text::{Fonts, bold, plain};
use crate::{Survey, wording};

const MARGIN: f32 = mm(20.0);
const FULL_WIDTH: f32 = WIDTH - 2.0 * MARGIN;

/// Sizes of the title, and of what the survey is; the first in which both fit are taken.
const TITLES: [(Style, Style); 5] = [
    (Style::new(44.0, 50.0), CALL),
    (Style::new(38.0, 44.0), CALL),
    (Style::new(32.0, 37.0), CALL),
    (Style::new(26.0, 31.0), Style { size: 16.0, leading: 21.0, ..CALL }),
    (Style::new(21.0, 25.0), Style { size: 14.0, leading: 18.0, ..CALL }),
];
const CALL: Style = Style::new(18.0, 24.0).coloured(Colour::Accent);
const LARGE: Style = Style::new(18.0, 24.0);
const LINKS: [Style; 3] = [Style::new(24.0, 29.0), Style::new(20.0, 25.0), Style::new(16.0, 21.0)];
const BODY: Style = Style::new(12.0, 15.8);

const QR: Area = Area { left: MARGIN, top: mm(91.0), width: mm(88.0), height: mm(88.0) };

const CONTROL_TOP: f32 = mm(232.0);

/// Sets all but the QR code.
pub(crate) fn sheet(fonts: &Fonts, survey: &Survey) -> Result<Sheet, PrintError> {
    let mut sheet = Sheet::default();
    head(&mut sheet, fonts, survey)?;
    beside_the_code(&mut sheet, fonts, survey)?;
    sheet.items.push(Item::Qr(QR));
    below_the_code(&mut sheet, fonts, survey)?;
    Ok(sheet)
}

fn head(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let area = Area { left: MARGIN, top: mm(14.0), width: FULL_WIDTH, height: 0.0 };
    let mut column = Column::new(sheet, fonts, area);
    column.paragraph("l’organisateur", &[bold(wording::organiser(survey))], LARGE)?;
    let y = column.end(mm(32.0), "l’organisateur")?;
    let rule = Area { left: MARGIN, top: y + mm(2.0), width: mm(30.0), height: mm(2.0) };
    sheet.ornaments.push(Ornament::Bar(rule, Colour::Accent));
    first_that_fits(sheet, TITLES, |sheet, (title, call)| {
        let mut column = Column::new(sheet, fonts, Area { top: rule.bottom() + mm(6.0), ..area });
        column.heading(1, "le titre", bold(survey.title.as_str()), title)?;
        column.skip(3.0);
        column.paragraph("le nom du territoire", &wording::poster_call(survey), call)?;
        column.end(QR.top - QUIET * QR.width, "le titre et le territoire")
    })
    .map(drop)
}

fn beside_the_code(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let left = QR.left + QR.width + mm(14.0);
    let area = Area { left, width: WIDTH - MARGIN - left, ..QR };
    let mut column = Column::new(sheet, fonts, area);
    column.paragraph("les consignes", &wording::poster_scan(), LARGE)?;
    column.skip(8.0);
    for fact in wording::poster_facts(survey) {
        column.item("la date de fin", &fact, LARGE)?;
        column.skip(2.0);
    }
    column.end(QR.bottom(), "la date de fin").map(drop)
}

fn below_the_code(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let what = "l’organisateur, nommé au bas de l’affiche";
    let area = Area { left: MARGIN, top: QR.bottom() + QUIET * QR.width, width: FULL_WIDTH, height: 0.0 };
    first_that_fits(sheet, LINKS, |sheet, link| {
        let mut column = Column::new(sheet, fonts, area);
        column.paragraph("les consignes", &[plain(wording::POSTER_LINK)], LARGE)?;
        column.paragraph("l’adresse courte", &[bold(wording::breakable(&survey.short_link))], link)?;
        column.skip(3.0);
        column.paragraph("le téléphone et le courriel", &wording::poster_help(survey), BODY)?;
        column.end(CONTROL_TOP - mm(3.0), "l’adresse courte, le téléphone et le courriel")
    })?;
    let y = control_words(sheet, fonts, survey, MARGIN, CONTROL_TOP)?;
    let mut column = Column::new(sheet, fonts, Area { top: y + mm(4.0), ..area });
    column.paragraph(what, &wording::poster_privacy(survey), BODY)?;
    column.end(HEIGHT - mm(8.0), what).map(drop)
}
