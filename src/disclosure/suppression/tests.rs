//! Stories of attackers with a table in hand.

use proptest::prelude::*;

use super::*;

/// The cells of a two-way table with its margins, and its system.
fn two_way(counts: &[Vec<u64>]) -> (LinkedSystem, Vec<Vec<CellId>>) {
    let mut system = LinkedSystem::new();
    let mut rows: Vec<Vec<CellId>> = counts.iter().map(|row| add_row(&mut system, row)).collect();
    rows.push(add_total(&mut system, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), counts));
    (system, rows)
}

/// A row and its total.
fn add_row(system: &mut LinkedSystem, counts: &[u64]) -> Vec<CellId> {
    let mut cells: Vec<CellId> = counts.iter().map(|count| system.add_cell(*count, Standing::Open)).collect();
    let total = system.add_cell(counts.iter().sum(), Standing::Open);
    system.add_sum(total, &cells).expect("a sum");
    cells.push(total);
    cells
}

/// The row of totals of rows, which have these counts.
fn add_total(system: &mut LinkedSystem, rows: &[&[CellId]], counts: &[Vec<u64>]) -> Vec<CellId> {
    let columns = counts.first().map_or(0, Vec::len);
    let sums: Vec<u64> = (0..columns).map(|column| counts.iter().map(|row| row[column]).sum()).collect();
    let totals = add_row(system, &sums);
    for (column, total) in totals.iter().enumerate() {
        let parts: Vec<CellId> = rows.iter().map(|row| row[column]).collect();
        system.add_sum(*total, &parts).expect("a sum");
    }
    totals
}

fn by_default(system: &LinkedSystem) -> Pattern {
    suppress(system, SuppressionRule::default()).expect("a pattern")
}

/// What the public sees: made here from counts and pattern alone.
fn public(system: &LinkedSystem, pattern: &Pattern) -> PublicView {
    let mut view = PublicView::new();
    for (fate, count) in pattern.fates().iter().zip(&system.counts) {
        match fate {
            Fate::Published => view.add_published(u64::try_from(*count).expect("a count")),
            _ => view.add_withheld(),
        };
    }
    for sum in &system.sums {
        let (total, parts) = sum.terms.split_last().expect("a total");
        let parts: Vec<CellId> = parts.iter().map(|(cell, _)| CellId(*cell)).collect();
        view.add_sum(CellId(total.0), &parts);
    }
    view
}

/// The small cells that the attacker's exact intervals give away: those that exclude 0 or stay under 11.
fn given_away(system: &LinkedSystem, pattern: &Pattern) -> Vec<CellId> {
    let intervals = public(system, pattern).intervals().expect("consistent");
    intervals
        .into_iter()
        .filter(|(cell, _)| (1..11).contains(&system.counts[cell.0]))
        .filter(|(_, interval)| interval.least > 0 || interval.most.is_some_and(|most| most < 11))
        .map(|(cell, _)| cell)
        .collect()
}

fn primary_only(system: &LinkedSystem) -> Pattern {
    let small = |count: &i64| if (1..11).contains(count) { Fate::Primary } else { Fate::Published };
    Pattern { fates: system.counts.iter().map(small).collect(), smallest: false }
}

#[test]
fn subtraction_undoes_primary_suppression_and_not_ours() {
    let (system, cells) = two_way(&[vec![3, 17], vec![25, 40]]);
    let naive = public(&system, &primary_only(&system));
    assert_eq!(naive.interval(cells[0][0]), Ok(Interval { least: 3, most: Some(3) }), "the attack works");
    let pattern = by_default(&system);
    let ours = public(&system, &pattern);
    assert_eq!(ours.interval(cells[0][0]), Ok(Interval { least: 0, most: Some(20) }));
    assert_eq!(pattern.count(Fate::Complementary), 3);
    assert!(pattern.is_smallest());
}

