//! Who answered: pyramid, participation, questions without an answer. And what changed since the last edition.

use isoloir_disclosure::{Policy, Protection, RawEdition, RawTable, protect};

use super::{assert_well_laid_out, column, context, protected, spec, table, tally, texts};
use crate::drawing::{Fill, Shape};
use crate::{
    Context, Denominator, Layout, Participation, Pyramid, PyramidBand, PyramidGroup, WaveChange, Waves, non_response,
    participation, pyramid, waves,
};

fn any_context() -> Context {
    let table = protected(table(spec("q", vec![column("oui", "Oui"), column("non", "Non")]), &[&[200, 200]]));
    context(&table)
}

fn young_and_old() -> Pyramid {
    let group = |respondents, weighted| PyramidGroup { respondents, weighted };
    Pyramid {
        bands: vec![
            PyramidBand {
                label: "16–29 ans".into(),
                women: group(Some(0.15), Some(0.2)),
                men: group(Some(0.05), Some(0.2)),
            },
            PyramidBand {
                label: "75 ans ou plus, à domicile".into(),
                women: group(Some(0.5), Some(0.35)),
                men: group(None, None),
            },
        ],
        base: 400,
        margins: vec!["commune".into(), "âge".into(), "sexe".into()],
        census: Some("Insee, recensement 2022".into()),
    }
}

#[test]
fn a_pyramid_names_who_is_missing_and_shows_what_weights_do() {
    let chart = pyramid(&young_and_old(), &any_context()).expect("respondents");
    let caption = chart.caption();
    assert!(
        caption.title.contains("hommes de 16–29 ans (5\u{a0}% des réponses, 20\u{a0}% après redressement)"),
        "{caption:?}"
    );
    assert!(caption.lecture.contains("leurs réponses comptent pour 20\u{a0}%"));
    assert!(caption.source.contains("Insee, recensement 2022") && caption.note.contains("commune, âge et sexe"));
    let is_outline = |shape: &&Shape| matches!(shape, Shape::Rect { fill: Fill::Empty, .. });
    let outlines = chart.laid_out(Layout::Narrow).shapes.iter().filter(is_outline);
    assert_eq!(outlines.count(), 4, "one in the legend, three groups");
    assert!(chart.alternative().contains("hommes de 75 ans ou plus, à domicile\u{a0}: non\u{a0}publié des réponses"));
    assert_well_laid_out(&chart);
}

#[test]
fn a_pyramid_without_respondents_or_without_weights_is_none() {
    let (mut nobody, mut unweighted) = (young_and_old(), young_and_old());
    for band in &mut nobody.bands {
        (band.women.respondents, band.men.respondents) = (None, None);
    }
    for band in &mut unweighted.bands {
        (band.women.weighted, band.men.weighted) = (None, None);
    }
    assert!(pyramid(&nobody, &any_context()).is_none());
    assert!(pyramid(&unweighted, &any_context()).is_none());
}

#[test]
fn participation_says_how_many_of_how_many() {
    let line = |label: &str, respondents, out_of| Participation { label: label.into(), respondents, out_of };
    let lines = [
        line("Ensemble", Some(1_840), 100_400),
        line("Sèvremoine", Some(400), 21_100),
        line("Montrevault-sur-Èvre", None, 12_700),
        line("Orée d’Anjou", Some(245), 13_800),
    ];
    let census = Denominator::Population("Insee, recensement 2022".into());
    let chart = participation(&lines, &census, &any_context()).expect("a rate");
    assert_eq!(
        chart.caption().title,
        "Participation\u{a0}: 1,8\u{a0}% des habitants, de 1,8\u{a0}% (Orée d’Anjou) à 1,9\u{a0}% (Sèvremoine)"
    );
    assert!(
        chart.alternative().contains("Montrevault-sur-Èvre\u{a0}: réponses non publiées pour 12\u{a0}700 habitants")
    );
    assert!(chart.alternative().contains("1\u{a0}840 réponses pour 100\u{a0}400 habitants"));
    assert_well_laid_out(&chart);
    let alone = participation(&lines[..1], &Denominator::Invitations, &any_context()).expect("a rate");
    assert!(alone.caption().title.ends_with("1\u{a0}840 réponses, soit 1,8\u{a0}% des invitations"));
    assert!(participation(&[line("Ensemble", None, 10)], &Denominator::Invitations, &any_context()).is_none());
}

