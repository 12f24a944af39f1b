//! The territories, their communes and their sectors, from `surveys/territories.tsv`.

use std::collections::BTreeMap;

use crate::ids::ChoiceCode;
use crate::place::{Commune, Sector, Territory};

const COLUMNS: [&str; 7] = ["territoire", "epci", "code_insee", "nom", "type", "chef_lieu", "pop_municipale"];
/// The last column, which a file without sectors may leave out.
const SECTOR_COLUMN: &str = "secteur";

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
pub struct Territories(BTreeMap<String, Places>);

/// One territory with what only this program needs to know of it.
#[derive(Debug, Clone, Default)]
struct Places {
    communes: Vec<(u32, Commune)>,
    sectors: Vec<Sector>,
}

/// One line of the file.
struct Row<'a> {
    line: usize,
    territory: &'a str,
    code: &'a str,
    name: String,
    kind: &'a str,
    seat: &'a str,
    population: &'a str,
    sector: &'a str,
}

impl Row<'_> {
    fn problem(&self, message: impl Into<String>) -> TerritoryError {
        TerritoryError { line: self.line, message: message.into() }
    }

    fn id(&self, text: &str) -> Result<ChoiceCode, TerritoryError> {
        ChoiceCode::parse(text).map_err(|error| self.problem(error.to_string()))
    }
}

impl Territories {
    /// Reads a tab-separated table with the columns `territoire`, `epci`, `code_insee`, `nom`, `type`, `chef_lieu`,
    /// `pop_municipale` and, where there are sectors, `secteur`.
    ///
    /// The type is `commune`, `commune-deleguee` (its `chef_lieu` is the commune that it is now part of, and it is too small
    /// to be asked for) or `secteur` (its code is in the column `secteur`, where the communes that it holds name it).
    ///
    /// # Errors
    /// The first line that has not these columns, whose code or population is not one, or that names a sector or a commune
    /// which is not there.
    pub fn parse(tsv: &str) -> Result<Self, TerritoryError> {
        let rows = rows(tsv)?;
        let mut territories = Self::default();
        for row in &rows {
            match row.kind {
                "commune" => territories.commune(row)?,
                "secteur" => territories.sector(row)?,
                "commune-deleguee" => {}
                other => {
                    let message =
                        format!("le type « {other} » n’existe pas ; écrivez commune, commune-deleguee ou secteur");
                    return Err(row.problem(message));
                }
            }
        }
        // What names another line may stand before it.
        for row in &rows {
            territories.resolve(row)?;
        }
        for places in territories.0.values_mut() {
            places.communes.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.code.cmp(&y.code)));
        }
        Ok(territories)
    }

    fn places(&mut self, row: &Row) -> &mut Places {
        self.0.entry(row.territory.to_owned()).or_default()
    }

    fn commune(&mut self, row: &Row) -> Result<(), TerritoryError> {
        let population = row.population.trim();
        let population =
            population.parse().map_err(|_| row.problem(format!("« {population} » n’est pas un nombre d’habitants")))?;
        let sector = if row.sector.is_empty() { None } else { Some(row.id(row.sector)?) };
        let commune = Commune { code: row.id(row.code)?, name: row.name.clone(), delegated: Vec::new(), sector };
        let communes = &mut self.places(row).communes;
        if communes.iter().any(|(_, other)| other.code == commune.code) {
            return Err(row.problem(format!("la commune {} est là deux fois", row.code)));
        }
        communes.push((population, commune));
        Ok(())
    }

    fn sector(&mut self, row: &Row) -> Result<(), TerritoryError> {
        let sector = Sector { code: row.id(row.sector)?, name: row.name.clone() };
        let places = self.places(row);
        if places.sectors.iter().any(|other| other.code == sector.code) {
            return Err(row.problem(format!("le secteur {} est là deux fois", row.sector)));
        }
        places.sectors.push(sector);
        Ok(())
    }

    /// Checks that what a line names is there, and gives a delegated commune to its commune.
    fn resolve(&mut self, row: &Row) -> Result<(), TerritoryError> {
        let places = self.places(row);
        match row.kind {
            "commune" => {
                let is_known = places.sectors.iter().any(|sector| sector.code.as_str() == row.sector);
                if !row.sector.is_empty() && !is_known {
                    let message =
                        format!("le secteur « {} » n’a pas de ligne de type « secteur » ; ajoutez-la", row.sector);
                    return Err(row.problem(message));
                }
            }
            "secteur" => {
                let holds = |(_, commune): &(u32, Commune)| {
                    commune.sector.as_ref().is_some_and(|sector| sector.as_str() == row.sector)
                };
                if !places.communes.iter().any(holds) {
                    return Err(row.problem(format!("aucune commune ne nomme le secteur « {} »", row.sector)));
                }
                if places.communes.iter().any(|(_, commune)| commune.code.as_str() == row.sector) {
                    return Err(row.problem(format!("« {} » est déjà le code d’une commune", row.sector)));
                }
            }
            _ => {
                let seat = places.communes.iter_mut().find(|(_, commune)| commune.code.as_str() == row.seat);
                let Some((_, seat)) = seat else {
                    return Err(row.problem(format!("le chef-lieu « {} » n’est pas une commune du fichier", row.seat)));
                };
                seat.delegated.push(row.name.clone());
            }
        }
        Ok(())
    }

    /// A territory by its code.
    pub fn get(&self, code: &str) -> Option<Territory> {
        let places = self.0.get(code)?;
        Some(Territory {
            code: code.to_owned(),
            communes: places.communes.iter().map(|(_, commune)| commune.clone()).collect(),
            sectors: places.sectors.clone(),
        })
    }

    /// Inhabitants of a commune or of a sector of a territory (legal municipal population).
    pub fn inhabitants(&self, territory: &str, place: &ChoiceCode) -> Option<u32> {
        let communes = &self.0.get(territory)?.communes;
        let own =
            communes.iter().filter(|(_, commune)| commune.code == *place || commune.sector.as_ref() == Some(place));
        own.map(|(population, _)| *population).reduce(u32::saturating_add)
    }

    /// The codes of all territories.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn rows(tsv: &str) -> Result<Vec<Row<'_>>, TerritoryError> {
    let mut lines = tsv.lines().zip(1..);
    let header: Vec<&str> = lines.next().map(|(line, _)| line.split('\t').collect()).unwrap_or_default();
    let has_sectors = header.last() == Some(&SECTOR_COLUMN);
    if header[..header.len() - usize::from(has_sectors)] != COLUMNS {
        let message = format!("la première ligne doit être « {}⇥{SECTOR_COLUMN} »", COLUMNS.join("⇥"));
        return Err(TerritoryError { line: 1, message });
    }
    lines
        .map(|(text, line)| {
            let cells: Vec<&str> = text.split('\t').collect();
            if cells.len() != header.len() {
                let message = format!("{} colonnes au lieu de {}", cells.len(), header.len());
                return Err(TerritoryError { line, message });
            }
            let cell = |index: usize| cells.get(index).copied().unwrap_or_default();
            // INSEE writes straight apostrophes; residents read these names on the page.
            let name = cell(3).replace('\'', "’");
            let (territory, code, kind, seat) = (cell(0), cell(2), cell(4), cell(5));
            Ok(Row { line, territory, code, name, kind, seat, population: cell(6), sector: cell(7) })
        })
        .collect()
}
