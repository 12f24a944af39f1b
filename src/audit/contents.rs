//! Whether each row holds what its questionnaire allows and nothing else: an order of arrival, an hour, an address or a piece
//! of a mark hidden among the answers is no answer.
//!
//! Answers are read as they are written, byte for byte: the program writes questions in the order of their names, without
//! spaces. Any other way of writing the same could tell something.

use std::collections::HashMap;

use serde_json::Value;

use crate::Role;
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened};

const CONTENTS: Question = Question {
    name: "contents",
    title: "Rien d’autre que des réponses",
    advice: "ces lignes contiennent autre chose que ce que le questionnaire demande : cherchez quel programme l’a écrit, \
             enlevez-le et récrivez les lignes",
};

/// The tables of responses, and whether texts that will be kept apart are still with them.
const ANSWERS: [(&str, bool); 2] = [("intake", true), ("responses", false)];
/// Columns of random bytes, and how many bytes each value has.
const LENGTHS: [(&str, &str, u32); 7] = [
    ("invitations", "code_mac", 32),
    ("invitations", "blinded_hash", 32),
    ("spent", "mark", 32),
    ("intake_marks", "mark", 32),
    ("intake", "id", 16),
    ("responses", "id", 16),
    ("free_texts", "id", 16),
];

/// What a question takes.
enum Kind {
    Single(Vec<String>),
    /// In the order of the questionnaire, at most so many.
    Multiple(Vec<String>, usize),
    /// In any order, at most so many.
    Ranking(Vec<String>, usize),
    Integer(i64, i64),
    Text {
        linked: bool,
        most: usize,
    },
}

/// The questions of a questionnaire that take an answer.
struct Questions(HashMap<String, Kind>);

impl Questions {
    fn read(questionnaire: &str) -> Self {
        let questionnaire: Value = serde_json::from_str(questionnaire).unwrap_or_default();
        let pages = questionnaire["pages"].as_array().into_iter().flatten();
        let questions = pages.flat_map(|page| page["questions"].as_array().into_iter().flatten());
        Self(questions.filter_map(|question| Some((question["id"].as_str()?.to_owned(), kind(question)?))).collect())
    }

    /// Whether a text is the answers of one response, as the program writes them.
    fn allow(&self, answers: &str, with_texts: bool) -> bool {
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(answers) else { return false };
        let names: Vec<&String> = object.keys().collect();
        names.is_sorted()
            && object.iter().all(|(name, answer)| self.0.get(name).is_some_and(|kind| kind.allows(answer, with_texts)))
            // A repeated name, a space, or a character written as its number is lost when it is written again.
            && serde_json::to_string(&object).is_ok_and(|again| again == answers)
    }

    /// The questions whose texts are kept apart.
    fn apart(&self) -> impl Iterator<Item = &str> {
        let apart = self.0.iter().filter(|(_, kind)| matches!(kind, Kind::Text { linked: false, .. }));
        apart.map(|(name, _)| name.as_str())
    }
}

fn kind(question: &Value) -> Option<Kind> {
    let number = |name: &str| question[name].as_u64().and_then(|number| usize::try_from(number).ok());
    let codes = || {
        let choices = question["choices"].as_array().into_iter().flatten();
        choices.filter_map(|choice| choice["code"].as_str().map(str::to_owned)).collect()
    };
    Some(match question["type"].as_str()? {
        "single" | "scale" => Kind::Single(codes()),
        "multiple" => Kind::Multiple(codes(), number("max").unwrap_or(usize::MAX)),
        "rank_top" => Kind::Ranking(codes(), number("ranks")?),
        "integer" => Kind::Integer(question["min"].as_i64()?, question["max"].as_i64()?),
        "text_long" => Kind::Text { linked: question["linked"] == true, most: number("max_chars")? },
        _ => return None,
    })
}

impl Kind {
    fn allows(&self, answer: &Value, with_texts: bool) -> bool {
        match (self, answer) {
            (Self::Single(codes), Value::String(code)) => codes.contains(code),
            (Self::Multiple(codes, most), Value::Array(chosen)) => {
                chosen.len() <= *most && places(codes, chosen).is_some_and(|places| places.is_sorted_by(|a, b| a < b))
            }
            (Self::Ranking(codes, most), Value::Array(chosen)) => {
                let Some(mut places) = places(codes, chosen) else { return false };
                places.sort_unstable();
                chosen.len() <= *most && places.is_sorted_by(|a, b| a < b)
            }
            (Self::Integer(min, max), Value::Number(number)) => {
                number.as_i64().is_some_and(|number| (*min..=*max).contains(&number))
            }
            (Self::Text { linked, most }, Value::String(text)) => {
                (*linked || with_texts) && text.chars().count() <= *most
            }
            _ => false,
        }
    }
}

/// The place of each chosen code among all; none when one is no code.
fn places(codes: &[String], chosen: &[Value]) -> Option<Vec<usize>> {
    chosen.iter().map(|code| codes.iter().position(|known| Some(known.as_str()) == code.as_str())).collect()
}

pub(crate) async fn check(opened: &mut Opened) -> Check {
    match faults(opened).await {
        Ok((read, faults)) => {
            let measured = match faults.len() {
                0 => format!("{}, rien de plus", count(read, "ligne lue", "lignes lues")),
                _ => list(faults.clone()),
            };
            CONTENTS.judge(&opened.name, faults.is_empty(), &measured)
        }
        Err(error) => CONTENTS.impossible(&opened.name, &error),
    }
}

