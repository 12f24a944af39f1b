//! Invitations: handed out, then exchanged once for a signature.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use isoloir_store::{WriteError, Writer};
use isoloir_survey::{Access, SurveyId};
use isoloir_token::key::{PrivateKey, PublicKey};
use isoloir_token::wire::{TokenRequest, TokenResponse};
use jiff::civil::Date;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::claims::{Claim, Claimed, Claims};
use crate::code::InvitationCode;
use crate::error::{IssuanceError, IssuerError};
use crate::keys::KeyFolder;
use crate::limiter::{Event, Limiter};
use crate::sql;

/// Signatures handed to the blocking threads at the same time: enough that each core always has the next one at hand
/// (`make bench`: 2 give 0.43 of the processors' rate, 32 give 0.5 to 0.57), few enough that the rest gets its turn.
const SIGNING_PERMITS: usize = 32;

/// Surveys of one issuer. A token request names its key by one byte; well under 256, a free one is soon found.
pub(crate) const MOST_SURVEYS: usize = 200;

/// What the issuer knows of a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyTerms {
    /// Who may have a token.
    pub access: Access,
    /// First day on which tokens are given.
    pub opens: Option<Date>,
    /// Last day on which tokens are given.
    pub closes: Option<Date>,
}

/// How many codes were drawn, and how many gave a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationCounts {
    /// Codes drawn.
    pub codes: u64,
    /// Codes that gave a token.
    pub issued: u64,
}

/// Name, access, first day, last day, whether closed, fingerprint.
type SurveyRow = (String, String, Option<String>, Option<String>, bool, Vec<u8>);

struct Issuing {
    terms: SurveyTerms,
    is_closed: bool,
    key: Arc<PrivateKey>,
}

/// The issuer of one installation.
pub struct Issuer {
    pool: SqlitePool,
    writer: Writer<Claims>,
    keys: KeyFolder,
    code_key: Zeroizing<[u8; 32]>,
    surveys: BTreeMap<SurveyId, Issuing>,
    signing: Semaphore,
    limiter: Limiter,
}

