//! Attacks on groups: rows that nearly all agree, and what a test says of people in a row that is hidden.

use isoloir_disclosure::{Policy, protect};

use crate::attacks::{COMMUNES, Crowd, LARGE, Person, Public, Publisher, Score, World, answer, judge};

const POPULATIONS: u64 = 200;

/// From this share on, the attacker names the answer of whoever is in the group.
const SURE: f64 = 0.9;

/// What the files say of a commune, when they say it nearly surely: by its row; by how many were asked for their reasons among
/// those who answered; by what is left of everybody when the other rows are taken away.
fn named(public: &Public, commune: &str) -> Option<&'static str> {
    for choice in ["oui", "non"] {
        if public.share("renonce", choice, "commune", commune).is_some_and(|share| share >= SURE) {
            return Some(choice);
        }
    }
    let bases = public
        .base("motifs", "commune", commune)
        .zip(public.base("commune", "", "").zip(public.share("commune", commune, "", "")));
    if let Some((asked, (all, share))) = bases
        && asked >= SURE * all * share
    {
        return Some("oui");
    }
    let rest = |choice: &str| {
        let rows = public.rows("renonce", "commune");
        let told: Option<f64> = rows.iter().map(|row| public.count("renonce", choice, "commune", row)).sum();
        Some(public.count("renonce", choice, "", "")? - told?)
    };
    let is_hidden = !public.rows("renonce", "commune").iter().any(|row| row == commune);
    // What is left must be a commune, not the noise of what was taken away.
    let (yes, no) = rest("oui").zip(rest("non")).filter(|(yes, no)| is_hidden && yes + no >= 30.0)?;
    match yes / (yes + no) {
        share if share >= SURE => Some("oui"),
        share if share <= 1.0 - SURE => Some("non"),
        _ => None,
    }
}

/// In one commune 97 % « renoncent », elsewhere 35 %. The attacker names its residents' answer when the files are nearly sure of it,
/// and falls back on the modal guess.
#[test]
fn a_row_that_nearly_all_agrees_tells_it_of_everybody() {
    let world = World::new();
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in 0..POPULATIONS {
        let mut crowd = Crowd::new(40_000 + seed);
        let mut people = crowd.people(&[0, 60, 70, 80, 90, 60], 0.35);
        let agreed = crowd.people(&[60], 0.97);
        people.extend(agreed.clone());
        for (publisher, score) in [(Publisher::Spreadsheet, &mut exact), (Publisher::CellKey, &mut ours)] {
            let public = world.publish(&people, 1, publisher, false);
            let guess = named(&public, COMMUNES[0]).unwrap_or(public.mode());
            for person in &agreed {
                score.wager(guess, public.mode(), person["renonce"]);
            }
        }
    }
    judge("Rows of 90 % and more", exact, ours);
}

/// One person did not say their sex, and the attacker, to whom they told it, takes women and men away from everybody. Nobody is
/// hidden to keep that one company: all women and men would be.
#[test]
fn who_alone_did_not_say_where_they_belong_is_left_by_subtraction() {
    let world = World::new();
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in 0..POPULATIONS {
        let mut crowd = Crowd::new(60_000 + seed);
        let mut people = crowd.people(&LARGE, 0.45);
        let mut target = crowd.person(1, 0.45);
        target.remove("sexe");
        people.push(target.clone());
        for (publisher, score) in [(Publisher::Spreadsheet, &mut exact), (Publisher::CellKey, &mut ours)] {
            let public = world.publish(&people, 1, publisher, false);
            assert_eq!(public.rows("renonce", "sexe"), ["femme", "homme"], "both sexes are published");
            let lean = public.lean_of_the_rest("sexe").expect("all is published");
            score.wager(answer(lean, public.mode()), public.mode(), target["renonce"]);
        }
    }
    judge("Those who did not say, by subtraction", exact, ours);
}

/// Two digits of F, as they are printed.
fn printed_f(public: &Public) -> Option<f64> {
    let test = public.tests.iter().find(|test| test["question"] == "renonce" && test["breakdown"] == "commune")?;
    let f: f64 = test["f"].parse().ok()?;
    format!("{f:.1e}").parse().ok()
}

/// The people that the published rows stand for, as far as anybody can tell: one commune per row.
fn rebuilt(public: &Public) -> Vec<Person> {
    let mut people = Vec::new();
    for (commune, row) in COMMUNES[1..].iter().zip(public.rows("renonce", "commune")) {
        for choice in ["oui", "non"] {
            let count = public.count("renonce", choice, "commune", &row).unwrap_or(0.0).round();
            let mut person = Person::from([("commune", *commune), ("renonce", choice)]);
            if choice == "oui" {
                person.insert("motifs", "cout");
            }
            people.extend((0..2000).take_while(|index| f64::from(*index) < count).map(|_| person.clone()));
        }
    }
    people
}

/// A commune with nine respondents is hidden. They all say the same; the attacker works F out for either, from the rows that are
/// published and with the program that anybody can run, and takes the nearer.
#[test]
fn a_test_says_nothing_of_a_row_that_is_hidden() {
    let world = World::new();
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in 0..POPULATIONS {
        let mut crowd = Crowd::new(50_000 + seed);
        let others = crowd.people(&[0, 0, 70, 80, 60, 90], 0.45);
        let nine = |choice: &'static str| {
            let mut people: Vec<Person> = vec![Person::from([("commune", COMMUNES[0]), ("renonce", choice)]); 9];
            for person in people.iter_mut().filter(|_| choice == "oui") {
                person.insert("motifs", "cout");
            }
            people
        };
        let truth = crowd.says_yes(0.45);
        let people = [others, nine(truth)].concat();
        for (publisher, score) in [(Publisher::Spreadsheet, &mut exact), (Publisher::CellKey, &mut ours)] {
            let public = world.publish(&people, 1, publisher, false);
            let distance = |choice: &'static str| {
                let candidate = [rebuilt(&public), nine(choice)].concat();
                let f = printed_f(&world.publish(&candidate, 2, Publisher::Spreadsheet, false));
                f.zip(printed_f(&public)).map_or(0.0, |(f, seen)| (f - seen).abs())
            };
            let lean = distance("non") - distance("oui");
            score.wager(answer(lean, public.mode()), public.mode(), truth);
        }
    }
    judge("F of a table with a hidden row", exact, ours);
}

/// Cantons are made of communes: what is left out is said, to whoever looks for it.
#[test]
fn a_breakdown_that_is_left_out_is_named() {
    let world = World::new();
    let people = Crowd::new(7).people(&[60, 70, 80, 90, 60], 0.35);
    let policy = Policy::standard().expect("a policy");
    let release = protect(world.tabulated(&people, 1, true), &policy).expect("a release");
    assert_eq!(release.overlapping(), ["Canton"]);
    let told = isoloir_export::omissions(&release, &world.questionnaire);
    assert!(told[0].starts_with("Croisement par «\u{a0}Canton\u{a0}»\u{a0}: non publié"), "{told:?}");
    let without = protect(world.tabulated(&people, 1, false), &policy).expect("a release");
    assert!(without.overlapping().is_empty(), "nothing else breaks down by cantons");
}
