//! One dot per category of a breakdown against the share of everybody, for the answers that the questionnaire puts forward.

use isoloir_disclosure::{Estimate, Protection, ReleaseTable, in_sentence};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, GUIDE, INK, PAPER, SOFT};
use crate::crossing::Crossing;
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke, along};
use crate::finding::verb;
use crate::lane::{extent, lane, reach};
use crate::wording::{
    between, enumerated, estimate_in_words, headline_columns, percent, percent_or_none, quoted, quoted_either, spaced,
    sum_of,
};

const TRACK_HEIGHT: f64 = 26.0;
const RADIUS: f64 = 8.0;
/// A dot at 0 or 100 % stays on the drawing.
const INSET: f64 = 10.0;
const VALUE_WIDTH: f64 = 118.0;
/// The normal quantile of 95 % intervals.
const NORMAL_95: f64 = 1.96;
/// One place alone would be pointed at, and compared with nothing.
const LEAST_PLACES: usize = 2;
/// More names would not be read.
const MOST_NAMES: usize = 2;

/// A category with what is published of it.
pub(crate) struct Place<'a> {
    pub(crate) code: &'a str,
    pub(crate) label: &'a str,
    pub(crate) share: Option<f64>,
    /// Of a sum of answers it is approximate.
    pub(crate) interval: Option<(f64, f64)>,
    /// Whether titles may name it.
    is_told: bool,
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
    /// In the order of the breakdown where it has one; otherwise largest share first, those not published last.
    pub(crate) places: Vec<Place<'a>>,
    /// Whether the shares differ by more than chance, where a test is published.
    differs: Option<bool>,
    is_of_several: bool,
}

impl<'a> ByPlace<'a> {
    /// None when the question has no headline, no breakdown, or less than two places that may be shown.
    pub(crate) fn of(table: &'a ReleaseTable, crossing: &Crossing) -> Option<Self> {
        let spec = table.spec();
        let headline = headline_columns(table);
        if headline.is_empty() || spec.breakdown.is_empty() || (spec.several && headline.len() > 1) {
            return None;
        }
        let mean = sum_of(&table.total().cells, &headline)?;
        let interval = |cells: &[Estimate]| match headline[..] {
            [one] => cells[one].interval(),
            _ => interval_of_sum(cells, &headline),
        };
        let rows = spec.rows.iter().zip(table.rows()).skip(1);
        let mut places: Vec<Place> = rows
            .map(|(row, values)| Place {
                code: &row.code,
                label: &row.label,
                share: sum_of(&values.cells, &headline),
                interval: interval(&values.cells),
                is_told: crossing.may_name(&row.code),
            })
            .collect();
        if !crossing.is_ordered {
            places.sort_by(|a, b| b.share.unwrap_or(-1.0).total_cmp(&a.share.unwrap_or(-1.0)));
        }
        let labels: Vec<&str> = headline.iter().map(|index| spec.columns[*index].label.as_str()).collect();
        let published = places.iter().filter(|place| place.share.is_some()).count();
        // Of a breakdown that is mostly hidden the table tells as much.
        (published >= LEAST_PLACES && published * 2 >= places.len()).then(|| Self {
            answer: quoted_either(&labels),
            mean,
            places,
            differs: crossing.differs(table, &headline),
            is_of_several: headline.len() > 1,
        })
    }

    /// Where a category stands against everybody. Of many intervals some miss the mean by chance: none is said to be apart
    /// unless the test of all of them says that they differ.
    fn side(&self, place: &Place) -> Side {
        if self.differs == Some(true) { place.side(self.mean) } else { Side::Unclear }
    }

    fn named(&self, side: Side) -> Vec<&str> {
        let places = self.places.iter().filter(|place| place.is_told && self.side(place) == side);
        places.map(|place| place.label).collect()
    }

    /// `de 51 % à 65 %`: the lowest and the highest share that may be spoken of.
    fn range(&self, protection: Protection) -> Option<String> {
        let mut shares: Vec<f64> =
            self.places.iter().filter(|place| place.is_told).filter_map(|place| place.share).collect();
        shares.sort_by(f64::total_cmp);
        match shares[..] {
            [lowest, .., highest] => {
                Some(format!("de {} à {}", percent(lowest, protection), percent(highest, protection)))
            }
            _ => None,
        }
    }

    /// Who differs from everybody, as far as the test and intervals tell.
    pub(crate) fn finding(&self, table: &ReleaseTable) -> String {
        let spec = table.spec();
        let by = in_sentence(&spec.breakdown);
        let protection = table.protection();
        let (above, below) = (self.named(Side::Above), self.named(Side::Below));
        let share = |label: &str| {
            let share = self.places.iter().find(|place| place.label == label).and_then(|place| place.share);
            percent_or_none(share, protection)
        };
        let said = |names: &[&str], side: &str| match names {
            [] => None,
            [name] => Some(format!("{name} {side} de l’ensemble ({})", share(name))),
            [_, ..] if names.len() <= MOST_NAMES => Some(format!("{} {side} de l’ensemble", enumerated(names))),
            [_, ..] => Some(format!("{} {side} de l’ensemble", names.len())),
        };
        let clauses: Vec<String> =
            [said(&above, "au-dessus"), said(&below, "au-dessous")].into_iter().flatten().collect();
        let finding = match self.differs {
            _ if above.len().max(below.len()) > MOST_NAMES => format!("par {by}, {}", clauses.join(", ")),
            _ if !clauses.is_empty() => clauses.join(", "),
            Some(false) => format!("pas d’écart net par {by}"),
            Some(true) => match self.range(protection) {
                Some(range) => format!("écarts nets par {by}, {range}"),
                None => format!("{} pour l’ensemble", percent(self.mean, protection)),
            },
            None => format!("{} pour l’ensemble", percent(self.mean, protection)),
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
            let interval =
                place.interval.map_or_else(String::new, |interval| format!(" (intervalle {})", between(interval)));
            format!("{}\u{a0}: {}{interval}", place.label, percent_or_none(place.share, protection))
        });
        let places: Vec<String> = places.collect();
        format!("{}. Ensemble\u{a0}: {total}\u{202f}; {}", self.answer, places.join("\u{202f}; "))
    }

    pub(crate) fn reading(&self, table: &ReleaseTable) -> String {
        let protection = table.protection();
        let clear = self.places.iter().filter(|place| self.side(place) != Side::Unclear);
        let mut told = clear.chain(&self.places).filter(|place| place.is_told);
        let Some((place, share)) = told.find_map(|place| Some((place, place.share?))) else {
            return String::new();
        };
        let verdict = if self.side(place) == Side::Unclear { ", un écart qui peut venir du hasard" } else { "" };
        spaced(&format!(
            "pour {}, {} {} {}, contre {} pour l’ensemble{verdict}",
            quoted(place.label),
            percent(share, protection),
            verb(table.spec(), true),
            self.answer,
            percent(self.mean, protection)
        ))
    }
}

