//! `isoloir survey`: check a questionnaire, open it to answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::ensure;
use clap::Subcommand;
use isoloir_survey::{Calendar, SurveyId};

use super::config::Config;
use super::{say, write_private_file};
use crate::installation::{
    Installation, ParisCalendar, ServerNames, find_questionnaire, read_questionnaire, read_territories,
};

/// Relire ou ouvrir un questionnaire
#[derive(Subcommand)]
pub(crate) enum Survey {
    /// Relire un questionnaire : chaque problème avec sa ligne, sa colonne et ce qu’il faut faire
    #[command(after_help = "Exemple : isoloir survey check surveys/mauges-2026.yaml")]
    Check {
        /// Le fichier YAML
        file: PathBuf,
    },
    /// Ouvrir un questionnaire aux réponses ; sa version ne peut plus changer ensuite
    #[command(after_help = "Exemple : isoloir survey open mauges-2026")]
    Open {
        /// Nom du questionnaire : celui du fichier, sans « .yaml »
        slug: String,
    },
    /// Clore un questionnaire, pour de bon, et compter : codes tirés ≥ jetons donnés ≥ jetons dépensés
    #[command(after_help = "Exemple : isoloir survey close mauges-2026 --marks marques.txt\n\n\
        Arrêtez d’abord le serveur. Le fichier des marques permet à qui a gardé son jeton de vérifier qu’il a compté : \
        une ligne par jeton dépensé, son empreinte BLAKE3 en hexadécimal, triées.")]
    Close {
        /// Nom du questionnaire
        slug: String,
        /// Fichier où écrire la liste triée des marques des jetons dépensés
        #[arg(long, value_name = "FICHIER")]
        marks: Option<PathBuf>,
    },
}

impl Survey {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Check { file } => {
                let territories = read_territories(&config.surveys)?;
                let questionnaire = read_questionnaire(&file, &territories)?;
                let asked = questionnaire.questions().filter(|question| question.is_asked()).count();
                say(&format!("{} : rien à corriger", file.display()));
                say(&format!("  {asked} questions, {} pages", questionnaire.pages.len()));
                say(&format!("  version {}", questionnaire.version()));
            }
            Self::Open { slug } => {
                let (questionnaire, _) = find_questionnaire(&config.surveys, &slug)?;
                let data = config.data();
                Installation::new(&data).open_survey(&questionnaire).await?;
                say(&format!("« {} » est ouvert dans {}", questionnaire.title.fr(), data.display()));
                say(&format!("  version {}", questionnaire.version()));
                say(&format!("  ensuite : isoloir invite {slug} --count 500 --csv codes.csv, puis isoloir serve"));
                say("  si le serveur tourne déjà, relancez-le");
            }
            Self::Close { slug, marks } => close(config, &SurveyId::parse(&slug)?, marks.as_deref()).await?,
        }
        Ok(())
    }
}

/// Stops issuing before it stops collecting, so that no token is given that could not be spent, then compares the counts:
/// more tokens spent than given, or given than codes drawn, would mean that the ballot box was stuffed.
async fn close(config: &Config, survey: &SurveyId, marks: Option<&Path>) -> anyhow::Result<()> {
    let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
    let installation = Installation::new(&config.data());
    let names = ServerNames::from_public_url(&format!("http://{}", config.listen))?;
    let mut collector = installation.collector(&names, None, &calendar).await?;
    let mut issuer = installation.issuer().await?;
    let counts = issuer.close_survey(survey).await?;
    let redeemed = collector.close_survey(survey).await?;
    let spent = collector.spent_marks(survey).await?;
    issuer.close().await;
    collector.close().await;
    say(&format!("{survey} est clos"));
    say(&format!("  codes tirés       {:>8}", counts.codes));
    say(&format!("  jetons donnés     {:>8}", counts.issued));
    say(&format!("  jetons dépensés   {redeemed:>8}"));
    if let Some(file) = marks {
        let lines: Vec<String> = spent.iter().map(|mark| data_encoding::HEXLOWER.encode(mark) + "\n").collect();
        let lines = lines.concat();
        write_private_file(file, lines.as_bytes())?;
        say(&format!("  marques écrites dans {}", file.display()));
    }
    // An open survey has no codes: its tokens are given to whoever asks.
    let is_open_access = counts.codes == 0;
    ensure!(
        is_open_access || (counts.codes >= counts.issued && counts.issued >= redeemed),
        "les comptes ne tombent pas juste : il y a plus de jetons que de codes ; ne publiez rien avant d’avoir compris"
    );
    Ok(())
}
