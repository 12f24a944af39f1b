//! Snapshots of responses, made as the program makes them, and then with one leak each.

use std::path::{Path, PathBuf};

use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{Column, DataFrame, NamedFrom, ParquetWriter, Series};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::around::{private_folder, write_private};
use crate::ballot_box::{assert_fails_only, failed};
use crate::installation::Installation;

const QUESTIONNAIRE: &str =
    r#"{"id":"mauges-2026","pages":[{"questions":[{"id":"renonce"},{"id":"motifs"},{"id":"heure_bus"}]}]}"#;
const MANIFEST: &str = r#"{"format":1,"survey":"mauges-2026","label":"Essai","made_on":"2026-11-22","redeemed":300}"#;
const ROWS: usize = 300;

/// What an edition is made of.
struct Edition {
    label: &'static str,
    keys: Vec<u64>,
    more: Vec<Column>,
    entries: Vec<(&'static str, &'static str)>,
    manifest: &'static str,
}

impl Edition {
    /// As it should be.
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(5);
        let mut keys: Vec<u64> = (0..ROWS).map(|_| rng.random()).collect();
        keys.sort_unstable();
        let entries = vec![("isoloir.questionnaire", "9f86d081884c7d65")];
        Self { label: "Essai", keys, more: Vec::new(), entries, manifest: MANIFEST }
    }

    /// Puts it among the editions of an installation.
    fn into(self, installation: &Installation) -> PathBuf {
        let editions = installation.folder.path().join("editions");
        let folder = editions.join("mauges-2026").join(self.label);
        for folder in [&editions, &editions.join("mauges-2026"), &folder] {
            private_folder(folder);
        }
        write_private(&folder.join("manifest.json"), self.manifest);
        write_private(&folder.join("questionnaire.json"), QUESTIONNAIRE);
        let codes = |name: &str| Column::from(Series::new(name.into(), vec![1_u8; ROWS]));
        let keys = Column::from(Series::new("__key".into(), self.keys));
        let asked = [keys, codes("renonce"), codes("motifs__0"), codes("motifs__1"), codes("heure_bus")];
        let mut frame = DataFrame::new(ROWS, asked.into_iter().chain(self.more).collect()).unwrap();
        let entries = self.entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut bytes = Vec::new();
        let writer = ParquetWriter::new(&mut bytes);
        let metadata = KeyValueMetadata::from_static(entries.collect());
        writer.with_key_value_metadata(Some(metadata)).finish(&mut frame).unwrap();
        write_private_bytes(&folder.join("responses.parquet"), &bytes);
        folder
    }
}

fn write_private_bytes(path: &Path, bytes: &[u8]) {
    write_private(path, "");
    std::fs::write(path, bytes).unwrap();
}

/// Puts an edition into an installation that fails this check alone.
pub(crate) fn leak(name: &str, installation: &Installation) {
    let mut edition = Edition::new();
    match name {
        "edition-order" => edition.keys.swap(100, 101),
        "edition-keys" => edition.keys = (0..ROWS as u64).collect(),
        "edition-columns" => edition.more = vec![Series::new("heure".into(), vec![14_u8; ROWS]).into()],
        "edition-metadata" => edition.entries = vec![("created_at", "1795329000")],
        _ => panic!("the check {name} has no leak"),
    }
    edition.into(installation);
}

/// What the audit says of an edition.
async fn fails(edition: Edition, name: &str) {
    let installation = Installation::new().await;
    edition.into(&installation);
    assert_fails_only(&installation.report().await, name);
}

#[tokio::test]
async fn an_edition_as_it_should_be_passes() {
    let installation = Installation::new().await;
    Edition::new().into(&installation);
    let report = installation.report().await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
    for name in ["edition-order", "edition-keys", "edition-columns", "edition-metadata"] {
        assert_eq!(report.checks.iter().filter(|check| check.name == name).count(), 1, "{name}");
    }
}

#[tokio::test]
async fn rows_in_another_order_than_that_of_their_keys_are_seen() {
    let mut edition = Edition::new();
    edition.keys.swap(100, 101);
    fails(edition, "edition-order").await;
}

#[tokio::test]
async fn keys_that_count_arrivals_are_seen_though_they_are_sorted() {
    fails(Edition { keys: (0..ROWS as u64).collect(), ..Edition::new() }, "edition-keys").await;
    // Hours of arrival, in milliseconds.
    let hours = (0..ROWS as u64).map(|row| 1_795_329_000_000 + row * 37_000).collect();
    fails(Edition { keys: hours, ..Edition::new() }, "edition-keys").await;
}

#[tokio::test]
async fn a_column_that_is_no_question_is_seen() {
    for more in [
        Series::new("recu_le".into(), vec![1_795_329_000_u64; ROWS]),
        Series::new("heure".into(), vec![14_u8; ROWS]),
        Series::new("renonce_texte".into(), vec!["Bonjour"; ROWS]),
    ] {
        fails(Edition { more: vec![more.into()], ..Edition::new() }, "edition-columns").await;
    }
}

#[tokio::test]
async fn an_hour_around_the_responses_is_seen() {
    for entry in [("created_at", "1795329000"), ("isoloir.questionnaire", "2026-11-22T06:30:00Z")] {
        fails(Edition { entries: vec![entry], ..Edition::new() }, "edition-metadata").await;
    }
    let manifest = r#"{"survey":"mauges-2026","label":"Essai","made_on":"2026-11-22T06:30:00"}"#;
    fails(Edition { manifest, ..Edition::new() }, "edition-metadata").await;
    fails(Edition { label: "Mardi à 6h30", ..Edition::new() }, "edition-metadata").await;
}

#[tokio::test]
async fn an_edition_that_others_may_read_or_that_is_damaged_is_seen() {
    let installation = Installation::new().await;
    let responses = Edition::new().into(&installation).join("responses.parquet");
    std::fs::set_permissions(&responses, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert_fails_only(&installation.report().await, "file-modes");

    let installation = Installation::new().await;
    let responses = Edition::new().into(&installation).join("responses.parquet");
    let bytes = std::fs::read(&responses).unwrap();
    for damaged in [&bytes[..bytes.len() / 2], b"PAR1", b""] {
        std::fs::write(&responses, damaged).unwrap();
        let report = installation.report().await;
        assert_eq!(failed(&report), ["edition-order"], "\n{}", report.to_text());
        assert!(report.to_text().contains("contrôle impossible"));
    }
}
