//! What every sheet has: its head, the way it prints, and cells that are either a number or the word for its absence.

use isoloir_disclosure::{Estimate, Protection, ReleaseRow, ReleaseTable};
use rust_xlsxwriter::{ColNum, Format, RowNum, Url, Worksheet, XlsxError};

use super::Book;
use super::contents::CONTENTS;
use super::format::{ACCENT, ALARM};
use crate::number::tidy;

/// The paper of France.
const A4: u8 = 9;

/// Below the head of each sheet.
pub(super) const FIRST_ROW: RowNum = 5;

pub(super) fn link(sheet: &str, text: &str) -> Url {
    Url::new(format!("internal:'{sheet}'!A1")).set_text(text)
}

/// The word for a number that is not published.
pub(super) fn absence(table: &ReleaseTable, row: &ReleaseRow, cell: &Estimate) -> &'static str {
    status_words(table.status(row, cell))
}

/// A status in French.
pub(super) fn status_words(status: &str) -> &'static str {
    match status {
        "published" => "publié",
        "no_answer" => "sans réponse",
        _ => Protection::NOT_PUBLISHED,
    }
}

impl Book<'_> {
    /// Names a sheet and writes its head: title, a line under it, the way back, what must be read first.
    pub(super) fn head(&self, sheet: &mut Worksheet, name: &str, title: &str, under: &str) -> Result<(), XlsxError> {
        sheet.set_name(name)?;
        sheet.write_string_with_format(0, 0, title, &self.formats.title)?;
        sheet.write_string(1, 0, under)?;
        if name != CONTENTS {
            sheet.write_url(2, 0, link(CONTENTS, "← Sommaire"))?;
        }
        sheet.write_string_with_format(3, 0, &self.warning, &self.formats.warning)?;
        sheet.set_tab_color(if self.warning.is_empty() { ACCENT } else { ALARM });
        self.print_setup(sheet);
        Ok(())
    }

    /// One page wide, on its side, with what says where a sheet of paper comes from.
    fn print_setup(&self, sheet: &mut Worksheet) {
        // In a header, « & » starts a code; Excel takes 255 characters.
        let plain = |text: &str| text.replace('&', "&&").chars().take(100).collect::<String>();
        let title = plain(self.questionnaire.title.fr());
        let origin = format!(
            "{} – {} – {}",
            plain(self.questionnaire.organiser.fr()),
            plain(&self.about.edition),
            self.about.day()
        );
        sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
        sheet.set_header(format!("&L{title}&R&B{}", plain(&self.warning)));
        sheet.set_footer(format!("&L{origin}&R&P / &N"));
    }

    /// A row of column headings with their widths, which stays in sight and is printed on each page.
    pub(super) fn headings(
        &self,
        sheet: &mut Worksheet,
        row: RowNum,
        columns: &[(&str, f64)],
    ) -> Result<(), XlsxError> {
        for (column, (heading, width)) in (0..).zip(columns) {
            sheet.set_column_width(column, *width)?;
            let format = if column == 0 { &self.formats.first_header } else { &self.formats.header };
            sheet.write_string_with_format(row, column, *heading, format)?;
        }
        // Two lines: some programs do not make rows as high as their texts.
        sheet.set_row_height(row, 32)?;
        sheet.set_freeze_panes(row + 1, 0)?;
        sheet.set_repeat_rows(row, row)?;
        Ok(())
    }

    /// A number, or nothing.
    pub(super) fn optional(
        sheet: &mut Worksheet,
        row: RowNum,
        column: ColNum,
        number: Option<f64>,
        format: &Format,
    ) -> Result<(), XlsxError> {
        if let Some(number) = number {
            sheet.write_number_with_format(row, column, tidy(number), format)?;
        }
        Ok(())
    }

    /// A share, or the word for its absence.
    pub(super) fn share(
        &self,
        sheet: &mut Worksheet,
        (row, column): (RowNum, ColNum),
        share: Option<f64>,
        absence: &str,
    ) -> Result<(), XlsxError> {
        match share {
            Some(share) => sheet.write_number_with_format(row, column, tidy(share), &self.formats.share)?,
            None => sheet.write_string_with_format(row, column, absence, &self.formats.masked)?,
        };
        Ok(())
    }
}
