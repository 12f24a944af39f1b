//! Whatever the JSON, answers or errors come out; what is valid validates again to itself.
#![no_main]
use std::sync::OnceLock;

use isoloir_survey::{Questionnaire, Territories, parse, submitted_from_json, validate};

static QUESTIONNAIRE: OnceLock<Questionnaire> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let questionnaire = QUESTIONNAIRE.get_or_init(|| {
        let territories = Territories::parse(include_str!("../../../surveys/territories.tsv")).expect("territories");
        parse(include_str!("../../../surveys/mauges-2026.yaml"), &territories).expect("a questionnaire")
    });
    let Ok(map) = serde_json::from_slice(bytes) else { return };
    let Ok(submitted) = submitted_from_json(&map) else { return };
    if let Ok(sheet) = validate(questionnaire, &submitted) {
        assert_eq!(validate(questionnaire, &sheet.to_submitted()), Ok(sheet));
    }
});
