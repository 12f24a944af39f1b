//! Two servers, each of its own process and folder, on one `PostgreSQL`: what residents send to either counts
//! once, and what one closes is closed at the other.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use isoloir_token::http::authorization;
use isoloir_token::wire::Token;
use serde_json::{Value, json};

use crate::anonymity::kendall;
use crate::faults::marked;
use crate::postgres::Cluster;
use crate::server::{COLLECTOR_DATABASE, SURVEY, Server, answers, spawn_with, text};

/// A server and a second one beside it, on the same databases, with a copy of the keys.
struct Pair {
    first: Server,
    second: Child,
    second_url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = self.second.kill();
        let _ = self.second.wait();
    }
}

impl Pair {
    fn start(codes: usize) -> Self {
        let first = Server::start_on(Cluster::shared(), codes);
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("data/issuer/keys");
        std::fs::create_dir_all(&keys).expect("a folder");
        for entry in std::fs::read_dir(first.data().join("issuer/keys")).expect("the keys") {
            let key = entry.expect("a key").path();
            std::fs::copy(&key, keys.join(key.file_name().expect("a name"))).expect("a copy");
        }
        let serve = ["serve", "--listen", "127.0.0.1:0", "--public-url", "https://sante.exemple.fr"];
        let (second, second_url, _) = spawn_with(&folder.path().join("data"), &first.environment, &serve);
        Self { first, second, second_url, _folder: folder }
    }

    /// The address of a path at one of them, by turns.
    fn address(&self, turn: usize, path: &str) -> String {
        let url = if turn.is_multiple_of(2) { &self.first.url } else { &self.second_url };
        format!("{url}{path}")
    }

    /// Sends answers to one of them: status and body of the reply.
    fn send(&self, turn: usize, token: &Token, body: &Value) -> impl Future<Output = (u16, String)> + Send + use<> {
        let url = self.address(turn, "/s/mauges-2026/responses");
        let request = self.first.http.post(url).header("Authorization", authorization(token)).json(body);
        async move {
            let reply = request.send().await.expect("a reply");
            (reply.status().as_u16(), reply.text().await.expect("a body"))
        }
    }

    fn database(&self) -> &str {
        &self.first.environment.iter().find(|(name, _)| name == COLLECTOR_DATABASE).expect("a database").1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_redemptions_of_one_token_spread_over_both_are_one_response() {
    let pair = Pair::start(3);
    let token = pair.first.token(&pair.first.client().await, &pair.first.codes[0]).await;
    let version = pair.first.version().await;
    let mut sent = tokio::task::JoinSet::new();
    for turn in 0..50 {
        sent.spawn(pair.send(turn, &token, &json!({"version": version, "answers": marked(turn)})));
    }
    let replies: BTreeSet<(u16, String)> = sent.join_all().await.into_iter().collect();
    assert_eq!(
        replies,
        BTreeSet::from([(201, r#"{"status":"recorded"}"#.to_owned())]),
        "nobody learns which was first"
    );
    assert_eq!(pair.first.stored_answers().await.len(), 1);
    // The second signs with the copy of the key, and knows the codes that the first has seen.
    let (request, _) = pair.first.client().await.request(&mut rand::rng()).expect("a request");
    for (code, status) in [(0, 409), (1, 200)] {
        let reply = pair
            .first
            .http
            .post(pair.address(1, "/s/mauges-2026/token-request"))
            .header("Content-Type", "application/private-token-request")
            .header("Invitation-Code", &pair.first.codes[code])
            .body(request.to_bytes())
            .send()
            .await
            .expect("a reply");
        assert_eq!(reply.status(), status);
    }
}

/// One hundred marked responses, sent to one and the other by turns. Everybody is stored once; and in each order in which the rows
/// can be read, those who came lie as chance would have them: τ of 100 items in random order has a standard deviation of 0.0674,
/// so that five of them are never met by chance.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_both_is_counted_once_and_lies_in_no_order() {
    const RESPONSES: usize = 100;
    let pair = Pair::start(RESPONSES);
    let (client, version) = (pair.first.client().await, pair.first.version().await);
    for number in 0..RESPONSES {
        let token = pair.first.token(&client, &pair.first.codes[number]).await;
        let body = json!({"version": version, "answers": marked(number)});
        assert_eq!(pair.send(number, &token, &body).await.0, 201);
        assert_eq!(pair.send(number + 1, &token, &body).await.0, 201, "the other knows the token, too");
    }
    let closed = pair.first.isoloir(&["survey", "close", SURVEY]);
    assert!(closed.status.success(), "{}", text(&closed.stderr));
    let said = text(&closed.stdout);
    assert!(said.contains("jetons dépensés        100") && said.contains("réponses, web          100"), "{said}");
    let cluster = Cluster::shared();
    let transactions = cluster.run(pair.database(), "SELECT COUNT(DISTINCT xmin::text) FROM responses");
    assert_eq!(transactions, "1", "no row tells with which others it was written");
    for order in ["id", "ctid"] {
        let rows = cluster.run(pair.database(), &format!("SELECT answers FROM responses ORDER BY {order}"));
        let arrivals: Vec<usize> = rows
            .lines()
            .map(|row| {
                let row: Value = serde_json::from_str(row).expect("JSON");
                (0..RESPONSES).find(|number| marked(*number) == row).expect("one of ours")
            })
            .collect();
        assert_eq!(arrivals.iter().collect::<BTreeSet<_>>().len(), RESPONSES, "everybody is there once");
        let tau = kendall(&arrivals);
        assert!(tau.abs() < 0.34, "the order by {order} follows the order of arrival: τ = {tau:.2}");
    }
}

/// Nobody has to stop the servers: they take nothing any more at once, and say so soon.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_beside_the_servers_is_soon_closed_on_their_pages() {
    let pair = Pair::start(2);
    let client = pair.first.client().await;
    let [early, late] = [0, 1].map(|code| pair.first.token(&client, &pair.first.codes[code]));
    let (early, late) = (early.await, late.await);
    let body = json!({"version": pair.first.version().await, "answers": answers()});
    assert_eq!(pair.send(0, &early, &body).await.0, 201);
    let closed = pair.first.isoloir(&["survey", "close", SURVEY]);
    assert!(closed.status.success(), "{}", text(&closed.stderr));
    for turn in [0, 1] {
        assert_eq!(pair.send(turn, &late, &body).await.0, 403);
        let deadline = Instant::now() + Duration::from_secs(10);
        for (path, open, over) in
            [("/s/mauges-2026", "Commencer", "terminée"), ("/", "Répondre<span", "Aucune enquête n’est ouverte")]
        {
            let page = || async {
                let reply = pair.first.http.get(pair.address(turn, path)).send().await.expect("a reply");
                reply.text().await.expect("a page")
            };
            while !page().await.contains(over) {
                assert!(Instant::now() < deadline, "{path} shows the survey as open");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert!(!page().await.contains(open));
        }
    }
}
