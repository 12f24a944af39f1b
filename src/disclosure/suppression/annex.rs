//! The annex: tables of exact counts in which some are withheld.
//!
//! Only [`protect_by_suppression`] makes one. It holds published counts and nothing else: of a withheld one, not even why.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::linking::{Key, Linker};
use super::{Fate, SuppressionError, SuppressionRule, suppress};
use crate::raw::{RawTable, TableSpec};

/// One number of an annex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum AnnexCount {
    /// Exact.
    Published {
        /// How many respondents.
        count: u64,
    },
    /// Withheld, printed « c ».
    Confidential,
}

impl AnnexCount {
    /// The count, where it is published.
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Published { count } => Some(count),
            Self::Confidential => None,
        }
    }
}

impl std::fmt::Display for AnnexCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Published { count } => write!(f, "{count}"),
            Self::Confidential => f.write_str("c"),
        }
    }
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnexRow {
    /// Those who answered.
    pub base: AnnexCount,
    /// Those who gave each choice.
    pub cells: Vec<AnnexCount>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnexTable {
    spec: TableSpec,
    rows: Vec<AnnexRow>,
}

impl AnnexTable {
    /// What the table is about.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// Its rows, in the order of the specification.
    pub fn rows(&self) -> &[AnnexRow] {
        &self.rows
    }
}

/// Tables protected together. Only [`protect_by_suppression`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annex {
    tables: Vec<AnnexTable>,
}

impl Annex {
    /// The tables.
    pub fn tables(&self) -> &[AnnexTable] {
        &self.tables
    }

    /// Which of its counts are published: to be kept with the edition, for those that follow.
    pub fn pattern(&self) -> AnnexPattern {
        let mut published = BTreeSet::new();
        for table in &self.tables {
            for (row, counts) in table.rows.iter().enumerate() {
                let cells = counts.cells.iter().enumerate().map(|(choice, count)| (Some(choice), count));
                for (choice, _) in cells.chain([(None, &counts.base)]).filter(|(_, count)| count.count().is_some()) {
                    published.insert(PublishedCell::new(&table.spec, row, choice));
                }
            }
        }
        AnnexPattern { published }
    }
}

/// The name of a published count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct PublishedCell {
    question: String,
    /// Empty for everybody.
    breakdown: String,
    row: String,
    /// None for the base.
    choice: Option<String>,
}

impl PublishedCell {
    fn new(spec: &TableSpec, row: usize, choice: Option<usize>) -> Self {
        let code = &spec.rows[row].code;
        Self {
            question: spec.question.clone(),
            // Everybody is the same row in every breakdown.
            breakdown: if code.is_empty() { String::new() } else { spec.breakdown.clone() },
            row: code.clone(),
            choice: choice.map(|choice| spec.columns[choice].code.clone()),
        }
    }
}

/// Which counts of an edition's annex are public. It holds no count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnexPattern {
    published: BTreeSet<PublishedCell>,
}

impl AnnexPattern {
    pub(super) fn publishes(&self, table: &RawTable, row: usize, choice: Option<usize>) -> bool {
        self.published.contains(&PublishedCell::new(&table.spec, row, choice))
    }
}

/// A category of a breakdown, such as a commune.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Category {
    /// [`TableSpec::breakdown`].
    pub breakdown: String,
    /// [`crate::Row::code`].
    pub code: String,
}

/// A category made of others, such as a sector of communes. That everybody is made of the categories of a breakdown need not
/// be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nesting {
    /// The whole.
    pub whole: Category,
    /// Its parts, all of one breakdown.
    pub parts: Vec<Category>,
}

/// An edition whose annex is public. Its respondents are among those of the editions that follow.
#[derive(Debug, Clone, Copy)]
pub struct EarlierAnnex<'a> {
    /// The tables that the annex was made of.
    pub tables: &'a [RawTable],
    /// What it published: [`Annex::pattern`].
    pub pattern: &'a AnnexPattern,
}

/// No annex could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnnexError {
    /// Two counts cannot be true together.
    #[error(
        "l’annexe ne peut pas être faite : dans le tableau « {table} » ({cell}), les nombres ne s’additionnent pas. \
         Vérifiez que les tableaux viennent de la même édition, et que les éditions précédentes y sont comprises."
    )]
    Contradiction {
        /// The question.
        table: String,
        /// Row and choice.
        cell: String,
    },
    /// A small count follows from what is public already.
    #[error(
        "l’annexe ne peut pas être publiée : dans le tableau « {table} » ({cell}), un petit effectif se déduit de ce qui est \
         déjà public. Retirez ce tableau de l’annexe."
    )]
    GivenAwayAlready {
        /// The question.
        table: String,
        /// Row and choice.
        cell: String,
    },
    /// The audit found a fault in the pattern.
    #[error(
        "l’annexe n’est pas publiée : le contrôle final a trouvé, dans le tableau « {table} » ({cell}), un petit effectif qui se \
         déduit des autres. Retirez ce tableau de l’annexe, et signalez ce défaut du programme."
    )]
    Refused {
        /// The question.
        table: String,
        /// Row and choice.
        cell: String,
    },
}

impl AnnexError {
    fn new(error: SuppressionError, keys: &[Key]) -> Self {
        let named = |cell: usize| (keys[cell].question.clone(), keys[cell].words());
        match error {
            SuppressionError::GivenAwayAlready { cell } => {
                let (table, cell) = named(cell);
                Self::GivenAwayAlready { table, cell }
            }
            SuppressionError::Refused { cell } => {
                let (table, cell) = named(cell);
                Self::Refused { table, cell }
            }
        }
    }
}

/// Protects the tables of an edition's annex, all together, by withholding counts. See [the module](super) for what this
/// guarantees. `earlier` are the editions that came before, the first one first.
///
/// # Errors
/// [`AnnexError`].
#[expect(clippy::needless_pass_by_value, reason = "raw tables end here, as in `protect`")]
pub fn protect_by_suppression(
    tables: Vec<RawTable>,
    nestings: &[Nesting],
    earlier: &[EarlierAnnex<'_>],
    rule: SuppressionRule,
) -> Result<Annex, AnnexError> {
    let mut linker = Linker::default();
    for edition in earlier {
        linker.add_edition(edition.tables, nestings, Some(edition.pattern))?;
    }
    linker.add_edition(&tables, nestings, None)?;
    let cells: Vec<Vec<Vec<_>>> = tables
        .iter()
        .map(|table| {
            let choices = 0..table.spec.columns.len();
            let row = |row| std::iter::once(None).chain(choices.clone().map(Some)).map(move |choice| (row, choice));
            (0..table.spec.rows.len())
                .map(|index| row(index).map(|(row, choice)| linker.locate(table, row, choice)).collect())
                .collect()
        })
        .collect();
    let (system, keys) = linker.finish();
    let pattern = suppress(&system, rule).map_err(|error| AnnexError::new(error, &keys))?;
    let published = |cell, count| match pattern.fate(cell) {
        Fate::Published => AnnexCount::Published { count },
        Fate::Primary | Fate::Complementary | Fate::Hidden => AnnexCount::Confidential,
    };
    let tables = tables.iter().zip(cells).map(|(table, rows)| AnnexTable {
        spec: table.spec.clone(),
        rows: rows
            .iter()
            .enumerate()
            .map(|(row, cells)| AnnexRow {
                base: published(cells[0], table.bases[row].count),
                cells: cells[1..]
                    .iter()
                    .zip(&table.cells[row])
                    .map(|(cell, tally)| published(*cell, tally.count))
                    .collect(),
            })
            .collect(),
    });
    Ok(Annex { tables: tables.collect() })
}
