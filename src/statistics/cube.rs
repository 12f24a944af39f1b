//! The cube: how many respondents of each weighting cell gave each answer to each question.
//!
//! It is all that is ever kept of the responses. Weights are constant within a cell, so every weighted table, standard error
//! and test comes from these integers. Cubes of the same shape add: cube(A ∪ B) = cube(A) + cube(B).
//!
//! The counts are one flat vector, `[cell][question][slot]`. A question's slots are its codes, then the three ways of not
//! answering. An option of a multiple-choice question is a question of its own with two codes, chosen or not.

use crate::frame::Frame;

/// A respondent's answer to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// One of the codes, from zero.
    Code(usize),
    /// The question was not put to them.
    NotShown,
    /// They were asked and left it empty.
    Skipped,
    /// They chose « je ne sais pas » or « ne se prononce pas ».
    DontKnow,
}

/// How many slots a question has besides its codes.
pub(crate) const NON_RESPONSE_SLOTS: usize = 3;

/// The questions of a cube, each known by its number of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    codes: Vec<usize>,
    /// First slot of each question, and the number of slots at the end.
    offsets: Vec<usize>,
}

impl Layout {
    /// The layout of questions with these numbers of codes.
    pub fn new(codes: Vec<usize>) -> Self {
        let mut offsets = vec![0];
        for count in &codes {
            offsets.push(offsets[offsets.len() - 1] + Self::slot_count(*count));
        }
        Self { codes, offsets }
    }

    /// How many questions there are.
    pub fn questions(&self) -> usize {
        self.codes.len()
    }

    /// How many codes a question has; none when there is no such question.
    pub fn codes(&self, question: usize) -> Option<usize> {
        self.codes.get(question).copied()
    }

    /// How many slots a question with this many codes has.
    pub const fn slot_count(codes: usize) -> usize {
        codes + NON_RESPONSE_SLOTS
    }

    /// How many slots a cell has.
    pub fn slots(&self) -> usize {
        self.offsets[self.codes.len()]
    }

    /// The slot of an answer within a cell; none when there is no such question or code.
    pub fn slot(&self, question: usize, answer: Answer) -> Option<usize> {
        let codes = self.codes(question)?;
        let within = match answer {
            Answer::Code(code) => Some(code).filter(|code| *code < codes)?,
            Answer::NotShown => codes,
            Answer::Skipped => codes + 1,
            Answer::DontKnow => codes + 2,
        };
        Some(self.offsets[question] + within)
    }

    /// The slots of a question: its codes, then the three ways of not answering.
    pub(crate) fn range(&self, question: usize) -> Option<std::ops::Range<usize>> {
        self.codes(question).map(|_| self.offsets[question]..self.offsets[question + 1])
    }
}

/// Counts that do not make a cube.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CubeError {
    /// A vector has the wrong length.
    #[error("{given} {what} were given, {expected} were expected")]
    Length {
        /// What the vector holds.
        what: &'static str,
        /// Its length.
        given: usize,
        /// The length that the frame and the layout ask for.
        expected: usize,
    },
    /// The answers to a question in a cell are not as many as the respondents of the cell.
    #[error("question {question}, cell {cell}: {answers} answers for {respondents} respondents")]
    Unbalanced {
        /// The question's index.
        question: usize,
        /// The cell.
        cell: usize,
        /// The sum of its slots.
        answers: u64,
        /// Respondents of the cell.
        respondents: u32,
    },
    /// There is no such cell, question or code.
    #[error("cell {cell} or the answer to question {question} is not in the cube")]
    OutOfRange {
        /// The cell.
        cell: usize,
        /// The question, or how many answers were given where all questions should have one.
        question: usize,
    },
    /// Two cubes of different frames or questions.
    #[error("cubes of different shapes do not add")]
    Shapes,
    /// More respondents than 32 bits count.
    #[error("a cube counts at most 4,294,967,295 respondents")]
    TooMany,
}

/// Respondents and their answers by weighting cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cube {
    frame: Frame,
    layout: Layout,
    respondents: Vec<u32>,
    counts: Vec<u32>,
    total: u32,
}

impl Cube {
    /// A cube of nobody.
    pub fn empty(frame: Frame, layout: Layout) -> Self {
        let respondents = vec![0; frame.cells()];
        let counts = vec![0; frame.cells() * layout.slots()];
        Self { frame, layout, respondents, counts, total: 0 }
    }

    /// The cube of counts made elsewhere: `respondents` by cell, `counts` as `[cell][question][slot]`.
    ///
    /// # Errors
    /// [`CubeError::Length`], [`CubeError::TooMany`], [`CubeError::Unbalanced`]: each respondent has one answer, or one way of
    /// not answering, to each question.
    pub fn from_counts(
        frame: Frame,
        layout: Layout,
        respondents: Vec<u32>,
        counts: Vec<u32>,
    ) -> Result<Self, CubeError> {
        let expected = frame.cells();
        if respondents.len() != expected {
            return Err(CubeError::Length { what: "numbers of respondents", given: respondents.len(), expected });
        }
        let expected = expected * layout.slots();
        if counts.len() != expected {
            return Err(CubeError::Length { what: "counts", given: counts.len(), expected });
        }
        let total = respondents.iter().copied().map(u64::from).sum::<u64>();
        let total = u32::try_from(total).map_err(|_| CubeError::TooMany)?;
        for (cell, (slots, respondents)) in rows(&counts, &layout).zip(&respondents).enumerate() {
            for question in 0..layout.questions() {
                let answers = slots[layout.offsets[question]..layout.offsets[question + 1]].iter();
                let answers: u64 = answers.copied().map(u64::from).sum();
                if answers != u64::from(*respondents) {
                    return Err(CubeError::Unbalanced { question, cell, answers, respondents: *respondents });
                }
            }
        }
        Ok(Self { frame, layout, respondents, counts, total })
    }

