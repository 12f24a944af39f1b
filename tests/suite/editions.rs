//! An edition is made once, is never changed, and is what files and pages are made of.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::server::{SURVEY, Server, isoloir, spawn, text};

/// An installation without a server, whose survey is open.
pub(crate) struct Hall {
    folder: tempfile::TempDir,
}

impl Hall {
    pub(crate) fn new() -> Self {
        let hall = Self { folder: tempfile::tempdir().expect("a folder") };
        hall.done(&["survey", "open", SURVEY]);
        hall
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn edition(&self, label: &str) -> PathBuf {
        self.data().join("editions").join(SURVEY).join(label)
    }

    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = isoloir(&self.data(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What is complained of.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = isoloir(&self.data(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        text(&output.stderr)
    }

    /// So many made-up people answer.
    pub(crate) fn answers(&self, responses: u32, seed: u32) {
        let (responses, seed) = (responses.to_string(), seed.to_string());
        let file = self.path(&format!("reponses-{seed}.csv"));
        self.done(&["simulate", SURVEY, "--responses", &responses, "--seed", &seed, "--csv", &file]);
        self.done(&["responses", "import", SURVEY, "--channel", "papier", &file]);
    }

    /// Makes an edition; a final one is not weighted unless margins are given.
    pub(crate) fn create(&self, more: &[&str]) -> String {
        let is_decided = more.contains(&"--interim") || more.contains(&"--margins");
        let unweighted: &[&str] = if is_decided { &[] } else { &["--unweighted"] };
        self.done(&[&["edition", "create", SURVEY, "--label"], more, unweighted].concat())
    }

    /// Every file of an export, by its name.
    pub(crate) fn export(&self, label: &str, out: &str) -> BTreeMap<String, Vec<u8>> {
        let out = self.path(out);
        self.done(&["edition", "export", SURVEY, label, "--out", &out]);
        let mut files = BTreeMap::new();
        read_below(Path::new(&out), &mut files);
        files
    }

    pub(crate) fn states(&self) -> Vec<(String, String)> {
        let list: Value = serde_json::from_str(&self.done(&["edition", "list", SURVEY, "--json"])).expect("JSON");
        let word = |edition: &Value, key: &str| edition[key].as_str().expect(key).to_owned();
        list.as_array()
            .expect("a list")
            .iter()
            .map(|edition| (word(edition, "label"), word(edition, "state")))
            .collect()
    }
}

fn read_below(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_below(&path, files);
        } else {
            files.insert(path.display().to_string(), std::fs::read(&path).expect("a file"));
        }
    }
}

/// By question, choice and category: whether a share is published.
fn published_rows(tables: &[u8]) -> BTreeMap<(String, String, String), bool> {
    let mut reader = csv::Reader::from_reader(tables);
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let [question, breakdown, category, status] = ["question", "breakdown", "category", "status"].map(column);
    let mut rows = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("a record");
        let row = (record[question].to_owned(), record[breakdown].to_owned(), record[category].to_owned());
        *rows.entry(row).or_default() |= &record[status] == "published";
    }
    rows
}

#[test]
fn an_edition_is_made_exported_twice_alike_published_and_withdrawn() {
    let hall = Hall::new();
    hall.answers(300, 1);
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "2026", "--unweighted"]);
    assert!(refused.contains("isoloir survey close mauges-2026"), "{refused}");
    hall.done(&["survey", "close", SURVEY]);
    hall.create(&["2026"]);
    let folder = hall.edition("2026");
    for (path, mode) in
        [("", 0o700), ("manifest.json", 0o600), ("responses.parquet", 0o600), ("questionnaire.json", 0o600)]
    {
        let path = folder.join(path);
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, mode, "{}", path.display());
    }
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).expect("read")).expect("JSON");
    assert_eq!((&manifest["label"], &manifest["kind"]), (&"2026".into(), &"final".into()));
    assert_eq!(manifest["respondents"].as_u64().expect("a number") % 5, 0);

    let strip = |files: BTreeMap<String, Vec<u8>>, out: &str| -> BTreeMap<String, Vec<u8>> {
        files.into_iter().map(|(name, bytes)| (name.replace(&hall.path(out), ""), bytes)).collect()
    };
    let (first, second) = (strip(hall.export("2026", "un"), "un"), strip(hall.export("2026", "deux"), "deux"));
    // Workbooks say at what time they were written.
    let csv = |files: &BTreeMap<String, Vec<u8>>| {
        let texts = files.iter().filter(|(name, _)| [".csv", ".svg", ".txt"].iter().any(|end| name.ends_with(end)));
        texts.map(|(name, bytes)| (name.clone(), bytes.clone())).collect::<BTreeMap<_, _>>()
    };
    assert!(csv(&first).len() > 20);
    assert!(csv(&first) == csv(&second), "the same edition gives the same numbers");

    assert_eq!(hall.states(), [("2026".to_owned(), "unpublished".to_owned())]);
    hall.done(&["edition", "publish", SURVEY, "2026"]);
    assert!(hall.refused(&["edition", "publish", SURVEY, "2026"]).contains("déjà publiée"));
    assert_eq!(hall.states(), [("2026".to_owned(), "published".to_owned())]);
    hall.done(&["edition", "withdraw", SURVEY, "2026"]);
    assert!(hall.refused(&["edition", "withdraw", SURVEY, "2026"]).contains("n’est pas publiée"));
    assert_eq!(hall.states(), [("2026".to_owned(), "withdrawn".to_owned())]);
    // It may come back as it is, but not be made anew.
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "Autres marges", "--unweighted"]);
    assert!(refused.contains("a déjà une édition définitive"), "{refused}");
    hall.done(&["edition", "publish", SURVEY, "2026"]);
    assert!(hall.done(&["edition", "list", SURVEY]).contains("publiée le"));
}

