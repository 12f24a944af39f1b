//! One section of a page: what a question found, its drawings, the numbers behind them, and what can be taken away.

use isoloir_charts::{Caption, Chart, Layout, sentence};
use isoloir_disclosure::{ReleaseTable, in_sentence};
use isoloir_export::difference;
use isoloir_survey::Kind;
use isoloir_ui::figure_svg;
use maud::{Markup, html};

use super::evolution::since;
use super::topic::{Drawing, Topic};
use super::words::{french, whole};
use super::{address, table};
use crate::publication::{Edition, SITE};

/// Of the notes under an embedded drawing, on a telephone.
const LINE_CHARACTERS: usize = 38;
const LINE_PX: usize = 23;
/// Its title, its question and its link.
const FRAME_EXTRA_PX: usize = 260;

/// How deep a section's heading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Two,
    Three,
}

/// The whole section of a topic.
pub(crate) fn section(edition: Edition, topic: &Topic, level: Level) -> Markup {
    html! {
        section.result id={ "q-" (topic.question.id) } {
            @match level {
                Level::Two => h2 { (topic.title()) },
                Level::Three => h3 { (topic.title()) },
            }
            @if let Some(finding) = topic.finding() { p.finding { (sentence(&finding)) } }
            (since(edition, topic))
            @let asked = if topic.first().spec().computed { "Score calculé" } else { "Question posée" };
            p.asked { strong { (asked) } (french(" : ")) (french(topic.asked())) }
            @if topic.drawings.is_empty() {
                p.note { (french("Non publié : trop peu de personnes ont répondu à cette question pour publier un résultat sans désigner \
                                  personne.")) }
            }
            @if let (Kind::Matrix, Some(rows)) = (&topic.question.kind, topic.drawings.first().filter(|rows| rows.is_of_several())) {
                (figure(&rows.chart))
            }
            @for tables in &topic.questions { (question(edition, topic, tables)) }
            @if !topic.drawings.is_empty() { (take_away(edition, topic.title(), &topic.drawings)) }
        }
    }
}

/// A question: everybody's answers beside their numbers, then the territory in one drawing, then each breakdown folded. The rows of a matrix
/// are drawn together, above.
fn question(edition: Edition, topic: &Topic, tables: &[ReleaseTable]) -> Markup {
    let is_told = tables[0].total().base.is_some();
    let is_matrix = topic.question.id.as_str() != tables[0].spec().question;
    let of = |table: &ReleaseTable| topic.drawings.iter().filter(|drawing| drawing.is_of(table)).collect::<Vec<_>>();
    let drawn = of(&tables[0]);
    let is_everybody = |drawing: &&&Drawing| drawing.name() == tables[0].spec().question;
    let everybody = drawn.iter().find(is_everybody);
    // A map says where; the dots of the same numbers are below, with their table.
    let shown = drawn.iter().find(|drawing| !is_matrix && !is_everybody(drawing));
    let is_folded =
        |drawing: &&&Drawing| !is_everybody(drawing) && shown.is_none_or(|shown| shown.name() != drawing.name());
    html! {
        @if is_told {
            @if let Some(everybody) = everybody {
                div.pair { (narrow_figure(&everybody.chart)) (table::totals(&tables[0])) }
            } @else {
                (table::totals(&tables[0]))
            }
        }
        @if let Some(drawing) = shown { (titled_figure(&drawing.chart)) }
        @for table in tables.iter().filter(|table| is_told && !table.spec().by.is_empty()) {
            details.chart-table {
                summary { "Par " (in_sentence(&table.spec().breakdown)) span.visually-hidden { (french(" : ")) (table.spec().title) } }
                @for drawing in of(table).iter().filter(|drawing| is_folded(drawing)) { (titled_figure(&drawing.chart)) }
                @if let Some(difference) = difference(edition.release, table) { p { (difference) } }
                (table::by_category(table))
            }
        }
    }
}

/// A chart on a line of its own, of which the page says above what it found.
pub(crate) fn figure(chart: &Chart) -> Markup {
    html! { figure.chart.chart--wide { (both_layouts(chart)) (caption(chart.caption())) } }
}

/// A chart on a line of its own, with what it found.
pub(crate) fn titled_figure(chart: &Chart) -> Markup {
    html! {
        figure.chart.chart--wide {
            p.chart-title { (chart.caption().title) "." }
            (both_layouts(chart))
            (caption(chart.caption()))
        }
    }
}

