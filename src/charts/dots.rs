//! One dot per category of a breakdown against the share of everybody, for the answers that the questionnaire puts forward.

use isoloir_disclosure::{Estimate, ReleaseTable};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, GUIDE, INK, PAPER, SOFT};
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke, along};
use crate::lane::{extent, lane};
use crate::wording::{
    TOO_FEW, enumerated, estimate_in_words, headline_columns, percent, percent_or_few, quoted, quoted_either, spaced,
    sum_of,
};

const TRACK_HEIGHT: f64 = 26.0;
const RADIUS: f64 = 8.0;
/// A dot at 0 or 100 % stays on the drawing.
const INSET: f64 = 10.0;
const VALUE_WIDTH: f64 = 118.0;
/// One place alone would be pointed at, and compared with nothing.
const LEAST_PLACES: usize = 2;
/// More names would not be read.
const MOST_NAMES: usize = 2;

/// A category with what is published of it.
pub(crate) struct Place<'a> {
    pub(crate) code: &'a str,
    pub(crate) label: &'a str,
    pub(crate) share: Option<f64>,
    /// Of a single answer; shares that are sums have none.
    pub(crate) interval: Option<(f64, f64)>,
}

/// Where a category stands against everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Below,
    Unclear,
    Above,
}

impl Place<'_> {
    pub(crate) fn side(&self, mean: f64) -> Side {
        match self.interval {
            Some((low, _)) if low > mean => Side::Above,
            Some((_, high)) if high < mean => Side::Below,
            _ => Side::Unclear,
        }
    }
}

/// The headline answers of a table, by category of its breakdown.
pub(crate) struct ByPlace<'a> {
    pub(crate) answer: String,
    pub(crate) mean: f64,
    /// Largest share first, those not published last.
    pub(crate) places: Vec<Place<'a>>,
}

impl<'a> ByPlace<'a> {
    /// None when the question has no headline, no breakdown, or less than two places that may be shown.
    pub(crate) fn of(table: &'a ReleaseTable) -> Option<Self> {
        let spec = table.spec();
        let headline = headline_columns(table);
        if headline.is_empty() || spec.breakdown.is_empty() || (spec.several && headline.len() > 1) {
            return None;
        }
        let mean = sum_of(&table.total().cells, &headline)?;
        let interval = |cells: &[Estimate]| (headline.len() == 1).then(|| cells[headline[0]].interval()).flatten();
        let rows = spec.rows.iter().zip(table.rows()).skip(1);
        let mut places: Vec<Place> = rows
            .map(|(row, values)| Place {
                code: &row.code,
                label: &row.label,
                share: sum_of(&values.cells, &headline),
                interval: interval(&values.cells),
            })
            .collect();
        places.sort_by(|a, b| b.share.unwrap_or(-1.0).total_cmp(&a.share.unwrap_or(-1.0)));
        let labels: Vec<&str> = headline.iter().map(|index| spec.columns[*index].label.as_str()).collect();
        let published = places.iter().filter(|place| place.share.is_some()).count();
        (published >= LEAST_PLACES).then(|| Self { answer: quoted_either(&labels), mean, places })
    }

    fn has_intervals(&self) -> bool {
        self.places.iter().any(|place| place.interval.is_some())
    }

    fn named(&self, side: Side) -> Vec<&str> {
        self.places.iter().filter(|place| place.side(self.mean) == side).map(|place| place.label).collect()
    }

    /// Who differs from everybody, as far as intervals tell.
    pub(crate) fn finding(&self, table: &ReleaseTable) -> String {
        let spec = table.spec();
        let by = spec.breakdown.to_lowercase();
        let protection = table.protection();
        let published: Vec<f64> = self.places.iter().filter_map(|place| place.share).collect();
        let (above, below) = (self.named(Side::Above), self.named(Side::Below));
        let share = |label: &str| {
            let share = self.places.iter().find(|place| place.label == label).and_then(|place| place.share);
            percent_or_few(share, protection)
        };
        let said = |names: &[&str], side: &str| match names {
            [] => None,
            [name] => Some(format!("{name} {side} de l’ensemble ({})", share(name))),
            [_, ..] if names.len() <= MOST_NAMES => Some(format!("{} {side} de l’ensemble", enumerated(names))),
            [_, ..] => Some(format!("{} {side} de l’ensemble", names.len())),
        };
        let clauses: Vec<String> =
            [said(&above, "au-dessus"), said(&below, "au-dessous")].into_iter().flatten().collect();
        let finding = match (published.first(), published.last()) {
            _ if above.len().max(below.len()) > MOST_NAMES => format!("par {by}, {}", clauses.join(", ")),
            _ if !clauses.is_empty() => clauses.join(", "),
            (Some(_), Some(_)) if self.has_intervals() && published.len() > 1 => format!("pas d’écart net par {by}"),
            (Some(highest), Some(lowest)) if published.len() > 1 => {
                format!("de {} à {} par {by}", percent(*lowest, protection), percent(*highest, protection))
            }
            _ => format!("{} pour l’ensemble", percent(self.mean, protection)),
        };
        spaced(&format!("{} ({}) : {finding}", spec.title, self.answer))
    }

