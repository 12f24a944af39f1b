//! Whatever the bytes, and though somebody vouches for them, a snapshot or a refusal comes out; a snapshot is written as it was
//! read.
#![no_main]
use std::sync::OnceLock;

use isoloir_analysis::{Snapshot, SnapshotError};
use isoloir_survey::{Questionnaire, Territories, parse};

static QUESTIONNAIRE: OnceLock<Questionnaire> = OnceLock::new();

fn read(questionnaire: &Questionnaire, bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    Snapshot::read_parquet(questionnaire, bytes, blake3::hash(bytes).to_hex().as_str())
}

fn written(snapshot: &Snapshot) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot.write_parquet(&mut bytes).expect("Parquet");
    bytes
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let questionnaire = QUESTIONNAIRE.get_or_init(|| {
        // The fuzzer ends at every panic, also at those of polars that the reader turns into refusals: only ours count.
        std::panic::set_hook(Box::new(|panic| {
            if panic.location().is_some_and(|place| place.file().ends_with("targets/snapshot.rs")) {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
        let territories = Territories::parse(include_str!("../../../surveys/territories.tsv")).expect("territories");
        parse(include_str!("../../../src/survey/fixtures/types.yaml"), &territories).expect("a questionnaire")
    });
    match read(questionnaire, bytes) {
        Ok(snapshot) => {
            let again = written(&snapshot);
            assert_eq!(written(&read(questionnaire, &again).expect("what was written")), again);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
