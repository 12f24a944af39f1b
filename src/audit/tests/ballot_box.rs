//! The content of a made-up installation: what a server would have written, before anything leaks.

use isoloir_audit::{Report, Verdict};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The day of the audit.
pub(crate) const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 21);

/// Rows in the order of their keys.
pub(crate) struct Content {
    pub(crate) invitations: Vec<([u8; 32], bool, [u8; 32])>,
    pub(crate) spent: Vec<[u8; 32]>,
    pub(crate) responses: Vec<([u8; 16], String)>,
    pub(crate) intake: Vec<([u8; 16], String)>,
    pub(crate) intake_marks: Vec<[u8; 32]>,
    pub(crate) free_texts: Vec<([u8; 16], String)>,
}

/// The answers of one response, of 300 to 900 bytes.
pub(crate) fn answers(rng: &mut StdRng) -> String {
    let questions = rng.random_range(12..36);
    let answers: Vec<String> =
        (0..questions).map(|index| format!("\"question_{index}\":\"{}\"", rng.random_range(0..9))).collect();
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
