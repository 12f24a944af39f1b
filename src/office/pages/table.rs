//! The numbers behind a chart: shares with their intervals, in words, for everybody and by category.

use isoloir_charts::sorted_columns;
use isoloir_disclosure::{Estimate, Release, ReleaseTable, ReleaseTest};
use maud::{Markup, html};

use super::words::{TOO_FEW, counted, french, interval, p_value, quoted, share};

/// Differences are said to be more than chance below this, after Holm's correction.
const SIGNIFICANCE: f64 = 0.05;

/// One row per answer, for everybody.
pub(crate) fn totals(table: &ReleaseTable) -> Markup {
    let spec = table.spec();
    let label = french(&format!("Tableau : {}", spec.title));
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(label) {
            table.totals {
                caption { (spec.title) (french(" : part des réponses")) }
                thead {
                    tr { th scope="col" { "Réponse" } th scope="col" { "Part" } th scope="col" { "Intervalle à 95\u{a0}%" } }
                }
                tbody {
                    @for (_, column, cell) in sorted_columns(table) {
                        tr {
                            th scope="row" { (column.label) }
                            @match (share(&cell, table.protection()), interval(&cell)) {
                                (Some(share), Some(interval)) => { td { (share) } td { (interval) } },
                                (Some(share), None) => { td { (share) } td { "–" } },
                                (None, _) => { td { (TOO_FEW) } td { "–" } },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Shares by category of the breakdown. The longer side goes down, so that little is scrolled sideways.
pub(crate) fn by_category(table: &ReleaseTable) -> Markup {
    let spec = table.spec();
    let label = french(&format!("Tableau : {}, par {}", spec.title, spec.breakdown.to_lowercase()));
    let columns = sorted_columns(table);
    let rows = || spec.rows.iter().zip(table.rows());
    let cell = |estimate: &Estimate| {
        html! {
            td {
                @match share(estimate, table.protection()) {
                    Some(share) => {
                        (share)
                        @if let Some(interval) = interval(estimate) { " " span.interval { (interval) } }
                    },
                    None => (TOO_FEW),
                }
            }
        }
    };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(label) {
            table {
                caption { (spec.title) ", par " (spec.breakdown.to_lowercase()) (french(" : part des réponses et intervalle à 95 %")) }
                @if spec.rows.len() > columns.len() {
                    thead {
                        tr {
                            th scope="col" { (spec.breakdown) }
                            th scope="col" { "Réponses" }
                            @for (_, column, _) in &columns { th scope="col" { (column.label) } }
                        }
                    }
                    tbody {
                        @for (row, values) in rows() {
                            tr {
                                th scope="row" { (row.label) }
                                td.about { (counted(values.base)) }
                                @for (index, _, _) in &columns { (cell(&values.cells[*index])) }
                            }
                        }
                    }
                } @else {
                    thead { tr { th scope="col" { "Réponse" } @for row in &spec.rows { th scope="col" { (row.label) } } } }
                    tbody {
                        @for (index, column, _) in &columns {
                            tr {
                                th scope="row" { (column.label) }
                                @for row in table.rows() { (cell(&row.cells[*index])) }
                            }
                        }
                        tr {
                            th scope="row" { "Nombre de réponses" }
                            @for row in table.rows() { td.about { (counted(row.base)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the categories differ by more than chance, in words; nothing where no test is published.
pub(crate) fn difference(release: &Release, table: &ReleaseTable) -> Option<String> {
    let spec = table.spec();
    let is_of_table = |test: &&ReleaseTest| test.question == spec.question && test.breakdown == spec.by;
    let tests: Vec<&ReleaseTest> = release.tests().iter().filter(is_of_table).collect();
    let by = spec.breakdown.to_lowercase();
    let [test] = tests[..] else { return by_choice(table, &tests, &by) };
    let p = p_value(test.p_holm);
    Some(if test.p_holm < SIGNIFICANCE {
        format!("Les écarts par {by} dépassent ce que le hasard explique ({p}).")
    } else {
        format!("Les écarts par {by} peuvent venir du hasard ({p}).")
    })
}

/// Of a question with several answers, each answer has a test.
fn by_choice(table: &ReleaseTable, tests: &[&ReleaseTest], by: &str) -> Option<String> {
    let label =
        |code: &str| table.spec().columns.iter().find(|column| column.code == code).map(|column| &*column.label);
    let significant = tests.iter().filter(|test| test.p_holm < SIGNIFICANCE);
    let labels: Vec<&str> = significant.filter_map(|test| label(test.choice.as_deref()?)).collect();
    match (tests, &labels[..]) {
        ([], _) => None,
        (_, []) => Some(format!("Les écarts par {by} peuvent venir du hasard, pour chaque réponse.")),
        _ => Some(format!(
            "Les écarts par {by} dépassent ce que le hasard explique pour {} (p\u{a0}<\u{a0}0,05).",
            quoted(&labels, "et")
        )),
    }
}
