//! Two surveys of one territory, four years apart, and what the program says has changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::server::{Environment, Server, isoloir_with, repository, text};

const EARLIER: &str = "mauges-2022";
const NOW: &str = "mauges-2026";
const ELSEWHERE: &str = "laval-2026";

/// An installation with surveys of its own.
struct Town {
    folder: tempfile::TempDir,
    environment: Environment,
}

impl Town {
    /// The survey of now, and the same of four years earlier with the question on spirits in other words.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let surveys = folder.path().join("questionnaires");
        std::fs::create_dir(&surveys).expect("a folder");
        for file in ["mauges-2026.yaml", "laval-2026.yaml", "territories.tsv", "simulation.tsv"] {
            std::fs::copy(repository().join("surveys").join(file), surveys.join(file)).expect("a copy");
        }
        let now = std::fs::read_to_string(surveys.join("mauges-2026.yaml")).expect("a questionnaire");
        let (words, others) = ("comment était votre moral", "comment vous sentiez-vous");
        assert!(now.contains(words));
        // Both are made on one day here: the last days on which they take answers tell which comes first.
        assert!(now.contains("\ncloses: 2027-01-31\n"));
        let earlier = now.replacen("id: mauges-2026", "id: mauges-2022", 1).replacen(words, others, 1);
        let earlier = earlier.replacen("closes: 2027-01-31", "closes: 2027-01-30", 1);
        std::fs::write(surveys.join("mauges-2022.yaml"), earlier).expect("written");
        let environment = vec![("ISOLOIR_SURVEYS".to_owned(), surveys.display().to_string())];
        Self { folder, environment }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = isoloir_with(&self.path("data"), &self.environment, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// A survey from its opening to its only edition; the answers may be edited on the way.
    fn edition(&self, survey: &str, label: &str, seed: &str, edit: impl Fn(&str) -> String) {
        let file = self.path(&format!("{survey}.csv"));
        let file_name = file.to_str().expect("UTF-8");
        self.done(&["survey", "open", survey]);
        self.done(&["simulate", survey, "--responses", "500", "--seed", seed, "--csv", file_name]);
        let answers = std::fs::read_to_string(&file).expect("answers");
        std::fs::write(&file, edit(&answers)).expect("written");
        self.done(&["responses", "import", survey, "--channel", "papier", file_name]);
        self.done(&["survey", "close", survey]);
        self.done(&["edition", "create", survey, "--label", label, "--unweighted"]);
    }

    /// The complaint of an export compared with this.
    #[track_caller]
    fn refused(&self, compare: &str) -> String {
        let out = self.path("refus");
        let out = out.to_str().expect("UTF-8");
        let arguments = ["edition", "export", NOW, "2026", "--out", out, "--compare", compare];
        let output = isoloir_with(&self.path("data"), &self.environment, &arguments);
        assert_eq!(output.status.code(), Some(1), "{compare}");
        assert!(!Path::new(out).exists(), "nothing is written");
        text(&output.stderr)
    }
}

/// Every second « bon » becomes « mauvais ».
fn in_worse_health(answers: &str) -> String {
    let mut reader = csv::Reader::from_reader(answers.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let health = header.iter().position(|name| name == "sante_generale").expect("the question");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("written");
    let mut good = 0;
    for record in reader.records() {
        let mut fields: Vec<String> = record.expect("a record").iter().map(str::to_owned).collect();
        if fields[health] == "bon" {
            good += 1;
            if good % 2 == 0 {
                "mauvais".clone_into(&mut fields[health]);
            }
        }
        writer.write_record(&fields).expect("written");
    }
    assert!(good > 50, "many are in good health");
    String::from_utf8(writer.into_inner().expect("written")).expect("UTF-8")
}

/// The records of a file by question and choice, each with its columns by name.
fn records(file: &Path) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).expect("a file");
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(|row| row.expect("a record"));
    rows.map(|row| ((row["question"].clone(), row["choice"].clone()), row)).collect()
}

