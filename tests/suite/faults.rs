//! What fails at the worst moment: the process, the disk, the database. Each story ends with every acknowledged response
//! stored exactly once, and with a message that an operator understands.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use isoloir_survey::{Kind, Territories, parse};
use isoloir_token::client::{Client, PendingToken};
use isoloir_token::http::authorization;
use isoloir_token::wire::{TokenRequest, TokenResponse};
use rand::RngExt;
use serde_json::{Value, json};

use crate::postgres::Cluster;
use crate::preload::Faults;
use crate::server::{SURVEY, Server, isoloir_unprivileged, isoloir_with, text};

/// Rounds of `kill -9` for each database.
const ROUNDS: usize = 20;
/// How long residents try again before something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);
/// Residents who answer at the same time.
const RESIDENTS: usize = 16;

/// Answers that no other number has: its digits, one question each.
pub(crate) fn marked(number: usize) -> Value {
    static QUESTIONS: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        let questionnaire = parse(include_str!("../../surveys/mauges-2026.yaml"), &territories).expect("valid");
        questionnaire
            .questions()
            .filter(|question| question.show_if.is_none() && question.id.as_str() != "renonce_12m")
            .filter(|question| matches!(question.kind, Kind::Single { .. } | Kind::Scale { .. }))
            .map(|question| {
                let codes = question.choices().iter().map(|choice| choice.code.to_string()).collect();
                (question.id.to_string(), codes)
            })
            .collect()
    });
    let mut answers = json!({"renonce_12m": "non"});
    let mut left = number;
    for (question, codes) in QUESTIONS.iter() {
        answers[question] = json!(codes[left % codes.len()]);
        left /= codes.len();
    }
    assert_eq!(left, 0, "there are answers enough to tell {number} apart");
    answers
}

/// A resident's browser: it asks for a token and sends its answers, and tries the same again after any failure, as long as it
/// is told to. Returns whether the answers were acknowledged.
pub(crate) struct Resident {
    number: usize,
    code: String,
    blinded: (TokenRequest, PendingToken),
    body: Value,
}

impl Resident {
    fn new(client: &Client, number: usize, code: &str, version: &str) -> Self {
        let blinded = client.request(&mut rand::rng()).expect("a request");
        let body = json!({"version": version, "answers": marked(number)});
        Self { number, code: code.to_owned(), blinded, body }
    }

    /// One attempt; nothing is known when it fails.
    pub(crate) async fn try_once(&self, http: &reqwest::Client, url: &str, client: &Client) -> Result<(), Option<u16>> {
        let issued = http
            .post(format!("{url}/s/{SURVEY}/token-request"))
            .header("Content-Type", "application/private-token-request")
            .header("Invitation-Code", &self.code)
            .body(self.blinded.0.to_bytes())
            .send()
            .await
            .map_err(|_| None)?;
        if issued.status() != 200 {
            return Err(Some(issued.status().as_u16()));
        }
        let bytes = issued.bytes().await.map_err(|_| None)?;
        let response = TokenResponse::parse(&bytes).map_err(|_| None)?;
        let token = client.finalize(&self.blinded.1, &response).expect("a token");
        let sent = http
            .post(format!("{url}/s/{SURVEY}/responses"))
            .header("Authorization", authorization(&token))
            .json(&self.body)
            .send()
            .await
            .map_err(|_| None)?;
        if sent.status() == 201 { Ok(()) } else { Err(Some(sent.status().as_u16())) }
    }
}

/// Residents at a server: those who wait for their turn, and the numbers that were acknowledged.
pub(crate) struct Crowd {
    client: Arc<Client>,
    pub(crate) waiting: Vec<Resident>,
    pub(crate) acknowledged: BTreeSet<usize>,
    /// Replies other than success, with how often.
    refusals: BTreeMap<u16, usize>,
}

