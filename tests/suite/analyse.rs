//! `isoloir analyse`: a file of responses becomes a folder of results, which are those of R's `survey` 4.1.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use calamine::Reader;

use crate::server::{isoloir, text};

const REFERENCE: &str = include_str!("../vectors/oracle/reference_R_survey_4.1.txt");
const RESPONSES: &str = include_str!("../vectors/oracle/responses.csv");
const MARGINS: &str = include_str!("../vectors/oracle/margins.csv");
const VARIABLES: [(&str, usize); 5] = [("commune", 12), ("age", 4), ("sexe", 2), ("renonce", 2), ("satisf", 5)];
const UNPROTECTED: &str = "NON PROTÉGÉ – usage interne";

/// A questionnaire of single questions whose choices are numbered.
fn questionnaire(variables: &[(&str, usize)]) -> String {
    let mut yaml = String::from(
        "id: oracle\ntitle: {fr: \"Oracle\"}\nlanguages: [fr]\nterritory: mauges\naccess: open\n\
         organiser: {fr: \"Une mairie\"}\ncontact: {phone: \"02 00 00 00 00\"}\nminutes: 1\n\
         welcome: {fr: \"Bonjour.\"}\nthanks: {fr: \"Merci.\"}\naxes: []\npages:\n  - id: seule\n    \
         title: {fr: \"Votre avis\"}\n    questions:\n",
    );
    for (id, choices) in variables {
        let _ = writeln!(
            yaml,
            "      - id: {id}\n        type: single\n        text: {{fr: \"Question {id}\"}}\n        \
            short: {{fr: \"Titre {id}\"}}\n        choices:"
        );
        for code in 0..*choices {
            let _ = writeln!(yaml, "          - {{code: \"{code}\", label: {{fr: \"Choix {code}\"}}}}");
        }
    }
    yaml
}

/// A folder with a questionnaire, responses and margins, in which the program is run.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new(variables: &[(&str, usize)], responses: &str, margins: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in
            [("oracle.yaml", questionnaire(variables).as_str()), ("reponses.csv", responses), ("marges.csv", margins)]
        {
            std::fs::write(folder.path().join(name), content).expect("written");
        }
        Self { folder }
    }

    fn oracle() -> Self {
        Self::new(&VARIABLES, RESPONSES, MARGINS)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Exit code and what was complained of.
    pub(crate) fn analyse(&self, out: &str, more: &[&str]) -> (Option<i32>, String) {
        let path = |name: &str| self.path(name).to_str().expect("UTF-8").to_owned();
        let (responses, survey, out) = (path("reponses.csv"), path("oracle.yaml"), path(out));
        let arguments = ["analyse", &responses, "--survey", &survey, "--out", &out];
        let output = isoloir(self.folder.path(), &[&arguments, more].concat());
        (output.status.code(), text(&output.stderr))
    }

    pub(crate) fn with_margins(&self, out: &str, more: &[&str]) -> (Option<i32>, String) {
        let margins = self.path("marges.csv");
        self.analyse(out, &[&["--margins", margins.to_str().expect("UTF-8")], more].concat())
    }

    #[track_caller]
    pub(crate) fn results(&self, out: &str) -> Results {
        Results::read(&self.path(out))
    }
}

pub(crate) type Record = BTreeMap<String, String>;

pub(crate) struct Results {
    pub(crate) tables: Vec<Record>,
    tests: Vec<Record>,
    pub(crate) weights: serde_json::Value,
}

fn records(path: &Path) -> Vec<Record> {
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    reader.deserialize().map(|record| record.expect("a record")).collect()
}

impl Results {
    fn read(folder: &Path) -> Self {
        let weights = std::fs::read(folder.join("weights.json")).expect("weights");
        Self {
            tables: records(&folder.join("tables.csv")),
            tests: records(&folder.join("tests.csv")),
            weights: serde_json::from_slice(&weights).expect("JSON"),
        }
    }

    #[track_caller]
    pub(crate) fn cell(&self, question: &str, choice: &str, breakdown: &str, category: &str) -> &Record {
        let wanted = [("question", question), ("choice", choice), ("breakdown", breakdown), ("category", category)];
        let mut found = self.tables.iter().filter(|record| wanted.iter().all(|(key, value)| record[*key] == *value));
        let record = found.next().expect("the cell is there");
        assert!(found.next().is_none(), "{question} {choice} {breakdown} {category} stands once");
        record
    }

    #[track_caller]
    fn number(&self, question: &str, choice: &str, column: &str) -> f64 {
        self.cell(question, choice, "", "")[column].parse().expect("a number")
    }
}

