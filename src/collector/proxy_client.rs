//! Level B: for a resident without JavaScript, the collector runs the same token client in the browser's place. For that
//! moment the server must be trusted; afterwards it keeps nothing that the other levels do not.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use isoloir_survey::SurveyId;
use isoloir_token::client::Client;
use isoloir_token::wire::{Token, TokenRequest, TokenResponse};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::ballot_box::CastError;
use crate::surveys::Publication;

/// Why the issuer gave no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuanceRefusal {
    /// The survey takes no answers yet.
    #[error("not open yet")]
    NotYetOpen,
    /// The survey takes no more answers.
    #[error("closed")]
    Closed,
    /// The code is not well-formed.
    #[error("malformed code")]
    MalformedCode,
    /// The code is not known.
    #[error("unknown code")]
    UnknownCode,
    /// The code already gave a token.
    #[error("used code")]
    UsedCode,
    /// Too many codes were refused to this address.
    #[error("too many attempts")]
    TooManyAttempts {
        /// Seconds until the next attempt.
        retry_after_s: u64,
    },
    /// The issuer cannot be reached or is overwhelmed; nothing was used.
    #[error("busy")]
    Busy,
    /// The issuer failed.
    #[error("internal failure")]
    Internal,
}

/// The reply to [`TokenIssuer::issue`].
pub type IssueFuture<'a> = Pin<Box<dyn Future<Output = Result<TokenResponse, IssuanceRefusal>> + Send + 'a>>;

/// The issuer as the collector sees it: somebody to whom a typed code and a blinded request are passed on.
pub trait TokenIssuer: Send + Sync {
    /// Asks for a signature. `address` is the resident's, by which guessing is slowed.
    fn issue<'a>(
        &'a self,
        survey: &'a SurveyId,
        code: &'a str,
        request: &'a TokenRequest,
        address: Option<IpAddr>,
    ) -> IssueFuture<'a>;
}

/// What the blinding is drawn from. It travels in the resident's review page and is kept nowhere else: sending the page
/// again makes the same request, so the same token, so the same single response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BlindingSeed(pub [u8; 32]);

impl std::fmt::Debug for BlindingSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlindingSeed(redacted)")
    }
}

/// Exchanges a typed code for a token.
pub(crate) async fn obtain_token(
    publication: &Publication,
    issuer: &dyn TokenIssuer,
    code: &str,
    seed: BlindingSeed,
    address: Option<IpAddr>,
) -> Result<Token, CastError> {
    // With another code the same page must make another token, or its answers would be taken for a repetition.
    let typed: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let mut rng = ChaCha20Rng::from_seed(*blake3::keyed_hash(&seed.0, typed.as_bytes()).as_bytes());
    let client = Client::new(publication.token_key.clone(), &publication.challenge);
    let failed = |error| {
        tracing::error!(%error, "the token client failed on the server");
        CastError::Internal
    };
    let (request, pending) = client.request(&mut rng).map_err(failed)?;
    let response =
        issuer.issue(&publication.questionnaire.id, code, &request, address).await.map_err(CastError::Issuance)?;
    client.finalize(&pending, &response).map_err(failed)
}
