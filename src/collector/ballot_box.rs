//! The ballot box: a valid sheet and a valid token go in, mixed responses come out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use isoloir_store::{Database, Hold, Location, Migrations, StoreError, Value, WriteError, Writer};
use isoloir_survey::{AnswerSheet, Calendar, Questionnaire, SurveyId, submitted_from_json, validate};
use isoloir_token::key::PublicKey;
use isoloir_token::wire::{RedemptionError, Token, WireError};
use rand::rngs::StdRng;

use crate::import::{Channel, Lot};
use crate::mixing::{Imported, Incoming, Job, Mixer, Outcome};
use crate::proxy_client::{BlindingSeed, IssuanceRefusal, TokenIssuer, obtain_token};
use crate::sql;
use crate::surveys::{Publication, PublishError, ServerNames, load};

/// The collector cannot start or read its responses.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A published questionnaire was altered.
    #[error("le questionnaire {0} enregistré dans la base est altéré ; restaurez une sauvegarde")]
    CorruptSurvey(String),
    /// A stored response is not valid for its questionnaire.
    #[error("une réponse enregistrée de {0} est altérée ; restaurez une sauvegarde")]
    CorruptResponse(SurveyId),
    /// The public address gives no server name.
    #[error("le nom du serveur ne convient pas : {0} ; donnez une adresse publique comme https://sante.exemple.fr")]
    ServerName(#[from] WireError),
    /// The survey is not published here.
    #[error("le questionnaire {0} n’est pas ouvert ; ouvrez-le avec « isoloir survey open {0} »")]
    UnknownSurvey(SurveyId),
    /// The survey takes no more answers.
    #[error("le questionnaire {0} est clos : il ne prend plus de réponses, même sur papier")]
    ClosedSurvey(SurveyId),
    /// The free texts of a survey that still takes answers are not read.
    #[error(
        "le questionnaire {0} prend encore des réponses : deux lectures de ses textes diraient lesquels sont arrivés entre elles ; \
         lisez-les après sa clôture (isoloir survey close {0})"
    )]
    StillOpen(SurveyId),
    /// The same file was imported before.
    #[error("ce fichier a déjà été importé : ses réponses compteraient deux fois")]
    KnownFile,
    /// Nothing could be written.
    #[error("les réponses n’ont pas pu être écrites : {0}")]
    Write(#[from] WriteError),
}

/// Why a response was not taken. Nothing is stored then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CastError {
    /// No such survey here.
    #[error("unknown survey")]
    UnknownSurvey,
    /// The survey takes no answers yet.
    #[error("the survey is not open yet")]
    NotYetOpen,
    /// The survey takes no more answers.
    #[error("the survey is closed")]
    Closed,
    /// The sheet is for another version of the questionnaire.
    #[error("another version of the questionnaire")]
    OtherVersion,
    /// The token is not valid for this survey.
    #[error(transparent)]
    Token(#[from] RedemptionError),
    /// Level B: the issuer gave no token.
    #[error("issuance refused: {0}")]
    Issuance(IssuanceRefusal),
    /// Level B is not offered: no issuer is configured.
    #[error("no issuer is configured")]
    NoIssuer,
    /// Too much at once.
    #[error("too many responses are waiting")]
    Busy,
    /// The database does not take it now; the log says why. The same token may be sent again.
    #[error("the database is not available")]
    Unavailable,
    /// Our fault; the log says why.
    #[error("internal failure")]
    Internal,
}

/// A response as it is read for analysis: its random identifier and its answers, in the identifiers' order.
#[derive(Debug, Clone)]
pub struct MixedResponse {
    /// 128 random bits that say nothing of the respondent.
    pub id: [u8; 16],
    /// The answers, without free text.
    pub sheet: AnswerSheet,
}

/// The collector of one installation.
pub struct Collector {
    database: Database,
    writer: Writer<Mixer>,
    surveys: BTreeMap<SurveyId, Publication>,
    /// Those that were closed, here or by another process.
    closed: RwLock<BTreeSet<SurveyId>>,
    issuer: Option<Arc<dyn TokenIssuer>>,
    calendar: Arc<dyn Calendar>,
    /// Held as long as the collector is open, where its rows are in a file.
    _lock: Option<File>,
}

pub(crate) async fn open_database(location: &Location) -> Result<Database, StoreError> {
    let migrations = Migrations {
        sqlite: sqlx::migrate!("../../migrations/collector/sqlite"),
        postgres: Some(sqlx::migrate!("../../migrations/collector/postgres")),
    };
    Database::open(location, &migrations).await
}

