//! A database file that is not where it was, or may not be written: nothing is acknowledged that whoever opens it next would
//! not find.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::faults::{Crowd, assert_exactly_once, stored};
use crate::preload::Faults;
use crate::server::{SURVEY, Server, isoloir_unprivileged, text};

/// The file through which a process still holds what was deleted.
fn held_open(pid: u32, deleted: &Path) -> PathBuf {
    let target = PathBuf::from(format!("{} (deleted)", deleted.display()));
    let mut files =
        fs::read_dir(format!("/proc/{pid}/fd")).expect("a process").map(|file| file.expect("a file").path());
    files.find(|file| fs::read_link(file).is_ok_and(|link| link == target)).expect("it is held open")
}

/// An operator moves the folder away and back, or puts a copy in the place of the file: what came in between would be in a
/// file that the next start does not open.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_moved_or_replaced_refuses_until_it_is_back() {
    for role in ["issuer", "collector"] {
        let mut server = Server::start(6);
        let mut crowd = Crowd::new(&server).await;
        crowd.some_go_through(&server, 1).await;
        let folder = server.data().join(role);
        let away = folder.with_extension("old");
        fs::rename(&folder, &away).expect("moved away");
        crowd.one_is_refused(&server, 503).await;
        fs::rename(&away, &folder).expect("moved back");
        crowd.some_go_through(&server, 2).await;

        let file = folder.join(format!("{role}.db"));
        let (kept, copy) = (file.with_extension("kept"), file.with_extension("copy"));
        fs::copy(&file, &copy).expect("copied");
        fs::rename(&file, &kept).and_then(|()| fs::rename(&copy, &file)).expect("replaced");
        crowd.one_is_refused(&server, 503).await;
        fs::rename(&kept, &file).expect("put back");
        crowd.some_go_through(&server, 3).await;

        let log = server.stop();
        assert!(log.contains(&format!("{role}.db n’est plus le fichier")), "the log names it: {log}");
        assert_eq!(log.matches("écrit de nouveau").count(), 2, "and says when it is back: {log}");
        assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
        assert_eq!(crowd.acknowledged.len(), 6);
    }
}

/// What was acknowledged is in the file that the process still holds: the log says where, and that is enough.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_deleted_is_whole_as_long_as_the_server_runs() {
    let mut server = Server::start(50);
    let mut crowd = Crowd::new(&server).await;
    crowd.some_go_through(&server, 45).await;
    let file = server.data().join("collector/collector.db");
    for name in ["collector.db", "collector.db-wal", "collector.db-shm"] {
        fs::remove_file(file.with_file_name(name)).expect("deleted");
    }
    crowd.one_is_refused(&server, 503).await;
    // What was in the log is in the file within a moment.
    let log = held_open(server.pid(), &file.with_file_name("collector.db-wal"));
    while fs::metadata(&log).expect("held open").len() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let copy = server.data().join("copy");
    fs::copy(held_open(server.pid(), &file), &copy).expect("copied");
    let hint = format!("/proc/{}/fd", server.pid());
    let log = server.stop();
    assert!(log.contains(&hint), "the log says how: {log}");
    fs::rename(&copy, &file).expect("put in its place");
    server.kill_and_restart();
    assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    crowd.some_go_through(&server, 5).await;
    assert_exactly_once(&stored(&server).await, &(0..50).collect());
}

/// Whoever opens the database beside the server would make another log, and neither would see what the other writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_deleted_costs_nothing_but_a_restart() {
    for name in ["collector/collector.db-wal", "collector/collector.db-shm", "issuer/issuer.db-wal"] {
        let mut server = Server::start(25);
        let mut crowd = Crowd::new(&server).await;
        crowd.some_go_through(&server, 22).await;
        fs::remove_file(server.data().join(name)).expect("deleted");
        crowd.one_is_refused(&server, 503).await;
        let log = server.stop();
        assert!(log.contains(&format!("{name} n’est plus")) && log.contains("kill -TERM"), "{log}");
        server.kill_and_restart();
        assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
        crowd.some_go_through(&server, 3).await;
        assert_exactly_once(&stored(&server).await, &(0..25).collect());
    }
}

/// Root may write anywhere, so the program is run by an account that may not.
#[test]
fn a_folder_or_a_file_that_may_not_be_written_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
    mode(folder.path(), 0o777);
    let data = folder.path().join("data");
    assert!(isoloir_unprivileged(&data, &["survey", "open", SURVEY]).status.success());
    for (name, read_only, usual) in [("collector", 0o555, 0o700), ("issuer/issuer.db", 0o444, 0o600)] {
        mode(&data.join(name), read_only);
        let output = isoloir_unprivileged(&data, &["serve", "--listen", "127.0.0.1:0"]);
        mode(&data.join(name), usual);
        assert_eq!(output.status.code(), Some(1));
        let message = text(&output.stderr);
        assert!(message.contains(name) && message.contains("droit"), "{message}");
    }
}

/// A disk that does not take what was written, and says so when asked to make sure.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_make_sure_refuses_until_it_can() {
    let faults = Faults::compile();
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad");
    for role in ["/collector/", "/issuer/"] {
        let mut server = Server::start(30);
        let mut crowd = Crowd::new(&server).await;
        server.restart_with(&[
            ("LD_PRELOAD", &faults.library()),
            ("FAULT_UNDER", role),
            ("FAULT_SYNC", bad.to_str().expect("UTF-8")),
        ]);
        for _ in 0..2 {
            fs::write(&bad, "").expect("the disk fails");
            crowd.one_is_refused(&server, 503).await;
            fs::remove_file(&bad).expect("the disk works");
            crowd.some_go_through(&server, 15).await;
        }
        let log = server.stop();
        assert!(log.contains("dmesg"), "the log says where to look: {log}");
        assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    }
}
