//! A responses file: one column per question, one row per respondent, several codes joined by `|`, empty = skipped.
//! The same format everywhere a file of responses is read or written.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use crate::answers::{AnswerSheet, FieldError, FieldErrorKind, Submitted, decline, validate};
use crate::ids::QuestionId;
use crate::model::{Choice, Question, Questionnaire};
use crate::text_file::{NotText, decoded};

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
    #[error(transparent)]
    NotText(#[from] NotText),
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

/// What an empty cell is where a question must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// A fault of the file: the form that it comes from lets nobody pass the question.
    Refused,
    /// The question's way of not answering: nothing holds back who fills in a sheet of paper.
    Declined,
}

/// A responses file as it was read.
#[derive(Debug)]
pub struct SheetFile {
    /// One sheet per row that says anything.
    pub sheets: Vec<AnswerSheet>,
    /// By question, how many empty cells were taken for its way of not answering.
    pub declined: BTreeMap<QuestionId, usize>,
    /// By question, how many answers were left aside, since the question was not put to those who gave them.
    pub unasked: BTreeMap<QuestionId, usize>,
    /// How many rows were empty, and are nobody's.
    pub blank_rows: usize,
    /// Whether its accents were read as Windows writes them.
    pub is_windows_1252: bool,
}

/// Reads and validates the sheets of a responses file: all of them or none. Columns are parted by commas, or by semicolons
/// or tabs as French spreadsheets do; spaces around a cell are nobody's answer, and a label stands for its code.
///
/// # Errors
/// Every column that is unknown or wanting; or else every bad row and cell, with its row (the heading is row 1) and column.
pub fn read_csv(
    questionnaire: &Questionnaire,
    mut reader: impl Read,
    silence: Silence,
) -> Result<SheetFile, SheetCsvError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(SheetCsvError::Unreadable)?;
    let (text, is_windows_1252) = decoded(&bytes);
    // What some programs write for Excel, and Excel does not show.
    let text = match text.strip_prefix(b"sep=") {
        Some(rest) => &rest[rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1)..],
        None => &*text,
    };
    let heading = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    // Later rows may hold a free text in another encoding, which is told by its cell.
    if heading.contains(&0) || std::str::from_utf8(heading).is_err() {
        return Err(NotText.into());
    }
    let delimiter = [b',', b';', b'\t'].into_iter().find(|one| heading.contains(one)).unwrap_or(b',');
    let mut csv = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text);
    let header: Vec<String> = csv.headers()?.iter().map(|name| variable(questionnaire, name)).collect();
    let bad = bad_columns(questionnaire, &header);
    if !bad.is_empty() {
        return Err(SheetCsvError::Cells(bad));
    }
    let mut rows = Rows {
        questionnaire,
        header,
        delimiter: char::from(delimiter),
        silence,
        declined: BTreeMap::new(),
        unasked: BTreeMap::new(),
    };
    let (mut sheets, mut bad, mut blank_rows) = (Vec::new(), Vec::new(), 0);
    for (index, record) in csv.byte_records().enumerate() {
        let record = record?;
        // A sheet of paper without an answer is nobody's, nor is a row that nobody could have sent: spreadsheets leave some at
        // the end. Where nothing must be answered, a row of a form's answers may be somebody's who skipped everything.
        let is_blank = record.iter().all(<[u8]>::is_empty);
        if is_blank && silence == Silence::Declined {
            blank_rows += 1;
            continue;
        }
        match rows.read(&record) {
            Err(_) if is_blank => blank_rows += 1,
            Ok(sheet) => sheets.push(sheet),
            Err(faults) => bad.extend(faults.into_iter().map(|fault| format!("ligne {}{fault}", index + 2))),
        }
    }
    if !bad.is_empty() {
        return Err(SheetCsvError::Cells(bad));
    }
    let Rows { declined, unasked, .. } = rows;
    Ok(SheetFile { sheets, declined, unasked, blank_rows, is_windows_1252 })
}

