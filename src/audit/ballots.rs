//! The ballot box itself: how many responses wait to be mixed, and whether anything joins a spent mark to a response.

use jiff::civil::Date;

use crate::catalogue::Table;
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened, quoted};
use crate::windows::{Windows, written_values};

/// Responses of one survey that may wait: one more, and they are mixed together.
pub const MIXING_THRESHOLD: i64 = 20;

const WAITING: Question = Question {
    name: "intake",
    title: "Peu de réponses en attente",
    advice: "des réponses attendent d’être mêlées aux autres plus longtemps que prévu : « isoloir survey close NOM » \
             mêle celles d’une enquête finie ; sinon relancez le serveur",
};
const APART: Question = Question {
    name: "marks-apart",
    title: "Jetons et réponses sans lien",
    advice: "une même valeur se lit dans deux tables de l’urne et relie un jeton à une réponse, ou un texte à une \
             réponse : les identifiants doivent être tirés au hasard, chacun pour lui",
};

/// Whether few responses wait.
pub(crate) async fn waiting(opened: &mut Opened, today: Date) -> Check {
    match rows_that_wait(opened, today).await {
        Ok((number, faults)) => {
            let measured = match faults.len() {
                0 => count(number, "ligne en attente", "lignes en attente"),
                _ => list(faults.clone()),
            };
            WAITING.judge(&opened.name, faults.is_empty(), &measured)
        }
        Err(error) => WAITING.impossible(&opened.name, &error),
    }
}

/// How many rows wait in all, and which surveys have too many.
async fn rows_that_wait(opened: &mut Opened, today: Date) -> Result<(u64, Vec<String>), sqlx::Error> {
    let (mut total, mut faults) = (0, Vec::new());
    let ended = ended(&mut opened.connected, today).await?;
    for table in ["intake", "intake_marks"] {
        if opened.table(table).is_none() {
            continue;
        }
        let sql = format!("SELECT survey || '/' || COUNT(*) FROM {table} GROUP BY survey ORDER BY survey");
        opened
            .connected
            .each_text(sql, |line| {
                let (survey, number) = line.rsplit_once('/').unwrap_or((line, ""));
                let number: i64 = number.parse().unwrap_or(i64::MAX);
                total += u64::try_from(number).unwrap_or(0);
                if ended.iter().any(|name| name == survey) {
                    faults.push(format!("{table} : {number} pour {survey}, qui est finie"));
                } else if number >= MIXING_THRESHOLD {
                    faults.push(format!("{table} : {number} pour {survey} (moins de {MIXING_THRESHOLD} attendues)"));
                }
            })
            .await?;
    }
    Ok((total, faults))
}

/// Surveys that were closed, or whose last day has passed.
async fn ended(connected: &mut Connected, today: Date) -> Result<Vec<String>, sqlx::Error> {
    const SURVEYS: &str = "SELECT survey, CAST(closed AS INTEGER) <> 0, questionnaire FROM surveys";
    let rows: Vec<(String, bool, String)> = match connected {
        Connected::Sqlite { connection, .. } => sqlx::query_as(SURVEYS).fetch_all(connection).await?,
        Connected::Postgres(connection) => sqlx::query_as(SURVEYS).fetch_all(connection).await?,
    };
    let is_over = |questionnaire: &str| {
        let questionnaire: serde_json::Value = serde_json::from_str(questionnaire).unwrap_or_default();
        let closes = questionnaire["closes"].as_str().and_then(|closes| closes.parse::<Date>().ok());
        closes.is_some_and(|closes| closes < today)
    };
    Ok(rows
        .into_iter()
        .filter(|(_, closed, questionnaire)| *closed || is_over(questionnaire))
        .map(|(survey, ..)| survey)
        .collect())
}

/// No eight bytes of an identifier or mark may be in two tables.
pub(crate) async fn apart(opened: &mut Opened) -> Check {
    let mut tables: Vec<Table> = opened
        .tables
        .iter()
        .filter(|table| table.name != "surveys" && table.blobs().next().is_some())
        .cloned()
        .collect();
    // The windows of the smaller of two tables are kept in memory.
    tables.sort_by_key(|table| table.rows);
    let (mut shared, mut pairs) = (Vec::new(), 0);
    for (index, smaller) in tables.iter().enumerate() {
        let mut windows = Windows::default();
        for column in smaller.blobs() {
            if let Err(error) = opened.connected.each_blob(smaller, column, |value| windows.add(value, 1)).await {
                return APART.impossible(&opened.name, &error);
            }
        }
        windows.sort();
        for larger in &tables[index + 1..] {
            pairs += 1;
            let mut found = 0;
            for column in larger.blobs() {
                let visit = |value: &[u8]| found += u64::from(windows.share_a_part_with(value));
                if let Err(error) = opened.connected.each_blob(larger, column, visit).await {
                    return APART.impossible(&opened.name, &error);
                }
            }
            if found > 0 {
                let values = count(found, "valeur commune", "valeurs communes");
                shared.push(format!("{} et {} : {values}", smaller.name, larger.name));
            }
        }
    }
    match in_texts(opened).await {
        Ok(found) => shared.extend(found),
        Err(error) => return APART.impossible(&opened.name, &error),
    }
    let measured = match shared.len() {
        0 => format!("{}, aucune valeur commune", count(pairs, "paire de tables", "paires de tables")),
        _ => list(shared.clone()),
    };
    APART.judge(&opened.name, shared.is_empty(), &measured)
}

/// Every fourth byte begins a part that is kept, so that a million marks fit in memory; a shared part of eleven is found.
const STEP_IN_TEXTS: usize = 4;

/// Texts in which an identifier or a mark is written, in hexadecimal or base 64, also those of the surveys; and the surveys'
/// own bytes.
async fn in_texts(opened: &mut Opened) -> Result<Vec<String>, sqlx::Error> {
    let tables = opened.tables.clone();
    let mut windows = Windows::default();
    for table in tables.iter().filter(|table| table.name != "surveys") {
        for column in table.blobs() {
            opened.connected.each_blob(table, column, |value| windows.add(value, STEP_IN_TEXTS)).await?;
        }
    }
    windows.sort();
    let mut shared = Vec::new();
    for table in &tables {
        let (name, is_surveys) = (&table.name, table.name == "surveys");
        for column in table.blobs().filter(|_| is_surveys) {
            let mut found = 0;
            let visit = |value: &[u8]| found += u64::from(windows.share_a_part_with(value));
            opened.connected.each_blob(table, column, visit).await?;
            shared.extend(shared_in(name, column, found));
        }
        for column in table.texts() {
            let mut found = 0;
            let sql = format!("SELECT CAST({} AS TEXT) FROM {}", quoted(column), quoted(name));
            let visit = |text: &str| {
                let mut is_shared = false;
                written_values(text, &[], |value| is_shared |= windows.share_a_part_with(value));
                found += u64::from(is_shared);
            };
            opened.connected.each_text(sql, visit).await?;
            shared.extend(shared_in(name, column, found));
        }
    }
    Ok(shared)
}

fn shared_in(table: &str, column: &str, found: u64) -> Option<String> {
    let values = count(found, "valeur d’un identifiant", "valeurs d’identifiants");
    (found > 0).then(|| format!("{table}.{column} : {values}"))
}
