//! The codebook for people: a page that opens in any browser, prints well and needs nothing else.

use isoloir_disclosure::{Comparison, Release};
use isoloir_survey::Questionnaire;
use maud::{DOCTYPE, Markup, html};

use crate::about::{About, always_empty};
use crate::variables::{Variable, variables};

/// The page fetches nothing: it is read from a folder.
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}\
h1{line-height:1.2}h2{margin-top:2.5rem;border-bottom:2px solid #0b6e75}h3{margin:2rem 0 .25rem}\
code{background:#eef3f3;padding:0 .3rem}p{margin:.25rem 0}table{border-collapse:collapse;margin:.5rem 0}\
td,th{border:1px solid #8aa;padding:.15rem .6rem;text-align:left}.warning{font-weight:bold;color:#a3001b}\
article{break-inside:avoid}";

/// Every variable with its question, who was asked, its codes and labels.
pub(crate) fn dictionary(release: &Release, questionnaire: &Questionnaire, about: &About) -> String {
    let title = format!("Dictionnaire\u{a0}: {}", questionnaire.title.fr());
    let mut page = "";
    let page = html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (STYLE) }
            }
            body {
                h1 { (title) }
                p { (questionnaire.organiser.fr()) ", " (about.edition) ", " (about.day()) }
                @for warning in about.warnings(release.protection()) {
                    p.warning { (warning) }
                }
                p {
                    "Les codes sont ceux de " code { "tables.csv" } ". Version du questionnaire\u{a0}: "
                    code { (questionnaire.version().as_str().get(..12).unwrap_or_default()) } "."
                }
                @for column in ["n", "weighted_n"] {
                    @if let Some(why) = always_empty(release.protection(), column) {
                        p { "Dans " code { "tables.csv" } ", la colonne " code { (column) } " est " (why) "." }
                    }
                }
                @for variable in variables(questionnaire) {
                    @if std::mem::replace(&mut page, variable.page) != variable.page {
                        h2 { (variable.page) }
                    }
                    (entry(release, &variable))
                }
            }
        }
    };
    page.into_string()
}

fn entry(release: &Release, variable: &Variable) -> Markup {
    let is_compared = |comparison: &&Comparison| comparison.changes().iter().any(|one| one.question == variable.name());
    html! {
        article id=(variable.name()) {
            h3 { (variable.title()) " " code { (variable.name()) } }
            p { "«\u{a0}" (variable.wording()) "\u{a0}»" }
            p { "Réponse\u{a0}: " (variable.kind_words()) ". Champ\u{a0}: " (variable.universe()) "." }
            @if let Some(axis) = variable.axis() {
                p { "Axe\u{a0}: " (axis) "." }
            }
            @if let Some((instrument, item)) = variable.instrument() {
                p { "Instrument\u{a0}: " (instrument.title) ", question\u{a0}" (item) ". " (instrument.citation) }
            }
            @if let Some(formula) = variable.formula() {
                p { "Calcul\u{a0}: " (formula) }
            }
            @if let Some(instrument) = variable.scored_instrument() {
                p { "Instrument\u{a0}: " (instrument.title) ". " (instrument.citation) }
            }
            @if variable.question.is_kept_apart() {
                p { "Texte gardé à part des autres réponses, sans lien avec elles." }
            }
            @if let Some(comparison) = release.comparison().filter(is_compared) {
                p { "Comparée avec «\u{a0}" (comparison.earlier()) "\u{a0}» dans " code { "changes.csv" } "." }
            }
            @if variable.is_tabulated() {
                table {
                    thead { tr { th scope="col" { "Code" } th scope="col" { "Libellé" } } }
                    tbody {
                        @for choice in variable.question.choices() {
                            tr {
                                td { code { (choice.code) } }
                                td { (choice.label.fr()) @if choice.missing { " (non-réponse)" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
