//! How many answered of those who could: by survey, or by commune.

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{BAR, SOFT};
use crate::drawing::{Drawing, Fill, Layout, PLAIN, STRONG, along, line_height};
use crate::lane::{extent, lane};
use crate::wording::{spaced, thousands};

const BAR_HEIGHT: f64 = 20.0;
const VALUE_WIDTH: f64 = 60.0;

/// Against what respondents are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denominator {
    /// Invitations that were sent.
    Invitations,
    /// Inhabitants who could answer, with the source of their number: « Insee, recensement 2022 ».
    Population(String),
}

/// One line: a survey, or a part of its territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participation {
    /// Its name.
    pub label: String,
    /// Respondents as they are published, that is, rounded; `None` where they are not.
    pub respondents: Option<u32>,
    /// Invitations or inhabitants.
    pub out_of: u32,
}

impl Participation {
    fn rate(&self) -> Option<f64> {
        self.respondents.filter(|_| self.out_of > 0).map(|people| f64::from(people) / f64::from(self.out_of))
    }

    fn counts(&self, what: &str) -> String {
        match self.respondents {
            Some(people) => format!("{} réponses pour {} {what}", thousands(people), thousands(self.out_of)),
            None => format!("réponses non publiées pour {} {what}", thousands(self.out_of)),
        }
    }
}

/// `24 %`, or `0,8 %`: the part of a population that answers may be small.
fn rate(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("{percent:.1}\u{a0}%").replace('.', ",") } else { format!("{percent:.0}\u{a0}%") }
}

/// Draws the rate of each line, largest first. The first line gives the title when it stands for all. None without any rate.
pub fn participation(lines: &[Participation], of: &Denominator, context: &Context) -> Option<Chart> {
    let what = match of {
        Denominator::Invitations => "invitations",
        Denominator::Population(_) => "habitants",
    };
    let (first, others) = lines.split_first()?;
    let mut rates: Vec<(&Participation, f64)> = others.iter().filter_map(|line| Some((line, line.rate()?))).collect();
    rates.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let title = match (first.rate(), first.respondents, &rates[..]) {
        (Some(share), Some(people), []) => {
            format!("Participation : {} réponses, soit {} des {what}", thousands(people), rate(share))
        }
        (Some(share), _, [(most, high), .., (least, low)]) => format!(
            "Participation : {} des {what}, de {} ({}) à {} ({})",
            rate(share),
            rate(*low),
            least.label,
            rate(*high),
            most.label
        ),
        (Some(share), _, [(only, its)]) => {
            format!("Participation : {} des {what}, {} pour {}", rate(share), rate(*its), only.label)
        }
        _ => return None,
    };
    let values: Vec<String> = lines
        .iter()
        .map(|line| {
            let share = line.rate().map_or_else(String::new, |share| format!(" ({})", rate(share)));
            format!("{}\u{a0}: {}{share}", line.label, line.counts(what))
        })
        .collect();
    let words = Words {
        id: "participation".to_owned(),
        title: spaced(&title),
        question: spaced(&format!("Nombre de réponses pour 100 {what}")),
        lecture: spaced(&format!(
            "{} : {}, soit {}",
            first.label,
            first.counts(what),
            first.rate().map(rate).unwrap_or_default()
        )),
        champ: context.population.clone(),
        is_weighted: false,
        marks: "nombres de réponses arrondis à 5".to_owned(),
        also_from: match of {
            Denominator::Population(source) => Some(format!("population\u{a0}: {source}")),
            Denominator::Invitations => None,
        },
        alternative: values.join("\u{202f}; "),
    };
    let missing = others.iter().filter(|line| line.rate().is_none());
    let ordered: Vec<&Participation> =
        std::iter::once(first).chain(rates.iter().map(|(line, _)| *line)).chain(missing).collect();
    Some(Chart::new(context, words, |layout| draw(&ordered, what, layout)))
}

fn draw(lines: &[&Participation], what: &str, layout: Layout) -> Drawing {
    let mut drawing = Drawing::new(layout.width());
    let room = extent(layout).1 - VALUE_WIDTH;
    // A few percent of a population would be invisible on a scale to 100.
    let largest = lines.iter().filter_map(|line| line.rate()).fold(0.001, f64::max);
    for (index, line) in lines.iter().enumerate() {
        let track = lane(&mut drawing, layout, &line.label, BAR_HEIGHT + line_height(PLAIN));
        if let Some(share) = line.rate() {
            let length = along(share / largest, room).max(2.0);
            drawing.rect(
                (track.x, track.y),
                (length, BAR_HEIGHT),
                Fill::Plain(if index == 0 { SOFT } else { BAR }),
                None,
            );
            drawing.text(track.x + length + 8.0, track.y + 3.0, &rate(share), STRONG);
        }
        let counts_y = if line.rate().is_some() { track.y + BAR_HEIGHT + 5.0 } else { track.y + 3.0 };
        drawing.text(track.x, counts_y, &line.counts(what), PLAIN.colored(SOFT));
        drawing.height += 4.0;
    }
    drawing
}
