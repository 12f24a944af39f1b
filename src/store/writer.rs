//! Group commit: many handlers, one writer, one transaction and one `fsync` for all that is waiting.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{Database, Due, StoreError, Transaction};

/// Jobs that may wait. When that many do, the next is refused before it has had any effect.
const QUEUE_LENGTH: usize = 1024;
/// Jobs committed together at most.
const BATCH_LENGTH: usize = 256;
/// Without a job for this long, nobody is waiting and there is time to tidy up.
const QUIET: Duration = Duration::from_millis(50);
/// Tidying up is not put off for longer, however many jobs come.
const LONGEST_UNTIDY: Duration = Duration::from_secs(1);
/// A batch that takes longer is given up: those who wait are told before their browsers give up on us. It may be written all
/// the same, and they may send it again.
const LONGEST_BATCH: Duration = Duration::from_secs(if cfg!(test) { 4 } else { 20 });
/// How often it is tried at the end.
const TRIES_AT_END: usize = 4;
/// After tidying up failed.
const RETRY: Duration = Duration::from_secs(1);
/// What goes on failing for the same reason is said again after this long: a log is read, and it fills the disk.
const SAID_AGAIN: Duration = Duration::from_mins(1);

/// What a writer does with its jobs.
pub trait Batch: Send + 'static {
    /// Something to write.
    type Job: Send + Sync + 'static;
    /// What became of it.
    type Outcome: Send + 'static;

    /// Does the jobs inside one transaction: an outcome for each, in their order. An error undoes them all.
    fn write(
        &mut self,
        transaction: &mut Transaction,
        jobs: &[Self::Job],
    ) -> impl Future<Output = Result<Vec<Self::Outcome>, StoreError>> + Send;

    /// Leaves no trace of the order of writing; `false` when something is left for the next time. Called while nothing is
    /// being written: when nobody waits, once a second while jobs keep coming, and at the end.
    fn tidy(&mut self, database: &Database, due: Due) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Too many jobs are waiting; this one left nothing behind.
    #[error("trop d’écritures attendent")]
    Busy,
    /// The database refused the batch; the reason is in the log. Nothing was written, unless a server's connection broke while
    /// it was answering: the same job may be sent again.
    #[error("l’écriture a échoué ; la raison est dans le journal")]
    Failed,
    /// The writer has ended; the job left nothing behind.
    #[error("le programme s’arrête")]
    Stopped,
}

type Waiting<B> = (<B as Batch>::Job, oneshot::Sender<Result<<B as Batch>::Outcome, WriteError>>);

/// A handle on the writer; the last one dropped, or [`Writer::close`], ends it.
pub struct Writer<B: Batch> {
    jobs: mpsc::Sender<Waiting<B>>,
    task: JoinHandle<bool>,
}

impl<B: Batch> Writer<B> {
    /// Starts a writer on the current runtime. What an earlier process left untidy is tidied up as soon as nobody waits.
    pub fn start(database: Database, batch: B) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE_LENGTH);
        let (refused, untidy) = (Complaint::default(), Complaint::default());
        let work = Work { database, batch, untidy_since: Some(Instant::now()), refused, untidy };
        Self { jobs, task: tokio::spawn(work.run(waiting)) }
    }

    /// Hands a job over and waits until it is durable.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn submit(&self, job: B::Job) -> Result<B::Outcome, WriteError> {
        let (reply, outcome) = oneshot::channel();
        self.jobs.try_send((job, reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopped,
        })?;
        outcome.await.map_err(|_| WriteError::Stopped)?
    }

    /// Lets the waiting jobs finish, tidies up, and returns when all is on disk: whether no trace of the order of writing is
    /// left. Somebody who holds the database is given a few seconds to let go.
    pub async fn close(self) -> bool {
        drop(self.jobs);
        self.task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "l’écriture s’est mal terminée");
            false
        })
    }
}

/// What the writing task holds.
struct Work<B> {
    database: Database,
    batch: B,
    untidy_since: Option<Instant>,
    refused: Complaint,
    untidy: Complaint,
}

