//! `isoloir invite`: draw invitation codes.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use isoloir_issuer::{InvitationCode, Issuer};
use isoloir_survey::SurveyId;

use super::config::Config;
use super::{say, write_private_file};
use crate::installation::Installation;
use crate::names::Addresses;

/// More than the inhabitants of any of our territories; a typing error is likelier.
const MOST_CODES: usize = 500_000;

/// Tirer des codes d’invitation ; chacun sert une seule fois
#[derive(Args)]
#[command(after_help = "Exemple : isoloir invite mauges-2026 --count 500 --csv codes.csv\n\n\
    Le fichier a les colonnes « code » et « link ». C’est le seul endroit où les codes sont écrits : la base n’en \
    garde qu’une empreinte. Ne le rangez jamais à côté d’une liste de noms.")]
pub(crate) struct Invite {
    /// Nom du questionnaire
    slug: String,
    /// Nombre de codes
    #[arg(long, value_name = "N")]
    count: usize,
    /// Fichier CSV à écrire ; il ne doit pas exister
    #[arg(long, value_name = "FICHIER")]
    csv: PathBuf,
}

impl Invite {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        ensure!((1..=MOST_CODES).contains(&self.count), "--count doit être entre 1 et {MOST_CODES}");
        // Overwriting would destroy codes that may already be on letters.
        ensure!(!self.csv.exists(), "{} existe déjà ; choisissez un autre nom", self.csv.display());
        let survey = SurveyId::parse(&self.slug)?;
        let url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
        let addresses = Addresses::new(&url, None)?;
        let issuer = Installation::new(&config.data()).issuer().await?;
        // Written once before drawing, so that codes are never stored without a file to hold them.
        write_private_file(&self.csv, b"")?;
        let drawn = draw(&issuer, &survey, self.count, &addresses.public_url).await;
        issuer.close().await;
        let invitations = drawn.inspect_err(|_| {
            let _ = std::fs::remove_file(&self.csv);
        })?;
        write_private_file(&self.csv, &to_csv(&invitations)?)?;
        say(&format!("{} codes écrits dans {}", invitations.len(), self.csv.display()));
        say(&format!("  les liens mènent à {}", addresses.public_url));
        Ok(())
    }
}

/// A code with the link that carries it.
pub(crate) struct Invitation {
    pub(crate) code: InvitationCode,
    pub(crate) link: String,
}

/// Draws codes. The link holds the key's fingerprint and the code after `#`, which browsers never send to a server.
pub(crate) async fn draw(
    issuer: &Issuer,
    survey: &SurveyId,
    count: usize,
    public_url: &str,
) -> anyhow::Result<Vec<Invitation>> {
    let codes = issuer.invite(survey, count, &mut rand::rng()).await?;
    let key = issuer.surveys().find(|(id, _)| *id == survey).context("la clé du questionnaire est introuvable")?.1;
    let fingerprint = key.id().to_base64url();
    Ok(codes
        .into_iter()
        .map(|code| Invitation { link: format!("{public_url}/s/{survey}#k={fingerprint}&c={}", code.reveal()), code })
        .collect())
}

pub(crate) fn to_csv(invitations: &[Invitation]) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["code", "link"])?;
    for invitation in invitations {
        csv.write_record([invitation.code.reveal(), invitation.link.clone()])?;
    }
    csv.into_inner().map_err(|error| anyhow::anyhow!("{error}"))
}
