//! A responses file: one column per question, one row per respondent, several codes joined by `|`, empty = skipped.
//! The same format everywhere a file of responses is read or written.

use std::io::{Read, Write};

use crate::answers::{AnswerSheet, FieldError, FieldErrorKind, Submitted, validate};
use crate::model::{Question, Questionnaire};

const SEPARATOR: char = '|';

/// A responses file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SheetCsvError {
    /// The file cannot be read or written as CSV.
    #[error("fichier de réponses illisible : {0}")]
    Csv(#[from] csv::Error),
    /// The file could not be read to the end.
    #[error("le fichier de réponses n’a pas pu être lu : {0}")]
    Unreadable(#[source] std::io::Error),
    /// The file could not be written to the end.
    #[error("le fichier de réponses n’a pas pu être écrit : {0}")]
    Io(#[from] std::io::Error),
    /// The file is a workbook, or a text in another encoding.
    #[error(
        "ce n’est pas un fichier CSV en UTF-8 ; dans le tableur, choisissez « Enregistrer sous », puis « CSV UTF-8 »"
    )]
    NotText,
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
/// or tabs as French spreadsheets do; spaces around a cell are nobody's answer.
///
/// # Errors
/// Every column that is unknown or wanting; or else every bad row and cell, with its row (the heading is row 1) and column.
pub fn read_csv(questionnaire: &Questionnaire, mut reader: impl Read) -> Result<Vec<AnswerSheet>, SheetCsvError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(SheetCsvError::Unreadable)?;
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let heading = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // Later rows may hold a free text in another encoding, which is told by its cell.
    if heading.contains(&0) || std::str::from_utf8(heading).is_err() {
        return Err(SheetCsvError::NotText);
    }
    let delimiter = [b',', b';', b'\t'].into_iter().find(|one| heading.contains(one)).unwrap_or(b',');
    let mut csv = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text);
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

/// Columns that are no question, or a question for the second time; and those that are wanting, since everybody had to answer.
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
    let wanted = questionnaire.questions().filter(|question| question.required && question.show_if.is_none());
    let missing =
        wanted.filter(|question| question.is_asked() && !header.iter().any(|name| name == question.id.as_str()));
    // A file without any column has no respondents either, which is told elsewhere.
    bad.extend(missing.filter(|_| !header.is_empty()).map(|question| {
        format!("il manque la colonne « {} », une question à laquelle il faut répondre ; ajoutez-la", question.id)
    }));
    bad
}

/// One respondent, or what is wrong with the row; each fault starts with a comma or a colon.
fn read_row(
    questionnaire: &Questionnaire,
    header: &csv::StringRecord,
    record: &csv::ByteRecord,
) -> Result<AnswerSheet, Vec<String>> {
    if record.len() != header.len() {
        let cells = if record.len() == 1 { "1 cellule".to_owned() } else { format!("{} cellules", record.len()) };
        return Err(vec![format!(
            " : {cells}, alors que l’en-tête a {} colonnes ; mettez entre guillemets les textes qui contiennent un \
             séparateur, et laissez vides les cellules sans réponse",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Territories, parse};

    fn questionnaire() -> Questionnaire {
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        parse(include_str!("fixtures/types.yaml"), &territories).expect("fixture")
    }

    fn read(bytes: &[u8]) -> Result<Vec<AnswerSheet>, String> {
        read_csv(&questionnaire(), bytes).map_err(|error| error.to_string())
    }

    const PLAIN: &str = "renonce,motifs,priorites\noui,cout|delai,bus\nnon,,\n";

    #[test]
    fn a_file_reads_the_same_however_a_spreadsheet_saved_it() {
        let plain = read(PLAIN.as_bytes()).expect("two sheets");
        for other in [
            PLAIN.replace(',', ";"),
            PLAIN.replace(',', "\t"),
            PLAIN.replace('\n', "\r\n"),
            format!("\u{feff}{PLAIN}"),
            PLAIN.replace(',', " , "),
        ] {
            assert_eq!(read(other.as_bytes()).as_deref(), Ok(&plain[..]), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        let wide: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = [&[0xff, 0xfe], &wide[..]].concat();
        for bytes in [&wide[..], &with_mark, b"PK\x03\x04\x14\x00\x06\x00", b"renonc\xe9\noui\n"] {
            let message = read(bytes).expect_err("no text");
            assert!(message.contains("« CSV UTF-8 »"), "{message}");
        }
    }

    #[test]
    fn a_column_that_everybody_must_answer_is_missed_once() {
        let message = read(b"priorites\nbus\nbus\nbus\n").expect_err("no column");
        assert_eq!(message, "il manque la colonne « renonce », une question à laquelle il faut répondre ; ajoutez-la");
    }
}
