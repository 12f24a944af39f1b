//! Backups: the same folders from a file or a server, restored to either.
//!
//! ```text
//! DIR/collector/    manifest.json, collector.db (questionnaires, mixed responses, spent marks; nothing that waits), office.db,
//!                   editions/SURVEY/LABEL/ (those that the office's register names)
//! DIR/issuer/       manifest.json, issuer.db, keys/: invitations and private keys, to be kept elsewhere than the other
//! ```
//!
//! # Invariants
//! - Two backups of an open survey differ by as many responses as are mixed together, or by none; and so does a backup from the
//!   edition in it (`editions.rs`).
//! - An edition is whole and what the register says, or not there, and then told to be missing.
//! - Each part is whole or not there, and can be restored without the other.
//! - What is restored was verified first. It goes to where nothing was, or what was there is kept beside it; a database on a
//!   server is filled only when it is empty.

mod editions;
mod files;
mod part;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use isoloir_office::Office;
use isoloir_store::{Hold, Location};
use isoloir_survey::SurveyId;
use jiff::civil::Date;
use rustix::fs::{CWD, RenameFlags, renameat_with};

pub(crate) use self::editions::NamedEdition;
pub(crate) use self::files::unfinished_beside;
use self::files::{Unfinished, copy_file, copy_keys, free_name, hash_files, make_folder, sync_folder, write_file};
use self::part::{EDITIONS, FORMAT, MANIFEST};
pub(crate) use self::part::{Manifest, Part, VerifiedPart, verify};
use crate::cli::Role;
use crate::installation::Installation;

/// What was written.
pub(crate) struct Written {
    pub(crate) manifests: Vec<Manifest>,
    /// Those of the register, also those that are missing.
    pub(crate) editions: Vec<NamedEdition>,
}

/// What was restored.
pub(crate) struct Restored {
    /// Where it is now.
    pub(crate) data: PathBuf,
    /// The installation that stood in the way.
    pub(crate) kept: Option<PathBuf>,
    /// How many mixed responses there are of each survey.
    pub(crate) responses: Vec<(SurveyId, usize)>,
    /// Those of the register, also those that are missing.
    pub(crate) editions: Vec<NamedEdition>,
    /// Those of the kept installation that the restored register does not know: they were made after the backup.
    pub(crate) unknown: Vec<NamedEdition>,
}

/// Writes a backup of this machine's roles into a folder that is not there yet. The server may be running.
///
/// # Errors
/// What could not be read or written; no folder is left then.
pub(crate) async fn back_up(
    installation: &Installation,
    role: Role,
    folder: &Path,
    today: Date,
) -> anyhow::Result<Written> {
    ensure!(
        folder.symlink_metadata().is_err(),
        "{} existe déjà ; donnez un autre nom à cette sauvegarde",
        folder.display()
    );
    ensure!(
        !is_within(folder, installation.data()),
        "{} est dans {}, qu’il s’agit de sauvegarder ; choisissez un dossier ailleurs, et de préférence sur un autre disque",
        folder.display(),
        installation.data().display()
    );
    let unfinished = Unfinished::beside(folder)?;
    let mut written = Written { manifests: Vec::new(), editions: Vec::new() };
    for part in Part::of(role) {
        let folder = unfinished.0.join(part.name());
        make_folder(&folder)?;
        if let Location::File(path) = part.rows(installation) {
            ensure!(
                path.is_file(),
                "il n’y a pas d’installation à sauvegarder : {} manque ; indiquez le dossier avec --data, ou le rôle de cette \
                 machine avec --role",
                path.display()
            );
        }
        match part {
            Part::Collector => written.editions = copy_office(installation, &folder).await?,
            Part::Issuer => copy_keys(&installation.keys_folder(), &folder.join("keys"))?,
        }
        written.manifests.push(fill(*part, installation, &folder, today).await?);
    }
    fs::rename(&unfinished.0, folder).with_context(|| format!("impossible de créer {}", folder.display()))?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))?;
    Ok(written)
}

/// Whether a folder that is not there yet would be below another one.
fn is_within(folder: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        path.ancestors()
            .find_map(|path| fs::canonicalize(if path == Path::new("") { Path::new(".") } else { path }).ok())
    };
    fs::canonicalize(other).ok().zip(real(folder)).is_some_and(|(other, folder)| folder.starts_with(other))
}

/// Copies the office, then the editions that the copy of its register names: an edition has its files before it is registered.
/// Both come before the responses, so that no edition of a backup has responses which its ballot box has not.
async fn copy_office(installation: &Installation, folder: &Path) -> anyhow::Result<Vec<NamedEdition>> {
    if !installation.office_folder().exists() {
        return Ok(Vec::new());
    }
    Office::copy(&installation.office_folder(), folder).await?;
    let remedy = "si ses fichiers d’origine sont perdus, mettez son dossier de côté : elle sera dite manquante";
    let editions = editions::named(folder, &installation.editions_folder(), remedy).await?;
    for edition in &editions {
        edition.copy(&installation.editions_folder(), &folder.join(EDITIONS))?;
    }
    Ok(editions)
}

