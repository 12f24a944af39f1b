//! Editions: snapshots of responses as Parquet. Whether their rows, their columns or what stands around them tell when anybody
//! answered.
//!
//! Parquet is read with the library that wrote it, since a reader of our own would be a program of its own; what it is read for is
//! asked here, and not of the code that writes editions.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use polars::io::SerReader;
use polars::prelude::{DataFrame, DataType, ParquetReader, PolarsError};
use serde_json::Value;

use crate::files::file_name;
use crate::french::{count, list};
use crate::logs::has_hour;
use crate::report::{Check, Question};
use crate::spread;

const REMEDY: &str =
    "gardez cette édition hors de la machine, ou effacez-la : elle ne se refait pas ; puis relancez l’audit";

const ORDER: Question =
    Question { name: "edition-order", title: "Réponses rangées dans l’ordre de leurs clés", advice: REMEDY };
const KEYS: Question = Question { name: "edition-keys", title: "Clés tirées au hasard", advice: REMEDY };
const COLUMNS: Question =
    Question { name: "edition-columns", title: "Rien que des réponses à choix, sans date ni heure", advice: REMEDY };
const METADATA: Question =
    Question { name: "edition-metadata", title: "Aucune heure autour des réponses", advice: REMEDY };

const RESPONSES: &str = "responses.parquet";
const MANIFEST: &str = "manifest.json";
const QUESTIONNAIRE: &str = "questionnaire.json";
/// The column of record keys.
const KEY: &str = "__key";
/// What the file may say of itself: the version of its questionnaire, and its own columns over again.
const ENTRIES: [&str; 2] = ["isoloir.questionnaire", "ARROW:schema"];
/// Keys that are looked at byte by byte; of more, some are.
const MOST_KEYS: usize = 200_000;
/// From 2015 to 2040, in seconds since 1970.
const UNIX: std::ops::Range<u64> = 1_420_070_400..2_208_988_800;

/// What a file of responses says.
struct Responses {
    frame: DataFrame,
    /// Names and texts beside the columns.
    entries: Vec<(String, String)>,
    created_by: String,
}

/// Every file of responses below the folder of editions.
pub(crate) fn check(data: &Path) -> Vec<Check> {
    let editions = data.join("editions");
    // What cannot be listed is told by the check of stray files.
    let paths = crate::files::below(&editions).unwrap_or_default();
    let mut files: Vec<PathBuf> = paths.into_iter().filter(|path| file_name(path) == RESPONSES).collect();
    files.sort();
    files.iter().filter_map(|path| path.parent()).flat_map(|folder| of_edition(folder, &editions)).collect()
}

fn of_edition(folder: &Path, editions: &Path) -> Vec<Check> {
    let name = format!("édition {}", folder.strip_prefix(editions).unwrap_or(folder).display());
    let read = catch_unwind(AssertUnwindSafe(|| read(&folder.join(RESPONSES))));
    let responses = match read {
        Ok(Ok(responses)) => responses,
        Ok(Err(error)) => return vec![ORDER.impossible(&name, &error)],
        Err(_) => return vec![ORDER.impossible(&name, &"ce n’est pas un fichier Parquet qui se lise")],
    };
    let mut checks = Vec::new();
    match keys(&responses.frame) {
        Ok(keys) => {
            checks.push(order(&name, &keys));
            checks.push(randomness(&name, &keys));
        }
        Err(error) => checks.push(ORDER.impossible(&name, &error)),
    }
    checks.push(columns(&name, folder, &responses.frame));
    checks.push(metadata(&name, folder, &responses));
    checks
}

fn read(path: &Path) -> Result<Responses, PolarsError> {
    let mut reader = ParquetReader::new(Cursor::new(std::fs::read(path)?));
    let metadata = reader.get_metadata()?;
    let created_by = metadata.created_by.clone().unwrap_or_default();
    let entries = metadata.key_value_metadata().iter().flatten();
    let entries = entries.map(|entry| (entry.key.clone(), entry.value.clone().unwrap_or_default())).collect();
    Ok(Responses { frame: reader.set_rechunk(true).finish()?, entries, created_by })
}

fn keys(frame: &DataFrame) -> Result<Vec<u64>, PolarsError> {
    Ok(frame.column(KEY)?.u64()?.iter().flatten().collect())
}

/// Random keys that are sorted leave no order but theirs.
fn order(name: &str, keys: &[u64]) -> Check {
    let back = keys.windows(2).filter(|pair| pair[0] > pair[1]).count() as u64;
    let rows = count(keys.len() as u64, "réponse", "réponses");
    let measured = match back {
        0 => format!("{rows}, de la plus petite clé à la plus grande"),
        _ => format!("{rows}, {} dans un autre ordre", count(back, "suit une plus grande", "suivent une plus grande")),
    };
    ORDER.judge(name, back == 0, &measured)
}

/// Sorted numbers of arrival would be in the order of their keys too.
fn randomness(name: &str, keys: &[u64]) -> Check {
    let one_in = keys.len() as u64 / MOST_KEYS as u64 + 1;
    let drawn =
        (0..).zip(keys).filter(|(row, _)| spread::is_drawn(*row, one_in)).map(|(_, key)| key.to_be_bytes().to_vec());
    let fault = spread::fault(&drawn.collect::<Vec<_>>());
    let measured = fault
        .clone()
        .unwrap_or_else(|| format!("{}, sans horloge ni compteur", count(keys.len() as u64, "clé lue", "clés lues")));
    KEYS.judge(name, fault.is_none(), &measured)
}

