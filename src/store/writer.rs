//! Group commit: many handlers, one writer, one transaction and one `fsync` for all that is waiting.

use std::future::Future;

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::StoreError;

/// Jobs that may wait. When that many do, the next is refused before it has had any effect.
const QUEUE_LENGTH: usize = 1024;
/// Jobs committed together at most.
const BATCH_LENGTH: usize = 256;

/// What a writer does with its jobs.
pub trait Batch: Send + 'static {
    /// Something to write.
    type Job: Send + Sync + 'static;
    /// What became of it.
    type Outcome: Send + 'static;

    /// Does one job inside the batch's transaction. An error rolls the whole batch back.
    fn apply(
        &mut self,
        connection: &mut SqliteConnection,
        job: &Self::Job,
    ) -> impl Future<Output = Result<Self::Outcome, sqlx::Error>> + Send;

    /// Called once in each batch's transaction, after its jobs. An error rolls the whole batch back.
    fn before_commit(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Called after each committed batch, while nothing is being written.
    fn after_commit(&mut self, pool: &SqlitePool) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Called once, when no more jobs will come.
    fn at_end(&mut self, pool: &SqlitePool) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Why a job was not done. In each case it left nothing behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Too many jobs are waiting.
    #[error("too many writes are waiting")]
    Busy,
    /// The database refused the batch; the reason is in the log.
    #[error("the write failed")]
    Failed,
    /// The writer has ended.
    #[error("the writer has stopped")]
    Stopped,
}

type Waiting<B> = (<B as Batch>::Job, oneshot::Sender<Result<<B as Batch>::Outcome, WriteError>>);

/// A handle on the writer; the last one dropped, or [`Writer::close`], ends it.
pub struct Writer<B: Batch> {
    jobs: mpsc::Sender<Waiting<B>>,
    task: JoinHandle<()>,
}

impl<B: Batch> Writer<B> {
    /// Starts a writer on the current runtime.
    pub fn start(pool: SqlitePool, batch: B) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE_LENGTH);
        Self { jobs, task: tokio::spawn(run(pool, batch, waiting)) }
    }

    /// Hands a job over and waits until it is durable.
    ///
    /// # Errors
    /// [`WriteError`]; the job then had no effect.
    pub async fn submit(&self, job: B::Job) -> Result<B::Outcome, WriteError> {
        let (reply, outcome) = oneshot::channel();
        self.jobs.try_send((job, reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopped,
        })?;
        outcome.await.map_err(|_| WriteError::Stopped)?
    }

    /// Lets the waiting jobs finish, does what [`Batch::at_end`] asks, and returns when all is on disk.
    pub async fn close(self) {
        drop(self.jobs);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the writer ended badly");
        }
    }
}

async fn run<B: Batch>(pool: SqlitePool, mut batch: B, mut waiting: mpsc::Receiver<Waiting<B>>) {
    let mut jobs = Vec::with_capacity(BATCH_LENGTH);
    while waiting.recv_many(&mut jobs, BATCH_LENGTH).await > 0 {
        let (work, replies): (Vec<_>, Vec<_>) = jobs.drain(..).unzip();
        let outcomes = match commit(&pool, &mut batch, &work).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(error) => {
                tracing::error!(%error, jobs = work.len(), "a batch was rolled back");
                work.iter().map(|_| Err(WriteError::Failed)).collect::<Vec<_>>()
            }
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A client that has gone away no longer waits for its outcome; what it sent is kept all the same.
            let _ = reply.send(outcome);
        }
        if let Err(error) = batch.after_commit(&pool).await {
            tracing::error!(%error, "the database could not be tidied up after a batch");
        }
    }
    if let Err(error) = batch.at_end(&pool).await {
        tracing::error!(%error, "the database could not be tidied up at the end");
    }
}

async fn commit<B: Batch>(pool: &SqlitePool, batch: &mut B, work: &[B::Job]) -> Result<Vec<B::Outcome>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let outcomes = commit_on(&mut connection, batch, work).await;
    if outcomes.is_err() {
        // When the disk is full SQLite rolls back by itself, and the connection no longer knows where it stands. A new one
        // does.
        connection.close_on_drop();
    }
    outcomes
}

async fn commit_on<B: Batch>(
    connection: &mut SqliteConnection,
    batch: &mut B,
    work: &[B::Job],
) -> Result<Vec<B::Outcome>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut outcomes = Vec::with_capacity(work.len());
    for job in work {
        outcomes.push(batch.apply(&mut transaction, job).await?);
    }
    batch.before_commit(&mut transaction).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::migrate::Migrator;

    use super::*;

    /// Writes blobs, and can make the disk look full.
    struct Blobs;

    enum Job {
        Write,
        WriteOnFullDisk,
    }

    impl Batch for Blobs {
        type Job = Job;
        type Outcome = ();

        async fn apply(&mut self, connection: &mut SqliteConnection, job: &Job) -> Result<(), sqlx::Error> {
            let length = match job {
                Job::Write => 10,
                Job::WriteOnFullDisk => {
                    // The smallest limit there is: what the file has already.
                    sqlx::query("PRAGMA max_page_count = 1").execute(&mut *connection).await?;
                    1_000_000
                }
            };
            sqlx::query("INSERT INTO blobs (body) VALUES (zeroblob($1))")
                .bind(length)
                .execute(connection)
                .await
                .map(drop)
        }

        async fn before_commit(&mut self, _: &mut SqliteConnection) -> Result<(), sqlx::Error> {
            Ok(())
        }

        async fn after_commit(&mut self, _: &SqlitePool) -> Result<(), StoreError> {
            Ok(())
        }

        async fn at_end(&mut self, _: &SqlitePool) -> Result<(), StoreError> {
            Ok(())
        }
    }

    async fn open(folder: &Path) -> SqlitePool {
        let pool = crate::open(&folder.join("essai.db"), &Migrator::with_migrations(Vec::new())).await.expect("opened");
        sqlx::query("CREATE TABLE blobs (body BLOB) STRICT").execute(&pool).await.expect("a table");
        pool
    }

    #[tokio::test]
    async fn writing_goes_on_when_the_disk_was_full_for_a_while() {
        let folder = tempfile::tempdir().expect("a folder");
        let pool = open(folder.path()).await;
        let writer = Writer::start(pool.clone(), Blobs);
        for _ in 0..12 {
            assert_eq!(writer.submit(Job::WriteOnFullDisk).await, Err(WriteError::Failed));
        }
        for _ in 0..12 {
            assert_eq!(writer.submit(Job::Write).await, Ok(()));
        }
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM blobs").fetch_one(&pool).await.expect("a count");
        assert_eq!(count, 12, "what was refused left nothing behind, what was accepted is there");
    }

    #[tokio::test]
    async fn everything_accepted_is_written_before_the_writer_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let pool = open(folder.path()).await;
        let writer = std::sync::Arc::new(Writer::start(pool.clone(), Blobs));
        let tasks: Vec<_> = (0..300)
            .map(|_| {
                let writer = std::sync::Arc::clone(&writer);
                tokio::spawn(async move { writer.submit(Job::Write).await })
            })
            .collect();
        let mut accepted = 0;
        for task in tasks {
            accepted += i64::from(task.await.expect("no panic").is_ok());
        }
        std::sync::Arc::into_inner(writer).expect("the last handle").close().await;
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM blobs").fetch_one(&pool).await.expect("a count");
        assert_eq!(count, accepted);
    }
}
