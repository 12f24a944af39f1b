//! The server-side review: every answer as it was understood, a way to change each, and the button that sends.

use isoloir_collector::BlindingSeed;
use isoloir_survey::{AnswerSheet, Choice, Kind, Question};
use isoloir_ui::{Page, french, page};
use maud::{Markup, html};

use crate::form_state::{CHANGE, CODE, SEED};
use crate::shared_device::{end, warning};
use crate::view::View;

/// The review of a valid sheet. `notice` says why sending did not work the last time.
pub(crate) fn review_page(view: View, sheet: &AnswerSheet, seed: BlindingSeed, notice: Option<&str>) -> Markup {
    let questionnaire = view.questionnaire();
    let shown = |question: &&Question| {
        question.is_asked() && question.show_if.as_ref().is_none_or(|condition| condition.holds(sheet.answers()))
    };
    let body = html! {
        @if let Some(notice) = notice {
            div.error-summary #erreurs role="alert" tabindex="-1" autofocus { h2 { "Vos réponses ne sont pas encore parties" } p { (notice) } }
        }
        h1 { "Vérifiez vos réponses" }
        p.lead { (view.prose(view.say("Rien n’est encore envoyé. Vous pouvez changer chaque réponse.",
                                      "Vos réponses ne sont pas encore envoyées. Vous pouvez les changer."))) }
        (warning(view))
        form method="post" action=(view.address("/responses")) {
            // First in the form, so that the Enter key sends and does not change.
            input type="hidden" name=(CODE) value=(view.state.code);
            input type="hidden" name=(SEED) value=(data_encoding::BASE64URL_NOPAD.encode(&seed.0));
            // As it was typed, also where the routing hides it: whoever changes back finds it again.
            @for (question, values) in &view.state.submitted {
                @for value in values { input type="hidden" name=(question) value=(value); }
            }
            div.actions { button.button type="submit" { "Envoyer mes réponses" } }
            @for section in &questionnaire.pages {
                h2 { (view.text(&section.title)) }
                dl.review {
                    @let questions: Vec<&Question> = section.questions.iter().filter(shown).collect();
                    @for (index, question) in questions.iter().enumerate() {
                        div.review__row {
                            dt {
                                (belongs_to(view, question, index.checked_sub(1).map(|before| questions[before])))
                                (view.text(&question.text))
                            }
                            @match answer(view, question, sheet) {
                                Some(answer) => dd dir="auto" { (answer) },
                                None => dd.review__none { (view.say("Sans réponse", "Pas de réponse")) },
                            }
                            dd.review__change {
                                button.link-button type="submit" name=(CHANGE) value=(question.id)
                                    formaction={ (view.address("/verifier")) "#q-" (question.id) } {
                                    "Changer" span.visually-hidden { (french(" : ")) (view.text(&question.short)) }
                                }
                            }
                        }
                    }
                }
            }
            div.actions {
                button.button type="submit" { "Envoyer mes réponses" }
                (end(view, "Tout effacer"))
            }
        }
    };
    let title = if notice.is_some() { "Erreur\u{a0}: Vérifiez vos réponses" } else { "Vérifiez vos réponses" };
    let script = view.device.map(|_| "js/kiosk.js");
    page(&Page { script, ..view.frame(title) }, &body)
}

/// What a row of a matrix or a precision belongs to. To the eye it stands once, above the first row; whoever listens hears
/// it with each.
fn belongs_to(view: View, question: &Question, before: Option<&Question>) -> Markup {
    let parent = question.row_of.as_ref().or(question.specifies.as_ref());
    let parent = parent.and_then(|id| view.questionnaire().question(id)).map(|parent| view.text(&parent.text));
    let is_first_row = question.row_of.is_some() && before.is_none_or(|before| before.row_of != question.row_of);
    html! {
        @match parent {
            Some(parent) if is_first_row => span.review__of { (parent) },
            Some(parent) => span.visually-hidden { (parent) " – " },
            None => {},
        }
    }
}

/// The answer in the respondent's words; `None` when there is none.
fn answer(view: View, question: &Question, sheet: &AnswerSheet) -> Option<Markup> {
    let answer = sheet.answers().get(&question.id)?;
    if matches!(question.kind, Kind::Integer { .. } | Kind::TextLong { .. }) {
        return Some(html! { (answer.values().join(" ")) });
    }
    let chosen: Vec<&Choice> = answer.codes().into_iter().filter_map(|code| question.choice(code)).collect();
    let items = html! { @for choice in &chosen { li { (view.text(&choice.label)) } } };
    Some(match (&question.kind, chosen.as_slice()) {
        (Kind::RankTop { .. }, _) => html! { ol { (items) } },
        (Kind::Scale { choices, .. }, [point]) if !point.missing => {
            let highest = choices.iter().rfind(|choice| !choice.missing).expect("a scale has two points or more");
            html! { (view.text(&point.label)) " sur " (view.text(&highest.label)) }
        }
        (_, [only]) => html! { (view.text(&only.label)) },
        _ => html! { ul { (items) } },
    })
}
