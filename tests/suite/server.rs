//! The program under test: its own process, a temporary data folder or databases of its own, a port of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use isoloir_token::client::{Client, PendingToken};
use isoloir_token::http::authorization;
use isoloir_token::key::PublicKey;
use isoloir_token::wire::{Token, TokenChallenge, TokenRequest, TokenResponse};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres::Cluster;

pub(crate) const SURVEY: &str = "mauges-2026";
const PROGRAM: &str = env!("CARGO_BIN_EXE_isoloir");

/// The public name stays when the port changes, as behind a proxy: tokens are made for it.
const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--public-url", "https://sante.exemple.fr"];

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Variables of a process.
pub(crate) type Environment = Vec<(String, String)>;

/// Runs the program to its end, from the root of the repository, with a clean environment.
pub(crate) fn isoloir(data: &Path, arguments: &[&str]) -> Output {
    isoloir_with(data, &Vec::new(), arguments)
}

/// Runs the program to its end under an account that may do nothing special, when the tests may do anything.
pub(crate) fn isoloir_unprivileged(data: &Path, arguments: &[&str]) -> Output {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        return isoloir(data, arguments);
    }
    // The account may not be allowed to look into the folder of the build or of the repository.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(elsewhere.path(), mode).expect("readable by all");
    let program = elsewhere.path().join("isoloir");
    std::fs::copy(PROGRAM, &program).expect("a copy");
    let surveys = elsewhere.path().join("surveys");
    std::fs::create_dir(&surveys).expect("a folder");
    for file in ["mauges-2026.yaml", "territories.tsv"] {
        std::fs::copy(repository().join("surveys").join(file), surveys.join(file)).expect("a copy");
    }
    Command::new("setpriv")
        .args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"])
        .arg(program)
        .args(arguments)
        .env_clear()
        .env("ISOLOIR_DATA", data)
        .env("ISOLOIR_SURVEYS", surveys)
        .current_dir(elsewhere.path())
        .stdin(Stdio::null())
        .output()
        .expect("setpriv starts")
}

