//! From tables to one system of sums: what they share becomes one cell, and what was not asked for but follows by subtraction
//! becomes a hidden one.
//!
//! It must not know what is withheld; it only says what is tied to what.

use std::collections::BTreeMap;

use super::annex::{AnnexError, AnnexPattern, Category, Nesting};
use super::system::{CellId, LinkedSystem, Standing};
use crate::raw::RawTable;

/// Who is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Everybody,
    Of(Category),
    /// Those of the whole (everybody where there is none) who are in no category of this breakdown.
    Elsewhere {
        whole: Option<Category>,
        breakdown: String,
    },
}

/// What they said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    /// Anything: the base of a row.
    Any,
    Choice(String),
    /// Not that, where several choices may be given.
    Not(String),
    /// No choice of the table.
    Other,
}

/// Names a cell: the same in two tables of an edition when it counts the same people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    edition: Edition,
    pub(super) question: String,
    pub(super) place: Place,
    pub(super) answer: Answer,
}

/// Editions are numbered from the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edition {
    Snapshot(usize),
    /// Those who came after this snapshot and before the next.
    NewcomersAfter(usize),
}

impl Key {
    /// How messages for people name the cell.
    pub(super) fn words(&self) -> String {
        let place = match &self.place {
            Place::Everybody => "ensemble".to_owned(),
            Place::Of(category) => format!("{} {}", category.breakdown, category.code),
            Place::Elsewhere { breakdown, .. } => format!("{breakdown} non précisé"),
        };
        let answer = match &self.answer {
            Answer::Any => "base".to_owned(),
            Answer::Choice(code) => code.clone(),
            Answer::Not(code) => format!("autre que {code}"),
            Answer::Other => "autre réponse".to_owned(),
        };
        match self.edition {
            Edition::Snapshot(_) => format!("{place}, {answer}"),
            Edition::NewcomersAfter(_) => format!("{place}, {answer}, depuis l’édition précédente"),
        }
    }
}

/// The system under construction.
#[derive(Default)]
pub(super) struct Linker {
    system: LinkedSystem,
    cells: BTreeMap<Key, CellId>,
    keys: Vec<Key>,
    editions: usize,
}

impl Linker {
    /// Adds an edition after those added before: one that is public already, or the one to protect, when there is no pattern.
    pub(super) fn add_edition(
        &mut self,
        tables: &[RawTable],
        nestings: &[Nesting],
        public: Option<&AnnexPattern>,
    ) -> Result<(), AnnexError> {
        let edition = Edition::Snapshot(self.editions);
        for table in tables {
            self.add_table(edition, table, public)?;
        }
        for nesting in nestings {
            self.add_nesting(edition, nesting)?;
        }
        if let Some(before) = self.editions.checked_sub(1) {
            self.link_editions(before)?;
        }
        self.editions += 1;
        Ok(())
    }

    /// The system, and the name of each of its cells.
    pub(super) fn finish(self) -> (LinkedSystem, Vec<Key>) {
        (self.system, self.keys)
    }

    /// The cell of a table of the edition added last.
    pub(super) fn locate(&self, table: &RawTable, row: usize, choice: Option<usize>) -> CellId {
        let edition = Edition::Snapshot(self.editions - 1);
        self.cells[&key(edition, table, row, choice)]
    }

    fn add_table(
        &mut self,
        edition: Edition,
        table: &RawTable,
        public: Option<&AnnexPattern>,
    ) -> Result<(), AnnexError> {
        let choices = table.spec.columns.len();
        let mut rows: Vec<Vec<CellId>> = Vec::new();
        for row in 0..table.spec.rows.len() {
            let mut cells = Vec::new();
            for choice in std::iter::once(None).chain((0..choices).map(Some)) {
                let count = choice.map_or(table.bases[row], |choice| table.cells[row][choice]).count;
                let standing = match public {
                    None => Standing::Open,
                    Some(pattern) if pattern.publishes(table, row, choice) => Standing::Published,
                    Some(_) => Standing::Hidden,
                };
                cells.push(self.cell(key(edition, table, row, choice), count, standing)?);
            }
            let (base, given) = cells.split_first().expect("a row has a base");
            if table.spec.several {
                for (choice, cell) in given.iter().enumerate() {
                    let answer = Answer::Not(table.spec.columns[choice].code.clone());
                    let rest = Key { answer, ..self.keys[base.0].clone() };
                    self.add_sum(*base, &[*cell], rest, Rest::Unknown)?;
                }
            } else {
                let rest = Key { answer: Answer::Other, ..self.keys[base.0].clone() };
                self.add_sum(*base, given, rest, Rest::KnownWhenZero)?;
            }
            rows.push(cells);
        }
        let places: Vec<Place> = (0..rows.len()).map(|row| place(table, row)).collect();
        match places.split_first() {
            Some((Place::Everybody, parts)) if !parts.is_empty() => {
                let breakdown = table.spec.breakdown.clone();
                let elsewhere = Place::Elsewhere { whole: None, breakdown };
                self.add_whole(edition, &table.spec.question, &Place::Everybody, parts, &elsewhere)
            }
            _ => Ok(()),
        }
    }

