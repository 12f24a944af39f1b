//! Weighted means: of scales from a table, of whole numbers and scores from their sums by cell.
//!
//! V(m) = n/(n−1) · Σ w² (x − m)² / W², over those who answered.

use crate::distributions::t_quantile;
use crate::frame::{Breakdown, Frame};
use crate::proportion::{Interval, Method};
use crate::tables::{Answers, TableError, design_factor};
use crate::weights::Weights;

/// A weighted mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Respondents who answered.
    pub base: u32,
    /// The sum of their weights, W.
    pub weighted_base: f64,
    /// The mean, in the unit of the values.
    pub value: f64,
    /// Its variance under the design.
    pub variance: f64,
}

impl Mean {
    /// The standard error; none for a single respondent.
    pub fn standard_error(&self) -> Option<f64> {
        (self.base > 1).then(|| self.variance.sqrt())
    }

    /// Degrees of freedom: those who answered, less one.
    pub fn degrees(&self) -> f64 {
        f64::from(self.base) - 1.0
    }

    /// The symmetric interval with Student's quantile; none for a single respondent.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        let reach = t_quantile(level, self.degrees().max(1.0)) * self.standard_error()?;
        Some(Interval { low: self.value - reach, high: self.value + reach, method: Method::Student })
    }
}

impl Answers<'_> {
    /// The weighted mean of the values that codes stand for; none when nobody with a weight answered, or when there is not
    /// one value per code.
    pub fn mean(&self, values: &[f64]) -> Option<Mean> {
        if values.len() != self.counts().len() {
            return None;
        }
        let (base, weighted_base, _) = self.bases()?;
        let sum: f64 = self.weighted().iter().zip(values).map(|(sum, value)| sum * value).sum();
        let value = sum / weighted_base;
        let spread: f64 = self.squared().iter().zip(values).map(|(sum, x)| sum * (x - value).powi(2)).sum();
        let variance = self.design_factor() * spread / (weighted_base * weighted_base);
        Some(Mean { base, weighted_base, value, variance })
    }
}

/// Sums of one whole-number variable by weighting cell: an answer's value, or a score in hundredths. As integers they add
/// without rounding, as cubes do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    frame: Frame,
    design_size: u32,
    cells: Vec<CellSums>,
}

/// The sums of one cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellSums {
    /// Respondents with a value.
    pub count: u32,
    /// The sum of their values.
    pub sum: i64,
    /// The sum of the squares of their values.
    pub squares: u128,
}

impl CellSums {
    /// n Σx² − (Σx)², which is never negative; none when it is, or exceeds 128 bits.
    fn scaled_spread(&self) -> Option<u128> {
        let square = u128::from(self.sum.unsigned_abs()).pow(2);
        self.squares.checked_mul(self.count.into())?.checked_sub(square)
    }

    /// Σx² − (Σx)²/n: the sum of squares about the cell's own mean.
    fn spread(&self) -> f64 {
        let scaled = self.scaled_spread().expect("sums are checked when they are made and added");
        nearest_unsigned(scaled) / f64::from(self.count)
    }
}

/// Sums that cannot be made or added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SumsError {
    /// There is not one entry per cell.
    #[error("{given} cells were given for a frame of {expected}")]
    Length {
        /// Cells of the frame.
        expected: usize,
        /// Cells given.
        given: usize,
    },
    /// No values have such sums, or they are too large to be computed with.
    #[error("cell {cell}: impossible sums")]
    Impossible {
        /// The cell.
        cell: usize,
    },
    /// More values than respondents.
    #[error("{values} values for {design_size} respondents")]
    TooManyValues {
        /// Values in all cells.
        values: u64,
        /// Respondents of the design.
        design_size: u32,
    },
    /// Sums of different frames.
    #[error("sums of different frames do not add")]
    Frames,
    /// A sum exceeds its integer.
    #[error("the sums are too large")]
    Overflow,
}

impl Sums {
    /// The sums of a design of `design_size` respondents, those without a value included.
    ///
    /// # Errors
    /// [`SumsError::Length`], [`SumsError::TooManyValues`], [`SumsError::Impossible`].
    pub fn new(frame: Frame, design_size: u32, cells: Vec<CellSums>) -> Result<Self, SumsError> {
        if cells.len() != frame.cells() {
            return Err(SumsError::Length { expected: frame.cells(), given: cells.len() });
        }
        let values = cells.iter().map(|cell| u64::from(cell.count)).sum();
        if values > u64::from(design_size) {
            return Err(SumsError::TooManyValues { values, design_size });
        }
        match cells.iter().position(|cell| cell.scaled_spread().is_none()) {
            Some(cell) => Err(SumsError::Impossible { cell }),
            None => Ok(Self { frame, design_size, cells }),
        }
    }

