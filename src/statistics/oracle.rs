//! The numbers that R's `survey` 4.1 prints for `tests/vectors/oracle`, to 1e-9 (weights to 1e-8).
//!
//! Not there: `svyciprop`'s likelihood and beta intervals, and "raked-object" rows, whose standard errors count the gain of
//! calibration; the design reports weights as fixed.

use crate::weights::trim;
use crate::{
    Answer, Answers, Breakdown, Cube, Dimension, Frame, Layout, Margin, Method, RakingReport, Tables, Target, Trimming,
    Weights, rake, t_quantile,
};

const RESPONSES: &str = include_str!("../../tests/vectors/oracle/responses.csv");
const MARGINS: &str = include_str!("../../tests/vectors/oracle/margins.csv");
const REFERENCE: &str = include_str!("../../tests/vectors/oracle/reference_R_survey_4.1.txt");

const RENONCE: usize = 0;
const SATISF: usize = 1;

const DIMENSIONS: [(&str, usize); 3] = [("commune", 12), ("age", 4), ("sexe", 2)];

/// The numbers on the line of the reference that starts with `label`.
fn reference(label: &str) -> Vec<f64> {
    let line = REFERENCE.lines().find_map(|line| line.strip_prefix(label)).expect("a line of the reference");
    line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

#[track_caller]
fn assert_near(got: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((got - expected).abs() <= tolerance * expected.abs().max(1.0), "{what}: {got} for {expected}");
}

fn frame() -> Frame {
    let dimensions = DIMENSIONS.map(|(name, size)| Dimension {
        name: name.to_owned(),
        categories: (0..size).map(|category| category.to_string()).collect(),
    });
    Frame::new(dimensions.to_vec()).unwrap()
}

/// The cube of the responses, an empty answer being a skipped one.
fn cube() -> Cube {
    let frame = frame();
    let mut cube = Cube::empty(frame.clone(), Layout::new(vec![2, 5]));
    for line in RESPONSES.lines().skip(1) {
        let fields: Vec<Option<usize>> = line.split(',').map(|field| field.parse().ok()).collect();
        let cell: Vec<usize> = fields[..3].iter().map(|field| field.expect("never empty")).collect();
        let answers = [3, 4].map(|field: usize| fields[field].map_or(Answer::Skipped, Answer::Code));
        cube.record(frame.cell(&cell).expect("in range"), &answers).unwrap();
    }
    cube
}

fn margins(frame: &Frame) -> Vec<Margin> {
    let margin = |(dimension, (name, _)): (usize, &(&str, usize))| {
        let lines = MARGINS.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(','));
        let populations = lines.map(|line| line.split_once(',').expect("two fields").1.parse().expect("a number"));
        Margin::new(frame.by(dimension).unwrap(), populations.map(Target::Population).collect(), dimension == 1)
            .unwrap()
    };
    DIMENSIONS.iter().enumerate().map(margin).collect()
}

struct Raked {
    cube: Cube,
    weights: Weights,
    report: RakingReport,
}

impl Raked {
    fn new(trimming: Option<Trimming>) -> Self {
        let cube = cube();
        let (weights, report) = rake(&cube, &margins(cube.frame()), trimming).unwrap();
        Self { cube, weights, report }
    }

    fn tables(&self, breakdown: &Breakdown) -> Tables {
        Tables::new(&self.cube, &self.weights, breakdown).unwrap()
    }
}

fn first_row(tables: &Tables, question: usize) -> Answers<'_> {
    tables.answers(question, 0).expect("the question and the row")
}

#[test]
fn the_cube_holds_every_response() {
    let cube = cube();
    assert_eq!(cube.total(), 1200);
    let tables = Tables::new(&cube, &Weights::one(cube.frame().clone()), &cube.frame().whole()).unwrap();
    for (question, skipped) in [(RENONCE, 88), (SATISF, 58)] {
        let non_response = first_row(&tables, question).non_response();
        assert_eq!(non_response.skipped.respondents, skipped);
        assert_eq!(non_response.answered.respondents, 1200 - skipped);
        assert_eq!((non_response.not_shown.respondents, non_response.dont_know.respondents), (0, 0));
    }
}

#[test]
fn weights_and_their_cost_are_those_of_r() {
    let report = Raked::new(None).report;
    assert!(report.discrepancy < 1e-9);
    assert!(report.merged.is_empty() && report.excluded.is_empty() && report.rescaled.is_empty());
    let summary = report.weights;
    let expected = reference("weights min max mean cv:");
    let got = [summary.min, summary.max, summary.mean, summary.coefficient_of_variation];
    for (got, expected) in got.into_iter().zip(expected) {
        assert_near(got, expected, 1e-8, "weights");
    }
    let expected = reference("kish deff:");
    assert_near(summary.design_effect, expected[0], 1e-9, "deff");
    assert_near(summary.effective_respondents, expected[1], 1e-9, "n_eff");
    assert_near(summary.sum, 50_000.0, 1e-9, "sum of weights");
}