#[test]
fn a_file_that_was_changed_is_refused_by_name() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    for name in ["manifest.json", "responses.parquet", "questionnaire.json"] {
        let path = hall.edition("Essai").join(name);
        let original = std::fs::read(&path).expect("read");
        let mut changed = original.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        for bytes in [changed, original[..original.len() - 1].to_vec()] {
            std::fs::write(&path, bytes).expect("written");
            for verb in ["export", "publish"] {
                let out = hall.path("resultats");
                let more = if verb == "export" { vec!["--out", &out] } else { Vec::new() };
                let refused = hall.refused(&[&["edition", verb, SURVEY, "Essai"], &more[..]].concat());
                assert!(refused.contains(&format!("{name} n’est plus tel qu’il a été écrit")), "{refused}");
                assert!(!Path::new(&out).exists(), "nothing is written of a changed edition");
            }
        }
        std::fs::write(&path, original).expect("written");
    }
    let foreign = hall.edition("Essai").join("notes.txt");
    std::fs::write(&foreign, "copie").expect("written");
    assert!(hall.refused(&["edition", "publish", SURVEY, "Essai"]).contains("notes.txt n’appartient pas à l’édition"));
    std::fs::remove_file(foreign).expect("removed");
    std::fs::remove_file(hall.edition("Essai").join("responses.parquet")).expect("removed");
    assert!(hall.refused(&["edition", "publish", SURVEY, "Essai"]).contains("responses.parquet"));
}

