//! `isoloir survey status`: where surveys stand, in numbers that say nothing of who answers or when.
//!
//! While a survey is open, what moves with each answer is told in tens: whoever looked before and after a neighbour went to
//! answer would otherwise see it.

use isoloir_collector::{Channel, MIXING_THRESHOLD, Publication, Standing};
use isoloir_issuer::Issuer;
use isoloir_survey::{Calendar, SurveyId};
use isoloir_ui::french_date;
use jiff::civil::Date;

use super::config::{Config, Role};
use super::edition;
use super::say;
use crate::installation::{Installation, ParisCalendar, not_open};

/// Counts of a survey that is open are told in steps of this.
const STEP: u64 = 10;

/// Says where one survey stands, or each of them.
pub(super) async fn status(config: &Config, slug: Option<&str>) -> anyhow::Result<()> {
    let installation = Installation::existing(config)?;
    let today = ParisCalendar::new()?.today();
    let survey = slug.map(SurveyId::parse).transpose()?;
    let issuer = if config.role == Role::Collector || !installation.has_issuer() {
        None
    } else {
        Some(installation.issuer().await?)
    };
    let done = match config.role {
        Role::Issuer => say_issued(issuer.as_ref(), survey.as_ref()).await,
        Role::All | Role::Collector => say_standings(&installation, issuer.as_ref(), survey.as_ref(), today).await,
    };
    if let Some(issuer) = issuer {
        issuer.close().await;
    }
    done
}

/// What an issuer on its own knows.
async fn say_issued(issuer: Option<&Issuer>, survey: Option<&SurveyId>) -> anyhow::Result<()> {
    let Some(issuer) = issuer else {
        say("aucun questionnaire n’est ouvert ici");
        return Ok(());
    };
    for (id, _) in issuer.surveys().filter(|(id, _)| survey.is_none_or(|survey| survey == *id)) {
        let is_closed = issuer.is_closed(id);
        say(&format!("{id} : {}", if is_closed { "clos" } else { "ouvert" }));
        say_codes(issuer, id, is_closed).await?;
    }
    Ok(())
}

async fn say_standings(
    installation: &Installation,
    issuer: Option<&Issuer>,
    survey: Option<&SurveyId>,
    today: Date,
) -> anyhow::Result<()> {
    let standings = installation.standings().await?;
    if let Some(survey) = survey
        && !standings.iter().any(|standing| standing.publication.questionnaire.id == *survey)
    {
        return Err(not_open(survey, standings.iter().map(|standing| &standing.publication.questionnaire.id)));
    }
    if standings.is_empty() {
        say("aucun questionnaire n’est ouvert : isoloir survey open NOM");
    }
    let office = installation.office().await?;
    let asked = |standing: &&Standing| survey.is_none_or(|survey| *survey == standing.publication.questionnaire.id);
    for standing in standings.iter().filter(asked) {
        let Publication { questionnaire, is_closed, .. } = &standing.publication;
        say(&format!("{} : {}", questionnaire.id, state(&standing.publication, today)));
        say(&format!("  « {} »", questionnaire.title.fr()));
        if let Some(issuer) = issuer {
            say_codes(issuer, &questionnaire.id, *is_closed).await?;
        }
        say(&format!("  réponses mêlées    {:>8}{}", told(standing.mixed, *is_closed), about(*is_closed)));
        for (channel, count) in &standing.channels {
            say(&format!("    {:<17}{:>8}", channel_name(*channel), told(*count, *is_closed)));
        }
        if !is_closed {
            say(&format!(
                "  les suivantes attendent d’être {MIXING_THRESHOLD} pour se mêler aux autres, au plus tard à la clôture"
            ));
        }
        let mut editions = office.editions(&questionnaire.id).peekable();
        if editions.peek().is_none() {
            say("  pas encore d’édition");
        }
        for registered in editions {
            say(&format!("  édition {}", edition::in_words(registered, &office)));
        }
    }
    office.close().await;
    Ok(())
}

/// Codes and tokens; a survey that is open to all has no codes.
async fn say_codes(issuer: &Issuer, survey: &SurveyId, is_closed: bool) -> anyhow::Result<()> {
    if issuer.is_open_to_all(survey) {
        say("  ouvert à tous, sans code");
        return Ok(());
    }
    let counts = issuer.counts(survey).await?;
    say(&format!("  codes tirés        {:>8}", counts.codes));
    say(&format!("  codes utilisés     {:>8}{}", told(counts.issued, is_closed), about(is_closed)));
    Ok(())
}

/// The count; its tens while it may move.
fn told(count: u64, is_closed: bool) -> u64 {
    if is_closed { count } else { count / STEP * STEP }
}

fn about(is_closed: bool) -> &'static str {
    if is_closed { "" } else { "  (au moins : compté par dizaines)" }
}

fn channel_name(channel: Channel) -> String {
    format!("canal {}", channel.name())
}

fn state(publication: &Publication, today: Date) -> String {
    let questionnaire = &publication.questionnaire;
    match (questionnaire.opens, questionnaire.closes) {
        _ if publication.is_closed => "clos".to_owned(),
        (Some(opens), _) if today < opens => format!("prendra des réponses à partir du {}", french_date(opens)),
        (_, Some(closes)) if today > closes => {
            let id = &questionnaire.id;
            format!(
                "ne prend plus de réponses depuis le {} ; pour le clore et compter : isoloir survey close {id}",
                french_date(closes)
            )
        }
        (_, Some(closes)) => format!("ouvert, jusqu’au {}", french_date(closes)),
        _ => "ouvert".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_with_an_answer_is_told_in_tens() {
        assert_eq!([0, 9, 10, 19, 128].map(|count| told(count, false)), [0, 0, 10, 10, 120]);
        assert_eq!(told(128, true), 128);
    }
}
