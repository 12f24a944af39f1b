//! What may be published.

use serde::Serialize;

use crate::comparison::Comparison;
use crate::policy::{Policy, Protection};
use crate::profile::{Profile, RawProfile};
use crate::raw::{RawEdition, TableSpec};
use crate::suppression::AnnexError;
use crate::tests_of_independence::{ReleaseTest, exact_tests, released_tests};
use crate::weighting::Weighting;
use crate::{catalogue, cell_key, non_response, suppressed, unprotected};

/// One published or masked number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Estimate {
    /// It is published.
    Published {
        /// The weighted share of the row's base, from 0 to 1; after noise, to hundredths and up to the policy's highest share,
        /// which stands for all above it.
        share: f64,
        /// Of the share, noise included; none for a single respondent, from whom no spread can be seen.
        standard_error: Option<f64>,
        /// Lower end of the 95 % interval.
        low: f64,
        /// Its upper end.
        high: f64,
        /// Respondents; never beside noise: the rounding of the base could be undone with it.
        count: Option<u32>,
        /// The sum of their weights, likewise.
        weighted: Option<f64>,
    },
    /// Not published; it may be zero.
    Masked,
    /// Nobody (with a weight) answered, where that may be told.
    NoAnswer,
}

impl Estimate {
    /// The share, where it is published.
    pub fn share(&self) -> Option<f64> {
        match self {
            Self::Published { share, .. } => Some(*share),
            Self::Masked | Self::NoAnswer => None,
        }
    }

    /// The 95 % interval, where the share is published.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self {
            Self::Published { low, high, .. } => Some((*low, *high)),
            Self::Masked | Self::NoAnswer => None,
        }
    }
}

/// One row of a published table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseRow {
    /// Those who answered, rounded under noise; `None` when it is not published.
    pub base: Option<u32>,
    /// One estimate per column.
    pub cells: Vec<Estimate>,
}

/// One published table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseTable {
    pub(crate) spec: TableSpec,
    pub(crate) rows: Vec<ReleaseRow>,
    pub(crate) protection: Protection,
}

impl ReleaseTable {
    /// A table of the catalogue.
    pub(crate) fn new(spec: TableSpec, rows: Vec<ReleaseRow>) -> Self {
        Self { spec, rows, protection: Protection::CellKey }
    }

    /// What the table is about.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// Its rows, in the order of the specification.
    pub fn rows(&self) -> &[ReleaseRow] {
        &self.rows
    }

    /// The row of everybody.
    pub fn total(&self) -> &ReleaseRow {
        &self.rows[0]
    }

    /// The columns in the order in which people read them: that of the questionnaire where the choices have one, otherwise the
    /// largest share of everybody first and what is left over last; ways of not answering after them all.
    pub fn reading_order(&self) -> Vec<usize> {
        let columns = &self.spec.columns;
        let mut order: Vec<usize> = (0..columns.len()).collect();
        if !self.spec.ordered {
            let share = |column: usize| self.total().cells[column].share().unwrap_or(-1.0);
            order.sort_by(|one, other| share(*other).total_cmp(&share(*one)));
            order.sort_by_key(|column| columns[*column].rest);
        }
        order.sort_by_key(|column| columns[*column].missing);
        order
    }

    /// How it was protected.
    pub fn protection(&self) -> Protection {
        self.protection
    }

    /// The word that files give for a cell of a row.
    pub fn status(&self, row: &ReleaseRow, cell: &Estimate) -> &'static str {
        match (cell, row.base) {
            (Estimate::Published { .. }, _) => "published",
            (Estimate::NoAnswer, _) => "no_answer",
            (Estimate::Masked, None) if self.protection == Protection::CellKey => "row_masked",
            (Estimate::Masked, _) => "masked",
        }
    }
}

/// Protected tables. Only [`protect`] makes one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Release {
    protection: Protection,
    respondents: Option<u32>,
    weighting: Option<Weighting>,
    tables: Vec<ReleaseTable>,
    tests: Vec<ReleaseTest>,
    non_response: Vec<ReleaseTable>,
    overlapping: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comparison: Option<Comparison>,
}

