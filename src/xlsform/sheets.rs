//! Sheets of texts, from and to the bytes of an `.xlsx` workbook. Every problem that is found later can name its cell.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::Problem;

/// A sheet whose first row names its columns.
pub(crate) struct Sheet {
    pub(crate) name: &'static str,
    columns: BTreeMap<String, usize>,
    pub(crate) rows: Vec<Row>,
    problems: RefCell<Vec<Problem>>,
}

/// A row that is not empty.
pub(crate) struct Row {
    /// From 1, as spreadsheets count.
    pub(crate) number: usize,
    cells: Vec<String>,
}

impl Sheet {
    /// Whether the sheet has this column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// A cell; empty when there is no such column.
    pub(crate) fn get<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        let index = self.columns.get(column);
        index.and_then(|index| row.cells.get(*index)).map_or("", String::as_str)
    }

    /// Notes what is wrong with a cell; with the row's first when the column is missing.
    pub(crate) fn note(&self, row: &Row, column: &str, message: impl Into<String>, fix: impl Into<String>) {
        let index = self.columns.get(column).copied().unwrap_or(0);
        self.note_at(format!("{}{}", letters(index), row.number), message, fix);
    }

    pub(crate) fn note_at(&self, cell: String, message: impl Into<String>, fix: impl Into<String>) {
        let sheet = self.name.to_owned();
        self.problems.borrow_mut().push(Problem { sheet, cell, message: message.into(), fix: fix.into() });
    }

    /// Notes each column that holds something and is not one of those that are known.
    pub(crate) fn refuse_other_columns(&self, is_known: impl Fn(&str) -> bool, fix: &str) {
        for (name, index) in &self.columns {
            let is_used = self.rows.iter().any(|row| row.cells.get(*index).is_some_and(|cell| !cell.is_empty()));
            if is_used && !is_known(name) {
                self.note_at(
                    format!("{}1", letters(*index)),
                    format!("la colonne « {name} » n’est pas prise en charge"),
                    fix,
                );
            }
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// `A`, `B`… `Z`, `AA`…
fn letters(index: usize) -> String {
    let letter = |index: usize| char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    if index < 26 { letter(index).to_string() } else { format!("{}{}", letters(index / 26 - 1), letter(index)) }
}

/// Reads the sheets of these names; `None` for one that is not there.
pub(crate) fn read<const N: usize>(bytes: &[u8], names: [&'static str; N]) -> Result<[Option<Sheet>; N], Problem> {
    let unreadable = |_| Problem {
        sheet: String::new(),
        cell: String::new(),
        message: "ce n’est pas un classeur .xlsx lisible".to_owned(),
        fix: "ouvrez-le dans un tableur et enregistrez-le au format Excel (.xlsx)".to_owned(),
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut sheets = [const { None }; N];
    for (name, place) in names.into_iter().zip(&mut sheets) {
        let known = workbook.sheet_names().into_iter().find(|known| known.trim().eq_ignore_ascii_case(name));
        let Some(known) = known else { continue };
        let range = workbook.worksheet_range(&known).map_err(unreadable)?;
        let (top, left) = range.start().unwrap_or((0, 0));
        let (top, left) = (usize::try_from(top).unwrap_or(0), usize::try_from(left).unwrap_or(0));
        let mut rows = range.rows().enumerate().map(|(index, cells)| {
            let cells = std::iter::repeat_n(String::new(), left).chain(cells.iter().map(text));
            Row { number: top + index + 1, cells: cells.collect() }
        });
        let header = rows.next().map(|row| row.cells).unwrap_or_default();
        let columns = header.iter().enumerate().filter(|(_, name)| !name.is_empty());
        let columns = columns.map(|(index, name)| (column_name(name), index)).collect();
        let rows = rows.filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect();
        *place = Some(Sheet { name, columns, rows, problems: RefCell::default() });
    }
    Ok(sheets)
}

/// A column's name as the tools of ODK take it: « List name » is `list_name`. A language keeps its letters.
fn column_name(header: &str) -> String {
    let name = |words: &str| words.trim().to_ascii_lowercase().replace(' ', "_");
    match header.split_once("::") {
        // Ours end in a language.
        _ if header.starts_with("isoloir_") => header.to_owned(),
        Some((words, lang)) => format!("{}::{}", name(words), lang.trim()),
        None => name(header),
    }
}

/// What a cell says, as somebody would have typed it.
fn text(cell: &Data) -> String {
    match cell {
        Data::String(text) => text.trim().to_owned(),
        Data::Bool(true) => "yes".to_owned(),
        Data::Bool(false) => "no".to_owned(),
        other => other.to_string().trim().to_owned(),
    }
}

/// A sheet that is written: its name, its columns, and for each row the cells of some columns.
pub(crate) struct NewSheet {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<BTreeMap<String, String>>,
}

/// Writes a workbook. All cells are texts: a code such as `01` stays what it is.
pub(crate) fn write(sheets: &[NewSheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The same questionnaire makes the same file.
    let epoch = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&epoch));
    let bold = Format::new().set_bold();
    for sheet in sheets {
        let worksheet = workbook.add_worksheet().set_name(sheet.name)?;
        worksheet.set_freeze_panes(1, 0)?;
        // A column that no row fills is left out.
        let used = sheet.columns.iter().filter(|name| sheet.rows.iter().any(|row| row.contains_key(*name)));
        for (column, name) in (0..).zip(used) {
            worksheet.write_string_with_format(0, column, name, &bold)?;
            worksheet.set_column_width(column, if name.contains("::") { 48 } else { 20 })?;
            for (index, row) in (1..).zip(&sheet.rows) {
                if let Some(text) = row.get(name) {
                    worksheet.write_string(index, column, text)?;
                }
            }
        }
    }
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_lettered_as_spreadsheets_do() {
        let letters: Vec<String> = [0, 25, 26, 51, 52, 701, 702].into_iter().map(super::letters).collect();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