#[test]
fn a_final_edition_shows_only_what_gained_thirty_people_since_the_interim_one() {
    let hall = Hall::new();
    hall.answers(400, 1);
    hall.create(&["Printemps", "--interim"]);
    let again = hall.refused(&["edition", "create", SURVEY, "--label", "Été", "--interim"]);
    assert!(again.contains("a déjà une édition intermédiaire, « Printemps »"), "{again}");
    let interim = hall.export("Printemps", "printemps");
    hall.done(&["edition", "publish", SURVEY, "Printemps"]);

    hall.answers(120, 2);
    hall.done(&["survey", "close", SURVEY]);
    let taken = hall.refused(&["edition", "create", SURVEY, "--label", "Printemps", "--unweighted"]);
    assert!(taken.contains("« Printemps »"), "{taken}");
    hall.create(&["2026"]);
    let last = hall.export("2026", "definitive");

    let rows = |files: &BTreeMap<String, Vec<u8>>| {
        let (_, tables) = files.iter().find(|(name, _)| name.ends_with("/tables.csv")).expect("tables");
        published_rows(tables)
    };
    let (interim, last) = (rows(&interim), rows(&last));
    let of = |rows: &BTreeMap<(String, String, String), bool>, by: &str| {
        rows.iter().filter(|((_, breakdown, _), is_published)| breakdown == by && **is_published).count()
    };
    assert!(of(&last, "") > 10, "everybody's rows gained 120 people");
    // 120 people over the communes are not thirty in each that 400 had filled.
    assert!(of(&interim, "commune") > 0 && of(&last, "commune") < of(&interim, "commune"));

    // It takes the place of the interim edition, which cannot come back.
    hall.done(&["edition", "publish", SURVEY, "2026"]);
    assert!(hall.refused(&["edition", "publish", SURVEY, "Printemps"]).contains("définitive"));
    let states = [("Printemps", "replaced"), ("2026", "published")];
    assert_eq!(hall.states(), states.map(|(label, state)| (label.to_owned(), state.to_owned())));
}

#[test]
fn a_final_edition_that_hardly_differs_from_the_interim_one_is_refused() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Printemps", "--interim"]);
    hall.answers(25, 2);
    hall.done(&["survey", "close", SURVEY]);
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "2026", "--unweighted"]);
    assert!(refused.contains("trop peu de réponses sont arrivées depuis"), "{refused}");
    assert!(!hall.edition("2026").exists(), "nothing is left of it");
    assert_eq!(hall.states().len(), 1);
}

#[test]
fn what_to_type_is_said_to_whoever_publishes_as_before() {
    let hall = Hall::new();
    let refused = hall.refused(&["edition", "publish", SURVEY]);
    assert!(refused.contains("isoloir edition create mauges-2026 --label 2026"), "{refused}");
    hall.answers(120, 1);
    hall.create(&["Premiers résultats", "--interim"]);
    let refused = hall.refused(&["edition", "publish", SURVEY]);
    assert!(refused.contains("isoloir edition publish mauges-2026 NOM ; il y a « Premiers résultats »"), "{refused}");
    for bad in ["../ailleurs", "a/b", ".cache", ""] {
        let refused = hall.refused(&["edition", "create", SURVEY, "--label", bad, "--unweighted"]);
        assert!(refused.contains("n’est pas un nom d’édition"), "{refused}");
    }
}

#[test]
fn an_edition_that_the_register_forgot_is_not_replaced() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    let responses = hall.edition("Essai").join("responses.parquet");
    let before = std::fs::read(&responses).expect("a snapshot");
    std::fs::remove_dir_all(hall.data().join("office")).expect("the register is lost");
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "Essai", "--interim"]);
    assert!(refused.contains("existe déjà sans être au registre"), "{refused}");
    assert_eq!(std::fs::read(&responses).expect("a snapshot"), before);
}

#[test]
fn too_few_responses_make_no_edition() {
    let hall = Hall::new();
    hall.answers(20, 1);
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "2026", "--interim"]);
    assert!(refused.contains("trop peu de réponses"), "{refused}");
    assert!(!hall.data().join("editions").exists());
}

