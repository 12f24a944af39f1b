//! A token that is accepted is written back unchanged, and none that a fuzzer can make verifies.
#![no_main]
use std::sync::OnceLock;

use isoloir_token::key::PrivateKey;
use isoloir_token::wire::Token;

static KEY: OnceLock<PrivateKey> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = Token::parse(bytes) else { return };
    assert_eq!(token.to_bytes(), bytes);
    let key = KEY.get_or_init(|| PrivateKey::generate().expect("a key"));
    assert!(token.verify(key.public_key(), &[0; 32]).is_err());
});