#[test]
fn a_map_needs_the_outline_of_every_commune() {
    let desk = Desk::oracle();
    for (name, content, words) in [
        ("rien.geojson", "code;nom", "pas du JSON"),
        ("objet.geojson", "{}", "FeatureCollection"),
        (
            "ailleurs.geojson",
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"75056"},"geometry":
            {"type":"Polygon","coordinates":[[[2,48],[3,48],[3,49],[2,48]]]}}]}"#,
            "n’a pas le contour de : ",
        ),
    ] {
        let file = desk.path(name);
        std::fs::write(&file, content).expect("written");
        let (code, complaint) = desk.analyse("avec-carte", &["--map", file.to_str().expect("UTF-8")]);
        assert_eq!(code, Some(1), "{complaint}");
        assert!(complaint.contains(words) && complaint.contains(name), "{complaint}");
        assert!(!desk.path("avec-carte").exists(), "nothing is written");
    }
}

#[test]
fn the_folder_has_each_chart_and_its_points_when_they_are_wanted() {
    let desk = Desk::oracle();
    let (code, complaint) = desk.analyse("dessins", &["--png"]);
    assert_eq!(code, Some(0), "{complaint}");
    let charts = desk.path("dessins").join("charts");
    for name in ["renonce", "sans-reponse"] {
        let svg = std::fs::read_to_string(charts.join(format!("{name}.svg"))).expect("a drawing");
        assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{name}");
        let png = std::fs::read(charts.join(format!("{name}.png"))).expect("points");
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
}

/// The numbers on the line of the reference that starts with `label`.
fn reference(label: &str) -> Vec<f64> {
    let line = REFERENCE.lines().find_map(|line| line.strip_prefix(label)).expect("a line of the reference");
    line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

#[track_caller]
fn assert_near(got: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((got - expected).abs() <= tolerance * expected.abs().max(1.0), "{what}: {got} for {expected}");
}

#[test]
fn the_numbers_of_a_weighted_analysis_are_those_of_r() {
    let desk = Desk::oracle();
    let (code, complaints) = desk.with_margins("resultats", &["--policy", "none"]);
    assert_eq!(code, Some(0), "{complaints}");
    let results = desk.results("resultats");

    let expected = reference("weights min max mean cv:");
    for (key, expected) in ["min", "max", "mean", "cv"].iter().zip(expected) {
        assert_near(results.weights[key].as_f64().expect("a number"), expected, 1e-8, key);
    }
    let expected = reference("kish deff:");
    assert_near(results.weights["deff"].as_f64().expect("a number"), expected[0], 1e-9, "deff");
    assert_near(results.weights["n_eff"].as_f64().expect("a number"), expected[1], 1e-9, "n_eff");
    assert!(results.weights["discrepancy"].as_f64().expect("a number") < 1e-9);

    let (share, interval) = (reference("weights-only p,se:"), reference("  ciprop logit"));
    for (column, expected) in [("p", share[0]), ("se", share[1]), ("ci_low", interval[0]), ("ci_high", interval[1])] {
        assert_near(results.number("renonce", "1", column), expected, 1e-9, column);
    }
    for (label, column) in [("svytable satisf:", "weighted_n"), ("satisf p", "p"), (" se", "se")] {
        let expected = reference(label);
        assert_eq!(expected.len(), 5, "{label}");
        for (code, expected) in expected.into_iter().enumerate() {
            assert_near(results.number("satisf", &code.to_string(), column), expected, 1e-9, label);
        }
    }
    for (question, label) in [("renonce", "svychisq F stat"), ("satisf", "svychisq satisf age F")] {
        let is_it = |test: &&Record| test["question"] == question && test["breakdown"] == "age";
        let test = results.tests.iter().find(is_it).expect("a test");
        for (column, expected) in ["f", "df1", "df2", "p_value"].iter().zip(reference(label)) {
            assert_near(test[*column].parse().expect("a number"), expected, 1e-9, label);
        }
    }
}

#[test]
fn every_unprotected_file_says_that_it_is() {
    let desk = Desk::oracle();
    assert_eq!(desk.analyse("resultats", &["--policy", "none"]).0, Some(0));
    let folder = desk.path("resultats");
    let mut files = vec![folder.clone(), folder.join("charts")];
    let mut read = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            files.retain(|file| *file != path);
            continue;
        }
        let is_workbook = path.extension().is_some_and(|extension| extension == "xlsx");
        let content = if is_workbook { sheets(&path) } else { text(&std::fs::read(&path).expect("a file")) };
        assert!(content.contains(UNPROTECTED), "{}", path.display());
        read += 1;
    }
    assert!(read >= 11 + VARIABLES.len(), "{read} files");
}

