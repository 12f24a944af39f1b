//! Test of independence of a question and a breakdown under the design: Pearson's X² with Rao and Scott's second-order
//! correction (Rao and Scott, *On chi-squared tests for multiway contingency tables with cell proportions estimated from
//! survey data*, Annals of Statistics 12, 1984; F as in Thomas and Rao 1987 and `svychisq` of R's `survey`).
//!
//! With D = diag(p), V the covariance of the cells' shares and C the interaction contrasts, orthogonal to the main effects,
//! Δ = (CᵀD⁻¹C/n)⁻¹ (CᵀD⁻¹VD⁻¹C); F = X²/tr Δ has tr²Δ/tr Δ² and (n − 1) times as many degrees of freedom.
//!
//! # How it is computed
//! C has (r−1)(c−1) columns, 1,393 for 200 communes and 8 codes: that is too much to solve for every table. But Δ has the
//! traces of n·P D^(-½) V D^(-½) P, where P projects on the columns of D^(-½)C; and these are all that is orthogonal to D^½X, where
//! X are the sums of a row effect and a column effect that are 0 wherever p is. There are r + c of those at most, and V is
//! diagonal plus rank two: everything reduces to three matrices of that size.
//!
//! Where p = 0, D⁻¹ is taken as 0, as R does. An empty cell then ties its row's effect to its column's: each connected group of
//! rows and columns has one effect, counted + in rows and − in columns.

use crate::distributions::{chi_square_upper_tail, f_upper_tail};
use crate::matrix::{Cholesky, Square};
use crate::tables::{Tables, WeightedCount};

/// The outcome of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RaoScott {
    /// Pearson's X² of the weighted shares, for the design's full size.
    pub x2: f64,
    /// The second-order statistic.
    pub f: f64,
    /// Its numerator degrees of freedom, seldom whole.
    pub df1: f64,
    /// Its denominator degrees of freedom.
    pub df2: f64,
    /// The probability of such an F, or a larger one, if question and breakdown were independent.
    pub p_value: f64,
    /// Degrees of freedom of the table: (r − 1)(c − 1), rows and columns that are empty left out.
    pub table_degrees: u32,
    /// The same probability with the first-order correction, X² against the mean generalized design effect.
    pub first_order_p_value: f64,
}

/// Below this share of tr H, tr P H has lost too many digits to the subtraction for its square to be worth anything. A
/// handful of respondents with weights thousands of times apart comes to that, and no table that is worth a test.
const LEAST_TRACE: f64 = 1e-4;

/// The traces of P H and of P H P H, and the rank of P, 1 or more.
struct Traces {
    trace: f64,
    trace_of_square: f64,
    rank: u32,
}

/// The shares of a table without empty rows and columns, `[row][column]`, and their S2 / W².
struct Shares {
    rows: usize,
    columns: usize,
    p: Vec<f64>,
    s: Vec<f64>,
}

impl Tables {
    /// Tests whether the answers to a question depend on the row. None when there is nothing to test: no such question, fewer
    /// than two rows or two codes with respondents, or a table whose empty cells leave no interaction.
    pub fn rao_scott(&self, question: usize) -> Option<RaoScott> {
        let row = |row| self.answers(question, row).map(|answers| answers.by_code());
        let table: Vec<Vec<WeightedCount>> = (0..self.rows().len()).map_while(row).collect();
        RaoScott::of(&table, self.design_size())
    }
}

impl RaoScott {
    /// Tests a table, `[row][column]`, of respondents of a design of this size. None as for [`Tables::rao_scott`].
    pub fn of(table: &[Vec<WeightedCount>], design_size: u32) -> Option<Self> {
        let n = f64::from(design_size);
        if n < 2.0 {
            return None;
        }
        let shares = Shares::of(table)?;
        let x2 = n * shares.pearson();
        let Traces { trace, trace_of_square, rank } = shares.traces()?;
        // V carries n/(n − 1) and Δ a further n.
        let scale = n * n / (n - 1.0);
        let (trace, trace_of_square) = (scale * trace, scale * scale * trace_of_square);
        let f = x2 / trace;
        // Cauchy and Schwarz's bounds, beyond which only rounding goes.
        let df1 = (trace * trace / trace_of_square).clamp(1.0, f64::from(rank));
        let df2 = df1 * (n - 1.0);
        let table_degrees = u32::try_from((shares.rows - 1) * (shares.columns - 1)).ok()?;
        let degrees = f64::from(table_degrees);
        Some(Self {
            x2,
            f,
            df1,
            df2,
            p_value: f_upper_tail(f, df1, df2),
            table_degrees,
            first_order_p_value: chi_square_upper_tail(x2 / (trace / degrees), degrees),
        })
    }
}

impl Shares {
    /// None with fewer than two rows or columns that have weight.
    fn of(table: &[Vec<WeightedCount>]) -> Option<Self> {
        let codes = table.first()?.len();
        let rows: Vec<_> = table.iter().filter(|row| row.iter().any(|cell| cell.weighted > 0.0)).collect();
        let columns: Vec<_> = (0..codes).filter(|code| rows.iter().any(|row| row[*code].weighted > 0.0)).collect();
        if rows.len() < 2 || columns.len() < 2 {
            return None;
        }
        let total: f64 = rows.iter().flat_map(|row| row.iter().map(|cell| cell.weighted)).sum();
        let cells = || rows.iter().flat_map(|row| columns.iter().map(move |code| row[*code]));
        let p = cells().map(|cell| cell.weighted / total).collect();
        let s = cells().map(|cell| cell.squared / (total * total)).collect();
        Some(Self { rows: rows.len(), columns: columns.len(), p, s })
    }

