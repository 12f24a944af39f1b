//! Editions: from mixed responses to an immutable snapshot, and from a snapshot to the one release that is made of it.
//!
//! ```text
//! DATA/editions/SURVEY/LABEL/   responses.parquet, questionnaire.json, margins.csv where there are some, manifest.json
//! ```
//! # Invariants
//! - An edition is made once, in a folder that takes its name when it is complete, and never changed. Whatever reads one checks
//!   the manifest against the register of the office, and every file against the manifest.
//! - The secret that keys its records is forgotten when it is made: the keys stand in the snapshot, so that every release of it
//!   carries the same noise, and nobody can go back from a key to a response's identifier.
//! - Responses that wait to be mixed are not moved for an interim edition: they are in the final one. Nothing of it can then be
//!   told from two backups around it.
//! - A final edition is protected with a view to the interim one of its survey, published or not: it may have been exported.

mod compare;
mod label;
mod manifest;
mod order;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use isoloir_analysis::{Snapshot, Weighting};
use isoloir_collector::Channel;
use isoloir_disclosure::{CellKey, Policy, RawEdition, Release, protect};
use isoloir_export::caution;
use isoloir_office::{BallotCounts, Edition, EditionKind, Office, OfficeError, RegisteredEdition};
use isoloir_survey::{QuestionId, Questionnaire, SurveyId};
use jiff::civil::Date;

use crate::margins::{MarginsFile, weighted};

pub(crate) use compare::Earlier;
pub(crate) use label::EditionLabel;
use manifest::{MANIFEST, MARGINS, Manifest, PolicyParameters, QUESTIONNAIRE, RESPONSES, verified};
pub(crate) use order::{Created, Order, create};

/// The names of an edition's files, each checked, the manifest against the hash that was registered; none when its folder is not
/// there.
///
/// # Errors
/// The name of what is missing, changed or foreign.
pub(crate) fn files(editions: &Path, edition: &RegisteredEdition, hash: &str) -> anyhow::Result<Vec<String>> {
    let folder = folder_of(editions, edition);
    if folder.symlink_metadata().is_err() {
        return Ok(Vec::new());
    }
    let manifest = verified(&folder, hash)?;
    Ok(manifest.files.into_keys().chain([MANIFEST.to_owned()]).collect())
}

fn folder_of(editions: &Path, edition: &RegisteredEdition) -> PathBuf {
    editions.join(edition.survey.as_str()).join(&edition.label)
}

/// An edition whose every file is as it was written.
pub(crate) struct StoredEdition {
    pub(crate) manifest: Manifest,
    pub(crate) questionnaire: Questionnaire,
    kind: EditionKind,
    folder: PathBuf,
}

impl StoredEdition {
    /// Finds an edition and checks its files.
    ///
    /// # Errors
    /// It is not registered, has no files, or one of them is not what it was.
    pub(crate) fn open(editions: &Path, office: &Office, survey: &SurveyId, label: &str) -> anyhow::Result<Self> {
        let registered = office.editions(survey).find(|edition| edition.label == label);
        let registered = registered
            .ok_or_else(|| OfficeError::UnknownEdition { survey: survey.clone(), label: label.to_owned() })?;
        Self::read(editions, registered)
    }

    fn read(editions: &Path, registered: &RegisteredEdition) -> anyhow::Result<Self> {
        let RegisteredEdition { survey, label, kind, manifest, .. } = registered;
        let Some(hash) = manifest else {
            bail!(
                "« {label} » de {survey} a été publiée par une version d’Isoloir qui ne gardait pas les éditions ; il n’en reste que les pages"
            );
        };
        let folder = folder_of(editions, registered);
        let manifest = verified(&folder, hash)?;
        ensure!(
            manifest.policy == PolicyParameters::from(&CellKey::standard()?),
            "« {label} » de {survey} est protégée selon d’autres règles que celles de cette version ; lisez-la avec {}",
            manifest.software
        );
        let questionnaire: Questionnaire = serde_json::from_slice(&fs::read(folder.join(QUESTIONNAIRE))?)
            .with_context(|| format!("dans {}", folder.join(QUESTIONNAIRE).display()))?;
        Ok(Self { manifest, questionnaire, kind: *kind, folder })
    }

    fn weighting(&self) -> anyhow::Result<Option<(MarginsFile, Weighting)>> {
        let Some(parameters) = &self.manifest.weighting else { return Ok(None) };
        let file = MarginsFile::read(&self.folder.join(MARGINS), parameters.clone())?;
        let weighting = file.weighting(&self.questionnaire)?;
        Ok(Some((file, weighting)))
    }

    /// The questions whose shares are those of its margins.
    fn margins(&self) -> anyhow::Result<Vec<QuestionId>> {
        let weighting = self.weighting()?;
        let questions = weighting.iter().flat_map(|(_, weighting)| weighting.margins.questions(&self.questionnaire));
        Ok(questions.map(|question| question.id.clone()).collect())
    }

