//! For any questionnaire and any answers, the browser and the server agree on what is shown, what is kept and what is wrong,
//! and what is kept passes validation again. Questionnaires are generated as YAML and compiled like real ones; the browser's
//! side runs in one `node` over all the cases (`tests/browser/agreement.mjs`).

use std::io::Write;
use std::process::{Command, Stdio};

use isoloir_survey::{
    Kind, Lang, Question, Questionnaire, Role, Submitted, Territories, Walk, parse, submitted_from_json, validate, walk,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::script_data;

const CASES: usize = 3000;
/// How many times as many cases are tried, each different, where somebody looks for a counterexample.
const ROUNDS: &str = "ISOLOIR_AGREEMENT_ROUNDS";
const CODES: [&str; 4] = ["a", "b", "c", "nrp"];

fn territories() -> Territories {
    Territories::parse(
        "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\tsecteur\n\
         essai\t1\t49301\tX\tcommune\t\t9\t\n\
         essai\t1\t49302\tY\tcommune\t\t3\tsecteur_y\n\
         essai\t1\t49303\tZ\tcommune\t\t2\tsecteur_y\n\
         essai\t1\t\tSecteur de Y\tsecteur\t\t\tsecteur_y\n",
    )
    .expect("territories")
}

/// What a question is made from; numbers are taken modulo what there is to choose from.
#[derive(Debug, Clone)]
struct Draft {
    kind: u8,
    required: bool,
    max: u8,
    condition: Option<Rule>,
}

#[derive(Debug, Clone)]
enum Rule {
    Is(u8, u8),
    In(u8, Vec<u8>),
    Answered(u8, bool),
    Gte(u8, i64),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
}

fn rules() -> impl Strategy<Value = Rule> {
    let leaf = prop_oneof![
        (any::<u8>(), any::<u8>()).prop_map(|(q, code)| Rule::Is(q, code)),
        (any::<u8>(), vec(any::<u8>(), 0..3)).prop_map(|(q, codes)| Rule::In(q, codes)),
        (any::<u8>(), any::<bool>()).prop_map(|(q, answered)| Rule::Answered(q, answered)),
        (any::<u8>(), -2_i64..6).prop_map(|(q, gte)| Rule::Gte(q, gte)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Rule::All),
            vec(inner.clone(), 0..3).prop_map(Rule::Any),
            inner.prop_map(|rule| Rule::Not(Box::new(rule))),
        ]
    })
}

fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    let draft = (any::<u8>(), any::<bool>(), 0_u8..4, proptest::option::weighted(0.6, rules()))
        .prop_map(|(kind, required, max, condition)| Draft { kind, required, max, condition });
    vec(draft, 1..9)
}

/// The rule over earlier variables; `None` when there is nothing to refer to.
fn condition(rule: &Rule, earlier: &[(String, Vec<&str>)]) -> Option<Value> {
    let variable = |q: u8| (!earlier.is_empty()).then(|| &earlier[usize::from(q) % earlier.len()]);
    let code =
        |codes: &[&str], index: u8| codes.get(usize::from(index) % codes.len().max(1)).map(|code| (*code).to_owned());
    let list = |rules: &[Rule]| rules.iter().map(|rule| condition(rule, earlier)).collect::<Option<Vec<Value>>>();
    Some(match rule {
        Rule::Is(q, index) => {
            let (id, codes) = variable(*q)?;
            match code(codes, *index) {
                Some(code) => json!({"q": id, "is": code}),
                None => json!({"q": id, "gte": index % 5}),
            }
        }
        Rule::In(q, indexes) => {
            let (id, codes) = variable(*q)?;
            let codes: Vec<String> = indexes.iter().filter_map(|index| code(codes, *index)).collect();
            json!({"q": id, "in": codes})
        }
        Rule::Answered(q, answered) => json!({"q": variable(*q)?.0, "answered": answered}),
        Rule::Gte(q, gte) => json!({"q": variable(*q)?.0, "gte": gte}),
        Rule::All(rules) => json!({"all": list(rules)?}),
        Rule::Any(rules) => json!({"any": list(rules)?}),
        Rule::Not(rule) => json!({"not": condition(rule, earlier)?}),
    })
}

