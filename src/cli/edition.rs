//! `isoloir edition`: from responses to published results.

use std::sync::Arc;

use anyhow::bail;
use clap::Subcommand;
use isoloir_survey::{Calendar, SurveyId};

use super::config::{Config, Role};
use super::say;
use crate::installation::{Installation, ParisCalendar};
use crate::names::Addresses;

/// Publier les résultats
#[derive(Subcommand)]
pub(crate) enum EditionVerb {
    /// Analyser les réponses, protéger les tables et publier les pages : une seule fois par questionnaire
    #[command(after_help = "Exemple : isoloir edition publish mauges-2026\n\n\
        Il n’y a qu’une publication par questionnaire : soustraire deux versions l’une de l’autre montrerait des \
        réponses. Publiez quand l’enquête est terminée, serveur arrêté, puis relancez-le.")]
    Publish {
        /// Nom du questionnaire
        slug: String,
    },
}

impl EditionVerb {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Self::Publish { slug } = self;
        let survey = SurveyId::parse(&slug)?;
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let installation = Installation::new(config)?;
        let names = Addresses::new(&format!("http://{}", config.listen), None)?.names;
        let collector = installation.collector(&names, None, &calendar).await?;
        let mut office = installation.office().await?;
        let is_open = collector.survey(&survey).is_some_and(|publication| collector.is_open(publication));
        if is_open {
            office.close().await;
            collector.close().await;
            bail!(
                "{survey} prend encore des réponses, et il n’y aura qu’une publication ; \
                 fermez-le d’abord : isoloir survey close {survey}"
            );
        }
        let invitations = invitation_counts(&installation, config.role, &survey).await?;
        let published =
            crate::edition::publish(&collector, &mut office, &survey, calendar.today(), false, invitations).await;
        office.close().await;
        collector.close().await;
        published?;
        say(&format!("Résultats publiés à l’adresse /r/{survey} ; relancez le serveur pour les voir"));
        Ok(())
    }
}

/// Codes drawn and tokens given, where this machine holds the issuer.
async fn invitation_counts(
    installation: &Installation,
    role: Role,
    survey: &SurveyId,
) -> anyhow::Result<Option<(u64, u64)>> {
    if role != Role::All {
        return Ok(None);
    }
    let issuer = installation.issuer().await?;
    let counts = issuer.counts(survey).await;
    issuer.close().await;
    Ok(Some(counts?).map(|counts| (counts.codes, counts.issued)))
}