/// Two small counts in a row hide behind one another, but only up to their sum: 3 + 4 = 7 would stay under 11.
#[test]
fn small_counts_do_not_protect_each_other_when_their_sum_is_small() {
    let counts = [vec![3, 4, 40], vec![20, 30, 50], vec![4, 2, 60]];
    let (system, cells) = two_way(&counts);
    assert!(!given_away(&system, &primary_only(&system)).is_empty());
    let naive = public(&system, &primary_only(&system));
    assert_eq!(naive.interval(cells[0][0]), Ok(Interval { least: 1, most: Some(7) }));
    assert_eq!(given_away(&system, &by_default(&system)), []);
}

#[test]
fn zeros_are_published_unless_the_rule_says_otherwise() {
    let (system, cells) = two_way(&[vec![0, 30, 40], vec![50, 60, 70], vec![80, 20, 30]]);
    assert_eq!(by_default(&system).count(Fate::Published), 16);
    let rule = SuppressionRule { withhold_zeros: true, ..SuppressionRule::default() };
    let pattern = suppress(&system, rule).expect("a pattern");
    assert_eq!(pattern.fate(cells[0][0]), Fate::Primary);
    let interval = public(&system, &pattern).interval(cells[0][0]).expect("consistent");
    assert!(interval.most.is_none_or(|most| most >= 11), "{interval:?}");
}

#[test]
fn degenerate_tables_are_protected_too() {
    let tables: [&[Vec<u64>]; 9] = [
        &[],
        &[vec![]],
        &[vec![0, 0], vec![0, 0]],
        &[vec![1, 2], vec![3, 1]],
        &[vec![1]],
        &[vec![3, 50, 60]],
        &[vec![3], vec![50], vec![60]],
        &[vec![3, 0, 0], vec![0, 0, 0]],
        &[vec![10, 10], vec![10, 10]],
    ];
    for table in tables {
        let (system, _) = two_way(table);
        let pattern = by_default(&system);
        assert_eq!(given_away(&system, &pattern), [], "{table:?}");
        let small = system.counts.iter().filter(|count| (1..11).contains(*count)).count();
        assert_eq!(pattern.count(Fate::Primary), small, "{table:?}");
    }
    assert!(by_default(&LinkedSystem::new()).fates().is_empty());
}

/// Communes in two sectors, sectors in a territory: subtotals tie what plain margins would not.
#[test]
fn subtotals_of_a_hierarchy_give_nothing_away() {
    let north = vec![vec![4, 30], vec![25, 35], vec![50, 20]];
    let south = vec![vec![60, 20], vec![70, 15]];
    let mut system = LinkedSystem::new();
    let mut sectors = Vec::new();
    for sector in [&north, &south] {
        let rows: Vec<Vec<CellId>> = sector.iter().map(|row| add_row(&mut system, row)).collect();
        sectors.push(add_total(&mut system, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), sector));
    }
    let sums: Vec<Vec<u64>> =
        [&north, &south].map(|sector| (0..2).map(|column| sector.iter().map(|row| row[column]).sum()).collect()).into();
    add_total(&mut system, &sectors.iter().map(Vec::as_slice).collect::<Vec<_>>(), &sums);
    let pattern = by_default(&system);
    assert_eq!(given_away(&system, &pattern), []);
    assert_eq!(pattern.count(Fate::Complementary), 3, "a rectangle within the sector suffices");
}

