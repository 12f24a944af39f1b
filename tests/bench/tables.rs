//! The tables of the program, in a process of its own as its peers have: counts by weighting cell, raking, then each question
//! for everybody and by commune × age.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use isoloir_analysis::{Margins, Snapshot, Weighting, tabulate};
use isoloir_disclosure::{Policy, protect};
use isoloir_statistics::{Answer, CodeColumn, Cube, Dimension, Frame, Margin, Tables, Target, cells_of, count, rake};
use isoloir_survey::Questionnaire;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::responses::{DIMENSIONS, KEY, columns, populations, questionnaire};

/// Asks this program to be one of those measured.
pub(crate) const TABLES: &str = "tables";

/// Runs one way of making the tables and prints what it took.
#[expect(clippy::print_stdout, reason = "the measures are for the process that started this one")]
pub(crate) fn run(mode: &str, file: &Path, repeats: u32) {
    let questionnaire = questionnaire();
    let measured = match mode {
        "edition" => edition(&questionnaire, file),
        _ => tables(&questionnaire, file, repeats),
    };
    println!("{measured}");
}

/// Reads the columns, then makes the tables as many times as asked.
fn tables(questionnaire: &Questionnaire, file: &Path, repeats: u32) -> serde_json::Value {
    let frame = ParquetReader::new(File::open(file).expect("a file")).set_rechunk(true).finish().expect("Parquet");
    let keys = frame.column(KEY).and_then(|keys| keys.u64()?.cont_slice()).expect("keys");
    let names = columns(questionnaire);
    let columns: Vec<CodeColumn> = names.iter().map(|(name, codes)| column(&frame, name, *codes)).collect();
    let (dimensions, questions) = columns.split_at(DIMENSIONS.len());
    let (before, started) = (cpu_s(), Instant::now());
    let mut made = None;
    for _ in 0..repeats {
        // What the last round made is not kept beside what this one makes.
        drop(made.take());
        made = Some(make(&names, dimensions, questions, keys));
    }
    let (cpu, wall) = ((cpu_s() - before) / f64::from(repeats), started.elapsed().as_secs_f64() / f64::from(repeats));
    let Made { cube, everybody, by_commune_and_age } = made.expect("one round at least");
    let shares = sum_of_shares(&everybody, questions.len()) + sum_of_shares(&by_commune_and_age, questions.len());
    json!({
        "tables_cpu_s": cpu, "tables_wall_s": wall, "cpu_s": cpu_s(), "peak_mb": peak_mb(),
        "counts": digest(&cube), "shares": shares,
    })
}

fn column<'a>(frame: &'a DataFrame, name: &str, codes: usize) -> CodeColumn<'a> {
    let bytes = frame.column(name).and_then(|column| column.u8()?.cont_slice()).expect("a column");
    CodeColumn::new(codes, bytes).expect("codes of the question")
}

struct Made {
    cube: Cube,
    everybody: Tables,
    by_commune_and_age: Tables,
}

fn make(names: &[(String, usize)], dimensions: &[CodeColumn], questions: &[CodeColumn], keys: &[u64]) -> Made {
    let frame = Frame::new(names[..DIMENSIONS.len()].iter().map(|(name, codes)| dimension(name, *codes)).collect());
    let frame = frame.expect("a frame");
    let cell_of = cells_of(keys.len(), dimensions);
    let (cube, key_sums) = count(frame.clone(), &cell_of, keys, questions).expect("a cube");
    std::hint::black_box(key_sums);
    let margins: Vec<Margin> = names[..DIMENSIONS.len()]
        .iter()
        .enumerate()
        .map(|(index, (_, codes))| {
            let known = populations(*codes).into_iter().map(Target::Population);
            let by = frame.by(index).expect("a dimension");
            Margin::new(by, known.chain([Target::AsObserved]).collect(), false).expect("a margin")
        })
        .collect();
    let (weights, _) = rake(&cube, &margins, None).expect("weights");
    let tables = |breakdown| Tables::new(&cube, &weights, &breakdown).expect("tables");
    let (everybody, by_commune_and_age) =
        (tables(frame.whole()), tables(frame.by_each(&[0, 1]).expect("two dimensions")));
    Made { cube, everybody, by_commune_and_age }
}

/// As the program has it: a last category for those who did not answer.
fn dimension(name: &str, codes: usize) -> Dimension {
    Dimension { name: name.to_owned(), categories: (0..=codes).map(|category| category.to_string()).collect() }
}

/// One number that differs if any weighted share does.
fn sum_of_shares(tables: &Tables, questions: usize) -> f64 {
    let places = (0..questions).flat_map(|question| (0..tables.rows().len()).map(move |row| (question, row)));
    let shares = places.filter_map(|(question, row)| {
        let weighted = tables.answers(question, row)?.weighted();
        let base: f64 = weighted.iter().sum();
        (base > 0.0).then(|| weighted[0] / base)
    });
    shares.sum()
}

/// Of all counts: question by question, cell by cell, the codes, then not shown and skipped.
fn digest(cube: &Cube) -> String {
    let (layout, mut hash) = (cube.layout(), Sha256::new());
    for question in 0..layout.questions() {
        let codes = layout.codes(question).expect("a question");
        let first = layout.slot(question, Answer::Code(0)).expect("a code");
        for cell in cube.counts().chunks(layout.slots()) {
            for count in &cell[first..first + codes + 2] {
                hash.update(count.to_le_bytes());
            }
        }
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// What the program does for an edition: the snapshot read and checked, every table with standard errors and tests, protected.
fn edition(questionnaire: &Questionnaire, file: &Path) -> serde_json::Value {
    let bytes = std::fs::read(file).expect("a file");
    let written = blake3::hash(&bytes).to_hex();
    let snapshot = Snapshot::read_parquet(questionnaire, &bytes[..], written.as_str()).expect("a snapshot");
    drop(bytes);
    let (before, started) = (cpu_s(), Instant::now());
    let mut margins = String::from("variable,category,population\n");
    for name in DIMENSIONS {
        let question = questionnaire.questions().find(|question| question.id.as_str() == name).expect("a dimension");
        for (choice, population) in question.choices().iter().zip(populations(question.choices().len())) {
            writeln!(margins, "{name},{},{population}", choice.code).expect("a string");
        }
    }
    let margins = Margins::parse(questionnaire, &margins).expect("margins");
    let raw = tabulate(questionnaire, &snapshot, Some(&Weighting { margins, trim: false })).expect("tables");
    let release = protect(raw, &Policy::standard().expect("a policy")).expect("a release");
    std::hint::black_box(&release);
    let (cpu, wall) = (cpu_s() - before, started.elapsed().as_secs_f64());
    json!({ "tables_cpu_s": cpu, "tables_wall_s": wall, "cpu_s": cpu_s(), "peak_mb": peak_mb() })
}

/// Processor time of all threads of this process, in seconds.
fn cpu_s() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux").filter_map(Result::ok);
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// The most memory that this process held, in megabytes.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}
