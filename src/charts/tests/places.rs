//! Dots and maps: many communes, few, none.

use isoloir_disclosure::{RawTable, ReleaseTable, ReleaseTest};

use super::{assert_well_laid_out, column, context, protected, row, spec, table, test, texts};
use crate::color::BAR;
use crate::drawing::{Fill, Shape};
use crate::{Chart, Crossing, Geography, Layout, choropleth, dots};

/// Communes that answer yes at `percents` of their bases.
fn communes(bases: &[u32], percents: &[u32]) -> RawTable {
    let mut spec = spec("medecin", vec![column("oui", "Oui"), column("non", "Non")]);
    spec.headline = vec!["oui".into()];
    let names =
        (1..).map(|number| row(&format!("53{number:03}"), &format!("Saint-Germain-le-Fouilloux-sur-Vicoin {number}")));
    spec.rows = std::iter::once(row("", "Ensemble")).chain(names.take(bases.len())).collect();
    let counts = bases.iter().zip(percents).map(|(base, percent)| [base * percent / 100, base - base * percent / 100]);
    let counts: Vec<[u32; 2]> = counts.collect();
    table(spec, &counts.iter().map(|counts| &counts[..]).collect::<Vec<_>>())
}

/// Squares side by side, six in a row.
fn squares(count: u32) -> Geography {
    let features: Vec<String> = (0..count)
        .map(|index| {
            let (x, y) = (f64::from(index % 6) * 0.1 - 1.0, 48.0 - f64::from(index / 6) * 0.07);
            let (right, bottom) = (x + 0.1, y - 0.07);
            format!(
                r#"{{"properties":{{"code":"53{:03}"}},"geometry":{{"type":"Polygon","coordinates":[[[{x},{y}],[{right},{y}],[{right},{bottom}],[{x},{bottom}],[{x},{y}]]]}}}}"#,
                index + 1
            )
        })
        .collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    Geography::parse(&text, "IGN, Admin Express 2026").expect("squares")
}

fn thirty_four() -> ReleaseTable {
    let bases: Vec<u32> = (0..34).map(|index| 26 + index * 7 % 90).collect();
    let percents: Vec<u32> = (0..34).map(|index| 30 + index * 11 % 60).collect();
    protected(communes(&bases, &percents))
}

#[test]
fn thirty_four_communes_are_all_named_and_numbered() {
    let table = thirty_four();
    let map = choropleth(&table, &Crossing::default(), &squares(34), &context(&table)).expect("a map");
    let list = dots(&table, &Crossing::default(), &context(&table)).expect("a headline");
    for chart in [&map, &list] {
        assert_well_laid_out(chart);
        let hidden = chart.alternative().matches("non\u{a0}publié").count();
        let published = table.rows().iter().skip(1).filter(|row| row.base.is_some()).count();
        assert!(hidden > 0 && published > 20, "both kinds are there");
        assert_eq!(chart.alternative().matches("Vicoin").count(), 34);
    }
    let drawing = map.laid_out(Layout::Narrow);
    let hatched = |shape: &&Shape| matches!(shape, Shape::Area { fill: Fill::Hatched, .. });
    assert_eq!(
        drawing.shapes.iter().filter(hatched).count(),
        table.rows().iter().filter(|row| row.base.is_none()).count()
    );
    let numbers = texts(drawing);
    for number in 1..=34 {
        let whole = |text: &&str| *text == number.to_string();
        assert_eq!(numbers.split(" | ").filter(whole).count(), 1, "number {number} is on the map once");
    }
    assert!(map.caption().source.contains("IGN, Admin Express 2026"));
}

#[test]
fn at_most_five_classes_hold_every_share() {
    let table = thirty_four();
    let map = choropleth(&table, &Crossing::default(), &squares(34), &context(&table)).expect("a map");
    let tones: std::collections::BTreeSet<String> = map
        .laid_out(Layout::Wide)
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Area { fill: Fill::Plain(color), .. } => Some(color.hex()),
            _ => None,
        })
        .collect();
    assert!((2..=5).contains(&tones.len()), "{tones:?}");
    // The classes of the legend are those of the map, and no share is between two of them.
    let legend: std::collections::BTreeSet<String> = map
        .laid_out(Layout::Wide)
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Rect { fill: Fill::Plain(color), .. } => Some(color.hex()),
            _ => None,
        })
        .collect();
    assert!(tones.is_subset(&legend), "{tones:?} in {legend:?}");
}

