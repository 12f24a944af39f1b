//! The issuer over HTTP: the directory of RFC 9578 and the token requests.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use isoloir_survey::{Calendar, SurveyId};
use isoloir_token::http::{DIRECTORY_MEDIA_TYPE, DIRECTORY_PATH, REQUEST_MEDIA_TYPE, RESPONSE_MEDIA_TYPE};
use isoloir_token::key::MODULUS_LENGTH_BYTES;
use isoloir_token::wire::{TOKEN_TYPE, TokenRequest};
use isoloir_web::{BodyError, Problem, client_address, media_type, read_body};
use serde_json::json;

use crate::error::IssuanceError;
use crate::invitations::Issuer;

/// The header that carries an invitation code; a code in a URL would end up in logs and histories.
const CODE_HEADER: &str = "Invitation-Code";
/// The headers with which a collector proves that it asks for a resident without JavaScript, and names their address.
const PROXY_SECRET_HEADER: &str = "Isoloir-Proxy-Secret";
const PROXY_CLIENT_HEADER: &str = "Isoloir-Proxy-Client";
const REQUEST_PATH: &str = "/token-request";

/// Adds the issuer's routes. The application must hold `Data<Issuer>` and `Data<dyn Calendar>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route(DIRECTORY_PATH, web::get().to(directory))
        .route(REQUEST_PATH, web::post().to(request_by_key))
        .route("/s/{survey}/token-request", web::post().to(request_by_survey));
}

/// Every survey's key (RFC 9578 §4). Conforming clients find the survey by the key; ours by its own address.
async fn directory(issuer: Data<Issuer>) -> HttpResponse {
    let keys: Vec<_> = issuer
        .surveys()
        .map(|(survey, key)| json!({"token-type": TOKEN_TYPE, "token-key": key.to_base64url(), "isoloir-survey": survey}))
        .collect();
    let body = json!({"issuer-request-uri": REQUEST_PATH, "token-keys": keys});
    HttpResponse::Ok()
        .content_type(DIRECTORY_MEDIA_TYPE)
        .insert_header(("Cache-Control", "max-age=3600"))
        .body(body.to_string())
}

async fn request_by_survey(
    issuer: Data<Issuer>,
    calendar: Data<dyn Calendar>,
    survey: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let survey = SurveyId::parse(&survey).map_err(|_| problem(IssuanceError::UnknownSurvey))?;
    let token_request = read(&request, payload).await?;
    reply(&issuer, calendar.as_ref(), &survey, &request, &token_request).await
}

async fn request_by_key(
    issuer: Data<Issuer>,
    calendar: Data<dyn Calendar>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let token_request = read(&request, payload).await?;
    let survey = issuer
        .survey_of_key(token_request.truncated_token_key_id)
        .ok_or_else(|| problem(IssuanceError::MalformedRequest))?;
    reply(&issuer, calendar.as_ref(), survey, &request, &token_request).await
}

/// The secret that the issuer shares with its collector, when they are two processes. Only its hash is kept, so that
/// comparing takes the same time whatever is sent.
#[derive(Clone)]
pub struct ProxySecret(blake3::Hash);

impl ProxySecret {
    /// Keeps the hash of the secret.
    pub fn new(secret: &[u8]) -> Self {
        Self(blake3::hash(secret))
    }

    fn matches(&self, sent: &str) -> bool {
        // Comparing two `blake3::Hash` is constant-time.
        self.0 == blake3::hash(sent.as_bytes())
    }
}

/// Whose attempts are counted: the resident that a collector asks for, or whoever is at the other end of the line.
fn caller(request: &HttpRequest, sent_secret: Option<&str>) -> Option<IpAddr> {
    let secret = request.app_data::<Data<ProxySecret>>();
    if secret.zip(sent_secret).is_some_and(|(secret, sent)| secret.matches(sent)) {
        let client = request.headers().get(PROXY_CLIENT_HEADER).and_then(|value| value.to_str().ok());
        return client.and_then(|client| client.parse().ok());
    }
    client_address(request)
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<TokenRequest, Problem> {
    if media_type(request) != REQUEST_MEDIA_TYPE {
        return Err(Problem::unsupported_media_type(REQUEST_MEDIA_TYPE));
    }
    let body = match read_body(payload, 2 * MODULUS_LENGTH_BYTES).await {
        // RFC 9578 §6.2 asks for 422 whatever is wrong with the request, its length included.
        Err(BodyError::TooLarge { .. }) => return Err(problem(IssuanceError::MalformedRequest)),
        other => other?,
    };
    TokenRequest::parse(&body).map_err(|_| problem(IssuanceError::MalformedRequest))
}

async fn reply(
    issuer: &Issuer,
    calendar: &dyn Calendar,
    survey: &SurveyId,
    request: &HttpRequest,
    token_request: &TokenRequest,
) -> Result<HttpResponse, Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (code, address) = (header(CODE_HEADER), caller(request, header(PROXY_SECRET_HEADER)));
    let response = issuer.issue(survey, code, token_request, address, calendar.today()).await.map_err(problem)?;
    Ok(HttpResponse::Ok().content_type(RESPONSE_MEDIA_TYPE).body(response.to_bytes()))
}

/// What the resident's browser is told; the word in `code` is what it acts on.
fn problem(error: IssuanceError) -> Problem {
    match error {
        IssuanceError::UnknownSurvey => Problem::unknown_survey(),
        // The issuer knows no day to announce to whoever is early: the letter and the questionnaire's page do.
        IssuanceError::NotYetOpen => Problem::not_yet_open(None),
        IssuanceError::Closed => Problem::closed(),
        IssuanceError::MalformedCode => Problem::malformed_code(StatusCode::BAD_REQUEST),
        IssuanceError::UnknownCode => Problem::unknown_code(),
        IssuanceError::UsedCode => Problem::used_code(),
        IssuanceError::MalformedRequest => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Demande de jeton incorrecte",
            "La demande n’est pas celle de la RFC 9578, ou elle vise une autre clé. Rechargez la page.",
        )
        .code("malformed-request"),
        IssuanceError::TooManyAttempts { retry_after_s } => Problem::too_many_attempts(retry_after_s),
        IssuanceError::Busy => Problem::busy(),
        IssuanceError::Unavailable => Problem::unavailable(),
        IssuanceError::Internal => Problem::internal(),
    }
}
