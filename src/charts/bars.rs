//! One bar per choice, for everybody, with its interval.

use isoloir_disclosure::{Column, Estimate, Protection, ReleaseTable};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, NEUTRAL, SOFT};
use crate::drawing::{Drawing, Fill, Layout, PLAIN, STRONG, along};
use crate::finding::{finding, verb};
use crate::lane::{Track, extent, lane, reach};
use crate::wording::{between, estimate_in_words, percent, percent_bare, quoted, sorted_columns, spaced};

/// A column, its place in the table, and what is published of it.
type Answer<'a> = (usize, &'a Column, Estimate);

const BAR_HEIGHT: f64 = 20.0;
/// Room for « 95 % ou plus » after the longest bar.
const VALUE_WIDTH: f64 = 124.0;
/// The points of a scale stand beside their bars: their labels are numbers.
const POINT_WIDTH: f64 = 42.0;

/// Bars of choices without an order: the longest. The description and the tables name all.
const MOST_BARS: usize = 24;

/// Draws the shares of everybody. A masked share has no bar and says so in words.
pub fn bars(table: &ReleaseTable, context: &Context) -> Chart {
    let spec = table.spec();
    let columns = sorted_columns(table);
    let protection = table.protection();
    let values: Vec<String> = columns
        .iter()
        .map(|(_, column, estimate)| format!("{}\u{a0}: {}", column.label, estimate_in_words(estimate, protection)))
        .collect();
    let words = Words {
        id: spec.question.clone(),
        title: match finding(table) {
            Some(finding) => format!("{}\u{a0}: {finding}", spec.title),
            None => format!("{}\u{a0}: trop peu de réponses pour un résultat", spec.title),
        },
        question: if spec.several {
            format!("{} (plusieurs réponses possibles)", spec.text)
        } else {
            spec.text.clone()
        },
        lecture: reading(table),
        champ: context.field(spec, table.total().base),
        is_weighted: true,
        marks: spaced(&format!(
            "le trait noir sur une barre est l’intervalle de confiance à 95 % ; une barre pleine longueur vaudrait {:.0} %",
            longest(&columns) * 100.0
        )),
        also_from: None,
        alternative: values.join("\u{202f}; "),
    };
    let (drawn, others) = longest_bars(table, &columns);
    Chart::new(context, words, |layout| draw(&drawn, others, layout, protection))
}

/// The answer that is put forward, or the most frequent one, read.
fn reading(table: &ReleaseTable) -> String {
    let published: Vec<(&Column, f64, (f64, f64))> = sorted_columns(table)
        .into_iter()
        .filter_map(|(_, column, cell)| Some((column, cell.share()?, cell.interval()?)))
        .filter(|(column, _, _)| !column.missing)
        .collect();
    // Of equal shares the one that is drawn first.
    let largest = published.iter().rev().max_by(|(_, a, _), (_, b, _)| a.total_cmp(b));
    let headline = published.iter().find(|(column, _, _)| table.spec().headline == [column.code.as_str()]);
    let Some((column, share, interval)) = headline.or(largest) else { return String::new() };
    let people = percent_bare(*share, table.protection()).replace('≥', "au moins");
    let spec = table.spec();
    let who = if spec.computed { "dont le score est connu" } else { "qui ont répondu à la question" };
    let verb = verb(spec, true);
    spaced(&format!(
        "sur 100 personnes {who}, {people} {verb} {} ; compte tenu du hasard, {}",
        quoted(&column.label),
        between(*interval)
    ))
}

/// The choices that are drawn, and how many others there are. Whoever looks for « Autre », or for who did not answer, finds them.
/// What is left out is counted and not added up: a sum would give away a share that is hidden among them.
fn longest_bars<'a>(table: &ReleaseTable, columns: &[Answer<'a>]) -> (Vec<Answer<'a>>, usize) {
    let is_of_list = |column: &Column| !column.rest && !column.missing;
    let answers = columns.iter().filter(|(_, column, _)| is_of_list(column)).count();
    // A sentence takes the room of a bar.
    if table.spec().ordered || answers <= MOST_BARS + 1 {
        return (columns.to_vec(), 0);
    }
    let (listed, apart): (Vec<Answer>, Vec<Answer>) = columns.iter().partition(|(_, column, _)| is_of_list(column));
    (listed.into_iter().take(MOST_BARS).chain(apart).collect(), answers - MOST_BARS)
}

fn draw(columns: &[Answer], others: usize, layout: Layout, protection: Protection) -> Drawing {
    let mut drawing = Drawing::new(layout.width());
    let is_point = |column: &Column| column.label.parse::<u8>().is_ok();
    let is_scale = layout == Layout::Narrow && columns.iter().all(|(_, column, _)| column.missing || is_point(column));
    let indent = if is_scale { POINT_WIDTH } else { 0.0 };
    let longest = longest(columns);
    let room = (extent(layout).1 - VALUE_WIDTH - indent) / longest;
    for (_, column, estimate) in columns {
        let track = if is_scale && !column.missing {
            beside(&mut drawing, &column.label)
        } else {
            drawing.height += if is_scale { 6.0 } else { 0.0 };
            let track = lane(&mut drawing, layout, &column.label, BAR_HEIGHT);
            Track { x: track.x + indent, ..track }
        };
        bar(&mut drawing, track, room, estimate, if column.missing { NEUTRAL } else { BAR }, protection);
    }
    if others > 0 {
        let words =
            spaced(&format!("Et {others} autres réponses, pas plus fréquentes ou non publiées : voir les tableaux."));
        drawing.paragraph(&words, PLAIN.colored(SOFT));
    }
    drawing
}

/// What the longest bar stands for.
fn longest(columns: &[Answer]) -> f64 {
    reach(columns.iter().filter_map(|(_, _, estimate)| estimate.interval()).map(|(_, high)| high))
}

fn beside(drawing: &mut Drawing, label: &str) -> Track {
    let y = drawing.height;
    drawing.text(0.0, y + 3.0, label, PLAIN);
    drawing.height += BAR_HEIGHT + 6.0;
    Track { x: POINT_WIDTH, y, height: BAR_HEIGHT }
}

/// A bar on a scale of `room` units for 100 %, its interval, its share.
pub(crate) fn bar(
    drawing: &mut Drawing,
    track: Track,
    room: f64,
    estimate: &Estimate,
    color: crate::color::Color,
    protection: Protection,
) {
    let Some((share, (low, high))) = estimate.share().zip(estimate.interval()) else {
        drawing.text(track.x, track.y + 3.0, Protection::NOT_PUBLISHED, PLAIN.colored(SOFT));
        return;
    };
    // A bar of less than two units cannot be seen.
    let length = along(share, room).max(2.0);
    drawing.rect((track.x, track.y), (length, track.height), Fill::Plain(color), None);
    let (low, high) = (track.x + along(low, room), track.x + along(high, room));
    drawing.interval((low, high), track.middle(), 4.0);
    drawing.text(high.max(track.x + length) + 8.0, track.y + 3.0, &percent(share, protection), STRONG);
}
