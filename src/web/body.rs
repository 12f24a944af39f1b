//! Bodies, read up to a limit and no further.

use std::collections::BTreeMap;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, http::StatusCode};
use futures_util::StreamExt;

use crate::problem::Problem;

/// How much of a body that is too large is read and thrown away, so that the sender can read the refusal instead of
/// seeing the connection cut.
const DRAIN_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// A body that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Larger than the limit.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The connection ended before the body did.
    #[error("the body is incomplete")]
    Incomplete,
    /// Not UTF-8, or not form-encoded.
    #[error("the body is not a form")]
    NotAForm,
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit_bytes } => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Envoi trop volumineux",
                format!("Cet envoi dépasse {} Ko. Rien n’a été enregistré.", limit_bytes / 1024),
            )
            .easy(
                "Vos réponses sont trop longues",
                "Nous n’avons rien enregistré. Écrivez des textes plus courts. Puis réessayez.",
            ),
            BodyError::Incomplete => Problem::new(
                StatusCode::BAD_REQUEST,
                "Envoi incomplet",
                "La connexion s’est interrompue. Rien n’a été enregistré : vous pouvez envoyer de nouveau.",
            )
            .easy("L’envoi s’est arrêté", "Nous n’avons rien enregistré. Vous pouvez envoyer encore une fois."),
            BodyError::NotAForm => Problem::new(
                StatusCode::BAD_REQUEST,
                "Formulaire illisible",
                "Cet envoi n’a pas la forme d’un formulaire. Rien n’a été enregistré.",
            )
            .easy("Il y a un problème", "Nous ne pouvons pas lire vos réponses. Nous n’avons rien enregistré."),
        }
    }
}

/// Reads a whole body of at most `limit_bytes`.
///
/// # Errors
/// [`BodyError::TooLarge`] or [`BodyError::Incomplete`].
pub async fn read_body(mut payload: Payload, limit_bytes: usize) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    let mut dropped_bytes = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Incomplete)?;
        if dropped_bytes == 0 && body.len() + chunk.len() <= limit_bytes {
            body.extend_from_slice(&chunk);
        } else {
            dropped_bytes += chunk.len() + body.len();
            body.clear();
            if dropped_bytes > DRAIN_LIMIT_BYTES {
                break;
            }
        }
    }
    if dropped_bytes > 0 { Err(BodyError::TooLarge { limit_bytes }) } else { Ok(body.freeze()) }
}

/// The request's media type, in lower case and without parameters; empty when it names none.
pub fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a form-encoded body: each name with its values, in the order in which they stand.
///
/// # Errors
/// [`BodyError::NotAForm`].
pub fn parse_form(body: &[u8]) -> Result<BTreeMap<String, Vec<String>>, BodyError> {
    let text = std::str::from_utf8(body).map_err(|_| BodyError::NotAForm)?;
    let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(text).map_err(|_| BodyError::NotAForm)?;
    let mut form: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs.into_inner() {
        form.entry(name).or_default().push(value);
    }
    Ok(form)
}