/// The keys of one type of question, and its variables with the codes that a condition may name.
fn typed(draft: &Draft, id: &str) -> (Value, Vec<(String, Vec<&'static str>)>) {
    let choice =
        |code: &&str| json!({"code": code, "label": text(code), "missing": *code == "nrp", "exclusive": *code == "c"});
    let choices: Vec<Value> = CODES.iter().map(choice).collect();
    let mut with_other = choices.clone();
    with_other[1]["other"] = json!(true);
    let alone = |codes: &[&'static str]| vec![(id.to_owned(), codes.to_vec())];
    match draft.kind % 12 {
        0 => (json!({"type": "single", "choices": with_other}), alone(&CODES)),
        1 if draft.max == 0 => (json!({"type": "multiple", "choices": with_other}), alone(&CODES)),
        1 => (json!({"type": "multiple", "choices": with_other, "max": draft.max}), alone(&CODES)),
        2 => (json!({"type": "rank_top", "choices": choices, "max": 2 + draft.max % 3}), alone(&CODES)),
        3 => {
            let mut keys = json!({"type": "scale", "min": 0, "max": 5, "low": text("Bas"), "high": text("Haut")});
            if draft.max == 0 {
                return (keys, alone(&["0", "1", "2", "3", "4", "5"]));
            }
            keys["missing"] = text("Sans avis");
            (keys, alone(&["0", "1", "2", "3", "4", "5", "nsp"]))
        }
        4 if draft.max == 0 => (json!({"type": "integer", "min": -1_000_000_000, "max": 1_000_000_000}), alone(&[])),
        4 => (json!({"type": "integer", "min": -1, "max": 4}), alone(&[])),
        5 => {
            let rows: Vec<Value> = CODES[..2].iter().map(|row| json!({"id": row, "label": text(row)})).collect();
            let variables = CODES[..2].iter().map(|row| (format!("{id}_{row}"), CODES.to_vec())).collect();
            (json!({"type": "matrix", "choices": choices, "rows": rows}), variables)
        }
        6 => (json!({"type": "text_short", "max_chars": 8}), Vec::new()),
        7 => (json!({"type": "text_long", "max_chars": 8}), Vec::new()),
        8 if draft.max.is_multiple_of(2) => (json!({"type": "territory"}), alone(&["49301", "49302", "49303"])),
        8 => (json!({"type": "territory", "level": "sector"}), alone(&["49301", "secteur_y"])),
        9 => (json!({"type": "age_band", "bands": [16, 30, 60]}), alone(&["16-29", "30-59", "60+"])),
        10 => (json!({"type": "score"}), Vec::new()),
        _ => (json!({"type": "note"}), Vec::new()),
    }
}

/// A text in usual and in easy French.
fn text(text: &str) -> Value {
    json!({"fr": text, "fr-FALC": format!("{text}, facile")})
}

/// JSON is YAML: the questionnaire goes through the same compiler as those that people write.
fn questionnaire(drafts: &[Draft]) -> Questionnaire {
    let mut earlier: Vec<(String, Vec<&str>)> = Vec::new();
    let mut questions = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        let id = format!("q{index}");
        let (mut question, variables) = typed(draft, &id);
        question["id"] = json!(id);
        question["text"] = text("Texte");
        if question["type"] == "score" {
            // A score is made of an earlier answer; where there is none, a note takes its place.
            let of = earlier.iter().find(|(_, codes)| !codes.is_empty());
            match of {
                Some((q, codes)) => question["terms"] = json!([{"q": q, "points": {codes[0]: "1"}}]),
                None => question["type"] = json!("note"),
            }
        }
        if question["type"] != "note" {
            question["short"] = text("Court");
        }
        if !["note", "score", "text_short", "text_long"].contains(&question["type"].as_str().expect("a type")) {
            question["required"] = json!(draft.required);
        }
        if let Some(rule) = draft.condition.as_ref().and_then(|rule| condition(rule, &earlier)) {
            question["show_if"] = rule;
        }
        questions.push(question);
        earlier.extend(variables);
    }
    let words = text("Essai");
    let second = questions.split_off(questions.len().div_ceil(2));
    let first = questions;
    let yaml = json!({
        "id": "essai", "title": words, "languages": ["fr", "fr-FALC"], "territory": "essai", "access": "open", "organiser": words,
        "contact": {"phone": "0"}, "minutes": 1, "welcome": words, "thanks": words, "axes": [],
        "pages": [{"id": "p", "title": words, "questions": first}, {"id": "d", "title": words, "questions": second}],
    });
    parse(&yaml.to_string(), &territories()).unwrap_or_else(|problems| panic!("{problems:#?} in {yaml:#}"))
}

/// What a form can hold for a question: codes that it offers, or whatever one may type.
fn values(question: &Question, pick: &(u16, u8, String)) -> Vec<String> {
    let (bits, index, typed) = pick;
    let code = |index: usize| {
        question.choices().get(index % question.choices().len().max(1)).map(|choice| choice.code.to_string())
    };
    match &question.kind {
        Kind::Multiple { choices, .. } => {
            let chosen = choices.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
            chosen.map(|(_, choice)| choice.code.to_string()).collect()
        }
        Kind::RankTop { ranks, .. } => (0..usize::from(*ranks))
            .map(|rank| {
                let choice = usize::from(bits >> (3 * rank)) % 5;
                if choice == 4 { String::new() } else { code(choice).unwrap_or_default() }
            })
            .collect(),
        Kind::Single { .. } | Kind::Scale { .. } if bits % 4 > 0 => code(usize::from(*index)).into_iter().collect(),
        Kind::Integer { .. } if bits % 2 > 0 => vec![(i64::from(*index % 8) - 2).to_string()],
        Kind::Integer { .. } | Kind::TextLong { .. } => vec![typed.clone()],
        _ => Vec::new(),
    }
}

fn picks() -> impl Strategy<Value = Vec<(u16, u8, String)>> {
    // What is typed: numbers, nearly numbers, spaces of every kind, control characters, characters beyond the first plane.
    let typed = prop_oneof![
        "[ \u{a0}+-]?[0-9]{0,3}[ .e]?",
        "[+-]?0{0,2}(100000000[01]|922337203685477580[678])",
        "[a-z\u{7}\u{85}\u{2028}\r\n\t 😀é]{0,10}",
        "\\PC{0,9}"
    ];
    vec((any::<u16>(), 0_u8..20, typed), 24)
}

fn submitted(questionnaire: &Questionnaire, picks: &[(u16, u8, String)]) -> Submitted {
    let asked = questionnaire.questions().filter(|question| question.is_asked());
    asked.zip(picks.iter().cycle()).map(|(question, pick)| (question.id.to_string(), values(question, pick))).collect()
}

fn expected(walk: &Walk, questionnaire: &Questionnaire, lang: &Lang) -> Value {
    let shown: Vec<&str> =
        questionnaire.questions().filter(|question| walk.shown.contains(&question.id)).map(|q| q.id.as_str()).collect();
    let errors: Vec<Value> =
        walk.errors.iter().map(|error| json!({"id": error.question, "message": error.kind.message(lang)})).collect();
    json!({"shown": shown, "answers": walk.answers, "errors": errors})
}

fn kind_name(question: &Question) -> &'static str {
    match &question.kind {
        Kind::Single { role: Some(Role::Territory), choices } if choices.len() == 2 => "sectors",
        Kind::Single { role: Some(Role::Territory), .. } => "communes",
        Kind::Single { role: Some(Role::AgeBand), .. } => "ages",
        Kind::Single { .. } => "single",
        Kind::Multiple { .. } => "multiple",
        Kind::Scale { .. } => "scale",
        Kind::Integer { .. } => "integer",
        Kind::RankTop { .. } => "ranking",
        Kind::TextLong { .. } => "text",
        Kind::Matrix => "matrix",
        Kind::Score { .. } => "score",
        Kind::Note => "note",
    }
}

