//! `SQLite` files, and whether they are still where they were opened.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Sqlite};
use tokio::sync::Mutex;

use crate::StoreError;
use crate::database::{ACQUIRE_TIMEOUT, MAX_CONNECTIONS};

/// Pages that a connection keeps, in KiB: those of some 50,000 responses, so that finding a random key's place reads no file.
const CACHE_KIB: &str = "-65536";
/// Pages in the write-ahead log from which a commit moves them into the file, where 1000 are usual. The log is emptied before, by
/// [`OpenFile::forget_log`], and a page that many batches touched is then moved once.
const CHECKPOINT_PAGES: &str = "16384";
/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open file and its connections.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pool: SqlitePool,
    place: Arc<Place>,
    /// Open as long as the file is: as long as anybody has it open, `SQLite` neither removes its log nor makes another.
    keeper: Mutex<Option<SqliteConnection>>,
}

impl OpenFile {
    /// Opens the file, and makes it when it is not there.
    pub(crate) async fn open(path: &Path) -> Result<Arc<Self>, StoreError> {
        create_private(path).map_err(|source| StoreError::Create { path: path.to_owned(), source })?;
        let open = |reason| StoreError::Open { place: path.display().to_string(), reason };
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
        let mut keeper = options.connect().await.map_err(open)?;
        // The log is opened by the first statement that reads.
        sqlx::query("SELECT COUNT(*) FROM sqlite_schema").fetch_one(&mut keeper).await.map_err(open)?;
        let place = Arc::new(Place::new(path));
        let same = Arc::clone(&place);
        let pool = SqlitePoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection that was made while another file had the name would go on writing into that one.
            .after_connect(move |_, _| {
                let checked = same.check().map_err(|error| sqlx::Error::Io(std::io::Error::other(error)));
                Box::pin(std::future::ready(checked))
            })
            .connect_with(options)
            .await
            .map_err(open)?;
        Ok(Arc::new(Self { pool, place, keeper: Mutex::new(Some(keeper)) }))
    }

    /// A connection to the file that is in its place.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.check_place()?;
        Ok(self.pool.acquire().await?)
    }

    /// Whether whoever opens it next finds this file: what is written into another is lost.
    pub(crate) fn check_place(&self) -> Result<(), StoreError> {
        self.place.check()
    }

    /// Rewrites the file in the order of its keys.
    pub(crate) async fn rewrite(&self) -> Result<bool, StoreError> {
        let checked = self.check_place();
        if checked.is_ok() {
            sqlx::query("VACUUM").execute(&self.pool).await?;
        }
        // A file that was moved is not rewritten, but holds all that was acknowledged: its log may be lost already.
        let is_emptied = self.forget_log().await?;
        checked.map(|()| is_emptied)
    }

    /// Moves the write-ahead log into the file and empties it, unless another process is reading.
    pub(crate) async fn forget_log(&self) -> Result<bool, StoreError> {
        let mut keeper = self.keeper.lock().await;
        let Some(connection) = keeper.as_mut() else { return Err(sqlx::Error::PoolClosed.into()) };
        // A reader elsewhere must not hold up those who answer.
        sqlx::query("PRAGMA busy_timeout = 200").execute(&mut *connection).await?;
        let emptied: Result<(i64, i64, i64), _> =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
        sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut *connection).await?;
        Ok(emptied?.0 == 0)
    }

    /// The whole file, since it is rewritten as a whole.
    pub(crate) async fn size_bytes(&self) -> Result<u64, StoreError> {
        let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(&self.pool).await?;
        let (page_bytes,): (i64,) = sqlx::query_as("PRAGMA page_size").fetch_one(&self.pool).await?;
        Ok(pages.unsigned_abs() * page_bytes.unsigned_abs())
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
        // The last one moves the log into the file and removes it.
        if let Some(keeper) = self.keeper.lock().await.take()
            && let Err(error) = keeper.close().await
        {
            tracing::error!(%error, "la base s’est mal fermée");
        }
    }
}

/// What the names of a database's files named when it was opened: first its own, then those that are made from it.
#[derive(Debug)]
struct Place(Vec<(PathBuf, Option<FileId>)>);

/// Device and number.
type FileId = (u64, u64);

impl Place {
    fn new(path: &Path) -> Self {
        // `SQLite` names the log and its index after the file that a link leads to.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let beside = |suffix: &str| {
            PathBuf::from([real.as_os_str(), suffix.as_ref()].into_iter().collect::<std::ffi::OsString>())
        };
        let files = [path.to_owned(), beside("-wal"), beside("-shm")];
        Self(files.map(|file| (file.clone(), file_id(&file))).into())
    }

    /// Three looks at a folder that is in memory: a few microseconds.
    fn check(&self) -> Result<(), StoreError> {
        match self.0.iter().position(|(file, id)| file_id(file) != *id) {
            None => Ok(()),
            Some(index) => Err(StoreError::Moved { path: self.0[index].0.clone(), is_rebuilt: index > 0 }),
        }
    }
}

fn file_id(path: &Path) -> Option<FileId> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The write-ahead log and the shared-memory file take their mode from the database's.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}
