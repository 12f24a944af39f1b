//! The issuer's database against the collector's: a value that is in both joins a code to a response.

use crate::catalogue::Table;
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Opened, quoted};
use crate::windows::{Windows, written_values};

const SEPARATION: Question = Question {
    name: "issuer-against-collector",
    title: "Rien en commun entre les deux bases",
    advice: "une valeur présente dans les deux bases relie un code à une réponse : retirez-la d’un côté et cherchez quel \
             programme l’y a écrite",
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
                0 => format!("{}, aucune dans les deux bases", count(read, "valeur lue", "valeurs lues")),
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
    for table in private(issuer) {
        for column in table.blobs() {
            issuer
                .connected
                .each_blob(&table, column, |value| {
                    read += 1;
                    windows.add(value, STEP);
                })
                .await?;
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
            let mut shared = 0;
            collector
                .connected
                .each_blob(&table, column, |value| {
                    read += 1;
                    shared += u64::from(windows.share_a_part_with(value));
                })
                .await?;
            note(&mut found, &table, column, shared);
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

fn texts(table: &Table, column: &str) -> String {
    format!("SELECT CAST({} AS TEXT) FROM {}", quoted(column), quoted(&table.name))
}

fn note(found: &mut Vec<String>, table: &Table, column: &str, shared: u64) {
    if shared > 0 {
        let values = count(shared, "valeur de l’émetteur", "valeurs de l’émetteur");
        found.push(format!("{}.{column} de l’urne : {values}", table.name));
    }
}
