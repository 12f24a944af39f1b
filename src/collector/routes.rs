//! The collector over HTTP, for programs: the questionnaire as JSON, and responses as JSON with a token. The residents'
//! forms are the booth's.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use isoloir_survey::{FieldError, SurveyId, VersionHash, submitted_from_json, validate};
use isoloir_token::http::{parse_authorization, www_authenticate};
use isoloir_web::{BODY_LIMIT_BYTES, FieldProblem, Problem, media_type, read_body};
use serde::Deserialize;

use crate::ballot_box::{CastError, Collector};
use crate::proxy_client::IssuanceRefusal;
use crate::surveys::Publication;

/// Adds the collector's routes. The application must hold `Data<Collector>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/s/{survey}/questionnaire.json", web::get().to(questionnaire))
        .route("/s/{survey}/responses", web::post().to(respond));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    version: VersionHash,
    answers: serde_json::Map<String, serde_json::Value>,
}

fn publication<'a>(collector: &'a Collector, survey: &str) -> Result<&'a Publication, Problem> {
    let unknown = || cast_problem(&CastError::UnknownSurvey, None);
    let survey = SurveyId::parse(survey).map_err(|_| unknown())?;
    collector.survey(&survey).ok_or_else(unknown)
}

async fn questionnaire(collector: Data<Collector>, survey: Path<String>) -> Result<HttpResponse, Problem> {
    let publication = publication(&collector, &survey)?;
    let version = &publication.version;
    let canonical = publication.questionnaire.canonical_json();
    // The canonical text stands inside as it is, so that anybody can hash it and find the version.
    let body = format!(r#"{{"version":"{version}","questionnaire":{canonical}}}"#);
    Ok(HttpResponse::Ok().content_type("application/json").insert_header(("Cache-Control", "max-age=300")).body(body))
}

async fn respond(
    collector: Data<Collector>,
    survey: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let publication = publication(&collector, &survey)?;
    if media_type(&request) != "application/json" {
        return Err(Problem::unsupported_media_type("application/json, ou un formulaire"));
    }
    let body = read_body(payload, BODY_LIMIT_BYTES).await?;
    let challenge = |problem: Problem| {
        problem.header(WWW_AUTHENTICATE, www_authenticate(&publication.challenge, &publication.token_key))
    };
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = authorization.and_then(parse_authorization).ok_or_else(|| challenge(missing_token()))?;
    let submission: Submission = serde_json::from_slice(&body).map_err(|error| malformed_json(&error))?;
    if submission.version != publication.version {
        return Err(cast_problem(&CastError::OtherVersion, Some(publication)));
    }
    let sheet = submitted_from_json(&submission.answers)
        .and_then(|submitted| validate(&publication.questionnaire, &submitted))
        .map_err(|errors| invalid_answers(&errors))?;
    collector
        .cast(&publication.questionnaire.id, &sheet, &token)
        .await
        .map_err(|error| cast_problem(&error, Some(publication)))?;
    Ok(HttpResponse::Created().content_type("application/json").body(r#"{"status":"recorded"}"#))
}

fn missing_token() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "Il manque un jeton",
        "Envoyez l’en-tête « Authorization: PrivateToken token=\"…\" » (RFC 9577). Rien n’a été enregistré.",
    )
    .code("token-missing")
}

/// Says where the JSON goes wrong; serde's own text could repeat an answer.
fn malformed_json(error: &serde_json::Error) -> Problem {
    let detail = format!(
        "Le corps doit être {{\"version\": \"…\", \"answers\": {{…}}}} ; erreur ligne {}, colonne {}. Rien n’a été enregistré.",
        error.line(),
        error.column()
    );
    Problem::new(StatusCode::BAD_REQUEST, "JSON incorrect", detail).code("malformed-json")
}

fn invalid_answers(errors: &[FieldError]) -> Problem {
    let fields = errors
        .iter()
        .map(|error| FieldProblem { field: error.question.chars().take(60).collect(), detail: error.kind.to_string() })
        .collect();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Certaines réponses sont à corriger",
        "Corrigez les champs indiqués, puis envoyez de nouveau. Rien n’a été enregistré.",
    )
    .easy("Il faut changer des réponses", "Changez ces réponses. Puis envoyez encore une fois.")
    .code("invalid-answers")
    .fields(fields)
}

/// What a refused response is answered, as problem details; the booth shows the same words in a page.
pub fn cast_problem(error: &CastError, publication: Option<&Publication>) -> Problem {
    let problem = match error {
        CastError::UnknownSurvey => Problem::unknown_survey(),
        CastError::NotYetOpen | CastError::Issuance(IssuanceRefusal::NotYetOpen) => {
            Problem::not_yet_open(publication.and_then(|publication| publication.questionnaire.opens))
        }
        CastError::Closed | CastError::Issuance(IssuanceRefusal::Closed) => Problem::closed(),
        CastError::OtherVersion => Problem::new(
            StatusCode::CONFLICT,
            "Le questionnaire a changé",
            "Rechargez la page, puis répondez de nouveau. Rien n’a été enregistré.",
        )
        .easy(
            "Le questionnaire a changé",
            "Rechargez la page. Puis répondez encore une fois. Nous n’avons rien enregistré.",
        )
        .code("other-version"),
        CastError::Token(_) => Problem::new(
            StatusCode::UNAUTHORIZED,
            "Ce jeton n’est pas valable ici",
            "Il n’a pas été signé pour cette enquête. Rien n’a été enregistré.",
        )
        .easy("Ce jeton n’est pas bon", "Il n’est pas pour cette enquête. Nous n’avons rien enregistré.")
        .code("token-invalid"),
        CastError::Issuance(IssuanceRefusal::MalformedCode) => {
            Problem::malformed_code(StatusCode::UNPROCESSABLE_ENTITY)
        }
        CastError::Issuance(IssuanceRefusal::UnknownCode) => Problem::unknown_code(),
        CastError::Issuance(IssuanceRefusal::UsedCode) => Problem::used_code(),
        CastError::Issuance(IssuanceRefusal::TooManyAttempts { retry_after_s }) => {
            Problem::too_many_attempts(*retry_after_s)
        }
        CastError::Busy | CastError::Issuance(IssuanceRefusal::Busy) => Problem::busy(),
        CastError::Unavailable => Problem::unavailable(),
        CastError::NoIssuer | CastError::Internal | CastError::Issuance(IssuanceRefusal::Internal) => {
            Problem::internal()
        }
    };
    match (error, publication) {
        (CastError::Token(_), Some(publication)) => {
            problem.header(WWW_AUTHENTICATE, www_authenticate(&publication.challenge, &publication.token_key))
        }
        _ => problem,
    }
}
