//! Pages that say what happened: thanks, closed, refused.

use actix_web::HttpResponse;
use isoloir_collector::{CastError, Publication, cast_problem};
use isoloir_survey::Lang;
use isoloir_ui::{Page, Reading, french, page, paragraphs};
use isoloir_web::Problem;
use maud::{Markup, html};

use crate::view::{address, contact, frame, reading};

/// The thank-you page: it holds nothing that was answered and no identifier. On a shared device, `is_shared`, it leads back
/// to the start for the next person.
pub(crate) fn thanks_page(publication: &Publication, lang: &Lang, is_shared: bool) -> Markup {
    let say = |usual, easy| reading(lang).say(usual, easy);
    let body = html! {
        div.done {
            span.done__tick aria-hidden="true" {}
            h1 tabindex="-1" {
                (say("Merci, vos réponses sont enregistrées", "Merci. Nous avons bien reçu vos réponses."))
            }
            p { (say("Vous n’avez plus rien à faire.", "Vous avez fini.")) }
        }
        (paragraphs(publication.questionnaire.thanks.get(lang), reading(lang)))
    };
    let script = if is_shared { "js/kiosk.js" } else { "js/thanks.js" };
    page(&Page { script: Some(script), ..frame(publication, lang, "Merci") }, &body)
}

/// A problem that belongs to no survey.
pub(crate) fn problem_page(problem: &Problem, reading: Reading) -> HttpResponse {
    let frame = Page { lang: reading.tag(), ..Page::new("") };
    isoloir_ui::problem_page(problem, frame, &html! {}, (reading.say("/", "/?lang=fr-FALC"), "Aller à l’accueil"))
}

/// A problem with a form of a survey: it leads back to the questionnaire.
pub(crate) fn form_problem_page(problem: &Problem, publication: &Publication, lang: &Lang) -> HttpResponse {
    let back = address(publication, "", lang);
    isoloir_ui::problem_page(problem, frame(publication, lang, ""), &html! {}, (&back, "Revenir au questionnaire"))
}

/// Too early or too late: the survey's own page says so, and whom to ask.
pub(crate) fn not_open_page(error: &CastError, publication: &Publication, lang: &Lang) -> HttpResponse {
    let reading = reading(lang);
    let more = html! {
        p {
            (french(reading.say("Une question ? Appelez le ", "Vous avez une question ? Appelez le ")))
            (contact(&publication.questionnaire.contact))
        }
        @if matches!(error, CastError::Closed) {
            p { (reading.say("Les résultats se lisent depuis l’accueil, dès qu’ils sont publiés.",
                             "Vous pourrez lire les résultats à l’accueil.")) }
        }
    };
    let problem = cast_problem(error, Some(publication));
    let home = (reading.say("/", "/?lang=fr-FALC"), "Aller à l’accueil");
    isoloir_ui::problem_page(&problem, frame(publication, lang, ""), &more, home)
}
