//! An interim edition and a final one, and what is left when one is subtracted from the other.

use crate::test_tables::{keyed, spec};
use crate::{CellKey, Policy, RawEdition, RawTable, Release, SuccessionError, protect};

/// A row's base, and how many of it gave the first of two answers.
type Counts = (u64, u64);

fn policy() -> CellKey {
    CellKey::standard().expect("policy")
}

/// An edition of one table: everybody, then rows.
fn edition(number: u64, total: Counts, rows: &[Counts]) -> RawEdition {
    let spec = spec("essai", &["oui", "non"], rows.len());
    let all = || std::iter::once(&total).chain(rows).zip(0..);
    let bases = all().map(|((base, _), place)| keyed(*base, number, place)).collect();
    let cells = all()
        .map(|((base, yes), place)| vec![keyed(*yes, number, place + 1000), keyed(base - yes, number, place + 2000)]);
    let table = RawTable::new(spec, bases, cells.collect()).expect("shape");
    RawEdition::new(keyed(total.0, number, 3000), vec![table])
}

fn final_release(interim: (Counts, &[Counts]), last: (Counts, &[Counts])) -> Release {
    let earlier = edition(1, interim.0, interim.1);
    let raw = edition(2, last.0, last.1).published_after(&earlier, &policy()).expect("enough came");
    protect(raw, &Policy::CellKey(policy())).expect("a release")
}

fn published(release: &Release) -> Vec<bool> {
    release.tables()[0].rows().iter().map(|row| row.base.is_some()).collect()
}

/// The worked example: ten people more, who can be had by subtracting 60 from 70.
#[test]
fn a_row_that_gained_ten_people_is_withheld() {
    let (before, after) = ([(60, 24), (200, 80), (200, 80)], [(70, 34), (300, 120), (300, 120)]);
    let alone = protect(edition(2, (670, 274), &after), &Policy::CellKey(policy())).expect("a release");
    assert_eq!(published(&alone), [true; 4], "by itself the edition would publish it");
    let release = final_release(((460, 184), &before), ((670, 274), &after));
    // A second row goes with it: the rest of the total, which is those ten, would be had otherwise.
    assert!(!published(&release)[1]);
    assert_eq!(published(&release).iter().filter(|row| **row).count(), 2);
}

#[test]
fn rows_that_gained_thirty_people_are_published() {
    let (before, after) = ([(60, 24), (200, 80)], [(90, 40), (230, 95)]);
    assert_eq!(published(&final_release(((260, 104), &before), ((320, 135), &after))), [true; 3]);
}

#[test]
fn what_was_too_small_at_first_is_published_once_enough_have_come() {
    let (before, after) = ([(10, 4), (200, 80), (40, 10)], [(60, 24), (260, 95), (80, 30)]);
    assert_eq!(published(&final_release(((250, 94), &before), ((400, 149), &after))), [true; 4]);
}

/// Forty more, all of whom said yes, in a row where half did.
#[test]
fn newcomers_of_one_mind_are_not_shown() {
    let (before, after) = ([(200, 80), (200, 80)], [(240, 120), (300, 130)]);
    assert!(!published(&final_release(((400, 160), &before), ((540, 250), &after)))[1]);
    // Where nearly everybody gives that answer the share is told as « 95 % or more » both times, and nothing follows.
    let (before, after) = ([(200, 198), (200, 80)], [(240, 238), (300, 130)]);
    assert!(published(&final_release(((400, 278), &before), ((540, 368), &after)))[1]);
}

#[test]
fn an_edition_that_hardly_differs_is_refused() {
    let earlier = edition(1, (400, 100), &[(400, 100)]);
    for more in [0, 1, 29] {
        let raw = edition(2, (400 + more, 100), &[(400 + more, 100)]);
        assert_eq!(raw.published_after(&earlier, &policy()).expect_err("too few"), SuccessionError::TooFewMore);
    }
    let raw = edition(2, (430, 120), &[(430, 120)]);
    assert!(raw.published_after(&earlier, &policy()).is_ok());
}

