//! The numbers of the release, in CSV, Parquet and the workbook.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use isoloir_disclosure::{Policy, Protection};
use polars::io::SerReader;
use polars::prelude::{AnyValue, ParquetReader};

use super::{FINDING, Folder, about, questionnaire, release};
use crate::tidy::{TidyRow, tidy_rows};
use crate::{difference, files};

#[track_caller]
fn assert_parses(text: &str, number: Option<f64>) {
    match number {
        Some(number) => assert!((text.parse::<f64>().expect("a number") - number).abs() < f64::EPSILON, "{text}"),
        None => assert_eq!(text, ""),
    }
}

#[test]
fn every_published_number_is_in_the_csv_and_no_other() {
    for folder in Folder::each() {
        let rows: Vec<TidyRow> = tidy_rows(folder.release.tables()).collect();
        let records = folder.records("tables.csv");
        assert_eq!(records.len(), rows.len() + 1);
        for (record, row) in records[1..].iter().zip(&rows) {
            assert_eq!(record[..4], [row.question, row.choice, row.breakdown, row.category]);
            assert_eq!(record[11..], [row.status, row.protection]);
            assert_parses(&record[5], row.base.map(f64::from));
            let [count, weighted, share, error, low, high] = row.numbers();
            for (place, number) in [(4, count), (6, weighted), (7, share), (8, error), (9, low), (10, high)] {
                assert_parses(&record[place], number);
            }
        }
        let statuses: BTreeSet<&str> = rows.iter().map(|row| row.status).collect();
        match folder.release.protection() {
            Protection::CellKey => assert!(statuses.is_superset(&["published", "masked", "row_masked"].into())),
            Protection::Suppression => assert!(statuses.contains("masked")),
            Protection::None => assert!(!statuses.contains("masked")),
        }
    }
}

#[test]
fn parquet_holds_the_same_rows_with_their_types() {
    for folder in Folder::each() {
        let mut reader = ParquetReader::new(Cursor::new(folder.bytes("tables.parquet")));
        let metadata = reader.get_metadata().expect("metadata").key_value_metadata().clone().expect("entries");
        let entry = |key: &str| {
            let found = metadata.iter().find(|entry| entry.key == format!("isoloir.{key}"));
            found.and_then(|entry| entry.value.clone()).unwrap_or_default()
        };
        assert_eq!(entry("protection"), folder.release.protection().words());
        assert_eq!((entry("edition").as_str(), entry("made_on").as_str()), ("Édition & essai", "2026-11-22"));
        assert_eq!(entry("questionnaire"), folder.questionnaire.version().as_str());
        let frame = reader.finish().expect("a table");
        let rows: Vec<TidyRow> = tidy_rows(folder.release.tables()).collect();
        assert_eq!(frame.height(), rows.len());
        let value =
            |column: &str, row: usize| frame.column(column).expect(column).get(row).expect("a row").into_static();
        for (index, row) in rows.iter().enumerate() {
            let texts = [
                ("question", row.question),
                ("choice", row.choice),
                ("category", row.category),
                ("status", row.status),
            ];
            for (column, text) in texts {
                assert_eq!(value(column, index).get_str(), Some(text), "{column}");
            }
            let whole = |number: Option<u32>| number.map_or(AnyValue::Null, AnyValue::UInt32);
            assert_eq!((value("n", index), value("base", index)), (whole(row.count()), whole(row.base)));
            let [_, weighted, share, error, low, high] = row.numbers();
            let numbers = [("weighted_n", weighted), ("p", share), ("se", error), ("ci_low", low), ("ci_high", high)];
            for (column, number) in numbers {
                assert_eq!(value(column, index), number.map_or(AnyValue::Null, AnyValue::Float64), "{column}");
            }
        }
    }
}

fn sheets(folder: &Folder) -> Vec<(String, Range<Data>)> {
    let bytes = Cursor::new(folder.bytes("resultats.xlsx"));
    Xlsx::new(bytes).expect("a workbook").worksheets()
}

#[track_caller]
fn sheet<'s>(sheets: &'s [(String, Range<Data>)], name: &str) -> &'s Range<Data> {
    &sheets.iter().find(|(known, _)| known == name).expect(name).1
}

