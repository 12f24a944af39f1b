//! The `PrivateToken` authentication scheme of RFC 9577, as header values.

use crate::key::PublicKey;
use crate::wire::{Token, TokenChallenge};

/// Media type of a token request.
pub const REQUEST_MEDIA_TYPE: &str = "application/private-token-request";
/// Media type of a token response.
pub const RESPONSE_MEDIA_TYPE: &str = "application/private-token-response";
/// Where the issuer's keys are published.
pub const DIRECTORY_PATH: &str = "/.well-known/private-token-issuer-directory";
/// Media type of the directory.
pub const DIRECTORY_MEDIA_TYPE: &str = "application/private-token-issuer-directory";

/// The value of `WWW-Authenticate` (RFC 9577 §2.1).
pub fn www_authenticate(challenge: &TokenChallenge, key: &PublicKey) -> String {
    format!(r#"PrivateToken challenge="{}", token-key="{}""#, challenge.to_base64url(), key.to_base64url())
}

/// The value of `Authorization` (RFC 9577 §2.2).
pub fn authorization(token: &Token) -> String {
    format!(r#"PrivateToken token="{}""#, data_encoding::BASE64URL.encode(&token.to_bytes()))
}

/// Reads the value of `Authorization`; `None` when it is not one well-formed token of type 0x0002.
///
/// The value may be quoted or not, and its padding is optional, since clients differ in both.
pub fn parse_authorization(value: &str) -> Option<Token> {
    let (scheme, parameters) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("PrivateToken") {
        return None;
    }
    let token = parameters.split(',').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("token").then(|| value.trim().trim_matches('"'))
    })?;
    parse_token(token)
}

/// Reads a token in URL-safe base64, padded or not.
pub fn parse_token(base64url: &str) -> Option<Token> {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(base64url.trim_end_matches('=').as_bytes()).ok()?;
    Token::parse(&bytes).ok()
}
