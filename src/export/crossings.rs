//! Whether the categories of a breakdown differ by more than chance, in a sentence: what its test says, and nothing else.

use isoloir_disclosure::{Release, ReleaseTable, ReleaseTest, in_sentence};

/// Differences are said to be more than chance below this, after Holm's correction.
const SIGNIFICANCE: f64 = 0.05;

/// « Par âge : aucun écart net (p corrigée = 0,47). »; none where no test is published.
pub fn difference(release: &Release, table: &ReleaseTable) -> Option<String> {
    let spec = table.spec();
    let is_of_table = |test: &&ReleaseTest| test.question == spec.question && test.breakdown == spec.by;
    let tests: Vec<&ReleaseTest> = release.tests().iter().filter(is_of_table).collect();
    let by = in_sentence(&spec.breakdown);
    let said = match tests[..] {
        [] => return None,
        [test] if test.choice.is_none() && test.p_holm < SIGNIFICANCE => {
            format!("écarts nets, au-delà du hasard ({})", corrected(test.p_holm))
        }
        [test] if test.choice.is_none() => format!("aucun écart net ({})", corrected(test.p_holm)),
        _ => by_choice(table, &tests),
    };
    Some(format!("Par {by}\u{a0}: {said}."))
}

/// Of a question with several answers, each answer has a test.
fn by_choice(table: &ReleaseTable, tests: &[&ReleaseTest]) -> String {
    let label = |code: &str| table.spec().columns.iter().find(|column| column.code == code).map(|column| &column.label);
    let significant = tests.iter().filter(|test| test.p_holm < SIGNIFICANCE);
    let labels: Vec<String> =
        significant.filter_map(|test| Some(format!("«\u{a0}{}\u{a0}»", label(test.choice.as_deref()?)?))).collect();
    match labels.split_last() {
        None => "aucun écart net, pour aucune réponse".to_owned(),
        Some((only, [])) => format!("écart net pour {only} (p corrigée sous 0,05), pas pour les autres réponses"),
        Some((last, others)) => {
            let others = others.join(", ");
            format!("écarts nets pour {others} et {last} (p corrigée sous 0,05), pas pour les autres réponses")
        }
    }
}

/// `p corrigée = 0,47`, two digits being all that is published.
fn corrected(p: f64) -> String {
    if p < 0.001 {
        return "p corrigée sous 0,001".to_owned();
    }
    let text = format!("{p:.3}");
    format!("p corrigée\u{a0}=\u{a0}{}", text.trim_end_matches('0').trim_end_matches('.').replace('.', ","))
}
