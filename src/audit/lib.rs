//! The anonymity audit: whether the files of an installation, as they are now, could tell who answered what.
//!
//! Its eyes are its own. It shares no code with what writes the files: it reads tables from the catalogue, parses SQLite's
//! file format itself and asks PostgreSQL for the place of each row, so that a mistake of the storage code is not made
//! here a second time. (Parquet alone is decoded by polars, as in the analysis.) It only reads; whoever doubts may run it on a copy.
//!
//! # Invariants
//! - A check that cannot be carried out has failed, and says so. There is no silent pass.
//! - No value that was read (code, token, answer, address) is shown: only where it is and how many there are.
//! - What is measured is counted, so that two people who run it on the same files read the same numbers.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
//! use isoloir_audit::{Database, PATIENCE, Settings, Subject, audit};
//! let subject = Subject {
//!     issuer: None,
//!     collector: Some(Database::Sqlite("nowhere/collector.db".into())),
//!     data: None,
//!     logs: Vec::new(),
//!     settings: Settings { request_log: false, servers_request_log: None, today: jiff::civil::date(2026, 3, 1), patience: PATIENCE },
//! };
//! let report = audit(&subject).await;
//! assert!(!report.passed());
//! assert!(report.to_text().contains("ÉCHEC"));
//! # });
//! ```

mod ballots;
mod catalogue;
mod columns;
mod contents;
mod editions;
mod elsewhere;
mod files;
mod fragments;
mod french;
mod keys;
mod layout;
mod leftovers;
mod logs;
mod place;
mod report;
mod residue;
mod schema;
mod separation;
mod server;
mod source;
mod spread;
mod sqlite_file;
mod statistics;
mod strays;
mod windows;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

pub use ballots::MIXING_THRESHOLD;
pub use report::{Check, Report, Verdict};

use crate::server::Nearness;
use crate::source::Opened;

/// How long a server may take to mix what it has acknowledged and to rewrite its tables.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What is audited: where things are. What is not given is not looked at.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The issuer's database.
    pub issuer: Option<Database>,
    /// The collector's database.
    pub collector: Option<Database>,
    /// The folder whose file modes and stray files are checked.
    pub data: Option<PathBuf>,
    /// Log files, beside the `*.log` that are found below `data`.
    pub logs: Vec<PathBuf>,
    /// How the program is set up.
    pub settings: Settings,
}

/// A database, wherever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// The URL of a `PostgreSQL` database.
    Postgres(String),
}

/// What the audit must be told, since no file says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether the settings, as the audit sees them, have requests logged.
    pub request_log: bool,
    /// The same of servers of this installation that are running, if any could be asked.
    pub servers_request_log: Option<bool>,
    /// The day of the audit, for responses that wait after their survey's end.
    pub today: jiff::civil::Date,
    /// How long a check of what a running server is rewriting is made again before it has failed; [`PATIENCE`] is enough.
    pub patience: Duration,
}

/// Which half of the work a database is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Issuer,
    Collector,
}

impl Role {
    fn french(self) -> &'static str {
        match self {
            Self::Issuer => "émetteur",
            Self::Collector => "urne",
        }
    }
}

/// Carries out every check that the subject allows, and reports each.
pub async fn audit(subject: &Subject) -> Report {
    // A file that nobody has open is read without locks. When somebody opened it meanwhile, what was read may be torn.
    const ATTEMPTS: usize = 5;
    for _ in 1..ATTEMPTS {
        let before = unopened(subject);
        let report = audit_once(subject).await;
        if report.passed() || before.iter().all(|file| unopened(subject).contains(file)) {
            return report;
        }
    }
    audit_once(subject).await
}

/// The `SQLite` files that nobody has open: length and hour of the last write.
fn unopened(subject: &Subject) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let databases = [&subject.issuer, &subject.collector].into_iter().flatten();
    let unopened = databases.filter_map(|database| match database {
        Database::Sqlite(path) if !source::is_open(path) => {
            let file = std::fs::metadata(path).ok()?;
            Some((path.clone(), file.len(), file.modified().ok()))
        }
        _ => None,
    });
    unopened.collect()
}

async fn audit_once(subject: &Subject) -> Report {
    let mut checks = Vec::new();
    let mut both = Vec::new();
    let databases = [(Role::Issuer, &subject.issuer), (Role::Collector, &subject.collector)];
    for (role, database) in databases {
        let Some(database) = database else { continue };
        match source::open(role, database).await {
            Ok(opened) => both.push(opened),
            Err(error) => {
                checks.push(source::READABLE.impossible(&source::subject_name(role, database), &error));
            }
        }
    }
    let nearness = match &mut both[..] {
        [issuer, collector] => server::nearness(issuer, collector).await,
        _ => Ok(Nearness::Apart),
    };
    for (role, database) in databases {
        let Some(database) = database else { continue };
        if let Some(opened) = both.iter_mut().find(|opened| opened.role == role) {
            checks.push(opened.describe());
            audit_one(role, opened, subject, &mut checks).await;
        }
        if let Database::Sqlite(path) = database {
            checks.extend(files::around(&source::subject_name(role, database), path, subject).await);
        }
    }
    if let [issuer, collector] = &mut both[..] {
        checks.push(separation::check(issuer, collector).await);
    }
    if let Some(data) = &subject.data {
        checks.extend(files::modes(data));
        checks.push(strays::below_data(subject, data));
        checks.extend(strays::among_editions(data));
        checks.extend(editions::check(data));
    }
    checks.extend(elsewhere::check(&mut both, subject).await);
    checks.extend(logs::check(&subject.logs, subject.data.as_deref()));
    checks.extend(files::settings(subject, nearness));
    for opened in both {
        opened.close().await;
    }
    Report { checks }
}

/// The checks of one database.
async fn audit_one(role: Role, opened: &mut Opened, subject: &Subject, checks: &mut Vec<Check>) {
    let Settings { today, patience, .. } = subject.settings;
    checks.push(columns::times(opened).await);
    checks.push(columns::addresses(opened));
    checks.push(catalogue::numbering(opened).await);
    checks.push(keys::check(opened).await);
    checks.push(contents::check(opened).await);
    checks.extend(patiently(opened, patience, place::check).await);
    checks.extend(patiently(opened, patience, residue::check).await);
    if role == Role::Collector {
        checks.extend(patiently(opened, patience, async |opened| vec![ballots::waiting(opened, today).await]).await);
        checks.push(ballots::apart(opened).await);
    }
    checks.extend(server::check(opened).await);
    checks.extend(statistics::check(opened).await);
    checks.extend(patiently(opened, patience, schema::check).await);
}

/// Makes checks until they pass, and has them fail when they still do after some time: while a server mixes responses or
/// rewrites a table, it shows for a moment what it is about to remove.
async fn patiently(
    opened: &mut Opened,
    patience: Duration,
    check: impl AsyncFn(&mut Opened) -> Vec<Check>,
) -> Vec<Check> {
    const PAUSE: Duration = Duration::from_millis(200);
    let started = Instant::now();
    loop {
        let checks = check(opened).await;
        let passed = checks.iter().all(|check| check.verdict != Verdict::Failed);
        if passed || started.elapsed() >= patience {
            return checks;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
