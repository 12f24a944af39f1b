//! The letter: one sheet per code, folded in three for a window envelope.

use crate::column::{Column, Style, first_that_fits};
use crate::control::control_words;
use crate::error::PrintError;
use crate::qr::QUIET;
use crate::sheet::{Area, Colour, HEIGHT, Item, Ornament, Sheet, WIDTH, mm};
use crate::text::{Fonts, bold, plain};
use crate::{Survey, wording};

const MARGIN: f32 = mm(20.0);
const FULL_WIDTH: f32 = WIDTH - 2.0 * MARGIN;

const BODY: Style = Style::new(12.0, 15.8);
const RECIPIENT: Style = Style::new(12.0, 15.2);
const HEADING: Style = Style::new(13.0, 17.0).coloured(Colour::Accent);
const ORGANISERS: [Style; 2] = [Style::new(14.0, 17.5), Style::new(12.0, 15.2)];
/// Sizes of the title and of the introduction.
const INVITATIONS: [(Style, Style); 4] = [
    (Style::new(21.0, 26.0), Style::new(13.5, 18.0)),
    (Style::new(20.0, 24.0), Style::new(12.75, 17.0)),
    (Style::new(18.0, 22.0), BODY),
    (Style::new(15.0, 19.0), BODY),
];

const FOLDS: [f32; 2] = [mm(99.0), mm(198.0)];

/// A DL envelope is 220 × 110 mm; its window, of 100 × 35 or 100 × 45 mm, ends 20 mm from its right and bottom. The folded
/// sheet slides in it by 10 mm across and 11 mm down. This shows wherever it slides, but for a sliver.
const ADDRESS: Area = Area { left: mm(105.0), top: mm(52.0), width: mm(82.0), height: mm(28.0) };
/// The left of the first third, which never shows.
const SENDER: Area = Area { left: MARGIN, top: mm(14.0), width: mm(66.0), height: mm(82.0) };

/// Both ways to answer end before the second fold, which would cross the QR code.
const WAYS: Area = Area { left: MARGIN, top: mm(151.0), width: FULL_WIDTH, height: mm(46.5) };
/// The rule between both ways.
const DIVIDER: f32 = mm(103.0);
pub(crate) const CODE_WIDTH: f32 = WIDTH - MARGIN - DIVIDER - mm(3.5);
const QR_SIDE: f32 = mm(40.0);
const QR: Area = Area { left: MARGIN, top: WAYS.top + mm(2.0), width: QR_SIDE, height: QR_SIDE };

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
    help(&mut sheet, fonts, survey)?;
    let y = control_words(&mut sheet, fonts, survey, MARGIN, FOLDS[1] + mm(4.0))?;
    privacy(&mut sheet, fonts, survey, y + mm(6.0))?;
    Ok(sheet)
}

/// Who writes.
fn sender(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let what = "l’organisateur";
    let y = first_that_fits(sheet, ORGANISERS, |sheet, style| {
        let mut column = Column::new(sheet, fonts, SENDER);
        column.paragraph(what, &[bold(wording::organiser(survey))], style)?;
        column.end(mm(37.0), what)
    })?;
    let rule = Area { left: MARGIN, top: y + mm(2.0), width: mm(18.0), height: mm(1.2) };
    sheet.ornaments.push(Ornament::Bar(rule, Colour::Accent));
    Ok(())
}

/// For those who would rather speak or write: below the sender, but read after both other ways.
fn help(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let mut column = Column::new(sheet, fonts, Area { top: mm(44.0), ..SENDER });
    column.heading(2, "l’aide", bold(wording::HELP), HEADING)?;
    column.paragraph("le téléphone et le courriel", &wording::help(survey), BODY)?;
    column.end(SENDER.bottom(), "le téléphone et le courriel").map(drop)
}

/// Whom the letter is for, as low as it fits.
fn address(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let what = "le nom du territoire";
    first_that_fits(sheet, [mm(4.0), mm(2.0), 0.0], |sheet, lower| {
        let mut column = Column::new(sheet, fonts, Area { top: ADDRESS.top + lower, ..ADDRESS });
        column.paragraph(what, &[bold(wording::RECIPIENT)], RECIPIENT)?;
        if !survey.territory_name.trim().is_empty() {
            column.paragraph(what, &[bold(wording::of_territory(survey))], RECIPIENT)?;
        }
        column.skip(1.0);
        column.paragraph(what, &[plain(wording::ENVELOPE)], RECIPIENT)?;
        column.end(ADDRESS.bottom(), what)
    })
    .map(drop)
}

/// The title and what the survey is, in the largest sizes in which they fit.
fn invitation(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey) -> Result<(), PrintError> {
    let area = Area { left: MARGIN, top: FOLDS[0] + mm(3.5), width: FULL_WIDTH, height: mm(46.0) };
    first_that_fits(sheet, INVITATIONS, |sheet, (title, text)| {
        let mut column = Column::new(sheet, fonts, area);
        column.heading(1, "le titre", bold(survey.title.as_str()), title)?;
        column.skip(2.0);
        column.paragraph("l’introduction", &wording::introduction(survey), text)?;
        column.end(QR.top - QUIET * QR_SIDE, "le titre, l’organisateur et le territoire")
    })
    .map(drop)
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
    let frame = Area { top: column.y, height: mm(10.0), ..area };
    column.y = frame.bottom();
    column.end(WAYS.bottom(), "l’adresse courte")?;
    sheet.ornaments.push(Ornament::Frame(frame, 1.6));
    sheet.items.push(Item::Code(frame));
    Ok(())
}

