//! What PostgreSQL's planner learns about columns: samples of whole values, and the hour at which it took them.

use sqlx::{Row, postgres::PgConnection};

use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened};

const STATISTICS: Question = Question {
    name: "server-statistics",
    title: "Aucune statistique sur les lignes",
    advice: "PostgreSQL garde des valeurs entières de ces colonnes, et l’heure où il les a lues, même quand les lignes sont \
             parties : pour chaque table, ALTER TABLE … SET (autovacuum_enabled = false), pour chaque colonne ALTER COLUMN … \
             SET STATISTICS 0 puis ALTER COLUMN … TYPE du même type (ce qui efface les valeurs), et enfin SELECT \
             pg_stat_reset()",
};

/// For one table: what is kept of its values, columns of which something would be, whether it is left alone, and whether
/// it was read.
const OF_TABLE: &str = "SELECT \
    (SELECT count(*) FROM pg_catalog.pg_stats s WHERE s.schemaname = current_schema() AND s.tablename = c.relname), \
    (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND COALESCE(a.attstattarget, -1) <> 0), \
    EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o \
            WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean), \
    EXISTS (SELECT FROM pg_catalog.pg_stat_user_tables u WHERE u.relid = c.oid \
            AND (u.last_analyze IS NOT NULL OR u.last_autoanalyze IS NOT NULL)) \
    FROM pg_catalog.pg_class c WHERE c.relname = $1 AND c.relnamespace = current_schema()::regnamespace";

/// `pg_stats` shows only what this account may read; who may read the table below it sees all that there is.
const BELOW: &str = "SELECT CASE WHEN has_table_privilege('pg_catalog.pg_statistic', 'SELECT') THEN 1 ELSE 0 END";

pub(crate) async fn check(opened: &mut Opened) -> Vec<Check> {
    let tables: Vec<String> =
        opened.tables.iter().filter(|table| table.random_key.is_some()).map(|table| table.name.clone()).collect();
    let told = opened.told.clone();
    let Connected::Postgres(connection) = &mut opened.connected else { return Vec::new() };
    let mut faults = Vec::new();
    for table in &tables {
        match of_table(connection, table, &told).await {
            Ok(found) => faults.extend(found),
            Err(error) => return vec![STATISTICS.impossible(&opened.name, &error)],
        }
    }
    let measured = match faults.len() {
        0 => format!("{}, sans valeur gardée ni heure", count(tables.len() as u64, "table lue", "tables lues")),
        _ => list(faults.clone()),
    };
    vec![STATISTICS.judge(&opened.name, faults.is_empty(), &measured)]
}

async fn of_table(connection: &mut PgConnection, table: &str, told: &[String]) -> Result<Vec<String>, sqlx::Error> {
    let row = sqlx::query(OF_TABLE).bind(table).fetch_one(&mut *connection).await?;
    let mut kept: i64 = row.try_get(0)?;
    if sqlx::query_scalar::<_, i32>(BELOW).fetch_one(&mut *connection).await? == 1 {
        let sql = "SELECT count(*) FROM pg_catalog.pg_statistic WHERE starelid = (SELECT oid FROM pg_catalog.pg_class \
                   WHERE relname = $1 AND relnamespace = current_schema()::regnamespace)";
        kept = kept.max(sqlx::query_scalar(sql).bind(table).fetch_one(connection).await?);
    }
    let mut faults = Vec::new();
    if kept > 0 {
        let columns = count(u64::try_from(kept).unwrap_or(0), "colonne", "colonnes");
        faults.push(format!("{table} : des valeurs de {columns} dans pg_statistic"));
    }
    let observed: Vec<String> = row.try_get::<Option<_>, _>(1)?.unwrap_or_default();
    for column in observed {
        let name = format!("{table}.{column}");
        if !told.contains(&name) {
            faults.push(format!("{name} : des statistiques seront gardées"));
        }
    }
    if !row.try_get::<bool, _>(2)? {
        faults.push(format!("{table} : autovacuum n’est pas arrêté"));
    }
    if row.try_get(3)? {
        faults.push(format!("{table} : l’heure de la dernière analyse est gardée"));
    }
    Ok(faults)
}
