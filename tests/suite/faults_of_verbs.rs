//! A command that dies at any of its steps on disk: what it was to do is done or not, nothing is half-written, and the same
//! command again does the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::faults::Crowd;
use crate::preload::Faults;
use crate::server::{SURVEY, Server, isoloir, isoloir_with, open_read_only, text};

/// Steps of disk before which a command dies: the first ones make files, the later ones fill them.
const STEPS: [usize; 12] = [1, 3, 7, 12, 18, 25, 35, 50, 75, 110, 160, 230];

/// An installation with a few mixed and a few waiting responses, copied for each death.
struct Installations {
    folder: tempfile::TempDir,
    faults: Faults,
    copies: usize,
}

impl Installations {
    async fn new() -> Self {
        let mut server = Server::start(25);
        let mut crowd = Crowd::new(&server).await;
        crowd.some_go_through(&server, 23).await;
        let _ = server.stop();
        let folder = tempfile::tempdir().expect("a folder");
        copy(&server.data(), &folder.path().join("data"));
        Self { folder, faults: Faults::compile(), copies: 0 }
    }

    /// A folder with a copy in `data`.
    fn copy(&mut self) -> PathBuf {
        self.copies += 1;
        let place = self.folder.path().join(self.copies.to_string());
        copy(&self.folder.path().join("data"), &place.join("data"));
        place
    }

    /// Runs the program until it dies before that step. Whether it did.
    fn dies(&self, place: &Path, step: usize, arguments: &[&str]) -> bool {
        let variables = [
            ("LD_PRELOAD", self.faults.library()),
            ("FAULT_UNDER", place.display().to_string()),
            ("FAULT_KILL_AT", step.to_string()),
        ];
        let environment = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        isoloir_with(&place.join("data"), &environment, arguments).status.code().is_none()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    assert!(Command::new("cp").arg("-a").args([from, to]).status().expect("cp").success());
}

async fn count(database: &Path, sql: &'static str) -> i64 {
    let pool = open_read_only(database).await;
    let count = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("a count");
    pool.close().await;
    count
}

async fn responses(data: &Path) -> i64 {
    let sql = "SELECT (SELECT COUNT(*) FROM responses) + (SELECT COUNT(*) FROM intake)";
    count(&data.join("collector/collector.db"), sql).await
}

fn done(data: &Path, arguments: &[&str]) {
    let output = isoloir(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
}

/// Letters whose codes do not work would be noticed in people's letter boxes.
#[tokio::test]
async fn a_file_of_codes_that_is_there_has_codes_that_work() {
    let mut installations = Installations::new().await;
    let (mut deaths, mut without_file) = (0, 0);
    for step in STEPS {
        let place = installations.copy();
        let (csv, data) = (place.join("codes.csv"), place.join("data"));
        let arguments = ["invite", SURVEY, "--count", "5", "--csv", csv.to_str().expect("UTF-8")];
        deaths += usize::from(installations.dies(&place, step, &arguments));
        if !csv.exists() {
            without_file += 1;
            done(&data, &arguments);
        }
        let codes = count(&data.join("issuer/issuer.db"), "SELECT COUNT(*) FROM invitations").await;
        assert!(codes >= 30, "step {step}: {codes} codes are valid, those of the file are not");
    }
    assert!(deaths > 6 && without_file > 3, "it died {deaths} times, {without_file} before the file was there");
}

#[tokio::test]
async fn a_command_that_dies_and_is_run_again_has_done_its_work_once() {
    let mut installations = Installations::new().await;
    let csv = installations.folder.path().join("saisie.csv");
    let csv = csv.to_str().expect("UTF-8").to_owned();
    let data = installations.folder.path().join("data");
    done(&data, &["simulate", SURVEY, "--responses", "30", "--seed", "1", "--csv", &csv]);
    let saved = installations.folder.path().join("sauvegarde").display().to_string();
    done(&data, &["backup", &saved]);
    let mixed = "SELECT COUNT(*) FROM responses";
    let in_backup = count(&data.join("collector/collector.db"), mixed).await;
    let mut deaths = BTreeSet::new();
    for (index, step) in STEPS.into_iter().enumerate() {
        let place = installations.copy();
        let data = place.join("data");
        let backup = place.join("sauvegarde").display().to_string();
        if index % 2 == 0 {
            let arguments = ["responses", "import", SURVEY, "--channel", "papier", &csv];
            if installations.dies(&place, step, &arguments) {
                deaths.insert("import");
            }
            let again = isoloir(&data, &arguments);
            assert!(again.status.success() || text(&again.stderr).contains("déjà été importé"));
            assert_eq!(responses(&data).await, 53, "step {step}");
            if installations.dies(&place, step, &["survey", "close", SURVEY]) {
                deaths.insert("close");
            }
            done(&data, &["survey", "close", SURVEY]);
            assert_eq!(count(&data.join("collector/collector.db"), mixed).await, 53, "step {step}");
        } else {
            if installations.dies(&place, step, &["backup", &backup]) {
                deaths.insert("backup");
            }
            assert!(!Path::new(&backup).exists() || Path::new(&backup).join("issuer").exists());
            if installations.dies(&place, step, &["restore", &saved, "--replace"]) {
                deaths.insert("restore");
            }
            let kept = responses(&data).await;
            assert!(kept == 23 || kept == in_backup, "step {step}: all of the old or all of the backup, not {kept}");
            done(&data, &["restore", &saved, "--replace"]);
            assert_eq!(responses(&data).await, in_backup);
        }
    }
    assert_eq!(deaths, BTreeSet::from(["backup", "close", "import", "restore"]));
}

/// Opening makes two databases and a key.
#[tokio::test]
async fn a_survey_whose_opening_dies_is_opened_by_the_next() {
    let installations =
        Installations { folder: tempfile::tempdir().expect("a folder"), faults: Faults::compile(), copies: 0 };
    let mut deaths = 0;
    for step in STEPS {
        let place = installations.folder.path().join(step.to_string());
        deaths += usize::from(installations.dies(&place, step, &["survey", "open", SURVEY]));
        let data = place.join("data");
        done(&data, &["survey", "open", SURVEY]);
        let csv = place.join("codes.csv");
        done(&data, &["invite", SURVEY, "--count", "1", "--csv", csv.to_str().expect("UTF-8")]);
        assert_eq!(responses(&data).await, 0);
    }
    assert!(deaths > 6, "it died {deaths} times");
}
