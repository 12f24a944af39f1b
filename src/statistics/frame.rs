//! The weighting frame: the cells within which everybody has the same weight, and the ways to group them into rows.
//!
//! A cell is a combination of categories, such as a commune, an age band and a sex. Cells are numbered with the last
//! dimension fastest, so that a frame [`Frame::extended`] by one more dimension keeps its cells in order.

/// One coordinate of the weighting cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// What it is, such as « commune ».
    pub name: String,
    /// Its categories, in their own order where they have one.
    pub categories: Vec<String>,
}

/// A frame or a grouping that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A dimension without category: nobody could be in any cell.
    #[error("dimension {dimension} has no category")]
    NoCategory {
        /// Its name.
        dimension: String,
    },
    /// More combinations than can be counted.
    #[error("the frame would have more than {limit} cells")]
    TooManyCells {
        /// The largest number of cells.
        limit: usize,
    },
    /// There is no such dimension.
    #[error("no dimension {index}: the frame has {dimensions}")]
    NoDimension {
        /// The index asked for.
        index: usize,
        /// How many there are.
        dimensions: usize,
    },
    /// A grouping does not say where each row goes.
    #[error("{given} groups were given for the {rows} rows of {breakdown}")]
    GroupCount {
        /// The breakdown's name.
        breakdown: String,
        /// Its rows.
        rows: usize,
        /// Groups given.
        given: usize,
    },
    /// A grouping sends a row to a group without name.
    #[error("group {group} of {breakdown} has no name")]
    NoGroup {
        /// The breakdown's name.
        breakdown: String,
        /// The group.
        group: usize,
    },
}

/// Every combination of the categories of some dimensions. Without dimension it has a single cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    dimensions: Vec<Dimension>,
    cells: usize,
}

impl Frame {
    /// The largest number of cells.
    pub const MAX_CELLS: usize = 1 << 24;

    /// The frame of these dimensions.
    ///
    /// # Errors
    /// [`FrameError::NoCategory`], [`FrameError::TooManyCells`].
    pub fn new(dimensions: Vec<Dimension>) -> Result<Self, FrameError> {
        let mut cells = 1_usize;
        for dimension in &dimensions {
            if dimension.categories.is_empty() {
                return Err(FrameError::NoCategory { dimension: dimension.name.clone() });
            }
            cells = cells
                .checked_mul(dimension.categories.len())
                .filter(|cells| *cells <= Self::MAX_CELLS)
                .ok_or(FrameError::TooManyCells { limit: Self::MAX_CELLS })?;
        }
        Ok(Self { dimensions, cells })
    }

    /// This frame with each cell divided by one more dimension, such as a declared breakdown that carries no weight.
    ///
    /// # Errors
    /// As [`Frame::new`].
    pub fn extended(&self, dimension: Dimension) -> Result<Self, FrameError> {
        let mut dimensions = self.dimensions.clone();
        dimensions.push(dimension);
        Self::new(dimensions)
    }

    /// The dimensions.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The cell with these coordinates, one per dimension; none when they are out of range.
    pub fn cell(&self, coordinates: &[usize]) -> Option<usize> {
        if coordinates.len() != self.dimensions.len() {
            return None;
        }
        coordinates.iter().zip(&self.dimensions).try_fold(0, |cell, (coordinate, dimension)| {
            let size = dimension.categories.len();
            (*coordinate < size).then(|| cell * size + coordinate)
        })
    }

    /// How many cells of this frame make one of `coarser`, when this is `coarser` extended.
    pub(crate) fn cells_per_cell_of(&self, coarser: &Self) -> Option<usize> {
        self.dimensions.starts_with(&coarser.dimensions).then(|| self.cells / coarser.cells)
    }

    /// Everybody in one row.
    pub fn whole(&self) -> Breakdown {
        Breakdown { name: String::new(), rows: vec![String::new()], row_of_cell: vec![Some(0); self.cells] }
    }

    /// One row per category of a dimension.
    ///
    /// # Errors
    /// [`FrameError::NoDimension`].
    pub fn by(&self, dimension: usize) -> Result<Breakdown, FrameError> {
        self.by_each(&[dimension])
    }

    /// One row per combination of categories of some dimensions, the last fastest: commune × age.
    ///
    /// # Errors
    /// [`FrameError::NoDimension`].
    pub fn by_each(&self, dimensions: &[usize]) -> Result<Breakdown, FrameError> {
        let mut names = Vec::new();
        let mut rows = vec![String::new()];
        let mut row_of_cell = vec![0_usize; self.cells];
        for &index in dimensions {
            let dimension = self
                .dimensions
                .get(index)
                .ok_or(FrameError::NoDimension { index, dimensions: self.dimensions.len() })?;
            names.push(dimension.name.as_str());
            let size = dimension.categories.len();
            let stride: usize = self.dimensions[index + 1..].iter().map(|later| later.categories.len()).product();
            for (cell, row) in row_of_cell.iter_mut().enumerate() {
                *row = *row * size + cell / stride % size;
            }
            rows = rows
                .iter()
                .flat_map(|before| dimension.categories.iter().map(move |category| join(before, category)))
                .collect();
        }
        let row_of_cell = row_of_cell.into_iter().map(Some).collect();
        Ok(Breakdown { name: names.join(" × "), rows, row_of_cell })
    }
}

