//! The issuer on another host, as the collector sees it at level B: the same request that a browser would make, with the
//! secret that the two share, so that the issuer counts the resident's attempts and not ours.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Context;
use isoloir_collector::{IssuanceRefusal, IssueFuture, TokenIssuer};
use isoloir_survey::SurveyId;
use isoloir_token::http::REQUEST_MEDIA_TYPE;
use isoloir_token::wire::{TokenRequest, TokenResponse};
use reqwest::StatusCode;
use serde::Deserialize;

/// A resident waits for the page meanwhile.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct RemoteIssuer {
    url: String,
    secret: String,
    http: reqwest::Client,
}

/// The part of a problem document that says which refusal it is.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
}

impl RemoteIssuer {
    pub(crate) fn new(url: &str, secret: &[u8]) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()?;
        let secret = std::str::from_utf8(secret).context("le secret partagé n’est pas un texte")?.to_owned();
        Ok(Self { url: url.trim_end_matches('/').to_owned(), secret, http })
    }

    async fn ask(
        &self,
        survey: &SurveyId,
        code: &str,
        request: &TokenRequest,
        address: Option<IpAddr>,
    ) -> Result<TokenResponse, IssuanceRefusal> {
        let unreachable = |error: reqwest::Error| {
            // The address is our own configuration; the error holds nothing of the resident once its URL is taken out.
            tracing::error!(error = %error.without_url(), "the issuer cannot be reached");
            IssuanceRefusal::Busy
        };
        let mut post = self
            .http
            .post(format!("{}/s/{survey}/token-request", self.url))
            .header("Content-Type", REQUEST_MEDIA_TYPE)
            .header("Invitation-Code", printable(code))
            .header("Isoloir-Proxy-Secret", &self.secret);
        if let Some(address) = address {
            post = post.header("Isoloir-Proxy-Client", address.to_string());
        }
        let reply = post.body(request.to_bytes()).send().await.map_err(unreachable)?;
        let status = reply.status();
        let wait = reply.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = reply.bytes().await.map_err(unreachable)?;
        if status == StatusCode::OK {
            return TokenResponse::parse(&body).map_err(|_| IssuanceRefusal::Internal);
        }
        let refusal: Refusal = serde_json::from_slice(&body).unwrap_or(Refusal { code: String::new() });
        Err(match refusal.code.as_str() {
            "closed" => IssuanceRefusal::Closed,
            "not-yet-open" => IssuanceRefusal::NotYetOpen,
            "malformed-code" => IssuanceRefusal::MalformedCode,
            "unknown-code" => IssuanceRefusal::UnknownCode,
            "used-code" => IssuanceRefusal::UsedCode,
            "too-many-attempts" => IssuanceRefusal::TooManyAttempts { retry_after_s: wait.unwrap_or(600) },
            "busy" => IssuanceRefusal::Busy,
            _ => {
                tracing::error!(%status, "the issuer refused a request of ours");
                IssuanceRefusal::Internal
            }
        })
    }
}

/// A header holds printable ASCII only; whatever else was typed is no code.
fn printable(code: &str) -> String {
    code.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(60).collect()
}

impl TokenIssuer for RemoteIssuer {
    fn issue<'a>(
        &'a self,
        survey: &'a SurveyId,
        code: &'a str,
        request: &'a TokenRequest,
        address: Option<IpAddr>,
    ) -> IssueFuture<'a> {
        Box::pin(self.ask(survey, code, request, address))
    }
}
