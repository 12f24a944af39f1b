//! Backups: the same folders from a file or a server, restored to either.
//!
//! ```text
//! DIR/collector/    manifest.json, collector.db (questionnaires, mixed responses, spent marks; nothing that waits), office.db
//! DIR/issuer/       manifest.json, issuer.db, keys/: invitations and private keys, to be kept elsewhere than the other
//! ```
//!
//! # Invariants
//! - Two backups of an open survey differ by as many responses as are mixed together, or by none.
//! - Each part is whole or not there, and can be restored without the other.
//! - What is restored was verified first. It goes to where nothing was, or what was there is kept beside it; a database on a
//!   server is filled only when it is empty.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use isoloir_collector::Collector;
use isoloir_issuer::Issuer;
use isoloir_office::Office;
use isoloir_store::{Hold, Location};
use jiff::civil::Date;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};

use crate::cli::Role;
use crate::installation::Installation;

/// Raised when the folder's form changes.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// One half of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// Responses and publications.
    Collector,
    /// Codes and keys.
    Issuer,
}

impl Part {
    /// The parts that a machine in this role holds. Responses come first: a code used in between is then marked used without
    /// its response, never the other way round, which would let it be used twice.
    fn of(role: Role) -> &'static [Self] {
        match role {
            Role::All => &[Self::Collector, Self::Issuer],
            Role::Collector => &[Self::Collector],
            Role::Issuer => &[Self::Issuer],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Issuer => "issuer",
        }
    }

    fn rows(self, installation: &Installation) -> &Location {
        match self {
            Self::Collector => installation.collector_rows(),
            Self::Issuer => installation.issuer_rows(),
        }
    }

    /// The file of rows in a folder of this part.
    fn file(self, folder: &Path) -> Location {
        Location::File(folder.join(format!("{}.db", self.name())))
    }

    async fn copy_rows(self, from: &Location, to: &Location) -> anyhow::Result<u64> {
        Ok(match self {
            Self::Collector => Collector::copy(from, to).await?,
            Self::Issuer => Issuer::copy(from, to).await?,
        })
    }
}

/// What a part says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: u32,
    program: String,
    pub(crate) part: Part,
    /// The day, and no finer.
    pub(crate) made_on: Date,
    /// Mixed responses, or invitations.
    pub(crate) rows: u64,
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
) -> anyhow::Result<Vec<Manifest>> {
    ensure!(
        folder.symlink_metadata().is_err(),
        "{} existe déjà ; donnez un autre nom à cette sauvegarde",
        folder.display()
    );
    let unfinished = Unfinished::beside(folder)?;
    let mut manifests = Vec::new();
    for part in Part::of(role) {
        manifests.push(fill(*part, installation, &unfinished.0.join(part.name()), today).await?);
    }
    fs::rename(&unfinished.0, folder).with_context(|| format!("impossible de créer {}", folder.display()))?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))?;
    Ok(manifests)
}

