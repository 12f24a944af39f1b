//! `isoloir responses`: bring in answers that did not come over the web, and hand out free texts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use clap::{Subcommand, ValueEnum};
use isoloir_collector::{Channel, Collector, CollectorError, Lot, MIXING_THRESHOLD};
use isoloir_survey::{Calendar, Questionnaire, SheetCsvError, SheetFile, Silence, SurveyId, read_csv};

use super::config::{Config, Role};
use super::say;
use super::texts::texts;
use crate::installation::{Installation, ParisCalendar, not_open};
use crate::names::Addresses;

/// Importer des réponses saisies ou recueillies ailleurs ; lire les textes libres
#[derive(Subcommand)]
pub(crate) enum Responses {
    /// Importer un fichier de réponses : toutes, ou aucune si une cellule ne va pas
    #[command(after_help = "Exemple : isoloir responses import mauges-2026 --channel papier saisie.csv\n\n\
        Le fichier a une colonne par question (le code gris du questionnaire papier) et une ligne par personne ; \
        plusieurs codes sont joints par « | », une cellule vide est une question passée. Sur papier et en entretien, une question \
        obligatoire passée compte comme son dernier choix de non-réponse (« Je préfère ne pas répondre ») ; la fin de \
        l’importation dit combien de fois. Venues d’ailleurs, ses cellules vides sont refusées, et le message dit quel code écrire. \
        Un fichier enregistré par Excel va tel quel : « ; » ou « , », UTF-8 ou Windows-1252, lignes vides à la fin. Arrêtez d’abord \
        le serveur si les réponses sont dans un fichier SQLite.\n\n\
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
    /// Écrire les textes libres d’une enquête close, pour les lire
    #[command(after_help = "Exemple : isoloir responses texts mauges-2026 --csv textes.csv\n\n\
        Une ligne par texte : la question, son libellé, le texte. Les textes sont rangés à part des autres réponses et triés par \
        ordre alphabétique : rien ne dit qui les a écrits, ni quand, ni lesquels vont ensemble. Un texte dont la question \
        dit « linked » reste avec sa réponse et n’est pas là. Un texte qu’un tableur prendrait pour une formule commence par \
        une apostrophe.\n\n\
        Un texte peut désigner quelqu’un : relisez-les tous avant toute diffusion, et n’en publiez jamais un à côté d’un âge ou \
        d’une commune. Le fichier n’est lisible que de vous ; effacez-le quand il a été lu. L’enquête doit être close : \
        isoloir survey close")]
    Texts {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Fichier CSV à écrire ; il ne doit pas exister
        #[arg(long, value_name = "FICHIER")]
        csv: PathBuf,
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
        match self {
            Self::Import { slug, channel, file, again } => {
                let import = Import { survey: SurveyId::parse(&slug)?, channel: channel.into(), file, again };
                import.run(config).await
            }
            Self::Texts { slug, csv } => texts(config, &slug, &csv).await,
        }
    }
}

/// What is imported.
struct Import {
    survey: SurveyId,
    channel: Channel,
    file: PathBuf,
    again: bool,
}

impl Import {
    async fn run(&self, config: &Config) -> anyhow::Result<()> {
        let Self { survey, channel, file, again } = self;
        ensure!(config.role != Role::Issuer, "les réponses vont à l’urne ; enlevez --role issuer");
        let bytes = std::fs::read(file).with_context(|| format!("impossible de lire {}", file.display()))?;
        let installation = Installation::existing(config)?;
        // The file is read before the ballot box is asked for: what is wrong with it is told also while a server has the box.
        let published = installation.published().await?;
        let publication = published.iter().find(|publication| publication.questionnaire.id == *survey);
        let publication =
            publication.ok_or_else(|| not_open(survey, published.iter().map(|known| &known.questionnaire.id)))?;
        ensure!(!publication.is_closed, CollectorError::ClosedSurvey(survey.clone()));
        let questionnaire = &publication.questionnaire;
        // Where somebody keyed in what another had said or left out, no form could ask again.
        let silence = match channel {
            Channel::Paper | Channel::Interview => Silence::Declined,
            _ => Silence::Refused,
        };
        let read = read_csv(questionnaire, &*bytes, silence).map_err(|error| refusal(file, &error))?;
        ensure!(!read.sheets.is_empty(), "{} n’a aucune réponse sous son en-tête", file.display());
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let names = Addresses::new(&format!("http://{}", config.listen), None)?.names;
        let collector = installation.collector(&names, None, &calendar).await?;
        let lot = Lot { channel: *channel, sheets: &read.sheets, file: Some(&bytes), again: *again };
        let outcome = import(&collector, survey, file, &lot).await;
        collector.close().await;
        outcome?;
        say_what_was_made_of(&read, questionnaire);
        Ok(())
    }
}

/// What the cells were taken for that do not stand in the ballot box as they stand in the file.
fn say_what_was_made_of(read: &SheetFile, questionnaire: &Questionnaire) {
    if read.is_windows_1252 {
        say("  le fichier n’est pas en UTF-8 : ses accents ont été lus comme Excel les écrit (Windows-1252)");
    }
    match read.blank_rows {
        0 => {}
        1 => say("  1 ligne vide : elle n’est à personne et n’a pas été comptée"),
        count => say(&format!("  {count} lignes vides : elles ne sont à personne et n’ont pas été comptées")),
    }
    for question in questionnaire.questions() {
        if let (Some(count), Some(choice)) = (read.declined.get(&question.id), question.declining()) {
            let cells = if *count == 1 {
                "1 cellule vide, prise".to_owned()
            } else {
                format!("{count} cellules vides, prises")
            };
            say(&format!("  {} : {cells} pour « {} » ({})", question.id, choice.label.fr(), choice.code));
        }
        if let Some(count) = read.unasked.get(&question.id) {
            let answers =
                if *count == 1 { "1 réponse laissée".to_owned() } else { format!("{count} réponses laissées") };
            say(&format!("  {} : {answers} de côté, la question n’étant pas posée à ces personnes", question.id));
        }
    }
}

async fn import(collector: &Collector, survey: &SurveyId, file: &Path, lot: &Lot<'_>) -> anyhow::Result<()> {
    let before = collector.mixed_count(survey).await?;
    match collector.import(survey, lot).await {
        Err(error @ CollectorError::KnownFile) => {
            bail!("{} : {error} ; rien n’a été importé. Si c’est voulu, ajoutez --again", file.display())
        }
        outcome => outcome?,
    }
    let channel = lot.channel;
    say(&match lot.sheets.len() {
        1 => format!("1 réponse importée dans {survey}, canal « {channel} »"),
        count => format!("{count} réponses importées dans {survey}, canal « {channel} »"),
    });
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