    fn add_nesting(&mut self, edition: Edition, nesting: &Nesting) -> Result<(), AnnexError> {
        let whole = Place::Of(nesting.whole.clone());
        let parts: Vec<Place> = nesting.parts.iter().cloned().map(Place::Of).collect();
        let Some(first) = nesting.parts.first() else { return Ok(()) };
        let elsewhere = Place::Elsewhere { whole: Some(nesting.whole.clone()), breakdown: first.breakdown.clone() };
        let mut questions: Vec<String> = self.keys.iter().map(|key| key.question.clone()).collect();
        questions.sort_unstable();
        questions.dedup();
        for question in questions {
            // A question that is not broken down this way ties nothing.
            let counted =
                |place: &Place| Key { edition, question: question.clone(), place: place.clone(), answer: Answer::Any };
            if std::iter::once(&whole).chain(&parts).all(|place| self.cells.contains_key(&counted(place))) {
                self.add_whole(edition, &question, &whole, &parts, &elsewhere)?;
            }
        }
        Ok(())
    }

    /// Ties every answer of a whole to the same answer of its parts.
    fn add_whole(
        &mut self,
        edition: Edition,
        question: &str,
        whole: &Place,
        parts: &[Place],
        elsewhere: &Place,
    ) -> Result<(), AnnexError> {
        let named = |place: &Place, answer: &Answer| Key {
            edition,
            question: question.to_owned(),
            place: place.clone(),
            answer: answer.clone(),
        };
        let answers: Vec<Answer> = self
            .keys
            .iter()
            .filter(|key| key.edition == edition && key.question == question && key.place == *whole)
            .map(|key| key.answer.clone())
            .collect();
        for answer in answers {
            let total = self.cells[&named(whole, &answer)];
            let parts: Vec<CellId> =
                parts.iter().filter_map(|part| self.cells.get(&named(part, &answer)).copied()).collect();
            self.add_sum(total, &parts, named(elsewhere, &answer), Rest::KnownWhenZero)?;
        }
        Ok(())
    }

    /// What an edition counts now and did not count before came in between: a count of its own.
    fn link_editions(&mut self, before: usize) -> Result<(), AnnexError> {
        let earlier: Vec<Key> =
            self.keys.iter().filter(|key| key.edition == Edition::Snapshot(before)).cloned().collect();
        for key in earlier {
            let now = Key { edition: Edition::Snapshot(before + 1), ..key.clone() };
            if let Some(total) = self.cells.get(&now).copied() {
                let newcomers = Key { edition: Edition::NewcomersAfter(before), ..key.clone() };
                self.add_sum(total, &[self.cells[&key]], newcomers, Rest::Unknown)?;
            }
        }
        Ok(())
    }

    /// A total is the sum of its parts and of a hidden rest.
    fn add_sum(&mut self, total: CellId, parts: &[CellId], rest: Key, when: Rest) -> Result<(), AnnexError> {
        let given: i64 = parts.iter().map(|part| self.system.counts[part.0]).sum();
        let missing = u64::try_from(self.system.counts[total.0] - given)
            .map_err(|_| AnnexError::Contradiction { table: rest.question.clone(), cell: rest.words() })?;
        let mut parts = parts.to_vec();
        if missing > 0 || when == Rest::Unknown {
            parts.push(self.cell(rest, missing, Standing::Hidden)?);
        }
        self.system.add_sum(total, &parts).expect("the rest is what is missing to the total");
        Ok(())
    }

    fn cell(&mut self, key: Key, count: u64, standing: Standing) -> Result<CellId, AnnexError> {
        if let Some(cell) = self.cells.get(&key) {
            let same = u64::try_from(self.system.counts[cell.0]) == Ok(count);
            return same
                .then_some(*cell)
                .ok_or_else(|| AnnexError::Contradiction { table: key.question.clone(), cell: key.words() });
        }
        let cell = self.system.add_cell(count, standing);
        self.cells.insert(key.clone(), cell);
        self.keys.push(key);
        Ok(cell)
    }
}

/// Whether people know that there is no rest when there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// They may: everybody lives somewhere, a question has no other choices. Taking it as known is the careful side.
    KnownWhenZero,
    /// They do not.
    Unknown,
}

fn place(table: &RawTable, row: usize) -> Place {
    let code = &table.spec.rows[row].code;
    if code.is_empty() {
        return Place::Everybody;
    }
    Place::Of(Category { breakdown: table.spec.breakdown.clone(), code: code.clone() })
}

fn key(edition: Edition, table: &RawTable, row: usize, choice: Option<usize>) -> Key {
    let answer = choice.map_or(Answer::Any, |choice| Answer::Choice(table.spec.columns[choice].code.clone()));
    Key { edition, question: table.spec.question.clone(), place: place(table, row), answer }
}
