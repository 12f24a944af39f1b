//! `isoloir analyse`: from a file of responses to a folder of results, without a server.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use isoloir_analysis::{Margins, Weighting, tabulate};
use isoloir_disclosure::suppression::SuppressionRule;
use isoloir_disclosure::{Policy, Protection, RecordKey, Release, protect};
use isoloir_survey::{AnswerSheet, Questionnaire, SheetCsvError};
use rand::Rng;

use super::config::Config;
use super::{say, write_private_file};
use crate::installation::{read_questionnaire, read_territories};

/// Analyser un fichier de réponses : tables redressées et protégées, tests, graphiques
#[derive(Args)]
#[command(
    after_help = "Exemple : isoloir analyse reponses.csv --survey surveys/mauges-2026.yaml --margins marges.csv --out resultats\n\n\
    Le fichier des marges a trois colonnes, « variable,category,population » : la question, le code du choix, le nombre \
    d’habitants.\n\
    Ne diffusez qu’un seul dossier des mêmes réponses : chaque analyse tire un autre hasard."
)]
pub(crate) struct Analyse {
    /// Fichier CSV des réponses : une colonne par question, une ligne par personne
    #[arg(value_name = "RÉPONSES.csv")]
    responses: PathBuf,
    /// Questionnaire qui a été posé
    #[arg(long, value_name = "FICHIER.yaml")]
    survey: PathBuf,
    /// Fichier CSV des marges de la population, pour redresser
    #[arg(long, value_name = "FICHIER.csv")]
    margins: Option<PathBuf>,
    /// Regrouper une modalité sans réponse avec une autre ; peut être répété
    #[arg(long, value_name = "VARIABLE:MODALITÉ=AUTRE", requires = "margins")]
    merge: Vec<String>,
    /// Limiter les plus grands poids à 5 fois la médiane
    #[arg(long, requires = "margins")]
    trim: bool,
    /// Comment protéger les résultats
    #[arg(long, value_enum, default_value = "cell-key")]
    policy: PolicyName,
    /// Dossier à écrire ; il ne doit pas exister, ou être vide
    #[arg(long, value_name = "DOSSIER")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum PolicyName {
    /// Bruit sur chaque effectif, pour diffuser
    CellKey,
    /// Effectifs exacts, les petits retirés, pour une annexe
    Suppress,
    /// Nombres exacts, « NON PROTÉGÉ – usage interne »
    None,
}

impl PolicyName {
    fn policy(self) -> anyhow::Result<Policy> {
        Ok(match self {
            Self::CellKey => Policy::standard()?,
            Self::Suppress => Policy::Suppression(SuppressionRule::default()),
            Self::None => Policy::Unprotected,
        })
    }
}

impl Analyse {
    pub(crate) fn run(self, config: &Config) -> anyhow::Result<()> {
        check_free(&self.out)?;
        let progress = Progress::new()?;
        progress.step("Lecture des réponses");
        let questionnaire = read_questionnaire(&self.survey, &read_territories(&config.surveys)?)?;
        let weighting = self.weighting(&questionnaire)?;
        let sheets = read_sheets(&questionnaire, &self.responses)?;
        ensure!(!sheets.is_empty(), "{} ne contient aucune réponse", self.responses.display());
        progress.step("Comptage et redressement");
        let responses = sheets.len();
        let raw = tabulate(&questionnaire, keyed(sheets, &mut rand::rng()), weighting.as_ref());
        let raw = raw.map_err(|error| match &self.margins {
            Some(margins) => anyhow!("{}", prefixed(margins, &error.to_string())),
            None => error.into(),
        })?;
        progress.step("Protection");
        let release = protect(raw, &self.policy.policy()?)?;
        progress.step("Graphiques et fichiers");
        write_folder(&self.out, &files(&questionnaire, &release)?)?;
        progress.finish();
        say(&format!(
            "{responses} réponses analysées ; résultats dans {}, à lire en commençant par README.txt",
            self.out.display()
        ));
        if release.protection() == Protection::None {
            say(Protection::UNPROTECTED);
        }
        Ok(())
    }

    fn weighting(&self, questionnaire: &Questionnaire) -> anyhow::Result<Option<Weighting>> {
        let Some(file) = &self.margins else { return Ok(None) };
        let text = fs::read_to_string(file).with_context(|| format!("impossible de lire {}", file.display()))?;
        let margins = Margins::parse(questionnaire, &text);
        let mut margins = margins.map_err(|problems| anyhow!("{}", prefixed(file, &problems.to_string())))?;
        for merge in &self.merge {
            margins.merge(questionnaire, merge).map_err(|problem| anyhow!("--merge : {problem}"))?;
        }
        Ok(Some(Weighting { margins, trim: self.trim }))
    }
}

/// Each line of a message, with the file that it is about.
fn prefixed(file: &Path, message: &str) -> String {
    let lines: Vec<String> = message.lines().map(|line| format!("{}, {line}", file.display())).collect();
    lines.join("\n")
}

