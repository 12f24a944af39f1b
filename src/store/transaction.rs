//! A transaction on either database.

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Executor, Postgres, Row, Sqlite};

use crate::statement::{placeholders, postgres_arguments, sqlite_arguments};
use crate::{ColumnKind, Record, StoreError, Table, Value};

/// Values bound by one statement at most; both databases take several times as many.
const MAX_VALUES: usize = 4000;
/// Rows read or written at a time when a table is copied.
const ROWS_PER_COPY: i64 = 500;

/// Statements that take effect together. Dropped before [`Transaction::commit`], nothing happened.
pub struct Transaction {
    connection: Connection,
    is_committed: bool,
}

enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Transaction {
    pub(crate) async fn on_sqlite(
        mut connection: PoolConnection<Sqlite>,
        begin: &'static str,
    ) -> Result<Self, StoreError> {
        connection.execute(begin).await?;
        Ok(Self { connection: Connection::Sqlite(connection), is_committed: false })
    }

    pub(crate) async fn on_postgres(
        connection: PoolConnection<Postgres>,
        begin: &[impl AsRef<str>],
    ) -> Result<Self, StoreError> {
        let mut transaction = Self { connection: Connection::Postgres(connection), is_committed: false };
        for sql in begin {
            transaction.run(AssertSqlSafe(sql.as_ref().to_owned())).await?;
        }
        Ok(transaction)
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Statement`]. Nothing happened then, unless the connection broke while the server was answering.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                connection.execute("COMMIT").await?;
            }
            Connection::Postgres(connection) => {
                connection.execute("COMMIT").await?;
            }
        }
        self.is_committed = true;
        Ok(())
    }

    /// Runs statements without values.
    pub(crate) async fn run(&mut self, sql: AssertSqlSafe<String>) -> Result<(), StoreError> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                sqlx::raw_sql(sql).execute(&mut **connection).await?;
            }
            Connection::Postgres(connection) => {
                sqlx::raw_sql(sql).execute(&mut **connection).await?;
            }
        }
        Ok(())
    }

    /// Reads rows, also those that a `RETURNING` gives.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn rows<T: Record>(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        self.fetch(AssertSqlSafe(sql.to_owned()), values).await
    }

    async fn fetch<T: Record>(
        &mut self,
        sql: AssertSqlSafe<String>,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, StoreError> {
        Ok(match &mut self.connection {
            Connection::Sqlite(connection) => {
                sqlx::query_as_with(sql, sqlite_arguments(values)?).fetch_all(&mut **connection).await?
            }
            Connection::Postgres(connection) => {
                sqlx::query_as_with(sql, postgres_arguments(values)?).fetch_all(&mut **connection).await?
            }
        })
    }

    /// Writes one statement.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.write(AssertSqlSafe(sql.to_owned()), values).await
    }

    async fn write(&mut self, sql: AssertSqlSafe<String>, values: &[Value<'_>]) -> Result<(), StoreError> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                sqlx::query_with(sql, sqlite_arguments(values)?).execute(&mut **connection).await?;
            }
            Connection::Postgres(connection) => {
                sqlx::query_with(sql, postgres_arguments(values)?).execute(&mut **connection).await?;
            }
        }
        Ok(())
    }

    /// Inserts rows, in their order, with as few statements as there can be. `values` holds the rows one after the other, a
    /// value for each of the table's columns.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn insert(&mut self, table: &Table, values: &[Value<'_>]) -> Result<(), StoreError> {
        let columns = table.columns.len();
        for chunk in values.chunks(MAX_VALUES / columns * columns) {
            let sql = format!(
                "INSERT INTO {} ({}) VALUES {}",
                table.name,
                table.column_list(),
                self.placeholders(chunk.len() / columns, columns)
            );
            self.write(AssertSqlSafe(sql), chunk).await?;
        }
        Ok(())
    }

    /// Which of these keys the table holds, its key being one column of bytes.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn known_keys(&mut self, table: &Table, keys: &[Value<'_>]) -> Result<Vec<Vec<u8>>, StoreError> {
        let (name, key) = (table.name, table.columns[0].name);
        let mut known = Vec::new();
        for chunk in keys.chunks(MAX_VALUES) {
            let sql = format!("SELECT {key} FROM {name} WHERE {key} IN {}", self.placeholders(1, chunk.len()));
            let rows: Vec<(Vec<u8>,)> = self.fetch(AssertSqlSafe(sql), chunk).await?;
            known.extend(rows.into_iter().map(|(key,)| key));
        }
        Ok(known)
    }

    fn placeholders(&self, rows: usize, columns: usize) -> String {
        placeholders(rows, columns, matches!(self.connection, Connection::Postgres(_)))
    }

    /// Whether a table has any row.
    pub(crate) async fn has_rows(&mut self, table: &Table) -> Result<bool, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT 1 FROM {} LIMIT 1", table.name));
        let rows: Vec<(i32,)> = self.fetch(sql, &[]).await?;
        Ok(!rows.is_empty())
    }

    /// Copies a table's rows into the same table of another database, in key order, and counts them.
    pub(crate) async fn copy_into(&mut self, other: &mut Self, table: &Table) -> Result<u64, StoreError> {
        let (name, key, columns) = (table.name, table.key(), table.column_list());
        let last_key: Vec<String> = (0..table.key_columns).map(|index| format!("${}", index + 2)).collect();
        let first = format!("SELECT {columns} FROM {name} ORDER BY {key} LIMIT $1");
        let next =
            format!("SELECT {columns} FROM {name} WHERE ({key}) > ({}) ORDER BY {key} LIMIT $1", last_key.join(", "));
        let (mut last, mut count): (Vec<Cell>, u64) = (Vec::new(), 0);
        loop {
            let values: Vec<Value<'_>> =
                [Value::Integer(ROWS_PER_COPY)].into_iter().chain(last.iter().map(Cell::value)).collect();
            let mut rows = self.cells(if count == 0 { &first } else { &next }, &values, table).await?;
            let values: Vec<Value<'_>> = rows.iter().flatten().map(Cell::value).collect();
            other.insert(table, &values).await?;
            count += rows.len() as u64;
            let Some(last_row) = rows.pop() else { return Ok(count) };
            last = last_row.into_iter().take(table.key_columns).collect();
        }
    }

    async fn cells(&mut self, sql: &str, values: &[Value<'_>], table: &Table) -> Result<Vec<Vec<Cell>>, StoreError> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(sql, sqlite_arguments(values)?);
                let rows = query.fetch_all(&mut **connection).await?;
                rows.iter().map(|row| sqlite_cells(row, table)).collect()
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(sql, postgres_arguments(values)?);
                let rows = query.fetch_all(&mut **connection).await?;
                rows.iter().map(|row| postgres_cells(row, table)).collect()
            }
        }
    }
}

impl Drop for Transaction {
    /// A transaction that was given up takes its connection with it. When the disk is full `SQLite` rolls back by itself, and
    /// the connection no longer knows where it stands; a new one does.
    fn drop(&mut self) {
        if !self.is_committed {
            match &mut self.connection {
                Connection::Sqlite(connection) => connection.close_on_drop(),
                Connection::Postgres(connection) => connection.close_on_drop(),
            }
        }
    }
}

/// A value on its way from one database to another.
#[derive(Debug, Clone)]
enum Cell {
    Bytes(Vec<u8>),
    Text(Option<String>),
    Flag(bool),
    Integer(i64),
}

impl Cell {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Text(text) => Value::OptionalText(text.as_deref()),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Integer(number) => Value::Integer(*number),
        }
    }
}

/// Reads a row of one driver.
macro_rules! cells {
    ($name:ident, $row:ty) => {
        fn $name(row: &$row, table: &Table) -> Result<Vec<Cell>, StoreError> {
            let cell = |(index, column): (usize, &crate::Column)| {
                Ok(match column.kind {
                    ColumnKind::Bytes => Cell::Bytes(row.try_get(index)?),
                    ColumnKind::Text | ColumnKind::OptionalText => Cell::Text(row.try_get(index)?),
                    ColumnKind::Flag => Cell::Flag(row.try_get(index)?),
                    ColumnKind::Integer => Cell::Integer(row.try_get(index)?),
                })
            };
            table.columns.iter().enumerate().map(cell).collect()
        }
    };
}

cells!(sqlite_cells, SqliteRow);
cells!(postgres_cells, PgRow);
