//! `isoloir serve`: take answers and show results.

use std::sync::Arc;

use clap::Args;
use isoloir_survey::Calendar;

use super::config::Config;
use super::say;
use crate::installation::{Installation, ParisCalendar};
use crate::server::{Listening, Roles, serve};

/// Recevoir les réponses et montrer les résultats
#[derive(Args)]
#[command(after_help = "Exemple : isoloir serve --listen 0.0.0.0:8080 --public-url https://sante.exemple.fr")]
pub(crate) struct Serve {}

impl Serve {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Self {} = self;
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let listening = Listening::bind(config.listen, config.public_url.as_deref())?;
        let address = listening.address()?;
        let roles = Roles::open(&Installation::new(&config.data()), &listening.names, &calendar).await?;
        let surveys = roles.collector.surveys().count();
        serve(listening, roles, calendar, || {
            if surveys == 0 {
                say("Aucun questionnaire n’est ouvert : isoloir survey open NOM");
            }
            say(&format!("Isoloir écoute sur http://{address}"));
            Ok(())
        })
        .await
    }
}
