//! What differs between two versions of a questionnaire. A published version never changes: whoever edited its file is told
//! what they changed, and which questions still ask the same, so that answers to both can be counted together.

use std::fmt;

use serde_json::{Map, Value};

use crate::ids::QuestionId;
use crate::model::{Content, Kind, Question};

/// Longest excerpt of a text in a difference, in characters.
const EXCERPT_CHARS: usize = 90;

/// Keys whose value is told as a whole.
const WHOLE: [&str; 3] = ["show_if", "logo", "terms"];

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The question in which it is; `None` for what stands around the questions.
    pub question: Option<QuestionId>,
    /// The keys that lead to it, as they are written in the questionnaire's file.
    pub key: String,
    /// What it was; `None` where there was nothing.
    pub before: Option<String>,
    /// What it is; `None` where there is nothing any more.
    pub after: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.question, self.key.as_str()) {
            (Some(question), "") => write!(f, "question « {question} »")?,
            (Some(question), key) => write!(f, "question « {question} », {key}")?,
            (None, key) => f.write_str(key)?,
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, " : « {before} » est devenu « {after} »"),
            (None, Some(_)) => f.write_str(" : ajouté"),
            (Some(_), None) => f.write_str(" : enlevé"),
            (None, None) => f.write_str(" : dans un autre ordre"),
        }
    }
}

/// Everything that differs: page by page, question by question. It is empty exactly when both have the same version.
pub fn differences(before: &Content, after: &Content) -> Vec<Difference> {
    let value = |content: &Content| serde_json::to_value(content).expect("a questionnaire is JSON");
    let mut comparison = Comparison { path: Vec::new(), found: Vec::new() };
    comparison.values(&value(before), &value(after));
    comparison.found
}

impl Content {
    /// Whether a question of another version asks the same in the same words: its text, its help, its choices and to whom it
    /// is shown. Its place, its axis, its title in charts and how it is published may differ. Answers to both can then be counted together.
    pub fn asks_the_same(&self, other: &Content, id: &QuestionId) -> bool {
        let (Some(own), Some(others)) = (self.question(id), other.question(id)) else { return false };
        let words = |content: &Content, question: &Question| -> Vec<String> {
            self.languages.iter().map(|lang| content.wording(question, lang)).collect()
        };
        own.asked_kind() == others.asked_kind()
            && own.hint == others.hint
            && own.show_if == others.show_if
            && words(self, own) == words(other, others)
    }

    /// The questions of both versions, those that still ask the same first, those that do not second. Notes, headings and
    /// scores, which nobody answers, are in neither.
    pub fn comparable(&self, other: &Content) -> (Vec<&QuestionId>, Vec<&QuestionId>) {
        let is_answered =
            |question: &&Question| !matches!(question.kind, Kind::Note | Kind::Matrix | Kind::Score { .. });
        let common = self.questions().filter(is_answered).filter(|question| other.question(&question.id).is_some());
        common.map(|question| &question.id).partition(|id| self.asks_the_same(other, id))
    }
}

struct Comparison {
    /// Keys, and the names of the elements of lists.
    path: Vec<String>,
    found: Vec<Difference>,
}

impl Comparison {
    fn values(&mut self, before: &Value, after: &Value) {
        let is_whole = self.path.last().is_some_and(|key| WHOLE.contains(&key.as_str()));
        match (before, after) {
            _ if before == after => {}
            (Value::Object(before), Value::Object(after)) if !is_whole => self.objects(before, after),
            (Value::Array(before), Value::Array(after)) if !is_whole && are_named(before) && are_named(after) => {
                self.lists(before, after);
            }
            _ => self.note(Some(before), Some(after)),
        }
    }

    fn objects(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        let new = after.keys().filter(|key| !before.contains_key(*key));
        for key in before.keys().chain(new) {
            self.below(key, before.get(key), after.get(key));
        }
    }

    /// Lists of what has names: choices by their codes, questions by their identifiers.
    fn lists(&mut self, before: &[Value], after: &[Value]) {
        let find = |list: &'_ [Value], name: &str| list.iter().position(|value| name_of(value) == Some(name));
        for value in before {
            let Some(name) = name_of(value) else { continue };
            self.below(name, Some(value), find(after, name).map(|index| &after[index]));
        }
        for value in after {
            let Some(name) = name_of(value).filter(|name| find(before, name).is_none()) else { continue };
            self.below(name, None, Some(value));
        }
        let kept: Vec<usize> = before.iter().filter_map(|value| find(after, name_of(value)?)).collect();
        if !kept.is_sorted() {
            self.note(None, None);
        }
    }

