//! What surveys really bring: nobody, one person, unanimity, empty categories, margins that contradict them.

use crate::{
    Answer, Cube, Dimension, EmptyCategory, Frame, Interval, Layout, Margin, Method, RakingError, Tables, Target,
    Trimming, Weights, rake,
};

fn dimension(name: &str, size: usize) -> Dimension {
    Dimension { name: name.to_owned(), categories: (0..size).map(|category| format!("{name} {category}")).collect() }
}

/// A cube over two dimensions and one question, from (category, category, answer, how many).
fn cube(sizes: (usize, usize), codes: usize, records: &[(usize, usize, Answer, u32)]) -> Cube {
    let frame = Frame::new(vec![dimension("âge", sizes.0), dimension("sexe", sizes.1)]).unwrap();
    let mut cube = Cube::empty(frame.clone(), Layout::new(vec![codes]));
    for (age, sexe, answer, times) in records {
        for _ in 0..*times {
            cube.record(frame.cell(&[*age, *sexe]).unwrap(), &[*answer]).unwrap();
        }
    }
    cube
}

fn margin(cube: &Cube, dimension: usize, populations: &[f64]) -> Margin {
    let targets = populations.iter().copied().map(Target::Population).collect();
    Margin::new(cube.frame().by(dimension).unwrap(), targets, dimension == 0).unwrap()
}

fn unweighted(cube: &Cube) -> Tables {
    Tables::new(cube, &Weights::one(cube.frame().clone()), &cube.frame().whole()).unwrap()
}

fn by_age(cube: &Cube) -> Tables {
    Tables::new(cube, &Weights::one(cube.frame().clone()), &cube.frame().by(0).unwrap()).unwrap()
}

#[track_caller]
fn assert_interval(interval: Interval, method: Method, low: f64, high: f64) {
    assert_eq!(interval.method, method);
    assert!((interval.low - low).abs() < 1e-9 && (interval.high - high).abs() < 1e-9, "{interval:?}");
}

#[test]
fn nobody_makes_no_weight_and_no_share() {
    let cube = cube((2, 2), 3, &[]);
    assert_eq!(rake(&cube, &[margin(&cube, 1, &[5.0, 5.0])], None), Err(RakingError::Nobody));
    let tables = unweighted(&cube);
    let answers = tables.answers(0, 0).unwrap();
    assert_eq!((answers.share(&[0]), answers.shares(), answers.covariance()), (None, None, None));
    assert_eq!(by_age(&cube).rao_scott(0), None);
}

#[test]
fn a_single_respondent_has_a_share_and_no_standard_error() {
    let cube = cube((2, 2), 2, &[(0, 0, Answer::Code(1), 1)]);
    let tables = unweighted(&cube);
    let share = tables.answers(0, 0).unwrap().share(&[1]).unwrap();
    assert_eq!((share.base, share.share.to_bits(), share.standard_error()), (1, 1.0_f64.to_bits(), None));
    // Wilson for 1 of 1: 1 / (1 + z²).
    assert_interval(share.interval(0.95), Method::Wilson, 0.206_549_314_377_237_42, 1.0);
    assert_eq!(by_age(&cube).rao_scott(0), None);
}

#[test]
fn when_all_are_missing_only_non_response_is_told() {
    let records = [
        (0, 0, Answer::Skipped, 3),
        (1, 0, Answer::DontKnow, 2),
        (1, 1, Answer::NotShown, 4),
        (0, 1, Answer::Skipped, 1),
    ];
    let tables = unweighted(&cube((2, 2), 2, &records));
    let answers = tables.answers(0, 0).unwrap();
    assert_eq!(answers.share(&[0]), None);
    let split = answers.non_response();
    let counts = [split.answered, split.not_shown, split.skipped, split.dont_know].map(|slot| slot.respondents);
    assert_eq!(counts, [0, 4, 4, 2]);
}

#[test]
fn unanimity_has_an_interval() {
    let cube = cube((2, 1), 2, &[(0, 0, Answer::Code(0), 20), (1, 0, Answer::Code(0), 20)]);
    let tables = unweighted(&cube);
    let shares = tables.answers(0, 0).unwrap().shares().unwrap();
    // Wilson for 0 of 40: z² / (40 + z²).
    let reach = 0.087_621_601_197_286_64;
    assert_interval(shares[0].interval(0.95), Method::Wilson, 1.0 - reach, 1.0);
    assert_interval(shares[1].interval(0.95), Method::Wilson, 0.0, reach);
    assert_eq!((shares[0].standard_error(), shares[0].design_effect()), (Some(0.0), None));
    assert_eq!(by_age(&cube).rao_scott(0), None, "there is a single code");
}