impl Crowd {
    pub(crate) async fn new(server: &Server) -> Self {
        let (client, version) = (server.client().await, server.version().await);
        let resident = |(number, code): (usize, &String)| Resident::new(&client, number, code, &version);
        let waiting = server.codes.iter().enumerate().map(resident).collect();
        Self { waiting, client: Arc::new(client), acknowledged: BTreeSet::new(), refusals: BTreeMap::new() }
    }

    /// One of them, who is refused for now and goes on waiting.
    pub(crate) async fn one_is_refused(&mut self, server: &Server, status: u16) {
        let resident = self.waiting.last().expect("somebody waits");
        let reply = resident.try_once(&server.http, &server.url, &self.client).await;
        assert_eq!(reply, Err(Some(status)));
    }

    /// That many of them come, and go through at last.
    pub(crate) async fn some_go_through(&mut self, server: &Server, number: usize) {
        let others = self.waiting.split_off(number.min(self.waiting.len()));
        tokio::time::timeout(PATIENCE, self.come(server, std::future::pending())).await.expect("they go through");
        self.waiting = others;
    }

    /// Lets them come, so many at a time, until `until` ends or all were acknowledged. Who fails goes back to wait.
    pub(crate) async fn come(&mut self, server: &Server, until: impl Future<Output = ()>) {
        let mut under_way = tokio::task::JoinSet::new();
        tokio::pin!(until);
        let mut has_ended = false;
        loop {
            while !has_ended && under_way.len() < RESIDENTS {
                let Some(resident) = self.waiting.pop() else { break };
                let (http, url, client) = (server.http.clone(), server.url.clone(), Arc::clone(&self.client));
                under_way.spawn(async move {
                    let reply = resident.try_once(&http, &url, &client).await;
                    (resident, reply)
                });
            }
            tokio::select! {
                () = &mut until, if !has_ended => has_ended = true,
                done = under_way.join_next() => {
                    let Some(done) = done else { return };
                    let (resident, reply) = done.expect("no panic");
                    match reply {
                        Ok(()) => drop(self.acknowledged.insert(resident.number)),
                        Err(refusal) => {
                            if let Some(status) = refusal {
                                *self.refusals.entry(status).or_default() += 1;
                            }
                            // In random order, so that nobody starves.
                            self.waiting.insert(rand::rng().random_range(0..=self.waiting.len()), resident);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                }
            }
        }
    }
}

/// Answers as text, in the order of the questions' names.
fn text_of(answers: &Value) -> String {
    let sorted: BTreeMap<_, _> = answers.as_object().expect("an object").iter().collect();
    serde_json::to_string(&sorted).expect("JSON")
}

/// Everything that is stored, with how often.
pub(crate) async fn stored(server: &Server) -> BTreeMap<String, usize> {
    let mut stored = BTreeMap::new();
    for answers in server.stored_answers().await {
        *stored.entry(text_of(&answers)).or_default() += 1;
    }
    stored
}

pub(crate) fn assert_exactly_once(stored: &BTreeMap<String, usize>, numbers: &BTreeSet<usize>) {
    for number in numbers {
        let count = stored.get(&text_of(&marked(*number))).copied().unwrap_or(0);
        assert_eq!(count, 1, "response {number} was acknowledged and is stored {count} times");
    }
    assert!(stored.values().all(|count| *count == 1), "nothing is stored twice");
}

async fn killed_twenty_times_under_load(mut server: Server) {
    let mut crowd = Crowd::new(&server).await;
    let residents = crowd.waiting.len();
    for _ in 0..ROUNDS {
        let (pid, wait) = (server.pid().to_string(), rand::rng().random_range(20..250));
        crowd
            .come(&server, async {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                assert!(Command::new("kill").args(["-KILL", &pid]).status().expect("kill").success());
            })
            .await;
        server.kill_and_restart();
        assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    }
    crowd.come(&server, std::future::pending()).await;
    assert_eq!(crowd.acknowledged.len(), residents, "everybody got through in the end: {:?}", crowd.refusals);
    let _ = server.stop();
    let stored = stored(&server).await;
    assert_exactly_once(&stored, &crowd.acknowledged);
    assert_eq!(stored.len(), residents);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_twenty_times_under_load_loses_and_doubles_nothing() {
    killed_twenty_times_under_load(Server::start(700)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_database_server_being_killed_twenty_times_loses_and_doubles_nothing() {
    killed_twenty_times_under_load(Server::start_on(Cluster::shared(), 700)).await;
}

/// Ends when the process has.
async fn death_of(pid: u32) {
    while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The process dies just before its nth step, of those that `fault` counts from when it listens: so many residents come each
/// time. Returns how often it died.
async fn killed_at_steps(server: &mut Server, crowd: &mut Crowd, fault: (&str, &str), steps: &[usize]) -> usize {
    const RESIDENTS: usize = 24;
    let faults = Faults::compile();
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("from");
    let mut everybody = std::mem::take(&mut crowd.waiting);
    let mut deaths = 0;
    for step in steps {
        crowd.waiting = everybody.split_off(everybody.len() - RESIDENTS);
        let _ = std::fs::remove_file(&from);
        server.restart_with(&[
            ("LD_PRELOAD", &faults.library()),
            fault,
            ("FAULT_FROM", from.to_str().expect("UTF-8")),
            ("FAULT_KILL_AT", &step.to_string()),
        ]);
        std::fs::write(&from, "").expect("counted from now on");
        let _ = tokio::time::timeout(Duration::from_secs(2), crowd.come(server, death_of(server.pid()))).await;
        deaths += usize::from(server.has_ended());
        server.kill_and_restart();
        assert_exactly_once(&stored(server).await, &crowd.acknowledged);
        crowd.some_go_through(server, RESIDENTS).await;
    }
    crowd.waiting = everybody;
    deaths
}

/// Steps on disk are writes, truncations, `fsync`s and removals of files.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_step_on_disk_nothing_is_lost_or_doubled() {
    const STEPS: [usize; 10] = [1, 2, 4, 7, 12, 20, 33, 55, 90, 148];
    let mut server = Server::start(24 * STEPS.len() * 2);
    let mut crowd = Crowd::new(&server).await;
    let mut deaths = 0;
    for role in ["/issuer/", "/collector/"] {
        deaths += killed_at_steps(&mut server, &mut crowd, ("FAULT_UNDER", role), &STEPS).await;
    }
    let _ = server.stop();
    assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    assert!(deaths > STEPS.len(), "the process died in {deaths} of {} runs", 2 * STEPS.len());
}

/// With a database server, steps are what is sent to it and received from it.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_message_to_a_database_server_nothing_is_lost_or_doubled() {
    const STEPS: [usize; 8] = [1, 5, 20, 42, 70, 110, 180, 300];
    let cluster = Cluster::shared();
    let mut server = Server::start_on(Arc::clone(&cluster), 24 * STEPS.len());
    let mut crowd = Crowd::new(&server).await;
    let port = cluster.port().to_string();
    let deaths = killed_at_steps(&mut server, &mut crowd, ("FAULT_PORT", &port), &STEPS).await;
    let _ = server.stop();
    assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    assert!(deaths > STEPS.len() / 2, "the process died in {deaths} of {} runs", STEPS.len());
}

/// A resident who is refused once, with this status, and lets the same attempt through later.
async fn refused_then_taken(server: &Server, crowd: &mut Crowd, status: u16, mend: impl FnOnce()) {
    let resident = crowd.waiting.pop().expect("somebody");
    let refused = resident.try_once(&server.http, &server.url, &crowd.client).await;
    assert_eq!(refused, Err(Some(status)));
    assert_exactly_once(&stored(server).await, &crowd.acknowledged);
    mend();
    let deadline = Instant::now() + Duration::from_secs(20);
    while let Err(error) = resident.try_once(&server.http, &server.url, &crowd.client).await {
        assert!(Instant::now() < deadline, "still refused: {error:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    crowd.acknowledged.insert(resident.number);
    assert_exactly_once(&stored(server).await, &crowd.acknowledged);
}

#[tokio::test]
async fn a_full_disk_refuses_until_there_is_room_again() {
    let faults = Faults::compile();
    let folder = tempfile::tempdir().expect("a folder");
    let full = folder.path().join("full");
    for role in ["/collector/", "/issuer/"] {
        let mut server = Server::start(3);
        let mut crowd = Crowd::new(&server).await;
        server.restart_with(&[
            ("LD_PRELOAD", &faults.library()),
            ("FAULT_UNDER", role),
            ("FAULT_FULL", full.to_str().expect("UTF-8")),
        ]);
        for _ in 0..2 {
            std::fs::write(&full, "").expect("the disk is full");
            refused_then_taken(&server, &mut crowd, 503, || std::fs::remove_file(&full).expect("there is room")).await;
        }
        let log = server.stop();
        assert!(log.contains("un groupe d’écritures a été annulé") && log.contains("full"), "the log says why: {log}");
    }
}

/// What is sent when nothing can be stored says so, when to come back, and that nothing counts twice.
#[tokio::test]
async fn a_database_that_another_program_holds_refuses_until_it_is_given_back() {
    let server = Server::start(2);
    let mut crowd = Crowd::new(&server).await;
    let token = server.token(&crowd.client, &server.codes[0]).await;
    crowd.waiting.remove(0);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(server.data().join("collector/collector.db"));
    let holder = sqlx::SqlitePool::connect_with(options).await.expect("opened");
    let held = holder.begin_with("BEGIN IMMEDIATE").await.expect("held");
    let body = json!({"version": server.version().await, "answers": marked(0)});
    let reply = server.post_response(Some(&token), &body).await;
    assert_eq!(reply.status(), 503);
    assert_eq!(reply.headers()["retry-after"], "30");
    let problem: Value = reply.json().await.expect("problem JSON");
    assert_eq!(problem["code"], "unavailable");
    held.rollback().await.expect("given back");
    holder.close().await;
    assert_eq!(server.post_response(Some(&token), &body).await.status(), 201);
    crowd.come(&server, std::future::pending()).await;
    assert_exactly_once(&stored(&server).await, &BTreeSet::from([0, 1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_server_that_crashes_and_comes_back_loses_nothing() {
    let cluster = Arc::new(Cluster::start(&[]));
    let mut server = Server::start_on(Arc::clone(&cluster), 400);
    let mut crowd = Crowd::new(&server).await;
    // It is away for a moment, which residents do not notice, then for longer than they are made to wait.
    for away in [Duration::from_millis(500), Duration::from_secs(10)] {
        let server_of_rows = Arc::clone(&cluster);
        let mut crash = tokio::task::spawn_blocking(move || {
            std::thread::sleep(Duration::from_millis(150));
            server_of_rows.crash();
            std::thread::sleep(away);
            server_of_rows.start_again(&[]);
        });
        let mut is_back = false;
        crowd
            .come(&server, async {
                (&mut crash).await.expect("started again");
                is_back = true;
            })
            .await;
        // Everybody may have got through before the crash.
        if !is_back {
            crash.await.expect("started again");
        }
        assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    }
    assert!(crowd.refusals.contains_key(&503), "what could not be stored was refused: {:?}", crowd.refusals);
    crowd.come(&server, std::future::pending()).await;
    let _ = server.stop();
    assert_exactly_once(&stored(&server).await, &(0..400).collect());
}

/// A database that cannot be reached at the start, or that loses what it acknowledges, is refused with what to do.
#[test]
fn a_server_that_cannot_keep_its_promise_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::shared();
    let url = cluster.database();
    let other = cluster.database();
    for (collector, issuer, words) in [
        ("postgres://urne@127.0.0.1:1/urne", other.as_str(), "createdb"),
        ("mysql://urne@localhost/urne", &other, "postgres://"),
        ("postgres://urne@localhost", &other, "nom de la base"),
        (&url, &url, "la même base"),
    ] {
        let environment = [("ISOLOIR_COLLECTOR_DATABASE", collector), ("ISOLOIR_ISSUER_DATABASE", issuer)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let output = isoloir_with(&folder.path().join("data"), &environment.to_vec(), &["survey", "open", SURVEY]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(words), "{words}: {}", text(&output.stderr));
    }
}

/// Root may write anywhere, so the program is run by an account that may not.
#[test]
fn a_folder_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).expect("chmod");
    let data = folder.path().join("data");
    let output = isoloir_unprivileged(&data, &["survey", "open", SURVEY]);
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("chmod");
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(message.contains("impossible de créer") && message.contains(data.to_str().expect("UTF-8")), "{message}");
    assert!(!data.exists());
}

/// The clock is set back by a year while people answer, and forward again: nothing is lost, and the survey stays open.
#[tokio::test]
async fn a_clock_that_is_set_back_loses_nothing() {
    let faults = Faults::compile();
    let folder = tempfile::tempdir().expect("a folder");
    let clock = folder.path().join("clock");
    let mut server = Server::start(45);
    let mut crowd = Crowd::new(&server).await;
    server.restart_with(&[("LD_PRELOAD", &faults.library()), ("FAULT_CLOCK", clock.to_str().expect("UTF-8"))]);
    for shift in ["-31536000", "-31536000", "0"] {
        let rest = crowd.waiting.split_off(crowd.waiting.len().min(15));
        std::fs::write(&clock, shift).expect("the clock is set");
        crowd.come(&server, std::future::pending()).await;
        crowd.waiting = rest;
    }
    // Past its last day it closes, and opens again when the clock is right.
    std::fs::write(&clock, "315360000").expect("the clock is set");
    let token = server.post_response(None, &json!({})).await;
    assert_eq!(token.status(), 401);
    let page = server.http.get(server.address("/s/mauges-2026")).send().await.expect("a page");
    assert!(page.text().await.expect("text").contains("terminée"));
    let _ = server.stop();
    assert_exactly_once(&stored(&server).await, &(0..45).collect());
}

/// Asked to stop under load, the server answers everything that it accepted and ends well.
#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_under_load_it_answers_what_it_accepted() {
    for cluster in [None, Some(Cluster::shared())] {
        let mut server = Server::start_with(200, cluster, &[]);
        let mut crowd = Crowd::new(&server).await;
        let pid = server.pid().to_string();
        let asked = Instant::now();
        crowd
            .come(&server, async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
            })
            .await;
        let log = server.wait();
        assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
        assert!(!log.contains("annulé"), "nothing was given up: {log}");
        let stored = stored(&server).await;
        assert_exactly_once(&stored, &crowd.acknowledged);
        assert!(!crowd.acknowledged.is_empty());
        assert_eq!(stored.len(), crowd.acknowledged.len(), "who was stored was told so");
    }
}

/// A body that comes slowly does not hold up a stop; who sends it is told to come back.
#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_does_not_wait_for_a_slow_body() {
    use std::io::{Read, Write};
    for signals in [&["-TERM"][..], &["-INT", "-TERM"]] {
        let mut server = Server::start(1);
        let mut slow = std::net::TcpStream::connect(server.url.trim_start_matches("http://")).expect("connected");
        let head = format!("POST /s/{SURVEY}/responses HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n");
        write!(slow, "{head}Content-Length: 1000\r\n\r\n{{\"version\"").expect("sent");
        // It is being read once another request after it was answered.
        let _ = server.version().await;
        let asked = Instant::now();
        for signal in signals {
            assert!(
                Command::new("kill").args([signal, &server.pid().to_string()[..]]).status().expect("kill").success()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut reply = String::new();
        slow.read_to_string(&mut reply).expect("a reply");
        assert!(reply.starts_with("HTTP/1.1 503") && reply.contains("retry-after: 30"), "{reply}");
        let _ = server.wait();
        let patience = Duration::from_secs(if signals.len() == 1 { 20 } else { 10 });
        assert!(asked.elapsed() < patience, "it took {:?}", asked.elapsed());
    }
}
