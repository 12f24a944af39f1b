//! The results over HTTP: stored bytes, nothing computed.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use isoloir_survey::SurveyId;
use isoloir_ui::message_page;

use crate::publication::Office;

/// Adds the routes of the results. The application must hold `Data<Office>`.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/r/{survey}", web::get().to(overview)).route("/r/{survey}/{path:.+}", web::get().to(artefact));
}

async fn overview(office: Data<Office>, survey: Path<String>, request: HttpRequest) -> HttpResponse {
    respond(&office, &survey, "", &request)
}

async fn artefact(office: Data<Office>, path: Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let (survey, path) = path.into_inner();
    respond(&office, &survey, &path, &request)
}

fn respond(office: &Office, survey: &str, path: &str, request: &HttpRequest) -> HttpResponse {
    let Ok(survey) = SurveyId::parse(survey) else { return not_found() };
    match office.body(&survey, path) {
        Some(body) => body.respond(request),
        None if office.is_withdrawn(&survey) => gone(),
        None => not_found(),
    }
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

fn not_found() -> HttpResponse {
    let page = message_page(
        "Aucun résultat à cette adresse",
        "Ces résultats ne sont pas publiés, ou l’adresse est incomplète.",
        ("/", "Aller à l’accueil"),
    );
    HttpResponse::NotFound().content_type("text/html; charset=utf-8").body(page.into_string())
}
