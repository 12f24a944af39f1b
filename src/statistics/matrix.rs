//! The little linear algebra that the Rao–Scott test needs: small dense symmetric matrices, and the factor of one that may be
//! singular.

/// Below this share of its diagonal, what is left of a column is rounding: it depends on those before it.
const DEPENDENT: f64 = 1e-11;

/// A square matrix, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Square {
    size: usize,
    entries: Vec<f64>,
}

impl Square {
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, entries: vec![0.0; size * size] }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.size + column]
    }

    pub(crate) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.entries[row * self.size + column] += value;
    }

    /// Adds `scale` · `left` `right`ᵀ.
    pub(crate) fn add_outer(&mut self, scale: f64, left: &[f64], right: &[f64]) {
        for (row, value) in self.entries.chunks_mut(self.size).zip(left) {
            row.iter_mut().zip(right).for_each(|(entry, other)| *entry += scale * value * other);
        }
    }

    fn transposed(&self) -> Self {
        let entries = (0..self.size * self.size).map(|index| self.at(index % self.size, index / self.size)).collect();
        Self { size: self.size, entries }
    }
}

/// The lower triangular factor L of M = L Lᵀ, for the columns of a positive semi-definite M that do not depend on those
/// before them. Dropping the others leaves the space that they span as it is.
pub(crate) struct Cholesky {
    kept: Vec<usize>,
    rows: Vec<FactorRow>,
}

/// A row of L from its first entry that is not 0 up to its diagonal. Row effects of a table without empty cells are orthogonal
/// to each other: their rows have one entry, however many they are.
struct FactorRow {
    first: usize,
    entries: Vec<f64>,
}

impl Cholesky {
    pub(crate) fn of(matrix: &Square) -> Self {
        let mut factor = Self { kept: Vec::new(), rows: Vec::new() };
        for column in 0..matrix.size {
            let against: Vec<f64> = factor.kept.iter().map(|kept| matrix.at(*kept, column)).collect();
            let mut row = factor.forward(&against);
            let whole = matrix.at(column, column);
            let left = whole - row.iter().map(|value| value * value).sum::<f64>();
            if left > DEPENDENT * whole {
                row.push(left.sqrt());
                let first = row.iter().take_while(|value| **value == 0.0).count();
                factor.kept.push(column);
                factor.rows.push(FactorRow { first, entries: row.split_off(first) });
            }
        }
        factor
    }

    pub(crate) fn rank(&self) -> usize {
        self.kept.len()
    }

    /// L⁻¹ v.
    fn forward(&self, v: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(v.len() + 1);
        for (FactorRow { first, entries }, value) in self.rows.iter().zip(v) {
            let known: f64 = entries.iter().zip(&solved[*first..]).map(|(factor, x)| factor * x).sum();
            solved.push((value - known) / entries[solved.len() - first]);
        }
        solved
    }

    /// The traces of M⁺B and of M⁺B M⁺B for a symmetric B: those of L⁻¹ B L⁻ᵀ and of its square.
    pub(crate) fn traces_of_quotient(&self, b: &Square) -> (f64, f64) {
        let size = self.rank();
        let half = |b: &Square, kept: &[usize]| {
            let solved = kept.iter().map(|row| kept.iter().map(|column| b.at(*row, *column)).collect::<Vec<_>>());
            Square { size, entries: solved.flat_map(|row| self.forward(&row)).collect() }
        };
        // B is symmetric: its rows solved are (L⁻¹B)ᵀ, and the columns of that solved again are L⁻¹BL⁻ᵀ.
        let all: Vec<usize> = (0..size).collect();
        let quotient = half(&half(b, &self.kept).transposed(), &all);
        let trace = (0..size).map(|index| quotient.at(index, index)).sum();
        let square = quotient.entries.iter().map(|entry| entry * entry).sum();
        (trace, square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assert_close;

    fn square(size: usize, entries: &[f64]) -> Square {
        Square { size, entries: entries.to_vec() }
    }

    #[test]
    fn traces_of_a_quotient_are_those_of_the_inverse_times_the_matrix() {
        let m = square(2, &[4.0, 1.0, 1.0, 2.0]);
        let b = square(2, &[3.0, 1.0, 1.0, 5.0]);
        // M⁻¹B = 1/7 · [2·3−1, 2·1−5; −3+4, −1+20] = 1/7 · [5, −3; 1, 19].
        let (trace, square_trace) = Cholesky::of(&m).traces_of_quotient(&b);
        assert_close(trace, 24.0 / 7.0);
        assert_close(square_trace, (25.0 - 3.0 - 3.0 + 361.0) / 49.0);
    }

    #[test]
    fn a_column_that_depends_on_others_is_dropped() {
        // The third column is the sum of the first two.
        let m = square(3, &[4.0, 1.0, 5.0, 1.0, 2.0, 3.0, 5.0, 3.0, 8.0]);
        let factor = Cholesky::of(&m);
        assert_eq!(factor.kept, [0, 1]);
        let (trace, square_trace) = factor.traces_of_quotient(&m);
        assert_close(trace, 2.0);
        assert_close(square_trace, 2.0);
    }
}
