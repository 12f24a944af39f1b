//! Rows that may not stand alone, and what the public makes of those that hold them.

use crate::{
    CellKey, Estimate, Policy, RawEdition, RawTable, Recoding, RecordKey, Release, ReleaseTable, Row, ShapeError,
    TableSpec, Tally, Treatment, protect,
};

use crate::test_tables::spec;

const YES_NO: [&str; 2] = ["oui", "non"];

/// People number `first` and the `count` after it.
fn people(first: u64, count: u64) -> Tally {
    (first..first + count).fold(Tally::default(), |sum, person| {
        let key = RecordKey::derive(&[9; 32], &person.to_le_bytes());
        sum.plus(Tally::new(1, key.to_u64()))
    })
}

/// A table of communes, each with the counts of « oui » and « non »; the total holds them all.
fn table(question: &str, rows: &[[u64; 2]], treatment: Treatment) -> RawTable {
    let cells: Vec<Vec<Tally>> = (0..).zip(rows).map(|(row, counts)| cells_of(row, counts)).collect();
    let total: Vec<Tally> =
        (0..2).map(|choice| cells.iter().fold(Tally::default(), |sum, row| sum.plus(row[choice]))).collect();
    let cells: Vec<Vec<Tally>> = std::iter::once(total).chain(cells).collect();
    let bases = cells.iter().map(|row| row[0].plus(row[1])).collect();
    RawTable::new(spec(question, &YES_NO, rows.len()), bases, cells).expect("shape").treated(treatment)
}

fn cells_of(row: u64, counts: &[u64; 2]) -> Vec<Tally> {
    vec![people(row * 10_000, counts[0]), people(row * 10_000 + 5000, counts[1])]
}

fn release(tables: Vec<RawTable>) -> Release {
    protect(RawEdition::new(people(0, 900), tables), &Policy::standard().expect("a policy")).expect("a release")
}

/// The labels of the published rows.
fn labels(table: &ReleaseTable) -> Vec<&str> {
    let rows = table.spec().rows.iter().zip(table.rows()).skip(1);
    rows.filter(|(_, row)| row.base.is_some()).map(|(row, _)| row.label.as_str()).collect()
}

fn recoded(recoding: Recoding) -> Treatment {
    Treatment { recoding, ..Treatment::default() }
}

fn sensitive(recoding: Recoding) -> Treatment {
    Treatment { sensitive: true, recoding, ..Treatment::default() }
}

#[test]
fn a_small_age_band_joins_its_smaller_neighbour() {
    let rows = [[60, 80], [8, 9], [40, 50], [70, 90]];
    let release = release(vec![table("renonce", &rows, recoded(Recoding::Neighbours))]);
    assert_eq!(labels(&release.tables()[0]), ["Commune 0", "Commune 1 et Commune 2", "Commune 3"]);
    let merged = &release.tables()[0].rows()[2];
    assert!((100..=115).contains(&merged.base.expect("published")), "107 with noise, rounded");
    assert_eq!(release.tables()[0].spec().rows[2].code, "c1/c2");
}

#[test]
fn small_communes_go_to_their_sector_and_small_sectors_together() {
    let group = |code: &str| Row { code: code.into(), label: format!("Secteur {code}") };
    let groups = ["nord", "nord", "nord", "sud", "sud", "ouest"].map(group).to_vec();
    let rows = [[60, 80], [10, 9], [9, 12], [10, 11], [14, 12], [70, 90]];
    let release = release(vec![table("renonce", &rows, recoded(Recoding::Groups(groups)))]);
    assert_eq!(labels(&release.tables()[0]), ["Commune 0", "Secteur nord, le reste", "Secteur sud", "Commune 5"]);
}

#[test]
fn small_categories_are_others_together_and_never_everybody() {
    let rows = [[60, 80], [8, 9], [9, 9], [70, 90]];
    let release_of = |rows: &[[u64; 2]]| release(vec![table("renonce", rows, recoded(Recoding::Others))]);
    assert_eq!(labels(&release_of(&rows).tables()[0]), ["Commune 0", "Autres (Commune 1, Commune 2)", "Commune 3"]);
    // 17 + 12 are too few together, and with the large one they would be everybody.
    assert_eq!(labels(&release_of(&[[60, 80], [8, 9], [4, 3]]).tables()[0]), [""; 0]);
}

