//! `SQLite` databases, opened with the settings that the promises need.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: u32 = 8;

/// A database that cannot be opened or looked after.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file cannot be made.
    #[error("impossible de créer {} : {source} ; vérifiez les droits et la place sur le disque", path.display())]
    Create {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a database, or another program holds it.
    #[error("impossible d’ouvrir {} : {source} ; est-ce bien une base d’Isoloir ?", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The database was made by another version.
    #[error("{} n’a pas la structure attendue : {source} ; utilisez la version d’Isoloir qui l’a créée", path.display())]
    Migrate {
        /// The database file.
        path: PathBuf,
        /// What the migration runner said.
        source: MigrateError,
    },
    /// A statement failed.
    #[error("la base de données a refusé l’opération : {0}")]
    Statement(#[from] sqlx::Error),
}

/// Opens the database at `path`, makes it if it is not there, and brings it to the latest migration.
///
/// The file and its folder are readable by their owner only.
///
/// # Errors
/// [`StoreError`], which names the file and what to do.
pub async fn open(path: &Path, migrations: &Migrator) -> Result<SqlitePool, StoreError> {
    create_private(path).map_err(|source| StoreError::Create { path: path.to_owned(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY");
    let pool = SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .connect_with(options)
        .await
        .map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
    migrations.run(&pool).await.map_err(|source| StoreError::Migrate { path: path.to_owned(), source })?;
    Ok(pool)
}

/// The write-ahead log and the shared-memory file take their mode from the database's.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

/// Rewrites the whole file in key order, then empties the write-ahead log, so that no physical trace of the order of
/// writing is left.
///
/// # Errors
/// [`StoreError::Statement`].
pub async fn vacuum(pool: &SqlitePool) -> Result<(), StoreError> {
    sqlx::query("VACUUM").execute(pool).await?;
    forget_log(pool).await
}

/// Moves the write-ahead log into the file and empties it: what it holds is the history of every write, in order. While
/// another process reads the file this cannot be done; the next call does it.
///
/// # Errors
/// [`StoreError::Statement`].
pub async fn forget_log(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    // A reader elsewhere must not hold up those who answer.
    sqlx::query("PRAGMA busy_timeout = 200").execute(&mut *connection).await?;
    let emptied: Result<(i64, i64, i64), _> =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
    sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut *connection).await?;
    if emptied?.0 != 0 {
        tracing::warn!("the write-ahead log could not be emptied: another program is reading the database");
    }
    Ok(())
}
