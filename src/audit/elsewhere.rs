//! Identifiers and marks in other files than the databases: whoever writes them down as they come keeps an order, whatever the
//! tables forget.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::files::{below, file_name};
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::Opened;
use crate::strays::{is_its_own, nature};
use crate::windows::{Windows, written_values};
use crate::{Database, Subject, logs};

const ELSEWHERE: Question = Question {
    name: "identifiers-elsewhere",
    title: "Aucun identifiant hors des bases",
    advice: "ce fichier nomme des lignes des bases (code, jeton ou réponse), et leur ordre y est peut-être celui des arrivées : \
             effacez-le et cherchez quel programme l’écrit",
};

/// Every fourth byte of a value begins a part that is kept: a shared part of eleven is found, and the first eight.
const STEP: usize = 4;
/// Files are read in blocks; each begins with the end of the one before.
const BLOCK: u64 = 1 << 20;
const OVERLAP: usize = 256;
/// Sixteen hexadecimal digits are eight bytes; in base 64 they are twelve.
const SHORTEST_WORD: usize = 16;

/// Looks for every random value of both databases in the other files of the folder, and in the logs that were given.
pub(crate) async fn check(opened: &mut [Opened], subject: &Subject) -> Option<Check> {
    let name = "autres fichiers";
    let files = match other_files(subject) {
        Ok(files) => files,
        Err(error) => return Some(ELSEWHERE.impossible(name, &error)),
    };
    if files.is_empty() {
        return None;
    }
    let windows = match values(opened).await {
        Ok(windows) => windows,
        Err(error) => return Some(ELSEWHERE.impossible(name, &error)),
    };
    let mut found = Vec::new();
    for path in &files {
        match holds_any(path, &windows) {
            Ok(true) => found.push(file_name(path)),
            Ok(false) => {}
            Err(error) => return Some(ELSEWHERE.impossible(name, &format!("{} : {error}", path.display()))),
        }
    }
    let measured = match found.len() {
        0 => format!("{}, aucun ne nomme une ligne des bases", count(files.len() as u64, "fichier lu", "fichiers lus")),
        _ => list(found.clone()),
    };
    Some(ELSEWHERE.judge(name, found.is_empty(), &measured))
}

fn other_files(subject: &Subject) -> std::io::Result<Vec<PathBuf>> {
    let mut files = logs::files(&subject.logs, None)?;
    if let Some(data) = &subject.data {
        files.extend(below(data)?);
    }
    let audited = [&subject.issuer, &subject.collector];
    let databases: Vec<PathBuf> = audited
        .into_iter()
        .filter_map(|database| match database {
            Some(Database::Sqlite(path)) => Some(path.clone()),
            _ => None,
        })
        // Those of a role that is not audited here, too.
        .chain(
            subject
                .data
                .iter()
                .flat_map(|data| ["issuer", "collector"].map(|role| data.join(role).join(format!("{role}.db")))),
        )
        .collect();
    // Copies of a database are told as stray files; only these two belong here.
    let is_copy = |path: &Path| {
        let is_known = ["office.db", "responses.parquet"].contains(&file_name(path).as_str());
        !is_known && matches!(nature(path), Ok(Some(_)))
    };
    files.retain(|path| {
        path.is_file() && !databases.iter().any(|database| is_its_own(path, database)) && !is_copy(path)
    });
    files.sort();
    files.dedup();
    Ok(files)
}

async fn values(opened: &mut [Opened]) -> Result<Windows, sqlx::Error> {
    let mut windows = Windows::default();
    for opened in opened {
        let tables: Vec<_> = opened.tables.iter().filter(|table| table.random_key.is_some()).cloned().collect();
        for table in tables {
            for column in table.blobs() {
                opened.connected.each_blob(&table, column, |value| windows.add(value, STEP)).await?;
            }
        }
    }
    windows.sort();
    Ok(windows)
}

/// Whether a file holds a part of any value: as it is, or written in hexadecimal or base 64.
fn holds_any(path: &Path, windows: &Windows) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    while file.by_ref().take(BLOCK).read_to_end(&mut bytes)? > 0 {
        if windows.share_a_part_with(&bytes) {
            return Ok(true);
        }
        let words = bytes.split(|byte| !byte.is_ascii_alphanumeric() && !b"-_+/".contains(byte));
        for word in words.filter(|word| word.len() >= SHORTEST_WORD) {
            let mut is_found = false;
            let word = String::from_utf8_lossy(word);
            written_values(&word, &[], |value| is_found |= windows.share_a_part_with(value));
            if is_found {
                return Ok(true);
            }
        }
        bytes.drain(..bytes.len().saturating_sub(OVERLAP));
    }
    Ok(false)
}
