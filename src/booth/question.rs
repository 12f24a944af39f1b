//! One question, as HTML: a fieldset for choices, a labelled field for the rest.

use isoloir_survey::{Choice, Condition, Kind, Question};
use isoloir_ui::french;
use maud::{Markup, html};

use crate::form_state::input_id;
use crate::view::{View, reading};

/// Letters of an answer that fits in half the width of a telephone.
const MOST_OF_A_PAIR: usize = 8;

/// The question with what was answered and what is wrong with it. A matrix brings its rows.
pub(crate) fn question(view: View, question: &Question) -> Markup {
    match &question.kind {
        Kind::Single { choices, .. } | Kind::Multiple { choices, .. } => {
            fieldset(view, question, &choice_list(view, question, choices))
        }
        Kind::Scale { choices, .. } => fieldset(view, question, &scale(view, question, choices)),
        Kind::RankTop { choices, ranks } => fieldset(view, question, &ranking(view, question, choices, *ranks)),
        Kind::Matrix => matrix(view, question),
        Kind::Integer { min, max } => field(
            view,
            question,
            &html! {
                input.number type="text" inputmode="numeric" id=(question.id) name=(question.id)
                    value=(view.state.value(question)) autocomplete="off" aria-describedby=[described_by(view, question)]
                    aria-invalid=[view.error(question).map(|_| "true")] data-min=(min) data-max=(max);
            },
        ),
        Kind::TextLong { max_chars, one_line: true, .. } => field(
            view,
            question,
            &html! {
                input.line type="text" dir="auto" id=(question.id) name=(question.id) maxlength=(max_chars) autocomplete="off"
                    value=(view.state.value(question)) aria-describedby=[described_by(view, question)]
                    aria-invalid=[view.error(question).map(|_| "true")];
            },
        ),
        Kind::TextLong { max_chars, .. } => field(
            view,
            question,
            &html! {
                textarea dir="auto" id=(question.id) name=(question.id) rows="5" maxlength=(max_chars) autocomplete="off"
                    aria-describedby=[described_by(view, question)]
                    aria-invalid=[view.error(question).map(|_| "true")] { (view.state.value(question)) }
            },
        ),
        Kind::Note => html! {
            div.note id={ "q-" (question.id) } data-question=(question.id) {
                (isoloir_ui::paragraphs(view.text(&question.text), reading(view.lang)))
            }
        },
        Kind::Score { .. } => html! {},
    }
}

fn fieldset(view: View, question: &Question, inputs: &Markup) -> Markup {
    html! {
        fieldset.question.question--error[view.error(question).is_some()].question--pair[is_pair(view, question)]
            id={ "q-" (question.id) }
            data-question=(question.id) data-of=[question.row_of.as_ref()]
            aria-describedby=[described_by(view, question)] {
            legend { (view.prose(view.text(&question.text))) (expected(view, question)) }
            (help(view, question))
            (inputs)
        }
    }
}

/// Two answers that are short enough to stand side by side, « Oui » and « Non », also on a telephone.
fn is_pair(view: View, question: &Question) -> bool {
    let Kind::Single { choices, .. } = &question.kind else { return false };
    let answers: Vec<&Choice> = choices.iter().filter(|choice| !choice.missing).collect();
    answers.len() == 2 && answers.iter().all(|choice| view.text(&choice.label).chars().count() <= MOST_OF_A_PAIR)
}

fn field(view: View, question: &Question, input: &Markup) -> Markup {
    html! {
        div.question.question--error[view.error(question).is_some()].question--precision[question.specifies.is_some()]
            id={ "q-" (question.id) } data-question=(question.id) data-of=[question.specifies.as_ref()] {
            label.question__text for=(question.id) {
                (view.prose(view.text(&question.text))) (expected(view, question))
                // To the eye it belongs to the question above; by ear, fields of a page must not all be called the same.
                @if question.specifies.is_some() { span.visually-hidden { (french(" : ")) (view.text(&question.short)) } }
            }
            (help(view, question))
            (input)
        }
    }
}

/// The rows stand below each other, each a question of its own: a table of radio buttons can be read neither on a telephone
/// nor by ear.
fn matrix(view: View, header: &Question) -> Markup {
    html! {
        fieldset.matrix id={ "q-" (header.id) } data-question=(header.id)
            aria-describedby=[header.hint.as_ref().map(|_| format!("{}-aide", header.id))] {
            legend { (view.prose(view.text(&header.text))) }
            (route_hint(view, header))
            @if let Some(hint) = &header.hint { p.hint id={ (header.id) "-aide" } { (view.prose(view.text(hint))) } }
            @for row in view.questionnaire().rows(header) { (question(view, row)) }
        }
    }
}

fn scale(view: View, question: &Question, choices: &[Choice]) -> Markup {
    let Kind::Scale { low, high, .. } = &question.kind else { return html! {} };
    let points: Vec<&Choice> = choices.iter().filter(|choice| !choice.missing).collect();
    let end = |choice: Option<&&Choice>, meaning: &str| {
        french(&format!("{} : {meaning}", choice.map_or("", |choice| choice.label.fr())))
    };
    html! {
        p.scale-ends id={ (question.id) "-echelle" } {
            span { (end(points.first(), view.text(low))) }
            span { (end(points.last(), view.text(high))) }
        }
        div.scale { (choice_list(view, question, choices)) }
    }
}

