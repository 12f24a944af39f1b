//! Counting: columns of codes in, a cube out, with the sum of the respondents' keys beside each count.
//!
//! A column holds a byte per respondent and says nothing of who they are. The time goes into one read and one write of a count
//! and a sum per respondent and column, so two columns that follow each other are counted jointly if their joint counts stay
//! in the processor's cache, and the counts of each are sums of the joint ones. Then it goes into reading cells and keys from
//! memory, so two such pairs are counted in one pass.

use crate::cube::{Cube, CubeError, Layout};
use crate::frame::Frame;

/// In a column: the question was not put to the respondent.
pub const NOT_SHOWN: u8 = u8::MAX - 1;
/// In a column: the question was put, and not answered.
pub const SKIPPED: u8 = u8::MAX;

/// How many bytes stand for no answer; added to a byte, it puts them first and the codes after them.
const NO_ANSWERS: u8 = 2;

/// The most joint counts of a pair: with their sums, a megabyte, most of which no respondent needs; second-level caches hold
/// the rest.
const MAX_JOINT: usize = 1 << 16;

/// Joint counts are summed at the end, which pays with this many respondents for each.
const RESPONDENTS_PER_JOINT: usize = 4;

/// The answers to one question: a byte per respondent, a code or [`NOT_SHOWN`] or [`SKIPPED`].
#[derive(Debug, Clone, Copy)]
pub struct CodeColumn<'a> {
    codes: usize,
    bytes: &'a [u8],
}

impl<'a> CodeColumn<'a> {
    /// The column of a question with this many codes; none when a byte is no answer to it.
    pub fn new(codes: usize, bytes: &'a [u8]) -> Option<Self> {
        let largest = bytes.iter().fold(0, |largest, byte| byte.wrapping_add(NO_ANSWERS).max(largest));
        let column = Self { codes, bytes };
        (usize::from(largest) < column.width()).then_some(column)
    }

    /// How many codes the question has.
    pub fn codes(&self) -> usize {
        self.codes
    }

    /// A byte per respondent.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

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
        for (cell, code) in cells.iter_mut().zip(dimension.bytes) {
            *cell = cell.wrapping_mul(codes.wrapping_add(1)).wrapping_add(u32::from(*code).min(codes));
        }
    }
    cells
}

/// Counts every column by cell: the cube, and for each of its counts the sum of the keys of those counted, modulo 2⁶⁴.
///
/// # Errors
/// [`CubeError::Length`] when a column has not one entry per respondent, [`CubeError::OutOfRange`] for a cell that is not in
/// the frame, [`CubeError::TooMany`].
pub fn count(
    frame: Frame,
    cell_of: &[u32],
    keys: &[u64],
    columns: &[CodeColumn],
) -> Result<(Cube, Vec<u64>), CubeError> {
    let expected = cell_of.len();
    let lengths = std::iter::once(keys.len()).chain(columns.iter().map(|column| column.bytes.len()));
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
    let mut sums =
        Sums { layout: &layout, counts: vec![0; cells * layout.slots()], keys: vec![0; cells * layout.slots()] };
    let most = MAX_JOINT.min(expected / RESPONDENTS_PER_JOINT);
    let mut first = 0;
    while let Some(column) = columns.get(first) {
        let four = columns[first..].first_chunk::<4>();
        let widest = four.map_or(usize::MAX, |four| four.iter().map(CodeColumn::width).fold(0, usize::max));
        let joint = |width: usize| widest <= width && cells.saturating_mul(width * width) <= most;
        match four {
            Some(four) if joint(4) => sums.add_four::<4>(cell_of, keys, first, four),
            Some(four) if joint(8) => sums.add_four::<8>(cell_of, keys, first, four),
            Some(four) if joint(16) => sums.add_four::<16>(cell_of, keys, first, four),
            _ => {
                sums.add_one(cell_of, keys, first, *column);
                first += 1;
                continue;
            }
        }
        first += 4;
    }
    let Sums { counts, keys, .. } = sums;
    Ok((Cube::from_counts(frame, layout, respondents, counts)?, keys))
}

/// A count and the sum of the keys of those counted. Both have 64 bits, so that one instruction adds to both.
type Slot = [u64; 2];

/// Counts one column: `[cell][byte]`.
fn count_one(slots: &mut [Slot], cell_of: &[u32], keys: &[u64], column: CodeColumn) {
    let width = column.width();
    for ((cell, key), byte) in cell_of.iter().zip(keys).zip(column.bytes) {
        add(&mut slots[*cell as usize * width + place(*byte)], *key);
    }
}

/// Counts two pairs of columns, each pair jointly: `[cell][byte of one][byte of the other]`. The width is a constant, and the
/// function is not made part of its caller, since the loop has no register left.
#[inline(never)]
fn count_four<const WIDTH: usize>(
    slots: &mut [Slot],
    others: &mut [Slot],
    cell_of: &[u32],
    keys: &[u64],
    [one, two, three, four]: &[CodeColumn; 4],
) {
    let (pairs, other_pairs) = (one.bytes.iter().zip(two.bytes), three.bytes.iter().zip(four.bytes));
    for ((cell, key), (pair, other)) in cell_of.iter().zip(keys).zip(pairs.zip(other_pairs)) {
        let cell = *cell as usize;
        add(&mut slots[(cell * WIDTH + place(*pair.0)) * WIDTH + place(*pair.1)], *key);
        add(&mut others[(cell * WIDTH + place(*other.0)) * WIDTH + place(*other.1)], *key);
    }
}

