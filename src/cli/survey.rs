//! `isoloir survey`: check a questionnaire, open it to answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Subcommand;
use isoloir_disclosure::CellKey;
use isoloir_survey::{Access, Calendar, Lang, SurveyId};

use super::config::{Config, Role};
use super::edited::{file_of, refuse_edited, warn_of_edited};
use super::survey_open::open;
use super::survey_status::status;
use super::survey_version::new_version;
use super::{say, write_private_file};
use crate::editions;
use crate::installation::{
    Installation, ParisCalendar, files_beside, find_questionnaire, not_open, questionnaire_file, read_territories,
};
use crate::names::Addresses;

/// Relire ou ouvrir un questionnaire
#[derive(Subcommand)]
pub(crate) enum Survey {
    /// Relire un questionnaire : chaque problème avec sa ligne, sa colonne et ce qu’il faut faire
    #[command(after_help = "Exemple : isoloir survey check surveys/mauges-2026.yaml\n\n\
        Un problème empêche d’ouvrir l’enquête (sortie 1). Un avertissement demande à être regardé et n’empêche rien \
        (sortie 0, ou 1 avec --strict).")]
    Check {
        /// Le fichier YAML, ou le nom du questionnaire
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        /// Écrire le compte rendu en JSON, pour un programme
        #[arg(long)]
        json: bool,
        /// Refuser aussi les avertissements
        #[arg(long)]
        strict: bool,
    },
    /// Ouvrir un questionnaire aux réponses ; sa version ne peut plus changer ensuite
    #[command(after_help = "Exemple : isoloir survey open mauges-2026\n\n\
        Sur deux machines : d’abord l’émetteur, qui affiche sa clé publique, puis l’urne.\n  \
        isoloir survey open mauges-2026 --role issuer\n  \
        isoloir survey open mauges-2026 --role collector --token-key CLÉ")]
    Open {
        /// Nom du questionnaire : celui du fichier, sans « .yaml »
        #[arg(value_name = "NOM")]
        slug: String,
        /// Clé publique affichée par l’émetteur ; pour le rôle « collector »
        #[arg(long, value_name = "CLÉ")]
        token_key: Option<String>,
    },
    /// Dire où en est une enquête : ouverte ou close, codes utilisés, réponses mêlées, éditions
    #[command(after_help = "Exemple : isoloir survey status mauges-2026\n\n\
        Sans nom, toutes les enquêtes. Le serveur peut tourner. Tant qu’une enquête est ouverte, ce qui change à chaque réponse \
        est compté par dizaines, et les réponses qui attendent d’être mêlées ne le sont pas : regarder deux fois ne dit pas qui \
        a répondu entre-temps.")]
    Status {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: Option<String>,
    },
    /// Faire une nouvelle version d’un questionnaire, sous un autre nom, sans toucher à celle qui est ouverte
    #[command(after_help = "Exemple : isoloir survey version mauges-2026 mauges-2026-v2\n\n\
        Une version ouverte ne change plus, pas même d’une faute de frappe : des réponses lui sont parvenues. La nouvelle a \
        son nom, sa clé, ses codes et ses lettres ; ouvrez-la, puis fermez l’ancienne. Les réponses aux questions qui disent \
        la même chose dans les deux versions se comptent ensemble ; la commande dit lesquelles.")]
    Version {
        /// Nom du questionnaire dont le fichier sert de modèle
        #[arg(value_name = "NOM")]
        slug: String,
        /// Nom de la nouvelle version
        #[arg(value_name = "NOUVEAU")]
        new: String,
    },
    /// Imprimer l’affiche d’un questionnaire ouvert à tous, avec son QR code
    #[command(
        after_help = "Exemple : isoloir survey poster NOM --pdf affiche.pdf --public-url https://sante.exemple.fr"
    )]
    Poster {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Fichier PDF à écrire
        #[arg(long, value_name = "FICHIER")]
        pdf: PathBuf,
    },
    /// Imprimer le questionnaire sur papier, à remplir à la main, avec les codes pour la saisie
    #[command(after_help = "Exemple : isoloir survey print mauges-2026 --pdf questionnaire.pdf\n\n\
        En grands caractères, en français facile :\n  \
        isoloir survey print mauges-2026 --pdf grand.pdf --large --lang fr-FALC \
        --return-to \"Mauges Communauté, 1 rue de la Loire, 49600 Beaupréau-en-Mauges\"\n\n\
        Les réponses reçues se saisissent dans un fichier CSV, puis : isoloir responses import")]
    Print {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Fichier PDF à écrire ; il ne doit pas exister
        #[arg(long, value_name = "FICHIER")]
        pdf: PathBuf,
        /// En grands caractères, 18 points
        #[arg(long)]
        large: bool,
        /// Langue du questionnaire : fr ou fr-FALC
        #[arg(long, value_name = "LANGUE", default_value = "fr")]
        lang: String,
        /// Où renvoyer le questionnaire rempli : une adresse, sur une ligne
        #[arg(long, value_name = "ADRESSE")]
        return_to: Option<String>,
    },
    /// Écrire un questionnaire au format XLSForm, pour ODK ou Kobo
    #[command(after_help = "Exemple : isoloir survey export mauges-2026 --xlsform mauges.xlsx\n\n\
        Ce que XLSForm ne sait pas dire (axes, titres des graphiques, instruments…) est dans des colonnes « isoloir_… » et \
        une feuille « isoloir », que ODK et Kobo laissent de côté : le fichier revient par « isoloir survey import » sans \
        rien perdre. Un score y est une ligne qu’ODK passe. Un classement n’y a pas d’équivalent et est refusé.\n\n\
        Attention : ODK et Kobo gardent l’heure et l’appareil de chaque réponse. L’anonymat promis ici ne vaut pas chez eux.")]
    Export {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Classeur .xlsx à écrire ; il ne doit pas exister
        #[arg(long, value_name = "FICHIER")]
        xlsform: PathBuf,
    },
    /// Faire un questionnaire d’un formulaire XLSForm
    #[command(after_help = "Exemple : isoloir survey import formulaire.xlsx --yaml surveys/essai.yaml\n\n\
        Sont compris : select_one, select_multiple, integer, text, note, les groupes (une page chacun), les tableaux \
        (appearance « table-list »), relevant, label::fr et label::fr-FALC. Tout le reste est refusé, avec sa feuille et sa \
        cellule. Le fichier YAML est ensuite à compléter : ce qui manque est dit, et « isoloir survey check » le redit.")]
    Import {
        /// Classeur .xlsx
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        /// Questionnaire à écrire ; le fichier ne doit pas exister
        #[arg(long, value_name = "FICHIER")]
        yaml: PathBuf,
    },
    /// Clore un questionnaire, pour de bon, et compter : codes tirés ≥ jetons donnés ≥ jetons dépensés
    #[command(after_help = "Exemple : isoloir survey close mauges-2026 --marks marques.txt\n\n\
        Arrêtez d’abord le serveur si les réponses sont dans un fichier SQLite. Sur PostgreSQL, il peut tourner : il ne prend plus \
        rien aussitôt, et ses pages le disent en moins de dix secondes. Le fichier des marques permet à qui a gardé son jeton de vérifier qu’il a compté : \
        une ligne par jeton dépensé, son empreinte BLAKE3 en hexadécimal, triées.")]
    Close {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Fichier où écrire la liste triée des marques des jetons dépensés
        #[arg(long, value_name = "FICHIER")]
        marks: Option<PathBuf>,
    },
}

