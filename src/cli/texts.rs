//! `isoloir responses texts`: the free texts of a closed survey, for somebody to read.

use std::path::Path;

use anyhow::{Context, ensure};
use isoloir_collector::{Collector, FreeText};
use isoloir_survey::{Questionnaire, SurveyId};

use super::config::{Config, Role};
use super::{say, write_private_file};
use crate::installation::{Installation, not_open};

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes every text that is kept apart from the other answers.
pub(super) async fn texts(config: &Config, slug: &str, csv: &Path) -> anyhow::Result<()> {
    ensure!(config.role != Role::Issuer, "les textes sont dans l’urne ; enlevez --role issuer");
    ensure!(!csv.exists(), "{} existe déjà ; choisissez un autre nom", csv.display());
    let survey = SurveyId::parse(slug)?;
    let installation = Installation::existing(config)?;
    let published = installation.published().await?;
    let publication = published.iter().find(|publication| publication.questionnaire.id == survey);
    let publication =
        publication.ok_or_else(|| not_open(&survey, published.iter().map(|known| &known.questionnaire.id)))?;
    let texts = Collector::free_texts(installation.collector_rows(), &survey).await?;
    if texts.is_empty() {
        say(&format!("personne n’a écrit de texte dans {survey} ; aucun fichier n’est écrit"));
        return Ok(());
    }
    write_private_file(csv, &to_csv(&publication.questionnaire, &texts)?)?;
    let count = if texts.len() == 1 { "1 texte écrit".to_owned() } else { format!("{} textes écrits", texts.len()) };
    say(&format!("{count} dans {}, triés par question puis par ordre alphabétique", csv.display()));
    say("  à relire avant toute diffusion : un texte peut désigner quelqu’un");
    say("  ne publiez jamais un texte à côté d’un âge ou d’une commune ; effacez ce fichier quand il a été lu");
    Ok(())
}

/// One line per text, in the order of the questions.
fn to_csv(questionnaire: &Questionnaire, texts: &[FreeText]) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["question", "libelle", "texte"])?;
    for question in questionnaire.questions() {
        for FreeText { text, .. } in texts.iter().filter(|text| text.question == question.id.as_str()) {
            csv.write_record([question.id.as_str(), question.text.fr(), &harmless(text)])?;
        }
    }
    csv.into_inner().context("le fichier des textes n’a pas pu être composé")
}

/// The text, which no spreadsheet runs: residents write what they like, and somebody else opens it.
fn harmless(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_runs_no_text() {
        assert_eq!(harmless("=HYPERLINK(\"http://exemple.fr\")"), "'=HYPERLINK(\"http://exemple.fr\")");
        assert_eq!(harmless("Plus de médecins = mieux"), "Plus de médecins = mieux");
    }
}