    fn below(&mut self, key: &str, before: Option<&Value>, after: Option<&Value>) {
        self.path.push(key.to_owned());
        match (before, after) {
            (Some(before), Some(after)) => self.values(before, after),
            _ => self.note(before, after),
        }
        self.path.pop();
    }

    fn note(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let (question, key) = match self.path.as_slice() {
            [pages, _, questions, question, rest @ ..] if pages == "pages" && questions == "questions" => {
                (QuestionId::parse(question).ok(), rest)
            }
            path => (None, path),
        };
        let difference =
            Difference { question, key: key.join("."), before: before.map(excerpt), after: after.map(excerpt) };
        self.found.push(difference);
    }
}

fn are_named(list: &[Value]) -> bool {
    list.iter().all(|value| name_of(value).is_some())
}

fn name_of(value: &Value) -> Option<&str> {
    value.get("id").or_else(|| value.get("code"))?.as_str()
}

/// The value on one line, cut where it is long.
fn excerpt(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\n', " ");
    if text.chars().count() <= EXCERPT_CHARS {
        return text;
    }
    text.chars().take(EXCERPT_CHARS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Questionnaire, Territories, parse};

    const YAML: &str = include_str!("fixtures/types.yaml");

    fn questionnaire(yaml: &str) -> Questionnaire {
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        parse(yaml, &territories).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// What is told of an edited file.
    fn told(from: &str, to: &str) -> Vec<String> {
        let edited = YAML.replacen(from, to, 1);
        assert_ne!(edited, YAML, "{from}");
        let found = differences(&questionnaire(YAML), &questionnaire(&edited));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edited_file_is_told_question_by_question() {
        assert_eq!(differences(&questionnaire(YAML), &questionnaire(&format!("# Une remarque.\n{YAML}"))), []);
        for (from, to, expected) in [
            (
                "Le coût\",",
                "Le prix\",",
                "question « motifs », choices.cout.label.fr : « Le coût » est devenu « Le prix »",
            ),
            ("required: true", "required: false", "question « renonce », required : enlevé"),
            ("minutes: 2", "minutes: 3", "minutes : « 2 » est devenu « 3 »"),
            (
                "Vos soins\", fr-FALC",
                "Des soins\", fr-FALC",
                "pages.soins.title.fr : « Vos soins » est devenu « Des soins »",
            ),
        ] {
            assert_eq!(told(from, to), [expected]);
        }
        let condition = told("{q: renonce, is: oui}", "{q: renonce, is: non}");
        assert_eq!(condition.len(), 1, "a condition is told as a whole: {condition:#?}");
        assert!(condition[0].starts_with("question « motifs », show_if : "), "{condition:#?}");
        let removed = told("          - {code: delai, label: {fr: \"Le délai\", fr-FALC: \"C’est trop long\"}}\n", "");
        assert_eq!(removed, ["question « motifs », choices.delai : enlevé"]);
        let added = told(
            "      - id: remarque\n",
            "      - {id: note_fin, type: note, text: {fr: \"Fin.\", fr-FALC: \"Fin.\"}}\n      - id: remarque\n",
        );
        assert_eq!(added, ["question « note_fin » : ajouté"]);
        let air = "          - {code: air, label: {fr: \"Un air plus propre\", fr-FALC: \"L’air propre\"}}\n";
        let sport = "          - {code: sport, label: {fr: \"Bouger davantage\", fr-FALC: \"Le sport\"}}\n";
        let moved = told(&format!("{air}{sport}"), &format!("{sport}{air}"));
        assert_eq!(moved, ["question « priorites », choices : dans un autre ordre"]);
    }

    #[test]
    fn answers_are_counted_together_where_the_words_are_the_same() {
        let before = questionnaire(YAML);
        let edited = YAML
            .replacen("Êtes-vous satisfait ou satisfaite", "Êtes-vous content ou contente", 1)
            .replacen("short: {fr: \"Moral\"", "short: {fr: \"Votre moral\"", 1)
            .replacen(", harmless: true", "", 1);
        let after = questionnaire(&edited);
        let (same, other) = before.comparable(&after);
        let other: Vec<&str> = other.into_iter().map(QuestionId::as_str).collect();
        let rows = ["satisfaction_transports", "satisfaction_medecins", "satisfaction_pharmacie"];
        assert_eq!(other, rows, "the text of a matrix is the text of its rows");
        for (id, what) in [("moral", "the title of a chart"), ("renonce", "which answer is harmless")] {
            assert!(same.iter().any(|same| same.as_str() == id), "{what} is no part of the question");
        }
    }
}
