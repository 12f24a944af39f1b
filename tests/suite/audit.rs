//! The audit verb, on what the program itself wrote.

use serde_json::Value;

use crate::faults::{Crowd, marked};
use crate::postgres::Cluster;
use crate::server::{Server, isoloir, spawn, text};

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
    let (mut child, ..) = spawn(&data, &["demo", "--listen", "127.0.0.1:0"]);
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
    passes_after_responses(&Server::start(130)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_on_a_database_server_passes_the_audit() {
    passes_after_responses(&Server::start_on(Cluster::shared(), 130)).await;
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
