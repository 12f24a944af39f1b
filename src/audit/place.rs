//! Where rows lie, against the order of their keys, and in how many steps a table was written.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Row};

use crate::catalogue::Table;
use crate::french::{count, decimal, list, percent};
use crate::layout::{AT_REST_PERCENT, OUT_OF_ORDER_PERCENT, kendall};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened, SourceError, is_open, quoted};
use crate::sqlite_file::SqliteFile;

const ORDER: Question = Question {
    name: "physical-order",
    title: "Place des lignes sans mémoire",
    advice: "la place des lignes dans le fichier suit leur arrivée : arrêtez puis relancez le serveur, qui réécrit la \
             base (VACUUM ou réécriture dans l’ordre des identifiants)",
};
const HISTORY: Question = Question {
    name: "write-history",
    title: "Une seule transaction d’écriture",
    advice: "PostgreSQL garde le numéro de la transaction de chaque ligne (xmin), même après VACUUM FULL, FREEZE ou \
             CLUSTER : réécrivez la table en une transaction, dans l’ordre des identifiants",
};
/// PostgreSQL: neighbours of the main transaction out of order, at most. A table that is rewritten in the order of its keys
/// has 0 to 3 %, since short rows fill the ends of earlier pages.
const POSTGRES_PERCENT: u64 = 4;

pub(crate) async fn check(opened: &mut Opened) -> Vec<Check> {
    let tables: Vec<Table> =
        opened.tables.iter().filter(|table| table.random_key.is_some() && !table.has_rowid).cloned().collect();
    let name = opened.name.clone();
    match &mut opened.connected {
        Connected::Sqlite { path, .. } => {
            let path = path.clone();
            vec![match sqlite(&mut opened.connected, &path, &tables).await {
                Ok((passed, measured)) => {
                    opened.in_order = passed;
                    ORDER.judge(&name, passed, &measured)
                }
                Err(error) => ORDER.impossible(&name, &error),
            }]
        }
        Connected::Postgres(_) => match postgres(&mut opened.connected, &tables).await {
            Ok((order, history)) => {
                vec![ORDER.judge(&name, order.0, &order.1), HISTORY.judge(&name, history.0, &history.1)]
            }
            Err(error) => vec![ORDER.impossible(&name, &error), HISTORY.impossible(&name, &error)],
        },
    }
}

/// Whether all passed, and the sentence about each.
type Judged = (bool, String);

async fn sqlite(connected: &mut Connected, path: &Path, tables: &[Table]) -> Result<Judged, SourceError> {
    let (mut passed, mut sentences) = (true, Vec::new());
    let is_open = is_open(path);
    for table in tables.iter().filter(|table| table.rows > 1) {
        let sql = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{}'", table.name.replace('\'', "''"));
        let root = u32::try_from(connected.number(sql).await?).unwrap_or(0);
        let layout = quiet(path, |file| file.layout(root)).await?;
        // Those that wait are written anew together, also last of all, and not by `VACUUM`.
        let is_settled = !is_open && !table.name.starts_with("intake");
        let most = if is_settled { AT_REST_PERCENT } else { OUT_OF_ORDER_PERCENT };
        passed &= layout.follows_keys(most);
        sentences.push(sentence(&table.name, layout.out_of_order(), most, &layout.places));
    }
    Ok((passed, all(&sentences)))
}

fn all(sentences: &[String]) -> String {
    if sentences.is_empty() { "pas encore deux lignes dans une même table".to_owned() } else { sentences.join(" ; ") }
}

fn sentence(table: &str, back: u64, most: u64, places: &[u64]) -> String {
    let neighbours = (places.len() as u64).saturating_sub(1);
    format!(
        "{table} : {} des {} déplacés (au plus {most} %), τ = {}",
        percent(back, neighbours),
        count(neighbours, "voisin", "voisins"),
        decimal(kendall(places))
    )
}

/// Reads the file while nothing changes it: a server that checkpoints in the middle would show half of each state.
pub(crate) async fn quiet<T>(
    path: &Path,
    read: impl Fn(&SqliteFile) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    const ATTEMPTS: u32 = 15;
    let state = || {
        let metadata = std::fs::metadata(path).map_err(|source| SourceError::File { path: path.to_owned(), source })?;
        Ok::<_, SourceError>((metadata.len(), metadata.modified().ok()))
    };
    for _ in 0..ATTEMPTS {
        let before = state()?;
        let result = SqliteFile::open(path).and_then(|file| read(&file));
        if state()? == before {
            return result;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(SourceError::Busy)
}

/// The place and the transaction of each row, in the order of keys.
type Rows = Vec<(u64, String)>;

async fn postgres(connected: &mut Connected, tables: &[Table]) -> Result<(Judged, Judged), SourceError> {
    let (mut order, mut history) = ((true, Vec::new()), (true, Vec::new()));
    let mut late = Vec::new();
    for table in tables.iter().filter(|table| table.rows > 1) {
        let rows = read_rows(connected, table).await?;
        let number = rows.len() as u64;
        let mut transactions: HashMap<&str, u64> = HashMap::new();
        for (_, transaction) in &rows {
            *transactions.entry(transaction).or_default() += 1;
        }
        let main = transactions.iter().max_by_key(|(name, rows)| (**rows, **name)).map_or("", |(name, _)| *name);
        // Rows that came since are few, which the history says; those that were written together must lie in order.
        let together: Vec<u64> = rows.iter().filter(|(_, name)| name == main).map(|(place, _)| *place).collect();
        let back = together.windows(2).filter(|pair| pair[1] < pair[0]).count() as u64;
        order.0 &= back * 100 <= (together.len() as u64).saturating_sub(1) * POSTGRES_PERCENT;
        order.1.push(sentence(&table.name, back, POSTGRES_PERCENT, &together));
        // Below twenty rows none may stand apart; then one in twenty.
        let apart = number - together.len() as u64;
        if apart * 100 > number * OUT_OF_ORDER_PERCENT {
            history.0 = false;
            late.push(format!(
                "{} : {} pour {} ({} hors de la principale, au plus {OUT_OF_ORDER_PERCENT} %)",
                table.name,
                count(transactions.len() as u64, "transaction", "transactions"),
                count(number, "ligne", "lignes"),
                percent(apart, number),
            ));
        } else {
            history.1.push(format!("{} : {} hors de la principale", table.name, percent(apart, number)));
        }
    }
    let told = if history.0 { all(&history.1) } else { list(late) };
    Ok(((order.0, all(&order.1)), (history.0, told)))
}

async fn read_rows(connected: &mut Connected, table: &Table) -> Result<Rows, SourceError> {
    let (Connected::Postgres(connection), Some(key)) = (connected, &table.random_key) else { return Ok(Rows::new()) };
    let sql = format!("SELECT ctid::text, xmin::text FROM {} ORDER BY {}", quoted(&table.name), quoted(key));
    let mut rows = Rows::new();
    let mut found = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    while let Some(row) = found.try_next().await? {
        rows.push((place_of(row.try_get(0)?), row.try_get(1)?));
    }
    Ok(rows)
}

/// A row's place `(page,line)` as one number.
pub(crate) fn place_of(ctid: &str) -> u64 {
    let (page, line) = ctid.trim_matches(['(', ')']).split_once(',').unwrap_or(("0", "0"));
    page.parse::<u64>().unwrap_or(0) << 16 | line.parse::<u64>().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_by_page_and_line() {
        assert_eq!(place_of("(0,1)"), 1);
        assert!(place_of("(1,1)") > place_of("(0,291)"));
    }
}