fn privacy(sheet: &mut Sheet, fonts: &Fonts, survey: &Survey, top: f32) -> Result<(), PrintError> {
    let what = "l’organisateur, nommé sous « vie privée »";
    let area = Area { left: MARGIN, top, width: FULL_WIDTH, height: 0.0 };
    let mut column = Column::new(sheet, fonts, area);
    column.heading(2, what, bold(wording::PRIVACY), HEADING)?;
    for promise in wording::privacy(survey) {
        column.skip(0.6);
        column.item(what, &promise, BODY)?;
    }
    column.end(HEIGHT - mm(8.0), what).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::sheet::Placed;
    use crate::tests::survey;

    /// What may show in the window, wherever the sheet slides.
    const WINDOW: Area = Area { left: mm(90.0), top: mm(34.0), width: mm(110.0), height: mm(57.0) };

    fn overlap(one: Area, other: Area) -> bool {
        let apart = |end: f32, start: f32| end < start + 0.01;
        !apart(one.left + one.width, other.left)
            && !apart(other.left + other.width, one.left)
            && !apart(one.bottom(), other.top)
            && !apart(other.bottom(), one.top)
    }

    /// Where there is ink: each line from its capitals to its descenders, the QR code with its quiet zone, the code.
    fn inked(sheet: &Sheet) -> Vec<Area> {
        let mut areas = Vec::new();
        for item in &sheet.items {
            match item {
                Item::Text(_, lines) => areas.extend(lines.iter().map(Placed::area)),
                Item::Qr(area) => {
                    let quiet = QUIET * area.width;
                    let side = area.width + 2.0 * quiet;
                    areas.push(Area::square(area.left - quiet, area.top - quiet, side));
                }
                Item::Code(area) => areas.push(*area),
            }
        }
        areas
    }

    /// Texts from one word to far too many, one of them at a time and then all.
    fn surveys() -> impl Iterator<Item = Survey> {
        (0..30).map(|case| {
            let (field, length) = (case / 5, 2 * (case % 5));
            let long = |text: &str| format!("{text}{}", " et du Saumurois".repeat(length));
            let mut survey = survey();
            if matches!(field, 0 | 5) {
                survey.title = long("La santé");
            }
            if matches!(field, 1 | 5) {
                survey.organiser = long("Pays");
            }
            if matches!(field, 2 | 5) {
                survey.territory_name =
                    if length == 0 { String::new() } else { long("des Mauges").replacen(" et du Saumurois", "", 1) };
            }
            if matches!(field, 3 | 5) {
                survey.email = (length > 1).then(|| format!("sante{}@mauges.fr", "-sante".repeat(length / 2)));
            }
            if matches!(field, 4 | 5) {
                survey.short_link = format!("sante.fr/s/mauges{}", "-2026".repeat(length));
            }
            survey
        })
    }

    #[test]
    fn nothing_overlaps_whatever_the_lengths_or_the_letter_is_refused() {
        let fonts = Fonts::load();
        let mut refused = 0;
        for survey in surveys() {
            let sheet = match sheet(&fonts, &survey) {
                Ok(sheet) => sheet,
                Err(error) => {
                    assert!(matches!(error, PrintError::TooLong { .. }), "{error}");
                    refused += 1;
                    continue;
                }
            };
            let areas = inked(&sheet);
            for (index, area) in areas.iter().enumerate() {
                let page = Area { left: mm(5.0), top: mm(5.0), width: WIDTH - mm(10.0), height: HEIGHT - mm(10.0) };
                assert!(area.left >= page.left && area.left + area.width <= page.left + page.width);
                assert!(area.top >= page.top && area.bottom() <= page.bottom());
                for other in &areas[..index] {
                    assert!(!overlap(*area, *other), "at {} and {} mm", area.top / mm(1.0), other.top / mm(1.0));
                }
            }
        }
        // Both ways out were taken.
        assert!((5..25).contains(&refused), "{refused} refused");
    }

    #[test]
    fn the_window_shows_the_address_and_nothing_else() {
        let fonts = Fonts::load();
        let sheet = sheet(&fonts, &survey()).expect("short texts");
        let shown: Vec<Area> = inked(&sheet).into_iter().filter(|area| overlap(*area, WINDOW)).collect();
        assert_eq!(shown.len(), 4, "two lines of whom, two of what");
        for area in shown {
            assert!(area.left >= ADDRESS.left && area.left + area.width <= ADDRESS.left + ADDRESS.width);
            assert!(area.top >= ADDRESS.top && area.bottom() <= ADDRESS.bottom());
        }
    }

    #[test]
    fn no_fold_crosses_a_text_or_the_qr_code() {
        let fonts = Fonts::load();
        let sheet = sheet(&fonts, &survey()).expect("short texts");
        let texts = sheet.items.iter().flat_map(|item| match item {
            Item::Text(_, lines) => lines.iter().map(Placed::area).collect(),
            Item::Qr(area) | Item::Code(area) => vec![*area],
        });
        for area in texts {
            assert!(FOLDS.iter().all(|fold| *fold < area.top || area.bottom() < *fold));
        }
    }

    #[test]
    fn letters_are_large_enough_for_old_eyes() {
        let fonts = Fonts::load();
        for survey in surveys() {
            let Ok(sheet) = sheet(&fonts, &survey) else { continue };
            for item in sheet.items {
                let Item::Text(_, lines) = item else { continue };
                assert!(lines.iter().all(|placed| placed.size >= 12.0));
            }
        }
        assert!(QR.width >= mm(35.0));
        for code in ["7K3M-9QZT-4H2X-B", "1111-1111-1111-1", "QGMW-MWAX-QGDN-M"] {
            assert!(Code::new(&fonts, code, CODE_WIDTH).expect("a code").size() >= 18.0);
        }
    }
}
