//! The contract of the ballot box, kept by a file and by a server alike: each story runs on both.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use isoloir_store::Location;
use isoloir_survey::{AnswerSheet, Calendar, SurveyId, Territories, submitted_from_json, validate};
use isoloir_token::client::Client;
use isoloir_token::key::PrivateKey;
use isoloir_token::wire::Token;
use jiff::civil::Date;
use rand::rngs::StdRng;
use serde_json::json;

use crate::ballot_box::open_database;
use crate::postgres::Cluster;
use crate::{CastError, Channel, Collector, CollectorError, Lot, MIXING_THRESHOLD, ServerNames};

const QUESTIONNAIRE: &str = r#"
id: essai
title: {fr: "Essai"}
languages: [fr]
territory: mauges
access: invitation
organiser: {fr: "Mauges Communauté"}
contact: {phone: "02 00 00 00 00"}
minutes: 1
welcome: {fr: "Bonjour."}
thanks: {fr: "Merci."}
axes: []
pages:
  - id: seule
    title: {fr: "Votre avis"}
    questions:
      - {id: numero, type: integer, min: 0, max: 1000000, text: {fr: "Votre numéro"}, short: {fr: "Numéro"}}
      - {id: mot, type: text_long, max_chars: 500, text: {fr: "Un mot"}, short: {fr: "Mot"}}
"#;

struct AnyDay;

impl Calendar for AnyDay {
    fn today(&self) -> Date {
        jiff::civil::date(2026, 11, 21)
    }
}

/// A place for a collector's rows, with a survey published in it.
struct Place {
    location: Location,
    key: PrivateKey,
    survey: SurveyId,
    _folder: tempfile::TempDir,
    cluster: Option<(Arc<Cluster>, String)>,
}

