//! Pages that say what happened: thanks, closed, refused.

use actix_web::HttpResponse;
use isoloir_collector::{CastError, cast_problem};
use isoloir_ui::{Page, Reading, french, page, paragraphs};
use isoloir_web::Problem;
use maud::{Markup, html};

use crate::shared_device::{end, warning};
use crate::view::{View, contact, reading};

/// The thank-you page: it holds nothing that was answered and no identifier. On a shared device it leads back to the start for
/// the next person.
pub(crate) fn thanks_page(view: View) -> Markup {
    let body = html! {
        div.done {
            span.done__tick aria-hidden="true" {}
            h1 tabindex="-1" {
                (view.say("Merci, vos réponses sont enregistrées", "Merci. Nous avons bien reçu vos réponses."))
            }
            p { (view.say("Vous n’avez plus rien à faire.", "Vous avez fini.")) }
        }
        @if view.device.is_some() {
            p { (end(view, "Terminer")) }
            // The script takes it away: where the booth ran, nothing is left to be found.
            (warning(view))
        }
        (paragraphs(view.text(&view.questionnaire().thanks), reading(view.lang)))
    };
    let script = if view.device.is_some() { "js/kiosk.js" } else { "js/thanks.js" };
    page(&Page { script: Some(script), ..view.frame("Merci") }, &body)
}

/// A problem that belongs to no survey.
pub(crate) fn problem_page(problem: &Problem, reading: Reading) -> HttpResponse {
    let frame = Page { lang: reading.tag(), ..Page::new("") };
    isoloir_ui::problem_page(problem, frame, &html! {}, (reading.say("/", "/?lang=fr-FALC"), "Aller à l’accueil"))
}

/// A problem with a form of a survey: it leads back to the questionnaire.
pub(crate) fn form_problem_page(problem: &Problem, view: View) -> HttpResponse {
    let back = view.address("");
    isoloir_ui::problem_page(problem, view.frame(""), &html! {}, (&back, "Revenir au questionnaire"))
}

/// Too early or too late: the survey's own page says so, and whom to ask.
pub(crate) fn not_open_page(error: &CastError, view: View) -> HttpResponse {
    let reading = reading(view.lang);
    let more = html! {
        p {
            (french(reading.say("Une question ? Appelez le ", "Vous avez une question ? Appelez le ")))
            (contact(&view.questionnaire().contact))
        }
        @if matches!(error, CastError::Closed) {
            p { (reading.say("Les résultats se lisent depuis l’accueil, dès qu’ils sont publiés.",
                             "Vous pourrez lire les résultats à l’accueil.")) }
        }
    };
    let problem = cast_problem(error, Some(view.publication));
    let start = view.start();
    let way_out = start.as_ref().map_or_else(
        || (reading.say("/", "/?lang=fr-FALC"), "Aller à l’accueil"),
        |start| (start.as_str(), "Revenir au début"),
    );
    isoloir_ui::problem_page(&problem, view.frame(""), &more, way_out)
}
