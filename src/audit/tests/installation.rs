//! An installation of SQLite files, made as the server makes them.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::PathBuf;

use isoloir_audit::{Database, Report, Subject, audit};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::ballot_box::{Content, SETTINGS, questionnaire};

const COLLECTOR: &str = "
    CREATE TABLE surveys (survey TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, token_key BLOB NOT NULL,
        questionnaire TEXT NOT NULL, closed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE spent (mark BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE intake_marks (mark BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE intake (id BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL, version TEXT NOT NULL,
        answers TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE responses (id BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL, version TEXT NOT NULL,
        answers TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE free_texts (id BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL, question TEXT NOT NULL,
        text TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE channels (survey TEXT NOT NULL, channel TEXT NOT NULL, responses INTEGER NOT NULL,
        PRIMARY KEY (survey, channel)) STRICT, WITHOUT ROWID;
    CREATE TABLE intake_channels (survey TEXT NOT NULL, channel TEXT NOT NULL, responses INTEGER NOT NULL,
        PRIMARY KEY (survey, channel)) STRICT, WITHOUT ROWID;
    CREATE TABLE imports (fingerprint BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO channels VALUES ('mauges-2026', 'papier', 40);
    INSERT INTO imports VALUES (randomblob(32), 'mauges-2026');
    CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
        execution_time BIGINT NOT NULL);
    INSERT INTO _sqlx_migrations VALUES (1, 'ballot box', '2026-03-01 10:00:00', 1, randomblob(48), 1234567);
    INSERT INTO surveys VALUES ('mauges-2020', 'v', x'3082015d', '{\"id\":\"mauges-2020\",\"pages\":[]}', 1);";
const ISSUER: &str = "
    CREATE TABLE surveys (survey TEXT NOT NULL PRIMARY KEY, access TEXT NOT NULL, opens TEXT, closes TEXT,
        closed INTEGER NOT NULL, token_key_id BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE invitations (code_mac BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL, used INTEGER NOT NULL,
        blinded_hash BLOB NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO surveys VALUES ('mauges-2026', 'invitation', '2026-03-01', '2026-12-31', 0, x'30');";
pub(crate) const INSERT_RESPONSE: &str = "INSERT INTO responses VALUES ($1, 'mauges-2026', 'v', $2)";

/// What is done to a database before the server would leave it alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The file is rewritten.
    Vacuum,
    /// It stays as the statements left it.
    Leave,
}

pub(crate) struct Installation {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) content: Content,
}

impl Installation {
    /// An installation as the server leaves it.
    pub(crate) async fn new() -> Self {
        let installation = Self { folder: tempfile::tempdir().unwrap(), content: Content::new(11) };
        std::fs::set_permissions(installation.folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        for (role, schema) in [("issuer", ISSUER), ("collector", COLLECTOR)] {
            std::fs::DirBuilder::new().mode(0o700).create(installation.folder.path().join(role)).unwrap();
            let mut connection = installation.connect(role, true).await;
            connection.execute(schema).await.unwrap();
            let mut transaction = connection.begin().await.unwrap();
            installation.fill(role, &mut transaction).await;
            transaction.commit().await.unwrap();
            finish(connection, Then::Vacuum).await;
            std::fs::set_permissions(installation.path(role), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        installation
    }

    async fn fill(&self, role: &str, connection: &mut SqliteConnection) {
        let content = &self.content;
        if role == "issuer" {
            for (mac, used, hash) in &content.invitations {
                let sql = "INSERT INTO invitations VALUES ($1, 'mauges-2026', $2, $3)";
                let insert = sqlx::query(sql).bind(&mac[..]).bind(used).bind(&hash[..]);
                insert.execute(&mut *connection).await.unwrap();
            }
            return;
        }
        let insert = sqlx::query("INSERT INTO surveys VALUES ('mauges-2026', 'v', x'3082015c', $1, 0)");
        insert.bind(questionnaire()).execute(&mut *connection).await.unwrap();
        for (table, marks) in [("spent", &content.spent), ("intake_marks", &content.intake_marks)] {
            for mark in marks {
                let sql = AssertSqlSafe(format!("INSERT INTO {table} VALUES ($1, 'mauges-2026')"));
                sqlx::query(sql).bind(&mark[..]).execute(&mut *connection).await.unwrap();
            }
        }
        for (table, rows) in
            [("responses", &content.responses), ("intake", &content.intake), ("free_texts", &content.free_texts)]
        {
            for (id, text) in rows {
                let sql = AssertSqlSafe(format!("INSERT INTO {table} VALUES ($1, 'mauges-2026', 'v', $2)"));
                sqlx::query(sql).bind(&id[..]).bind(text).execute(&mut *connection).await.unwrap();
            }
        }
    }

    pub(crate) fn path(&self, role: &str) -> PathBuf {
        self.folder.path().join(role).join(format!("{role}.db"))
    }

    pub(crate) async fn connect(&self, role: &str, secure_delete: bool) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.path(role))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("secure_delete", if secure_delete { "ON" } else { "OFF" })
            .pragma("temp_store", "MEMORY")
            .connect()
            .await
            .unwrap()
    }

    /// Changes a database and rewrites it.
    pub(crate) async fn change(&self, role: &str, sql: &str) {
        let mut connection = self.connect(role, true).await;
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        finish(connection, Then::Vacuum).await;
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject {
            issuer: Some(Database::Sqlite(self.path("issuer"))),
            collector: Some(Database::Sqlite(self.path("collector"))),
            data: Some(self.folder.path().to_owned()),
            logs: Vec::new(),
            settings: SETTINGS,
        }
    }

    pub(crate) async fn report(&self) -> Report {
        audit(&self.subject()).await
    }
}

/// The files that SQLite makes beside a database that was made by hand.
pub(crate) fn set_modes(installation: &Installation) {
    for entry in std::fs::read_dir(installation.folder.path().join("collector")).unwrap() {
        std::fs::set_permissions(entry.unwrap().path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

pub(crate) async fn finish(mut connection: SqliteConnection, then: Then) {
    if then == Then::Vacuum {
        connection.execute("VACUUM").await.unwrap();
    }
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