impl Place {
    async fn in_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::File(folder.path().join("collector/collector.db"));
        Self::publish(location, folder, None).await
    }

    async fn on_server() -> Self {
        let cluster = Cluster::shared();
        let url = cluster.database();
        let folder = tempfile::tempdir().expect("a folder");
        Self::publish(Location::server(&url).expect("an address"), folder, Some((cluster, url))).await
    }

    async fn publish(location: Location, folder: tempfile::TempDir, cluster: Option<(Arc<Cluster>, String)>) -> Self {
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        let questionnaire = isoloir_survey::parse(QUESTIONNAIRE, &territories).expect("a questionnaire");
        let key = PrivateKey::generate().expect("a key");
        Collector::publish(&location, &questionnaire, key.public_key()).await.expect("published");
        Self { location, key, survey: questionnaire.id.clone(), _folder: folder, cluster }
    }

    async fn open(&self) -> Collector {
        let names = ServerNames { issuer: "a.example".to_owned(), origins: "a.example".to_owned(), issuer_url: None };
        let rng: StdRng = rand::make_rng();
        Collector::open(&self.location, &names, None, Arc::new(AnyDay), rng).await.expect("a collector")
    }

    /// A token of this survey.
    fn token(&self, collector: &Collector) -> Token {
        let publication = collector.survey(&self.survey).expect("published");
        let client = Client::new(publication.token_key.clone(), &publication.challenge);
        let (request, pending) = client.request(&mut rand::rng()).expect("a request");
        client.finalize(&pending, &self.key.issue(&request).expect("a signature")).expect("a token")
    }

    /// How many rows each table holds.
    async fn count(&self, table: &str) -> usize {
        let sql = match table {
            "spent" => "SELECT COUNT(*) FROM spent",
            "intake" => "SELECT COUNT(*) FROM intake",
            "intake_marks" => "SELECT COUNT(*) FROM intake_marks",
            "responses" => "SELECT COUNT(*) FROM responses",
            _ => "SELECT COUNT(*) FROM free_texts",
        };
        let database = open_database(&self.location).await.expect("a database");
        let (count,): (i64,) = database.row(sql, &[]).await.expect("a count");
        database.close().await;
        usize::try_from(count).expect("not negative")
    }

    async fn counts(&self) -> [usize; 4] {
        [
            self.count("spent").await,
            self.count("responses").await,
            self.count("intake_marks").await,
            self.count("intake").await,
        ]
    }

    /// These rows of a table in the order of their places on disk. In a file the key's bytes are found, once each: no copy is left
    /// anywhere.
    fn on_disk(&self, table: &str, arrivals: &[Arrival]) -> Vec<Arrival> {
        let by_place: BTreeMap<usize, &Arrival> = match (&self.location, &self.cluster) {
            (Location::File(path), _) => {
                let bytes = std::fs::read(path).expect("the file");
                let place = |(key, _): &Arrival| {
                    let mut places = bytes.windows(key.len()).enumerate().filter(|(_, window)| window == key);
                    let (place, _) = places.next().expect("it is there");
                    assert_eq!(places.count(), 0, "one copy of each row of {table}");
                    place
                };
                arrivals.iter().map(|arrival| (place(arrival), arrival)).collect()
            }
            (_, Some((cluster, url))) => {
                let key = if table == "spent" { "mark" } else { "id" };
                let keys = cluster.run(url, &format!("SELECT encode({key}, 'hex') FROM {table} ORDER BY ctid"));
                let place = |(key, _): &Arrival| {
                    let key = HEXLOWER.encode(key);
                    keys.lines().position(|line| line == key).expect("it is there")
                };
                arrivals.iter().map(|arrival| (place(arrival), arrival)).collect()
            }
            (Location::Server(_), None) => unreachable!("a place on a server has its cluster"),
        };
        by_place.into_values().cloned().collect()
    }

    /// The numbers that respondents gave, waiting or not, sorted.
    async fn numbers(&self) -> Vec<i64> {
        let database = open_database(&self.location).await.expect("a database");
        let rows: Vec<(String,)> = database
            .rows("SELECT answers FROM responses UNION ALL SELECT answers FROM intake", &[])
            .await
            .expect("rows");
        database.close().await;
        let mut numbers: Vec<i64> = rows.iter().map(|(answers,)| number(answers)).collect();
        numbers.sort_unstable();
        numbers
    }
}

fn number(answers: &str) -> i64 {
    let answers: serde_json::Value = serde_json::from_str(answers).expect("JSON");
    answers["numero"].as_i64().or_else(|| answers["numero"].as_str()?.parse().ok()).expect("a number")
}

/// Keyed from a file.
fn lot(sheets: &[AnswerSheet]) -> Lot<'_> {
    Lot { channel: Channel::Paper, sheets, file: Some(b"a file"), again: false }
}

fn sheet(collector: &Collector, survey: &SurveyId, number: usize) -> AnswerSheet {
    let answers = json!({"numero": number, "mot": format!("mot {number}")});
    let submitted = submitted_from_json(answers.as_object().expect("an object")).expect("submitted");
    validate(&collector.survey(survey).expect("published").questionnaire, &submitted).expect("valid")
}

/// Each story is a function of a place, and two tests.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        mod in_file {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Place::in_file().await).await; })*
        }
        mod on_server {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Place::on_server().await).await; })*
        }
    };
}

stories!(
    responses_wait_until_there_are_enough_to_hide_in,
    a_token_counts_once_whether_its_response_waits_or_not,
    fifty_redemptions_of_one_token_at_once_are_one_response,
    what_was_taken_is_there_after_a_restart,
    free_texts_go_apart,
    channels_are_counted_when_responses_are_mixed,
    a_file_counts_once_unless_it_is_asked_for,
    a_survey_that_another_process_closed_takes_nothing,
    the_order_of_arrival_is_in_no_order_of_the_rows,
);