#[test]
fn the_share_of_renonce_is_that_of_r() {
    let raked = Raked::new(None);
    let tables = raked.tables(&raked.cube.frame().whole());
    let share = first_row(&tables, RENONCE).share(&[1]).expect("answers");
    let expected = reference("weights-only p,se:");
    assert_near(share.share, expected[0], 1e-9, "p");
    assert_near(share.standard_error().expect("a spread"), expected[1], 1e-9, "se");
    assert_near(share.design_effect().expect("a spread"), reference("deff svymean:")[0], 1e-9, "deff of p");

    let interval = share.interval(0.95);
    assert_eq!(interval.method, Method::Logit);
    for label in ["  ciprop logit", "  ciprop xlogit"] {
        let expected = reference(label);
        assert_near(interval.low, expected[0], 1e-9, label);
        assert_near(interval.high, expected[1], 1e-9, label);
    }
    // The symmetric interval, which is not published, has the same standard error and degrees of freedom.
    let expected = reference("  ciprop mean");
    let reach = t_quantile(0.95, share.degrees()) * share.standard_error().expect("a spread");
    assert_near(share.share - reach, expected[0], 1e-9, "mean, low");
    assert_near(share.share + reach, expected[1], 1e-9, "mean, high");
}

#[test]
fn the_tests_of_independence_are_those_of_r() {
    let raked = Raked::new(None);
    let tables = raked.tables(&raked.cube.frame().by(1).unwrap());
    for (question, label) in [(RENONCE, "svychisq F stat"), (SATISF, "svychisq satisf age F")] {
        let test = tables.rao_scott(question).expect("a test");
        let expected = reference(label);
        for (got, expected) in [test.f, test.df1, test.df2, test.p_value].into_iter().zip(expected) {
            assert_near(got, expected, 1e-9, label);
        }
    }
    let test = tables.rao_scott(RENONCE).expect("a test");
    let expected = reference("svychisq Chisq stat");
    assert_near(test.x2, expected[0], 1e-9, "X²");
    assert_near(f64::from(test.table_degrees), expected[1], 0.0, "degrees");
    assert_near(test.first_order_p_value, expected[2], 1e-9, "first-order p");
}

#[test]
fn the_table_of_satisf_is_that_of_r() {
    let raked = Raked::new(None);
    let tables = raked.tables(&raked.cube.frame().whole());
    let answers = first_row(&tables, SATISF);
    for (got, expected) in answers.weighted().iter().zip(reference("svytable satisf:")) {
        assert_near(*got, expected, 1e-9, "weighted count");
    }
    let shares = answers.shares().expect("answers");
    let (p, se) = (reference("satisf p"), reference(" se"));
    assert_eq!((shares.len(), p.len(), se.len()), (5, 5, 5));
    for (code, share) in shares.iter().enumerate() {
        assert_near(share.share, p[code], 1e-9, "p");
        assert_near(share.standard_error().expect("a spread"), se[code], 1e-9, "se");
    }
    let covariance = answers.covariance().expect("answers");
    for (code, share) in shares.iter().enumerate() {
        assert_near(covariance[code * 5 + code].sqrt(), se[code], 1e-9, "se from the covariance");
        assert_near(share.variance, covariance[code * 5 + code], 1e-12, "variance");
    }
}

#[test]
fn trimming_is_that_of_r() {
    let Raked { cube, weights, report } = Raked::new(None);
    let expected = reference("trim 5xmedian max, sum");
    let mut of_cell = weights.of_cells().to_vec();
    let cap = 5.0 * report.weights.median;
    assert!(trim(&mut of_cell, cube.respondents(), cap) > 0);
    let trimmed = crate::weights::summarize(&of_cell, cube.respondents()).expect("respondents");
    assert_near(trimmed.max, expected[0], 1e-8, "largest trimmed weight");
    assert_near(trimmed.sum, expected[1], 1e-9, "sum of trimmed weights");

    // Raked again, the margins hold again and the largest weight has come down.
    let again = Raked::new(Some(Trimming::default())).report;
    let trimming = again.trimming.expect("something was cut");
    assert_near(trimming.cap, expected[0], 1e-8, "cap");
    assert!(again.discrepancy < 1e-9 && again.weights.max < report.weights.max);
    assert!(again.weights.design_effect < report.weights.design_effect);
    assert_near(again.weights.sum, 50_000.0, 1e-9, "sum of weights");
}
