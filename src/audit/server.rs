//! Settings of a PostgreSQL server that write down who did what when, outside of any table.

use sqlx::Row;

use crate::french::count;
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
const OTHER_DATABASES: Question = Question {
    name: "other-databases",
    title: "Autres bases du même serveur",
    advice: "l’audit ne lit que la base de chaque rôle : demandez à qui administre PostgreSQL ce que contiennent les autres, et \
             gardez si possible ce serveur pour Isoloir seul",
};
/// Beside this one, those that every server has.
const OTHERS: &str = "SELECT count(*) FROM pg_catalog.pg_database WHERE datname <> current_database() \
    AND NOT datistemplate AND datname <> 'postgres'";
const LONG_VALUES: Question = Question {
    name: "long-values",
    title: "Valeurs longues rangées à part",
    advice: "PostgreSQL numérote ces morceaux dans l’ordre d’écriture (TOAST) et n’en montre pas la place ; une table \
             réécrite dans l’ordre des identifiants n’y laisse pas de trace",
};

/// The settings that are asked for: those of this connection, those of any role or database, and who copies the log.
const SETTINGS: &str = "SELECT name::text, setting::text FROM pg_catalog.pg_settings WHERE name IN \
    ('track_commit_timestamp', 'archive_mode', 'log_statement', 'log_min_duration_statement', 'log_duration', \
     'log_min_duration_sample', 'log_transaction_sample_rate', 'log_parser_stats', 'log_planner_stats', \
     'log_executor_stats', 'log_statement_stats', 'log_min_messages', 'debug_print_parse', 'debug_print_rewritten', \
     'debug_print_plan', 'summarize_wal', 'wal_level', 'max_wal_size', 'wal_recycle', 'shared_preload_libraries', \
     'session_preload_libraries', 'local_preload_libraries', 'log_connections') \
     UNION ALL SELECT split_part(one, '=', 1) || COALESCE(' de ' || rolname, '') || COALESCE(' sur ' || datname, ''), \
        substr(one, strpos(one, '=') + 1) FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) one \
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
        WHERE s.setdatabase = 0 OR d.datname = current_database() \
     UNION ALL SELECT 'emplacements de réplication', count(*)::text FROM pg_catalog.pg_replication_slots \
     UNION ALL SELECT 'répliques', count(*)::text FROM pg_catalog.pg_stat_replication ORDER BY 1";

/// Libraries that count statements or warm up memory, and keep neither values nor hours.
const HARMLESS: [&str; 2] = ["pg_stat_statements", "pg_prewarm"];

/// Whether a setting keeps a history.
fn keeps_history(name: &str, setting: &str) -> bool {
    // The settings of a role or of a database are as they were typed, and bear its name behind theirs.
    let name = if name.starts_with("emplacements") { name } else { name.split(' ').next().unwrap_or(name) };
    let setting = setting.to_lowercase();
    let is_off = matches!(setting.as_str(), "off" | "false" | "no" | "0");
    match name {
        "track_commit_timestamp"
        | "archive_mode"
        | "log_duration"
        | "log_transaction_sample_rate"
        | "summarize_wal"
        | "log_parser_stats"
        | "log_planner_stats"
        | "log_executor_stats"
        | "log_statement_stats"
        | "debug_print_parse"
        | "debug_print_rewritten"
        | "debug_print_plan" => !is_off,
        "log_statement" => setting != "none",
        "log_min_messages" => setting.starts_with("debug"),
        "log_min_duration_statement" | "log_min_duration_sample" => setting != "-1",
        "wal_level" => setting == "logical",
        "shared_preload_libraries" | "session_preload_libraries" | "local_preload_libraries" => {
            let mut libraries = setting.split([',', ' ', '"', '\'']).filter(|library| !library.is_empty());
            libraries.any(|library| !HARMLESS.contains(&library))
        }
        "emplacements de réplication" | "répliques" => setting != "0",
        // A setting of a library, or one that somebody made up to keep a text in.
        name => name.contains('.'),
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
    if let Connected::Postgres(connection) = &mut opened.connected {
        let others: i64 = sqlx::query_scalar(OTHERS).fetch_one(connection).await?;
        let others = count(others.unsigned_abs(), "autre base", "autres bases");
        checks.push(OTHER_DATABASES.note(&opened.name, &format!("{others}, que l’audit ne lit pas")));
    }
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

/// Which server a connection is to, wherever it lies, which database of it, and which schema.
const IDENTITY: &str = "SELECT CASE WHEN has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') \
    THEN (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) \
    ELSE pg_catalog.pg_postmaster_start_time()::text END, oid::text, current_schema()::text \
    FROM pg_catalog.pg_database WHERE datname = current_database()";

/// How near to each other the databases of both roles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nearness {
    Apart,
    /// In two databases of one `PostgreSQL` server.
    OneServer,
    OneDatabase,
}

/// How near both roles are, under whatever addresses and in whatever schemas. In one database, each is told of the other's
/// schema.
pub(crate) async fn nearness(issuer: &mut Opened, collector: &mut Opened) -> Result<Nearness, sqlx::Error> {
    let (Connected::Postgres(one), Connected::Postgres(other)) = (&mut issuer.connected, &mut collector.connected)
    else {
        return Ok(Nearness::Apart);
    };
    let (server, one, schema): (String, String, String) = sqlx::query_as(IDENTITY).fetch_one(one).await?;
    let (others_server, other, others_schema): (String, String, String) =
        sqlx::query_as(IDENTITY).fetch_one(other).await?;
    if server != others_server {
        return Ok(Nearness::Apart);
    }
    if one != other {
        return Ok(Nearness::OneServer);
    }
    issuer.others_schema = Some(others_schema);
    collector.others_schema = Some(schema);
    Ok(Nearness::OneDatabase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_keeps_a_history_is_told_from_one_that_does_not() {
        for (name, setting) in [
            ("track_commit_timestamp", "on"),
            ("archive_mode", "always"),
            ("log_statement", "mod"),
            ("log_statement de urne sur urne", "all"),
            ("log_min_duration_statement", "0"),
            ("log_transaction_sample_rate", "0.5"),
            ("log_executor_stats", "on"),
            ("log_min_messages", "debug2"),
            ("debug_print_parse sur urne", "on"),
            ("wal_level", "logical"),
            ("shared_preload_libraries", "pg_stat_statements, pgaudit"),
            ("session_preload_libraries de urne", "\"auto_explain\""),
            ("isoloir.ordre sur urne", "4 2 3 1"),
            ("emplacements de réplication", "1"),
        ] {
            assert!(keeps_history(name, setting), "{name} = {setting}");
        }
        for (name, setting) in [
            ("track_commit_timestamp", "off"),
            ("log_statement", "none"),
            ("log_duration de urne", "off"),
            ("log_min_messages", "warning"),
            ("log_transaction_sample_rate", "0"),
            ("wal_level", "replica"),
            ("shared_preload_libraries", ""),
            ("shared_preload_libraries", "pg_stat_statements"),
            ("répliques", "0"),
            ("search_path de urne", "urne"),
        ] {
            assert!(!keeps_history(name, setting), "{name} = {setting}");
        }
    }
}
