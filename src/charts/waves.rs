//! Two editions: the share of each choice before and now.

use isoloir_disclosure::Protection;

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, INK, PAPER, SOFT};
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke, Style, line_height};
use crate::wording::{percent, percent_or_none, quoted, spaced};

const RADIUS: f64 = 6.0;
const VALUE_WIDTH: f64 = 50.0;
const ARROW_WIDTH: f64 = 18.0;
/// Height of the drawing for each choice: lines that are close need room for their labels.
const ROOM_PER_CHOICE: f64 = 56.0;
const LEAST_ROOM: f64 = 180.0;

/// One choice in both editions.
#[derive(Debug, Clone, PartialEq)]
pub struct WaveChange {
    /// The choice's label.
    pub label: String,
    /// Its published share in the earlier edition.
    pub before: Option<f64>,
    /// Its published share in this one.
    pub now: Option<f64>,
    /// Whether the difference is more than chance, after correction for the number of tests.
    pub is_significant: bool,
}

impl WaveChange {
    /// How it changed, where that can be told: −1, 0 (may be chance) or 1.
    fn direction(&self) -> i8 {
        match (self.before, self.now) {
            (Some(before), Some(now)) if self.is_significant && now > before => 1,
            (Some(before), Some(now)) if self.is_significant && now < before => -1,
            _ => 0,
        }
    }
}

/// A question that two editions asked in the same words.
#[derive(Debug, Clone, PartialEq)]
pub struct Waves {
    /// The variable's name.
    pub question: String,
    /// Short title.
    pub title: String,
    /// The question as it was asked.
    pub text: String,
    /// Name of the earlier edition: « 2022 ».
    pub before: String,
    /// Name of this one: « 2026 ».
    pub now: String,
    /// Its choices.
    pub choices: Vec<WaveChange>,
    /// Published bases of both editions.
    pub bases: (Option<u32>, Option<u32>),
    /// Whether the shares of each carry weights.
    pub is_weighted: (bool, bool),
}

fn is_year(edition: &str) -> bool {
    edition.len() == 4 && edition.bytes().all(|byte| byte.is_ascii_digit())
}

/// « 2022 » as a year is written, other names between quotation marks.
fn edition(name: &str) -> String {
    if is_year(name) { name.to_owned() } else { quoted(name) }
}

/// « en 2022 », or « dans « Premiers résultats » » where an edition's name is no year.
fn within(name: &str) -> String {
    if is_year(name) { format!("en {name}") } else { format!("dans {}", quoted(name)) }
}

/// Draws a slope per choice. Changes that are more than chance are thick, with filled ends, an arrow and bold words; the others
/// thin and dashed. None unless one choice is published in both editions.
pub fn waves(waves: &Waves, context: &Context) -> Option<Chart> {
    let (known, unknown): (Vec<&WaveChange>, Vec<&WaveChange>) =
        waves.choices.iter().partition(|choice| choice.before.is_some() && choice.now.is_some());
    if known.is_empty() {
        return None;
    }
    let protection = context.protection;
    let base = waves.bases.0.zip(waves.bases.1);
    let base = base.map(|(before, now)| {
        let (then, today) = (within(&waves.before), within(&waves.now));
        format!(" ({} {then}, {} {today})", context.people(before), context.people(now))
    });
    let marks = "trait plein, points pleins et flèche : écart net, plus grand que le hasard (tests corrigés de Holm) ; \
                 trait pointillé : l’écart peut venir du hasard";
    let labels: Vec<String> = unknown.iter().map(|choice| quoted(&choice.label)).collect();
    let marks = match labels[..] {
        [] => marks.to_owned(),
        _ => format!("{marks} ; {} à l’une des éditions : {}", Protection::NOT_PUBLISHED, labels.join(", ")),
    };
    let words = Words {
        id: format!("{}-evolution", waves.question),
        title: finding(waves, protection),
        question: waves.text.clone(),
        lecture: reading(&known, waves, protection),
        champ: format!("{} ayant répondu à cette question{}", context.population, base.unwrap_or_default()),
        is_weighted: true,
        marks: spaced(&marks),
        also_from: Some(format!("comparée avec l’édition {}", quoted(&waves.before))),
        alternative: alternative(waves, protection),
    };
    let context = Context { weighting: weighting(waves, context), ..context.clone() };
    Some(Chart::new(&context, words, |layout| draw(&known, waves, protection, layout)))
}

