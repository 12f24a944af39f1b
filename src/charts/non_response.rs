//! How often each question was left without an answer, among those to whom it was put.

use isoloir_disclosure::{Estimate, NonResponse, Protection, Release, ReleaseTable};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{INK, NEUTRAL, SOFT};
use crate::drawing::{Drawing, Fill, Layout, PLAIN, STRONG, Stroke, along};
use crate::lane::{extent, lane};
use crate::wording::{percent_or_none, quoted, spaced, thousands};

const BAR_HEIGHT: f64 = 18.0;
const VALUE_WIDTH: f64 = 60.0;
/// Questions that are drawn: those most often left without an answer. The description names all.
const MOST_QUESTIONS: usize = 12;

/// One question, as far as it is published.
struct Line<'a> {
    table: &'a ReleaseTable,
    declined: Option<f64>,
    skipped: Option<f64>,
}

impl Line<'_> {
    fn total(&self) -> f64 {
        self.declined.unwrap_or(0.0) + self.skipped.unwrap_or(0.0)
    }

    fn is_published(&self) -> bool {
        self.declined.is_some() || self.skipped.is_some()
    }
}

/// Draws the questions that were most often left without an answer. None when nothing of it is published.
pub fn non_response(release: &Release, context: &Context) -> Option<Chart> {
    let mut lines: Vec<Line> = release
        .non_response()
        .iter()
        .map(|table| {
            let share = |column: NonResponse| table.total().cells.get(column.column()).and_then(Estimate::share);
            Line { table, declined: share(NonResponse::Declined), skipped: share(NonResponse::Skipped) }
        })
        .collect();
    lines.sort_by(|one, other| other.total().total_cmp(&one.total()));
    let first = lines.first().filter(|line| line.is_published())?;
    let protection = release.protection();
    let spec = first.table.spec();
    let shown = first.table.total().base.map(|base| format!(", posée à {}", context.people(base)));
    let words = Words {
        id: "sans-reponse".to_owned(),
        title: spaced(&format!(
            "Questions sans réponse : {} vient en tête, avec {}",
            quoted(&spec.title),
            whole(first.total())
        )),
        question:
            "Part des personnes qui ont vu la question et n’y ont pas répondu, ou ont choisi de ne pas se prononcer"
                .to_owned(),
        lecture: spaced(&format!(
            "{}{} : {} ne se prononcent pas, {} ont passé la question",
            quoted(&spec.title),
            shown.unwrap_or_default(),
            percent_or_none(first.declined, protection),
            percent_or_none(first.skipped, protection)
        )),
        champ: format!("{} à qui la question a été posée", context.population),
        is_weighted: false,
        marks: spaced("gris : réponse « ne sait pas » ou « préfère ne pas répondre » ; hachures : question passée"),
        also_from: None,
        alternative: alternative(&lines, protection),
    };
    Some(Chart::new(context, words, |layout| draw(&lines, layout)))
}

fn whole(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

fn alternative(lines: &[Line], protection: Protection) -> String {
    let lines = lines.iter().map(|line| {
        let shown = line.table.total().base.map_or_else(|| Protection::NOT_PUBLISHED.to_owned(), thousands);
        spaced(&format!(
            "{} (posée à {shown}) : ne se prononcent pas {}, question passée {}",
            line.table.spec().title,
            percent_or_none(line.declined, protection),
            percent_or_none(line.skipped, protection)
        ))
    });
    lines.collect::<Vec<_>>().join("\u{202f}; ")
}

fn draw(lines: &[Line], layout: Layout) -> Drawing {
    let mut drawing = Drawing::new(layout.width());
    legend(&mut drawing);
    let room = extent(layout).1 - VALUE_WIDTH;
    let largest = lines.iter().map(Line::total).fold(0.05, f64::max);
    let shown: Vec<&Line> = lines.iter().filter(|line| line.is_published()).take(MOST_QUESTIONS).collect();
    for line in &shown {
        let track = lane(&mut drawing, layout, &line.table.spec().title, BAR_HEIGHT);
        let mut x = track.x;
        for (share, fill) in [(line.declined, Fill::Plain(NEUTRAL)), (line.skipped, Fill::Hatched)] {
            let Some(share) = share else { continue };
            let length = along(share / largest, room).max(2.0);
            drawing.rect((x, track.y), (length, BAR_HEIGHT), fill, Some(Stroke::new(INK, 1.5)));
            x += length;
        }
        drawing.text(x + 8.0, track.y + 2.0, &whole(line.total()), STRONG);
    }
    let others = lines.len() - shown.len();
    if others > 0 {
        drawing.paragraph(&others_in_words(others), PLAIN.colored(SOFT));
    }
    drawing
}

/// The questions that are not drawn were left without an answer less often, or too rarely for a number.
fn others_in_words(others: usize) -> String {
    match others {
        1 => "Une autre question\u{a0}: moins souvent sans réponse.".to_owned(),
        _ => format!("{others} autres questions\u{a0}: moins souvent sans réponse."),
    }
}

fn legend(drawing: &mut Drawing) {
    for (fill, label) in [(Fill::Plain(NEUTRAL), "Ne se prononce pas"), (Fill::Hatched, "Question passée")] {
        let y = drawing.height;
        drawing.rect((1.0, y + 1.0), (24.0, 14.0), fill, Some(Stroke::new(INK, 1.5)));
        drawing.text(34.0, y + 1.0, label, PLAIN);
        drawing.height = y + 23.0;
    }
    drawing.height += 8.0;
}
