//! What changed since an earlier edition, as CSV and in words.

use isoloir_disclosure::{Change, ChangeStatus, Comparison, Release};
use isoloir_survey::Questionnaire;

use crate::ExportError;
use crate::csv::{finish, for_spreadsheets};
use crate::number::{significant, tidy, to_four_decimals};

/// The columns of what changed.
pub(crate) const CHANGES: [&str; 13] = [
    "question",
    "choice",
    "p_before",
    "p_now",
    "base_before",
    "base_now",
    "difference",
    "difference_low",
    "difference_high",
    "p_value",
    "p_holm",
    "status",
    "protection",
];

/// What changed since an earlier edition: the share of each choice in both, and their difference with its 95 % interval and
/// its test. Numbers that do not exist are empty, and `status` says why.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn changes_csv(release: &Release, comparison: &Comparison) -> Result<Vec<u8>, ExportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(CHANGES)?;
    for change in comparison.changes() {
        writer.write_record(change_fields(release, change))?;
    }
    finish(writer)
}

/// What changed in one question, for spreadsheets: the same columns, with the label of each choice.
///
/// # Errors
/// [`ExportError`].
pub fn question_changes_csv(
    release: &Release,
    questionnaire: &Questionnaire,
    changes: &[Change],
) -> Result<Vec<u8>, ExportError> {
    let mut writer = for_spreadsheets();
    writer.write_record(CHANGES.into_iter().chain(["choice_label"]))?;
    for change in changes {
        let label = changed_choice(release, questionnaire, change).to_owned();
        writer.write_record(change_fields(release, change).into_iter().chain([label]))?;
    }
    finish(writer)
}

/// The label of a choice that is compared: as this edition publishes it, or as it was put where only the earlier one does.
pub fn changed_choice<'a>(release: &'a Release, questionnaire: &'a Questionnaire, change: &'a Change) -> &'a str {
    let put = || {
        let question = questionnaire.questions().find(|question| question.id.as_str() == change.question)?;
        question.choice(&change.choice).map(|choice| choice.label.fr())
    };
    release.label_of(&change.question, &change.choice).or_else(put).unwrap_or(&change.choice)
}

/// The fields of [`CHANGES`].
fn change_fields(release: &Release, change: &Change) -> [String; 13] {
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let base = |base: Option<u32>| base.map(|base| base.to_string()).unwrap_or_default();
    let (low, high) = change.interval.unzip();
    [
        change.question.clone(),
        change.choice.clone(),
        number(change.before.map(tidy)),
        number(change.now.map(tidy)),
        base(change.bases.0),
        base(change.bases.1),
        number(change.difference.map(tidy)),
        number(low.map(to_four_decimals)),
        number(high.map(to_four_decimals)),
        number(change.p_value.map(of_a_test)),
        number(change.p_holm.map(of_a_test)),
        change.status.word().to_owned(),
        release.protection().words().to_owned(),
    ]
}

/// A probability says nothing finer than three digits.
fn of_a_test(p: f64) -> f64 {
    significant(p, 3)
}

/// What may be said of a change, in a few words.
pub fn change_in_words(change: &Change) -> &'static str {
    match (change.status, change.difference) {
        (ChangeStatus::Tested, Some(difference)) if change.is_significant() && difference > 0.0 => "hausse nette",
        (ChangeStatus::Tested, _) if change.is_significant() => "baisse nette",
        (ChangeStatus::Tested, _) => "peut venir du hasard",
        (ChangeStatus::NotPublished, _) => "non publié dans une édition",
        (ChangeStatus::HighestShare, _) => "une part se lit «\u{a0}ou plus\u{a0}»",
        (ChangeStatus::Recoded, _) => "regroupé autrement",
        (ChangeStatus::NoSpread, _) => "rien ne varie",
    }
}

/// What whoever compares has to know first: that one edition is weighted and the other is not.
pub fn caution(release: &Release, comparison: &Comparison) -> Option<&'static str> {
    (comparison.earlier_is_weighted() != release.weighting().is_some()).then_some(
        "Attention\u{a0}: une des deux éditions comparées est redressée sur la population et l’autre non\u{202f}; une partie des écarts \
         peut venir de là.",
    )
}