    /// Counts one respondent of a cell, with one answer per question.
    ///
    /// # Errors
    /// [`CubeError::OutOfRange`], [`CubeError::TooMany`]; the cube is then unchanged.
    pub fn record(&mut self, cell: usize, answers: &[Answer]) -> Result<(), CubeError> {
        if cell >= self.respondents.len() || answers.len() != self.layout.questions() {
            return Err(CubeError::OutOfRange { cell, question: answers.len() });
        }
        let wrong =
            answers.iter().enumerate().find(|(question, answer)| self.layout.slot(*question, **answer).is_none());
        if let Some((question, _)) = wrong {
            return Err(CubeError::OutOfRange { cell, question });
        }
        self.total = self.total.checked_add(1).ok_or(CubeError::TooMany)?;
        self.respondents[cell] += 1;
        let first = cell * self.layout.slots();
        for slot in answers.iter().enumerate().filter_map(|(question, answer)| self.layout.slot(question, *answer)) {
            self.counts[first + slot] += 1;
        }
        Ok(())
    }

    /// Adds the respondents of another cube to this one.
    ///
    /// # Errors
    /// [`CubeError::Shapes`], [`CubeError::TooMany`]; the cube is then unchanged.
    pub fn add(&mut self, other: &Self) -> Result<(), CubeError> {
        if self.frame != other.frame || self.layout != other.layout {
            return Err(CubeError::Shapes);
        }
        // No count exceeds the total, so that none overflows when the total does not.
        self.total = self.total.checked_add(other.total).ok_or(CubeError::TooMany)?;
        for (count, more) in self.respondents.iter_mut().zip(&other.respondents) {
            *count += more;
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        Ok(())
    }

    /// The weighting frame.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The questions.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Respondents by cell.
    pub fn respondents(&self) -> &[u32] {
        &self.respondents
    }

    /// The counts as `[cell][question][slot]`, [`Layout::slot`] telling which.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// All the respondents: the size of the design, whoever answered what.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// The slots of each cell in turn.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u32]> {
        rows(&self.counts, &self.layout)
    }
}

/// A cube without questions has no slot, and still a row per cell that the zip with respondents ends.
fn rows<'a>(counts: &'a [u32], layout: &Layout) -> impl Iterator<Item = &'a [u32]> {
    let slots = layout.slots();
    (0..).map(move |cell| counts.get(cell * slots..(cell + 1) * slots).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Dimension;

    fn empty() -> Cube {
        let sexe = Dimension { name: "sexe".into(), categories: vec!["F".into(), "H".into()] };
        Cube::empty(Frame::new(vec![sexe]).unwrap(), Layout::new(vec![2, 3]))
    }

    #[test]
    fn every_respondent_is_in_one_slot_of_each_question() {
        let mut cube = empty();
        cube.record(1, &[Answer::Code(0), Answer::NotShown]).unwrap();
        cube.record(1, &[Answer::Skipped, Answer::Code(2)]).unwrap();
        assert_eq!((cube.total(), cube.respondents()), (2, &[0, 2][..]));
        let rows: Vec<&[u32]> = cube.rows().take(2).collect();
        assert_eq!(rows, [&[0; 11][..], &[1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]]);
        let again = Cube::from_counts(cube.frame.clone(), cube.layout.clone(), vec![0, 2], cube.counts.clone());
        assert_eq!(again.as_ref(), Ok(&cube));
    }

    #[test]
    fn what_is_not_in_the_questionnaire_changes_nothing() {
        let mut cube = empty();
        let before = cube.clone();
        assert_eq!(
            cube.record(0, &[Answer::Code(0), Answer::Code(3)]),
            Err(CubeError::OutOfRange { cell: 0, question: 1 })
        );
        assert!(cube.record(2, &[Answer::Skipped; 2]).is_err());
        assert!(cube.record(0, &[Answer::Skipped]).is_err());
        assert_eq!(cube, before);
    }

    #[test]
    fn counts_that_lose_a_respondent_are_refused() {
        let mut counts = vec![0; 22];
        counts[3] = 1;
        let Cube { frame, layout, .. } = empty();
        let error = Cube::from_counts(frame.clone(), layout.clone(), vec![1, 0], counts);
        assert_eq!(error, Err(CubeError::Unbalanced { question: 1, cell: 0, answers: 0, respondents: 1 }));
        let error = Cube::from_counts(frame, layout, vec![1, 0], vec![0; 21]);
        assert_eq!(error, Err(CubeError::Length { what: "counts", given: 21, expected: 22 }));
    }

    #[test]
    fn cubes_of_other_questions_do_not_add() {
        let mut cube = empty();
        let other = Cube::empty(cube.frame.clone(), Layout::new(vec![2]));
        assert_eq!(cube.add(&other), Err(CubeError::Shapes));
    }
}