/// Runs the program to its end with these variables and no others.
pub(crate) fn isoloir_with(data: &Path, environment: &Environment, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .env("ISOLOIR_DATA", data)
        .envs(environment.iter().cloned())
        .current_dir(repository())
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running server with the Mauges survey open.
pub(crate) struct Server {
    folder: TempDir,
    child: Child,
    pub(crate) url: String,
    pub(crate) codes: Vec<String>,
    pub(crate) http: reqwest::Client,
    log: Option<std::thread::JoinHandle<String>>,
    /// Where the rows are, when they are not in files.
    pub(crate) environment: Environment,
    cluster: Option<Arc<Cluster>>,
    /// Another data folder than the first.
    moved: Option<PathBuf>,
}

impl Server {
    /// Opens the survey, draws `codes` codes and starts serving.
    pub(crate) fn start(codes: usize) -> Self {
        Self::start_with(codes, None, &[])
    }

    /// The same, with the rows of both roles on a database server.
    pub(crate) fn start_on(cluster: Arc<Cluster>, codes: usize) -> Self {
        Self::start_with(codes, Some(cluster), &[])
    }

    /// The same, with variables for the server's process alone.
    pub(crate) fn start_with(codes: usize, cluster: Option<Arc<Cluster>>, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let environment: Environment = cluster.iter().flat_map(|cluster| databases(cluster)).collect();
        let opened = isoloir_with(&data, &environment, &["survey", "open", SURVEY]);
        assert!(opened.status.success(), "{}", text(&opened.stderr));
        let csv = folder.path().join("codes.csv");
        let count = codes.to_string();
        let csv_path = csv.to_str().expect("UTF-8");
        let invited = isoloir_with(&data, &environment, &["invite", SURVEY, "--count", &count, "--csv", csv_path]);
        assert!(invited.status.success(), "{}", text(&invited.stderr));
        let codes = std::fs::read_to_string(csv)
            .expect("codes")
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().expect("a code").to_owned())
            .collect();
        let (child, url, log) = spawn_with(&data, &[&environment[..], &owned(variables)].concat(), &SERVE);
        Self {
            folder,
            child,
            url,
            codes,
            http: reqwest::Client::new(),
            log: Some(log),
            environment,
            cluster,
            moved: None,
        }
    }

    /// Runs the program beside the server, on the same rows.
    pub(crate) fn isoloir(&self, arguments: &[&str]) -> Output {
        isoloir_with(&self.data(), &self.environment, arguments)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.moved.clone().unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// Ends the process as a power cut would, and starts another on the same rows.
    pub(crate) fn kill_and_restart(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("ended");
        let (child, url, log) = spawn_with(&self.data(), &self.environment, &SERVE);
        (self.child, self.url, self.log) = (child, url, Some(log));
    }

    /// Stops the process and starts another with these variables, which a later restart no longer has. It may end before it
    /// listens; nobody answers then.
    pub(crate) fn restart_with(&mut self, variables: &[(&str, &str)]) {
        let _ = self.stop();
        let environment = [&self.environment[..], &owned(variables)].concat();
        let (child, url, log) = try_spawn(&self.data(), &environment, &SERVE);
        (self.child, self.log) = (child, Some(log));
        self.url = url.unwrap_or_else(|| "http://127.0.0.1:9".to_owned());
    }

    /// Serves from now on what is in another folder or database. The server must have ended.
    pub(crate) fn move_to(&mut self, data: &Path, environment: Environment) {
        let is_on_server = environment.iter().any(|(name, _)| name == COLLECTOR_DATABASE);
        self.cluster = is_on_server.then(Cluster::shared);
        (self.moved, self.environment) = (Some(data.to_owned()), environment);
        self.kill_and_restart();
    }

    /// The process of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_some()
    }

    /// Asks the process to end, waits for it, and returns what it logged.
    pub(crate) fn stop(&mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        self.wait()
    }

    /// Waits until the process has ended well, and returns what it logged.
    pub(crate) fn wait(&mut self) -> String {
        assert!(self.child.wait().expect("ended").success());
        self.log.take().expect("a log").join().expect("the log's thread")
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The published questionnaire's version.
    pub(crate) async fn version(&self) -> String {
        let reply = self.http.get(self.address("/s/mauges-2026/questionnaire.json")).send().await.expect("a reply");
        let json: Value = reply.json().await.expect("JSON");
        json["version"].as_str().expect("a version").to_owned()
    }

    /// What an unauthenticated submission is challenged with, and the key to ask with.
    pub(crate) async fn client(&self) -> Client {
        let reply = self.post_response(None, &json!({"version": "", "answers": {}})).await;
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
        let header = reply.headers()["www-authenticate"].to_str().expect("ASCII").to_owned();
        let value = |name: &str| {
            let start = header.find(&format!("{name}=\"")).expect(name) + name.len() + 2;
            let end = start + header[start..].find('"').expect("a quote");
            data_encoding::BASE64URL.decode(&header.as_bytes()[start..end]).expect("base64url")
        };
        let challenge = TokenChallenge::parse(&value("challenge")).expect("a challenge");
        Client::new(PublicKey::from_spki(&value("token-key")).expect("a key"), &challenge)
    }

    pub(crate) async fn post_token_request(&self, code: &str, request: &TokenRequest) -> reqwest::Response {
        self.http
            .post(self.address("/s/mauges-2026/token-request"))
            .header("Content-Type", "application/private-token-request")
            .header("Invitation-Code", code)
            .body(request.to_bytes())
            .send()
            .await
            .expect("a reply")
    }

    /// A token for the code, as a browser gets one.
    pub(crate) async fn token(&self, client: &Client, code: &str) -> Token {
        let (request, pending): (TokenRequest, PendingToken) = client.request(&mut rand::rng()).expect("a request");
        let reply = self.post_token_request(code, &request).await;
        assert_eq!(reply.status(), StatusCode::OK, "{:?}", reply.text().await);
        let response = TokenResponse::parse(&reply.bytes().await.expect("bytes")).expect("a response");
        client.finalize(&pending, &response).expect("a token")
    }

    pub(crate) async fn post_response(&self, token: Option<&Token>, body: &Value) -> reqwest::Response {
        let mut request = self.http.post(self.address("/s/mauges-2026/responses")).json(body);
        if let Some(token) = token {
            request = request.header("Authorization", authorization(token));
        }
        request.send().await.expect("a reply")
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        let encoded: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
        http.post(self.address(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(encoded.join("&"))
            .send()
            .await
            .expect("a reply")
    }

    /// One row per response, waiting or mixed, read from the database as an auditor would.
    pub(crate) async fn stored_answers(&self) -> Vec<Value> {
        const ALL: &str = "SELECT answers FROM intake UNION ALL SELECT answers FROM responses";
        let rows: Vec<String> = if self.cluster.is_some() {
            let url = &self.environment.iter().find(|(name, _)| name == COLLECTOR_DATABASE).expect("a database").1;
            let pool = sqlx::PgPool::connect(url).await.expect("the database answers");
            sqlx::query_scalar(ALL).fetch_all(&pool).await.expect("rows")
        } else {
            let pool = open_read_only(&self.data().join("collector/collector.db")).await;
            let rows = sqlx::query_scalar(ALL).fetch_all(&pool).await.expect("rows");
            pool.close().await;
            rows
        };
        rows.iter().map(|row| serde_json::from_str(row).expect("JSON")).collect()
    }
}

const COLLECTOR_DATABASE: &str = "ISOLOIR_COLLECTOR_DATABASE";
const ISSUER_DATABASE: &str = "ISOLOIR_ISSUER_DATABASE";

/// Two new databases, one for each role.
pub(crate) fn databases(cluster: &Cluster) -> Environment {
    [COLLECTOR_DATABASE, ISSUER_DATABASE].map(|name| (name.to_owned(), cluster.database())).into()
}

fn owned(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn open_read_only(path: &Path) -> sqlx::SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
    sqlx::SqlitePool::connect_with(options).await.expect("the database opens")
}

fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02X}"))
}

/// What is left of a process that was started: itself, where it listens, and what it logs.
type Spawned<Url> = (Child, Url, std::thread::JoinHandle<String>);

/// Starts the server with every log line it can write, and waits for its address.
pub(crate) fn spawn(data: &Path, arguments: &[&str]) -> Spawned<String> {
    spawn_with(data, &Vec::new(), arguments)
}

/// The same, with these variables.
pub(crate) fn spawn_with(data: &Path, environment: &Environment, arguments: &[&str]) -> Spawned<String> {
    let (child, url, log) = try_spawn(data, environment, arguments);
    (child, url.expect("the server says where it listens"), log)
}

/// Starts a server that may end before it listens.
fn try_spawn(data: &Path, environment: &Environment, arguments: &[&str]) -> Spawned<Option<String>> {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .env("ISOLOIR_DATA", data)
        .env("ISOLOIR_LOG", "trace")
        .envs(environment.iter().cloned())
        .current_dir(repository())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut stderr = child.stderr.take().expect("stderr");
    let log = std::thread::spawn(move || {
        let mut log = Vec::new();
        let _ = stderr.read_to_end(&mut log);
        text(&log)
    });
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let url = lines.find_map(|line| Some(line.ok()?.strip_prefix("Isoloir écoute sur ")?.to_owned()));
    (child, url, log)
}

/// A valid response that says little.
pub(crate) fn answers() -> Value {
    json!({"sante_generale": "bon", "renonce_12m": "non", "commune": "49301"})
}
