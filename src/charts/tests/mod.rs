//! What every form of chart promises, on tables that were protected as published ones are.

mod files;
mod forms;
mod people;
mod places;
mod scales;

use isoloir_disclosure::{
    Column, Policy, RawEdition, RawTable, RecordKey, Release, ReleaseTable, ReleaseTest, Row, TableSpec, Tally, protect,
};

use crate::drawing::{Drawing, Shape, text_box};
use crate::{Chart, Context, Layout};

pub(crate) fn tally(records: std::ops::Range<u32>) -> Tally {
    records.fold(Tally::default(), |sum, record| {
        let key = RecordKey::derive(&[1; 32], &record.to_be_bytes());
        sum.plus(Tally::new(1, key.to_u64()))
    })
}

pub(crate) fn column(code: &str, label: &str) -> Column {
    Column { code: code.into(), label: label.into(), missing: false, rest: false }
}

pub(crate) fn no_answer(code: &str, label: &str) -> Column {
    Column { code: code.into(), label: label.into(), missing: true, rest: false }
}

pub(crate) fn row(code: &str, label: &str) -> Row {
    Row { code: code.into(), label: label.into() }
}

pub(crate) fn spec(question: &str, columns: Vec<Column>) -> TableSpec {
    TableSpec {
        question: question.into(),
        title: "Renoncement <aux> soins".into(),
        text: "Avez-vous renoncé à des soins ces 12 derniers mois ?".into(),
        axis: None,
        several: false,
        ordered: true,
        computed: false,
        asked_if: String::new(),
        breakdown: String::new(),
        by: String::new(),
        headline: Vec::new(),
        columns,
        rows: vec![row("", "Ensemble")],
    }
}

/// A table whose rows follow each other among the records, and whose cells follow each other in each row.
pub(crate) fn table(mut spec: TableSpec, counts: &[&[u32]]) -> RawTable {
    let (mut bases, mut cells, mut first) =
        (vec![Tally::default()], vec![vec![Tally::default(); spec.columns.len()]], 0);
    for counts in counts {
        let mut row = Vec::new();
        let start = first;
        for (count, total) in counts.iter().zip(0..) {
            let cell = tally(first..first + count);
            cells[0][total] = cells[0][total].plus(cell);
            row.push(cell);
            first += count;
        }
        bases.push(tally(start..first));
        cells.push(row);
    }
    bases[0] = tally(0..first);
    if counts.len() == 1 && spec.rows.len() == 1 {
        bases.truncate(1);
        cells.truncate(1);
    }
    spec.breakdown = if spec.rows.len() > 1 { "Commune".into() } else { String::new() };
    spec.by = if spec.rows.len() > 1 { "commune".into() } else { String::new() };
    RawTable::new(spec, bases, cells).expect("a table")
}

pub(crate) fn release_of(table: RawTable, policy: &Policy) -> Release {
    protect(RawEdition::new(tally(0..400), vec![table]), policy).expect("a release")
}

pub(crate) fn protected(table: RawTable) -> ReleaseTable {
    release_of(table, &Policy::standard().expect("a policy")).tables()[0].clone()
}

pub(crate) fn context(table: &ReleaseTable) -> Context {
    Context {
        organiser: "Mauges Communauté".into(),
        survey: "La santé dans les Mauges : donnez votre avis".into(),
        population: "habitantes et habitants des Mauges de 16 ans ou plus".into(),
        edition: "édition définitive".into(),
        period: "du 3 novembre 2026 au 31 janvier 2027".into(),
        weighting: None,
        synthetic: false,
        protection: table.protection(),
        respondents: Some(400),
    }
}

/// The test of a table, with this p-value after Holm's correction.
pub(crate) fn test(table: &ReleaseTable, p_holm: f64) -> ReleaseTest {
    let spec = table.spec();
    ReleaseTest {
        question: spec.question.clone(),
        choice: None,
        breakdown: spec.by.clone(),
        f: 1.0,
        df1: 2.0,
        df2: 900.0,
        p_value: p_holm / 4.0,
        p_holm,
    }
}

/// Texts of both layouts neither overlap nor leave the drawing, and no shape leaves it either.
pub(crate) fn assert_well_laid_out(chart: &Chart) {
    for layout in [Layout::Narrow, Layout::Wide] {
        for drawing in [chart.laid_out(layout).clone(), chart.sheet(layout)] {
            assert_texts_are_apart(chart.id(), layout, &drawing);
            assert_shapes_stay_inside(chart.id(), layout, &drawing);
        }
    }
}

fn assert_texts_are_apart(id: &str, layout: Layout, drawing: &Drawing) {
    let texts: Vec<(&Shape, [f64; 4])> =
        drawing.shapes.iter().filter_map(|shape| Some((shape, text_box(shape)?))).collect();
    for (index, (shape, [left, top, right, bottom])) in texts.iter().enumerate() {
        let is_inside =
            *left >= -0.1 && *top >= -0.1 && *right <= drawing.width + 0.1 && *bottom <= drawing.height + 0.1;
        assert!(is_inside, "{id} {layout:?}: {shape:?} leaves {} × {}", drawing.width, drawing.height);
        for (other, [l, t, r, b]) in &texts[index + 1..] {
            let is_apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(is_apart, "{id} {layout:?}: {shape:?} runs into {other:?}");
        }
    }
}

fn assert_shapes_stay_inside(id: &str, layout: Layout, drawing: &Drawing) {
    for shape in &drawing.shapes {
        let points = match shape {
            Shape::Rect { x, y, width, height, .. } => vec![(*x, *y), (x + width, y + height)],
            Shape::Line { from, to, .. } => vec![*from, *to],
            Shape::Circle { center: (x, y), radius, .. } => vec![(x - radius, y - radius), (x + radius, y + radius)],
            Shape::Area { rings, .. } => rings.concat(),
            Shape::Text { .. } => continue,
        };
        let is_inside =
            |(x, y): &(f64, f64)| *x >= -1.0 && *y >= -1.0 && *x <= drawing.width + 1.0 && *y <= drawing.height + 1.0;
        assert!(
            points.iter().all(is_inside),
            "{id} {layout:?}: {shape:?} leaves {} × {}",
            drawing.width,
            drawing.height
        );
    }
}

/// Every text of a drawing, in a row.
pub(crate) fn texts(drawing: &Drawing) -> String {
    let texts = drawing.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" | ")
}
