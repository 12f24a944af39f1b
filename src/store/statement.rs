//! Statements that both databases understand: what may be bound, and what may be read back.

use std::fmt::Write;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, FromRow};

use crate::StoreError;

/// Something bound to a `$n`.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// Text, or nothing.
    OptionalText(Option<&'a str>),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Integer(i64),
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// A tuple of column values that either database can give.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The values in the form that one driver takes.
macro_rules! arguments {
    ($name:ident, $arguments:ty) => {
        pub(crate) fn $name(values: &[Value<'_>]) -> Result<$arguments, StoreError> {
            let mut arguments = <$arguments>::default();
            for value in values {
                match *value {
                    Value::Bytes(bytes) => Arguments::add(&mut arguments, bytes),
                    Value::Text(text) => Arguments::add(&mut arguments, text),
                    Value::OptionalText(text) => Arguments::add(&mut arguments, text),
                    Value::Flag(flag) => Arguments::add(&mut arguments, flag),
                    Value::Integer(number) => Arguments::add(&mut arguments, number),
                }
                .map_err(|error| StoreError::Statement(sqlx::Error::Encode(error)))?;
            }
            Ok(arguments)
        }
    };
}

arguments!(sqlite_arguments, SqliteArguments);
arguments!(postgres_arguments, PgArguments);

/// `($1, $2), ($3, $4), …`, or `(?, ?), (?, ?), …` for SQLite: there each `$n` is a name, looked for among all others.
pub(crate) fn placeholders(rows: usize, columns: usize, are_numbered: bool) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            text.push_str(if column == 0 { "" } else { ", " });
            if are_numbered {
                write!(text, "${}", row * columns + column + 1).expect("a String takes everything");
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_through() {
        assert_eq!(placeholders(2, 2, true), "($1, $2), ($3, $4)");
        assert_eq!(placeholders(1, 3, true), "($1, $2, $3)");
        assert_eq!(placeholders(2, 2, false), "(?, ?), (?, ?)");
    }
}
