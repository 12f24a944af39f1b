//! The release as a workbook: contents with links, then a sheet per question, with typed numbers and notes.

use isoloir_disclosure::{Protection, Release, ReleaseTable};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Url, Workbook, Worksheet, XlsxError};

use crate::ExportError;
use crate::csv::tidy_rows;

const CONTENTS: &str = "Sommaire";

const COLUMNS: [(&str, f64); 11] = [
    ("Croisement", 18.0),
    ("Modalité", 24.0),
    ("Choix", 36.0),
    ("Part", 8.0),
    ("Erreur type", 11.0),
    ("IC 95 % bas", 11.0),
    ("IC 95 % haut", 12.0),
    ("Effectif", 9.0),
    ("Effectif redressé", 16.0),
    ("Base", 8.0),
    ("Statut", 16.0),
];

/// Sheet names have at most 31 characters.
const NAME_LENGTH: usize = 26;

struct Formats {
    title: Format,
    header: Format,
    warning: Format,
    share: Format,
    error: Format,
    count: Format,
    weighted: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            title: Format::new().set_bold().set_font_size(14),
            header: Format::new().set_bold().set_background_color(Color::RGB(0x00E6_EEEE)),
            warning: Format::new().set_bold().set_font_color(Color::RGB(0x00B0_0020)),
            share: Format::new().set_num_format("0%"),
            error: Format::new().set_num_format("0.0%"),
            count: Format::new().set_num_format("#,##0"),
            weighted: Format::new().set_num_format("#,##0.0"),
        }
    }
}

/// The whole release as an XLSX file.
///
/// # Errors
/// [`ExportError::Workbook`].
pub(crate) fn workbook(title: &str, release: &Release) -> Result<Vec<u8>, ExportError> {
    let formats = Formats::new();
    let mut workbook = Workbook::new();
    // The hour at which a file was made is not ours to write into it.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    let names: Vec<String> = release.questions().zip(1..).map(|(tables, number)| sheet_name(number, tables)).collect();
    contents(workbook.add_worksheet(), title, release, &names, &formats)?;
    for (tables, name) in release.questions().zip(&names) {
        question(workbook.add_worksheet(), name, tables, &formats)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// Unique, since it is numbered; a variable's name has no character that Excel refuses.
fn sheet_name(number: u32, tables: &[ReleaseTable]) -> String {
    let question: String = tables[0].spec().question.chars().take(NAME_LENGTH).collect();
    format!("{number:03} {question}")
}

fn link(sheet: &str, text: &str) -> Url {
    Url::new(format!("internal:'{sheet}'!A1")).set_text(text)
}

fn contents(
    sheet: &mut Worksheet,
    title: &str,
    release: &Release,
    names: &[String],
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.set_name(CONTENTS)?;
    sheet.set_column_width(0, 60)?.set_column_width(1, 28)?.set_column_width(2, 12)?;
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    let protection = release.protection();
    sheet.write_string_with_format(1, 0, format!("Protection\u{a0}: {}", protection.words()), &formats.warning)?;
    sheet.write_string(2, 0, "Consultation volontaire, échantillon non probabiliste, intervalles indicatifs.")?;
    let weighting = if release.weighting().is_some() { "calage sur marges" } else { "aucun" };
    sheet.write_string(3, 0, format!("Redressement\u{a0}: {weighting}"))?;
    sheet.write_string(4, 0, "Statuts\u{a0}: published publié, masked effectif trop petit, base_too_small trop peu de réponses, no_answer aucune réponse.")?;
    for (column, heading) in (0..).zip(["Question", "Variable", "Réponses"]) {
        sheet.write_string_with_format(6, column, heading, &formats.header)?;
    }
    for ((row, tables), name) in (7..).zip(release.questions()).zip(names) {
        let spec = tables[0].spec();
        sheet.write_url(row, 0, link(name, &spec.title))?;
        sheet.write_string(row, 1, &spec.question)?;
        if let Some(base) = tables[0].total().base {
            sheet.write_number_with_format(row, 2, base, &formats.count)?;
        }
    }
    sheet.set_freeze_panes(7, 0)?;
    Ok(())
}

fn question(sheet: &mut Worksheet, name: &str, tables: &[ReleaseTable], formats: &Formats) -> Result<(), XlsxError> {
    let spec = tables[0].spec();
    sheet.set_name(name)?;
    sheet.write_string_with_format(0, 0, &spec.title, &formats.title)?;
    sheet.write_string(1, 0, &spec.text)?;
    sheet.write_url(2, 0, link(CONTENTS, CONTENTS))?;
    let note =
        if spec.several { "Plusieurs réponses possibles\u{a0}: les parts font plus de 100\u{a0}%." } else { "" };
    sheet.write_string(2, 2, note)?;
    if tables[0].protection() == Protection::None {
        sheet.write_string_with_format(3, 0, Protection::UNPROTECTED, &formats.warning)?;
    }
    for (column, (heading, width)) in (0..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(4, column, heading, &formats.header)?;
    }
    let label = |by: &str| tables.iter().find(|table| table.spec().by == by).map(|table| &table.spec().breakdown);
    for (row, values) in (5..).zip(tidy_rows(tables)) {
        let breakdown = label(values.breakdown).filter(|_| !values.breakdown.is_empty());
        sheet.write_string(row, 0, breakdown.map_or("", String::as_str))?;
        sheet.write_string(row, 1, values.category_label)?;
        sheet.write_string(row, 2, values.choice_label)?;
        let [count, weighted, share, error, low, high] = values.numbers();
        let numbers = [
            (3, share, &formats.share),
            (4, error, &formats.error),
            (5, low, &formats.share),
            (6, high, &formats.share),
            (7, count, &formats.count),
            (8, weighted, &formats.weighted),
            (9, values.base.map(f64::from), &formats.count),
        ];
        for (column, number, format) in numbers {
            if let Some(number) = number {
                sheet.write_number_with_format(row, column, number, format)?;
            }
        }
        sheet.write_string(row, 10, values.status)?;
    }
    sheet.set_freeze_panes(5, 3)?;
    Ok(())
}
