//! Submissions under load, on one database at a time: all the work of a response against reading it alone, and many
//! responses in a commit against one. At the end the box holds each of them once.

use std::time::Duration;

use crate::ballots::Survey;
use crate::box_server::{Server, open};
use crate::load::{Measured, load};

const FEW_CLIENTS: usize = 64;
const MANY_CLIENTS: usize = 512;
/// Longer than the writer waits before it tidies up: what that costs is counted, too.
const QUIET: Duration = Duration::from_millis(400);

/// How many of each kind of request are sent.
#[derive(Clone, Copy)]
pub(crate) struct Amounts {
    pub(crate) warm_up: usize,
    pub(crate) parsed: usize,
    pub(crate) grouped: usize,
    pub(crate) alone: usize,
}

impl Amounts {
    /// Ballots that are sent to one database.
    pub(crate) fn ballots(self) -> usize {
        self.warm_up + 2 * self.grouped + self.alone
    }
}

/// Submissions and what they are compared with.
pub(crate) struct Compared {
    pub(crate) submissions: Measured,
    pub(crate) baseline: Measured,
    /// Processor time of the server for one submission.
    pub(crate) cpu_us: f64,
}

/// What one database was found to do.
pub(crate) struct Found {
    /// Against parsing alone.
    pub(crate) few: Compared,
    pub(crate) many: Compared,
    /// One response per commit, to compare with `few`.
    pub(crate) alone: Measured,
    pub(crate) alone_cpu_us: f64,
}

/// Loads a server whose rows are in the database called `place`, an empty one.
pub(crate) async fn submissions(survey: &Survey, place: &str, environment: &[(&str, &str)], amounts: Amounts) -> Found {
    survey.publish(place).await;
    let mut session = Session { server: Server::start(place, environment), survey, sent: 0 };
    session.send("", FEW_CLIENTS, amounts.warm_up);
    session.parse(FEW_CLIENTS, amounts.warm_up);
    let few = session.compare(FEW_CLIENTS, amounts);
    let many = session.compare(MANY_CLIENTS, amounts);
    let (alone, alone_cpu_us) = session.send("/each", FEW_CLIENTS, amounts.alone);
    let sent = session.sent;
    session.server.stop();
    let collector = open(place).await;
    collector.flush(&survey.questionnaire.id).await.expect("mixed");
    let redeemed = collector.redeemed_count(&survey.questionnaire.id).await.expect("a count");
    let stored = collector.mixed_count(&survey.questionnaire.id).await.expect("a count");
    assert_eq!((stored, redeemed), (sent as u64, sent as u64), "every response is there, once");
    collector.close().await;
    Found { few, many, alone, alone_cpu_us }
}

/// A server with the ballots that it was sent.
struct Session<'a> {
    server: Server,
    survey: &'a Survey,
    sent: usize,
}

impl Session<'_> {
    fn compare(&mut self, clients: usize, amounts: Amounts) -> Compared {
        let baseline = self.parse(clients, amounts.parsed);
        let (submissions, cpu_us) = self.send("", clients, amounts.grouped);
        Compared { submissions, baseline, cpu_us }
    }

    /// Sends ballots that were not sent yet; with the processor time of each, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a few thousand ballots")]
    fn send(&mut self, prefix: &str, clients: usize, count: usize) -> (Measured, f64) {
        let requests = self.survey.requests(prefix, self.sent..self.sent + count);
        self.sent += count;
        let before_s = self.server.cpu_s();
        let measured = self.load(clients, requests);
        std::thread::sleep(QUIET);
        (measured, (self.server.cpu_s() - before_s) * 1e6 / count as f64)
    }

    fn parse(&self, clients: usize, count: usize) -> Measured {
        self.load(clients, self.survey.requests("/parse-only", 0..count))
    }

    fn load(&self, clients: usize, requests: Vec<Vec<u8>>) -> Measured {
        let count = requests.len();
        let measured = load(self.server.address, clients, requests);
        assert_eq!(measured.statuses.get(&201), Some(&count), "all are recorded: {:?}", measured.statuses);
        measured
    }
}

/// The survey's page against an empty reply of the same server, by turns.
pub(crate) async fn page(survey: &Survey, place: &str) -> (f64, f64) {
    const ROUNDS: usize = 15;
    const REQUESTS: usize = 20_000;
    survey.publish(place).await;
    let server = Server::start(place, &[]);
    let get = |path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: mesure.example\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n");
        let measured = load(server.address, FEW_CLIENTS, vec![request.into_bytes(); REQUESTS]);
        assert_eq!(measured.statuses.get(&200), Some(&REQUESTS), "all are answered: {:?}", measured.statuses);
        1.0 / measured.rate
    };
    let page_path = format!("/s/{}", survey.questionnaire.id);
    let (mut page_s, mut empty_s) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        page_s += get(&page_path);
        empty_s += get("/empty");
    }
    server.stop();
    #[expect(clippy::cast_precision_loss, reason = "fifteen")]
    let rounds = ROUNDS as f64;
    (rounds / page_s, rounds / empty_s)
}
