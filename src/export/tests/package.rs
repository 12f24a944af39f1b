//! The folder as a whole: its README, its data package, what every file must say.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use data_encoding::HEXLOWER;
use isoloir_disclosure::{Policy, Protection};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{FINDING, Folder, about, questionnaire, release, release_of, responses};
use crate::{About, ExportFile, files, schema};

fn package(folder: &Folder) -> Value {
    serde_json::from_str(folder.text("datapackage.json")).expect("JSON")
}

/// The texts of a JSON list.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

#[test]
fn the_data_package_names_every_file_with_its_size_and_hash() {
    let folder = Folder::public();
    let package = package(&folder);
    let resources = package["resources"].as_array().expect("resources");
    let others = ["README.txt", "datapackage.json"];
    let expected: Vec<&ExportFile> = folder.files.iter().filter(|file| !others.contains(&file.name.as_str())).collect();
    assert_eq!(resources.len(), expected.len());
    for (resource, file) in resources.iter().zip(expected) {
        assert_eq!(resource["path"], file.name.as_str());
        assert_eq!(resource["bytes"], file.bytes.len());
        assert_eq!(resource["hash"], format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(&file.bytes))));
    }
    let names: BTreeSet<&str> = resources.iter().filter_map(|resource| resource["name"].as_str()).collect();
    assert_eq!(names.len(), resources.len());
    assert_eq!(package["licenses"][0]["name"], "etalab-2.0");
}

#[test]
fn no_licence_is_claimed_that_the_organiser_did_not_give() {
    let (questionnaire, policy) = (questionnaire(), Policy::standard().expect("a policy"));
    let release = release(&questionnaire, &policy);
    let about = About { licence: None, ..about() };
    let files = files(&release, &questionnaire, &about, &[], Vec::new()).expect("files");
    for name in ["datapackage.json", "questionnaire-ddi.xml", "README.txt"] {
        let file = files.iter().find(|file| file.name == name).expect(name);
        let text = String::from_utf8(file.bytes.clone()).expect("UTF-8");
        assert!(!text.contains("icence") && !text.contains("licenses"), "{name}");
    }
}

#[test]
fn table_schemas_are_those_of_the_files() {
    for folder in Folder::each() {
        let release = &folder.release;
        let schemas = [
            ("tables.csv", schema::tables(release)),
            ("tests.csv", schema::tests(release)),
            ("codebook.csv", schema::codebook(release)),
            ("variables.csv", schema::variables(release)),
        ];
        for (name, schema) in schemas {
            assert_eq!(schema.names(), folder.records(name)[0], "{name}");
        }
    }
}

/// Some columns of each record of a file.
fn project(records: &[Vec<String>], columns: &[&str]) -> Vec<Vec<String>> {
    let place = |column: &&str| records[0].iter().position(|name| name == column).expect("a column");
    let places: Vec<usize> = columns.iter().map(place).collect();
    records[1..].iter().map(|record| places.iter().map(|place| record[*place].clone()).collect()).collect()
}

#[test]
fn keys_of_the_data_package_hold() {
    for folder in Folder::each() {
        let package = package(&folder);
        let tables: BTreeMap<&str, &Value> = package["resources"]
            .as_array()
            .expect("resources")
            .iter()
            .filter(|resource| resource["type"] == "table")
            .map(|resource| (resource["name"].as_str().expect("a name"), resource))
            .collect();
        assert_eq!(tables.keys().copied().collect::<Vec<_>>(), ["codebook", "tables", "tests", "variables"]);
        for resource in tables.values() {
            let records = folder.records(resource["path"].as_str().expect("a path"));
            let schema = &resource["schema"];
            let keys = project(&records, &texts(&schema["primaryKey"]));
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "a primary key is unique");
            for key in schema["foreignKeys"].as_array().into_iter().flatten() {
                let target = tables[key["reference"]["resource"].as_str().expect("a name")];
                let target = folder.records(target["path"].as_str().expect("a path"));
                let known: BTreeSet<_> = project(&target, &texts(&key["reference"]["fields"])).into_iter().collect();
                let mut used = project(&records, &texts(&key["fields"])).into_iter();
                assert!(used.all(|value| known.contains(&value)), "{key}");
            }
            for field in schema["fields"].as_array().expect("fields") {
                let values = project(&records, &[field["name"].as_str().expect("a name")]);
                let allowed = &field["constraints"]["enum"];
                if allowed.is_array() {
                    assert!(values.iter().all(|value| texts(allowed).contains(&value[0].as_str())), "{field}");
                }
                if field["constraints"]["required"] == true {
                    assert!(values.iter().all(|value| !value[0].is_empty()), "{field}");
                }
            }
        }
    }
}