/// One list per rank: it needs no script, no dragging, and reads aloud as what it is.
fn ranking(view: View, question: &Question, choices: &[Choice], ranks: u8) -> Markup {
    let values = view.state.values(question);
    html! {
        @for rank in 1..=ranks {
            @let id = rank_id(question, rank);
            @let chosen = values.get(usize::from(rank) - 1).map_or("", String::as_str);
            div.rank {
                label for=(id) { (ordinal(rank)) " choix" }
                select id=(id) name=(question.id) autocomplete="off" {
                    option value="" { (view.say("Aucun", "Je ne choisis pas")) }
                    @for choice in choices {
                        option value=(choice.code) selected[choice.code.as_str() == chosen] { (view.text(&choice.label)) }
                    }
                }
            }
        }
    }
}

/// The identifier of the list for one rank.
pub(crate) fn rank_id(question: &Question, rank: u8) -> String {
    format!("{}-{rank}", question.id)
}

fn ordinal(rank: u8) -> String {
    if rank == 1 { "1er".to_owned() } else { format!("{rank}e") }
}

fn expected(view: View, question: &Question) -> Markup {
    html! {
        @if question.required { " " span.expected { (view.say("(réponse attendue)", "(il faut répondre)")) } }
    }
}

fn help(view: View, question: &Question) -> Markup {
    let error = view.error(question);
    html! {
        // The heading of a matrix says it for its rows.
        @if question.row_of.is_none() { (route_hint(view, question)) }
        @if let Some(hint) = hint(view, question) { p.hint id={ (question.id) "-aide" } { (view.prose(&hint)) } }
        // The place of the error is always there, so that a script can fill it and a screen reader finds it.
        p.error id={ (question.id) "-erreur" } hidden[error.is_none()] {
            span.error__mark { (french(view.say("À corriger : ", "À changer : "))) } span.error__text { (error.unwrap_or_default()) }
        }
    }
}

fn plural(count: u8) -> &'static str {
    if count > 1 { "s" } else { "" }
}

/// The question's own help, and how many may be chosen.
fn hint(view: View, question: &Question) -> Option<String> {
    let own = question.hint.as_ref().map(|hint| view.text(hint).to_owned());
    let count = match &question.kind {
        Kind::Multiple { max: Some(max), .. } if view.lang.is_french() => {
            Some(format!("{max} réponse{} au plus.", plural(*max)))
        }
        Kind::Multiple { max: Some(max), .. } => {
            Some(format!("Vous pouvez choisir {max} réponse{}. Pas plus.", plural(*max)))
        }
        Kind::Multiple { max: None, .. } => {
            Some(view.say("Plusieurs réponses possibles.", "Vous pouvez choisir plusieurs réponses.").to_owned())
        }
        Kind::RankTop { ranks, .. } if view.lang.is_french() => {
            Some(format!("{ranks} réponses au plus, de la plus importante à la moins importante."))
        }
        Kind::RankTop { .. } => Some("Le 1er choix est le plus important pour vous.".to_owned()),
        _ => None,
    };
    match (own, count) {
        (Some(own), Some(count)) => Some(format!("{own} {count}")),
        (own, count) => own.or(count),
    }
}

fn described_by(view: View, question: &Question) -> Option<String> {
    let hint = hint(view, question).map(|_| format!("{}-aide", question.id));
    let error = view.error(question).map(|_| format!("{}-erreur", question.id));
    // The ends of a scale are not in its numbers: whoever hears them must be told what they mean.
    let ends = matches!(question.kind, Kind::Scale { .. }).then(|| format!("{}-echelle", question.id));
    let ids: Vec<String> = hint.into_iter().chain(ends).chain(error).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn choice_list(view: View, question: &Question, choices: &[Choice]) -> Markup {
    let kind = if question.takes_several() { "checkbox" } else { "radio" };
    html! {
        @for choice in choices {
            @let id = input_id(question, choice.code.as_str());
            div.choice.choice--missing[choice.missing] {
                input type=(kind) id=(id) name=(question.id) value=(choice.code)
                    checked[view.state.is_chosen(question, choice.code.as_str())] data-exclusive[choice.exclusive];
                label for=(id) {
                    @match &choice.detail {
                        // What the choice covers can be clicked like its label; a review repeats the label alone.
                        Some(detail) => { span { (view.text(&choice.label)) } (places(view.text(detail))) },
                        None => (view.text(&choice.label)),
                    }
                }
            }
        }
    }
}

/// The places that a choice covers: whoever looks for theirs finds its name in one piece.
fn places(names: &str) -> Markup {
    html! { span.choice__detail { @for name in names.split_inclusive(", ") { span.whole { (name.trim_end()) } @if name.ends_with(' ') { " " } } } }
}

/// On the long page every question is there: this says whom a conditional one concerns. The stepper hides it.
fn route_hint(view: View, question: &Question) -> Markup {
    let Some(condition) = &question.show_if else { return html! {} };
    let quoted = |id, codes: &[&str]| {
        let question = view.questionnaire().question(id)?;
        let labels: Option<Vec<String>> =
            codes.iter().map(|code| Some(format!("« {} »", view.text(&question.choice(code)?.label)))).collect();
        Some((view.text(&question.short), labels?.join(" ou ")))
    };
    let known = match condition {
        Condition::Is { q, is } => quoted(q, &[is.as_str()]),
        Condition::In { q, r#in } => {
            quoted(q, &r#in.iter().map(isoloir_survey::ChoiceCode::as_str).collect::<Vec<_>>())
        }
        _ => None,
    };
    let hint = match known {
        Some((question, answers)) if view.lang.is_french() => {
            format!("À remplir seulement si vous avez répondu {answers} à la question « {question} ».")
        }
        Some((question, answers)) => {
            format!("Regardez votre réponse à « {question} ». C’est {answers} ? Répondez ici.")
        }
        None => view
            .say("Passez cette question si elle ne vous concerne pas.", "Ce n’est pas pour vous ? Ne répondez pas.")
            .to_owned(),
    };
    html! { p.route-hint { (view.prose(&french(&hint))) } }
}