#[test]
fn empty_rows_and_codes_are_left_out_of_the_test() {
    let records = [
        (0, 0, Answer::Code(0), 30),
        (0, 0, Answer::Code(2), 10),
        (2, 0, Answer::Code(0), 15),
        (2, 0, Answer::Code(2), 25),
        (1, 0, Answer::Skipped, 7),
    ];
    let wide = by_age(&cube((4, 1), 4, &records)).rao_scott(0).expect("a test");
    let narrow = records.map(|(age, sexe, answer, times)| {
        let answer = if answer == Answer::Code(2) { Answer::Code(1) } else { answer };
        (usize::from(age == 2), sexe, answer, times)
    });
    let tight = by_age(&cube((2, 1), 2, &narrow)).rao_scott(0).expect("a test");
    assert_eq!(wide.table_degrees, 1);
    assert!((wide.f - tight.f).abs() < 1e-12 && (wide.df1 - 1.0).abs() < 1e-12, "{wide:?} {tight:?}");
}

#[test]
fn a_table_with_empty_cells_is_tested_as_r_does() {
    // The definition with D⁻¹ = 0 where p = 0 and the pseudo-inverse, worked out with NumPy.
    let counts = [[12, 0, 3], [0, 9, 5], [7, 2, 0]];
    let cells = (0..3).flat_map(|row| (0..3).map(move |code| (row, 0, Answer::Code(code), counts[row][code])));
    let test = by_age(&cube((3, 1), 3, &cells.collect::<Vec<_>>())).rao_scott(0).expect("a test");
    assert!(
        (test.f - 8.038_509_731_036_777).abs() < 1e-9 && (test.df1 - 3.042_350_864_146_002).abs() < 1e-9,
        "{test:?}"
    );
    // Each age gave one answer: D⁻¹ leaves fewer cells than contrasts, which R refuses to solve.
    let cells = (0..3).map(|age| (age, 0, Answer::Code(age), 10)).collect::<Vec<_>>();
    let test = by_age(&cube((3, 1), 3, &cells)).rao_scott(0).expect("a test");
    assert!(test.p_value < 1e-6 && test.x2 > 59.9, "{test:?}");
}

/// A fifth of the respondents did not say their age: the census's 40 are told as 40, not as the 32 that they are raked to.
#[test]
fn a_refused_category_is_told_with_its_population_as_it_was_given() {
    let records = [(0, 0, Answer::Code(0), 8), (2, 0, Answer::Code(0), 2)];
    let cube = cube((3, 1), 1, &records);
    let targets = vec![Target::Population(60.0), Target::Population(40.0), Target::AsObserved];
    let age = Margin::new(cube.frame().by(0).unwrap(), targets, true).unwrap();
    let RakingError::NoRespondent(empty) = rake(&cube, &[age], None).unwrap_err() else { panic!("nobody is 40") };
    assert_eq!(empty[0].population.to_bits(), 40.0_f64.to_bits());
}

#[test]
fn a_margin_without_respondents_names_the_merge_that_mends_it() {
    let records = [(0, 0, Answer::Code(0), 5), (2, 0, Answer::Code(0), 5), (2, 1, Answer::Code(0), 5)];
    let cube = cube((4, 2), 1, &records);
    let mut age = margin(&cube, 0, &[40.0, 10.0, 45.0, 5.0]);
    let error = rake(&cube, &[age.clone(), margin(&cube, 1, &[50.0, 50.0])], None).unwrap_err();
    let empty = |category: &str, population, into: &str| EmptyCategory {
        variable: "âge".into(),
        category: category.into(),
        population,
        merge_into: Some(into.into()),
    };
    assert_eq!(error, RakingError::NoRespondent(vec![empty("âge 1", 10.0, "âge 0"), empty("âge 3", 5.0, "âge 2")]));
    let message = error.to_string();
    assert!(message.contains("regroupez «\u{a0}âge 3\u{a0}» avec «\u{a0}âge 2\u{a0}»"), "{message}");

    age.merge("âge 1", "âge 0").unwrap();
    age.merge("âge 3", "âge 2").unwrap();
    let (weights, report) = rake(&cube, &[age, margin(&cube, 1, &[60.0, 40.0])], None).unwrap();
    assert_eq!(report.merged.len(), 2);
    assert!((report.weights.sum - 100.0).abs() < 1e-9);
    // Women under 40 stand for 50, those above for 10, men for 40.
    let of_cell = [weights.of_cells()[0], weights.of_cells()[4], weights.of_cells()[5]];
    assert!(of_cell.iter().zip([10.0, 2.0, 8.0]).all(|(got, expected)| (got - expected).abs() < 1e-9), "{of_cell:?}");
}

