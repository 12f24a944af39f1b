//! The audit verb, on what the program itself wrote.

use serde_json::Value;

use crate::faults::{Crowd, marked};
use crate::postgres::Cluster;
use crate::server::{SURVEY, Server, isoloir, spawn_with, text};

/// What a service runs with; the other servers of these tests log all that they can.
const QUIET: [(&str, &str); 1] = [("ISOLOIR_LOG", "warn,isoloir=info")];

/// The verdicts of a JSON report that are not a pass.
fn failures(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).expect("JSON");
    let checks = report["checks"].as_array().expect("checks");
    assert!(checks.len() > 20, "{} checks", checks.len());
    checks.iter().filter(|check| check["verdict"] == "failed").map(ToString::to_string).collect()
}

/// 1,200 made-up responses, imported and published by the demonstration, while it is running.
#[test]
fn the_demonstration_passes_its_own_audit() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("demo");
    let quiet = QUIET.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let (mut child, ..) = spawn_with(&data, &quiet, &["demo", "--listen", "127.0.0.1:0"]);
    let json = isoloir(&data, &["audit", "--json"]);
    let readable = isoloir(&data, &["audit"]);
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(failures(&text(&json.stdout)), Vec::<String>::new());
    assert_eq!((json.status.code(), readable.status.code()), (Some(0), Some(0)));
    assert!(text(&readable.stdout).contains("conforme"), "{}", text(&readable.stdout));
}

async fn passes_after_responses(server: &Server) {
    let mut crowd = Crowd::new(server).await;
    crowd.come(server, std::future::pending()).await;
    // The order is forgotten as soon as nobody is waiting.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let audit = server.isoloir(&["audit", "--json"]);
    assert_eq!(failures(&text(&audit.stdout)), Vec::<String>::new());
    assert!(audit.status.success());
    assert!(!text(&audit.stdout).contains(&marked(7).to_string()), "no answer is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_passes_the_audit() {
    passes_after_responses(&Server::start_with(130, None, &QUIET)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_on_a_database_server_passes_the_audit() {
    passes_after_responses(&Server::start_with(130, Some(Cluster::shared()), &QUIET)).await;
}

/// Just started, under load, at rest, a copy made with `cp -r`, killed, stopped, restored, closed.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_raises_no_false_alarm_at_any_moment() {
    let mut server = Server::start_with(400, None, &QUIET);
    let folder = tempfile::tempdir().expect("a folder");
    let passes = |data: &std::path::Path, when: &str| {
        let audit = isoloir(data, &["audit", "--json"]);
        assert_eq!(failures(&text(&audit.stdout)), Vec::<String>::new(), "{when}");
    };
    passes(&server.data(), "just started");
    let mut crowd = Crowd::new(&server).await;
    let meanwhile = async {
        for round in 0..3 {
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            let data = server.data();
            tokio::task::spawn_blocking(move || isoloir(&data, &["audit", "--json"])).await.map_or_else(
                |error| panic!("{error}"),
                |audit| assert_eq!(failures(&text(&audit.stdout)), Vec::<String>::new(), "under load, {round}"),
            );
        }
    };
    tokio::join!(crowd.come(&server, std::future::pending()), meanwhile);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    passes(&server.data(), "at rest");
    let copy = folder.path().join("copy");
    let copied = std::process::Command::new("cp").arg("-r").arg(server.data()).arg(&copy).status().expect("cp");
    assert!(copied.success());
    passes(&copy, "a copy of a running server's folder");
    let backup = folder.path().join("backup");
    let saved = server.isoloir(&["backup", backup.to_str().expect("UTF-8")]);
    assert!(saved.status.success(), "{}", text(&saved.stderr));
    passes(&server.data(), "after a backup");
    server.environment.extend(QUIET.map(|(name, value)| (name.to_owned(), value.to_owned())));
    server.kill_and_restart();
    passes(&server.data(), "killed and started again");
    let _ = server.stop();
    passes(&server.data(), "stopped");
    let restored = folder.path().join("restored");
    let restoring = isoloir(&restored, &["restore", backup.to_str().expect("UTF-8")]);
    assert!(restoring.status.success(), "{}", text(&restoring.stderr));
    passes(&restored, "restored");
    let closed = server.isoloir(&["survey", "close", SURVEY]);
    assert!(closed.status.success(), "{}", text(&closed.stderr));
    passes(&server.data(), "closed");
}

/// A server's own setting, which the audit's process does not share; and its log, in which it writes all that it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_that_logs_requests_fails_that_check_alone() {
    let mut server = Server::start(40);
    Crowd::new(&server).await.come(&server, std::future::pending()).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let audit = server.isoloir(&["audit", "--json"]);
    let failed = failures(&text(&audit.stdout));
    assert!(failed.len() == 1 && failed[0].contains("\"request-log\""), "{failed:?}");
    let log = server.stop();
    let file = server.data().with_file_name("server.txt");
    std::fs::write(&file, log).expect("a log");
    let audit = server.isoloir(&["audit", "--json", "--log", file.to_str().expect("UTF-8")]);
    assert_eq!(failures(&text(&audit.stdout)), Vec::<String>::new(), "a log without hours");
}

/// What a script may rely on.
#[test]
fn the_report_for_programs_has_one_shape() {
    let mut server = Server::start(1);
    let _ = server.stop();
    let audit = server.isoloir(&["audit", "--json"]);
    let report: Value = serde_json::from_str(&text(&audit.stdout)).expect("JSON");
    assert_eq!(report["passed"], true);
    for check in report["checks"].as_array().expect("checks") {
        let fields: Vec<&str> = check.as_object().expect("an object").keys().map(String::as_str).collect();
        assert!(
            fields.iter().all(|field| ["name", "title", "subject", "measured", "verdict", "advice"].contains(field))
        );
        assert!(["passed", "failed", "note"].contains(&check["verdict"].as_str().expect("a verdict")), "{check}");
        assert_eq!(check["verdict"] == "passed", check.get("advice").is_none(), "{check}");
        for field in ["name", "title", "subject", "measured"] {
            assert!(check[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {check}");
        }
    }
    assert_eq!(server.isoloir(&["audit", "--jsno"]).status.code(), Some(2), "misused");
}

#[test]
fn what_weakens_the_promise_fails_the_audit() {
    let mut server = Server::start(1);
    let _ = server.stop();
    let log = server.data().with_file_name("access.log");
    std::fs::write(&log, "203.0.113.7 - - [21/Nov/2026:10:11:12 +0100] \"POST /s/x/responses HTTP/1.1\" 201\n")
        .expect("a log");
    let audit = server.isoloir(&["audit", "--json", "--log", log.to_str().expect("UTF-8")]);
    assert_eq!(audit.status.code(), Some(1));
    assert!(!failures(&text(&audit.stdout)).is_empty());
    assert!(!text(&audit.stdout).contains("203.0.113.7"), "the address is not repeated");
    server.environment.push(("ISOLOIR_LOG".to_owned(), "isoloir=debug".to_owned()));
    let audit = server.isoloir(&["audit", "--json"]);
    assert_eq!(failures(&text(&audit.stdout)).len(), 1, "requests are logged");
    let nowhere = isoloir(&server.data().join("nulle-part"), &["audit"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere.stderr).contains("--data"));
}
