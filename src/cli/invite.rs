//! `isoloir invite`: draw invitation codes.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use isoloir_issuer::{InvitationCode, Issuer};
use isoloir_survey::SurveyId;
use isoloir_token::key::TokenKeyId;

use super::config::Config;
use super::edited::{file_of, refuse_edited};
use super::{UnnamedFile, letters, say};
use crate::installation::{Installation, find_questionnaire, not_open};

/// More than the inhabitants of any of our territories; a typing error is likelier.
const MOST_CODES: usize = 500_000;

/// Tirer des codes d’invitation, en fichier ou en lettres ; chacun sert une seule fois
#[derive(Args)]
#[command(after_help = "Exemple : isoloir invite mauges-2026 --count 500 --csv codes.csv\n\n\
    Des lettres prêtes à poster :\n  \
    isoloir invite mauges-2026 --count 500 --letters lettres.pdf --public-url https://sante.exemple.fr\n\n\
    Une lettre par page A4, sans nom, pour enveloppe à fenêtre. Le fichier CSV a les colonnes « code » et « link ». \
    Ces fichiers sont le seul endroit où les codes sont écrits : la base n’en garde qu’une empreinte. Ne les rangez \
    jamais à côté d’une liste de noms.")]
pub(crate) struct Invite {
    /// Nom du questionnaire
    #[arg(value_name = "NOM")]
    slug: String,
    /// Nombre de codes
    #[arg(long, value_name = "N")]
    count: usize,
    /// Fichier CSV à écrire ; il ne doit pas exister
    #[arg(long, value_name = "FICHIER")]
    csv: Option<PathBuf>,
    /// Lettres à écrire, en PDF ; le fichier ne doit pas exister
    #[arg(long, value_name = "FICHIER")]
    letters: Option<PathBuf>,
}

impl Invite {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        ensure!((1..=MOST_CODES).contains(&self.count), "--count doit être entre 1 et {MOST_CODES}");
        let files: Vec<&PathBuf> = self.csv.iter().chain(&self.letters).collect();
        ensure!(!files.is_empty(), "dites où écrire les codes : --csv FICHIER, --letters FICHIER, ou les deux");
        // Overwriting would destroy codes that may already be on letters.
        for file in &files {
            ensure!(!file.exists(), "{} existe déjà ; choisissez un autre nom", file.display());
        }
        let survey = SurveyId::parse(&self.slug)?;
        // A file of codes may be for a trial on this machine; letters are for people elsewhere.
        let addresses = match &self.letters {
            Some(_) => letters::printed_addresses(config, "les lettres")?,
            None => config.addresses()?,
        };
        // The texts of the letters are read before any code is drawn: those of the version that is open.
        let mut texts_of = None;
        if self.letters.is_some() {
            let (questionnaire, _) = find_questionnaire(&config.surveys, &self.slug)?;
            refuse_edited(config, &file_of(config, &self.slug), &questionnaire).await?;
            texts_of = Some(questionnaire);
        }
        let issuer = Installation::existing(config)?.issuer().await?;
        let key = issuer.surveys().find(|(id, _)| **id == survey).map(|(_, key)| key.id());
        let written = match key {
            Some(_) if issuer.is_open_to_all(&survey) => Err(anyhow::anyhow!(
                "{survey} est ouvert à tous : on y répond sans code ; pour une affiche : isoloir survey poster {survey} --pdf \
                 affiche.pdf"
            )),
            Some(key) => {
                let invitations = invitations(self.count, &survey, key, &addresses.public_url);
                self.write_and_register(&issuer, &survey, &invitations, |invitations| {
                    let questionnaire = texts_of.as_ref().context("les textes des lettres manquent")?;
                    letters::to_pdf(&letters::texts(questionnaire, &addresses.public_url, key), invitations)
                })
                .await
            }
            None => Err(not_open(&survey, issuer.surveys().map(|(id, _)| id))),
        };
        issuer.close().await;
        written?;
        for file in files {
            let count =
                if self.count == 1 { "1 code écrit".to_owned() } else { format!("{} codes écrits", self.count) };
            say(&format!("{count} dans {}", file.display()));
        }
        say(&format!("  les liens mènent à {}", addresses.public_url));
        Ok(())
    }

    /// The codes are on disk before they are valid, and valid before their file has its name: a full disk or a power cut costs
    /// codes that nobody has, never letters whose codes do not work.
    async fn write_and_register(
        &self,
        issuer: &Issuer,
        survey: &SurveyId,
        invitations: &[Invitation],
        to_pdf: impl FnOnce(&[Invitation]) -> anyhow::Result<Vec<u8>>,
    ) -> anyhow::Result<()> {
        let mut files = Vec::new();
        if let Some(file) = &self.csv {
            files.push(UnnamedFile::write(file, &to_csv(invitations)?)?);
        }
        if let Some(file) = &self.letters {
            files.push(UnnamedFile::write(file, &to_pdf(invitations)?)?);
        }
        let codes: Vec<InvitationCode> = invitations.iter().map(|invitation| invitation.code.clone()).collect();
        issuer.register(survey, &codes).await?;
        files.into_iter().try_for_each(UnnamedFile::name)
    }
}

/// A code with the link that carries it.
pub(crate) struct Invitation {
    pub(crate) code: InvitationCode,
    pub(crate) link: String,
}

/// Draws codes that are not valid yet. The link holds the key's fingerprint and the code after `#`, which browsers never
/// send to a server.
pub(crate) fn invitations(count: usize, survey: &SurveyId, key: TokenKeyId, public_url: &str) -> Vec<Invitation> {
    let fingerprint = key.to_base64url();
    Issuer::draw(count, &mut rand::rng())
        .into_iter()
        .map(|code| Invitation { link: format!("{public_url}/s/{survey}#k={fingerprint}&c={}", code.reveal()), code })
        .collect()
}

pub(crate) fn to_csv(invitations: &[Invitation]) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["code", "link"])?;
    for invitation in invitations {
        csv.write_record([invitation.code.reveal(), invitation.link.clone()])?;
    }
    csv.into_inner().map_err(|error| anyhow::anyhow!("{error}"))
}
