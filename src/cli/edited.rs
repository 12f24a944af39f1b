//! The file of a survey that is open: its published version never changes, so an edited file is another questionnaire.
//!
//! | verb | with an edited file |
//! | --- | --- |
//! | `survey check`, `open`, `print`, `poster`, `invite --letters` | refuses it: paper and links must lead to what residents answer |
//! | `serve` | serves the published version, and says so when it starts |
//! | `analyse`, `simulate`, `survey export` | use the file that they are given, and say so: it may be the next version |
//! | `responses import`, `edition`, `survey close` | know the published version only |

use std::path::{Path, PathBuf};

use anyhow::bail;
use isoloir_survey::{Questionnaire, SurveyId, differences};

use super::config::Config;
use crate::installation::{Installation, read_questionnaire, read_territories};

/// More differences than this are counted, not told.
const MOST_DIFFERENCES: usize = 20;

/// The file of a survey.
pub(crate) fn file_of(config: &Config, slug: &str) -> PathBuf {
    config.surveys.join(format!("{slug}.yaml"))
}

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

/// Says that a questionnaire is open in another version, where what is done with it is done in any case. Without an
/// installation there is nothing to say.
pub(crate) async fn warn_of_edited(config: &Config, file: &Path, edited: &Questionnaire) {
    if let Ok(Some(published)) = published(config, &edited.id).await
        && published.version() != edited.version()
    {
        let count = match differences(&published, edited).len() {
            1 => "1 différence".to_owned(),
            count => format!("{count} différences"),
        };
        eprintln!(
            "attention : {} n’est plus le questionnaire qui est ouvert sous le nom « {} » ({count} ; isoloir survey check les dit) : \
             les réponses reçues sont à la version ouverte",
            file.display(),
            edited.id
        );
    }
}

/// The files that are no longer those of the surveys that a server opens, each with what to do. A survey whose file is not
/// there is none of them: the server needs no file.
pub(crate) fn edited_files<'a>(config: &Config, open: impl Iterator<Item = &'a Questionnaire>) -> Vec<String> {
    let Ok(territories) = read_territories(&config.surveys) else { return Vec::new() };
    let warning = |published: &Questionnaire| {
        let (id, file) = (&published.id, file_of(config, published.id.as_str()));
        let shown = file.display();
        let remedy = match read_questionnaire(&file, &territories) {
            Ok(edited) if edited.version() == published.version() => return None,
            Ok(_) => {
                let next = next_name(&config.surveys, id.as_str());
                format!(
                    "isoloir survey check {shown} dit ce qui diffère ; pour une nouvelle version : isoloir survey version {id} {next}"
                )
            }
            Err(_) => format!("il ne se lit plus : isoloir survey check {shown}"),
        };
        Some(format!(
            "Attention : {shown} a changé depuis que « {id} » est ouvert ; les habitants voient la version ouverte, et leurs réponses \
             sont les siennes\n  {remedy}"
        ))
    };
    open.filter(|published| file_of(config, published.id.as_str()).is_file()).filter_map(warning).collect()
}

/// The version that is open under this name.
pub(crate) async fn published(config: &Config, survey: &SurveyId) -> anyhow::Result<Option<Questionnaire>> {
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
pub(crate) fn comparable(published: &Questionnaire, edited: &Questionnaire) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbered() {
        let nowhere = Path::new("no-such-folder");
        assert_eq!(next_name(nowhere, "mauges-2026"), "mauges-2026-v2");
        assert_eq!(next_name(nowhere, "mauges-2026-v2"), "mauges-2026-v3");
        assert_eq!(next_name(nowhere, "mauges-vivant"), "mauges-vivant-v2");
    }
}
