//! What is kept comes back as it was, or is refused.

use isoloir_disclosure::{Policy, Release, protect};
use isoloir_survey::Questionnaire;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{DataFrame, NamedFrom, ParquetCompression, ParquetWriter, Series};

use crate::tests::{questionnaire, sheets};
use crate::{AnalysisError, Snapshot, SnapshotError, tabulate};

/// Reads bytes that somebody vouches for.
fn read(questionnaire: &Questionnaire, bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    Snapshot::read_parquet(questionnaire, bytes, blake3::hash(bytes).to_hex().as_str())
}

fn kept(snapshot: &Snapshot) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot.write_parquet(&mut bytes).expect("Parquet");
    bytes
}

fn release(questionnaire: &Questionnaire, snapshot: &Snapshot) -> Release {
    let raw = tabulate(questionnaire, snapshot, None).expect("tables");
    protect(raw, &Policy::standard().expect("policy")).expect("a release")
}

/// A file of these columns that says that it was made for the questionnaire.
fn forged(questionnaire: &Questionnaire, columns: Vec<Series>) -> Vec<u8> {
    let version = vec![("isoloir.questionnaire".to_owned(), questionnaire.version().to_string())];
    let mut frame = DataFrame::new(columns[0].len(), columns.into_iter().map(Into::into).collect()).expect("a frame");
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Uncompressed);
    let writer = writer.with_key_value_metadata(Some(KeyValueMetadata::from_static(version)));
    writer.finish(&mut frame).expect("Parquet");
    bytes
}

/// The columns of a right file of two rows, each item without an answer.
fn columns(questionnaire: &Questionnaire) -> Vec<Series> {
    let items = crate::columns::items(questionnaire);
    let codes = items.iter().map(|item| Series::new(item.column().into(), vec![0_u8, u8::MAX]));
    std::iter::once(Series::new("__key".into(), vec![3_u64, 7])).chain(codes).collect()
}

#[test]
fn what_comes_back_makes_the_same_release() {
    let questionnaire = questionnaire();
    let snapshot = Snapshot::of(&questionnaire, sheets(&questionnaire)).expect("columns");
    let back = read(&questionnaire, &kept(&snapshot)).expect("read");
    let published = release(&questionnaire, &back);
    assert_eq!(published, release(&questionnaire, &snapshot));
    assert!(published.respondents().is_some(), "there is something to compare");
}

#[test]
fn an_edition_without_responses_comes_back_too() {
    let questionnaire = questionnaire();
    let snapshot = Snapshot::of(&questionnaire, Vec::new()).expect("columns");
    let back = read(&questionnaire, &kept(&snapshot)).expect("read");
    assert_eq!(release(&questionnaire, &back).respondents(), None);
}

#[test]
fn the_file_tells_no_order_of_arrival() {
    let questionnaire = questionnaire();
    let forwards = Snapshot::of(&questionnaire, sheets(&questionnaire)).expect("columns");
    let backwards = Snapshot::of(&questionnaire, sheets(&questionnaire).into_iter().rev()).expect("columns");
    assert_eq!(kept(&forwards), kept(&backwards));
}

