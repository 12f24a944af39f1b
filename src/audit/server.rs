//! Settings of a PostgreSQL server that write down who did what when, outside of any table.

use sqlx::Row;

use crate::report::{Check, Question};
use crate::source::{Connected, Opened};

const HISTORY: Question = Question {
    name: "server-history",
    title: "Serveur sans historique",
    advice: "le serveur PostgreSQL garde l’historique des écritures hors des tables : enlevez ce réglage \
             (postgresql.conf), détruisez les archives et les répliques, puis relancez-le",
};
const CONNECTIONS: Question = Question {
    name: "server-connections",
    title: "Journal des connexions",
    advice: "le serveur PostgreSQL inscrit l’heure de chaque connexion d’Isoloir : elles durent, et ne suivent pas les \
             réponses ; log_connections = off l’évite",
};

const WRITE_AHEAD_LOG: Question = Question {
    name: "server-write-ahead-log",
    title: "Journal d’écriture du serveur",
    advice: "pg_wal garde les dernières écritures dans leur ordre, jusqu’à ce que PostgreSQL réutilise ou efface ses \
             fichiers : chiffrez ce disque, n’en gardez pas de copie, et limitez-le (max_wal_size petit, wal_keep_size = 0, \
             wal_recycle = off)",
};
const LONG_VALUES: Question = Question {
    name: "long-values",
    title: "Valeurs longues rangées à part",
    advice: "PostgreSQL numérote ces morceaux dans l’ordre d’écriture (TOAST) et n’en montre pas la place ; une table \
             réécrite dans l’ordre des identifiants n’y laisse pas de trace",
};

/// The settings that are asked for.
const SETTINGS: &str = "SELECT name::text, setting::text FROM pg_catalog.pg_settings WHERE name IN \
    ('track_commit_timestamp', 'archive_mode', 'log_statement', 'log_min_duration_statement', 'log_duration', \
     'log_min_duration_sample', 'wal_level', 'max_wal_size', 'wal_recycle', 'shared_preload_libraries', \
     'log_connections') \
     UNION ALL SELECT split_part(one, '=', 1) || COALESCE(' de ' || rolname, '') || COALESCE(' sur ' || datname, ''), \
        substr(one, strpos(one, '=') + 1) FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) one \
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
        WHERE s.setdatabase = 0 OR d.datname = current_database() \
     UNION ALL SELECT 'emplacements de réplication', count(*)::text FROM pg_catalog.pg_replication_slots \
     UNION ALL SELECT 'répliques', count(*)::text FROM pg_catalog.pg_stat_replication ORDER BY 1";

/// Whether a setting keeps a history.
fn keeps_history(name: &str, setting: &str) -> bool {
    // The settings of a role or of a database are as they were typed, and bear its name behind theirs.
    let name = if name.starts_with("emplacements") { name } else { name.split(' ').next().unwrap_or(name) };
    let setting = match setting.to_lowercase().as_str() {
        "false" | "no" | "0" if !name.starts_with("emplacements") && name != "répliques" => "off".to_owned(),
        other => other.to_owned(),
    };
    let setting = match (name, setting.as_str()) {
        // Zero is a duration here.
        ("log_min_duration_statement" | "log_min_duration_sample", "off") => "0",
        (_, setting) => setting,
    };
    match name {
        "track_commit_timestamp" | "archive_mode" | "log_duration" => setting != "off",
        "log_statement" => setting != "none",
        "log_min_duration_statement" | "log_min_duration_sample" => setting != "-1",
        "wal_level" => setting == "logical",
        "shared_preload_libraries" => ["pgaudit", "auto_explain"].iter().any(|library| setting.contains(library)),
        "emplacements de réplication" | "répliques" => setting != "0",
        _ => false,
    }
}

pub(crate) async fn check(opened: &mut Opened) -> Vec<Check> {
    let long_values = match &opened.connected {
        Connected::Sqlite { .. } => return Vec::new(),
        Connected::Postgres(_) => long_values(opened).await,
    };
    let mut checks = match settings(opened).await {
        Ok(checks) => checks,
        Err(error) => return vec![HISTORY.impossible(&opened.name, &error)],
    };
    match long_values {
        Ok(tables) if tables.is_empty() => {}
        Ok(tables) => checks.push(LONG_VALUES.note(&opened.name, &tables.join(", "))),
        Err(error) => checks.push(LONG_VALUES.impossible(&opened.name, &error)),
    }
    checks
}

/// What the server's settings say.
async fn settings(opened: &mut Opened) -> Result<Vec<Check>, sqlx::Error> {
    let Connected::Postgres(connection) = &mut opened.connected else { return Ok(Vec::new()) };
    let rows = sqlx::query(SETTINGS).fetch_all(connection).await?;
    let settings: Vec<(String, String)> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
    let value = |wanted: &str| settings.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
    let kept: Vec<String> = settings
        .iter()
        .filter(|(name, setting)| keeps_history(name, setting))
        .map(|(name, setting)| format!("{name} = {setting}"))
        .collect();
    let measured = if kept.is_empty() {
        format!("{} réglages lus, aucun ne garde d’historique", settings.len())
    } else {
        kept.join(", ")
    };
    let mut checks = vec![HISTORY.judge(&opened.name, kept.is_empty(), &measured)];
    if !matches!(value("log_connections"), "off" | "") {
        checks.push(CONNECTIONS.note(&opened.name, &format!("log_connections = {}", value("log_connections"))));
    }
    let log = format!("jusqu’à {} Mo, wal_recycle = {}", value("max_wal_size"), value("wal_recycle"));
    checks.push(WRITE_AHEAD_LOG.note(&opened.name, &log));
    Ok(checks)
}

/// The tables whose long values PostgreSQL keeps apart.
async fn long_values(opened: &mut Opened) -> Result<Vec<String>, sqlx::Error> {
    let random: Vec<String> =
        opened.tables.iter().filter(|table| table.random_key.is_some()).map(|table| table.name.clone()).collect();
    let Connected::Postgres(connection) = &mut opened.connected else { return Ok(Vec::new()) };
    let sql = "SELECT relname::text FROM pg_catalog.pg_class WHERE relnamespace = current_schema()::regnamespace \
               AND relname = ANY ($1) AND reltoastrelid <> 0 AND pg_relation_size(reltoastrelid) > 0 ORDER BY relname";
    sqlx::query_scalar(sql).bind(random).fetch_all(connection).await
}
