//! The server-side review: every answer as it was understood, a way to change each, and the button that sends.

use isoloir_collector::{BlindingSeed, Publication};
use isoloir_survey::{AnswerSheet, Kind, Question};
use isoloir_ui::{Page, french, page};
use maud::{Markup, html};

use crate::form_state::{CHANGE, CODE, FormState, SEED};
use crate::questionnaire_page::footer;

/// The review of a valid sheet. `notice` says why sending did not work the last time.
pub(crate) fn review_page(
    publication: &Publication,
    sheet: &AnswerSheet,
    state: &FormState,
    seed: BlindingSeed,
    notice: Option<&str>,
) -> Markup {
    let questionnaire = &publication.questionnaire;
    let id = &questionnaire.id;
    let shown = |question: &&Question| {
        question.is_asked() && question.show_if.as_ref().is_none_or(|condition| condition.holds(sheet.answers()))
    };
    let body = html! {
        @if let Some(notice) = notice {
            div.error-summary role="alert" { h2 { "Vos réponses ne sont pas encore parties" } p { (notice) } }
        }
        h1 { "Vérifiez vos réponses" }
        p.lead { (french("Rien n’est encore envoyé. Vous pouvez changer chaque réponse.")) }
        form method="post" action=(format!("/s/{id}/responses")) {
            // First in the form, so that the Enter key sends and does not change.
            input type="hidden" name=(CODE) value=(state.code);
            input type="hidden" name=(SEED) value=(data_encoding::BASE64URL_NOPAD.encode(&seed.0));
            @for (question, values) in sheet.to_submitted() {
                @for value in values { input type="hidden" name=(question) value=(value); }
            }
            div.actions { button.button type="submit" { "Envoyer mes réponses" } }
            @for section in &questionnaire.pages {
                h2 { (section.title.fr()) }
                dl.review {
                    @for question in section.questions.iter().filter(shown) {
                        div.review__row {
                            dt { (question.text.fr()) }
                            @match answer(question, sheet) {
                                Some(answer) => dd { (answer) },
                                None => dd.review__none { "Sans réponse" },
                            }
                            dd.review__change {
                                button.link-button type="submit" name=(CHANGE) value=(question.id)
                                    formaction=(format!("/s/{id}/verifier#q-{}", question.id)) {
                                    "Changer" span.visually-hidden { (french(" : ")) (question.short.fr()) }
                                }
                            }
                        }
                    }
                }
            }
            div.actions { button.button type="submit" { "Envoyer mes réponses" } }
        }
    };
    let frame = Page {
        organiser: questionnaire.organiser.fr(),
        footer: footer(publication),
        ..Page::new("Vérifiez vos réponses")
    };
    page(&frame, &body)
}

/// The answer in the respondent's words; `None` when there is none.
fn answer(question: &Question, sheet: &AnswerSheet) -> Option<String> {
    let answer = sheet.answers().get(&question.id)?;
    if matches!(question.kind, Kind::Integer { .. } | Kind::TextLong { .. }) {
        return Some(answer.values().join(" "));
    }
    let labels = answer.codes().into_iter().filter_map(|code| question.choice(code)).map(|choice| choice.label.fr());
    Some(labels.collect::<Vec<_>>().join("\u{a0}; "))
}
