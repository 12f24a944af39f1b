//! PostgreSQL databases, as the server leaves them, and then with one leak each.

use std::sync::Arc;

use isoloir_audit::{Database, Report, Subject, Verdict, audit};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::ballot_box::{Content, SETTINGS, answers, assert_fails_only, failed, questionnaire};
use crate::cluster::Cluster;

const COLLECTOR: &str = "
    CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL,
        execution_time BIGINT NOT NULL);
    INSERT INTO _sqlx_migrations VALUES (1, 'ballot box', now(), true, decode(repeat('7e', 48), 'hex'), 1234567);
    CREATE TABLE surveys (survey TEXT PRIMARY KEY, version TEXT NOT NULL, token_key BYTEA NOT NULL,
        questionnaire TEXT NOT NULL, closed BOOLEAN NOT NULL);
    CREATE TABLE spent (mark BYTEA PRIMARY KEY, survey TEXT NOT NULL);
    CREATE TABLE intake_marks (mark BYTEA PRIMARY KEY, survey TEXT NOT NULL);
    CREATE TABLE intake (id BYTEA PRIMARY KEY, survey TEXT NOT NULL, version TEXT NOT NULL, answers TEXT NOT NULL);
    CREATE TABLE responses (id BYTEA PRIMARY KEY, survey TEXT NOT NULL, version TEXT NOT NULL, answers TEXT NOT NULL);
    CREATE TABLE free_texts (id BYTEA PRIMARY KEY, survey TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE channels (survey TEXT, channel TEXT, responses BIGINT NOT NULL, PRIMARY KEY (survey, channel));
    CREATE TABLE intake_channels (survey TEXT, channel TEXT, responses BIGINT NOT NULL, PRIMARY KEY (survey, channel));
    CREATE TABLE imports (fingerprint BYTEA PRIMARY KEY, survey TEXT NOT NULL);
    INSERT INTO channels VALUES ('mauges-2026', 'papier', 40);
    INSERT INTO imports VALUES (decode(repeat('9d', 32), 'hex'), 'mauges-2026');
    INSERT INTO surveys VALUES ('mauges-2020', 'v', '\\x3082015d', '{\"id\":\"mauges-2020\",\"pages\":[]}', true);";
const ISSUER: &str = "
    CREATE TABLE surveys (survey TEXT PRIMARY KEY, access TEXT NOT NULL, opens TEXT, closes TEXT,
        closed BOOLEAN NOT NULL, token_key_id BYTEA NOT NULL);
    CREATE TABLE invitations (code_mac BYTEA PRIMARY KEY, survey TEXT NOT NULL, used BOOLEAN NOT NULL,
        blinded_hash BYTEA NOT NULL);
    INSERT INTO surveys VALUES ('mauges-2026', 'invitation', '2026-03-01', '2026-12-31', false, '\\x30');";
/// Nothing is learnt about the rows of tables with random keys.
const NO_STATISTICS: &str = "DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT relname, attname, attnum FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0
        AND relname NOT IN ('surveys', '_sqlx_migrations') ORDER BY attnum LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', c.relname, c.attname);
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = false)', c.relname);
    END LOOP; END $$";
const INSERT_RESPONSE: &str = "INSERT INTO responses VALUES ($1, 'mauges-2026', 'v', $2)";

pub(crate) struct Installation {
    /// Keeps the server running as long as the test does.
    _cluster: Arc<Cluster>,
    issuer: String,
    collector: String,
    pub(crate) content: Content,
}