/// Whatever the merges, what is in no published row is nobody or thirty people.
#[test]
fn what_recoding_leaves_out_is_nobody_or_a_crowd() {
    for seed in 0..200_u64 {
        let size = |row: u64| (seed * 31 + row * 17) % 60;
        let rows: Vec<[u64; 2]> = (0..6).map(|row| [size(row), size(row + 7) / 2]).collect();
        for recoding in [Recoding::None, Recoding::Others, Recoding::Neighbours] {
            let release = release(vec![table("renonce", &rows, recoded(recoding))]);
            let table = &release.tables()[0];
            let told: u64 = table.rows()[1..].iter().filter_map(|row| row.base).map(u64::from).sum();
            let all: u64 = rows.iter().flatten().sum();
            // Each published base is within 5 + 2 of the truth.
            let slack = 7 * table.rows().len() as u64;
            assert!(told + slack >= all || told == 0 || all - told + slack >= 30, "{rows:?}: {told} of {all}");
        }
    }
}

#[test]
fn a_row_with_nearly_everybody_in_a_sensitive_category_is_hidden_in_company() {
    let rows = [[57, 3], [40, 60], [60, 90], [70, 90]];
    let published = |treatment| labels(&release(vec![table("renonce", &rows, treatment)]).tables()[0]).len();
    assert_eq!(published(Treatment::default()), 4, "it is no matter of size");
    let hidden = release(vec![table("renonce", &rows, sensitive(Recoding::None))]);
    assert_eq!(labels(&hidden.tables()[0]), ["Commune 2", "Commune 3"], "the next smallest keeps it company");
    let merged = release(vec![table("renonce", &rows, sensitive(Recoding::Others))]);
    assert_eq!(labels(&merged.tables()[0]), ["Autres (Commune 0, Commune 1)", "Commune 2", "Commune 3"]);
}

/// A table of communes by three choices of which one only can be given, or several.
fn wide_table(columns: [&str; 3], several: bool, rows: &[[u64; 3]], bases: &[u64], treatment: Treatment) -> RawTable {
    let mut spec = TableSpec { several, ..spec("moral", &columns, rows.len()) };
    for column in &mut spec.columns {
        column.missing = column.code == "nrp";
    }
    let cell = |row: usize, choice: usize| people(row as u64 * 10_000 + choice as u64 * 2000, rows[row][choice]);
    let cells = (0..rows.len()).map(|row| (0..3).map(|choice| cell(row, choice)).collect::<Vec<_>>());
    let cells: Vec<Vec<Tally>> = cells.collect();
    let bases: Vec<Tally> = (0..).zip(bases).map(|(row, base)| people(row * 10_000, *base)).collect();
    let sum = |tallies: &mut dyn Iterator<Item = Tally>| tallies.fold(Tally::default(), Tally::plus);
    let total = (0..3).map(|choice| sum(&mut cells.iter().map(|row| row[choice]))).collect();
    let everybody = sum(&mut bases.iter().copied());
    let cells = std::iter::once(total).chain(cells).collect();
    let bases = std::iter::once(everybody).chain(bases).collect();
    RawTable::new(spec, bases, cells).expect("shape").treated(treatment)
}

fn harmless(code: &str) -> Treatment {
    Treatment { harmless: vec![code.into()], ..sensitive(Recoding::None) }
}

#[test]
fn a_row_in_which_nearly_everybody_gave_a_harmless_answer_is_shown() {
    let rows = [[3, 57], [40, 60], [60, 90], [70, 90]];
    let published =
        |rows: &[[u64; 2]], treatment| labels(&release(vec![table("aide", rows, treatment)]).tables()[0]).len();
    assert_eq!(published(&rows, sensitive(Recoding::None)), 2, "every answer may harm unless somebody says otherwise");
    assert_eq!(published(&rows, harmless("non")), 4);
    assert_eq!(published(&rows, harmless("oui")), 2);
    let agreed = [[57, 3], [40, 60], [60, 90], [70, 90]];
    assert_eq!(published(&agreed, harmless("non")), 2, "« oui » harms as before");
    // The annex follows the same rule.
    let annex = |treatment| {
        let policy = Policy::Suppression(crate::suppression::SuppressionRule::default());
        let raw = RawEdition::new(people(0, 470), vec![table("aide", &rows, treatment)]);
        protect(raw, &policy).expect("an annex").tables()[0].rows().len()
    };
    assert_eq!((annex(harmless("non")), annex(harmless("oui"))), (5, 1));
}

