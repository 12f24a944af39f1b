//! What is found between two editions, and what is not looked for.

use isoloir_statistics::holm;

use crate::test_tables::{keyed, spec};
use crate::{
    CellKey, Change, ChangeStatus, Estimate, Policy, RawEdition, RawTable, Release, TableSpec, Treatment, protect,
};

fn table(question: &str, edition: u64, base: u64, counts: &[u64]) -> RawTable {
    let choices: Vec<String> = (0..counts.len()).map(|choice| format!("c{choice}")).collect();
    let spec = TableSpec { breakdown: String::new(), by: String::new(), ..spec(question, &choices, 0) };
    let cells = counts.iter().zip(100..).map(|(count, place)| keyed(*count, edition, place)).collect();
    RawTable::new(spec, vec![keyed(base, edition, 0)], vec![cells]).expect("shape")
}

fn release(tables: Vec<RawTable>) -> Release {
    let policy = Policy::CellKey(CellKey::standard().expect("policy"));
    protect(RawEdition::new(keyed(2000, 9, 9), tables), &policy).expect("a release")
}

/// One question asked twice: those who answered, and how many gave each choice.
fn asked_twice(before: (u64, &[u64]), now: (u64, &[u64])) -> Vec<Change> {
    let (before, now) =
        (release(vec![table("essai", 1, before.0, before.1)]), release(vec![table("essai", 2, now.0, now.1)]));
    let compared = now.compared_with(&before, "2022", |_| true);
    let comparison = compared.comparison().expect("a comparison");
    assert_eq!(comparison.earlier(), "2022");
    comparison.changes().to_vec()
}

fn statuses(changes: &[Change]) -> Vec<ChangeStatus> {
    changes.iter().map(|change| change.status).collect()
}

#[test]
fn a_change_that_is_there_is_found_with_its_size() {
    let changes = asked_twice((600, &[180, 420]), (600, &[300, 300]));
    assert_eq!(statuses(&changes), [ChangeStatus::Tested; 2]);
    let (more, less) = (&changes[0], &changes[1]);
    assert!(more.is_significant() && less.is_significant());
    let difference = more.difference.expect("tested");
    assert!((difference - 0.2).abs() < 0.03, "{difference}");
    let (low, high) = more.interval.expect("tested");
    assert!(0.0 < low && low < 0.2 && 0.2 < high, "{low} to {high}");
    assert!(less.difference.expect("tested") < 0.0);
}

/// By hand from what is published: difference over the root of the sum of both variances.
#[test]
fn a_change_is_worked_out_from_what_is_published() {
    let (before, now) =
        (release(vec![table("essai", 1, 400, &[120, 280])]), release(vec![table("essai", 2, 500, &[190, 310])]));
    let of = |release: &Release| match release.tables()[0].total().cells[0] {
        Estimate::Published { share, standard_error: Some(error), .. } => (share, error),
        other => panic!("{other:?}"),
    };
    let ((one, first), (two, second)) = (of(&before), of(&now));
    let change = now.compared_with(&before, "2022", |_| true).comparison().expect("compared").changes()[0].clone();
    let (low, high) = change.interval.expect("tested");
    assert!((change.difference.expect("tested") - (two - one)).abs() < 1e-12);
    let error = (first * first + second * second).sqrt();
    // Student's quantile with nearly 900 degrees is 1.9626.
    assert!(((high - low) / 2.0 - 1.9626 * error).abs() < 1e-5, "{low} to {high}");
}

#[test]
fn equal_waves_show_no_change() {
    for edition in 0..40 {
        let questions = ["un", "deux", "trois"];
        let of = |edition| release(questions.map(|question| table(question, edition, 500, &[150, 200, 150])).into());
        let compared = of(2 * edition + 1).compared_with(&of(2 * edition), "2022", |_| true);
        let changes = compared.comparison().expect("compared").changes();
        assert_eq!(changes.len(), 9);
        assert!(changes.iter().all(|change| !change.is_significant()), "{changes:#?}");
    }
}

#[test]
fn all_the_tests_are_one_family() {
    let of = |edition, count| {
        let other = |question| table(question, edition, 500, &[150, 350]);
        release(vec![table("un", edition, 500, &[count, 500 - count]), other("deux"), other("trois")])
    };
    let compared = of(2, 190).compared_with(&of(1, 150), "2022", |_| true);
    let changes = compared.comparison().expect("compared").changes();
    let p_values: Vec<f64> = changes.iter().filter_map(|change| change.p_value).collect();
    assert_eq!(p_values.len(), 6);
    assert_eq!(changes.iter().filter_map(|change| change.p_holm).collect::<Vec<_>>(), holm(&p_values));
}

#[test]
fn what_one_edition_does_not_publish_is_not_tested() {
    // Three people are masked, in whichever edition they are, and a base of twelve is too small.
    for (before, now) in [((400, [3, 397]), (400, [150, 250])), ((400, [150, 250]), (400, [3, 397]))] {
        let change = &asked_twice((before.0, &before.1), (now.0, &now.1))[0];
        assert_eq!(change.status, ChangeStatus::NotPublished);
        assert!(change.before.is_none() || change.now.is_none());
        assert_eq!((change.difference, change.interval, change.p_value, change.p_holm), (None, None, None, None));
    }
    let changes = asked_twice((12, &[6, 6]), (400, &[150, 250]));
    assert_eq!(statuses(&changes), [ChangeStatus::NotPublished; 2]);
}

#[test]
fn a_share_that_stands_for_all_above_it_is_not_tested() {
    let changes = asked_twice((400, &[396, 40]), (400, &[200, 40]));
    assert_eq!(statuses(&changes), [ChangeStatus::HighestShare, ChangeStatus::Tested]);
    assert_eq!((changes[0].before, changes[0].p_value), (Some(0.95), None));
}

#[test]
fn choices_put_together_in_one_edition_only_are_not_tested() {
    let with_other = |edition, counts: &[u64]| {
        let treatment = Treatment { other: Some(2), ..Treatment::default() };
        release(vec![table("essai", edition, counts.iter().sum(), counts).treated(treatment)])
    };
    // In the second edition so few gave the second choice that « Autre » holds them.
    let compared = with_other(2, &[300, 3, 100]).compared_with(&with_other(1, &[250, 90, 60]), "2022", |_| true);
    let changes = compared.comparison().expect("compared").changes();
    let told: Vec<_> = changes.iter().map(|change| (change.choice.as_str(), change.status)).collect();
    let expected = [("c0", ChangeStatus::Tested), ("c2", ChangeStatus::Recoded), ("c1", ChangeStatus::Recoded)];
    assert_eq!(told, expected);
    // In both, it holds the same.
    let compared = with_other(4, &[300, 3, 100]).compared_with(&with_other(3, &[250, 3, 90]), "2022", |_| true);
    assert_eq!(statuses(compared.comparison().expect("compared").changes()), [ChangeStatus::Tested; 2]);
}

#[test]
fn other_words_and_new_questions_are_left_out() {
    let of = |edition, questions: &[&str]| {
        release(questions.iter().map(|question| table(question, edition, 400, &[150, 250])).collect())
    };
    let now = of(2, &["gardee", "reformulee", "nouvelle"]);
    let compared = now
        .clone()
        .compared_with(&of(1, &["gardee", "reformulee", "ancienne"]), "2022", |question| question != "reformulee");
    let comparison = compared.comparison().expect("compared");
    let questions: Vec<&str> = comparison.questions().map(|changes| changes[0].question.as_str()).collect();
    assert_eq!(questions, ["gardee"]);
    assert_eq!(compared.tables(), now.tables(), "the release is otherwise the same");
}
