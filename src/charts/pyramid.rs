//! Who answered, by age and sex, against who lives there.

use isoloir_disclosure::{Protection, ReleaseTable};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, INK, PAPER};
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke, line_height};
use crate::wording::{percent, percent_or_few, spaced};

const BAR_HEIGHT: f64 = 24.0;
const BAND_HEIGHT: f64 = 40.0;
const AGE_WIDTH: f64 = 100.0;
const VALUE_WIDTH: f64 = 50.0;
/// Below this, a group is not missing enough to be named.
const LEAST_GAP: f64 = 0.02;

/// One age band of one sex, as shares of all ages and both sexes together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PyramidGroup {
    /// Its share of the population.
    pub population: Option<f64>,
    /// Its published share of the respondents, each counted once.
    pub respondents: Option<f64>,
    /// Its published share with weights; `None` too when there are none.
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

/// Respondents and population by age and sex.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    /// Youngest first.
    pub bands: Vec<PyramidBand>,
    /// Where the population is from: « Insee, recensement de la population 2022 ».
    pub census: String,
}

impl Pyramid {
    /// The pyramid of a release: `ages` is the age broken down by sex, `sexes` the sex; `women` and `men` are its codes.
    /// `population` gives the share of an age and a sex, by their codes. Of a weighted release, shares are those after
    /// weighting, and those of the respondents as they came are to be filled in.
    ///
    /// None when the sexes are not published.
    pub fn of(
        ages: &ReleaseTable,
        sexes: &ReleaseTable,
        [women, men]: [&str; 2],
        is_weighted: bool,
        population: impl Fn(&str, &str) -> Option<f64>,
        census: &str,
    ) -> Option<Self> {
        let sex_share = |code: &str| {
            let column = sexes.spec().columns.iter().position(|column| column.code == code)?;
            sexes.total().cells[column].share()
        };
        let both = sex_share(women)? + sex_share(men)?;
        let group = |age: usize, sex: &str| {
            let row = ages.spec().rows.iter().position(|row| row.code == sex);
            let within = row.and_then(|row| ages.rows()[row].cells[age].share());
            let share = within.zip(sex_share(sex)).map(|(within, sex)| within * sex / both);
            PyramidGroup {
                population: population(&ages.spec().columns[age].code, sex),
                respondents: share.filter(|_| !is_weighted),
                weighted: share.filter(|_| is_weighted),
            }
        };
        let columns = ages.spec().columns.iter().enumerate().filter(|(_, column)| !column.missing);
        let bands = columns.map(|(age, column)| PyramidBand {
            label: column.label.clone(),
            women: group(age, women),
            men: group(age, men),
        });
        Some(Self { bands: bands.collect(), census: census.to_owned() })
    }
}

/// Draws respondents as bars, the population as outlines, the weighted respondents as diamonds. None when nothing of the
/// respondents is published.
pub fn pyramid(pyramid: &Pyramid, context: &Context) -> Option<Chart> {
    let groups = || pyramid.bands.iter().flat_map(|band| [&band.women, &band.men]);
    if groups().all(|group| group.respondents.is_none()) {
        return None;
    }
    let is_weighted = groups().any(|group| group.weighted.is_some());
    let weights = if is_weighted { " ; losange : part après redressement" } else { "" };
    let base = context.respondents.map(|base| format!(" ({}, arrondi à 5)", context.people(base)));
    let base = base.filter(|_| context.protection == Protection::CellKey).unwrap_or_default();
    let words = Words {
        id: "profil-age-sexe".to_owned(),
        title: finding(pyramid, context.protection),
        question: "Part de chaque âge et de chaque sexe parmi les répondants et dans la population".to_owned(),
        lecture: reading(pyramid, context.protection),
        champ: format!("{} ayant dit leur âge et leur sexe{base}", context.population),
        is_weighted,
        marks: spaced(&format!(
            "barre pleine : réponses reçues ; cadre : population{weights} ; n.p. : n insuffisant, non publié"
        )),
        also_from: Some(format!("population\u{a0}: {}", pyramid.census)),
        alternative: alternative(pyramid, context.protection),
    };
    Some(Chart::new(context, words, |layout| draw(pyramid, context.protection, is_weighted, layout)))
}

/// Every group with its name in a sentence.
fn named(pyramid: &Pyramid) -> impl Iterator<Item = (String, PyramidGroup)> {
    pyramid.bands.iter().flat_map(|band| {
        let of = if band.label.starts_with(|first: char| first.is_ascii_digit()) { " de" } else { "," };
        [(format!("femmes{of} {}", band.label), band.women), (format!("hommes{of} {}", band.label), band.men)]
    })
}

/// The group that misses the most, as far as it can be told.
fn most_missing(pyramid: &Pyramid) -> Option<(String, f64, f64)> {
    named(pyramid)
        .filter_map(|(name, group)| Some((name, group.respondents?, group.population?)))
        .max_by(|(_, a, of_a), (_, b, of_b)| (of_a - a).total_cmp(&(of_b - b)))
        .filter(|(_, respondents, population)| population - respondents >= LEAST_GAP)
}

fn finding(pyramid: &Pyramid, protection: Protection) -> String {
    spaced(&match most_missing(pyramid) {
        Some((name, respondents, population)) => format!(
            "Qui a répondu : il manque surtout des {name} ({} des réponses, {} de la population)",
            percent(respondents, protection),
            percent(population, Protection::None)
        ),
        None => "Qui a répondu : les âges et les sexes sont représentés à peu près comme dans la population".to_owned(),
    })
}

