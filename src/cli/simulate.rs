//! `isoloir simulate`: a file of made-up responses.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use super::config::Config;
use super::edited::{file_of, warn_of_edited};
use super::{say, write_private_file};
use crate::installation::{find_questionnaire, read_profile};
use crate::synthetic;

/// Inventer des réponses plausibles, pour essayer ou mesurer
#[derive(Args)]
#[command(after_help = "Exemple : isoloir simulate mauges-2026 --responses 1200 --seed 1 --csv reponses.csv")]
pub(crate) struct Simulate {
    /// Nom du questionnaire
    #[arg(value_name = "NOM")]
    slug: String,
    /// Nombre de réponses
    #[arg(long, value_name = "N")]
    responses: usize,
    /// Graine : la même donne les mêmes réponses
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Fichier CSV à écrire : une colonne par question
    #[arg(long, value_name = "FICHIER")]
    csv: PathBuf,
}

impl Simulate {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        ensure!(self.responses > 0, "--responses doit être au moins 1");
        let (questionnaire, territories) = find_questionnaire(&config.surveys, &self.slug)?;
        warn_of_edited(config, &file_of(config, &self.slug), &questionnaire).await;
        let profile = read_profile(&config.surveys)?;
        let sheets = synthetic::respondents(&questionnaire, &territories, &profile, self.responses, self.seed)?;
        let mut csv = Vec::new();
        isoloir_survey::write_csv(&questionnaire, &sheets, &mut csv)?;
        write_private_file(&self.csv, &csv)?;
        say(&format!("{} réponses inventées écrites dans {}", sheets.len(), self.csv.display()));
        Ok(())
    }
}
