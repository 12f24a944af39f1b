//! The first page of an edition: what was asked, what stands out, where to read on, who answered, what can be taken away.

use isoloir_charts::sentence;
use isoloir_export::{ExportFile, reliability};
use isoloir_survey::Access;
use isoloir_ui::{Page, figure_svg, french_date, page};
use maud::{Markup, html};

use super::evolution::{self, Changed};
use super::figure::{Level, printed_source, section};
use super::respondents;
use super::topic::{Drawing, Topic, findings};
use super::words::{french, period, rounded, thousands};
use super::{address, frame};
use crate::editions::EditionKind;
use crate::publication::{Edition, SITE};

/// A card is read at a glance: a longer chart stands with its question only.
const MOST_CHOICES_OF_A_CARD: usize = 10;

/// The overview.
pub(crate) fn overview(
    edition: Edition,
    topics: &[Topic],
    changed: &[Changed],
    who: Option<&Drawing>,
    files: &[ExportFile],
) -> Markup {
    let questionnaire = edition.questionnaire;
    let title = french(&format!("Résultats : {}", questionnaire.title.fr()));
    let findings = findings(edition.release, questionnaire, topics);
    let shared: Vec<&Topic> = topics.iter().filter(|topic| topic.axis().is_none()).collect();
    let (profile, general): (Vec<&Topic>, Vec<&Topic>) =
        shared.into_iter().partition(|topic| topic.is_about_respondents(edition.release, questionnaire));
    let body = html! {
        h1 { span.eyebrow { "Résultats de l’enquête" } " " (questionnaire.title.fr()) }
        ul.facts {
            li { strong { (french(&how_many(edition))) } }
            li { (french(&format!("Édition {}, publiée le {}", edition.kind.french(), french_date(edition.published_on)))) }
        }
        p.lead { (french("Consultation volontaire : les personnes qui ont répondu ne représentent pas exactement toute la \
                          population. Les chiffres sont indicatifs.")) }
        @if let Some(words) = reliability(edition.release) { p { strong { (french("Fiabilité : ")) } (words) } }
        @if edition.kind == EditionKind::Interim {
            p.note { (french("L’enquête continue : ces résultats sont provisoires. L’édition définitive les remplacera.")) }
        }
        @if !findings.is_empty() {
            h2 #essentiel { "L’essentiel" }
            p { (french("Selon une règle fixée d’avance, sans regarder les chiffres : ce que les personnes mettent en premier, puis la \
                         première question mise en avant par le questionnaire pour chaque axe.")) }
            ol.findings { @for topic in &findings { (card(edition, topic)) } }
        }
        (evolution::summary(edition, changed))
        h2 #axes { "Lire les résultats par axe" }
        p { (french("Les axes sont ceux du contrat local de santé.")) }
        ul.cards {
            @for axis in &questionnaire.axes {
                li.card {
                    h3 { a href=(address(edition, axis.id.as_str())) { (axis.title.fr()) } }
                    p { (axis.summary.fr()) }
                }
            }
        }
        @if !general.is_empty() {
            h2 #general { "Ce qui touche à tous les axes" }
            @for topic in &general { (section(edition, topic, Level::Three)) }
        }
        h2 #enquete { "Ce qui a été demandé, et à qui" }
        (asked(edition))
        h2 #participation { "Qui a répondu" }
        (participation(edition))
        @if let Some(who) = who { (respondents::section(edition, who)) }
        @for topic in &profile { (section(edition, topic, Level::Three)) }
        (printed_source(topics.iter().find_map(|topic| topic.drawings.first())))
        h2 #donnees { "Télécharger les résultats" }
        (downloads(edition, files))
    };
    page(&Page { survey: "", ..frame(edition, &title) }, &body)
}

fn how_many(edition: Edition) -> String {
    format!("Environ {} réponses", thousands(edition.release.respondents().unwrap_or_default().into()))
}