/// The collector's tables, without rows.
async fn make_collector(connection: &mut PgConnection) {
    connection.execute(COLLECTOR).await.unwrap();
    connection.execute(NO_STATISTICS).await.unwrap();
    let insert = sqlx::query("INSERT INTO surveys VALUES ('mauges-2026', 'v', '\\x3082015c', $1, false)");
    insert.bind(questionnaire()).execute(connection).await.unwrap();
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let cluster = Cluster::shared();
        let (issuer, collector) = (cluster.database(), cluster.database());
        Self::of(cluster, issuer, collector).await
    }

    async fn of(cluster: Arc<Cluster>, issuer: String, collector: String) -> Self {
        let installation = Self { _cluster: cluster, issuer, collector, content: Content::new(13) };
        let content = &installation.content;

        let mut connection = PgConnection::connect(&installation.issuer).await.unwrap();
        connection.execute(ISSUER).await.unwrap();
        connection.execute(NO_STATISTICS).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        for (mac, used, hash) in &content.invitations {
            let sql = "INSERT INTO invitations VALUES ($1, 'mauges-2026', $2, $3)";
            let insert = sqlx::query(sql).bind(&mac[..]).bind(used).bind(&hash[..]);
            insert.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        connection.close().await.unwrap();

        let mut connection = PgConnection::connect(&installation.collector).await.unwrap();
        make_collector(&mut connection).await;
        let mut transaction = connection.begin().await.unwrap();
        for (table, marks) in [("spent", &content.spent), ("intake_marks", &content.intake_marks)] {
            for mark in marks {
                let sql = AssertSqlSafe(format!("INSERT INTO {table} VALUES ($1, 'mauges-2026')"));
                sqlx::query(sql).bind(&mark[..]).execute(&mut *transaction).await.unwrap();
            }
        }
        for (table, rows) in
            [("responses", &content.responses), ("intake", &content.intake), ("free_texts", &content.free_texts)]
        {
            for (id, text) in rows {
                let sql = AssertSqlSafe(format!("INSERT INTO {table} VALUES ($1, 'mauges-2026', 'v', $2)"));
                sqlx::query(sql).bind(&id[..]).bind(text).execute(&mut *transaction).await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
        connection.close().await.unwrap();
        installation
    }

    pub(crate) fn url(&self, role: &str) -> &str {
        if role == "issuer" { &self.issuer } else { &self.collector }
    }

    /// Runs statements, each in a transaction of its own.
    pub(crate) async fn change(&self, url: &str, statements: &[&str]) {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for statement in statements {
            connection.execute(AssertSqlSafe(*statement)).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    pub(crate) async fn report(&self) -> Report {
        audit(&Subject {
            issuer: Some(Database::Postgres(self.issuer.clone())),
            collector: Some(Database::Postgres(self.collector.clone())),
            data: None,
            logs: Vec::new(),
            settings: SETTINGS,
        })
        .await
    }
}

/// Writes a table anew in one transaction, in the order of its keys: what leaves no trace.
pub(crate) fn rewrite(table: &str, key: &str) -> String {
    format!(
        "BEGIN; CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM {table}; TRUNCATE {table}; \
         INSERT INTO {table} SELECT * FROM kept ORDER BY {key}; COMMIT"
    )
}

#[tokio::test]
async fn tables_as_the_server_leaves_them_pass_every_check() {
    let installation = Installation::new().await;
    let report = installation.report().await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
    assert!(report.checks.iter().any(|check| check.name == "write-history"));
}

#[tokio::test]
async fn columns_that_tell_a_time_or_an_address_are_seen() {
    for (column, name) in [
        ("round TIMESTAMPTZ", "times"),
        ("used_at TEXT", "times"),
        ("round BIGINT NOT NULL DEFAULT 1793232000", "times"),
        ("origin INET", "addresses"),
        ("user_agent TEXT", "addresses"),
        ("number BIGINT GENERATED BY DEFAULT AS IDENTITY", "row-numbers"),
    ] {
        let installation = Installation::new().await;
        let alter = format!("ALTER TABLE spent ADD COLUMN {column}");
        // A volatile default makes PostgreSQL write the table anew, in the order in which it lies.
        installation.change(&installation.collector, &[&alter, &rewrite("spent", "mark")]).await;
        assert_fails_only(&installation.report().await, name);
    }
}

#[tokio::test]
async fn a_sequence_is_seen() {
    let installation = Installation::new().await;
    installation.change(&installation.issuer, &["CREATE SEQUENCE arrivals"]).await;
    assert_fails_only(&installation.report().await, "row-numbers");
}

#[tokio::test]
async fn keys_that_follow_a_clock_are_seen() {
    let installation = Installation::new().await;
    let clock = "UPDATE responses SET id = substr(decode(lpad(to_hex(1793232000000 + 61000::bigint * \
                 (('x' || left(encode(id, 'hex'), 4))::bit(16)::int)), 12, '0'), 'hex') || '\\x7abc8def'::bytea \
                 || substr(id, 9), 1, 16)";
    installation.change(&installation.collector, &[clock, &rewrite("responses", "id")]).await;
    assert_fails_only(&installation.report().await, "key-randomness");
}

/// One transaction, but in the order in which they came.
#[tokio::test]
async fn rows_that_lie_in_the_order_in_which_they_came_are_seen() {
    let installation = Installation::new().await;
    let mut rows = installation.content.responses.clone();
    rows.shuffle(&mut StdRng::seed_from_u64(2));
    let mut connection = PgConnection::connect(&installation.collector).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    transaction.execute("TRUNCATE responses").await.unwrap();
    for (id, answers) in &rows {
        let insert = sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers);
        insert.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_fails_only(&installation.report().await, "physical-order");
    // Neither of these moves a row past another.
    connection.execute("VACUUM (FULL, FREEZE) responses").await.unwrap();
    assert_fails_only(&installation.report().await, "physical-order");
    connection.execute(AssertSqlSafe(rewrite("responses", "id"))).await.unwrap();
    assert_eq!(failed(&installation.report().await), Vec::<&str>::new());
    connection.close().await.unwrap();
}

/// Most lie in the order of their keys, and some behind them in the order in which they came, all in one transaction.
#[tokio::test]
async fn a_part_of_the_rows_in_another_order_is_seen() {
    let every_tenth =
        "substr(id, 16, 1) < '\\x1a', CASE WHEN substr(id, 16, 1) < '\\x1a' THEN substr(id, 9) ELSE id END";
    let two_orders = "row_number() OVER (PARTITION BY substr(id, 16, 1) < '\\x80' ORDER BY id)";
    let pages_shuffled_within = "substr(id, 1, 1), substr(id, 9)";
    for order in [every_tenth, two_orders, pages_shuffled_within, "id DESC"] {
        let installation = Installation::new().await;
        let mut connection = PgConnection::connect(&installation.collector).await.unwrap();
        let mut rng = StdRng::seed_from_u64(3);
        for _ in 0..1_000 {
            let id: [u8; 16] = rng.random();
            let insert = sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers(&mut rng));
            insert.execute(&mut connection).await.unwrap();
        }
        connection.execute(AssertSqlSafe(rewrite("responses", order))).await.unwrap();
        assert_fails_only(&installation.report().await, "physical-order");
        connection.close().await.unwrap();
    }
}

/// In the order of their keys, but each in a transaction whose number stays with it.
#[tokio::test]
async fn rows_that_were_written_one_by_one_are_seen() {
    for rows in [3, 140] {
        let installation = Installation::new().await;
        let mut connection = PgConnection::connect(&installation.collector).await.unwrap();
        connection.execute("TRUNCATE responses").await.unwrap();
        for (id, answers) in &installation.content.responses[..rows] {
            let insert = sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers);
            insert.execute(&mut connection).await.unwrap();
        }
        assert_fails_only(&installation.report().await, "write-history");
        // The numbers are not forgotten by freezing, nor by moving the rows.
        connection.execute("VACUUM (FULL, FREEZE) responses").await.unwrap();
        connection.execute("CLUSTER responses USING responses_pkey").await.unwrap();
        assert_fails_only(&installation.report().await, "write-history");
        connection.execute(AssertSqlSafe(rewrite("responses", "id"))).await.unwrap();
        assert_eq!(failed(&installation.report().await), Vec::<&str>::new());
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn rewritten_tables_of_any_size_pass() {
    let mut rng = StdRng::seed_from_u64(17);
    for rows in [2, 12, 40, 700] {
        let installation = Installation::new().await;
        let mut connection = PgConnection::connect(&installation.collector).await.unwrap();
        connection.execute("DELETE FROM responses").await.unwrap();
        for _ in 0..rows {
            let id: [u8; 16] = rng.random();
            let insert = sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers(&mut rng));
            insert.execute(&mut connection).await.unwrap();
        }
        connection.execute(AssertSqlSafe(rewrite("responses", "id"))).await.unwrap();
        let report = installation.report().await;
        assert_eq!(failed(&report), Vec::<&str>::new(), "{rows} rows\n{}", report.to_text());
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn deleted_rows_whose_bytes_are_still_there_are_seen() {
    for leak in
        ["DELETE FROM responses WHERE id < '\\x10'", "DELETE FROM free_texts WHERE id BETWEEN '\\x20' AND '\\x80'"]
    {
        let installation = Installation::new().await;
        installation.change(&installation.collector, &[leak]).await;
        assert_fails_only(&installation.report().await, "leftovers");
        let rewritten = [rewrite("responses", "id"), rewrite("free_texts", "id")];
        installation.change(&installation.collector, &[&rewritten[0], &rewritten[1]]).await;
        assert_eq!(failed(&installation.report().await), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn what_joins_codes_marks_and_responses_is_seen() {
    let content = Content::new(13);
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let ended = "UPDATE surveys SET closed = true".to_owned();
    let in_both = format!("INSERT INTO spent VALUES ('\\x{}', 'mauges-2026')", hex(&content.invitations[9].0));
    let of_mark =
        format!("INSERT INTO responses VALUES ('\\x{}', 'mauges-2026', 'v', '{{}}')", hex(&content.spent[4][8..24]));
    for (leak, name) in [(ended, "intake"), (in_both, "issuer-against-collector"), (of_mark, "marks-apart")] {
        let installation = Installation::new().await;
        let statements = [leak, rewrite("spent", "mark"), rewrite("responses", "id")];
        installation.change(&installation.collector, &statements.each_ref().map(String::as_str)).await;
        assert_fails_only(&installation.report().await, name);
    }
}

#[tokio::test]
async fn a_server_that_writes_history_down_is_seen() {
    for setting in ["log_statement = ''mod''", "debug_print_parse = on", "isoloir.arrivals = ''4 2 3 1''"] {
        let installation = Installation::new().await;
        let set = format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END $$");
        installation.change(&installation.collector, &[&set]).await;
        assert_fails_only(&installation.report().await, "server-history");
    }
}

/// What cannot be judged is told.
#[tokio::test]
async fn long_values_and_the_log_of_writes_are_told() {
    let installation = Installation::new().await;
    let noted = |report: &Report| {
        let notes = report.checks.iter().filter(|check| check.verdict == Verdict::Note);
        notes.map(|check| (check.name, check.measured.clone())).collect::<Vec<_>>()
    };
    let before = noted(&installation.report().await);
    assert!(before.iter().any(|(name, _)| *name == "server-write-ahead-log"), "{before:?}");
    assert!(!before.iter().any(|(name, _)| *name == "long-values"), "{before:?}");
    let long = "UPDATE free_texts SET text = (SELECT string_agg(md5(text || n::text), '') FROM generate_series(1, 200) n) \
                WHERE id < '\\x20'";
    installation.change(&installation.collector, &[long, &rewrite("free_texts", "id")]).await;
    let report = installation.report().await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
    assert!(noted(&report).contains(&("long-values", "free_texts".to_owned())), "{}", report.to_text());
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_failure_and_its_return_is_none() {
    let cluster = Cluster::start(&[]);
    let url = cluster.database();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    make_collector(&mut connection).await;
    drop(connection);
    let subject = Subject {
        issuer: None,
        collector: Some(Database::Postgres(url)),
        data: None,
        logs: Vec::new(),
        settings: SETTINGS,
    };
    cluster.crash();
    assert_fails_only(&audit(&subject).await, "readable");
    cluster.start_again(&[]);
    let report = audit(&subject).await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
}

#[tokio::test]
async fn what_the_planner_keeps_of_rows_is_seen() {
    for leak in [
        &["ALTER TABLE responses ALTER COLUMN answers SET STATISTICS -1"] as &[&str],
        &["ALTER TABLE intake_marks RESET (autovacuum_enabled)"],
        // The hour alone, and then the values alone.
        &["ANALYZE spent", "SELECT pg_sleep(1.1)"],
        &[
            "ALTER TABLE intake ALTER COLUMN answers SET STATISTICS 100",
            "ANALYZE intake",
            "ALTER TABLE intake ALTER COLUMN answers SET STATISTICS 0",
            "SELECT pg_stat_reset_single_table_counters('intake'::regclass)",
        ],
    ] {
        let installation = Installation::new().await;
        installation.change(&installation.collector, leak).await;
        assert_fails_only(&installation.report().await, "server-statistics");
    }
}

/// Rows of less than 127 bytes, which PostgreSQL sorts in a shorter form than it keeps.
#[tokio::test]
async fn short_texts_leave_no_gap() {
    let mut rng = StdRng::seed_from_u64(29);
    for rows in [100, 400] {
        let installation = Installation::new().await;
        let mut connection = PgConnection::connect(&installation.collector).await.unwrap();
        for index in 0..rows {
            let id: [u8; 16] = rng.random();
            let text = "Un médecin de plus ".repeat(rng.random_range(0..3));
            let insert = sqlx::query("INSERT INTO free_texts VALUES ($1, 'mauges-2026', 'v', $2)");
            insert.bind(&id[..]).bind(format!("{text}{index}")).execute(&mut connection).await.unwrap();
        }
        connection.execute(AssertSqlSafe(rewrite("free_texts", "id"))).await.unwrap();
        let report = installation.report().await;
        assert_eq!(failed(&report), Vec::<&str>::new(), "{rows} rows\n{}", report.to_text());
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_catalogue_holds_beyond_the_expected_tables_is_seen() {
    for leak in [
        &[
            "CREATE TABLE notes (id BYTEA PRIMARY KEY, survey TEXT)",
            "ALTER TABLE notes SET (autovacuum_enabled = false), ALTER id SET STATISTICS 0, ALTER survey SET STATISTICS 0",
        ] as &[&str],
        &["CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.notes (text TEXT)"],
        &["CREATE VIEW pairs AS SELECT mark, id FROM spent, responses"],
        &["CREATE MATERIALIZED VIEW waiting AS SELECT answers FROM intake"],
        &["CREATE FUNCTION now_and_then() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'"],
        &[
            "CREATE TRIGGER same BEFORE UPDATE ON spent FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ],
        &["CREATE RULE nothing AS ON DELETE TO spent DO INSTEAD NOTHING"],
        &["CREATE INDEX by_answers ON responses (md5(answers))"],
        &["CREATE STATISTICS both_columns ON survey, version FROM responses"],
        &["CREATE SEQUENCE pg_temp.arrivals", "CREATE PUBLICATION everything FOR ALL TABLES"],
        &["SELECT lo_from_bytea(0, 'order')"],
        &["COMMENT ON TABLE spent IS '4 2 3 1'"],
        &["COMMENT ON COLUMN responses.answers IS '4 2 3 1'"],
        &["CREATE TYPE arrivals AS ENUM ('4', '2', '3', '1')"],
        &["CREATE DOMAIN arrival AS TEXT DEFAULT '4 2 3 1'"],
        &["ALTER TABLE spent ALTER COLUMN survey SET DEFAULT '4 2 3 1'"],
        &["ALTER TABLE spent ADD CONSTRAINT arrivals CHECK (survey <> '4 2 3 1')"],
        &["CREATE POLICY arrivals ON spent USING (survey <> '4 2 3 1')"],
        &["CREATE COLLATION arrivals (locale = 'C')"],
        &["CREATE TEXT SEARCH CONFIGURATION arrivals (COPY = simple)"],
        &["SET allow_system_table_mods = on; CREATE TABLE pg_catalog.arrivals (number INT)"],
    ] {
        let installation = Installation::new().await;
        installation.change(&installation.collector, leak).await;
        assert_fails_only(&installation.report().await, "schema");
    }
}

/// Settings of a role that is not the audit's.
#[tokio::test]
async fn a_role_whose_statements_are_written_down_is_seen() {
    let cluster = Arc::new(Cluster::start(&[]));
    let (issuer, collector) = (cluster.database(), cluster.database());
    let installation = Installation::of(cluster, issuer, collector).await;
    let other = ["CREATE ROLE urne LOGIN", "ALTER ROLE urne SET log_duration = 'off'"];
    installation.change(&installation.collector, &other).await;
    assert_eq!(failed(&installation.report().await), Vec::<&str>::new());
    let in_database = "DO $$ BEGIN EXECUTE format('ALTER ROLE urne IN DATABASE %I SET log_statement = ''all''', \
                       current_database()); END $$";
    installation.change(&installation.collector, &[in_database]).await;
    assert_fails_only(&installation.report().await, "server-history");
}

/// Under two addresses, in two schemas.
#[tokio::test]
async fn both_roles_in_one_database_are_seen() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let with_schema = |schema: &str| {
        cluster.run(&database, &format!("CREATE SCHEMA {schema}"));
        format!("{database}?options=-csearch_path%3D{schema}")
    };
    let (issuer, collector) = (with_schema("codes"), with_schema("urne"));
    let installation = Installation::of(Arc::clone(&cluster), issuer, collector).await;
    assert_fails_only(&installation.report().await, "role-separation");
}
