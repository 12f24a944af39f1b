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

/// The settings that are asked for.
const SETTINGS: &str = "SELECT name::text, setting::text FROM pg_catalog.pg_settings WHERE name IN \
    ('track_commit_timestamp', 'archive_mode', 'log_statement', 'log_min_duration_statement', 'log_duration', \
     'log_min_duration_sample', 'wal_level', 'shared_preload_libraries', 'log_connections') \
     UNION ALL SELECT 'emplacements de réplication', count(*)::text FROM pg_catalog.pg_replication_slots \
     UNION ALL SELECT 'répliques', count(*)::text FROM pg_catalog.pg_stat_replication ORDER BY 1";

/// Whether a setting keeps a history.
fn keeps_history(name: &str, setting: &str) -> bool {
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
    let Connected::Postgres(connection) = &mut opened.connected else { return Vec::new() };
    let rows = match sqlx::query(SETTINGS).fetch_all(connection).await {
        Ok(rows) => rows,
        Err(error) => return vec![HISTORY.impossible(&opened.name, &error)],
    };
    let settings: Result<Vec<(String, String)>, sqlx::Error> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return vec![HISTORY.impossible(&opened.name, &error)],
    };
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
    let connections = settings.iter().find(|(name, _)| name == "log_connections").map(|(_, setting)| setting.as_str());
    if let Some(setting) = connections.filter(|setting| !matches!(*setting, "off" | "")) {
        checks.push(CONNECTIONS.note(&opened.name, &format!("log_connections = {setting}")));
    }
    checks
}
