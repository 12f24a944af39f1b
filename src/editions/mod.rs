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
use isoloir_analysis::{Margins, Snapshot, Weighting, tabulate};
use isoloir_disclosure::{CellKey, Policy, RawEdition, Release, protect};
use isoloir_office::{BallotCounts, Edition, EditionKind, Office, OfficeError, RegisteredEdition};
use isoloir_survey::{QuestionId, Questionnaire, SurveyId};
use jiff::civil::Date;

pub(crate) use compare::Earlier;
pub(crate) use label::EditionLabel;
use manifest::{
    MANIFEST, MARGINS, Manifest, PolicyParameters, QUESTIONNAIRE, RESPONSES, WeightingParameters, verified,
};
pub(crate) use order::{MarginsFile, Order, create};

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

    fn weighting(&self) -> anyhow::Result<Option<Weighting>> {
        let Some(weighting) = &self.manifest.weighting else { return Ok(None) };
        let text = fs::read_to_string(self.folder.join(MARGINS))?;
        Ok(Some(weigh(&self.questionnaire, &text, weighting)?))
    }

    /// The questions whose shares are those of its margins.
    fn margins(&self) -> anyhow::Result<Vec<QuestionId>> {
        let weighting = self.weighting()?;
        let questions = weighting.iter().flat_map(|weighting| weighting.margins.questions(&self.questionnaire));
        Ok(questions.map(|question| question.id.clone()).collect())
    }

    fn raw(&self) -> anyhow::Result<RawEdition> {
        let path = self.folder.join(RESPONSES);
        let written = self.manifest.files.get(RESPONSES).map_or("", String::as_str);
        let snapshot = Snapshot::read_parquet(&self.questionnaire, File::open(&path)?, written)
            .with_context(|| format!("dans {}", path.display()))?;
        Ok(tabulate(&self.questionnaire, &snapshot, self.weighting()?.as_ref())?)
    }

    /// The release of this edition: the same one each time.
    ///
    /// # Errors
    /// It cannot be made; what could be is told.
    pub(crate) fn release(&self, editions: &Path, office: &Office) -> anyhow::Result<Release> {
        protected(self.raw()?, self.kind, editions, office, &self.questionnaire.id)
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

fn weigh(
    questionnaire: &Questionnaire,
    margins: &str,
    WeightingParameters { merges, trim }: &WeightingParameters,
) -> anyhow::Result<Weighting> {
    let mut margins = Margins::parse(questionnaire, margins)?;
    for merge in merges {
        margins.merge(questionnaire, merge).map_err(|problem| anyhow::anyhow!("--merge : {problem}"))?;
    }
    Ok(Weighting { margins, trim: *trim })
}

/// Puts the pages of an edition at the survey's address.
///
/// # Errors
/// [`OfficeError`], or why its release could not be made.
pub(crate) async fn publish(
    editions: &Path,
    office: &mut Office,
    survey: &SurveyId,
    label: &str,
    map: Option<&Path>,
    published_on: Date,
) -> anyhow::Result<()> {
    let stored = StoredEdition::open(editions, office, survey, label)?;
    let release = stored.release(editions, office)?;
    let Manifest { synthetic, invitations, redeemed, .. } = stored.manifest;
    let counts = BallotCounts { invitations, redeemed };
    let questionnaire = &stored.questionnaire;
    let map = map.map(|file| crate::results::read_map(file, questionnaire)).transpose()?;
    office
        .publish(Edition {
            label,
            kind: stored.kind,
            questionnaire,
            release: &release,
            map: map.as_ref(),
            published_on,
            synthetic,
            counts,
        })
        .await?;
    Ok(())
}
