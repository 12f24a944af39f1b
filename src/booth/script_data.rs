//! What `assets/js/booth.js` needs to know of the questionnaire: the same rules and the same words as the server's.

use isoloir_survey::{Choice, FieldErrorKind, Kind, Lang, Question};
use serde_json::{Map, Value, json};

use crate::view::View;

/// The JSON that stands in the page.
pub(crate) fn script_data(view: View) -> String {
    let publication = view.publication;
    let issuer = publication.issuer_url.as_deref();
    let questionnaire = &publication.questionnaire;
    // A score is computed after the fact: the browser has nothing to do with it.
    let on_the_page = questionnaire.questions().filter(|question| !matches!(question.kind, Kind::Score { .. }));
    let questions: Vec<Value> = on_the_page.map(|one| question(one, view.lang)).collect();
    json!({
        "survey": questionnaire.id,
        "version": publication.version,
        "access": questionnaire.access,
        "tokenKey": publication.token_key.to_base64url(),
        "issuer": issuer.unwrap_or_default(),
        "challenge": publication.challenge.to_base64url(),
        "questions": questions,
    })
    .to_string()
}

/// One question with its rules, and the message for each that can be broken.
pub(crate) fn question(question: &Question, lang: &Lang) -> Value {
    let mut rules = Map::new();
    let mut errors = Map::new();
    let mut say = |name: &str, kind: &FieldErrorKind| {
        errors.insert(name.to_owned(), json!(kind.message(lang)));
    };
    if question.required {
        say("required", &FieldErrorKind::Required);
    }
    let kind = match &question.kind {
        Kind::Single { .. } => "single",
        Kind::Scale { .. } => "scale",
        Kind::Multiple { choices, max } => {
            if let Some(max) = *max {
                rules.insert("max".to_owned(), json!(max));
                say("tooMany", &FieldErrorKind::TooMany { max });
            }
            rules.insert("exclusive".to_owned(), exclusive(choices, lang));
            "multiple"
        }
        Kind::RankTop { choices, ranks } => {
            rules.insert("max".to_owned(), json!(ranks));
            rules.insert("exclusive".to_owned(), exclusive(choices, lang));
            say("tooMany", &FieldErrorKind::TooMany { max: *ranks });
            say("twice", &FieldErrorKind::Twice);
            "rank_top"
        }
        Kind::Integer { min, max } => {
            rules.insert("min".to_owned(), json!(min));
            rules.insert("max".to_owned(), json!(max));
            say("notANumber", &FieldErrorKind::NotANumber);
            say("outOfRange", &FieldErrorKind::OutOfRange { min: *min, max: *max });
            "integer"
        }
        Kind::TextLong { max_chars, one_line, .. } => {
            if *one_line {
                rules.insert("oneLine".to_owned(), json!(true));
            }
            rules.insert("maxChars".to_owned(), json!(max_chars));
            say("tooLong", &FieldErrorKind::TooLong { max_chars: *max_chars });
            "text_long"
        }
        // The heading of a matrix is a text to show or to hide; its rows are questions of their own.
        Kind::Note | Kind::Matrix | Kind::Score { .. } => "note",
    };
    rules.insert("id".to_owned(), json!(question.id));
    rules.insert("type".to_owned(), json!(kind));
    rules.insert("short".to_owned(), json!(question.short.get(lang)));
    if let Some(condition) = &question.show_if {
        rules.insert("showIf".to_owned(), json!(condition));
    }
    if question.required {
        rules.insert("required".to_owned(), json!(true));
    }
    if !errors.is_empty() {
        rules.insert("errors".to_owned(), Value::Object(errors));
    }
    Value::Object(rules)
}

/// The message for each choice that cannot be combined with another.
fn exclusive(choices: &[Choice], lang: &Lang) -> Value {
    let exclusive = choices.iter().filter(|choice| choice.exclusive).map(|choice| {
        let kind = FieldErrorKind::Exclusive { choice: choice.label.clone() };
        (choice.code.to_string(), json!(kind.message(lang)))
    });
    Value::Object(exclusive.collect())
}