/// Copies the rows of a part and says what is in its folder.
async fn fill(part: Part, installation: &Installation, folder: &Path, today: Date) -> anyhow::Result<Manifest> {
    let rows = part.copy_rows(part.rows(installation), &part.file(folder)).await?;
    // A lock is no part of the copy.
    let _ = fs::remove_file(folder.join(format!("{}.lock", part.name())));
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { format: FORMAT, program, part, made_on: today, rows, files: hash_files(folder)? };
    write_file(&folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    Ok(manifest)
}

/// Restores verified parts. A folder that stands in the way is refused, or with `replace` kept beside, under the name that is
/// returned.
///
/// # Errors
/// What could not be read or written. Files are then as they were; of two databases on a server, the one that was filled is
/// named.
pub(crate) async fn restore(
    installation: &Installation,
    role: Role,
    parts: &[VerifiedPart],
    replace: bool,
) -> anyhow::Result<Restored> {
    let data = &place(installation.data())?;
    let exists = data.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        !exists || ["collector", "issuer", "office"].iter().any(|name| data.join(name).is_dir()),
        "{} n’est pas vide, et n’est pas une installation d’Isoloir ; donnez un autre dossier avec --data",
        data.display()
    );
    // The other half would go away with the folder.
    installation.check_separation(role)?;
    ensure!(
        !exists || replace,
        "{} contient déjà une installation ; donnez un autre dossier avec --data, ou --replace pour la remplacer (elle sera \
         gardée à côté)",
        data.display()
    );
    // Nobody opens the old files, nor the new ones, before they have changed places.
    let _old = installation.hold_files(Hold::Alone)?;
    let fresh = Unfinished::beside(data)?;
    let mut new = Vec::new();
    for part in parts {
        unpack(part, &fresh.0)?;
    }
    let responses = Installation::check_files(&fresh.0, role).await?;
    let count: usize = responses.iter().map(|(_, of_survey)| of_survey).sum();
    let promised = parts.iter().map(|part| &part.manifest).find(|manifest| manifest.part == Part::Collector);
    if let Some(Manifest { rows, .. }) = promised.filter(|manifest| manifest.rows != count as u64) {
        bail!(
            "cette sauvegarde annonce {rows} réponses, et il y en a {count} : elle a été modifiée ; prenez-en une autre"
        );
    }
    let office = fresh.0.join("office");
    let mut editions = Vec::new();
    if office.exists() {
        editions = editions::named(&office, &fresh.0.join(EDITIONS), "prenez une autre sauvegarde").await?;
    }
    let unknown = editions::others(&installation.editions_folder(), &editions)?;
    for part in parts {
        new.extend(part.manifest.part.file(&fresh.0.join(part.manifest.part.name())).hold(Hold::Alone)?);
    }
    fill_servers(installation, parts, &fresh.0, &mut new).await?;
    let kept = exchange(&fresh.0, data, exists)?;
    sync_folder(data.parent().unwrap_or(Path::new(".")))?;
    Ok(Restored { data: data.clone(), kept, responses, editions, unknown })
}

/// Where the installation belongs: a link leads there, and goes on leading there.
fn place(data: &Path) -> anyhow::Result<PathBuf> {
    if data.symlink_metadata().is_err() {
        return Ok(data.to_owned());
    }
    let place = fs::canonicalize(data)
        .with_context(|| format!("{} est un lien qui ne mène nulle part ; corrigez-le", data.display()))?;
    ensure!(place.is_dir(), "{} n’est pas un dossier ; donnez-en un autre avec --data", data.display());
    Ok(place)
}

/// Fills databases on a server from the unpacked files, codes first: used codes without their responses let nobody vote twice.
async fn fill_servers(
    installation: &Installation,
    parts: &[VerifiedPart],
    fresh: &Path,
    new: &mut Vec<File>,
) -> anyhow::Result<()> {
    let parts = parts.iter().rev().map(|part| part.manifest.part);
    let parts = parts.filter(|part| matches!(part.rows(installation), Location::Server(_)));
    for part in parts.clone() {
        let rows = part.rows(installation);
        part.check_empty(rows).await.with_context(|| format!("rien n’a été restauré dans {rows}"))?;
    }
    let mut filled = String::new();
    for part in parts {
        let rows = part.rows(installation);
        let folder = fresh.join(part.name());
        new.clear();
        let copied = part.copy_rows(&part.file(&folder), rows).await;
        copied.with_context(|| format!("la base {rows} n’a pas été remplie{filled}"))?;
        filled = format!(" ; {rows} l’a été : recréez-la vide avant de recommencer");
        fs::remove_file(folder.join(format!("{}.db", part.name())))?;
    }
    Ok(())
}

/// Puts the new folder in the place of the old one, at once; the old one is kept under a name of its own.
fn exchange(fresh: &Path, data: &Path, exists: bool) -> anyhow::Result<Option<PathBuf>> {
    let place = || {
        format!(
            "impossible de mettre l’installation restaurée à la place de {} (est-ce un point de montage ? donnez alors un \
             sous-dossier avec --data)",
            data.display()
        )
    };
    if !exists {
        let _ = fs::remove_dir(data);
        fs::rename(fresh, data).with_context(place)?;
        return Ok(None);
    }
    renameat_with(CWD, fresh, CWD, data, RenameFlags::EXCHANGE).with_context(place)?;
    let kept = free_name(data);
    fs::rename(fresh, &kept).with_context(|| format!("l’ancienne installation est dans {}", fresh.display()))?;
    Ok(Some(kept))
}

/// Copies a part to where the program looks for it.
fn unpack(part: &VerifiedPart, data: &Path) -> anyhow::Result<()> {
    let Manifest { part: this, files, .. } = &part.manifest;
    files.keys().try_for_each(|file| copy_file(&part.folder.join(file), &data.join(this.place(file))))
}
