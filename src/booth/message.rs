//! Pages that say what happened: thanks, closed, refused.

use actix_web::HttpResponse;
use actix_web::ResponseError;
use isoloir_collector::Publication;
use isoloir_survey::Lang;
use isoloir_ui::{Page, message_page, page, paragraphs};
use isoloir_web::Problem;
use maud::{Markup, html};

use crate::view::{frame, say};

/// The thank-you page: it holds nothing that was answered and no identifier. On a shared device, `is_shared`, it leads back
/// to the start for the next person.
pub(crate) fn thanks_page(publication: &Publication, lang: &Lang, is_shared: bool) -> Markup {
    let title = say(lang, "Merci, vos réponses sont enregistrées", "Merci. Nous avons bien reçu vos réponses.");
    let body = html! {
        h1 tabindex="-1" { (title) }
        (paragraphs(publication.questionnaire.thanks.get(lang)))
    };
    let script = is_shared.then_some("js/kiosk.js");
    page(&Page { script, ..frame(publication, lang, "Merci") }, &body)
}

/// A problem, as a page with its status and headers.
pub(crate) fn problem_page(problem: &Problem, back: Option<&str>) -> HttpResponse {
    let back = back.map(|survey| format!("/s/{survey}"));
    let link = match &back {
        Some(address) => (address.as_str(), "Revenir au questionnaire"),
        None => ("/", "Aller à l’accueil"),
    };
    let body = message_page(problem.title(), problem.detail(), link).into_string();
    let mut reply = problem.error_response();
    reply.headers_mut().insert(
        actix_web::http::header::CONTENT_TYPE,
        actix_web::http::header::HeaderValue::from_static("text/html; charset=utf-8"),
    );
    reply.set_body(body).map_into_boxed_body()
}
