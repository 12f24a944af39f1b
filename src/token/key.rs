//! The issuer's key pair, and the public half as it is published (RFC 9578 §6.5): a `SubjectPublicKeyInfo` with the
//! RSASSA-PSS parameters SHA-384, MGF1-SHA-384 and a salt of 48 bytes, a modulus of 2048 bits and e = 65537.

use std::fmt;

use openssl::bn::BigNum;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Rsa;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::blind_rsa::{BlindRsaError, blind_sign};
use crate::wire::{TokenRequest, TokenResponse};

/// Bytes of the modulus, of a blinded message and of a signature (`Nk` in RFC 9578).
pub const MODULUS_LENGTH_BYTES: usize = 256;
const EXPONENT: u32 = 65537;

/// Everything of the DER that is the same for all keys of token type 0x0002, up to the first byte of the modulus.
const SPKI_PREFIX: [u8; 81] = [
    0x30, 0x82, 0x01, 0x52, // SubjectPublicKeyInfo
    0x30, 0x3d, // AlgorithmIdentifier
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, // id-RSASSA-PSS
    0x30, 0x30, // RSASSA-PSS-params
    0xa0, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, // SHA-384
    0xa1, 0x1a, 0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, // MGF1
    0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, // with SHA-384
    0xa2, 0x03, 0x02, 0x01, 0x30, // salt of 48 bytes
    0x03, 0x82, 0x01, 0x0f, 0x00, // BIT STRING
    0x30, 0x82, 0x01, 0x0a, // RSAPublicKey
    0x02, 0x82, 0x01, 0x01, 0x00, // modulus, 257 bytes of which the first is zero
];
/// The public exponent 65537, which ends the DER.
const SPKI_SUFFIX: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not the encoding that RFC 9578 asks for.
    #[error("not a token key of type 0x0002 (RSASSA-PSS, SHA-384, salt 48, 2048 bits, e = 65537)")]
    Encoding,
    /// A private key of another size or exponent.
    #[error("the private key must be RSA with 2048 bits and e = 65537")]
    Parameters,
    /// The cryptographic library refused the key.
    #[error("cryptographic library: {0}")]
    Library(#[from] openssl::error::ErrorStack),
}

/// SHA-256 of the published key: what is printed on the letters, and what a token names its key by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenKeyId(pub [u8; 32]);

impl TokenKeyId {
    /// The last byte, which is all that a token request says of the key.
    pub fn truncated(&self) -> u8 {
        self.0[31]
    }

    /// Eight French words, for people to compare ([`crate::words`]).
    pub fn words(&self) -> [&'static str; 8] {
        crate::words::fingerprint_words(&self.0)
    }

    /// URL-safe base64 without padding, 43 characters, as it stands in the fragment of an invitation link.
    pub fn to_base64url(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.0)
    }
}

/// The published half of a survey's key.
#[derive(Clone)]
pub struct PublicKey {
    pub(crate) rsa: Rsa<Public>,
    spki: Vec<u8>,
    id: TokenKeyId,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id.to_base64url())
    }
}

impl PublicKey {
    /// Reads a published key; only the exact DER of RFC 9578 is accepted, so that one key has one fingerprint.
    ///
    /// # Errors
    /// [`KeyError::Encoding`].
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let modulus = spki
            .strip_prefix(&SPKI_PREFIX)
            .and_then(|rest| rest.strip_suffix(&SPKI_SUFFIX))
            .filter(|modulus| modulus.len() == MODULUS_LENGTH_BYTES && modulus[0] & 0x80 != 0 && modulus[255] & 1 == 1)
            .ok_or(KeyError::Encoding)?;
        let rsa = Rsa::from_public_components(BigNum::from_slice(modulus)?, BigNum::from_u32(EXPONENT)?)?;
        Ok(Self { rsa, spki: spki.to_vec(), id: TokenKeyId(Sha256::digest(spki).into()) })
    }

    fn from_modulus(modulus: &[u8]) -> Result<Self, KeyError> {
        Self::from_spki(&[&SPKI_PREFIX, modulus, &SPKI_SUFFIX[..]].concat())
    }

    /// The key as it is published.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key as it is published, in URL-safe base64 with padding, as RFC 9577 and RFC 9578 write it.
    pub fn to_base64url(&self) -> String {
        data_encoding::BASE64URL.encode(&self.spki)
    }

    /// Its fingerprint.
    pub fn id(&self) -> TokenKeyId {
        self.id
    }
}

/// A survey's signing key. OpenSSL wipes it when it is dropped.
pub struct PrivateKey {
    rsa: Rsa<Private>,
    public: PublicKey,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(redacted, {:?})", self.public)
    }
}

impl PrivateKey {
    /// Makes a new key, with OpenSSL's own generator of randomness.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_rsa(Rsa::generate(2048)?)
    }

    /// Reads a PKCS #8 key in PEM.
    ///
    /// # Errors
    /// [`KeyError::Library`] when it is none, [`KeyError::Parameters`] when it is of the wrong kind.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        Self::from_rsa(PKey::private_key_from_pem(pem)?.rsa()?)
    }

    /// The key in PEM, wiped from memory when dropped.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn to_pem(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(Zeroizing::new(PKey::from_rsa(self.rsa.clone())?.private_key_to_pem_pkcs8()?))
    }

    fn from_rsa(rsa: Rsa<Private>) -> Result<Self, KeyError> {
        if rsa.n().num_bits() != 2048 || *rsa.e() != *BigNum::from_u32(EXPONENT)? || !rsa.check_key()? {
            return Err(KeyError::Parameters);
        }
        let public = PublicKey::from_modulus(&rsa.n().to_vec_padded(256)?)?;
        Ok(Self { rsa, public })
    }

    /// The half that is published.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Whether the request is for this key and its blinded message below the modulus, so that signing cannot refuse it.
    pub fn accepts(&self, request: &TokenRequest) -> bool {
        request.truncated_token_key_id == self.public.id().truncated()
            && BigNum::from_slice(&request.blinded_message).is_ok_and(|message| message.as_ref() < self.rsa.n())
    }

    /// Signs a token request (RFC 9578 §6.2). Whether the client may have a token is the caller's business.
    ///
    /// # Errors
    /// [`BlindRsaError::InputSize`] when the blinded message is not below the modulus.
    pub fn issue(&self, request: &TokenRequest) -> Result<TokenResponse, BlindRsaError> {
        let signature = blind_sign(&self.rsa, &request.blinded_message)?;
        let blind_signature = signature.try_into().expect("a signature by a key of 2048 bits has 256 bytes");
        Ok(TokenResponse { blind_signature })
    }
}
