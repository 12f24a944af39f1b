//! Files that should not be where they are: copies of a database under any name, backups, private keys away from their folder.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::files::{below, file_name};
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::{Database, Subject};

const STRAYS: Question = Question {
    name: "stray-files",
    title: "Aucun fichier inattendu",
    advice: "une copie ou un fichier temporaire garde un état ancien de la base, et une clé privée hors de issuer/keys sert \
             à qui la lit : déplacez-les hors de la machine ou effacez-les",
};

/// How much of a file is read to tell what it is.
const BEGINNING: u64 = 64 * 1024;
/// What files of databases, their logs, dumps and archives begin with.
const COPIES: [(&[u8], &str); 12] = [
    (b"SQLite format 3\0", "une base SQLite"),
    (&[0x37, 0x7f, 0x06, 0x82], "un journal de SQLite"),
    (&[0x37, 0x7f, 0x06, 0x83], "un journal de SQLite"),
    (b"PGDMP", "une copie de PostgreSQL"),
    (b"--\n-- PostgreSQL database", "une copie de PostgreSQL"),
    (&[0x1f, 0x8b], "une archive"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "une archive"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "une archive"),
    (b"BZh", "une archive"),
    (b"PK\x03\x04", "une archive"),
    (b"7z\xbc\xaf\x27\x1c", "une archive"),
    (b"PAR1", "des réponses en Parquet"),
];
const CODE_KEY: &str = "codes.key";
const PRIVATE_KEY: &str = "une clé privée";

/// What a file is by what it holds, when that is a copy or a key.
pub(crate) fn nature(path: &Path) -> std::io::Result<Option<&'static str>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BEGINNING).read_to_end(&mut bytes)?;
    if let Some((_, what)) = COPIES.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        return Ok(Some(what));
    }
    let is_tar = bytes.get(257..262) == Some(b"ustar");
    let has_key = String::from_utf8_lossy(&bytes).contains("PRIVATE KEY-----") || file_name(path) == CODE_KEY;
    Ok(if is_tar { Some("une archive") } else { has_key.then_some(PRIVATE_KEY) })
}

/// A database and what SQLite keeps beside it.
pub(crate) fn is_its_own(path: &Path, database: &Path) -> bool {
    ["", "-wal", "-shm", "-journal"].iter().any(|suffix| path == Path::new(&format!("{}{suffix}", database.display())))
}

/// The keys of the issuer, in their folder: they are what they should be.
fn is_key_in_its_place(path: &Path, keys: Option<&Path>) -> bool {
    let is_key = path.extension().is_some_and(|ending| ending == "pem") || file_name(path) == CODE_KEY;
    is_key && keys.is_some() && path.parent() == keys && matches!(nature(path), Ok(Some(PRIVATE_KEY)))
}

/// What an edition is made of, in `editions/SURVEY/LABEL`.
const EDITION: [&str; 4] = ["manifest.json", "responses.parquet", "questionnaire.json", "margins.csv"];

/// A file of an edition, in the folder of one.
fn is_of_an_edition(path: &Path, editions: &Path) -> bool {
    let depth = path.strip_prefix(editions).map_or(0, |below| below.components().count());
    depth == 3
        && EDITION.contains(&file_name(path).as_str())
        && std::fs::symlink_metadata(path).is_ok_and(|file| file.is_file())
}

/// Why a file should not be where it is. `is_private` says that only the program puts files there.
fn fault(path: &Path, is_private: bool) -> std::io::Result<Option<&'static str>> {
    // A file that the server has removed meanwhile is none.
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(None) };
    if metadata.is_symlink() && is_private {
        return Ok(Some("un lien"));
    }
    if !path.is_file() {
        return Ok(is_private.then_some("un fichier spécial"));
    }
    if let Some(what) = nature(path)? {
        return Ok(Some(what));
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    Ok((is_private && !matches!(ending, Some("lock" | "log" | "toml"))).then_some("inconnu"))
}

fn judge(name: &str, root: &Path, files: &[PathBuf], is_private: bool) -> Check {
    let mut unknown = Vec::new();
    for path in files {
        match fault(path, is_private) {
            Ok(None) => {}
            Ok(Some(what)) => {
                unknown.push(format!("{} ({what})", path.strip_prefix(root).unwrap_or(path).display()));
            }
            Err(error) => return STRAYS.impossible(name, &format!("{} : {error}", path.display())),
        }
    }
    unknown.sort();
    let measured = match unknown.len() {
        0 => format!("{}, tous connus", count(files.len() as u64, "autre fichier", "autres fichiers")),
        _ => list(unknown.clone()),
    };
    STRAYS.judge(name, unknown.is_empty(), &measured)
}

fn folder(database: &Path) -> &Path {
    match database.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// What stands beside a database, at any depth when its folder is one of the installation.
pub(crate) fn beside(name: &str, database: &Path, subject: &Subject) -> Check {
    let folder = folder(database);
    let is_ours = subject.data.as_ref().is_some_and(|data| folder != data && folder.starts_with(data));
    let paths = if is_ours {
        below(folder)
    } else {
        std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
    };
    let mut paths = match paths {
        Ok(paths) => paths,
        Err(error) => return STRAYS.impossible(name, &error),
    };
    let keys = subject.data.as_ref().map(|data| data.join("issuer").join("keys"));
    paths.retain(|path| !is_folder(path) && !is_its_own(path, database) && !is_key_in_its_place(path, keys.as_deref()));
    let mut check = judge(name, folder, &paths, true);
    // The same file under another name, wherever that is, goes on being read when this one is thought to be gone.
    if std::fs::metadata(database).is_ok_and(|file| file.nlink() > 1) {
        check = STRAYS.judge(name, false, &format!("{} (sous plusieurs noms)", file_name(database)));
    }
    check
}

/// The folder of editions, where responses are: nothing but editions may be there.
pub(crate) fn among_editions(data: &Path) -> Option<Check> {
    let editions = data.join("editions");
    if std::fs::symlink_metadata(&editions).is_err() {
        return None;
    }
    let name = "éditions";
    Some(match below(&editions) {
        Ok(mut paths) => {
            paths.retain(|path| !is_folder(path) && !is_of_an_edition(path, &editions));
            judge(name, &editions, &paths, true)
        }
        Err(error) => STRAYS.impossible(name, &error),
    })
}

/// Every other file below the folder of data: anything may be there but copies, responses and keys.
pub(crate) fn below_data(subject: &Subject, data: &Path) -> Check {
    let name = format!("dossier {}", data.display());
    let folders: Vec<&Path> = [&subject.issuer, &subject.collector]
        .into_iter()
        .filter_map(|database| match database {
            Some(Database::Sqlite(path)) => Some(folder(path)),
            _ => None,
        })
        .filter(|folder| *folder != data)
        .collect();
    let mut paths = match below(data) {
        Ok(paths) => paths,
        Err(error) => return STRAYS.impossible(&name, &error),
    };
    let (keys, editions) = (data.join("issuer").join("keys"), data.join("editions"));
    // The databases of this installation, also that of a role that is not audited here.
    let own = ["issuer", "collector", "office"].map(|role| data.join(role).join(format!("{role}.db")));
    paths.retain(|path| {
        !is_folder(path)
            && !folders.iter().any(|folder| path.starts_with(folder))
            && !path.starts_with(&editions)
            && !own.iter().any(|database| is_its_own(path, database))
            && !is_key_in_its_place(path, Some(&keys))
    });
    judge(&name, data, &paths, false)
}