fn reading(pyramid: &Pyramid, protection: Protection) -> String {
    let example = most_missing(pyramid).map(|(name, _, _)| name);
    let group = named(pyramid).find(|(name, group)| match &example {
        Some(example) => name == example,
        None => group.respondents.is_some() && group.population.is_some(),
    });
    let Some((name, group)) = group else { return String::new() };
    let weighted = group.weighted.map_or_else(String::new, |weighted| {
        format!(" ; après redressement, leurs réponses comptent pour {}", percent(weighted, protection))
    });
    spaced(&format!(
        "{name} : {} des réponses reçues, {} de la population{weighted}",
        percent_or_few(group.respondents, protection),
        group.population.map_or_else(|| "part inconnue".to_owned(), |share| percent(share, Protection::None))
    ))
}

fn alternative(pyramid: &Pyramid, protection: Protection) -> String {
    let groups = named(pyramid).map(|(name, group)| {
        let text = format!("{name} : {} des réponses", percent_or_few(group.respondents, protection));
        let population =
            group.population.map(|share| format!(", {} de la population", percent(share, Protection::None)));
        let weighted = group.weighted.map(|share| format!(", {} après redressement", percent(share, protection)));
        spaced(&[Some(text), population, weighted].into_iter().flatten().collect::<String>())
    });
    groups.collect::<Vec<_>>().join("\u{202f}; ")
}

fn draw(pyramid: &Pyramid, protection: Protection, is_weighted: bool, layout: Layout) -> Drawing {
    let mut drawing = Drawing::new(layout.width());
    legend(&mut drawing, is_weighted);
    let middle = layout.width() / 2.0;
    let (left, right) = (middle - AGE_WIDTH / 2.0, middle + AGE_WIDTH / 2.0);
    let all = |group: PyramidGroup| [group.population, group.respondents, group.weighted];
    let shares = named(pyramid).flat_map(|(_, group)| all(group));
    let largest = shares.flatten().fold(0.01, f64::max);
    let unit = (left - VALUE_WIDTH) / largest;
    drawing.text_before(left, drawing.height, "Femmes", STRONG);
    drawing.text(right, drawing.height, "Hommes", STRONG);
    drawing.height += LINE + 2.0;
    for band in pyramid.bands.iter().rev() {
        let lines = PLAIN.wrap(&band.label, AGE_WIDTH - 8.0);
        let text_height = f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX)) * line_height(PLAIN);
        let height = BAND_HEIGHT.max(text_height + 4.0);
        let y = drawing.height + (height - BAR_HEIGHT) / 2.0;
        let mut text_y = drawing.height + (height - text_height) / 2.0 + 4.0;
        for line in &lines {
            drawing.text_around(middle, text_y, line, PLAIN);
            text_y += line_height(PLAIN);
        }
        half(&mut drawing, (left, y), -unit, &band.women, protection);
        half(&mut drawing, (right, y), unit, &band.men, protection);
        drawing.height += height;
    }
    drawing
}

/// The marks of one group, from the middle outwards: to the left when `unit` is negative.
fn half(drawing: &mut Drawing, (x, y): (f64, f64), unit: f64, group: &PyramidGroup, protection: Protection) {
    let mut rect = |share: f64, y: f64, height: f64, fill: Fill, stroke: Option<Stroke>| {
        let length = share * unit;
        drawing.rect((x.min(x + length), y), (length.abs(), height), fill, stroke);
    };
    if let Some(share) = group.respondents {
        rect(share, y + 4.0, BAR_HEIGHT - 8.0, Fill::Plain(BAR), None);
    }
    if let Some(share) = group.population {
        rect(share, y, BAR_HEIGHT, Fill::Empty, Some(Stroke::new(INK, 2.0)));
    }
    if let Some(share) = group.weighted {
        diamond(drawing, (x + share * unit, y + BAR_HEIGHT / 2.0));
    }
    let longest = [group.respondents, group.population].into_iter().flatten().fold(0.0, f64::max);
    let weighted = group.weighted.map_or(0.0, |share| share + 8.0 / unit.abs());
    let end = x + longest.max(weighted) * unit;
    let (text, style) = match group.respondents {
        Some(share) => (percent(share, protection), STRONG),
        None => ("n.p.".to_owned(), PLAIN),
    };
    if unit < 0.0 {
        drawing.text_before(end - 5.0, y + 5.0, &text, style);
    } else {
        drawing.text(end + 5.0, y + 5.0, &text, style);
    }
}

fn diamond(drawing: &mut Drawing, (x, y): (f64, f64)) {
    let ring = vec![(x, y - 7.0), (x + 7.0, y), (x, y + 7.0), (x - 7.0, y)];
    drawing.area(vec![ring], Fill::Plain(PAPER), Some(Stroke::new(INK, 2.0)));
}

fn legend(drawing: &mut Drawing, is_weighted: bool) {
    let mut y = drawing.height;
    drawing.rect((0.0, y + 1.0), (22.0, 12.0), Fill::Plain(BAR), None);
    drawing.text(30.0, y + 1.0, "Réponses reçues (en %)", PLAIN);
    y += LINE + 2.0;
    drawing.rect((1.0, y), (20.0, 14.0), Fill::Empty, Some(Stroke::new(INK, 2.0)));
    drawing.text(30.0, y + 1.0, "Population", PLAIN);
    y += LINE + 2.0;
    if is_weighted {
        diamond(drawing, (11.0, y + 8.0));
        drawing.text(30.0, y + 1.0, "Après redressement", PLAIN);
        y += LINE + 2.0;
    }
    drawing.height = y + 8.0;
}