#[test]
fn questions_without_answers_come_worst_first_and_all_are_named() {
    let counted = [("peu", 300, 12, 3), ("beaucoup", 400, 80, 60), ("rien", 400, 0, 2)];
    let tables = counted.map(|(id, shown, declined, skipped)| {
        let tallies = [tally(0..shown), tally(0..declined), tally(declined..declined + skipped)];
        RawTable::non_response(id, &format!("Question {id}"), "?", tallies).expect("a table")
    });
    let edition = RawEdition::new(tally(0..400), Vec::new()).with_non_response(tables.into());
    let release = protect(edition, &Policy::standard().expect("a policy")).expect("a release");
    let chart = non_response(&release, &any_context()).expect("something is published");
    assert!(chart.caption().title.contains("«\u{a0}Question beaucoup\u{a0}» vient en tête"));
    let drawn = texts(chart.laid_out(Layout::Narrow));
    assert!(!drawn.contains("Question rien"), "it has no number to draw: {drawn}");
    assert!(drawn.contains("Une autre question"));
    assert!(chart.alternative().contains("Question rien (posée à 400)\u{a0}: ne se prononcent pas non\u{a0}publié"));
    assert_well_laid_out(&chart);
}

#[test]
fn an_edition_without_these_tables_has_no_such_chart() {
    let release = protect(RawEdition::new(tally(0..400), Vec::new()), &Policy::standard().expect("a policy"));
    assert!(non_response(&release.expect("a release"), &any_context()).is_none());
}

fn two_waves(close: bool) -> Waves {
    let change =
        |label: &str, before, now, is_significant| WaveChange { label: label.into(), before, now, is_significant };
    let near = if close { 0.005 } else { 0.1 };
    Waves {
        question: "motifs".into(),
        title: "Raisons".into(),
        text: "Pourquoi ?".into(),
        before: "2022".into(),
        now: "2026".into(),
        choices: vec![
            change("Prévention, promotion de la santé et environnement", Some(0.3), Some(0.5), true),
            change("Le coût", Some(0.3 + near), Some(0.5 + near), false),
            change("La distance", Some(0.3 + 2.0 * near), Some(0.5 + 2.0 * near), false),
            change("Le temps", Some(0.4), Some(0.2), true),
            change("La peur", None, Some(0.2), true),
        ],
        bases: (Some(400), Some(735)),
        is_weighted: (false, false),
    }
}

#[test]
fn a_slope_tells_clear_changes_from_chance_by_more_than_colour() {
    for close in [false, true] {
        let chart = waves(&two_waves(close), &any_context()).expect("two editions");
        let drawing = chart.laid_out(Layout::Narrow);
        let arrows = drawing.shapes.iter().filter(|shape| matches!(shape, Shape::Area { .. })).count();
        assert_eq!(arrows, 2, "an arrow for each clear change");
        let dashed =
            drawing.shapes.iter().filter(|shape| matches!(shape, Shape::Line { stroke, .. } if stroke.dashed)).count();
        assert_eq!(dashed, 2, "a dashed line for each other one");
        let said = texts(drawing);
        for share in ["30\u{a0}%", "40\u{a0}%"] {
            assert!(said.split(" | ").filter(|text| *text == share).count() <= 1, "{share} is told once: {said}");
        }
        assert_well_laid_out(&chart);
    }
    let chart = waves(&two_waves(false), &any_context()).expect("two editions");
    assert!(chart.alternative().contains("Le temps\u{a0}: 40\u{a0}% en 2022, 20\u{a0}% en 2026, baisse nette"));
    assert!(chart.alternative().contains("La peur\u{a0}: non\u{a0}publié en 2022, 20\u{a0}% en 2026"));
    assert!(!chart.alternative().contains("20\u{a0}% en 2026, hausse"), "one edition alone is no change");
    assert!(chart.caption().note.contains("«\u{a0}La peur\u{a0}»"));
}

#[test]
fn nothing_is_said_to_change_by_chance() {
    let mut still = two_waves(false);
    for choice in &mut still.choices {
        choice.is_significant = false;
    }
    let chart = waves(&still, &any_context()).expect("two editions");
    assert!(chart.caption().title.ends_with("pas d’évolution nette entre 2022 et 2026"));
    assert_eq!(any_context().protection, Protection::CellKey);
}
