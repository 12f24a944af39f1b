//! Publishing an edition, and reading back what was published.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use isoloir_charts::{ChartError, Geography};
use isoloir_disclosure::{PTableError, Protection, Release};
use isoloir_export::ExportError;
use isoloir_store::{Database, Location, Migrations, StoreError, Value};
use isoloir_survey::{Questionnaire, SurveyId};
use isoloir_ui::StaticBody;
use jiff::civil::Date;

use crate::editions::{EditionKind, RegisteredEdition};
use crate::{pages, sql};

const CACHE_CONTROL: &str = "public, max-age=300";

/// Stands in stored pages where the site's own address belongs: it is the server's, not the edition's, and may change. The name
/// cannot be anybody's (RFC 2606).
pub(crate) const SITE: &str = "https://site.invalid";

/// The office cannot start or publish.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A chart.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A file.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The noise that the method page describes.
    #[error(transparent)]
    Noise(#[from] PTableError),
    /// This edition is already public.
    #[error("l’édition «\u{a0}{label}\u{a0}» de {survey} est déjà publiée")]
    AlreadyPublished {
        /// Its survey.
        survey: SurveyId,
        /// Its name.
        label: String,
    },
    /// The final edition is public: an interim one would say less of the same.
    #[error("l’édition définitive de {0} est déjà publiée\u{202f}; une édition intermédiaire ne peut plus l’être")]
    FinalIsPublished(SurveyId),
    /// The edition is not public.
    #[error("l’édition «\u{a0}{label}\u{a0}» de {survey} n’est pas publiée")]
    NotPublished {
        /// Its survey.
        survey: SurveyId,
        /// Its name.
        label: String,
    },
    /// There is no such edition.
    #[error(
        "{survey} n’a pas d’édition «\u{a0}{label}\u{a0}»\u{202f}; pour voir celles qu’il y a\u{a0}: isoloir edition list {survey}"
    )]
    UnknownEdition {
        /// Its survey.
        survey: SurveyId,
        /// Its name.
        label: String,
    },
    /// There is an edition of this name or of this kind.
    #[error(
        "{0} a déjà une édition de ce nom, ou de cette sorte\u{202f}; une enquête a au plus une édition intermédiaire et une \
         édition définitive, car soustraire l’une de l’autre montrerait des réponses"
    )]
    EditionExists(SurveyId),
    /// Too few people answered.
    #[error(
        "trop peu de réponses à {0} pour publier quoi que ce soit sans désigner personne ; il en faut une trentaine"
    )]
    TooFewRespondents(SurveyId),
    /// The tables are not those of the public catalogue.
    #[error(
        "les résultats de {0} n’ont pas été protégés par la méthode des clés de cellule (cell-key) ; le site ne publie rien \
         d’autre"
    )]
    NotCellKey(SurveyId),
    /// What is stored is not what this program writes.
    #[error("la base des publications contient une valeur inattendue : {0}")]
    Corrupt(String),
}

/// What is to be published.
#[derive(Debug, Clone, Copy)]
pub struct Edition<'a> {
    /// The name under which it is registered.
    pub label: &'a str,
    /// Whether more responses may come.
    pub kind: EditionKind,
    /// The questionnaire that was answered.
    pub questionnaire: &'a Questionnaire,
    /// The protected tables.
    pub release: &'a Release,
    /// The outlines of the communes, where the organiser gave them.
    pub map: Option<&'a Geography>,
    /// The day on which it was made: no response of it came later.
    pub made_on: Date,
    /// The day of publication.
    pub published_on: Date,
    /// Whether the responses were made up, which every page must then say.
    pub synthetic: bool,
    /// What the ballot box and the issuer counted, for whoever doubts that it was not stuffed.
    pub counts: BallotCounts,
    /// How many responses came by each channel, in words; empty where it is not known.
    pub channels: &'a [(&'a str, u64)],
    /// Where the margins are from, as it is cited.
    pub census: Option<&'a str>,
    /// The edition that its release is compared with, as `SURVEY/LABEL`.
    pub compared_with: Option<&'a str>,
}

/// The counts of the stuffing audit: codes ≥ issued ≥ redeemed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BallotCounts {
    /// Invitation codes drawn, and how many gave a token; unknown where the issuer is another machine.
    pub invitations: Option<(u64, u64)>,
    /// Tokens redeemed with a response.
    pub redeemed: u64,
}

