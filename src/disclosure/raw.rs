//! Unprotected tables: they can be made, and handed to [`crate::protect`].

use isoloir_statistics::{Proportion, RakingReport, WeightedCount};
use serde::{Deserialize, Serialize};

use crate::profile::Sexes;
use crate::successive::Before;
use crate::treatment::{Recoding, Treatment};

/// A count with the sum of its records' keys. It has no getter.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub(crate) count: u64,
    pub(crate) cell_key: u64,
}

impl Tally {
    /// A tally of `count` records whose keys ([`crate::RecordKey::to_u64`]) sum to `cell_key`, modulo 2⁶⁴.
    pub fn new(count: u64, cell_key: u64) -> Self {
        Self { count, cell_key }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of respondents are far below 2^53")]
    pub(crate) fn as_f64(self) -> f64 {
        self.count as f64
    }

    /// The tally of those who are not in a part of the set.
    pub(crate) fn less(self, part: Self) -> Self {
        Self { count: self.count.saturating_sub(part.count), cell_key: self.cell_key.wrapping_sub(part.cell_key) }
    }

    /// The tally of two disjoint sets together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, cell_key: self.cell_key.wrapping_add(other.cell_key) }
    }
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tally(…)")
    }
}

/// One column: a choice of the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The choice's code.
    pub code: String,
    /// The choice's label.
    pub label: String,
    /// Whether choosing it is a way of not answering.
    pub missing: bool,
    /// Whether it holds what the others do not, such as « Autre ».
    #[serde(default)]
    pub rest: bool,
}

/// One row: everybody, or one category of the breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The category's code; empty for everybody.
    pub code: String,
    /// The category's label.
    pub label: String,
}

/// What a table is about; everything in it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSpec {
    /// The variable's name.
    pub question: String,
    /// Short title.
    pub title: String,
    /// The question as it was asked.
    pub text: String,
    /// Axis of the contract, where the question informs one.
    pub axis: Option<String>,
    /// Whether several choices could be given, so that shares add up to more than 100 %.
    pub several: bool,
    /// Whether the choices have an order of their own.
    pub ordered: bool,
    /// Whether it is a score: its columns are levels, which nobody gave as an answer.
    #[serde(default)]
    pub computed: bool,
    /// To whom the question was put, as a clause after « si »; empty where it was put to everybody.
    #[serde(default)]
    pub asked_if: String,
    /// What the rows after the first are, such as « Commune »; empty when there are none.
    pub breakdown: String,
    /// The breakdown's variable name, such as `commune`; empty when there is none.
    pub by: String,
    /// Codes whose share is shown by row.
    pub headline: Vec<String>,
    /// The choices.
    pub columns: Vec<Column>,
    /// Everybody first, then the categories of the breakdown.
    pub rows: Vec<Row>,
}

/// A short title within a sentence, such as that of a breakdown after « par »: « commune », but « Laval ou secteur » in quotes.
/// Several words may hold a name, which keeps its capital.
pub fn in_sentence(title: &str) -> String {
    if title.contains(' ') { format!("«\u{a0}{title}\u{a0}»") } else { title.to_lowercase() }
}

/// A table that the catalogue has no place for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The number of tallies, or of sums of weights, is not that of rows and columns.
    #[error("table {question}: {rows} rows of {columns} columns and as many bases were expected")]
    Tallies {
        /// The question.
        question: String,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// Its rows are not the categories of one other variable.
    #[error(
        "table {question}: {by:?} is not one variable; the catalogue holds questions alone and by one breakdown, and no \
         crossing of three"
    )]
    Crossed {
        /// The question.
        question: String,
        /// What it was to be broken down by.
        by: String,
    },
}

/// The sums of weights behind a table's counts.
pub(crate) struct Sums {
    /// All the respondents of the edition.
    pub(crate) design_size: u32,
    pub(crate) bases: Vec<WeightedCount>,
    pub(crate) cells: Vec<Vec<WeightedCount>>,
}

/// A table of true counts. Only [`crate::protect`] can read it.
pub struct RawTable {
    pub(crate) spec: TableSpec,
    pub(crate) bases: Vec<Tally>,
    pub(crate) cells: Vec<Vec<Tally>>,
    /// None for a table of counts only, whose shares are then those of the counts.
    pub(crate) sums: Option<Sums>,
    pub(crate) treatment: Treatment,
    /// Its counts in an edition that was published earlier.
    pub(crate) before: Option<Before>,
}