impl Survey {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Check { file, json, strict } => check(config, &file, json, strict).await?,
            Self::Open { slug, token_key } => open(config, &slug, token_key.as_deref()).await?,
            Self::Status { slug } => status(config, slug.as_deref()).await?,
            Self::Version { slug, new } => new_version(config, &slug, &new).await?,
            Self::Poster { slug, pdf } => poster(config, &slug, &pdf).await?,
            Self::Print { slug, pdf, large, lang, return_to } => {
                print(config, &slug, &pdf, large, &lang, return_to).await?;
            }
            Self::Export { slug, xlsform } => export(config, &slug, &xlsform).await?,
            Self::Import { file, yaml } => import(config, &file, &yaml)?,
            Self::Close { slug, marks } => close(config, &SurveyId::parse(&slug)?, marks.as_deref()).await?,
        }
        Ok(())
    }
}

/// Says everything that there is to say about a file. Problems and warnings go to the error output, as a compiler's do; a
/// program reads them on the standard output.
async fn check(config: &Config, file: &Path, json: bool, strict: bool) -> anyhow::Result<()> {
    let file = &questionnaire_file(&config.surveys, file);
    let territories = read_territories(&config.surveys)?;
    let yaml = std::fs::read_to_string(file).with_context(|| format!("impossible de lire {}", file.display()))?;
    let report = isoloir_survey::check(&file.display().to_string(), &yaml, &territories, &files_beside(file));
    let is_refused = report.questionnaire.is_none() || (strict && !report.warnings.is_empty());
    if json {
        let version = report.questionnaire.as_ref().map(|questionnaire| questionnaire.version().as_str());
        let findings: Vec<_> = report.findings().collect();
        say(&serde_json::to_string_pretty(&serde_json::json!({
            "file": report.file, "ok": !is_refused, "version": version, "findings": findings,
        }))?);
    } else if !report.problems.is_empty() || !report.warnings.is_empty() {
        eprint!("{report}");
    }
    if let Some(questionnaire) = report.questionnaire.as_ref().filter(|_| !json) {
        let asked = questionnaire.questions().filter(|question| question.is_asked()).count();
        let outcome = match report.warnings.len() {
            0 => "rien à corriger".to_owned(),
            1 => "rien à corriger, 1 avertissement".to_owned(),
            count => format!("rien à corriger, {count} avertissements"),
        };
        say(&format!("{} : {outcome}", file.display()));
        say(&format!("  {asked} questions, {} pages", questionnaire.pages.len()));
        say(&format!("  version {}", questionnaire.version()));
    }
    ensure!(!is_refused, "{}", refusal(&report));
    match &report.questionnaire {
        Some(questionnaire) => refuse_edited(config, file, questionnaire).await,
        None => Ok(()),
    }
}

