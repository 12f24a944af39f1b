//! Backups: the same folder from a file or a server, restored to either.
//!
//! ```text
//! DIR/manifest.json                 what is inside, with the hash of each file
//! DIR/collector/collector.db        questionnaires, mixed responses, spent marks; nothing that waits
//! DIR/issuer/issuer.db, keys/       invitations and private keys: keep this folder elsewhere than the other
//! DIR/office/office.db              what is published
//! ```
//!
//! # Invariants
//! - Two backups differ by as many responses as are mixed together, or by none.
//! - A backup is whole or not there; what is restored was verified first, and what it replaces is kept beside it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use isoloir_collector::Collector;
use isoloir_issuer::Issuer;
use isoloir_office::Office;
use isoloir_store::Location;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::cli::Role;
use crate::installation::Installation;

/// Raised when the folder's form changes.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: u32,
    program: String,
    /// The day, and no finer.
    pub(crate) made_on: Date,
    pub(crate) responses: Option<u64>,
    pub(crate) invitations: Option<u64>,
    /// BLAKE3 of each file, by its path in the folder.
    files: BTreeMap<String, String>,
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
) -> anyhow::Result<Manifest> {
    ensure!(!folder.exists(), "{} existe déjà ; donnez un autre nom à cette sauvegarde", folder.display());
    let unfinished = sibling(folder, "en-cours");
    let _ = fs::remove_dir_all(&unfinished);
    let written = fill(installation, role, &unfinished, today).await;
    if written.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    let manifest = written?;
    fs::rename(&unfinished, folder).with_context(|| format!("impossible de créer {}", folder.display()))?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))?;
    Ok(manifest)
}

async fn fill(installation: &Installation, role: Role, folder: &Path, today: Date) -> anyhow::Result<Manifest> {
    make_folder(folder)?;
    let (mut responses, mut invitations) = (None, None);
    // Responses first: a code used in between is then marked used without its response, never the other way round, which
    // would let it be used twice.
    if role != Role::Issuer {
        ensure_exists(installation.collector_rows(), "des réponses")?;
        responses = Some(Collector::copy(installation.collector_rows(), &part(folder, "collector")).await?);
        if installation.office_folder().exists() {
            Office::copy(&installation.office_folder(), &folder.join("office")).await?;
        }
    }
    if role != Role::Collector {
        ensure_exists(installation.issuer_rows(), "des codes")?;
        invitations = Some(Issuer::copy(installation.issuer_rows(), &part(folder, "issuer")).await?);
        copy_keys(&installation.keys_folder(), &folder.join("issuer").join("keys"))?;
    }
    // A lock is no part of the copy.
    let _ = fs::remove_file(folder.join("collector").join("collector.lock"));
    let files = hash_files(folder)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_on: today,
        responses,
        invitations,
        files,
    };
    write_file(&folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    Ok(manifest)
}

/// Reads a backup's manifest and checks every file against it.
///
/// # Errors
/// What is missing, cut short, changed or not ours.
pub(crate) fn verify(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).with_context(|| {
        format!("{} n’est pas une sauvegarde d’Isoloir : impossible de lire {}", folder.display(), path.display())
    })?;
    let format = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|json| json["format"].as_u64());
    match format {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) => bail!(
            "{} est une sauvegarde au format {format} ; cette version d’Isoloir lit le format {FORMAT} : restaurez-la avec la \
             version qui l’a faite",
            folder.display()
        ),
        None => bail!("{} n’est pas le manifeste d’une sauvegarde d’Isoloir", path.display()),
    }
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| format!("dans {}", path.display()))?;
    let found = hash_files(folder)?;
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
    Ok(manifest)
}

/// Restores this machine's roles from a verified backup. What stands in the way is refused, or with `replace` kept beside,
/// under the name that is returned.
///
/// # Errors
/// What could not be read or written; the installation is then as it was.
pub(crate) async fn restore(
    installation: &Installation,
    role: Role,
    backup: &Path,
    replace: bool,
) -> anyhow::Result<Option<PathBuf>> {
    let data = installation.data();
    let exists = data.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        !exists || replace,
        "{} contient déjà une installation ; donnez un autre dossier avec --data, ou --replace pour la remplacer (elle sera \
         gardée à côté)",
        data.display()
    );
    for (is_ours, location, is_empty) in [
        (
            role != Role::Issuer,
            installation.collector_rows(),
            server_is_empty(installation.collector_rows(), true).await?,
        ),
        (
            role != Role::Collector,
            installation.issuer_rows(),
            server_is_empty(installation.issuer_rows(), false).await?,
        ),
    ] {
        ensure!(
            !is_ours || is_empty || replace,
            "la base {location} contient déjà des questionnaires ; donnez une base vide, ou --replace pour la vider d’abord"
        );
    }
    installation.ensure_stopped()?;
    // Restored into a folder beside, and only then moved into place.
    let fresh = sibling(data, "restauration");
    let _ = fs::remove_dir_all(&fresh);
    let restored = fill_from(backup, role, &fresh).await;
    if restored.is_err() {
        let _ = fs::remove_dir_all(&fresh);
    }
    restored?;
    // A database server is filled from those files, each in one transaction, after all of them were read without fault.
    if let (true, Location::Server(_)) = (role != Role::Issuer, installation.collector_rows()) {
        Collector::copy(&part(&fresh, "collector"), installation.collector_rows()).await?;
        fs::remove_dir_all(fresh.join("collector"))?;
    }
    if let (true, Location::Server(_)) = (role != Role::Collector, installation.issuer_rows()) {
        Issuer::copy(&part(&fresh, "issuer"), installation.issuer_rows()).await?;
        fs::remove_file(fresh.join("issuer").join("issuer.db"))?;
    }
    let kept = exists.then(|| free_name(data));
    if let Some(kept) = &kept {
        fs::rename(data, kept).with_context(|| format!("impossible de renommer {}", data.display()))?;
    } else {
        let _ = fs::remove_dir(data);
    }
    fs::rename(&fresh, data).with_context(|| format!("impossible de créer {}", data.display()))?;
    sync_folder(data.parent().unwrap_or(Path::new(".")))?;
    Ok(kept)
}