#[test]
fn a_category_without_people_weighs_nothing_and_is_told() {
    let records = [(0, 0, Answer::Code(0), 4), (1, 0, Answer::Code(1), 6), (1, 1, Answer::Code(0), 6)];
    let cube = cube((2, 2), 2, &records);
    let (weights, report) = rake(&cube, &[margin(&cube, 0, &[0.0, 120.0])], None).unwrap();
    assert_eq!((report.excluded.len(), report.excluded[0].respondents, report.weights.respondents), (1, 4, 12));
    let tables = Tables::new(&cube, &weights, &cube.frame().whole()).unwrap();
    let share = tables.answers(0, 0).unwrap().share(&[1]).unwrap();
    assert!((share.share - 0.5).abs() < 1e-12);
    // Whoever remains must still fill the other margins.
    let error = rake(&cube, &[margin(&cube, 0, &[120.0, 0.0]), margin(&cube, 1, &[60.0, 60.0])], None).unwrap_err();
    assert!(matches!(&error, RakingError::NoRespondent(empty) if empty[0].category == "sexe 1"), "{error}");
}

#[test]
fn a_category_that_the_census_ignores_keeps_its_share() {
    let records = [(0, 0, Answer::Code(0), 30), (1, 0, Answer::Code(0), 60), (2, 0, Answer::Code(0), 10)];
    let cube = cube((3, 1), 1, &records);
    let targets = vec![Target::Population(500.0), Target::Population(500.0), Target::AsObserved];
    let margin = Margin::new(cube.frame().by(0).unwrap(), targets, true).unwrap();
    let (weights, report) = rake(&cube, &[margin], None).unwrap();
    assert!(weights.of_cells().iter().zip([15.0, 7.5, 10.0]).all(|(got, expected)| (got - expected).abs() < 1e-9));
    assert!((report.weights.sum - 1000.0).abs() < 1e-9);
}

#[test]
fn margins_that_contradict_each_other_are_refused() {
    let records = [(0, 0, Answer::Code(0), 5), (1, 1, Answer::Code(0), 5)];
    let cube = cube((2, 2), 1, &records);
    let error = rake(&cube, &[margin(&cube, 0, &[50.0, 50.0]), margin(&cube, 1, &[30.0, 30.0])], None).unwrap_err();
    assert!(matches!(error, RakingError::Totals { total: 60.0, first_total: 100.0, .. }), "{error}");
    // All the young are women and all others men: the two margins cannot differ.
    let error = rake(&cube, &[margin(&cube, 0, &[50.0, 50.0]), margin(&cube, 1, &[30.0, 70.0])], None).unwrap_err();
    assert!(matches!(&error, RakingError::NotConverged { variable, .. } if variable == "âge"), "{error}");
    // Rounded census tables differ by a little, which is told.
    let (_, report) = rake(&cube, &[margin(&cube, 0, &[50.0, 50.0]), margin(&cube, 1, &[50.1, 50.1])], None).unwrap();
    assert_eq!(report.rescaled.len(), 1);
}