#[test]
fn a_table_that_the_earlier_edition_had_not_is_refused() {
    let earlier = edition(1, (400, 100), &[(400, 100)]);
    let raw = edition(2, (500, 120), &[(250, 60), (250, 60)]);
    let refused = raw.published_after(&earlier, &policy()).expect_err("another table");
    assert!(matches!(refused, SuccessionError::NewTable { .. }));
}

/// Whatever comes in, no adding and subtracting of the bases that both editions publish counts a set of fewer than 25 people,
/// which are 30 with the noise by which rows are judged, unless none of them said where they belong. The same search finds such
/// sets in every third pair when the second edition does not know of the first.
#[test]
fn no_small_set_follows_from_both_editions() {
    let mut state = 7_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut tried, mut unprotected) = (0, 0);
    for _ in 0..300 {
        // Three rows and those who are in none, by those who were there and those who came.
        let atoms: Vec<(u64, u64)> = (0..4).map(|_| (random(90), random(3) * random(50))).collect();
        let sum = |of: &dyn Fn(&(u64, u64)) -> u64| atoms.iter().map(of).sum::<u64>();
        let (then, now) = (sum(&|atom| atom.0), sum(&|atom| atom.0 + atom.1));
        let earlier: Vec<Counts> = atoms[..3].iter().map(|(there, _)| (*there, there / 2)).collect();
        let later: Vec<Counts> = atoms[..3].iter().map(|(there, came)| (there + came, (there + came) / 2)).collect();
        let first = edition(1, (then, then / 2), &earlier);
        let Ok(raw) = edition(2, (now, now / 2), &later).published_after(&first, &policy()) else { continue };
        let first = published(&protect(first, &Policy::CellKey(policy())).expect("a release"));
        let second = published(&protect(raw, &Policy::CellKey(policy())).expect("a release"));
        assert_eq!(
            smallest_set(&atoms, &first, &second).filter(|size| *size < 25),
            None,
            "{atoms:?} {first:?} {second:?}"
        );
        let careless = edition(2, (now, now / 2), &later);
        let careless = published(&protect(careless, &Policy::CellKey(policy())).expect("a release"));
        tried += 1;
        unprotected += u32::from(smallest_set(&atoms, &first, &careless).is_some_and(|size| size < 25));
    }
    assert!(tried > 100 && unprotected * 4 > tried, "{unprotected} of {tried}");
}

/// The smallest set of people, some of whom said where they belong, that follows from published bases, the rest of each total
/// being one.
fn smallest_set(atoms: &[(u64, u64)], first: &[bool], second: &[bool]) -> Option<u64> {
    // Of an edition, the published set that each atom is in; those in no row and those in hidden rows are in the last one.
    let blocks = |published: &[bool]| -> Option<Vec<usize>> {
        published[0].then(|| (0..4).map(|atom| if atom < 3 && published[atom + 1] { atom } else { 3 }).collect())
    };
    let coefficients = |block: &Option<Vec<usize>>| if block.is_some() { 3_usize.pow(4) } else { 1 };
    let (first, second) = (blocks(first), blocks(second));
    let coefficient = |code: usize, block: &Option<Vec<usize>>, atom: usize| {
        block.as_ref().map_or(0, |block| {
            i32::try_from(code / 3_usize.pow(u32::try_from(block[atom]).expect("small")) % 3).expect("small") - 1
        })
    };
    let mut smallest = None;
    for one in 0..coefficients(&first) {
        for two in 0..coefficients(&second) {
            let (mut size, mut declared) = (Some(0), 0);
            for (atom, (there, came)) in atoms.iter().enumerate() {
                let (a, c) = (coefficient(one, &first, atom), coefficient(two, &second, atom));
                for (people, times) in [(*there, a + c), (*came, c)] {
                    size = match times {
                        _ if people == 0 => size,
                        0 => size,
                        1 => size.map(|size| size + people),
                        _ => None,
                    };
                    declared += if atom < 3 && times == 1 { people } else { 0 };
                }
            }
            smallest = smallest.into_iter().chain(size.filter(|_| declared > 0)).min();
        }
    }
    smallest
}
