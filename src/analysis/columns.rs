//! What is in the columns of a snapshot: one of small integers per item, and one of record keys.
//!
//! An item is a question with its codes, or one option of a question that takes several, with the codes « not chosen » and
//! « chosen ».

use isoloir_statistics::{CodeColumn, NOT_SHOWN, SKIPPED};
use isoloir_survey::{Answer, AnswerSheet, Kind, Question, Questionnaire};
use polars::prelude::{DataFrame, PolarsResult};

use crate::error::AnalysisError;

/// The column of record keys.
pub(crate) const KEY: &str = "__key";

/// What is counted: a question, or one of its options.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'q> {
    pub(crate) question: &'q Question,
    pub(crate) option: Option<usize>,
}

impl Item<'_> {
    /// How many codes it has.
    pub(crate) fn codes(&self) -> usize {
        if self.option.is_some() { 2 } else { self.question.choices().len() }
    }

    /// The name of its column.
    pub(crate) fn column(&self) -> String {
        match self.option {
            Some(option) => format!("{}__{option}", self.question.id),
            None => self.question.id.to_string(),
        }
    }
}

/// Questions that are tabulated: those with choices, and scores with levels.
pub(crate) fn tabulated(questionnaire: &Questionnaire) -> impl Iterator<Item = &Question> {
    questionnaire.questions().filter(|question| !question.choices().is_empty())
}

/// The items of a question.
pub(crate) fn items_of(question: &Question) -> Vec<Item<'_>> {
    if question.takes_several() {
        (0..question.choices().len()).map(|option| Item { question, option: Some(option) }).collect()
    } else {
        vec![Item { question, option: None }]
    }
}

/// The columns of a snapshot, item by item.
pub(crate) struct Columns<'a> {
    pub(crate) items: Vec<Item<'a>>,
    frame: &'a DataFrame,
}

impl<'a> Columns<'a> {
    /// The columns of a frame that was made for this questionnaire.
    pub(crate) fn new(questionnaire: &'a Questionnaire, frame: &'a DataFrame) -> Self {
        Self { items: items(questionnaire), frame }
    }

    /// The codes of an item, respondent by respondent.
    ///
    /// # Errors
    /// [`AnalysisError::Frame`], [`AnalysisError::Code`]: faults of this crate, since a snapshot is checked where it is read.
    pub(crate) fn codes(&self, item: &Item) -> Result<CodeColumn<'a>, AnalysisError> {
        let bytes = self.frame.column(&item.column())?.u8()?.cont_slice()?;
        CodeColumn::new(item.codes(), bytes).ok_or_else(|| AnalysisError::Code { column: item.column() })
    }

    /// The record keys.
    pub(crate) fn keys(&self) -> PolarsResult<&'a [u64]> {
        self.frame.column(KEY)?.u64()?.cont_slice()
    }
}

/// The items of every tabulated question, in their order.
pub(crate) fn items(questionnaire: &Questionnaire) -> Vec<Item<'_>> {
    tabulated(questionnaire).flat_map(items_of).collect()
}

/// Adds a respondent to the columns of a question.
pub(crate) fn push(questionnaire: &Questionnaire, question: &Question, sheet: &AnswerSheet, columns: &mut [Vec<u8>]) {
    let codes = codes(questionnaire, question, sheet);
    if codes.is_empty() {
        let is_hidden = question.show_if.as_ref().is_some_and(|condition| !condition.holds(sheet.answers()));
        let missing = if is_hidden { NOT_SHOWN } else { SKIPPED };
        for column in columns {
            column.push(missing);
        }
    } else if question.takes_several() {
        for (column, choice) in columns.iter_mut().zip(question.choices()) {
            column.push(u8::from(codes.contains(&choice.code.as_str())));
        }
    } else {
        let position = question.choices().iter().position(|choice| choice.code.as_str() == codes[0]);
        let code = position.and_then(|position| u8::try_from(position).ok()).unwrap_or(SKIPPED);
        for column in columns {
            column.push(code);
        }
    }
}

/// The codes of an answer, or the level of a score.
fn codes<'s>(questionnaire: &'s Questionnaire, question: &'s Question, sheet: &'s AnswerSheet) -> Vec<&'s str> {
    if matches!(question.kind, Kind::Score { .. }) {
        return questionnaire.score_level(question, sheet).map(|level| level.code.as_str()).into_iter().collect();
    }
    sheet.answers().get(&question.id).map(Answer::codes).unwrap_or_default()
}
