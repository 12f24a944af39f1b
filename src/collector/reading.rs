//! What is read of a collector that may be serving: which surveys there are, how many responses are mixed, and the free texts of
//! a survey that is closed. What waits to be mixed is not looked at.

use isoloir_store::Location;
use isoloir_survey::SurveyId;

use crate::ballot_box::{Collector, CollectorError, no_names, open_database};
use crate::import::Channel;
use crate::sql;
use crate::surveys::{Publication, load};

/// A published questionnaire and what came to it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The questionnaire.
    pub publication: Publication,
    /// Mixed responses; it moves by [`crate::MIXING_THRESHOLD`] at least while the survey is open.
    pub mixed: u64,
    /// Of these, how many came by each channel.
    pub channels: Vec<(Channel, u64)>,
}

/// A free text that stands alone: whose it is and when it came is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FreeText {
    /// The question's identifier.
    pub question: String,
    /// What was written.
    pub text: String,
}

impl Collector {
    /// The questionnaires that are published in the collector whose database is there. A server may be running.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub async fn published(location: &Location) -> Result<Vec<Publication>, CollectorError> {
        let database = open_database(location).await?;
        let published = load(&database, &no_names()).await;
        database.close().await;
        Ok(published?.into_values().collect())
    }

    /// How every published survey stands. A server may be running.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub async fn standings(location: &Location) -> Result<Vec<Standing>, CollectorError> {
        let database = open_database(location).await?;
        let mut standings = Vec::new();
        for (survey, publication) in load(&database, &no_names()).await? {
            let of_survey = [survey.as_str().into()];
            let (mixed,): (i64,) = database.row(sql::COUNT_RESPONSES, &of_survey).await?;
            let channels: Vec<(String, i64)> = database.rows(sql::SELECT_CHANNELS, &of_survey).await?;
            let channels =
                channels.iter().filter_map(|(name, count)| Some((Channel::parse(name)?, count.unsigned_abs())));
            standings.push(Standing { publication, mixed: mixed.unsigned_abs(), channels: channels.collect() });
        }
        database.close().await;
        Ok(standings)
    }

    /// Every free text of a closed survey that is kept apart from the other answers, sorted by its letters: no order of writing
    /// is left in it, and none of the database either. A server may be running.
    ///
    /// # Errors
    /// [`CollectorError::StillOpen`] as long as the survey takes answers: what is in a second reading and not in the first would
    /// have come in between. [`CollectorError::UnknownSurvey`], or of the database.
    pub async fn free_texts(location: &Location, survey: &SurveyId) -> Result<Vec<FreeText>, CollectorError> {
        let database = open_database(location).await?;
        let published = load(&database, &no_names()).await?;
        let publication = published.get(survey).ok_or_else(|| CollectorError::UnknownSurvey(survey.clone()))?;
        if !publication.is_closed {
            return Err(CollectorError::StillOpen(survey.clone()));
        }
        let rows: Vec<(String, String)> = database.rows(sql::SELECT_FREE_TEXTS, &[survey.as_str().into()]).await?;
        database.close().await;
        let mut texts: Vec<FreeText> = rows.into_iter().map(|(question, text)| FreeText { question, text }).collect();
        texts.sort_unstable();
        Ok(texts)
    }
}