#[test]
fn every_unprotected_file_says_that_it_is_and_no_protected_one_does() {
    for folder in Folder::each() {
        let is_unprotected = folder.release.protection() == Protection::None;
        for file in &folder.files {
            let says = if file.name == "resultats.xlsx" {
                let sheets = Xlsx::new(Cursor::new(&file.bytes)).expect("a workbook").worksheets();
                let marked = sheets.iter().filter(|(_, cells)| {
                    cells
                        .get_value((3, 0))
                        .is_some_and(|cell| *cell == Data::String(Protection::UNPROTECTED.to_owned()))
                });
                let marked = marked.count();
                assert!(marked == 0 || marked == sheets.len(), "on every sheet or on none");
                marked > 0
            } else {
                let words = Protection::UNPROTECTED.as_bytes();
                file.bytes.windows(words.len()).any(|window| window == words)
            };
            assert_eq!(says, is_unprotected, "{}", file.name);
        }
    }
}

#[test]
fn made_up_responses_are_called_so() {
    let (questionnaire, policy) = (questionnaire(), Policy::standard().expect("a policy"));
    let release = release(&questionnaire, &policy);
    let about = About { synthetic: true, ..about() };
    let files = files(&release, &questionnaire, &about, &[], Vec::new()).expect("files");
    for name in ["README.txt", "dictionnaire.html", "datapackage.json", "questionnaire-ddi.xml"] {
        let file = files.iter().find(|file| file.name == name).expect(name);
        assert!(String::from_utf8_lossy(&file.bytes).contains("Réponses inventées"), "{name}");
    }
    // Of a file that is analysed nobody knows whether it is real: nothing is said.
    assert!(!Folder::public().text("datapackage.json").contains("synthetic"));
}

#[test]
fn the_readme_names_every_file_and_every_column() {
    let folder = Folder::public();
    let readme = folder.text("README.txt");
    for file in folder.files.iter().filter(|file| file.name != "README.txt") {
        assert!(readme.contains(&format!("  {}", file.name)) && readme.contains(&file.description), "{}", file.name);
    }
    for column in &folder.records("tables.csv")[0] {
        let is_named = |line: &str| line.split([' ', ',']).any(|word| word == column);
        assert!(readme.lines().any(is_named), "{column}");
    }
    assert!(folder.is_public() && readme.contains("Protection\u{a0}: cell-key"));
}

#[test]
fn the_readme_says_what_was_left_out_and_what_was_put_together() {
    let folder = Folder::public();
    let readme = folder.text("README.txt").replace("\n    ", " ");
    let (_, told) = readme.split_once("Ce que la protection a retiré ou regroupé").expect("something was");
    let line =
        told.lines().find(|line| line.contains("Croisement par «\u{a0}Commune")).expect("communes are put together");
    assert!(line.contains("modalités regroupées"), "five people live in one of them: {line}");
    // Every row that is no category of its question, or has no numbers, is named.
    for table in folder.release.tables().iter().filter(|table| !table.spec().by.is_empty()) {
        let asked = folder.questionnaire.questions().find(|question| question.id.as_str() == table.spec().by);
        for (row, values) in table.spec().rows.iter().zip(table.rows()).skip(1) {
            let is_asked = asked.expect("a question").choice(&row.code).is_some();
            let is_whole = is_asked && values.base.is_some();
            assert!(is_whole || told.contains(&format!("«\u{a0}{}\u{a0}»", row.label)), "{} is not named", row.label);
        }
    }
    assert!(!Folder::under(&Policy::Unprotected).text("README.txt").contains("Ce que la protection a retiré"));
}

