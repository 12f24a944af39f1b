//! Who answered: pyramid, participation, questions without an answer. And what changed since the last edition.

use isoloir_disclosure::{Policy, Protection, RawEdition, RawTable, protect};

use super::{assert_well_laid_out, column, context, protected, row, spec, table, tally, texts};
use crate::drawing::Shape;
use crate::{
    Context, Denominator, Layout, Participation, Pyramid, PyramidBand, PyramidGroup, WaveChange, Waves, non_response,
    participation, pyramid, waves,
};

fn any_context() -> Context {
    let table = protected(table(spec("q", vec![column("oui", "Oui"), column("non", "Non")]), &[&[200, 200]]));
    context(&table)
}

fn group(population: f64, respondents: Option<f64>, weighted: Option<f64>) -> PyramidGroup {
    PyramidGroup { population: Some(population), respondents, weighted }
}

fn young_and_old() -> Pyramid {
    Pyramid {
        bands: vec![
            PyramidBand {
                label: "16–29 ans".into(),
                women: group(0.2, Some(0.15), Some(0.2)),
                men: group(0.2, Some(0.05), Some(0.2)),
            },
            PyramidBand {
                label: "75 ans ou plus, à domicile".into(),
                women: group(0.35, Some(0.5), Some(0.35)),
                men: group(0.25, None, None),
            },
        ],
        census: "Insee, recensement 2022".into(),
    }
}

#[test]
fn a_pyramid_names_who_is_missing_and_shows_what_weights_do() {
    let chart = pyramid(&young_and_old(), &any_context()).expect("respondents");
    let caption = chart.caption();
    assert!(
        caption.title.contains("hommes de 16–29 ans (5\u{a0}% des réponses, 20\u{a0}% de la population)"),
        "{caption:?}"
    );
    assert!(caption.lecture.contains("après redressement, leurs réponses comptent pour 20\u{a0}%"));
    assert!(caption.source.contains("Insee, recensement 2022"));
    let diamonds = chart.laid_out(Layout::Narrow).shapes.iter().filter(|shape| matches!(shape, Shape::Area { .. }));
    assert_eq!(diamonds.count(), 4, "one in the legend, three groups");
    assert!(
        chart.alternative().contains("hommes de 75 ans ou plus, à domicile\u{a0}: n\u{a0}insuffisant des réponses")
    );
    assert_well_laid_out(&chart);
}

#[test]
fn a_pyramid_is_made_of_the_ages_of_each_sex() {
    let mut ages = spec("age", vec![column("16", "16–29 ans"), column("30", "30 ans ou plus")]);
    ages.rows = vec![row("", "Ensemble"), row("f", "Femme"), row("h", "Homme")];
    let ages = protected(table(ages, &[&[60, 180], &[40, 120]]));
    let sexes = protected(table(spec("sexe", vec![column("f", "Femme"), column("h", "Homme")]), &[&[240, 160]]));
    let census = |age: &str, sex: &str| (age == "16" && sex == "f").then_some(0.2);
    let unweighted = Pyramid::of(&ages, &sexes, ["f", "h"], false, census, "Insee").expect("both sexes");
    let young = unweighted.bands[0].women;
    assert_eq!((young.population, young.weighted), (Some(0.2), None));
    let total: f64 =
        unweighted.bands.iter().flat_map(|band| [band.women.respondents, band.men.respondents]).flatten().sum();
    assert!((total - 1.0).abs() < 0.03, "groups make up everybody: {total}");
    assert!(young.respondents.is_some_and(|share| (share - 0.15).abs() < 0.03));
    let weighted = Pyramid::of(&ages, &sexes, ["f", "h"], true, census, "Insee").expect("both sexes");
    assert_eq!(
        weighted.bands[0].women.respondents, None,
        "weighted shares are not those of the respondents as they came"
    );
    assert!(Pyramid::of(&ages, &sexes, ["f", "x"], false, census, "Insee").is_none());
}

#[test]
fn a_pyramid_without_respondents_is_none() {
    let mut nobody = young_and_old();
    for band in &mut nobody.bands {
        (band.women.respondents, band.men.respondents) = (None, None);
    }
    assert!(pyramid(&nobody, &any_context()).is_none());
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
    assert!(chart.alternative().contains("Montrevault-sur-Èvre\u{a0}: n\u{a0}insuffisant pour 12\u{a0}700 habitants"));
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
    assert!(chart.alternative().contains("Question rien (posée à 400)\u{a0}: ne se prononcent pas n\u{a0}insuffisant"));
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
        assert_well_laid_out(&chart);
    }
    let chart = waves(&two_waves(false), &any_context()).expect("two editions");
    assert!(chart.alternative().contains("Le temps\u{a0}: 40\u{a0}% en 2022, 20\u{a0}% en 2026, baisse nette"));
    assert!(chart.alternative().contains("La peur\u{a0}: n\u{a0}insuffisant en 2022, 20\u{a0}% en 2026"));
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
