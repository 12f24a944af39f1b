//! Where a submission goes: what each of its stages costs alone, on one thread, without a network. What the server needs beyond
//! their sum is HTTP and the changes from task to task.

use std::hint::black_box;
use std::time::Instant;

use isoloir_survey::{AnswerSheet, submitted_from_json, validate};
use isoloir_token::http::parse_authorization;
use isoloir_token::wire::Token;

use crate::ballots::Survey;
use crate::box_server::{Submission, cpu_s, open};

/// Ballots that each stage is run on.
const BALLOTS: usize = 4000;
/// How often each is run on them.
const ROUNDS: usize = 9;
/// As many as wait together when 64 clients send.
const TOGETHER: usize = 64;

/// A stage and its cost for one submission.
pub(crate) struct Stage {
    pub(crate) what: &'static str,
    pub(crate) cpu_us: f64,
}

/// Runs the stages; rows go to the database called `place`, an empty one.
pub(crate) async fn stages(survey: &Survey, place: &str) -> Vec<Stage> {
    let questionnaire = &survey.questionnaire;
    let (key, challenge) = survey.verification();
    let ballots: Vec<(&str, &str)> = survey.ballots(0..BALLOTS).collect();
    let read = |(_, body): &(&str, &str)| serde_json::from_str::<Submission>(body).expect("JSON");
    let check = |submission: &Submission| {
        submitted_from_json(&submission.answers)
            .and_then(|submitted| validate(questionnaire, &submitted))
            .expect("a valid sheet")
    };
    let parse = |(header, _): &(&str, &str)| parse_authorization(header).expect("a token");
    let verify = |token: &Token| token.verify(key, &challenge).expect("it is good");
    let submissions: Vec<Submission> = ballots.iter().map(read).collect();
    let sheets: Vec<AnswerSheet> = submissions.iter().map(check).collect();
    let tokens: Vec<Token> = ballots.iter().map(parse).collect();
    let mut stages = vec![
        timed("JSON is read", &ballots, read),
        timed("answers are checked", &submissions, check),
        timed("the token is read", &ballots, parse),
        timed("its signature is checked", &tokens, verify),
        timed("answers are written as JSON", &sheets, AnswerSheet::to_json),
    ];
    let cast_us = stages[3].cpu_us + stages[4].cpu_us;
    survey.publish(place).await;
    let collector = open(place).await;
    let before_s = cpu_s("self");
    let mut ballots = sheets.iter().zip(&tokens);
    loop {
        let together = ballots.by_ref().take(TOGETHER);
        let casts = together.map(|(sheet, token)| collector.cast(&questionnaire.id, sheet, token));
        let outcomes = futures_util::future::join_all(casts).await;
        if outcomes.is_empty() {
            break;
        }
        for outcome in outcomes {
            outcome.expect("taken");
        }
    }
    let stored_us = (cpu_s("self") - before_s) * 1e6 / count();
    let before_s = cpu_s("self");
    collector.close().await;
    let tidied_us = (cpu_s("self") - before_s) * 1e6 / count();
    stages.push(Stage { what: "it is stored, with 63 others", cpu_us: stored_us - cast_us });
    stages.push(Stage { what: "the last rewriting, at the end", cpu_us: tidied_us });
    stages
}

/// The quickest of some rounds: what the stage costs when nothing disturbs it.
fn timed<'a, T, U>(what: &'static str, ballots: &'a [T], stage: impl Fn(&'a T) -> U) -> Stage {
    let round = |_| {
        let started = Instant::now();
        for ballot in ballots {
            black_box(stage(ballot));
        }
        started.elapsed()
    };
    let quickest = (0..ROUNDS).map(round).min().expect("some rounds");
    Stage { what, cpu_us: quickest.as_secs_f64() * 1e6 / count() }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn count() -> f64 {
    BALLOTS as f64
}
