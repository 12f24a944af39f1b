//! A map of the headline answers: each commune has the tone of its class and the number of its line in the key.

use std::collections::BTreeMap;

use isoloir_disclosure::{Protection, ReleaseTable};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{CLASSES, Color, INK, PAPER};
use crate::crossing::Crossing;
use crate::dots::{ByPlace, Place};
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke};
use crate::geography::{Geography, Outline, Projection, depth};
use crate::wording::{percent, percent_or_none, spaced};

const SWATCH: (f64, f64) = (26.0, 18.0);
const MAP_HEIGHT: f64 = 380.0;
/// A longer key stands under the map, in two columns.
const MOST_BESIDE: usize = 14;
/// The width of a class is one of these, in percent.
const STEPS: [u32; 6] = [1, 2, 5, 10, 15, 20];
/// Where in a commune its number is tried.
const GRID: u32 = 24;

/// Draws the share of the headline answers on the outlines of the communes. None without a headline, a breakdown or anything
/// published, and when the outlines are those of other places.
pub fn choropleth(
    table: &ReleaseTable,
    crossing: &Crossing,
    geography: &Geography,
    context: &Context,
) -> Option<Chart> {
    let spec = table.spec();
    let by_place = ByPlace::of(table, crossing)?;
    let areas = numbered(&by_place.places, geography);
    areas.iter().find(|area| area.outline.is_some() && area.place.share.is_some())?;
    let classes = Classes::of(&by_place.places);
    let words = Words {
        id: format!("{}-carte", spec.question),
        title: by_place.finding(table),
        question: spec.text.clone(),
        lecture: by_place.reading(table),
        champ: context.field(spec, table.total().base),
        is_weighted: true,
        marks: spaced(
            "les numéros renvoient à la liste, de la plus grande part à la plus petite ; hachures : non publié",
        ),
        also_from: Some(format!("contours\u{a0}: {}", geography.source)),
        alternative: by_place.alternative(table),
    };
    let answer = format!("{}, ensemble\u{a0}: {}", by_place.answer, percent(by_place.mean, table.protection()));
    Some(Chart::new(context, words, |layout| draw(&areas, &classes, &answer, table.protection(), layout)))
}

/// A commune of the table, its number in the key, and its outline where the file has one.
struct Area<'a> {
    number: usize,
    place: &'a Place<'a>,
    outline: Option<&'a Outline>,
}

fn numbered<'a>(places: &'a [Place<'a>], geography: &'a Geography) -> Vec<Area<'a>> {
    let outline = |code: &str| geography.outlines.iter().find(|outline| outline.code == code);
    places.iter().zip(1..).map(|(place, number)| Area { number, place, outline: outline(place.code) }).collect()
}

/// Classes of equal width, at round percentages.
struct Classes {
    first: u32,
    step: u32,
    count: u32,
}

impl Classes {
    fn of(places: &[Place]) -> Self {
        let percents: Vec<u32> = places.iter().filter_map(|place| place.share).map(whole).collect();
        let (low, high) = (percents.iter().min().copied().unwrap_or(0), percents.iter().max().copied().unwrap_or(0));
        let most = u32::try_from(CLASSES.len()).unwrap_or(1);
        let count = |step: u32| high / step - low / step + 1;
        let step = STEPS.into_iter().find(|step| count(*step) <= most).unwrap_or(25);
        Self { first: low / step * step, step, count: count(step) }
    }

    fn index(&self, share: f64) -> u32 {
        (whole(share).saturating_sub(self.first) / self.step).min(self.count - 1)
    }

    /// Of few classes, the tones that are furthest apart.
    fn color(&self, index: u32) -> Color {
        let last = CLASSES.len() - 1;
        let place = match self.count {
            1 => 2,
            count => (index as usize * last).div_euclid(count as usize - 1),
        };
        CLASSES[place.min(last)]
    }