/// What fails, and when that was said.
#[derive(Default)]
struct Complaint(Option<(String, Instant)>);

impl Complaint {
    /// Notes a failure. Whether it is to be said: it is new, or was said long ago.
    fn note(&mut self, error: &StoreError) -> bool {
        let error = error.to_string();
        let is_due = self.0.as_ref().is_none_or(|(said, when)| *said != error || when.elapsed() >= SAID_AGAIN);
        if is_due {
            self.0 = Some((error, Instant::now()));
        }
        is_due
    }

    /// Notes a success. Whether it failed until now.
    fn end(&mut self) -> bool {
        self.0.take().is_some()
    }
}

impl<B: Batch> Work<B> {
    async fn run(mut self, mut waiting: mpsc::Receiver<Waiting<B>>) -> bool {
        let mut jobs = Vec::with_capacity(BATCH_LENGTH);
        loop {
            let next = waiting.recv_many(&mut jobs, BATCH_LENGTH);
            let received = if self.untidy_since.is_none() {
                next.await
            } else if let Ok(received) = timeout(QUIET, next).await {
                received
            } else {
                self.tidy(Due::Quiet).await;
                continue;
            };
            if received == 0 {
                break;
            }
            self.write(jobs.drain(..)).await;
            let since = *self.untidy_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= LONGEST_UNTIDY {
                self.tidy(Due::UnderLoad).await;
            }
        }
        for _ in 0..TRIES_AT_END {
            if self.tidy(Due::End).await {
                return true;
            }
            tokio::time::sleep(RETRY).await;
        }
        false
    }

    async fn write(&mut self, jobs: impl Iterator<Item = Waiting<B>>) {
        let (work, replies): (Vec<_>, Vec<_>) = jobs.unzip();
        let silent = StoreError::Silent { waited_s: LONGEST_BATCH.as_secs() };
        let outcomes = match timeout(LONGEST_BATCH, self.commit(&work)).await.unwrap_or(Err(silent)) {
            Ok(outcomes) => {
                if self.refused.end() {
                    tracing::warn!(base = self.database.place(), "la base écrit de nouveau");
                }
                outcomes.into_iter().map(Ok).collect()
            }
            Err(error) => {
                if self.refused.note(&error) {
                    let base = self.database.place();
                    tracing::error!(base, %error, jobs = work.len(), "un groupe d’écritures a été annulé");
                }
                work.iter().map(|_| Err(WriteError::Failed)).collect::<Vec<_>>()
            }
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A client that has gone away no longer waits for its outcome; what it sent is kept all the same.
            let _ = reply.send(outcome);
        }
    }