fn cell(sheet: &Range<Data>, row: u32, column: u32) -> &Data {
    sheet.get_value((row, column)).unwrap_or(&Data::Empty)
}

/// Whether a cell holds a number, but for digits that mean nothing.
fn is_number(cell: &Data, number: f64) -> bool {
    matches!(cell, Data::Float(told) if (told - number).abs() <= 1e-11 * number.abs())
}

#[test]
fn answers_without_an_order_stand_by_their_share_and_the_others_as_they_were_asked() {
    let folder = Folder::public();
    let sheets = sheets(&folder);
    let mut sorted = 0;
    for (tables, number) in folder.release.questions().zip(1..) {
        let (spec, total) = (tables[0].spec(), tables[0].total());
        let page = sheet(&sheets, &format!("{number:03} {}", spec.question));
        let labels: Vec<String> = (6..).zip(&spec.columns).map(|(row, _)| cell(page, row, 0).to_string()).collect();
        let (declined, answers): (Vec<_>, Vec<_>) =
            spec.columns.iter().zip(&total.cells).partition(|(one, _)| one.missing);
        let (rest, mut answers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(one, _)| one.rest && !spec.ordered);
        if !spec.ordered {
            let asked = answers.clone();
            answers
                .sort_by(|(_, one), (_, other)| other.share().unwrap_or(-1.0).total_cmp(&one.share().unwrap_or(-1.0)));
            sorted += usize::from(asked != answers);
        }
        let answers = answers.iter().chain(&rest).map(|(column, _)| column.label.clone());
        let declined = declined.iter().map(|(column, _)| format!("{} (non-réponse)", column.label));
        assert_eq!(labels, answers.chain(declined).collect::<Vec<_>>(), "{}", spec.question);
    }
    assert!(sorted > 0, "in some question the most cited answer is not the first that was offered");
}

#[test]
fn the_contents_say_how_far_to_trust_what_stands_out_and_what_each_breakdown_shows() {
    let folder = Folder::public();
    let sheets = sheets(&folder);
    let texts: Vec<String> = sheet(&sheets, "Sommaire").rows().flatten().map(ToString::to_string).collect();
    let at = |start: &str| texts.iter().position(|text| text.starts_with(start)).expect(start);
    assert!(at("Fiabilité\u{a0}: environ 600 réponses volontaires") < at(FINDING) && at(FINDING) < at("Données"));
    assert!(at("Deux parts d’une même question") < at("Données"));
    let mut told = 0;
    for (tables, number) in folder.release.questions().zip(1..) {
        let page = sheet(&sheets, &format!("{number:03} {}", tables[0].spec().question));
        let said: Vec<String> = page.rows().flatten().map(ToString::to_string).collect();
        for words in tables.iter().filter_map(|table| difference(&folder.release, table)) {
            assert!(said.contains(&words), "{words}");
            assert!(
                words.contains("aucun écart net") || words.contains("écarts nets") || words.contains("écart net pour")
            );
            told += 1;
        }
    }
    assert!(told > 0, "some breakdown is tested");
}

#[test]
fn the_workbook_has_a_sheet_per_question_whose_names_spreadsheets_take() {
    let folder = Folder::public();
    let sheets = sheets(&folder);
    let names: BTreeSet<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), sheets.len(), "unique");
    assert_eq!(sheets.len(), folder.release.questions().count() + 6);
    for name in names {
        assert!(name.chars().count() <= 31 && !name.contains(['[', ']', ':', '*', '?', '/', '\\', '\'']), "{name}");
    }
}

#[test]
fn every_row_of_the_workbook_has_a_number_or_a_word_that_is_none() {
    for folder in Folder::each() {
        let sheets = sheets(&folder);
        let all = sheet(&sheets, "Données");
        let mut row = 5;
        for values in tidy_rows(folder.release.tables()) {
            row += 1;
            assert_eq!(cell(all, row, 0), &Data::String(values.question.to_owned()));
            let [count, weighted, share, error, low, high] = values.numbers();
            let base = values.base.map(f64::from);
            match share {
                Some(share) => assert!(is_number(cell(all, row, 5), share), "row {row}"),
                None => assert!(matches!(cell(all, row, 5), Data::String(_)), "row {row}"),
            }
            for (column, value) in (6..).zip([error, low, high, count, weighted, base]) {
                let cell = cell(all, row, column);
                let is_told = value.map_or(*cell == Data::Empty, |value| is_number(cell, value));
                assert!(is_told, "row {row}, column {column}: {cell:?} and {value:?}");
            }
        }
        assert_eq!(cell(all, row + 1, 0), &Data::Empty, "no row more");
    }
}

