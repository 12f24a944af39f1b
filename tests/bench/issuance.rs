//! How many tokens the issuer gives in a second.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use isoloir_issuer::{Issuer, SurveyTerms};
use isoloir_store::Location;
use isoloir_survey::{Access, SurveyId};
use isoloir_token::client::Client;
use isoloir_token::key::PrivateKey;
use isoloir_token::wire::TokenChallenge;
use openssl::rsa::{Padding, Rsa};

use crate::per_second;

const CLIENTS: usize = 64;
const SIGNATURES: usize = 3000;

/// Issuance with everything it does (code, transaction, `fsync`, signature, check) against the bare private-key operation
/// of OpenSSL on one core, twice: what `openssl speed rsa2048` measures.
pub(crate) async fn issuance(folder: &Path) -> (f64, f64) {
    let mut issuer = Issuer::open(&Location::File(folder.join("issuer.db")), &folder.join("keys"), &mut rand::rng())
        .await
        .expect("an issuer");
    let survey = SurveyId::parse("mesure").expect("a name");
    let terms = SurveyTerms { access: Access::Invitation, opens: None, closes: None };
    let key = issuer.open_survey(&survey, terms).await.expect("a survey");
    let codes = issuer.invite(&survey, SIGNATURES, &mut rand::rng()).await.expect("codes");
    let challenge = TokenChallenge::new("a.example", [0; 32], "a.example").expect("a challenge");
    let client = Client::new(key, &challenge);
    // Blinding is the client's work: it is done before the clock starts.
    let requests: Vec<_> =
        codes.iter().map(|code| (code.reveal(), client.request(&mut rand::rng()).expect("a request").0)).collect();
    let today = jiff::civil::date(2026, 1, 1);
    let one_core = one_core();
    let (issuer, survey, requests) = (Arc::new(issuer), Arc::new(survey), Arc::new(requests));
    let measured = with_clients(SIGNATURES, |index| {
        let (issuer, survey, requests) = (Arc::clone(&issuer), Arc::clone(&survey), Arc::clone(&requests));
        async move {
            let (code, request) = &requests[index];
            issuer.issue(&survey, Some(code), request, None, today).await.expect("a token")
        }
    })
    .await;
    (measured, 2.0 * one_core)
}

/// The bare private-key operation, on one thread.
fn one_core() -> f64 {
    let private = Rsa::generate(2048).expect("a key");
    let mut signature = [0; 256];
    let started = Instant::now();
    for _ in 0..SIGNATURES {
        private.private_encrypt(&[7; 200], &mut signature, Padding::PKCS1).expect("a signature");
    }
    per_second(SIGNATURES, started.elapsed())
}

/// Blind signatures with their check, on two threads that do nothing else and share one key, as the issuer's do.
pub(crate) fn two_threads() -> f64 {
    let key = PrivateKey::generate().expect("a key");
    let challenge = TokenChallenge::new("a.example", [0; 32], "a.example").expect("a challenge");
    let (request, _) = Client::new(key.public_key().clone(), &challenge).request(&mut rand::rng()).expect("a request");
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..SIGNATURES / 2 {
                    key.issue(&request).expect("a signature");
                }
            });
        }
    });
    per_second(SIGNATURES, started.elapsed())
}

/// Runs `CLIENTS` tasks that share `work` and returns how many operations they did in a second.
async fn with_clients<F, T>(operations: usize, work: impl Fn(usize) -> F) -> f64
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    let mut next = 0;
    while next < operations || !tasks.is_empty() {
        while next < operations && tasks.len() < CLIENTS {
            tasks.spawn(work(next));
            next += 1;
        }
        tasks.join_next().await.expect("a task").expect("no panic");
    }
    per_second(operations, started.elapsed())
}