fn read_sheets(questionnaire: &Questionnaire, file: &Path) -> anyhow::Result<Vec<AnswerSheet>> {
    let opened = fs::File::open(file).with_context(|| format!("impossible de lire {}", file.display()))?;
    isoloir_survey::read_csv(questionnaire, std::io::BufReader::new(opened)).map_err(|error| match error {
        SheetCsvError::Cells(_) => {
            anyhow!("{}", prefixed(file, &error.to_string()))
        }
        SheetCsvError::Csv(_) | SheetCsvError::Io(_) => anyhow::Error::from(error).context(file.display().to_string()),
    })
}

/// Gives each row of the file its record key. The secret lives for the length of this analysis: another one is perturbed
/// otherwise.
fn keyed(sheets: Vec<AnswerSheet>, rng: &mut impl Rng) -> impl Iterator<Item = (RecordKey, AnswerSheet)> {
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    let numbered = (0_u64..).zip(sheets);
    numbered.map(move |(row, sheet)| (RecordKey::derive(&secret, &row.to_le_bytes()), sheet))
}

/// A file of the folder: its name, below the folder, and its content.
type File = (String, Vec<u8>);

fn files(questionnaire: &Questionnaire, release: &Release) -> anyhow::Result<Vec<File>> {
    let title = questionnaire.title.fr();
    let described = [
        (
            "tables.csv",
            "tous les tableaux, une ligne par question, choix et modalité",
            isoloir_export::tidy_csv(release)?,
        ),
        (
            "tests.csv",
            "tests d’indépendance (Rao–Scott), avec la correction de Holm",
            isoloir_export::tests_csv(release)?,
        ),
        (
            "weights.json",
            "le redressement : méthode, poids extrêmes, effet de plan",
            isoloir_export::weights_json(release)?,
        ),
        ("codebook.csv", "les questions, les codes et leurs libellés", isoloir_export::codebook_csv(release)?),
        (
            "resultats.xlsx",
            "les mêmes tableaux en classeur, une feuille par question",
            isoloir_export::workbook(title, release)?,
        ),
    ];
    let mut lines: Vec<isoloir_export::FileLine> = described.iter().map(|(name, what, _)| (*name, *what)).collect();
    lines.push(("charts/", "un graphique par question, et par modalité quand le questionnaire en met une en avant"));
    let readme = isoloir_export::readme(title, release, &lines);
    let mut files = vec![("README.txt".to_owned(), readme.into_bytes())];
    files.extend(described.into_iter().map(|(name, _, bytes)| (name.to_owned(), bytes)));
    let context = chart_context(questionnaire, release);
    for tables in release.questions() {
        let of_breakdowns = tables.iter().filter_map(|table| isoloir_charts::dots(table, &context));
        for chart in std::iter::once(isoloir_charts::bars(&tables[0], &context)).chain(of_breakdowns) {
            files.push((format!("charts/{}.svg", chart.id()), chart.svg(isoloir_charts::Layout::Wide).into_bytes()));
        }
    }
    Ok(files)
}

/// What the charts of an analysis have in common.
fn chart_context(questionnaire: &Questionnaire, release: &Release) -> isoloir_charts::Context {
    isoloir_charts::Context {
        organiser: questionnaire.organiser.fr().to_owned(),
        survey: questionnaire.title.fr().to_owned(),
        population: "personnes".to_owned(),
        edition: "analyse d’un fichier de réponses".to_owned(),
        period: String::new(),
        weighting: release.weighting().map(|_| "chiffres redressés sur les marges de la population".to_owned()),
        synthetic: false,
        protection: release.protection(),
        respondents: release.respondents(),
    }
}

/// Refuses a folder in which something would be lost or mixed up.
fn check_free(folder: &Path) -> anyhow::Result<()> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{} n’est pas un dossier lisible", folder.display())),
    };
    if entries.next().is_some() {
        bail!("{} n’est pas vide ; choisissez un autre dossier avec --out", folder.display());
    }
    Ok(())
}

/// Writes all the files, in a folder beside that takes its name when it is complete.
fn write_folder(folder: &Path, files: &[File]) -> anyhow::Result<()> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} n’est pas un nom de dossier", folder.display()))?;
    let beside = folder.with_file_name(format!(".{name}-{}.isoloir-tmp", std::process::id()));
    let write = || -> anyhow::Result<()> {
        fs::create_dir_all(beside.join("charts"))
            .with_context(|| format!("impossible d’écrire {}", beside.display()))?;
        for (name, bytes) in files {
            write_private_file(&beside.join(name), bytes)?;
        }
        fs::rename(&beside, folder).with_context(|| format!("impossible d’écrire {}", folder.display()))
    };
    write().inspect_err(|_| {
        let _ = fs::remove_dir_all(&beside);
    })
}

/// What is being done, where somebody watches and it takes more than a second.
struct Progress(ProgressBar);

impl Progress {
    fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::hidden();
        bar.set_style(ProgressStyle::with_template("{spinner} {msg}… {elapsed}")?);
        if std::io::stderr().is_terminal() {
            let shown = bar.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(1));
                if !shown.is_finished() {
                    shown.set_draw_target(ProgressDrawTarget::stderr());
                    shown.enable_steady_tick(Duration::from_millis(120));
                }
            });
        }
        Ok(Self(bar))
    }

    fn step(&self, what: &'static str) {
        self.0.set_message(what);
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}