#[test]
fn what_changed_since_an_earlier_survey_is_told_and_drawn() {
    let town = Town::new();
    town.edition(EARLIER, "2022", "1", in_worse_health);
    town.edition(NOW, "2026", "2", str::to_owned);
    let out = town.path("resultats");
    let earlier = format!("{EARLIER}/2022");
    town.done(&[
        "edition",
        "export",
        NOW,
        "2026",
        "--out",
        out.to_str().expect("UTF-8"),
        "--compare",
        &earlier,
        "--png",
    ]);

    let changes = records(&out.join("changes.csv"));
    let health = &changes[&("sante_generale".to_owned(), "bon".to_owned())];
    let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().expect("a number");
    assert_eq!(health["status"], "tested");
    assert!(number(health, "p_holm") < 0.001 && number(health, "difference_low") > 0.0, "{health:?}");
    let other: Vec<_> = changes
        .iter()
        .filter(|((question, _), row)| question != "sante_generale" && row["status"] == "tested")
        .filter(|(_, row)| number(row, "p_holm") < 0.05)
        .collect();
    assert!(other.is_empty(), "nothing else changed: {other:#?}");
    assert!(changes.len() > 100, "{}", changes.len());
    assert!(changes.keys().all(|(question, _)| question != "moral"), "its words are others");

    // The shares are those that each edition publishes by itself.
    let tables = out.join("tables.csv");
    let mut reader = csv::Reader::from_path(tables).expect("tables");
    for row in reader.deserialize::<BTreeMap<String, String>>().map(|row| row.expect("a record")) {
        if row["breakdown"].is_empty() && row["question"] != "moral" {
            let change = changes.get(&(row["question"].clone(), row["choice"].clone()));
            assert!(change.is_none_or(|change| change["p_now"] == row["p"]), "{row:?}");
        }
    }
    let readme = std::fs::read_to_string(out.join("README.txt")).expect("a README");
    assert!(
        readme.contains("changes.csv") && readme.contains("evolution/") && readme.contains("«\u{a0}2022\u{a0}»"),
        "{readme}"
    );
    let drawing = std::fs::read_to_string(out.join("evolution/sante_generale-evolution.svg")).expect("a chart");
    // As many leave « Mauvais » as join « Bon »: the noise decides which of the two changes is the larger one.
    let states_the_finding =
        ["«\u{a0}Bon\u{a0}» augmente", "«\u{a0}Mauvais\u{a0}» recule"].map(|words| drawing.contains(words));
    assert!(drawing.contains("2022") && states_the_finding.contains(&true), "the title states the finding");
    assert!(out.join("evolution/sante_generale-evolution.png").is_file());
    assert!(!out.join("evolution/moral-evolution.svg").exists());
}

