//! Sheets as columns of small integers: one column per question or option, two for the halves of the record keys.

use isoloir_disclosure::RecordKey;
use isoloir_survey::{Answer, AnswerSheet, Kind, Question, Questionnaire};
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

/// Stands for: the question was shown and not answered, or not shown at all.
pub(crate) const NO_ANSWER: u8 = u8::MAX;

pub(crate) const KEY_HIGH: &str = "__key_high";
pub(crate) const KEY_LOW: &str = "__key_low";

/// The column of an option of a multiple question: 1 when it was chosen.
pub(crate) fn option_column(question: &Question, option: usize) -> String {
    format!("{}__{option}", question.id)
}

/// Questions that are tabulated: those with choices, and scores with levels.
pub(crate) fn tabulated(questionnaire: &Questionnaire) -> impl Iterator<Item = &Question> {
    questionnaire.questions().filter(|question| !question.choices().is_empty())
}

/// Builds the frame in one pass over the sheets.
pub(crate) fn frame(
    questionnaire: &Questionnaire,
    sheets: impl IntoIterator<Item = (RecordKey, AnswerSheet)>,
) -> PolarsResult<DataFrame> {
    let questions: Vec<&Question> = tabulated(questionnaire).collect();
    let mut high: Vec<u64> = Vec::new();
    let mut low: Vec<u64> = Vec::new();
    // One column per question; for a multiple question 0 means answered, and its options follow in columns of their own.
    let mut answers: Vec<Vec<u8>> = vec![Vec::new(); questions.len()];
    let mut options: Vec<Vec<Vec<u8>>> = questions
        .iter()
        .map(|question| vec![Vec::new(); if question.takes_several() { question.choices().len() } else { 0 }])
        .collect();
    for (key, sheet) in sheets {
        let (key_high, key_low) = key.halves();
        high.push(key_high.into());
        low.push(key_low.into());
        for (index, question) in questions.iter().enumerate() {
            let codes = codes(questionnaire, question, &sheet);
            if question.takes_several() {
                answers[index].push(if codes.is_empty() { NO_ANSWER } else { 0 });
                for (column, choice) in options[index].iter_mut().zip(question.choices()) {
                    column.push(u8::from(codes.contains(&choice.code.as_str())));
                }
            } else {
                let position = codes
                    .first()
                    .and_then(|code| question.choices().iter().position(|choice| choice.code.as_str() == *code));
                answers[index].push(position.and_then(|p| u8::try_from(p).ok()).unwrap_or(NO_ANSWER));
            }
        }
    }
    let height = high.len();
    let mut columns: Vec<Column> =
        vec![Series::new(KEY_HIGH.into(), high).into(), Series::new(KEY_LOW.into(), low).into()];
    for ((question, answers), options) in questions.iter().zip(answers).zip(options) {
        columns.push(Series::new(question.id.as_str().into(), answers).into());
        for (index, option) in options.into_iter().enumerate() {
            columns.push(Series::new(option_column(question, index).into(), option).into());
        }
    }
    DataFrame::new(height, columns)
}

/// The codes of an answer, or the level of a score.
fn codes<'s>(questionnaire: &'s Questionnaire, question: &'s Question, sheet: &'s AnswerSheet) -> Vec<&'s str> {
    if matches!(question.kind, Kind::Score { .. }) {
        return questionnaire.score_level(question, sheet).map(|level| level.code.as_str()).into_iter().collect();
    }
    sheet.answers().get(&question.id).map(Answer::codes).unwrap_or_default()
}