    /// Adds the sums of other respondents.
    ///
    /// # Errors
    /// [`SumsError::Frames`], [`SumsError::Overflow`]; these are then unchanged.
    pub fn add(&mut self, other: &Self) -> Result<(), SumsError> {
        if self.frame != other.frame {
            return Err(SumsError::Frames);
        }
        let design_size = self.design_size.checked_add(other.design_size).ok_or(SumsError::Overflow)?;
        let pairs = self.cells.iter().zip(&other.cells);
        let sums = pairs.map(|(one, two)| {
            let sum = one.sum.checked_add(two.sum)?;
            let squares = one.squares.checked_add(two.squares)?;
            let both = CellSums { count: one.count.checked_add(two.count)?, sum, squares };
            both.scaled_spread().map(|_| both)
        });
        self.cells = sums.collect::<Option<_>>().ok_or(SumsError::Overflow)?;
        self.design_size = design_size;
        Ok(())
    }

    /// The weighted mean in each row of a breakdown; none where nobody with a weight has a value. Values are multiplied by
    /// `unit`: 0.01 for hundredths.
    ///
    /// # Errors
    /// [`TableError`], as for [`crate::Tables::new`].
    pub fn means(&self, weights: &Weights, breakdown: &Breakdown, unit: f64) -> Result<Vec<Option<Mean>>, TableError> {
        let divided = self.frame.cells_per_cell_of(&weights.frame).ok_or(TableError::Weights)?;
        let (expected, given) = (self.cells.len(), breakdown.row_of_cell.len());
        if given != expected {
            return Err(TableError::Breakdown { breakdown: breakdown.name.clone(), expected, given });
        }
        let mut rows = vec![RowSums::default(); breakdown.rows.len()];
        // The first pass finds the means; the second adds up squares about them, which loses no digits.
        for about_mean in [false, true] {
            for (cell, (sums, row)) in self.cells.iter().zip(&breakdown.row_of_cell).enumerate() {
                let Some(row) = row.filter(|_| sums.count > 0) else { continue };
                rows[row].add(sums, weights.of_cell[cell / divided], about_mean);
            }
        }
        let factor = design_factor(self.design_size);
        Ok(rows.into_iter().map(|row| row.mean(factor, unit)).collect())
    }
}

#[derive(Clone, Copy, Default)]
struct RowSums {
    base: u32,
    weighted_base: f64,
    weighted_sum: f64,
    spread: f64,
}

impl RowSums {
    fn add(&mut self, cell: &CellSums, weight: f64, about_mean: bool) {
        let (count, sum) = (f64::from(cell.count), nearest(cell.sum));
        if about_mean {
            let mean = self.weighted_sum / self.weighted_base;
            let between = count * (sum / count - mean).powi(2);
            self.spread += weight * weight * (cell.spread() + between);
        } else {
            self.base += cell.count;
            self.weighted_base += weight * count;
            self.weighted_sum += weight * sum;
        }
    }