/// What the weights of both editions are worth.
fn weighting(waves: &Waves, context: &Context) -> Option<String> {
    let alone = |edition: &str| {
        format!(
            "seuls les chiffres de l’édition {} sont redressés\u{a0}: une partie des écarts peut venir de là",
            quoted(edition)
        )
    };
    match waves.is_weighted {
        (true, true) => context.weighting.clone(),
        (true, false) => Some(alone(&waves.before)),
        (false, true) => Some(alone(&waves.now)),
        (false, false) => None,
    }
}

fn finding(waves: &Waves, protection: Protection) -> String {
    let size = |choice: &&WaveChange| choice.now.zip(choice.before).map_or(0.0, |(now, before)| (now - before).abs());
    let clear = waves.choices.iter().filter(|choice| choice.direction() != 0);
    let largest = clear.max_by(|one, other| size(one).total_cmp(&size(other)));
    let said = match largest {
        Some(choice) => format!(
            "{} {}, de {} {} à {} {}",
            quoted(&choice.label),
            if choice.direction() > 0 { "augmente" } else { "recule" },
            percent_or_none(choice.before, protection),
            within(&waves.before),
            percent_or_none(choice.now, protection),
            within(&waves.now)
        ),
        None => format!("pas d’évolution nette entre {} et {}", edition(&waves.before), edition(&waves.now)),
    };
    spaced(&format!("{} : {said}", waves.title))
}

fn reading(known: &[&WaveChange], waves: &Waves, protection: Protection) -> String {
    let example = known.iter().find(|choice| choice.direction() != 0).or(known.first());
    let Some(choice) = example else { return String::new() };
    let verdict = match choice.direction() {
        1 => "une hausse nette",
        -1 => "une baisse nette",
        _ => "un écart qui peut venir du hasard",
    };
    spaced(&format!(
        "{} : {} {}, {} {}, {verdict}",
        quoted(&choice.label),
        percent_or_none(choice.before, protection),
        within(&waves.before),
        percent_or_none(choice.now, protection),
        within(&waves.now)
    ))
}

fn alternative(waves: &Waves, protection: Protection) -> String {
    let choices = waves.choices.iter().map(|choice| {
        let verdict = match choice.direction() {
            1 => ", hausse nette",
            -1 => ", baisse nette",
            _ => "",
        };
        format!(
            "{}\u{a0}: {} {}, {} {}{verdict}",
            choice.label,
            percent_or_none(choice.before, protection),
            within(&waves.before),
            percent_or_none(choice.now, protection),
            within(&waves.now)
        )
    });
    choices.collect::<Vec<_>>().join("\u{202f}; ")
}

/// A label that would like to stand around `wanted`.
struct Label {
    wanted: f64,
    height: f64,
}

/// Tops of labels, in order, as near as possible to where they would like to be: they are pushed down where they would
/// overlap, then up from the bottom.
fn spread(labels: &[Label], bottom: f64) -> Vec<f64> {
    let mut tops = Vec::with_capacity(labels.len());
    let mut free = 0.0_f64;
    for label in labels {
        let top = (label.wanted - label.height / 2.0).max(free);
        tops.push(top);
        free = top + label.height;
    }
    let mut limit = bottom;
    for (top, label) in tops.iter_mut().zip(labels).rev() {
        *top = top.min(limit - label.height);
        limit = *top;
    }
    tops
}

fn style_of(choice: &WaveChange) -> Style {
    if choice.direction() == 0 { PLAIN } else { STRONG }
}

