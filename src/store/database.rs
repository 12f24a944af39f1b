//! A role's database: a `SQLite` file or a `PostgreSQL` server, opened with the settings that the promises need.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool};

use crate::sqlite::OpenFile;
use crate::statement::sqlite_arguments;
use crate::{Record, StoreError, Table, Transaction, Value, postgres};

pub(crate) const MAX_CONNECTIONS: u32 = 8;
/// How long a caller waits for a connection: longer than a hiccup, shorter than a resident's patience.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);

/// Where a role keeps its rows.
#[derive(Clone)]
pub enum Location {
    /// A `SQLite` file, made when it is not there.
    File(PathBuf),
    /// A database on a `PostgreSQL` server.
    Server(Box<PgConnectOptions>),
}

impl Location {
    /// Reads `postgres://user:password@host/database`. What is not said comes from the usual `PG…` variables.
    ///
    /// # Errors
    /// [`StoreError::Address`], which does not repeat the address.
    pub fn server(url: &str) -> Result<Self, StoreError> {
        let address = |reason: String| StoreError::Address { reason };
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        if !matches!(scheme, Some("postgres" | "postgresql")) {
            return Err(address("elle doit commencer par postgres://".to_owned()));
        }
        let options = PgConnectOptions::from_str(url).map_err(|error| match error {
            sqlx::Error::Configuration(source) => address(source.to_string()),
            other => address(other.to_string()),
        })?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err(address("le nom de la base manque après la machine".to_owned()));
        }
        Ok(Self::Server(Box::new(options)))
    }

    /// Whether both name the same file, or the same database of the same server.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// The path, or `machine:port/base`; never a password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(options) => {
                let base = options.get_database().unwrap_or_default();
                match options.get_socket() {
                    Some(socket) => write!(f, "{}:{}/{base}", socket.display(), options.get_port()),
                    None => write!(f, "{}:{}/{base}", options.get_host(), options.get_port()),
                }
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// A role's migrations, for either database.
#[derive(Debug)]
pub struct Migrations {
    /// For a `SQLite` file.
    pub sqlite: Migrator,
    /// For a `PostgreSQL` server; none where the role is only ever kept in a file.
    pub postgres: Option<Migrator>,
}

/// An open database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    place: Arc<str>,
}

#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(Arc<OpenFile>),
    Postgres(PgPool),
}

impl Database {
    /// Opens the database, makes the file when it is not there, and brings it to the latest migration. A file and its folder
    /// are readable by their owner only.
    ///
    /// # Errors
    /// [`StoreError`], which names the database and what to do.
    pub async fn open(location: &Location, migrations: &Migrations) -> Result<Self, StoreError> {
        let place: Arc<str> = location.to_string().into();
        let migrate = |error| match error {
            MigrateError::Execute(reason) => StoreError::Open { place: place.to_string(), reason },
            source => StoreError::Migrate { place: place.to_string(), source },
        };
        match (location, &migrations.postgres) {
            (Location::File(path), _) => {
                let file = OpenFile::open(path).await?;
                migrations.sqlite.run(&mut *file.acquire().await?).await.map_err(migrate)?;
                Ok(Self { pool: Pool::Sqlite(file), place })
            }
            (Location::Server(options), Some(migrator)) => {
                let pool = postgres::open(options, &place).await?;
                migrator.run(&pool).await.map_err(migrate)?;
                postgres::check_rights(&pool, &place).await?;
                Ok(Self { pool: Pool::Postgres(pool), place })
            }
            (Location::Server(_), None) => {
                Err(StoreError::Address { reason: "ce rôle se range dans un fichier".to_owned() })
            }
        }
    }

