//! Properties that hold whatever the respondents: cubes add, raking reproduces margins, shares are shares.

use proptest::prelude::*;

use crate::{Answer, Answers, Cube, Dimension, Frame, Layout, Margin, Tables, Target, Weights, holm, rake};

const SIZES: [usize; 3] = [3, 2, 2];
const CODES: [usize; 2] = [4, 2];

/// Cell, and answers to a question of four codes and one of two.
type Record = (usize, [Answer; 2]);

fn frame() -> Frame {
    let dimension = |(index, size): (usize, &usize)| Dimension {
        name: format!("variable {index}"),
        categories: (0..*size).map(|category| category.to_string()).collect(),
    };
    Frame::new(SIZES.iter().enumerate().map(dimension).collect()).unwrap()
}

fn cube(records: &[Record]) -> Cube {
    let mut cube = Cube::empty(frame(), Layout::new(CODES.to_vec()));
    for (cell, answers) in records {
        cube.record(*cell, answers).unwrap();
    }
    cube
}

fn answer(codes: usize) -> impl Strategy<Value = Answer> {
    prop_oneof![
        12 => (0..codes).prop_map(Answer::Code),
        1 => Just(Answer::NotShown),
        1 => Just(Answer::Skipped),
        1 => Just(Answer::DontKnow),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    (0..SIZES.iter().product::<usize>(), answer(CODES[0]), answer(CODES[1])).prop_map(|(cell, a, b)| (cell, [a, b]))
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(record(), 0..120)
}

/// Weights for each cell, some of them far apart.
fn weights() -> impl Strategy<Value = Weights> {
    prop::collection::vec(0.1_f64..50.0, SIZES.iter().product::<usize>())
        .prop_map(|of_cell| Weights { frame: frame(), of_cell })
}

/// One respondent in each cell, so that any margins can be reproduced.
fn somebody_everywhere() -> Vec<Record> {
    (0..SIZES.iter().product()).map(|cell| (cell, [Answer::Code(cell % 4), Answer::Code(cell % 2)])).collect()
}

/// Three margins of one total.
fn margins() -> impl Strategy<Value = Vec<Margin>> {
    SIZES.map(|size| prop::collection::vec(1.0_f64..30.0, size)).prop_map(|margins| {
        let margin = |(dimension, shares): (usize, Vec<f64>)| {
            let total: f64 = shares.iter().sum();
            let targets = shares.iter().map(|share| Target::Population(share / total * 5000.0)).collect();
            Margin::new(frame().by(dimension).unwrap(), targets, false).unwrap()
        };
        margins.into_iter().enumerate().map(margin).collect()
    })
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1e-9)
}

/// tr Δ and tr Δ² by their definition: contrasts of each row and column with the last, and a linear system. None when it is
/// singular.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
fn traces_by_definition(p: &[f64], s: &[f64], rows: usize, columns: usize, n: f64) -> Option<(f64, f64)> {
    let t: f64 = s.iter().sum();
    let v = |i: usize, j: usize| {
        let diagonal = if i == j { s[i] } else { 0.0 };
        n / (n - 1.0) * (diagonal - p[i] * s[j] - s[i] * p[j] + t * p[i] * p[j])
    };
    let contrasts: Vec<Vec<f64>> = (0..rows - 1)
        .flat_map(|row| (0..columns - 1).map(move |column| (row, column)))
        .map(|(row, column)| {
            let sign = |at: usize, one: usize, last: usize| f64::from(i8::from(at == one) - i8::from(at == last));
            let entry = |cell: usize| sign(cell / columns, row, rows - 1) * sign(cell % columns, column, columns - 1);
            (0..p.len()).map(|cell| if p[cell] > 0.0 { entry(cell) / p[cell] } else { 0.0 }).collect()
        })
        .collect();
    let size = contrasts.len();
    let mut system: Vec<Vec<f64>> = contrasts
        .iter()
        .map(|left| {
            let a = contrasts.iter().map(|right| (0..p.len()).map(|i| left[i] * p[i] * right[i]).sum::<f64>() / n);
            let b = contrasts.iter().map(|right| {
                (0..p.len())
                    .flat_map(|i| (0..p.len()).map(move |j| (i, j)))
                    .map(|(i, j)| left[i] * v(i, j) * right[j])
                    .sum()
            });
            a.chain(b).collect()
        })
        .collect();
    for pivot in 0..size {
        let best = (pivot..size).max_by(|a, b| system[*a][pivot].abs().total_cmp(&system[*b][pivot].abs()))?;
        system.swap(pivot, best);
        let head = system[pivot][pivot];
        if head.abs() < 1e-6 {
            return None;
        }
        system[pivot].iter_mut().for_each(|entry| *entry /= head);
        let row = system[pivot].clone();
        for other in (0..size).filter(|other| *other != pivot) {
            let factor = system[other][pivot];
            system[other].iter_mut().zip(&row).for_each(|(entry, value)| *entry -= factor * value);
        }
    }
    let delta = |i: usize, j: usize| system[i][size + j];
    let trace = (0..size).map(|i| delta(i, i)).sum();
    let square = (0..size).flat_map(|i| (0..size).map(move |j| (i, j))).map(|(i, j)| delta(i, j) * delta(j, i)).sum();
    Some((trace, square))
}

