//! Mixing: what makes the order in which responses came unknowable from the files.

use isoloir_store::{Batch, StoreError, forget_log, vacuum};
use isoloir_survey::{QuestionId, SurveyId};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use std::collections::BTreeMap;

use crate::sql;

/// How many responses of a survey wait before they are moved together: whoever knows when each came knows it to within
/// this many.
pub const MIXING_THRESHOLD: i64 = 20;
/// Below this many pages the whole file is rewritten at each flush.
const ALWAYS_VACUUM_PAGES: i64 = 4096;
/// Above it, whenever the file has grown by one part in this many.
const VACUUM_GROWTH_PART: i64 = 20;

/// A response on its way in: its answers without free text, and the free texts.
pub(crate) struct Incoming {
    pub(crate) survey: SurveyId,
    pub(crate) version: String,
    pub(crate) answers: String,
}

/// Something to write.
pub(crate) enum Job {
    /// A response with the mark of its token.
    Cast { mark: [u8; 32], response: Incoming },
    /// Responses that came on paper or were made for a demonstration: no token.
    Import(Vec<Incoming>),
    /// Move everything that waits, whatever its number.
    Flush,
}

/// Writes responses and mixes them.
pub(crate) struct Mixer {
    rng: StdRng,
    free_text_questions: BTreeMap<String, Vec<QuestionId>>,
    pages_at_last_vacuum: i64,
    flush_asked: bool,
}

impl Mixer {
    pub(crate) fn new(rng: StdRng, free_text_questions: BTreeMap<String, Vec<QuestionId>>) -> Self {
        Self { rng, free_text_questions, pages_at_last_vacuum: 0, flush_asked: false }
    }

    fn random_id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        id
    }

    async fn take_in(&mut self, connection: &mut SqliteConnection, incoming: &Incoming) -> Result<(), sqlx::Error> {
        let id = self.random_id();
        sqlx::query(sql::INSERT_INTAKE)
            .bind(&id[..])
            .bind(incoming.survey.as_str())
            .bind(&incoming.version)
            .bind(&incoming.answers)
            .execute(connection)
            .await
            .map(drop)
    }

    /// Moves the surveys of which at least `threshold` responses wait.
    async fn flush(&mut self, pool: &SqlitePool, threshold: i64) -> Result<(), StoreError> {
        let waiting: Vec<(String, i64)> = sqlx::query_as(sql::COUNT_INTAKE).fetch_all(pool).await?;
        let mut moved = false;
        for (survey, _) in waiting.into_iter().filter(|(_, count)| *count >= threshold) {
            self.flush_survey(pool, &survey).await?;
            moved = true;
        }
        if moved { self.tidy_up(pool).await } else { Ok(()) }
    }

    async fn flush_survey(&mut self, pool: &SqlitePool, survey: &str) -> Result<(), StoreError> {
        let mut connection = pool.acquire().await?;
        let moved = self.move_survey(&mut connection, survey).await;
        if moved.is_err() {
            connection.close_on_drop();
        }
        Ok(moved?)
    }

    async fn move_survey(&mut self, connection: &mut SqliteConnection, survey: &str) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut rows: Vec<(String, String)> =
            sqlx::query_as(sql::SELECT_INTAKE).bind(survey).fetch_all(&mut *transaction).await?;
        rows.shuffle(&mut self.rng);
        let mut free_texts = Vec::new();
        for (version, answers) in rows {
            let (answers, texts) = self.split(survey, &answers);
            free_texts.extend(texts);
            let id = self.random_id();
            sqlx::query(sql::INSERT_RESPONSE)
                .bind(&id[..])
                .bind(survey)
                .bind(version)
                .bind(answers)
                .execute(&mut *transaction)
                .await?;
        }
        free_texts.shuffle(&mut self.rng);
        for (question, text) in free_texts {
            let id = self.random_id();
            sqlx::query(sql::INSERT_FREE_TEXT)
                .bind(&id[..])
                .bind(survey)
                .bind(question)
                .bind(text)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(sql::DELETE_INTAKE).bind(survey).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// Takes the free texts out of a response's answers.
    fn split(&self, survey: &str, answers: &str) -> (String, Vec<(String, String)>) {
        let questions = self.free_text_questions.get(survey).map_or(&[][..], Vec::as_slice);
        // What cannot be read is kept as it stands rather than lost.
        let Ok(mut map) = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(answers) else {
            return (answers.to_owned(), Vec::new());
        };
        let texts = questions
            .iter()
            .filter_map(|question| match map.remove(question.as_str())? {
                serde_json::Value::String(text) => Some((question.to_string(), text)),
                _ => None,
            })
            .collect();
        (serde_json::to_string(&map).expect("a map with string keys"), texts)
    }

    /// Random keys are not enough: inside a page, cells lie in the order in which they were written. Only rewriting the
    /// file removes that.
    async fn tidy_up(&mut self, pool: &SqlitePool) -> Result<(), StoreError> {
        let pages: i64 = sqlx::query_scalar(sql::PAGE_COUNT).fetch_one(pool).await?;
        let grown = pages - self.pages_at_last_vacuum;
        if pages <= ALWAYS_VACUUM_PAGES || grown * VACUUM_GROWTH_PART >= self.pages_at_last_vacuum {
            vacuum(pool).await?;
            self.pages_at_last_vacuum = sqlx::query_scalar(sql::PAGE_COUNT).fetch_one(pool).await?;
            return Ok(());
        }
        forget_log(pool).await
    }
}

