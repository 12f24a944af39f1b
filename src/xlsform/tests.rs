//! What an ODK user was promised: nothing is lost within the subset, and what is outside it is named with its cell.

use isoloir_survey::{Condition, Questionnaire, Territories};

use crate::sheets::{NewSheet, write};
use crate::{ExportError, Problem, export, import, relevant};

const SURVEYS: [&str; 3] = [
    include_str!("../../surveys/mauges-2026.yaml"),
    include_str!("../../surveys/laval-2026.yaml"),
    include_str!("../../surveys/bauge-2026.yaml"),
];
const TYPES: &str = include_str!("../survey/fixtures/types.yaml");

fn parse(yaml: &str) -> Questionnaire {
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    isoloir_survey::parse(yaml, &territories).unwrap_or_else(|problems| panic!("{problems:#?}\n{yaml}"))
}

/// The block of a question, without its neighbours.
fn without(yaml: &str, id: &str) -> String {
    let start = yaml.find(&format!("      - id: {id}\n")).expect("the question");
    let length = yaml[start + 1..].find("\n      - id: ").map_or(yaml.len() - start, |end| end + 2);
    format!("{}{}", &yaml[..start], &yaml[start + length..])
}

/// The fixture with all types, without the one that ODK has not.
fn subset_of_types() -> String {
    without(TYPES, "priorites\n        type: rank_top").replace("{q: priorites, is: bus}", "{q: moral, gte: 1}")
}

#[test]
fn what_goes_through_a_form_comes_back_the_same() {
    let mut surveys: Vec<String> = SURVEYS.iter().map(|yaml| (*yaml).to_owned()).collect();
    surveys.push(subset_of_types());
    for yaml in surveys {
        let questionnaire = parse(&yaml);
        let form = export(&questionnaire).unwrap_or_else(|error| panic!("{}: {error}", questionnaire.id));
        assert_eq!(form, export(&questionnaire).expect("again"), "the same questionnaire makes the same file");
        let back = import(&form).unwrap_or_else(|problems| panic!("{}: {problems:#?}", questionnaire.id));
        let again = parse(&back);
        assert_eq!(again.canonical_json(), questionnaire.canonical_json(), "{}", questionnaire.id);
        assert_eq!(again.version(), questionnaire.version());
        // That choices have no order is no part of the version, and is said all the same.
        let silent = "ne dit pas si ses choix ont un ordre";
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        let report = isoloir_survey::check("retour.yaml", &back, &territories, &isoloir_survey::no_files);
        assert!(!report.warnings.iter().any(|warning| warning.problem.message.contains(silent)), "{report}");
    }
}

#[test]
fn a_ranking_is_refused_by_name() {
    let Err(ExportError::Unsupported(refused)) = export(&parse(TYPES)) else { panic!("not a form") };
    assert_eq!(refused.len(), 1, "{refused:#?}");
    assert!(refused[0].contains("« priorites »"), "{refused:#?}");
}

#[test]
fn conditions_come_back_as_the_same_tree() {
    let questionnaire = parse(TYPES);
    for json in [
        r#"{"q":"renonce","is":"oui"}"#,
        r#"{"q":"motifs","is":"cout"}"#,
        r#"{"q":"renonce","in":["oui","non"]}"#,
        r#"{"q":"motifs","in":["cout","delai","autre"]}"#,
        r#"{"q":"renonce","answered":true}"#,
        r#"{"q":"renonce","answered":false}"#,
        r#"{"q":"foyer","gte":3}"#,
        r#"{"not":{"q":"renonce","is":"oui"}}"#,
        r#"{"any":[{"q":"renonce","is":"oui"},{"q":"renonce","is":"non"}]}"#,
        r#"{"any":[{"q":"renonce","is":"oui"},{"q":"motifs","in":["cout","delai"]}]}"#,
        r#"{"all":[{"any":[{"q":"renonce","is":"oui"},{"q":"foyer","gte":2}]},{"not":{"all":[{"q":"renonce","in":["oui","non"]},{"q":"motifs","answered":true}]}}]}"#,
        r#"{"any":[{"any":[{"q":"renonce","is":"oui"},{"q":"foyer","gte":2}]},{"all":[{"q":"foyer","gte":1},{"q":"foyer","gte":0}]}]}"#,
    ] {
        let condition: Condition = serde_json::from_str(json).expect(json);
        let text = relevant::write(&condition, &questionnaire).expect(json);
        assert_eq!(relevant::read(&text), Ok(condition), "{text}");
    }
}

/// A form as somebody would type it: a heading, and rows of cells.
fn sheet(name: &'static str, rows: &[&[&str]]) -> NewSheet {
    let columns: Vec<String> = rows[0].iter().map(|name| (*name).to_owned()).collect();
    let row = |cells: &&[&str]| {
        let cells = columns.iter().zip(*cells).filter(|(_, cell)| !cell.is_empty());
        cells.map(|(column, cell)| (column.clone(), (*cell).to_owned())).collect()
    };
    NewSheet { name, rows: rows[1..].iter().map(row).collect(), columns: columns.clone() }
}

