//! What the files and the log give away, looked at as somebody would who has them all.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::faults::marked;
use crate::server::{SURVEY, Server, answers, isoloir, open_read_only};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() { files_below(&path) } else { vec![path] }
        })
        .collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Casts `count` responses, alternately with a token and with a code in a form.
async fn cast(server: &Server, count: usize) {
    let client = server.client().await;
    let version = server.version().await;
    for (index, code) in server.codes.iter().take(count).enumerate() {
        if index % 2 == 0 {
            let token = server.token(&client, code).await;
            let reply = server.post_response(Some(&token), &json!({"version": version, "answers": answers()})).await;
            assert!(reply.status().is_success());
        } else {
            let fields = [("sante_generale", "bon"), ("renonce_12m", "non"), ("code", code.as_str())];
            let reply = server.post_form("/s/mauges-2026/responses", &fields).await;
            assert_eq!(reply.status(), 303);
        }
    }
}

#[tokio::test]
async fn no_file_and_no_log_line_holds_a_code_or_an_address() {
    let mut server = Server::start(6);
    cast(&server, 4).await;
    // Codes also reach the server where they should not: it must still not write them down.
    let misplaced = format!("/s/mauges-2026/{}?c={}", server.codes[4], server.codes[5]);
    let _ = server.http.get(server.address(&misplaced)).send().await.expect("a reply");
    let log = server.stop();
    assert!(log.contains("/s/{survey}/responses"), "requests were logged, by their route");
    let mut places: Vec<(String, Vec<u8>)> = files_below(&server.data())
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file")))
        .collect();
    places.push(("the log".to_owned(), log.into_bytes()));
    for (place, bytes) in &places {
        for code in &server.codes {
            for written in [code.clone(), code.replace('-', ""), code.to_lowercase()] {
                assert!(!contains(bytes, written.as_bytes()), "{place} holds a code");
            }
        }
    }
    let log = String::from_utf8_lossy(&places.last().expect("the log").1).into_owned();
    for line in log.lines().filter(|line| line.contains("isoloir")) {
        assert!(!line.contains("127.0.0.1:") || line.contains("écoute"), "an address is logged: {line}");
    }
}

#[tokio::test]
async fn no_table_can_hold_a_time_or_an_order() {
    let server = Server::start(1);
    for database in ["issuer/issuer.db", "collector/collector.db"] {
        let pool = open_read_only(&server.data().join(database)).await;
        let tables: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('_sqlx_migrations')",
        )
        .fetch_all(&pool)
        .await
        .expect("tables");
        assert!(!tables.is_empty());
        for (name, sql) in tables {
            assert!(sql.contains("WITHOUT ROWID") && sql.contains("STRICT"), "{database}: {name} numbers its rows");
            let sql = sql.to_uppercase();
            for word in ["AUTOINCREMENT", "TIMESTAMP", "DATETIME", "_AT ", "CREATED", "ADDRESS", "AGENT"] {
                assert!(!sql.contains(word), "{database}: {name} has {word}");
            }
        }
    }
}

#[tokio::test]
async fn no_column_joins_a_spent_mark_and_a_response() {
    let server = Server::start(25);
    cast(&server, 25).await;
    let pool = open_read_only(&server.data().join("collector/collector.db")).await;
    let marks: Vec<Vec<u8>> = sqlx::query_scalar("SELECT mark FROM spent UNION ALL SELECT mark FROM intake_marks")
        .fetch_all(&pool)
        .await
        .expect("marks");
    let ids: Vec<Vec<u8>> = sqlx::query_scalar("SELECT id FROM responses UNION ALL SELECT id FROM intake")
        .fetch_all(&pool)
        .await
        .expect("ids");
    assert_eq!((marks.len(), ids.len()), (25, 25));
    for id in &ids {
        assert!(marks.iter().all(|mark| !contains(mark, &id[..4])), "a response's identifier comes from its mark");
    }
}

/// Kendall's τ between two orders of the same items.
#[expect(clippy::cast_precision_loss, reason = "a few thousand pairs")]
fn kendall(ranks: &[usize]) -> f64 {
    let mut concordant = 0_i64;
    for (index, first) in ranks.iter().enumerate() {
        for second in &ranks[index + 1..] {
            concordant += if second > first { 1 } else { -1 };
        }
    }
    concordant as f64 / (ranks.len() * (ranks.len() - 1) / 2) as f64
}

