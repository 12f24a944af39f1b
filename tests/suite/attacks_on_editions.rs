//! Attacks by subtracting what is published later from what was published before: one response more, and two editions.

use isoloir_disclosure::{CellKey, Policy, protect};

use crate::attacks::{Crowd, LARGE, Person, Public, Publisher, Score, World, answer, judge};

const POPULATIONS: u64 = 300;

/// « oui » less « non » among those who came between two publications, in the target's own row where it is published.
fn gained(before: &Public, after: &Public, target: &Person) -> f64 {
    let row = |public: &Public, choice| public.count("renonce", choice, "commune", target["commune"]);
    let total = |public: &Public, choice| public.count("renonce", choice, "", "");
    let change = |choice| {
        let own = row(after, choice).zip(row(before, choice));
        own.or(total(after, choice).zip(total(before, choice))).map_or(0.0, |(after, before)| after - before)
    };
    change("oui") - change("non")
}

/// The results are looked at before and after one more person answered.
#[test]
fn live_difference_after_one_response() {
    let world = World::new();
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in 0..POPULATIONS {
        let mut crowd = Crowd::new(seed);
        let mut people = crowd.people(&LARGE, 0.45);
        let target = crowd.person(1, 0.45);
        let before = world.publish(&people, 1, Publisher::Spreadsheet, false);
        let interim = world.tabulated(&people, 1, false);
        people.push(target.clone());
        let after = world.publish(&people, 2, Publisher::Spreadsheet, false);
        exact.wager(answer(gained(&before, &after, &target), after.mode()), after.mode(), target["renonce"]);
        // With us, there is no edition after one more response; the first one does not hold it, and stays as it is.
        let policy = CellKey::standard().expect("a policy");
        let refused = world.tabulated(&people, 2, false).published_after(&interim, &policy);
        assert!(refused.is_err(), "one response more makes no edition");
        let standing = protect(interim, &Policy::CellKey(policy)).expect("a release");
        let public = Public::of(&standing, Publisher::CellKey);
        ours.wager(answer(gained(&public, &public, &target), public.mode()), public.mode(), target["renonce"]);
    }
    judge("Live difference after one response", exact, ours);
}

/// An interim and a final edition, of which the attacker knows that the target came in between.
#[test]
fn interim_against_final_edition() {
    let world = World::new();
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in 0..POPULATIONS {
        let mut crowd = Crowd::new(10_000 + seed);
        let mut people = crowd.people(&LARGE, 0.45);
        let before = world.publish(&people, 1, Publisher::Spreadsheet, false);
        let interim = world.tabulated(&people, 1, false);
        // The target is the only newcomer of their commune; the others gain many.
        let target = crowd.person(1, 0.45);
        people.extend(crowd.people(&[40, 0, 45, 50], 0.45));
        people.push(target.clone());
        let after = world.publish(&people, 2, Publisher::Spreadsheet, false);
        exact.wager(answer(gained(&before, &after, &target), after.mode()), after.mode(), target["renonce"]);
        let policy = CellKey::standard().expect("a policy");
        let last = world.tabulated(&people, 2, false).published_after(&interim, &policy).expect("enough came");
        let policy = Policy::CellKey(policy);
        let [interim, last] =
            [interim, last].map(|raw| Public::of(&protect(raw, &policy).expect("a release"), Publisher::CellKey));
        ours.wager(answer(gained(&interim, &last, &target), last.mode()), last.mode(), target["renonce"]);
    }
    judge("Interim against final edition", exact, ours);
}