    pub(crate) fn alternative(&self, table: &ReleaseTable) -> String {
        let protection = table.protection();
        let headline = headline_columns(table);
        let total = match headline[..] {
            [one] => estimate_in_words(&table.total().cells[one], protection),
            _ => percent(self.mean, protection),
        };
        let places = self.places.iter().map(|place| {
            let interval = place.interval.map_or_else(String::new, |(low, high)| {
                format!(" (intervalle de {:.0} à {:.0})", low * 100.0, high * 100.0)
            });
            format!("{}\u{a0}: {}{interval}", place.label, percent_or_few(place.share, protection))
        });
        let places: Vec<String> = places.collect();
        format!("{}. Ensemble\u{a0}: {total}\u{202f}; {}", self.answer, places.join("\u{202f}; "))
    }

    pub(crate) fn reading(&self, table: &ReleaseTable) -> String {
        let protection = table.protection();
        let Some((place, share)) = self.places.iter().find_map(|place| Some((place, place.share?))) else {
            return String::new();
        };
        spaced(&format!(
            "pour {}, {} ont répondu {}, contre {} pour l’ensemble",
            quoted(place.label),
            percent(share, protection),
            self.answer,
            percent(self.mean, protection)
        ))
    }
}

/// Draws the share of the headline answers in each category of the breakdown; `None` when the question has no headline, no
/// breakdown, or nothing that may be shown.
pub fn dots(table: &ReleaseTable, context: &Context) -> Option<Chart> {
    let spec = table.spec();
    let by_place = ByPlace::of(table)?;
    let marks = if by_place.has_intervals() {
        "point plein : écart net avec l’ensemble ; point vide : l’écart peut venir du hasard ; le trait qui traverse un point est \
         son intervalle de confiance à 95 % ; le trait vertical marque l’ensemble"
    } else {
        "le trait vertical marque l’ensemble"
    };
    let words = Words {
        id: format!("{}-par-{}", spec.question, spec.by),
        title: by_place.finding(table),
        question: spec.text.clone(),
        lecture: by_place.reading(table),
        champ: context.field(table.total().base),
        is_weighted: true,
        marks: spaced(marks),
        also_from: None,
        alternative: by_place.alternative(table),
    };
    Some(Chart::new(context, words, |layout| draw(&by_place, table, layout)))
}

fn draw(by_place: &ByPlace, table: &ReleaseTable, layout: Layout) -> Drawing {
    let protection = table.protection();
    let mut drawing = Drawing::new(layout.width());
    let (left, width) = extent(layout);
    let room = width - VALUE_WIDTH - INSET;
    let at = |share: f64| left + INSET + along(share, room);
    let mean_x = at(by_place.mean);
    drawing.text_around(mean_x, 0.0, &format!("Ensemble\u{a0}: {}", percent(by_place.mean, protection)), STRONG);
    drawing.height = LINE + 4.0;
    for place in &by_place.places {
        let track = lane(&mut drawing, layout, place.label, TRACK_HEIGHT);
        let middle = track.middle();
        drawing.line((at(0.0), middle), (at(1.0), middle), Stroke::new(GUIDE, 1.0));
        // The mean is marked on each track and not through the labels.
        drawing.line((mean_x, track.y), (mean_x, track.y + track.height), Stroke::new(INK, 2.0).dashed());
        let Some(share) = place.share else {
            drawing.text(at(1.0) + INSET, middle - 7.0, TOO_FEW, PLAIN.colored(SOFT));
            continue;
        };
        if let Some((low, high)) = place.interval {
            drawing.interval((at(low), at(high)), middle, 5.0);
        }
        let is_clear = place.side(by_place.mean) != Side::Unclear || place.interval.is_none();
        let fill = Fill::Plain(if is_clear { BAR } else { PAPER });
        drawing.circle((at(share), middle), RADIUS, fill, Some(Stroke::new(INK, 2.0)));
        drawing.text(at(1.0) + INSET, middle - 7.0, &percent(share, protection), STRONG);
    }
    axis(&mut drawing, at(0.0), at(1.0));
    drawing
}

/// The ends of a scale of percentages.
pub(crate) fn axis(drawing: &mut Drawing, zero: f64, hundred: f64) {
    let y = drawing.height - 6.0;
    let soft = PLAIN.colored(SOFT);
    drawing.text_around(zero, y, "0\u{a0}%", soft);
    drawing.text_around(hundred, y, "100\u{a0}%", soft);
    drawing.height = y + LINE;
}
