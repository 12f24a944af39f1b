//! Published instruments, whose wording is locked: a changed word makes results that can no longer be compared. They are the
//! files of `surveys/instruments/`, carried inside the program so that no installation can change one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::read::{Read, Reader, mapping};
use crate::tree::parse_tree;
use crate::yaml::Id;

/// Which item of which instrument a question is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstrumentItem {
    /// The instrument.
    pub id: String,
    /// Its item, from 1.
    pub item: u8,
}

mapping! {
    RawInstrument {
        id: String,
        title: String,
        citation: String,
        source: String,
        licence: String,
        items: Vec<RawItem>,
    } optional {
        stem: String,
        choices: Vec<RawLabel>,
        scoring: RawScoring,
    }
}

mapping! { RawItem { item: u8, text: String, } optional { choices: Vec<RawLabel>, } }
mapping! { RawLabel { code: String, label: String, } optional {} }
mapping! { RawScoring { base: Id, terms: Vec<RawItemPoints>, levels: Vec<RawRange>, } optional {} }
mapping! { RawItemPoints { item: u8, points: BTreeMap<String, Id>, } optional { hidden: Id, } }
mapping! { RawRange { code: Id, label: String, from: Id, } optional {} }

/// An instrument: what it asks, word for word, and how it is scored.
#[derive(Debug)]
pub struct Instrument {
    /// Identifier, as questions name it.
    pub id: String,
    /// Title.
    pub title: String,
    /// The publication to cite beside results.
    pub citation: String,
    /// Where the French wording comes from.
    pub source: String,
    /// Under what terms it may be used.
    pub licence: String,
    /// The text that all items share, where they do.
    pub(crate) stem: Option<String>,
    pub(crate) items: BTreeMap<u8, Item>,
    pub(crate) scoring: Option<RawScoring>,
}

/// One question of an instrument.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) text: String,
    /// Codes and labels, in their order.
    pub(crate) choices: Vec<(String, String)>,
}

static INSTRUMENTS: LazyLock<Vec<Instrument>> = LazyLock::new(|| {
    let files = [
        include_str!("../../surveys/instruments/audit_c.yaml"),
        include_str!("../../surveys/instruments/epices.yaml"),
        include_str!("../../surveys/instruments/mehm.yaml"),
        include_str!("../../surveys/instruments/who5.yaml"),
    ];
    let read = |file| parse(file).expect("the files of surveys/instruments are read by a test");
    files.into_iter().map(read).collect()
});

/// Every instrument that this program knows.
pub fn instruments() -> &'static [Instrument] {
    &INSTRUMENTS
}

/// An instrument by its identifier.
pub fn instrument(id: &str) -> Option<&'static Instrument> {
    instruments().iter().find(|instrument| instrument.id == id)
}

fn parse(yaml: &str) -> Result<Instrument, Vec<Problem>> {
    let tree = parse_tree(yaml).map_err(|problem| vec![problem])?;
    let mut reader = Reader::default();
    let raw = RawInstrument::read(&tree, &mut reader);
    let Some(raw) = raw.filter(|_| reader.problems.is_empty()) else { return Err(reader.problems) };
    let labels = |labels: Vec<RawLabel>| labels.into_iter().map(|label| (label.code, label.label)).collect::<Vec<_>>();
    let shared = labels(raw.choices.unwrap_or_default());
    let item = |item: RawItem| {
        let choices = item.choices.map_or_else(|| shared.clone(), labels);
        (item.item, Item { text: item.text, choices })
    };
    Ok(Instrument {
        id: raw.id,
        title: raw.title,
        citation: raw.citation,
        source: raw.source,
        licence: raw.licence,
        stem: raw.stem,
        items: raw.items.into_iter().map(item).collect(),
        scoring: raw.scoring,
    })
}

/// The same words, however they are spaced.
pub(crate) fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Points;
    use crate::typography;

    #[test]
    fn every_instrument_is_read_complete_and_well_written() {
        let names: Vec<&str> = instruments().iter().map(|instrument| instrument.id.as_str()).collect();
        assert_eq!(names, ["audit_c", "epices", "mehm", "who5"]);
        for instrument in instruments() {
            assert!(!instrument.citation.is_empty() && !instrument.licence.is_empty() && !instrument.source.is_empty());
            assert!(instrument.items.keys().copied().eq(1..=u8::try_from(instrument.items.len()).expect("few")));
            for item in instrument.items.values() {
                assert!(item.choices.len() >= 2, "{}", instrument.id);
                let texts = std::iter::once(&item.text).chain(item.choices.iter().map(|(_, label)| label));
                for text in texts {
                    assert_eq!(typography::fault(text), None, "{}", instrument.id);
                }
            }
        }
    }

    /// The least and the most points that the scoring of an instrument gives.
    fn range(id: &str) -> (i64, i64) {
        let scoring = instrument(id).and_then(|instrument| instrument.scoring.as_ref()).expect("a scoring");
        let points = |raw: &Id| Points::parse(&raw.value).expect("points").hundredths();
        let ends = |pick: fn(std::vec::IntoIter<i64>) -> Option<i64>| {
            let each = scoring.terms.iter().map(|term| {
                let given: Vec<i64> = term.points.values().map(points).collect();
                pick(given.into_iter()).expect("codes")
            });
            points(&scoring.base) + each.sum::<i64>()
        };
        (ends(Iterator::min), ends(Iterator::max))
    }

    /// The coefficients as they were published add up to the ends of each scale.
    #[test]
    fn the_published_coefficients_span_the_published_scales() {
        assert_eq!(range("epices"), (0, 10_000));
        assert_eq!(range("who5"), (0, 10_000));
        assert_eq!(range("audit_c"), (0, 1_200));
        let epices = instrument("epices").and_then(|epices| epices.scoring.as_ref()).expect("a scoring");
        let yes: Vec<&str> = epices.terms.iter().map(|term| term.points["oui"].value.as_str()).collect();
        assert_eq!(
            yes,
            ["10.06", "-11.83", "-8.28", "-8.28", "14.80", "-6.51", "-7.10", "-7.10", "-9.47", "-9.47", "-7.10"]
        );
        assert_eq!(epices.base.value, "75.14");
        assert_eq!(epices.levels[1].from.value, "30.17");
    }
}