impl RawTable {
    /// A table with, for each row, those who answered the question (`bases`) and those who gave each choice (`cells`). Its
    /// rows are everybody, and the categories of one other variable at most: three-way tables cannot be made.
    ///
    /// # Errors
    /// [`ShapeError`].
    pub fn new(spec: TableSpec, bases: Vec<Tally>, cells: Vec<Vec<Tally>>) -> Result<Self, ShapeError> {
        let (rows, columns) = (spec.rows.len(), spec.columns.len());
        if bases.len() != rows || cells.len() != rows || cells.iter().any(|row| row.len() != columns) {
            return Err(ShapeError::Tallies { question: spec.question, rows, columns });
        }
        let is_variable =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        if rows > 1 && (!is_variable(&spec.by) || spec.by == spec.question) {
            return Err(ShapeError::Crossed { question: spec.question, by: spec.by });
        }
        Ok(Self { spec, bases, cells, sums: None, treatment: Treatment::default(), before: None })
    }

    /// The same table with the sums of weights of each base and cell, in an edition of `design_size` respondents: shares are
    /// then weighted, and the question is tested against the breakdown.
    ///
    /// # Errors
    /// [`ShapeError::Tallies`].
    pub fn with_sums(
        mut self,
        design_size: u32,
        bases: Vec<WeightedCount>,
        cells: Vec<Vec<WeightedCount>>,
    ) -> Result<Self, ShapeError> {
        let (rows, columns) = (self.spec.rows.len(), self.spec.columns.len());
        if bases.len() != rows || cells.len() != rows || cells.iter().any(|row| row.len() != columns) {
            return Err(ShapeError::Tallies { question: self.spec.question, rows, columns });
        }
        self.sums = Some(Sums { design_size, bases, cells });
        Ok(self)
    }

    /// The same table, to be treated in this way.
    #[must_use]
    pub fn treated(mut self, treatment: Treatment) -> Self {
        self.treatment = treatment;
        self
    }

    /// The share of a cell; none when nobody with a weight answered.
    pub(crate) fn estimate(&self, row: usize, column: usize) -> Option<Proportion> {
        match &self.sums {
            Some(sums) => Proportion::of(sums.cells[row][column], sums.bases[row], sums.design_size),
            None => unweighted(self.cells[row][column].count, self.bases[row].count),
        }
    }

    /// The table whose rows are everybody and these groups of rows: sets add up, and so do their keys.
    pub(crate) fn grouped(mut self, groups: &[(Row, Vec<usize>)]) -> Self {
        let tallied = |row: &[Tally], other: &[Tally]| row.iter().zip(other).map(|(a, b)| a.plus(*b)).collect();
        let summed =
            |row: &[WeightedCount], other: &[WeightedCount]| row.iter().zip(other).map(|(a, b)| a.plus(*b)).collect();
        self.bases = gathered(&self.bases, groups, |one, other| one.plus(*other));
        self.cells = gathered(&self.cells, groups, |one: &Vec<Tally>, other| tallied(one, other));
        if let Some(sums) = &mut self.sums {
            sums.bases = gathered(&sums.bases, groups, |one, other| one.plus(*other));
            sums.cells = gathered(&sums.cells, groups, |one: &Vec<WeightedCount>, other| summed(one, other));
        }
        // Which rows gained enough was judged before they were grouped.
        self.before = None;
        self.spec.rows.truncate(1);
        self.spec.rows.extend(groups.iter().map(|(row, _)| row.clone()));
        self
    }

