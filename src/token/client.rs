//! The client: what a resident's browser does, and what the collector does in its place for a resident without
//! JavaScript.

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::blind_rsa::{BlindRsaError, HASH_LENGTH_BYTES, Inverse, blind, finalize};
use crate::key::PublicKey;
use crate::wire::{Token, TokenChallenge, TokenInput, TokenRequest, TokenResponse};

/// A client for one key and one challenge.
#[derive(Debug, Clone)]
pub struct Client {
    key: PublicKey,
    challenge_digest: [u8; 32],
}

/// What a client keeps to itself between request and reply.
#[derive(Debug, Clone)]
pub struct PendingToken {
    nonce: [u8; 32],
    inverse: Inverse,
}

impl Client {
    /// A client that asks for tokens for `challenge` under `key`.
    pub fn new(key: PublicKey, challenge: &TokenChallenge) -> Self {
        Self { key, challenge_digest: challenge.digest() }
    }

    fn input(&self, nonce: [u8; 32]) -> TokenInput {
        TokenInput { nonce, challenge_digest: self.challenge_digest, token_key_id: self.key.id() }
    }

    /// Makes a request (RFC 9578 §6.1). The same `rng` state gives the same request, so that a lost reply can be asked
    /// for again.
    ///
    /// # Errors
    /// [`BlindRsaError`].
    pub fn request(&self, rng: &mut impl CryptoRng) -> Result<(TokenRequest, PendingToken), BlindRsaError> {
        let mut nonce = [0; 32];
        let mut salt = Zeroizing::new([0; HASH_LENGTH_BYTES]);
        rng.fill_bytes(&mut nonce);
        rng.fill_bytes(&mut salt[..]);
        let (blinded, inverse) = blind(&self.key.rsa, &self.input(nonce).to_bytes(), &salt[..], rng)?;
        Ok((self.token_request(blinded), PendingToken { nonce, inverse }))
    }

    fn token_request(&self, blinded: Vec<u8>) -> TokenRequest {
        let blinded_message = blinded.try_into().expect("a key of 2048 bits blinds to 256 bytes");
        TokenRequest { truncated_token_key_id: self.key.id().truncated(), blinded_message }
    }

    /// Makes the token out of the reply, and verifies it (RFC 9578 §6.3).
    ///
    /// # Errors
    /// [`BlindRsaError::InvalidSignature`] when the reply is not for this request or not from this issuer.
    pub fn finalize(&self, pending: &PendingToken, response: &TokenResponse) -> Result<Token, BlindRsaError> {
        let input = self.input(pending.nonce);
        let signature =
            finalize(&self.key.rsa, &input.to_bytes(), HASH_LENGTH_BYTES, &response.blind_signature, &pending.inverse)?;
        let authenticator = signature.try_into().expect("a key of 2048 bits signs with 256 bytes");
        Ok(Token { input, authenticator })
    }
}

#[cfg(test)]
mod tests {
    //! The vectors of RFC 9578 appendix B.2, and what must never verify.

    use openssl::bn::{BigNum, BigNumContext};
    use serde::Deserialize;

