//! Whatever the YAML, a questionnaire or problems come out; a questionnaire survives its canonical JSON.
#![no_main]
use std::sync::OnceLock;

use isoloir_survey::{Questionnaire, Territories, parse};

static TERRITORIES: OnceLock<Territories> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|text: &str| {
    let territories = TERRITORIES.get_or_init(|| {
        Territories::parse(include_str!("../../../surveys/territories.tsv")).expect("territories")
    });
    match parse(text, territories) {
        Ok(questionnaire) => {
            let again: Questionnaire = serde_json::from_str(&questionnaire.canonical_json()).expect("canonical JSON");
            assert_eq!(again, questionnaire);
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
});