async fn responses_wait_until_there_are_enough_to_hide_in(place: Place) {
    let collector = place.open().await;
    for number in 0..MIXING_THRESHOLD {
        let expected = if number == 0 { [0; 4] } else { [0, 0, number, number] };
        assert_eq!(place.counts().await, expected, "marks wait with their responses");
        let token = place.token(&collector);
        collector.cast(&place.survey, &sheet(&collector, &place.survey, number), &token).await.expect("taken");
    }
    assert_eq!(place.counts().await, [MIXING_THRESHOLD, MIXING_THRESHOLD, 0, 0]);
    assert_eq!(collector.redeemed_count(&place.survey).await.expect("a count"), MIXING_THRESHOLD as u64);
    collector.close().await;
}

async fn a_token_counts_once_whether_its_response_waits_or_not(place: Place) {
    let collector = place.open().await;
    let tokens: Vec<Token> = (0..MIXING_THRESHOLD + 3).map(|_| place.token(&collector)).collect();
    // Each is shown twice in a row, and all once more at the end, with other answers.
    for round in [0, 0, 1000] {
        for (number, token) in tokens.iter().enumerate() {
            let sheet = sheet(&collector, &place.survey, number + round);
            collector.cast(&place.survey, &sheet, token).await.expect("the same success");
            collector.cast(&place.survey, &sheet, token).await.expect("the same success");
        }
    }
    collector.close().await;
    let expected: Vec<i64> = (0..).take(tokens.len()).collect();
    assert_eq!(place.numbers().await, expected, "the first answers stay");
}

