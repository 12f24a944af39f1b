//! Who answered, by age and sex, and what weights make of them.

use isoloir_disclosure::{Profile, ProfileGroup, Protection};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, INK};
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke, line_height};
use crate::wording::{enumerated, percent, percent_or_none, spaced};

const BAR_HEIGHT: f64 = 24.0;
const BAND_HEIGHT: f64 = 40.0;
const AGE_WIDTH: f64 = 100.0;
const VALUE_WIDTH: f64 = 50.0;
/// Below this, a group is not missing enough to be named.
const LEAST_GAP: f64 = 0.02;

/// One age of one sex, as shares of all ages and both sexes together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PyramidGroup {
    /// Its published share of the respondents, each counted once.
    pub respondents: Option<f64>,
    /// Its published share after weighting.
    pub weighted: Option<f64>,
}

/// One age band.
#[derive(Debug, Clone, PartialEq)]
pub struct PyramidBand {
    /// « 18–29 ans ».
    pub label: String,
    /// Women.
    pub women: PyramidGroup,
    /// Men.
    pub men: PyramidGroup,
}

/// Respondents by age and sex, before and after weighting.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    /// Youngest first.
    pub bands: Vec<PyramidBand>,
    /// Women and men who told their age.
    pub base: u32,
    /// The variables of the margins, in words.
    pub margins: Vec<String>,
    /// Where the margins are from: « Insee, recensement de la population 2022 ».
    pub census: Option<String>,
}

impl Pyramid {
    /// The pyramid of a release's profile.
    pub fn of(profile: &Profile, margins: Vec<String>, census: Option<String>) -> Self {
        let (women, men) = profile.groups().split_at(profile.groups().len() / 2);
        let group = |group: &ProfileGroup| PyramidGroup { respondents: group.respondents, weighted: group.weighted };
        let bands = women.iter().zip(men).map(|(one, other)| PyramidBand {
            label: one.age_label.clone(),
            women: group(one),
            men: group(other),
        });
        Self { bands: bands.collect(), base: profile.base(), margins, census }
    }
}

/// Draws the respondents as bars and what they count for after weighting as outlines. None without weights, where there would be
/// nothing to compare with, and when no group is published.
pub fn pyramid(pyramid: &Pyramid, context: &Context) -> Option<Chart> {
    let drawn = Drawn { pyramid, protection: context.protection };
    if !drawn.named().any(|(_, group)| group.is_known()) {
        return None;
    }
    let margins: Vec<&str> = pyramid.margins.iter().map(String::as_str).collect();
    let calibrated = match margins[..] {
        [] => String::new(),
        _ => format!(", calées sur la population pour : {}", enumerated(&margins)),
    };
    let words = Words {
        id: "profil-age-sexe".to_owned(),
        title: drawn.finding(),
        question: "Part de chaque âge et de chaque sexe parmi les réponses reçues, et après redressement".to_owned(),
        lecture: drawn.reading(),
        champ: format!("{} ayant dit leur âge et leur sexe ({})", context.population, context.people(pyramid.base)),
        is_weighted: true,
        marks: spaced(&format!(
            "barre pleine : réponses reçues ; cadre : les mêmes après redressement{calibrated} ; n.p. : non publié"
        )),
        also_from: pyramid.census.as_ref().map(|census| format!("population\u{a0}: {census}")),
        alternative: drawn.alternative(),
    };
    Some(Chart::new(context, words, |layout| drawn.draw(layout)))
}

impl PyramidGroup {
    fn is_known(&self) -> bool {
        self.respondents.is_some() && self.weighted.is_some()
    }
}

/// A pyramid and how its numbers were protected.
struct Drawn<'a> {
    pyramid: &'a Pyramid,
    protection: Protection,
}