fn refusal(report: &isoloir_survey::Report) -> String {
    let count = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    match report.problems.len() {
        0 => format!("{} ; --strict les refuse", count(report.warnings.len(), "avertissement")),
        problems => format!("{} à corriger", count(problems, "problème")),
    }
}

/// Prints the poster. Its link carries the key's fingerprint, as a letter's does, and no code.
async fn poster(config: &Config, slug: &str, pdf: &Path) -> anyhow::Result<()> {
    let (questionnaire, _) = find_questionnaire(&config.surveys, slug)?;
    ensure!(
        questionnaire.access == Access::Open,
        "{slug} est sur invitation : une affiche n’y mène pas ; tirez des lettres avec « isoloir invite {slug} --letters … »"
    );
    refuse_edited(config, &file_of(config, slug), &questionnaire).await?;
    let url = super::letters::printed_addresses(config, "l’affiche")?.public_url;
    let issuer = Installation::existing(config)?.issuer().await?;
    let key = issuer.surveys().find(|(id, _)| **id == questionnaire.id).map(|(_, key)| key.id());
    issuer.close().await;
    let key =
        key.with_context(|| format!("{slug} n’est pas ouvert ; ouvrez-le avec « isoloir survey open {slug} »"))?;
    let link = format!("{url}/s/{slug}#k={}", key.to_base64url());
    let bytes = isoloir_print::poster(&super::letters::texts(&questionnaire, &url, key), &link)?;
    write_private_file(pdf, &bytes)?;
    say(&format!("affiche écrite dans {}", pdf.display()));
    Ok(())
}

