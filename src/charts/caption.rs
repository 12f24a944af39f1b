//! What stands around a chart in words: what it says, how it is read, whom it is about, where it is from.

use isoloir_disclosure::{Protection, TableSpec};

use crate::wording::{quoted, spaced, thousands};

/// What every chart of an edition has in common. Its texts are in French and need no final stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Who asks: « Mauges Communauté ».
    pub organiser: String,
    /// The survey's title.
    pub survey: String,
    /// Who was asked: « habitantes et habitants des Mauges de 16 ans ou plus ».
    pub population: String,
    /// The edition: « édition définitive ».
    pub edition: String,
    /// When answers were given: « du 3 novembre 2026 au 31 janvier 2027 »; empty when it is not told.
    pub period: String,
    /// How respondents were weighted: « redressé par commune, âge et sexe (recensement 2022) »; `None` when they all count
    /// the same.
    pub weighting: Option<String>,
    /// Whether the answers were made up by a program.
    pub synthetic: bool,
    /// How the numbers were protected.
    pub protection: Protection,
    /// Respondents of the edition as they are published.
    pub respondents: Option<u32>,
}

impl Context {
    /// What is printed on a drawing that must not be taken for a result.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.protection == Protection::None {
            warnings.push(Protection::UNPROTECTED.to_owned());
        }
        if self.synthetic {
            warnings.push("Démonstration\u{a0}: réponses inventées".to_owned());
        }
        warnings
    }

    /// « environ 400 personnes » where numbers are rounded.
    pub(crate) fn people(&self, base: u32) -> String {
        let about = if self.protection == Protection::None { "" } else { "environ " };
        format!("{about}{} personnes", thousands(base))
    }

    /// « Champ » of a table: who answered, and about how many they are.
    pub(crate) fn field(&self, spec: &TableSpec, base: Option<u32>) -> String {
        let answered = if spec.computed {
            "dont on a toutes les réponses qu’il faut pour le calculer"
        } else {
            "ayant répondu à cette question"
        };
        let asked = if spec.asked_if.is_empty() { String::new() } else { format!(", posée si {}", spec.asked_if) };
        let who = format!("{} {answered}{asked}", self.population);
        match base {
            Some(base) => format!("{who} ({}{})", self.people(base), self.rounding()),
            None => who,
        }
    }

    fn rounding(&self) -> &'static str {
        match self.protection {
            Protection::CellKey => ", base arrondie à 5",
            Protection::Suppression | Protection::None => "",
        }
    }

    pub(crate) fn source(&self) -> String {
        let period = if self.period.is_empty() { String::new() } else { format!(", réponses {}", self.period) };
        format!("{}, enquête {}, {}{period}", self.organiser, quoted(&self.survey), self.edition)
    }

    /// Weighting and protection, which no chart goes without; some numbers are never weighted.
    pub(crate) fn method(&self, is_weighted: bool) -> String {
        let weighting = self.weighting.as_deref().filter(|_| is_weighted).unwrap_or("chiffres non redressés");
        let protection = match self.protection {
            Protection::CellKey => {
                "chiffres protégés : chaque effectif est modifié de 5 au plus ; « non publié » : moins de 11 réponses, une base \
                 de moins de 30, ou un chiffre dont on les déduirait ; rien au-dessus de « 95 % ou plus »"
            }
            Protection::Suppression => {
                "chiffres protégés : « non publié » : un petit effectif, ou un autre dont on le déduirait"
            }
            Protection::None => Protection::UNPROTECTED,
        };
        let weighting = capitalised(weighting);
        let protection = protection.replace("non publié", Protection::NOT_PUBLISHED);
        spaced(&format!("{weighting}. Consultation volontaire, résultats indicatifs. {}", capitalised(&protection)))
    }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The words of one chart. They are whole sentences; a page shows them as text around [`crate::Chart::drawing`], and
/// [`crate::Chart::svg`] has them in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// What the chart says.
    pub title: String,
    /// What was asked, or what is drawn.
    pub question: String,
    /// « Lecture »: one mark of the chart, read.
    pub lecture: String,
    /// « Champ »: who it is about, with the rounded base.
    pub champ: String,
    /// « Source »: organiser, survey, edition, period.
    pub source: String,
    /// « Note »: the marks that need a word, weighting, protection.
    pub note: String,
}

impl Caption {
    /// The four notes with their headings, in the order in which they are printed; empty ones left out.
    pub fn notes(&self) -> Vec<(&'static str, &str)> {
        let notes =
            [("Lecture", &self.lecture), ("Champ", &self.champ), ("Source", &self.source), ("Note", &self.note)];
        notes.into_iter().filter(|(_, text)| !text.is_empty()).map(|(heading, text)| (heading, text.as_str())).collect()
    }
}

/// A sentence with its capital and its stop.
pub fn sentence(text: &str) -> String {
    let text = capitalised(text.trim());
    if text.is_empty() || text.ends_with(['.', '?', '!', '…', ':']) { text } else { format!("{text}.") }
}