#[tokio::test]
async fn the_site_says_what_changed_and_what_may_be_chance() {
    let town = Town::new();
    town.edition(EARLIER, "2022", "1", in_worse_health);
    town.edition(NOW, "2026", "2", str::to_owned);
    let earlier = format!("{EARLIER}/2022");
    let publish = ["edition", "publish", NOW, "2026", "--compare", &earlier];
    // What was taken from the site does not come back in the pages of another edition.
    town.done(&["edition", "publish", EARLIER, "2022"]);
    town.done(&["edition", "withdraw", EARLIER, "2022"]);
    let output = isoloir_with(&town.path("data"), &town.environment, &publish);
    assert!(text(&output.stderr).contains("a été retirée du site"), "{}", text(&output.stderr));
    town.done(&["edition", "publish", EARLIER, "2022"]);
    town.done(&publish);
    // What is withdrawn now is still beside the shares of the other: that is said, and what to do.
    let withdrawn = town.done(&["edition", "withdraw", EARLIER, "2022"]);
    assert!(withdrawn.contains("les pages de « 2026 » de mauges-2026 s’y comparent"), "{withdrawn}");
    for verb in ["withdraw", "publish"] {
        assert!(withdrawn.contains(&format!("isoloir edition {verb} mauges-2026 \"2026\"")), "{withdrawn}");
    }
    let withdrawn = town.done(&["edition", "withdraw", NOW, "2026"]);
    assert!(!withdrawn.contains("ATTENTION"), "nothing compares with it: {withdrawn}");
    town.done(&["edition", "publish", EARLIER, "2022"]);
    town.done(&publish);

    let mut server = Server::start(1);
    let _ = server.stop();
    server.move_to(&town.path("data"), town.environment.clone());
    let get = async |path: &str| {
        let reply = server.http.get(server.address(&format!("/r/{NOW}{path}"))).send().await.expect("a reply");
        assert!(reply.status().is_success(), "{path}");
        reply.text().await.expect("a text")
    };
    let overview = get("").await;
    assert!(overview.contains(&format!("href=\"/r/{NOW}/evolution#e-sante_generale\"")), "the change is named");
    let page = get("/evolution").await;
    let (clear, still) = page.split_once("id=\"stable\"").expect("both parts");
    assert!(clear.contains("id=\"e-sante_generale\"") && !still.contains("id=\"e-sante_generale\""));
    assert_eq!(clear.matches("id=\"e-").count(), 1, "nothing else changed");
    assert!(clear.contains("hausse nette") && still.contains("peut venir du hasard"));
    assert!(page.contains("La correction de Holm") && !page.contains("e-moral"), "its words are others");
    let chart = get("/charts/sante_generale-evolution.svg").await;
    assert!(chart.contains("augmente") || chart.contains("recule"), "the title states the finding");
    let numbers = get("/charts/sante_generale-evolution.csv").await;
    assert!(numbers.contains("choice_label") && numbers.contains("\nsante_generale,bon,0."), "{numbers}");
    assert!(get("/embed/sante_generale-evolution").await.contains("<svg"));
    assert!(get("/changes.csv").await.starts_with("question,choice,p_before"));
    let _ = server.stop();
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let town = Town::new();
    town.edition(NOW, "2026", "2", str::to_owned);
    assert!(town.refused("2022").contains("mauges-2022/2022"), "what to write is said");
    assert!(town.refused(&format!("{NOW}/2026")).contains("les mêmes personnes"));
    assert!(town.refused(&format!("{EARLIER}/2022")).contains("--compare mauges-2022/2022"));
    town.edition(ELSEWHERE, "2026", "1", str::to_owned);
    assert!(town.refused(&format!("{ELSEWHERE}/2026")).contains("ne sont pas du même territoire"));
    town.edition(EARLIER, "2022", "3", str::to_owned);
    // A rise the other way round would be a fall.
    let exchanged = ["edition", "publish", EARLIER, "2022", "--compare", &format!("{NOW}/2026")];
    let output = isoloir_with(&town.path("data"), &town.environment, &exchanged);
    let complaint = text(&output.stderr);
    assert!(complaint.contains("n’est pas antérieure à « 2022 » de mauges-2022"), "{complaint}");
    assert!(
        complaint.contains("ses réponses s’arrêtent le 31/01/2027, contre le 30/01/2027 ; échangez-les"),
        "{complaint}"
    );
    let twin = "mauges-2026-bis";
    let questionnaire = std::fs::read_to_string(town.path("questionnaires/mauges-2026.yaml")).expect("a questionnaire");
    let questionnaire = questionnaire.replacen("id: mauges-2026", "id: mauges-2026-bis", 1);
    std::fs::write(town.path("questionnaires/mauges-2026-bis.yaml"), questionnaire).expect("written");
    town.edition(twin, "bis", "4", str::to_owned);
    assert!(town.refused(&format!("{twin}/bis")).contains("rien ne dit laquelle est antérieure"));
    let responses = town.path("data").join("editions").join(EARLIER).join("2022/responses.parquet");
    let mut bytes = std::fs::read(&responses).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&responses, bytes).expect("written");
    assert!(town.refused(&format!("{EARLIER}/2022")).contains("responses.parquet n’est plus tel qu’il a été écrit"));
}