/// Where only questionnaires are read, any well-formed name will do.
pub(crate) fn no_names() -> ServerNames {
    let here = "publish.invalid".to_owned();
    ServerNames { issuer: here.clone(), origins: here, issuer_url: None }
}

impl Collector {
    /// Publishes a questionnaire in the collector whose database is there; does nothing when the same version already is. A
    /// running server sees it when it is started again.
    ///
    /// # Errors
    /// [`PublishError::OtherVersion`], or what the database said.
    pub async fn publish(
        location: &Location,
        questionnaire: &Questionnaire,
        token_key: &PublicKey,
    ) -> Result<(), PublishError> {
        let database = open_database(location).await.map_err(CollectorError::from)?;
        let published = load(&database, &no_names()).await?;
        let version = questionnaire.version().clone();
        if let Some(existing) = published.get(&questionnaire.id) {
            return if existing.version == version {
                Ok(())
            } else {
                Err(PublishError::OtherVersion { survey: questionnaire.id.clone() })
            };
        }
        let json = questionnaire.canonical_json();
        let values: [Value<'_>; 5] = [
            questionnaire.id.as_str().into(),
            version.as_str().into(),
            token_key.spki().into(),
            json.as_str().into(),
            Value::Flag(false),
        ];
        let insert = async {
            let mut transaction = database.begin().await?;
            transaction.insert(&sql::SURVEYS, &values).await?;
            transaction.commit().await
        };
        insert.await.map_err(CollectorError::from)?;
        database.close().await;
        Ok(())
    }