impl Batch for Mixer {
    type Job = Job;
    type Outcome = ();

    async fn apply(&mut self, connection: &mut SqliteConnection, job: &Job) -> Result<(), sqlx::Error> {
        match job {
            Job::Cast { mark, response } => {
                let first_time = sqlx::query(sql::INSERT_SPENT)
                    .bind(&mark[..])
                    .bind(response.survey.as_str())
                    .fetch_optional(&mut *connection)
                    .await?
                    .is_some();
                if first_time { self.take_in(connection, response).await } else { Ok(()) }
            }
            Job::Import(responses) => {
                for response in responses {
                    self.take_in(connection, response).await?;
                }
                Ok(())
            }
            Job::Flush => {
                self.flush_asked = true;
                Ok(())
            }
        }
    }

    /// Writes every waiting response anew, under a new identifier and in the order of the identifiers: neither the keys nor
    /// the place in the file then tells which came first. Few wait, so this costs little.
    async fn before_commit(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(sql::SELECT_ALL_INTAKE).fetch_all(&mut *connection).await?;
        sqlx::query(sql::DELETE_ALL_INTAKE).execute(&mut *connection).await?;
        let mut rows: Vec<([u8; 16], (String, String, String))> =
            rows.into_iter().map(|row| (self.random_id(), row)).collect();
        rows.sort_unstable_by_key(|(id, _)| *id);
        for (id, (survey, version, answers)) in rows {
            sqlx::query(sql::INSERT_INTAKE)
                .bind(&id[..])
                .bind(survey)
                .bind(version)
                .bind(answers)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    async fn after_commit(&mut self, pool: &SqlitePool) -> Result<(), StoreError> {
        // The log still holds the responses in the order in which they came.
        forget_log(pool).await?;
        let threshold = if std::mem::take(&mut self.flush_asked) { 1 } else { MIXING_THRESHOLD };
        self.flush(pool, threshold).await
    }

    /// What waits goes on waiting, in no order: moving fewer than the threshold would show them to whoever compares the file
    /// before and after.
    async fn at_end(&mut self, pool: &SqlitePool) -> Result<(), StoreError> {
        vacuum(pool).await
    }
}

/// A seed for one resident's review page.
pub(crate) fn random_seed(rng: &mut impl Rng) -> [u8; 32] {
    rng.random()
}
