//! An axis of the contract: what each of its questions found.

use isoloir_export::NOISY_SUMS;
use isoloir_survey::Axis;
use isoloir_ui::page;
use maud::{Markup, html};

use super::figure::{Level, printed_source, section};
use super::topic::Topic;
use super::words::french;
use super::{address, breadcrumb, frame};
use crate::publication::Edition;

/// The page of an axis.
pub(crate) fn axis(edition: Edition, axis: &Axis, topics: &[Topic]) -> Markup {
    let questionnaire = edition.questionnaire;
    let topics: Vec<&Topic> = topics.iter().filter(|topic| topic.axis() == Some(axis.id.as_str())).collect();
    let position = questionnaire.axes.iter().position(|other| other.id == axis.id);
    let next = position.and_then(|position| questionnaire.axes.get(position + 1));
    let body = html! {
        (breadcrumb(edition, axis.title.fr()))
        h1 { (axis.title.fr()) }
        p.lead { (axis.summary.fr()) }
        @if topics.is_empty() { p.note { "Aucune question de cette enquête n’informe cet axe." } }
        @if topics.len() > 1 {
            nav.contents aria-labelledby="sommaire" {
                h2 #sommaire { "Sur cette page" }
                ul { @for topic in &topics { li { a href={ "#q-" (topic.question.id) } { (topic.title()) } } } }
                p.hint { (french("À l’impression : les graphiques, et les tableaux que vous avez ouverts.")) }
            }
        }
        @if !topics.is_empty() { p.hint { (NOISY_SUMS) "." } }
        @for topic in &topics { (section(edition, topic, Level::Two)) }
        (printed_source(topics.iter().find_map(|topic| topic.drawings.first())))
        nav.onwards aria-label="Suite" {
            @if let Some(next) = next {
                a.button href=(address(edition, next.id.as_str())) { (french("Axe suivant : ")) (next.title.fr()) }
            }
            p.link { a href=(address(edition, "methode")) { "Comment ces chiffres sont faits" } }
        }
    };
    page(&frame(edition, axis.title.fr()), &body)
}
