//! The letter: one sheet per code, folded in three for a window envelope.

use crate::column::{Column, Style};
use crate::control::control_words;
use crate::error::PrintError;
use crate::qr::QUIET;
use crate::sheet::{Area, Colour, HEIGHT, Item, Ornament, Sheet, WIDTH, mm};
use crate::text::{Fonts, bold, plain};
use crate::{Survey, wording};

const MARGIN: f32 = mm(20.0);
const FULL_WIDTH: f32 = WIDTH - 2.0 * MARGIN;

const BODY: Style = Style::new(12.0, 15.8);
const HEADING: Style = Style::new(13.0, 17.0).coloured(Colour::Accent);
const ORGANISER: Style = Style::new(14.0, 17.5);
/// Sizes of the title and of the introduction.
const INVITATIONS: [(Style, Style); 4] = [
    (Style::new(21.0, 26.0), Style::new(13.5, 18.0)),
    (Style::new(20.0, 24.0), Style::new(12.75, 17.0)),
    (Style::new(18.0, 22.0), BODY),
    (Style::new(15.0, 19.0), BODY),
];

const FOLDS: [f32; 2] = [mm(99.0), mm(198.0)];

/// A DL envelope is 220 × 110 mm; its window of 100 × 35 or 100 × 45 mm ends 20 mm from its right and bottom. The folded
/// sheet slides by 10 mm across and 11 mm down: whatever lies here may show, …
const MAY_SHOW: Area = Area { left: mm(88.0), top: mm(32.0), width: mm(122.0), height: mm(62.0) };
/// … and what lies here always does, with a margin of 5 mm.
const ADDRESS: Area = Area { left: mm(105.0), top: mm(54.0), width: mm(82.0), height: mm(25.0) };

/// Both ways to answer end before the second fold, which would cross the QR code.
const WAYS: Area = Area { left: MARGIN, top: mm(151.0), width: FULL_WIDTH, height: mm(46.5) };
/// The rule between both ways.
const DIVIDER: f32 = mm(103.0);
pub(crate) const CODE_WIDTH: f32 = WIDTH - MARGIN - DIVIDER - mm(3.5);
const QR_SIDE: f32 = mm(40.0);
const QR: Area = Area { left: MARGIN, top: WAYS.top + mm(1.5), width: QR_SIDE, height: QR_SIDE };

/// Sets what all letters of a survey share.
pub(crate) fn sheet(fonts: &Fonts, survey: &Survey) -> Result<Sheet, PrintError> {
    let mut sheet = Sheet::default();
    for fold in FOLDS {
        let mark = Area { left: mm(4.0), top: fold, width: mm(6.0), height: 0.5 };
        sheet.ornaments.push(Ornament::Bar(mark, Colour::Faint));
    }
    sender(&mut sheet, fonts, survey)?;
    address(&mut sheet, fonts, survey)?;
    invitation(&mut sheet, fonts, survey)?;
    by_telephone(&mut sheet, fonts)?;
    by_computer(&mut sheet, fonts, survey)?;
    let y = control_words(&mut sheet, fonts, survey, MARGIN, FOLDS[1] + mm(4.0))?;
    privacy(&mut sheet, fonts, survey, y + mm(6.0))?;
    Ok(sheet)
}

/// Who writes, and whom to call: the left of the first third, outside of the window.
fn sender(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let area = Area { left: MARGIN, top: mm(14.0), width: mm(66.0), height: mm(80.0) };
    let mut column = Column::new(sheet, fonts, area);
    column.paragraph("l’organisateur", &[bold(survey.organiser.as_str())], ORGANISER)?;
    let y = column.end(mm(37.0), "l’organisateur")?;
    let rule = Area { left: MARGIN, top: y + mm(2.0), width: mm(18.0), height: mm(1.2) };
    sheet.ornaments.push(Ornament::Bar(rule, Colour::Accent));
    let mut column = Column::new(sheet, fonts, Area { top: mm(44.0), ..area });
    column.heading(2, "l’aide", bold(wording::HELP), HEADING)?;
    column.paragraph("le téléphone et le courriel", &wording::help(survey), BODY)?;
    column.end(FOLDS[0] - mm(3.0), "le téléphone et le courriel").map(drop)
}