    use super::*;
    use crate::blind_rsa::blind_with;
    use crate::key::PrivateKey;
    use crate::wire::{RedemptionError, WireError};

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    #[expect(non_snake_case, reason = "the names of the RFC")]
    struct Vector {
        skS: String,
        pkS: String,
        token_challenge: String,
        nonce: String,
        blind: String,
        salt: String,
        token_request: String,
        token_response: String,
        token: String,
    }

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).expect("hexadecimal")
    }

    #[test]
    fn the_published_vectors_pass() {
        let file = include_str!("../../tests/vectors/rfc9578-type2.json");
        let vectors = serde_json::from_str::<Vectors>(file).expect("the vectors file").vectors;
        assert!(!vectors.is_empty());
        for vector in vectors {
            let private = PrivateKey::from_pem(&hex(&vector.skS)).expect("skS");
            let public = PublicKey::from_spki(&hex(&vector.pkS)).expect("pkS");
            assert_eq!(private.public_key().spki(), public.spki());
            // The vectors sign challenges that only their digest matters of, one with a short redemption context.
            let challenge_digest = <sha2::Sha256 as sha2::Digest>::digest(hex(&vector.token_challenge)).into();
            let client = Client { key: public.clone(), challenge_digest };

            let nonce: [u8; 32] = hex(&vector.nonce).try_into().expect("nonce");
            let r = BigNum::from_slice(&hex(&vector.blind)).expect("blind");
            let message = client.input(nonce).to_bytes();
            let (blinded, inverse) = blind_with(&public.rsa, &message, &hex(&vector.salt), &r).expect("blind");
            let request = client.token_request(blinded);
            assert_eq!(request.to_bytes(), hex(&vector.token_request));

            let response = private.issue(&TokenRequest::parse(&request.to_bytes()).expect("request")).expect("issue");
            assert_eq!(response.to_bytes(), hex(&vector.token_response));

            let token = client.finalize(&PendingToken { nonce, inverse }, &response).expect("finalize");
            assert_eq!(token.to_bytes(), hex(&vector.token));
            token.verify(&public, &challenge_digest).expect("the token verifies");
        }
    }

    fn issued() -> (PrivateKey, TokenChallenge, Client, Token) {
        let private = PrivateKey::generate().expect("key");
        let challenge = TokenChallenge::new("isoloir.example", [1; 32], "isoloir.example").expect("challenge");
        let client = Client::new(private.public_key().clone(), &challenge);
        let (request, pending) = client.request(&mut rand::rng()).expect("request");
        let token = client.finalize(&pending, &private.issue(&request).expect("issue")).expect("token");
        (private, challenge, client, token)
    }

    #[test]
    fn a_changed_token_never_verifies() {
        let (private, challenge, _, token) = issued();
        let bytes = token.to_bytes();
        for position in 0..bytes.len() {
            for bit in [0x01, 0x80] {
                let mut changed = bytes.clone();
                changed[position] ^= bit;
                let verified = Token::parse(&changed)
                    .is_ok_and(|token| token.verify(private.public_key(), &challenge.digest()).is_ok());
                assert!(!verified, "byte {position}");
            }
        }
    }

    #[test]
    fn a_token_of_another_survey_or_key_is_refused() {
        let (private, challenge, _, token) = issued();
        let other = TokenChallenge::new("isoloir.example", [2; 32], "isoloir.example").expect("challenge");
        assert_eq!(token.verify(private.public_key(), &other.digest()), Err(RedemptionError::OtherChallenge));
        let other = PrivateKey::generate().expect("key");
        assert_eq!(token.verify(other.public_key(), &challenge.digest()), Err(RedemptionError::OtherKey));
    }

    #[test]
    fn a_reply_by_another_key_or_for_another_request_is_refused() {
        let (private, _, client, _) = issued();
        let (request, pending) = client.request(&mut rand::rng()).expect("request");
        let (_, other_pending) = client.request(&mut rand::rng()).expect("request");
        let reply = private.issue(&request).expect("issue");
        assert!(client.finalize(&other_pending, &reply).is_err());
        let mut changed = reply.clone();
        changed.blind_signature[17] ^= 4;
        assert!(client.finalize(&pending, &changed).is_err());
        assert!(client.finalize(&pending, &reply).is_ok());
    }

    #[test]
    fn two_requests_share_nothing_that_the_issuer_sees() {
        let (_, _, client, _) = issued();
        let (first, _) = client.request(&mut rand::rng()).expect("request");
        let (second, _) = client.request(&mut rand::rng()).expect("request");
        assert_ne!(first.blinded_message, second.blinded_message);
    }

    #[test]
    fn an_inverse_is_what_undoes_the_blind() {
        let key = openssl::rsa::Rsa::generate(2048).expect("key");
        let mut context = BigNumContext::new().expect("context");
        let mut r = BigNum::new().expect("number");
        r.mod_sqr(&BigNum::from_u32(1234).expect("number"), key.n(), &mut context).expect("r");
        assert!(blind_with(&key, b"m", &[0; 48], &r).is_ok());
        assert!(matches!(
            blind_with(&key, b"m", &[0; 48], &BigNum::new().expect("zero")),
            Err(BlindRsaError::Blinding)
        ));
    }

    type Parser = fn(&[u8]) -> Result<(), WireError>;

    #[test]
    fn wire_formats_take_exactly_one_structure() {
        let (_, challenge, client, token) = issued();
        let (request, _) = client.request(&mut rand::rng()).expect("request");
        let challenge = challenge.to_bytes();
        assert_eq!(TokenChallenge::parse(&challenge).expect("challenge").to_bytes(), challenge);
        let parsers: [(Vec<u8>, Parser); 3] = [
            (challenge, |bytes| TokenChallenge::parse(bytes).map(drop)),
            (request.to_bytes(), |bytes| TokenRequest::parse(bytes).map(drop)),
            (token.to_bytes(), |bytes| Token::parse(bytes).map(drop)),
        ];
        for (bytes, parse) in parsers {
            parse(&bytes).expect("the structure itself");
            for length in 0..bytes.len() {
                assert!(parse(&bytes[..length]).is_err(), "{length} bytes of {}", bytes.len());
            }
            assert!(parse(&[&bytes[..], &[0]].concat()).is_err());
            assert_eq!(parse(&[&[0, 1], &bytes[2..]].concat()), Err(WireError::TokenType));
        }
    }
}