    /// `30 à 34 %`.
    fn label(&self, index: u32) -> String {
        let from = self.first + index * self.step;
        match self.step {
            1 => format!("{from}\u{a0}%"),
            step => format!("{from} à {}\u{a0}%", (from + step - 1).min(100)),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
fn whole(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

fn draw(areas: &[Area], classes: &Classes, answer: &str, protection: Protection, layout: Layout) -> Drawing {
    let width = layout.width();
    let mut drawing = Drawing::new(width);
    drawing.paragraph(answer, STRONG);
    drawing.height += 8.0;
    class_legend(&mut drawing, classes, areas.iter().any(|area| area.place.share.is_none()));
    let top = drawing.height;
    let is_beside = layout == Layout::Wide && areas.len() <= MOST_BESIDE;
    let map_width = if is_beside { width * 0.58 } else { width };
    let map_height = paint(&mut drawing, areas, classes, top, map_width);
    match layout {
        Layout::Narrow => {
            drawing.height = top + map_height + 14.0;
            key(&mut drawing, areas, protection, 0.0, width);
        }
        Layout::Wide if areas.len() <= MOST_BESIDE => {
            key(&mut drawing, areas, protection, map_width + 24.0, width - map_width - 24.0);
            drawing.height = drawing.height.max(top + map_height + 4.0);
        }
        Layout::Wide => {
            drawing.height = top + map_height + 14.0;
            let (start, half) = (drawing.height, width / 2.0 - 14.0);
            let (left, right) = areas.split_at(areas.len().div_ceil(2));
            key(&mut drawing, left, protection, 0.0, half);
            let end = std::mem::replace(&mut drawing.height, start);
            key(&mut drawing, right, protection, half + 28.0, half);
            drawing.height = drawing.height.max(end);
        }
    }
    drawing
}

fn class_legend(drawing: &mut Drawing, classes: &Classes, has_hidden: bool) {
    let mut entries: Vec<(Fill, String)> =
        (0..classes.count).map(|index| (Fill::Plain(classes.color(index)), classes.label(index))).collect();
    if has_hidden {
        entries.push((Fill::Hatched, Protection::NOT_PUBLISHED.to_owned()));
    }
    let mut x = 0.0;
    for (fill, label) in entries {
        let needed = SWATCH.0 + 8.0 + PLAIN.width(&label);
        if x > 0.0 && x + needed > drawing.width {
            x = 0.0;
            drawing.height += LINE + 4.0;
        }
        drawing.rect((x + 1.0, drawing.height + 1.0), SWATCH, fill, Some(Stroke::new(INK, 1.5)));
        drawing.text(x + SWATCH.0 + 8.0, drawing.height + 3.0, &label, PLAIN);
        x += needed + 16.0;
    }
    drawing.height += LINE + 12.0;
}

/// Paints the communes and their numbers, and returns how high the map is.
fn paint(drawing: &mut Drawing, areas: &[Area], classes: &Classes, top: f64, width: f64) -> f64 {
    let outlines: Vec<&Outline> = areas.iter().filter_map(|area| area.outline).collect();
    let Some(projection) = Projection::fit(&outlines, width - 4.0, MAP_HEIGHT) else { return 0.0 };
    let left = 2.0 + (width - 4.0 - projection.width) / 2.0;
    let mut drawn: BTreeMap<usize, Vec<Vec<(f64, f64)>>> = BTreeMap::new();
    for (area, outline) in areas.iter().filter_map(|area| Some((area, area.outline?))) {
        let rings = outline
            .rings
            .iter()
            .map(|ring| projection.ring(ring).into_iter().map(|(x, y)| (x + left, y + top + 2.0)).collect::<Vec<_>>());
        let rings: Vec<Vec<(f64, f64)>> = rings.filter(|ring| ring.len() >= 3).collect();
        let fill = match area.place.share {
            Some(share) => Fill::Plain(classes.color(classes.index(share))),
            None => Fill::Hatched,
        };
        drawing.area(rings.clone(), fill, Some(Stroke::new(INK, 1.2)));
        drawn.insert(area.number, rings);
    }
    let mut taken: Vec<[f64; 4]> = Vec::new();
    for area in areas.iter().filter(|area| drawn.contains_key(&area.number)) {
        let on = area.place.share.map(|share| classes.color(classes.index(share)));
        number(drawing, area.number, &drawn[&area.number], on, &mut taken);
    }
    projection.height + 4.0
}

/// Writes the number of a commune where it is deepest inside and no other number is.
fn number(
    drawing: &mut Drawing,
    number: usize,
    rings: &[Vec<(f64, f64)>],
    on: Option<Color>,
    taken: &mut Vec<[f64; 4]>,
) {
    let text = number.to_string();
    let (half_width, half_height) = (STRONG.width(&text) / 2.0 + 1.0, 8.5);
    let box_at = |(x, y): (f64, f64)| [x - half_width, y - half_height, x + half_width, y + half_height];
    let is_free = |[l, t, r, b]: [f64; 4], taken: &[[f64; 4]]| {
        let is_inside = l >= 0.0 && r <= drawing.width;
        is_inside && taken.iter().all(|[l2, t2, r2, b2]| r <= *l2 || *r2 <= l || b <= *t2 || *b2 <= t)
    };
    let mut candidates: Vec<(f64, (f64, f64))> = grid(rings).map(|point| (depth(rings, point), point)).collect();
    candidates.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let free = candidates.iter().find(|(_, point)| is_free(box_at(*point), taken));
    let Some((inside, (x, y))) = free.or(candidates.first()).copied() else { return };
    taken.push(box_at((x, y)));
    // A number that does not fit inside, or lies on hatches, is written on white.
    let is_on_edge = inside < half_height || on.is_none();
    let color = if is_on_edge { INK } else { on.map_or(INK, Color::text_on) };
    let style = STRONG.colored(color);
    if is_on_edge {
        let size = (2.0 * half_width + 2.0, 2.0 * half_height);
        drawing.rect((x - half_width - 1.0, y - half_height), size, Fill::Plain(PAPER), None);
    }
    drawing.text_around(x, y - 6.5, &text, style);
}

fn grid(rings: &[Vec<(f64, f64)>]) -> impl Iterator<Item = (f64, f64)> {
    let points = || rings.iter().flatten();
    let (left, right) = points().fold((f64::MAX, f64::MIN), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
    let (top, bottom) = points().fold((f64::MAX, f64::MIN), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
    let at = |from: f64, to: f64, step: u32| from + (to - from) * (f64::from(step) + 0.5) / f64::from(GRID);
    (0..GRID * GRID).map(move |index| (at(left, right, index % GRID), at(top, bottom, index / GRID)))
}

/// The communes by number with their shares, in as many columns as fit.
fn key(drawing: &mut Drawing, areas: &[Area], protection: Protection, x: f64, width: f64) {
    for area in areas {
        let number = format!("{}.", area.number);
        let share = percent_or_none(area.place.share, protection);
        let style = if area.place.share.is_some() { STRONG } else { PLAIN };
        let share_width = style.width(&share);
        let name = match area.outline {
            Some(_) => area.place.label.to_owned(),
            None => format!("{} (hors carte)", area.place.label),
        };
        let lines = PLAIN.wrap(&name, width - 32.0 - share_width - 10.0);
        drawing.text_before(x + 26.0, drawing.height, &number, STRONG);
        drawing.text_before(x + width, drawing.height, &share, style);
        drawing.height = drawing.lines(x + 32.0, drawing.height, &lines, PLAIN) + 4.0;
    }
}