/// Copies the backup's parts into a new folder, opening each database as the program would: a questionnaire or a key that does
/// not fit is found here.
async fn fill_from(backup: &Path, role: Role, folder: &Path) -> anyhow::Result<()> {
    make_folder(folder)?;
    let has = |name: &str| backup.join(name).is_dir();
    if role != Role::Issuer {
        ensure!(has("collector"), "{} ne contient pas de réponses ; indiquez --role issuer", backup.display());
        copy_private(&backup.join("collector"), "collector.db", &folder.join("collector"))?;
        if has("office") {
            copy_private(&backup.join("office"), "office.db", &folder.join("office"))?;
            Office::open(&folder.join("office")).await?.close().await;
        }
    }
    if role != Role::Collector {
        ensure!(has("issuer"), "{} ne contient pas de codes ; indiquez --role collector", backup.display());
        copy_private(&backup.join("issuer"), "issuer.db", &folder.join("issuer"))?;
        copy_keys(&backup.join("issuer").join("keys"), &folder.join("issuer").join("keys"))?;
    }
    Installation::check_files(folder, role).await
}

/// Whether a database server holds nothing yet; a file is looked for in the folder instead.
async fn server_is_empty(location: &Location, is_collector: bool) -> anyhow::Result<bool> {
    match location {
        Location::File(_) => Ok(true),
        Location::Server(_) if is_collector => Ok(Collector::is_empty(location).await?),
        Location::Server(_) => Ok(Issuer::is_empty(location).await?),
    }
}

fn part(folder: &Path, role: &str) -> Location {
    Location::File(folder.join(role).join(format!("{role}.db")))
}

fn ensure_exists(location: &Location, what: &str) -> anyhow::Result<()> {
    if let Location::File(path) = location {
        ensure!(
            path.is_file(),
            "il n’y a pas d’installation à sauvegarder : {} manque, où seraient {what} ; indiquez le dossier avec --data, ou \
             le rôle de cette machine avec --role",
            path.display()
        );
    }
    Ok(())
}

fn sibling(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix}"));
    folder.with_file_name(name)
}

/// A name beside the folder that nothing has yet.
fn free_name(folder: &Path) -> PathBuf {
    let first = sibling(folder, "avant");
    let others = (2..).map(|number| sibling(folder, &format!("avant-{number}")));
    std::iter::once(first).chain(others).find(|path| !path.exists()).expect("numbers do not run out")
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("impossible de créer {}", folder.display()))
}

fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write;
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("impossible d’écrire {}", path.display()))
}

fn copy_private(from: &Path, name: &str, to: &Path) -> anyhow::Result<()> {
    make_folder(to)?;
    let path = from.join(name);
    let bytes = fs::read(&path).with_context(|| format!("impossible de lire {}", path.display()))?;
    write_file(&to.join(name), &bytes)
}

fn copy_keys(from: &Path, to: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(from).with_context(|| format!("impossible de lire {}", from.display()))?;
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_str().with_context(|| format!("nom de fichier illisible dans {}", from.display()))?;
        copy_private(from, name, to)?;
    }
    Ok(())
}

/// BLAKE3 of every file below the folder but the manifest, by its path.
fn hash_files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    fn visit(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("impossible de lire {}", folder.display()))? {
            let path = entry?.path();
            let name = path.strip_prefix(root).expect("it is below the root").display().to_string();
            if path.is_dir() {
                visit(root, &path, files)?;
            } else if name != MANIFEST {
                let bytes = fs::read(&path).with_context(|| format!("impossible de lire {}", path.display()))?;
                files.insert(name, blake3::hash(&bytes).to_hex().to_string());
            }
        }
        Ok(())
    }
    let mut files = BTreeMap::new();
    visit(folder, folder, &mut files)?;
    Ok(files)
}

fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("impossible d’assurer l’écriture de {}", folder.display()))
}
