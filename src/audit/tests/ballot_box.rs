//! The content of a made-up installation: what a server would have written, before anything leaks.

use std::time::Duration;

use isoloir_audit::{Report, Settings, Verdict};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The day of the audit, and little patience: nothing is being rewritten, unless a test says so.
pub(crate) const SETTINGS: Settings = Settings {
    request_log: false,
    servers_request_log: None,
    today: jiff::civil::date(2026, 11, 21),
    patience: Duration::from_millis(300),
};

/// Rows in the order of their keys.
pub(crate) struct Content {
    pub(crate) invitations: Vec<([u8; 32], bool, [u8; 32])>,
    pub(crate) spent: Vec<[u8; 32]>,
    pub(crate) responses: Vec<([u8; 16], String)>,
    pub(crate) intake: Vec<([u8; 16], String)>,
    pub(crate) intake_marks: Vec<[u8; 32]>,
    pub(crate) free_texts: Vec<([u8; 16], String)>,
}

/// What is asked: single choices, a count, several choices, a ranking, and texts, of which two stay with the other answers.
pub(crate) fn questionnaire() -> String {
    let choices = |codes: std::ops::Range<u32>| -> Vec<_> {
        codes.map(|code| serde_json::json!({"code": code.to_string(), "label": {"fr": "Choix"}})).collect()
    };
    let single =
        |index| serde_json::json!({"id": format!("question_{index:02}"), "type": "single", "choices": choices(0..9)});
    let mut questions: Vec<_> = (0..36).map(single).collect();
    questions.push(serde_json::json!({"id": "foyer", "type": "integer", "min": 1, "max": 20}));
    questions.push(serde_json::json!({"id": "motifs", "type": "multiple", "choices": choices(0..6), "max": 3}));
    questions.push(serde_json::json!({"id": "rangs", "type": "rank_top", "choices": choices(0..6), "ranks": 3}));
    for (name, linked) in [("sent", true), ("x", true), ("v", false)] {
        questions.push(serde_json::json!({"id": name, "type": "text_long", "max_chars": 200, "linked": linked}));
    }
    serde_json::json!({
        "id": "mauges-2026",
        "opens": "2026-03-01",
        "closes": "2026-12-31",
        "pages": [{"id": "sante", "questions": questions}],
    })
    .to_string()
}

/// The answers of one response, of 300 to 900 bytes.
pub(crate) fn answers(rng: &mut StdRng) -> String {
    let questions = rng.random_range(12..36);
    let mut answers = vec![
        format!("\"foyer\":{}", rng.random_range(1..8)),
        format!("\"motifs\":[\"{}\",\"{}\"]", rng.random_range(0..3), rng.random_range(3..6)),
    ];
    answers.extend((0..questions).map(|index| format!("\"question_{index:02}\":\"{}\"", rng.random_range(0..9))));
    answers.push(format!("\"rangs\":[\"{}\",\"{}\"]", rng.random_range(3..6), rng.random_range(0..3)));
    format!("{{{}}}", answers.join(","))
}

impl Content {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut content = Self {
            invitations: (0..150).map(|index| (rng.random(), index % 3 == 0, rng.random())).collect(),
            spent: (0..140).map(|_| rng.random()).collect(),
            responses: (0..140).map(|_| (rng.random(), answers(&mut rng))).collect(),
            intake: (0..7).map(|_| (rng.random(), answers(&mut rng))).collect(),
            intake_marks: (0..7).map(|_| rng.random()).collect(),
            free_texts: (0..25).map(|index| (rng.random(), format!("Un médecin à Jallais, {index}"))).collect(),
        };
        content.invitations.sort_unstable();
        content.spent.sort_unstable();
        content.responses.sort_unstable();
        content.intake.sort_unstable();
        content.intake_marks.sort_unstable();
        content.free_texts.sort_unstable();
        content
    }
}

/// The stable names of the checks that failed, and the whole report for a message.
pub(crate) fn failed(report: &Report) -> Vec<&'static str> {
    report.checks.iter().filter(|check| check.verdict == Verdict::Failed).map(|check| check.name).collect()
}

/// Fails with the report that people would read.
#[track_caller]
pub(crate) fn assert_fails_only(report: &Report, name: &str) {
    assert_eq!(failed(report), [name], "\n{}", report.to_text());
    assert!(!report.passed());
    let check = report.checks.iter().find(|check| check.verdict == Verdict::Failed);
    assert!(check.is_some_and(|check| check.advice.is_some()), "{name} says what to do");
}
