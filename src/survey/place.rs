//! Where a respondent may live: the municipalities of a territory, and the sectors into which small ones are merged.

use serde::{Deserialize, Serialize};

use crate::ids::ChoiceCode;

/// A municipality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commune {
    /// INSEE code, five characters.
    pub code: ChoiceCode,
    /// Name as INSEE writes it.
    pub name: String,
    /// The former municipalities that it is made of, by which many residents still call where they live.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub delegated: Vec<String>,
    /// The [`Sector`] that it is asked or published with when it is too small to stand alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sector: Option<ChoiceCode>,
}

/// Neighbouring municipalities that are asked or published together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sector {
    /// Code, as it is stored and exported: `secteur_loiron`.
    pub code: ChoiceCode,
    /// Name, without the municipalities that it holds.
    pub name: String,
}

/// The territory that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Territory {
    /// Code in `surveys/territories.tsv`.
    pub code: String,
    /// Its municipalities, largest first.
    pub communes: Vec<Commune>,
    /// Its sectors, in the order of the file; a municipality that is large enough is in none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sectors: Vec<Sector>,
}

impl Territory {
    /// The sector with this code.
    pub fn sector(&self, code: &str) -> Option<&Sector> {
        self.sectors.iter().find(|sector| sector.code.as_str() == code)
    }

    /// The sector into which the municipality with this code is merged; `None` for one that stands alone, and for a code
    /// that is no municipality's.
    pub fn sector_of(&self, commune: &str) -> Option<&Sector> {
        let commune = self.communes.iter().find(|other| other.code.as_str() == commune)?;
        self.sector(commune.sector.as_ref()?.as_str())
    }

    /// The municipalities of a sector, largest first.
    pub fn communes_of<'a>(&'a self, sector: &'a Sector) -> impl Iterator<Item = &'a Commune> {
        self.communes.iter().filter(|commune| commune.sector.as_ref() == Some(&sector.code))
    }
}
