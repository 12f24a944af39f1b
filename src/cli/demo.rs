//! `isoloir demo`: the Mauges survey, open, with made-up answers and published results, on this machine.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use isoloir_collector::{Channel, Lot};
use isoloir_office::EditionKind;
use isoloir_survey::{Calendar, Content, Questionnaire, SurveyId};

use super::config::{Config, Role};
use super::invite::{Invitation, invitations, to_csv};
use super::{say, write_private_file};
use crate::editions::{self, EditionLabel, Order, Publishing};
use crate::installation::{Installation, ParisCalendar, find_questionnaire, read_profile};
use crate::server::{Listening, Roles, serve};
use crate::synthetic;

const SURVEY: &str = "mauges-2026";
const RESPONSES: usize = 1200;
const SEED: u64 = 2026;
const EDITION: &str = "Démonstration";
const CODES: usize = 10;
const DEFAULT_DATA: &str = "demo-data";

/// Essayer : questionnaire ouvert, codes d’invitation, 1 200 réponses inventées, résultats publiés
#[derive(Args)]
#[command(after_help = "Exemple : isoloir demo --listen 127.0.0.1:8080\n\n\
    Les données vont dans demo-data ; effacez ce dossier pour recommencer.")]
pub(crate) struct Demo {
    /// Écrire aussi les codes dans un fichier CSV
    #[arg(long, value_name = "FICHIER")]
    codes: Option<PathBuf>,
}

impl Demo {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let data = config.data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        let config = &Config { data: Some(data.clone()), ..config.clone() };
        let listening = Listening::bind(config)?;
        let installation = Installation::new(config)?;
        let survey = SurveyId::parse(SURVEY)?;
        prepare(config, &installation, &survey, &listening, &calendar).await?;

        ensure!(config.role == Role::All, "la démonstration tient tous les rôles ; enlevez --role");
        let roles = Roles::open(config, &installation, &listening.addresses, &calendar).await?;
        let url = listening.addresses.public_url.clone();
        let issuer = roles.issuer.as_ref().context("la démonstration tient tous les rôles")?;
        let key =
            issuer.surveys().find(|(id, _)| **id == survey).context("la clé de la démonstration est introuvable")?.1;
        let invitations = invitations(CODES, &survey, key.id(), &url);
        let codes: Vec<_> = invitations.iter().map(|invitation| invitation.code.clone()).collect();
        issuer.register(&survey, &codes).await?;
        if let Some(file) = &self.codes {
            write_private_file(file, &to_csv(&invitations)?)?;
        }
        let address = listening.address()?;
        serve(config, listening, roles, calendar, || {
            announce(&url, &survey, &invitations, &data);
            say(&format!("Isoloir écoute sur http://{address}"));
            Ok(())
        })
        .await
    }
}

/// Opens the survey, fills the ballot box and publishes, each once: a demonstration that is started again goes on.
async fn prepare(
    config: &Config,
    installation: &Installation,
    survey: &SurveyId,
    listening: &Listening,
    calendar: &Arc<dyn Calendar>,
) -> anyhow::Result<()> {
    let (questionnaire, territories) = find_questionnaire(&config.surveys, SURVEY)?;
    // A demonstration stays open after the real survey has closed.
    let mut content = Content::from(questionnaire);
    content.closes = content.closes.filter(|closes| calendar.today() <= *closes);
    let questionnaire = Questionnaire::from(content);
    let key = installation.open_at_issuer(&questionnaire).await?;
    let opened = installation.open_at_collector(&questionnaire, &key).await;
    opened.context("effacez le dossier de démonstration pour recommencer")?;
    let collector = installation.collector(&listening.addresses.names, None, calendar).await?;
    let mut office = installation.office().await?;
    if !office.is_published(survey) {
        if collector.mixed_count(survey).await? == 0 {
            say(&format!("Invention de {RESPONSES} réponses…"));
            let sheets =
                synthetic::respondents(&questionnaire, &territories, &read_profile(&config.surveys)?, RESPONSES, SEED)?;
            let lot = Lot { channel: Channel::Web, sheets: &sheets, file: None, again: false };
            collector.import(survey, &lot).await?;
            collector.flush(survey).await?;
        }
        say("Analyse, protection et publication…");
        let folder = installation.editions_folder();
        if office.editions(survey).next().is_none() {
            // The survey stays open, so it is not the final one.
            let order = Order {
                survey: survey.clone(),
                label: EditionLabel::parse(EDITION)?,
                kind: EditionKind::Interim,
                margins: None,
                made_on: calendar.today(),
                synthetic: true,
                invitations: None,
            };
            editions::create(&folder, &collector, &mut office, &order, &mut rand::rng()).await?;
        }
        let demonstration =
            Publishing { survey, label: EDITION, map: None, compare: None, published_on: calendar.today() };
        editions::publish(&folder, &mut office, &demonstration).await?;
    }
    office.close().await;
    collector.close().await;
    Ok(())
}

fn announce(url: &str, survey: &SurveyId, invitations: &[Invitation], data: &std::path::Path) {
    say("");
    say(&format!("  Accueil          {url}/"));
    say(&format!("  Questionnaire    {url}/s/{survey}"));
    say(&format!("  Résultats        {url}/r/{survey}"));
    say(&format!("  Données          {} (effacez ce dossier pour recommencer)", data.display()));
    say("");
    say("  Codes d’invitation, chacun pour une réponse :");
    for invitation in invitations {
        say(&format!("    {}", invitation.code.reveal()));
    }
    if let Some(first) = invitations.first() {
        say("");
        say("  Le premier, sous la forme du lien d’une lettre :");
        say(&format!("    {}", first.link));
    }
    say("");
    say("  Ctrl+C pour arrêter.");
}
