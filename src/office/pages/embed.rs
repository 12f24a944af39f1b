//! A drawing alone, for the frame of another site: no script, no cookie, and a link back.

use isoloir_ui::{embedded_page, figure_svg, french};
use maud::{Markup, html};

use super::figure::notes;
use super::topic::Drawing;
use super::{INVENTED, address};
use crate::publication::Edition;

/// The document of a frame.
pub(crate) fn embed(edition: Edition, drawing: &Drawing, page: &str) -> Markup {
    let survey = edition.questionnaire.title.fr();
    let body = html! {
        h1 { (drawing.title) }
        @if edition.synthetic { p.banner { (french(INVENTED)) } }
        figure.chart {
            (figure_svg(&drawing.svg))
            figcaption.chart-notes {
                @if drawing.table.spec().by.is_empty() || !drawing.name.contains("-par-") { (notes(edition, drawing.table)) }
            }
        }
        p.link { a href=(address(edition, page)) target="_blank" { "Tous les résultats" span.visually-hidden { " (nouvel onglet)" } } }
    };
    embedded_page(&french(&format!("Graphique : {} – {survey}", drawing.title)), &body)
}