#[test]
fn two_hundred_communes_by_eight_codes_are_raked_and_tested() {
    let mut records = Vec::new();
    for commune in 0..200 {
        for code in 0..8 {
            let times = u32::try_from((commune * 7 + code * 3) % 5 + usize::from(code == commune % 8)).unwrap();
            records.push((commune, (commune + code) % 2, Answer::Code(code), times));
        }
    }
    let cube = cube((200, 2), 8, &records);
    let populations: Vec<f64> = (0..200_u32).map(|commune| 200.0 + f64::from(commune * 37 % 911)).collect();
    let total: f64 = populations.iter().sum();
    let margins = [margin(&cube, 0, &populations), margin(&cube, 1, &[0.52 * total, 0.48 * total])];
    let trimming = Some(Trimming { median_factor: 1.5, rounds: 3 });
    let (weights, report) = rake(&cube, &margins, trimming).unwrap();
    assert!(report.discrepancy < 1e-9 && report.trimming.is_some(), "{report:?}");
    let tables = Tables::new(&cube, &weights, &cube.frame().by(0).unwrap()).unwrap();
    let test = tables.rao_scott(0).expect("a test");
    assert_eq!(test.table_degrees, 199 * 7);
    assert!(test.df1 > 1.0 && test.df1 < 199.0 * 7.0 && (0.0..=1.0).contains(&test.p_value), "{test:?}");

    // Unweighted, 280 of the 1,600 cells being empty, against the definition solved with NumPy's pseudo-inverse.
    let test = by_age(&cube).rao_scott(0).expect("a test");
    for (got, expected) in [
        (test.x2, 1_575.416_924_664_601_8),
        (test.f, 1.206_774_120_025_957),
        (test.df1, 1_305.179_024_412_206_4),
        (test.p_value, 3.371_945_110_178_724_7e-7),
    ] {
        assert!((got / expected - 1.0).abs() < 1e-9, "{got} for {expected}");
    }
}

#[test]
fn a_breakdown_without_weight_extends_the_frame() {
    let sexe = Frame::new(vec![dimension("sexe", 2)]).unwrap();
    let extended = sexe.extended(dimension("ALD", 3)).unwrap();
    let mut cube = Cube::empty(sexe.clone(), Layout::new(vec![2]));
    let mut joint = Cube::empty(extended.clone(), Layout::new(vec![2]));
    for index in 0..60_usize {
        let (sex, ald, code) = (usize::from(index % 4 == 0), index % 3, usize::from(index % 5 == 0));
        cube.record(sex, &[Answer::Code(code)]).unwrap();
        joint.record(extended.cell(&[sex, ald]).unwrap(), &[Answer::Code(code)]).unwrap();
    }
    let (weights, _) = rake(&cube, &[margin_of(&sexe, &[50.0, 50.0])], None).unwrap();
    // The third category says « je ne sais pas » : it has no row, and still counts in n.
    let rows = vec!["oui".to_owned(), "non".to_owned()];
    let ald = extended.by(1).unwrap().grouped("ALD", rows, &[Some(0), Some(1), None]).unwrap();
    let tables = Tables::new(&joint, &weights, &ald).unwrap();
    assert_eq!(tables.design_size(), 60);
    let in_rows: f64 = (0..2).map(|row| tables.answers(0, row).unwrap().share(&[0]).unwrap().weighted_base).sum();
    let none = extended.by(1).unwrap().grouped("ALD", vec!["nsp".to_owned()], &[None, None, Some(0)]).unwrap();
    let left = Tables::new(&joint, &weights, &none).unwrap().answers(0, 0).unwrap().share(&[0]).unwrap().weighted_base;
    assert!((in_rows + left - 100.0).abs() < 1e-9);
    assert!(tables.rao_scott(0).is_some());
    assert!(Tables::new(&cube, &Weights::one(extended), &sexe.whole()).is_err(), "weights finer than the cube");
}

fn margin_of(frame: &Frame, populations: &[f64]) -> Margin {
    Margin::new(frame.by(0).unwrap(), populations.iter().copied().map(Target::Population).collect(), false).unwrap()
}

#[test]
fn an_option_counts_among_those_who_were_asked_and_answered() {
    // Two options of a multiple-choice question, each with the codes « not chosen » and « chosen ».
    let frame = Frame::new(vec![dimension("sexe", 1)]).unwrap();
    let mut cube = Cube::empty(frame.clone(), Layout::new(vec![2, 2]));
    let chosen = |options: [usize; 2]| options.map(Answer::Code);
    for (answers, times) in [
        (chosen([1, 1]), 2),
        (chosen([1, 0]), 5),
        (chosen([0, 1]), 1),
        ([Answer::NotShown; 2], 40),
        ([Answer::Skipped; 2], 2),
    ] {
        (0..times).for_each(|_| cube.record(0, &answers).unwrap());
    }
    let tables = Tables::new(&cube, &Weights::one(frame.clone()), &frame.whole()).unwrap();
    let shares: Vec<_> = (0..2).map(|option| tables.answers(option, 0).unwrap().share(&[1]).unwrap()).collect();
    assert_eq!((shares[0].count, shares[0].base, shares[1].count, shares[1].base), (7, 8, 3, 8));
    assert!((shares[0].share + shares[1].share - 10.0 / 8.0).abs() < 1e-12, "several options add up to more than 1");
}