impl BallotCounts {
    /// Invitation codes and the tokens that they gave; none where no code was drawn.
    pub(crate) fn drawn(self) -> Option<(u64, u64)> {
        self.invitations.filter(|(codes, _)| *codes > 0)
    }
}

/// A survey whose results are public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSurvey {
    /// The survey.
    pub survey: SurveyId,
    /// Its title.
    pub title: String,
    /// The day of publication.
    pub published_on: Date,
    /// The edition.
    pub label: String,
    /// The edition that its pages compare it with, as `SURVEY/LABEL`.
    pub compared_with: Option<String>,
}

/// A publication as it is stored.
type Stored = (String, String, String, String, Option<String>);

/// A file of an edition.
pub(crate) struct Artefact {
    /// Below `/r/{survey}/`; empty for the overview.
    pub(crate) path: String,
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
}

/// The publications of one installation.
pub struct Office {
    pub(crate) database: Database,
    published: Vec<PublishedSurvey>,
    pub(crate) editions: Vec<RegisteredEdition>,
    bodies: BTreeMap<(SurveyId, String), StaticBody>,
    /// Surveys whose pages were read when the office was opened, and were withdrawn since.
    withdrawn_since: RwLock<BTreeSet<SurveyId>>,
}

impl Office {
    /// Opens the office whose database is in `folder` and reads which surveys are public.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn open(folder: &Path) -> Result<Self, OfficeError> {
        let database = open_database(folder).await?;
        let mut office = Self {
            database,
            published: Vec::new(),
            editions: Vec::new(),
            bodies: BTreeMap::new(),
            withdrawn_since: RwLock::default(),
        };
        office.load().await?;
        Ok(office)
    }

    /// Opens the office and reads all that it serves, on a site that is known as `address`.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn open_to_serve(folder: &Path, address: &str) -> Result<Self, OfficeError> {
        let mut office = Self::open(folder).await?;
        office.load_bodies(address).await?;
        Ok(office)
    }

    /// Copies what an office holds, which may be serving, into an empty one.
    ///
    /// # Errors
    /// [`OfficeError`]; `to` is then as it was.
    pub async fn copy(from: &Path, to: &Path) -> Result<(), OfficeError> {
        let (from, to) = (open_database(from).await?, open_database(to).await?);
        let copied = from.copy_into(&to, &sql::ALL, &[]).await;
        from.close().await;
        to.close().await;
        Ok(copied.map(drop)?)
    }

    pub(crate) async fn load(&mut self) -> Result<(), OfficeError> {
        self.load_editions().await?;
        let rows: Vec<Stored> = self.database.rows(sql::SELECT_PUBLICATIONS, &[]).await?;
        self.published = rows
            .into_iter()
            .map(|(survey, title, date, label, compared_with)| {
                let published_on = date.parse().map_err(|_| OfficeError::Corrupt(date))?;
                Ok(PublishedSurvey { survey: survey_id(&survey)?, title, published_on, label, compared_with })
            })
            .collect::<Result<_, OfficeError>>()?;
        Ok(())
    }

    async fn load_bodies(&mut self, address: &str) -> Result<(), OfficeError> {
        let rows: Vec<(String, String, String, Vec<u8>)> = self.database.rows(sql::SELECT_ARTEFACTS, &[]).await?;
        self.bodies = rows
            .into_iter()
            .map(|(survey, path, media_type, body)| {
                let body = if media_type == pages::HTML { at_address(body, address)? } else { body };
                let body = StaticBody::of_many(&media_type, CACHE_CONTROL, body);
                Ok(((survey_id(&survey)?, path), body.ok_or(OfficeError::Corrupt(media_type))?))
            })
            .collect::<Result<_, OfficeError>>()?;
        Ok(())
    }

    /// Renders and stores a registered edition, in the place of the interim one where that is public: all of it or nothing.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn publish(&mut self, edition: Edition<'_>) -> Result<(), OfficeError> {
        let survey = &edition.questionnaire.id;
        let label = edition.label.to_owned();
        let registered = self.editions(survey).find(|registered| registered.label == label);
        let Some(kind) = registered.map(|registered| registered.kind) else {
            return Err(OfficeError::UnknownEdition { survey: survey.clone(), label });
        };
        let of_survey = [survey.as_str().into()];
        if edition.release.protection() != Protection::CellKey {
            return Err(OfficeError::NotCellKey(survey.clone()));
        }
        if edition.release.respondents().is_none() {
            return Err(OfficeError::TooFewRespondents(survey.clone()));
        }
        let artefacts = pages::render(edition)?;
        let published_on = edition.published_on.to_string();
        let publication = [
            survey.as_str().into(),
            edition.questionnaire.title.fr().into(),
            published_on.as_str().into(),
            edition.label.into(),
            Value::OptionalText(edition.compared_with),
        ];
        let mut transaction = self.database.begin().await?;
        // Read here, so that two programs that publish at the same time see each other.
        let served: Vec<(String,)> = transaction.rows(sql::SELECT_SERVED, &of_survey).await?;
        match served.first() {
            Some((served,)) if *served == label => {
                return Err(OfficeError::AlreadyPublished { survey: survey.clone(), label });
            }
            Some(_) if kind == EditionKind::Interim => return Err(OfficeError::FinalIsPublished(survey.clone())),
            Some(_) | None => {}
        }
        transaction.execute(sql::DELETE_ARTEFACTS, &of_survey).await?;
        transaction.execute(sql::DELETE_PUBLICATION, &of_survey).await?;
        transaction.execute(sql::INSERT_PUBLICATION, &publication).await?;
        let marked = [survey.as_str().into(), edition.label.into(), published_on.as_str().into()];
        transaction.execute(sql::MARK_PUBLISHED, &marked).await?;
        for artefact in &artefacts {
            let values: [Value<'_>; 4] = [
                survey.as_str().into(),
                artefact.path.as_str().into(),
                artefact.media_type.as_str().into(),
                artefact.body.as_slice().into(),
            ];
            transaction.execute(sql::INSERT_ARTEFACT, &values).await?;
        }
        transaction.commit().await?;
        self.load().await
    }

    /// Looks whether another program has withdrawn pages that this one serves: they are served no more, until it is opened anew.
    /// Whether there are some that were still served the last time.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn notice_withdrawals(&self) -> Result<bool, OfficeError> {
        let rows: Vec<Stored> = self.database.rows(sql::SELECT_PUBLICATIONS, &[]).await?;
        let is_there = |published: &&PublishedSurvey| rows.iter().any(|(id, ..)| id == published.survey.as_str());
        let gone = self.published.iter().filter(|published| !is_there(published)).map(|gone| gone.survey.clone());
        let mut withdrawn = self.withdrawn_since.write().unwrap_or_else(PoisonError::into_inner);
        let known = withdrawn.len();
        withdrawn.extend(gone);
        Ok(withdrawn.len() > known)
    }

    /// Whether pages that were read when the office was opened were withdrawn since.
    pub(crate) fn is_withdrawn_since(&self, survey: &SurveyId) -> bool {
        self.withdrawn_since.read().unwrap_or_else(PoisonError::into_inner).contains(survey)
    }

    /// The surveys whose results are public.
    pub fn published(&self) -> &[PublishedSurvey] {
        &self.published
    }

    /// The surveys whose results are public and were not withdrawn since the office was opened.
    pub fn served(&self) -> Vec<&PublishedSurvey> {
        self.published.iter().filter(|published| !self.is_withdrawn_since(&published.survey)).collect()
    }

    /// Whether the survey's results are public.
    pub fn is_published(&self, survey: &SurveyId) -> bool {
        self.published.iter().any(|published| published.survey == *survey)
    }

    pub(crate) fn body(&self, survey: &SurveyId, path: &str) -> Option<&StaticBody> {
        self.bodies.get(&(survey.clone(), path.to_owned()))
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

/// A survey's name as it is stored.
pub(crate) fn survey_id(text: &str) -> Result<SurveyId, OfficeError> {
    SurveyId::parse(text).map_err(|error| OfficeError::Corrupt(error.to_string()))
}

/// The page with the site's own address where [`SITE`] stands for it.
fn at_address(page: Vec<u8>, address: &str) -> Result<Vec<u8>, OfficeError> {
    let page = String::from_utf8(page).map_err(|error| OfficeError::Corrupt(error.to_string()))?;
    Ok(page.replace(SITE, address.trim_end_matches('/')).into_bytes())
}

async fn open_database(folder: &Path) -> Result<Database, StoreError> {
    let migrations = Migrations { sqlite: sqlx::migrate!("../../migrations/office/sqlite"), postgres: None };
    Database::open(&Location::File(folder.join("office.db")), &migrations).await
}
