//! Editions of a backup: those that the office's register names, whole or told to be missing.
//!
//! A snapshot holds mixed responses only, so an edition says of the order of arrival what a backup of its day says, and no more:
//! the responses of a backup's ballot box that are not in its interim edition came after it, at least as many as are mixed
//! together, or none. Closing a survey mixes the last ones, even fewer: if hardly anybody answered after the interim edition,
//! these stand apart in any backup of the closed survey, as they do in the installation itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use isoloir_office::Office;

use super::files::copy_file;
use crate::editions;

/// An edition that a register names, and that was kept when it was made.
#[derive(Debug)]
pub(crate) struct NamedEdition {
    /// As people read it.
    pub(crate) name: String,
    /// Its folder below that of editions.
    pub(crate) place: PathBuf,
    /// Its files; none when its folder is gone.
    files: Vec<String>,
}

impl NamedEdition {
    fn new(survey: &str, label: &str, files: Vec<String>) -> Self {
        Self { name: format!("« {label} » de {survey}"), place: Path::new(survey).join(label), files }
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.files.is_empty()
    }

    /// Copies its files, as far as it has some, from one folder of editions to another.
    pub(super) fn copy(&self, from: &Path, to: &Path) -> anyhow::Result<()> {
        let (from, to) = (from.join(&self.place), to.join(&self.place));
        self.files.iter().try_for_each(|file| copy_file(&from.join(file), &to.join(file)))
    }
}

/// The editions that a register names, every file of those in `folder` checked. `remedy` says what to do about one that is not
/// whole.
///
/// # Errors
/// The name of the first file that is not what it was; or the register cannot be read.
pub(super) async fn named(office: &Path, folder: &Path, remedy: &str) -> anyhow::Result<Vec<NamedEdition>> {
    let office = Office::open(office).await?;
    let named = office.registered().iter().filter_map(|edition| {
        let (survey, label) = (edition.survey.as_str(), edition.label.as_str());
        let hash = edition.manifest.as_deref()?;
        let files = editions::files(folder, edition, hash)
            .with_context(|| format!("l’édition « {label} » de {survey} n’est plus entière ; {remedy}"));
        Some(files.map(|files| NamedEdition::new(survey, label, files)))
    });
    let named = named.collect();
    office.close().await;
    named
}

/// The editions whose folders are in `folder` and which are not among those.
pub(super) fn others(folder: &Path, named: &[NamedEdition]) -> anyhow::Result<Vec<NamedEdition>> {
    let mut found = Vec::new();
    for survey in folders(folder)? {
        for label in folders(&folder.join(&survey))? {
            let edition = NamedEdition::new(&survey, &label, Vec::new());
            if !named.iter().any(|named| named.place == edition.place) {
                found.push(edition);
            }
        }
    }
    Ok(found)
}

/// The names of the folders in a folder, in their order; none where it is not there. One that is hidden was not finished.
fn folders(folder: &Path) -> anyhow::Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let read = || -> std::io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        let folders = entries.into_iter().filter(|entry| entry.path().is_dir());
        Ok(folders.map(|entry| entry.file_name().display().to_string()).filter(|name| !name.starts_with('.')).collect())
    };
    let mut names = read().with_context(|| format!("impossible de lire {}", folder.display()))?;
    names.sort();
    Ok(names)
}
