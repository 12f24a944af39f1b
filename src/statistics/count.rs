//! Counting: columns of codes in, a cube out, with the sum of the respondents' keys beside each count.
//!
//! A column holds a byte per respondent and says nothing of who they are. The time goes into one read and one write of a count
//! and a sum per respondent and column, so columns that follow each other are counted jointly as long as their joint counts
//! stay in the processor's cache, and the counts of each are sums of the joint ones.

use crate::cube::{Cube, CubeError, Layout};
use crate::frame::Frame;

/// In a column: the question was not put to the respondent.
pub const NOT_SHOWN: u8 = u8::MAX - 1;
/// In a column: the question was put, and not answered.
pub const SKIPPED: u8 = u8::MAX;

/// How many bytes stand for no answer; added to a byte, it puts them first and the codes after them.
const NO_ANSWERS: u8 = 2;

/// The most joint counts: with their sums, half a megabyte, which second-level caches hold.
const MAX_JOINT: usize = 1 << 15;

/// Joint counts are summed at the end, which pays with this many respondents for each.
const RESPONDENTS_PER_JOINT: usize = 4;

/// Respondents that are checked, then counted while the first-level cache still has them.
const BLOCK: usize = 4096;

/// The answers to one question: a byte per respondent, a code or [`NOT_SHOWN`] or [`SKIPPED`].
#[derive(Debug, Clone, Copy)]
pub struct CodeColumn<'a> {
    /// How many codes the question has.
    pub codes: usize,
    /// The bytes.
    pub column: &'a [u8],
}

impl CodeColumn<'_> {
    /// The different bytes that it may hold.
    fn width(&self) -> usize {
        self.codes + usize::from(NO_ANSWERS)
    }
}

/// The cell of each respondent in a frame that has these columns' codes as categories, and a last one for no answer.
pub fn cells_of(respondents: usize, dimensions: &[CodeColumn]) -> Vec<u32> {
    let mut cells = vec![0_u32; respondents];
    for dimension in dimensions {
        let codes = u32::try_from(dimension.codes).unwrap_or(u32::MAX);
        for (cell, code) in cells.iter_mut().zip(dimension.column) {
            *cell = cell.wrapping_mul(codes.wrapping_add(1)).wrapping_add(u32::from(*code).min(codes));
        }
    }
    cells
}

/// Counts every column by cell: the cube, and for each of its counts the sum of the keys of those counted, modulo 2⁶⁴.
///
/// # Errors
/// [`CubeError::Length`] when a column has not one entry per respondent, [`CubeError::OutOfRange`] for a cell that is not in
/// the frame, [`CubeError::Code`] for a byte that is no answer to its question, [`CubeError::TooMany`].
pub fn count(
    frame: Frame,
    cell_of: &[u32],
    keys: &[u64],
    columns: &[CodeColumn],
) -> Result<(Cube, Vec<u64>), CubeError> {
    let expected = cell_of.len();
    let lengths = std::iter::once(keys.len()).chain(columns.iter().map(|column| column.column.len()));
    if let Some(given) = lengths.into_iter().find(|given| *given != expected) {
        return Err(CubeError::Length { what: "entries of a column", given, expected });
    }
    u32::try_from(expected).map_err(|_| CubeError::TooMany)?;
    let cells = frame.cells();
    let mut respondents = vec![0_u32; cells];
    for cell in cell_of {
        let out_of_range = CubeError::OutOfRange { cell: *cell as usize, question: 0 };
        *respondents.get_mut(*cell as usize).ok_or(out_of_range)? += 1;
    }
    let layout = Layout::new(columns.iter().map(|column| column.codes).collect());
    let mut sums = Sums::new(cells, &layout);
    let mut first = 0;
    while first < columns.len() {
        let joint = &columns[first..first + together(&columns[first..], cells, expected)];
        let block = counted(cells, cell_of, keys, joint);
        let block = block.map_err(|within| CubeError::Code { question: first + within })?;
        sums.add(&layout, first, joint, &block);
        first += joint.len();
    }
    Ok((Cube::from_counts(frame, layout, respondents, sums.counts)?, sums.keys))
}

/// How many of the first columns to count jointly, at least one and at most three.
fn together(columns: &[CodeColumn], cells: usize, respondents: usize) -> usize {
    let most = MAX_JOINT.min(respondents / RESPONDENTS_PER_JOINT);
    let joint = columns.iter().take(3).scan(cells, |size, column| {
        *size = size.saturating_mul(column.width());
        Some(*size)
    });
    joint.take_while(|size| *size <= most).count().max(1)
}

