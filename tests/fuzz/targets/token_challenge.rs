//! A challenge that is accepted is written back unchanged.
#![no_main]
use isoloir_token::wire::TokenChallenge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(challenge) = TokenChallenge::parse(bytes) {
        assert_eq!(challenge.to_bytes(), bytes);
    }
});