fn draw(known: &[&WaveChange], waves: &Waves, protection: Protection, layout: Layout) -> Drawing {
    let mut drawing = Drawing::new(layout.width());
    let (left, right) = (VALUE_WIDTH + 14.0, layout.width() * 0.45);
    let text_x = right + 18.0;
    let text_room = layout.width() - text_x - ARROW_WIDTH;
    let heading = |name: &str, short: &str| {
        let fits = STRONG.width(name) <= 2.0 * left;
        if fits { name.to_owned() } else { short.to_owned() }
    };
    drawing.text_around(left, 0.0, &heading(&waves.before, "Avant"), STRONG);
    drawing.text_around(right, 0.0, &heading(&waves.now, "Maintenant"), STRONG);
    let top = LINE + 12.0;

    // Largest first, as they are drawn from top to bottom.
    let mut by_now = known.to_vec();
    by_now.sort_by(|one, other| other.now.unwrap_or(0.0).total_cmp(&one.now.unwrap_or(0.0)));
    let mut by_before = known.to_vec();
    by_before.sort_by(|one, other| other.before.unwrap_or(0.0).total_cmp(&one.before.unwrap_or(0.0)));
    let text = |choice: &WaveChange| {
        let words = format!("{}  {}", percent_or_none(choice.now, protection), choice.label);
        style_of(choice).wrap(&words, text_room)
    };
    let lines: Vec<Vec<String>> = by_now.iter().map(|choice| text(choice)).collect();
    let heights: Vec<f64> = lines
        .iter()
        .map(|lines| f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX)) * line_height(PLAIN) + 4.0)
        .collect();
    let count = f64::from(u32::try_from(known.len()).unwrap_or(u32::MAX));
    let room = heights.iter().sum::<f64>().max(count * ROOM_PER_CHOICE).max(LEAST_ROOM);
    let highest = known.iter().flat_map(|choice| [choice.before, choice.now]).flatten().fold(0.05, f64::max);
    let y = |share: f64| top + 10.0 + (room - 20.0) * (1.0 - share / highest);
    let bottom = top + room;

    let stroke = Stroke::new(SOFT, 1.0);
    drawing.line((left, top), (left, bottom), stroke);
    drawing.line((right, top), (right, bottom), stroke);
    for choice in known {
        let (before, now) = (y(choice.before.unwrap_or(0.0)), y(choice.now.unwrap_or(0.0)));
        let is_clear = choice.direction() != 0;
        let line = if is_clear { Stroke::new(INK, 3.5) } else { Stroke::new(SOFT, 1.5).dashed() };
        drawing.line((left, before), (right, now), line);
        for center in [(left, before), (right, now)] {
            let fill = Fill::Plain(if is_clear { BAR } else { PAPER });
            drawing.circle(center, RADIUS, fill, Some(Stroke::new(INK, 2.0)));
        }
    }
    // A share that several choices had is told once, beside their one point: a heap of numbers would be beside none.
    let mut shares: Vec<(String, Style)> = Vec::new();
    let mut values: Vec<Label> = Vec::new();
    for choice in &by_before {
        let before = choice.before.unwrap_or(0.0);
        let share = percent(before, protection).replace(" ou plus", "+");
        match shares.last_mut().filter(|(known, _)| *known == share) {
            Some((_, style)) if choice.direction() != 0 => *style = STRONG,
            Some(_) => {}
            None => {
                shares.push((share, style_of(choice)));
                values.push(Label { wanted: y(before) - top, height: line_height(PLAIN) });
            }
        }
    }
    for ((share, style), at) in shares.iter().zip(spread(&values, room)) {
        drawing.text_before(left - 12.0, top + at + 4.0, share, *style);
    }
    let labels = by_now.iter().zip(&heights);
    let labels: Vec<Label> =
        labels.map(|(choice, height)| Label { wanted: y(choice.now.unwrap_or(0.0)) - top, height: *height }).collect();
    for ((choice, lines), at) in by_now.iter().zip(&lines).zip(spread(&labels, room)) {
        if choice.direction() != 0 {
            arrow(&mut drawing, (text_x + 5.0, top + at + 11.0), choice.direction() > 0);
        }
        drawing.lines(text_x + ARROW_WIDTH, top + at + 4.0, lines, style_of(choice));
        // A label that had to move is tied to its point.
        let beside = top + at + 11.0;
        if (beside - y(choice.now.unwrap_or(0.0))).abs() > 8.0 {
            let from = (right + RADIUS + 1.0, y(choice.now.unwrap_or(0.0)));
            let to = if choice.direction() == 0 { text_x + ARROW_WIDTH - 5.0 } else { text_x - 4.0 };
            drawing.line(from, (to, beside), Stroke::new(SOFT, 1.0));
        }
    }
    drawing.height = bottom + 4.0;
    drawing
}

/// A triangle that points up or down.
fn arrow(drawing: &mut Drawing, (x, y): (f64, f64), is_up: bool) {
    let tip = if is_up { -6.0 } else { 6.0 };
    drawing.area(vec![vec![(x, y + tip), (x + 7.0, y - tip), (x - 7.0, y - tip)]], Fill::Plain(INK), None);
}