    /// Where its rows are, without a password.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Starts a transaction that writes. It waits for its turn: one writes at a time, in all processes together.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        match &self.pool {
            Pool::Sqlite(file) => Transaction::on_sqlite(file, "BEGIN IMMEDIATE").await,
            Pool::Postgres(pool) => Transaction::on_postgres(pool.acquire().await?, &postgres::BEGIN).await,
        }
    }

    /// Starts a transaction whose statements all see these tables as they are now, while others go on writing.
    async fn snapshot(&self, tables: &[Table]) -> Result<Transaction, StoreError> {
        match &self.pool {
            Pool::Sqlite(file) => Transaction::on_sqlite(file, "BEGIN").await,
            Pool::Postgres(pool) => {
                Transaction::on_postgres(pool.acquire().await?, &postgres::begin_snapshot(tables)).await
            }
        }
    }

    /// Reads rows.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn rows<T: Record>(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        match &self.pool {
            // One statement sees one state of the file.
            Pool::Sqlite(file) => {
                let mut connection = file.acquire().await?;
                Ok(sqlx::query_as_with(AssertSqlSafe(sql), sqlite_arguments(values)?)
                    .fetch_all(&mut *connection)
                    .await?)
            }
            // Between two transactions of the writer, since rewriting a table empties it for older readers.
            Pool::Postgres(pool) => {
                let mut turn = Transaction::on_postgres(pool.acquire().await?, &postgres::BEGIN_READING).await?;
                let rows = turn.rows(sql, values).await?;
                turn.commit().await?;
                Ok(rows)
            }
        }
    }

    /// Reads the single row that an aggregate gives.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn row<T: Record>(&self, sql: &'static str, values: &[Value<'_>]) -> Result<T, StoreError> {
        let rows = self.rows(sql, values).await?;
        Ok(rows.into_iter().next().ok_or(sqlx::Error::RowNotFound)?)
    }

    /// Writes one statement, durably.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        transaction.execute(sql, values).await?;
        transaction.commit().await
    }

    /// Whether a changed row leaves its former self behind, and takes a new place and a new transaction number.
    pub(crate) fn keeps_former_rows(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
    }

    /// Forgets how the rows came that are rewritten in each batch, `tables` being theirs. In a `SQLite` file that means
    /// emptying the write-ahead log, which holds the history of every write, in order; while another process reads the file
    /// this cannot be done, and the answer is `false`. A `PostgreSQL` server keeps and recycles its own log; there the former
    /// rows are thrown away.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn forget_recent(&self, tables: &[Table]) -> Result<bool, StoreError> {
        match &self.pool {
            Pool::Sqlite(file) => file.forget_log().await,
            Pool::Postgres(_) => self.forget_order(tables).await,
        }
    }

    /// Rewrites the rows in the order of their keys, so that no physical trace of the order of writing is left: neither their
    /// place, nor a transaction number, nor a row that was deleted or replaced. `tables` are all of the role's tables with
    /// random keys. Answers `false` when the log of a `SQLite` file could not be emptied afterwards.
    ///
    /// # Errors
    /// [`StoreError::Statement`]; the rows are then as they were.
    pub async fn forget_order(&self, tables: &[Table]) -> Result<bool, StoreError> {
        match &self.pool {
            Pool::Sqlite(file) => file.rewrite().await,
            Pool::Postgres(_) => {
                let mut transaction = self.begin().await?;
                postgres::rewrite(&mut transaction, tables).await?;
                transaction.commit().await?;
                Ok(true)
            }
        }
    }

    /// Refuses a database in which one of these tables has rows.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], or [`StoreError::Statement`].
    pub async fn check_empty(&self, tables: &[Table]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        transaction.check_empty(tables).await?;
        transaction.commit().await
    }

    /// Copies the rows of these tables, as they are now, into an empty database, all of them at once; those first to which others
    /// refer. No order of writing is left in `growing`. Returns how many rows each table has.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], or [`StoreError::Statement`]; the other database is then as it was.
    pub async fn copy_into(&self, other: &Self, tables: &[Table], growing: &[Table]) -> Result<Vec<u64>, StoreError> {
        let (mut from, mut to) = (self.snapshot(tables).await?, other.begin().await?);
        to.check_empty(tables).await?;
        let mut counts = Vec::with_capacity(tables.len());
        for table in tables {
            counts.push(from.copy_into(&mut to, table).await?);
        }
        from.commit().await?;
        to.commit().await?;
        other.forget_order_or_warn(growing).await;
        Ok(counts)
    }

    /// Forgets the order of writing where that is not worth failing for: what was written is written, and the next process to
    /// write tries again.
    pub async fn forget_order_or_warn(&self, tables: &[Table]) {
        if let Err(error) = self.forget_order(tables).await {
            tracing::warn!(%error, "l’ordre des écritures n’a pas pu être effacé ; le serveur l’effacera à son prochain démarrage");
        }
    }

    /// How large the rows of these tables are on disk.
    ///
    /// # Errors
    /// [`StoreError::Statement`].
    pub async fn size_bytes(&self, tables: &[Table]) -> Result<u64, StoreError> {
        match &self.pool {
            Pool::Sqlite(file) => file.size_bytes().await,
            Pool::Postgres(pool) => postgres::size_bytes(pool, tables).await,
        }
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(file) => file.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let location = Location::server("postgres://urne:secret@db.example:5433/isoloir").expect("an address");
        assert_eq!(location.to_string(), "db.example:5433/isoloir");
        assert!(!format!("{location:?}").contains("secret"));
    }

    #[test]
    fn an_address_that_cannot_be_read_is_refused_without_repeating_it() {
        for url in ["mysql://a:secret@b/c", "secret", "postgres://urne:secret@db:port/isoloir"] {
            let error = Location::server(url).expect_err("refused").to_string();
            assert!(error.contains("postgres://") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn two_accounts_on_one_database_are_the_same_place() {
        let location = |url| Location::server(url).expect("an address");
        assert!(location("postgres://a@h/x").is_same_as(&location("postgres://b:p@h:5432/x")));
        assert!(!location("postgres://a@h/x").is_same_as(&location("postgres://a@h/y")));
    }
}
