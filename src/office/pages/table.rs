//! The numbers behind a chart: shares with their intervals, in words, for everybody and by category.

use isoloir_charts::sorted_columns;
use isoloir_disclosure::{Estimate, Protection, ReleaseTable, in_sentence};
use maud::{Markup, html};

use super::words::{counted, french, interval, share};

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
                                (None, _) => { td { (Protection::NOT_PUBLISHED) } td { "–" } },
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
    let label = french(&format!("Tableau : {}, par {}", spec.title, in_sentence(&spec.breakdown)));
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
                    None => (Protection::NOT_PUBLISHED),
                }
            }
        }
    };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(label) {
            table {
                caption { (spec.title) ", par " (in_sentence(&spec.breakdown)) (french(" : part des réponses et intervalle à 95 %")) }
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
