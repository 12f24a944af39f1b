//! Bars and dots.

use isoloir_disclosure::{Policy, Protection};

use super::{assert_well_laid_out, column, context, no_answer, protected, release_of, row, spec, table, texts};
use crate::{Crossing, Layout, bars, dots, finding};

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
    assert!(svg.contains("Je ne sais pas\u{a0}: n\u{a0}insuffisant"));
    assert!(svg.contains("Non &amp; non"));
    assert!(!svg.contains("style="), "inline styles are refused by the pages' policy");
    assert_well_laid_out(&chart);
}

#[test]
fn a_small_commune_is_named_without_a_number() {
    let table = protected(renounced());
    let chart = dots(&table, &Crossing::default(), &context(&table)).expect("a headline and a breakdown");
    let said = chart.alternative();
    assert!(said.contains("Beaupréau-en-Mauges\u{a0}: n\u{a0}insuffisant"));
    assert!(said.contains("Sèvremoine\u{a0}: 6") || said.contains("Sèvremoine\u{a0}: 5"));
    // With Beaupréau hidden, the next smallest is hidden too, or subtraction would show it.
    assert!(said.contains("Chemillé-en-Anjou\u{a0}: n\u{a0}insuffisant"));
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
