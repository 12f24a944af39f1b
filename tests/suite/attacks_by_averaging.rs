//! Attacks by averaging: everybody less the rows of every table, and the same cell many times.

use rand::RngExt;

use crate::attacks::{Crowd, LARGE, Person, Publisher, Score, World, answer, judge, tell};

const POPULATIONS: u64 = 300;

/// The target alone skipped commune, age and sex: in each table of the catalogue, everybody less the rows is the target. The
/// attacker takes the mean over all breakdowns.
#[test]
fn averaging_over_the_whole_catalogue() {
    let world = World::new();
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in 0..POPULATIONS {
        let mut crowd = Crowd::new(20_000 + seed);
        let mut people = crowd.people(&LARGE, 0.45);
        let renonce = crowd.says_yes(0.45);
        people.push(Person::from([("renonce", renonce)]));
        for (publisher, score) in [(Publisher::Spreadsheet, &mut exact), (Publisher::CellKey, &mut ours)] {
            let public = world.publish(&people, 1, publisher, false);
            let lean: f64 = ["commune", "age", "sexe"].iter().filter_map(|by| public.lean_of_the_rest(by)).sum();
            score.wager(answer(lean, public.mode()), public.mode(), renonce);
        }
    }
    judge("Averaging over the whole catalogue", exact, ours);
}

/// The strongest attacker, who knows the answer of everybody but one, and looks at the same cell in thirty tables. Where each
/// table has a noise of its own, the mean gives the answer away. Ours is the same thirty times: one look is all that there is,
/// and it is worth what the noise allows, which is more than nothing (`isoloir_disclosure`, « What is not guaranteed »).
#[test]
fn thirty_looks_are_worth_one() {
    let world = World::new();
    let (mut anew, mut same) = (0_u32, 0_u32);
    let populations = 50;
    for seed in 0..populations {
        let mut crowd = Crowd::new(30_000 + seed);
        let mut people = crowd.people(&[40], 0.5);
        let known = people.iter().filter(|person| person["renonce"] == "oui").count();
        let target = crowd.0.random_range(0..2_u8) == 1;
        people.push(Person::from([("renonce", if target { "oui" } else { "non" })]));
        let look = |secret: u8| {
            let public = world.publish(&people, secret, Publisher::CellKey, false);
            // The odds of « oui » are those of count and rest; their sum is known.
            public.share("renonce", "oui", "", "").map_or(0.0, |share| share * 41.0)
        };
        let guess = |mean: f64| mean > f64::from(u32::try_from(known).expect("few")) + 0.5;
        let first = u8::try_from(seed).expect("few populations");
        let mean = (0..30).map(|table| look(first.wrapping_mul(30).wrapping_add(table))).sum::<f64>() / 30.0;
        anew += u32::from(guess(mean) == target);
        same += u32::from(guess(look(first)) == target);
    }
    let share = |right: u32| f64::from(right) / f64::from(u32::try_from(populations).expect("few"));
    let (anew, same) = (share(anew), share(same));
    assert!(anew > 0.85, "noise drawn anew is averaged away: right {anew:.2}");
    assert!(same < 0.8, "the same noise is not: right {same:.2}");
    tell(&format!(
        "Thirty looks at one cell, everybody else known: right {:.0} % with noise drawn anew, {:.0} % on ours (modal guess 50 %)",
        anew * 100.0,
        same * 100.0
    ));
}
