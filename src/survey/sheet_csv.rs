//! A responses file: one column per question, one row per respondent, several codes joined by `|`, empty = skipped.
//! The same format everywhere a file of responses is read or written.

use std::io::{Read, Write};

use crate::answers::{AnswerSheet, FieldError, FieldErrorKind, Submitted, validate};
use crate::model::{Question, Questionnaire};

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
    /// Every column and cell that is not valid, one per line: where, what, and what to do.
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

/// Reads and validates the sheets of a responses file: all of them or none. Columns are parted by commas, or by semicolons
/// as French spreadsheets do.
///
/// # Errors
/// Every unknown column; or else every bad row and cell, with its row (the heading is row 1) and column.
pub fn read_csv(questionnaire: &Questionnaire, mut reader: impl Read) -> Result<Vec<AnswerSheet>, SheetCsvError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let heading = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if heading.contains(&b';') && !heading.contains(&b',') { b';' } else { b',' };
    let mut csv = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let header = csv.headers()?.clone();
    let bad = bad_columns(questionnaire, &header);
    if !bad.is_empty() {
        return Err(SheetCsvError::Cells(bad));
    }
    let (mut sheets, mut bad) = (Vec::new(), Vec::new());
    for (index, record) in csv.byte_records().enumerate() {
        match read_row(questionnaire, &header, &record?) {
            Ok(sheet) => sheets.push(sheet),
            Err(faults) => bad.extend(faults.into_iter().map(|fault| format!("ligne {}{fault}", index + 2))),
        }
    }
    if bad.is_empty() { Ok(sheets) } else { Err(SheetCsvError::Cells(bad)) }
}

/// Columns that are no question, or a question for the second time.
fn bad_columns(questionnaire: &Questionnaire, header: &csv::StringRecord) -> Vec<String> {
    let mut bad = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let column = index + 1;
        if !questionnaire.questions().any(|question| question.is_asked() && question.id.as_str() == name) {
            bad.push(format!(
                "colonne {column} : « {name} » n’est pas une question de {} ; corrigez l’en-tête ou enlevez la colonne",
                questionnaire.id
            ));
        } else if header.iter().take(index).any(|earlier| earlier == name) {
            bad.push(format!("colonne {column} : « {name} » est là deux fois ; gardez l’une des deux"));
        }
    }
    bad
}

/// One respondent, or what is wrong with the row; each fault starts with a comma or a colon.
fn read_row(
    questionnaire: &Questionnaire,
    header: &csv::StringRecord,
    record: &csv::ByteRecord,
) -> Result<AnswerSheet, Vec<String>> {
    if record.len() != header.len() {
        return Err(vec![format!(
            " : {} cellules, alors que l’en-tête a {} colonnes ; mettez entre guillemets les textes qui contiennent un \
             séparateur, et laissez vides les cellules sans réponse",
            record.len(),
            header.len()
        )]);
    }
    let mut submitted = Submitted::new();
    let mut faults = Vec::new();
    for (name, cell) in header.iter().zip(record) {
        match std::str::from_utf8(cell) {
            Ok("") => {}
            Ok(cell) => {
                submitted.insert(name.to_owned(), values(questionnaire, name, cell));
            }
            Err(_) => faults.push(format!(
                ", colonne « {name} » : des caractères ne sont pas lisibles ; enregistrez le fichier en UTF-8"
            )),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    validate(questionnaire, &submitted)
        .map_err(|errors| errors.iter().map(|error| fault(questionnaire, error)).collect())
}

/// What is wrong with a cell, for whoever keys answers in: they know codes, where a respondent sees labels. The answer is
/// not repeated.
fn fault(questionnaire: &Questionnaire, error: &FieldError) -> String {
    let question = questionnaire.questions().find(|question| question.id.as_str() == error.question);
    let codes = |missing_only: bool| -> String {
        let choices = question.map_or(&[][..], Question::choices).iter();
        let codes: Vec<&str> =
            choices.filter(|choice| choice.missing || !missing_only).map(|choice| choice.code.as_str()).collect();
        codes.join(", ")
    };
    let message = match &error.kind {
        FieldErrorKind::UnknownChoice => format!("ce code n’existe pas ; choisissez parmi : {}", codes(false)),
        FieldErrorKind::Required => match codes(true).as_str() {
            "" => "il faut une réponse ; écrivez-la, ou enlevez la ligne".to_owned(),
            missing => format!("il faut une réponse ; si la personne n’en a pas donné, écrivez : {missing}"),
        },
        FieldErrorKind::OnlyOne => "une seule réponse est possible ; gardez-en une, ou laissez vide".to_owned(),
        FieldErrorKind::TooMany { max } => {
            format!("{max} réponses au plus ; laissez vide si rien ne dit lesquelles garder")
        }
        FieldErrorKind::Exclusive { choice } => {
            let code = question.and_then(|question| question.choices().iter().find(|known| known.label == *choice));
            let code = code.map_or_else(|| choice.fr().to_owned(), |choice| choice.code.to_string());
            format!("« {code} » ne va avec aucun autre code ; gardez l’un ou les autres, ou laissez vide")
        }
        FieldErrorKind::Twice => "le même code est là deux fois ; gardez son premier rang".to_owned(),
        FieldErrorKind::NotANumber => {
            "ce n’est pas un nombre entier ; écrivez-le en chiffres, ou laissez vide".to_owned()
        }
        FieldErrorKind::OutOfRange { min, max } => {
            format!("ce nombre n’est pas entre {min} et {max} ; corrigez-le, ou laissez vide")
        }
        FieldErrorKind::TooLong { max_chars } => {
            format!("ce texte a plus de {max_chars} caractères ; raccourcissez-le")
        }
        FieldErrorKind::UnknownQuestion | FieldErrorKind::NotAnAnswer => error.kind.to_string(),
    };
    format!(", colonne « {} » : {message}", error.question)
}

/// Only the codes of a question that takes several are joined; a free text keeps its bars.
fn values(questionnaire: &Questionnaire, name: &str, cell: &str) -> Vec<String> {
    let takes_several =
        questionnaire.questions().any(|question| question.id.as_str() == name && question.takes_several());
    if takes_several { cell.split(SEPARATOR).map(str::to_owned).collect() } else { vec![cell.to_owned()] }
}