/// A count and the sum of the keys of those counted. Both have 64 bits, so that one instruction adds to both.
type Slot = [u64; 2];

/// Counts up to three columns jointly: `[cell][first column][second column]…`.
///
/// # Errors
/// The column, among these, that holds what is no answer.
fn counted(cells: usize, cell_of: &[u32], keys: &[u64], columns: &[CodeColumn]) -> Result<Vec<Slot>, usize> {
    let widths: Vec<usize> = columns.iter().map(CodeColumn::width).collect();
    let mut slots: Vec<Slot> = vec![[0; 2]; cells * widths.iter().product::<usize>()];
    for (block, (cell_of, keys)) in cell_of.chunks(BLOCK).zip(keys.chunks(BLOCK)).enumerate() {
        let codes: Vec<&[u8]> =
            columns.iter().map(|column| &column.column[block * BLOCK..][..cell_of.len()]).collect();
        if let Some(wrong) = codes.iter().zip(&widths).position(|(codes, width)| !are_within(codes, *width)) {
            return Err(wrong);
        }
        let respondents = cell_of.iter().map(|cell| *cell as usize).zip(keys);
        // The same loop thrice, since one that asks each time how many columns there are takes half as long again.
        match (&codes[..], &widths[..]) {
            ([one], [width]) => {
                for ((cell, key), one) in respondents.zip(*one) {
                    add(&mut slots[place(cell, *width, *one)], *key);
                }
            }
            ([one, two], [width, width_of_two]) => {
                for (((cell, key), one), two) in respondents.zip(*one).zip(*two) {
                    add(&mut slots[place(place(cell, *width, *one), *width_of_two, *two)], *key);
                }
            }
            ([one, two, three], [width, width_of_two, width_of_three]) => {
                for ((((cell, key), one), two), three) in respondents.zip(*one).zip(*two).zip(*three) {
                    let of_two = place(place(cell, *width, *one), *width_of_two, *two);
                    add(&mut slots[place(of_two, *width_of_three, *three)], *key);
                }
            }
            _ => {}
        }
    }
    Ok(slots)
}

/// Where a byte divides a place into as many as the column is wide.
fn place(within: usize, width: usize, byte: u8) -> usize {
    within * width + usize::from(byte.wrapping_add(NO_ANSWERS))
}

fn add([count, sum]: &mut Slot, key: u64) {
    *count += 1;
    *sum = sum.wrapping_add(key);
}

/// Whether all bytes are codes or stand for no answer.
fn are_within(codes: &[u8], width: usize) -> bool {
    let largest = codes.iter().fold(0, |largest, code| code.wrapping_add(NO_ANSWERS).max(largest));
    usize::from(largest) < width
}

/// Counts and sums of keys as `[cell][slot]`.
struct Sums {
    slots: usize,
    counts: Vec<u32>,
    keys: Vec<u64>,
}

impl Sums {
    fn new(cells: usize, layout: &Layout) -> Self {
        let slots = layout.slots();
        Self { slots, counts: vec![0; cells * slots], keys: vec![0; cells * slots] }
    }

