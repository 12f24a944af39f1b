//! What is not wrong but should be looked at by whoever writes a questionnaire. A lint never stops a survey from opening: it
//! is a question, and the writer may have a good answer.
//!
//! | lint | asks |
//! | --- | --- |
//! | `traduction-manquante` | is the text still to be translated? |
//! | `condition-impossible` | can anybody ever see this question? |
//! | `sans-non-reponse` | how does one decline to answer a sensitive question? |
//! | `libelle-modifie` | is this still the published instrument? |
//! | `falc-phrase-longue` | is this sentence easy to read? |
//! | `mot-abrege` | can « seul(e) » be read aloud? |
//! | `duree-annoncee` | is the announced time true? |
//! | `telephone-exemple` | does somebody answer at this number? |
//! | `autre-jour` | is this still the survey’s first or last day? |
//! | `quasi-identifiants` | how many neighbours share these answers? |
//! | `texte-libre-sans-avertissement` | does the respondent know not to name anybody? |
//! | `reponse-sans-danger` | is this answer to a sensitive question truly harmless? |
//! | `sans-numero-aide` | whom does one call when a sensitive question hurts? |
//! | `a-propos-de-vous` | are the questions about the person last, optional and explained? |
//! | `texte-libre-lie` | must this text stay with the other answers? |
//! | `sans-priorite` | which priority of its axis does this question inform? |
//! | `ordre-des-choix` | do these choices go from more to less? |

use std::collections::BTreeMap;

use serde::Serialize;

use crate::instrument::{Item, instrument, same_words};
use crate::lint_privacy::privacy;
use crate::lint_routing::unreachable;
use crate::lint_text::{announced_time, long_sentences, made_up_phone, other_days, squeezed_genders};
use crate::model::{Content, Kind, Question};
use crate::order::undeclared;
use crate::problem::Problem;
use crate::territory::Territories;
use crate::tree::Location;
use crate::yaml::{RawQuestion, RawQuestionnaire, RawText};

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Name of the lint.
    pub lint: &'static str,
    /// Where, what, and what to do.
    #[serde(flatten)]
    pub problem: Problem,
}

impl Warning {
    pub(crate) fn new(lint: &'static str, at: Location, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { lint, problem: Problem::at(at, message, fix) }
    }
}

/// Runs every lint over a questionnaire in which nothing is wrong.
pub(crate) fn lint(raw: &RawQuestionnaire, content: &Content, territories: &Territories) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(unreachable(raw, content));
    warnings.extend(raw_questions(raw).flat_map(changed_wording));
    warnings.extend(long_sentences(raw));
    warnings.extend(squeezed_genders(raw));
    warnings.extend(announced_time(raw, content));
    warnings.extend(made_up_phone(raw));
    warnings.extend(other_days(raw, content));
    warnings.extend(privacy(raw, content, territories));
    warnings.extend(no_priority(raw, content));
    warnings.extend(undeclared(raw));
    warnings
}

/// Questions of an axis that names its priorities, and that say nothing of which one they inform.
fn no_priority(raw: &RawQuestionnaire, content: &Content) -> Vec<Warning> {
    let places = places(raw);
    let of = |question: &Question| {
        let axis = content.axes.iter().find(|axis| question.axis.as_ref() == Some(&axis.id))?;
        let at = *places.get(question.id.as_str())?;
        (!axis.priorities.is_empty() && question.priority.is_none()).then(|| {
            let known: Vec<&str> = axis.priorities.iter().map(|priority| priority.id.as_str()).collect();
            let message =
                format!("« {} » ne dit pas quelle priorité de l’axe « {} » elle éclaire", question.id, axis.id);
            Warning::new("sans-priorite", at, message, format!("ajoutez « priority: » avec : {}", known.join(", ")))
        })
    };
    content.questions().filter(|question| !matches!(question.kind, Kind::Note)).filter_map(of).collect()
}

/// Every entry under `questions:`, in order.
pub(crate) fn raw_questions(raw: &RawQuestionnaire) -> impl Iterator<Item = &RawQuestion> {
    raw.pages.iter().flat_map(|page| &page.questions)
}

/// The places of the questions by their identifiers.
pub(crate) fn places(raw: &RawQuestionnaire) -> BTreeMap<&str, Location> {
    raw_questions(raw).map(|question| (question.id.value.as_str(), question.id.at)).collect()
}

fn french(text: &RawText) -> (&str, Location) {
    text.value.get("fr").map_or(("", text.at), |text| (text.value.as_str(), text.at))
}

/// Compares a question with the item of the instrument that it claims to be: its text, and its choices in their order. A way
/// of not answering may be added, since every question here can be skipped.
fn changed_wording(raw: &RawQuestion) -> Vec<Warning> {
    let named = raw.instrument.as_ref().filter(|_| raw.r#type.value != "score");
    let Some((instrument, first)) = named.and_then(|named| Some((instrument(&named.id.value)?, named.item.as_ref()?)))
    else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    let mut compare = |(text, at): (&str, Location), locked: &str| {
        if !same_words(text, locked) {
            let message = format!("ce n’est pas le libellé publié de « {} »", instrument.id);
            let fix = format!("écrivez « {locked} », ou enlevez « instrument »");
            warnings.push(Warning::new("libelle-modifie", at, message, fix));
        }
    };
    let item = |row: u8| instrument.items.get(&first.value.saturating_add(row));
    match &raw.rows {
        Some(rows) => {
            if let Some(stem) = &instrument.stem {
                compare(french(&raw.text), stem);
            }
            for (row, item) in rows.iter().zip((0..).map_while(item)) {
                compare(french(&row.label), &item.text);
            }
        }
        None => {
            if let Some(item) = item(0) {
                compare(french(&raw.text), &item.text);
            }
        }
    }
    warnings.extend(item(0).and_then(|item| changed_choices(raw, item, &instrument.id)));
    warnings
}

fn changed_choices(raw: &RawQuestion, item: &Item, id: &str) -> Option<Warning> {
    let asked: Vec<_> = raw.choices.iter().flatten().filter(|choice| choice.missing != Some(true)).collect();
    let is_same = asked.len() == item.choices.len()
        && asked.iter().zip(&item.choices).all(|(choice, (_, label))| same_words(french(&choice.label).0, label));
    if is_same {
        return None;
    }
    let locked: Vec<&str> = item.choices.iter().map(|(_, label)| label.as_str()).collect();
    let fix = format!("écrivez, dans cet ordre : {}", locked.join(" / "));
    let at = asked.first().map_or(raw.id.at, |choice| choice.code.at);
    Some(Warning::new("libelle-modifie", at, format!("ce ne sont pas les choix publiés de « {id} »"), fix))
}
