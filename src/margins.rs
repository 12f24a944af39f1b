//! A file of margins and how it weighs, for an analysis and for an edition alike. Whatever is wrong with it is said under its name.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use isoloir_analysis::{Margins, Snapshot, Weighting, tabulate};
use isoloir_disclosure::RawEdition;
use isoloir_survey::{Questionnaire, text_of};
use serde::{Deserialize, Serialize};

/// How margins are used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeightingParameters {
    /// Categories merged into others, in the order given.
    pub(crate) merges: Vec<String>,
    /// Whether the largest weights are cut.
    pub(crate) trim: bool,
    /// Where the margins are from, as it is cited.
    #[serde(default)]
    pub(crate) source: Option<String>,
}

/// A file of margins and how it is to be used.
pub(crate) struct MarginsFile {
    path: PathBuf,
    /// As it was read, in UTF-8.
    pub(crate) text: String,
    pub(crate) parameters: WeightingParameters,
}

impl MarginsFile {
    /// Reads the file; what it says is looked at with the questionnaire ([`Self::weighting`]).
    ///
    /// # Errors
    /// It cannot be read, or is no text.
    pub(crate) fn read(path: &Path, parameters: WeightingParameters) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("impossible de lire {}", path.display()))?;
        let text = text_of(&bytes).with_context(|| path.display().to_string())?;
        Ok(Self { path: path.to_owned(), text, parameters })
    }

    /// What the file and its merges make of the questionnaire.
    ///
    /// # Errors
    /// Every problem of the file, or the merge that it does not allow.
    pub(crate) fn weighting(&self, questionnaire: &Questionnaire) -> anyhow::Result<Weighting> {
        let margins = Margins::parse(questionnaire, &self.text);
        let mut margins = margins.map_err(|problems| self.fault(&problems.to_string()))?;
        for merge in &self.parameters.merges {
            margins.merge(questionnaire, merge).map_err(|problem| anyhow!("--merge : {problem}"))?;
        }
        Ok(Weighting { margins, trim: self.parameters.trim })
    }

    fn fault(&self, problems: &str) -> anyhow::Error {
        anyhow!("{}", prefixed(&self.path, problems))
    }
}

/// The tables of a snapshot, weighted where there are margins.
///
/// # Errors
/// Why they could not be made, under the file's name where it is about its margins.
pub(crate) fn weighted(
    questionnaire: &Questionnaire,
    snapshot: &Snapshot,
    weighting: Option<(&MarginsFile, &Weighting)>,
) -> anyhow::Result<RawEdition> {
    let Some((file, weighting)) = weighting else { return Ok(tabulate(questionnaire, snapshot, None)?) };
    tabulate(questionnaire, snapshot, Some(weighting)).map_err(|error| {
        let problems = weighting.margins.located(&error);
        problems.map_or_else(|| error.into(), |problems| file.fault(&problems))
    })
}

/// Each line of a message, with the file that it is about.
pub(crate) fn prefixed(file: &Path, message: &str) -> String {
    let lines: Vec<String> = message.lines().map(|line| format!("{}, {line}", file.display())).collect();
    lines.join("\n")
}
