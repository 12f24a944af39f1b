//! Mixing: what makes the order in which responses came unknowable from the files.

use std::collections::{BTreeMap, BTreeSet};

use isoloir_store::{Batch, Database, Due, OrderKeeper, StoreError, Table, Transaction, Value};
use isoloir_survey::{QuestionId, SurveyId};
use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use crate::import::Channel;
use crate::sql;

/// How many responses of a survey wait before they are moved together: whoever knows when each came knows it to within
/// this many.
pub const MIXING_THRESHOLD: usize = 20;

/// A response on its way in.
pub(crate) struct Incoming {
    pub(crate) survey: SurveyId,
    pub(crate) version: String,
    pub(crate) answers: String,
}

/// A lot on its way in.
pub(crate) struct Imported {
    pub(crate) survey: SurveyId,
    pub(crate) channel: Channel,
    pub(crate) responses: Vec<Incoming>,
    /// What its file is recognised by.
    pub(crate) fingerprint: Option<[u8; 32]>,
    /// Whether the same file may count again.
    pub(crate) again: bool,
}

/// Something to write.
pub(crate) enum Job {
    /// A response with the mark of its token.
    Cast { mark: [u8; 32], response: Incoming },
    /// Responses that came without tokens.
    Import(Imported),
    /// Move everything that waits of one survey, whatever its number. The others go on waiting.
    Flush(SurveyId),
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in the box, since now or since the first time that its token was shown.
    Taken,
    /// The survey was closed meanwhile, maybe by another process.
    Closed,
    /// The file was imported before.
    KnownFile,
}

/// What waits of one survey.
#[derive(Default)]
struct Waiting {
    marks: Vec<Vec<u8>>,
    /// Version and answers.
    responses: Vec<(String, String)>,
    /// How many of them were imported, by channel.
    imported: BTreeMap<String, i64>,
}

/// What was seen before and must not count again.
struct Seen {
    marks: BTreeSet<Vec<u8>>,
    files: BTreeSet<Vec<u8>>,
    /// Files of this batch.
    new_files: Vec<([u8; 32], SurveyId)>,
}

/// Writes responses and mixes them.
pub(crate) struct Mixer {
    rng: StdRng,
    free_text_questions: BTreeMap<String, Vec<QuestionId>>,
    order: OrderKeeper,
}

/// A row of `intake` or `responses` under its new identifier.
type IdentifiedRow<'a> = ([u8; 16], &'a str, String, String);

impl Mixer {
    pub(crate) fn new(rng: StdRng, free_text_questions: BTreeMap<String, Vec<QuestionId>>) -> Self {
        Self { rng, free_text_questions, order: OrderKeeper::new(&sql::GROWING, &sql::WAITING) }
    }

    /// Takes everything that waits out of its tables; what goes on waiting is written again, under new identifiers.
    async fn take_waiting(&self, transaction: &mut Transaction) -> Result<BTreeMap<String, Waiting>, StoreError> {
        let mut waiting: BTreeMap<String, Waiting> = BTreeMap::new();
        let rows: Vec<(String, String, String)> = transaction.rows(sql::TAKE_INTAKE, &[]).await?;
        for (survey, version, answers) in rows {
            waiting.entry(survey).or_default().responses.push((version, answers));
        }
        let rows: Vec<(String, Vec<u8>)> = transaction.rows(sql::TAKE_MARKS, &[]).await?;
        for (survey, mark) in rows {
            waiting.entry(survey).or_default().marks.push(mark);
        }
        let rows: Vec<(String, String, i64)> = transaction.rows(sql::TAKE_CHANNELS, &[]).await?;
        for (survey, channel, responses) in rows {
            waiting.entry(survey).or_default().imported.insert(channel, responses);
        }
        Ok(waiting)
    }

