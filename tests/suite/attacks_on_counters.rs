//! An observer who knows when somebody is before the form, and looks at everything that is public just before and just after:
//! did they answer?
//!
//! A live counter tells. Ours is none: while a survey is open, nothing that the server shows depends on how many answered. The
//! rule for a counter that the design allows (tens, at most once a day) is measured beside it on the same people.

use serde_json::json;

use crate::attacks::{Crowd, Score, judge, tell};
use crate::faults::marked;
use crate::server::{SURVEY, Server};

const PEOPLE: usize = 60;
/// Of those who open the form, how many send it.
const SENDS: f64 = 0.45;
/// What most of them do.
const MODE: &str = "non";
/// After so many people a day is over.
const PEOPLE_A_DAY: usize = 15;

/// Everything that anybody can ask for without a code, with its status and headers.
async fn public(server: &Server) -> Vec<String> {
    let survey = |path: &str| format!("/s/{SURVEY}{path}");
    let mut addresses = vec!["/".to_owned(), "/?lang=fr-FALC".to_owned(), format!("/r/{SURVEY}")];
    addresses.extend(
        ["", "?lang=fr-FALC", "?borne", "/confiance", "/merci", "/questionnaire.json", "/responses"].map(survey),
    );
    addresses
        .extend(["/.well-known/private-token-issuer-directory", "/healthz", "/metrics", "/bureau"].map(str::to_owned));
    let mut seen = Vec::new();
    for address in addresses {
        let reply = server.http.get(server.address(&address)).send().await.expect("a reply");
        let head = format!("{address} {}", reply.status());
        let mut headers: Vec<String> = reply
            .headers()
            .iter()
            .filter(|(name, _)| *name != reqwest::header::DATE)
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        seen.push(format!("{head}\n{}\n{}", headers.join("\n"), reply.text().await.expect("a body")));
    }
    seen
}

/// « oui » when something moved; otherwise what is likelier.
fn guess(has_moved: bool) -> &'static str {
    if has_moved { "oui" } else { MODE }
}

#[tokio::test]
async fn who_watches_every_page_does_not_learn_that_somebody_answered() {
    let mut server = Server::start(PEOPLE);
    let mut crowd = Crowd::new(60_000);
    let (mut exact, mut ours, mut tens, mut daily) =
        (Score::default(), Score::default(), Score::default(), Score::default());
    let (mut counted, mut yesterday) = (0, 0);
    let first = public(&server).await;
    for person in 0..PEOPLE {
        let truth = crowd.says_yes(SENDS);
        let seen_before = public(&server).await;
        let (before, shown_before) = (counted, yesterday / 10);
        if truth == "oui" {
            let client = server.client().await;
            let token = server.token(&client, &server.codes[person]).await;
            let body = json!({"version": server.version().await, "answers": marked(person)});
            assert!(server.post_response(Some(&token), &body).await.status().is_success());
        }
        // What a counter would count: it is in the ballot box at once.
        counted = server.stored_answers().await.len();
        if (person + 1) % PEOPLE_A_DAY == 0 {
            yesterday = counted;
            // A page that is rendered when the server starts could count as well.
            server.kill_and_restart();
        }
        let seen = public(&server).await;
        exact.wager(guess(counted > before), MODE, truth);
        tens.wager(guess(counted / 10 > before / 10), MODE, truth);
        daily.wager(guess(yesterday / 10 > shown_before), MODE, truth);
        ours.wager(guess(seen != seen_before), MODE, truth);
    }
    assert!(counted > 20, "responses were mixed on the way");
    let percent = |score: Score| (score.success() * 100.0).round();
    tell(&format!(
        "Counters: right {} % of {PEOPLE} times with tens shown live, {} % with tens once a day",
        percent(tens),
        percent(daily)
    ));
    judge("A counter that is polled around an arrival", exact, ours);
    // To the byte, after an hour as after a restart.
    assert!(public(&server).await == first, "what is public does not depend on the responses");
}