fn join(before: &str, category: &str) -> String {
    if before.is_empty() { category.to_owned() } else { format!("{before} × {category}") }
}

/// A way to sort the cells of a frame into the rows of a table; a cell may be in no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    pub(crate) name: String,
    pub(crate) rows: Vec<String>,
    pub(crate) row_of_cell: Vec<Option<usize>>,
}

impl Breakdown {
    /// The names of the dimensions it comes from, joined; empty for everybody in one row.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rows' names.
    pub fn rows(&self) -> &[String] {
        &self.rows
    }

    /// The row of each cell of the frame, where it is in one.
    pub fn row_of_cells(&self) -> &[Option<usize>] {
        &self.row_of_cell
    }

    /// The breakdown whose rows are groups of these: communes into sectors, small categories into « Autre », a category
    /// that is no answer into no row. `group_of_row` holds one entry per row.
    ///
    /// # Errors
    /// [`FrameError::GroupCount`], [`FrameError::NoGroup`].
    pub fn grouped(&self, name: &str, groups: Vec<String>, group_of_row: &[Option<usize>]) -> Result<Self, FrameError> {
        if group_of_row.len() != self.rows.len() {
            let (rows, given) = (self.rows.len(), group_of_row.len());
            return Err(FrameError::GroupCount { breakdown: self.name.clone(), rows, given });
        }
        if let Some(group) = group_of_row.iter().flatten().copied().find(|group| *group >= groups.len()) {
            return Err(FrameError::NoGroup { breakdown: self.name.clone(), group });
        }
        let row_of_cell = self.row_of_cell.iter().map(|row| row.and_then(|row| group_of_row[row])).collect();
        Ok(Self { name: name.to_owned(), rows: groups, row_of_cell })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn dimension(name: &str, categories: &[&str]) -> Dimension {
        Dimension { name: name.to_owned(), categories: categories.iter().map(ToString::to_string).collect() }
    }

    fn frame() -> Frame {
        Frame::new(vec![dimension("commune", &["A", "B", "C"]), dimension("age", &["18-39", "40+"])]).expect("a frame")
    }

    #[test]
    fn cells_are_sorted_into_rows_by_their_coordinates() {
        let frame = frame();
        assert_eq!(frame.cells(), 6);
        assert_eq!(frame.cell(&[2, 1]), Some(5));
        assert_eq!((frame.cell(&[3, 0]), frame.cell(&[0])), (None, None));
        let rows = |breakdown: &Breakdown| breakdown.row_of_cell.iter().map(|row| row.unwrap()).collect::<Vec<_>>();
        assert_eq!(rows(&frame.by(0).unwrap()), [0, 0, 1, 1, 2, 2]);
        assert_eq!(rows(&frame.by(1).unwrap()), [0, 1, 0, 1, 0, 1]);
        let swapped = frame.by_each(&[1, 0]).unwrap();
        assert_eq!(rows(&swapped), [0, 3, 1, 4, 2, 5]);
        assert_eq!((swapped.name(), swapped.rows()[5].as_str()), ("age × commune", "40+ × C"));
    }

    #[test]
    fn rows_are_grouped_or_left_out() {
        let sectors =
            frame().by(0).unwrap().grouped("secteur", vec!["Nord".into()], &[Some(0), Some(0), None]).unwrap();
        assert_eq!(sectors.row_of_cell, [Some(0), Some(0), Some(0), Some(0), None, None]);
        let error = frame().by(0).unwrap().grouped("secteur", vec!["Nord".into()], &[Some(0), Some(1), None]);
        assert_eq!(error, Err(FrameError::NoGroup { breakdown: "commune".into(), group: 1 }));
    }

    #[test]
    fn an_extended_frame_divides_each_cell_in_order() {
        let extended = frame().extended(dimension("ALD", &["oui", "non"])).unwrap();
        assert_eq!(extended.cells_per_cell_of(&frame()), Some(2));
        assert_eq!(extended.cell(&[2, 1, 1]), Some(5 * 2 + 1));
        assert_eq!(frame().cells_per_cell_of(&extended), None);
    }

    #[test]
    fn frames_that_nobody_or_nothing_could_fill_are_refused() {
        assert!(matches!(Frame::new(vec![dimension("sexe", &[])]), Err(FrameError::NoCategory { .. })));
        let many: Vec<&str> = vec!["x"; 300];
        let dimensions = vec![dimension("a", &many), dimension("b", &many), dimension("c", &many)];
        assert!(matches!(Frame::new(dimensions), Err(FrameError::TooManyCells { .. })));
        assert!(matches!(frame().by(2), Err(FrameError::NoDimension { index: 2, dimensions: 2 })));
    }
}