#[tokio::test]
async fn an_edition_is_not_reachable_and_withdrawn_pages_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("demo");
    let serve = ["demo", "--listen", "127.0.0.1:0"];
    let (mut child, url, _) = spawn(&data, &serve);
    let edition = data.join("editions").join(SURVEY).join("Démonstration");
    assert!(edition.join("responses.parquet").is_file());
    let http = reqwest::Client::new();
    assert_eq!(http.get(format!("{url}/r/{SURVEY}")).send().await.expect("a reply").status(), StatusCode::OK);
    let parquet = "D%C3%A9monstration/responses.parquet";
    for path in [
        format!("/editions/{SURVEY}/{parquet}"),
        format!("/data/editions/{SURVEY}/{parquet}"),
        format!("/r/{SURVEY}/{parquet}"),
        format!("/r/{SURVEY}/responses.parquet"),
        format!("/r/{SURVEY}/manifest.json"),
        format!("/r/{SURVEY}/..%2F..%2Feditions%2F{SURVEY}%2F{parquet}"),
        format!("/assets/..%2F..%2Feditions%2F{SURVEY}%2F{parquet}"),
    ] {
        let reply = http.get(format!("{url}{path}")).send().await.expect("a reply");
        assert_eq!(reply.status(), StatusCode::NOT_FOUND, "{path}");
    }
    // It is withdrawn since something is wrong with it: a server that runs must not go on.
    let withdrawn = isoloir(&data, &["edition", "withdraw", SURVEY, "Démonstration"]);
    assert!(withdrawn.status.success(), "{}", text(&withdrawn.stderr));
    let mut status = StatusCode::OK;
    for _ in 0..100 {
        status = http.get(format!("{url}/r/{SURVEY}/methode")).send().await.expect("a reply").status();
        if status == StatusCode::GONE {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(status, StatusCode::GONE, "withdrawn within seconds");
    // The front page is rendered anew right after.
    let leads_there = async || {
        let home = http.get(format!("{url}/")).send().await.expect("a reply").text().await.expect("a page");
        assert!(home.contains(&format!("/s/{SURVEY}")), "the survey is still open");
        home.contains(&format!("/r/{SURVEY}"))
    };
    for _ in 0..20 {
        if !leads_there().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!leads_there().await, "the front page of the running server no longer leads there");
    let _ = child.kill();
    let _ = child.wait();

    let mut server = Server::start(1);
    let _ = server.stop();
    server.move_to(&data, Vec::new());
    for path in ["", "/methode"] {
        let reply = server.http.get(server.address(&format!("/r/{SURVEY}{path}"))).send().await.expect("a reply");
        assert_eq!(reply.status(), StatusCode::GONE);
        assert!(reply.text().await.expect("a page").contains("Ces résultats ont été retirés"));
    }
    let home = server.http.get(server.address("/")).send().await.expect("a reply").text().await.expect("a page");
    assert!(!home.contains(&format!("/r/{SURVEY}")), "the front page no longer leads there");
    let _ = server.stop();
}

#[test]
fn the_audit_finds_what_is_not_an_edition_among_editions() {
    let hall = Hall::new();
    hall.answers(120, 1);
    hall.create(&["Essai", "--interim"]);
    let strays = |hall: &Hall| {
        let report: Value =
            serde_json::from_slice(&isoloir(&hall.data(), &["audit", "--json"]).stdout).expect("a report");
        let checks = report["checks"].as_array().expect("checks").clone();
        let failed = checks.into_iter().filter(|check| check["verdict"] == "failed");
        failed.map(|check| check.to_string()).collect::<String>()
    };
    assert_eq!(strays(&hall), "");
    let responses = std::fs::read(hall.edition("Essai").join("responses.parquet")).expect("read");
    for (place, told) in [
        (hall.data().join("editions/mauges-2026/copie.parquet"), "copie.parquet"),
        (hall.edition("Essai").join("notes.txt"), "notes.txt"),
        (hall.data().join("extrait.bin"), "extrait.bin"),
    ] {
        std::fs::write(&place, &responses).expect("written");
        std::fs::set_permissions(&place, PermissionsExt::from_mode(0o600)).expect("private");
        assert!(strays(&hall).contains(told), "{told}");
        std::fs::remove_file(place).expect("removed");
    }
    let readable = hall.edition("Essai").join("responses.parquet");
    std::fs::set_permissions(&readable, PermissionsExt::from_mode(0o644)).expect("a mode");
    assert!(strays(&hall).contains("responses.parquet"));
}
