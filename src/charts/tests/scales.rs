//! Diverging bars.

use isoloir_disclosure::{Column, ReleaseTable};

use super::{assert_well_laid_out, column, context, no_answer, protected, row, spec, table, test, texts};
use crate::color::{FIRST_HALF, NEUTRAL, SECOND_HALF};
use crate::drawing::{Drawing, Fill, Shape};
use crate::{Crossing, Heading, Layout, likert, likert_by};

fn agreement() -> Vec<Column> {
    vec![
        column("1", "Très satisfait"),
        column("2", "Plutôt satisfait"),
        column("3", "Ni l’un ni l’autre"),
        column("4", "Plutôt pas satisfait"),
        column("5", "Pas du tout satisfait"),
        no_answer("nsp", "Je ne sais pas"),
    ]
}

fn item(id: &str, title: &str, counts: &[u32]) -> ReleaseTable {
    let mut spec = spec(id, agreement());
    spec.title = title.into();
    protected(table(spec, &[counts]))
}

fn heading() -> Heading {
    Heading { id: "satisfaction".into(), title: "Accès aux soins".into(), question: "Êtes-vous satisfait ?".into() }
}

fn filled_with(drawing: &Drawing, color: crate::color::Color) -> Vec<f64> {
    let lefts = drawing.shapes.iter().filter_map(|shape| match shape {
        Shape::Rect { x, height, fill: Fill::Plain(fill), .. } if *fill == color && *height > 20.0 => Some(*x),
        _ => None,
    });
    lefts.collect()
}

#[test]
fn the_neutral_answer_is_set_apart_at_the_right_of_both_halves() {
    let tables =
        [item("a", "Pharmacie", &[120, 160, 60, 40, 30, 20]), item("b", "Spécialiste", &[20, 60, 70, 130, 110, 40])];
    let chart = likert(&heading(), &[&tables[0], &tables[1]], &context(&tables[0])).expect("one scale");
    for layout in [Layout::Narrow, Layout::Wide] {
        let drawing = chart.laid_out(layout);
        let (first, second) = (filled_with(drawing, FIRST_HALF[1]), filled_with(drawing, SECOND_HALF[1]));
        let neutral = filled_with(drawing, NEUTRAL);
        assert_eq!((first.len(), second.len(), neutral.len()), (2, 2, 2));
        let rightmost = |lefts: &[f64]| lefts.iter().copied().fold(f64::MIN, f64::max);
        assert!(neutral.iter().all(|left| *left > rightmost(&second) && *left > rightmost(&first)));
        assert!((neutral[0] - neutral[1]).abs() < 1e-9, "they begin at one line");
    }
    assert_well_laid_out(&chart);
    let title = &chart.caption().title;
    assert!(title.contains("(Spécialiste) à ") && title.ends_with("(Pharmacie)"), "{title}");
    for label in ["Très satisfait", "Ni l’un ni l’autre", "Je ne sais pas", "Pharmacie", "Spécialiste"] {
        assert!(chart.alternative().contains(label), "{label}");
    }
}

#[test]
fn a_bar_without_one_of_its_parts_says_so() {
    let table = item("a", "Pharmacie", &[4, 160, 60, 40, 30, 20]);
    let chart = likert(&heading(), &[&table], &context(&table)).expect("one scale");
    assert!(texts(chart.laid_out(Layout::Narrow)).contains("%*"));
    assert!(chart.caption().note.contains("total sans une réponse"));
    assert!(chart.alternative().contains("Très satisfait non\u{a0}publié"));
}

#[test]
fn what_is_no_common_scale_is_not_drawn_as_one() {
    let table_a = item("a", "Pharmacie", &[120, 160, 60, 40, 30, 20]);
    let yes_no = protected(table(spec("b", vec![column("oui", "Oui"), column("non", "Non")]), &[&[200, 200]]));
    assert!(likert(&heading(), &[&table_a, &yes_no], &context(&table_a)).is_none());
    let masked = item("a", "Pharmacie", &[4, 6, 6, 4, 3, 2]);
    assert!(likert(&heading(), &[&masked], &context(&masked)).is_none());
    let points: Vec<Column> = (0..=10).map(|point| column(&point.to_string(), &point.to_string())).collect();
    let notes = protected(table(spec("note", points), &[&[40; 11]]));
    assert!(likert(&heading(), &[&notes], &context(&notes)).is_none(), "eleven points are bars");
}

#[test]
fn a_question_by_age_has_a_bar_for_everybody_and_one_per_age() {
    let mut spec = spec("a", agreement());
    spec.rows = vec![row("", "Ensemble"), row("16", "16–29 ans"), row("30", "30 ans ou plus")];
    let table = protected(table(spec, &[&[50, 60, 30, 40, 20, 12], &[70, 90, 20, 30, 25, 15]]));
    let tests = [test(&table, 0.001)];
    let crossing = Crossing { tests: &tests, ..Crossing::default() };
    let chart = likert_by(&table, &crossing, &context(&table)).expect("a scale");
    let said = texts(chart.laid_out(Layout::Narrow));
    let title = &chart.caption().title;
    assert!(title.contains("(16–29 ans)") && title.contains("(30 ans ou plus)"), "everybody is not compared: {title}");
    assert!(said.contains("Ensemble") && said.contains("16–29 ans") && said.contains("30 ans ou plus"));
    assert_well_laid_out(&chart);
    let tests = [test(&table, 0.47)];
    let title =
        |crossing: &Crossing| likert_by(&table, crossing, &context(&table)).expect("a scale").caption().title.clone();
    let by_chance = title(&Crossing { tests: &tests, ..Crossing::default() });
    assert!(by_chance.ends_with("par commune\u{a0}: pas d’écart net"), "{by_chance}");
    let untested = title(&Crossing::default());
    assert!(untested.contains("% répondent") && !untested.contains("ans"), "{untested}");
}
