//! Stories of attackers with a whole annex in hand, and the one before it.

use super::*;
use crate::raw::{Column, RawTable, Row, TableSpec, Tally};

/// A table of a question with answers « oui » and « non », by categories of a breakdown; the first row is everybody.
fn table(breakdown: &str, rows: &[(&str, [u64; 2])]) -> RawTable {
    let spec = TableSpec { several: false, ..spec(breakdown, rows.iter().map(|(code, _)| *code)) };
    let bases = rows.iter().map(|(_, counts)| tally(counts.iter().sum())).collect();
    RawTable::new(spec, bases, rows.iter().map(|(_, counts)| counts.map(tally).into()).collect()).expect("shape")
}

fn tally(count: u64) -> Tally {
    Tally { count, cell_key: 0 }
}

fn spec<'a>(breakdown: &str, rows: impl Iterator<Item = &'a str>) -> TableSpec {
    let column = |code: &str| Column { code: code.into(), label: code.into(), missing: false, rest: false };
    TableSpec {
        question: "renonce".into(),
        title: "Renoncement".into(),
        text: "Avez-vous renoncé à des soins ?".into(),
        axis: None,
        several: true,
        ordered: false,
        computed: false,
        asked_if: String::new(),
        breakdown: breakdown.into(),
        by: breakdown.to_lowercase(),
        headline: Vec::new(),
        columns: ["oui", "non"].map(column).into(),
        rows: rows.map(|code| Row { code: code.into(), label: code.into() }).collect(),
    }
}

fn annex(tables: Vec<RawTable>) -> Annex {
    protect_by_suppression(tables, &[], &[], SuppressionRule::default()).expect("an annex")
}

