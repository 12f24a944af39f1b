//! The structures of RFC 9577 and RFC 9578, byte for byte. Every parser takes exactly one structure: bytes missing, bytes
//! left over or a value out of range are errors, never a panic.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::blind_rsa::{BlindRsaError, HASH_LENGTH_BYTES, verify};
use crate::key::{MODULUS_LENGTH_BYTES, PublicKey, TokenKeyId};

/// Publicly verifiable tokens, blind RSA with 2048 bits.
pub const TOKEN_TYPE: u16 = 0x0002;

/// Bytes that are not the structure that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Too few or too many bytes.
    #[error("wrong length for a {0}")]
    Length(&'static str),
    /// Another token type than 0x0002.
    #[error("unsupported token type")]
    TokenType,
    /// A name that is empty, too long, or not printable ASCII.
    #[error("invalid server name in the challenge")]
    Name,
}

/// Reads a byte string from its front.
struct Reader<'a>(&'a [u8], &'static str);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(WireError::Length(self.1))?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        Ok(self.take(N)?.try_into().expect("take returns as many bytes as asked"))
    }

    fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_be_bytes)
    }

    fn token_type(&mut self) -> Result<(), WireError> {
        if self.u16()? == TOKEN_TYPE { Ok(()) } else { Err(WireError::TokenType) }
    }

    fn end(self) -> Result<(), WireError> {
        if self.0.is_empty() { Ok(()) } else { Err(WireError::Length(self.1)) }
    }
}

/// What a token is asked for (RFC 9577 §2.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenChallenge {
    issuer_name: String,
    redemption_context: Option<[u8; 32]>,
    origin_info: String,
}

fn is_server_name(name: &str) -> bool {
    u16::try_from(name.len()).is_ok() && name.bytes().all(|byte| byte.is_ascii_graphic())
}

impl TokenChallenge {
    /// A challenge for one survey at one origin. Names are `host` or `host:port`.
    ///
    /// # Errors
    /// [`WireError::Name`].
    pub fn new(issuer_name: &str, redemption_context: [u8; 32], origin_info: &str) -> Result<Self, WireError> {
        if issuer_name.is_empty() || !is_server_name(issuer_name) || !is_server_name(origin_info) {
            return Err(WireError::Name);
        }
        Ok(Self {
            issuer_name: issuer_name.to_owned(),
            redemption_context: Some(redemption_context),
            origin_info: origin_info.to_owned(),
        })
    }

    /// Reads a challenge.
    ///
    /// # Errors
    /// [`WireError`], for anything but exactly one challenge of type 0x0002.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader(bytes, "TokenChallenge");
        reader.token_type()?;
        let length = reader.u16()?;
        let issuer_name = reader.take(length.into())?;
        let [length] = reader.array()?;
        let redemption_context = match length {
            0 => None,
            32 => Some(reader.array()?),
            _ => return Err(WireError::Length("redemption context")),
        };
        let length = reader.u16()?;
        let origin_info = reader.take(length.into())?;
        reader.end()?;
        let name = |bytes: &[u8]| {
            std::str::from_utf8(bytes)
                .ok()
                .filter(|name| is_server_name(name))
                .map(str::to_owned)
                .ok_or(WireError::Name)
        };
        let (issuer_name, origin_info) = (name(issuer_name)?, name(origin_info)?);
        if issuer_name.is_empty() {
            return Err(WireError::Name);
        }
        Ok(Self { issuer_name, redemption_context, origin_info })
    }

    /// The challenge on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = |text: &str| u16::try_from(text.len()).expect("names were checked to fit").to_be_bytes();
        let mut bytes = TOKEN_TYPE.to_be_bytes().to_vec();
        bytes.extend(length(&self.issuer_name));
        bytes.extend(self.issuer_name.bytes());
        bytes.push(if self.redemption_context.is_some() { 32 } else { 0 });
        bytes.extend(self.redemption_context.iter().flatten());
        bytes.extend(length(&self.origin_info));
        bytes.extend(self.origin_info.bytes());
        bytes
    }

    /// The challenge in URL-safe base64 with padding.
    pub fn to_base64url(&self) -> String {
        data_encoding::BASE64URL.encode(&self.to_bytes())
    }

    /// SHA-256 of the challenge, which every token for it carries.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }
}

