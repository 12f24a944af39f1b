//! The analysis against polars and `DuckDB`, from the same Parquet file: processor time and memory, each way of doing it in a
//! process of its own. What is compared is checked to be the same: every count, and the weighted shares.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::responses;
use crate::tables::TABLES;

/// Where `scripts/setup bench` puts the peers.
const PYTHON: &str = "tests/bench/.venv/bin/python";
/// Numbers of respondents, runs of each process, and rounds within a run that has its columns in memory.
const SIZES: [(u64, usize, u32); 2] = [(1_000_000, 3, 5), (10_000_000, 3, 1)];
/// Ten million take minutes: they are left out when this is set to 0.
const LARGE: &str = "BENCH_LARGE";

/// What a process says of itself.
#[derive(Debug, Clone, Deserialize)]
struct Measured {
    tables_cpu_s: f64,
    tables_wall_s: f64,
    cpu_s: f64,
    peak_mb: f64,
    counts: Option<String>,
    shares: Option<f64>,
}

/// A way of making the tables.
#[derive(Clone, Copy)]
enum Engine {
    Isoloir,
    /// The name of a variant of `tables.py`.
    Peer(&'static str),
}

const PEERS_IN_MEMORY: [&str; 3] = ["polars", "polars+packed", "duckdb"];
const PEERS_WITH_KEYS: [&str; 3] = ["polars+keys", "polars+packed+keys", "duckdb+keys"];
const PEERS_END_TO_END: [&str; 4] = ["polars", "polars+packed", "duckdb", "duckdb-file"];

/// Measures and prints everything. Panics when engines disagree.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn analysis() {
    // Under the target folder: a file system of the project's own, with room for a gigabyte.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let questionnaire = responses::questionnaire();
    println!(
        "{:<44} {:<20} {:>7} {:>15} {:>7} {:>8} {:>6}",
        "analysis: what", "engine", "CPU s", "(min – max)", "wall s", "peak MB", "ratio"
    );
    let is_large_asked = std::env::var(LARGE).as_deref() != Ok("0");
    for (respondents, runs, rounds) in SIZES.into_iter().filter(|(size, ..)| *size <= 1_000_000 || is_large_asked) {
        let file = folder.path().join(format!("{respondents}.parquet"));
        responses::write(&questionnaire, respondents, &file);
        let measure = |mode: &str, engine, rounds| {
            let runs = (0..runs).map(|_| run(engine, mode, &file, rounds));
            Runs { engine, runs: runs.collect() }
        };
        let what = |what: &str| format!("{respondents} × 60, {what}");
        let ours = measure("memory", Engine::Isoloir, rounds);
        let peers = PEERS_IN_MEMORY.map(|peer| measure("memory", Engine::Peer(peer), rounds));
        compare(&what("tables in memory (target 8)"), &ours, &peers, |measured| measured.tables_cpu_s);
        let peers = PEERS_WITH_KEYS.map(|peer| measure("memory", Engine::Peer(peer), rounds));
        compare(&what("the same, peers sum keys too"), &ours, &peers, |measured| measured.tables_cpu_s);
        let ours = measure("end-to-end", Engine::Isoloir, 1);
        let peers = PEERS_END_TO_END.map(|peer| measure("end-to-end", Engine::Peer(peer), 1));
        compare(&what("end to end (target 1)"), &ours, &peers, |measured| measured.cpu_s);
        let edition = measure("edition", Engine::Isoloir, 1);
        edition.print(&what("our edition: errors, tests, protection"), None, |measured| measured.cpu_s);
        std::fs::remove_file(&file).expect("removed");
    }
    edition_of_ten_thousand(folder.path());
}

/// The runs of one engine.
struct Runs {
    engine: Engine,
    runs: Vec<Measured>,
}

