//! `isoloir responses`: bring in answers that did not come over the web.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use clap::{Subcommand, ValueEnum};
use isoloir_collector::{Channel, Collector, CollectorError, Lot, MIXING_THRESHOLD};
use isoloir_survey::{Calendar, SheetCsvError, SurveyId};

use super::config::{Config, Role};
use super::say;
use crate::installation::{Installation, ParisCalendar};
use crate::names::Addresses;

/// Importer des réponses saisies ou recueillies ailleurs
#[derive(Subcommand)]
pub(crate) enum Responses {
    /// Importer un fichier de réponses : toutes, ou aucune si une cellule ne va pas
    #[command(after_help = "Exemple : isoloir responses import mauges-2026 --channel papier saisie.csv\n\n\
        Le fichier a une colonne par question (le code gris du questionnaire papier) et une ligne par personne ; \
        plusieurs codes sont joints par « | », une cellule vide est une question passée. Arrêtez d’abord le serveur si \
        les réponses sont dans un fichier SQLite.\n\n\
        L’ordre des lignes n’est gardé nulle part. Moins de 20 réponses attendent d’être assez nombreuses pour se mêler \
        aux autres, au plus tard à la clôture. Le canal est compté en tout, jamais gardé avec une réponse. Un fichier de \
        20 réponses ou plus est reconnu s’il revient ; plus petit, il ne l’est pas : rangez-le ou effacez-le une fois \
        importé.")]
    Import {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Par où les réponses sont venues
        #[arg(long, value_enum, value_name = "CANAL")]
        channel: ImportedChannel,
        /// Fichier CSV de réponses
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        /// Importer aussi un fichier qui l’a déjà été
        #[arg(long)]
        again: bool,
    },
}

/// The channels that are imported, as they are named on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ImportedChannel {
    /// Questionnaires papier, saisis
    Papier,
    /// Réponses dites à quelqu’un, par téléphone ou de vive voix
    Entretien,
    /// Borne ou tablette hors ligne, relevée
    Borne,
    /// Autre outil d’enquête
    Ailleurs,
}

impl From<ImportedChannel> for Channel {
    fn from(channel: ImportedChannel) -> Self {
        match channel {
            ImportedChannel::Papier => Self::Paper,
            ImportedChannel::Entretien => Self::Interview,
            ImportedChannel::Borne => Self::Kiosk,
            ImportedChannel::Ailleurs => Self::Elsewhere,
        }
    }
}

impl Responses {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Self::Import { slug, channel, file, again } = self;
        ensure!(config.role != Role::Issuer, "les réponses vont à l’urne ; enlevez --role issuer");
        let survey = SurveyId::parse(&slug)?;
        let bytes = std::fs::read(&file).with_context(|| format!("impossible de lire {}", file.display()))?;
        let installation = Installation::existing(config)?;
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let names = Addresses::new(&format!("http://{}", config.listen), None)?.names;
        let collector = installation.collector(&names, None, &calendar).await?;
        let outcome = import(&collector, &survey, channel.into(), &file, &bytes, again).await;
        collector.close().await;
        outcome
    }
}

async fn import(
    collector: &Collector,
    survey: &SurveyId,
    channel: Channel,
    file: &Path,
    bytes: &[u8],
    again: bool,
) -> anyhow::Result<()> {
    let publication = collector.survey(survey).ok_or_else(|| CollectorError::UnknownSurvey(survey.clone()))?;
    ensure!(!publication.is_closed, CollectorError::ClosedSurvey(survey.clone()));
    let sheets = isoloir_survey::read_csv(&publication.questionnaire, bytes).map_err(|error| refusal(file, &error))?;
    ensure!(!sheets.is_empty(), "{} n’a aucune réponse sous son en-tête", file.display());
    let lot = Lot { channel, sheets: &sheets, file: Some(bytes), again };
    let before = collector.mixed_count(survey).await?;
    match collector.import(survey, &lot).await {
        Err(error @ CollectorError::KnownFile) => {
            bail!("{} : {error} ; rien n’a été importé. Si c’est voulu, ajoutez --again", file.display())
        }
        outcome => outcome?,
    }
    say(&format!("{} réponses importées dans {survey}, canal « {channel} »", sheets.len()));
    if collector.mixed_count(survey).await? > before {
        say("  elles sont mêlées aux autres, dans aucun ordre");
    } else {
        say(&format!(
            "  elles attendent : il en faut {MIXING_THRESHOLD} pour les mêler, ou la clôture ; elles ne sont pas perdues"
        ));
    }
    if !lot.is_remembered() {
        say(&format!(
            "  moins de {MIXING_THRESHOLD} réponses : ce fichier ne sera pas reconnu s’il revient ; ne l’importez pas deux fois"
        ));
    }
    for (channel, count) in collector.channel_counts(survey).await? {
        say(&format!("  {:<10} {count:>8} mêlées en tout", channel.name()));
    }
    Ok(())
}

/// Every fault of the file, under its name.
fn refusal(file: &Path, error: &SheetCsvError) -> anyhow::Error {
    let SheetCsvError::Cells(faults) = error else {
        return anyhow::anyhow!("{} : {error} ; rien n’a été importé", file.display());
    };
    let count = if faults.len() == 1 { "1 problème".to_owned() } else { format!("{} problèmes", faults.len()) };
    anyhow::anyhow!("{} : {count}, rien n’a été importé\n{error}", file.display())
}
