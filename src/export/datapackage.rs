//! The folder as a Frictionless data package (Data Package 2.0): what each file is, its columns with types and keys, its size and
//! hash. Whoever gets the folder can check that nothing was lost or changed on the way.

use data_encoding::HEXLOWER;
use isoloir_disclosure::{Protection, Release};
use isoloir_survey::Questionnaire;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::ExportError;
use crate::about::{About, NOT_A_SAMPLE, protection_words, weighting_words};
use crate::files::ExportFile;
use crate::schema;

/// The descriptor of a folder of `files`.
///
/// # Errors
/// [`ExportError::Json`].
pub(crate) fn datapackage_json(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    files: &[ExportFile],
) -> Result<Vec<u8>, ExportError> {
    let organiser = questionnaire.organiser.fr();
    let mut package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": questionnaire.id.as_str(),
        "title": questionnaire.title.fr(),
        "description": description(release, about),
        "version": about.made_on.to_string(),
        "contributors": [{"title": organiser, "roles": ["publisher"]}],
        "sources": [{"title": format!("{organiser}, réponses au questionnaire «\u{a0}{}\u{a0}»", questionnaire.title.fr())}],
        "keywords": ["santé", "contrat local de santé", "enquête"],
        "isoloir": {
            "edition": about.edition,
            "made_on": about.made_on.to_string(),
            "software": about.software,
            "protection": release.protection().words(),
            "weighting": weighting_words(release),
            "questionnaire_version": questionnaire.version().as_str(),
        },
    });
    // Whoever analyses a file cannot know that its responses are real.
    if about.synthetic {
        package["isoloir"]["synthetic"] = true.into();
    }
    if let Some(licence) = about.licence {
        package["licenses"] = json!([{"name": licence.spdx(), "title": licence.title(), "path": licence.address()}]);
    }
    package["resources"] = files.iter().map(|file| resource(release, file)).collect();
    let mut json = serde_json::to_vec_pretty(&package)?;
    json.push(b'\n');
    Ok(json)
}

fn description(release: &Release, about: &About) -> String {
    let mut sentences: Vec<String> =
        about.warnings(release.protection()).into_iter().map(|warning| format!("{warning}.")).collect();
    sentences.push(format!("{}.", about.edition));
    sentences.push(format!("{NOT_A_SAMPLE}."));
    if release.protection() != Protection::None {
        sentences.push(format!("Protection\u{a0}: {}.", protection_words(release.protection())));
    }
    sentences.push(format!("Redressement\u{a0}: {}.", weighting_words(release)));
    sentences.join(" ")
}

fn resource(release: &Release, file: &ExportFile) -> Value {
    let schema = match file.name.as_str() {
        "tables.csv" => Some(schema::tables(release)),
        "tests.csv" => Some(schema::tests(release)),
        "changes.csv" => Some(schema::changes(release)),
        "codebook.csv" => Some(schema::codebook(release)),
        "variables.csv" => Some(schema::variables(release)),
        _ => None,
    };
    let (stem, format) = file.name.rsplit_once('.').unwrap_or((&file.name, ""));
    // Two files may have one stem.
    let name = if format == "csv" { stem.to_owned() } else { file.name.to_lowercase().replace('/', "-") };
    let mut resource = json!({
        "name": name,
        "path": file.name,
        "title": file.description,
        "format": format,
        "mediatype": file.media_type.split(';').next(),
        "bytes": file.bytes.len(),
        "hash": format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(&file.bytes))),
    });
    if let Some(schema) = schema {
        resource["$schema"] = "https://datapackage.org/profiles/2.0/dataresource.json".into();
        resource["type"] = "table".into();
        resource["encoding"] = "utf-8".into();
        resource["dialect"] = json!({"delimiter": ",", "quoteChar": "\"", "header": true});
        resource["schema"] = schema.json();
    }
    resource
}
