//! Making an edition.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use isoloir_analysis::{Snapshot, tabulate};
use isoloir_collector::Collector;
use isoloir_disclosure::{CellKey, RecordKey};
use isoloir_office::{EditionKind, Office, OfficeError, RegisteredEdition};
use isoloir_survey::{Content, Questionnaire, SurveyId};
use jiff::civil::Date;
use rand::Rng;

use super::manifest::{FORMAT, MANIFEST, MARGINS, Manifest, PolicyParameters, QUESTIONNAIRE, RESPONSES};
use super::manifest::{WeightingParameters, hash, write_folder};
use super::{EditionLabel, protected, weigh};
use crate::results::SOFTWARE;

/// What is asked for.
pub(crate) struct Order {
    pub(crate) survey: SurveyId,
    pub(crate) label: EditionLabel,
    pub(crate) kind: EditionKind,
    pub(crate) margins: Option<MarginsFile>,
    pub(crate) made_on: Date,
    /// Whether the responses were made up.
    pub(crate) synthetic: bool,
    /// Codes drawn and tokens given, where this machine holds the issuer.
    pub(crate) invitations: Option<(u64, u64)>,
}

/// A file of margins and how it is to be used.
pub(crate) struct MarginsFile {
    pub(crate) text: String,
    pub(crate) merges: Vec<String>,
    pub(crate) trim: bool,
    /// Where the margins are from, as it is cited.
    pub(crate) source: Option<String>,
}

/// Makes an edition of every mixed response, stores and registers it. Its release is made once to see that it can be.
///
/// # Errors
/// A rule that forbids it, in words, or what went wrong; nothing is registered then.
pub(crate) async fn create(
    editions: &Path,
    collector: &Collector,
    office: &mut Office,
    order: &Order,
    rng: &mut impl Rng,
) -> anyhow::Result<()> {
    let Order { survey, label, kind, .. } = order;
    let publication =
        collector.survey(survey).with_context(|| format!("le questionnaire {survey} n’est pas ouvert ici"))?;
    check_register(office, order)?;
    if *kind == EditionKind::Final {
        ensure!(
            !collector.is_open(publication),
            "{survey} prend encore des réponses, et l’édition définitive est la dernière ; fermez-le d’abord : isoloir survey \
             close {survey} ; ou faites une édition intermédiaire : ajoutez --interim"
        );
        // A response that waited for the next mixing would never be counted.
        collector.flush(survey).await?;
    }
    let questionnaire = &publication.questionnaire;
    let snapshot = snapshot(collector, questionnaire, rng).await?;
    let weighting = order.margins.as_ref().map(|MarginsFile { text, merges, trim, source }| {
        let parameters = WeightingParameters { merges: merges.clone(), trim: *trim, source: source.clone() };
        weigh(questionnaire, text, &parameters).map(|weighting| (weighting, parameters))
    });
    let weighting = weighting.transpose()?;
    let raw = tabulate(questionnaire, &snapshot, weighting.as_ref().map(|(weighting, _)| weighting))?;
    let release = protected(raw, *kind, editions, office, survey)?;
    let respondents = release.respondents().ok_or_else(|| OfficeError::TooFewRespondents(survey.clone()))?;

    let mut responses = Vec::new();
    snapshot.write_parquet(&mut responses)?;
    let canonical = Content::canonical_json(questionnaire);
    let mut files = vec![(RESPONSES, responses.as_slice()), (QUESTIONNAIRE, canonical.as_bytes())];
    files.extend(order.margins.as_ref().map(|margins| (MARGINS, margins.text.as_bytes())));
    let channels = collector.channel_counts(survey).await?;
    let manifest = Manifest {
        format: FORMAT,
        software: SOFTWARE.to_owned(),
        survey: survey.to_string(),
        version: questionnaire.version().to_string(),
        label: label.to_string(),
        kind: kind.name().to_owned(),
        synthetic: order.synthetic,
        made_on: order.made_on,
        respondents,
        policy: PolicyParameters::from(&CellKey::standard()?),
        weighting: weighting.map(|(_, parameters)| parameters),
        invitations: order.invitations,
        redeemed: collector.redeemed_count(survey).await?,
        channels: channels.into_iter().map(|(channel, count)| (channel.name().to_owned(), count)).collect(),
        files: files.iter().map(|(name, bytes)| ((*name).to_owned(), hash(bytes))).collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    files.push((MANIFEST, &manifest));
    write_folder(&editions.join(survey.as_str()).join(label.as_str()), &files)?;
    let registered = RegisteredEdition {
        survey: survey.clone(),
        label: label.to_string(),
        kind: *kind,
        made_on: order.made_on,
        manifest: Some(hash(&manifest)),
        published_on: None,
        withdrawn_on: None,
    };
    Ok(office.register(&registered).await?)
}

/// Refuses what the register forbids, before anything is read.
fn check_register(office: &Office, order: &Order) -> anyhow::Result<()> {
    let Order { survey, label, kind, .. } = order;
    for known in office.editions(survey) {
        if known.label == label.as_str() || known.kind == *kind {
            bail!(
                "{survey} a déjà une édition {}, « {} » ; une enquête a au plus une édition intermédiaire et une édition \
                 définitive, car soustraire l’une de l’autre montrerait des réponses",
                known.kind.french(),
                known.label
            );
        }
        ensure!(
            known.kind == EditionKind::Interim,
            "{survey} a déjà son édition définitive, « {} » ; une édition intermédiaire vient avant",
            known.label
        );
    }
    Ok(())
}

/// Every mixed response under a key of this edition. The secret lives for the length of this function.
async fn snapshot(
    collector: &Collector,
    questionnaire: &Questionnaire,
    rng: &mut impl Rng,
) -> anyhow::Result<Snapshot> {
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    let responses = collector.mixed_responses(&questionnaire.id).await?;
    let sheets = responses.into_iter().map(|response| (RecordKey::derive(&secret, &response.id), response.sheet));
    Ok(Snapshot::of(questionnaire, sheets)?)
}
