//! Who answered: by age and sex, before and after weighting, by which channel, and what the weights rest on.

use isoloir_charts::{Context, Pyramid, percent, pyramid};
use isoloir_disclosure::{Profile, ProfileGroup, Protection, Release, in_sentence};
use isoloir_survey::Questionnaire;
use maud::{Markup, html};

use super::figure::{figure, take_away};
use super::topic::{Drawing, Numbers, asked};
use super::words::{french, rounded, thousands};
use crate::publication::Edition;

/// A channel by which fewer came is not told more finely.
const FEWEST: u64 = 11;

/// The drawing of ages and sexes, where the edition is weighted and may tell them.
pub(crate) fn profile<'a>(
    release: &'a Release,
    questionnaire: &Questionnaire,
    census: Option<&str>,
    context: &Context,
) -> Option<Drawing<'a>> {
    let profile = release.profile()?;
    let drawn = Pyramid::of(profile, margin_names(release, questionnaire), census.map(str::to_owned));
    let chart = pyramid(&drawn, context)?;
    Some(Drawing {
        chart,
        numbers: Numbers::Profile(profile),
        title: "Âge et sexe, avant et après redressement".to_owned(),
    })
}

/// The variables of the margins as they are called in a sentence: « commune », « âge ».
pub(crate) fn margin_names(release: &Release, questionnaire: &Questionnaire) -> Vec<String> {
    let variables = release.weighting().map(|weighting| &weighting.variables[..]).unwrap_or_default();
    let name = |variable: &String| {
        let question = asked(questionnaire, variable);
        question.map_or_else(|| variable.clone(), |question| in_sentence(question.short.fr()))
    };
    variables.iter().map(name).collect()
}

/// How respondents are weighted, for the note of every chart; none when they all count the same.
pub fn weighting_in_words(release: &Release, questionnaire: &Questionnaire, census: Option<&str>) -> Option<String> {
    release.weighting()?;
    let names = margin_names(release, questionnaire).join(", ");
    let source = census.map(|census| format!(" ({census})")).unwrap_or_default();
    Some(format!("chiffres redressés sur la population\u{a0}: {names}{source}"))
}

/// The drawing, with its numbers folded.
pub(crate) fn section(edition: Edition, drawing: &Drawing) -> Markup {
    let Numbers::Profile(profile) = drawing.numbers else { return html! {} };
    html! {
        section.result #profil {
            h3 { "Âge et sexe des personnes qui ont répondu" }
            p.finding { (drawing.chart.caption().title) "." }
            (figure(&drawing.chart))
            details.chart-table {
                summary { "Les chiffres" span.visually-hidden { (french(" : ")) (drawing.title) } }
                (table(edition, profile))
            }
            (take_away(edition, &drawing.title, std::slice::from_ref(drawing)))
        }
    }
}

fn table(edition: Edition, profile: &Profile) -> Markup {
    let protection = edition.release.protection();
    let share = |share: Option<f64>| {
        share.map_or_else(|| Protection::NOT_PUBLISHED.to_owned(), |share| percent(share, protection))
    };
    let (women, men) = profile.groups().split_at(profile.groups().len() / 2);
    let label = |groups: &[ProfileGroup]| groups.first().map(|group| group.sex_label.clone()).unwrap_or_default();
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(french("Tableau : âge et sexe des personnes qui ont répondu")) {
            table.totals {
                caption { "Âge et sexe, part des réponses reçues et part après redressement" }
                thead {
                    tr {
                        th scope="col" { "Âge" }
                        @for groups in [women, men] {
                            th scope="col" { (label(groups)) ", reçues" }
                            th scope="col" { (label(groups)) ", redressées" }
                        }
                    }
                }
                tbody {
                    @for (one, other) in women.iter().zip(men) {
                        tr {
                            th scope="row" { (one.age_label) }
                            @for group in [one, other] { td { (share(group.respondents)) } td { (share(group.weighted)) } }
                        }
                    }
                }
            }
        }
    }
}

/// `en ligne (environ 1 200) ; sur papier (environ 305)`: totals only, and none where the edition does not know them.
pub(crate) fn channels(edition: Edition) -> Option<String> {
    let told = |count: u64| match count {
        0..FEWEST => format!("moins de {FEWEST}"),
        more => format!("environ {}", thousands(rounded(more))),
    };
    let channels: Vec<String> =
        edition.channels.iter().map(|(channel, count)| format!("{channel} ({})", told(*count))).collect();
    (!channels.is_empty()).then(|| french(&channels.join(" ; ")))
}