impl Runs {
    /// The middle one of the runs.
    fn median(&self, of: impl Fn(&Measured) -> f64) -> f64 {
        let mut values: Vec<f64> = self.runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    fn print(&self, what: &str, ours: Option<f64>, cpu: impl Fn(&Measured) -> f64 + Copy) {
        let (engine, median) = (self.engine.name(), self.median(cpu));
        let (min, max) = self
            .runs
            .iter()
            .map(cpu)
            .fold((f64::INFINITY, 0.0_f64), |(min, max), value| (min.min(value), max.max(value)));
        let (wall, peak) = (self.median(|measured| measured.tables_wall_s), self.median(|measured| measured.peak_mb));
        let ratio = ours.map(|ours| format!("{:.1}", median / ours)).unwrap_or_default();
        let spread = format!("({min:.2} – {max:.2})");
        println!("{what:<44} {engine:<20} {median:>7.2} {spread:>15} {wall:>7.2} {peak:>8.0} {ratio:>6}");
    }
}

/// Prints a line per engine, with how many times our processor time each one takes.
fn compare(what: &str, ours: &Runs, peers: &[Runs], cpu: impl Fn(&Measured) -> f64 + Copy) {
    ours.print(what, None, cpu);
    let reference = &ours.runs[0];
    for peer in peers {
        for measured in peer.runs.iter().chain(&ours.runs) {
            assert_eq!(measured.counts, reference.counts, "{} counts otherwise", peer.engine.name());
            let (got, expected) = (measured.shares.expect("shares"), reference.shares.expect("shares"));
            assert!((got / expected - 1.0).abs() < 1e-9, "{}: {got} for {expected}", peer.engine.name());
        }
        peer.print("", Some(ours.median(cpu)), cpu);
    }
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Isoloir => "isoloir",
            Self::Peer(variant) => variant,
        }
    }
}

fn run(engine: Engine, mode: &str, parquet: &Path, rounds: u32) -> Measured {
    let mut command = match engine {
        Engine::Isoloir => {
            let mut command = Command::new(std::env::current_exe().expect("this program"));
            command.args([TABLES, mode]).arg(parquet);
            command
        }
        Engine::Peer(variant) => {
            let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(PYTHON));
            command.args(["tests/bench/tables.py", variant, mode]).arg(parquet.with_extension("json"));
            command
        }
    };
    let output = command.arg(rounds.to_string()).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it starts");
    assert!(output.status.success(), "{}: {}", engine.name(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("measures")
}

/// `isoloir analyse` on 10,000 responses to the Mauges survey, with tables, charts and exports.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn edition_of_ten_thousand(folder: &Path) {
    let program = env!("CARGO_BIN_EXE_isoloir");
    let csv = folder.join("reponses.csv");
    let isoloir = |arguments: &[&std::ffi::OsStr]| {
        let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let simulate = ["simulate", "mauges-2026", "--responses", "10000", "--seed", "2026", "--csv"];
    let simulate: Vec<&std::ffi::OsStr> = simulate.iter().map(AsRef::as_ref).chain([csv.as_ref()]).collect();
    isoloir(&simulate);
    for policy in ["cell-key", "suppress", "none"] {
        let mut took: Vec<f64> = (0..3)
            .map(|run| {
                let out: PathBuf = folder.join(format!("{policy}-{run}"));
                let survey = "surveys/mauges-2026.yaml";
                let started = std::time::Instant::now();
                isoloir(&[
                    "analyse".as_ref(),
                    csv.as_ref(),
                    "--survey".as_ref(),
                    survey.as_ref(),
                    "--policy".as_ref(),
                    policy.as_ref(),
                    "--out".as_ref(),
                    out.as_ref(),
                ]);
                started.elapsed().as_secs_f64()
            })
            .collect();
        took.sort_by(f64::total_cmp);
        let what = format!("10000 responses, analyse --policy {policy}, all files");
        println!("{what:<65} {:>7.2} s ({:.2} – {:.2}), target 1 s", took[1], took[0], took[2]);
    }
}
