//! All the files of an edition, as they are handed over.

use isoloir_disclosure::Release;
use isoloir_survey::Questionnaire;

use crate::ExportError;
use crate::about::About;
use crate::changes::changes_csv;
use crate::csv::{codebook_csv, tests_csv, tidy_csv, variables_csv};
use crate::datapackage::datapackage_json;
use crate::ddi::ddi_xml;
use crate::dictionary::dictionary;
use crate::parquet::tables_parquet;
use crate::readme::readme;
use crate::weights::weights_json;
use crate::workbook::workbook;

/// One file of a folder of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its path below the folder, such as `tables.csv` or `charts/commune.svg`.
    pub name: String,
    /// What it is sent as.
    pub media_type: &'static str,
    /// What it is, in French, as the README and pages say it.
    pub description: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const XML: &str = "application/xml";
const PARQUET: &str = "application/vnd.apache.parquet";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The files that are handed over with a release, the README first and `charts`, which are drawn elsewhere, last. `findings` are
/// sentences that README and workbook begin with, chosen by whoever shows the release. Files of one
/// subfolder share one line of the README, with the description of the first.
///
/// # Errors
/// [`ExportError`].
pub fn files(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    findings: &[String],
    charts: Vec<ExportFile>,
) -> Result<Vec<ExportFile>, ExportError> {
    let file = |name: &str, media_type, description: &str, bytes| ExportFile {
        name: name.to_owned(),
        media_type,
        description: description.to_owned(),
        bytes,
    };
    let mut files = vec![
        file(
            "resultats.xlsx",
            XLSX,
            "classeur\u{a0}: une feuille par question, avec tableau, croisements et graphique à reprendre",
            workbook(release, questionnaire, about, findings)?,
        ),
        file("tables.csv", CSV, "tous les tableaux, une ligne par question, choix et modalité", tidy_csv(release)?),
        file(
            "tables.parquet",
            PARQUET,
            "les mêmes, avec types et libellés, pour R, Python ou DuckDB",
            tables_parquet(release, questionnaire, about)?,
        ),
        file("tests.csv", CSV, "tests d’indépendance (Rao–Scott), avec la correction de Holm", tests_csv(release)?),
        file(
            "weights.json",
            JSON,
            "le redressement\u{a0}: méthode, poids extrêmes, effet de plan",
            weights_json(release)?,
        ),
        file(
            "codebook.csv",
            CSV,
            "les codes et leurs libellés\u{202f}; README.txt décrit les colonnes de tables.csv",
            codebook_csv(release, questionnaire)?,
        ),
        file(
            "variables.csv",
            CSV,
            "les questions\u{a0}: texte, type, axe, à qui elles ont été posées",
            variables_csv(release, questionnaire)?,
        ),
        file(
            "dictionnaire.html",
            HTML,
            "les mêmes codes et questions, à lire et à imprimer",
            dictionary(release, questionnaire, about).into_bytes(),
        ),
    ];
    if let Some(comparison) = release.comparison() {
        files.push(file(
            "changes.csv",
            CSV,
            &format!(
                "ce qui a changé depuis «\u{a0}{}\u{a0}», questions posées dans les mêmes mots",
                comparison.earlier()
            ),
            changes_csv(release, comparison)?,
        ));
    }
    let described = ddi_xml(release, questionnaire, about, &files)?;
    files.push(file(
        "questionnaire-ddi.xml",
        XML,
        "le questionnaire au format des archives d’enquêtes (DDI-Codebook 2.5)",
        described,
    ));
    let package = datapackage_json(release, questionnaire, about, &files)?;
    files.push(file(
        "datapackage.json",
        JSON,
        "description des fichiers pour les programmes (Frictionless Data Package 2.0)",
        package,
    ));
    files.extend(charts);
    let text = readme(release, questionnaire, about, findings, &files);
    files.insert(0, file("README.txt", TEXT, "ce qu’est chaque fichier", text.into_bytes()));
    Ok(files)
}
