//! The contract of the issuer, kept by a file and by a server alike: each story runs on both.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use isoloir_store::Location;
use isoloir_survey::{Access, SurveyId};
use isoloir_token::client::Client;
use isoloir_token::wire::{TokenChallenge, TokenRequest};
use jiff::civil::Date;

use crate::invitations::open_database;
use crate::postgres::Cluster;
use crate::{InvitationCode, IssuanceError, Issuer, SurveyTerms};

const TODAY: Date = jiff::civil::date(2026, 11, 21);

/// A place for an issuer's rows and keys.
struct Place {
    location: Location,
    keys: PathBuf,
    _folder: tempfile::TempDir,
    cluster: Option<(Arc<Cluster>, String)>,
}

impl Place {
    fn in_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::File(folder.path().join("issuer.db"));
        Self { location, keys: folder.path().join("keys"), _folder: folder, cluster: None }
    }

    fn on_server() -> Self {
        let cluster = Cluster::shared();
        let url = cluster.database();
        let location = Location::server(&url).expect("an address");
        Self { location, cluster: Some((cluster, url)), ..Self::in_file() }
    }

    /// An issuer that holds the key of one survey, and a client for it.
    async fn open(&self) -> (Issuer, SurveyId, Client) {
        let mut issuer = Issuer::open(&self.location, &self.keys, &mut rand::rng()).await.expect("issuer");
        let survey = SurveyId::parse("essai").expect("id");
        let terms = SurveyTerms { access: Access::Invitation, opens: Some(TODAY), closes: Some(TODAY) };
        let key = issuer.open_survey(&survey, terms).await.expect("opened");
        let challenge = TokenChallenge::new("a.example", [0; 32], "a.example").expect("challenge");
        (issuer, survey, Client::new(key, &challenge))
    }
}

/// Each story is a function of a place, and two tests.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        mod in_file {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Place::in_file()).await; })*
        }
        mod on_server {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Place::on_server()).await; })*
        }
    };
}

stories!(
    a_code_gives_one_token_and_the_lost_reply_again,
    fifty_requests_at_once_with_one_code_give_one_token,
    what_may_not_have_a_token_gets_none,
    a_guesser_waits_and_a_neighbour_with_a_right_code_does_not,
    codes_and_keys_survive_a_restart,
    a_survey_that_another_process_closed_gives_no_token,
    the_order_in_which_codes_were_used_is_nowhere,
);

async fn a_code_gives_one_token_and_the_lost_reply_again(place: Place) {
    let (issuer, survey, client) = place.open().await;
    let code = issuer.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
    let (request, pending) = client.request(&mut rand::rng()).expect("request");
    let first = issuer.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed");
    let again = issuer.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed again");
    assert_eq!(first, again);
    client.finalize(&pending, &first).expect("a token");
    let (other, _) = client.request(&mut rand::rng()).expect("request");
    assert_eq!(issuer.issue(&survey, Some(&code), &other, None, TODAY).await, Err(IssuanceError::UsedCode));
}

async fn fifty_requests_at_once_with_one_code_give_one_token(place: Place) {
    let (issuer, survey, client) = place.open().await;
    let code = issuer.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
    let requests: Vec<_> = (0..50).map(|_| client.request(&mut rand::rng()).expect("request").0).collect();
    let (issuer, survey) = (Arc::new(issuer), Arc::new(survey));
    // A server may be shared by two processes that hold the same keys.
    let second = if place.cluster.is_some() { Arc::new(place.open().await.0) } else { Arc::clone(&issuer) };
    let tasks = requests.into_iter().enumerate().map(|(index, request)| {
        let issuer = if index % 2 == 0 { Arc::clone(&issuer) } else { Arc::clone(&second) };
        let (survey, code) = (Arc::clone(&survey), code.clone());
        tokio::spawn(async move { issuer.issue(&survey, Some(&code), &request, None, TODAY).await.is_ok() })
    });
    let mut granted = 0;
    for task in tasks.collect::<Vec<_>>() {
        granted += usize::from(task.await.expect("task"));
    }
    assert_eq!(granted, 1);
}

async fn what_may_not_have_a_token_gets_none(place: Place) {
    let (issuer, survey, client) = place.open().await;
    let (request, _) = client.request(&mut rand::rng()).expect("request");
    let code = issuer.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
    let unknown = InvitationCode::generate(&mut rand::rng()).reveal();
    let other = SurveyId::parse("autre").expect("id");
    let (yesterday, tomorrow) = (TODAY.yesterday().expect("a day"), TODAY.tomorrow().expect("a day"));
    for (survey, code, today, error) in [
        (&survey, None, TODAY, IssuanceError::MalformedCode),
        (&survey, Some("7K3M"), TODAY, IssuanceError::MalformedCode),
        (&survey, Some(unknown.as_str()), TODAY, IssuanceError::UnknownCode),
        (&survey, Some(code.as_str()), yesterday, IssuanceError::NotYetOpen),
        (&survey, Some(code.as_str()), tomorrow, IssuanceError::Closed),
        (&other, Some(code.as_str()), TODAY, IssuanceError::UnknownSurvey),
    ] {
        assert_eq!(issuer.issue(survey, code, &request, None, today).await, Err(error));
    }
    let other_key =
        TokenRequest { truncated_token_key_id: request.truncated_token_key_id.wrapping_add(1), ..request.clone() };
    let out_of_range = TokenRequest { blinded_message: [0xff; 256], ..request.clone() };
    for malformed in [other_key, out_of_range] {
        let result = issuer.issue(&survey, Some(&code), &malformed, None, TODAY).await;
        assert_eq!(result, Err(IssuanceError::MalformedRequest));
    }
    issuer.issue(&survey, Some(&code), &request, None, TODAY).await.expect("the code is still good after all that");
}

