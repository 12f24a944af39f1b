//! `isoloir backup` and `isoloir restore`.

use std::path::PathBuf;

use clap::Args;
use isoloir_survey::Calendar;

use super::config::{Config, Role};
use super::say;
use crate::backup::{self, Part, VerifiedPart};
use crate::installation::{Installation, ParisCalendar};

/// Sauvegarder cette installation, même pendant que le serveur tourne
#[derive(Args)]
#[command(after_help = "Exemple : isoloir backup /srv/sauvegardes/2026-11-21\n\n\
    La sauvegarde contient les réponses déjà mélangées (par vingt au moins), les marques de leurs jetons, les codes et les \
    clés. Les réponses qui attendent d’être mélangées n’y sont pas encore : tant que l’enquête est ouverte, deux sauvegardes \
    diffèrent d’au moins vingt réponses, ou d’aucune. La clôture mélange les dernières, même moins de vingt : effacez alors \
    les sauvegardes d’avant. Les dossiers « issuer » et « collector » se gardent à deux endroits ; chacun se restaure seul, \
    avec --role.")]
pub(crate) struct Backup {
    /// Dossier à créer
    #[arg(value_name = "DOSSIER")]
    folder: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let installation = Installation::new(config)?;
        let today = ParisCalendar::new()?.today();
        let manifests = backup::back_up(&installation, config.role, &self.folder, today).await?;
        say(&format!("Sauvegarde écrite dans {}", self.folder.display()));
        for manifest in manifests {
            match manifest.part {
                Part::Collector => say(&format!("  réponses mélangées  {:>8}", manifest.rows)),
                Part::Issuer => {
                    say(&format!("  codes d’invitation  {:>8}", manifest.rows));
                    say("  le dossier « issuer » contient les clés privées : gardez-le à part, et au secret");
                }
            }
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
    l’autre. Une base PostgreSQL doit être vide (createdb) : rien n’y est jamais effacé.")]
pub(crate) struct Restore {
    /// Dossier de la sauvegarde
    #[arg(value_name = "DOSSIER")]
    folder: PathBuf,
    /// Remplacer le dossier --data présent, qui est gardé à côté sous un autre nom
    #[arg(long)]
    replace: bool,
}

impl Restore {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let parts = backup::verify(&self.folder, config.role)?;
        let installation = Installation::new(config)?;
        let kept = backup::restore(&installation, config.role, &parts, self.replace).await?;
        for VerifiedPart { manifest, .. } in &parts {
            let what = match manifest.part {
                Part::Collector => "Réponses",
                Part::Issuer => "Codes et clés",
            };
            let day = manifest.made_on.strftime("%d/%m/%Y");
            say(&format!("{what} du {day} restaurés dans {}", installation.data().display()));
        }
        if config.role == Role::Issuer {
            say("  les codes utilisés depuis ce jour redeviennent valables : restaurez aussi l’urne du même jour");
        }
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
