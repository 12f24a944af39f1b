//! `isoloir serve`: take answers and show results.

use std::sync::Arc;

use clap::Args;
use isoloir_store::Hold;
use isoloir_survey::Calendar;

use super::config::Config;
use super::edited::edited_files;
use super::say;
use crate::installation::{Installation, ParisCalendar};
use crate::server::{Listening, Roles, serve};

/// Recevoir les réponses et montrer les résultats
#[derive(Args)]
#[command(after_help = "Exemple : isoloir serve --listen 0.0.0.0:8080 --public-url https://sante.exemple.fr\n\n\
    Sur deux machines, qui partagent un secret et rien d’autre :\n  \
    isoloir serve --role issuer    --public-url https://sante.exemple.fr --issuer-url https://jetons.exemple.fr --proxy-secret secret\n  \
    isoloir serve --role collector --public-url https://sante.exemple.fr --issuer-url https://jetons.exemple.fr --proxy-secret secret")]
pub(crate) struct Serve {}

impl Serve {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Self {} = self;
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let listening = Listening::bind(config)?;
        let address = listening.address()?;
        let installation = Installation::new(config)?;
        let roles = Roles::open(config, &installation, &listening.addresses, &calendar).await?;
        let _held = installation.hold_files(Hold::Shared)?;
        let is_empty = roles.ballots.as_ref().is_some_and(|ballots| ballots.collector.surveys().next().is_none());
        let publications = roles.ballots.iter().flat_map(|ballots| ballots.collector.surveys());
        let open =
            publications.filter(|publication| !publication.is_closed).map(|publication| &*publication.questionnaire);
        let edited = edited_files(config, open);
        serve(config, listening, roles, calendar, || {
            for warning in edited {
                say(&warning);
            }
            if is_empty {
                say("Aucun questionnaire n’est ouvert : isoloir survey open NOM");
            }
            say(&format!("Isoloir écoute sur http://{address}"));
            Ok(())
        })
        .await
    }
}
