//! What noise does to intervals and tests: intervals hold the truth as often as they say, and tests of what does not differ find
//! a difference as seldom.

use isoloir_statistics::WeightedCount;

use crate::test_tables::spec;
use crate::{Policy, RawEdition, RawTable, Release, Tally, protect};

/// Numbers that look drawn, the same at each run (`SplitMix64`).
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Rows of `size` respondents each, who give each choice with the same probability in all of them.
fn release(drawn: &mut Drawn, rows: usize, size: u32, probabilities: &[f64]) -> Release {
    let answers: Vec<Vec<Tally>> = (0..rows)
        .map(|_| {
            let mut cells = vec![Tally::default(); probabilities.len()];
            for _ in 0..size {
                let mut left = drawn.share();
                let chosen = probabilities.iter().position(|p| {
                    left -= p;
                    left < 0.0
                });
                let cell = &mut cells[chosen.unwrap_or(probabilities.len() - 1)];
                *cell = cell.plus(Tally { count: 1, cell_key: drawn.next() });
            }
            cells
        })
        .collect();
    let whole = |column| answers.iter().map(|row: &Vec<Tally>| row[column]).fold(Tally::default(), Tally::plus);
    let everybody: Vec<Tally> = (0..probabilities.len()).map(whole).collect();
    let cells: Vec<Vec<Tally>> = std::iter::once(everybody).chain(answers).collect();
    let base = |row: &Vec<Tally>| row.iter().copied().fold(Tally::default(), Tally::plus);
    let bases: Vec<Tally> = cells.iter().map(base).collect();
    let weigh = |tally: &Tally| {
        let respondents = u32::try_from(tally.count).expect("few");
        WeightedCount { respondents, weighted: tally.as_f64(), squared: tally.as_f64() }
    };
    let (base_sums, cell_sums) =
        (bases.iter().map(weigh).collect(), cells.iter().map(|row| row.iter().map(weigh).collect()).collect());
    let respondents = bases[0];
    let design_size = u32::try_from(respondents.count).expect("few");
    let choices: Vec<String> = (0..probabilities.len()).map(|choice| format!("c{choice}")).collect();
    let table = RawTable::new(spec("essai", &choices, rows), bases, cells).expect("shape");
    let table = table.with_sums(design_size, base_sums, cell_sums).expect("shape");
    protect(RawEdition::new(respondents, vec![table]), &Policy::standard().expect("policy")).expect("a release")
}

/// How many of `trials` tables of rows that do not differ are said to differ, at 5 %.
fn false_findings(trials: u32, rows: usize, size: u32, probabilities: &[f64]) -> usize {
    let mut drawn = Drawn(6);
    let found = (0..trials).filter(|_| {
        let release = release(&mut drawn, rows, size, probabilities);
        release.tests().iter().any(|test| test.p_value < 0.05)
    });
    found.count()
}

#[test]
fn intervals_of_small_rows_hold_the_truth_as_often_as_they_say() {
    let mut drawn = Drawn(5);
    let (mut held, mut all) = (0_u32, 0_u32);
    for _ in 0..400 {
        let release = release(&mut drawn, 6, 40, &[0.8, 0.2]);
        for row in &release.tables()[0].rows()[1..] {
            let Some((low, high)) = row.cells[0].interval() else { continue };
            all += 1;
            held += u32::from(low <= 0.8 && 0.8 <= high);
        }
    }
    assert!(all > 2000, "most rows are published: {all}");
    assert!(f64::from(held) >= 0.955 * f64::from(all), "{held} of {all}");
}

/// Two choices, and choices of which one is masked in some rows, so that it is tested with the others.
#[test]
fn tests_do_not_take_noise_for_a_difference() {
    for (rows, size, probabilities) in [(6, 60, &[0.5, 0.5][..]), (10, 200, &[0.3, 0.25, 0.2, 0.15, 0.05, 0.05])] {
        let found = false_findings(600, rows, size, probabilities);
        assert!(found <= 600 * 8 / 100, "{found} of 600 for {probabilities:?}");
    }
}
