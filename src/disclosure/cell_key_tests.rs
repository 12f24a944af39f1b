//! The cell-key method: what it hides, what it publishes, and what attackers make of it.

use std::collections::{BTreeMap, BTreeSet};

use isoloir_statistics::WeightedCount;

use crate::cell_key::perturbed;
use crate::test_tables::spec;
use crate::{CellKey, Estimate, Policy, RawEdition, RawTable, ReleaseRow, ReleaseTable, Tally, protect};

/// A pseudo-random key for a record, the same at each run.
fn key(record: u64) -> u64 {
    record.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn tally(records: impl IntoIterator<Item = u64>) -> Tally {
    records.into_iter().fold(Tally::default(), |sum, record| sum.plus(Tally { count: 1, cell_key: key(record) }))
}

fn release(bases: Vec<Tally>, cells: Vec<Vec<Tally>>) -> ReleaseTable {
    let choices: Vec<String> = (0..cells[0].len()).map(|choice| format!("choix{choice}")).collect();
    let spec = spec("essai", &choices, bases.len() - 1);
    let table = RawTable::new(spec, bases, cells).expect("shape");
    let policy = Policy::standard().expect("policy");
    let release = protect(RawEdition::new(tally(0..1000), vec![table]), &policy).expect("a release");
    release.tables()[0].clone()
}

#[test]
fn a_small_count_is_masked_and_looks_like_zero() {
    for count in 0..6 {
        let table = release(vec![tally(0..200)], vec![vec![tally(0..count), tally(count..200)]]);
        assert_eq!(table.total().cells[0], Estimate::Masked, "{count}");
        assert!(matches!(table.total().cells[1], Estimate::Published { .. }));
    }
}

#[test]
fn nothing_below_the_threshold_is_ever_published() {
    for start in 0..500 {
        for count in [8, 9, 10, 11, 12, 13, 14] {
            let table = release(vec![tally(0..300)], vec![vec![tally(start..start + count)]]);
            let truth = perturbed(tally(start..start + count), &CellKey::standard().expect("policy"));
            assert_eq!(table.total().cells[0] == Estimate::Masked, truth < 11);
        }
    }
}

#[test]
fn a_row_with_too_few_respondents_is_not_published() {
    let table = release(vec![tally(0..20)], vec![vec![tally(0..20)]]);
    assert_eq!(table.total(), &ReleaseRow { base: None, cells: vec![Estimate::Masked] });
}

#[test]
fn bases_are_rounded() {
    for respondents in 40..80 {
        let table = release(vec![tally(0..respondents)], vec![vec![tally(0..respondents)]]);
        assert_eq!(table.total().base.expect("published") % 5, 0);
    }
}

#[test]
fn the_same_set_gets_the_same_count_in_every_table() {
    let everybody = || tally(0..150);
    let one = release(vec![everybody()], vec![vec![tally(10..60), tally(60..100)]]);
    let two = release(vec![everybody()], vec![vec![tally(60..100), tally(10..60)]]);
    assert_eq!(one.total().cells[0], two.total().cells[1]);
    assert_eq!(one.total().cells[1], two.total().cells[0]);
}

/// 59 people in one commune, one in the other: the total less the large commune would be that one person.
#[test]
fn a_single_outsider_cannot_be_had_by_subtraction() {
    let table = release(
        vec![tally(0..60), tally(0..59), tally(59..60)],
        vec![vec![tally(0..30), tally(30..60)], vec![tally(0..30), tally(30..59)], vec![tally(0..0), tally(59..60)]],
    );
    assert!(table.total().base.is_some());
    assert_eq!(table.rows()[1].base, None, "the large commune is hidden with the small one");
    assert_eq!(table.rows()[2].base, None);
}

/// Of 200 people, 6 skipped where they live: nobody else knows who they are, and every commune is told. When somebody lives in
/// a commune that is not, the smallest of the others is hidden too.
#[test]
fn those_who_did_not_say_where_they_live_hide_nobody_and_are_no_company() {
    let published = |bases: Vec<Tally>| -> Vec<bool> {
        let cells = bases.iter().map(|base| vec![*base]).collect();
        release(bases, cells).rows().iter().map(|row| row.base.is_some()).collect()
    };
    assert_eq!(published(vec![tally(0..200), tally(0..100), tally(100..160), tally(160..194)]), [true; 4]);
    let with_one = vec![tally(0..200), tally(0..100), tally(100..193), tally(193..194)];
    assert_eq!(published(with_one), [true, true, false, false], "one and the six are no crowd");
}

#[test]
fn unanimity_is_not_told_from_near_unanimity() {
    for dissenters in 0..3 {
        let table = release(vec![tally(0..80)], vec![vec![tally(0..80 - dissenters), tally(80 - dissenters..80)]]);
        let share = table.total().cells[0].share().expect("published");
        assert!((share - 0.95).abs() < 1e-9 || (dissenters > 0 && share >= 0.85), "{dissenters}: {share}");
    }
}

/// The live-difference attack: publish, let one person answer, publish again, subtract. On true counts it succeeds
/// always. On ours the difference says little more than guessing would.
#[test]
fn one_more_respondent_cannot_be_read_off_by_subtraction() {
    let policy = CellKey::standard().expect("policy");
    let mut said_yes = Vec::new();
    for trial in 0..2000_u64 {
        let first = trial * 1000;
        let before = perturbed(tally(first..first + 50), &policy);
        let with_one_more = perturbed(tally(first..first + 51), &policy);
        said_yes.push(i64::from(with_one_more) - i64::from(before));
    }
    // Had the newcomer said no, the set of those who said yes, and so its count, would not have changed at all. A
    // newcomer who said yes must look like that often enough to hide among them.
    let hidden = said_yes.iter().filter(|difference| **difference == 0).count();
    assert!(hidden * 10 > said_yes.len(), "« yes » shows no change in only {hidden} of {}", said_yes.len());
}

#[test]
fn a_raw_table_shows_no_count() {
    let table = RawTable::new(spec("essai", &["oui"], 0), vec![tally(0..42)], vec![vec![tally(0..42)]]).expect("shape");
    assert_eq!(format!("{table:?} {:?}", tally(0..42)), "RawTable(essai) Tally(…)");
}

#[test]
fn a_table_of_the_wrong_shape_is_refused() {
    assert!(RawTable::new(spec("essai", &["oui", "non"], 1), vec![tally(0..9)], vec![vec![tally(0..9)]]).is_err());
}

fn published(count: u64, respondents: u64, first: u64) -> Estimate {
    let people = || tally(first..first + respondents);
    let cells = vec![tally(first..first + count), tally(first + count..first + respondents)];
    release(vec![people()], vec![cells]).total().cells[0]
}

/// The averaging attack: the same people are counted in every table of the catalogue. Independent noise of variance 3 would
/// average away: over 60 tables, to a standard error of 0.2.
#[test]
fn averaging_over_the_catalogue_sharpens_nothing() {
    let tables: Vec<Estimate> = (0..60).map(|_| published(40, 100, 7000)).collect();
    assert!(tables.iter().all(|estimate| *estimate == tables[0]));
    let exact = (0..300).filter(|trial| published(40, 100, trial * 1000).share() == Some(0.4)).count();
    assert!(exact < 150, "the average is the exact share in {exact} of 300 editions");
}

/// Whoever computes back from an interval: each set of published numbers must come from several exact counts.
#[test]
fn intervals_and_standard_errors_do_not_give_the_exact_share_back() {
    let mut exact: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for count in 60..100 {
        for trial in 0..60 {
            let estimate = published(count, 200, (count * 100 + trial) * 1000);
            exact.entry(format!("{estimate:?}")).or_default().insert(count);
        }
    }
    // At the ends of the range some of the counts were left out.
    let inner = exact.iter().filter(|(_, counts)| counts.iter().all(|count| (66..94).contains(count)));
    let alone: Vec<_> = inner.filter(|(_, counts)| counts.len() < 3).map(|(estimate, _)| estimate).collect();
    let published: usize = exact.len();
    assert!(alone.len() * 20 < published, "{} of {published} tell the count: {alone:?}", alone.len());
}

/// The live-difference attack on what is published: an edition, one person more, another edition. Did the newcomer say yes? On
/// true counts the guess is always right; of two that are as likely, guessing blindly is right half the time.
#[test]
fn a_newcomer_s_answer_is_hardly_told_from_two_editions() {
    let trials = 1000_u64;
    // Records have other keys in the later edition.
    let share = |first: u64, yes: u64, no: u64| {
        let cells = vec![tally(first..first + yes), tally(first + 500..first + 500 + no)];
        let base = cells[0].plus(cells[1]);
        release(vec![base], vec![cells]).total().cells[0].share().expect("published")
    };
    let right = (0..trials).filter(|trial| {
        let said_yes = trial % 2;
        let before = share(trial * 2000, 50, 60);
        let after = share(trial * 2000 + 1000, 50 + said_yes, 61 - said_yes);
        (after > before) == (said_yes == 1)
    });
    let right = right.count();
    assert!((450..620).contains(&right), "the attacker is right {right} times of {trials}");
}

/// Rows of 95 % and more: whether one dissented or nobody did cannot be seen in any number of the cell.
#[test]
fn near_unanimity_and_unanimity_look_the_same_to_the_last_digit() {
    let all: Vec<Estimate> =
        (0..200).flat_map(|trial| (0..3).map(move |no| published(80 - no, 80, trial * 1000))).collect();
    let capped: Vec<String> =
        all.iter().filter(|estimate| estimate.share() == Some(0.95)).map(|estimate| format!("{estimate:?}")).collect();
    let kinds: BTreeSet<&String> = capped.iter().collect();
    assert!(capped.len() > 300);
    // One for each rounded base.
    assert!(kinds.len() <= 3, "{kinds:?}");
    assert!(all.iter().filter_map(Estimate::interval).all(|(low, high)| low < 0.95 && high > 0.9));
}

#[test]
fn weights_show_in_the_share_and_noise_in_the_interval() {
    // Sixty of a hundred, who stand for three quarters of the population.
    let sums = |respondents, weighted, squared| WeightedCount { respondents, weighted, squared };
    let table =
        RawTable::new(spec("essai", &["oui"], 0), vec![tally(0..100)], vec![vec![tally(0..60)]]).expect("shape");
    let (base, cell) = (sums(100, 1000.0, 12500.0), sums(60, 750.0, 9375.0));
    let table = table.with_sums(100, vec![base], vec![vec![cell]]).expect("shape");
    let raw = RawEdition::new(tally(0..100), vec![table]);
    let release = protect(raw, &Policy::standard().expect("policy")).expect("a release");
    let Estimate::Published { share, standard_error, low, high, count, weighted } =
        release.tables()[0].total().cells[0]
    else {
        panic!("the cell is large enough")
    };
    assert_eq!((count, weighted), (None, None));
    assert!((share - 0.75).abs() < 0.08, "{share}");
    let error = standard_error.expect("a spread");
    assert!(
        (0.04..0.06).contains(&error) && (error * 1000.0).fract().min(1.0 - (error * 1000.0).fract()) < 1e-6,
        "{error}"
    );
    assert!(low < share - 0.08 && high > share + 0.07, "{low} {high}");
}