/// How many rows were read, and which columns hold what they should not.
async fn faults(opened: &mut Opened) -> Result<(u64, Vec<String>), sqlx::Error> {
    let mut read = 0;
    let mut faults = Vec::new();
    let mut conditions = plain_columns(opened);
    if opened.role == Role::Collector {
        let surveys = surveys(&mut opened.connected).await?;
        for (survey, questions) in &surveys {
            let named = survey.replace('\'', "''");
            let apart: Vec<String> = questions.apart().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
            let apart = if apart.is_empty() { "NULL".to_owned() } else { apart.join(", ") };
            let condition = format!("survey = '{named}' AND COALESCE(question NOT IN ({apart}), TRUE)");
            conditions.push(("free_texts", "question", condition));
            for (table, with_texts) in ANSWERS {
                let mut strange = 0;
                let sql = format!("SELECT answers FROM {table} WHERE survey = '{named}'");
                opened
                    .connected
                    .each_text(sql, |answers| {
                        read += 1;
                        strange += u64::from(!questions.allow(answers, with_texts));
                    })
                    .await?;
                faults.extend(fault(table, "answers", strange));
            }
        }
    }
    for (table, column, condition) in conditions {
        let strange = opened.connected.number(format!("SELECT COUNT(*) FROM {table} WHERE {condition}")).await?;
        faults.extend(fault(table, column, u64::try_from(strange).unwrap_or(0)));
    }
    Ok((read, faults))
}

fn fault(table: &str, column: &str, rows: u64) -> Option<String> {
    (rows > 0).then(|| format!("{table}.{column} : {}", count(rows, "ligne", "lignes")))
}

/// Columns whose values are few or of one length: which rows have another.
fn plain_columns(opened: &Opened) -> Vec<(&'static str, &'static str, String)> {
    let mut conditions: Vec<(&str, &str, String)> = LENGTHS
        .iter()
        .filter(|(table, ..)| opened.table(table).is_some())
        .map(|(table, column, bytes)| (*table, *column, format!("length({column}) <> {bytes}")))
        .collect();
    let of_survey = match opened.role {
        Role::Issuer => ["invitations"].as_slice(),
        Role::Collector => &["spent", "intake_marks", "intake", "responses", "free_texts"],
    };
    conditions.extend(of_survey.iter().map(|table| {
        let condition = "survey NOT IN (SELECT survey FROM surveys)".to_owned();
        (*table, "survey", condition)
    }));
    if opened.role == Role::Collector {
        conditions.extend(ANSWERS.map(|(table, _)| {
            let condition = format!("version <> (SELECT version FROM surveys WHERE surveys.survey = {table}.survey)");
            (table, "version", condition)
        }));
    } else if matches!(opened.connected, Connected::Sqlite { .. }) {
        conditions.push(("invitations", "used", "used NOT IN (0, 1)".to_owned()));
    }
    conditions
}

async fn surveys(connected: &mut Connected) -> Result<Vec<(String, Questions)>, sqlx::Error> {
    const SURVEYS: &str = "SELECT survey, questionnaire FROM surveys";
    let rows: Vec<(String, String)> = match connected {
        Connected::Sqlite { connection, .. } => sqlx::query_as(SURVEYS).fetch_all(connection).await?,
        Connected::Postgres(connection) => sqlx::query_as(SURVEYS).fetch_all(connection).await?,
    };
    Ok(rows.into_iter().map(|(survey, questionnaire)| (survey, Questions::read(&questionnaire))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTIONNAIRE: &str = r#"{"pages":[{"id":"p","questions":[
        {"id":"age","type":"integer","min":0,"max":120},
        {"id":"dire","type":"text_long","max_chars":20},
        {"id":"lien","type":"text_long","max_chars":20,"linked":true},
        {"id":"mots","type":"note"},
        {"id":"motifs","type":"multiple","max":2,"choices":[{"code":"a"},{"code":"b"},{"code":"c"}]},
        {"id":"rangs","type":"rank_top","ranks":2,"choices":[{"code":"a"},{"code":"b"},{"code":"c"}]},
        {"id":"soins","type":"single","choices":[{"code":"oui"},{"code":"non"}]}]}]}"#;

    #[test]
    fn only_answers_to_the_questions_are_allowed() {
        let questions = Questions::read(QUESTIONNAIRE);
        for answers in [
            "{}",
            r#"{"age":42,"lien":"Été, à \"Jallais\"","motifs":["a","c"],"rangs":["c","a"],"soins":"oui"}"#,
            r#"{"motifs":[]}"#,
        ] {
            assert!(questions.allow(answers, false), "{answers}");
        }
        for answers in [
            r#"{"ordre":17}"#,
            r#"{"age":1793232000}"#,
            r#"{"age":"42"}"#,
            r#"{"age":42.5}"#,
            r#"{"soins":"10:20:30"}"#,
            r#"{"soins":"192.0.2.7"}"#,
            r#"{"soins":["oui"]}"#,
            r#"{"mots":"oui"}"#,
            r#"{"motifs":["c","a"]}"#,
            r#"{"motifs":["a","a"]}"#,
            r#"{"motifs":["a","b","c"]}"#,
            r#"{"rangs":["a","a"]}"#,
            r#"{"lien":"un texte qui est bien plus long"}"#,
            r#"{"dire":"Bonjour"}"#,
            // The same answers, written otherwise.
            r#"{"soins": "oui"}"#,
            r#"{"soins":"oui","age":42}"#,
            r#"{"soins":"non","soins":"oui"}"#,
            r#"{"soins":"\u006fui"}"#,
            "[]",
            "oui",
        ] {
            assert!(!questions.allow(answers, false), "{answers}");
        }
        assert!(questions.allow(r#"{"dire":"Bonjour"}"#, true), "until it is mixed, a text is with its response");
        assert_eq!(questions.apart().collect::<Vec<_>>(), ["dire"]);
    }
}