    fn mean(self, factor: f64, unit: f64) -> Option<Mean> {
        let Self { base, weighted_base, weighted_sum, spread } = self;
        let variance = factor * spread * unit * unit / (weighted_base * weighted_base);
        (weighted_base > 0.0).then(|| Mean {
            base,
            weighted_base,
            value: weighted_sum / weighted_base * unit,
            variance,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums beyond 2⁵³ keep the 16 digits that a double has")]
fn nearest(sum: i64) -> f64 {
    sum as f64
}

#[expect(clippy::cast_precision_loss, reason = "as above")]
fn nearest_unsigned(sum: u128) -> f64 {
    sum as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assert_close;
    use crate::{Answer, Cube, Dimension, Layout, Tables};

    fn frame() -> Frame {
        let dimension = Dimension { name: "âge".into(), categories: vec!["18-39".into(), "40+".into()] };
        Frame::new(vec![dimension]).unwrap()
    }

    /// Values 0 to 4 of two age bands, with weights 2 and 0.5, and one respondent without a value.
    fn values() -> (Vec<(usize, Option<usize>)>, Weights) {
        let values = [4, 0, 2, 2, 3, 1, 0, 4, 4].iter().enumerate();
        let mut values: Vec<_> = values.map(|(index, value)| (index % 2, Some(*value))).collect();
        values.push((0, None));
        (values, Weights { frame: frame(), of_cell: vec![2.0, 0.5] })
    }

    fn sums(values: &[(usize, Option<usize>)], shift: i64) -> Sums {
        let mut cells = vec![CellSums::default(); 2];
        for (cell, value) in values.iter().filter_map(|(cell, value)| Some((*cell, i64::try_from((*value)?).unwrap())))
        {
            cells[cell].count += 1;
            cells[cell].sum += value + shift;
            cells[cell].squares += u128::from((value + shift).unsigned_abs()).pow(2);
        }
        Sums::new(frame(), u32::try_from(values.len()).unwrap(), cells).unwrap()
    }

    #[test]
    fn sums_by_cell_give_the_mean_that_codes_give() {
        let (values, weights) = values();
        let mut cube = Cube::empty(frame(), Layout::new(vec![5]));
        for (cell, value) in &values {
            cube.record(*cell, &[value.map_or(Answer::Skipped, Answer::Code)]).unwrap();
        }
        for breakdown in [frame().whole(), frame().by(0).unwrap()] {
            let tables = Tables::new(&cube, &weights, &breakdown).unwrap();
            let means = sums(&values, 0).means(&weights, &breakdown, 1.0).unwrap();
            assert_eq!(means.len(), breakdown.rows().len());
            for (row, mean) in means.into_iter().enumerate() {
                let (got, expected) =
                    (mean.unwrap(), tables.answers(0, row).unwrap().mean(&[0.0, 1.0, 2.0, 3.0, 4.0]).unwrap());
                assert_eq!(got.base, expected.base);
                assert_close(got.value, expected.value);
                assert_close(got.variance, expected.variance);
            }
        }
    }

    #[test]
    fn a_mean_of_nine_values_is_the_one_worked_out_by_hand() {
        // 18-39 have 4, 2, 3, 0, 4 and weigh 2; 40+ have 0, 2, 1, 4 and weigh ½: W = 12, m = 29.5 / 12.
        let (values, weights) = values();
        let mean = sums(&values, 0).means(&weights, &frame().whole(), 1.0).unwrap()[0].unwrap();
        assert_close(mean.value, 29.5 / 12.0);
        let square = |x: f64| (x - 29.5 / 12.0).powi(2);
        let young: f64 = [4.0, 2.0, 3.0, 0.0, 4.0].map(square).iter().sum();
        let old: f64 = [0.0, 2.0, 1.0, 4.0].map(square).iter().sum();
        // Ten respondents are in the design, nine have a value.
        assert_close(mean.variance, 10.0 / 9.0 * (4.0 * young + 0.25 * old) / 144.0);
        let interval = mean.interval(0.95).unwrap();
        assert_close((interval.high - mean.value) / mean.standard_error().unwrap(), t_quantile(0.95, 8.0));
    }

    #[test]
    fn far_from_zero_no_digit_of_the_variance_is_lost() {
        let (values, weights) = values();
        let near = sums(&values, 0).means(&weights, &frame().whole(), 0.01).unwrap()[0].unwrap();
        let far = sums(&values, 1_000_000_000).means(&weights, &frame().whole(), 0.01).unwrap()[0].unwrap();
        assert!((far.variance / near.variance - 1.0).abs() < 1e-6, "{} for {}", far.variance, near.variance);
        assert!((far.value - 1e7 - near.value).abs() < 1e-8, "{}", far.value);
    }

    #[test]
    fn sums_add_as_respondents_do() {
        let (values, _) = values();
        let mut sum = sums(&values[..4], 0);
        sum.add(&sums(&values[4..], 0)).unwrap();
        assert_eq!(sum, sums(&values, 0));
    }

    #[test]
    fn sums_that_no_values_have_are_refused() {
        let cell = |count, sum, squares| CellSums { count, sum, squares };
        let new = |cell| Sums::new(frame(), 3, vec![CellSums::default(), cell]);
        assert_eq!(new(cell(2, 6, 17)), Err(SumsError::Impossible { cell: 1 }), "the squares of 3 and 3 make 18");
        assert_eq!(new(cell(0, 1, 1)), Err(SumsError::Impossible { cell: 1 }));
        assert_eq!(new(cell(2, 0, u128::MAX)), Err(SumsError::Impossible { cell: 1 }));
        assert_eq!(new(cell(4, 0, 0)), Err(SumsError::TooManyValues { values: 4, design_size: 3 }));
        let mut nearly_full = new(cell(1, i64::MAX, u128::from(u64::MAX) * u128::from(u64::MAX))).unwrap();
        let before = nearly_full.clone();
        assert_eq!(nearly_full.add(&before), Err(SumsError::Overflow));
        assert_eq!(nearly_full, before);
    }
}