#[test]
fn cross_tables_give_the_share_of_each_choice_by_category() {
    for folder in Folder::each() {
        let sheets = sheets(&folder);
        for (tables, number_of_sheet) in folder.release.questions().zip(1..) {
            let name = format!("{number_of_sheet:03} {}", tables[0].spec().question);
            let page = sheet(&sheets, &name);
            for table in tables.iter().filter(|table| !table.spec().by.is_empty()) {
                let heading = Data::String(format!("Selon\u{a0}: {}", table.spec().breakdown));
                let last = page.end().expect("cells").0;
                let start = (0..=last).find(|row| *cell(page, *row, 0) == heading).expect("a cross-table");
                for ((place, values), row) in (start + 2..).zip(table.rows()).zip(&table.spec().rows) {
                    assert_eq!(cell(page, place, 0), &Data::String(row.label.clone()));
                    for (choice, estimate) in table.spec().columns.iter().zip(&values.cells) {
                        let is_headed =
                            |column: &u32| *cell(page, start + 1, *column) == Data::String(choice.label.clone());
                        let column = (1..=page.end().expect("cells").1).find(is_headed).expect("a column per choice");
                        match estimate.share() {
                            Some(share) => assert!(is_number(cell(page, place, column), share)),
                            None => assert!(matches!(cell(page, place, column), Data::String(_))),
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_chart_shows_published_shares_only_and_its_numbers_stand_on_their_sheet() {
    let folder = Folder::public();
    let sheets = sheets(&folder);
    let numbers = sheet(&sheets, "Données des graphiques");
    let published: usize = folder
        .release
        .questions()
        .map(|tables| tables[0].total().cells.iter().filter(|cell| cell.share().is_some()).count())
        .sum();
    let last = numbers.end().expect("cells").0;
    assert_eq!(usize::try_from(last - 5).expect("few"), published);
    for row in 6..=last {
        let number = |column| match cell(numbers, row, column) {
            Data::Float(number) => *number,
            other => panic!("{other:?}"),
        };
        assert!((number(2) + number(5) - number(4)).abs() < 1e-12 && (number(2) - number(6) - number(3)).abs() < 1e-12);
    }
}

#[test]
fn what_changed_has_a_sheet_that_the_contents_lead_to() {
    let questionnaire = questionnaire();
    let policy = Policy::standard().expect("a policy");
    let release = release(&questionnaire, &policy).compared_with(&release(&questionnaire, &policy), "2022", |_| true);
    let files = files(&release, &questionnaire, &about(), &[], Vec::new()).expect("files");
    let folder = Folder { questionnaire, release, files };
    let sheets = sheets(&folder);
    let changes = sheet(&sheets, "Évolution");
    let of_file = folder.records("changes.csv");
    assert_eq!(changes.rows().skip(6).filter(|row| row[0] != Data::Empty).count(), of_file.len() - 1);
    let texts: Vec<String> = sheet(&sheets, "Sommaire").rows().flatten().map(ToString::to_string).collect();
    assert!(texts.iter().any(|text| text == "Évolution"));
    // The same people twice: what is published did not change, and what is not published is a word.
    for field in of_file.iter().skip(1).flat_map(|record| &record[2..11]) {
        assert!(field.trim_start_matches('-').len() <= 7, "{field} has digits that mean nothing");
    }
    for row in changes.rows().skip(6) {
        let is_told =
            matches!((&row[2], &row[3]), (Data::Float(before), Data::Float(now)) if (before - now).abs() < 1e-12);
        assert!(is_told || matches!((&row[2], &row[3]), (Data::String(_), Data::String(_))), "{row:?}");
        assert!(!row[9].to_string().contains("nette"), "{row:?}");
    }
    let dictionary = folder.text("dictionnaire.html");
    assert!(dictionary.contains("Comparée avec «\u{a0}2022\u{a0}»"));
    assert!(!Folder::public().text("dictionnaire.html").contains("Comparée"));
}
