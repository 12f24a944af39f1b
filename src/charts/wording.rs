//! Numbers and sentences, in French.

use isoloir_disclosure::{Column, Estimate, Protection, ReleaseTable};

/// Under noise, shares are published up to here; the highest stands for all above it.
const HIGHEST: f64 = 0.95;

fn is_highest(share: f64, protection: Protection) -> bool {
    protection == Protection::CellKey && share >= HIGHEST
}

/// `41 %`, with a no-break space, or `95 % ou plus`. Shares are published without decimals: noise and sampling say nothing
/// finer.
pub fn percent(share: f64, protection: Protection) -> String {
    if is_highest(share, protection) { "95\u{a0}% ou plus".to_owned() } else { format!("{:.0}\u{a0}%", share * 100.0) }
}

/// `41`, for a column whose heading says that it holds percentages.
pub fn percent_bare(share: f64, protection: Protection) -> String {
    if is_highest(share, protection) { "≥\u{a0}95".to_owned() } else { format!("{:.0}", share * 100.0) }
}

/// The columns with their estimates for everybody, in the order in which they are drawn: that of the questionnaire when
/// the choices have an order, largest first otherwise; ways of not answering last.
pub fn sorted_columns(table: &ReleaseTable) -> Vec<(usize, &Column, Estimate)> {
    let mut columns: Vec<_> =
        table.spec().columns.iter().zip(&table.total().cells).enumerate().map(|(i, (c, e))| (i, c, *e)).collect();
    if !table.spec().ordered {
        columns.sort_by(|(_, _, a), (_, _, b)| b.share().unwrap_or(-1.0).total_cmp(&a.share().unwrap_or(-1.0)));
    }
    columns.sort_by_key(|(_, column, _)| column.missing);
    columns
}

/// What the chart says, in one sentence; `None` when nothing of it is published.
pub fn finding(table: &ReleaseTable) -> Option<String> {
    let spec = table.spec();
    let share_of = |code: &str| {
        let position = spec.columns.iter().position(|column| column.code == code)?;
        Some((spec.columns[position].label.as_str(), table.total().cells[position].share()?))
    };
    let headline = spec.headline.iter().map(|code| share_of(code)).collect::<Option<Vec<_>>>();
    match headline {
        Some(parts) if !parts.is_empty() => {
            let total: f64 = parts.iter().map(|(_, share)| share).sum();
            let labels: Vec<String> = parts.iter().map(|(label, _)| format!("«\u{a0}{label}\u{a0}»")).collect();
            Some(format!("{} répondent {}", percent(total.min(1.0), table.protection()), labels.join(" ou ")))
        }
        _ => {
            let largest = spec
                .columns
                .iter()
                .zip(&table.total().cells)
                .filter(|(column, _)| !column.missing)
                .filter_map(|(column, cell)| Some((column.label.as_str(), cell.share()?)))
                .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
            let (label, share) = largest;
            Some(format!(
                "Réponse la plus fréquente\u{a0}: «\u{a0}{label}\u{a0}» ({})",
                percent(share, table.protection())
            ))
        }
    }
}
