//! All the files of an edition, as they are handed over.

use isoloir_disclosure::Release;
use isoloir_survey::Questionnaire;

use crate::ExportError;
use crate::about::About;
use crate::csv::{codebook_csv, tests_csv, tidy_csv};
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
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The files that are handed over with a release, the README first and `charts`, which are drawn elsewhere, last. Files of one
/// subfolder share one line of the README, with the description of the first.
///
/// # Errors
/// [`ExportError`].
pub fn files(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    charts: Vec<ExportFile>,
) -> Result<Vec<ExportFile>, ExportError> {
    let file = |name: &str, media_type, description: &str, bytes| ExportFile {
        name: name.to_owned(),
        media_type,
        description: description.to_owned(),
        bytes,
    };
    let mut files = vec![
        file("tables.csv", CSV, "tous les tableaux, une ligne par question, choix et modalité", tidy_csv(release)?),
        file("tests.csv", CSV, "tests d’indépendance (Rao–Scott), avec la correction de Holm", tests_csv(release)?),
        file(
            "weights.json",
            JSON,
            "le redressement\u{a0}: méthode, poids extrêmes, effet de plan",
            weights_json(release)?,
        ),
        file("codebook.csv", CSV, "les questions, les codes et leurs libellés", codebook_csv(release)?),
        file(
            "resultats.xlsx",
            XLSX,
            "les mêmes tableaux en classeur, une feuille par question",
            workbook(questionnaire.title.fr(), release)?,
        ),
    ];
    files.extend(charts);
    let text = readme(release, questionnaire, about, &files);
    files.insert(0, file("README.txt", TEXT, "ce qu’est chaque fichier", text.into_bytes()));
    Ok(files)
}
