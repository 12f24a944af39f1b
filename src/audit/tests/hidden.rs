//! What somebody could hide in SQLite files that look as they should: in identifiers, in the catalogue, among the answers.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::ballot_box::{answers, assert_fails_only};
use crate::installation::{Installation, hex};

#[tokio::test]
async fn identifiers_that_hide_a_counter_or_another_identifier_are_seen() {
    let mut rng = StdRng::seed_from_u64(23);
    let installation = Installation::new().await;
    let counted: Vec<String> = (0..60_u16)
        .map(|row| {
            let mut id: [u8; 16] = rng.random();
            id[6..8].copy_from_slice(&row.to_be_bytes());
            format!("(x'{}', 'mauges-2026', 'v', '{}')", hex(&id), answers(&mut rng))
        })
        .collect();
    let mixed: Vec<String> = installation
        .content
        .responses
        .iter()
        .step_by(6)
        .map(|(id, _)| format!("(x'{}', 'mauges-2026', 'v', 'Bonjour')", hex(&id.map(|byte| byte ^ 0x5a))))
        .collect();
    for leak in [
        format!("DELETE FROM responses; INSERT INTO responses VALUES {}", counted.join(",")),
        format!("DELETE FROM free_texts; INSERT INTO free_texts VALUES {}", mixed.join(",")),
    ] {
        let installation = Installation::new().await;
        installation.change("collector", &leak).await;
        assert_fails_only(&installation.report().await, "key-randomness");
    }
}

#[tokio::test]
async fn what_a_catalogue_holds_beyond_the_expected_tables_is_seen() {
    for leak in [
        "CREATE TABLE notes (id BLOB NOT NULL PRIMARY KEY, survey TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "ALTER TABLE responses ADD COLUMN channel TEXT NOT NULL DEFAULT 'web'",
        "ALTER TABLE channels ADD COLUMN last_code TEXT NOT NULL DEFAULT 'x'",
        "ALTER TABLE imports ADD COLUMN note TEXT NOT NULL DEFAULT 'mairie'",
        "ALTER TABLE spent ADD COLUMN number INTEGER NOT NULL GENERATED ALWAYS AS (length(mark)) VIRTUAL",
        "CREATE VIEW pairs AS SELECT mark, id FROM spent, responses",
        "CREATE TRIGGER copy AFTER INSERT ON spent BEGIN DELETE FROM free_texts WHERE id = NEW.mark; END",
        "CREATE INDEX by_answers ON responses (answers)",
        "ANALYZE",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', '/* 4 2 3 1 */) STRICT') \
         WHERE name = 'spent'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'version TEXT', \
         'version TEXT DEFAULT 42') WHERE name = 'surveys'",
        "INSERT INTO _sqlx_migrations VALUES (99, 'order', '2026-03-01 10:00:00', 1, randomblob(48), 1)",
    ] {
        let installation = Installation::new().await;
        installation.change("collector", leak).await;
        assert_fails_only(&installation.report().await, "schema");
    }
}

#[tokio::test]
async fn a_schema_of_another_version_is_told_by_its_name() {
    for (change, missing) in
        [("DROP TABLE intake_marks", "intake_marks"), ("ALTER TABLE intake DROP COLUMN version", "intake.version")]
    {
        let installation = Installation::new().await;
        installation.change("collector", change).await;
        let report = installation.report().await;
        assert_fails_only(&report, "readable");
        assert!(report.to_text().contains(missing), "{}", report.to_text());
    }
}

#[tokio::test]
async fn answers_that_hold_anything_else_are_seen() {
    for leak in [
        "UPDATE responses SET answers = '{\"foyer\":4711}' WHERE id < x'08'",
        "UPDATE responses SET answers = '{\"ordre\":17}' WHERE id < x'08'",
        "UPDATE responses SET answers = '{\"question_01\":\"10:20:30\"}' WHERE id < x'08'",
        "UPDATE intake SET answers = '{\"question_01\":\"192.0.2.7\"}'",
        "UPDATE responses SET answers = '{\"question_01\": \"3\"}' WHERE id < x'08'",
        "UPDATE responses SET answers = '{\"v\":\"Un texte\"}' WHERE id < x'08'",
        "UPDATE responses SET version = 'w' WHERE id < x'08'",
        "UPDATE free_texts SET question = 'question_01' WHERE id < x'20'",
        "UPDATE spent SET survey = '17' WHERE mark < x'08'",
    ] {
        let installation = Installation::new().await;
        installation.change("collector", leak).await;
        assert_fails_only(&installation.report().await, "contents");
    }
    let installation = Installation::new().await;
    installation.change("issuer", "UPDATE invitations SET used = 17 WHERE code_mac < x'08'").await;
    assert_fails_only(&installation.report().await, "contents");
}

#[tokio::test]
async fn a_mark_written_in_a_text_is_seen() {
    let installation = Installation::new().await;
    let mark = installation.content.spent[7];
    let base64 = data_encoding::BASE64.encode(&mark[..18]);
    for leak in [
        format!("UPDATE responses SET answers = '{{\"x\":\"a{}\"}}' WHERE id < x'08'", hex(&mark)),
        format!("UPDATE free_texts SET text = 'Bonjour {base64}' WHERE id < x'20'"),
        format!("UPDATE surveys SET token_key = x'30{}'", hex(&mark)),
    ] {
        let installation = Installation::new().await;
        installation.change("collector", &leak).await;
        assert_fails_only(&installation.report().await, "marks-apart");
    }
}