fn address(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let what = "le nom du territoire";
    let mut column = Column::new(sheet, fonts, ADDRESS);
    column.paragraph(what, &[bold(wording::RECIPIENT)], BODY)?;
    if !survey.territory_name.trim().is_empty() {
        column.paragraph(what, &[bold(wording::of_territory(survey))], BODY)?;
    }
    column.skip(1.5);
    column.paragraph(what, &[plain(wording::ENVELOPE)], BODY)?;
    column.end(ADDRESS.bottom(), what).map(drop)
}

/// The title and what the survey is, in the largest sizes in which they fit.
fn invitation(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let area = Area { left: MARGIN, top: FOLDS[0] + mm(3.5), width: FULL_WIDTH, height: mm(46.0) };
    let mut outcome = Ok(());
    for (title, text) in INVITATIONS {
        let begun = sheet.items.len();
        let mut column = Column::new(sheet, fonts, area);
        column.heading(1, "le titre", bold(survey.title.as_str()), title)?;
        column.skip(2.0);
        column.paragraph("l’introduction", &wording::introduction(survey), text)?;
        outcome = column.end(WAYS.top - mm(2.0), "le titre, l’organisateur et le territoire").map(drop);
        if outcome.is_ok() {
            break;
        }
        sheet.items.truncate(begun);
    }
    outcome
}

fn by_telephone(sheet: &mut Sheet, fonts: &Fonts) -> Result<(), PrintError> {
    let what = "les consignes";
    let left = MARGIN + QR_SIDE * (1.0 + QUIET);
    let mut column = Column::new(sheet, fonts, Area { left, width: DIVIDER - mm(2.0) - left, ..WAYS });
    column.numbered("1", what, bold(wording::BY_TELEPHONE), HEADING)?;
    column.skip(1.0);
    column.paragraph(what, &wording::scan(), BODY)?;
    column.end(WAYS.bottom(), what)?;
    sheet.items.push(Item::Qr(QR));
    Ok(())
}

fn by_computer(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let what = "les consignes";
    sheet.ornaments.push(Ornament::Bar(Area { left: DIVIDER, width: 0.7, ..WAYS }, Colour::Faint));
    let area = Area { left: DIVIDER + mm(3.5), width: CODE_WIDTH, ..WAYS };
    let mut column = Column::new(sheet, fonts, area);
    column.numbered("2", what, bold(wording::BY_COMPUTER), HEADING)?;
    column.skip(1.0);
    column.paragraph(what, &[plain(wording::TYPE_LINK)], BODY)?;
    column.paragraph("l’adresse courte", &[bold(wording::breakable(&survey.short_link))], BODY)?;
    column.paragraph(what, &[plain(wording::TYPE_CODE)], BODY)?;
    column.skip(1.0);
    let frame = Area { top: column.y, height: mm(11.0), ..area };
    column.y = frame.bottom();
    column.end(WAYS.bottom(), "l’adresse courte")?;
    sheet.ornaments.push(Ornament::Frame(frame, 1.6));
    sheet.items.push(Item::Code(frame));
    Ok(())
}

fn privacy(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey, top: f32) -> Result<(), PrintError> {
    let area = Area { left: MARGIN, top, width: FULL_WIDTH, height: 0.0 };
    let mut column = Column::new(sheet, fonts, area);
    column.heading(2, "la vie privée", bold(wording::PRIVACY), HEADING)?;
    for promise in wording::privacy(survey) {
        column.skip(0.6);
        column.item("la vie privée", &promise, BODY)?;
    }
    column.end(HEIGHT - mm(8.0), "la vie privée").map(drop)
}