#[test]
fn a_map_of_other_places_is_not_drawn() {
    let table = protected(communes(&[200, 200], &[30, 60]));
    let elsewhere = r#"{"features":[{"properties":{"code":"75056"},"geometry":{"type":"Polygon","coordinates":[[[2,48],[3,48],[3,49],[2,48]]]}}]}"#;
    let elsewhere = Geography::parse(elsewhere, "IGN").expect("a square");
    assert!(choropleth(&table, &Crossing::default(), &elsewhere, &context(&table)).is_none());
    // A commune that the file lacks is named, off the map.
    let map = choropleth(&table, &Crossing::default(), &squares(1), &context(&table)).expect("one commune is there");
    assert!(texts(map.laid_out(Layout::Wide)).contains("(hors"), "{}", texts(map.laid_out(Layout::Wide)));
    assert_well_laid_out(&map);
}

#[test]
fn nothing_published_is_nothing_drawn() {
    let table = protected(communes(&[20, 15], &[30, 60]));
    assert!(dots(&table, &Crossing::default(), &context(&table)).is_none());
    assert!(choropleth(&table, &Crossing::default(), &squares(2), &context(&table)).is_none());
}

/// The chart of a table of which the test has this corrected p-value.
fn tested(table: &ReleaseTable, p_holm: f64) -> Chart {
    let tests = [test(table, p_holm)];
    dots(table, &Crossing { tests: &tests, ..Crossing::default() }, &context(table)).expect("a headline")
}

fn full_dots(chart: &Chart) -> usize {
    let is_full =
        |shape: &&Shape| matches!(shape, Shape::Circle { fill: Fill::Plain(color), .. } if color.hex() == BAR.hex());
    chart.laid_out(Layout::Narrow).shapes.iter().filter(is_full).count()
}

#[test]
fn only_clear_differences_are_called_so() {
    let clear = protected(communes(&[300, 300, 300], &[20, 50, 80]));
    let chart = tested(&clear, 0.001);
    let title = &chart.caption().title;
    assert!(title.contains("Vicoin 3 au-dessus de l’ensemble (") && title.contains("Vicoin 1 au-dessous"), "{title}");
    assert_eq!(full_dots(&chart), 2);
    let close = protected(communes(&[100, 100, 100], &[48, 50, 52]));
    let chart = tested(&close, 0.001);
    assert!(chart.caption().title.contains("écarts nets par commune, de "), "{}", chart.caption().title);
}

#[test]
fn without_a_test_under_five_percent_nothing_is_apart() {
    // The intervals of two communes leave out the mean; the test, corrected, says that chance may do that.
    let table = protected(communes(&[300, 300, 300], &[20, 50, 80]));
    let chart = tested(&table, 0.47);
    assert!(chart.caption().title.ends_with("pas d’écart net par commune"), "{}", chart.caption().title);
    assert!(chart.caption().lecture.contains("peut venir du hasard") && full_dots(&chart) == 0);
    let untested = dots(&table, &Crossing::default(), &context(&table)).expect("a headline");
    assert!(untested.caption().title.ends_with("pour l’ensemble") && full_dots(&untested) == 0);
    // A test of another breakdown says nothing of this one.
    let tests = [ReleaseTest { breakdown: "age".into(), ..test(&table, 0.001) }];
    let other = dots(&table, &Crossing { tests: &tests, ..Crossing::default() }, &context(&table)).expect("a headline");
    assert_eq!(other.caption().title, untested.caption().title);
}

#[test]
fn ages_keep_their_order_and_who_declined_is_not_pointed_at() {
    let table = protected(communes(&[300, 300, 300], &[50, 80, 20]));
    let tests = [test(&table, 0.001)];
    let crossing = Crossing { tests: &tests, is_ordered: true, unnamed: vec!["53002"] };
    let chart = dots(&table, &crossing, &context(&table)).expect("a headline");
    let said = texts(chart.laid_out(Layout::Wide));
    let at = |name: &str| chart.alternative().find(name).expect("every category is told");
    assert!(at("Vicoin 1") < at("Vicoin 2") && at("Vicoin 2") < at("Vicoin 3"), "{said}");
    let told = format!("{} {}", chart.caption().title, chart.caption().lecture);
    assert!(told.contains("Vicoin 3 au-dessous") && !told.contains("Vicoin 2"), "{told}");
}

#[test]
fn a_share_that_is_a_sum_has_an_interval_that_holds_it() {
    let mut spec = spec("sante", vec![column("tb", "Très bon"), column("b", "Bon"), column("m", "Mauvais")]);
    spec.headline = vec!["tb".into(), "b".into()];
    spec.rows = vec![row("", "Ensemble"), row("16", "16–29 ans"), row("30", "30 ans ou plus")];
    let table = protected(super::table(spec, &[&[60, 80, 60], &[30, 50, 120]]));
    let chart = tested(&table, 0.001);
    assert!(chart.caption().note.contains("approché"), "{}", chart.caption().note);
    assert!(
        chart.alternative().contains("16–29 ans\u{a0}: 71\u{a0}% (intervalle de 63 à 78)"),
        "{}",
        chart.alternative()
    );
    assert_eq!(full_dots(&chart), 2);
    assert_well_laid_out(&chart);
}