/// Commune × age × answer with all two-way margins: no network, so that linear programs may give halves of people.
#[test]
fn three_way_tables_are_protected_in_whole_numbers() {
    let mut seed = 7_u64;
    let counts: Vec<u64> = (0..27)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % 45
        })
        .collect();
    let mut system = LinkedSystem::new();
    // Index 3 stands for the total along an axis.
    let mut cells = std::collections::BTreeMap::new();
    for place in (0..64).map(|i: usize| [i / 16, i / 4 % 4, i % 4]) {
        let fits = |leaf: usize| {
            let leaf = [leaf / 9, leaf / 3 % 3, leaf % 3];
            place.iter().zip(leaf).all(|(index, leaf)| *index == 3 || *index == leaf)
        };
        let count = (0..27).filter(|leaf| fits(*leaf)).map(|leaf| counts[leaf]).sum();
        cells.insert(place, system.add_cell(count, Standing::Open));
    }
    for (place, total) in &cells {
        for axis in (0..3).filter(|axis| place[*axis] == 3) {
            let parts: Vec<CellId> = (0..3)
                .map(|index| {
                    let mut part = *place;
                    part[axis] = index;
                    cells[&part]
                })
                .collect();
            system.add_sum(*total, &parts).expect("a sum");
        }
    }
    assert!(!given_away(&system, &primary_only(&system)).is_empty());
    assert_eq!(given_away(&system, &by_default(&system)), []);
}

/// A table that needs its total withheld does not take that of another with it.
#[test]
fn tables_that_share_nothing_are_protected_apart() {
    let (mut system, first) = two_way(&[vec![3, 17], vec![25, 40]]);
    let alone = add_row(&mut system, &[3, 30]);
    let pattern = by_default(&system);
    assert_eq!(pattern.fate(first[2][2]), Fate::Published);
    let fates: Vec<Fate> = alone.iter().map(|cell| pattern.fate(*cell)).collect();
    assert_eq!(fates, [Fate::Primary, Fate::Complementary, Fate::Published]);
    let lone = add_row(&mut system, &[4]);
    let fates: Vec<Fate> = lone.iter().map(|cell| by_default(&system).fate(*cell)).collect();
    assert_eq!(fates, [Fate::Primary, Fate::Primary]);
    assert_eq!(given_away(&system, &by_default(&system)), []);
}

/// What is public stays public: withholding the rest may not be enough, and then nothing is released.
#[test]
fn what_is_public_already_can_give_a_small_count_away() {
    let mut system = LinkedSystem::new();
    let small = system.add_cell(3, Standing::Open);
    let large = system.add_cell(40, Standing::Published);
    let total = system.add_cell(43, Standing::Published);
    system.add_sum(total, &[small, large]).expect("a sum");
    let error = suppress(&system, SuppressionRule::default()).expect_err("refused");
    assert_eq!(error, SuppressionError::GivenAwayAlready { cell: small.index() });
}

#[test]
fn a_hidden_count_is_not_left_to_subtraction() {
    let mut system = LinkedSystem::new();
    let parts = [40, 50, 4].map(|count| {
        let standing = if count == 4 { Standing::Hidden } else { Standing::Open };
        system.add_cell(count, standing)
    });
    let total = system.add_cell(94, Standing::Open);
    system.add_sum(total, &parts).expect("a sum");
    let pattern = by_default(&system);
    assert_eq!(pattern.fate(parts[2]), Fate::Hidden);
    assert_eq!(pattern.count(Fate::Complementary), 1);
    assert_eq!(given_away(&system, &pattern), []);
}

#[test]
fn sums_that_do_not_hold_are_refused() {
    let mut system = LinkedSystem::new();
    let [one, two, total] = [1, 2, 4].map(|count| system.add_cell(count, Standing::Open));
    assert_eq!(system.add_sum(total, &[one, two]), Err(SumError { total: 2, parts: 2 }));
}

#[test]
fn published_sums_that_contradict_each_other_are_told() {
    let mut view = PublicView::new();
    let (part, total) = (view.add_withheld(), view.add_published(5));
    let other = view.add_published(9);
    view.add_sum(total, &[part, other]);
    assert_eq!(view.intervals(), Err(AuditError::Inconsistent));
}

#[test]
fn a_system_and_a_pattern_show_no_count() {
    let (system, _) = two_way(&[vec![3, 17], vec![25, 40]]);
    assert_eq!(
        format!("{system:?} {:?}", by_default(&system)),
        "LinkedSystem(9 cells, 6 sums) Pattern(5 of 9 cells published)"
    );
}

