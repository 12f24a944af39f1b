//! A typed code that is accepted is printed in a form that reads back as the same code.
#![no_main]
use isoloir_issuer::InvitationCode;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(code) = InvitationCode::parse(text) {
        assert!(InvitationCode::parse(&code.reveal()) == Ok(code));
    }
});