    async fn commit(&mut self, work: &[B::Job]) -> Result<Vec<B::Outcome>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let outcomes = self.batch.write(&mut transaction, work).await?;
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// Whether nothing is left to do.
    async fn tidy(&mut self, due: Due) -> bool {
        let is_tidy = self.batch.tidy(&self.database, due).await;
        // What grew under load may still be waiting for a quiet moment.
        let is_done = due != Due::UnderLoad && matches!(is_tidy, Ok(true));
        self.untidy_since = (!is_done).then(Instant::now);
        match is_tidy {
            Ok(_) => drop(self.untidy.end()),
            Err(error) => {
                if self.untidy.note(&error) {
                    let base = self.database.place();
                    tracing::error!(base, %error, "la base n’a pas pu être remise en ordre ; nouvel essai chaque seconde");
                }
                if due == Due::Quiet {
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
        is_done
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use sqlx::migrate::{Migration, MigrationType, Migrator};
    use sqlx::{AssertSqlSafe, SqlSafeStr};

    use super::*;
    use crate::{Column, Location, Migrations, Table, Value};

    const BLOBS: Table = Table::new("blobs", &[Column::bytes("body")]);

    /// Writes blobs, and can make the disk look full.
    struct Blobs;

    enum Job {
        Write(u64),
        WriteOnFullDisk,
        /// Writes, and hears nothing of it any more.
        WaitForEver,
    }

    impl Batch for Blobs {
        type Job = Job;
        type Outcome = ();

        async fn write(&mut self, transaction: &mut Transaction, jobs: &[Job]) -> Result<Vec<()>, StoreError> {
            for job in jobs {
                let body = match job {
                    Job::Write(body) => body.to_be_bytes().to_vec(),
                    Job::WaitForEver => std::future::pending().await,
                    Job::WriteOnFullDisk => {
                        // The smallest limit there is: what the file has already.
                        transaction.run(AssertSqlSafe("PRAGMA max_page_count = 1".to_owned())).await?;
                        vec![0; 1_000_000]
                    }
                };
                transaction.insert(&BLOBS, &[Value::Bytes(&body)]).await?;
            }
            Ok(jobs.iter().map(|_| ()).collect())
        }

        async fn tidy(&mut self, _: &Database, _: Due) -> Result<bool, StoreError> {
            Ok(true)
        }
    }

    async fn open(folder: &Path) -> Database {
        let sql = AssertSqlSafe("CREATE TABLE blobs (body BLOB) STRICT".to_owned()).into_sql_str();
        let migration = Migration::new(1, "blobs".into(), MigrationType::Simple, sql, false);
        let migrations = Migrations { sqlite: Migrator::with_migrations(vec![migration]), postgres: None };
        Database::open(&Location::File(folder.join("essai.db")), &migrations).await.expect("opened")
    }

    async fn count(database: &Database) -> i64 {
        let (count,) = database.row("SELECT COUNT(*) FROM blobs", &[]).await.expect("a count");
        count
    }

    #[tokio::test]
    async fn writing_goes_on_when_the_disk_was_full_for_a_while() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = open(folder.path()).await;
        let writer = Writer::start(database.clone(), Blobs);
        for _ in 0..12 {
            assert_eq!(writer.submit(Job::WriteOnFullDisk).await, Err(WriteError::Failed));
        }
        for body in 0..12 {
            assert_eq!(writer.submit(Job::Write(body)).await, Ok(()));
        }
        assert_eq!(count(&database).await, 12, "what was refused left nothing behind, what was accepted is there");
    }

    #[tokio::test]
    async fn a_database_that_falls_silent_holds_nobody_up_for_long() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = open(folder.path()).await;
        let writer = Writer::start(database.clone(), Blobs);
        assert_eq!(writer.submit(Job::WaitForEver).await, Err(WriteError::Failed));
        assert_eq!(writer.submit(Job::Write(1)).await, Ok(()));
        assert_eq!(count(&database).await, 1);
    }

    #[tokio::test]
    async fn everything_accepted_is_written_before_the_writer_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = open(folder.path()).await;
        let writer = Arc::new(Writer::start(database.clone(), Blobs));
        let tasks: Vec<_> = (0..300)
            .map(|body| {
                let writer = Arc::clone(&writer);
                tokio::spawn(async move { writer.submit(Job::Write(body)).await })
            })
            .collect();
        let mut accepted = 0;
        for task in tasks {
            accepted += i64::from(task.await.expect("no panic").is_ok());
        }
        Arc::into_inner(writer).expect("the last handle").close().await;
        assert_eq!(count(&database).await, accepted);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_before_any_effect() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = open(folder.path()).await;
        // While another transaction writes, nothing is taken off the queue beyond the first batch.
        let other = database.begin().await.expect("a transaction");
        let writer = Arc::new(Writer::start(database.clone(), Blobs));
        let tasks: Vec<_> = (0..3000)
            .map(|body| {
                let writer = Arc::clone(&writer);
                tokio::spawn(async move { writer.submit(Job::Write(body)).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(other);
        let (mut accepted, mut busy) = (0, 0);
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(()) => accepted += 1,
                Err(WriteError::Busy) => busy += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(busy > 1000, "{busy} were refused");
        assert_eq!(count(&database).await, accepted);
    }
}
