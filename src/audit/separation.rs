//! The issuer's database against the collector's: a value that is in both joins a code to a response, and so do two lists
//! whose values stand in one order.

use crate::catalogue::Table;
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Opened, quoted};
use crate::spread::{are_near, are_related};
use crate::windows::{Windows, written_values};

const SEPARATION: Question = Question {
    name: "issuer-against-collector",
    title: "Rien en commun entre les deux bases",
    advice: "une valeur présente dans les deux bases, ou un ordre commun, relie un code à une réponse : retirez-la d’un côté \
             et cherchez quel programme l’y a écrite",
};

/// The issuer's windows begin at every eighth byte, so that a million codes fit in memory.
const STEP: usize = 8;

/// Names, keys and dates of surveys are public and in both.
fn private(opened: &Opened) -> Vec<Table> {
    opened.tables.iter().filter(|table| table.name != "surveys").cloned().collect()
}

pub(crate) async fn check(issuer: &mut Opened, collector: &mut Opened) -> Check {
    match compare(issuer, collector).await {
        Ok((read, found)) => {
            let measured = match found.len() {
                0 => format!(
                    "{}, aucune dans les deux bases, ni ordre commun",
                    count(read, "valeur lue", "valeurs lues")
                ),
                _ => list(found.clone()),
            };
            SEPARATION.judge("émetteur et urne", found.is_empty(), &measured)
        }
        Err(error) => SEPARATION.impossible("émetteur et urne", &error),
    }
}

async fn compare(issuer: &mut Opened, collector: &mut Opened) -> Result<(u64, Vec<String>), sqlx::Error> {
    let mut public = Vec::new();
    for opened in [&mut *issuer, &mut *collector] {
        opened
            .connected
            .each_text("SELECT survey FROM surveys".to_owned(), |name| public.push(name.to_owned()))
            .await?;
    }
    let (mut windows, mut read) = (Windows::default(), 0);
    let mut starts: Vec<(String, Vec<u64>)> = Vec::new();
    for table in private(issuer) {
        for column in table.blobs() {
            let mut of_column = Vec::new();
            issuer
                .connected
                .each_blob(&table, column, |value| {
                    read += 1;
                    windows.add(value, STEP);
                    of_column.extend(start(value));
                })
                .await?;
            starts.push((format!("{}.{column}", table.name), of_column));
        }
        for column in table.texts() {
            let sql = texts(&table, column);
            issuer
                .connected
                .each_text(sql, |text| {
                    read += 1;
                    written_values(text, &public, |value| windows.add(value, STEP));
                })
                .await?;
        }
    }
    windows.sort();
    let mut found = Vec::new();
    for table in private(collector) {
        for column in table.blobs() {
            let (mut shared, mut of_column) = (0, Vec::new());
            collector
                .connected
                .each_blob(&table, column, |value| {
                    read += 1;
                    shared += u64::from(windows.share_a_part_with(value));
                    of_column.extend(start(value));
                })
                .await?;
            note(&mut found, &table, column, shared);
            // Equal values are told already.
            let follows =
                |other: &[u64]| shared == 0 && (are_related(other, &of_column) || are_near(other, &of_column));
            let orders = starts.iter().filter(|(_, other)| follows(other));
            found.extend(orders.map(|(name, _)| format!("{}.{column} de l’urne suit l’ordre de {name}", table.name)));
        }
        for column in table.texts() {
            let mut shared = 0;
            collector
                .connected
                .each_text(texts(&table, column), |text| {
                    read += 1;
                    let mut is_shared = false;
                    written_values(text, &public, |value| is_shared |= windows.share_a_part_with(value));
                    shared += u64::from(is_shared);
                })
                .await?;
            note(&mut found, &table, column, shared);
        }
    }
    Ok((read, found))
}

/// What a value is sorted by, unless it only keeps a place.
fn start(value: &[u8]) -> Option<u64> {
    let bytes: &[u8; 8] = value.first_chunk()?;
    bytes.iter().any(|byte| *byte != bytes[0]).then(|| u64::from_be_bytes(*bytes))
}

fn texts(table: &Table, column: &str) -> String {
    format!("SELECT CAST({} AS TEXT) FROM {}", quoted(column), quoted(&table.name))
}

fn note(found: &mut Vec<String>, table: &Table, column: &str, shared: u64) {
    if shared > 0 {
        let values = count(shared, "valeur de l’émetteur", "valeurs de l’émetteur");
        found.push(format!("{}.{column} de l’urne : {values}", table.name));
    }
}
