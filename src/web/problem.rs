//! Problem details (RFC 9457): what programs get when a request is refused. Pages say the same in HTML.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::french::french;

/// Why one field was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The question's identifier.
    pub field: String,
    /// What is wrong, in French.
    pub detail: String,
}

/// A refused request, as `application/problem+json`.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Details>);

#[derive(Debug, Clone, Serialize)]
struct Details {
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    #[serde(skip)]
    headers: Vec<(HeaderName, String)>,
}

impl Problem {
    /// A problem with what is wrong (`title`) and what to do (`detail`), both in French.
    pub fn new(status: StatusCode, title: &str, detail: impl Into<String>) -> Self {
        let (title, detail) = (french(title), french(&detail.into()));
        let (errors, headers) = (Vec::new(), Vec::new());
        Self(Box::new(Details {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            detail,
            code: None,
            errors,
            headers,
        }))
    }

    /// Adds a stable word that a program can act on.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.0.code = Some(code);
        self
    }

    /// Adds one entry per refused field.
    #[must_use]
    pub fn fields(mut self, errors: Vec<FieldProblem>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds a header to the reply.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: String) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// What is wrong, for a page.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// What to do, for a page.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// No such thing here.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Page introuvable",
            "Cette adresse ne correspond à aucune page. Vérifiez le lien, ou repartez de l’accueil.",
        )
    }

    /// Something failed on our side; the details are in the log.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Le serveur a rencontré une difficulté",
            "Rien n’a été enregistré. Réessayez dans quelques minutes.",
        )
    }

    /// One address tried too often; nothing was done.
    pub fn too_many_attempts(retry_after_s: u64) -> Self {
        let minutes = retry_after_s.div_ceil(60);
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Trop d’essais",
            format!("Attendez {minutes} minutes, puis réessayez. Votre code et vos réponses restent valables."),
        )
        .code("too-many-attempts")
        .header(actix_web::http::header::RETRY_AFTER, retry_after_s.to_string())
    }

    /// Too much at once; nothing was done.
    pub fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Le serveur est très demandé",
            "Rien n’a été enregistré. Réessayez dans quelques secondes : vos réponses sont toujours là.",
        )
        .code("busy")
        .header(actix_web::http::header::RETRY_AFTER, "5".to_owned())
    }

    /// The database does not answer for the moment. The same request may be sent again: it counts once.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Le serveur ne peut rien enregistrer pour l’instant",
            "Gardez cette page ouverte et réessayez dans quelques minutes : vos réponses sont toujours là, et elles ne \
             compteront qu’une fois.",
        )
        .code("unavailable")
        .header(actix_web::http::header::RETRY_AFTER, "30".to_owned())
    }

    /// The media type is not one that the route takes.
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Format non accepté",
            format!("Cette adresse attend « {expected} ». Rien n’a été enregistré."),
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.title, self.0.status)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut reply = HttpResponse::build(self.status_code());
        reply.content_type("application/problem+json");
        for (name, value) in &self.0.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                reply.insert_header((name.clone(), value));
            }
        }
        reply.body(serde_json::to_string(self).expect("a problem has only strings and numbers"))
    }
}
