//! What is kept comes back as it was, or is refused.

use std::fs::File;
use std::io::{Seek, Write};

use isoloir_disclosure::{Policy, Release, protect};
use isoloir_survey::Questionnaire;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{DataFrame, NamedFrom, ParquetCompression, ParquetWriter, Series};

use crate::tests::{questionnaire, sheets};
use crate::{AnalysisError, Snapshot, SnapshotError, tabulate};

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file.rewind().expect("rewound");
    file
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
fn forged(questionnaire: &Questionnaire, columns: Vec<Series>) -> File {
    let version = vec![("isoloir.questionnaire".to_owned(), questionnaire.version().to_string())];
    let mut frame = DataFrame::new(columns[0].len(), columns.into_iter().map(Into::into).collect()).expect("a frame");
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Uncompressed);
    let writer = writer.with_key_value_metadata(Some(KeyValueMetadata::from_static(version)));
    writer.finish(&mut frame).expect("Parquet");
    file(&bytes)
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
    let back = Snapshot::read_parquet(&questionnaire, file(&kept(&snapshot))).expect("read");
    let published = release(&questionnaire, &back);
    assert_eq!(published, release(&questionnaire, &snapshot));
    assert!(published.respondents().is_some(), "there is something to compare");
}

#[test]
fn an_edition_without_responses_comes_back_too() {
    let questionnaire = questionnaire();
    let snapshot = Snapshot::of(&questionnaire, Vec::new()).expect("columns");
    let back = Snapshot::read_parquet(&questionnaire, file(&kept(&snapshot))).expect("read");
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
        let refused = Snapshot::read_parquet(&questionnaire, file(&bytes[..length]));
        assert!(matches!(refused, Err(SnapshotError::Unreadable(_))), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn parquet_of_another_program_is_refused() {
    let questionnaire = questionnaire();
    let mut frame = DataFrame::new(2, columns(&questionnaire).into_iter().map(Into::into).collect()).expect("a frame");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).expect("Parquet");
    let refused = Snapshot::read_parquet(&questionnaire, file(&bytes));
    assert!(matches!(refused, Err(SnapshotError::Foreign)), "{refused:?}");
}

#[test]
fn another_version_of_the_questionnaire_is_refused() {
    let questionnaire = questionnaire();
    let snapshot = Snapshot::of(&questionnaire, sheets(&questionnaire)).expect("columns");
    let mut content = (*questionnaire).clone();
    content.axes.clear();
    let other = Questionnaire::from(content);
    let refused = Snapshot::read_parquet(&other, file(&kept(&snapshot)));
    assert!(matches!(refused, Err(SnapshotError::OtherQuestionnaire { .. })), "{refused:?}");
    let refused = tabulate(&other, &snapshot, None);
    assert!(matches!(refused, Err(AnalysisError::OtherQuestionnaire { .. })), "{refused:?}");
}

#[test]
fn columns_that_the_questionnaire_does_not_ask_for_are_refused() {
    let questionnaire = questionnaire();
    let good = columns(&questionnaire);
    Snapshot::read_parquet(&questionnaire, forged(&questionnaire, good.clone())).expect("what the others start from");

    let mut extra = good.clone();
    extra.push(Series::new("adresse".into(), vec![1_u8, 2]));
    let mut missing = good.clone();
    missing.pop();
    let mut wide = good.clone();
    wide[1] = Series::new(wide[1].name().clone(), vec![0_u64, 1]);
    let mut hole = good;
    hole[1] = Series::new(hole[1].name().clone(), vec![Some(0_u8), None]);
    for columns in [extra, missing, wide, hole] {
        let refused = Snapshot::read_parquet(&questionnaire, forged(&questionnaire, columns));
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
        match Snapshot::read_parquet(&questionnaire, forged(&questionnaire, columns)) {
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
    let refused = Snapshot::read_parquet(&questionnaire, forged(&questionnaire, columns));
    assert!(matches!(refused, Err(SnapshotError::Order)), "{refused:?}");
}