async fn fifty_redemptions_of_one_token_at_once_are_one_response(place: Place) {
    let first = Arc::new(place.open().await);
    // A server may be shared by two processes; a file may not.
    let second = if place.cluster.is_some() { Arc::new(place.open().await) } else { Arc::clone(&first) };
    let token = Arc::new(place.token(&first));
    let tasks: Vec<_> = (0..50)
        .map(|index| {
            let collector = if index % 2 == 0 { Arc::clone(&first) } else { Arc::clone(&second) };
            let (token, survey) = (Arc::clone(&token), place.survey.clone());
            tokio::spawn(async move {
                collector.cast(&survey, &sheet(&collector, &survey, 7), &token).await.expect("the same success");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(place.numbers().await, [7]);
}

async fn what_was_taken_is_there_after_a_restart(place: Place) {
    for start in [0, 7, 14, 21] {
        let collector = place.open().await;
        for number in start..start + 7 {
            let token = place.token(&collector);
            collector.cast(&place.survey, &sheet(&collector, &place.survey, number), &token).await.expect("taken");
        }
        collector.close().await;
    }
    assert_eq!(place.numbers().await, (0..28).collect::<Vec<_>>());
}

async fn free_texts_go_apart(place: Place) {
    let collector = place.open().await;
    let sheets: Vec<_> = (0..3).map(|number| sheet(&collector, &place.survey, number)).collect();
    collector.import(&place.survey, &lot(&sheets)).await.expect("taken");
    collector.flush(&place.survey).await.expect("moved");
    assert_eq!(place.counts().await, [0, 3, 0, 0], "what is imported has no mark");
    assert_eq!(place.count("free_texts").await, 3);
    let responses = collector.mixed_responses(&place.survey).await.expect("responses");
    assert!(responses.iter().all(|response| !response.sheet.to_json().contains("mot")));
    collector.close().await;
}

async fn channels_are_counted_when_responses_are_mixed(place: Place) {
    let collector = place.open().await;
    let sheets: Vec<_> = (0..19).map(|number| sheet(&collector, &place.survey, number)).collect();
    collector.import(&place.survey, &lot(&sheets)).await.expect("taken");
    collector.import(&place.survey, &lot(&[])).await.expect("nothing to take");
    assert!(collector.channel_counts(&place.survey).await.expect("counts").is_empty(), "what waits is not counted");
    let token = place.token(&collector);
    collector.cast(&place.survey, &sheet(&collector, &place.survey, 19), &token).await.expect("taken");
    let counts = collector.channel_counts(&place.survey).await.expect("counts");
    assert_eq!(counts, [(Channel::Paper, 19), (Channel::Web, 1)]);
    let elsewhere = Lot { channel: Channel::Elsewhere, ..lot(&sheets) };
    collector.import(&place.survey, &elsewhere).await.expect("a small file is not remembered");
    collector.flush(&place.survey).await.expect("moved");
    let counts = collector.channel_counts(&place.survey).await.expect("counts");
    assert_eq!(counts, [(Channel::Elsewhere, 19), (Channel::Paper, 19), (Channel::Web, 1)]);
    collector.close().await;
}

async fn a_file_counts_once_unless_it_is_asked_for(place: Place) {
    let collector = place.open().await;
    let sheets: Vec<_> = (0..MIXING_THRESHOLD).map(|number| sheet(&collector, &place.survey, number)).collect();
    collector.import(&place.survey, &lot(&sheets)).await.expect("taken");
    let refused = collector.import(&place.survey, &lot(&sheets)).await;
    assert!(matches!(refused, Err(CollectorError::KnownFile)));
    assert_eq!(collector.mixed_count(&place.survey).await.expect("a count"), 20);
    collector.import(&place.survey, &Lot { again: true, ..lot(&sheets) }).await.expect("taken again");
    collector.import(&place.survey, &Lot { file: Some(b"another"), ..lot(&sheets) }).await.expect("another file");
    assert_eq!(collector.channel_counts(&place.survey).await.expect("counts"), [(Channel::Paper, 60)]);
    collector.close().await;
}

async fn a_survey_that_another_process_closed_takes_nothing(place: Place) {
    let collector = place.open().await;
    let (early, late) = (place.token(&collector), place.token(&collector));
    collector.cast(&place.survey, &sheet(&collector, &place.survey, 1), &early).await.expect("taken");
    let database = open_database(&place.location).await.expect("a database");
    database.execute(crate::sql::CLOSE_SURVEY, &[place.survey.as_str().into()]).await.expect("closed");
    database.close().await;
    let refused = collector.cast(&place.survey, &sheet(&collector, &place.survey, 2), &late).await;
    assert_eq!(refused, Err(CastError::Closed));
    collector.cast(&place.survey, &sheet(&collector, &place.survey, 1), &early).await.expect("it was taken in time");
    assert_eq!(place.numbers().await, [1]);
}

/// Kendall's τ between the order of arrival and the order in which `arrivals` lists it.
#[expect(clippy::cast_precision_loss, reason = "a few thousand pairs")]
fn kendall(arrivals: &[i64]) -> f64 {
    let mut concordant = 0_i64;
    for (index, first) in arrivals.iter().enumerate() {
        for second in &arrivals[index + 1..] {
            concordant += (second - first).signum();
        }
    }
    concordant as f64 / (arrivals.len() * (arrivals.len() - 1) / 2) as f64
}

/// One hundred marked responses arrive one by one. In each order in which rows can be read back, the arrivals lie as chance
/// would have them: for 100 items in random order τ has a standard deviation of 0.0674, so 99 % lie within ±0.174. Nine orders are
/// looked at, of three tables: chance leaves that band in one run of about 30, a leak in every run.
async fn the_order_of_arrival_is_in_no_order_of_the_rows(mut place: Place) {
    const RUNS: usize = 3;
    const BAND_99: f64 = 2.576 * 0.0674;
    let mut outside = Vec::new();
    for _ in 0..RUNS {
        let orders = orders_of_arrival(&place).await;
        outside = orders.iter().map(|(what, arrivals)| (what.clone(), kendall(arrivals))).collect();
        outside.retain(|(_, tau)| tau.abs() > BAND_99);
        if outside.is_empty() {
            return;
        }
        place = if place.cluster.is_some() { Place::on_server().await } else { Place::in_file().await };
    }
    panic!("rows lie in the order of arrival: {outside:?}");
}

/// The hundred arrivals, in each order in which an observer can read the rows: as a query gives them, by key, and by their place on
/// disk, within pages and across them.
async fn orders_of_arrival(place: &Place) -> Vec<(String, Vec<i64>)> {
    const ARRIVALS: usize = 100;
    let collector = place.open().await;
    let mut by_mark = BTreeMap::new();
    for number in 0..ARRIVALS {
        let token = place.token(&collector);
        by_mark.insert(blake3::hash(&token.to_bytes()).as_bytes().to_vec(), i64::try_from(number).expect("small"));
        collector.cast(&place.survey, &sheet(&collector, &place.survey, number), &token).await.expect("taken");
    }
    collector.close().await;
    let database = open_database(&place.location).await.expect("a database");
    let responses = database.rows("SELECT id, answers FROM responses", &[]).await.expect("rows");
    let texts = database.rows("SELECT id, text FROM free_texts", &[]).await.expect("rows");
    let marks: Vec<(Vec<u8>, String)> = database.rows("SELECT mark, survey FROM spent", &[]).await.expect("rows");
    database.close().await;
    let of_text = |text: &str| text.strip_prefix("mot ").and_then(|number| number.parse().ok()).expect("a number");
    let mut orders = Vec::new();
    for (table, arrivals) in [
        ("responses", arrivals(&responses, |_, answers| number(answers))),
        ("free_texts", arrivals(&texts, |_, text| of_text(text))),
        ("spent", arrivals(&marks, |mark, _| by_mark[mark])),
    ] {
        assert_eq!(arrivals.len(), ARRIVALS, "{table} has them all");
        let mut by_key = arrivals.clone();
        by_key.sort_unstable();
        for (order, rows) in [("scan", &arrivals), ("key", &by_key), ("place", &place.on_disk(table, &arrivals))] {
            orders.push((format!("{table} by {order}"), rows.iter().map(|(_, arrival)| *arrival).collect()));
        }
    }
    if let Some((cluster, url)) = &place.cluster {
        // Statistics would keep samples of what waited.
        cluster.run(url, "ANALYZE");
        let kept = "SELECT COUNT(*) FROM pg_stats WHERE tablename IN ('responses', 'intake', 'intake_marks', 'spent', 'free_texts')";
        assert_eq!(cluster.run(url, kept), "0");
        for table in ["responses", "spent", "free_texts"] {
            let transactions = cluster.run(url, &format!("SELECT COUNT(DISTINCT xmin::text) FROM {table}"));
            assert_eq!(transactions, "1", "every row of {table} has the same transaction number");
        }
    }
    orders
}

/// A row's key and when it came.
type Arrival = (Vec<u8>, i64);

fn arrivals(rows: &[(Vec<u8>, String)], came: impl Fn(&[u8], &str) -> i64) -> Vec<Arrival> {
    rows.iter().map(|(key, value)| (key.clone(), came(key, value))).collect()
}

/// Two processes on one server take turns at writing and mixing: nothing is lost, doubled, or left in order.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_server_lose_and_double_nothing() {
    const EACH: usize = 150;
    let place = Place::on_server().await;
    let collectors = [Arc::new(place.open().await), Arc::new(place.open().await)];
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..2 * EACH {
        let collector = Arc::clone(&collectors[number % 2]);
        let (token, survey) = (place.token(&collector), place.survey.clone());
        tasks.spawn(async move {
            collector.cast(&survey, &sheet(&collector, &survey, number), &token).await.expect("taken");
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.expect("no panic");
    }
    for collector in collectors {
        Arc::into_inner(collector).expect("the last handle").close().await;
    }
    let expected: Vec<i64> = (0..).take(2 * EACH).collect();
    assert_eq!(place.numbers().await, expected);
    let [spent, responses, marks, waiting] = place.counts().await;
    assert_eq!((spent, marks), (responses, waiting));
    assert!(waiting < MIXING_THRESHOLD);
}
