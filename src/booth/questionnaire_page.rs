//! The one document: welcome, questions, code, and the button that leads to the review.

use isoloir_survey::Access;
use isoloir_ui::{Page, error_summary, french, french_date, json_island, page, paragraphs};
use maud::{Markup, html};

use crate::form_state::{CODE, SEED};
use crate::question::question;
use crate::script_data::script_data;
use crate::shared_device::{end, warning};
use crate::view::{View, contact, reading};

/// The questionnaire, empty or filled in, with or without errors.
pub(crate) fn questionnaire_page(view: View) -> Markup {
    let questionnaire = view.questionnaire();
    let summary = view.state.summary(questionnaire, view.lang);
    let title = view.text(&questionnaire.title);
    let tab_title = if view.state.has_errors() { french(&format!("Erreur : {title}")) } else { title.to_owned() };
    let body = html! {
        @if !summary.is_empty() { (error_summary(&summary, reading(view.lang))) }
        (welcome(view))
        form #questionnaire method="post" action=(view.address("/verifier")) novalidate autocomplete=[view.device.map(|_| "off")] {
            @for page in &questionnaire.pages {
                section.page id={ "page-" (page.id) } data-page=(page.id) aria-labelledby={ "titre-" (page.id) } {
                    h2 id={ "titre-" (page.id) } tabindex="-1" { (view.prose(view.text(&page.title))) }
                    @if let Some(intro) = &page.intro { p.page-intro { (view.prose(view.text(intro))) } }
                    @for item in page.questions.iter().filter(|item| item.row_of.is_none()) { (question(view, item)) }
                }
            }
            @if questionnaire.access == Access::Invitation { (code_section(view)) }
            // A response that was being sent when the resident went back to change it must stay the same one.
            @if let Some(seed) = &view.state.seed { input type="hidden" name=(SEED) value=(seed); }
            div.actions {
                button.button type="submit" { "Vérifier mes réponses" }
                (end(view, "Tout effacer"))
            }
        }
        (json_island("isoloir-survey", &script_data(view)))
    };
    page(&Page { script: Some("js/welcome.js"), survey: "", ..view.frame(&tab_title) }, &body)
}

fn welcome(view: View) -> Markup {
    let questionnaire = view.questionnaire();
    html! {
        div #accueil {
            h1 { (view.prose(view.text(&questionnaire.title))) }
            (language_switch(view))
            (warning(view))
            ul.facts {
                li { "Environ " strong { (questionnaire.minutes) "\u{a0}minute" @if questionnaire.minutes > 1 { "s" } } }
                li { strong { "Anonyme" } }
                @if let Some(closes) = questionnaire.closes {
                    li { (french(&format!("Jusqu’au {}", french_date(closes)))) }
                }
            }
            (paragraphs(view.text(&questionnaire.welcome), reading(view.lang)))
            (control_words(view))
            @if questionnaire.access == Access::Invitation {
                noscript {
                    p.note {
                        (view.prose(&french(view.say(
                            "Votre navigateur n’utilise pas JavaScript : vous pouvez répondre quand même. Une seule chose \
                             change : au moment de l’envoi, notre serveur voit passer votre code et vos réponses \
                             ensemble. Il les sépare aussitôt et n’écrit nulle part le lien entre les deux.",
                            "Vous pouvez répondre sans JavaScript. Une chose change : notre ordinateur reçoit votre code \
                             avec vos réponses. Il les sépare tout de suite. Il ne garde pas le lien.",
                        ))))
                    }
                }
            }
            details {
                summary {
                    (french(view.say("Vous préférez répondre sur papier ou par téléphone ?",
                                     "Vous voulez répondre sur papier ou par téléphone ?")))
                }
                p {
                    @if !view.lang.is_french() { span.line { "Nous pouvons vous aider." } " " }
                    (view.say("Demandez un questionnaire en papier, ou de l’aide pour répondre, au ", "Appelez le "))
                    (contact(&questionnaire.contact))
                }
            }
        }
    }
}

/// What anybody can check before answering: the key has the words that the letter or the poster promised.
fn control_words(view: View) -> Markup {
    let (usual, easy) = match view.questionnaire().access {
        Access::Invitation => {
            ("Mots de contrôle, les mêmes que sur votre lettre :", "Ces mots doivent aussi être sur votre lettre :")
        }
        Access::Open => {
            ("Mots de contrôle, les mêmes que sur l’affiche :", "Ces mots doivent aussi être sur l’affiche :")
        }
    };
    html! {
        div.note.control {
            p { (french(view.say(usual, easy))) }
            // A browser that translates the page would make other words of them.
            p.control-words translate="no" { (view.publication.token_key.id().words().join(" ")) }
            p { (view.prose(view.say("S’ils sont différents, ne répondez pas et appelez-nous.",
                                     "Les mots sont différents\u{a0}? Ne répondez pas. Appelez-nous."))) }
            p.link {
                a href=(view.address("/confiance")) {
                    (view.say("Comment votre anonymat est protégé", "Comment vos réponses restent secrètes"))
                }
            }
        }
    }
}

/// A link to each other language. The answers stay: the questions are the same.
fn language_switch(view: View) -> Markup {
    let others = view.questionnaire().languages.iter().filter(|lang| *lang != view.lang);
    html! {
        @for lang in others {
            p.language {
                a href=(view.address_in(lang, "")) {
                    @if lang.is_french() { "Lire le texte habituel" } @else { "Lire en français facile (FALC)" }
                }
            }
        }
    }
}

fn code_section(view: View) -> Markup {
    let error = view.state.error(CODE);
    html! {
        section.page #page-code data-page="code" aria-labelledby="titre-code" {
            h2 #titre-code tabindex="-1" { (view.say("Votre code d’invitation", "Votre code")) }
            div.question.question--error[error.is_some()] #q-code data-question="code" {
                label.question__text for=(CODE) {
                    (view.say("Code imprimé sur votre lettre ", "Écrivez le code de votre lettre "))
                    span.expected { (view.say("(réponse attendue)", "(il faut répondre)")) }
                }
                p.hint #code-aide {
                    (view.prose(&french(view.say(
                        "13 lettres et chiffres. Majuscules, espaces et tirets n’ont pas d’importance. Ce code prouve \
                         seulement que vous avez reçu une lettre : il n’est pas gardé avec vos réponses.",
                        "Le code a 13 lettres et chiffres. Il montre que vous avez reçu une lettre. Nous ne gardons pas \
                         le code avec vos réponses.",
                    ))))
                }
                p.error #code-erreur hidden[error.is_none()] {
                    span.error__mark { (french(view.say("À corriger : ", "À changer : "))) }
                    span.error__text { (error.unwrap_or_default()) }
                }
                input.code type="text" id=(CODE) name=(CODE) value=(view.state.code) autocomplete="off"
                    autocapitalize="characters" spellcheck="false" maxlength="40"
                    aria-describedby=(if error.is_some() { "code-aide code-erreur" } else { "code-aide" })
                    aria-invalid=[error.map(|_| "true")];
            }
        }
    }
}
