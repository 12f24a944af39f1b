//! A token response that is accepted is written back unchanged.
#![no_main]
use isoloir_token::wire::TokenResponse;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(response) = TokenResponse::parse(bytes) {
        assert_eq!(response.to_bytes(), bytes);
    }
});