/// Base, « oui », « non » as they are printed.
fn printed(annex: &Annex) -> Vec<Vec<String>> {
    let row = |row: &AnnexRow| {
        std::iter::once(&row.base).chain(&row.cells).map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    annex.tables().iter().map(|table| table.rows().iter().map(row).collect()).collect()
}

/// Adds the printed cells of a table to what the attacker knows: a cell per base and answer of each row, with their sums.
fn read(view: &mut PublicView, table: &AnnexTable) -> Vec<[CellId; 3]> {
    let cells: Vec<[CellId; 3]> = table
        .rows()
        .iter()
        .map(|row| {
            [row.base, row.cells[0], row.cells[1]].map(|count| match count {
                AnnexCount::Published { count } => view.add_published(count),
                AnnexCount::Confidential => view.add_withheld(),
            })
        })
        .collect();
    for row in &cells {
        view.add_sum(row[0], &row[1..]);
    }
    for answer in 0..3 {
        let parts: Vec<CellId> = cells[1..].iter().map(|row| row[answer]).collect();
        view.add_sum(cells[0][answer], &parts);
    }
    cells
}

#[test]
fn small_counts_of_an_annex_cannot_be_had_from_its_totals() {
    let rows = [("", [28, 57]), ("49301", [3, 17]), ("49244", [25, 40])];
    let annex = annex(vec![table("Commune", &rows)]);
    assert_eq!(printed(&annex), [["85 28 57", "20 c c", "65 c c"]]);
    let mut view = PublicView::new();
    let cells = read(&mut view, &annex.tables()[0]);
    assert_eq!(view.interval(cells[1][1]), Ok(Interval { least: 0, most: Some(20) }));
}

/// Each table would be safe without the other: what one withholds of everybody's row, the other must withhold too.
#[test]
fn two_breakdowns_of_the_same_respondents_are_protected_as_one() {
    let communes = table("Commune", &[("", [31, 57]), ("49301", [3, 17]), ("49244", [28, 40])]);
    let ages = table("Âge", &[("", [31, 57]), ("18-44", [6, 30]), ("45+", [25, 27])]);
    let annex = annex(vec![communes, ages]);
    assert_eq!(annex.tables()[0].rows()[0], annex.tables()[1].rows()[0], "everybody is one row");
    let mut view = PublicView::new();
    let cells = annex.tables().iter().map(|table| read(&mut view, table)).collect::<Vec<_>>();
    for (by_commune, by_age) in cells[0][0].into_iter().zip(cells[1][0]) {
        view.add_sum(by_commune, &[by_age]);
    }
    for small in [cells[0][1][1], cells[1][1][1]] {
        let interval = view.interval(small).expect("consistent");
        assert!(interval.least == 0 && interval.most.is_none_or(|most| most >= 11), "{interval:?}");
    }
}

/// Of 96 people, 4 did not say where they live: no row counts them, and the totals less the rows would.
#[test]
fn those_in_no_row_are_not_left_to_subtraction() {
    let rows = [("", [38, 58]), ("49301", [16, 20]), ("49244", [20, 36])];
    let annex = annex(vec![table("Commune", &rows)]);
    let counts = |row: usize, answer: usize| {
        let row = &annex.tables()[0].rows()[row];
        [row.base, row.cells[0], row.cells[1]][answer].count()
    };
    for (answer, rest) in [4_u64, 2, 2].into_iter().enumerate() {
        let subtracted = counts(0, answer)
            .zip(counts(1, answer))
            .zip(counts(2, answer))
            .map(|((total, one), other)| total - one - other);
        assert_eq!(subtracted, None, "{rest} would be known");
    }
}

/// 47 of 50 chose « oui » and 30 chose « non »: that 3 did not choose « oui » is a small count like another.
#[test]
fn those_who_did_not_choose_are_counted_too() {
    let rows = ["", "49301", "49244"];
    let counts = [[247, 130], [47, 30], [200, 100]];
    let bases = [350, 50, 300];
    let cells = counts.map(|row| row.map(tally).into()).into();
    let raw = RawTable::new(spec("Commune", rows.into_iter()), bases.map(tally).into(), cells).expect("shape");
    let annex = annex(vec![raw]);
    let row = &annex.tables()[0].rows()[1];
    assert!(row.base == AnnexCount::Confidential || row.cells[0] == AnnexCount::Confidential, "{row:?}");
}

#[test]
fn sectors_and_their_communes_are_protected_together() {
    let communes = [("", [118, 122]), ("a", [4, 30]), ("b", [44, 32]), ("c", [30, 40]), ("d", [40, 20])];
    let sectors = [("", [118, 122]), ("nord", [48, 62]), ("sud", [70, 60])];
    let category = |breakdown: &str, code: &str| Category { breakdown: breakdown.into(), code: code.into() };
    let nesting = |whole: &str, parts: [&str; 2]| Nesting {
        whole: category("Secteur", whole),
        parts: parts.map(|part| category("Commune", part)).into(),
    };
    let nestings = [nesting("nord", ["a", "b"]), nesting("sud", ["c", "d"])];
    let tables = vec![table("Commune", &communes), table("Secteur", &sectors)];
    let annex = protect_by_suppression(tables, &nestings, &[], SuppressionRule::default()).expect("an annex");
    assert_eq!(
        printed(&annex)[0][1..3],
        ["34 c c", "76 c c"],
        "the company of the 4 is in its sector: elsewhere the sector's totals would give it back"
    );
    assert_eq!(printed(&annex)[1], ["240 118 122", "110 48 62", "130 70 60"]);
}

/// The interim annex published 20 « oui »; the final one would have published 23, and so 3 newcomers who said it.
#[test]
fn two_editions_cannot_be_subtracted() {
    let interim = || vec![table("Commune", &[("", [45, 70]), ("49301", [20, 30]), ("49244", [25, 40])])];
    let last = || vec![table("Commune", &[("", [68, 95]), ("49301", [23, 45]), ("49244", [45, 50])])];
    let before = annex(interim());
    assert_eq!(printed(&before), [["115 45 70", "50 20 30", "65 25 40"]], "nothing is small");
    let alone = annex(last());
    assert_eq!(printed(&alone), [["163 68 95", "68 23 45", "95 45 50"]], "nothing is small either");

    let (tables, pattern) = (interim(), before.pattern());
    let earlier = [EarlierAnnex { tables: &tables, pattern: &pattern }];
    let after = protect_by_suppression(last(), &[], &earlier, SuppressionRule::default()).expect("an annex");
    let mut view = PublicView::new();
    let old = read(&mut view, &before.tables()[0]);
    let new = read(&mut view, &after.tables()[0]);
    for (row, newcomers) in [[45, 23, 25], [18, 3, 15], [30, 20, 10]].into_iter().enumerate() {
        for (answer, newcomers) in newcomers.into_iter().enumerate() {
            let since = view.add_withheld();
            view.add_sum(new[row][answer], &[old[row][answer], since]);
            let interval = view.interval(since).expect("consistent");
            let hidden = interval.least == 0 && interval.most.is_none_or(|most| most >= 11);
            assert!(hidden || newcomers >= 11, "{newcomers} newcomers: {interval:?}");
        }
    }
}

#[test]
fn an_edition_that_lost_respondents_is_refused_with_the_cell_and_the_remedy() {
    let interim = vec![table("Commune", &[("", [45, 70]), ("49301", [20, 30]), ("49244", [25, 40])])];
    let pattern = AnnexPattern::default();
    let earlier = [EarlierAnnex { tables: &interim, pattern: &pattern }];
    let last = vec![table("Commune", &[("", [45, 69]), ("49301", [20, 29]), ("49244", [25, 40])])];
    let error = protect_by_suppression(last, &[], &earlier, SuppressionRule::default()).expect_err("refused");
    assert!(error.to_string().contains("renonce"), "{error}");
    assert!(error.to_string().contains("Vérifiez"), "{error}");
}

#[test]
fn counts_that_differ_between_tables_of_an_edition_are_refused() {
    let communes = table("Commune", &[("", [31, 57]), ("49301", [31, 57])]);
    let ages = table("Âge", &[("", [30, 57]), ("18+", [30, 57])]);
    let error =
        protect_by_suppression(vec![communes, ages], &[], &[], SuppressionRule::default()).expect_err("refused");
    assert!(matches!(error, AnnexError::Contradiction { .. }), "{error}");
}

/// A careless earlier publication: everything, small counts too.
#[test]
fn what_an_earlier_edition_gave_away_stops_the_next_one() {
    let interim = || vec![table("Commune", &[("", [28, 57]), ("49301", [3, 17]), ("49244", [25, 40])])];
    let careless = SuppressionRule { threshold: 0, ..SuppressionRule::default() };
    let pattern = protect_by_suppression(interim(), &[], &[], careless).expect("an annex").pattern();
    let tables = interim();
    let earlier = [EarlierAnnex { tables: &tables, pattern: &pattern }];
    // Whatever is withheld now, the 4 are the 3 of before and more.
    let last = vec![table("Commune", &[("", [29, 57]), ("49301", [4, 17]), ("49244", [25, 40])])];
    let error = protect_by_suppression(last, &[], &earlier, SuppressionRule::default()).expect_err("refused");
    assert!(matches!(error, AnnexError::GivenAwayAlready { .. }), "{error}");
    assert!(error.to_string().contains("Commune 49301, oui"), "{error}");
}

#[test]
fn a_pattern_is_read_back_as_it_was_written() {
    let annex = annex(vec![table("Commune", &[("", [28, 57]), ("49301", [3, 17]), ("49244", [25, 40])])]);
    let written = serde_json::to_string(&annex.pattern()).expect("JSON");
    assert_eq!(serde_json::from_str::<AnnexPattern>(&written).expect("JSON"), annex.pattern());
    assert!(!written.contains("28"), "no count: {written}");
}

/// In what is written, a cell that was withheld for company looks like one that is small.
#[test]
fn why_a_count_is_withheld_is_not_written() {
    let annex = annex(vec![table("Commune", &[("", [28, 57]), ("49301", [3, 17]), ("49244", [25, 40])])]);
    let written = serde_json::to_value(&annex).expect("JSON");
    let cells = &written["tables"][0]["rows"][1]["cells"];
    assert_eq!(cells[0], cells[1]);
    assert_eq!(cells[0], serde_json::json!({ "status": "confidential" }));
}
