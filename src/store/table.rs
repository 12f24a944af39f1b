//! What a role says of its tables, so that they can be rewritten and copied without this crate naming any.

/// A table, its random key first.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; the first is the primary key.
    pub columns: &'static [Column],
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Bytes.
    Bytes,
    /// Text.
    Text,
    /// Text, or nothing.
    OptionalText,
    /// Yes or no: 0 or 1 in `SQLite`.
    Flag,
}

impl Table {
    /// The primary key.
    pub fn key(&self) -> &'static str {
        self.columns[0].name
    }

    /// The columns' names, joined by commas.
    pub fn column_list(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }
}
