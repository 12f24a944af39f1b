//! The file of an open survey is edited: residents go on answering the version that is open, and whoever works with the file is
//! told, or stopped where paper or links would say something else.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::{SURVEY, isoloir, repository, text};

const AS_OPENED: &str = "Avez-vous un médecin traitant";
const EDITED: &str = "Avez-vous trouvé un médecin traitant";

/// A folder of questionnaires with the Mauges survey, open and then edited.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(access: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let desk = Self { folder };
        std::fs::create_dir(desk.path("surveys")).expect("a folder");
        for file in ["mauges-2026.yaml", "territories.tsv", "simulation.tsv"] {
            let copy = desk.path("surveys").join(file);
            std::fs::copy(repository().join("surveys").join(file), copy).expect("copied");
        }
        desk.edit("access: invitation", access);
        assert_eq!(desk.run(&["survey", "open", SURVEY]).0, Some(0));
        desk.edit(AS_OPENED, EDITED);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("surveys/mauges-2026.yaml")
    }

    fn edit(&self, from: &str, to: &str) {
        let yaml = std::fs::read_to_string(self.file()).expect("a questionnaire");
        assert!(yaml.contains(from), "{from}");
        std::fs::write(self.file(), yaml.replacen(from, to, 1)).expect("written");
    }

    /// How it ends, and what is said and complained of.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let surveys = self.path("surveys");
        let output =
            isoloir(&self.path("data"), &[arguments, &["--surveys", surveys.to_str().expect("UTF-8")]].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }

    /// What a server says until it listens, and the questionnaire that it serves.
    async fn served(&self) -> (String, Value) {
        let mut server = Command::new(env!("CARGO_BIN_EXE_isoloir"))
            .args(["serve", "--listen", "127.0.0.1:0", "--surveys"])
            .arg(self.path("surveys"))
            .env_clear()
            .env("ISOLOIR_DATA", self.path("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut said = String::new();
        let lines = BufReader::new(server.stdout.take().expect("stdout")).lines();
        let mut lines = lines.map(|line| line.expect("a line"));
        let address = lines.find_map(|line| {
            said.push_str(&line);
            said.push('\n');
            Some(line.strip_prefix("Isoloir écoute sur ")?.to_owned())
        });
        let url = format!("{}/s/{SURVEY}/questionnaire.json", address.expect("an address"));
        let reply = reqwest::get(url).await.expect("a reply");
        let questionnaire = serde_json::from_str(&reply.text().await.expect("a text")).expect("JSON");
        let _ = server.kill();
        let _ = server.wait();
        (said, questionnaire)
    }
}

#[tokio::test]
async fn a_server_keeps_to_the_open_version_and_says_that_the_file_differs() {
    let desk = Desk::new("access: invitation");
    let (said, questionnaire) = desk.served().await;
    assert!(said.contains("surveys/mauges-2026.yaml a changé depuis que « mauges-2026 » est ouvert"), "{said}");
    assert!(said.contains("isoloir survey version mauges-2026 mauges-2026-v2"), "{said}");
    let served = questionnaire.to_string();
    assert!(served.contains(AS_OPENED) && !served.contains(EDITED));

    desk.edit("pages:\n", "pages:\n  - {}\n");
    let (said, questionnaire) = desk.served().await;
    assert!(said.contains("il ne se lit plus : isoloir survey check"), "{said}");
    assert!(questionnaire.to_string().contains(AS_OPENED), "the server needs no file");

    desk.edit("pages:\n  - {}\n", "pages:\n");
    desk.edit(EDITED, AS_OPENED);
    assert!(!desk.served().await.0.contains("Attention"), "the file as it was is the version that is open");
    std::fs::remove_dir_all(desk.path("surveys")).expect("removed");
    std::fs::create_dir(desk.path("surveys")).expect("a folder");
    assert!(!desk.served().await.0.contains("Attention"));
}

#[test]
fn no_letter_and_no_poster_is_printed_of_an_edited_file() {
    let desk = Desk::new("access: invitation");
    let letters = desk.path("lettres.pdf");
    let invite = ["invite", SURVEY, "--count", "2", "--letters", letters.to_str().expect("UTF-8")];
    let (code, said) = desk.run(&invite);
    assert_eq!(code, Some(1));
    assert!(said.contains("n’est plus le questionnaire qui est ouvert"), "{said}");
    assert!(said.contains("isoloir survey version mauges-2026 mauges-2026-v2"), "{said}");
    assert!(!letters.exists());
    // A file of codes has no text of the questionnaire.
    let csv = desk.path("codes.csv");
    assert_eq!(desk.run(&["invite", SURVEY, "--count", "2", "--csv", csv.to_str().expect("UTF-8")]).0, Some(0));
    desk.edit(EDITED, AS_OPENED);
    assert_eq!(desk.run(&invite).0, Some(0), "the file as it was");

    let desk = Desk::new("access: open");
    let poster = desk.path("affiche.pdf");
    let print = ["survey", "poster", SURVEY, "--pdf", poster.to_str().expect("UTF-8")];
    let (code, said) = desk.run(&print);
    assert_eq!(code, Some(1));
    assert!(said.contains("n’est plus le questionnaire qui est ouvert"), "{said}");
    assert!(!poster.exists());
    desk.edit(EDITED, AS_OPENED);
    assert_eq!(desk.run(&print).0, Some(0));
}

#[test]
fn who_works_with_an_edited_file_is_told_and_goes_on() {
    let desk = Desk::new("access: invitation");
    let (csv, out, form) = (desk.path("essai.csv"), desk.path("resultats"), desk.path("essai.xlsx"));
    let [csv, out, form] = [&csv, &out, &form].map(|path| path.to_str().expect("UTF-8"));
    let file = desk.file();
    let verbs = [
        &["simulate", SURVEY, "--responses", "60", "--csv", csv][..],
        &["analyse", csv, "--survey", file.to_str().expect("UTF-8"), "--out", out],
        &["survey", "export", SURVEY, "--xlsform", form],
    ];
    let told = "n’est plus le questionnaire qui est ouvert sous le nom « mauges-2026 » (1 différence";
    for verb in verbs {
        let (code, said) = desk.run(verb);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(told), "{verb:?}: {said}");
    }
    desk.edit(EDITED, AS_OPENED);
    std::fs::remove_file(csv).expect("removed");
    let (code, said) = desk.run(verbs[0]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("attention"), "{said}");
}
