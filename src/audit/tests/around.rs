//! What is around the databases: files, rights, logs, settings, and databases that are none.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use isoloir_audit::{Database, Subject, Verdict, audit};

use crate::ballot_box::{assert_fails_only, failed};
use crate::installation::Installation;

pub(crate) fn write_private(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_journal_left_behind_is_seen() {
    let installation = Installation::new().await;
    write_private(&installation.folder.path().join("issuer/issuer.db-journal"), "pages");
    assert_fails_only(&installation.report().await, "write-ahead-log");
}

#[tokio::test]
async fn a_temporary_file_or_copy_beside_a_database_is_seen() {
    for name in ["etilqs_4f2a", "collector.db.bak", "collector (1).db"] {
        let installation = Installation::new().await;
        write_private(&installation.folder.path().join("collector").join(name), "rows");
        assert_fails_only(&installation.report().await, "stray-files");
    }
}

#[tokio::test]
async fn a_file_that_others_may_read_is_seen() {
    for (path, mode) in [("collector/collector.db", 0o640), ("issuer", 0o711), ("", 0o755)] {
        let installation = Installation::new().await;
        let path = installation.folder.path().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_fails_only(&installation.report().await, "file-modes");
    }
}

#[tokio::test]
async fn what_a_log_must_not_hold_is_seen() {
    let token = format!("PrivateToken token=\"{}\"", "AAIx".repeat(118));
    for (line, name) in [
        // The check symbol of 1 is 1.
        ("WARN isoloir: code 0000-0000-0001-1 refusé", "log-codes"),
        ("WARN isoloir: code 0000%200000%200001%201 refusé", "log-codes"),
        (token.as_str(), "log-tokens"),
        ("INFO isoloir: 192.0.2.7 a demandé un jeton", "log-addresses"),
        ("[error] [client 2001:db8::7:443] refusé", "log-addresses"),
        ("Nov 21 10:20:30 hote isoloir[71]: method=\"POST\" route=\"/s/{survey}/responses\" status=201", "log-hours"),
        ("{\"MESSAGE\":\"route=\\\"/\\\" status=200\",\"__REALTIME_TIMESTAMP\":\"1795329000000000\"}", "log-hours"),
        ("2026-11-21T10:20:30Z DEBUG isoloir::request: route=\"/s/{survey}/responses\" status=201", "log-hours"),
    ] {
        let installation = Installation::new().await;
        write_private(&installation.folder.path().join("isoloir.log"), &format!("INFO isoloir: démarrage\n{line}\n"));
        assert_fails_only(&installation.report().await, name);
    }
}

#[tokio::test]
async fn the_log_of_a_server_that_says_what_it_may_passes() {
    let installation = Installation::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let log = elsewhere.path().join("service.txt");
    std::fs::write(
        &log,
        "2026-11-21T10:00:00Z INFO isoloir: écoute sur http://127.0.0.1:8080 et [::]:8080\n\
         DEBUG isoloir::request: method=\"POST\" route=\"/s/{survey}/responses\" status=201 duration_ms=3\n",
    )
    .unwrap();
    let subject = Subject { logs: vec![log.clone()], ..installation.subject() };
    let report = audit(&subject).await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
    assert!(report.checks.iter().any(|check| check.name == "log-codes" && check.verdict == Verdict::Passed));
    std::fs::remove_file(log).unwrap();
    assert_fails_only(&audit(&subject).await, "logs");
}

/// Rotated, packed, in a folder, without an end, or holding nothing that can be read.
#[tokio::test]
async fn logs_are_read_as_they_are_kept() {
    let installation = Installation::new().await;
    let folder = tempfile::tempdir().unwrap();
    let subject = Subject { logs: vec![folder.path().to_owned()], ..installation.subject() };
    let log = folder.path().join("access.log.2.gz");
    let pack = |text: &str| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    std::fs::write(&log, pack("rien\n203.0.113.7 rien\n")).unwrap();
    assert_fails_only(&audit(&subject).await, "log-addresses");
    for packed in [&b"BZh91AY&SY"[..], b"\xfd7zXZ\0\0", b"LPKSHHRH", &pack("rien")[..12]] {
        std::fs::write(&log, packed).unwrap();
        assert_fails_only(&audit(&subject).await, "logs");
    }
    let junk: Vec<u8> = (0..200_000_u32).flat_map(|number| number.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    std::fs::write(&log, junk).unwrap();
    assert_eq!(failed(&audit(&subject).await), Vec::<&str>::new());
    // A hole of thirty megabytes, with an address behind it.
    let file = std::fs::File::create(&log).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b" 203.0.113.7 ", 30 << 20).unwrap();
    assert_fails_only(&audit(&subject).await, "log-addresses");
    std::fs::remove_file(log).unwrap();
    write_private(&installation.folder.path().join("isoloir.log.1"), "203.0.113.7\n");
    assert_fails_only(&audit(&subject).await, "log-addresses");
}

#[tokio::test]
async fn identifiers_in_any_other_file_are_seen() {
    let installation = Installation::new().await;
    let (mark, id) = (installation.content.spent[7], installation.content.responses[7].0);
    let hex = data_encoding::HEXUPPER.encode(&mark[..8]);
    let base64 = data_encoding::BASE64.encode(&id);
    for (place, content) in [
        ("collector/collector.lock", hex.as_bytes()),
        ("notes.txt", base64.as_bytes()),
        ("office.bin", &[&[7; 40][..], &id[..], &[9; 20]].concat()),
        ("isoloir.log", format!("INFO isoloir: {base64} mêlée\n").as_bytes()),
    ] {
        let installation = Installation::new().await;
        let path = installation.folder.path().join(place);
        write_private(&path, "");
        std::fs::write(path, content).unwrap();
        assert_fails_only(&installation.report().await, "identifiers-elsewhere");
    }
}

#[tokio::test]
async fn a_database_under_a_second_name_is_seen() {
    let installation = Installation::new().await;
    let elsewhere = tempfile::tempdir_in(installation.folder.path().parent().unwrap()).unwrap();
    std::fs::hard_link(installation.path("collector"), elsewhere.path().join("x")).unwrap();
    assert_fails_only(&installation.report().await, "stray-files");
}

#[tokio::test]
async fn a_request_log_that_is_switched_on_is_seen() {
    let installation = Installation::new().await;
    let mut subject = installation.subject();
    subject.settings.request_log = true;
    assert_fails_only(&audit(&subject).await, "request-log");
}

#[tokio::test]
async fn one_role_alone_is_as_it_should_be() {
    let installation = Installation::new().await;
    let subject = Subject { issuer: None, data: None, ..installation.subject() };
    let report = audit(&subject).await;
    assert!(report.passed());
    let roles = report.checks.iter().find(|check| check.name == "role-separation").unwrap();
    assert_eq!(roles.verdict, Verdict::Passed);
}

#[tokio::test]
async fn what_cannot_be_read_has_failed_and_says_why() {
    let installation = Installation::new().await;
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("collector.db");
    std::fs::write(&text, "Ceci est un fichier de texte, pas une base.").unwrap();
    let mut short = std::fs::read(installation.path("collector")).unwrap();
    short.truncate(4096 * 5);
    let truncated = folder.path().join("tronquee.db");
    std::fs::write(&truncated, short).unwrap();
    for (database, why) in [
        (Database::Sqlite(folder.path().join("absente.db")), "n’existe pas"),
        (Database::Sqlite(text), "n’est pas une base SQLite"),
        (Database::Sqlite(truncated), "contrôle impossible"),
        (Database::Sqlite(installation.path("issuer")), "il manque des tables d’Isoloir"),
        (Database::Postgres("postgres://urne:secret@127.0.0.1:9/urne".to_owned()), "contrôle impossible"),
    ] {
        let subject = Subject { issuer: None, collector: Some(database), data: None, ..installation.subject() };
        let report = audit(&subject).await;
        assert!(failed(&report).contains(&"readable"), "\n{}", report.to_text());
        assert!(report.to_text().replace('\u{a0}', " ").contains(why), "{why}\n{}", report.to_text());
        assert!(!report.to_text().contains("secret"));
    }
}

#[tokio::test]
async fn copies_and_keys_are_seen_under_any_name_at_any_depth() {
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
    for place in ["collector/old.toml", "copy.db", "sauvegarde/collector/collector.db", "issuer/keys/codes.key"] {
        let installation = Installation::new().await;
        let path = installation.folder.path().join(place);
        private_folder(&installation.folder.path().join("sauvegarde"));
        private_folder(path.parent().unwrap());
        std::fs::copy(installation.path("collector"), &path).unwrap();
        assert_fails_only(&installation.report().await, "stray-files");
    }
    for (place, content) in [("collector/note.log", KEY), ("tls.pem", KEY), ("codes.key", "0123456789abcdef")] {
        let installation = Installation::new().await;
        write_private(&installation.folder.path().join(place), content);
        assert_fails_only(&installation.report().await, "stray-files");
    }
    let installation = Installation::new().await;
    let keys = installation.folder.path().join("issuer/keys");
    private_folder(&keys);
    write_private(&keys.join("mauges-2026.pem"), KEY);
    write_private(&keys.join("codes.key"), "0123456789abcdef0123456789abcdef");
    write_private(&installation.folder.path().join("manifest.json"), "{}");
    let report = installation.report().await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
}

pub(crate) fn private_folder(path: &Path) {
    std::fs::create_dir_all(path).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}