/// Prints the questionnaire on paper.
async fn print(
    config: &Config,
    slug: &str,
    pdf: &Path,
    large: bool,
    lang: &str,
    return_to: Option<String>,
) -> anyhow::Result<()> {
    ensure!(!pdf.exists(), "{} existe déjà ; choisissez un autre nom", pdf.display());
    let (questionnaire, _) = find_questionnaire(&config.surveys, slug)?;
    // On paper as on the screen, residents answer the version that is open.
    refuse_edited(config, &file_of(config, slug), &questionnaire).await?;
    let known: Vec<&str> = questionnaire.languages.iter().map(Lang::as_str).collect();
    ensure!(known.contains(&lang), "{slug} n’est pas écrit en « {lang} » ; il l’est en : {}", known.join(", "));
    let closes = questionnaire.closes.map(isoloir_ui::french_date);
    let paper = isoloir_print::Paper { lang: Lang::parse(lang)?, large, return_to, closes };
    write_private_file(pdf, &isoloir_print::questionnaire(&questionnaire, &paper)?)?;
    say(&format!("questionnaire écrit dans {}", pdf.display()));
    say(&format!(
        "  les réponses se saisissent avec les codes gris ; isoloir responses import --help dit comment ; puis : isoloir responses \
         import {slug} --channel papier saisie.csv"
    ));
    Ok(())
}

/// Writes the questionnaire as a form for ODK or Kobo.
async fn export(config: &Config, slug: &str, xlsform: &Path) -> anyhow::Result<()> {
    ensure!(!xlsform.exists(), "{} existe déjà ; choisissez un autre nom", xlsform.display());
    let (questionnaire, _) = find_questionnaire(&config.surveys, slug)?;
    warn_of_edited(config, &file_of(config, slug), &questionnaire).await;
    let form = isoloir_xlsform::export(&questionnaire)
        .map_err(|error| anyhow::anyhow!("{slug} ne peut pas devenir un formulaire XLSForm\n{error}"))?;
    write_private_file(xlsform, &form)?;
    say(&format!("formulaire écrit dans {}", xlsform.display()));
    Ok(())
}

/// Writes a form as a questionnaire, and says what is left to write.
fn import(config: &Config, file: &Path, yaml: &Path) -> anyhow::Result<()> {
    ensure!(!yaml.exists(), "{} existe déjà ; choisissez un autre nom", yaml.display());
    let bytes = std::fs::read(file).with_context(|| format!("impossible de lire {}", file.display()))?;
    let text = isoloir_xlsform::import(&bytes).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{} : {} à corriger\n{}", file.display(), problem_count(problems.len()), lines.join("\n"))
    })?;
    let territories = read_territories(&config.surveys)?;
    let report = isoloir_survey::check(&yaml.display().to_string(), &text, &territories, &files_beside(yaml));
    write_private_file(yaml, text.as_bytes())?;
    say(&format!("questionnaire écrit dans {}", yaml.display()));
    if !report.problems.is_empty() {
        eprint!("{report}");
        say(&format!("  {} à compléter ; relisez avec « isoloir survey check »", problem_count(report.problems.len())));
    }
    Ok(())
}

fn problem_count(count: usize) -> String {
    if count == 1 { "1 problème".to_owned() } else { format!("{count} problèmes") }
}

/// Says that there will be no final edition, where too few answered since the interim one: the rule is that of
/// [`isoloir_disclosure::SuccessionError`].
async fn warn_of_interim(installation: &Installation, survey: &SurveyId, mixed: u64) -> anyhow::Result<()> {
    let office = installation.office().await?;
    let interim = editions::interim(&installation.editions_folder(), &office, survey);
    office.close().await;
    let Some((label, responses)) = interim else { return Ok(()) };
    let least = CellKey::standard()?.minimum_base;
    if mixed.saturating_sub(responses) < u64::from(least) {
        say(&format!(
            "  ATTENTION : moins de {least} réponses sont arrivées depuis l’édition intermédiaire « {label} ». Il n’y aura pas d’édition \
             définitive : comparée à l’autre, elle montrerait ce que ces quelques personnes ont répondu. « {label} » reste le résultat \
             de l’enquête"
        ));
    }
    Ok(())
}

