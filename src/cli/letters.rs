//! Letters and posters: the texts of a survey as they are printed, and the progress of printing many.

use std::io::IsTerminal;

use anyhow::ensure;
use indicatif::{ProgressBar, ProgressStyle};
use isoloir_print::{Letter, Survey};
use isoloir_survey::{Lang, Questionnaire};
use isoloir_token::key::TokenKeyId;

use super::config::Config;
use super::invite::Invitation;
use crate::names::Addresses;

/// The address that is printed. It must have been given: a letter that leads to this machine is lost, with its code.
pub(crate) fn printed_addresses(config: &Config, what: &str) -> anyhow::Result<Addresses> {
    ensure!(
        config.public_url.is_some(),
        "{what} porteraient l’adresse de cette machine ({}), que personne d’autre n’atteint ; dites celle que les habitants \
         verront : --public-url https://sante.exemple.fr (ou public_url dans isoloir.toml). Pour un essai ici : --public-url \
         http://{}",
        config.listen,
        config.listen
    );
    let addresses = config.addresses()?;
    if !addresses.public_url.starts_with("https://") {
        eprintln!(
            "attention : {} n’est pas en https : ce que l’on y répond peut être lu en chemin ; ne l’imprimez que pour un essai",
            addresses.public_url
        );
    }
    Ok(addresses)
}

/// What stands on every letter and on the poster.
pub(crate) fn texts(questionnaire: &Questionnaire, public_url: &str, key: TokenKeyId) -> Survey {
    let short_link = public_url.trim_start_matches("https://").trim_start_matches("http://");
    Survey {
        title: questionnaire.title.fr().to_owned(),
        organiser: questionnaire.organiser.fr().to_owned(),
        territory_name: String::new(),
        minutes: questionnaire.minutes,
        has_easy_text: questionnaire.languages.contains(&Lang::easy_french()),
        minimum_age: questionnaire.minimum_age(),
        closes: questionnaire.closes.map(isoloir_ui::french_date),
        phone: questionnaire.contact.phone.replace(' ', "\u{a0}"),
        email: questionnaire.contact.email.clone(),
        short_link: format!("{short_link}/s/{}", questionnaire.id),
        key_words: key.words(),
    }
}

/// One letter per invitation, with a progress bar where somebody watches.
pub(crate) fn to_pdf(texts: &Survey, invitations: &[Invitation]) -> anyhow::Result<Vec<u8>> {
    let count = u64::try_from(invitations.len())?;
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(count) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} lettres, encore {eta}")?);
    let letters =
        invitations.iter().map(|invitation| Letter { code: invitation.code.reveal(), link: invitation.link.clone() });
    let pdf = isoloir_print::letters(texts, letters, |pages| bar.set_position(u64::try_from(pages).unwrap_or(count)))?;
    bar.finish_and_clear();
    Ok(pdf)
}
