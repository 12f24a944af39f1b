//! `make bench`: ratios against a baseline that is measured in the same run on the same machine, since machines differ and
//! are noisy. Absolute numbers are printed only to show what the ratios are made of.

mod analysis;
mod ballots;
mod box_server;
#[path = "../faults.rs"]
mod faults;
mod issuance;
mod load;
#[path = "../postgres.rs"]
mod postgres;
mod responses;
mod stages;
mod submissions;
#[path = "../../src/synthetic.rs"]
mod synthetic;
mod tables;

use std::time::Duration;

use ballots::Survey;
use faults::Faults;
use load::Measured;
use postgres::Cluster;
use submissions::{Amounts, Compared, Found};

/// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Added to each `fsync` for the rows on a slower disk.
const SLOW_DISK_US: &str = "2000";
const AMOUNTS: Amounts = Amounts { warm_up: 600, parsed: 8000, grouped: 8000, alone: 800 };
const AMOUNTS_SLOW: Amounts = Amounts { warm_up: 600, parsed: 6000, grouped: 6000, alone: 400 };

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match &arguments[..] {
        [_, verb, place] if verb == box_server::SERVE => runtime.block_on(box_server::serve(place)),
        [_, verb, mode, file, rounds] if verb == tables::TABLES => {
            tables::run(mode, file.as_ref(), rounds.parse().expect("a number of rounds"));
        }
        _ => table(&runtime, arguments.iter().skip(1).find(|argument| !argument.starts_with('-')).map(String::as_str)),
    }
}

/// Prints the tables, or the part of this name: `analysis`, `page`, `issuance`, `stages`, `sqlite`, `postgresql`.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn table(runtime: &tokio::runtime::Runtime, only: Option<&str>) {
    let is_asked = |part: &str| only.is_none_or(|only| only == part);
    if is_asked("analysis") {
        analysis::analysis();
    }
    if only == Some("analysis") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).join("collector.db").display().to_string();
    let survey = Survey::new(AMOUNTS.ballots());
    println!(
        "{:<52} {:>10} {:>10} {:>6} {:>6} {:>8} {:>8} {:>6}",
        "what / against what", "measured/s", "baseline/s", "ratio", "target", "p50 ms", "p99 ms", "CPU µs"
    );
    if is_asked("page") {
        let (page, empty) = runtime.block_on(submissions::page(&survey, &place("page")));
        let what = "survey page / empty reply, 64 clients";
        Row { what, measured: page, baseline: empty, target: 0.85 }.print(None);
    }
    if is_asked("issuance") {
        let (issued, signed) = runtime.block_on(issuance::issuance(folder.path()));
        let what = "token issuance / 2 × one-core RSA signing";
        Row { what, measured: issued, baseline: signed, target: 0.85 }.print(None);
        // Where the rest goes: the same signatures without codes, transactions or tasks, on two plain threads.
        let what = "  of which signing and checking alone";
        Row { what, measured: issuance::two_threads(), baseline: signed, target: 0.85 }.print(None);
    }
    if is_asked("stages") {
        for stages::Stage { what, cpu_us } in runtime.block_on(stages::stages(&survey, &place("stages"))) {
            println!("SQLite, of a submission: {what:<84} {cpu_us:>6.0}");
        }
    }
    let faults = Faults::compile();
    let library = faults.library();
    let slow = [("LD_PRELOAD", library.as_str()), ("FAULT_SYNC_DELAY_US", SLOW_DISK_US)];
    let run = |place: &str, environment: &[(&str, &str)], amounts| {
        runtime.block_on(submissions::submissions(&survey, place, environment, amounts))
    };
    if is_asked("sqlite") {
        print("SQLite", &run(&place("file"), &[], AMOUNTS), Some(6.0));
        print("SQLite, fsync + 2 ms", &run(&place("slow"), &slow, AMOUNTS_SLOW), None);
    }
    if is_asked("postgresql") {
        print("PostgreSQL", &run(&Cluster::start(&[]).database(), &[], AMOUNTS), None);
        print("PostgreSQL, fsync + 2 ms", &run(&Cluster::start(&slow).database(), &[], AMOUNTS_SLOW), None);
    }
}

/// What was found on one database. Group commit has a target where it matters most.
fn print(database: &str, found: &Found, group_target: Option<f64>) {
    let Found { few, many, alone, alone_cpu_us } = found;
    for (clients, Compared { submissions, baseline, cpu_us }) in [(64, few), (512, many)] {
        let what = format!("{database}: submission / parse-only, {clients} clients");
        Row { what: &what, measured: submissions.rate, baseline: baseline.rate, target: 0.35 }
            .print(Some((submissions, *cpu_us)));
    }
    let what = format!("{database}: group commit / commit each, 64 clients");
    let target = group_target.unwrap_or(f64::NAN);
    Row { what: &what, measured: few.submissions.rate, baseline: alone.rate, target }.print(None);
    let what = format!("{database}: commit each / parse-only, 64 clients");
    Row { what: &what, measured: alone.rate, baseline: few.baseline.rate, target: f64::NAN }
        .print(Some((alone, *alone_cpu_us)));
}

/// A line of the table.
struct Row<'a> {
    what: &'a str,
    measured: f64,
    baseline: f64,
    /// Not a number where there is none.
    target: f64,
}

impl Row<'_> {
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    fn print(&self, latency_and_cpu: Option<(&Measured, f64)>) {
        let Self { what, measured, baseline, target } = self;
        let ratio = measured / baseline;
        let target = if target.is_nan() { String::new() } else { format!("{target:.2}") };
        print!("{what:<52} {measured:>10.0} {baseline:>10.0} {ratio:>6.2} {target:>6}");
        if let Some((measured, cpu_us)) = latency_and_cpu {
            let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
            print!(" {:>8.2} {:>8.2} {cpu_us:>6.0}", ms(measured.p50), ms(measured.p99));
        }
        println!();
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand operations")]
fn per_second(operations: usize, elapsed: Duration) -> f64 {
    operations as f64 / elapsed.as_secs_f64()
}
