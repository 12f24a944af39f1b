//! The register of editions: which there are, and what became of them. Their files are elsewhere; the register holds the hash
//! of each one's manifest.
//!
//! # Invariant
//! A survey has at most one interim and one final edition, and no edition leaves the register: what was once published can be
//! subtracted for ever.

use isoloir_store::Value;
use isoloir_survey::SurveyId;
use jiff::civil::Date;

use crate::publication::{Office, OfficeError, survey_id};
use crate::sql;

/// Whether more responses may come after an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditionKind {
    /// Made while the survey takes answers.
    Interim,
    /// Made when it is closed.
    Final,
}

impl EditionKind {
    /// The word that the register and manifests have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interim => "interim",
            Self::Final => "final",
        }
    }

    /// The word that people read.
    pub fn french(self) -> &'static str {
        match self {
            Self::Interim => "intermédiaire",
            Self::Final => "définitive",
        }
    }

    fn parse(name: &str) -> Result<Self, OfficeError> {
        match name {
            "interim" => Ok(Self::Interim),
            "final" => Ok(Self::Final),
            other => Err(OfficeError::Corrupt(other.to_owned())),
        }
    }
}

/// An edition of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredEdition {
    /// Its survey.
    pub survey: SurveyId,
    /// Its name.
    pub label: String,
    /// Interim or final.
    pub kind: EditionKind,
    /// The day on which it was made.
    pub made_on: Date,
    /// BLAKE3 of its manifest, in hexadecimal; none for results that were published before editions were kept.
    pub manifest: Option<String>,
    /// The day on which it was last published.
    pub published_on: Option<Date>,
    /// The day on which it was withdrawn, where it has not been published again since.
    pub withdrawn_on: Option<Date>,
}

type Stored = (String, String, String, String, Option<String>, Option<String>, Option<String>);

impl RegisteredEdition {
    fn read(stored: Stored) -> Result<Self, OfficeError> {
        let (survey, label, kind, made_on, manifest, published_on, withdrawn_on) = stored;
        let date = |text: String| text.parse::<Date>().map_err(|_| OfficeError::Corrupt(text));
        Ok(Self {
            survey: survey_id(&survey)?,
            label,
            kind: EditionKind::parse(&kind)?,
            made_on: date(made_on)?,
            manifest,
            published_on: published_on.map(date).transpose()?,
            withdrawn_on: withdrawn_on.map(date).transpose()?,
        })
    }
}

impl Office {
    /// Registers an edition that was made.
    ///
    /// # Errors
    /// [`OfficeError::EditionExists`] when there is one of this name or of this kind, or of the database.
    pub async fn register(&mut self, edition: &RegisteredEdition) -> Result<(), OfficeError> {
        let made_on = edition.made_on.to_string();
        let values: [Value<'_>; 5] = [
            edition.survey.as_str().into(),
            edition.label.as_str().into(),
            edition.kind.name().into(),
            made_on.as_str().into(),
            Value::OptionalText(edition.manifest.as_deref()),
        ];
        let first: Vec<(i32,)> = self.database.rows(sql::INSERT_EDITION, &values).await?;
        if first.is_empty() {
            return Err(OfficeError::EditionExists(edition.survey.clone()));
        }
        self.load_editions().await
    }

    /// Every edition of every survey.
    pub fn registered(&self) -> &[RegisteredEdition] {
        &self.editions
    }

    /// The editions of a survey, in the order in which they are made: interim, final.
    pub fn editions<'a>(&'a self, survey: &SurveyId) -> impl Iterator<Item = &'a RegisteredEdition> {
        let of_kind = |kind| self.editions.iter().filter(move |edition| edition.kind == kind);
        let survey = survey.clone();
        of_kind(EditionKind::Interim).chain(of_kind(EditionKind::Final)).filter(move |edition| edition.survey == survey)
    }

    /// Withdraws a published edition: its pages are gone, and say so.
    ///
    /// # Errors
    /// [`OfficeError::NotPublished`], or of the database.
    pub async fn withdraw(&mut self, survey: &SurveyId, label: &str, today: Date) -> Result<(), OfficeError> {
        let of_survey = [survey.as_str().into()];
        let today = today.to_string();
        let mut transaction = self.database.begin().await?;
        let served: Vec<(String,)> = transaction.rows(sql::SELECT_SERVED, &of_survey).await?;
        if served.first().is_none_or(|(served,)| served != label) {
            return Err(OfficeError::NotPublished { survey: survey.clone(), label: label.to_owned() });
        }
        transaction.execute(sql::DELETE_ARTEFACTS, &of_survey).await?;
        transaction.execute(sql::DELETE_PUBLICATION, &of_survey).await?;
        let values: [Value<'_>; 3] = [survey.as_str().into(), label.into(), today.as_str().into()];
        transaction.execute(sql::MARK_WITHDRAWN, &values).await?;
        transaction.commit().await?;
        self.load().await
    }

    /// Whether results of the survey were public and are no longer.
    pub fn is_withdrawn(&self, survey: &SurveyId) -> bool {
        !self.is_published(survey) && self.editions(survey).any(|edition| edition.withdrawn_on.is_some())
    }

    pub(crate) async fn load_editions(&mut self) -> Result<(), OfficeError> {
        let rows: Vec<Stored> = self.database.rows(sql::SELECT_EDITIONS, &[]).await?;
        self.editions = rows.into_iter().map(RegisteredEdition::read).collect::<Result<_, _>>()?;
        Ok(())
    }
}
