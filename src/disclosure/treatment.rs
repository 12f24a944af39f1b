//! What disclosure control must know of a table beyond what is printed of it.

use crate::raw::Row;

/// How the rows of a table that may not stand alone are merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Recoding {
    /// They are not: they are hidden.
    #[default]
    None,
    /// With the smaller of their neighbours, as age bands are.
    Neighbours,
    /// Into one row, « Autres ».
    Others,
    /// With others of their group, as communes of a sector are; then, where the group is too small, into one row. For each row
    /// after the first, its group.
    Groups(Vec<Row>),
}

/// How a table is to be treated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Treatment {
    /// Whether an answer to the question may harm whoever is known to have given it.
    pub sensitive: bool,
    /// Of a sensitive question, the codes of the choices from which nothing follows that could harm; they exclude each other. Every
    /// other choice may harm (`group_disclosure.rs` says what that means for a row).
    pub harmless: Vec<String>,
    /// The questions whose answers decide who is put this one: its bases are counts of theirs.
    pub asked_after: Vec<String>,
    /// The column « Autre » into which small choices may go, where one choice is given.
    pub other: Option<usize>,
    /// Whether an earlier breakdown sorts respondents alike, as cantons and communes do: then this one is not published, since
    /// a row of the one less rows of the other would be those few who are in one and not in the other.
    pub overlaps: bool,
    /// What becomes of small rows.
    pub recoding: Recoding,
}
