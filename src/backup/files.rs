//! Files of a backup: written for their owner only, copied and hashed without being held in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::part::MANIFEST;

/// What stands in the names of folders that are not finished: whoever finds one after a power cut knows what it is.
const UNFINISHED: &str = ".inacheve-";

/// A folder beside another, under a name that nobody has, removed unless it is renamed.
pub(super) struct Unfinished(pub(super) PathBuf);

impl Unfinished {
    pub(super) fn beside(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.file_name().with_context(|| format!("{} n’a pas de nom", folder.display()))?;
        let number = rand::random::<u32>();
        let unfinished = folder.with_file_name(format!("{}{UNFINISHED}{number:08x}", name.display()));
        make_folder(&unfinished)?;
        Ok(Self(unfinished))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Folders beside this one that a program left unfinished, unless it is still at work.
pub(crate) fn unfinished_beside(folder: &Path) -> Vec<PathBuf> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.display().to_string().contains(UNFINISHED)).collect()
}

/// A name beside the folder that nothing has yet.
pub(super) fn free_name(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().display().to_string();
    let first = folder.with_file_name(format!("{name}.avant"));
    let others = (2..).map(|number| folder.with_file_name(format!("{name}.avant-{number}")));
    std::iter::once(first).chain(others).find(|path| !path.exists()).expect("numbers do not run out")
}

pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("impossible de créer {}", folder.display()))
}

/// Makes a file that was not there, durably.
fn write_from(source: &mut impl io::Read, path: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    io::copy(source, &mut file)?;
    file.sync_all()
}

pub(super) fn write_file(path: &Path, mut bytes: &[u8]) -> anyhow::Result<()> {
    write_from(&mut bytes, path).with_context(|| format!("impossible d’écrire {}", path.display()))
}

/// Copies a file to a path whose folder is made where it is missing.
pub(super) fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = to.parent().with_context(|| format!("{} n’a pas de dossier", to.display()))?;
    make_folder(folder)?;
    let mut source = File::open(from).with_context(|| format!("impossible de lire {}", from.display()))?;
    write_from(&mut source, to)
        .with_context(|| format!("impossible de copier {} en {}", from.display(), to.display()))?;
    sync_folder(folder)
}

pub(super) fn copy_keys(from: &Path, to: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(from).with_context(|| format!("impossible de lire {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        copy_file(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// BLAKE3 of every file below the folder but the manifest, by its path. Anything but files and folders is refused: a link
/// could lead anywhere.
pub(super) fn hash_files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
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
                let mut hasher = blake3::Hasher::new();
                let read = File::open(&path).and_then(|file| hasher.update_reader(file).map(drop));
                read.with_context(|| format!("impossible de lire {}", path.display()))?;
                files.insert(name, hasher.finalize().to_hex().to_string());
            }
        }
        Ok(())
    }
    let mut files = BTreeMap::new();
    visit(folder, folder, &mut files)?;
    Ok(files)
}

pub(super) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("impossible d’assurer l’écriture de {}", folder.display()))
}