    /// Moves a survey's waiting responses and marks to where they stay. Sorted by fresh random identifiers, rows lie in no
    /// order but that.
    async fn settle(
        &mut self,
        transaction: &mut Transaction,
        survey: &str,
        waiting: Waiting,
    ) -> Result<(), StoreError> {
        let (mut responses, mut texts) = (Vec::new(), Vec::new());
        for (version, answers) in waiting.responses {
            let (answers, apart) = self.split(survey, &answers);
            responses.push((self.random_id(), survey, version, answers));
            texts.extend(apart.into_iter().map(|(question, text)| (self.random_id(), survey, question, text)));
        }
        transaction.insert(&sql::RESPONSES, &values(&mut responses)).await?;
        transaction.insert(&sql::FREE_TEXTS, &values(&mut texts)).await?;
        let marks = waiting.marks.iter().map(|mark| (mark.as_slice(), survey)).collect();
        insert_marks(transaction, &sql::SPENT, marks).await?;
        let web = i64::try_from(waiting.marks.len()).unwrap_or(i64::MAX);
        let channels = waiting.imported.iter().map(|(channel, responses)| (channel.as_str(), *responses));
        let counts = channels.chain([(Channel::Web.name(), web)]).filter(|(_, responses)| *responses > 0);
        for (channel, responses) in counts {
            let values = [survey.into(), channel.into(), Value::Integer(responses)];
            transaction.execute(sql::ADD_TO_CHANNEL, &values).await?;
        }
        self.order.moved();
        Ok(())
    }

    /// Writes what goes on waiting anew.
    async fn put_back(
        &mut self,
        transaction: &mut Transaction,
        waiting: Vec<(String, Waiting)>,
    ) -> Result<(), StoreError> {
        let (mut rows, mut marks, mut channels) = (Vec::new(), Vec::new(), Vec::new());
        for (survey, Waiting { marks: of_survey, responses, imported }) in &waiting {
            for (version, answers) in responses {
                rows.push((self.random_id(), survey.as_str(), version.clone(), answers.clone()));
            }
            marks.extend(of_survey.iter().map(|mark| (mark.as_slice(), survey.as_str())));
            for (channel, responses) in imported {
                channels.extend([text(survey), text(channel), Value::Integer(*responses)]);
            }
        }
        transaction.insert(&sql::INTAKE_CHANNELS, &channels).await?;
        transaction.insert(&sql::INTAKE, &values(&mut rows)).await?;
        insert_marks(transaction, &sql::INTAKE_MARKS, marks).await
    }

    /// Takes the free texts out of a response's answers.
    fn split(&self, survey: &str, answers: &str) -> (String, Vec<(String, String)>) {
        let questions = self.free_text_questions.get(survey).map_or(&[][..], Vec::as_slice);
        // Most have none: their answers stay as they stand. A name that only occurs in an answer is looked at closely below.
        if !questions.iter().any(|question| answers.contains(question.as_str())) {
            return (answers.to_owned(), Vec::new());
        }
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

    fn random_id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        id
    }
}

/// Sorts the rows and lays their values out for one insertion.
fn values<'a>(rows: &'a mut [IdentifiedRow<'a>]) -> Vec<Value<'a>> {
    rows.sort_unstable_by_key(|(id, ..)| *id);
    rows.iter()
        .flat_map(|(id, survey, third, fourth)| [id.into(), (*survey).into(), text(third), text(fourth)])
        .collect()
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text)
}

/// Writes marks, each with its survey, in the order of the marks.
async fn insert_marks(
    transaction: &mut Transaction,
    table: &Table,
    mut marks: Vec<(&[u8], &str)>,
) -> Result<(), StoreError> {
    marks.sort_unstable();
    let values: Vec<Value<'_>> = marks.into_iter().flat_map(|(mark, survey)| [mark.into(), survey.into()]).collect();
    transaction.insert(table, &values).await
}

