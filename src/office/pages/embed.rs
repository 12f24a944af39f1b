//! A drawing alone, for the frame of another site: no script, no cookie, and a link back.

use isoloir_ui::embedded_page;
use maud::{Markup, html};

use super::address;
use super::figure::both_layouts;
use super::topic::Drawing;
use super::words::french;
use crate::publication::Edition;

/// The document of a frame.
pub(crate) fn embed(edition: Edition, drawing: &Drawing, page: &str) -> Markup {
    let survey = edition.questionnaire.title.fr();
    let caption = drawing.chart.caption();
    let body = html! {
        h1 { (caption.title) }
        p.asked { (caption.question) }
        figure.chart {
            (both_layouts(&drawing.chart))
            figcaption.chart-notes { @for (heading, text) in caption.notes() { p { strong { (heading) } (french(" : ")) (text) } } }
        }
        p.link {
            a href=(address(edition, page)) target="_blank" {
                (french("Résultats de l’enquête « ")) (survey) (french(" »")) span.visually-hidden { " (nouvel onglet)" }
            }
        }
    };
    embedded_page(&french(&format!("Graphique : {} – {survey}", drawing.title)), &body)
}
