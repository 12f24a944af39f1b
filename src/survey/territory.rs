//! The territories and their communes, from `surveys/territories.tsv`.

use std::collections::BTreeMap;

use crate::ids::ChoiceCode;
use crate::model::{Commune, Territory};

const COLUMNS: [&str; 7] = ["territoire", "epci", "code_insee", "nom", "type", "chef_lieu", "pop_municipale"];

/// A territories file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("territoires, ligne {line} : {message}")]
pub struct TerritoryError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do, in French.
    pub message: String,
}

/// Every territory that a questionnaire may name.
#[derive(Debug, Clone, Default)]
pub struct Territories(BTreeMap<String, Vec<(u32, Commune)>>);

impl Territories {
    /// Reads a tab-separated table with the columns `territoire`, `epci`, `code_insee`, `nom`, `type`, `chef_lieu` and
    /// `pop_municipale`. Delegated communes are skipped: they are too small to be asked for.
    ///
    /// # Errors
    /// The first line that has not these columns, or whose code or population is not one.
    pub fn parse(tsv: &str) -> Result<Self, TerritoryError> {
        let mut territories: BTreeMap<String, Vec<(u32, Commune)>> = BTreeMap::new();
        for (index, row) in tsv.lines().enumerate() {
            let at = |message: String| TerritoryError { line: index + 1, message };
            let cells: Vec<&str> = row.split('\t').collect();
            if index == 0 {
                if cells != COLUMNS {
                    return Err(at(format!("la première ligne doit être « {} »", COLUMNS.join("⇥"))));
                }
                continue;
            }
            let [territory, _, code, name, kind, _, population] = cells[..] else {
                return Err(at(format!("{} colonnes au lieu de {}", cells.len(), COLUMNS.len())));
            };
            if kind != "commune" {
                continue;
            }
            let code = ChoiceCode::parse(code).map_err(|error| at(error.to_string()))?;
            let population = population
                .trim()
                .parse()
                .map_err(|_| at(format!("« {population} » n’est pas un nombre d’habitants")))?;
            // INSEE writes straight apostrophes; residents read these names on the page.
            let commune = Commune { code, name: name.replace('\'', "’") };
            territories.entry(territory.to_owned()).or_default().push((population, commune));
        }
        for communes in territories.values_mut() {
            communes.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.code.cmp(&y.code)));
        }
        Ok(Self(territories))
    }

    /// A territory by its code.
    pub fn get(&self, code: &str) -> Option<Territory> {
        let communes = self.0.get(code)?;
        Some(Territory {
            code: code.to_owned(),
            communes: communes.iter().map(|(_, commune)| commune.clone()).collect(),
        })
    }

    /// Inhabitants of each commune of a territory (legal municipal population), largest first.
    pub fn populations(&self, code: &str) -> impl Iterator<Item = (&ChoiceCode, u32)> {
        self.0.get(code).into_iter().flatten().map(|(population, commune)| (&commune.code, *population))
    }

    /// The codes of all territories.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
