//! SQLite files that somebody writes while the audit reads them.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use isoloir_audit::{Subject, Verdict, audit};
use sqlx::{Connection, Executor};

use crate::ballot_box::{assert_fails_only, failed};
use crate::installation::{INSERT_RESPONSE, Installation};

#[tokio::test]
async fn a_log_of_writes_that_is_not_emptied_is_seen() {
    let installation = Installation::new().await;
    let mut connection = installation.connect("collector", true).await;
    connection.execute("PRAGMA wal_autocheckpoint = 0").await.unwrap();
    let insert = sqlx::query(INSERT_RESPONSE).bind(&[0x5a_u8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15][..]);
    insert.bind("{}").execute(&mut connection).await.unwrap();
    std::fs::set_permissions(installation.path("collector"), std::fs::Permissions::from_mode(0o600)).unwrap();
    for suffix in ["wal", "shm"] {
        let path = format!("{}-{suffix}", installation.path("collector").display());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let report = installation.report().await;
    assert_fails_only(&report, "write-ahead-log");
    let mut count = report.checks.iter().filter(|check| check.name == "readable").map(|check| &check.measured);
    assert!(count.next_back().unwrap().contains("324"), "the log was read through: {}", report.to_text());
    // While the server goes on running, an emptied log is as it should be.
    connection.execute("VACUUM").await.unwrap();
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    assert_eq!(failed(&installation.report().await), Vec::<&str>::new());
    connection.close().await.unwrap();
}

/// An import, which opens the file, writes and closes it again while the audit reads it without locks.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_opens_meanwhile_raises_no_alarm() {
    let installation = Installation::new().await;
    let writes = async {
        for _ in 0..6 {
            installation.change("collector", "UPDATE free_texts SET text = text || ' encore un peu'").await;
        }
    };
    let subject = Subject { data: None, ..installation.subject() };
    let audits = async {
        for _ in 0..4 {
            let report = audit(&subject).await;
            assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
        }
    };
    tokio::join!(writes, audits);
}

/// A server that empties its log a moment after the audit looked.
#[tokio::test]
async fn what_a_server_is_about_to_remove_is_waited_for() {
    let installation = Installation::new().await;
    let mut subject = installation.subject();
    subject.settings.patience = isoloir_audit::PATIENCE;
    let journal = installation.folder.path().join("collector/collector.db-journal");
    std::fs::write(&journal, "pages").unwrap();
    std::fs::set_permissions(&journal, std::fs::Permissions::from_mode(0o600)).unwrap();
    let remove = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        std::fs::remove_file(&journal).unwrap();
    };
    let (report, ()) = tokio::join!(audit(&subject), remove);
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
}

/// Under load the log is never empty for long: emptied once in a while, it holds what came since; never emptied, everything.
#[tokio::test]
async fn a_log_that_a_busy_server_empties_again_and_again_passes() {
    for (forgets, patience, verdict) in
        [(true, isoloir_audit::PATIENCE, Verdict::Passed), (false, Duration::from_secs(1), Verdict::Failed)]
    {
        let installation = Installation::new().await;
        let mut connection = installation.connect("collector", true).await;
        connection.execute("PRAGMA wal_autocheckpoint = 0").await.unwrap();
        connection.execute("UPDATE surveys SET closed = 1 - closed").await.unwrap();
        let serve = async {
            loop {
                for _ in 0..8 {
                    connection.execute("UPDATE surveys SET closed = 1 - closed").await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                if forgets {
                    let empties = "PRAGMA wal_checkpoint(TRUNCATE); UPDATE surveys SET closed = 1 - closed";
                    connection.execute(empties).await.unwrap();
                }
            }
        };
        let mut subject = installation.subject();
        (subject.issuer, subject.settings.patience) = (None, patience);
        let report = tokio::select! {
            () = serve => unreachable!("it serves for as long as it is asked to"),
            report = audit(&subject) => report,
        };
        let check = report.checks.iter().find(|check| check.name == "write-ahead-log").unwrap();
        assert_eq!(check.verdict, verdict, "{}", check.measured);
    }
}
