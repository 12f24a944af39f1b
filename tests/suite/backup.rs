//! Backups are taken while the server runs, restored to a file or a server, and refused when they are not whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::faults::marked;
use crate::postgres::Cluster;
use crate::server::{SURVEY, Server, databases, isoloir, isoloir_with, open_read_only, start_beside, text};

/// Casts the marked responses of these numbers.
async fn cast(server: &Server, numbers: std::ops::Range<usize>) {
    let (client, version) = (server.client().await, server.version().await);
    for number in numbers {
        let token = server.token(&client, &server.codes[number]).await;
        let body = json!({"version": version, "answers": marked(number)});
        assert!(server.post_response(Some(&token), &body).await.status().is_success());
    }
}

fn back_up(server: &Server, name: &str) -> PathBuf {
    let folder = server.data().with_file_name(name);
    let output = server.isoloir(&["backup", folder.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

/// The responses of a backup, read from its file.
async fn responses(backup: &Path) -> BTreeSet<String> {
    let pool = open_read_only(&backup.join("collector/collector.db")).await;
    let waiting: i64 = sqlx::query_scalar("SELECT (SELECT COUNT(*) FROM intake) + (SELECT COUNT(*) FROM intake_marks)")
        .fetch_one(&pool)
        .await
        .expect("a count");
    assert_eq!(waiting, 0, "what waits is not in a backup");
    let rows: Vec<String> = sqlx::query_scalar("SELECT answers FROM responses").fetch_all(&pool).await.expect("rows");
    let marks: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM spent").fetch_one(&pool).await.expect("a count");
    pool.close().await;
    assert_eq!(marks, i64::try_from(rows.len()).expect("small"), "marks are settled with their responses");
    rows.into_iter().collect()
}

/// Backups at 25, 33, 41 and 64 responses: what can be told from two of them is twenty responses at least, or nothing.
async fn differ_by_twenty_or_none(server: &Server) {
    let mut previous = BTreeSet::new();
    for (from, to) in [(0, 25), (25, 33), (33, 41), (41, 64)] {
        cast(server, from..to).await;
        let backup = responses(&back_up(server, &format!("sauvegarde-{to}"))).await;
        let more = backup.difference(&previous).count();
        assert!(previous.is_subset(&backup) && (more == 0 || more >= 20), "{more} more at {to}");
        previous = backup;
    }
    assert!(previous.len() >= 60);
}

#[tokio::test]
async fn two_backups_of_a_file_differ_by_twenty_responses_or_none() {
    differ_by_twenty_or_none(&Server::start(64)).await;
}

#[tokio::test]
async fn two_backups_of_a_database_server_differ_by_twenty_responses_or_none() {
    differ_by_twenty_or_none(&Server::start_on(Cluster::shared(), 64)).await;
}

/// From a file to a server and from a server to a file: codes, keys, responses and marks are what they were.
#[tokio::test]
async fn a_backup_of_one_kind_is_restored_to_the_other() {
    let cluster = Cluster::shared();
    for (from, to) in [(None, Some(&cluster)), (Some(&cluster), None)] {
        let mut server = Server::start_with(41, from.cloned(), &[]);
        cast(&server, 0..40).await;
        let token = server.token(&server.client().await, &server.codes[40]).await;
        let backup = back_up(&server, "sauvegarde");
        let _ = server.stop();

        let elsewhere = tempfile::tempdir().expect("a folder");
        let data = elsewhere.path().join("data");
        let environment = to.map(|cluster| databases(cluster)).unwrap_or_default();
        let restored = isoloir_with(&data, &environment, &["restore", backup.to_str().expect("UTF-8")]);
        assert!(restored.status.success(), "{}", text(&restored.stderr));
        server.move_to(&data, environment);
        assert_eq!(server.stored_answers().await.len(), 40);
        // A token of before is good there; a code that was used gives no other.
        let body = json!({"version": server.version().await, "answers": marked(40)});
        assert_eq!(server.post_response(Some(&token), &body).await.status(), 201);
        let (request, _) = server.client().await.request(&mut rand::rng()).expect("a request");
        assert_eq!(server.post_token_request(&server.codes[0], &request).await.status(), 409);
        assert_eq!(server.stored_answers().await.len(), 41);
    }
}

/// Codes and responses are kept at two places, so each half is restored without the other.
#[tokio::test]
async fn a_half_is_restored_alone_and_a_database_is_never_emptied() {
    let mut server = Server::start(21);
    cast(&server, 0..20).await;
    let backup = back_up(&server, "sauvegarde");
    let _ = server.stop();
    let elsewhere = tempfile::tempdir().expect("a folder");
    for role in ["issuer", "collector"] {
        let half = elsewhere.path().join(role);
        std::fs::rename(backup.join(role), &half).expect("moved");
        let data = elsewhere.path().join(format!("data-{role}"));
        let restored = isoloir(&data, &["restore", half.to_str().expect("UTF-8"), "--role", role]);
        assert!(restored.status.success(), "{}", text(&restored.stderr));
        assert!(data.join(role).join(format!("{role}.db")).is_file());
    }
    let cluster = Cluster::shared();
    let environment = databases(&cluster);
    let half = elsewhere.path().join("collector");
    let arguments = ["restore", half.to_str().expect("UTF-8"), "--role", "collector", "--replace"];
    let first = isoloir_with(&elsewhere.path().join("p"), &environment, &arguments);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let again = isoloir_with(&elsewhere.path().join("p"), &environment, &arguments);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("créez une base vide"), "{}", text(&again.stderr));
    let left = std::fs::read_dir(elsewhere.path()).expect("a folder").count();
    assert_eq!(left, 5, "nothing half-restored is left behind");
}

/// Closing one survey moves what waits of that survey, and of no other.
#[tokio::test]
async fn closing_a_survey_leaves_those_who_wait_in_another() {
    let mut server = Server::start(5);
    cast(&server, 0..5).await;
    let _ = server.stop();
    assert!(server.isoloir(&["survey", "open", "bauge-2026"]).status.success());
    let closed = server.isoloir(&["survey", "close", "bauge-2026"]);
    assert!(closed.status.success(), "{}", text(&closed.stderr));
    assert_eq!(responses(&back_up(&server, "sauvegarde")).await.len(), 0);
    assert_eq!(server.stored_answers().await.len(), 5);
}

#[tokio::test]
async fn what_is_restored_over_is_kept_and_only_when_asked() {
    let mut server = Server::start(21);
    cast(&server, 0..20).await;
    let backup = back_up(&server, "sauvegarde");
    let backup = backup.to_str().expect("UTF-8");
    cast(&server, 20..21).await;
    let running = server.isoloir(&["restore", backup, "--replace"]);
    assert!(text(&running.stderr).contains("utilise déjà"), "{}", text(&running.stderr));
    let _ = server.stop();
    let refused = server.isoloir(&["restore", backup]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--replace"), "{}", text(&refused.stderr));
    assert_eq!(server.stored_answers().await.len(), 21);
    let replaced = server.isoloir(&["restore", backup, "--replace"]);
    assert!(replaced.status.success(), "{}", text(&replaced.stderr));
    assert_eq!(server.stored_answers().await.len(), 20);
    assert!(server.data().with_file_name("data.avant").join("collector/collector.db").is_file());
    let audit = server.isoloir(&["backup", backup]);
    assert!(text(&audit.stderr).contains("existe déjà"), "a backup is never written over");
}

/// Something done to a backup, and what must be said of it.
type Damage<'a> = (&'a dyn Fn(), &'a str);

/// Each way in which a folder can fail to be a backup, what is said of it, and that nothing was touched.
#[tokio::test]
async fn a_backup_that_is_not_whole_is_refused_by_name() {
    let mut server = Server::start(20);
    cast(&server, 0..20).await;
    let backup = back_up(&server, "sauvegarde");
    let _ = server.stop();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let database = backup.join("collector/collector.db");
    let manifest = backup.join("collector/manifest.json");
    let original = (std::fs::read(&database).expect("bytes"), std::fs::read_to_string(&manifest).expect("text"));
    let other_version = {
        let mut json: Value = serde_json::from_str(&original.1).expect("JSON");
        json["format"] = json!(99);
        json.to_string()
    };
    let truncated = &original.0[..original.0.len() / 2];
    let edited = original.1.replacen("\"rows\"", "\"lignes\"", 1);
    let damages: [Damage<'_>; 6] = [
        (&|| std::fs::write(&database, truncated).expect("written"), "collector.db n’est plus tel"),
        (&|| std::fs::write(&database, "pas une base").expect("written"), "collector.db n’est plus tel"),
        (&|| std::fs::remove_file(&database).expect("removed"), "il manque collector.db"),
        (&|| std::fs::write(&manifest, &other_version).expect("written"), "format 99"),
        (&|| std::fs::write(&manifest, "{").expect("written"), "n’est pas le manifeste"),
        (&|| std::fs::write(&manifest, &edited).expect("written"), "n’est plus tel qu’il a été écrit (ligne"),
    ];
    for (damage, words) in damages {
        damage();
        let data = elsewhere.path().join("data");
        let refused = isoloir(&data, &["restore", backup.to_str().expect("UTF-8")]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains(words), "{words}: {}", text(&refused.stderr));
        assert!(!data.exists(), "nothing was written");
        std::fs::write(&database, &original.0).expect("mended");
        std::fs::write(&manifest, &original.1).expect("mended");
    }
    let not_one = isoloir(&elsewhere.path().join("data"), &["restore", elsewhere.path().to_str().expect("UTF-8")]);
    assert!(text(&not_one.stderr).contains("n’est pas une sauvegarde d’Isoloir"), "{}", text(&not_one.stderr));
}

/// A folder of keys, publications and editions is not replaced under a server whose rows are elsewhere.
#[tokio::test]
async fn nothing_is_restored_under_a_server_whose_rows_are_elsewhere() {
    let cluster = Cluster::shared();
    let mut server = Server::start_on(std::sync::Arc::clone(&cluster), 1);
    let backup = back_up(&server, "sauvegarde");
    let restore = ["restore", backup.to_str().expect("UTF-8"), "--replace"];
    let environment = databases(&cluster);
    let refused = isoloir_with(&server.data(), &environment, &restore);
    assert!(text(&refused.stderr).contains("utilise déjà"), "{}", text(&refused.stderr));
    assert!(server.data().join("issuer/keys").is_dir() && !server.data().with_file_name("data.avant").exists());
    let _ = server.stop();
    let restored = isoloir_with(&server.data(), &environment, &restore);
    assert!(restored.status.success(), "nothing was written to the databases: {}", text(&restored.stderr));
    // One of them is new and the other is not: neither is touched.
    let (new, mixed) = (databases(&cluster), environment);
    let half_new = vec![mixed[0].clone(), new[1].clone()];
    let refused = isoloir_with(&server.data(), &half_new, &restore);
    assert!(text(&refused.stderr).contains("créez une base vide"), "{}", text(&refused.stderr));
    assert_eq!(
        cluster.run(&new[1].1, "SELECT (SELECT COUNT(*) FROM invitations) + (SELECT COUNT(*) FROM surveys)"),
        "0"
    );
}

/// Where a backup may not be written and where it may not be restored, and that nothing is touched there.
#[test]
fn a_folder_that_is_not_for_it_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let data = folder.path().join("data");
    let done = |arguments: &[&str]| {
        let output = isoloir(&data, arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    done(&["survey", "open", SURVEY]);
    done(&["backup", &path("sauvegarde")]);
    std::fs::create_dir(path("lettres")).expect("a folder");
    std::fs::write(path("lettres/une"), "à garder").expect("a file");
    std::fs::create_dir(path("disque")).expect("a folder");
    std::os::unix::fs::symlink(path("disque"), path("lien")).expect("a link");
    std::os::unix::fs::symlink(path("nulle-part"), path("perdu")).expect("a link");
    std::os::unix::fs::symlink(&data, path("vers-data")).expect("a link");
    let refused = |data: &Path, arguments: &[&str], words: &str| {
        let output = isoloir(data, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains(words), "{words}: {}", text(&output.stderr));
    };
    let of = |name: &str| folder.path().join(name);
    for inside in ["data/sauvegarde", "data/issuer/keys/sauvegarde", "vers-data/sauvegarde"] {
        refused(&data, &["backup", &path(inside)], "qu’il s’agit de sauvegarder");
    }
    refused(&data, &["backup", &path("lettres/une")], "existe déjà");
    refused(&data, &["backup", &path("perdu")], "existe déjà");
    let (whole, half) = (path("sauvegarde"), path("sauvegarde/issuer"));
    refused(&of("lettres"), &["restore", &whole, "--replace"], "n’est pas une installation");
    refused(&of("lettres/une"), &["restore", &whole], "n’est pas un dossier");
    refused(&of("perdu"), &["restore", &whole], "ne mène nulle part");
    refused(&of("ailleurs"), &["restore", &half], "--role issuer");
    refused(&data, &["restore", &half, "--role", "issuer", "--replace"], "des réponses");
    let found = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect::<BTreeSet<_>>()
    };
    let names = ["data", "disque", "lettres", "lien", "perdu", "sauvegarde", "vers-data"].map(str::to_owned);
    assert_eq!(found(folder.path()), BTreeSet::from(names), "nothing is left behind");
    // What leads to another disk goes on leading there.
    let restored = isoloir(&of("lien"), &["restore", &whole]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert!(of("lien").is_symlink() && of("disque/collector/collector.db").is_file());
    let restored = isoloir(&of("lien"), &["restore", &whole, "--replace"]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert!(of("lien").is_symlink() && of("disque.avant/collector/collector.db").is_file());
}

/// Killed at any moment, a backup is not there, and what is restored is what was there before or what was saved; what is left is
/// told by its name.
#[tokio::test]
async fn a_backup_or_a_restoration_that_is_killed_leaves_everything_as_it_was() {
    let mut server = Server::start(45);
    cast(&server, 0..45).await;
    let backup = back_up(&server, "sauvegarde");
    let _ = server.stop();
    let before = responses(&backup).await;
    let beside = |name: &str| server.data().with_file_name(name);
    let arguments = [
        vec!["backup".to_owned(), beside("autre").display().to_string()],
        vec!["restore".to_owned(), backup.display().to_string(), "--replace".to_owned()],
    ];
    let mut kills = 0;
    for wait_ms in [1, 5, 10, 20, 30, 40, 60, 80] {
        for arguments in &arguments {
            let mut child = start_beside(&server.data(), arguments);
            tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
            child.kill().expect("killed, or ended already");
            kills += usize::from(!child.wait().expect("ended").success());
            // A backup is there whole or not at all.
            if beside("autre").exists() {
                assert_eq!(responses(&beside("autre")).await, before);
                std::fs::remove_dir_all(beside("autre")).expect("removed");
            }
            let stored = server.stored_answers().await.len();
            assert!([45, before.len()].contains(&stored), "{stored} responses after {arguments:?}");
        }
    }
    assert!(kills >= 8, "{kills} were killed in time");
    for entry in std::fs::read_dir(beside("")).expect("a folder") {
        let name = entry.expect("an entry").file_name().display().to_string();
        let is_known = ["data", "sauvegarde", "codes.csv"].contains(&name.as_str()) || name.starts_with("data.avant");
        assert!(is_known || name.contains(".inacheve-"), "{name}");
    }
    let said = server.isoloir(&["backup", &beside("autre").display().to_string()]);
    assert!(said.status.success() && text(&said.stdout).contains("coupée en plein travail"), "{}", text(&said.stdout));
}

/// Codes of one installation beside the responses of another: nobody could answer.
#[test]
fn halves_of_two_installations_are_not_restored_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["une", "autre"] {
        let data = folder.path().join(name);
        assert!(isoloir(&data, &["survey", "open", SURVEY]).status.success());
        assert!(isoloir(&data, &["backup", &path(&format!("sauvegarde-{name}"))]).status.success());
    }
    std::fs::remove_dir_all(path("sauvegarde-une/issuer")).expect("removed");
    std::fs::rename(path("sauvegarde-autre/issuer"), path("sauvegarde-une/issuer")).expect("moved");
    let data = folder.path().join("ailleurs");
    let refused = isoloir(&data, &["restore", &path("sauvegarde-une")]);
    assert!(text(&refused.stderr).contains("ne vont pas ensemble"), "{}", text(&refused.stderr));
    assert!(!data.exists());
}