fn form(survey: &[&[&str]]) -> Vec<u8> {
    let choices =
        sheet("choices", &[&["list_name", "name", "label::fr"], &["on", "oui", "Oui"], &["on", "non", "Non"]]);
    let settings = sheet("settings", &[&["form_title", "form_id"], &["Essai", "essai"]]);
    write(&[sheet("survey", survey), choices, settings]).expect("a workbook")
}

#[test]
fn a_form_of_kobo_becomes_a_questionnaire_and_says_what_is_left_to_write() {
    let yaml = import(&form(&[
        &["type", "name", "label::Français (fr)", "relevant", "constraint", "required"],
        &["select_one on", "fume", "Fumez-vous\u{a0}?", "", "", "yes"],
        &["integer", "combien", "Combien par jour\u{a0}?", "${fume} = 'oui'", ". >= 1 and . <= 60", ""],
        &["note", "merci", "Merci.", "${fume} = 'oui' or ${fume} = \"non\"", "", ""],
    ]));
    // The choices are in a column of another name, so that they have no label.
    let problems = yaml.expect_err("no labels");
    assert!(problems.iter().all(|problem| problem.sheet == "choices"), "{problems:#?}");
    let yaml = import(&form(&[
        &["type", "name", "label::fr", "relevant", "constraint", "required"],
        &["select_one on", "fume", "Fumez-vous\u{a0}?", "", "", "yes"],
        &["integer", "combien", "Combien par jour\u{a0}?", "${fume} = 'oui'", ". >= 1 and . <= 60", ""],
        &["note", "merci", "Merci.", "${fume} = 'oui' or ${fume} = \"non\"", "", ""],
    ]))
    .expect("a questionnaire");
    assert!(yaml.contains("show_if: {q: fume, is: \"oui\"}") && yaml.contains("max: 60"), "{yaml}");
    assert!(yaml.contains("show_if: {q: fume, in: [\"oui\", \"non\"]}"), "{yaml}");
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    let problems = isoloir_survey::parse(&yaml, &territories).expect_err("no organiser yet");
    let missing = ["territory", "access", "organiser", "contact", "minutes", "welcome", "thanks"];
    for key in missing {
        assert!(problems.iter().any(|problem| problem.message.contains(&format!("« {key} »"))), "{key}: {problems:#?}");
    }
    assert_eq!(problems.len(), missing.len(), "{problems:#?}");
}

/// As the tools of ODK do, names of columns are read whatever their capitals and spaces.
#[test]
fn columns_are_known_by_another_spelling() {
    let plain = form(&[&["type", "name", "label::fr"], &["text", "avis", "Votre avis ?"]]);
    let spelt = form(&[&["Type ", "NAME", " Label::fr"], &["text", "avis", "Votre avis ?"]]);
    assert_eq!(import(&spelt).expect("a questionnaire"), import(&plain).expect("a questionnaire"));
}

#[test]
fn what_is_no_workbook_is_said_to_be_none() {
    let problems = import("type;name;label\n".as_bytes()).expect_err("no workbook");
    assert!(
        problems[0].to_string().starts_with("ce n’est pas un classeur .xlsx lisible\n  à faire : "),
        "{}",
        problems[0]
    );
}

#[test]
fn what_is_not_supported_is_refused_by_name_and_cell_all_at_once() {
    let problems = import(&form(&[
        &["type", "name", "label::fr", "relevant", "appearance", "constraint", "calculation"],
        &["start", "debut", "", "", "", "", ""],
        &["select_one on", "fume", "Fumez-vous\u{a0}?", "${age} < 3", "", "", ""],
        &["geopoint", "ou", "Où\u{a0}?", "", "", "", ""],
        &["select_one rien", "Autre", "Quoi\u{a0}?", "", "map", "", ""],
        &["text", "mot", "Un mot", "", "", "regex(., 'a')", "1 + 1"],
        &["begin_repeat", "encore", "Encore", "", "", "", ""],
    ]))
    .expect_err("much is wrong");
    let cells: Vec<(&str, &str)> =
        problems.iter().map(|problem| (problem.cell.as_str(), problem.message.as_str())).collect();
    for (cell, word) in [
        ("G1", "calculation"),
        ("A2", "start"),
        ("D3", "«\u{20}<"),
        ("A4", "geopoint"),
        ("B5", "Autre"),
        ("E5", "map"),
        ("A5", "rien"),
        ("F6", "regex"),
        ("A7", "begin_repeat"),
    ] {
        let is_told = cells.iter().any(|(place, message)| *place == cell && message.contains(word));
        assert!(is_told, "{cell} {word}: {cells:#?}");
    }
    assert_eq!(problems.len(), 9, "{cells:#?}");
    assert!(problems.iter().all(|Problem { fix, .. }| !fix.is_empty()));
}
