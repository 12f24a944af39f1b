//! The cube of counts, and beside each count the sum of the record keys that it counts.

use isoloir_disclosure::Tally;
use isoloir_statistics::{Answer, Breakdown, CodeColumn, Cube, Frame, Layout};

use crate::columns::{Columns, Item};
use crate::error::AnalysisError;

/// The most counts of a cube: with their keys, under a gigabyte.
const MAX_COUNTS: usize = 1 << 26;

/// A cube whose counts have their keys.
pub(crate) struct KeyedCube {
    pub(crate) cube: Cube,
    /// `[cell][slot]`, as the counts of the cube.
    keys: Vec<u64>,
}

impl KeyedCube {
    /// Counts every item by the cells of a frame that has these items as dimensions.
    ///
    /// # Errors
    /// [`AnalysisError::TooManyCells`], or a fault of this crate.
    pub(crate) fn count(frame: &Frame, columns: &Columns, dimensions: &[Item]) -> Result<Self, AnalysisError> {
        let items = columns.items.iter().map(|item| columns.codes(item)).collect::<Result<Vec<CodeColumn>, _>>()?;
        let slots = Layout::new(columns.items.iter().map(Item::codes).collect()).slots();
        let cells = frame.cells();
        if cells.saturating_mul(slots) > MAX_COUNTS {
            let names: Vec<&str> = frame.dimensions().iter().map(|dimension| dimension.name.as_str()).collect();
            return Err(AnalysisError::TooManyCells { variables: names.join(" × "), cells });
        }
        let dimensions = dimensions.iter().map(|item| columns.codes(item)).collect::<Result<Vec<CodeColumn>, _>>()?;
        let record_keys = columns.keys()?;
        let cell_of = isoloir_statistics::cells_of(record_keys.len(), &dimensions);
        let (cube, keys) = isoloir_statistics::count(frame.clone(), &cell_of, record_keys, &items)?;
        Ok(Self { cube, keys })
    }

    /// The sums of a breakdown's rows.
    pub(crate) fn rows(&self, breakdown: &Breakdown) -> TalliedRows {
        let slots = self.cube.layout().slots();
        let mut tallies = vec![Tally::default(); breakdown.rows().len() * slots];
        for (cell, row) in
            breakdown.row_of_cells().iter().enumerate().filter(|(cell, _)| self.cube.respondents()[*cell] > 0)
        {
            let Some(row) = row else { continue };
            let sums = tallies[row * slots..(row + 1) * slots].iter_mut();
            let at = cell * slots..(cell + 1) * slots;
            for (sum, (count, key)) in sums.zip(self.cube.counts()[at.clone()].iter().zip(&self.keys[at])) {
                *sum = sum.plus(Tally::new(u64::from(*count), *key));
            }
        }
        TalliedRows { layout: self.cube.layout().clone(), tallies }
    }
}

/// Counts with their keys, by row of a breakdown.
pub(crate) struct TalliedRows {
    layout: Layout,
    tallies: Vec<Tally>,
}

impl TalliedRows {
    /// Those of a row who gave a code.
    pub(crate) fn code(&self, row: usize, item: usize, code: usize) -> Tally {
        let slot = self.layout.slot(item, Answer::Code(code));
        slot.map(|slot| self.tallies[row * self.layout.slots() + slot]).unwrap_or_default()
    }

    /// Those of a row to whom the question was put and who left it empty.
    pub(crate) fn skipped(&self, row: usize, item: usize) -> Tally {
        let slot = self.layout.slot(item, Answer::Skipped);
        slot.map(|slot| self.tallies[row * self.layout.slots() + slot]).unwrap_or_default()
    }

    /// Those of a row who answered.
    pub(crate) fn base(&self, row: usize, item: usize) -> Tally {
        let codes = self.layout.codes(item).unwrap_or(0);
        (0..codes).map(|code| self.code(row, item, code)).fold(Tally::default(), Tally::plus)
    }
}
