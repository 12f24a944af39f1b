//! One question, as HTML: a fieldset for choices, a labelled field for the rest.

use isoloir_survey::{Choice, Condition, Kind, Question, Questionnaire};
use isoloir_ui::{french, with_help_lines};
use maud::{Markup, html};

use crate::form_state::{FormState, input_id};

/// The question with what was answered and what is wrong with it.
pub(crate) fn question(questionnaire: &Questionnaire, question: &Question, state: &FormState) -> Markup {
    match &question.kind {
        Kind::Single { choices, .. } | Kind::Multiple { choices, .. } => {
            fieldset(questionnaire, question, state, &choice_list(question, choices, state))
        }
        Kind::Scale { choices, low, high } => {
            let points: Vec<&Choice> = choices.iter().filter(|choice| !choice.missing).collect();
            let end = |choice: Option<&&Choice>, meaning: &str| {
                french(&format!("{} : {meaning}", choice.map_or("", |choice| choice.label.fr())))
            };
            let scale = html! {
                p.scale-ends id={ (question.id) "-echelle" } {
                    span { (end(points.first(), low.fr())) }
                    span { (end(points.last(), high.fr())) }
                }
                div.scale { (choice_list(question, choices, state)) }
            };
            fieldset(questionnaire, question, state, &scale)
        }
        Kind::Integer { min, max } => field(
            questionnaire,
            question,
            state,
            &html! {
                input.number type="text" inputmode="numeric" id=(question.id) name=(question.id)
                    value=(state.value(question)) autocomplete="off" aria-describedby=[described_by(question, state)]
                    aria-invalid=[state.error(question.id.as_str()).map(|_| "true")] data-min=(min) data-max=(max);
            },
        ),
        Kind::TextLong { max_chars } => field(
            questionnaire,
            question,
            state,
            &html! {
                textarea id=(question.id) name=(question.id) rows="5" maxlength=(max_chars) autocomplete="off"
                    aria-describedby=[described_by(question, state)]
                    aria-invalid=[state.error(question.id.as_str()).map(|_| "true")] { (state.value(question)) }
            },
        ),
        Kind::Note => html! {
            div.note id={ "q-" (question.id) } data-question=(question.id) { (isoloir_ui::paragraphs(question.text.fr())) }
        },
    }
}

fn fieldset(questionnaire: &Questionnaire, question: &Question, state: &FormState, inputs: &Markup) -> Markup {
    let error = state.error(question.id.as_str());
    html! {
        fieldset.question.question--error[error.is_some()] id={ "q-" (question.id) } data-question=(question.id)
            aria-describedby=[described_by(question, state)] {
            legend { (question.text.fr()) @if question.required { " " span.expected { "(réponse attendue)" } } }
            (help(questionnaire, question, error))
            (inputs)
        }
    }
}

fn field(questionnaire: &Questionnaire, question: &Question, state: &FormState, input: &Markup) -> Markup {
    let error = state.error(question.id.as_str());
    html! {
        div.question.question--error[error.is_some()] id={ "q-" (question.id) } data-question=(question.id) {
            label.question__text for=(question.id) {
                (question.text.fr()) @if question.required { " " span.expected { "(réponse attendue)" } }
            }
            (help(questionnaire, question, error))
            (input)
        }
    }
}

fn help(questionnaire: &Questionnaire, question: &Question, error: Option<&str>) -> Markup {
    html! {
        @if let Some(condition) = &question.show_if {
            p.route-hint { (route_hint(questionnaire, condition)) }
        }
        @if let Some(hint) = hint(question) { p.hint id={ (question.id) "-aide" } { (with_help_lines(&hint)) } }
        // The place of the error is always there, so that a script can fill it and a screen reader finds it.
        p.error id={ (question.id) "-erreur" } hidden[error.is_none()] {
            span.error__mark { (french("À corriger : ")) } span.error__text { (error.unwrap_or_default()) }
        }
    }
}

/// The question's own help, and how many may be chosen.
fn hint(question: &Question) -> Option<String> {
    let own = question.hint.as_ref().map(|hint| hint.fr().to_owned());
    let count = match &question.kind {
        Kind::Multiple { max: Some(max), .. } => Some(format!("{max} réponses au plus.")),
        Kind::Multiple { max: None, .. } => Some("Plusieurs réponses possibles.".to_owned()),
        _ => None,
    };
    match (own, count) {
        (Some(own), Some(count)) => Some(format!("{own} {count}")),
        (own, count) => own.or(count),
    }
}

fn described_by(question: &Question, state: &FormState) -> Option<String> {
    let hint = hint(question).map(|_| format!("{}-aide", question.id));
    let error = state.error(question.id.as_str()).map(|_| format!("{}-erreur", question.id));
    // The ends of a scale are not in its numbers: whoever hears them must be told what they mean.
    let ends = matches!(question.kind, Kind::Scale { .. }).then(|| format!("{}-echelle", question.id));
    let ids: Vec<String> = hint.into_iter().chain(ends).chain(error).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn choice_list(question: &Question, choices: &[Choice], state: &FormState) -> Markup {
    let kind = if matches!(question.kind, Kind::Multiple { .. }) { "checkbox" } else { "radio" };
    html! {
        @for choice in choices {
            @let id = input_id(question, choice.code.as_str());
            div.choice.choice--missing[choice.missing] {
                input type=(kind) id=(id) name=(question.id) value=(choice.code)
                    checked[state.is_chosen(question, choice.code.as_str())] data-exclusive[choice.exclusive];
                label for=(id) { (choice.label.fr()) }
            }
        }
    }
}

/// On the long page every question is there: this says whom a conditional one concerns. The stepper hides it.
fn route_hint(questionnaire: &Questionnaire, condition: &Condition) -> String {
    let quoted = |id, codes: &[&str]| {
        let question = questionnaire.question(id)?;
        let labels: Option<Vec<String>> =
            codes.iter().map(|code| Some(format!("« {} »", question.choice(code)?.label.fr()))).collect();
        Some((question.short.fr().to_owned(), labels?.join(" ou ")))
    };
    let known = match condition {
        Condition::Is { q, is } => quoted(q, &[is.as_str()]),
        Condition::In { q, r#in } => {
            quoted(q, &r#in.iter().map(isoloir_survey::ChoiceCode::as_str).collect::<Vec<_>>())
        }
        _ => None,
    };
    french(&match known {
        Some((question, answers)) => {
            format!("À remplir seulement si vous avez répondu {answers} à la question « {question} ».")
        }
        None => "Passez cette question si elle ne vous concerne pas.".to_owned(),
    })
}