    /// Σ (p − e)² / e, where e is the product of the margins.
    fn pearson(&self) -> f64 {
        let row_shares: Vec<f64> = self.p.chunks(self.columns).map(|row| row.iter().sum()).collect();
        let mut column_shares = vec![0.0; self.columns];
        for row in self.p.chunks(self.columns) {
            column_shares.iter_mut().zip(row).for_each(|(sum, p)| *sum += p);
        }
        let expected = row_shares.iter().flat_map(|row| column_shares.iter().map(move |column| row * column));
        self.p.iter().zip(expected).map(|(p, expected)| (p - expected).powi(2) / expected).sum()
    }

    /// The traces for H = D^(-½) V D^(-½) but for n/(n − 1); none when P is 0 or next to nothing of H is left.
    ///
    /// With p and s the vectors of shares and of S2/W², q = s²/p, T = Σs and Q = Σq:
    /// V = diag(s) − p sᵀ − s pᵀ + T p pᵀ and V D⁻¹ V = diag(q) − s sᵀ − q pᵀ − p qᵀ + T (s pᵀ + p sᵀ) + (Q − T²) p pᵀ.
    fn traces(&self) -> Option<Traces> {
        let q: Vec<f64> = self.p.iter().zip(&self.s).map(|(p, s)| if *p > 0.0 { s * s / p } else { 0.0 }).collect();
        let t: f64 = self.s.iter().sum();
        let q_sum: f64 = q.iter().sum();
        let (mut trace_h, mut trace_h2) = (0.0, 0.0);
        for ((p, s), q) in self.p.iter().zip(&self.s).zip(&q).filter(|((p, _), _)| **p > 0.0) {
            trace_h += s / p - 2.0 * s + t * p;
            trace_h2 += q / p - s * s / p - 2.0 * q + 2.0 * t * s + (q_sum - t * t) * p;
        }

        let effects = Effects::of(self);
        let (sum_p, sum_s, sum_q) = (effects.sum(&self.p), effects.sum(&self.s), effects.sum(&q));
        let mut v = effects.gram(&self.s);
        v.add_outer(-1.0, &sum_p, &sum_s);
        v.add_outer(-1.0, &sum_s, &sum_p);
        v.add_outer(t, &sum_p, &sum_p);
        let mut vdv = effects.gram(&q);
        vdv.add_outer(-1.0, &sum_s, &sum_s);
        vdv.add_outer(-1.0, &sum_q, &sum_p);
        vdv.add_outer(-1.0, &sum_p, &sum_q);
        vdv.add_outer(t, &sum_s, &sum_p);
        vdv.add_outer(t, &sum_p, &sum_s);
        vdv.add_outer(q_sum - t * t, &sum_p, &sum_p);

        let main = Cholesky::of(&effects.gram(&self.p));
        let filled = self.p.iter().filter(|p| **p > 0.0).count();
        let rank = u32::try_from(filled.checked_sub(main.rank())?).ok().filter(|rank| *rank > 0)?;
        let (removed, removed_square) = main.traces_of_quotient(&v);
        let (removed_twice, _) = main.traces_of_quotient(&vdv);
        let (trace, trace_of_square) = (trace_h - removed, trace_h2 - 2.0 * removed_twice + removed_square);
        let enough = trace > LEAST_TRACE * trace_h && trace_of_square > 0.0;
        enough.then_some(Traces { trace, trace_of_square, rank })
    }
}

/// The effects of rows and columns that vanish on empty cells.
struct Effects {
    columns: usize,
    /// The effect of each row, then that of each column.
    of_vertex: Vec<usize>,
    rows: usize,
    count: usize,
}

impl Effects {
    /// Joins each row with the columns in which it has no one.
    fn of(shares: &Shares) -> Self {
        let (rows, columns) = (shares.rows, shares.columns);
        let mut group: Vec<usize> = (0..rows + columns).collect();
        for (cell, _) in shares.p.iter().enumerate().filter(|(_, p)| **p <= 0.0) {
            let (one, other) = (group[cell / columns], group[rows + cell % columns]);
            if one != other {
                // Named after its last vertex, which is a column: rows that are alone then come first, and they are orthogonal.
                let (joined, last) = (one.min(other), one.max(other));
                group.iter_mut().filter(|group| **group == joined).for_each(|group| *group = last);
            }
        }
        let mut distinct = group.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let index = |group| distinct.binary_search(group).expect("every group is among the distinct ones");
        let of_vertex = group.iter().map(index).collect();
        Self { columns, of_vertex, rows, count: distinct.len() }
    }

    fn vertices(&self, cell: usize) -> (usize, usize) {
        (self.of_vertex[cell / self.columns], self.of_vertex[self.rows + cell % self.columns])
    }

    /// Xᵀ v.
    fn sum(&self, v: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        for (cell, value) in v.iter().enumerate() {
            let (row, column) = self.vertices(cell);
            sums[row] += value;
            sums[column] -= value;
        }
        sums
    }

    /// Xᵀ diag(v) X.
    fn gram(&self, v: &[f64]) -> Square {
        let mut gram = Square::zero(self.count);
        for (cell, value) in v.iter().enumerate() {
            let (row, column) = self.vertices(cell);
            gram.add(row, row, *value);
            gram.add(column, column, *value);
            gram.add(row, column, -value);
            gram.add(column, row, -value);
        }
        gram
    }
}
