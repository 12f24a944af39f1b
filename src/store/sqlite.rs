//! `SQLite` files.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::StoreError;
use crate::database::{ACQUIRE_TIMEOUT, MAX_CONNECTIONS};

/// Pages that a connection keeps, in KiB: those of some 50,000 responses, so that finding a random key's place reads no file.
const CACHE_KIB: &str = "-65536";
/// Pages in the write-ahead log from which a commit moves them into the file, where 1000 are usual. The log is emptied before, by
/// [`forget_log`], and a page that many batches touched is then moved once.
const CHECKPOINT_PAGES: &str = "16384";
/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn open(path: &Path) -> Result<SqlitePool, StoreError> {
    create_private(path).map_err(|source| StoreError::Create { path: path.to_owned(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE_KIB)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(|source| StoreError::Open { place: path.display().to_string(), source })
}

/// The write-ahead log and the shared-memory file take their mode from the database's.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

/// Moves the write-ahead log into the file and empties it, unless another process is reading.
pub(crate) async fn forget_log(pool: &SqlitePool) -> Result<bool, StoreError> {
    let mut connection = pool.acquire().await?;
    // A reader elsewhere must not hold up those who answer.
    sqlx::query("PRAGMA busy_timeout = 200").execute(&mut *connection).await?;
    let emptied: Result<(i64, i64, i64), _> =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
    sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut *connection).await?;
    Ok(emptied?.0 == 0)
}

/// The whole file, since it is rewritten as a whole.
pub(crate) async fn size_bytes(pool: &SqlitePool) -> Result<u64, StoreError> {
    let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(pool).await?;
    let (page_bytes,): (i64,) = sqlx::query_as("PRAGMA page_size").fetch_one(pool).await?;
    Ok(pages.unsigned_abs() * page_bytes.unsigned_abs())
}
