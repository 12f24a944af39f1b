//! A PostgreSQL server for tests: made in a temporary folder, reached by a socket there, and gone with the folder, also when
//! the test panics. Test binaries include this file with `#[path]`.
//!
//! PostgreSQL refuses to run as root, so a test that does runs it as `nobody`.
#![allow(dead_code, reason = "no test binary needs all of it")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The account that serves when the test is root.
const UNPRIVILEGED: &str = "nobody";
const USER: &str = "isoloir";
/// No disk has to survive these tests: `stop_now` is a crash of the server, not of the machine.
const OPTIONS: &str = "-c listen_addresses='' -c fsync=off -c max_connections=60";

/// A running server.
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    is_root: bool,
}

static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

impl Cluster {
    /// Makes and starts a server.
    ///
    /// # Panics
    /// When PostgreSQL is not installed: a test that needs it must not pass without it.
    pub(crate) fn start() -> Self {
        let cluster = Self {
            folder: tempfile::Builder::new().prefix("isoloir-pg-").tempdir().expect("a temporary folder"),
            programs: programs(),
            is_root: output("id", ["-u"]) == "0",
        };
        if cluster.is_root {
            let number = |option| output("id", [option, UNPRIVILEGED]).parse().ok();
            std::os::unix::fs::chown(cluster.folder.path(), number("-u"), number("-g")).expect("a folder given away");
        }
        let data = cluster.data();
        let data = data.as_os_str();
        let options = ["-A", "trust", "-U", USER, "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync", "-D"];
        cluster.run("initdb", options.map(OsStr::new).into_iter().chain([data]));
        cluster.start_again();
        cluster
    }

    /// The server of the tests that run now: started by the first that asks, stopped when the last has ended.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start());
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// Makes an empty database and returns its URL.
    pub(crate) fn database(&self, name: &str) -> String {
        let folder = self.folder.path().as_os_str();
        let options = [OsStr::new("-U"), OsStr::new(USER), OsStr::new("-h"), folder, OsStr::new(name)];
        self.run("createdb", options);
        format!("postgres://{USER}@localhost/{name}?host={}", self.folder.path().display())
    }

    /// Stops the server at once, as a crash does: nothing is finished or written out.
    pub(crate) fn stop_now(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    /// Starts the server on the same data.
    pub(crate) fn start_again(&self) {
        let options = format!("-k {} {OPTIONS}", self.folder.path().display());
        let log = self.folder.path().join("server.log");
        self.control(&["start", "-o", &options, "-l", &log.display().to_string()]);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn control(&self, arguments: &[&str]) {
        let data = self.data();
        let place = [OsStr::new("-w"), OsStr::new("-D"), data.as_os_str()];
        self.run("pg_ctl", arguments.iter().map(OsStr::new).chain(place));
    }

    /// Runs one of PostgreSQL's programs, and panics with what it said when it fails.
    fn run<'a>(&self, program: &str, arguments: impl IntoIterator<Item = &'a OsStr>) {
        let ended = self.command(program).args(arguments).output().expect("the program is there");
        assert!(
            ended.status.success(),
            "{program}: {}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", UNPRIVILEGED, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The server keeps the output open as long as it runs, unless it has a log of its own; and the current folder may
        // be closed to the other account.
        command.current_dir("/").env_remove("PGHOST").env_remove("PGDATABASE").env_remove("PGUSER");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may have been stopped already. A panic here would hide the one that is being handled.
        let mut command = self.command("pg_ctl");
        let _ = command.args(["stop", "-m", "immediate", "-w", "-D"]).arg(self.data()).output();
    }
}

/// Where Debian puts the programs of the newest version that is installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").is_file())
        .max_by_key(|path| number(path))
        .map(|path| path.join("bin"))
        .expect("PostgreSQL is needed for this test: apt-get install postgresql")
}

fn output<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> String {
    let ended = Command::new(program).args(arguments).output().expect("the program is there");
    String::from_utf8_lossy(&ended.stdout).trim().to_owned()
}