fn browser_data(questionnaire: &Questionnaire, lang: &Lang) -> Vec<Value> {
    let on_the_page = questionnaire.questions().filter(|question| !matches!(question.kind, Kind::Score { .. }));
    on_the_page.map(|question| script_data::question(question, lang)).collect()
}

/// Runs the cases in the browser's modules and returns what it says of those on which it disagrees.
fn browser_disagreements(cases: &[Value]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/browser/agreement.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed by scripts/setup");
    let mut input = node.stdin.take().expect("piped");
    let text = serde_json::to_string(cases).expect("JSON");
    // The script reads everything before it writes, so neither side waits for the other.
    input.write_all(text.as_bytes()).expect("written to node");
    drop(input);
    let output = node.wait_with_output().expect("node ends");
    assert!(output.status.success(), "node failed");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn browser_and_server_agree_on_any_questionnaire_and_any_answers() {
    let mut runner = TestRunner::deterministic();
    let strategy = (drafts(), picks());
    let languages = [Lang::french(), Lang::parse("fr-FALC").expect("a language")];
    let rounds = std::env::var(ROUNDS).map_or(1, |rounds| rounds.parse().expect("a number of rounds"));
    for _ in 0..rounds {
        let mut valid = 0;
        let mut kinds = std::collections::BTreeSet::new();
        let cases: Vec<Value> = languages
            .iter()
            .cycle()
            .take(CASES)
            .map(|lang| {
                let (drafts, picks) = strategy.new_tree(&mut runner).expect("a case").current();
                let questionnaire = questionnaire(&drafts);
                kinds.extend(questionnaire.questions().map(kind_name));
                let submitted = submitted(&questionnaire, &picks);
                let walk = walk(&questionnaire, &submitted);
                valid += usize::from(walk.errors.is_empty());
                json!({
                    "questions": browser_data(&questionnaire, lang),
                    "submitted": submitted,
                    "expected": expected(&walk, &questionnaire, lang),
                })
            })
            .collect();
        assert!((CASES / 10..CASES * 9 / 10).contains(&valid), "{valid} of {CASES} are valid: both sides are tried");
        assert_eq!(kinds.len(), 12, "every kind of question is tried: {kinds:?}");
        let said = browser_disagreements(&cases);
        assert_eq!(said.trim(), format!("{CASES} cases agree"));
    }
}

/// The same table for both sides, over the questionnaire that has every type.
#[test]
fn the_shared_table_of_sheets_holds() {
    let real = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    let questionnaire = parse(include_str!("../survey/fixtures/types.yaml"), &real).expect("the fixture");
    let table: Value = serde_json::from_str(include_str!("../../tests/vectors/sheets.json")).expect("the table");
    let cases = table["cases"].as_array().expect("cases");
    assert!(cases.len() >= 12);
    let mut for_the_browser = Vec::new();
    for case in cases {
        let submitted: Submitted = serde_json::from_value(case["submitted"].clone()).expect("values");
        let walk = walk(&questionnaire, &submitted);
        let got = expected(&walk, &questionnaire, &Lang::french());
        for part in ["shown", "answers"] {
            assert_eq!(got[part], case[part], "{}: {part}", case["name"]);
        }
        let wrong: Vec<&Value> = got["errors"].as_array().expect("a list").iter().map(|error| &error["id"]).collect();
        assert_eq!(json!(wrong), case["errors"], "{}", case["name"]);
        for_the_browser
            .push(json!({"questions": browser_data(&questionnaire, &Lang::french()), "submitted": submitted, "expected": got}));
    }
    assert_eq!(browser_disagreements(&for_the_browser).trim(), format!("{} cases agree", cases.len()));
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(500) })]

    #[test]
    fn what_is_stored_passes_validation_again(drafts in drafts(), picks in picks()) {
        let questionnaire = questionnaire(&drafts);
        let mut submitted = submitted(&questionnaire, &picks);
        // Whoever corrects every error ends with a valid sheet.
        for error in walk(&questionnaire, &submitted).errors {
            let question = questionnaire.questions().find(|question| question.id.as_str() == error.question).expect("it exists");
            let good = question.choices().first().map_or("1", |choice| choice.code.as_str());
            submitted.insert(error.question, vec![good.to_owned()]);
        }
        let Ok(sheet) = validate(&questionnaire, &submitted) else { return Ok(()) };
        prop_assert_eq!(&validate(&questionnaire, &sheet.to_submitted()).expect("valid again"), &sheet);
        let stored = serde_json::from_str(&sheet.to_json()).expect("an object");
        let stored = submitted_from_json(&stored).expect("what is stored has the shape of answers");
        prop_assert_eq!(&validate(&questionnaire, &stored).expect("valid as it is stored"), &sheet);
        let again: Questionnaire = serde_json::from_str(&questionnaire.canonical_json()).expect("canonical JSON");
        prop_assert_eq!(again.version(), questionnaire.version());
        let shown = walk(&questionnaire, &submitted).shown;
        prop_assert!(sheet.answers().keys().all(|id| shown.contains(id)));
        let mut kept = sheet.clone();
        kept.take_free_texts(&questionnaire);
        prop_assert_eq!(&validate(&questionnaire, &kept.to_submitted()).expect("valid without its texts"), &kept);
    }
}