    /// Where its margins are from, as it is cited.
    pub(crate) fn census(&self) -> Option<&str> {
        self.manifest.weighting.as_ref()?.source.as_deref()
    }

    /// Responses by channel, in words.
    fn channels(&self) -> Vec<(&'static str, u64)> {
        let counts = self.manifest.channels.iter();
        counts.filter_map(|(name, count)| Some((channel_in_words(Channel::parse(name)?), *count))).collect()
    }

    fn raw(&self) -> anyhow::Result<RawEdition> {
        let path = self.folder.join(RESPONSES);
        let written = self.manifest.files.get(RESPONSES).map_or("", String::as_str);
        let snapshot = Snapshot::read_parquet(&self.questionnaire, File::open(&path)?, written)
            .with_context(|| format!("dans {}", path.display()))?;
        let weighting = self.weighting()?;
        weighted(&self.questionnaire, &snapshot, weighting.as_ref().map(|(file, weighting)| (file, weighting)))
    }

    /// The release of this edition: the same one each time.
    ///
    /// # Errors
    /// It cannot be made; what could be is told.
    pub(crate) fn release(&self, editions: &Path, office: &Office) -> anyhow::Result<Release> {
        protected(self.raw()?, self.kind, editions, office, &self.questionnaire.id)
    }
}

/// The interim edition of a survey, and how many responses it has; none where there is none, or its files are not what they were.
pub(crate) fn interim(editions: &Path, office: &Office, survey: &SurveyId) -> Option<(String, u64)> {
    let interim = office.editions(survey).find(|edition| edition.kind == EditionKind::Interim)?;
    let stored = StoredEdition::read(editions, interim).ok()?;
    Some((interim.label.clone(), stored.manifest.channels.values().sum()))
}

fn channel_in_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "en ligne",
        Channel::Paper => "sur papier",
        Channel::Interview => "de vive voix, avec quelqu’un qui note",
        Channel::Kiosk => "sur une borne ou une tablette",
        Channel::Elsewhere => "avec un autre outil",
    }
}

/// Protects an edition, knowing the interim one of its survey where it is the final one.
fn protected(
    raw: RawEdition,
    kind: EditionKind,
    editions: &Path,
    office: &Office,
    survey: &SurveyId,
) -> anyhow::Result<Release> {
    let policy = CellKey::standard()?;
    let interim = office.editions(survey).find(|edition| edition.kind == EditionKind::Interim);
    let raw = match interim.filter(|_| kind == EditionKind::Final) {
        Some(interim) => {
            let earlier = StoredEdition::read(editions, interim)?.raw()?;
            raw.published_after(&earlier, &policy).with_context(|| {
                format!(
                    "l’édition définitive ne peut pas suivre « {} » ; celle-ci reste le résultat de l’enquête",
                    interim.label
                )
            })?
        }
        None => raw,
    };
    Ok(protect(raw, &Policy::CellKey(policy))?)
}

/// What is published, and how.
pub(crate) struct Publishing<'a> {
    pub(crate) survey: &'a SurveyId,
    pub(crate) label: &'a str,
    /// Outlines of the communes.
    pub(crate) map: Option<&'a Path>,
    /// The earlier edition, as `SURVEY/LABEL`.
    pub(crate) compare: Option<&'a str>,
    pub(crate) published_on: Date,
}

/// Puts the pages of an edition at the survey's address. Returns what whoever publishes has to know.
///
/// # Errors
/// [`OfficeError`], or why its release could not be made or compared.
pub(crate) async fn publish(
    editions: &Path,
    office: &mut Office,
    publishing: &Publishing<'_>,
) -> anyhow::Result<Option<&'static str>> {
    let Publishing { survey, label, map, compare, published_on } = *publishing;
    let stored = StoredEdition::open(editions, office, survey, label)?;
    let mut release = stored.release(editions, office)?;
    let mut warning = None;
    if let Some(name) = compare {
        let earlier = Earlier::open(editions, office, name)?;
        earlier.check_may_be_shown()?;
        release = earlier.compared_with(&stored, release)?;
        warning = release.comparison().and_then(|comparison| caution(&release, comparison));
    }
    let Manifest { synthetic, invitations, redeemed, .. } = stored.manifest;
    let counts = BallotCounts { invitations, redeemed };
    let channels = stored.channels();
    let questionnaire = &stored.questionnaire;
    let map = map.map(|file| crate::results::read_map(file, questionnaire)).transpose()?;
    office
        .publish(Edition {
            label,
            kind: stored.kind,
            questionnaire,
            release: &release,
            map: map.as_ref(),
            made_on: stored.manifest.made_on,
            published_on,
            synthetic,
            counts,
            channels: &channels,
            census: stored.census(),
            compared_with: compare,
        })
        .await?;
    Ok(warning)
}