    /// The table in which these choices, of which one can be given, are part of the choice `into`.
    pub(crate) fn with_choices_in(mut self, into: usize, small: &[usize], label: String) -> Self {
        self.spec.columns[into].label = label;
        let gone: Vec<String> = small.iter().map(|column| self.spec.columns[*column].code.clone()).collect();
        self.spec.headline.retain(|code| !gone.contains(code));
        // Together they are harmless if each of them is.
        if !gone.iter().all(|code| self.treatment.harmless.contains(code)) {
            let other = self.spec.columns[into].code.clone();
            self.treatment.harmless.retain(|code| *code != other);
        }
        self.treatment.harmless.retain(|code| !gone.contains(code));
        for row in &mut self.cells {
            row[into] = small.iter().fold(row[into], |sum, column| sum.plus(row[*column]));
            *row = without(row, small);
        }
        for row in self.sums.iter_mut().flat_map(|sums| &mut sums.cells) {
            row[into] = small.iter().fold(row[into], |sum, column| sum.plus(row[*column]));
            *row = without(row, small);
        }
        if let Some(before) = &mut self.before {
            before.put_choices_in(into, small);
        }
        self.spec.columns = without(&self.spec.columns, small);
        self
    }

    /// The table of everybody.
    pub(crate) fn of_everybody(self) -> Self {
        let mut whole = self.grouped(&[]);
        whole.spec.by.clear();
        whole.spec.breakdown.clear();
        whole.treatment.recoding = Recoding::None;
        whole
    }
}

/// The first entry, then the sum of each group's.
fn gathered<T: Clone>(entries: &[T], groups: &[(Row, Vec<usize>)], plus: impl Fn(&T, &T) -> T) -> Vec<T> {
    let sum = |rows: &[usize]| {
        let (first, others) = rows.split_first().expect("a group has a row");
        others.iter().fold(entries[*first].clone(), |sum, row| plus(&sum, &entries[*row]))
    };
    entries.iter().take(1).cloned().chain(groups.iter().map(|(_, rows)| sum(rows))).collect()
}

/// The entries but those dropped.
pub(crate) fn without<T: Clone>(entries: &[T], dropped: &[usize]) -> Vec<T> {
    let kept = entries.iter().enumerate().filter(|(index, _)| !dropped.contains(index));
    kept.map(|(_, entry)| entry.clone()).collect()
}

/// The share of a simple random sample.
pub(crate) fn unweighted(count: u64, base: u64) -> Option<Proportion> {
    let (count, base) = (u32::try_from(count).ok()?, u32::try_from(base).ok()?);
    let (n, counted) = (f64::from(base), f64::from(count));
    (base > 0).then(|| {
        let share = (counted / n).min(1.0);
        Proportion {
            base,
            count,
            weighted_base: n,
            weighted_count: counted,
            share,
            variance: if base > 1 { share * (1.0 - share) / (n - 1.0) } else { 0.0 },
            effective_base: n,
        }
    })
}

impl std::fmt::Debug for RawTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawTable({})", self.spec.question)
    }
}

/// All that an edition may publish, not yet protected.
#[derive(Debug)]
pub struct RawEdition {
    pub(crate) respondents: Tally,
    pub(crate) tables: Vec<RawTable>,
    pub(crate) weighting: Option<RawWeighting>,
    pub(crate) non_response: Vec<RawTable>,
    pub(crate) sexes: Option<Sexes>,
}

/// How respondents were weighted.
pub(crate) struct RawWeighting(pub(crate) RakingReport);

impl std::fmt::Debug for RawWeighting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawWeighting(…)")
    }
}

impl RawEdition {
    /// The tables that were made from `respondents`, those of a question one after the other.
    pub fn new(respondents: Tally, tables: Vec<RawTable>) -> Self {
        Self { respondents, tables, weighting: None, non_response: Vec::new(), sexes: None }
    }

    /// The same edition, of whose respondents the profile is told: `age` and `sex` are the questions that ask for them, and
    /// `codes` those of women and men.
    #[must_use]
    pub fn with_profile(mut self, age: &str, sex: &str, codes: [&str; 2]) -> Self {
        self.sexes = Some(Sexes { age: age.to_owned(), sex: sex.to_owned(), codes: codes.map(str::to_owned) });
        self
    }

    /// The same edition with a table of [`RawTable::non_response`] per question.
    #[must_use]
    pub fn with_non_response(mut self, tables: Vec<RawTable>) -> Self {
        self.non_response = tables;
        self
    }

    /// The same edition, whose estimates are weighted.
    #[must_use]
    pub fn with_weighting(mut self, report: RakingReport) -> Self {
        self.weighting = Some(RawWeighting(report));
        self
    }
}