/// A finding: the sentence, its chart unless it is a long one, and where to read more.
fn card(edition: Edition, topic: &Topic) -> Markup {
    let axis = edition.questionnaire.axes.iter().find(|axis| Some(axis.id.as_str()) == topic.axis());
    let page = topic.axis().unwrap_or_default();
    let drawing = topic.drawings.first().filter(|_| topic.question.choices().len() <= MOST_CHOICES_OF_A_CARD);
    html! {
        li.card.finding-card {
            h3 { (topic.title()) }
            @if let Some(finding) = topic.finding() { p.finding { (sentence(&finding)) } }
            @if let Some(drawing) = drawing { figure.chart { (figure_svg(&drawing.again())) } }
            p.link {
                a href=(address(edition, &format!("{page}#q-{}", topic.question.id))) {
                    @match axis {
                        Some(axis) => { (french("Lire la suite : ")) (axis.title.fr()) },
                        None => { (french("Lire la suite, plus bas : ")) (topic.title()) },
                    }
                }
            }
        }
    }
}

/// The survey in a few facts.
fn asked(edition: Edition) -> Markup {
    let questionnaire = edition.questionnaire;
    let questions =
        questionnaire.questions().filter(|question| question.is_asked() && question.specifies.is_none()).count();
    let pages: Vec<&str> = questionnaire.pages.iter().map(|page| page.title.fr()).collect();
    html! {
        dl.sheet {
            dt { "Organisateur" }
            dd { (questionnaire.organiser.fr()) }
            dt { "Territoire" }
            dd { (communes(edition)) }
            dt { "Façon de répondre" }
            dd { (access(questionnaire.access)) }
            dt { "Période" } dd { (period(edition)) }
            dt { "Questions" }
            dd { (french(&format!("{questions} questions, {} minutes environ : {}.", questionnaire.minutes, pages.join(" ; ")))) }
        }
    }
}

/// How many communes were asked.
pub(crate) fn communes(edition: Edition) -> String {
    match edition.questionnaire.territory.communes.len() {
        1 => "une commune".to_owned(),
        count => format!("{count} communes"),
    }
}

/// Who could answer.
pub(crate) fn access(access: Access) -> String {
    french(match access {
        Access::Invitation => {
            "sur invitation : un code, une réponse ; rien n’est gardé qui dise quel code a répondu quoi"
        }
        Access::Open => "ouverte à toutes et à tous, sans code ; une même personne a pu répondre plusieurs fois",
    })
}

fn participation(edition: Edition) -> Markup {
    html! {
        p {
            (french(&how_many(edition))) " ont été comptées"
            @if let Some((codes, issued)) = edition.counts.drawn() {
                (french(&format!(" ; {} codes d’invitation ont été tirés, environ {} ont servi", thousands(codes), thousands(rounded(issued)))))
            }
            ". "
            @if let Some(channels) = respondents::channels(edition) { (french(&format!("On a répondu {channels}. "))) }
            @if edition.release.weighting().is_some() {
                (french("Les réponses sont redressées : celles des groupes qui ont peu répondu comptent davantage, pour que chaque \
                         groupe pèse comme dans la population. Voici ce que les personnes ont dit d’elles-mêmes, après redressement."))
            } @else {
                (french("Les réponses ne sont pas redressées : elles décrivent les personnes qui ont répondu, et non toute la \
                         population. Voici ce qu’elles ont dit d’elles-mêmes."))
            }
        }
    }
}

fn downloads(edition: Edition, files: &[ExportFile]) -> Markup {
    html! {
        p { (french("Tous les tableaux, protégés comme ceux de ces pages : arrondis, et sans les nombres trop petits.")) }
        ul.files {
            @for file in files {
                li {
                    a href=(address(edition, &file.name)) download { (file.name) }
                    span.file-size { " (" (size(file.bytes.len())) ")" }
                    (french(" : ")) (file.description)
                }
            }
        }
        p {
            (french("Pour reprendre un graphique, ouvrez « Télécharger, intégrer » sous ce graphique. Pour citer ces résultats : "))
            a href=(address(edition, "methode#citer")) { "comment citer" } "."
        }
        p.permalink { (french("Adresse de cette page : ")) (SITE) (address(edition, "")) }
    }
}

/// `12 ko`, as French writes bytes.
fn size(bytes: usize) -> String {
    match bytes {
        0..=999 => format!("{bytes}\u{a0}octets"),
        1_000..=999_999 => format!("{}\u{a0}ko", bytes.div_ceil(1000)),
        _ => format!("{},{}\u{a0}Mo", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