/// A column is the key, or the codes of a question that the questionnaire beside it asks: 256 at most, of which none is a time.
fn columns(name: &str, folder: &Path, frame: &DataFrame) -> Check {
    let asked = match json(&folder.join(QUESTIONNAIRE)) {
        Ok(questionnaire) => questions(&questionnaire),
        Err(error) => return COLUMNS.impossible(name, &error),
    };
    let fault = |(column, kind): (&str, &DataType)| {
        let question = column.split_once("__").map_or(column, |(question, _)| question);
        match kind {
            DataType::UInt64 if column == KEY => None,
            DataType::UInt8 if asked.iter().any(|asked| asked == question) => None,
            DataType::UInt8 => Some(format!("{column} (aucune question ne s’appelle ainsi)")),
            other => Some(format!("{column} ({other})")),
        }
    };
    let all = frame.columns().iter().map(|column| (column.name().as_str(), column.dtype()));
    let found: Vec<String> = all.filter_map(fault).collect();
    let measured = match found.len() {
        0 => count(frame.width() as u64, "colonne lue", "colonnes lues"),
        _ => list(found.clone()),
    };
    COLUMNS.judge(name, found.is_empty(), &measured)
}

/// The identifiers of a questionnaire's questions.
fn questions(questionnaire: &Value) -> Vec<String> {
    let pages = questionnaire["pages"].as_array().into_iter().flatten();
    let questions = pages.flat_map(|page| page["questions"].as_array().into_iter().flatten());
    questions.filter_map(|question| question["id"].as_str().map(str::to_owned)).collect()
}

/// Hours in the names of the folders, in what the file says of itself and in the manifest.
fn metadata(name: &str, folder: &Path, responses: &Responses) -> Check {
    let manifest = match json(&folder.join(MANIFEST)) {
        Ok(manifest) => manifest,
        Err(error) => return METADATA.impossible(name, &error),
    };
    let mut found: Vec<String> = Vec::new();
    let folders = folder.iter().rev().take(2).map(|part| part.to_string_lossy());
    found.extend(folders.filter(|part| names_hour(part)).map(|part| format!("dossier « {part} »")));
    for (key, value) in &responses.entries {
        if !ENTRIES.contains(&key.as_str()) || is_moment(value) {
            found.push(format!("{RESPONSES} : {key}"));
        }
    }
    if is_moment(&responses.created_by) {
        found.push(format!("{RESPONSES} : created_by"));
    }
    moments(MANIFEST, &manifest, &mut found);
    let measured = match found.len() {
        0 => format!("{}, rien de plus fin que le jour", count(responses.entries.len() as u64, "mention", "mentions")),
        _ => list(found.clone()),
    };
    METADATA.judge(name, found.is_empty(), &measured)
}

/// The places in a JSON document that hold a moment.
fn moments(place: &str, value: &Value, found: &mut Vec<String>) {
    let is_here = match value {
        Value::String(text) => is_moment(text),
        Value::Number(number) => number.as_u64().is_some_and(is_unix),
        Value::Array(items) => return items.iter().for_each(|item| moments(place, item, found)),
        Value::Object(entries) => {
            return entries.iter().for_each(|(key, item)| moments(&format!("{place} : {key}"), item, found));
        }
        Value::Null | Value::Bool(_) => false,
    };
    if is_here {
        found.push(place.to_owned());
    }
}

/// An hour of a day, or seconds since 1970 and nothing else.
fn is_moment(text: &str) -> bool {
    has_hour(text) || text.parse().is_ok_and(is_unix)
}

/// Seconds since 1970, or thousandths, millionths or thousand-millionths of them.
fn is_unix(number: u64) -> bool {
    [1, 1_000, 1_000_000, 1_000_000_000].iter().any(|unit| UNIX.contains(&(number / unit)))
}

/// A name that holds an hour: `2026-11-22T06:30`, `à 6h30`, `20261122063000`.
fn names_hour(name: &str) -> bool {
    let characters: Vec<char> = name.chars().collect();
    let is_clock = characters.windows(4).enumerate().any(|(at, window)| {
        let begins = at == 0 || !characters[at - 1].is_alphanumeric() || characters[at - 1].is_ascii_digit();
        begins
            && window[0].is_ascii_digit()
            && matches!(window[1], 'h' | 'H' | ':')
            && window[2].is_ascii_digit()
            && window[3].is_ascii_digit()
    });
    let longest = name.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    is_clock || is_moment(name) || longest >= 10
}

fn json(path: &Path) -> Result<Value, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{} : {error}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{} : {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_in_a_name_is_seen_and_a_day_is_not() {
        for name in ["2026-11-22T06:30", "Mardi 6h30", "à 14H05", "20261122063000", "1795329000"] {
            assert!(names_hour(name), "{name}");
        }
        for name in
            ["2026", "Printemps 2026", "22 novembre 2026", "2026-11-22", "v1.2_b-3", "Phase 2 : h300", "20261122"]
        {
            assert!(!names_hour(name), "{name}");
        }
    }

    #[test]
    fn a_moment_is_seen_wherever_it_stands_in_a_document() {
        let mut found = Vec::new();
        let document = serde_json::json!({
            "made_on": "2026-11-22", "redeemed": 1200, "files": {"a": "2026-11-22T06:30:00Z"}, "list": [1_795_329_000_u64],
        });
        moments("manifest.json", &document, &mut found);
        assert_eq!(found, ["manifest.json : files : a", "manifest.json : list"]);
    }
}