/// What the issuer signs without seeing it: the token without its authenticator (RFC 9577 §2.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenInput {
    pub(crate) nonce: [u8; 32],
    pub(crate) challenge_digest: [u8; 32],
    pub(crate) token_key_id: TokenKeyId,
}

impl TokenInput {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [&TOKEN_TYPE.to_be_bytes()[..], &self.nonce, &self.challenge_digest, &self.token_key_id.0].concat()
    }
}

/// A client's request to an issuer (RFC 9578 §6.1).
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Last byte of the key's fingerprint.
    pub truncated_token_key_id: u8,
    /// The blinded message.
    pub blinded_message: [u8; MODULUS_LENGTH_BYTES],
}

impl TokenRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// [`WireError`], for anything but exactly one request of type 0x0002.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader(bytes, "TokenRequest");
        reader.token_type()?;
        let [truncated_token_key_id] = reader.array()?;
        let blinded_message = reader.array()?;
        reader.end()?;
        Ok(Self { truncated_token_key_id, blinded_message })
    }

    /// The request on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&TOKEN_TYPE.to_be_bytes()[..], &[self.truncated_token_key_id], &self.blinded_message].concat()
    }
}

/// A blinded message beside a log of invitations would be a step towards a link, so it is not printed.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenRequest(redacted)")
    }
}

/// An issuer's reply (RFC 9578 §6.2).
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The blind signature.
    pub blind_signature: [u8; MODULUS_LENGTH_BYTES],
}

impl TokenResponse {
    /// Reads a reply.
    ///
    /// # Errors
    /// [`WireError::Length`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader(bytes, "TokenResponse");
        let blind_signature = reader.array()?;
        reader.end()?;
        Ok(Self { blind_signature })
    }

    /// The reply on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.blind_signature.to_vec()
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenResponse(redacted)")
    }
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedemptionError {
    /// Made with another survey's key.
    #[error("the token was made with another key")]
    OtherKey,
    /// Made for another survey or another site.
    #[error("the token was made for another challenge")]
    OtherChallenge,
    /// Not signed by the issuer.
    #[error("the token is not signed by the issuer")]
    InvalidSignature,
}

/// A token: proof of an invitation, tied to nobody (RFC 9577 §2.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub(crate) input: TokenInput,
    pub(crate) authenticator: [u8; MODULUS_LENGTH_BYTES],
}

impl Token {
    /// Reads a token; says nothing of whether it is valid.
    ///
    /// # Errors
    /// [`WireError`], for anything but exactly one token of type 0x0002.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader(bytes, "Token");
        reader.token_type()?;
        let (nonce, challenge_digest, key_id) = (reader.array()?, reader.array()?, reader.array()?);
        let authenticator = reader.array()?;
        reader.end()?;
        Ok(Self { input: TokenInput { nonce, challenge_digest, token_key_id: TokenKeyId(key_id) }, authenticator })
    }

    /// The token on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.input.to_bytes();
        bytes.extend(self.authenticator);
        bytes
    }

    /// Whether the issuer of `key` signed this token for the challenge with this digest.
    ///
    /// # Errors
    /// [`RedemptionError`] with the first reason found.
    pub fn verify(&self, key: &PublicKey, challenge_digest: &[u8; 32]) -> Result<(), RedemptionError> {
        if self.input.token_key_id != key.id() {
            return Err(RedemptionError::OtherKey);
        }
        if self.input.challenge_digest != *challenge_digest {
            return Err(RedemptionError::OtherChallenge);
        }
        verify(&key.rsa, &self.input.to_bytes(), HASH_LENGTH_BYTES, &self.authenticator)
            .map_err(|_: BlindRsaError| RedemptionError::InvalidSignature)
    }
}

/// A token in a log would let its holder be told apart, so it is not printed.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}