/// One hundred responses that can be told apart arrive in a known order. Neither the order of the keys nor that of the
/// bytes in the file may say which came first: for 100 items in random order τ has a standard deviation of 0.0674, so 99 % lie
/// within ±0.174. Chance leaves that band in one run of fifty, a leak in every run.
#[tokio::test]
async fn the_order_of_arrival_is_nowhere_in_the_file() {
    const RUNS: usize = 3;
    const BAND_99: f64 = 2.576 * 0.0674;
    let mut taus = Vec::new();
    for _ in 0..RUNS {
        let orders = orders_of_arrival().await;
        taus = orders.iter().map(|(order, ranks)| (*order, kendall(ranks))).collect();
        if taus.iter().all(|(_, tau)| tau.abs() <= BAND_99) {
            return;
        }
    }
    panic!("rows lie in the order of arrival: {taus:?}");
}

/// A hundred arrivals, by key and by place in the file.
async fn orders_of_arrival() -> [(&'static str, Vec<usize>); 2] {
    const RESPONSES: usize = 100;
    let mut server = Server::start(RESPONSES);
    let (client, version) = (server.client().await, server.version().await);
    let arrived: Vec<Value> = (0..RESPONSES).map(marked).collect();
    for (code, answers) in server.codes.iter().zip(&arrived) {
        let token = server.token(&client, code).await;
        let reply = server.post_response(Some(&token), &json!({"version": version, "answers": answers})).await;
        assert!(reply.status().is_success());
    }
    let _ = server.stop();

    let path = server.data().join("collector/collector.db");
    let pool = open_read_only(&path).await;
    let rows: Vec<(Vec<u8>, String)> =
        sqlx::query_as("SELECT id, answers FROM (SELECT * FROM responses UNION ALL SELECT * FROM intake) ORDER BY id")
            .fetch_all(&pool)
            .await
            .expect("rows");
    pool.close().await;
    assert_eq!(rows.len(), RESPONSES);
    let arrival = |answers: &str| {
        let answers: Value = serde_json::from_str(answers).expect("JSON");
        arrived.iter().position(|other| *other == answers).expect("one of ours")
    };
    let by_key: Vec<usize> = rows.iter().map(|(_, answers)| arrival(answers)).collect();

    let bytes = std::fs::read(&path).expect("the file");
    let mut by_place: Vec<(usize, usize)> = rows
        .iter()
        .map(|(id, answers)| {
            let places: Vec<usize> = bytes.windows(16).enumerate().filter(|(_, w)| w == id).map(|(p, _)| p).collect();
            assert_eq!(places.len(), 1, "one copy of each response, none in free pages");
            (places[0], arrival(answers))
        })
        .collect();
    by_place.sort_unstable();
    [("key", by_key), ("place in the file", by_place.into_iter().map(|(_, arrival)| arrival).collect())]
}

/// While fewer than the threshold wait, and while the server is running: neither the files nor the write-ahead logs may say
/// who came when, on either side.
#[tokio::test]
async fn the_order_of_those_who_wait_is_in_no_write_ahead_log() {
    let server = Server::start(12);
    cast(&server, 12).await;
    for role in ["issuer", "collector"] {
        let log = server.data().join(format!("{role}/{role}.db-wal"));
        // The log is emptied after the reply is sent, so that nobody waits for it.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        let length = || std::fs::metadata(&log).map_or(0, |metadata| metadata.len());
        while length() > 0 && std::time::Instant::now() < deadline {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(length(), 0, "{} holds history", log.display());
    }
}

#[tokio::test]
async fn free_texts_are_kept_apart_from_the_answers_they_came_with() {
    let mut server = Server::start(1);
    let token = server.token(&server.client().await, &server.codes[0]).await;
    let mut marked = answers();
    marked["suggestion"] = json!("Un centre de santé à Jallais");
    let body = json!({"version": server.version().await, "answers": marked});
    assert!(server.post_response(Some(&token), &body).await.status().is_success());
    let _ = server.stop();
    assert!(isoloir(&server.data(), &["survey", "close", SURVEY]).status.success());
    assert_eq!(server.stored_answers().await, [answers()]);
    let pool = open_read_only(&server.data().join("collector/collector.db")).await;
    let texts: Vec<(String, String)> =
        sqlx::query_as("SELECT survey, text FROM free_texts").fetch_all(&pool).await.expect("texts");
    assert_eq!(texts, [(SURVEY.to_owned(), "Un centre de santé à Jallais".to_owned())]);
}

#[test]
fn secrets_and_databases_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(1);
    for path in files_below(&server.data()) {
        let mode = std::fs::metadata(&path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
    }
}
