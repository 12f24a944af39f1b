//! `isoloir survey version`: the edited file of a survey that is open becomes a survey of its own.

use anyhow::{Context, ensure};
use isoloir_survey::SurveyId;

use super::config::Config;
use super::edited::{comparable, file_of, published};
use super::{say, write_private_file};
use crate::installation::{find_questionnaire, read_questionnaire, read_territories};

/// Writes the questionnaire's file, as it is now, under a new name.
pub(crate) async fn new_version(config: &Config, slug: &str, new: &str) -> anyhow::Result<()> {
    let (edited, _) = find_questionnaire(&config.surveys, slug)?;
    SurveyId::parse(new)?;
    let (file, target) = (file_of(config, slug), file_of(config, new));
    ensure!(!target.exists(), "{} existe déjà ; choisissez un autre nom", target.display());
    let text = std::fs::read_to_string(&file).with_context(|| format!("impossible de lire {}", file.display()))?;
    let renamed = renamed(&text, new).with_context(|| {
        format!("{} n’a pas de ligne « id: {slug} » ; écrivez-la seule sur sa ligne", file.display())
    })?;
    write_private_file(&target, renamed.as_bytes())?;
    read_questionnaire(&target, &read_territories(&config.surveys)?)?;
    say(&format!("nouvelle version écrite dans {}", target.display()));
    if let Some(published) = published(config, &edited.id).await? {
        say(&format!("  {}", comparable(&published, &edited)));
        if published.version() != edited.version() {
            say(&format!("  remettez {} comme il était : sa version ouverte ne change plus", file.display()));
        }
        say(&format!("  les lettres déjà envoyées mènent à l’ancienne version, tant que « {slug} » n’est pas clos"));
    }
    say(&format!("  ensuite : isoloir survey open {new}, puis des codes et des lettres : isoloir invite {new} …"));
    Ok(())
}

/// The file with another name in its line `id:`; the rest, comments included, as it was written.
fn renamed(text: &str, new: &str) -> Option<String> {
    let line = text.split_inclusive('\n').find(|line| line.starts_with("id:"))?;
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let end = start + line.trim_end_matches(['\r', '\n']).len();
    Some(format!("{}id: {new}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_version_keeps_the_file_as_it_was_written() {
        let text = "# Une enquête\nid: essai # un nom\ntitle: {fr: \"A\"}\n";
        assert_eq!(renamed(text, "essai-v2").as_deref(), Some("# Une enquête\nid: essai-v2\ntitle: {fr: \"A\"}\n"));
        assert_eq!(renamed("  id: essai\n", "essai-v2"), None, "the identifier of a page is not the survey's");
    }
}