/// Puts one job to what waits, unless its token or its file was shown before, or its survey is closed.
fn take_in(job: &Job, closed: &BTreeSet<String>, waiting: &mut BTreeMap<String, Waiting>, seen: &mut Seen) -> Outcome {
    let mut take = |response: &Incoming| {
        let waiting = waiting.entry(response.survey.to_string()).or_default();
        waiting.responses.push((response.version.clone(), response.answers.clone()));
    };
    match job {
        Job::Flush(_) => {}
        Job::Import(lot) if closed.contains(lot.survey.as_str()) => return Outcome::Closed,
        Job::Import(lot) => {
            let is_known = lot.fingerprint.is_some_and(|fingerprint| !seen.files.insert(fingerprint.to_vec()));
            if is_known && !lot.again {
                return Outcome::KnownFile;
            }
            seen.new_files.extend(lot.fingerprint.filter(|_| !is_known).map(|print| (print, lot.survey.clone())));
            lot.responses.iter().for_each(&mut take);
            let count = i64::try_from(lot.responses.len()).unwrap_or(i64::MAX);
            if count > 0 {
                let waiting = waiting.entry(lot.survey.to_string()).or_default();
                *waiting.imported.entry(lot.channel.name().to_owned()).or_default() += count;
            }
        }
        Job::Cast { mark, .. } if seen.marks.contains(&mark[..]) => {}
        Job::Cast { response, .. } if closed.contains(response.survey.as_str()) => return Outcome::Closed,
        Job::Cast { mark, response } => {
            take(response);
            waiting.entry(response.survey.to_string()).or_default().marks.push(mark.to_vec());
            seen.marks.insert(mark.to_vec());
        }
    }
    Outcome::Taken
}

/// The marks of this batch that were spent before, waiting or not, and the files that were imported before.
async fn seen_before(
    transaction: &mut Transaction,
    waiting: &BTreeMap<String, Waiting>,
    jobs: &[Job],
) -> Result<Seen, StoreError> {
    let (mut marks, mut files): (BTreeSet<&[u8; 32]>, BTreeSet<&[u8; 32]>) = Default::default();
    for job in jobs {
        match job {
            Job::Cast { mark, .. } => marks.extend([mark]),
            Job::Import(lot) => files.extend(&lot.fingerprint),
            Job::Flush(_) => {}
        }
    }
    let marks: Vec<Value<'_>> = marks.into_iter().map(Value::from).collect();
    let files: Vec<Value<'_>> = files.into_iter().map(Value::from).collect();
    let mut marks: BTreeSet<Vec<u8>> = transaction.known_keys(&sql::SPENT, &marks).await?.into_iter().collect();
    marks.extend(waiting.values().flat_map(|waiting| waiting.marks.iter().cloned()));
    let files = transaction.known_keys(&sql::IMPORTS, &files).await?.into_iter().collect();
    Ok(Seen { marks, files, new_files: Vec::new() })
}

impl Batch for Mixer {
    type Job = Job;
    type Outcome = Outcome;

    /// Puts the batch to what waits. What is then enough to hide in moves on; the rest is written anew, under new identifiers
    /// and in their order: neither the keys nor the place in the file then tells which came first. Few wait, so this costs
    /// little.
    async fn write(&mut self, transaction: &mut Transaction, jobs: &[Job]) -> Result<Vec<Outcome>, StoreError> {
        let closed: Vec<(String,)> = transaction.rows(sql::SELECT_CLOSED, &[]).await?;
        let closed: BTreeSet<String> = closed.into_iter().map(|(survey,)| survey).collect();
        let mut waiting = self.take_waiting(transaction).await?;
        let mut seen = seen_before(transaction, &waiting, jobs).await?;
        let outcomes = jobs.iter().map(|job| take_in(job, &closed, &mut waiting, &mut seen)).collect();
        seen.new_files.sort_unstable();
        let files = seen.new_files.iter().flat_map(|(print, survey)| [print.into(), text(survey.as_str())]);
        transaction.insert(&sql::IMPORTS, &files.collect::<Vec<_>>()).await?;
        let is_flushed =
            |name: &str| jobs.iter().any(|job| matches!(job, Job::Flush(survey) if survey.as_str() == name));
        let (enough, few): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(survey, waiting)| waiting.responses.len() >= MIXING_THRESHOLD || is_flushed(survey));
        for (survey, waiting) in enough {
            self.settle(transaction, &survey, waiting).await?;
        }
        self.put_back(transaction, few).await?;
        Ok(outcomes)
    }

    /// What waits goes on waiting at the end, in no order: moving fewer than the threshold would show them to whoever compares
    /// the file before and after.
    async fn tidy(&mut self, database: &Database, due: Due) -> Result<bool, StoreError> {
        self.order.tidy(database, due).await
    }
}

/// A seed for one resident's review page.
pub(crate) fn random_seed(rng: &mut impl Rng) -> [u8; 32] {
    rng.random()
}
