//! A responses file: one column per question, one row per respondent, several codes joined by `|`, empty = skipped.
//! The same format everywhere a file of responses is read or written.

use std::io::{Read, Write};

use crate::answers::{AnswerSheet, Submitted, validate};
use crate::model::Questionnaire;

const SEPARATOR: char = '|';

/// A responses file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SheetCsvError {
    /// The file is not CSV, or cannot be read or written.
    #[error("fichier de réponses illisible : {0}")]
    Csv(#[from] csv::Error),
    /// The file could not be written to the end.
    #[error("le fichier de réponses n’a pas pu être écrit : {0}")]
    Io(#[from] std::io::Error),
    /// A column that is no question.
    #[error(
        "colonne {column} : « {name} » n’est pas une question de {survey} ; corrigez l’en-tête ou enlevez la colonne"
    )]
    UnknownColumn {
        /// Column, from 1.
        column: usize,
        /// Its heading.
        name: String,
        /// The questionnaire.
        survey: String,
    },
    /// Every cell that is not valid, one per line.
    #[error("{}", .0.join("\n"))]
    Cells(Vec<String>),
}

/// Writes the sheets, a column for each question of the questionnaire.
///
/// # Errors
/// [`SheetCsvError::Csv`] or [`SheetCsvError::Io`] when `writer` fails.
pub fn write_csv<'a>(
    questionnaire: &Questionnaire,
    sheets: impl IntoIterator<Item = &'a AnswerSheet>,
    writer: impl Write,
) -> Result<(), SheetCsvError> {
    let mut csv = csv::Writer::from_writer(writer);
    let questions: Vec<_> = questionnaire.questions().filter(|question| question.is_asked()).collect();
    csv.write_record(questions.iter().map(|question| question.id.as_str()))?;
    for sheet in sheets {
        let cell = |id| sheet.answers().get(id).map(|answer| answer.values().join("|")).unwrap_or_default();
        csv.write_record(questions.iter().map(|question| cell(&question.id)))?;
    }
    csv.flush()?;
    Ok(())
}

/// Reads and validates the sheets of a responses file: all of them or none.
///
/// # Errors
/// The first unknown column, or every bad cell with its row (the heading is row 1) and column.
pub fn read_csv(questionnaire: &Questionnaire, reader: impl Read) -> Result<Vec<AnswerSheet>, SheetCsvError> {
    let mut csv = csv::Reader::from_reader(reader);
    let header = csv.headers()?.clone();
    for (index, name) in header.iter().enumerate() {
        let known = questionnaire.questions().any(|question| question.is_asked() && question.id.as_str() == name);
        if !known {
            let (name, survey) = (name.to_owned(), questionnaire.id.to_string());
            return Err(SheetCsvError::UnknownColumn { column: index + 1, name, survey });
        }
    }
    let mut sheets = Vec::new();
    let mut bad = Vec::new();
    for (index, record) in csv.records().enumerate() {
        let record = record?;
        let submitted: Submitted = header
            .iter()
            .zip(record.iter())
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| (name.to_owned(), values(questionnaire, name, cell)))
            .collect();
        match validate(questionnaire, &submitted) {
            Ok(sheet) => sheets.push(sheet),
            Err(errors) => bad.extend(
                errors
                    .into_iter()
                    .map(|error| format!("ligne {}, colonne « {} » : {}", index + 2, error.question, error.kind)),
            ),
        }
    }
    if bad.is_empty() { Ok(sheets) } else { Err(SheetCsvError::Cells(bad)) }
}

/// Only the codes of a question that takes several are joined; a free text keeps its bars.
fn values(questionnaire: &Questionnaire, name: &str, cell: &str) -> Vec<String> {
    let takes_several =
        questionnaire.questions().any(|question| question.id.as_str() == name && question.takes_several());
    if takes_several { cell.split(SEPARATOR).map(str::to_owned).collect() } else { vec![cell.to_owned()] }
}
