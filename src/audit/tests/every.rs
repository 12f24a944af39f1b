//! Every check has a leak that fails it and no other, on each kind of database that it looks at. A check without one fails here.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use isoloir_audit::{Verdict, audit};
use sqlx::Executor;

use crate::around::write_private;
use crate::ballot_box::{Content, assert_fails_only};
use crate::installation::{Installation, Then, finish, hex};
use crate::{editions, postgres};

/// What is told and never judged.
const NOTES: [&str; 4] = ["server-write-ahead-log", "server-connections", "other-databases", "long-values"];
/// What only a server can fail: two `SQLite` files are never one database, and keep no transaction numbers.
const POSTGRES_ONLY: [&str; 4] = ["write-history", "server-history", "server-statistics", "role-separation"];
/// Checks of files and settings, whatever the databases are.
const FILES: [&str; 14] = [
    "edition-columns",
    "edition-keys",
    "edition-metadata",
    "edition-order",
    "file-modes",
    "identifiers-elsewhere",
    "log-addresses",
    "log-codes",
    "log-hours",
    "log-tokens",
    "logs",
    "request-log",
    "stray-files",
    "write-ahead-log",
];

/// The names of all checks but these, as the sources give them.
fn names_without(lists: &[&[&str]]) -> BTreeSet<String> {
    let sources = std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().map(|entry| entry.unwrap().path());
    let mut names = BTreeSet::new();
    for path in sources.filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let source = std::fs::read_to_string(path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for question in source.split("Question {").skip(1) {
            let name = question.trim_start().strip_prefix("name: \"").and_then(|name| name.split_once('"'));
            names.extend(name.map(|(name, _)| name.to_owned()));
        }
    }
    assert!(lists.concat().iter().all(|listed| names.contains(*listed)), "a check that is listed is gone: {names:?}");
    names.retain(|name| !lists.concat().contains(&name.as_str()));
    names
}

/// What makes a check of a database fail, in the SQL of both kinds (`BYTES'…'` and `COUNTER` differ): the role whose
/// database it is, the statements, and the table that is then to be written anew in the order of its keys.
fn leak(name: &str, content: &Content) -> (&'static str, String, &'static str) {
    let counted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) \
                   INSERT INTO free_texts SELECT COUNTER, 'mauges-2026', 'v', 'Oui' FROM n";
    let (sql, table) = match name {
        "readable" => ("DROP TABLE intake_marks".to_owned(), "spent"),
        "times" => ("ALTER TABLE spent ADD COLUMN spent_at TEXT".to_owned(), "spent"),
        "addresses" => ("ALTER TABLE spent ADD COLUMN client_ip TEXT".to_owned(), "spent"),
        "contents" => {
            ("UPDATE responses SET answers = '{\"ordre\":17}' WHERE answers LIKE '%5%'".to_owned(), "responses")
        }
        "intake" => ("UPDATE surveys SET closed = (1 = 1)".to_owned(), "spent"),
        "marks-apart" => {
            let insert = "INSERT INTO free_texts SELECT id, 'mauges-2026', 'v', 'Oui' FROM responses LIMIT 1";
            (insert.to_owned(), "free_texts")
        }
        "schema" => ("CREATE VIEW pairs AS SELECT mark, id FROM spent, responses".to_owned(), "spent"),
        "issuer-against-collector" => {
            (format!("INSERT INTO spent VALUES (BYTES'{}', 'mauges-2026')", hex(&content.invitations[3].0)), "spent")
        }
        "key-randomness" => (format!("DELETE FROM free_texts; {counted}"), "free_texts"),
        "row-numbers" => return ("issuer", "CREATE SEQUENCE arrivals".to_owned(), "invitations"),
        _ => panic!("the check {name} has no leak"),
    };
    ("collector", sql, table)
}

