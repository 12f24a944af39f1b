//! `isoloir survey`: check a questionnaire, open it to answers.

use std::path::PathBuf;

use clap::Subcommand;

use super::config::Config;
use super::say;
use crate::installation::{Installation, find_questionnaire, read_questionnaire, read_territories};

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
        }
        Ok(())
    }
}