impl Issuer {
    /// Opens the issuer whose database and keys are in `folder`, and makes them if it is empty.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub async fn open(folder: &Path, rng: &mut impl CryptoRng) -> Result<Self, IssuerError> {
        let pool =
            isoloir_store::open(&folder.join("issuer.db"), &sqlx::migrate!("../../migrations/issuer/sqlite")).await?;
        let keys = KeyFolder::open(&folder.join("keys"))?;
        let code_key = keys.code_key(rng)?;
        let rows: Vec<SurveyRow> = sqlx::query_as(sql::SELECT_SURVEYS).fetch_all(&pool).await?;
        let mut surveys = BTreeMap::new();
        for (survey, access, opens, closes, is_closed, token_key_id) in rows {
            let corrupt = |what: &str| IssuerError::Corrupt(what.to_owned());
            let survey = SurveyId::parse(&survey).map_err(|_| corrupt("survey"))?;
            let access = if access == "open" { Access::Open } else { Access::Invitation };
            let date = |text: Option<String>| text.map(|text| text.parse().map_err(|_| corrupt("date"))).transpose();
            let terms = SurveyTerms { access, opens: date(opens)?, closes: date(closes)? };
            let key = keys.load(&survey)?.ok_or_else(|| IssuerError::KeyMissing(survey.clone()))?;
            if key.public_key().id().0[..] != token_key_id[..] {
                return Err(IssuerError::OtherKey(survey));
            }
            surveys.insert(survey, Issuing { terms, is_closed, key: Arc::new(key) });
        }
        let writer = Writer::start(pool.clone(), Claims);
        Ok(Self {
            pool,
            writer,
            keys,
            code_key,
            surveys,
            signing: Semaphore::new(SIGNING_PERMITS),
            limiter: Limiter::new(),
        })
    }

    /// Makes the survey's key and starts issuing for it; does nothing when it was opened before.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub async fn open_survey(&mut self, survey: &SurveyId, terms: SurveyTerms) -> Result<PublicKey, IssuerError> {
        if let Some(issuing) = self.surveys.get(survey) {
            return Ok(issuing.key.public_key().clone());
        }
        // A key file without a row is what a crash between the two leaves; no letter carries it yet, so it can serve.
        let key = if let Some(key) = self.keys.load(survey)? {
            key
        } else {
            let key = self.generate_distinct_key()?;
            self.keys.store(survey, &key)?;
            key
        };
        let access = match terms.access {
            Access::Open => "open",
            Access::Invitation => "invitation",
        };
        sqlx::query(sql::INSERT_SURVEY)
            .bind(survey.as_str())
            .bind(access)
            .bind(terms.opens.map(|date| date.to_string()))
            .bind(terms.closes.map(|date| date.to_string()))
            .bind(&key.public_key().id().0[..])
            .execute(&self.pool)
            .await?;
        let public = key.public_key().clone();
        self.surveys.insert(survey.clone(), Issuing { terms, is_closed: false, key: Arc::new(key) });
        Ok(public)
    }

    /// A token request names its key by one byte, so no two keys of an issuer may share it (RFC 9578 §8.1).
    fn generate_distinct_key(&self) -> Result<PrivateKey, IssuerError> {
        if self.surveys.len() >= MOST_SURVEYS {
            return Err(IssuerError::TooManySurveys);
        }
        loop {
            let key = PrivateKey::generate()?;
            let byte = key.public_key().id().truncated();
            if self.surveys.values().all(|other| other.key.public_key().id().truncated() != byte) {
                return Ok(key);
            }
        }
    }

    /// The surveys with their published keys.
    pub fn surveys(&self) -> impl Iterator<Item = (&SurveyId, &PublicKey)> {
        self.surveys.iter().map(|(survey, issuing)| (survey, issuing.key.public_key()))
    }

    /// The survey whose key ends with this byte.
    pub(crate) fn survey_of_key(&self, truncated_token_key_id: u8) -> Option<&SurveyId> {
        self.surveys().find(|(_, key)| key.id().truncated() == truncated_token_key_id).map(|(survey, _)| survey)
    }

    /// Draws `count` codes, which open nothing until they are registered: a caller can write them down first.
    pub fn draw(count: usize, rng: &mut impl CryptoRng) -> Vec<InvitationCode> {
        (0..count).map(|_| InvitationCode::generate(rng)).collect()
    }

    /// Makes codes valid for a survey: all of them or none.
    ///
    /// # Errors
    /// [`IssuerError`]; no code is valid then.
    pub async fn register(&self, survey: &SurveyId, codes: &[InvitationCode]) -> Result<(), IssuerError> {
        let issuing = self.surveys.get(survey).ok_or_else(|| IssuerError::UnknownSurvey(survey.clone()))?;
        if issuing.is_closed {
            return Err(IssuerError::Closed(survey.clone()));
        }
        // Written in the order of their hashes: the order in which letters are printed is then nowhere in the file.
        let mut macs: Vec<[u8; 32]> = codes.iter().map(|code| code.mac(&self.code_key, survey.as_str())).collect();
        macs.sort_unstable();
        let mut connection = self.pool.acquire().await?;
        let registered = insert_all(&mut connection, survey, &macs).await;
        if registered.is_err() {
            connection.close_on_drop();
        }
        Ok(registered?)
    }

    /// Draws and registers, for callers that write nothing down.
    ///
    /// # Errors
    /// [`IssuerError`]; no code is valid then.
    pub async fn invite(
        &self,
        survey: &SurveyId,
        count: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<InvitationCode>, IssuerError> {
        let codes = Self::draw(count, rng);
        self.register(survey, &codes).await?;
        Ok(codes)
    }

    /// Gives no more tokens for a survey, for good.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub async fn close_survey(&mut self, survey: &SurveyId) -> Result<InvitationCounts, IssuerError> {
        let issuing = self.surveys.get_mut(survey).ok_or_else(|| IssuerError::UnknownSurvey(survey.clone()))?;
        sqlx::query(sql::CLOSE_SURVEY).bind(survey.as_str()).execute(&self.pool).await?;
        issuing.is_closed = true;
        self.counts(survey).await
    }

    /// Counts the codes drawn and those that gave a token.
    ///
    /// # Errors
    /// [`IssuerError::Store`].
    pub async fn counts(&self, survey: &SurveyId) -> Result<InvitationCounts, IssuerError> {
        let (codes, issued): (i64, i64) =
            sqlx::query_as(sql::COUNT_INVITATIONS).bind(survey.as_str()).fetch_one(&self.pool).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(InvitationCounts { codes: count(codes), issued: count(issued) })
    }

    /// Exchanges a code for a signature, and slows the address that collects refusals ([`IssuanceError::TooManyAttempts`]).
    /// Without an address nothing is slowed.
    ///
    /// # Errors
    /// [`IssuanceError`]; nothing was marked then, except for [`IssuanceError::Internal`].
    pub async fn issue(
        &self,
        survey: &SurveyId,
        typed_code: Option<&str>,
        request: &TokenRequest,
        address: Option<IpAddr>,
        today: Date,
    ) -> Result<TokenResponse, IssuanceError> {
        let is_open_access = self.surveys.get(survey).is_some_and(|issuing| issuing.terms.access == Access::Open);
        let limited = if is_open_access { Event::OpenToken } else { Event::Refusal };
        let now = Instant::now();
        if let Some(wait) = address.and_then(|address| self.limiter.wait(address, limited, now)) {
            return Err(IssuanceError::TooManyAttempts { retry_after_s: wait.as_secs() + 1 });
        }
        let result = self.exchange(survey, typed_code, request, today).await;
        let counts = match result {
            Ok(_) => is_open_access,
            Err(error) => matches!(error, IssuanceError::UnknownCode | IssuanceError::MalformedCode),
        };
        if let Some(address) = address.filter(|_| counts) {
            self.limiter.count(address, limited, now, today, &mut rand::rng());
        }
        result
    }

    /// Exchanges a code for a signature. The code is marked used, durably, before the signature is computed: a crash in
    /// between costs nothing, since the same request is signed again.
    ///
    /// # Errors
    /// [`IssuanceError`]; nothing was marked then, except for [`IssuanceError::Internal`].
    async fn exchange(
        &self,
        survey: &SurveyId,
        typed_code: Option<&str>,
        request: &TokenRequest,
        today: Date,
    ) -> Result<TokenResponse, IssuanceError> {
        let issuing = self.surveys.get(survey).ok_or(IssuanceError::UnknownSurvey)?;
        if issuing.is_closed || issuing.terms.closes.is_some_and(|closes| today > closes) {
            return Err(IssuanceError::Closed);
        }
        if issuing.terms.opens.is_some_and(|opens| today < opens) {
            return Err(IssuanceError::NotYetOpen);
        }
        if !issuing.key.accepts(request) {
            return Err(IssuanceError::MalformedRequest);
        }
        let claim = match issuing.terms.access {
            Access::Open => None,
            Access::Invitation => {
                let code =
                    InvitationCode::parse(typed_code.unwrap_or_default()).map_err(|_| IssuanceError::MalformedCode)?;
                Some(Claim {
                    code_mac: code.mac(&self.code_key, survey.as_str()),
                    blinded_hash: Sha256::digest(request.blinded_message).into(),
                })
            }
        };
        // Codes are marked many per transaction, so this comes before the queue for the processor: waiting in it with a code
        // that is not marked yet would leave two per transaction. A full writer refuses before anything is spent.
        if let Some(claim) = claim {
            match self.writer.submit(claim).await {
                Ok(Claimed::Granted) => {}
                Ok(Claimed::Unknown) => return Err(IssuanceError::UnknownCode),
                Ok(Claimed::Used) => return Err(IssuanceError::UsedCode),
                Err(WriteError::Busy) => return Err(IssuanceError::Busy),
                Err(WriteError::Failed | WriteError::Stopped) => return Err(IssuanceError::Internal),
            }
        }
        let permit = self.signing.acquire().await.map_err(|_| IssuanceError::Internal)?;
        let (key, request) = (Arc::clone(&issuing.key), request.clone());
        let signed = tokio::task::spawn_blocking(move || key.issue(&request)).await;
        drop(permit);
        match signed {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                tracing::error!(%error, "a signature failed");
                Err(IssuanceError::Internal)
            }
            Err(error) => {
                tracing::error!(%error, "a signing task failed");
                Err(IssuanceError::Internal)
            }
        }
    }

    /// Waits for what is being written, then ends.
    pub async fn close(self) {
        self.writer.close().await;
        self.pool.close().await;
    }
}

