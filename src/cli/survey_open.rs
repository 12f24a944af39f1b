//! `isoloir survey open`: a questionnaire becomes one that residents answer, for good.

use anyhow::{Context, bail, ensure};
use isoloir_survey::Access;
use isoloir_token::key::PublicKey;

use super::config::{Config, Role};
use super::edited::{file_of, next_name, refuse_edited};
use super::say;
use crate::installation::{Installation, files_beside, find_questionnaire, read_territories};

/// What the lint of made-up telephone numbers is called: letters and posters carry the number.
const MADE_UP_PHONE: &str = "telephone-exemple";

/// Opens the survey at each role of this machine. The public key is all that goes from one to the other.
pub(super) async fn open(config: &Config, slug: &str, token_key: Option<&str>) -> anyhow::Result<()> {
    let (questionnaire, _) = find_questionnaire(&config.surveys, slug)?;
    // Before the issuer hears of new dates: an edited file changes nothing anywhere.
    refuse_edited(config, &file_of(config, slug), &questionnaire).await?;
    let data = config.data();
    let installation = Installation::new(config)?;
    installation.check_separation(config.role)?;
    let known = installation.published().await?.into_iter().find(|known| known.questionnaire.id == questionnaire.id);
    let is_closed = known.as_ref().is_some_and(|known| known.is_closed);
    ensure!(!is_closed, "{}", closed_for_good(config, slug));
    let given = token_key.map(parse_token_key).transpose()?;
    let (key, was_open) = match (config.role, given) {
        (Role::All | Role::Issuer, None) => {
            let opened = installation.open_at_issuer(&questionnaire).await?;
            opened.with_context(|| closed_for_good(config, slug))?
        }
        (Role::Collector, Some(key)) => (key, known.is_some()),
        (Role::Collector, None) => bail!("donnez la clé publique que l’émetteur a affichée : --token-key CLÉ"),
        (Role::All | Role::Issuer, Some(_)) => bail!("--token-key va avec --role collector ; l’émetteur fait sa clé"),
    };
    // A crash between both roles leaves a survey that the issuer alone knows.
    let was_open = was_open && (config.role == Role::Issuer || known.is_some());
    if config.role != Role::Issuer {
        installation.open_at_collector(&questionnaire, &key).await?;
    }
    warn_of_made_up_phone(config, slug)?;
    let state = if was_open { "était déjà ouvert" } else { "est ouvert" };
    say(&format!("« {} » {state} dans {}", questionnaire.title.fr(), data.display()));
    say(&format!("  version {}", questionnaire.version()));
    if config.role == Role::Issuer {
        say("  clé publique, à donner à l’urne :");
        say(&key.to_base64url());
    }
    if config.role == Role::Collector {
        say("  ensuite : isoloir serve --role collector");
    } else {
        let next = match questionnaire.access {
            Access::Invitation => format!("isoloir invite {slug} --count 500 --csv codes.csv"),
            Access::Open => format!("isoloir survey poster {slug} --pdf affiche.pdf"),
        };
        let role = if config.role == Role::Issuer { " --role issuer" } else { "" };
        say(&format!("  ensuite : {next}, puis isoloir serve{role}"));
    }
    if !was_open {
        say(
            "  ATTENTION : un serveur qui tourne déjà ne le montre pas encore ; arrêtez-le, puis relancez isoloir serve",
        );
    }
    Ok(())
}

/// A survey that was closed is not opened again: its counts have been told.
fn closed_for_good(config: &Config, slug: &str) -> String {
    let next = next_name(&config.surveys, slug);
    format!("{slug} est clos, pour de bon ; pour une nouvelle enquête : isoloir survey version {slug} {next}")
}

/// What is printed after this carries the number that the file gives.
fn warn_of_made_up_phone(config: &Config, slug: &str) -> anyhow::Result<()> {
    let file = file_of(config, slug);
    let yaml = std::fs::read_to_string(&file).with_context(|| format!("impossible de lire {}", file.display()))?;
    let territories = read_territories(&config.surveys)?;
    let report = isoloir_survey::check(&file.display().to_string(), &yaml, &territories, &files_beside(&file));
    for warning in report.warnings.iter().filter(|warning| warning.lint == MADE_UP_PHONE) {
        eprintln!("attention ({MADE_UP_PHONE}) : {} ; {}", warning.problem.message, warning.problem.fix);
    }
    Ok(())
}

fn parse_token_key(text: &str) -> anyhow::Result<PublicKey> {
    let spki = data_encoding::BASE64URL_NOPAD.decode(text.trim().trim_end_matches('=').as_bytes());
    let key = spki.ok().and_then(|spki| PublicKey::from_spki(&spki).ok());
    key.context("--token-key n’est pas une clé publique d’émetteur ; copiez toute la ligne qu’il a affichée")
}