impl Drawn<'_> {
    /// Every group with its name in a sentence.
    fn named(&self) -> impl Iterator<Item = (String, PyramidGroup)> {
        self.pyramid.bands.iter().flat_map(|band| {
            let of = if band.label.starts_with(|first: char| first.is_ascii_digit()) { " de" } else { "," };
            [(format!("femmes{of} {}", band.label), band.women), (format!("hommes{of} {}", band.label), band.men)]
        })
    }

    /// The group that misses the most, as far as it can be told.
    fn most_missing(&self) -> Option<(String, PyramidGroup)> {
        let gap = |group: PyramidGroup| Some(group.weighted? - group.respondents?);
        let known = self.named().filter_map(|(name, group)| Some((gap(group)?, name, group)));
        let largest = known.max_by(|(one, ..), (other, ..)| one.total_cmp(other));
        largest.filter(|(gap, ..)| *gap >= LEAST_GAP).map(|(_, name, group)| (name, group))
    }

    fn finding(&self) -> String {
        spaced(&match self.most_missing() {
            Some((name, group)) => format!(
                "Qui a répondu : il manque surtout des {name} ({} des réponses, {} après redressement)",
                percent_or_none(group.respondents, self.protection),
                percent_or_none(group.weighted, self.protection)
            ),
            None => "Qui a répondu : le redressement change peu la part des âges et des sexes".to_owned(),
        })
    }

    fn reading(&self) -> String {
        let known = || self.named().find(|(_, group)| group.is_known());
        let Some((name, group)) = self.most_missing().or_else(known) else { return String::new() };
        spaced(&format!(
            "{name} : {} des réponses reçues ; après redressement, leurs réponses comptent pour {}",
            percent_or_none(group.respondents, self.protection),
            percent_or_none(group.weighted, self.protection)
        ))
    }

    fn alternative(&self) -> String {
        let groups = self.named().map(|(name, group)| {
            let [received, weighted] =
                [group.respondents, group.weighted].map(|share| percent_or_none(share, self.protection));
            spaced(&format!("{name} : {received} des réponses, {weighted} après redressement"))
        });
        groups.collect::<Vec<_>>().join("\u{202f}; ")
    }

    fn draw(&self, layout: Layout) -> Drawing {
        let mut drawing = Drawing::new(layout.width());
        legend(&mut drawing);
        let middle = layout.width() / 2.0;
        let (left, right) = (middle - AGE_WIDTH / 2.0, middle + AGE_WIDTH / 2.0);
        let shares = self.named().flat_map(|(_, group)| [group.respondents, group.weighted]);
        let largest = shares.flatten().fold(0.01, f64::max);
        let unit = (left - VALUE_WIDTH) / largest;
        drawing.text_before(left, drawing.height, "Femmes", STRONG);
        drawing.text(right, drawing.height, "Hommes", STRONG);
        drawing.height += LINE + 2.0;
        for band in self.pyramid.bands.iter().rev() {
            let lines = PLAIN.wrap(&band.label, AGE_WIDTH - 8.0);
            let text_height = f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX)) * line_height(PLAIN);
            let height = BAND_HEIGHT.max(text_height + 4.0);
            let y = drawing.height + (height - BAR_HEIGHT) / 2.0;
            let mut text_y = drawing.height + (height - text_height) / 2.0 + 4.0;
            for line in &lines {
                drawing.text_around(middle, text_y, line, PLAIN);
                text_y += line_height(PLAIN);
            }
            self.half(&mut drawing, (left, y), -unit, &band.women);
            self.half(&mut drawing, (right, y), unit, &band.men);
            drawing.height += height;
        }
        drawing
    }

    /// The marks of one group, from the middle outwards: to the left when `unit` is negative.
    fn half(&self, drawing: &mut Drawing, (x, y): (f64, f64), unit: f64, group: &PyramidGroup) {
        let mut rect = |share: f64, y: f64, height: f64, fill: Fill, stroke: Option<Stroke>| {
            let length = share * unit;
            drawing.rect((x.min(x + length), y), (length.abs(), height), fill, stroke);
        };
        if let Some(share) = group.respondents {
            rect(share, y + 4.0, BAR_HEIGHT - 8.0, Fill::Plain(BAR), None);
        }
        if let Some(share) = group.weighted {
            rect(share, y, BAR_HEIGHT, Fill::Empty, Some(Stroke::new(INK, 2.0)));
        }
        let longest = [group.respondents, group.weighted].into_iter().flatten().fold(0.0, f64::max);
        let end = x + longest * unit;
        let (text, style) = match group.respondents {
            Some(share) => (percent(share, self.protection), STRONG),
            None => ("n.p.".to_owned(), PLAIN),
        };
        if unit < 0.0 {
            drawing.text_before(end - 5.0, y + 5.0, &text, style);
        } else {
            drawing.text(end + 5.0, y + 5.0, &text, style);
        }
    }
}

fn legend(drawing: &mut Drawing) {
    let y = drawing.height;
    drawing.rect((0.0, y + 1.0), (22.0, 12.0), Fill::Plain(BAR), None);
    drawing.text(30.0, y + 1.0, "Réponses reçues (en %)", PLAIN);
    let y = y + LINE + 2.0;
    drawing.rect((1.0, y), (20.0, 14.0), Fill::Empty, Some(Stroke::new(INK, 2.0)));
    drawing.text(30.0, y + 1.0, "Après redressement", PLAIN);
    drawing.height = y + LINE + 10.0;
}
