//! A published key that is accepted is written back unchanged.
#![no_main]
use isoloir_token::key::PublicKey;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = PublicKey::from_spki(bytes) {
        assert_eq!(key.spki(), bytes);
    }
});