/// Columns that are no question, or a question for the second time; and those that are wanting, since everybody had to answer.
/// A column without a name is none, as long as its cells are empty.
fn bad_columns(questionnaire: &Questionnaire, header: &[String]) -> Vec<String> {
    if !header.is_empty() && header.iter().all(String::is_empty) {
        return vec!["la première ligne est vide ; mettez-y le nom de chaque colonne, celui de sa question".to_owned()];
    }
    let mut bad = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let column = index + 1;
        if name.is_empty() {
            continue;
        }
        if !questionnaire.questions().any(|question| question.is_asked() && question.id.as_str() == name) {
            bad.push(format!(
                "colonne {column} : « {name} » n’est pas une question de {} ; corrigez l’en-tête ou enlevez la colonne",
                questionnaire.id
            ));
        } else if header[..index].contains(name) {
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

/// The rows of a file, and what was made of their cells so far.
struct Rows<'a> {
    questionnaire: &'a Questionnaire,
    header: Vec<String>,
    delimiter: char,
    silence: Silence,
    declined: BTreeMap<QuestionId, usize>,
    unasked: BTreeMap<QuestionId, usize>,
}

impl Rows<'_> {
    /// One respondent, or what is wrong with the row; each fault starts with a comma or a colon.
    fn read(&mut self, record: &csv::ByteRecord) -> Result<AnswerSheet, Vec<String>> {
        let (questionnaire, header) = (self.questionnaire, &self.header);
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
        for (index, (name, cell)) in header.iter().zip(record).enumerate().filter(|(_, (_, cell))| !cell.is_empty()) {
            match std::str::from_utf8(cell) {
                Ok(_) if name.is_empty() => faults.push(format!(
                    ", colonne {} : elle n’a pas de nom en première ligne ; donnez-lui celui de sa question, ou videz-la",
                    index + 1
                )),
                Ok(cell) if self.holds_a_row(cell) => faults.push(format!(
                    ", colonne « {name} » : cette cellule contient les lignes suivantes du fichier ; il y manque le guillemet de \
                     fin, ou celui du début est en trop"
                )),
                Ok(cell) => {
                    submitted.insert(name.clone(), values(questionnaire, name, cell));
                }
                Err(_) => faults.push(format!(
                    ", colonne « {name} » : des caractères ne sont pas lisibles ; enregistrez le fichier en UTF-8"
                )),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let declined = match self.silence {
            Silence::Refused => Vec::new(),
            Silence::Declined => decline(questionnaire, &mut submitted),
        };
        let sheet = validate(questionnaire, &submitted)
            .map_err(|errors| errors.iter().map(|error| fault(questionnaire, error)).collect::<Vec<_>>())?;
        let asked = questionnaire.questions().filter(|question| submitted.contains_key(question.id.as_str()));
        for question in asked.filter(|question| !sheet.answers().contains_key(&question.id)) {
            *self.unasked.entry(question.id.clone()).or_default() += 1;
        }
        for id in declined {
            *self.declined.entry(id).or_default() += 1;
        }
        Ok(sheet)
    }
}

impl Rows<'_> {
    /// Whether a text holds a whole row of the file, since a quotation mark before it is not closed: somebody's answers would be
    /// lost inside another's.
    fn holds_a_row(&self, cell: &str) -> bool {
        let fits = |(name, cell): (&String, &str)| {
            let question = self.questionnaire.questions().find(|question| question.id.as_str() == name);
            let is_known = |question: &Question| {
                let values = values(self.questionnaire, name, cell.trim());
                question.choices().is_empty() || values.iter().all(|value| question.choice(value).is_some())
            };
            cell.trim().is_empty() || question.is_some_and(is_known)
        };
        cell.lines().skip(1).any(|line| {
            let cells = line.split(self.delimiter);
            cells.clone().count() == self.header.len().max(2) && self.header.iter().zip(cells).all(fits)
        })
    }
}

/// A column's name. Variables are in lower case; a spreadsheet puts a capital where it sees a sentence begin.
fn variable(questionnaire: &Questionnaire, name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let is_known = questionnaire.questions().any(|question| question.id.as_str() == lower);
    if is_known { lower } else { name.to_owned() }
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
        FieldErrorKind::UnknownChoice if question.is_some_and(Question::takes_several) => {
            format!("un code n’existe pas ; choisissez parmi : {}, plusieurs joints par « {SEPARATOR} »", codes(false))
        }
        FieldErrorKind::UnknownChoice => format!("ce code n’existe pas ; choisissez parmi : {}", codes(false)),
        FieldErrorKind::Required => match codes(true).as_str() {
            "" => "il faut une réponse, et aucun code ne dit que la personne n’en a pas donné ; écrivez-la, ou enlevez la ligne"
                .to_owned(),
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

/// The values of a cell. Only the codes of a question that takes several are joined; a free text keeps its bars.
fn values(questionnaire: &Questionnaire, name: &str, cell: &str) -> Vec<String> {
    let Some(question) = questionnaire.questions().find(|question| question.id.as_str() == name) else {
        return vec![cell.to_owned()];
    };
    if question.takes_several() {
        cell.split(SEPARATOR).map(|value| code(question, value.trim())).collect()
    } else {
        vec![code(question, cell)]
    }
}

/// The code that is meant: itself, or else the one choice of which this is the code or the label but for capitals and the shape
/// of apostrophes and spaces, which spreadsheets change.
fn code(question: &Question, value: &str) -> String {
    if question.choices().is_empty() || question.choice(value).is_some() {
        return value.to_owned();
    }
    let meant = folded(value);
    let is_meant = |choice: &&Choice| folded(choice.code.as_str()) == meant || folded(choice.label.fr()) == meant;
    let mut choices = question.choices().iter().filter(is_meant);
    match (choices.next(), choices.next()) {
        (Some(choice), None) => choice.code.to_string(),
        _ => value.to_owned(),
    }
}

fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('’', "'").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Territories, parse};

    fn questionnaire() -> Questionnaire {
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        parse(include_str!("fixtures/types.yaml"), &territories).expect("fixture")
    }

    fn read(bytes: &[u8], silence: Silence) -> Result<SheetFile, String> {
        read_csv(&questionnaire(), bytes, silence).map_err(|error| error.to_string())
    }

    fn sheets(bytes: &[u8]) -> Result<Vec<AnswerSheet>, String> {
        read(bytes, Silence::Refused).map(|file| file.sheets)
    }

    const PLAIN: &str = "renonce,motifs,priorites\noui,cout|delai,bus\nnon,,\n";

    #[test]
    fn a_file_reads_the_same_however_a_spreadsheet_saved_it() {
        let plain = sheets(PLAIN.as_bytes()).expect("two sheets");
        for other in [
            PLAIN.replace(',', ";"),
            PLAIN.replace(',', "\t"),
            PLAIN.replace('\n', "\r\n"),
            PLAIN.replace('\n', "\r"),
            format!("\u{feff}{PLAIN}"),
            PLAIN.replace(',', " , "),
            PLAIN.replace("renonce", "Renonce").replace("oui", "OUI").replace("delai", "Delai"),
            PLAIN.replace("non", "Non").replace("cout|delai", " le délai | Le\u{a0}coût"),
            PLAIN.replace('\n', ",,\n") + ",,,,\n,,,,\n",
            format!("sep=,\r\n{PLAIN}"),
        ] {
            assert_eq!(sheets(other.as_bytes()).as_deref(), Ok(&plain[..]), "{other:?}");
        }
    }

    #[test]
    fn a_town_hall_saves_accents_as_windows_does() {
        let keyed = b"renonce;satisfaction_transports;bus_horaires\r\nnon;non;L\x92\xe9t\xe9\r\n;;\r\n";
        let file = read(keyed, Silence::Refused).expect("one sheet");
        assert_eq!((file.is_windows_1252, file.blank_rows), (true, 1));
        assert_eq!(file.sheets[0].answers()["bus_horaires"].codes(), ["L’été"]);
        // What Mac OS writes is told by its cell, and nothing is made up for it.
        let message = sheets(b"renonce,bus_horaires\nnon,chez le m\x8edecin\n").expect_err("another encoding");
        assert!(message.contains("ligne 2, colonne « bus_horaires »") && message.contains("UTF-8"), "{message}");
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        let wide: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = [&[0xff, 0xfe], &wide[..]].concat();
        for bytes in [&wide[..], &with_mark, b"PK\x03\x04\x14\x00\x06\x00", b"renonc\x8e\noui\n"] {
            let message = sheets(bytes).expect_err("no text");
            assert!(message.contains("« CSV UTF-8 »"), "{message}");
        }
    }

    #[test]
    fn a_column_that_everybody_must_answer_is_missed_once() {
        for silence in [Silence::Refused, Silence::Declined] {
            let message = read(b"priorites\nbus\nbus\nbus\n", silence).expect_err("no column");
            assert_eq!(
                message,
                "il manque la colonne « renonce », une question à laquelle il faut répondre ; ajoutez-la"
            );
        }
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_swallows_nobody() {
        let keyed = "renonce;satisfaction_transports;bus_horaires\nnon;non;\"le soir\noui;moyen;midi\nnon;;\n";
        let message = sheets(keyed.as_bytes()).expect_err("three people");
        assert!(
            message.starts_with("ligne 2, colonne « bus_horaires » : cette cellule contient les lignes"),
            "{message}"
        );
        let two_lines = "renonce;satisfaction_transports;bus_horaires\nnon;non;\"le soir ;\nou à midi ; tard\"\n";
        assert_eq!(sheets(two_lines.as_bytes()).expect("one sheet").len(), 1);
    }

    #[test]
    fn a_column_without_a_name_may_hold_nothing() {
        let message = sheets(b";;\nrenonce;motifs;\noui;;\n").expect_err("no heading");
        assert!(message.starts_with("la première ligne est vide"), "{message}");
        let message = sheets(b"renonce;;\noui;;\nnon;;x\n").expect_err("a cell of no question");
        assert!(message.starts_with("ligne 3, colonne 3 : elle n’a pas de nom"), "{message}");
    }

    #[test]
    fn silence_on_paper_is_the_question_s_way_of_not_answering() {
        let keyed = b"renonce,motifs,priorites\noui,cout,\n,delai,bus\n,,sport\n,,\n";
        let message = read(keyed, Silence::Refused).expect_err("a form would have asked");
        assert_eq!(message.lines().count(), 2, "{message}");
        assert!(message.contains("ligne 3, colonne « renonce »") && message.ends_with("écrivez : nrp"), "{message}");
        let file = read(keyed, Silence::Declined).expect("three sheets of paper");
        let questionnaire = questionnaire();
        let renonce: Vec<_> = file.sheets.iter().map(|sheet| sheet.answers()["renonce"].codes()[0]).collect();
        assert_eq!((renonce, file.blank_rows), (vec!["oui", "nrp", "nrp"], 1));
        let counts = |counts: &BTreeMap<QuestionId, usize>| -> Vec<String> {
            counts.iter().map(|(id, count)| format!("{id} {count}")).collect()
        };
        assert_eq!(counts(&file.declined), ["renonce 2"]);
        // Why was asked of those who said yes only.
        assert_eq!(counts(&file.unasked), ["motifs 1"]);
        for sheet in file.sheets {
            assert_eq!(validate(&questionnaire, &sheet.to_submitted()).expect("valid again"), sheet);
        }
    }

    #[test]
    fn a_question_that_cannot_be_declined_is_not_answered_for_anybody() {
        let yaml =
            include_str!("fixtures/types.yaml").replacen("type: integer", "type: integer\n        required: true", 1);
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        let questionnaire = parse(&yaml, &territories).expect("a questionnaire");
        let keyed = &b"renonce,foyer\nnon,\nnon,3\n"[..];
        let message = read_csv(&questionnaire, keyed, Silence::Declined).expect_err("how many?").to_string();
        assert!(message.starts_with("ligne 2, colonne « foyer » : ") && message.contains("aucun code"), "{message}");
    }
}
