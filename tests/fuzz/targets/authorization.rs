//! An `Authorization` header that is accepted holds a token that is written back as one.
#![no_main]
use isoloir_token::http::{authorization, parse_authorization};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some(token) = parse_authorization(text) {
        assert_eq!(parse_authorization(&authorization(&token)), Some(token));
    }
});