/// Counts as surveys have them: many small, some zero.
fn tables(rows: usize, columns: usize) -> impl Strategy<Value = Vec<Vec<u64>>> {
    let count = prop_oneof![1 => Just(0), 3 => 1_u64..14, 3 => 11_u64..80];
    (1..=rows, 1..=columns).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(proptest::collection::vec(count.clone(), columns), rows)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_small_count_is_recoverable_from_its_margins(counts in tables(7, 6)) {
        let (system, _) = two_way(&counts);
        let pattern = by_default(&system);
        prop_assert_eq!(given_away(&system, &pattern), []);
        // Large counts are withheld only as company.
        let small = system.counts.iter().filter(|count| (1..11).contains(*count)).count();
        prop_assert_eq!(pattern.count(Fate::Primary), small);
        prop_assert!(small > 0 || pattern.count(Fate::Complementary) == 0);
    }

    /// The check that shares its examples between cells, against exact intervals, on patterns that are anything but safe.
    #[test]
    fn the_final_check_agrees_with_exact_intervals(counts in tables(6, 5), mask in any::<u64>()) {
        let (system, _) = two_way(&counts);
        let mut pattern = primary_only(&system);
        for (index, fate) in pattern.fates.iter_mut().enumerate().filter(|(index, _)| mask >> (index % 64) & 3 == 3) {
            if system.counts[index] >= 11 {
                *fate = Fate::Complementary;
            }
        }
        let small: Vec<CellId> = (0..system.len()).map(CellId).filter(|cell| (1..11).contains(&system.counts[cell.0])).collect();
        prop_assert_eq!(public(&system, &pattern).given_away(&small, 11), given_away(&system, &pattern));
    }

    /// Two tables with one breakdown each of the same respondents: they share the row of everybody.
    #[test]
    fn no_small_count_is_recoverable_from_linked_tables(counts in tables(4, 3), shift in 1_usize..20) {
        let (mut system, cells) = two_way(&counts);
        let totals = cells.last().expect("totals");
        let columns = totals.len() - 1;
        // The other breakdown splits the same totals elsewhere.
        let shares = |column: usize| {
            let total = u64::try_from(system.counts[totals[column].0]).expect("a count");
            let first = total.min(u64::try_from(shift * (column + 1)).expect("small"));
            [first, total - first]
        };
        let split: Vec<[u64; 2]> = (0..columns).map(shares).collect();
        let rows: Vec<Vec<CellId>> = (0..2)
            .map(|row| add_row(&mut system, &split.iter().map(|share| share[row]).collect::<Vec<_>>()))
            .collect();
        for (column, total) in totals.iter().enumerate() {
            system.add_sum(*total, &[rows[0][column], rows[1][column]]).expect("a sum");
        }
        prop_assert_eq!(given_away(&system, &by_default(&system)), []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// All patterns of small tables are tried, but those that withhold the grand total without need.
    #[test]
    fn no_smaller_pattern_would_do(counts in tables(3, 3)) {
        let (system, _) = two_way(&counts);
        let pattern = by_default(&system);
        let small: Vec<CellId> = (0..system.len()).map(CellId).filter(|cell| (1..11).contains(&system.counts[cell.0])).collect();
        let total = system.len() - 1;
        let kept = pattern.fates()[total] == Fate::Published;
        let open: Vec<usize> =
            (0..system.len()).filter(|cell| system.counts[*cell] >= 11 && !(kept && *cell == total)).collect();
        let mut withheld: Vec<bool> = system.counts.iter().map(|count| (1..11).contains(count)).collect();
        let ours = u32::try_from(pattern.count(Fate::Complementary)).expect("few");
        for choice in 0_u32..1 << open.len() {
            if choice.count_ones() < ours {
                for (bit, cell) in open.iter().enumerate() {
                    withheld[*cell] = choice >> bit & 1 == 1;
                }
                prop_assert!(!PublicView::of(&system, &withheld).given_away(&small, 11).is_empty(), "{withheld:?}");
            }
        }
    }
}