#[test]
fn the_readme_begins_with_how_far_to_trust_the_numbers_and_what_stands_out() {
    for folder in Folder::each() {
        let readme = folder.text("README.txt").replace("\n    ", " ").replace('\n', " ");
        let at = |words: &str| readme.find(words).expect(words);
        assert!(at("Fiabilité\u{a0}:") < at(FINDING) && at(FINDING) < at("Consultation volontaire"), "{readme}");
        assert!(
            readme.contains("600 réponses volontaires, non redressées\u{202f}; pour une part, comptez"),
            "{readme}"
        );
        assert!(readme.contains("points pour l’ensemble, ±\u{a0}") && readme.contains("points par commune"));
        assert_eq!(
            readme.contains("99 ou 103\u{a0}%"),
            folder.is_public(),
            "only noise makes shares that do not add up"
        );
    }
}

#[test]
fn half_of_the_median_interval_is_what_readers_are_told_to_reckon_with() {
    let folder = Folder::public();
    let mut halves: Vec<f64> = folder
        .release
        .questions()
        .flat_map(|tables| &tables[0].total().cells)
        .filter_map(isoloir_disclosure::Estimate::interval)
        .map(|(low, high)| (high - low) * 50.0)
        .collect();
    halves.sort_by(f64::total_cmp);
    let middle = halves[halves.len() / 2];
    let words = crate::reliability(&folder.release).expect("something is published");
    let (_, after) = words.split_once("le plus souvent ±\u{a0}").expect("a margin");
    let told: f64 = after.split('\u{a0}').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(told >= middle - 1e-6 && told < middle + 1.0, "{told} for {middle}");
}

#[test]
fn fifteen_responses_are_said_to_be_too_few() {
    let questionnaire = questionnaire();
    let few: String = responses(&questionnaire).lines().take(16).flat_map(|line| [line, "\n"]).collect();
    let release = release_of(&questionnaire, &few, &Policy::standard().expect("a policy"));
    let files = files(&release, &questionnaire, &about(), &[], Vec::new()).expect("files");
    let readme = String::from_utf8(files[0].bytes.clone()).expect("UTF-8").replace('\n', " ");
    assert!(readme.contains("Trop peu de réponses\u{a0}: aucun chiffre n’est montré") && !readme.contains("Fiabilité"));
}

/// Whoever finds a column without a number reads why beside its name, wherever columns are described.
#[test]
fn a_column_that_is_always_empty_says_so_and_no_other_does() {
    const SAID: &str = "toujours vide ici";
    for folder in Folder::each() {
        let records = folder.records("tables.csv");
        let package = package(&folder);
        let tables = package["resources"].as_array().expect("resources").iter().find(|one| one["path"] == "tables.csv");
        let fields = tables.expect("tables.csv")["schema"]["fields"].as_array().expect("fields").clone();
        let readme = folder.text("README.txt");
        for name in ["n", "base", "weighted_n", "p"] {
            let place = records[0].iter().position(|heading| heading == name).expect(name);
            let is_empty = records[1..].iter().all(|record| record[place].is_empty());
            let field = fields.iter().find(|field| field["name"] == name).expect(name);
            let line = readme.lines().find(|line| line.starts_with(&format!("  {name} "))).expect(name);
            let entry = format!("la colonne <code>{name}</code> est {SAID}");
            assert_eq!(field["description"].as_str().expect("words").contains(SAID), is_empty, "{name}");
            assert_eq!(line.contains(SAID), is_empty, "{line}");
            assert_eq!(folder.text("dictionnaire.html").contains(&entry), is_empty, "{name}");
        }
        let is_protected = folder.release.protection() != Protection::None;
        assert_eq!(readme.contains("Une case vide dans base, p,"), is_protected);
    }
}