    /// Opens the collector whose database is there, under these names; `issuer` serves residents without JavaScript. No other
    /// process may have a file open; a server may be shared.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub async fn open(
        location: &Location,
        names: &ServerNames,
        issuer: Option<Arc<dyn TokenIssuer>>,
        calendar: Arc<dyn Calendar>,
        rng: StdRng,
    ) -> Result<Self, CollectorError> {
        // Two processes on one file would rewrite it under each other.
        let lock = location.hold(Hold::Alone)?;
        let database = open_database(location).await?;
        let surveys = load(&database, names).await?;
        let free_texts = surveys
            .iter()
            .map(|(id, publication)| {
                let questions = publication.questionnaire.questions();
                let texts = questions.filter(|question| question.is_kept_apart());
                (id.to_string(), texts.map(|question| question.id.clone()).collect())
            })
            .collect();
        let writer = Writer::start(database.clone(), Mixer::new(rng, free_texts));
        let closed = surveys.values().filter(|publication| publication.is_closed);
        let closed = RwLock::new(closed.map(|publication| publication.questionnaire.id.clone()).collect());
        Ok(Self { database, writer, surveys, closed, issuer, calendar, _lock: lock })
    }

    /// Copies what a collector has settled into an empty one: published questionnaires, mixed responses, and the marks of their
    /// tokens. What waits to be mixed is left out, so two copies differ by [`crate::MIXING_THRESHOLD`] responses at least, or
    /// by none, as long as the survey is open; its close moves the last ones, however few. `from` may be serving. Returns how
    /// many responses there are.
    ///
    /// # Errors
    /// [`CollectorError`]; `to` is then as it was.
    pub async fn copy(from: &Location, to: &Location) -> Result<u64, CollectorError> {
        let _lock = to.hold(Hold::Alone)?;
        let (from, to) = (open_database(from).await?, open_database(to).await?);
        let counts = from.copy_into(&to, &sql::SETTLED, &sql::GROWING).await;
        from.close().await;
        to.close().await;
        let responses = sql::SETTLED.iter().zip(counts?).find(|(table, _)| table.name == sql::RESPONSES.name);
        Ok(responses.map_or(0, |(_, count)| count))
    }

    /// Refuses a place that already holds anything that [`Collector::copy`] would write.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub async fn check_empty(location: &Location) -> Result<(), CollectorError> {
        let database = open_database(location).await?;
        let is_empty = database.check_empty(&sql::SETTLED).await;
        database.close().await;
        Ok(is_empty?)
    }

    /// The published questionnaires.
    pub fn surveys(&self) -> impl Iterator<Item = &Publication> {
        self.surveys.values()
    }

    /// A published questionnaire.
    pub fn survey(&self, id: &SurveyId) -> Option<&Publication> {
        self.surveys.get(id)
    }

    /// Whether the survey takes answers today.
    pub fn is_open(&self, publication: &Publication) -> bool {
        !self.is_closed(publication) && publication.questionnaire.is_open_on(self.calendar.today())
    }

    /// Whether the survey was closed for good.
    pub fn is_closed(&self, publication: &Publication) -> bool {
        self.closed.read().unwrap_or_else(PoisonError::into_inner).contains(&publication.questionnaire.id)
    }

    /// Looks for surveys that another process has closed. Returns whether there was one.
    ///
    /// # Errors
    /// [`CollectorError::Store`].
    pub async fn notice_closings(&self) -> Result<bool, CollectorError> {
        let rows: Vec<(String,)> = self.database.rows(sql::SELECT_CLOSED, &[]).await?;
        let mut closed = self.closed.write().unwrap_or_else(PoisonError::into_inner);
        let before = closed.len();
        closed.extend(rows.iter().filter_map(|(survey,)| SurveyId::parse(survey).ok()));
        Ok(closed.len() > before)
    }

    /// A fresh seed for a review page ([`BlindingSeed`]).
    pub fn blinding_seed(&self) -> BlindingSeed {
        BlindingSeed(crate::mixing::random_seed(&mut rand::make_rng::<StdRng>()))
    }

    /// Takes one response. When this returns `Ok`, it is on disk exactly once, whether this token was shown for the first
    /// time or again.
    ///
    /// # Errors
    /// [`CastError`]; nothing was stored then.
    pub async fn cast(&self, survey: &SurveyId, sheet: &AnswerSheet, token: &Token) -> Result<(), CastError> {
        let publication = self.open_publication(survey, sheet)?;
        token.verify(&publication.token_key, &publication.challenge.digest())?;
        let mark = blake3::hash(&token.to_bytes()).into();
        self.write(Job::Cast { mark, response: incoming(survey, sheet) }).await
    }

    /// Takes one response with an invitation code in place of a token (level B).
    ///
    /// # Errors
    /// [`CastError`]. After [`CastError::Busy`] or [`CastError::Internal`] the same code with the same seed can be sent
    /// again.
    pub async fn cast_with_code(
        &self,
        survey: &SurveyId,
        sheet: &AnswerSheet,
        code: &str,
        seed: BlindingSeed,
        address: Option<IpAddr>,
    ) -> Result<(), CastError> {
        let publication = self.open_publication(survey, sheet)?;
        let issuer = self.issuer.as_deref().ok_or(CastError::NoIssuer)?;
        let token = obtain_token(publication, issuer, code, seed, address).await?;
        self.cast(survey, sheet, &token).await
    }

    /// Takes responses that came without tokens. All of them or none; fewer than [`crate::MIXING_THRESHOLD`] wait until
    /// enough have come, or until the survey is closed.
    ///
    /// # Errors
    /// [`CollectorError`]; nothing was stored then.
    pub async fn import(&self, survey: &SurveyId, lot: &Lot<'_>) -> Result<(), CollectorError> {
        if !self.surveys.contains_key(survey) {
            return Err(CollectorError::UnknownSurvey(survey.clone()));
        }
        let responses = lot.sheets.iter().map(|sheet| incoming(survey, sheet)).collect();
        let (channel, fingerprint, again) = (lot.channel, lot.fingerprint(), lot.again);
        let job = Job::Import(Imported { survey: survey.clone(), channel, responses, fingerprint, again });
        match self.writer.submit(job).await? {
            Outcome::Taken => Ok(()),
            Outcome::Closed => Err(CollectorError::ClosedSurvey(survey.clone())),
            Outcome::KnownFile => Err(CollectorError::KnownFile),
        }
    }

    /// How many mixed responses came by each channel. Those that were mixed before channels were counted are not in it.
    ///
    /// # Errors
    /// [`CollectorError::Store`].
    pub async fn channel_counts(&self, survey: &SurveyId) -> Result<Vec<(Channel, u64)>, CollectorError> {
        let rows: Vec<(String, i64)> = self.database.rows(sql::SELECT_CHANNELS, &[survey.as_str().into()]).await?;
        let counts = rows.iter().filter_map(|(name, count)| Some((Channel::parse(name)?, count.unsigned_abs())));
        Ok(counts.collect())
    }

    /// Says why the survey takes no answers today, when it takes none.
    ///
    /// # Errors
    /// [`CastError::NotYetOpen`] or [`CastError::Closed`].
    pub fn check_open(&self, publication: &Publication) -> Result<(), CastError> {
        if self.is_open(publication) {
            Ok(())
        } else if !self.is_closed(publication) && publication.questionnaire.is_before_opening(self.calendar.today()) {
            Err(CastError::NotYetOpen)
        } else {
            Err(CastError::Closed)
        }
    }

    /// Takes no more answers to a survey, for good, and mixes those that wait. Returns how many tokens were redeemed.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub async fn close_survey(&self, survey: &SurveyId) -> Result<u64, CollectorError> {
        self.survey(survey).ok_or_else(|| CollectorError::UnknownSurvey(survey.clone()))?;
        self.database.execute(sql::CLOSE_SURVEY, &[survey.as_str().into()]).await?;
        self.notice_closings().await?;
        self.flush(survey).await?;
        self.redeemed_count(survey).await
    }

    /// How many tokens were redeemed.
    ///
    /// # Errors
    /// [`CollectorError::Store`].
    pub async fn redeemed_count(&self, survey: &SurveyId) -> Result<u64, CollectorError> {
        let (count,): (i64,) = self.database.row(sql::COUNT_MARKS, &[survey.as_str().into()]).await?;
        Ok(count.unsigned_abs())
    }

    /// The marks of a survey's spent tokens, sorted: whoever kept their token can check that it was counted.
    ///
    /// # Errors
    /// [`CollectorError::Store`].
    pub async fn spent_marks(&self, survey: &SurveyId) -> Result<Vec<Vec<u8>>, CollectorError> {
        let marks: Vec<(Vec<u8>,)> = self.database.rows(sql::SELECT_SPENT, &[survey.as_str().into()]).await?;
        Ok(marks.into_iter().map(|(mark,)| mark).collect())
    }

    /// Moves every waiting response of a survey, however few: at its close.
    ///
    /// # Errors
    /// [`CollectorError::Write`].
    pub async fn flush(&self, survey: &SurveyId) -> Result<(), CollectorError> {
        self.writer.submit(Job::Flush(survey.clone())).await?;
        Ok(())
    }

    /// How many mixed responses there are; it moves by [`crate::MIXING_THRESHOLD`] at least.
    ///
    /// # Errors
    /// [`CollectorError::Store`].
    pub async fn mixed_count(&self, survey: &SurveyId) -> Result<u64, CollectorError> {
        let (count,): (i64,) = self.database.row(sql::COUNT_RESPONSES, &[survey.as_str().into()]).await?;
        Ok(count.unsigned_abs())
    }

    /// Every mixed response of a survey, each valid for its questionnaire.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub async fn mixed_responses(&self, survey: &SurveyId) -> Result<Vec<MixedResponse>, CollectorError> {
        let publication = self.survey(survey).ok_or_else(|| CollectorError::UnknownSurvey(survey.clone()))?;
        let rows: Vec<(Vec<u8>, String)> = self.database.rows(sql::SELECT_RESPONSES, &[survey.as_str().into()]).await?;
        rows.into_iter()
            .map(|(id, answers)| {
                let corrupt = || CollectorError::CorruptResponse(survey.clone());
                let answers: serde_json::Map<_, _> = serde_json::from_str(&answers).map_err(|_| corrupt())?;
                let submitted = submitted_from_json(&answers).map_err(|_| corrupt())?;
                // Free texts are never required and nothing depends on them, so the sheet is valid without them.
                let sheet = validate(&publication.questionnaire, &submitted).map_err(|_| corrupt())?;
                Ok(MixedResponse { id: id.try_into().map_err(|_| corrupt())?, sheet })
            })
            .collect()
    }

    /// Answers everything that was accepted and closes the database. What waits to be mixed goes on waiting, in no order.
    /// Returns whether no trace of the order of writing is left: somebody else may be reading the database.
    pub async fn close(self) -> bool {
        let is_tidy = self.writer.close().await;
        self.database.close().await;
        is_tidy
    }

    fn open_publication(&self, survey: &SurveyId, sheet: &AnswerSheet) -> Result<&Publication, CastError> {
        let publication = self.survey(survey).ok_or(CastError::UnknownSurvey)?;
        self.check_open(publication)?;
        if *sheet.version() != publication.version {
            return Err(CastError::OtherVersion);
        }
        Ok(publication)
    }

    async fn write(&self, job: Job) -> Result<(), CastError> {
        match self.writer.submit(job).await {
            Ok(Outcome::Taken) => Ok(()),
            Ok(Outcome::Closed | Outcome::KnownFile) => Err(CastError::Closed),
            Err(WriteError::Busy) => Err(CastError::Busy),
            Err(WriteError::Failed | WriteError::Stopped) => Err(CastError::Unavailable),
        }
    }
}

fn incoming(survey: &SurveyId, sheet: &AnswerSheet) -> Incoming {
    Incoming { survey: survey.clone(), version: sheet.version().to_string(), answers: sheet.to_json() }
}
