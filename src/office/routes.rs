//! The results over HTTP: stored bytes, nothing computed. What was withdrawn is not sent any more.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, LOCATION};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use isoloir_survey::SurveyId;
use isoloir_ui::message_page;

use crate::publication::Office;

/// A drawing in a frame does nothing but show, in whatever site it stands.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors *",
);
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the routes of the results. The application must hold `Data<Office>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/r/{survey}", web::get().to(overview))
        .route("/r/{survey}/", web::get().to(without_slash))
        .route("/r/{survey}/{path:.+}", web::get().to(artefact));
}

async fn overview(office: Data<Office>, survey: Path<String>, request: HttpRequest) -> HttpResponse {
    respond(&office, &survey, "", &request)
}

/// Relative links of a page whose address ends with a slash would lead nowhere.
async fn without_slash(survey: Path<String>) -> HttpResponse {
    match SurveyId::parse(&survey) {
        Ok(survey) => HttpResponse::PermanentRedirect().insert_header((LOCATION, format!("/r/{survey}"))).finish(),
        Err(_) => nothing_published(),
    }
}

async fn artefact(office: Data<Office>, path: Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let (survey, path) = path.into_inner();
    respond(&office, &survey, &path, &request)
}

fn respond(office: &Office, survey: &str, path: &str, request: &HttpRequest) -> HttpResponse {
    let Ok(survey) = SurveyId::parse(survey) else { return nothing_published() };
    if office.is_withdrawn_since(&survey) {
        return gone();
    }
    let Some(body) = office.body(&survey, path) else {
        return match (office.is_published(&survey), office.is_withdrawn(&survey)) {
            (true, _) => no_such_page(&survey),
            (false, true) => gone(),
            (false, false) => nothing_published(),
        };
    };
    let mut reply = body.respond(request);
    let headers = reply.headers_mut();
    let is_frame = path.starts_with("embed/");
    if is_frame {
        headers.insert(CONTENT_SECURITY_POLICY, FRAME_POLICY);
    }
    if is_frame || path.starts_with("charts/") {
        // Another site may show what is public.
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    reply
}

fn gone() -> HttpResponse {
    let page = message_page(
        "Ces résultats ont été retirés",
        "L’organisateur de l’enquête a retiré ces résultats du site. Pour savoir pourquoi, ou quand ils reviendront, \
         adressez-vous à lui.",
        ("/", "Aller à l’accueil"),
    );
    HttpResponse::Gone().content_type("text/html; charset=utf-8").body(page.into_string())
}

fn nothing_published() -> HttpResponse {
    not_found(
        "Aucun résultat à cette adresse",
        "Les résultats de cette enquête ne sont pas publiés, ou pas encore. L’adresse est peut-être incomplète.",
        ("/", "Voir les résultats publiés"),
    )
}

fn no_such_page(survey: &SurveyId) -> HttpResponse {
    not_found(
        "Cette page de résultats n’existe pas",
        "L’adresse est peut-être incomplète. Les autres résultats de cette enquête sont bien publiés.",
        (&format!("/r/{survey}"), "Voir ces résultats"),
    )
}

fn not_found(title: &str, detail: &str, link: (&str, &str)) -> HttpResponse {
    let page = message_page(title, detail, link);
    HttpResponse::NotFound().content_type("text/html; charset=utf-8").body(page.into_string())
}