/// « Souvent » and « parfois » are both known to be true of nearly everybody, though neither alone is.
#[test]
fn harmful_answers_count_together_once_one_is_harmless() {
    let rows = [[30, 28, 2], [30, 30, 40], [50, 50, 50], [50, 50, 60]];
    let bases: Vec<u64> = rows.iter().map(|row| row.iter().sum()).collect();
    let published = |treatment| {
        let table = wide_table(["souvent", "parfois", "jamais"], false, &rows, &bases, treatment);
        labels(&release(vec![table]).tables()[0]).len()
    };
    assert_eq!((published(sensitive(Recoding::None)), published(harmless("jamais"))), (4, 2));
    // Where several can be given: 58 of 60 gave another answer than « rien ».
    let rows = [[35, 35, 2], [30, 30, 50], [50, 50, 60], [50, 50, 70]];
    let published = |treatment| {
        let table = wide_table(["prix", "sante", "rien"], true, &rows, &[60, 100, 150, 160], treatment);
        labels(&release(vec![table]).tables()[0]).len()
    };
    assert_eq!((published(sensitive(Recoding::None)), published(harmless("rien"))), (4, 2));
    // Those who declined said nothing.
    let rows = [[30, 28, 2], [30, 30, 40], [50, 50, 50], [50, 50, 60]];
    let table = wide_table(["souvent", "nrp", "jamais"], false, &rows, &bases, harmless("jamais"));
    assert_eq!(labels(&release(vec![table]).tables()[0]).len(), 4);
}

#[test]
fn a_harmless_choice_that_takes_in_another_is_harmless_no_more() {
    let treated = |harmless: &[&str]| {
        let harmless = harmless.iter().map(|code| (*code).to_owned()).collect();
        let treatment = Treatment { other: Some(2), harmless, ..sensitive(Recoding::None) };
        let rows = [[3, 50, 60], [2, 60, 80]];
        let table = wide_table(["rare", "souvent", "autre"], false, &rows, &[113, 142], treatment);
        let policy = CellKey::standard().expect("a policy");
        crate::recode::merge_choices(table, &policy).treatment.harmless
    };
    assert_eq!(treated(&["autre"]), [""; 0]);
    assert_eq!(treated(&["rare"]), [""; 0]);
    assert_eq!(treated(&["autre", "rare"]), ["autre"]);
    assert_eq!(treated(&["autre", "souvent"]), ["souvent"]);
}

/// Those who said « oui » are asked why: their number by commune is the count that was hidden.
#[test]
fn the_base_of_a_follow_up_does_not_give_a_hidden_row_away() {
    let rows = [[57, 3], [40, 60], [60, 90], [70, 90]];
    let reasons = [[30, 27], [20, 20], [30, 30], [30, 40]];
    let follow_up = |asked_after: Vec<String>| Treatment { asked_after, ..Treatment::default() };
    let with = |treatment| {
        release(vec![table("renonce", &rows, sensitive(Recoding::None)), table("motifs", &reasons, treatment)])
    };
    let leaking = with(follow_up(Vec::new()));
    assert!(labels(&leaking.tables()[1]).contains(&"Commune 0"), "a base of 55 in a commune of 60");
    let release = with(follow_up(vec!["renonce".into()]));
    assert_eq!(labels(&release.tables()[1]), labels(&release.tables()[0]));
}

