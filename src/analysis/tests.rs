//! From sheets to released shares.

use isoloir_disclosure::{NonResponse, Policy, RecordKey, protect};
use isoloir_survey::{AnswerSheet, Questionnaire, Territories, validate};

use crate::{Snapshot, tabulate};

pub(crate) fn questionnaire() -> Questionnaire {
    let territories = Territories::parse(
        "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\n\
         essai\t1\t49301\tSèvremoine\tcommune\t\t9\nessai\t1\t49023\tBeaupréau-en-Mauges\tcommune\t\t8\n",
    )
    .expect("territories");
    isoloir_survey::parse(include_str!("../survey/fixtures/essai.yaml"), &territories).expect("fixture")
}

/// 600 sheets: a third said yes, everybody in Sèvremoine but every fourth, who is in Beaupréau.
pub(crate) fn sheets(questionnaire: &Questionnaire) -> Vec<(RecordKey, AnswerSheet)> {
    (0..600_u32)
        .map(|index| {
            let mut answers = vec![
                ("renonce", if index % 3 == 0 { "oui" } else { "non" }),
                ("commune", if index % 4 == 0 { "49023" } else { "49301" }),
            ];
            if index % 3 == 0 {
                answers.push(("motifs", "cout"));
                answers.extend((index % 6 == 0).then_some(("motifs", "loin")));
            }
            let mut submitted = isoloir_survey::Submitted::new();
            for (name, value) in answers {
                submitted.entry(name.to_owned()).or_default().push(value.to_owned());
            }
            let sheet = validate(questionnaire, &submitted).expect("valid");
            (RecordKey::derive(&[3; 32], &index.to_be_bytes()), sheet)
        })
        .collect()
}

fn snapshot(questionnaire: &Questionnaire) -> Snapshot {
    Snapshot::of(questionnaire, sheets(questionnaire)).expect("columns")
}

#[test]
fn shares_are_right_to_within_the_noise() {
    let questionnaire = questionnaire();
    let tabulation = tabulate(&questionnaire, &snapshot(&questionnaire), None).expect("tables");
    let policy = Policy::standard().expect("policy");
    let release = protect(tabulation, &policy).expect("a release");
    let share = |question: &str, row: usize, code: &str| {
        let table = release.tables().iter().find(|table| table.spec().question == question).expect("table");
        let column = table.spec().columns.iter().position(|column| column.code == code).expect("column");
        table.rows()[row].cells[column].share()
    };
    for (question, row, code, expected) in [
        ("renonce", 0, "oui", 200.0 / 600.0),
        ("renonce", 0, "non", 400.0 / 600.0),
        ("renonce", 1, "oui", 50.0 / 150.0),
        ("renonce", 2, "oui", 150.0 / 450.0),
        ("motifs", 0, "cout", 1.0),
        ("motifs", 0, "loin", 0.5),
        ("motifs", 1, "loin", 1.0),
        ("commune", 0, "49301", 0.75),
    ] {
        let got = share(question, row, code).expect("published");
        // Noise of at most 5 on the count and on the base, the smallest of which is 50.
        assert!((got - expected).abs() <= 0.2, "{question} {row} {code}: {got} for {expected}");
    }
    assert_eq!(share("renonce", 0, "nsp"), None, "nobody said it");
}

