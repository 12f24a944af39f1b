//! The server under test: this program again, in a process of its own, so that its processor time can be told from the
//! load generator's. Routes and settings are those of `src/server.rs`, with three more routes to compare with.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use isoloir_booth::Booth;
use isoloir_collector::{Collector, ServerNames};
use isoloir_store::Location;
use isoloir_survey::{Calendar, SurveyId, VersionHash, submitted_from_json, validate};
use isoloir_token::http::parse_authorization;
use isoloir_web::{BODY_LIMIT_BYTES, log_request, read_body, security_headers};
use jiff::civil::Date;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::ballots::SERVER_NAME;

/// Asks this program to be the server.
pub(crate) const SERVE: &str = "serve";
/// Hundredths of a second, in which Linux counts processor time.
const TICKS_PER_SECOND: f64 = 100.0;

const PATIENCE: Duration = Duration::from_secs(10);

/// A day on which the survey is open.
struct AnOpenDay;

impl Calendar for AnOpenDay {
    fn today(&self) -> Date {
        jiff::civil::date(2026, 11, 21)
    }
}

/// The database of this name: an address or a path.
pub(crate) fn location(name: &str) -> Location {
    if name.starts_with("postgres://") {
        Location::server(name).expect("an address")
    } else {
        Location::File(name.into())
    }
}

/// Opens the collector whose database is there.
pub(crate) async fn open(place: &str) -> Collector {
    let names = ServerNames { issuer: SERVER_NAME.to_owned(), origins: SERVER_NAME.to_owned(), issuer_url: None };
    let rng: StdRng = rand::make_rng();
    Collector::open(&location(place), &names, None, Arc::new(AnOpenDay), rng).await.expect("a collector")
}

/// A server in another process.
pub(crate) struct Server {
    child: Child,
    stdin: ChildStdin,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts one on the database that is there.
    pub(crate) fn start(place: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([SERVE, place])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take().expect("piped");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut address).expect("a line");
        Self { child, stdin, address: address.trim().parse().expect("the server says its address") }
    }

    /// Processor time that it has used, of all its threads, in seconds.
    pub(crate) fn cpu_s(&self) -> f64 {
        cpu_s(&self.child.id().to_string())
    }

    /// Lets it finish.
    pub(crate) fn stop(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().expect("it ends").success(), "the server ended well");
    }
}

/// Processor time that a process has used, of all its threads, in seconds.
pub(crate) fn cpu_s(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // The program's name may hold spaces; the state, the third column, follows its closing parenthesis.
    let (_, columns) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks = columns.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// What only one request at a time may hold.
struct Turn(Mutex<()>);

/// Serves until the standard input ends.
#[expect(clippy::print_stdout, reason = "the address is for the process that started this one")]
pub(crate) async fn serve(place: &str) {
    let collector = Data::new(open(place).await);
    let booth = Data::new(Booth::new(&collector));
    let turn = Data::new(Turn(Mutex::new(())));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let application = {
        let collector = collector.clone();
        move || {
            App::new()
                .wrap(security_headers(None))
                .wrap(from_fn(log_request))
                .app_data(collector.clone())
                .app_data(booth.clone())
                .app_data(turn.clone())
                .route("/empty", web::get().to(HttpResponse::Ok))
                .configure(isoloir_booth::routes)
                .configure(isoloir_collector::routes)
                .route("/parse-only/s/{survey}/responses", web::post().to(parse_only))
                .route("/each/s/{survey}/responses", web::post().to(respond_alone))
        }
    };
    let server = HttpServer::new(application)
        .on_connect(|connection, _| {
            if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
                let _ = stream.set_nodelay(true);
            }
        })
        .listen(listener)
        .expect("it listens")
        .run();
    println!("{address}");
    let (handle, runtime) = (server.handle(), tokio::runtime::Handle::current());
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        runtime.block_on(handle.stop(true));
    });
    server.await.expect("it serves");
    // The threads that answered let go of it a moment after the server has ended.
    let collector = collector.into_inner();
    let patience = Instant::now() + PATIENCE;
    while Arc::strong_count(&collector) > 1 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Arc::into_inner(collector).expect("no request is under way").close().await;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Submission {
    version: VersionHash,
    pub(crate) answers: serde_json::Map<String, serde_json::Value>,
}

async fn submission(payload: Payload) -> Submission {
    let body = read_body(payload, BODY_LIMIT_BYTES).await.expect("a whole body");
    serde_json::from_slice(&body).expect("JSON")
}

fn recorded() -> HttpResponse {
    HttpResponse::Created().content_type("application/json").body(r#"{"status":"recorded"}"#)
}

/// What any server does with a submission before it knows what to do with it.
async fn parse_only(payload: Payload) -> HttpResponse {
    std::hint::black_box(submission(payload).await);
    recorded()
}

/// The whole of a submission, but no two in one transaction.
async fn respond_alone(
    collector: Data<Collector>,
    turn: Data<Turn>,
    survey: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let publication = collector.survey(&SurveyId::parse(&survey).expect("a name")).expect("published");
    let authorization = request.headers().get("Authorization").and_then(|value| value.to_str().ok());
    let token = authorization.and_then(parse_authorization).expect("a token");
    let submission = submission(payload).await;
    assert_eq!(submission.version, publication.version);
    let sheet = submitted_from_json(&submission.answers)
        .and_then(|submitted| validate(&publication.questionnaire, &submitted))
        .expect("a valid sheet");
    let _turn = turn.0.lock().await;
    collector.cast(&publication.questionnaire.id, &sheet, &token).await.expect("taken");
    recorded()
}