async fn insert_all(
    connection: &mut SqliteConnection,
    survey: &SurveyId,
    macs: &[[u8; 32]],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for mac in macs {
        sqlx::query(sql::INSERT_INVITATION)
            .bind(&mac[..])
            .bind(survey.as_str())
            .bind(&[0_u8; 32][..])
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use isoloir_token::client::Client;
    use isoloir_token::wire::TokenChallenge;

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 21);

    async fn issuer(folder: &Path) -> (Issuer, SurveyId, Client) {
        let mut issuer = Issuer::open(folder, &mut rand::rng()).await.expect("issuer");
        let survey = SurveyId::parse("essai").expect("id");
        let terms = SurveyTerms { access: Access::Invitation, opens: Some(TODAY), closes: Some(TODAY) };
        let key = issuer.open_survey(&survey, terms).await.expect("opened");
        let challenge = TokenChallenge::new("a.example", [0; 32], "a.example").expect("challenge");
        (issuer, survey, Client::new(key, &challenge))
    }

    #[tokio::test]
    async fn a_code_gives_one_token_and_the_lost_reply_again() {
        let folder = tempfile::tempdir().expect("folder");
        let (issuer, survey, client) = issuer(folder.path()).await;
        let code = issuer.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
        let (request, pending) = client.request(&mut rand::rng()).expect("request");
        let first = issuer.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed");
        let again = issuer.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed again");
        assert_eq!(first, again);
        client.finalize(&pending, &first).expect("a token");
        let (other, _) = client.request(&mut rand::rng()).expect("request");
        assert_eq!(issuer.issue(&survey, Some(&code), &other, None, TODAY).await, Err(IssuanceError::UsedCode));
    }

    #[tokio::test]
    async fn fifty_requests_at_once_with_one_code_give_one_token() {
        let folder = tempfile::tempdir().expect("folder");
        let (issuer, survey, client) = issuer(folder.path()).await;
        let code = issuer.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
        let requests: Vec<_> = (0..50).map(|_| client.request(&mut rand::rng()).expect("request").0).collect();
        let (issuer, survey) = (Arc::new(issuer), Arc::new(survey));
        let tasks = requests.into_iter().map(|request| {
            let (issuer, survey, code) = (Arc::clone(&issuer), Arc::clone(&survey), code.clone());
            tokio::spawn(async move { issuer.issue(&survey, Some(&code), &request, None, TODAY).await.is_ok() })
        });
        let mut granted = 0;
        for task in tasks.collect::<Vec<_>>() {
            granted += usize::from(task.await.expect("task"));
        }
        assert_eq!(granted, 1);
    }

    #[tokio::test]
    async fn what_may_not_have_a_token_gets_none() {
        let folder = tempfile::tempdir().expect("folder");
        let (issuer, survey, client) = issuer(folder.path()).await;
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

    #[tokio::test]
    async fn codes_and_keys_survive_a_restart() {
        let folder = tempfile::tempdir().expect("folder");
        let (first, survey, client) = issuer(folder.path()).await;
        let code = first.invite(&survey, 1, &mut rand::rng()).await.expect("codes")[0].reveal();
        first.close().await;
        let (second, _, _) = issuer(folder.path()).await;
        let (request, pending) = client.request(&mut rand::rng()).expect("request");
        let response = second.issue(&survey, Some(&code), &request, None, TODAY).await.expect("signed");
        client.finalize(&pending, &response).expect("the same key");
    }
}