/// Half of the 400 rank the bus second; a quarter, who cannot get anywhere and went without care, score 14.25.
#[test]
fn rows_ranks_and_scores_have_their_tables() {
    let territories =
        Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories of the repository");
    let questionnaire =
        isoloir_survey::parse(include_str!("../survey/fixtures/types.yaml"), &territories).expect("fixture");
    let sheet = |index: u32| {
        let (care, bus) = if index.is_multiple_of(4) { ("oui", "non") } else { ("non", "oui") };
        let mut answers = vec![("renonce", care), ("satisfaction_transports", bus), ("priorites", "sport")];
        answers.extend(index.is_multiple_of(2).then_some(("priorites", "bus")));
        let mut submitted = isoloir_survey::Submitted::new();
        for (name, value) in answers {
            submitted.entry(name.to_owned()).or_default().push(value.to_owned());
        }
        let sheet = validate(&questionnaire, &submitted).expect("valid");
        (RecordKey::derive(&[3; 32], &index.to_be_bytes()), sheet)
    };
    let tabulation =
        tabulate(&questionnaire, &Snapshot::of(&questionnaire, (0..400).map(sheet)).expect("columns"), None)
            .expect("tables");
    let release = protect(tabulation, &Policy::standard().expect("policy")).expect("a release");
    let table = |question: &str| release.tables().iter().find(|table| table.spec().question == question);
    assert!(table("satisfaction").is_none(), "a heading has no table");
    let row = table("satisfaction_transports").expect("a row of the matrix").spec();
    assert!(row.text.ends_with("suivants\u{a0}? – Les transports vers les lieux de soins"), "{}", row.text);
    // What is read beside the numbers: what a scale means, whom a question was put to, what nobody answers, what has an order.
    let spec = |question: &str| table(question).expect(question).spec();
    assert!(
        spec("moral").text.ends_with("(0\u{a0}: Très mauvais\u{202f}; 10\u{a0}: Très bon)"),
        "{}",
        spec("moral").text
    );
    assert_eq!(spec("motifs").asked_if, "«\u{a0}Renoncement aux soins\u{a0}» est «\u{a0}Oui\u{a0}»");
    assert!(spec("gene").computed && !spec("moral").computed && spec("moral").asked_if.is_empty());
    let rest: Vec<&str> = spec("motifs").columns.iter().filter(|one| one.rest).map(|one| one.code.as_str()).collect();
    assert_eq!(rest, ["autre"]);
    let ordered = |question: &str| spec(question).ordered;
    assert!(ordered("age") && ordered("satisfaction_transports") && ordered("renonce"), "ages, degrees, yes and no");
    assert!(!ordered("commune") && !ordered("motifs"));
    for (question, code, expected) in [
        ("satisfaction_transports", "non", 0.25),
        ("priorites", "sport", 1.0),
        ("priorites", "bus", 0.5),
        ("gene", "forte", 0.25),
        ("gene", "faible", 0.75),
    ] {
        let table = table(question).expect(question);
        let column = table.spec().columns.iter().position(|column| column.code == code).expect(code);
        let got = table.rows()[0].cells[column].share().expect("published");
        assert!((got - expected).abs() <= 0.06, "{question} {code}: {got} for {expected}");
    }
}

/// Everybody skips the scale; the motives are put to the third who went without care, who all answer.
#[test]
fn those_who_saw_a_question_and_passed_are_counted() {
    let questionnaire = questionnaire();
    let tabulation = tabulate(&questionnaire, &snapshot(&questionnaire), None).expect("tables");
    let release = protect(tabulation, &Policy::Unprotected).expect("a release");
    let of = |question: &str| {
        let table = release.non_response().iter().find(|table| table.spec().question == question).expect(question);
        let share = |way: NonResponse| table.total().cells[way.column()].share();
        (table.total().base, share(NonResponse::Declined), share(NonResponse::Skipped))
    };
    assert_eq!(of("moral"), (Some(600), Some(0.0), Some(1.0)));
    assert_eq!(of("motifs"), (Some(200), Some(0.0), Some(0.0)), "it was put to those who said yes");
    assert_eq!(of("renonce"), (Some(600), Some(0.0), Some(0.0)));
}

#[test]
fn nobody_answering_makes_masked_tables_and_no_error() {
    let questionnaire = questionnaire();
    let tabulation =
        tabulate(&questionnaire, &Snapshot::of(&questionnaire, Vec::new()).expect("columns"), None).expect("tables");
    let release = protect(tabulation, &Policy::standard().expect("policy")).expect("a release");
    assert_eq!(release.respondents(), None);
    assert!(release.tables().iter().all(|table| table.rows().iter().all(|row| row.base.is_none())));
}