/// A chart that has its numbers beside it.
pub(crate) fn narrow_figure(chart: &Chart) -> Markup {
    html! { figure.chart { (figure_svg(&chart.drawing(Layout::Narrow))) (caption(chart.caption())) } }
}

/// The drawing for a telephone and the one for a wide screen; a stylesheet shows one of them.
pub(crate) fn both_layouts(chart: &Chart) -> Markup {
    html! {
        div.drawn-narrow { (figure_svg(&chart.drawing(Layout::Narrow))) }
        div.drawn-wide { (figure_svg(&chart.drawing(Layout::Wide))) }
    }
}

/// How to read a drawing and whom it is about; where it is from and how it was made, folded.
fn caption(caption: &Caption) -> Markup {
    let (first, rest): (Vec<_>, Vec<_>) =
        caption.notes().into_iter().partition(|(heading, _)| matches!(*heading, "Lecture" | "Champ"));
    html! {
        figcaption.chart-notes {
            @for (heading, text) in first { p { strong { (heading) } (french(" : ")) (text) } }
            details {
                summary { "Source et note" span.visually-hidden { (french(" : ")) (caption.title) } }
                @for (heading, text) in rest { p { strong { (heading) } (french(" : ")) (text) } }
            }
        }
    }
}

/// Where the charts of a page are from and how they were made, once: on paper, where nothing is folded.
pub(crate) fn printed_source(drawing: Option<&Drawing>) -> Markup {
    let Some(drawing) = drawing else { return html! {} };
    let Caption { source, note, .. } = drawing.chart.caption();
    html! {
        div.print-only.chart-notes {
            p { strong { "Source" } (french(" : ")) (source) }
            p { strong { "Note" } (french(" : ")) (note) }
        }
    }
}

/// Each drawing as files, and the code that puts it in another page.
pub(crate) fn take_away(edition: Edition, title: &str, drawings: &[Drawing]) -> Markup {
    let id = &edition.questionnaire.id;
    html! {
        details.take-away {
            summary { "Télécharger, intégrer" span.visually-hidden { (french(" : ")) (title) } }
            @for drawing in drawings {
                p.take-away__title { (drawing.title) }
                ul.downloads {
                    @for (extension, name) in [("svg", "SVG"), ("png", "PNG"), ("csv", "CSV")] {
                        li {
                            a href=(address(edition, &format!("charts/{}.{extension}", drawing.name()))) download {
                                (name) span.visually-hidden { (french(" : ")) (drawing.title) }
                            }
                        }
                    }
                    li { a href=(address(edition, &format!("embed/{}", drawing.name()))) { "Page à intégrer" span.visually-hidden { (french(" : ")) (drawing.title) } } }
                }
                @let code = format!("code-{}", drawing.name());
                label for=(code) { "Code à copier dans votre site" span.visually-hidden { (french(" : ")) (drawing.title) } }
                textarea.code id=(code) rows="4" readonly spellcheck="false" { (iframe(id.as_str(), drawing)) }
            }
        }
    }
}

/// The element that shows the drawing in another site. Its height is that of a telephone's width, the tallest.
fn iframe(survey: &str, drawing: &Drawing) -> String {
    let title = drawing.title.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<iframe src=\"{SITE}/r/{survey}/embed/{}\" title=\"{title}\" width=\"100%\" height=\"{}\" loading=\"lazy\" \
         style=\"border:0\"></iframe>",
        drawing.name(),
        frame_height_px(&drawing.chart)
    )
}

/// Room for the drawing as a telephone shows it, and for the words around it.
fn frame_height_px(chart: &Chart) -> u64 {
    let svg = chart.drawing(Layout::Narrow);
    let view_box = svg.split_once("viewBox=\"").and_then(|(_, rest)| rest.split_once('"'));
    let height = view_box.and_then(|(view_box, _)| view_box.rsplit(' ').next()?.parse::<f64>().ok());
    let words: usize = chart.caption().notes().iter().map(|(_, text)| text.chars().count()).sum();
    let around = words / LINE_CHARACTERS * LINE_PX + FRAME_EXTRA_PX;
    whole(height.unwrap_or_default()).saturating_add(around as u64)
}
