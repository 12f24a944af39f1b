//! What happens to the file of a survey that is open: its published version never changes, so that an edited file is refused
//! with what differs, and becomes a new version under a name of its own.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use isoloir_survey::{Questionnaire, SurveyId, differences};

use super::config::Config;
use super::{say, write_private_file};
use crate::installation::{Installation, find_questionnaire, read_questionnaire, read_territories};

/// More differences than this are counted, not told.
const MOST_DIFFERENCES: usize = 20;

/// Refuses a questionnaire that is open in another version.
///
/// # Errors
/// What differs, and the command that makes a new version of it.
pub(crate) async fn refuse_edited(config: &Config, file: &Path, edited: &Questionnaire) -> anyhow::Result<()> {
    match published(config, &edited.id).await?.filter(|published| published.version() != edited.version()) {
        Some(published) => bail!("{}", refusal(&config.surveys, file, &published, edited)),
        None => Ok(()),
    }
}

/// The version that is open under this name.
async fn published(config: &Config, survey: &SurveyId) -> anyhow::Result<Option<Questionnaire>> {
    let published = Installation::new(config)?.published().await?;
    Ok(published.into_iter().find(|questionnaire| questionnaire.id == *survey))
}

fn refusal(surveys: &Path, file: &Path, published: &Questionnaire, edited: &Questionnaire) -> String {
    let id = &edited.id;
    let found = differences(published, edited);
    let mut lines = vec![format!(
        "{} n’est plus le questionnaire qui est ouvert sous le nom « {id} » : une version publiée ne change plus",
        file.display()
    )];
    lines.extend(found.iter().take(MOST_DIFFERENCES).map(|difference| format!("  {difference}")));
    if found.len() > MOST_DIFFERENCES {
        lines.push(format!("  et {} autres différences", found.len() - MOST_DIFFERENCES));
    }
    let next = next_name(surveys, id.as_str());
    lines.push("à faire, au choix :".to_owned());
    lines.push("  garder la version ouverte : remettez le fichier comme il était".to_owned());
    lines.push(format!("  en faire une nouvelle version : isoloir survey version {id} {next}"));
    lines.push(format!("    puis : isoloir survey open {next}"));
    lines.push(format!("    {}", comparable(published, edited)));
    lines.join("\n")
}

/// How much of both versions can be counted together.
fn comparable(published: &Questionnaire, edited: &Questionnaire) -> String {
    let (same, other) = published.comparable(edited);
    let (asked, total) = (same.len(), same.len() + other.len());
    let names: Vec<&str> = other.into_iter().map(isoloir_survey::QuestionId::as_str).collect();
    match names.as_slice() {
        [] => format!("ses {total} questions communes disent la même chose : leurs réponses se comptent ensemble"),
        names => format!(
            "{asked} de ses {total} questions communes disent la même chose, leurs réponses se comptent ensemble ; \
             pas celles de : {}",
            names.join(", ")
        ),
    }
}

/// `mauges-2026-v2`, or the first number after it that no file has.
fn next_name(surveys: &Path, id: &str) -> String {
    let (base, number) = match id.rsplit_once("-v").map(|(base, number)| (base, number.parse::<u32>())) {
        Some((base, Ok(number))) => (base, number),
        _ => (id, 1),
    };
    let mut names = (number + 1..).map(|number| format!("{base}-v{number}"));
    names.find(|name| !surveys.join(format!("{name}.yaml")).exists()).unwrap_or_else(|| format!("{id}-bis"))
}

/// Writes the questionnaire's file, as it is now, under a new name.
pub(crate) async fn new_version(config: &Config, slug: &str, new: &str) -> anyhow::Result<()> {
    let (edited, _) = find_questionnaire(&config.surveys, slug)?;
    SurveyId::parse(new)?;
    let (file, target) = (config.surveys.join(format!("{slug}.yaml")), config.surveys.join(format!("{new}.yaml")));
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

    #[test]
    fn versions_are_numbered() {
        let nowhere = Path::new("no-such-folder");
        assert_eq!(next_name(nowhere, "mauges-2026"), "mauges-2026-v2");
        assert_eq!(next_name(nowhere, "mauges-2026-v2"), "mauges-2026-v3");
        assert_eq!(next_name(nowhere, "mauges-vivant"), "mauges-vivant-v2");
    }
}
