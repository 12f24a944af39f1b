//! Bars and dots.

use isoloir_disclosure::{Column, Policy, Protection};

use super::{assert_well_laid_out, column, context, no_answer, protected, release_of, row, spec, table, texts};
use crate::{Crossing, Layout, bars, dots, finding, finding_at_length};

/// Four communes, three answers: most say yes, some no, almost nobody does not know.
fn renounced() -> isoloir_disclosure::RawTable {
    let mut spec =
        spec("renonce", vec![column("oui", "Oui"), column("non", "Non & non"), no_answer("nsp", "Je ne sais pas")]);
    spec.headline = vec!["oui".into()];
    spec.rows = vec![
        row("", "Ensemble"),
        row("49301", "Sèvremoine"),
        row("49092", "Chemillé-en-Anjou"),
        row("49023", "Beaupréau-en-Mauges"),
        row("49244", "Mauges-sur-Loire"),
    ];
    table(spec, &[&[150, 100, 0], &[80, 48, 2], &[10, 10, 0], &[120, 90, 0]])
}

#[test]
fn a_chart_says_in_words_what_it_shows() {
    let table = protected(renounced());
    let chart = bars(&table, &context(&table));
    let svg = chart.drawing(Layout::Narrow);
    assert!(svg.starts_with("<svg xmlns=") && svg.contains(r#"role="img""#));
    assert!(svg.contains("<title id=\"g-renonce-titre\">Renoncement &lt;aux&gt; soins\u{a0}: "));
    assert!(chart.alternative().contains("Oui\u{a0}: 6") || chart.alternative().contains("Oui\u{a0}: 5"), "about 60 %");
    assert!(svg.contains("Je ne sais pas\u{a0}: non\u{a0}publié"));
    assert!(svg.contains("Non &amp; non"));
    assert!(!svg.contains("style="), "inline styles are refused by the pages' policy");
    assert_well_laid_out(&chart);
}

#[test]
fn a_small_commune_is_named_without_a_number() {
    let table = protected(renounced());
    let chart = dots(&table, &Crossing::default(), &context(&table)).expect("a headline and a breakdown");
    let said = chart.alternative();
    assert!(said.contains("Beaupréau-en-Mauges\u{a0}: non\u{a0}publié"));
    assert!(said.contains("Sèvremoine\u{a0}: 6") || said.contains("Sèvremoine\u{a0}: 5"));
    // With Beaupréau hidden, the next smallest is hidden too, or subtraction would show it.
    assert!(said.contains("Chemillé-en-Anjou\u{a0}: non\u{a0}publié"));
    let circles = chart.drawing(Layout::Narrow).matches("<circle").count();
    assert_eq!(circles, 2, "a dot for each commune that is published");
    assert_well_laid_out(&chart);
}

#[test]
fn one_commune_alone_is_not_pointed_at() {
    let mut spec = spec("renonce", vec![column("oui", "Oui"), column("non", "Non")]);
    spec.headline = vec!["oui".into()];
    spec.rows = vec![row("", "Ensemble"), row("1", "Grande"), row("2", "Petite"), row("3", "Moindre")];
    let table = protected(table(spec, &[&[150, 100], &[30, 20], &[10, 10]]));
    let published = table.rows().iter().skip(1).filter(|row| row.base.is_some()).count();
    assert_eq!(published, 1, "the smallest hides the next one");
    assert!(dots(&table, &Crossing::default(), &context(&table)).is_none());
}

#[test]
fn an_unprotected_chart_says_so_and_shows_what_is_exact() {
    let release = release_of(renounced(), &Policy::Unprotected);
    let table = &release.tables()[0];
    for chart in [bars(table, &context(table)), dots(table, &Crossing::default(), &context(table)).expect("a headline")]
    {
        let count = chart.drawing(Layout::Narrow).matches(Protection::UNPROTECTED).count();
        assert_eq!(count, 2, "in the title and on the drawing");
        assert!(chart.svg(Layout::Wide).contains(Protection::UNPROTECTED));
    }
    let chart = bars(table, &context(table));
    assert!(chart.alternative().contains("Je ne sais pas\u{a0}: 0\u{a0}%"));
    assert!(texts(chart.laid_out(Layout::Narrow)).contains("0\u{a0}%"));
}

#[test]
fn the_finding_quotes_the_headline() {
    let finding = finding(&protected(renounced())).expect("a finding");
    assert!(finding.ends_with("% répondent «\u{a0}Oui\u{a0}»"), "{finding}");
}

/// Occupations, the rarer ones first: « Autre » and who declined stand where nobody should look for them.
fn occupations(count: u32, is_ordered: bool) -> isoloir_disclosure::RawTable {
    let mut columns: Vec<_> =
        (0..count).map(|index| column(&format!("m{index}"), &format!("Métier {index}"))).collect();
    columns.insert(0, Column { rest: true, ..column("autre", "Autre situation") });
    columns.insert(1, no_answer("nrp", "Je préfère ne pas répondre"));
    let counts: Vec<u32> =
        [300, 200].into_iter().chain((0..count).map(|index| 20 + 100 * (3 * index / count))).collect();
    let spec = isoloir_disclosure::TableSpec { ordered: is_ordered, ..spec("situation", columns) };
    table(spec, &[&counts])
}

/// The labels of the bars from top to bottom.
fn labels(chart: &crate::Chart) -> Vec<String> {
    let all = texts(chart.laid_out(Layout::Narrow));
    let is_label = |text: &&str| ["Métier", "Autre", "Je préfère"].iter().any(|start| text.starts_with(start));
    all.split(" | ").filter(is_label).map(str::to_owned).collect()
}

#[test]
fn the_most_frequent_answer_comes_first_unless_answers_have_an_order() {
    let sorted = protected(occupations(3, false));
    let last = ["Autre situation", "Je préfère ne pas répondre"];
    assert_eq!(labels(&bars(&sorted, &context(&sorted))), [&["Métier 2", "Métier 1", "Métier 0"][..], &last].concat());
    let ordered = protected(occupations(3, true));
    let asked = ["Autre situation", "Métier 0", "Métier 1", "Métier 2", "Je préfère ne pas répondre"];
    assert_eq!(labels(&bars(&ordered, &context(&ordered))), asked);
}

#[test]
fn of_a_long_list_the_longest_bars_are_drawn_and_the_others_counted() {
    let table = protected(occupations(60, false));
    let chart = bars(&table, &context(&table));
    let drawn = labels(&chart);
    assert_eq!(drawn.len(), 24 + 2, "and those that are no answer of the list");
    let frequent: Vec<String> = (40..60).map(|index| format!("Métier {index}")).collect();
    assert!(frequent.iter().all(|label| drawn[..24].contains(label)), "{drawn:?}");
    assert_eq!(drawn[24..], ["Autre situation", "Je préfère ne pas répondre"]);
    let said = texts(chart.laid_out(Layout::Wide));
    assert!(
        said.contains("Et 36 autres réponses, pas plus fréquentes ou non publiées\u{a0}: voir les tableaux."),
        "{said}"
    );
    let told = chart.alternative().matches("Métier ").count();
    assert_eq!(told, 60, "who hears the chart hears all of it");
    assert_well_laid_out(&chart);
    let whole = protected(occupations(25, false));
    let chart = bars(&whole, &context(&whole));
    assert_eq!(labels(&chart).len(), 25 + 2, "the sentence would take the room of the last bar");
}

/// What is said of answers that so many gave.
fn said(counts: &[u32], several: bool) -> String {
    let columns = (0..counts.len()).map(|index| column(&format!("r{index}"), &format!("R{index}"))).collect();
    let spec = isoloir_disclosure::TableSpec { several, ordered: false, ..spec("raison", columns) };
    finding(&protected(table(spec, &[counts]))).expect("a finding").replace('\u{a0}', " ")
}

/// An answer comes first where its interval leaves the next one out: 33 % and 33 % are two leaders, whichever is named first.
#[test]
fn a_finding_claims_no_more_than_its_intervals() {
    assert!(said(&[600, 150, 150, 100], true).starts_with("« R0 » est la réponse la plus citée ("));
    assert!(said(&[420, 280, 200, 100], false).starts_with("« R0 » est la réponse la plus fréquente ("));
    assert!(said(&[600, 150, 150, 100], false).ends_with(" % répondent « R0 »"), "most people");
    let two = said(&[330, 330, 240, 100], false);
    assert!(two.contains("« R0 » (") && two.contains("« R1 » ("), "{two}");
    assert!(two.ends_with(" sont les réponses les plus fréquentes"), "{two}");
    let none = said(&[150, 150, 150, 150, 150, 150], false);
    assert!(none.starts_with("aucune réponse ne se détache (1") && none.ends_with(" % au plus)"), "{none}");
    assert!(said(&[500, 490], false).starts_with("aucune réponse ne se détache ("));
    let at_length = |counts: &[u32]| {
        let columns = (0..4).map(|index| column(&format!("r{index}"), &format!("R{index}"))).collect();
        let spec = isoloir_disclosure::TableSpec { several: true, ordered: false, ..spec("raison", columns) };
        finding_at_length(&protected(table(spec, &[counts]))).expect("a finding")
    };
    assert!(at_length(&[400, 300, 250, 100]).ends_with(" sont les réponses les plus citées"));
    assert!(at_length(&[400, 300, 200, 200]).ends_with(" sont parmi les réponses les plus citées"));
}

#[test]
fn of_equal_shares_the_one_that_is_drawn_first_is_read() {
    let columns = vec![column("a", "Première"), column("b", "Seconde"), column("c", "Rare")];
    let spec = isoloir_disclosure::TableSpec { ordered: false, ..spec("q", columns) };
    let release = release_of(table(spec, &[&[150, 150, 100]]), &Policy::Unprotected);
    let chart = bars(&release.tables()[0], &context(&release.tables()[0]));
    assert!(chart.caption().lecture.contains("Première"), "{}", chart.caption().lecture);
}

#[test]
fn nobody_answers_the_level_of_a_score() {
    let mut spec = spec("who5", vec![column("faible", "Faible"), column("correct", "Correct")]);
    (spec.computed, spec.headline) = (true, vec!["faible".into()]);
    let table = protected(table(spec, &[&[150, 250]]));
    let chart = bars(&table, &context(&table));
    let caption = chart.caption();
    assert!(caption.title.contains("sont au niveau «\u{a0}Faible\u{a0}»"), "{caption:?}");
    assert!(
        caption.lecture.contains("dont le score est connu, ") && !caption.lecture.contains("répondu"),
        "{caption:?}"
    );
    assert!(caption.champ.contains("dont on a toutes les réponses qu’il faut pour le calculer"), "{caption:?}");
}

#[test]
fn the_field_says_to_whom_a_question_was_put() {
    let mut spec = spec("motifs", vec![column("cout", "Le coût"), column("delai", "Le délai")]);
    (spec.asked_if, spec.text) = ("«\u{a0}Renoncement\u{a0}» est «\u{a0}Oui\u{a0}»".into(), "Pour\u{a0}:".into());
    let table = protected(table(spec, &[&[150, 250]]));
    let chart = bars(&table, &context(&table));
    let field = "ayant répondu à cette question, posée si «\u{a0}Renoncement\u{a0}» est «\u{a0}Oui\u{a0}» (environ 400";
    assert!(chart.caption().champ.contains(field), "{}", chart.caption().champ);
    assert_eq!(chart.caption().question, "Pour\u{a0}:", "a colon is followed by no full stop");
}

#[test]
fn a_breakdown_that_is_mostly_hidden_is_no_chart_and_small_shares_have_room() {
    let mut spec = spec("renonce", vec![column("oui", "Oui"), column("non", "Non")]);
    spec.headline = vec!["oui".into()];
    spec.rows = ["", "1", "2", "3", "4", "5"].map(|code| row(code, &format!("Lieu {code}"))).into();
    let known: &[&[u32]] = &[&[50, 250], &[60, 250], &[45, 250], &[50, 240], &[12, 8]];
    let table = |counts: &[&[u32]]| protected(super::table(spec.clone(), counts));
    let shown = table(known);
    let chart = dots(&shown, &Crossing::default(), &context(&shown)).expect("most places are published");
    assert!(texts(chart.laid_out(Layout::Narrow)).ends_with("0\u{a0}% | 25\u{a0}%"), "no interval goes beyond");
    assert_well_laid_out(&chart);
    let hidden = table(&[&[50, 250], &[60, 250], &[2, 250], &[3, 240], &[1, 240]]);
    assert!(dots(&hidden, &Crossing::default(), &context(&hidden)).is_none(), "two of five");
}
