//! What is answered when no route takes a request, or none may have it.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::ACCEPT;
use actix_web::middleware::Next;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use isoloir_ui::{Page, problem_page};
use isoloir_web::{BODY_LIMIT_BYTES, Problem, Reading, read_body, refuse_other_sites};
use maud::html;

/// What the addresses of a route answer to: most are only read.
fn methods(route: &str) -> &'static str {
    match route {
        "/token-request" | "/s/{survey}/token-request" => "POST",
        "/s/{survey}/responses" | "/s/{survey}/verifier" => "GET, HEAD, POST",
        _ => "GET, HEAD",
    }
}

/// No route takes the request: its address is none of ours, or it is asked in a way that it does not answer to.
pub(crate) async fn no_route(request: HttpRequest) -> HttpResponse {
    let problem = match request.match_pattern() {
        Some(route) => Problem::method_not_allowed(methods(&route)),
        None => Problem::not_found(),
    };
    page_of(&problem, &request)
}

/// A problem of no survey, as a page.
fn page_of(problem: &Problem, request: &HttpRequest) -> HttpResponse {
    let reading = Reading::asked(request);
    let frame = Page { lang: reading.tag(), ..Page::new("") };
    problem_page(problem, frame, &html! {}, (reading.say("/", "/?lang=fr-FALC"), "Aller à l’accueil"))
}

/// The origin of the residents' pages.
pub(crate) struct PagesOrigin(pub(crate) String);

/// Middleware of every role: what a page of another site sends is refused before any route sees it, to readers of pages with a
/// page. The body is read all the same: a browser that is cut short shows its own error in place of ours.
pub(crate) async fn keep_other_sites_out(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let pages = request.app_data::<Data<PagesOrigin>>().expect("the application holds the origin of its pages");
    let Err(problem) = refuse_other_sites(request.request(), &pages.0) else { return next.call(request).await };
    if let Ok(body) = request.extract::<Payload>().await {
        // Whatever is wrong with it, the answer is the same.
        let _ = read_body(body, BODY_LIMIT_BYTES).await;
    }
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let reply =
        if accept.contains("text/html") { page_of(&problem, request.request()) } else { problem.error_response() };
    Ok(request.into_response(reply))
}
