//! `isoloir backup` and `isoloir restore`.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use isoloir_collector::MIXING_THRESHOLD;
use isoloir_survey::Calendar;
use jiff::civil::Date;

use super::config::{Config, Role};
use super::{say, stopped};
use crate::backup::{self, NamedEdition, Part, Restored, VerifiedPart, Written};
use crate::installation::{Installation, ParisCalendar};

/// Sauvegarder cette installation, même pendant que le serveur tourne
#[derive(Args)]
#[command(after_help = "Exemple : isoloir backup /srv/sauvegardes/2026-11-21\n\n\
    La sauvegarde contient les réponses déjà mélangées (par vingt au moins), les marques de leurs jetons, les éditions, ce \
    qui est publié, les codes et les clés. Les réponses qui attendent d’être mélangées n’y sont pas encore : tant que l’enquête \
    est ouverte, deux sauvegardes diffèrent d’au moins vingt réponses, ou d’aucune, et une sauvegarde diffère de même de \
    l’édition intermédiaire qu’elle contient. La clôture mélange les dernières, même moins de vingt : effacez alors les \
    sauvegardes d’avant.\n\n\
    Si un fichier d’une édition a changé, rien n’est sauvegardé et le message le nomme. Les dossiers «\u{a0}issuer\u{a0}» et «\u{a0}collector\u{a0}» se gardent à deux endroits ; chacun se restaure seul, \
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
        let Written { manifests, editions } = tokio::select! {
            written = backup::back_up(&installation, config.role, &self.folder, today) => written?,
            () = stopped() => bail!("interrompu ; rien n’est sauvegardé"),
        };
        say(&format!("Sauvegarde écrite dans {}", self.folder.display()));
        for manifest in manifests {
            match manifest.part {
                Part::Collector => {
                    say(&format!("  réponses mélangées  {:>8}", manifest.rows));
                    let (missing, whole): (Vec<_>, Vec<_>) = editions.iter().partition(|edition| edition.is_missing());
                    say(&format!("  éditions            {:>8}", whole.len()));
                    for NamedEdition { name, place, .. } in missing {
                        say(&format!(
                            "  l’édition {name} n’y est pas : {} a disparu ; ce qui en est publié reste, mais il ne s’en fera plus \
                             rien d’autre",
                            installation.editions_folder().join(place).display()
                        ));
                    }
                }
                Part::Issuer => {
                    say(&format!("  codes d’invitation  {:>8}", manifest.rows));
                    say("  le dossier « issuer » contient les clés privées : gardez-le à part, et au secret");
                }
            }
        }
        tell_unfinished(&self.folder);
        Ok(())
    }
}

/// Restaurer une sauvegarde, après l’avoir vérifiée ; le serveur doit être arrêté
#[derive(Args)]
#[command(after_help = "Exemples :\n  isoloir restore /srv/sauvegardes/2026-11-21 --data data\n  \
    isoloir restore /srv/sauvegardes/2026-11-21 --collector-database postgres://urne@machine/urne \\\n      \
    --issuer-database postgres://codes@machine/codes\n\n\
    Une sauvegarde faite sur fichiers se restaure aussi dans PostgreSQL, et inversement : c’est ainsi qu’on passe de l’un à \
    l’autre, avant les premières réponses ou après la clôture : celles qui attendent d’être mélangées (19 au plus) ne sont dans \
    aucune sauvegarde. Une base PostgreSQL doit être vide (createdb) : rien n’y est jamais effacé.\n\n\
    Restaurez les codes et les réponses d’un même jour. Avec des codes plus anciens que les réponses, qui a répondu entre les deux \
    peut répondre une seconde fois ; avec des codes plus récents, ses réponses manquent et son code a déjà servi.")]
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
        let restored = tokio::select! {
            restored = backup::restore(&installation, config.role, &parts, self.replace) => restored?,
            () = stopped() => bail!(
                "interrompu ; les fichiers sont comme avant. Une base PostgreSQL qui a déjà été remplie est à recréer vide (createdb)"
            ),
        };
        for VerifiedPart { manifest, .. } in &parts {
            let (what, outcome) = match manifest.part {
                Part::Collector => ("Réponses", "restaurées"),
                Part::Issuer => ("Codes et clés", "restaurés"),
            };
            let day = manifest.made_on.strftime("%d/%m/%Y");
            say(&format!("{what} du {day} {outcome} dans {}", installation.data().display()));
        }
        for (survey, count) in &restored.responses {
            say(&format!("  {survey:<18}  {count:>8} réponses mélangées"));
        }
        tell_days(&parts);
        if config.role != Role::Issuer {
            tell_editions(&restored, &installation);
        }
        if let Some(kept) = &restored.kept {
            say(&format!(
                "  l’installation précédente est gardée dans {} ; effacez-la quand tout va bien",
                kept.display()
            ));
        }
        tell_unfinished(&restored.data);
        say("  vérifiez avec : isoloir audit");
        Ok(())
    }
}