#[test]
fn a_truncated_file_is_refused_wherever_it_stops() {
    let questionnaire = questionnaire();
    let bytes = kept(&Snapshot::of(&questionnaire, sheets(&questionnaire)).expect("columns"));
    for length in (0..bytes.len()).step_by(41) {
        let refused = read(&questionnaire, &bytes[..length]);
        assert!(matches!(refused, Err(SnapshotError::Unreadable(_))), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn parquet_of_another_program_is_refused() {
    let questionnaire = questionnaire();
    let mut frame = DataFrame::new(2, columns(&questionnaire).into_iter().map(Into::into).collect()).expect("a frame");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).expect("Parquet");
    let refused = read(&questionnaire, &bytes);
    assert!(matches!(refused, Err(SnapshotError::Foreign)), "{refused:?}");
}

#[test]
fn another_version_of_the_questionnaire_is_refused() {
    let questionnaire = questionnaire();
    let snapshot = Snapshot::of(&questionnaire, sheets(&questionnaire)).expect("columns");
    let mut content = (*questionnaire).clone();
    content.axes.clear();
    let other = Questionnaire::from(content);
    let refused = read(&other, &kept(&snapshot));
    assert!(matches!(refused, Err(SnapshotError::OtherQuestionnaire { .. })), "{refused:?}");
    let refused = tabulate(&other, &snapshot, None);
    assert!(matches!(refused, Err(AnalysisError::OtherQuestionnaire { .. })), "{refused:?}");
}

#[test]
fn columns_that_the_questionnaire_does_not_ask_for_are_refused() {
    let questionnaire = questionnaire();
    let good = columns(&questionnaire);
    read(&questionnaire, &forged(&questionnaire, good.clone())).expect("what the others start from");

    let mut extra = good.clone();
    extra.push(Series::new("adresse".into(), vec![1_u8, 2]));
    let mut missing = good.clone();
    missing.pop();
    let mut wide = good.clone();
    wide[1] = Series::new(wide[1].name().clone(), vec![0_u64, 1]);
    let mut hole = good;
    hole[1] = Series::new(hole[1].name().clone(), vec![Some(0_u8), None]);
    for columns in [extra, missing, wide, hole] {
        let refused = read(&questionnaire, &forged(&questionnaire, columns));
        assert!(matches!(refused, Err(SnapshotError::Column { .. })), "{refused:?}");
    }
}

#[test]
fn a_code_that_a_question_has_not_is_refused() {
    let questionnaire = questionnaire();
    let items = crate::columns::items(&questionnaire);
    for (index, item) in items.iter().enumerate() {
        let mut columns = columns(&questionnaire);
        let beyond = u8::try_from(item.codes()).expect("few codes");
        columns[index + 1] = Series::new(item.column().into(), vec![0, beyond]);
        match read(&questionnaire, &forged(&questionnaire, columns)) {
            Err(SnapshotError::Code { column }) => assert_eq!(column, item.column()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn rows_in_another_order_are_refused() {
    let questionnaire = questionnaire();
    let mut columns = columns(&questionnaire);
    columns[0] = Series::new("__key".into(), vec![7_u64, 3]);
    let refused = read(&questionnaire, &forged(&questionnaire, columns));
    assert!(matches!(refused, Err(SnapshotError::Order)), "{refused:?}");
}

#[test]
fn a_changed_answer_is_refused_though_it_is_like_another() {
    let questionnaire = questionnaire();
    let columns = columns(&questionnaire);
    let mut changed = columns.clone();
    changed[1] = Series::new(changed[1].name().clone(), vec![1_u8, u8::MAX]);
    let (good, changed) = (forged(&questionnaire, columns), forged(&questionnaire, changed));
    read(&questionnaire, &changed).expect("a snapshot like another");
    let refused = Snapshot::read_parquet(&questionnaire, &changed[..], blake3::hash(&good).to_hex().as_str());
    assert!(matches!(refused, Err(SnapshotError::Altered)), "{refused:?}");
}

/// The same each time, and unlike any other.
fn scattered(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11
}

/// Bytes are changed one or several at a time, or the file is cut, anywhere.
fn mutated(bytes: &[u8], number: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let draw = |what: u64, below: usize| {
        usize::try_from(scattered(number * 16 + what) % below as u64).expect("less than a length")
    };
    match number % 4 {
        0 => bytes.truncate(draw(0, bytes.len())),
        // Half of them in the footer, where sizes are.
        kind => {
            for flip in 1..=kind * 2 {
                let length = bytes.len();
                let from = if flip % 2 == 0 { length - length.min(2000) } else { 0 };
                bytes[from + draw(flip, length - from)] ^= 1 << draw(flip + 8, 8);
            }
        }
    }
    bytes
}

/// The most memory that this process has ever asked for, in bytes.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[test]
fn whatever_happens_to_a_file_it_is_refused_or_read_as_it_was() {
    let questionnaire = questionnaire();
    let bytes = kept(&Snapshot::of(&questionnaire, sheets(&questionnaire)).expect("columns"));
    let written = blake3::hash(&bytes).to_hex();
    let before = peak_bytes();
    let (mut refused, mut other) = (0, 0);
    for number in 0..4000 {
        let mutated = mutated(&bytes, number);
        match Snapshot::read_parquet(&questionnaire, &mutated[..], written.as_str()) {
            Ok(_) => assert!(mutated == bytes, "mutation {number}"),
            Err(error) => assert!(matches!(error, SnapshotError::Altered) && mutated != bytes, "{error}"),
        }
        // Whoever vouches for it all the same gets a snapshot of valid answers, or a refusal in words.
        match read(&questionnaire, &mutated) {
            Ok(snapshot) => {
                let again = kept(&snapshot);
                assert!(kept(&read(&questionnaire, &again).expect("what was read")) == again, "mutation {number}");
                other += 1;
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(refused > 2500 && other > 0, "{refused} refused, {other} read");
    assert!(peak_bytes() - before < 1 << 30, "{} bytes were asked for", peak_bytes() - before);
}
