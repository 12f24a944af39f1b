//! The cube of counts, and beside each count the sum of the record keys that it counts.

use isoloir_disclosure::Tally;
use isoloir_statistics::{Answer, Breakdown, Cube, Frame, Layout};

use crate::columns::{Columns, Item, NOT_SHOWN, SKIPPED};
use crate::error::AnalysisError;

/// The most counts of a cube: with their keys, under a gigabyte.
const MAX_COUNTS: usize = 1 << 26;

/// A cube whose counts have their keys.
pub(crate) struct KeyedCube {
    pub(crate) cube: Cube,
    /// `[cell][slot]`, as the counts of the cube.
    keys: Vec<u64>,
}

/// Where each respondent is in a frame whose dimensions are these items; an item without an answer is in its last category.
pub(crate) fn cells_of(columns: &Columns, dimensions: &[Item]) -> Result<Vec<u32>, AnalysisError> {
    let mut cells = vec![0_u32; columns.keys()?.len()];
    for item in dimensions {
        let codes = u32::try_from(item.codes()).unwrap_or(u32::MAX);
        for (cell, code) in cells.iter_mut().zip(columns.codes(item)?) {
            *cell = *cell * (codes + 1) + u32::from(*code).min(codes);
        }
    }
    Ok(cells)
}

impl KeyedCube {
    /// Counts every item in every cell: one pass over each column.
    ///
    /// # Errors
    /// [`AnalysisError::TooManyCells`], or a fault of this crate.
    pub(crate) fn count(frame: &Frame, columns: &Columns, cell_of: &[u32]) -> Result<Self, AnalysisError> {
        let layout = Layout::new(columns.items.iter().map(Item::codes).collect());
        let (cells, slots) = (frame.cells(), layout.slots());
        if cells.saturating_mul(slots) > MAX_COUNTS {
            let names: Vec<&str> = frame.dimensions().iter().map(|dimension| dimension.name.as_str()).collect();
            return Err(AnalysisError::TooManyCells { variables: names.join(" × "), cells });
        }
        let record_keys = columns.keys()?;
        let mut respondents = vec![0_u32; cells];
        for cell in cell_of {
            respondents[*cell as usize] += 1;
        }
        let (mut counts, mut keys) = (vec![0_u32; cells * slots], vec![0_u64; cells * slots]);
        let mut first = 0;
        for item in &columns.items {
            let width = Layout::slot_count(item.codes());
            let here = count_item(item, width, columns.codes(item)?, cell_of, record_keys, cells);
            for (cell, counted) in here.chunks(width).enumerate() {
                let at = cell * slots + first..cell * slots + first + width;
                let places = counts[at.clone()].iter_mut().zip(&mut keys[at]);
                for ((count, key), (counted, keyed)) in places.zip(counted) {
                    (*count, *key) = (*counted, *keyed);
                }
            }
            first += width;
        }
        let cube = Cube::from_counts(frame.clone(), layout, respondents, counts)?;
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

/// Counts one item in a block of its own, which stays in the processor's cache.
fn count_item(item: &Item, width: usize, codes: &[u8], cell_of: &[u32], keys: &[u64], cells: usize) -> Vec<(u32, u64)> {
    let mut slot_of_code = [item.codes() + 1; 256];
    for (code, slot) in slot_of_code.iter_mut().enumerate().take(item.codes()) {
        *slot = code;
    }
    slot_of_code[usize::from(NOT_SHOWN)] = item.codes();
    slot_of_code[usize::from(SKIPPED)] = item.codes() + 1;
    let mut counted = vec![(0_u32, 0_u64); cells * width];
    for ((code, cell), key) in codes.iter().zip(cell_of).zip(keys) {
        let (count, sum) = &mut counted[*cell as usize * width + slot_of_code[usize::from(*code)]];
        *count += 1;
        *sum = sum.wrapping_add(*key);
    }
    counted
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
