//! A throw-away `PostgreSQL` cluster for tests, from Debian's package. It is run by an unprivileged account, as `PostgreSQL`
//! demands, and deleted at the end. A machine without it fails the tests; it never skips them.
//!
//! Included by each test binary that needs it (`#[path = "…/tests/postgres.rs"] mod postgres;`).

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// Where Debian puts each major version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The account of the server when the tests are run by root.
const ACCOUNT: &str = "nobody";
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server, stopped and deleted when it is dropped.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    server: Mutex<Option<Child>>,
    databases: AtomicU32,
}

impl Cluster {
    /// The cluster that the tests of one binary share, as long as one of them holds it.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().expect("no test panicked while starting a cluster");
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start(&[]));
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// A cluster of its own, whose server gets these environment variables.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("a folder");
        if is_root() {
            let owned = Command::new("chown").arg(ACCOUNT).arg(folder.path()).status();
            assert!(owned.is_ok_and(|status| status.success()), "the folder is given to {ACCOUNT}");
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let cluster = Self { programs, folder, port, server: Mutex::new(None), databases: AtomicU32::new(0) };
        let made = cluster
            .unprivileged("initdb")
            .args(["--auth=trust", "--username=isoloir", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(cluster.data())
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.start_again(environment);
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn unprivileged(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", ACCOUNT, "--regid", "nogroup", "--clear-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The account has no home; the server must not look for one.
        command.current_dir("/").env("HOME", self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Starts the server after [`Cluster::crash`].
    pub(crate) fn start_again(&self, environment: &[(&str, &str)]) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        let child = self
            .unprivileged("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1", "-k", ""])
            .args(["-c", "max_connections=60"])
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        *self.server.lock().expect("not poisoned") = Some(child);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status();
            if ready.expect("pg_isready starts").success() {
                return;
            }
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL does not answer: {log}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Ends the server as a crash would: it recovers from its log when it is started again.
    pub(crate) fn crash(&self) {
        if let Some(mut server) = self.server.lock().expect("not poisoned").take() {
            let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
            let _ = server.wait();
        }
    }

    /// An empty database of a new name.
    pub(crate) fn database(&self) -> String {
        let name = format!("essai_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// Runs statements, and returns what `psql` prints of them: columns parted by `|`.
    pub(crate) fn run(&self, url: &str, sql: &str) -> String {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
            .output()
            .expect("psql starts");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The address of a database.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgres://isoloir@127.0.0.1:{}/{name}", self.port)
    }

    /// Where it listens, on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The process of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.server.lock().expect("not poisoned").as_ref().expect("it runs").id()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.crash();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

/// The newest version's programs.
fn programs() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(Path::new(VERSIONS))
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path().join("bin");
            let version = path.parent()?.file_name()?.to_str()?.parse().ok()?;
            path.join("initdb").is_file().then_some((version, path))
        })
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL is not installed: run scripts/setup test (package postgresql)").1
}
