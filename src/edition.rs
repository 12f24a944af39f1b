//! From mixed responses to published results: the one path, on which nothing unprotected can step aside.

use isoloir_analysis::{Snapshot, tabulate};
use isoloir_collector::Collector;
use isoloir_disclosure::{Policy, RecordKey, Release, protect};
use isoloir_office::{BallotCounts, Edition, Office};
use isoloir_survey::{Questionnaire, SurveyId};
use jiff::civil::Date;
use rand::Rng;

/// Analyses every mixed response of a survey and protects the tables. The secret under which records are keyed lives for
/// the length of this function: no other edition can be perturbed alike.
pub(crate) async fn make_release(
    collector: &Collector,
    questionnaire: &Questionnaire,
    rng: &mut impl Rng,
) -> anyhow::Result<Release> {
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    let responses = collector.mixed_responses(&questionnaire.id).await?;
    let sheets = responses.into_iter().map(|response| (RecordKey::derive(&secret, &response.id), response.sheet));
    Ok(protect(tabulate(questionnaire, &Snapshot::of(questionnaire, sheets)?, None)?, &Policy::standard()?)?)
}

/// Makes the only edition of a survey and publishes it.
pub(crate) async fn publish(
    collector: &Collector,
    office: &mut Office,
    survey: &SurveyId,
    published_on: Date,
    synthetic: bool,
    invitations: Option<(u64, u64)>,
) -> anyhow::Result<()> {
    let publication =
        collector.survey(survey).ok_or_else(|| anyhow::anyhow!("le questionnaire {survey} n’est pas ouvert ici"))?;
    if office.is_published(survey) {
        return Err(isoloir_office::OfficeError::AlreadyPublished(survey.clone()).into());
    }
    let questionnaire = &publication.questionnaire;
    // There is one edition: a response that waited for the next mixing would never be counted.
    collector.flush(survey).await?;
    let release = make_release(collector, questionnaire, &mut rand::rng()).await?;
    let counts = BallotCounts { invitations, redeemed: collector.redeemed_count(survey).await? };
    office.publish(Edition { questionnaire, release: &release, published_on, synthetic, counts }).await?;
    Ok(())
}
