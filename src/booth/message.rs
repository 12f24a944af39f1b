//! Pages that say what happened: thanks, closed, refused.

use actix_web::HttpResponse;
use actix_web::ResponseError;
use isoloir_collector::Publication;
use isoloir_ui::{Page, message_page, page, paragraphs};
use isoloir_web::Problem;
use maud::{Markup, html};

/// The thank-you page: it holds nothing that was answered and no identifier.
pub(crate) fn thanks_page(publication: &Publication) -> Markup {
    let questionnaire = &publication.questionnaire;
    let body = html! {
        h1 tabindex="-1" { "Merci, vos réponses sont enregistrées" }
        (paragraphs(questionnaire.thanks.fr()))
    };
    let frame = Page {
        organiser: questionnaire.organiser.fr(),
        footer: crate::questionnaire_page::footer(publication),
        ..Page::new("Merci")
    };
    page(&frame, &body)
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
