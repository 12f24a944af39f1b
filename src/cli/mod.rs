//! The command line: one file per verb. Exit codes: 0 done, 1 failed, 2 misused.

mod analyse;
mod audit;
mod backup;
mod complaint;
mod config;
mod demo;
mod edited;
mod edition;
mod french;
mod invite;
mod letters;
mod responses;
mod serve;
mod simulate;
mod survey;
mod survey_open;
mod survey_status;
mod survey_version;
mod texts;
mod verify;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use config::CommonOptions;
pub(crate) use config::{Config, Role};

const EXAMPLES: &str = "\
Pour commencer :
  isoloir demo                                        tout essayer sur cette machine
  isoloir survey check surveys/mauges-2026.yaml       relire un questionnaire
  isoloir survey open mauges-2026                     l’ouvrir aux réponses
  isoloir invite mauges-2026 --count 500 --letters lettres.pdf
  isoloir serve                                       recevoir les réponses
  isoloir survey status                               où en sont les enquêtes
  isoloir responses import mauges-2026 --channel papier saisie.csv
  isoloir survey close mauges-2026                    à la fin, clore et compter
  isoloir edition create mauges-2026 --label 2026 --margins marges.csv
  isoloir edition publish mauges-2026 2026            publier ses résultats
  isoloir analyse essai.csv --survey S.yaml --out D   analyser un fichier de réponses
  isoloir audit                                       vérifier que rien ne désigne personne
  isoloir backup /srv/sauvegardes/lundi               sauvegarder, sans arrêter le serveur";

/// Above the settings, which every verb has; the parser adds a colon.
const SETTINGS: &str = "Réglages (aussi dans isoloir.toml, ou en variables ISOLOIR_DATA, ISOLOIR_PUBLIC_URL…)\u{a0}";

/// What is logged; without it, warnings and what the operator must know.
const LOG_VARIABLE: &str = "ISOLOIR_LOG";

/// Whether this filter lets requests be logged: they are at the level `debug`. A part without a level (`isoloir`) lets all pass.
fn is_request_log_on(filter: &str) -> bool {
    const QUIETER: [&str; 9] = ["", "off", "error", "warn", "info", "0", "1", "2", "3"];
    filter.split(',').any(|directive| {
        let level = directive.rsplit('=').next().unwrap_or_default().trim().to_ascii_lowercase();
        !QUIETER.contains(&level.as_str())
    })
}

#[derive(Parser)]
#[command(name = "isoloir", version, about = "Enquêtes anonymes sur les besoins de santé d’un territoire", after_help = EXAMPLES, propagate_version = true, subcommand_value_name = "COMMANDE")]
struct Cli {
    #[command(flatten, next_help_heading = SETTINGS)]
    common: CommonOptions,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Demo(demo::Demo),
    Serve(serve::Serve),
    #[command(subcommand)]
    Survey(survey::Survey),
    Invite(invite::Invite),
    #[command(subcommand)]
    Responses(responses::Responses),
    Simulate(simulate::Simulate),
    #[command(subcommand)]
    Edition(edition::EditionVerb),
    Analyse(analyse::Analyse),
    Verify(verify::Verify),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(backup::Restore),
}

/// Runs the verb and says what went wrong, on one line per cause.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return french::answer(&error),
    };
    // Requests are not logged unless `ISOLOIR_LOG=isoloir=debug` asks for it, and then without time: the hour at which
    // somebody answered is not ours to write down. A service manager that stamps lines has only ours to stamp.
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn,isoloir=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A file that somebody opens in an editor shows the colours as rubbish.
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .init();
    // Several threads: the analysis works on its own while the server answers.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(cli))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed pipe is the reader's choice.
            let _ = writeln!(std::io::stderr(), "Erreur : {}", complaint::of(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = cli.common.resolve()?;
    match cli.verb {
        Verb::Demo(verb) => verb.run(&config).await,
        Verb::Serve(verb) => verb.run(&config).await,
        Verb::Survey(verb) => verb.run(&config).await,
        Verb::Invite(verb) => verb.run(&config).await,
        Verb::Responses(verb) => verb.run(&config).await,
        Verb::Simulate(verb) => verb.run(&config).await,
        Verb::Edition(verb) => verb.run(&config).await,
        Verb::Analyse(verb) => verb.run(&config).await,
        Verb::Verify(verb) => verb.run(&config).await,
        Verb::Audit(verb) => verb.run(&config).await,
        Verb::Backup(verb) => verb.run(&config).await,
        Verb::Restore(verb) => verb.run(&config).await,
    }
}

/// Ends when somebody stops the program, which can then clear away what it had begun.
async fn stopped() {
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = signals else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// Writes a line for the person at the terminal. A closed pipe is their choice, not our failure.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Writes a file whole or not at all, readable by its owner only.
fn write_private_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    UnnamedFile::write(path, bytes)?.name()
}

/// A private file that is on disk as a whole, but not under its name yet. Dropped before [`UnnamedFile::name`], it is gone.
struct UnnamedFile {
    temporary: PathBuf,
    path: PathBuf,
}

impl UnnamedFile {
    fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        if let Some(folder) = folder {
            ensure!(
                folder.is_dir(),
                "impossible d’écrire {} : il n’y a pas de dossier {} ; créez-le, ou choisissez un autre endroit",
                path.display(),
                folder.display()
            );
        }
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".isoloir-tmp");
        let unnamed = Self { temporary: temporary.into(), path: path.to_owned() };
        let write = || -> std::io::Result<()> {
            let _ = std::fs::remove_file(&unnamed.temporary);
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unnamed.temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().with_context(|| format!("impossible d’écrire {}", path.display()))?;
        Ok(unnamed)
    }

    fn name(self) -> anyhow::Result<()> {
        std::fs::rename(&self.temporary, &self.path)
            .with_context(|| format!("impossible d’écrire {}", self.path.display()))
    }
}

impl Drop for UnnamedFile {
    fn drop(&mut self) {
        // It has its name now, or nobody shall find it.
        let _ = std::fs::remove_file(&self.temporary);
    }
}
