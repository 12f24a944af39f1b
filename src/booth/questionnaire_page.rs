//! The one document: welcome, questions, code, and the button that leads to the review.

use isoloir_collector::Publication;
use isoloir_survey::Access;
use isoloir_ui::{Page, error_summary, french, french_date, json_island, page, paragraphs};
use maud::{Markup, html};

use crate::form_state::{CODE, FormState, SEED};
use crate::question::question;
use crate::script_data::script_data;

/// The questionnaire, empty or filled in, with or without errors.
pub(crate) fn questionnaire_page(publication: &Publication, state: &FormState) -> Markup {
    let questionnaire = &publication.questionnaire;
    let summary = state.summary(questionnaire);
    let title = questionnaire.title.fr();
    let tab_title = if state.has_errors() { french(&format!("Erreur : {title}")) } else { title.to_owned() };
    let body = html! {
        @if !summary.is_empty() { (error_summary(&summary)) }
        (welcome(publication))
        form #questionnaire method="post" action=(format!("/s/{}/verifier", questionnaire.id)) novalidate {
            @for page in &questionnaire.pages {
                section.page id={ "page-" (page.id) } data-page=(page.id) aria-labelledby={ "titre-" (page.id) } {
                    h2 id={ "titre-" (page.id) } tabindex="-1" { (page.title.fr()) }
                    @if let Some(intro) = &page.intro { p.page-intro { (intro.fr()) } }
                    @for item in &page.questions { (question(questionnaire, item, state)) }
                }
            }
            @if questionnaire.access == Access::Invitation { (code_section(state)) }
            // A response that was being sent when the resident went back to change it must stay the same one.
            @if let Some(seed) = &state.seed { input type="hidden" name=(SEED) value=(seed); }
            div.actions {
                button.button type="submit" { "Vérifier mes réponses" }
            }
        }
        (json_island("isoloir-survey", &script_data(publication)))
    };
    let frame = Page {
        organiser: questionnaire.organiser.fr(),
        script: Some("js/booth.js"),
        footer: footer(publication),
        ..Page::new(&tab_title)
    };
    page(&frame, &body)
}

/// The links at the foot of every page of a survey.
pub(crate) fn footer(publication: &Publication) -> Vec<(String, String)> {
    let id = &publication.questionnaire.id;
    vec![(format!("/s/{id}/confiance"), "Comment votre anonymat est protégé".to_owned())]
}

fn welcome(publication: &Publication) -> Markup {
    let questionnaire = &publication.questionnaire;
    let contact = &questionnaire.contact;
    html! {
        div #accueil {
            h1 { (questionnaire.title.fr()) }
            ul.facts {
                li { strong { (questionnaire.minutes) " minutes" } }
                li { strong { "Anonyme" } }
                @if let Some(closes) = questionnaire.closes {
                    li { (french(&format!("Jusqu’au {}", french_date(closes)))) }
                }
            }
            (paragraphs(questionnaire.welcome.fr()))
            p.hint {
                (french("Mots de contrôle, les mêmes que sur votre lettre ou l’affiche : "))
                strong { (publication.token_key.id().words().join(" ")) }
                (french(". S’ils sont différents, ne répondez pas et appelez-nous."))
            }
            details {
                summary { (french("Vous préférez répondre sur papier ou par téléphone ?")) }
                p {
                    (french("Demandez un questionnaire en papier, ou de l’aide pour répondre, au "))
                    a href={ "tel:" (contact.phone.replace(' ', "")) } { (contact.phone.replace(' ', "\u{a0}")) }
                    @if let Some(email) = &contact.email { ", ou écrivez à " a href={ "mailto:" (email) } { (email) } }
                    "."
                }
            }
            noscript {
                p.note {
                    (french("Votre navigateur n’utilise pas JavaScript : vous pouvez répondre quand même. Une seule chose \
                             change : au moment de l’envoi, notre serveur voit passer votre code et vos réponses \
                             ensemble. Il les sépare aussitôt et n’écrit nulle part le lien entre les deux."))
                }
            }
        }
    }
}

fn code_section(state: &FormState) -> Markup {
    let error = state.error(CODE);
    html! {
        section.page #page-code data-page="code" aria-labelledby="titre-code" {
            h2 #titre-code tabindex="-1" { "Votre code d’invitation" }
            div.question.question--error[error.is_some()] #q-code data-question="code" {
                label.question__text for=(CODE) { "Code imprimé sur votre lettre " span.expected { "(réponse attendue)" } }
                p.hint #code-aide {
                    (french("13 lettres et chiffres. Majuscules, espaces et tirets n’ont pas d’importance. Ce code \
                             prouve seulement que vous êtes invité : il n’est pas gardé avec vos réponses."))
                }
                p.error #code-erreur hidden[error.is_none()] {
                    span.error__mark { (french("À corriger : ")) } span.error__text { (error.unwrap_or_default()) }
                }
                input.code type="text" id=(CODE) name=(CODE) value=(state.code) autocomplete="off"
                    autocapitalize="characters" spellcheck="false" maxlength="40"
                    aria-describedby=(if error.is_some() { "code-aide code-erreur" } else { "code-aide" })
                    aria-invalid=[error.map(|_| "true")];
            }
        }
    }
}
