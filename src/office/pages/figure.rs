//! One section of a page: what a question found, its drawings, the numbers behind them, and what can be taken away.

use isoloir_charts::{finding, sorted_columns};
use isoloir_disclosure::ReleaseTable;
use isoloir_ui::{figure_svg, french, french_date};
use maud::{Markup, html};

use super::topic::{Drawing, Topic};
use super::words::{interval, share, thousands};
use super::{address, table};
use crate::publication::{Edition, SITE};

/// How deep a section's heading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Two,
    Three,
}

/// The whole section of a topic.
pub(crate) fn section(edition: Edition, topic: &Topic, level: Level) -> Markup {
    let finding = finding(topic.first());
    html! {
        section.result id={ "q-" (topic.question.id) } {
            @match level {
                Level::Two => h2 { (topic.title()) },
                Level::Three => h3 { (topic.title()) },
            }
            @if let Some(finding) = finding { p.finding { (finding) "." } }
            @if topic.drawings.is_empty() {
                p.note { (french("n insuffisant : trop peu de personnes ont répondu à cette question pour publier un résultat sans \
                                  désigner personne.")) }
            }
            @for tables in &topic.questions { (question(edition, topic, tables)) }
            @if !topic.drawings.is_empty() { (take_away(edition, topic)) }
        }
    }
}

/// A question: everybody's answers beside their numbers, then the territory, then each breakdown folded.
fn question(edition: Edition, topic: &Topic, tables: &[ReleaseTable]) -> Markup {
    let of = |table: &ReleaseTable| {
        let is_of = |drawing: &&Drawing| std::ptr::eq(drawing.table, table);
        topic.drawings.iter().filter(is_of).collect::<Vec<_>>()
    };
    let first = of(&tables[0]);
    let Some((everybody, territory)) = first.split_first() else { return html! {} };
    html! {
        div.pair {
            figure.chart {
                (figure_svg(&everybody.svg))
                figcaption.chart-notes { (notes(edition, everybody.table)) }
            }
            (table::totals(everybody.table))
        }
        @for drawing in territory {
            figure.chart {
                (figure_svg(&drawing.svg))
                figcaption.chart-notes {
                    p { (french("Chaque point est une commune ; le trait marque l’ensemble du territoire.")) }
                    @if let Some(difference) = table::difference(edition.release, drawing.table) { p { (difference) } }
                }
            }
        }
        @for table in tables.iter().filter(|table| !table.spec().by.is_empty()) {
            details.chart-table {
                summary { "Par " (table.spec().breakdown.to_lowercase()) span.visually-hidden { (french(" : ")) (table.spec().title) } }
                @if !std::ptr::eq(table, everybody.table) {
                    @for drawing in of(table) { figure.chart { (figure_svg(&drawing.svg)) } }
                    @if let Some(difference) = table::difference(edition.release, table) { p { (difference) } }
                }
                (table::by_category(table))
            }
        }
    }
}

/// How to read the drawing of everybody's answers, and what it is of.
pub(crate) fn notes(edition: Edition, table: &ReleaseTable) -> Markup {
    let spec = table.spec();
    let base = table.total().base.unwrap_or_default();
    let example = sorted_columns(table)
        .into_iter()
        .filter(|(_, _, cell)| cell.share().is_some())
        .max_by(|(_, _, a), (_, _, b)| a.share().unwrap_or(-1.0).total_cmp(&b.share().unwrap_or(-1.0)));
    let weighted = if edition.release.weighting().is_some() { "redressés" } else { "non redressés" };
    html! {
        @if let Some((_, column, cell)) = example {
            p {
                strong { "Lecture" } (french(" : ")) (share(&cell, table.protection()).unwrap_or_default())
                " des personnes qui ont répondu à la question disent " (french(&format!("« {} »", column.label)))
                @if let Some(interval) = interval(&cell) { (french(" ; l’intervalle à 95 % va ")) (interval) }
                "."
            }
        }
        p { strong { "Question" } (french(" : ")) (french(&spec.text)) @if spec.several { (french(" (plusieurs réponses possibles)")) } }
        p { strong { "Champ" } (french(&format!(" : environ {} personnes qui ont répondu à cette question.", thousands(base.into())))) }
        p { strong { "Source" } (french(" : ")) (edition.questionnaire.title.fr()) ", " (edition.questionnaire.organiser.fr()) ", "
            (french_date(edition.published_on)) ", chiffres protégés et " (weighted) "." }
    }
}

/// Each drawing as files, and the code that puts it in another page.
fn take_away(edition: Edition, topic: &Topic) -> Markup {
    let id = &edition.questionnaire.id;
    html! {
        details.take-away {
            summary { "Télécharger, intégrer" span.visually-hidden { (french(" : ")) (topic.title()) } }
            @for drawing in &topic.drawings {
                p.take-away__title { (drawing.title) }
                ul.downloads {
                    @for (extension, name) in [("svg", "SVG"), ("png", "PNG"), ("csv", "CSV")] {
                        li {
                            a href=(address(edition, &format!("charts/{}.{extension}", drawing.name))) download {
                                (name) span.visually-hidden { (french(" : ")) (drawing.title) }
                            }
                        }
                    }
                    li { a href=(address(edition, &format!("embed/{}", drawing.name))) { "Page à intégrer" span.visually-hidden { (french(" : ")) (drawing.title) } } }
                }
                @let code = format!("code-{}", drawing.name);
                label for=(code) { "Code à copier dans votre site" span.visually-hidden { (french(" : ")) (drawing.title) } }
                textarea.code id=(code) rows="4" readonly spellcheck="false" { (iframe(id.as_str(), drawing)) }
            }
        }
    }
}

/// The element that shows the drawing in another site. Its height fits a column of 24 rem, the widest that it is drawn.
fn iframe(survey: &str, drawing: &Drawing) -> String {
    let title = drawing.title.replace('&', "&amp;").replace('"', "&quot;");
    let height = drawing.height_px();
    format!(
        "<iframe src=\"{SITE}/r/{survey}/embed/{}\" title=\"{title}\" width=\"100%\" height=\"{height}\" loading=\"lazy\" \
         style=\"border:0\"></iframe>",
        drawing.name
    )
}
