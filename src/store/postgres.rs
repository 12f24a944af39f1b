//! Databases on a `PostgreSQL` server, which several processes may share.

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::database::{ACQUIRE_TIMEOUT, MAX_CONNECTIONS};
use crate::{StoreError, Table, Transaction};

/// The advisory lock of a database: “Isoloir” as a number. Whoever writes holds it to the end of the transaction, so that
/// processes take turns: what one reads, no other changes before it has written.
macro_rules! lock {
    () => {
        "20674595697682802"
    };
}

pub(crate) const BEGIN: [&str; 1] = [concat!("BEGIN; SELECT pg_advisory_xact_lock(", lock!(), ")")];
/// A single statement that reads waits until nobody writes, since rewriting a table empties it for whoever started before.
pub(crate) const BEGIN_READING: [&str; 1] =
    [concat!("BEGIN READ ONLY; SELECT pg_advisory_xact_lock_shared(", lock!(), ")")];

/// What each connection is set to, whatever the server's own settings. A process that vanished in the middle of a
/// transaction must not keep the others out for long.
const SETTINGS: [(&str, &str); 5] = [
    ("synchronous_commit", "on"),
    ("lock_timeout", "8s"),
    ("statement_timeout", "60s"),
    ("idle_in_transaction_session_timeout", "20s"),
    ("client_min_messages", "warning"),
];
/// One of them, as the server writes it: who does not find it there is not talking to the server itself. A pooler that hands out
/// connections by transaction would also lose the locks that are held between two of them.
const PROOF: (&str, &str) = ("lock_timeout", "8s");
/// What the server itself must be set to, or a power cut would lose what was acknowledged.
const DURABLE: [&str; 2] = ["fsync", "full_page_writes"];

pub(crate) async fn open(options: &PgConnectOptions, place: &str) -> Result<PgPool, StoreError> {
    let connect = |reason| StoreError::Connect { place: place.to_owned(), reason };
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.clone().application_name("isoloir").options(SETTINGS).disable_statement_logging())
        .await
        .map_err(connect)?;
    for (setting, needed) in DURABLE.map(|setting| (setting, "on")).into_iter().chain([PROOF]) {
        let (value,): (String,) =
            sqlx::query_as("SELECT current_setting($1)").bind(setting).fetch_one(&pool).await.map_err(connect)?;
        if value != needed && setting == PROOF.0 {
            return Err(StoreError::Pooled { place: place.to_owned() });
        } else if value != needed {
            return Err(StoreError::NotDurable { place: place.to_owned(), setting, value });
        }
    }
    Ok(pool)
}

/// Rewriting needs temporary tables and the right to empty a table. Without them a server would take answers and never forget
/// their order.
pub(crate) async fn check_rights(pool: &PgPool, place: &str) -> Result<(), StoreError> {
    let (is_allowed,): (bool,) = sqlx::query_as(
        "SELECT has_database_privilege(current_database(), 'TEMP') AND NOT EXISTS (SELECT FROM pg_tables \
         WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations' \
         AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), 'TRUNCATE'))",
    )
    .fetch_one(pool)
    .await?;
    if is_allowed { Ok(()) } else { Err(StoreError::Rights { place: place.to_owned() }) }
}

/// Begins a transaction that goes on seeing these tables as they are now. It holds them, so that they are not rewritten
/// meanwhile, but lets others write: the lock is given back once the state is fixed.
pub(crate) fn begin_snapshot(tables: &[Table]) -> [String; 2] {
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let (lock, names) = (lock!(), names.join(", "));
    [
        format!("SELECT pg_advisory_lock_shared({lock})"),
        format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE {names} IN ACCESS SHARE MODE; SELECT 1; \
             SELECT pg_advisory_unlock_shared({lock})"
        ),
    ]
}

/// Writes each table anew in key order, in the transaction's own name: every row then has the same transaction number, its
/// place follows from its key, and rows that were deleted or replaced are gone with the old file. `VACUUM (FULL, FREEZE)` is
/// not enough: it keeps the old order of places, and the old transaction numbers stay readable.
pub(crate) async fn rewrite(transaction: &mut Transaction, tables: &[Table]) -> Result<(), StoreError> {
    // Whoever copies the tables holds them for a while, and residents must not wait for that.
    transaction.run(AssertSqlSafe("SET LOCAL lock_timeout = '200ms'".to_owned())).await?;
    for table in tables {
        let (name, key) = (table.name, table.key());
        for sql in [
            format!("CREATE TEMPORARY TABLE rewritten ON COMMIT DROP AS SELECT * FROM {name}"),
            format!("TRUNCATE {name}"),
            format!("INSERT INTO {name} SELECT * FROM rewritten ORDER BY {key}"),
            "DROP TABLE rewritten".to_owned(),
        ] {
            transaction.run(AssertSqlSafe(sql)).await?;
        }
    }
    Ok(())
}

pub(crate) async fn size_bytes(pool: &PgPool, tables: &[Table]) -> Result<u64, StoreError> {
    let mut bytes = 0;
    for table in tables {
        let (size,): (i64,) =
            sqlx::query_as("SELECT pg_relation_size($1::regclass)").bind(table.name).fetch_one(pool).await?;
        bytes += size.unsigned_abs();
    }
    Ok(bytes)
}