#[test]
fn the_hiding_is_a_function_of_perturbed_counts() {
    // 45 of 50 is 90 %: with noise it is more or less, and what is shown is never as much.
    let policy = CellKey::standard().expect("a policy");
    let mut shown = 0;
    for commune in 0..300_u64 {
        let cells = vec![people(commune * 100_000, 45), people(commune * 100_000 + 500, 5)];
        let large = cells_of(commune + 100_000, &[200, 300]);
        let larger = cells_of(commune + 200_000, &[300, 300]);
        let total = (0..2).map(|choice| cells[choice].plus(large[choice]).plus(larger[choice])).collect();
        let cells = vec![total, cells, large, larger];
        let bases = cells.iter().map(|row: &Vec<Tally>| row[0].plus(row[1])).collect();
        let table =
            RawTable::new(spec("renonce", &YES_NO, 3), bases, cells).expect("shape").treated(sensitive(Recoding::None));
        let release = release(vec![table]);
        if let Estimate::Published { share, .. } = release.tables()[0].rows()[1].cells[0] {
            shown += 1;
            assert!(share < policy.most_of_a_row + 0.005, "{share}");
        }
    }
    assert!((50..250).contains(&shown), "{shown} of 300");
}

#[test]
fn small_choices_go_to_the_other_where_there_is_one() {
    let counts = [120, 90, 3, 14];
    let cells = vec![(0..).zip(counts).map(|(choice, count)| people(choice * 1000, count)).collect::<Vec<_>>()];
    let bases = vec![cells[0].iter().fold(Tally::default(), |sum, cell| sum.plus(*cell))];
    let headline = vec!["peur".into(), "cout".into()];
    let spec = TableSpec { headline, ..spec("motif", &["cout", "delai", "peur", "autre"], 0) };
    let raw = RawTable::new(spec, bases, cells).expect("shape");
    let release = release(vec![raw.treated(Treatment { other: Some(3), ..Treatment::default() })]);
    let table = &release.tables()[0];
    let codes: Vec<&str> = table.spec().columns.iter().map(|column| column.code.as_str()).collect();
    assert_eq!((codes, &table.spec().headline), (vec!["cout", "delai", "autre"], &vec!["cout".to_owned()]));
    assert_eq!(table.spec().columns[2].label, "autre, y compris\u{a0}: peur");
    assert!((table.total().cells[2].share().expect("published") - 17.0 / 227.0).abs() < 0.03);
}

#[test]
fn the_catalogue_has_no_three_way_table() {
    let cells = || vec![vec![people(0, 40), people(40, 40)]; 2];
    let bases = || vec![people(0, 80); 2];
    for by in ["commune × age", "commune,age", "", "renonce"] {
        let spec = TableSpec { by: by.into(), ..spec("renonce", &YES_NO, 1) };
        let refused = RawTable::new(spec, bases(), cells());
        assert!(matches!(refused, Err(ShapeError::Crossed { .. })), "{by}");
    }
    assert!(RawTable::new(spec("renonce", &YES_NO, 1), bases(), cells()).is_ok());
}

#[test]
fn the_annex_breaks_no_sensitive_question_down_where_a_row_agrees() {
    let annex = Policy::Suppression(crate::suppression::SuppressionRule::default());
    let rows = [[57, 3], [40, 60], [60, 90]];
    let shown = |treatment| {
        let raw = RawEdition::new(people(0, 310), vec![table("renonce", &rows, treatment)]);
        protect(raw, &annex).expect("an annex").tables()[0].rows().len()
    };
    assert_eq!((shown(Treatment::default()), shown(sensitive(Recoding::None))), (4, 1));
}

#[test]
fn ages_that_follow_each_other_are_called_by_their_ends() {
    use crate::recode::range;
    assert_eq!(range(&["16 à 17 ans", "18 à 24 ans", "25 à 34 ans"]), "16 à 34 ans");
    assert_eq!(range(&["65 à 74 ans", "75 ans et plus"]), "65 ans et plus");
    assert_eq!(range(&["Rarement", "Jamais"]), "Rarement et Jamais");
    assert_eq!(range(&["Pas à pas", "Souvent"]), "Pas à pas et Souvent");
}

#[test]
fn a_title_keeps_the_capital_of_a_name_within_a_sentence() {
    assert_eq!(crate::in_sentence("Âge"), "âge");
    assert_eq!(crate::in_sentence("Laval ou secteur"), "«\u{a0}Laval ou secteur\u{a0}»");
}
