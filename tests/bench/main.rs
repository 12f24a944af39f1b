//! `make bench`: ratios against a baseline that is measured in the same run on the same machine, since machines differ and
//! are noisy. Absolute numbers are printed only to show what the ratios are made of.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use isoloir_issuer::{Issuer, SurveyTerms};
use isoloir_store::{
    Batch, Column, Database, Due, Location, Migrations, StoreError, Table, Transaction, Value, Writer,
};
use isoloir_survey::{Access, SurveyId};
use isoloir_token::client::Client;
use isoloir_token::key::PrivateKey;
use isoloir_token::wire::TokenChallenge;
use openssl::rsa::{Padding, Rsa};
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const CLIENTS: usize = 64;
const SIGNATURES: usize = 1500;
const COMMITS: usize = 3200;
const COMMITS_ALONE: usize = 400;

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    println!("{:<44} {:>12} {:>12} {:>8} {:>8}", "what", "measured/s", "baseline/s", "ratio", "target");
    let (signing, baseline) = signing(folder.path()).await;
    row("token issuance / 2 × one-core RSA signing", signing, baseline, 0.85);
    // Where the rest goes: the same signatures without codes, transactions or tasks, on two plain threads.
    row("  of which signing and checking alone", two_threads(), baseline, 0.85);
    let (grouped, alone) = commits(folder.path()).await;
    row("group commit / commit each, 64 clients", grouped, alone, 6.0);
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn row(what: &str, measured: f64, baseline: f64, target: f64) {
    println!("{what:<44} {measured:>12.0} {baseline:>12.0} {:>8.2} {target:>8.2}", measured / baseline);
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand operations")]
fn per_second(operations: usize, elapsed: Duration) -> f64 {
    operations as f64 / elapsed.as_secs_f64()
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

/// Issuance with everything it does (code, transaction, `fsync`, signature, check) against the bare private-key operation
/// of OpenSSL on one core, twice: what `openssl speed rsa2048` measures.
async fn signing(folder: &Path) -> (f64, f64) {
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

    let private = Rsa::generate(2048).expect("a key");
    let mut signature = [0; 256];
    let started = Instant::now();
    for _ in 0..SIGNATURES {
        private.private_encrypt(&[7; 200], &mut signature, Padding::PKCS1).expect("a signature");
    }
    let one_core = per_second(SIGNATURES, started.elapsed());

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

/// Blind signatures with their check, on two threads that do nothing else and share one key, as the issuer's do.
fn two_threads() -> f64 {
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

const ROWS: Table = Table::new("rows", &[Column::bytes("id"), Column::text("body")]);

/// Inserts one row per job.
struct Rows;

impl Batch for Rows {
    type Job = [u8; 16];
    type Outcome = ();

    async fn write(&mut self, transaction: &mut Transaction, jobs: &[[u8; 16]]) -> Result<Vec<()>, StoreError> {
        let body = "x".repeat(600);
        let values: Vec<Value<'_>> = jobs.iter().flat_map(|id| [id.into(), body.as_str().into()]).collect();
        transaction.insert(&ROWS, &values).await?;
        Ok(jobs.iter().map(|_| ()).collect())
    }

    async fn tidy(&mut self, _: &Database, _: Due) -> Result<bool, StoreError> {
        Ok(true)
    }
}

/// The group-commit writer against one transaction per job, both with a full `fsync`, on databases opened alike.
async fn commits(folder: &Path) -> (f64, f64) {
    let open = |name: &str| {
        let location = Location::File(folder.join(name));
        async move {
            let sql = "CREATE TABLE rows (id BLOB PRIMARY KEY, body TEXT) STRICT, WITHOUT ROWID".into_sql_str();
            let migration = Migration::new(1, "rows".into(), MigrationType::Simple, sql, false);
            let migrations = Migrations { sqlite: Migrator::with_migrations(vec![migration]), postgres: None };
            Database::open(&location, &migrations).await.expect("a database")
        }
    };
    let writer = Arc::new(Writer::start(open("grouped.db").await, Rows));
    let grouped = with_clients(COMMITS, |_| {
        let writer = Arc::clone(&writer);
        async move { writer.submit(rand::random()).await.expect("written") }
    })
    .await;

    let database = open("alone.db").await;
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    let alone = with_clients(COMMITS_ALONE, |_| {
        let (database, turn) = (database.clone(), Arc::clone(&turn));
        async move {
            // One at a time, as SQLite writes; without this, waiting for its lock would be measured.
            let _turn = turn.lock().await;
            let mut transaction = database.begin().await.expect("a transaction");
            Rows.write(&mut transaction, &[rand::random()]).await.expect("inserted");
            transaction.commit().await.expect("committed");
        }
    })
    .await;
    (grouped, alone)
}
