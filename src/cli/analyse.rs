//! `isoloir analyse`: from a file of responses to a folder of results, without a server.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use isoloir_analysis::{Snapshot, Weighting};
use isoloir_disclosure::suppression::SuppressionRule;
use isoloir_disclosure::{Policy, Protection, RecordKey, protect};
use isoloir_export::{About, Licence};
use isoloir_survey::{AnswerSheet, Calendar, Questionnaire, SheetCsvError, Silence};
use rand::Rng;

use super::config::Config;
use super::edited::warn_of_edited;
use super::say;
use crate::installation::{ParisCalendar, questionnaire_file, read_questionnaire, read_territories};
use crate::margins::{MarginsFile, WeightingParameters, prefixed, weighted};
use crate::results;

/// Analyser un fichier de réponses : tables redressées et protégées, tests, graphiques, classeur
#[derive(Args)]
#[command(
    after_help = "Exemple : isoloir analyse reponses.csv --survey surveys/mauges-2026.yaml --margins marges.csv --out resultats\n\n\
    Le fichier des marges a trois colonnes, « variable,category,population » : la question, le code du choix, le nombre \
    d’habitants.\n\
    Ne diffusez qu’un seul dossier des mêmes réponses : chaque analyse tire un autre hasard.\n\n\
    Le dossier contient :\n  \
    README.txt             à lire en premier : protection, redressement, colonnes\n  \
    resultats.xlsx         classeur : une feuille par question, croisements, graphiques à reprendre, dictionnaire\n  \
    tables.csv, .parquet   tous les tableaux, une ligne par question, choix et modalité\n  \
    tests.csv              tests d’indépendance, avec la correction de Holm\n  \
    weights.json           le redressement\n  \
    codebook.csv, variables.csv, dictionnaire.html   questions, codes et libellés\n  \
    questionnaire-ddi.xml  le questionnaire en DDI-Codebook 2.5\n  \
    datapackage.json       description des fichiers, Frictionless Data Package 2.0\n  \
    charts/                les graphiques"
)]
pub(crate) struct Analyse {
    /// Fichier CSV des réponses : une colonne par question, une ligne par personne
    #[arg(value_name = "RÉPONSES.csv")]
    responses: PathBuf,
    /// Questionnaire qui a été posé : son fichier, ou son nom
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
    /// D’où viennent les marges, tel que les résultats le citeront : « Insee, recensement de la population 2022 »
    #[arg(long, value_name = "TEXTE", requires = "margins")]
    margins_source: Option<String>,
    /// Comment protéger les résultats
    #[arg(long, value_enum, default_value = "cell-key")]
    policy: PolicyName,
    /// Nom de cette analyse, écrit dans chaque fichier
    #[arg(long, value_name = "TEXTE", default_value = "Analyse")]
    label: String,
    /// Licence sous laquelle vous diffuserez ces résultats
    #[arg(long, value_enum)]
    licence: Option<LicenceName>,
    #[command(flatten)]
    charts: results::ChartOptions,
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

/// The licences of French public data.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LicenceName {
    /// Licence Ouverte 2.0 (Etalab)
    Ouverte,
    /// Open Database License 1.0
    Odbl,
}

impl LicenceName {
    pub(crate) fn licence(self) -> Licence {
        match self {
            Self::Ouverte => Licence::Ouverte,
            Self::Odbl => Licence::Odbl,
        }
    }
}

impl Analyse {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        results::check_free(&self.out)?;
        let progress = Progress::new()?;
        progress.step("Lecture des réponses");
        let survey = questionnaire_file(&config.surveys, &self.survey);
        let questionnaire = read_questionnaire(&survey, &read_territories(&config.surveys)?)?;
        warn_of_edited(config, &survey, &questionnaire).await;
        let weighting = self.weighting(&questionnaire)?;
        let sheets = read_sheets(&questionnaire, &self.responses)?;
        ensure!(!sheets.is_empty(), "{} ne contient aucune réponse", self.responses.display());
        progress.step("Comptage et redressement");
        let responses = sheets.len();
        let snapshot = Snapshot::of(&questionnaire, keyed(sheets, &mut rand::rng()))?;
        let weighting = weighting.as_ref().map(|(file, weighting)| (file, weighting));
        let raw = weighted(&questionnaire, &snapshot, weighting)?;
        progress.step("Protection");
        let release = protect(raw, &self.policy.policy()?)?;
        progress.step("Graphiques et fichiers");
        let about = About {
            edition: self.label,
            made_on: ParisCalendar::new()?.today(),
            software: results::SOFTWARE.to_owned(),
            licence: self.licence.map(LicenceName::licence),
            census: self.margins_source,
            synthetic: false,
        };
        results::write_folder(&self.out, &results::files(&release, &questionnaire, &about, &self.charts)?)?;
        progress.finish();
        say(&format!(
            "{} ; résultats dans {}, à lire en commençant par README.txt",
            if responses == 1 {
                "1 réponse analysée".to_owned()
            } else {
                format!("{responses} réponses analysées")
            },
            self.out.display()
        ));
        if release.protection() == Protection::Suppression && self.margins.is_some() {
            say("  attention : ces effectifs sont exacts et leurs parts ne sont pas redressées, malgré --margins");
        }
        if release.respondents().is_none() {
            eprintln!(
                "attention : {responses} réponses, trop peu : aucun chiffre ne sera montré ; il en faut une trentaine"
            );
        }
        if release.protection() == Protection::None {
            say(Protection::UNPROTECTED);
        }
        Ok(())
    }

    fn weighting(&self, questionnaire: &Questionnaire) -> anyhow::Result<Option<(MarginsFile, Weighting)>> {
        let Some(file) = &self.margins else { return Ok(None) };
        let (merges, source) = (self.merge.clone(), self.margins_source.clone());
        let file = MarginsFile::read(file, WeightingParameters { merges, trim: self.trim, source })?;
        let mut weighting = file.weighting(questionnaire)?;
        if matches!(self.policy, PolicyName::None) {
            weighting.margins = weighting.margins.of_any_size();
        }
        Ok(Some((file, weighting)))
    }
}

fn read_sheets(questionnaire: &Questionnaire, file: &Path) -> anyhow::Result<Vec<AnswerSheet>> {
    let opened = fs::File::open(file).with_context(|| format!("impossible de lire {}", file.display()))?;
    let read = isoloir_survey::read_csv(questionnaire, std::io::BufReader::new(opened), Silence::Refused);
    read.map(|read| read.sheets).map_err(|error| match error {
        SheetCsvError::Cells(_) => {
            anyhow!("{}", prefixed(file, &error.to_string()))
        }
        error => anyhow::Error::from(error).context(file.display().to_string()),
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
