//! `isoloir backup` and `isoloir restore`.

use std::path::PathBuf;

use clap::Args;
use isoloir_survey::Calendar;

use super::config::Config;
use super::say;
use crate::backup;
use crate::installation::{Installation, ParisCalendar};

/// Sauvegarder cette installation, même pendant que le serveur tourne
#[derive(Args)]
#[command(after_help = "Exemple : isoloir backup /srv/sauvegardes/2026-11-21\n\n\
    La sauvegarde contient les réponses déjà mélangées (par vingt au moins), les marques de leurs jetons, les codes et les \
    clés. Les réponses qui attendent d’être mélangées n’y sont pas encore : deux sauvegardes diffèrent d’au moins vingt \
    réponses, ou d’aucune. Le dossier « issuer » et le dossier « collector » se gardent à deux endroits.")]
pub(crate) struct Backup {
    /// Dossier à créer
    folder: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let installation = Installation::new(config)?;
        let today = ParisCalendar::new()?.today();
        let manifest = backup::back_up(&installation, config.role, &self.folder, today).await?;
        say(&format!("Sauvegarde écrite dans {}", self.folder.display()));
        if let Some(responses) = manifest.responses {
            say(&format!("  réponses mélangées  {responses:>8}"));
        }
        if let Some(invitations) = manifest.invitations {
            say(&format!("  codes d’invitation  {invitations:>8}"));
            say("  elle contient les clés privées : gardez le dossier « issuer » à part, et au secret");
        }
        Ok(())
    }
}

/// Restaurer une sauvegarde, après l’avoir vérifiée ; le serveur doit être arrêté
#[derive(Args)]
#[command(after_help = "Exemples :\n  isoloir restore /srv/sauvegardes/2026-11-21 --data data\n  \
    isoloir restore /srv/sauvegardes/2026-11-21 --collector-database postgres://urne@machine/urne \\\n      \
    --issuer-database postgres://codes@machine/codes\n\n\
    Une sauvegarde faite sur fichiers se restaure aussi dans PostgreSQL, et inversement : c’est ainsi qu’on passe de l’un à \
    l’autre.")]
pub(crate) struct Restore {
    /// Dossier de la sauvegarde
    folder: PathBuf,
    /// Remplacer l’installation présente, qui est gardée à côté sous un autre nom
    #[arg(long)]
    replace: bool,
}

impl Restore {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let manifest = backup::verify(&self.folder)?;
        let installation = Installation::new(config)?;
        let kept = backup::restore(&installation, config.role, &self.folder, self.replace).await?;
        say(&format!(
            "Sauvegarde du {} restaurée dans {}",
            manifest.made_on.strftime("%d/%m/%Y"),
            installation.data().display()
        ));
        if let Some(kept) = kept {
            say(&format!(
                "  l’installation précédente est gardée dans {} ; effacez-la quand tout va bien",
                kept.display()
            ));
        }
        say("  vérifiez avec : isoloir audit");
        Ok(())
    }
}