    /// Adds joint counts to those of each of their columns, the first of which is question `first`.
    fn add(&mut self, layout: &Layout, first: usize, columns: &[CodeColumn], joint: &[Slot]) {
        let per_cell: usize = columns.iter().map(CodeColumn::width).product();
        let mut stride = per_cell;
        for (question, column) in (first..).zip(columns) {
            let (width, start) = (column.width(), layout.range(question).map_or(0, |range| range.start));
            stride /= width;
            for (cell, joint) in joint.chunks(per_cell).enumerate() {
                // The places of one byte are every `width`-th run of `stride`.
                for (byte, run) in (0..width).cycle().zip(joint.chunks(stride)) {
                    let [count, sum] = run.iter().fold([0_u64; 2], |[count, sum], [more, keys]| {
                        [count + more, sum.wrapping_add(*keys)]
                    });
                    // Not shown and skipped come first in the joint counts and last in the cube.
                    let slot = if byte < NO_ANSWERS.into() { byte + column.codes } else { byte - usize::from(NO_ANSWERS) };
                    let at = cell * self.slots + start + slot;
                    // No count exceeds the number of respondents, which fits 32 bits.
                    self.counts[at] += u32::try_from(count).unwrap_or(u32::MAX);
                    self.keys[at] = self.keys[at].wrapping_add(sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Dimension};

    /// Cells, and the codes of questions that are counted alone, by two or by three according to how many respond.
    const CELLS: usize = 3;
    const CODES: [usize; 7] = [2, 3, 1, 9, 2, 2, 254];

    fn frame() -> Frame {
        let categories = (0..CELLS).map(|category| category.to_string()).collect();
        Frame::new(vec![Dimension { name: "commune".into(), categories }]).unwrap()
    }

    /// Cells, keys and bytes that look drawn, the same at each run.
    fn respondents(count: u64) -> (Vec<u32>, Vec<u64>, Vec<Vec<u8>>) {
        let drawn = |row: u64, what: u64| (row * 31 + what).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        let cell = |row| u32::try_from(drawn(row, 0) % CELLS as u64).unwrap();
        let byte = |row: u64, question: usize| {
            let drawn = drawn(row, question as u64 + 2) % (CODES[question] as u64 + 2);
            u8::try_from(drawn).unwrap().wrapping_sub(NO_ANSWERS)
        };
        let columns = (0..CODES.len()).map(|question| (0..count).map(|row| byte(row, question)).collect());
        ((0..count).map(cell).collect(), (0..count).map(|row| drawn(row, 1)).collect(), columns.collect())
    }

    fn with_codes(columns: &[Vec<u8>]) -> Vec<CodeColumn<'_>> {
        columns.iter().zip(CODES).map(|(column, codes)| CodeColumn { codes, column }).collect()
    }

    #[test]
    fn the_cube_is_that_of_respondents_recorded_one_by_one() {
        for count in [0, 1, 100, 700, 5000, 40_000] {
            let (cells, keys, columns) = respondents(count);
            let mut expected = Cube::empty(frame(), Layout::new(CODES.to_vec()));
            let slots = expected.layout().slots();
            let mut sums = vec![0_u64; CELLS * slots];
            for (row, (cell, key)) in cells.iter().zip(&keys).enumerate() {
                let answers: Vec<Answer> = columns
                    .iter()
                    .map(|column| match column[row] {
                        NOT_SHOWN => Answer::NotShown,
                        SKIPPED => Answer::Skipped,
                        code => Answer::Code(code.into()),
                    })
                    .collect();
                expected.record(*cell as usize, &answers).unwrap();
                for (question, answer) in answers.into_iter().enumerate() {
                    let sum = &mut sums[*cell as usize * slots + expected.layout().slot(question, answer).unwrap()];
                    *sum = sum.wrapping_add(*key);
                }
            }
            assert_eq!(super::count(frame(), &cells, &keys, &with_codes(&columns)), Ok((expected, sums)), "{count}");
        }
    }

    #[test]
    fn how_many_are_counted_jointly_depends_on_their_size() {
        let (_, _, columns) = respondents(0);
        let columns = with_codes(&columns);
        assert_eq!(together(&columns, CELLS, 0), 1);
        assert_eq!(together(&columns, CELLS, 4 * 3 * 4 * 5), 2);
        assert_eq!(together(&columns, CELLS, 4 * 3 * 4 * 5 * 3), 3);
        assert_eq!(together(&columns, 1 << 13, usize::MAX), 1);
        assert_eq!(together(&columns[6..], CELLS, usize::MAX), 1);
    }

    #[test]
    fn what_no_column_may_hold_is_refused() {
        let (mut cells, keys, mut columns) = respondents(100);
        columns[3][99] = 9;
        let error = super::count(frame(), &cells, &keys, &with_codes(&columns));
        assert_eq!(error, Err(CubeError::Code { question: 3 }));
        cells[50] = 3;
        let error = super::count(frame(), &cells, &keys, &with_codes(&columns));
        assert_eq!(error, Err(CubeError::OutOfRange { cell: 3, question: 0 }));
        let error = super::count(frame(), &cells, &keys[1..], &with_codes(&columns));
        assert_eq!(error, Err(CubeError::Length { what: "entries of a column", given: 99, expected: 100 }));
    }

    #[test]
    fn those_who_did_not_answer_are_in_the_last_category() {
        let (commune, age) = ([0, 1, SKIPPED], [NOT_SHOWN, 0, 2]);
        let dimensions = [CodeColumn { codes: 2, column: &commune }, CodeColumn { codes: 3, column: &age }];
        assert_eq!(cells_of(3, &dimensions), [3, 4, 2 * 4 + 2]);
    }
}