/// The place of a byte: not shown, skipped, then the codes.
fn place(byte: u8) -> usize {
    usize::from(byte.wrapping_add(NO_ANSWERS))
}

fn add([count, sum]: &mut Slot, key: u64) {
    *count += 1;
    *sum = sum.wrapping_add(key);
}

/// Counts and sums of keys as `[cell][slot]`.
struct Sums<'a> {
    layout: &'a Layout,
    counts: Vec<u32>,
    keys: Vec<u64>,
}

impl Sums<'_> {
    /// Counts a column, that of this question.
    fn add_one(&mut self, cell_of: &[u32], keys: &[u64], question: usize, column: CodeColumn) {
        let mut slots = vec![[0; 2]; self.cells() * column.width()];
        count_one(&mut slots, cell_of, keys, column);
        for (cell, slots) in slots.chunks(column.width()).enumerate() {
            self.add(cell, question, column, slots);
        }
    }

    /// Counts four columns, those of this question and the next, none of which is wider than `WIDTH`.
    fn add_four<const WIDTH: usize>(&mut self, cell_of: &[u32], keys: &[u64], first: usize, columns: &[CodeColumn; 4]) {
        let mut slots = vec![[0; 2]; self.cells() * WIDTH * WIDTH];
        let mut others = slots.clone();
        count_four::<WIDTH>(&mut slots, &mut others, cell_of, keys, columns);
        for (joint, (question, [one, two])) in
            [(slots, (first, [columns[0], columns[1]])), (others, (first + 2, [columns[2], columns[3]]))]
        {
            for (cell, joint) in joint.chunks(WIDTH * WIDTH).enumerate() {
                let (mut of_one, mut of_two) = ([[0; 2]; WIDTH], [[0; 2]; WIDTH]);
                for (of_one, joint) in of_one.iter_mut().zip(joint.chunks(WIDTH)) {
                    for (of_two, [count, sum]) in of_two.iter_mut().zip(joint) {
                        *of_one = [of_one[0] + count, of_one[1].wrapping_add(*sum)];
                        *of_two = [of_two[0] + count, of_two[1].wrapping_add(*sum)];
                    }
                }
                self.add(cell, question, one, &of_one);
                self.add(cell, question + 1, two, &of_two);
            }
        }
    }

    /// Takes over the counts of a column in a cell, by the place of its bytes.
    fn add(&mut self, cell: usize, question: usize, column: CodeColumn, places: &[Slot]) {
        let (no_answers, codes) = places[..column.width()].split_at(NO_ANSWERS.into());
        let first = cell * self.layout.slots() + self.layout.range(question).map_or(0, |range| range.start);
        for (slot, [count, sum]) in (first..).zip(codes.iter().chain(no_answers)) {
            // No count exceeds the number of respondents, which fits 32 bits.
            self.counts[slot] = u32::try_from(*count).unwrap_or(u32::MAX);
            self.keys[slot] = *sum;
        }
    }

    fn cells(&self) -> usize {
        self.counts.len() / self.layout.slots().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Dimension};

    /// Cells, and the codes of questions that are counted alone or by four, according to how many respond.
    const CELLS: usize = 3;
    const CODES: [usize; 14] = [2, 2, 1, 2, 6, 3, 1, 2, 254, 9, 2, 14, 3, 20];

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
        columns.iter().zip(CODES).map(|(column, codes)| CodeColumn::new(codes, column).unwrap()).collect()
    }

    #[test]
    fn the_cube_is_that_of_respondents_recorded_one_by_one() {
        for count in [0, 1, 150, 191, 192, 700, 5000, 40_000] {
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
    fn what_no_column_may_hold_is_refused() {
        let (mut cells, keys, columns) = respondents(100);
        assert!(CodeColumn::new(9, &[0, NOT_SHOWN, 8, SKIPPED]).is_some());
        assert!(CodeColumn::new(9, &[0, NOT_SHOWN, 9, SKIPPED]).is_none());
        cells[50] = 3;
        let error = super::count(frame(), &cells, &keys, &with_codes(&columns));
        assert_eq!(error, Err(CubeError::OutOfRange { cell: 3, question: 0 }));
        let error = super::count(frame(), &cells, &keys[1..], &with_codes(&columns));
        assert_eq!(error, Err(CubeError::Length { what: "entries of a column", given: 99, expected: 100 }));
    }

    #[test]
    fn those_who_did_not_answer_are_in_the_last_category() {
        let (commune, age) = ([0, 1, SKIPPED], [NOT_SHOWN, 0, 2]);
        let dimensions = [CodeColumn::new(2, &commune).unwrap(), CodeColumn::new(3, &age).unwrap()];
        assert_eq!(cells_of(3, &dimensions), [3, 4, 2 * 4 + 2]);
    }
}