#[tokio::test]
async fn every_check_of_sqlite_files_has_a_leak_that_fails_it_alone() {
    for name in &names_without(&[&NOTES, &POSTGRES_ONLY]) {
        let installation = Installation::new().await;
        let mut subject = installation.subject();
        let beside = |name: &str| installation.folder.path().join(name);
        match name.as_str() {
            "physical-order" | "leftovers" => {
                let in_order_of_arrival = "CREATE TEMPORARY TABLE kept AS SELECT * FROM responses; DELETE FROM responses; \
                                           INSERT INTO responses SELECT * FROM kept ORDER BY substr(id, 9)";
                let some = "DELETE FROM responses WHERE substr(id, 8, 1) < x'08'";
                let is_order = name == "physical-order";
                let mut connection = installation.connect("collector", is_order).await;
                connection.execute(if is_order { in_order_of_arrival } else { some }).await.unwrap();
                finish(connection, Then::Leave).await;
            }
            "row-numbers" => {
                installation.change("collector", "CREATE TABLE notes (id BLOB NOT NULL PRIMARY KEY) STRICT").await;
            }
            "write-ahead-log" => write_private(&beside("issuer/issuer.db-journal"), "pages"),
            "stray-files" => write_private(&beside("collector/etilqs_4f2a"), "rows"),
            "identifiers-elsewhere" => {
                write_private(&beside("collector/order.toml"), &hex(&installation.content.spent[7]));
            }
            "file-modes" => {
                let mode = std::fs::Permissions::from_mode(0o640);
                std::fs::set_permissions(installation.path("collector"), mode).unwrap();
            }
            "logs" => subject.logs = vec![beside("absent.log")],
            // The check symbol of 1 is 1.
            "log-codes" => write_private(&beside("isoloir.log"), "code 0000-0000-0001-1 refusé\n"),
            "log-tokens" => write_private(&beside("isoloir.log"), &"AAIx".repeat(118)),
            "log-addresses" => write_private(&beside("isoloir.log"), "192.0.2.7 a demandé un jeton\n"),
            "log-hours" => write_private(&beside("isoloir.log"), "10:20:30 route=\"/\" status=200\n"),
            "request-log" => subject.settings.servers_request_log = Some(true),
            edition if edition.starts_with("edition-") => editions::leak(edition, &installation),
            _ => {
                let (role, sql, _) = leak(name, &installation.content);
                let counter = "CAST(printf('%016d', i) AS BLOB)";
                installation.change(role, &sql.replace("BYTES'", "x'").replace("COUNTER", counter)).await;
            }
        }
        assert_fails_only(&audit(&subject).await, name);
    }
}

#[tokio::test]
async fn every_check_of_a_database_server_has_a_leak_that_fails_it_alone() {
    for name in &names_without(&[&NOTES, &FILES]) {
        let installation = postgres::Installation::new().await;
        let statements = match name.as_str() {
            // Both roles are then in one database: `both_roles_in_one_database_are_seen`.
            "role-separation" => continue,
            "physical-order" => vec![postgres::rewrite("responses", "substr(id, 9)")],
            // The rows that were written over are taken away, and the number of the transaction stays.
            "write-history" => {
                let one_by_one = "UPDATE responses SET version = 'v' WHERE id < '\\x40'";
                let clear = ["VACUUM (FULL, FREEZE) responses", "CLUSTER responses USING responses_pkey"];
                [one_by_one].into_iter().chain(clear).map(str::to_owned).collect()
            }
            "leftovers" => vec!["DELETE FROM responses WHERE id < '\\x10'".to_owned()],
            "server-history" => vec![
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET log_statement = ''mod''', current_database()); END $$"
                    .to_owned(),
            ],
            "server-statistics" => vec!["ALTER TABLE responses ALTER COLUMN answers SET STATISTICS -1".to_owned()],
            _ => {
                let (role, sql, table) = leak(name, &installation.content);
                let counter = "convert_to(lpad(i::text, 16, '0'), 'UTF8')";
                let sql = sql.replace("BYTES'", "'\\x").replace("COUNTER", counter);
                let key = if table == "spent" { "mark" } else { "id" };
                let anew = if role == "collector" { postgres::rewrite(table, key) } else { "SELECT 1".to_owned() };
                installation.change(installation.url(role), &[&sql, &anew]).await;
                Vec::new()
            }
        };
        installation
            .change(installation.url("collector"), &statements.iter().map(String::as_str).collect::<Vec<_>>())
            .await;
        assert_fails_only(&installation.report().await, name);
    }
}

/// What cannot be judged is told, so that whoever reads the report knows.
#[tokio::test]
async fn what_is_not_judged_is_told() {
    let report = postgres::Installation::new().await.report().await;
    for name in ["server-write-ahead-log", "other-databases", "role-separation"] {
        assert!(report.checks.iter().any(|check| check.name == name && check.verdict == Verdict::Note), "{name}");
    }
}
