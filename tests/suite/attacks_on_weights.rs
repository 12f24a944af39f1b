//! The attack on weights: a weighted share over the unweighted one of the same people has no noise left. It is their mean weight,
//! and the census over it is how many they are, exactly.

use isoloir_disclosure::{CellKey, Policy, Release, protect};

use crate::attacks::{AGES, Crowd, Person, World, chance, record_key, tell};

const EDITIONS: u64 = 150;
/// Women and men by age, in the census.
const CENSUS: [f64; 3] = [3_100.0, 8_300.0, 5_700.0];
/// As many respondents of four communes.
const SIZES: [usize; 4] = [60, 90, 110, 140];
/// How far the noise and the rounding of a base take it.
const FARTHEST: i64 = 7;

/// What is public of an age: its share of the respondents and of the population.
#[derive(Clone, Copy)]
struct Shares {
    respondents: f64,
    weighted: f64,
}

/// How many people of each age there are, to whoever knows both shares, the census and a base that was rounded: of the bases that
/// are possible, the one for which all of them are nearest to whole numbers.
fn counts(ages: &[Shares; 3], base: i64) -> [i64; 3] {
    let all: f64 = CENSUS.iter().sum();
    // Population over mean weight, per respondent.
    let parts = [0, 1, 2].map(|age| CENSUS[age] / all / (ages[age].weighted / ages[age].respondents));
    let off = |base: i64| -> f64 {
        parts.iter().map(|part| part * as_f64(base)).map(|count| (count - count.round()).abs()).sum()
    };
    let bases = base - FARTHEST..=base + FARTHEST;
    let likeliest = bases.min_by(|one, other| off(*one).total_cmp(&off(*other))).unwrap_or(base);
    parts.map(|part| nearest(part * as_f64(likeliest)))
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred people")]
fn as_f64(count: i64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a few hundred people")]
fn nearest(count: f64) -> i64 {
    count.round() as i64
}

/// What a publisher would print who rounded nothing: noisy counts over noisy counts, with and without weights.
fn unrounded(people: &[Person], secret: u8, policy: &CellKey) -> ([Shares; 3], i64) {
    let noisy = |is_of: &dyn Fn(&Person) -> bool| {
        let of_them = people.iter().zip(0..).filter(|(person, _)| is_of(person));
        let (count, key) = of_them.fold((0_u64, 0_u64), |(count, key), (_, index)| {
            (count + 1, key.wrapping_add(record_key(secret, index).to_u64()))
        });
        let exact = i64::try_from(count).expect("a few hundred people");
        (as_f64(exact), exact + policy.ptable.noise(count, key))
    };
    let (all, noisy_all) = noisy(&|_| true);
    let census: f64 = CENSUS.iter().sum();
    let ages = [0, 1, 2].map(|age| {
        let (exact, count) = noisy(&|person: &Person| person["age"] == AGES[age]);
        let relative = as_f64(count) / exact / (as_f64(noisy_all) / all);
        Shares { respondents: as_f64(count) / as_f64(noisy_all), weighted: CENSUS[age] / census * relative }
    });
    (ages, (noisy_all + 2) / 5 * 5)
}

/// The same from what is published of an edition.
fn published(release: &Release) -> ([Shares; 3], i64) {
    let profile = release.profile().expect("both sexes and all ages are many");
    let ages = AGES.map(|age| {
        let groups = || profile.groups().iter().filter(|group| group.age == age);
        Shares {
            respondents: groups().filter_map(|group| group.respondents).sum(),
            weighted: groups().filter_map(|group| group.weighted).sum(),
        }
    });
    (ages, i64::from(profile.base()))
}

/// A count is guessed within how many: exactly.
fn right(guessed: [i64; 3], truth: [i64; 3]) -> u32 {
    guessed.iter().zip(truth).map(|(guess, truth)| u32::from(*guess == truth)).sum()
}

#[test]
fn weighted_shares_over_unweighted_ones_do_not_take_the_noise_off() {
    let world = World::new();
    let policy = CellKey::standard().expect("a policy");
    let margins: Vec<String> = AGES.iter().zip(CENSUS).map(|(age, people)| format!("age,{age},{people}\n")).collect();
    let margins = margins.concat();
    let (mut on_unrounded, mut on_ours, mut by_base) = (0, 0, 0);
    for seed in 0..EDITIONS {
        let people = Crowd::new(40_000 + seed).people(&SIZES, 0.4);
        let secret = u8::try_from(seed).expect("a few editions");
        let truth = AGES.map(|age| {
            i64::try_from(people.iter().filter(|person| person["age"] == age).count()).expect("a few hundred people")
        });
        let raw = world.weighted(&people, secret, Some(&margins));
        let release = protect(raw, &Policy::CellKey(policy.clone())).expect("a release");
        let (ages, base) = unrounded(&people, secret, &policy);
        on_unrounded += right(counts(&ages, base), truth);
        let (ages, base) = published(&release);
        on_ours += right(counts(&ages, base), truth);
        // Without the profile there is the base of each age's row, which every table of the catalogue gives.
        let table =
            release.tables().iter().find(|table| table.spec().question == "renonce" && table.spec().by == "age");
        let rows = table.expect("a breakdown").rows();
        by_base += right([1, 2, 3].map(|row| i64::from(rows[row].base.expect("many people"))), truth);
    }
    let counted = 3 * u32::try_from(EDITIONS).expect("a few editions");
    let share = |right: u32| f64::from(right) / f64::from(counted);
    tell(&format!(
        "Weights against no weights: {:.0} % of {counted} counts found on unrounded shares, {:.0} % on ours, {:.0} % by the rounded \
         base alone",
        share(on_unrounded) * 100.0,
        share(on_ours) * 100.0,
        share(by_base) * 100.0
    ));
    assert!(share(on_unrounded) > 0.6, "the attack must be worth something");
    assert!(share(on_ours) < share(by_base) + chance(counted), "the profile tells no more than a base does");
}