/// All the cells of a workbook, those that hold numbers as typed ones.
fn sheets(path: &Path) -> String {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).expect("a workbook");
    let mut content = String::new();
    for (name, range) in workbook.worksheets() {
        for (row, column, cell) in range.used_cells() {
            let _ = writeln!(content, "{name} {row} {column} {cell:?}");
        }
    }
    content
}

#[test]
fn a_workbook_has_a_sheet_per_question_and_typed_numbers() {
    let desk = Desk::oracle();
    assert_eq!(desk.with_margins("resultats", &["--policy", "none"]).0, Some(0));
    let content = sheets(&desk.path("resultats").join("resultats.xlsx"));
    // Cells have twelve digits, and the file for programs all of them.
    let share = desk.results("resultats").number("renonce", "1", "p");
    let share: f64 = format!("{share:.11e}").parse().expect("a number");
    let is_listed = |line: &str| line.starts_with("Sommaire ") && line.ends_with(" 0 String(\"Titre commune\")");
    assert!(content.lines().any(is_listed), "the contents list each question");
    for words in [
        "004 renonce 0 0 String(\"Titre renonce\")".to_owned(),
        format!("004 renonce 7 1 Float({share:?})"),
        "005 satisf 5 6 String(\"Effectif redressé\")".to_owned(),
    ] {
        assert!(content.contains(&words), "{words}\n{}", content.lines().take(60).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn what_is_published_has_no_count_and_rounded_numbers() {
    let desk = Desk::oracle();
    assert_eq!(desk.with_margins("resultats", &[]).0, Some(0));
    let results = desk.results("resultats");
    let published: Vec<&Record> = results.tables.iter().filter(|record| record["status"] == "published").collect();
    assert!(published.len() > 100, "{}", published.len());
    for record in published {
        assert_eq!((record["n"].as_str(), record["weighted_n"].as_str()), ("", ""), "{record:?}");
        assert_eq!(record["base"].parse::<u32>().expect("a base") % 5, 0);
        let number = |column: &str| record[column].parse::<f64>().expect("a number");
        for column in ["p", "ci_low", "ci_high"] {
            assert!((number(column) * 100.0 - (number(column) * 100.0).round()).abs() < 1e-9, "{record:?}");
        }
        assert!(number("ci_low") <= number("p") && number("p") <= number("ci_high"));
    }
    // Close to R's 39.5 %, and not it; n / mean is not the number of respondents to the last digit.
    assert!((results.number("renonce", "1", "p") - reference("weights-only p,se:")[0]).abs() < 0.02);
    assert!(results.weights["mean"].as_f64().expect("a mean").to_string().len() <= 4);
    assert!(results.tests.iter().all(|test| test["f"].trim_matches(['0', '.']).len() <= 3), "two digits");
}

#[test]
fn suppression_publishes_exact_counts_but_the_small_ones() {
    let mut responses = String::from("commune,renonce\n");
    for row in 0..300 {
        let _ = writeln!(responses, "{},{}", row % 3, u8::from(row % 60 == 0));
    }
    let desk = Desk::new(
        &[("commune", 3), ("renonce", 2)],
        &responses,
        "variable,category,population\n\
        commune,0,100\ncommune,1,100\ncommune,2,100\n",
    );
    let (code, complaints) = desk.with_margins("resultats", &["--policy", "suppress"]);
    assert_eq!(code, Some(0), "{complaints}");
    let results = desk.results("resultats");
    // All five yeses are in commune 0: the others have none, and zeros are published.
    assert_eq!(results.cell("renonce", "1", "", "")["status"], "masked");
    assert_eq!(results.cell("renonce", "1", "commune", "0")["status"], "masked");
    assert_eq!(results.cell("commune", "1", "", "")["n"], "100");
    assert_eq!(results.cell("commune", "1", "", "")["weighted_n"], "");
}

#[test]
fn every_problem_of_a_file_of_margins_is_told_with_its_line() {
    let margins =
        "variable,category,population\ncommune,0,10\ncommune,99,5\nvillage,1,5\nage,0,beaucoup\nage,1,5\nage,1,6\n";
    let desk = Desk::new(&VARIABLES, RESPONSES, margins);
    let (code, complaints) = desk.with_margins("resultats", &[]);
    assert_eq!(code, Some(1));
    for words in [
        "marges.csv, ligne 3, colonne «\u{a0}category\u{a0}»\u{a0}: «\u{a0}99\u{a0}»",
        "ligne 4, colonne «\u{a0}variable\u{a0}»\u{a0}: «\u{a0}village\u{a0}»",
        "ligne 5, colonne «\u{a0}population\u{a0}»\u{a0}: «\u{a0}beaucoup\u{a0}»",
        "ligne 7, colonne «\u{a0}category\u{a0}»\u{a0}: «\u{a0}1\u{a0}» de «\u{a0}age\u{a0}» est déjà à la ligne 6",
        "il manque «\u{a0}11\u{a0}» (Choix 11) de «\u{a0}commune\u{a0}»",
        "il manque «\u{a0}3\u{a0}» (Choix 3) de «\u{a0}age\u{a0}»",
    ] {
        assert!(complaints.contains(words), "{words}\n{complaints}");
    }
    assert!(!desk.path("resultats").exists());
}

#[test]
fn a_margin_without_respondents_is_refused_with_the_merge_that_mends_it() {
    let margins = "variable,category,population\nage,0,100\nage,1,100\nage,2,50\n";
    let responses = "age,renonce\n0,1\n0,0\n1,1\n1,0\n";
    let desk = Desk::new(&[("age", 3), ("renonce", 2)], responses, margins);
    let (code, complaints) = desk.with_margins("resultats", &["--policy", "none"]);
    assert_eq!(code, Some(1));
    let words =
        "marges.csv, ligne 4, marge «\u{a0}age\u{a0}», modalité «\u{a0}Choix 2\u{a0}»\u{a0}: 50 habitants, aucune";
    assert!(complaints.contains(words), "{complaints}");
    let merge =
        complaints.split("ajoutez --merge ").nth(1).expect("a merge").split_whitespace().next().expect("a word");
    let (code, complaints) = desk.with_margins("resultats", &["--policy", "none", "--merge", merge]);
    assert_eq!(code, Some(0), "{complaints}");
    let results = desk.results("resultats");
    assert_eq!(results.weights["merged"][0]["category"], "2");
    assert!((results.weights["population"].as_f64().expect("a number") - 250.0).abs() < 1e-9);
    let (code, complaints) = desk.with_margins("autre", &["--merge", "age:2=7"]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("«\u{a0}7\u{a0}» n’est pas une modalité"), "{complaints}");
}

#[test]
fn trimming_brings_the_largest_weight_down() {
    let desk = Desk::oracle();
    assert_eq!(desk.with_margins("entiers", &["--policy", "none"]).0, Some(0));
    assert_eq!(desk.with_margins("coupes", &["--policy", "none", "--trim"]).0, Some(0));
    let largest = |out: &str| desk.results(out).weights["max"].as_f64().expect("a number");
    assert!(largest("coupes") < largest("entiers"));
    assert!(desk.results("coupes").weights["trimming"]["respondents"].as_u64().expect("a count") > 0);
}

#[test]
fn messy_responses_make_tables_without_a_number_and_no_error() {
    let lone = "commune,age,sexe,renonce,satisf\n0,1,0,1,2\n";
    let silent = format!("commune,age,sexe,renonce,satisf\n{}", ",,,,\n".repeat(50));
    for (responses, base) in [(lone, "1"), (silent.as_str(), "0")] {
        let desk = Desk::new(&VARIABLES, responses, MARGINS);
        for policy in ["none", "suppress", "cell-key"] {
            let (code, complaints) = desk.analyse(policy, &["--policy", policy]);
            assert_eq!(code, Some(0), "{policy}: {complaints}");
            let results = desk.results(policy);
            let total = results.cell("renonce", "1", "", "");
            match policy {
                "none" => assert_eq!(total["base"], base),
                _ => assert_ne!(total["status"], "published", "{policy}: {total:?}"),
            }
        }
        let total = desk.results("none");
        assert_eq!(total.cell("renonce", "1", "", "")["se"], "", "no spread can be seen");
    }
    let few = format!("commune,age,sexe,renonce,satisf\n{}", "0,1,0,1,2\n".repeat(15));
    let (code, complaints) = Desk::new(&VARIABLES, &few, MARGINS).analyse("peu", &[]);
    assert_eq!(code, Some(0));
    assert!(complaints.contains("15 réponses, trop peu : aucun chiffre ne sera montré"), "{complaints}");
    let desk = Desk::new(&VARIABLES, "commune,age,sexe,renonce,satisf\n", MARGINS);
    let (code, complaints) = desk.analyse("vide", &[]);
    assert_eq!((code, desk.path("vide").exists()), (Some(1), false));
    assert!(complaints.contains("reponses.csv ne contient aucune réponse"), "{complaints}");
}

#[test]
fn two_hundred_communes_are_raked_and_tabulated() {
    let (mut responses, mut margins) =
        (String::from("commune,renonce\n"), String::from("variable,category,population\n"));
    for commune in 0..200 {
        let _ = writeln!(margins, "commune,{commune},{}", 100 + commune);
        for person in 0..=commune % 7 {
            let _ = writeln!(responses, "{commune},{}", u8::from((commune + person) % 3 == 0));
        }
    }
    let desk = Desk::new(&[("commune", 200), ("renonce", 2)], &responses, &margins);
    let (code, complaints) = desk.with_margins("resultats", &["--policy", "none"]);
    assert_eq!(code, Some(0), "{complaints}");
    let results = desk.results("resultats");
    for commune in [0, 57, 199] {
        let code = commune.to_string();
        let weighted: f64 = results.cell("commune", &code, "", "")["weighted_n"].parse().expect("a number");
        assert_near(weighted, f64::from(100 + commune), 1e-9, "the margin of a commune");
        let (yes, no) =
            (results.cell("renonce", "1", "commune", &code), results.cell("renonce", "0", "commune", &code));
        let count = |record: &Record| record["n"].parse::<i32>().expect("a count");
        assert_eq!(count(yes) + count(no), 1 + commune % 7);
    }
}

#[test]
fn results_are_written_whole_into_a_free_folder_or_not_at_all() {
    let desk = Desk::oracle();
    std::fs::create_dir(desk.path("pris")).expect("a folder");
    std::fs::write(desk.path("pris/notes.txt"), "à garder").expect("written");
    let (code, complaints) = desk.analyse("pris", &[]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("n’est pas vide"), "{complaints}");
    assert_eq!(std::fs::read_dir(desk.path("pris")).expect("a folder").count(), 1);
    // An empty folder may be filled.
    std::fs::create_dir(desk.path("libre")).expect("a folder");
    assert_eq!(desk.analyse("libre", &[]).0, Some(0));
    let left =
        std::fs::read_dir(desk.folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().contains("isoloir-tmp")));
    assert_eq!(desk.analyse("encore", &["--merge", "age:1=2"]).0, Some(2), "a merge without margins is misuse");
}

#[test]
fn a_bad_response_is_named_by_file_line_and_column() {
    let desk = Desk::new(&VARIABLES, "commune,age\n0,1\n0,9\n44,1\n", MARGINS);
    let (code, complaints) = desk.analyse("resultats", &[]);
    assert_eq!(code, Some(1));
    for words in ["reponses.csv, ligne 3, colonne « age »", "reponses.csv, ligne 4, colonne « commune »"] {
        assert!(complaints.contains(words), "{words}\n{complaints}");
    }
}

/// As a French spreadsheet saves it, with spaces between thousands and a comma before decimals; and numbers that nobody counted.
#[test]
fn margins_are_read_as_a_census_writes_them_and_nonsense_is_refused() {
    let margins = |a: &str, b: &str| format!("variable;category;population\r\nage;0;{a}\r\nage;1;{b}\r\n");
    let responses = "age,renonce\n0,1\n0,0\n1,1\n1,0\n";
    let variables = [("age", 2), ("renonce", 2)];
    let desk = Desk::new(&variables, responses, &margins("1\u{202f}234,5", "2 000"));
    let (code, complaints) = desk.with_margins("resultats", &["--policy", "none"]);
    assert_eq!(code, Some(0), "{complaints}");
    assert!((desk.results("resultats").weights["population"].as_f64().expect("a number") - 3234.5).abs() < 1e-9);
    for nonsense in ["1,234", "1e300", "1e-300", "-5", "NaN"] {
        let desk = Desk::new(&variables, responses, &margins("10", nonsense));
        let (code, complaints) = desk.with_margins("resultats", &["--policy", "none"]);
        assert_eq!(code, Some(1), "{nonsense}");
        let words =
            format!("ligne 3, colonne «\u{a0}population\u{a0}»\u{a0}: «\u{a0}{nonsense}\u{a0}» n’est pas un nombre");
        assert!(complaints.contains(&words) && !complaints.contains("il manque"), "{complaints}");
    }
}

#[test]
fn responses_that_no_weight_counts_are_told_in_the_first_file_that_one_opens() {
    let desk = Desk::new(
        &[("age", 2), ("renonce", 2)],
        "age,renonce\n0,1\n0,0\n1,1\n1,0\n",
        "variable,category,population\nage,0,100\nage,1,0\n",
    );
    assert_eq!(desk.with_margins("resultats", &["--policy", "none"]).0, Some(0));
    let readme = std::fs::read_to_string(desk.path("resultats").join("README.txt")).expect("a README");
    assert!(readme.contains("ses réponses ne comptent pas"), "{readme}");
}