/// Closes the survey for good and compares the counts: more tokens spent than given, or given than codes drawn, would mean that the ballot box was stuffed. On two machines
/// each prints its own counts.
async fn close(config: &Config, survey: &SurveyId, marks: Option<&Path>) -> anyhow::Result<()> {
    let installation = Installation::existing(config)?;
    installation.check_separation(config.role)?;
    if let Some(file) = marks {
        ensure!(!file.exists(), "{} existe déjà ; choisissez un autre nom", file.display());
    }
    if config.role != Role::Issuer {
        let published = installation.published().await?;
        let mut known = published.iter().map(|publication| &publication.questionnaire.id);
        ensure!(known.any(|id| id == survey), not_open(survey, published.iter().map(|one| &one.questionnaire.id)));
    }
    // The collector is opened first: when a server still holds it, nothing is closed. Then issuing stops before collecting,
    // so that no token is given that could not be spent.
    let mut collector = None;
    if config.role != Role::Issuer {
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let names = Addresses::new(&format!("http://{}", config.listen), None)?.names;
        collector = Some(installation.collector(&names, None, &calendar).await?);
    }
    let mut counts = None;
    if config.role != Role::Collector {
        let issuer = installation.issuer().await?;
        counts = Some(issuer.close_survey(survey).await?);
        issuer.close().await;
    }
    let mut redeemed = None;
    let (mut channels, mut mixed) = (Vec::new(), 0);
    if let Some(collector) = collector {
        redeemed = Some(collector.close_survey(survey).await?);
        let spent = collector.spent_marks(survey).await?;
        channels = collector.channel_counts(survey).await?;
        mixed = collector.mixed_count(survey).await?;
        ensure!(
            collector.close().await,
            "{survey} est clos, mais l’ordre d’arrivée n’est pas effacé : un autre programme lit la base ; fermez-le, puis \
             relancez cette commande"
        );
        if let Some(file) = marks {
            let lines: Vec<String> = spent.iter().map(|mark| data_encoding::HEXLOWER.encode(mark) + "\n").collect();
            write_private_file(file, lines.concat().as_bytes())?;
        }
    }
    say(&format!("{survey} est clos"));
    if let Some(counts) = counts {
        say(&format!("  codes tirés       {:>8}", counts.codes));
        say(&format!("  jetons donnés     {:>8}", counts.issued));
    }
    if let Some(redeemed) = redeemed {
        say(&format!("  jetons dépensés   {redeemed:>8}"));
    }
    for (channel, count) in channels {
        say(&format!("  réponses, {:<8}{count:>8}", channel.name()));
    }
    if let Some(file) = marks {
        say(&format!("  marques écrites dans {}", file.display()));
    }
    let telling = if counts.is_some() { ", et elles disent quels codes avaient servi" } else { "" };
    say(&format!(
        "  faites une sauvegarde, puis effacez celles d’avant la clôture : ce qui les sépare d’elle est arrivé entre les deux{telling}"
    ));
    if redeemed.is_some() {
        warn_of_interim(&installation, survey, mixed).await?;
    }
    // An open survey has no codes: its tokens are given to whoever asks.
    if let Some((counts, redeemed)) = counts.zip(redeemed).filter(|(counts, _)| counts.codes > 0) {
        ensure!(
            counts.codes >= counts.issued && counts.issued >= redeemed,
            "les comptes ne tombent pas juste : il y a plus de jetons que de codes ; ne publiez rien avant d’avoir compris"
        );
    }
    Ok(())
}