impl Release {
    /// How it was protected.
    pub fn protection(&self) -> Protection {
        self.protection
    }

    /// Respondents in the edition, rounded where tables are protected; `None` when they are too few to publish anything.
    pub fn respondents(&self) -> Option<u32> {
        self.respondents
    }

    /// How respondents were weighted; `None` when they all count the same.
    pub fn weighting(&self) -> Option<&Weighting> {
        self.weighting.as_ref()
    }

    /// The tables.
    pub fn tables(&self) -> &[ReleaseTable] {
        &self.tables
    }

    /// The tables of each question in turn: one per breakdown.
    pub fn questions(&self) -> impl Iterator<Item = &[ReleaseTable]> {
        self.tables.chunk_by(|one, next| one.spec.question == next.spec.question)
    }

    /// The table of a question for everybody.
    pub fn table_of(&self, question: &str) -> Option<&ReleaseTable> {
        self.tables.iter().find(|table| table.spec.question == question)
    }

    /// The label of a choice, where a table of its question has it.
    pub fn label_of(&self, question: &str, choice: &str) -> Option<&str> {
        let mut columns = self.table_of(question)?.spec.columns.iter();
        columns.find(|column| column.code == choice).map(|column| column.label.as_str())
    }

    /// The tests of questions against breakdowns.
    pub fn tests(&self) -> &[ReleaseTest] {
        &self.tests
    }

    /// How often each question was left without an answer, unweighted: one row, of those to whom it was put, and a column per
    /// [`crate::NonResponse`]. Empty in an annex.
    pub fn non_response(&self) -> &[ReleaseTable] {
        &self.non_response
    }

    /// The breakdowns that are not published since they sort respondents as another one does, as they are called.
    pub fn overlapping(&self) -> &[String] {
        &self.overlapping
    }

    /// The respondents by age and sex, each counted once and after weighting; none where that may not be told, or was not asked.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// What changed since an earlier edition, where one was given ([`Release::compared_with`]).
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }
}

/// Protects an edition. See the crate's documentation for what this guarantees.
///
/// # Errors
/// [`AnnexError`], under [`Policy::Suppression`] only.
pub fn protect(raw: RawEdition, policy: &Policy) -> Result<Release, AnnexError> {
    let RawEdition { respondents, tables: raw, weighting, non_response, sexes } = raw;
    let raw_profile = sexes.and_then(|sexes| RawProfile::of(&raw, sexes));
    let report = weighting.map(|weighting| weighting.0);
    let overlapping = match policy {
        Policy::CellKey(_) => catalogue::overlapping(&raw),
        Policy::Suppression(_) | Policy::Unprotected => Vec::new(),
    };
    let rounded = match policy {
        Policy::CellKey(policy) => cell_key::respondents(respondents, policy),
        Policy::Suppression(_) => suppressed::respondents(respondents),
        Policy::Unprotected => u32::try_from(respondents.count).ok(),
    };
    let weighting = match policy {
        Policy::Unprotected => report.map(|report| Weighting::exact(&report)),
        Policy::CellKey(_) | Policy::Suppression(_) => {
            report.zip(rounded).map(|(report, count)| Weighting::rounded(&report, count))
        }
    };
    let (tables, tests) = match policy {
        Policy::CellKey(policy) => catalogue::protect_tables(raw, respondents, policy),
        Policy::Suppression(rule) => {
            let raw = suppressed::without_concentrated_rows(raw);
            let tests: Vec<_> = raw.iter().map(exact_tests).collect();
            (suppressed::protect_tables(raw, *rule)?, tests)
        }
        Policy::Unprotected => {
            let tests: Vec<_> = raw.iter().map(exact_tests).collect();
            (raw.into_iter().map(unprotected::table).collect(), tests)
        }
    };
    let tests = released_tests(&tables, tests);
    let non_response = non_response::protect(non_response, policy);
    let profile = raw_profile.and_then(|profile| profile.protect(&tables, policy, weighting.is_some()));
    Ok(Release {
        protection: policy.protection(),
        respondents: rounded,
        weighting,
        tables,
        tests,
        non_response,
        overlapping,
        profile,
        comparison: None,
    })
}
