//! What an edition says of itself, and the folder that it stands in: written whole, then never changed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use isoloir_disclosure::CellKey;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::margins::WeightingParameters;

/// Raised when the folder's form changes.
pub(crate) const FORMAT: u32 = 1;
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const RESPONSES: &str = "responses.parquet";
pub(crate) const QUESTIONNAIRE: &str = "questionnaire.json";
pub(crate) const MARGINS: &str = "margins.csv";

/// What an edition says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// The program that made it.
    pub(crate) software: String,
    pub(crate) survey: String,
    /// The version of the questionnaire that was answered.
    pub(crate) version: String,
    pub(crate) label: String,
    /// `interim` or `final`.
    pub(crate) kind: String,
    /// Whether the responses were made up.
    pub(crate) synthetic: bool,
    /// The day, and no finer.
    pub(crate) made_on: Date,
    /// Rounded as it is published. Whoever may read the folder can count the snapshot's rows: it is for the service alone.
    pub(crate) respondents: u32,
    pub(crate) policy: PolicyParameters,
    /// How the margins in [`MARGINS`] weight respondents; none when they all count the same.
    pub(crate) weighting: Option<WeightingParameters>,
    /// Invitation codes drawn, and how many gave a token; none where the issuer is another machine.
    pub(crate) invitations: Option<(u64, u64)>,
    /// Tokens redeemed with a response: exact, and rounded where it is published.
    pub(crate) redeemed: u64,
    /// Mixed responses by the channel that they came by, exact likewise; empty in editions of the first versions.
    #[serde(default)]
    pub(crate) channels: BTreeMap<String, u64>,
    /// BLAKE3 of each file.
    pub(crate) files: BTreeMap<String, String>,
}

/// The rules by which every release of the edition is protected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyParameters {
    method: String,
    threshold: u32,
    minimum_base: u32,
    base_rounding: u32,
    highest_share: f64,
    most_of_a_row: f64,
    noise_variance: f64,
}

impl From<&CellKey> for PolicyParameters {
    fn from(policy: &CellKey) -> Self {
        Self {
            method: "cell-key".to_owned(),
            threshold: policy.threshold,
            minimum_base: policy.minimum_base,
            base_rounding: policy.base_rounding,
            highest_share: policy.highest_share,
            most_of_a_row: policy.most_of_a_row,
            noise_variance: policy.ptable.variance(),
        }
    }
}

/// Writes a folder of files that takes its name when it is complete; only the service may read it. A folder of that name is
/// never replaced: the register may have been lost, and not the edition.
pub(crate) fn write_folder(folder: &Path, files: &[(&str, &[u8])]) -> anyhow::Result<()> {
    let (parent, name) = folder.parent().zip(folder.file_name()).context("une édition a un dossier")?;
    let beside = parent.join(format!(".{}", name.display()));
    ensure!(
        !folder.exists(),
        "{} existe déjà sans être au registre des éditions : mettez ce dossier de côté, ou choisissez un autre nom avec --label",
        folder.display()
    );
    let write = || -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        // What a crash has left unfinished.
        if beside.exists() {
            fs::remove_dir_all(&beside)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&beside)?;
        for (name, bytes) in files {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(beside.join(name))?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        File::open(&beside)?.sync_all()?;
        fs::rename(&beside, folder)?;
        File::open(parent)?.sync_all()
    };
    write().with_context(|| format!("impossible d’écrire l’édition dans {}", folder.display())).inspect_err(|_| {
        let _ = fs::remove_dir_all(&beside);
    })
}

/// BLAKE3 in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Reads the manifest of a folder and checks it against the hash that was registered, then every file against the manifest.
///
/// # Errors
/// The name of what is missing, changed or foreign.
pub(crate) fn verified(folder: &Path, registered: &str) -> anyhow::Result<Manifest> {
    let shown = folder.display();
    let path = folder.join(MANIFEST);
    let bytes = fs::read(&path).with_context(|| format!("impossible de lire {}", path.display()))?;
    ensure!(
        hash(&bytes) == registered,
        "{MANIFEST} n’est plus tel qu’il a été écrit, dans {shown} ; une édition ne se modifie pas : remettez le fichier d’origine"
    );
    let format = serde_json::from_slice::<serde_json::Value>(&bytes).ok().and_then(|json| json["format"].as_u64());
    ensure!(
        format == Some(u64::from(FORMAT)),
        "l’édition de {shown} est d’un autre format ; lisez-la avec la version d’Isoloir qui l’a faite"
    );
    let manifest: Manifest = serde_json::from_slice(&bytes).with_context(|| format!("dans {}", path.display()))?;
    for (name, expected) in &manifest.files {
        let path = folder.join(name);
        let found = File::open(&path).and_then(|file| {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(file)?;
            Ok(hasher.finalize().to_hex().to_string())
        });
        let found = found.with_context(|| format!("impossible de lire {}", path.display()))?;
        ensure!(
            found == *expected,
            "{name} n’est plus tel qu’il a été écrit, dans {shown} ; une édition ne se modifie pas : remettez le fichier d’origine"
        );
    }
    for entry in fs::read_dir(folder).with_context(|| format!("impossible de lire {shown}"))? {
        let name = entry?.file_name().display().to_string();
        if name != MANIFEST && !manifest.files.contains_key(&name) {
            bail!("{name} n’appartient pas à l’édition, dans {shown} ; retirez-le");
        }
    }
    Ok(manifest)
}
