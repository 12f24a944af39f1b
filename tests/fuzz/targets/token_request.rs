//! A token request that is accepted is written back unchanged.
#![no_main]
use isoloir_token::wire::TokenRequest;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = TokenRequest::parse(bytes) {
        assert_eq!(request.to_bytes(), bytes);
    }
});
