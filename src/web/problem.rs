//! Problem details (RFC 9457): what programs get when a request is refused. Pages say the same in HTML.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::french::french;
use crate::reading::Reading;

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
    #[serde(flatten)]
    usual: Words,
    status: u16,
    /// The same for those who read easy French: an extension member, as RFC 9457 §3.2 provides for.
    #[serde(skip_serializing_if = "Option::is_none")]
    easy: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    #[serde(skip)]
    headers: Vec<(HeaderName, String)>,
}

/// What is wrong, and what to do.
#[derive(Debug, Clone, Serialize)]
struct Words {
    title: String,
    detail: String,
}

impl Problem {
    /// A problem with what is wrong (`title`) and what to do (`detail`), both in French.
    pub fn new(status: StatusCode, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind: "about:blank",
            usual: Words { title: french(title), detail: french(&detail.into()) },
            status: status.as_u16(),
            easy: None,
            code: None,
            errors: Vec::new(),
            headers: Vec::new(),
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

    /// Adds the same in easy French.
    #[must_use]
    pub fn easy(mut self, title: &str, detail: impl Into<String>) -> Self {
        self.0.easy = Some(Words { title: french(title), detail: french(&detail.into()) });
        self
    }

    /// What is wrong, for a page.
    pub fn title(&self, reading: Reading) -> &str {
        &self.words(reading).title
    }

    /// What to do, for a page.
    pub fn detail(&self, reading: Reading) -> &str {
        &self.words(reading).detail
    }

    /// In easy French where there is such a text.
    fn words(&self, reading: Reading) -> &Words {
        match (&self.0.easy, reading) {
            (Some(easy), Reading::Easy) => easy,
            _ => &self.0.usual,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.usual.title, self.0.status)
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
