//! What a role says of its tables, so that they can be rewritten and copied without this crate naming any.

/// A table, the columns of its primary key first.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// How many of them are the primary key.
    pub key_columns: usize,
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
    /// A whole number.
    Integer,
}

impl Column {
    /// A column of bytes.
    pub const fn bytes(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Bytes }
    }

    /// A column of text.
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Text }
    }

    /// A column of text that may be missing.
    pub const fn optional_text(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::OptionalText }
    }

    /// A column of yes or no.
    pub const fn flag(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Flag }
    }

    /// A column of whole numbers.
    pub const fn integer(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Integer }
    }
}

impl Table {
    /// A table whose first column is its primary key.
    pub const fn new(name: &'static str, columns: &'static [Column]) -> Self {
        Self { name, columns, key_columns: 1 }
    }

    /// The primary key's columns, joined by commas.
    pub fn key(&self) -> String {
        join(&self.columns[..self.key_columns])
    }

    /// The columns' names, joined by commas.
    pub fn column_list(&self) -> String {
        join(self.columns)
    }
}

fn join(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}
