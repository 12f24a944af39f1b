//! `isoloir audit`: what the files give away.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use isoloir_audit::{Database, PATIENCE, Settings, Subject};
use isoloir_store::Location;
use isoloir_survey::Calendar;

use super::config::{Config, Role};
use super::{LOG_VARIABLE, is_request_log_on, say};
use crate::installation::{Installation, ParisCalendar};

/// Vérifier l’anonymat sur les fichiers tels qu’ils sont, serveur en marche ou sur une copie
#[derive(Args)]
#[command(after_help = "Exemples :\n  isoloir audit --data data\n  isoloir audit --data copie --json\n  \
    isoloir audit --log /var/log/nginx/access.log\n\n\
    Rien n’est modifié. Chaque ligne dit ce qui a été mesuré, et ce qu’il faut faire en cas d’échec. Le code de sortie est 1 \
    dès qu’une vérification échoue. Aucune valeur lue (code, jeton, réponse, adresse) n’est affichée.")]
pub(crate) struct Audit {
    /// Journal à vérifier aussi, ou dossier de journaux, par exemple ceux du serveur mandataire ; peut être répété
    #[arg(long = "log", value_name = "FICHIER")]
    logs: Vec<PathBuf>,
    /// Écrire le rapport en JSON
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let installation = Installation::new(config)?;
        let (mut issuer, mut collector) = (None, None);
        if config.role != Role::Collector {
            issuer = database(installation.issuer_rows(), config.issuer_database.as_deref(), config.role);
        }
        if config.role != Role::Issuer {
            collector = database(installation.collector_rows(), config.collector_database.as_deref(), config.role);
        }
        if issuer.is_none() && collector.is_none() {
            bail!(
                "il n’y a pas d’installation à vérifier dans {} ; indiquez le dossier avec --data",
                installation.data().display()
            );
        }
        let request_log = std::env::var(LOG_VARIABLE).is_ok_and(|filter| is_request_log_on(&filter));
        let data = installation.data();
        let settings = Settings {
            request_log,
            servers_request_log: servers_request_log(data),
            today: ParisCalendar::new()?.today(),
            patience: PATIENCE,
        };
        let subject =
            Subject { issuer, collector, data: data.is_dir().then(|| data.to_owned()), logs: self.logs, settings };
        let report = isoloir_audit::audit(&subject).await;
        if self.json {
            let report = serde_json::json!({ "passed": report.passed(), "checks": report.checks });
            say(&serde_json::to_string_pretty(&report)?);
        } else {
            say(&report.to_text());
        }
        if report.passed() { Ok(()) } else { bail!("au moins une vérification a échoué") }
    }
}

/// Whether a process that has files of this folder open was told to log requests; none when no such process shows its
/// environment to this account.
fn servers_request_log(data: &Path) -> Option<bool> {
    let data = data.canonicalize().ok()?;
    let has_open = |process: &Path| {
        let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|file| file.starts_with(&data))
    };
    let filter = |process: &Path| {
        let environment = std::fs::read(process.join("environ")).ok()?;
        let name = format!("{LOG_VARIABLE}=");
        let mut values = environment.split(|byte| *byte == 0).filter_map(|entry| entry.strip_prefix(name.as_bytes()));
        Some(String::from_utf8_lossy(values.next().unwrap_or_default()).into_owned())
    };
    let is_server =
        |process: &Path| std::fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "isoloir");
    let processes = std::fs::read_dir("/proc").ok()?.flatten().map(|process| process.path());
    processes
        .filter(|process| is_server(process) && has_open(process))
        .filter_map(|process| Some(is_request_log_on(&filter(&process)?)))
        .reduce(|one, other| one || other)
}

/// The database of a role. With both roles, the one that this machine does not hold is left out; a single role is always
/// looked for.
fn database(location: &Location, url: Option<&str>, role: Role) -> Option<Database> {
    match (location, url) {
        (Location::Server(_), Some(url)) => Some(Database::Postgres(url.to_owned())),
        (Location::File(path), _) if path.exists() || role != Role::All => Some(Database::Sqlite(path.clone())),
        _ => None,
    }
}
