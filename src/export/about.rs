//! What every file says of itself besides its numbers.

use isoloir_disclosure::{Protection, Release};
use jiff::civil::Date;

/// Where the numbers come from. Title, organiser and territory are the questionnaire's; protection and weighting are the
/// release's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The edition's label, such as « Édition définitive ».
    pub edition: String,
    /// The day on which it was made.
    pub made_on: Date,
    /// The program that made it, with its version.
    pub software: String,
    /// Under what terms others may use it, where the organiser said so.
    pub licence: Option<Licence>,
    /// Where the margins are from, where somebody said so.
    pub census: Option<String>,
    /// Whether the responses were made up; README, workbook and metadata then say so.
    pub synthetic: bool,
}

/// What nobody may forget who reads the numbers.
pub(crate) const NOT_A_SAMPLE: &str = "Consultation volontaire, échantillon non probabiliste, intervalles indicatifs";

/// Why shares do not add up under noise, for whoever adds them.
pub const NOISY_SUMS: &str = "Deux parts d’une même question peuvent faire ensemble 99 ou 103\u{a0}%\u{a0}: chacune a son bruit et son \
                                     arrondi\u{202f}; ce n’est pas une erreur";

impl About {
    /// The sentences that go before everything else: that numbers are not protected, that responses were made up.
    pub(crate) fn warnings(&self, protection: Protection) -> Vec<&'static str> {
        let unprotected = (protection == Protection::None).then_some(Protection::UNPROTECTED);
        let synthetic = self.synthetic.then_some("Réponses inventées, pour essayer");
        unprotected.into_iter().chain(synthetic).collect()
    }

    /// The day in words that no spreadsheet turns round.
    pub(crate) fn day(&self) -> String {
        self.made_on.strftime("%d/%m/%Y").to_string()
    }
}

/// How a release was protected, for whoever reads French.
pub(crate) fn protection_words(protection: Protection) -> &'static str {
    match protection {
        Protection::CellKey => {
            "cell-key\u{a0}: chaque effectif est modifié au hasard, les plus petits ne sont pas publiés"
        }
        Protection::Suppression => "suppress\u{a0}: effectifs exacts, les plus petits sont retirés",
        Protection::None => Protection::UNPROTECTED,
    }
}

/// Why a column of counts in `tables.csv` is always empty under a protection; `None` where it holds numbers.
pub(crate) fn always_empty(protection: Protection, column: &str) -> Option<&'static str> {
    match (protection, column) {
        (Protection::CellKey, "n" | "weighted_n") => Some("toujours vide ici, l’arrondi des bases se déferait"),
        (Protection::Suppression, "weighted_n") => {
            Some("toujours vide ici, les poids de quelques personnes s’en déduiraient")
        }
        _ => None,
    }
}

/// How respondents were weighted, in words.
pub(crate) fn weighting_words(release: &Release) -> &'static str {
    match (release.weighting(), release.protection()) {
        (Some(_), Protection::Suppression) => {
            "calage sur marges (raking), mais les parts publiées ici n’en tiennent pas compte"
        }
        (Some(_), _) => "calage sur marges (raking)",
        (None, _) => "aucun, chaque réponse compte pour une",
    }
}

/// What was merged, left out, rescaled or cut.
pub(crate) fn weighting_notes(release: &Release) -> Vec<String> {
    let Some(weighting) = release.weighting() else { return Vec::new() };
    let merged = weighting.merged.iter().map(|merge| {
        format!(
            "{}\u{a0}: «\u{a0}{}\u{a0}» est compté avec «\u{a0}{}\u{a0}»",
            merge.variable, merge.category, merge.into
        )
    });
    let excluded = weighting.excluded.iter().map(|excluded| {
        let (variable, category) = (&excluded.variable, &excluded.category);
        format!("{variable}\u{a0}: «\u{a0}{category}\u{a0}» n’a pas d’habitants dans les marges, ses réponses ne comptent pas")
    });
    let rescaled = weighting.rescaled.iter().map(|margin| {
        format!(
            "{}\u{a0}: marges multipliées par {:.4} pour avoir le même total que les autres",
            margin.variable, margin.factor
        )
    });
    let trimmed = weighting
        .trimming
        .iter()
        .map(|cut| format!("Les plus grands poids ont été limités à {:.2}, puis le redressement refait", cut.cap));
    merged.chain(excluded).chain(rescaled).chain(trimmed).collect()
}

/// The two licences under which French administrations may publish data (décret n° 2017-638).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence {
    /// Licence Ouverte 2.0.
    Ouverte,
    /// Open Database License 1.0.
    Odbl,
}

impl Licence {
    /// Its SPDX identifier.
    pub fn spdx(self) -> &'static str {
        match self {
            Self::Ouverte => "etalab-2.0",
            Self::Odbl => "ODbL-1.0",
        }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ouverte => "Licence Ouverte 2.0",
            Self::Odbl => "Open Database License 1.0",
        }
    }

    /// Where it is published.
    pub fn address(self) -> &'static str {
        match self {
            Self::Ouverte => "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
            Self::Odbl => "https://opendatacommons.org/licenses/odbl/1-0/",
        }
    }
}
