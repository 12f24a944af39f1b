//! The parts of a backup: what each holds and where that belongs, and whether all of it is still as it was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use isoloir_collector::Collector;
use isoloir_issuer::Issuer;
use isoloir_store::Location;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::files::hash_files;
use crate::cli::Role;
use crate::installation::Installation;

/// Raised when the folder's form changes. A backup of format 1 held no editions; a program of then would leave them out without
/// a word.
pub(super) const FORMAT: u32 = 2;
const OLDEST_FORMAT: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const EDITIONS: &str = "editions";
const OFFICE_FILE: &str = "office.db";

/// One half of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// Responses, editions and publications.
    Collector,
    /// Codes and keys.
    Issuer,
}

impl Part {
    /// The parts that a machine in this role holds. Responses come first: a code used in between is then marked used without
    /// its response, never the other way round, which would let it be used twice.
    pub(super) fn of(role: Role) -> &'static [Self] {
        match role {
            Role::All => &[Self::Collector, Self::Issuer],
            Role::Collector => &[Self::Collector],
            Role::Issuer => &[Self::Issuer],
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Issuer => "issuer",
        }
    }

    pub(super) fn rows(self, installation: &Installation) -> &Location {
        match self {
            Self::Collector => installation.collector_rows(),
            Self::Issuer => installation.issuer_rows(),
        }
    }

    /// The file of rows in a folder of this part.
    pub(super) fn file(self, folder: &Path) -> Location {
        Location::File(folder.join(format!("{}.db", self.name())))
    }

    pub(super) async fn copy_rows(self, from: &Location, to: &Location) -> anyhow::Result<u64> {
        Ok(match self {
            Self::Collector => Collector::copy(from, to).await?,
            Self::Issuer => Issuer::copy(from, to).await?,
        })
    }

    pub(super) async fn check_empty(self, rows: &Location) -> anyhow::Result<()> {
        match self {
            Self::Collector => Collector::check_empty(rows).await?,
            Self::Issuer => Issuer::check_empty(rows).await?,
        }
        Ok(())
    }

    /// Where a file of this part belongs in an installation.
    pub(super) fn place(self, file: &str) -> PathBuf {
        match file.split_once('/') {
            Some((EDITIONS, _)) => PathBuf::from(file),
            None if file == OFFICE_FILE => Path::new("office").join(file),
            _ => Path::new(self.name()).join(file),
        }
    }
}

/// What a part says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(super) format: u32,
    pub(super) program: String,
    pub(crate) part: Part,
    /// The day, and no finer.
    pub(crate) made_on: Date,
    /// Mixed responses, or invitations.
    pub(crate) rows: u64,
    /// BLAKE3 of each file, by its path in the folder.
    pub(super) files: BTreeMap<String, String>,
}

/// A part of a backup whose every file is as it was written.
#[derive(Debug)]
pub(crate) struct VerifiedPart {
    pub(super) folder: PathBuf,
    pub(crate) manifest: Manifest,
}

/// Finds the parts that this role needs, below `folder` or, for a single part, in `folder` itself, and checks every file
/// against its manifest.
///
/// # Errors
/// What is missing, cut short, changed or not ours.
pub(crate) fn verify(folder: &Path, role: Role) -> anyhow::Result<Vec<VerifiedPart>> {
    let parts = Part::of(role);
    if let (true, Ok(half)) = (parts.len() > 1, read_manifest(folder)) {
        bail!("{} est une moitié de sauvegarde ; restaurez-la avec --role {}", folder.display(), half.part.name());
    }
    let found = parts.iter().map(|part| {
        let below = folder.join(part.name());
        let is_the_part = parts.len() == 1 && folder.join(MANIFEST).exists();
        let verified = verify_part(if is_the_part { folder.to_owned() } else { below })?;
        ensure!(
            verified.manifest.part == *part,
            "{} contient la partie « {} », et non « {} »",
            folder.display(),
            verified.manifest.part.name(),
            part.name()
        );
        Ok(verified)
    });
    found.collect()
}

fn verify_part(folder: PathBuf) -> anyhow::Result<VerifiedPart> {
    let manifest = read_manifest(&folder)?;
    let found = hash_files(&folder)?;
    for (file, hash) in &manifest.files {
        match found.get(file) {
            None => bail!("il manque {file} dans {} ; cette sauvegarde est incomplète", folder.display()),
            Some(other) if other != hash => bail!(
                "{file} n’est plus tel qu’il a été sauvegardé (tronqué ou modifié) dans {} ; prenez une autre sauvegarde",
                folder.display()
            ),
            Some(_) => {}
        }
    }
    if let Some(foreign) = found.keys().find(|file| !manifest.files.contains_key(*file)) {
        bail!("{foreign} n’appartient pas à la sauvegarde {} ; retirez-le d’abord", folder.display());
    }
    Ok(VerifiedPart { folder, manifest })
}

fn read_manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "{} n’est pas une sauvegarde d’Isoloir, ou pas pour ce rôle (--role) : impossible de lire {}",
            folder.display(),
            path.display()
        )
    })?;
    let format = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|json| json["format"].as_u64());
    match format {
        Some(format) if (u64::from(OLDEST_FORMAT)..=u64::from(FORMAT)).contains(&format) => {}
        Some(format) => bail!(
            "{} est une sauvegarde au format {format} ; cette version d’Isoloir lit les formats {OLDEST_FORMAT} à {FORMAT} : \
             restaurez-la avec la version qui l’a faite",
            folder.display()
        ),
        None => bail!("{} n’est pas le manifeste d’une sauvegarde d’Isoloir", path.display()),
    }
    serde_json::from_str(&text).map_err(|error| {
        anyhow!(
            "{} n’est plus tel qu’il a été écrit (ligne {}, colonne {}) ; prenez une autre sauvegarde",
            path.display(),
            error.line(),
            error.column()
        )
    })
}
