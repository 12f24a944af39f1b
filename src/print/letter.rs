//! The letter: one sheet per code, folded in three for a window envelope.

use crate::column::{Column, Style};
use crate::error::PrintError;
use crate::sheet::{Area, Colour, HEIGHT, Item, Ornament, Placed, Role, Sheet, WIDTH, mm};
use crate::text::{Fonts, Line, bold, plain};
use crate::words::fingerprint_words;
use crate::{Survey, wording};

const MARGIN: f32 = mm(20.0);
const FULL_WIDTH: f32 = WIDTH - 2.0 * MARGIN;

const BODY: Style = Style::new(12.0, 15.8);
const HEADING: Style = Style::new(13.0, 17.0).coloured(Colour::Accent);
const ORGANISER: Style = Style::new(14.0, 17.5);
/// The title is set in the first size in which it takes at most two lines.
const TITLES: [Style; 3] = [Style::new(20.0, 24.0), Style::new(18.0, 22.0), Style::new(16.0, 20.0)];
const CODE_SIZE: f32 = 21.0;

const FOLDS: [f32; 2] = [mm(99.0), mm(198.0)];

/// A DL envelope is 220 × 110 mm; its window of 100 × 35 or 100 × 45 mm ends 20 mm from its right and bottom. The folded
/// sheet slides by 10 mm across and 11 mm down: whatever lies here may show, …
const MAY_SHOW: Area = Area { left: mm(88.0), top: mm(32.0), width: mm(122.0), height: mm(62.0) };
/// … and what lies here always does, with a margin of 5 mm.
const ADDRESS: Area = Area { left: mm(105.0), top: mm(54.0), width: mm(82.0), height: mm(25.0) };

const QR_SIDE: f32 = mm(40.0);
/// The bottom of the QR code stays clear of the second fold.
const QR: Area = Area { left: MARGIN, top: FOLDS[1] - mm(3.0) - QR_SIDE, width: QR_SIDE, height: QR_SIDE };

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
    let y = control_words(&mut sheet, fonts, survey)?;
    privacy(&mut sheet, fonts, survey, y + mm(5.0))?;
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

fn invitation(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let area = Area { left: MARGIN, top: FOLDS[0] + mm(3.5), width: FULL_WIDTH, height: mm(46.0) };
    let title = [bold(survey.title.as_str())];
    let mut style = TITLES[0];
    for smaller in TITLES {
        style = smaller;
        let lines = crate::text::wrap(fonts, &title, style.size, FULL_WIDTH).map_err(|error| error.of("le titre"))?;
        if lines.len() <= 2 {
            break;
        }
    }
    let [title] = title;
    let mut column = Column::new(sheet, fonts, area);
    column.heading(1, "le titre", title, style)?;
    column.skip(2.0);
    column.paragraph("l’introduction", &wording::introduction(survey), BODY)?;
    column.end(QR.top - mm(2.0), "le titre, l’organisateur et le territoire").map(drop)
}

fn by_telephone(sheet: &mut Sheet, fonts: &Fonts) -> Result<(), PrintError> {
    let area = Area { left: mm(65.5), width: mm(40.0), ..QR };
    let mut column = Column::new(sheet, fonts, area);
    column.numbered("1", "les consignes", bold(wording::BY_TELEPHONE), HEADING)?;
    column.skip(1.0);
    column.paragraph("les consignes", &wording::scan(), BODY)?;
    column.end(FOLDS[1], "les consignes")?;
    sheet.items.push(Item::Qr(QR));
    Ok(())
}

fn by_computer(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let area = Area { left: mm(112.0), width: mm(78.0), ..QR };
    let rule = Area { left: mm(108.0), width: 0.7, ..QR };
    sheet.ornaments.push(Ornament::Bar(rule, Colour::Faint));
    let mut column = Column::new(sheet, fonts, area);
    column.numbered("2", "les consignes", bold(wording::BY_COMPUTER), HEADING)?;
    column.skip(1.0);
    column.paragraph("les consignes", &[plain(wording::TYPE_LINK)], BODY)?;
    column.paragraph("l’adresse courte", &[bold(wording::breakable(&survey.short_link))], BODY)?;
    column.paragraph("les consignes", &[plain(wording::TYPE_CODE)], BODY)?;
    column.skip(1.0);
    let y = column.y;
    let frame = Area { left: area.left, top: y, width: area.width, height: mm(11.0) };
    if frame.bottom() > FOLDS[1] {
        let excess_mm = crate::text::excess_mm(frame.bottom() - FOLDS[1]);
        return Err(PrintError::TooLong { what: "l’adresse courte", excess_mm });
    }
    sheet.ornaments.push(Ornament::Frame(frame, 1.6));
    let baseline = frame.top + frame.height / 2.0 + 0.334 * CODE_SIZE;
    sheet.items.push(Item::Code { x: frame.left + mm(3.0), baseline, size: CODE_SIZE });
    Ok(())
}

/// The words in two columns, beside what they are for. Returns where the frame ends.
fn control_words(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<f32, PrintError> {
    let what = "les mots de contrôle";
    let frame = Area { left: MARGIN, top: FOLDS[1] + mm(4.5), width: FULL_WIDTH, height: mm(32.0) };
    sheet.ornaments.push(Ornament::Frame(frame, 0.8));
    let text = Area { left: frame.left + mm(5.0), top: frame.top + mm(2.5), width: mm(80.0), ..frame };
    let mut column = Column::new(sheet, fonts, text);
    column.heading(2, what, bold(wording::WORDS), HEADING)?;
    column.paragraph(what, &wording::words(), BODY)?;
    column.end(frame.bottom(), what)?;
    let style = Style::new(13.0, mm(6.8));
    let mut placed = Vec::new();
    for (index, word) in (0u8..).zip(fingerprint_words(&survey.key_fingerprint)) {
        let line = Line::new(fonts, &[bold(format!("{word} "))]).map_err(|error| error.of(what))?;
        let x = mm(if index < 4 { 114.0 } else { 152.0 });
        let baseline = frame.top + mm(2.4) + f32::from(index % 4) * style.leading + style.baseline();
        placed.push(Placed { line, x, baseline, size: style.size, colour: Colour::Ink });
    }
    sheet.items.push(Item::Text(Role::Paragraph, placed));
    Ok(frame.bottom())
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
