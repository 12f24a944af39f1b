//! The attack by linear programming: all that the public files say in one system of inequalities, and the least and the most that
//! a hidden count can be.

use std::collections::BTreeMap;

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use crate::attacks::{AGES, COMMUNES, Crowd, Person, Public, Publisher, Score, World, judge, tell};

const POPULATIONS: u64 = 150;

const CHOICES: [&str; 2] = ["oui", "non"];

/// The noise goes no further than this, says the page on the method.
const NOISE: f64 = 5.0;

/// Published bases are multiples of 5, shares hundredths.
const HALF_BASE: f64 = 2.0;
const HALF_SHARE: f64 = 0.005;

/// A category of a breakdown; « everybody » has two empty names.
type Place = (&'static str, String);

/// True counts of « renonce » that the attacker looks for, under everything that is known of them.
struct System {
    /// Unknown counts with their bounds.
    cells: BTreeMap<(Place, &'static str), (f64, f64)>,
    /// How many answered, with their bounds.
    bases: BTreeMap<Place, (f64, f64)>,
    /// A whole and its parts: everybody answered everything.
    sums: Vec<(Place, Vec<Place>)>,
}

impl System {
    /// Reads the files of a publisher, and what everybody knows: which commune is in which canton and sector.
    fn of(public: &Public, publisher: Publisher) -> Self {
        let everybody: Place = ("", String::new());
        let mut system = Self { cells: BTreeMap::new(), bases: BTreeMap::new(), sums: Vec::new() };
        let named = |by: &'static str, names: &[&str]| -> Vec<Place> {
            names.iter().map(|name| (by, (*name).to_owned())).collect()
        };
        let communes = named("commune", &COMMUNES);
        let mut breakdowns = [
            communes.clone(),
            named("age", &AGES),
            named("sexe", &["femme", "homme"]),
            named("canton", &["amont", "aval", "plaine"]),
        ];
        system.sums.extend(breakdowns.iter().map(|parts| (everybody.clone(), parts.clone())));
        let of_communes =
            |places: &[usize]| places.iter().map(|place| communes[*place].clone()).collect::<Vec<Place>>();
        for (canton, held) in breakdowns[3].clone().into_iter().zip([&[0, 2][..], &[1, 3], &[4, 5, 6, 7]]) {
            system.sums.push((canton, of_communes(held)));
        }
        // Rows that hold several communes: whole sectors, where the file has them.
        let sectors = named("commune", &["nord", "est", "sud", "ouest"]);
        for (index, sector) in sectors.iter().enumerate() {
            let is_whole = communes[2 * index..2 * index + 2]
                .iter()
                .all(|(_, code)| public.cell("renonce", "oui", "commune", code).is_none());
            if is_whole && public.cell("renonce", "oui", "commune", &sector.1).is_some() {
                system.sums.push((sector.clone(), of_communes(&[2 * index, 2 * index + 1])));
                breakdowns[0].push(sector.clone());
            }
        }
        for place in breakdowns.concat().into_iter().chain([everybody]) {
            system.bases.insert(place.clone(), base_bounds(public, publisher, &place));
            for choice in CHOICES {
                let bounds = bounds(public, publisher, &place, choice);
                system.cells.insert((place.clone(), choice), bounds);
            }
        }
        system
    }

    /// The least or the most that « oui » less « non », or one of them, can be in a place.
    fn extreme(&self, place: &Place, goal: [f64; 2], direction: OptimizationDirection) -> Option<f64> {
        let mut problem = Problem::new(direction);
        let variables: BTreeMap<&(Place, &str), Variable> = self
            .cells
            .iter()
            .map(|(key, bounds)| {
                let weight = if key.0 == *place { goal[usize::from(key.1 == "non")] } else { 0.0 };
                (key, problem.add_var(weight, *bounds))
            })
            .collect();
        for (place, (least, most)) in &self.bases {
            let parts = CHOICES.map(|choice| (variables[&(place.clone(), choice)], 1.0));
            problem.add_constraint(parts, ComparisonOp::Ge, *least);
            problem.add_constraint(parts, ComparisonOp::Le, *most);
        }
        for (whole, parts) in &self.sums {
            for choice in CHOICES {
                let of = |place: &Place| variables.get(&(place.clone(), choice)).copied();
                let parts = parts.iter().filter_map(of).map(|part| (part, 1.0));
                let terms: Vec<(Variable, f64)> = parts.chain(of(whole).map(|whole| (whole, -1.0))).collect();
                problem.add_constraint(terms, ComparisonOp::Eq, 0.0);
            }
        }
        Some(problem.solve().ok()?.into_solution().ok()?.objective())
    }

    fn interval(&self, place: &Place, goal: [f64; 2]) -> Option<(f64, f64)> {
        let least = self.extreme(place, goal, OptimizationDirection::Minimize)?;
        Some((least, self.extreme(place, goal, OptimizationDirection::Maximize)?))
    }
}

/// No row has more.
const MOST: f64 = 2000.0;

/// What the files say of how many answered in a place.
fn base_bounds(public: &Public, publisher: Publisher, place: &Place) -> (f64, f64) {
    match (publisher, public.base("renonce", place.0, &place.1)) {
        (Publisher::CellKey, Some(base)) => (base - HALF_BASE - NOISE, base + HALF_BASE + NOISE),
        (Publisher::Spreadsheet | Publisher::Annex, Some(base)) => (base, base),
        (Publisher::Spreadsheet, None) if public.cell("renonce", "oui", place.0, &place.1).is_some() => (0.0, 29.0),
        _ => (0.0, MOST),
    }
}

/// What one cell of the files says of the true count.
fn bounds(public: &Public, publisher: Publisher, place: &Place, choice: &str) -> (f64, f64) {
    let Some(cell) = public.cell("renonce", choice, place.0, &place.1) else { return (0.0, MOST) };
    let base: Option<f64> = cell["base"].parse().ok();
    let share: Option<f64> = cell["p"].parse().ok();
    match (publisher, cell["status"].as_str(), base, share) {
        (Publisher::CellKey, "published", Some(base), Some(share)) => {
            let low = (share - HALF_SHARE) * (base - HALF_BASE) - NOISE;
            let is_capped = share >= 0.95;
            let high = if is_capped { base + HALF_BASE } else { (share + HALF_SHARE) * (base + HALF_BASE) } + NOISE;
            (low.max(0.0), high)
        }
        (Publisher::CellKey, "masked", Some(_), _) => (0.0, 10.0 + NOISE),
        (Publisher::Spreadsheet, "masked", Some(_), _) => (0.0, 10.0),
        (Publisher::Spreadsheet, "row_masked", ..) => (0.0, 29.0),
        (Publisher::Spreadsheet | Publisher::Annex, "published", ..) => {
            let count = cell["n"].parse().expect("exact counts are printed");
            (count, count)
        }
        _ => (0.0, MOST),
    }
}

/// Sizes of communes: the first has a handful of respondents, its canton and its sector are large.
fn overlapping(seed: u64) -> Vec<usize> {
    let handful = 1 + usize::try_from(seed % 3).expect("small");
    vec![handful, 70, 65, 80, 60, 75, 50, 90]
}

/// Every resident of the small commune is guessed to say what « oui » less « non » leans to, half-way between the least and the most.
fn attack_small_commune(world: &World, seeds: std::ops::Range<u64>, with_cantons: bool) -> [Score; 2] {
    let (mut exact, mut ours) = (Score::default(), Score::default());
    for seed in seeds {
        let mut crowd = Crowd::new(seed);
        let people = crowd.people(&overlapping(seed), 0.45);
        for (publisher, score) in [(Publisher::Spreadsheet, &mut exact), (Publisher::CellKey, &mut ours)] {
            let public = world.publish(&people, 1, publisher, with_cantons);
            let system = System::of(&public, publisher);
            let small: Place = ("commune", COMMUNES[0].to_owned());
            let (least, most) = system.interval(&small, [1.0, -1.0]).expect("the files do not contradict themselves");
            let guess = match least + most {
                lean if lean > 1e-6 => "oui",
                lean if lean < -1e-6 => "non",
                _ => public.mode(),
            };
            let residents = people.iter().filter(|person| person["commune"] == COMMUNES[0]);
            for person in residents {
                score.wager(guess, public.mode(), person["renonce"]);
            }
        }
    }
    [exact, ours]
}

#[test]
fn a_linear_programme_over_every_public_file() {
    let [exact, ours] = attack_small_commune(&World::new(), 70_000..70_000 + POPULATIONS, false);
    judge("Linear programme over every public file", exact, ours);
}

/// The canton less its large commune is the small one; published side by side, even noisy ones would give away more than chance.
#[test]
fn overlapping_geographies() {
    let [exact, ours] = attack_small_commune(&World::new(), 80_000..80_000 + POPULATIONS, true);
    judge("Overlapping geographies", exact, ours);
}

/// Counts from 1 to 10 in the row of each commune: how many the programme pins down to one number, of how many.
fn pinned(public: &Public, publisher: Publisher, people: &[Person]) -> (u32, u32) {
    let system = System::of(public, publisher);
    let (mut found, mut small) = (0, 0);
    for commune in COMMUNES {
        for choice in CHOICES {
            let is_one = |person: &&Person| person["commune"] == commune && person["renonce"] == choice;
            let truth = people.iter().filter(is_one).count();
            if !(1..=10).contains(&truth) {
                continue;
            }
            let goal = CHOICES.map(|other| f64::from(u8::from(other == choice)));
            let place = ("commune", commune.to_owned());
            let (least, most) = system.interval(&place, goal).expect("the files do not contradict themselves");
            small += 1;
            found += u32::from((least - 1e-6).ceil() >= (most + 1e-6).floor());
        }
    }
    (found, small)
}

/// Exact counts with the small ones left out, against the annex, which leaves out others with them, and against the catalogue.
#[test]
fn no_small_count_is_pinned_down() {
    let world = World::new();
    let publishers = [Publisher::Spreadsheet, Publisher::Annex, Publisher::CellKey];
    let mut found = publishers.map(|_| (0, 0));
    for seed in 0..60 {
        let mut crowd = Crowd::new(90_000 + seed);
        let mut people = crowd.people(&[60, 45, 50, 70, 80], 0.3);
        people.extend(crowd.people(&[0, 0, 0, 0, 0, 40], 0.12));
        for (publisher, found) in publishers.into_iter().zip(&mut found) {
            let public = world.publish(&people, 1, publisher, false);
            let (more, small) = pinned(&public, publisher, &people);
            *found = (found.0 + more, found.1 + small);
        }
    }
    let [spreadsheet, annex, ours] = found;
    tell(&format!(
        "Small counts pinned down by a linear programme: {} of {} where small ones are left out, {} of {} in the annex, {} of \
         {} in the catalogue",
        spreadsheet.0, spreadsheet.1, annex.0, annex.1, ours.0, ours.1
    ));
    assert!(spreadsheet.1 > 40 && spreadsheet.0 * 2 > spreadsheet.1, "the attack must be worth something");
    assert_eq!((annex.0, ours.0), (0, 0));
}
