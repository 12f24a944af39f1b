//! The section of the method page on weights: what they rest on, how they were made, what they cost.

use isoloir_disclosure::in_sentence;
use maud::{Markup, html};

use super::address;
use super::method::say;
use super::respondents::margin_names;
use super::words::{decimal, french, thousands, whole};
use crate::publication::Edition;

/// The section.
pub(crate) fn section(edition: Edition) -> Markup {
    let Some(weighting) = edition.release.weighting() else {
        return say(
            "Aucun : chaque réponse compte pour une. Faute de marges de recensement, les résultats ne corrigent pas la part \
                    que chaque groupe a prise dans les réponses.",
        );
    };
    let name = |variable: &str| {
        let question = edition.questionnaire.questions().find(|question| question.id.as_str() == variable);
        question.map_or_else(|| variable.to_owned(), |question| in_sentence(question.short.fr()))
    };
    html! {
        (say("Chaque réponse reçoit un poids, pour que chaque groupe pèse dans les résultats comme dans la population : calage sur marges \
              par itération (raking), marges de la population données par l’organisateur."))
        dl.sheet {
            dt { "Variables de calage" } dd { (margin_names(edition.release, edition.questionnaire).join(", ")) }
            dt { "Source des marges" } dd { (edition.census.unwrap_or("non précisée par l’organisateur")) }
            dt { "Population" } dd { (thousands(whole(weighting.population))) " habitants" }
            dt { "Passages" } dd { (weighting.iterations) }
            dt { "Plus grand écart qui reste entre une marge et sa cible" } dd { (scientific(weighting.discrepancy)) }
            dt { "Poids" }
            dd { (french(&format!("de {} à {} ; moyenne {}, médiane {}, coefficient de variation {}", decimal(weighting.min, 3),
                decimal(weighting.max, 3), decimal(weighting.mean, 3), decimal(weighting.median, 3), decimal(weighting.cv, 2)))) }
            dt { "Effet de plan des poids (Kish)" } dd { (decimal(weighting.deff, 2)) }
            dt { "Taille efficace" }
            dd { "environ " (thousands(whole(weighting.n_eff))) (french(" réponses : autant de réponses de poids égal en diraient autant")) }
            dt { "Poids limités" }
            dd {
                @match &weighting.trimming {
                    Some(trimming) => { (french(&format!("oui, à {} au plus (5 fois la médiane), puis calés de nouveau, {} fois",
                        decimal(trimming.cap, 3), trimming.rounds))) },
                    None => { "non" },
                }
            }
            dt { "Modalités regroupées, faute de réponses" }
            dd {
                @if weighting.merged.is_empty() { "aucune" }
                @for (index, merged) in weighting.merged.iter().enumerate() {
                    @if index > 0 { (french(" ; ")) }
                    (name(&merged.variable)) (french(" : ")) (merged.category) " avec " (merged.into)
                }
            }
            @if !weighting.excluded.is_empty() {
                dt { "Modalités sans habitant, qui ne comptent pas" }
                dd {
                    @for (index, excluded) in weighting.excluded.iter().enumerate() {
                        @if index > 0 { (french(" ; ")) }
                        (name(&excluded.variable)) (french(" : ")) (excluded.category)
                    }
                }
            }
            @if !weighting.rescaled.is_empty() {
                dt { "Marges ramenées au total de la première" }
                dd {
                    @for (index, rescaled) in weighting.rescaled.iter().enumerate() {
                        @if index > 0 { (french(" ; ")) }
                        (name(&rescaled.variable)) " × " (decimal(rescaled.factor, 4))
                    }
                }
            }
        }
        @if edition.release.profile().is_some() {
            p.link { a href=(address(edition, "#participation")) { "Qui a répondu, par âge et par sexe, avant et après redressement" } }
        }
        (say("Les poids extrêmes, la médiane et le coefficient de variation ont deux chiffres ; la moyenne vient du nombre arrondi de \
              réponses : exacts, ils diraient des nombres de personnes. Une réponse absente à une question de calage est une \
              modalité, qui garde la part qu’elle a parmi les réponses."))
    }
}

/// `3,2 × 10⁻¹⁰`; zero stays zero.
fn scientific(number: f64) -> String {
    let text = format!("{number:.1e}");
    let Some((mantissa, exponent)) = text.split_once('e').filter(|_| number != 0.0) else { return "0".to_owned() };
    let raised = exponent.chars().map(|digit| match digit.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    });
    format!("{}\u{a0}×\u{a0}10{}", mantissa.replace('.', ","), raised.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::scientific;

    #[test]
    fn a_very_small_number_is_written_with_its_power_of_ten() {
        assert_eq!(scientific(6.13e-14), "6,1\u{a0}×\u{a0}10⁻¹⁴");
        assert_eq!(scientific(0.0), "0");
    }
}
