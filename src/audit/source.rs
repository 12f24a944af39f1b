//! Opening a database to read it, whichever of the two kinds it is, and asking it for numbers and values.
//!
//! A server may be writing to the database. Each question is a statement of its own, so that no lock is held that a
//! rewrite would have to wait for.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use crate::catalogue::{self, Table};
use crate::french::count;
use crate::report::{Check, Question};
use crate::{Database, Role, schema};

pub(crate) const READABLE: Question = Question {
    name: "readable",
    title: "Base lisible",
    advice: "donnez la base d’Isoloir qui correspond à ce rôle, dans la version qui l’a créée",
};

/// Why a database, or something in it, could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error("{} n’existe pas ou ne peut pas être lu ({source})", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{} n’est pas une base SQLite", .0.display())]
    NotSqlite(PathBuf),
    #[error("la base ne répond pas comme attendu ({0})")]
    Database(#[from] sqlx::Error),
    #[error("il manque des tables d’Isoloir ou des colonnes : {0}")]
    Schema(String),
    #[error("le fichier est incohérent à la page {page} ({what})")]
    Corrupt { page: u32, what: &'static str },
    #[error("le fichier change sans cesse pendant la lecture ; auditez une copie")]
    Busy,
}

/// A connection of either kind.
pub(crate) enum Connected {
    Sqlite { connection: SqliteConnection, path: PathBuf },
    Postgres(PgConnection),
}

/// A database that can be read, and what its catalogue says.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) connected: Connected,
    pub(crate) tables: Vec<Table>,
    /// Tables and columns (`table.column`) that a check has named already: what comes later need not name them again.
    pub(crate) told: Vec<String>,
    /// SQLite: rows lie in the order of their keys.
    pub(crate) in_order: bool,
    /// PostgreSQL: the schema of the other role, when it is in this database. That is told once, as a fault of its own.
    pub(crate) others_schema: Option<String>,
}

/// How a report names a database: never with the password of its URL.
pub(crate) fn subject_name(role: Role, database: &Database) -> String {
    match database {
        Database::Sqlite(path) => format!("{} ({})", role.french(), path.display()),
        Database::Postgres(url) => {
            let address = url.split_once("://").map_or("", |(_, rest)| rest);
            let address = address.split(['?', '#']).next().unwrap_or_default();
            let address = address.rsplit_once('@').map_or(address, |(_, rest)| rest);
            format!("{} (PostgreSQL, {address})", role.french())
        }
    }
}

/// Opens a database to read it, and checks that it is one of ours.
pub(crate) async fn open(role: Role, database: &Database) -> Result<Opened, SourceError> {
    let mut connected = match database {
        Database::Sqlite(path) => Connected::Sqlite { connection: open_sqlite(path).await?, path: path.clone() },
        Database::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await?;
            connection.execute("SET default_transaction_read_only = on").await?;
            Connected::Postgres(connection)
        }
    };
    let tables = catalogue::read(&mut connected).await?;
    let absent = schema::absent(role, &tables);
    if !absent.is_empty() {
        return Err(SourceError::Schema(absent.join(", ")));
    }
    let name = subject_name(role, database);
    Ok(Opened { name, role, connected, tables, told: Vec::new(), in_order: false, others_schema: None })
}

/// A file that a server has open is read through the same log and locks as the server's. Any other is read as immutable:
/// SQLite then makes no file beside it, so that a copy stays as it was and may lie on a disk that cannot be written.
async fn open_sqlite(path: &Path) -> Result<SqliteConnection, SourceError> {
    let mut start = [0; 16];
    std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start))
        .map_err(|source| SourceError::File { path: path.to_owned(), source })?;
    if start != *b"SQLite format 3\0" {
        return Err(SourceError::NotSqlite(path.to_owned()));
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    if is_open(path)
        && let Ok(mut connection) = options.clone().connect().await
        && connection.execute("SELECT 1 FROM sqlite_schema").await.is_ok()
    {
        return Ok(connection);
    }
    Ok(options.immutable(true).connect().await?)
}

/// Whether somebody has a file open, or ended without closing it: whoever closes it last removes these two.
pub(crate) fn is_open(path: &Path) -> bool {
    ["-wal", "-shm"].iter().all(|suffix| PathBuf::from(format!("{}{suffix}", path.display())).exists())
}

/// A name between the quotes that both dialects take.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Connected {
    /// The first column of the first row, as a whole number.
    pub(crate) async fn number(&mut self, sql: String) -> Result<i64, sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite { connection, .. } => sqlx::query_scalar(sql).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
    }

    /// Every row's first column, as text; rows where it is null are left out.
    pub(crate) async fn each_text(&mut self, sql: String, mut visit: impl FnMut(&str)) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite { connection, .. } => {
                let mut rows = sqlx::query(sql).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    if let Some(text) = row.try_get::<Option<&str>, _>(0)? {
                        visit(text);
                    }
                }
            }
            Self::Postgres(connection) => {
                let mut rows = sqlx::query(sql).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    if let Some(text) = row.try_get::<Option<&str>, _>(0)? {
                        visit(text);
                    }
                }
            }
        }
        Ok(())
    }

    /// Every value of a column of bytes, in the order of the values.
    pub(crate) async fn each_blob(
        &mut self,
        table: &Table,
        column: &str,
        mut visit: impl FnMut(&[u8]),
    ) -> Result<(), sqlx::Error> {
        let (column, name) = (quoted(column), quoted(&table.name));
        match self {
            Self::Sqlite { connection, .. } => {
                let sql = format!("SELECT {column} FROM {name} WHERE typeof({column}) = 'blob' ORDER BY {column}");
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    visit(row.try_get(0)?);
                }
            }
            Self::Postgres(connection) => {
                let value = if table.kind_of(&column[1..column.len() - 1]) == Some("uuid") {
                    format!("uuid_send({column})")
                } else {
                    column.clone()
                };
                let sql = format!("SELECT {value} FROM {name} WHERE {column} IS NOT NULL ORDER BY {column}");
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    visit(row.try_get(0)?);
                }
            }
        }
        Ok(())
    }
}

impl Opened {
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// What was opened.
    pub(crate) fn describe(&self) -> Check {
        let rows = self.tables.iter().map(|table| table.rows).sum();
        let measured =
            format!("{}, {}", count(self.tables.len() as u64, "table", "tables"), count(rows, "ligne", "lignes"));
        READABLE.judge(&self.name, true, &measured)
    }

    pub(crate) async fn close(self) {
        // Nothing was written, so there is nothing to lose when the other side is already gone.
        let _ = match self.connected {
            Connected::Sqlite { connection, .. } => connection.close().await,
            Connected::Postgres(connection) => connection.close().await,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_report_shows_a_password() {
        let database = Database::Postgres("postgres://urne:s3cret@db.exemple.fr/urne?sslmode=require".into());
        assert_eq!(subject_name(Role::Collector, &database), "urne (PostgreSQL, db.exemple.fr/urne)");
    }
}
