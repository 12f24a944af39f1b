//! The types of questions: which keys each takes, and the choices that the program writes out.

use std::collections::BTreeSet;

use crate::read::Spanned;

use crate::compile::Compiler;
use crate::ids::ChoiceCode;
use crate::model::{Choice, Kind, Role, Text};
use crate::place::Territory;
use crate::yaml::{RawChoice, RawQuestion};

/// Longest free text, in characters.
const MAX_TEXT_CHARS: u32 = 5000;
/// Longest text on one line, in characters.
const MAX_LINE_CHARS: u32 = 200;
/// Largest number that may be asked for, well inside what JavaScript counts exactly.
const MAX_NUMBER: i64 = 1_000_000_000;
/// Most ranks: beyond, the order of preference is no longer one.
const MAX_RANKS: usize = 5;

const TYPES: [&str; 12] = [
    "single",
    "multiple",
    "scale",
    "matrix",
    "rank_top",
    "integer",
    "age_band",
    "territory",
    "text_short",
    "text_long",
    "note",
    "score",
];

impl Compiler<'_> {
    pub(crate) fn kind(&mut self, raw: &RawQuestion, territory: &Territory) -> Option<Kind> {
        self.keys_fit(raw);
        match raw.r#type.value.as_str() {
            "single" => Some(Kind::Single { choices: self.choices(raw), role: None }),
            "multiple" => {
                let choices = self.choices(raw);
                let max = raw.max.as_ref().and_then(|max| self.small(max, 1, choices.len()));
                Some(Kind::Multiple { choices, max })
            }
            "rank_top" => {
                let choices = self.choices(raw);
                let ranks = raw.max.as_ref().map_or(Some(3), |max| self.small(max, 2, choices.len().min(MAX_RANKS)));
                Some(Kind::RankTop { choices, ranks: ranks? })
            }
            "matrix" => Some(Kind::Matrix),
            "score" => self.score(raw),
            "scale" => self.scale(raw),
            "integer" => {
                let (min, max) =
                    (raw.min.as_ref().map_or(0, |min| min.value), raw.max.as_ref().map_or(999, |max| max.value));
                if min >= max {
                    self.problem(raw.id.at, "« min » n’est pas inférieur à « max »", "corrigez l’un des deux");
                }
                if min < -MAX_NUMBER || max > MAX_NUMBER {
                    let fix = format!("choisissez entre -{MAX_NUMBER} et {MAX_NUMBER}");
                    self.problem(raw.id.at, "« min » ou « max » est trop grand", fix);
                }
                Some(Kind::Integer { min, max })
            }
            "age_band" => Some(Kind::Single { choices: self.age_bands(raw), role: Some(Role::AgeBand) }),
            "territory" => Some(Kind::Single { choices: self.places(raw, territory), role: Some(Role::Territory) }),
            "text_long" => Some(self.free_text(raw, 1000, MAX_TEXT_CHARS, false)),
            "text_short" => Some(self.free_text(raw, 100, MAX_LINE_CHARS, true)),
            "note" => Some(Kind::Note),
            other => {
                let fix = format!("choisissez parmi : {}", TYPES.join(", "));
                self.problem(raw.r#type.at, format!("le type de question « {other} » n’existe pas"), fix);
                None
            }
        }
    }

    /// Says which keys do not go with the question's type.
    fn keys_fit(&mut self, raw: &RawQuestion) {
        let kind = raw.r#type.value.as_str();
        let present: [(&str, bool, &[&str]); 17] = [
            ("choices", raw.choices.is_some(), &["single", "multiple", "matrix", "rank_top"]),
            ("rows", raw.rows.is_some(), &["matrix"]),
            ("max", raw.max.is_some(), &["multiple", "rank_top", "scale", "integer"]),
            ("min", raw.min.is_some(), &["scale", "integer"]),
            ("low", raw.low.is_some(), &["scale"]),
            ("high", raw.high.is_some(), &["scale"]),
            ("missing", raw.missing.is_some(), &["scale"]),
            ("bands", raw.bands.is_some(), &["age_band"]),
            ("level", raw.level.is_some(), &["territory"]),
            ("max_chars", raw.max_chars.is_some(), &["text_short", "text_long"]),
            ("linked", raw.linked.is_some(), &["text_short", "text_long"]),
            ("ordered", raw.ordered.is_some(), &["single", "matrix"]),
            ("headline", raw.headline.is_some(), &["single", "multiple", "scale", "matrix", "rank_top", "score"]),
            ("base", raw.base.is_some(), &["score"]),
            ("terms", raw.terms.is_some(), &["score"]),
            ("levels", raw.levels.is_some(), &["score"]),
            (
                "required",
                raw.required.is_some(),
                &[
                    "single",
                    "multiple",
                    "matrix",
                    "rank_top",
                    "scale",
                    "integer",
                    "age_band",
                    "territory",
                    "text_short",
                    "text_long",
                ],
            ),
        ];
        for (key, is_there, kinds) in present {
            if is_there && !kinds.contains(&kind) {
                let message = format!("la clé « {key} » ne va pas avec le type « {kind} »");
                self.problem(raw.id.at, message, format!("enlevez-la ; elle va avec : {}", kinds.join(", ")));
            }
        }
    }

    fn free_text(&mut self, raw: &RawQuestion, usual: u32, most: u32, one_line: bool) -> Kind {
        let max_chars = raw.max_chars.as_ref().map_or(usual, |max| max.value);
        if !(1..=most).contains(&max_chars) {
            self.problem(raw.id.at, "« max_chars » est hors limites", format!("choisissez entre 1 et {most}"));
        }
        Kind::TextLong { max_chars, one_line, linked: raw.linked.as_ref().is_some_and(|linked| linked.value) }
    }

    fn small(&mut self, raw: &Spanned<i64>, least: i64, most: usize) -> Option<u8> {
        match u8::try_from(raw.value) {
            Ok(value) if raw.value >= least && usize::from(value) <= most => Some(value),
            _ => {
                let message = format!("« {} » est hors limites", raw.value);
                self.problem(raw.at, message, format!("choisissez un nombre de {least} à {most}"));
                None
            }
        }
    }

    pub(crate) fn choices(&mut self, raw: &RawQuestion) -> Vec<Choice> {
        let Some(raw_choices) = raw.choices.as_ref().filter(|choices| choices.len() >= 2) else {
            let fix = "ajoutez au moins deux choix sous « choices: »";
            self.problem(raw.id.at, "cette question n’a pas assez de choix", fix);
            return Vec::new();
        };
        let mut codes = BTreeSet::new();
        raw_choices
            .iter()
            .filter_map(|choice| {
                if !codes.insert(choice.code.value.clone()) {
                    self.duplicate(&choice.code, "choix");
                }
                if choice.other == Some(true) && !matches!(raw.r#type.value.as_str(), "single" | "multiple") {
                    let message = format!("« other » ne va pas avec le type « {} »", raw.r#type.value);
                    self.problem(choice.code.at, message, "enlevez-le ; il va avec : single, multiple");
                }
                self.harmless_fits(raw, choice);
                self.choice(choice)
            })
            .collect()
    }

    /// Says where a choice cannot be called harmless.
    fn harmless_fits(&mut self, question: &RawQuestion, choice: &RawChoice) {
        let Some(harmless) = choice.harmless.as_ref().filter(|harmless| harmless.value) else { return };
        let takes_several = matches!(question.r#type.value.as_str(), "multiple" | "rank_top");
        let (message, fix) = if question.sensitive != Some(true) {
            ("« harmless » ne va qu’aux choix d’une question sensible", "enlevez-le, ou ajoutez « sensitive: true »")
        } else if choice.missing == Some(true) {
            ("une non-réponse ne dit déjà rien de personne", "enlevez « harmless »")
        } else if takes_several && choice.exclusive != Some(true) {
            let fix = "enlevez « harmless », ou ajoutez « exclusive: true » si c’est « rien de tout cela »";
            ("ce choix peut être donné avec d’autres, qui ne sont pas sans danger", fix)
        } else {
            return;
        };
        self.problem(harmless.at, message, fix);
    }

    fn choice(&mut self, raw: &RawChoice) -> Option<Choice> {
        let label = self.text(&raw.label);
        let missing = raw.missing.unwrap_or(false);
        if missing && raw.other == Some(true) {
            self.problem(raw.code.at, "une non-réponse n’a rien à préciser", "enlevez « missing » ou « other »");
        }
        let code = self.id(&raw.code, ChoiceCode::parse)?;
        // A way of not answering excludes every real answer.
        let exclusive = raw.exclusive.unwrap_or(false) || missing;
        let harmless = raw.harmless.as_ref().is_some_and(|harmless| harmless.value);
        Some(Choice { code, label, detail: None, missing, exclusive, harmless })
    }

    fn scale(&mut self, raw: &RawQuestion) -> Option<Kind> {
        let (Some(min), Some(max), Some(low), Some(high)) = (&raw.min, &raw.max, &raw.low, &raw.high) else {
            let fix = "ajoutez « min », « max », « low: {fr: \"…\"} » et « high: {fr: \"…\"} »";
            self.problem(raw.id.at, "cette échelle est incomplète", fix);
            return None;
        };
        let (low, high) = (self.text(low), self.text(high));
        if !(0..=10).contains(&min.value) || !(0..=10).contains(&max.value) || min.value >= max.value {
            self.problem(min.at, "cette échelle est hors limites", "choisissez de 0 à 10, min avant max");
            return None;
        }
        let point = |value: i64| {
            let label = value.to_string();
            let code = ChoiceCode::parse(&label).expect("a number from 0 to 10 is a code");
            Choice::plain(code, Text::french(&label))
        };
        let mut choices: Vec<Choice> = (min.value..=max.value).map(point).collect();
        if let Some(missing) = &raw.missing {
            let code = ChoiceCode::parse("nsp").expect("a constant code");
            choices.push(Choice { missing: true, exclusive: true, ..Choice::plain(code, self.text(missing)) });
        }
        Some(Kind::Scale { choices, low, high })
    }

    /// Each municipality by its name, or, where small ones are asked together, the large ones and then the sectors.
    fn places(&mut self, raw: &RawQuestion, territory: &Territory) -> Vec<Choice> {
        let asks_sectors = match raw.level.as_ref().map(|level| (level.value.as_str(), level.at)) {
            None | Some(("commune", _)) => false,
            Some(("sector", at)) => {
                // An unknown territory was told already.
                if territory.sectors.is_empty() && !territory.code.is_empty() {
                    let message = format!("le territoire « {} » n’a pas de secteurs", territory.code);
                    self.problem(at, message, "décrivez-les dans territories.tsv, ou enlevez « level »");
                }
                true
            }
            Some((other, at)) => {
                let message = format!("« {other} » n’est pas un niveau de territoire");
                self.problem(at, message, "écrivez « commune » ou « sector »");
                false
            }
        };
        let alone = territory.communes.iter().filter(|commune| !asks_sectors || commune.sector.is_none());
        let mut alone: Vec<_> = alone.collect();
        alone.sort_by_key(|commune| index_key(&commune.name));
        let communes = alone.into_iter().map(|commune| Choice {
            detail: detail(commune.delegated.iter().cloned()),
            ..Choice::plain(commune.code.clone(), Text::french(&commune.name))
        });
        let sectors = territory.sectors.iter().filter(|_| asks_sectors).map(|sector| Choice {
            detail: detail(territory.communes_of(sector).map(|commune| match commune.delegated.as_slice() {
                [] => commune.name.clone(),
                delegated => format!("{} ({})", commune.name, alphabetical(delegated.iter().cloned()).join(", ")),
            })),
            ..Choice::plain(sector.code.clone(), Text::french(&sector.name))
        });
        communes.chain(sectors).collect()
    }

    /// `[16, 18, 25]` becomes 16-17, 18-24 and 25+.
    fn age_bands(&mut self, raw: &RawQuestion) -> Vec<Choice> {
        let Some(bands) =
            raw.bands.as_ref().filter(|bands| bands.value.len() >= 2 && bands.value.is_sorted_by(|a, b| a < b))
        else {
            let fix = "ajoutez par exemple « bands: [16, 18, 25, 35, 45, 55, 65, 75] », du plus petit au plus grand";
            self.problem(raw.id.at, "il manque des tranches d’âge croissantes", fix);
            return Vec::new();
        };
        let starts = &bands.value;
        starts
            .iter()
            .enumerate()
            .map(|(index, start)| {
                let (code, label) = match starts.get(index + 1) {
                    Some(next) => (format!("{start}-{}", next - 1), format!("{start} à {} ans", next - 1)),
                    None => (format!("{start}+"), format!("{start} ans et plus")),
                };
                let code = ChoiceCode::parse(&code).expect("digits, a dash and a plus make a code");
                Choice::plain(code, Text::french(&label))
            })
            .collect()
    }
}

/// The names of what a place is made of, where a resident looks for the own one.
fn detail(names: impl Iterator<Item = String>) -> Option<Text> {
    // An article stays with its name at the end of a line.
    let whole = |name: String| match name.split_once(' ') {
        Some((article @ ("Le" | "La" | "Les"), rest)) => format!("{article}\u{a0}{rest}"),
        _ => name,
    };
    let names: Vec<String> = alphabetical(names).into_iter().map(whole).collect();
    (!names.is_empty()).then(|| Text::french(&names.join(", ")))
}

/// Names as a French index has them.
fn alphabetical(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort_by_key(|name| index_key(name));
    names
}

/// What a name is sorted by in a French index: without regard to articles, capitals and accents.
fn index_key(name: &str) -> String {
    let bare = ["Le ", "La ", "Les ", "L’"].iter().find_map(|article| name.strip_prefix(article)).unwrap_or(name);
    bare.to_lowercase().replace(['é', 'è', 'ê', 'ë'], "e").replace(['à', 'â'], "a").replace(['ô', 'ö'], "o")
}