async fn fill(part: Part, installation: &Installation, folder: &Path, today: Date) -> anyhow::Result<Manifest> {
    make_folder(folder)?;
    if let Location::File(path) = part.rows(installation) {
        ensure!(
            path.is_file(),
            "il n’y a pas d’installation à sauvegarder : {} manque ; indiquez le dossier avec --data, ou le rôle de cette \
             machine avec --role",
            path.display()
        );
    }
    let rows = part.copy_rows(part.rows(installation), &part.file(folder)).await?;
    match part {
        Part::Collector if installation.office_folder().exists() => {
            Office::copy(&installation.office_folder(), folder).await?;
        }
        Part::Collector => {}
        Part::Issuer => copy_keys(&installation.keys_folder(), &folder.join("keys"))?,
    }
    // A lock is no part of the copy.
    let _ = fs::remove_file(folder.join(format!("{}.lock", part.name())));
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { format: FORMAT, program, part, made_on: today, rows, files: hash_files(folder)? };
    write_file(&folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    Ok(manifest)
}

/// A part of a backup whose every file is as it was written.
#[derive(Debug)]
pub(crate) struct VerifiedPart {
    folder: PathBuf,
    pub(crate) manifest: Manifest,
}

/// Finds the parts that this role needs, below `folder` or, for a single part, in `folder` itself, and checks every file
/// against its manifest.
///
/// # Errors
/// What is missing, cut short, changed or not ours.
pub(crate) fn verify(folder: &Path, role: Role) -> anyhow::Result<Vec<VerifiedPart>> {
    let parts = Part::of(role);
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
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) => bail!(
            "{} est une sauvegarde au format {format} ; cette version d’Isoloir lit le format {FORMAT} : restaurez-la avec la \
             version qui l’a faite",
            folder.display()
        ),
        None => bail!("{} n’est pas le manifeste d’une sauvegarde d’Isoloir", path.display()),
    }
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| format!("dans {}", path.display()))?;
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
) -> anyhow::Result<Option<PathBuf>> {
    let data = installation.data();
    let exists = data.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        !exists || replace,
        "{} contient déjà une installation ; donnez un autre dossier avec --data, ou --replace pour la remplacer (elle sera \
         gardée à côté)",
        data.display()
    );
    // Nobody opens the old files, nor the new ones, before they have changed places.
    let _old = installation.hold_files()?;
    let fresh = Unfinished::beside(data)?;
    let mut new = Vec::new();
    for part in parts {
        unpack(part, &fresh.0)?;
    }
    Installation::check_files(&fresh.0, role).await?;
    for part in parts {
        new.extend(part.manifest.part.file(&fresh.0.join(part.manifest.part.name())).hold(Hold::Alone)?);
    }
    fill_servers(installation, parts, &fresh.0, &mut new).await?;
    let kept = exchange(&fresh.0, data, exists)?;
    sync_folder(data.parent().unwrap_or(Path::new(".")))?;
    Ok(kept)
}

/// Fills databases on a server from the unpacked files, codes first: used codes without their responses let nobody vote twice.
async fn fill_servers(
    installation: &Installation,
    parts: &[VerifiedPart],
    fresh: &Path,
    new: &mut Vec<File>,
) -> anyhow::Result<()> {
    let mut filled = String::new();
    for part in parts.iter().rev().map(|part| part.manifest.part) {
        let rows = part.rows(installation);
        if matches!(rows, Location::File(_)) {
            continue;
        }
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
    let folder = data.join(part.manifest.part.name());
    copy_private(&part.folder, &format!("{}.db", part.manifest.part.name()), &folder)?;
    match part.manifest.part {
        Part::Collector if part.folder.join("office.db").exists() => {
            copy_private(&part.folder, "office.db", &data.join("office"))
        }
        Part::Collector => Ok(()),
        Part::Issuer => copy_keys(&part.folder.join("keys"), &folder.join("keys")),
    }
}

/// A folder beside another, under a name that nobody has, removed unless it is renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.file_name().with_context(|| format!("{} n’a pas de nom", folder.display()))?;
        let unfinished = folder.with_file_name(format!(".{}.{:08x}", name.display(), rand::random::<u32>()));
        make_folder(&unfinished)?;
        Ok(Self(unfinished))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A name beside the folder that nothing has yet.
fn free_name(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().display().to_string();
    let first = folder.with_file_name(format!("{name}.avant"));
    let others = (2..).map(|number| folder.with_file_name(format!("{name}.avant-{number}")));
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

/// BLAKE3 of every file below the folder but the manifest, by its path. Anything but files and folders is refused: a link
/// could lead anywhere.
fn hash_files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    fn visit(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("impossible de lire {}", folder.display()))? {
            let path = entry?.path();
            let name = path.strip_prefix(root).expect("it is below the root").display().to_string();
            let kind = path.symlink_metadata().with_context(|| format!("impossible de lire {}", path.display()))?;
            if kind.is_dir() {
                visit(root, &path, files)?;
            } else if !kind.is_file() {
                bail!("{} n’est ni un fichier ni un dossier ; retirez-le de la sauvegarde", path.display());
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
