//! What `assets/js/booth.js` needs to know of the questionnaire: the same rules and the same words as the server's.

use isoloir_collector::Publication;
use isoloir_survey::{FieldErrorKind, Kind, Question};
use serde_json::{Map, Value, json};

/// The JSON that stands in the page.
pub(crate) fn script_data(publication: &Publication) -> String {
    let issuer = publication.issuer_url.as_deref();
    let questionnaire = &publication.questionnaire;
    let questions: Vec<Value> = questionnaire.questions().map(question).collect();
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

fn question(question: &Question) -> Value {
    let mut rules = Map::new();
    let mut errors = Map::new();
    let mut say = |name: &str, kind: &FieldErrorKind| {
        errors.insert(name.to_owned(), json!(kind.to_string()));
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
            let exclusive: Map<String, Value> = choices
                .iter()
                .filter(|choice| choice.exclusive)
                .map(|choice| {
                    let kind = FieldErrorKind::Exclusive { choice: choice.label.fr().to_owned() };
                    (choice.code.to_string(), json!(kind.to_string()))
                })
                .collect();
            rules.insert("exclusive".to_owned(), Value::Object(exclusive));
            "multiple"
        }
        Kind::Integer { min, max } => {
            rules.insert("min".to_owned(), json!(min));
            rules.insert("max".to_owned(), json!(max));
            say("notANumber", &FieldErrorKind::NotANumber);
            say("outOfRange", &FieldErrorKind::OutOfRange { min: *min, max: *max });
            "integer"
        }
        Kind::TextLong { max_chars } => {
            rules.insert("maxChars".to_owned(), json!(max_chars));
            say("tooLong", &FieldErrorKind::TooLong { max_chars: *max_chars });
            "text_long"
        }
        Kind::Note => "note",
    };
    rules.insert("id".to_owned(), json!(question.id));
    rules.insert("type".to_owned(), json!(kind));
    rules.insert("short".to_owned(), json!(question.short.fr()));
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
