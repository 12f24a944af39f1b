//! Properties of the wire formats: whatever the bytes, a parser answers; what it accepts it writes back unchanged; what was
//! damaged never verifies.

use proptest::prelude::*;

use crate::client::Client;
use crate::http::{authorization, parse_authorization};
use crate::key::{PrivateKey, PublicKey};
use crate::wire::{Token, TokenChallenge, TokenRequest, TokenResponse};

/// One key for all cases: making one takes a tenth of a second.
fn issued() -> &'static (PrivateKey, TokenChallenge, Token) {
    static ISSUED: std::sync::OnceLock<(PrivateKey, TokenChallenge, Token)> = std::sync::OnceLock::new();
    ISSUED.get_or_init(|| {
        let private = PrivateKey::generate().expect("key");
        let challenge = TokenChallenge::new("isoloir.example", [1; 32], "isoloir.example").expect("challenge");
        let client = Client::new(private.public_key().clone(), &challenge);
        let (request, pending) = client.request(&mut rand::rng()).expect("request");
        let token = client.finalize(&pending, &private.issue(&request).expect("issue")).expect("token");
        (private, challenge, token)
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(challenge) = TokenChallenge::parse(&bytes) {
            prop_assert_eq!(challenge.to_bytes(), &bytes[..]);
        }
        if let Ok(request) = TokenRequest::parse(&bytes) {
            prop_assert_eq!(request.to_bytes(), &bytes[..]);
        }
        if let Ok(response) = TokenResponse::parse(&bytes) {
            prop_assert_eq!(response.to_bytes(), &bytes[..]);
        }
        if let Ok(token) = Token::parse(&bytes) {
            prop_assert_eq!(token.to_bytes(), &bytes[..]);
        }
        prop_assert!(PublicKey::from_spki(&bytes).is_err());
    }

    #[test]
    fn structures_of_the_right_length_come_back_unchanged(bytes in prop::collection::vec(any::<u8>(), 354)) {
        let mut token = bytes.clone();
        token[..2].copy_from_slice(&[0, 2]);
        prop_assert_eq!(Token::parse(&token).expect("a token").to_bytes(), &token[..]);
        let (private, challenge, _) = issued();
        let verified = Token::parse(&token).expect("a token").verify(private.public_key(), &challenge.digest());
        prop_assert!(verified.is_err());
        let request = &token[..259];
        prop_assert_eq!(TokenRequest::parse(request).expect("a request").to_bytes(), request);
        prop_assert_eq!(TokenResponse::parse(&token[..256]).expect("a response").to_bytes(), &token[..256]);
    }

    #[test]
    fn a_damaged_token_never_verifies(position in 0_usize..354, mask in 1_u8..=255) {
        let (private, challenge, token) = issued();
        let mut bytes = token.to_bytes();
        bytes[position] ^= mask;
        let verified = Token::parse(&bytes)
            .is_ok_and(|token| token.verify(private.public_key(), &challenge.digest()).is_ok());
        prop_assert!(!verified);
    }

    #[test]
    fn a_damaged_key_is_another_key_or_none(position in 0_usize..342, mask in 1_u8..=255) {
        let (private, challenge, token) = issued();
        let mut spki = private.public_key().spki().to_vec();
        spki[position] ^= mask;
        if let Ok(other) = PublicKey::from_spki(&spki) {
            prop_assert_ne!(other.id(), private.public_key().id());
            prop_assert!(token.verify(&other, &challenge.digest()).is_err());
        }
    }

    #[test]
    fn any_header_is_answered(value in ".{0,200}") {
        prop_assert!(parse_authorization(&value).is_none());
        let quoted = format!("PrivateToken token=\"{value}\"");
        prop_assert!(parse_authorization(&quoted).is_none());
    }
}

#[test]
fn a_credential_is_read_as_it_is_written_quoted_or_not() {
    let (_, _, token) = issued();
    let header = authorization(token);
    for written in [header.clone(), header.replace('"', ""), header.replace('=', "").replacen("token", "token=", 1)] {
        assert_eq!(parse_authorization(&written).as_ref(), Some(token), "{written}");
    }
}
