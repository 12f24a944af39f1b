//! What the residents send: a token each, and an answer sheet as residents fill one in.

use isoloir_collector::Collector;
use isoloir_survey::{Questionnaire, Territories};
use isoloir_token::client::Client;
use isoloir_token::http::authorization;
use isoloir_token::key::{PrivateKey, PublicKey};
use isoloir_token::wire::{Token, TokenChallenge};
use sha2::{Digest, Sha256};

use crate::box_server::location;
use crate::synthetic::{Profile, respondents};

/// The name under which issuer and collector are known to the tokens.
pub(crate) const SERVER_NAME: &str = "mesure.example";
const QUESTIONNAIRE: &str = include_str!("../../surveys/mauges-2026.yaml");
const TERRITORIES: &str = include_str!("../../surveys/territories.tsv");
const PROFILE: &str = include_str!("../../surveys/simulation.tsv");
const SEED: u64 = 2026;

/// A survey with as many ballots as are needed; each database gets each ballot once.
pub(crate) struct Survey {
    pub(crate) questionnaire: Questionnaire,
    key: PrivateKey,
    challenge: TokenChallenge,
    ballots: Vec<Ballot>,
}

/// A token and a sheet, as they stand in a request.
struct Ballot {
    authorization: String,
    body: String,
}

impl Survey {
    /// The Mauges survey with `count` ballots.
    pub(crate) fn new(count: usize) -> Self {
        let territories = Territories::parse(TERRITORIES).expect("territories");
        let questionnaire = isoloir_survey::parse(QUESTIONNAIRE, &territories).expect("a questionnaire");
        let profile = Profile::parse(PROFILE).expect("a profile");
        let sheets = respondents(&questionnaire, &territories, &profile, count, SEED).expect("valid sheets");
        let key = PrivateKey::generate().expect("a key");
        let context = Sha256::digest(questionnaire.id.as_str()).into();
        let challenge = TokenChallenge::new(SERVER_NAME, context, SERVER_NAME).expect("a challenge");
        let tokens = tokens(&key, &challenge, count);
        let version = questionnaire.version();
        let ballots = tokens.iter().zip(sheets).map(|(token, sheet)| Ballot {
            authorization: authorization(token),
            body: format!(r#"{{"version":"{version}","answers":{}}}"#, sheet.to_json()),
        });
        Self { ballots: ballots.collect(), questionnaire, key, challenge }
    }

    /// Publishes the survey in the database called `place`.
    pub(crate) async fn publish(&self, place: &str) {
        Collector::publish(&location(place), &self.questionnaire, self.key.public_key()).await.expect("published");
    }

    /// What a token's signature is checked with: the key, and the digest of the challenge.
    pub(crate) fn verification(&self) -> (&PublicKey, [u8; 32]) {
        (self.key.public_key(), self.challenge.digest())
    }

    /// The `Authorization` header and the body of each of these ballots.
    pub(crate) fn ballots(&self, ballots: std::ops::Range<usize>) -> impl Iterator<Item = (&str, &str)> {
        self.ballots[ballots].iter().map(|ballot| (ballot.authorization.as_str(), ballot.body.as_str()))
    }

    /// The requests that send these ballots to `POST {prefix}/s/{survey}/responses`.
    pub(crate) fn requests(&self, prefix: &str, ballots: std::ops::Range<usize>) -> Vec<Vec<u8>> {
        let path = format!("{prefix}/s/{}/responses", self.questionnaire.id);
        let request = |ballot: &Ballot| {
            let Ballot { authorization, body } = ballot;
            format!(
                "POST {path} HTTP/1.1\r\nHost: {SERVER_NAME}\r\nAuthorization: {authorization}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        };
        self.ballots[ballots].iter().map(request).collect()
    }
}

/// Distinct tokens, made by every core: a signature takes most of a millisecond.
fn tokens(key: &PrivateKey, challenge: &TokenChallenge, count: usize) -> Vec<Token> {
    let client = Client::new(key.public_key().clone(), challenge);
    let token = || {
        let (request, pending) = client.request(&mut rand::rng()).expect("a request");
        client.finalize(&pending, &key.issue(&request).expect("a signature")).expect("a token")
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|core| scope.spawn(move || (core..count).step_by(cores).map(|_| token()).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    })
}
