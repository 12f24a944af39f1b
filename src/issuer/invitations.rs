//! Invitations: handed out, then exchanged once for a signature.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use isoloir_store::{Database, Hold, Location, Migrations, StoreError, Value, WriteError, Writer};
use isoloir_survey::{Access, SurveyId};
use isoloir_token::key::{PrivateKey, PublicKey};
use isoloir_token::wire::{TokenRequest, TokenResponse};
use jiff::civil::Date;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
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

/// What stands in the place of the blinded message's hash until a code is used, so that using it moves no bytes.
const UNUSED: [u8; 32] = [0; 32];

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
    database: Database,
    /// Held as long as the issuer is open, where its rows are in a file: codes may be drawn while it serves, but the file is
    /// not replaced under it.
    _lock: Option<File>,
    writer: Writer<Claims>,
    keys: KeyFolder,
    code_key: Zeroizing<[u8; 32]>,
    surveys: BTreeMap<SurveyId, Issuing>,
    signing: Semaphore,
    limiter: Limiter,
}

impl Issuer {
    /// Opens the issuer whose database is there and whose keys are in `folder`; makes what is not there yet.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub async fn open(location: &Location, folder: &Path, rng: &mut impl CryptoRng) -> Result<Self, IssuerError> {
        let lock = location.hold(Hold::Shared)?;
        let database = open_database(location).await?;
        let keys = KeyFolder::open(folder)?;
        let code_key = keys.code_key(rng)?;
        let rows: Vec<SurveyRow> = database.rows(sql::SELECT_SURVEYS, &[]).await?;
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
        let writer = Writer::start(database.clone(), Claims::new());
        Ok(Self {
            database,
            _lock: lock,
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
        let key_id = key.public_key().id().0;
        let (opens, closes) = (terms.opens.map(|date| date.to_string()), terms.closes.map(|date| date.to_string()));
        let values = [
            survey.as_str().into(),
            access.into(),
            Value::OptionalText(opens.as_deref()),
            Value::OptionalText(closes.as_deref()),
            Value::Flag(false),
            (&key_id).into(),
        ];
        let mut transaction = self.database.begin().await?;
        transaction.insert(&sql::SURVEYS, &values).await?;
        transaction.commit().await?;
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

    /// Copies an issuer's rows, which may be serving, into an empty database; the keys are files beside them. Returns how many
    /// invitations there are.
    ///
    /// # Errors
    /// [`IssuerError`]; `to` is then as it was.
    pub async fn copy(from: &Location, to: &Location) -> Result<u64, IssuerError> {
        let (from, to) = (open_database(from).await?, open_database(to).await?);
        let counts = from.copy_into(&to, &sql::ALL, &sql::CHANGING).await;
        from.close().await;
        to.close().await;
        Ok(counts?.last().copied().unwrap_or(0))
    }

    /// The surveys with their published keys.
    pub fn surveys(&self) -> impl Iterator<Item = (&SurveyId, &PublicKey)> {
        self.surveys.iter().map(|(survey, issuing)| (survey, issuing.key.public_key()))
    }

    /// Whether tokens of a survey are given without a code.
    pub fn is_open_to_all(&self, survey: &SurveyId) -> bool {
        self.surveys.get(survey).is_some_and(|issuing| issuing.terms.access == Access::Open)
    }

    /// Whether a survey was closed: no token of it is given any more.
    pub fn is_closed(&self, survey: &SurveyId) -> bool {
        self.surveys.get(survey).is_some_and(|issuing| issuing.is_closed)
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
        let values: Vec<Value<'_>> = macs
            .iter()
            .flat_map(|mac| [mac.into(), survey.as_str().into(), Value::Flag(false), Value::Bytes(&UNUSED)])
            .collect();
        let mut transaction = self.database.begin().await?;
        transaction.insert(&sql::INVITATIONS, &values).await?;
        transaction.commit().await?;
        // Two printings would lie apart in the file.
        self.database.forget_order_or_warn(&sql::CHANGING).await;
        Ok(())
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
        self.database.execute(sql::CLOSE_SURVEY, &[survey.as_str().into()]).await?;
        issuing.is_closed = true;
        self.counts(survey).await
    }

    /// Counts the codes drawn and those that gave a token.
    ///
    /// # Errors
    /// [`IssuerError::Store`].
    pub async fn counts(&self, survey: &SurveyId) -> Result<InvitationCounts, IssuerError> {
        let (codes, issued): (i64, i64) = self.database.row(sql::COUNT_INVITATIONS, &[survey.as_str().into()]).await?;
        Ok(InvitationCounts { codes: codes.unsigned_abs(), issued: issued.unsigned_abs() })
    }

    /// Exchanges a code for a signature, and slows the address that guesses, or takes an open survey's tokens
    /// ([`IssuanceError::TooManyAttempts`]). Without an address nothing is slowed, and a right code passes in any case.
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
        let is_open_access = self.is_open_to_all(survey);
        let limited = if is_open_access { Event::OpenToken } else { Event::Guess };
        let now = Instant::now();
        let wait = address.and_then(|address| self.limiter.wait(address, limited, now));
        let too_many = wait.map(|wait| IssuanceError::TooManyAttempts { retry_after_s: wait.as_secs() + 1 });
        if let Some(error) = too_many.filter(|_| is_open_access) {
            return Err(error);
        }
        let result = self.exchange(survey, typed_code, request, today).await;
        let is_guess = result == Err(IssuanceError::UnknownCode);
        if let Some(address) = address.filter(|_| is_guess || (is_open_access && result.is_ok())) {
            self.limiter.count(address, limited, now, today, &mut rand::rng());
        }
        if is_guess { too_many.map_or(result, Err) } else { result }
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
                Ok(Claimed::Closed) => return Err(IssuanceError::Closed),
                Err(WriteError::Busy) => return Err(IssuanceError::Busy),
                Err(WriteError::Failed | WriteError::Stopped) => return Err(IssuanceError::Unavailable),
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
        self.database.close().await;
    }
}

pub(crate) async fn open_database(location: &Location) -> Result<Database, StoreError> {
    let migrations = Migrations {
        sqlite: sqlx::migrate!("../../migrations/issuer/sqlite"),
        postgres: Some(sqlx::migrate!("../../migrations/issuer/postgres")),
    };
    Database::open(location, &migrations).await
}