/// Behind one address: somebody who mistypes, a program that guesses, and a resident with a letter.
async fn a_guesser_waits_and_a_neighbour_with_a_right_code_does_not(place: Place) {
    let (issuer, survey, client) = place.open().await;
    let (request, pending) = client.request(&mut rand::rng()).expect("request");
    let right = issuer.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
    let ask = async |code: &str, address: [u8; 4]| {
        issuer.issue(&survey, Some(code), &request, Some(address.into()), TODAY).await
    };
    let (shared, elsewhere) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let unknown = || InvitationCode::generate(&mut rand::rng()).reveal();
    for _ in 0..200 {
        assert_eq!(ask("7K3M-9QZT-4H2X-0", shared).await, Err(IssuanceError::MalformedCode));
    }
    for _ in 0..50 {
        assert_eq!(ask(&unknown(), shared).await, Err(IssuanceError::UnknownCode));
    }
    let error = ask(&unknown(), shared).await.expect_err("a guess");
    assert!(matches!(error, IssuanceError::TooManyAttempts { retry_after_s: 590..=601 }), "{error:?}");
    assert_eq!(ask(&unknown(), elsewhere).await, Err(IssuanceError::UnknownCode));
    assert_eq!(ask("7K3M-9QZT-4H2X-0", shared).await, Err(IssuanceError::MalformedCode), "a mistype is told as one");
    let response = ask(&right, shared).await.expect("a right code passes");
    client.finalize(&pending, &response).expect("a token");
}

async fn codes_and_keys_survive_a_restart(place: Place) {
    let (first, survey, client) = place.open().await;
    let code = first.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
    first.close().await;
    let (second, _, _) = place.open().await;
    let (request, pending) = client.request(&mut rand::rng()).expect("request");
    let response = second.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed");
    client.finalize(&pending, &response).expect("the same key");
}

async fn a_survey_that_another_process_closed_gives_no_token(place: Place) {
    let (issuer, survey, client) = place.open().await;
    let codes = issuer.invite(&survey, 2, &mut rand::rng()).await.expect("codes");
    let (request, _) = client.request(&mut rand::rng()).expect("request");
    let code = codes[0].reveal();
    let first = issuer.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed");
    let (mut other, ..) = place.open().await;
    assert_eq!(other.close_survey(&survey).await.expect("closed").issued, 1);
    let late = issuer.issue(&survey, Some(&codes[1].reveal()), &request, None, TODAY).await;
    assert_eq!(late, Err(IssuanceError::Closed));
    let lost = issuer.issue(&survey, Some(&code), &request, None, TODAY).await;
    assert_eq!(lost, Ok(first), "a reply that was lost is given again");
    assert_eq!(issuer.counts(&survey).await.expect("counts").issued, 1, "the code was not used up");
}

/// Sixty codes of a hundred are used one by one. In a file no byte moves; on a server the rows that were used get their new
/// place and transaction number all together.
async fn the_order_in_which_codes_were_used_is_nowhere(place: Place) {
    let (issuer, survey, client) = place.open().await;
    let codes = issuer.invite(&survey, 100, &mut rand::rng()).await.expect("codes");
    issuer.close().await;
    let before = place.places_of_rows().await;
    let (issuer, ..) = place.open().await;
    for code in &codes[..60] {
        let (request, _): (TokenRequest, _) = client.request(&mut rand::rng()).expect("request");
        issuer.issue(&survey, Some(&code.reveal()), &request, None, TODAY).await.expect("signed");
    }
    issuer.close().await;
    let after = place.places_of_rows().await;
    assert_eq!(before.keys().count(), 100);
    if let Some((cluster, url)) = &place.cluster {
        assert_eq!(cluster.run(url, "SELECT COUNT(DISTINCT xmin::text) FROM invitations"), "1");
        assert_eq!(cluster.run(url, "SELECT COUNT(*) FROM invitations WHERE used"), "60");
    }
    assert!(before.keys().eq(after.keys()));
    let in_key_order = |places: &BTreeMap<Vec<u8>, u64>| places.values().collect::<Vec<_>>().is_sorted();
    assert!(place.cluster.is_none() || in_key_order(&after), "on a server rows lie in the order of their keys");
    assert!(place.cluster.is_some() || before == after, "in a file no row moves");
}

impl Place {
    /// Where each row of the invitations is, by its key.
    async fn places_of_rows(&self) -> BTreeMap<Vec<u8>, u64> {
        let database = open_database(&self.location).await.expect("a database");
        let keys: Vec<(Vec<u8>,)> = database.rows("SELECT code_mac FROM invitations", &[]).await.expect("keys");
        database.close().await;
        let Location::File(file) = &self.location else {
            let (cluster, url) = self.cluster.as_ref().expect("a server");
            let sql = "SELECT encode(code_mac, 'hex'), row_number() OVER (ORDER BY ctid) FROM invitations";
            let lines = cluster.run(url, sql);
            let row = |line: &str| {
                let (key, place) = line.split_once('|').expect("two columns");
                (data_encoding::HEXLOWER.decode(key.as_bytes()).expect("hex"), place.parse().expect("a number"))
            };
            return lines.lines().map(row).collect();
        };
        let bytes = std::fs::read(file).expect("the file");
        let place = |key: &[u8]| bytes.windows(32).position(|window| window == key).expect("in the file") as u64;
        keys.into_iter().map(|(key,)| (key.clone(), place(&key))).collect()
    }
}
