//! A score: for ODK a calculation, which it shows to nobody and sends with the answers; for us, what it is made of, in a column
//! that ODK ignores.

use std::fmt::Write;

use isoloir_survey::{Choice, Lang, Points, QuestionId, Questionnaire, Term};
use serde_json::{Map, Value, json};

use crate::import::quoted;
use crate::relevant;

/// The score as XLSForm calculates it: empty, as ours is, while an answer that it needs is not there.
pub(crate) fn expression(questionnaire: &Questionnaire, base: Points, terms: &[Term]) -> String {
    let mut known = Vec::new();
    let mut sum = base.to_string();
    for Term { q, points, hidden } in terms {
        let unseen = hidden.zip(unseen(questionnaire, q));
        let is = |code| format!("${{{q}}} = '{code}'");
        let answered: Vec<String> =
            points.keys().map(is).chain(unseen.iter().map(|(_, unseen)| unseen.clone())).collect();
        known.push(format!("({})", answered.join(" or ")));
        // Whoever was not shown the question has no answer to it, so that what is left is theirs.
        let otherwise = unseen.map_or_else(|| "0".to_owned(), |(points, _)| points.to_string());
        let value =
            points.iter().rfold(otherwise, |rest, (code, points)| format!("if({}, {points}, {rest})", is(code)));
        write!(sum, " + {value}").expect("a String takes everything");
    }
    format!("if({}, {sum}, '')", known.join(" and "))
}

/// When a question is not shown, as an expression.
fn unseen(questionnaire: &Questionnaire, id: &QuestionId) -> Option<String> {
    let condition = questionnaire.question(id)?.show_if.as_ref()?;
    Some(format!("not({})", relevant::write(condition, questionnaire)?))
}

/// What the score is made of, as JSON.
pub(crate) fn parts(
    questionnaire: &Questionnaire,
    base: Points,
    terms: &[Term],
    levels: &[Choice],
    from: &[Points],
) -> String {
    let label = |level: &Choice| -> Value {
        let written = questionnaire.languages.iter().filter(|lang| level.label.has(lang));
        let texts: Map<String, Value> =
            written.map(|lang: &Lang| (lang.to_string(), json!(level.label.get(lang)))).collect();
        Value::Object(texts)
    };
    let levels: Vec<Value> = levels
        .iter()
        .zip(from)
        .map(|(level, from)| json!({"code": level.code, "label": label(level), "from": from}))
        .collect();
    json!({"base": base, "terms": terms, "levels": levels}).to_string()
}

/// The lines of the questionnaire, from what [`parts`] wrote: JSON is YAML. `None` when it is something else.
pub(crate) fn lines(parts: &str) -> Option<String> {
    let parts: Map<String, Value> = serde_json::from_str(parts).ok()?;
    let base = quoted(parts.get("base")?.as_str()?);
    let (terms, levels) = (parts.get("terms")?, parts.get("levels")?);
    Some(format!("        base: {base}\n        terms: {terms}\n        levels: {levels}\n"))
}