proptest! {
    #[test]
    fn cubes_add_and_order_is_irrelevant(one in records(), two in records(), weights in weights()) {
        let mut sum = cube(&one);
        sum.add(&cube(&two)).unwrap();
        let mut together = two;
        together.extend(one.into_iter().rev());
        let whole = cube(&together);
        prop_assert_eq!(&sum, &whole);
        let tables = |cube: &Cube| Tables::new(cube, &weights, &frame().by(0).unwrap()).unwrap();
        prop_assert_eq!(tables(&sum), tables(&whole));
    }

    #[test]
    fn raking_reproduces_every_margin_with_positive_weights(more in records(), margins in margins()) {
        let mut everybody = somebody_everywhere();
        everybody.extend(more);
        let cube = cube(&everybody);
        let (weights, report) = rake(&cube, &margins, None).unwrap();
        prop_assert!(report.discrepancy < 1e-9);
        prop_assert!(weights.of_cells().iter().all(|weight| *weight > 0.0));
        prop_assert!(near(report.weights.sum, 5000.0));
        prop_assert!(report.weights.design_effect >= 1.0 - 1e-12);
        for (dimension, margin) in margins.iter().enumerate() {
            let tables = Tables::new(&cube, &weights, &frame().by(dimension).unwrap()).unwrap();
            for (row, target) in margin.targets.iter().enumerate() {
                let split = tables.answers(0, row).unwrap().non_response();
                let sum: f64 = [split.answered, split.not_shown, split.skipped, split.dont_know]
                    .iter().map(|slot| slot.weighted).sum();
                prop_assert!(matches!(target, Target::Population(population) if (sum / population - 1.0).abs() < 1e-9));
            }
        }
    }

    #[test]
    fn shares_sum_to_one_and_lie_in_their_intervals(records in records(), weights in weights(), level in 0.5_f64..0.999) {
        let tables = Tables::new(&cube(&records), &weights, &frame().by(1).unwrap()).unwrap();
        for (question, row) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let answers = tables.answers(question, row).unwrap();
            let Some(shares) = answers.shares() else {
                prop_assert_eq!(answers.non_response().answered.respondents, 0);
                continue;
            };
            prop_assert!(near(shares.iter().map(|share| share.share).sum(), 1.0));
            for share in shares {
                let interval = share.interval(level);
                prop_assert!(0.0 <= interval.low && interval.low <= share.share, "{:?} {:?}", share, interval);
                prop_assert!(share.share <= interval.high && interval.high <= 1.0, "{:?} {:?}", share, interval);
                prop_assert!(interval.low < interval.high);
            }
        }
    }

    #[test]
    fn covariances_are_symmetric_and_positive(records in records(), weights in weights(), contrast in prop::array::uniform4(-1.0_f64..1.0)) {
        let tables = Tables::new(&cube(&records), &weights, &frame().whole()).unwrap();
        if let Some(covariance) = tables.answers(0, 0).unwrap().covariance() {
            let mut variance = 0.0;
            for row in 0..4 {
                prop_assert!(covariance[row * 5] >= -1e-15, "a variance");
                prop_assert!(covariance[4 * row..4 * row + 4].iter().sum::<f64>().abs() < 1e-12, "shares sum to a constant");
                for column in 0..4 {
                    prop_assert!(near(covariance[row * 4 + column], covariance[column * 4 + row]));
                    variance += contrast[row] * covariance[row * 4 + column] * contrast[column];
                }
            }
            prop_assert!(variance >= -1e-12);
        }
    }

    #[test]
    fn scaling_all_weights_changes_no_estimate(records in records(), weights in weights(), scale in 0.001_f64..1000.0) {
        let cube = cube(&records);
        let scaled = Weights { frame: frame(), of_cell: weights.of_cells().iter().map(|weight| weight * scale).collect() };
        let [one, other] = [&weights, &scaled].map(|weights| Tables::new(&cube, weights, &frame().by(0).unwrap()).unwrap());
        for (question, row) in [(0, 0), (0, 1), (0, 2), (1, 0)] {
            let [a, b] = [&one, &other].map(|tables| tables.answers(question, row).unwrap().share(&[1]));
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!(near(a.share, b.share) && near(a.variance, b.variance));
                prop_assert!(near(a.effective_base, b.effective_base));
            }
        }
        let [a, b] = [one.rao_scott(0), other.rao_scott(0)];
        prop_assert_eq!(a.is_some(), b.is_some());
        if let (Some(a), Some(b)) = (a, b) {
            for (a, b) in [(a.f, b.f), (a.df1, b.df1), (a.p_value, b.p_value)] {
                prop_assert!((a - b).abs() <= 1e-6 * a.abs(), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn the_test_is_the_one_of_its_definition(records in records(), weights in weights()) {
        let cube = cube(&records);
        let tables = Tables::new(&cube, &weights, &frame().by(0).unwrap()).unwrap();
        let rows: Vec<_> = (0..3).map(|row| tables.answers(0, row).unwrap()).collect();
        let empty_row = rows.iter().any(|row| row.share(&[0]).is_none());
        let empty_column = (0..4).any(|code| rows.iter().all(|row| row.counts()[code] == 0));
        let total: f64 = rows.iter().flat_map(Answers::weighted).sum();
        let p: Vec<f64> = rows.iter().flat_map(Answers::weighted).map(|sum| sum / total).collect();
        let s: Vec<f64> = rows.iter().flat_map(Answers::squared).map(|sum| sum / total / total).collect();
        if !empty_row && !empty_column {
            let n = f64::from(cube.total());
            // Nearer to nothing, both have lost their digits.
            let whole: f64 = p.iter().zip(&s).filter(|(p, _)| **p > 0.0).map(|(p, s)| n * s / p - n * s).sum();
            let solved = traces_by_definition(&p, &s, 3, 4, n).filter(|(trace, _)| *trace > 1e-3 * whole);
            if let Some((trace, square)) = solved {
                let test = tables.rao_scott(0).expect("a test");
                prop_assert!((test.x2 / test.f / trace - 1.0).abs() < 1e-7, "{:?} {}", test, trace);
                prop_assert!((test.df1 / (trace * trace / square) - 1.0).abs() < 1e-6, "{:?}", test);
            }
        }
    }

    #[test]
    fn holm_never_lowers_a_p_value_nor_changes_their_order(p_values in prop::collection::vec(0.0_f64..=1.0, 0..30)) {
        let adjusted = holm(&p_values);
        for (one, p) in p_values.iter().enumerate() {
            prop_assert!(adjusted[one] >= *p && adjusted[one] <= 1.0);
            for (other, q) in p_values.iter().enumerate() {
                prop_assert!(p > q || adjusted[one] <= adjusted[other]);
            }
        }
    }
}