/// Says what becomes of those who answered after the backup, and of those whose response waited when it was made.
fn tell_days(parts: &[VerifiedPart]) {
    let day = |part| parts.iter().map(|one| &one.manifest).find(|one| one.part == part).map(|one| one.made_on);
    let words = |day: Date| day.strftime("%d/%m/%Y");
    say(&match (day(Part::Collector), day(Part::Issuer)) {
        (Some(responses), Some(codes)) if codes < responses => format!(
            "  ATTENTION : les codes sont du {} et les réponses du {} ; qui a répondu entre les deux peut répondre une seconde fois",
            words(codes),
            words(responses)
        ),
        (Some(responses), Some(codes)) if codes > responses => format!(
            "  ATTENTION : les réponses sont du {} et les codes du {} ; qui a répondu entre les deux n’y est plus, et son code a \
             déjà servi",
            words(responses),
            words(codes)
        ),
        (Some(day), Some(_)) => format!(
            "  qui a répondu depuis le {} peut répondre de nouveau ; les réponses qui attendaient alors d’être mélangées ({} au \
             plus) n’y sont pas, et leurs codes ont déjà servi",
            words(day),
            MIXING_THRESHOLD - 1
        ),
        (Some(day), None) => format!(
            "  si l’émetteur est plus récent que le {}, qui a répondu depuis n’y est plus, et son code a déjà servi",
            words(day)
        ),
        (None, _) => "  les codes utilisés depuis ce jour redeviennent valables : si l’urne n’est pas du même jour, qui s’en est servi \
                      peut répondre une seconde fois"
            .to_owned(),
    });
}

/// Says what a program that was killed has left.
fn tell_unfinished(folder: &Path) {
    for left in backup::unfinished_beside(folder) {
        say(&format!(
            "  {} est le reste d’une sauvegarde ou d’une restauration coupée en plein travail ; il contient des réponses ou des \
             clés : effacez-le, si aucune autre n’est en cours",
            left.display()
        ));
    }
}

/// Says which editions are not as the register has them, or not in the register.
fn tell_editions(Restored { kept, editions, unknown, .. }: &Restored, installation: &Installation) {
    let whole = editions.iter().filter(|edition| !edition.is_missing()).count();
    say(&format!("  éditions            {whole:>8}"));
    let folder = installation.editions_folder();
    let former = |place: &Path| {
        let former = kept.as_ref().map(|kept| kept.join("editions").join(place));
        former.filter(|former| former.exists())
    };
    for NamedEdition { name, place, .. } in editions.iter().filter(|edition| edition.is_missing()) {
        let remedy = match former(place) {
            Some(former) => {
                format!("pour la garder, recopiez {} en {}", former.display(), folder.join(place).display())
            }
            None => "ce qui en est publié reste, mais il ne s’en fera plus rien d’autre".to_owned(),
        };
        say(&format!("  l’édition {name} n’est pas dans cette sauvegarde ; {remedy}"));
    }
    for NamedEdition { name, place, .. } in unknown {
        let former = former(place).map(|former| format!(" ; elle est dans {}", former.display()));
        say(&format!(
            "  l’édition {name} a été faite après cette sauvegarde, et le registre restauré ne la connaît pas{} ; si quelqu’un l’a \
             lue, n’en faites pas d’autre de la même enquête : soustraire l’une de l’autre montrerait des réponses",
            former.unwrap_or_default()
        ));
    }
}
