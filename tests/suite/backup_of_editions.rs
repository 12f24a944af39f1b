//! Editions are in backups, whole, or are told to be missing; and a snapshot beside the ballot box tells no order of arrival.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use polars::io::SerReader;
use polars::prelude::ParquetReader;
use serde_json::{Value, json};

use crate::editions::Hall;
use crate::server::{SURVEY, isoloir, open_read_only, text};

const SNAPSHOT: &str = "editions/mauges-2026/Essai/responses.parquet";

fn back_up(hall: &Hall, name: &str) -> PathBuf {
    let folder = hall.path(name);
    hall.done(&["backup", &folder]);
    PathBuf::from(folder)
}

/// Restores a backup to a folder, and gives what is said.
#[track_caller]
fn restore(backup: &Path, data: &Path, more: &[&str]) -> String {
    let output = isoloir(data, &[&["restore", backup.to_str().expect("UTF-8")], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// What is said of a backup that is not restored; nothing was written then.
#[track_caller]
fn refused(backup: &Path, data: &Path) -> String {
    let output = isoloir(data, &["restore", backup.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(!data.exists(), "nothing was written");
    text(&output.stderr)
}

/// The tables and charts of an edition, by their names.
fn exported(data: &Path, out: &Path) -> BTreeMap<String, Vec<u8>> {
    let output = isoloir(data, &["edition", "export", SURVEY, "Essai", "--out", out.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let entries = fs::read_dir(out).expect("a folder").map(|entry| entry.expect("an entry").path());
    let tables = entries.filter(|path| path.extension().is_some_and(|ending| ending == "csv"));
    tables
        .map(|path| (path.file_name().expect("a name").display().to_string(), fs::read(&path).expect("read")))
        .collect()
}

/// A manifest of a backup, changed.
fn change_manifest(backup: &Path, change: impl FnOnce(&mut Value)) {
    let path = backup.join("collector/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    change(&mut manifest);
    fs::write(&path, manifest.to_string()).expect("written");
}

/// A backup as they were when they left editions out.
fn without_editions(backup: &Path) {
    fs::remove_dir_all(backup.join("collector/editions")).expect("removed");
    change_manifest(backup, |manifest| {
        manifest["format"] = json!(1);
        let files = manifest["files"].as_object_mut().expect("files");
        files.retain(|file, _| !file.starts_with("editions/"));
    });
}

#[test]
fn a_restored_edition_gives_the_same_numbers_and_is_still_private() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    hall.done(&["edition", "publish", SURVEY, "Essai"]);
    // What a crash has left unfinished, and what the register does not know, are no editions.
    fs::create_dir(hall.data().join("editions/mauges-2026/.Autre")).expect("a folder");
    let before = exported(&hall.data(), Path::new(&hall.path("avant")));
    assert!(before.contains_key("tables.csv"));
    let backup = back_up(&hall, "sauvegarde");
    let data = PathBuf::from(hall.path("ailleurs"));
    let said = restore(&backup, &data, &[]);
    assert!(said.contains("éditions                   1"), "{said}");
    for root in [backup.join("collector"), data.clone()] {
        for (path, mode) in [(SNAPSHOT, 0o600), ("editions/mauges-2026/Essai", 0o700), ("editions", 0o700)] {
            let found = root.join(path).metadata().expect("there").permissions().mode() & 0o777;
            assert_eq!(found, mode, "{}", root.join(path).display());
        }
        assert!(!root.join("editions/mauges-2026/.Autre").exists());
    }
    assert!(exported(&data, Path::new(&hall.path("apres"))) == before);
    let audit = isoloir(&data, &["audit"]);
    assert!(audit.status.success(), "{}", text(&audit.stdout));
}

/// Responses in the ballot box and in the snapshot of a backup.
async fn counts(backup: &Path) -> (usize, usize) {
    let pool = open_read_only(&backup.join("collector/collector.db")).await;
    let mixed: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM responses").fetch_one(&pool).await.expect("a count");
    pool.close().await;
    let snapshot = File::open(backup.join("collector").join(SNAPSHOT)).expect("a snapshot");
    let rows = ParquetReader::new(snapshot).finish().expect("Parquet").height();
    (usize::try_from(mixed).expect("a count"), rows)
}

/// What is in the box and not in the edition came after it. Backups and edition are made while eight, sixteen and four wait.
#[tokio::test]
async fn a_backup_differs_from_its_edition_by_twenty_responses_or_none() {
    let hall = Hall::new();
    hall.answers(40, 1);
    hall.answers(8, 2);
    hall.create(&["Essai", "--interim"]);
    let mut seen = Vec::new();
    for (seed, name) in [(3, "un"), (4, "deux"), (5, "trois")] {
        hall.answers(8, seed);
        let (mixed, of_edition) = counts(&back_up(&hall, name)).await;
        assert!(mixed == of_edition || mixed >= of_edition + 20, "{mixed} beside {of_edition}");
        seen.push((mixed, of_edition));
    }
    assert_eq!(seen, [(40, 40), (64, 40), (64, 40)]);
}

#[test]
fn an_edition_that_was_changed_stops_the_backup_and_one_that_is_gone_is_told() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    let snapshot = hall.data().join(SNAPSHOT);
    let original = fs::read(&snapshot).expect("a snapshot");
    let folder = hall.path("sauvegarde");
    fs::write(&snapshot, &original[1..]).expect("written");
    let refused = hall.refused(&["backup", &folder]);
    assert!(refused.contains("« Essai » de mauges-2026") && refused.contains("responses.parquet"), "{refused}");
    fs::remove_file(&snapshot).expect("removed");
    let refused = hall.refused(&["backup", &folder]);
    assert!(refused.contains("responses.parquet"), "{refused}");
    let left: Vec<_> = fs::read_dir(hall.path("")).expect("a folder").map(|entry| entry.expect("one").path()).collect();
    assert!(!left.iter().any(|path| path.display().to_string().contains("sauvegarde")), "{left:?}");

    fs::remove_dir_all(hall.edition("Essai")).expect("removed");
    let said = hall.done(&["backup", &folder]);
    assert!(said.contains("l’édition « Essai » de mauges-2026 n’y est pas"), "{said}");
    let said = restore(Path::new(&folder), Path::new(&hall.path("ailleurs")), &[]);
    assert!(said.contains("l’édition « Essai » de mauges-2026 n’est pas dans cette sauvegarde"), "{said}");
}

#[test]
fn a_backup_without_editions_restores_and_says_where_they_are() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    let before = exported(&hall.data(), Path::new(&hall.path("avant")));
    let backup = back_up(&hall, "sauvegarde");
    without_editions(&backup);
    let said = restore(&backup, Path::new(&hall.path("ailleurs")), &[]);
    assert!(said.contains("n’est pas dans cette sauvegarde ; ce qui en est publié reste"), "{said}");
    let said = restore(&backup, &hall.data(), &["--replace"]);
    let former = PathBuf::from(hall.path("data.avant/editions/mauges-2026/Essai"));
    assert!(said.contains(&format!("recopiez {} en {}", former.display(), hall.edition("Essai").display())), "{said}");
    fs::create_dir_all(hall.edition("Essai").parent().expect("a folder")).expect("a folder");
    fs::rename(former, hall.edition("Essai")).expect("moved");
    assert!(exported(&hall.data(), Path::new(&hall.path("apres"))) == before);
}

/// Otherwise another one might be made, and subtracted from what somebody has read.
#[test]
fn an_edition_that_came_after_the_backup_is_told() {
    let hall = Hall::new();
    hall.answers(120, 1);
    let backup = back_up(&hall, "sauvegarde");
    hall.create(&["Essai", "--interim"]);
    let said = restore(&backup, &hall.data(), &["--replace"]);
    assert!(said.contains("l’édition « Essai » de mauges-2026 a été faite après cette sauvegarde"), "{said}");
    assert!(said.contains(&hall.path("data.avant/editions/mauges-2026/Essai")), "{said}");
    assert_eq!(hall.states(), []);
}

#[test]
fn an_edition_that_is_not_what_it_was_is_not_restored() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    let backup = back_up(&hall, "sauvegarde");
    let data = PathBuf::from(hall.path("ailleurs"));
    let snapshot = backup.join("collector").join(SNAPSHOT);
    let original = fs::read(&snapshot).expect("a snapshot");
    fs::write(&snapshot, &original[..original.len() / 2]).expect("written");
    assert!(refused(&backup, &data).contains("Essai/responses.parquet n’est plus tel"));
    fs::remove_file(&snapshot).expect("removed");
    assert!(refused(&backup, &data).contains("il manque editions/mauges-2026/Essai/responses.parquet"));
    // Whoever changes the backup's manifest too is stopped by the register, which has the hash of the edition's.
    let changed = b"PAR1";
    fs::write(&snapshot, changed).expect("written");
    change_manifest(&backup, |manifest| {
        manifest["files"][SNAPSHOT] = json!(blake3::hash(changed).to_hex().to_string());
    });
    let said = refused(&backup, &data);
    assert!(said.contains("responses.parquet n’est plus tel qu’il a été écrit"), "{said}");
}
