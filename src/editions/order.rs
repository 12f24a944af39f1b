//! Making an edition.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use isoloir_analysis::Snapshot;
use isoloir_collector::Collector;
use isoloir_disclosure::{CellKey, Policy, RecordKey, Release, ReleaseTable, protect};
use isoloir_office::{EditionKind, Office, OfficeError, RegisteredEdition};
use isoloir_survey::{Content, Questionnaire, SurveyId};
use jiff::civil::Date;
use rand::Rng;

use super::manifest::{FORMAT, MANIFEST, MARGINS, Manifest, PolicyParameters, QUESTIONNAIRE, RESPONSES};
use super::manifest::{hash, write_folder};
use super::{EditionLabel, protected};
use crate::margins::{MarginsFile, weighted};
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

/// An edition that was made.
pub(crate) struct Created {
    /// Its release, which every later one repeats.
    pub(crate) release: Release,
    /// Of a final edition, the rows of tables that an interim one keeps from being published; none where there is no interim one.
    pub(crate) withheld: Option<usize>,
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
) -> anyhow::Result<Created> {
    let Order { survey, label, kind, .. } = order;
    let publication =
        collector.survey(survey).with_context(|| format!("le questionnaire {survey} n’est pas ouvert ici"))?;
    check_register(office, order)?;
    let questionnaire = &publication.questionnaire;
    // What is wrong with the margins is told before anything is moved.
    let weighting = match &order.margins {
        Some(file) => Some((file, file.weighting(questionnaire)?)),
        None => None,
    };
    let weighting = weighting.as_ref().map(|(file, weighting)| (*file, weighting));
    if *kind == EditionKind::Final {
        // After its last day a survey still takes paper; what came then would never be counted.
        ensure!(
            collector.is_closed(publication),
            "{survey} n’est pas clos, et l’édition définitive est la dernière ; fermez-le d’abord : isoloir survey close {survey} ; \
             ou faites une édition intermédiaire : ajoutez --interim"
        );
        // A crash may have ended the close before it moved what waited.
        collector.flush(survey).await?;
    }
    let snapshot = snapshot(collector, questionnaire, rng).await?;
    let raw = weighted(questionnaire, &snapshot, weighting)?;
    let release = protected(raw, *kind, editions, office, survey)?;
    let respondents = release.respondents().ok_or_else(|| OfficeError::TooFewRespondents(survey.clone()))?;

    let follows = *kind == EditionKind::Final && office.editions(survey).next().is_some();
    let withheld = if follows {
        let alone = protect(weighted(questionnaire, &snapshot, weighting)?, &Policy::standard()?)?;
        Some(published_rows(&alone).saturating_sub(published_rows(&release)))
    } else {
        None
    };
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
        weighting: order.margins.as_ref().map(|file| file.parameters.clone()),
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
    office.register(&registered).await?;
    Ok(Created { release, withheld })
}

fn published_rows(release: &Release) -> usize {
    let rows = release.tables().iter().flat_map(ReleaseTable::rows);
    rows.filter(|row| row.cells.iter().any(|cell| cell.share().is_some())).count()
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