/// The 95 % interval of a share that is the sum of several answers to one question, approximately: after Wilson, of as many
/// respondents as the least precise of the answers is worth. None where one of them has no spread.
fn interval_of_sum(cells: &[Estimate], columns: &[usize]) -> Option<(f64, f64)> {
    let worth = |index: &usize| match cells[*index] {
        Estimate::Published { share, standard_error: Some(error), .. } if error > 0.0 && share > 0.0 && share < 1.0 => {
            Some(share * (1.0 - share) / (error * error))
        }
        _ => None,
    };
    let worth = columns.iter().map(worth).try_fold(f64::INFINITY, |least, worth| Some(least.min(worth?)))?;
    let share = sum_of(cells, columns)?;
    let z2 = NORMAL_95 * NORMAL_95;
    let center = share + z2 / (2.0 * worth);
    let half = NORMAL_95 * (share * (1.0 - share) / worth + z2 / (4.0 * worth * worth)).sqrt();
    let scale = 1.0 + z2 / worth;
    Some((((center - half) / scale).max(0.0), ((center + half) / scale).min(1.0)))
}

/// Draws the share of the headline answers in each category of the breakdown; `None` when the question has no headline, no
/// breakdown, or nothing that may be shown.
pub fn dots(table: &ReleaseTable, crossing: &Crossing, context: &Context) -> Option<Chart> {
    let spec = table.spec();
    let by_place = ByPlace::of(table, crossing)?;
    let dots = match by_place.differs {
        Some(true) => "point plein : écart net avec l’ensemble ; point vide : l’écart peut venir du hasard",
        Some(false) => "points vides : les écarts peuvent venir du hasard",
        None => "points vides : sans test publié, aucun écart n’est dit net",
    };
    let interval = if by_place.is_of_several {
        "son intervalle de confiance à 95 %, approché puisque la part additionne plusieurs réponses"
    } else {
        "son intervalle de confiance à 95 %"
    };
    let marks = format!("{dots} ; le trait qui traverse un point est {interval} ; le trait vertical marque l’ensemble");
    let words = Words {
        id: format!("{}-par-{}", spec.question, spec.by),
        title: by_place.finding(table),
        question: spec.text.clone(),
        lecture: by_place.reading(table),
        champ: context.field(spec, table.total().base),
        is_weighted: true,
        marks: spaced(&marks),
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
    let ends = by_place.places.iter().filter_map(|place| place.interval).map(|(_, high)| high);
    let end = reach(ends.chain([by_place.mean]));
    let at = |share: f64| left + INSET + along(share / end, room);
    let mean_x = at(by_place.mean);
    drawing.text_around(mean_x, 0.0, &format!("Ensemble\u{a0}: {}", percent(by_place.mean, protection)), STRONG);
    drawing.height = LINE + 4.0;
    for place in &by_place.places {
        let track = lane(&mut drawing, layout, place.label, TRACK_HEIGHT);
        let middle = track.middle();
        drawing.line((at(0.0), middle), (at(end), middle), Stroke::new(GUIDE, 1.0));
        // The mean is marked on each track and not through the labels.
        drawing.line((mean_x, track.y), (mean_x, track.y + track.height), Stroke::new(INK, 2.0).dashed());
        let Some(share) = place.share else {
            drawing.text(at(end) + INSET, middle - 7.0, Protection::NOT_PUBLISHED, PLAIN.colored(SOFT));
            continue;
        };
        if let Some((low, high)) = place.interval {
            drawing.interval((at(low), at(high)), middle, 5.0);
        }
        let is_clear = by_place.side(place) != Side::Unclear;
        let fill = Fill::Plain(if is_clear { BAR } else { PAPER });
        drawing.circle((at(share), middle), RADIUS, fill, Some(Stroke::new(INK, 2.0)));
        drawing.text(at(end) + INSET, middle - 7.0, &percent(share, protection), STRONG);
    }
    axis(&mut drawing, (at(0.0), at(end)), end);
    drawing
}

/// The ends of a scale of percentages.
fn axis(drawing: &mut Drawing, (from, to): (f64, f64), end: f64) {
    let y = drawing.height - 6.0;
    let soft = PLAIN.colored(SOFT);
    drawing.text_around(from, y, "0\u{a0}%", soft);
    drawing.text_around(to, y, &format!("{:.0}\u{a0}%", end * 100.0), soft);
    drawing.height = y + LINE;
}
