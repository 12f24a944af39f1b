//! SQLite files, made as the server makes them, and then with one leak each.

use isoloir_audit::{Verdict, audit};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::ballot_box::{answers, assert_fails_only, failed};
use crate::installation::{INSERT_RESPONSE, Installation, Then, finish, hex, set_modes};

#[tokio::test]
async fn files_as_the_server_leaves_them_pass_every_check() {
    let installation = Installation::new().await;
    let report = installation.report().await;
    assert_eq!(failed(&report), Vec::<&str>::new(), "\n{}", report.to_text());
    assert!(report.passed());
    let notes: Vec<&str> =
        report.checks.iter().filter(|check| check.verdict == Verdict::Note).map(|check| check.name).collect();
    assert_eq!(notes, ["logs", "role-separation"], "both roles are here, and no log was given");
}

#[tokio::test]
async fn the_audit_leaves_no_file_and_changes_none() {
    let installation = Installation::new().await;
    let state = || {
        let folder = installation.folder.path();
        let mut found: Vec<_> = ["issuer", "collector"]
            .iter()
            .flat_map(|role| std::fs::read_dir(folder.join(role)).unwrap())
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
            .collect();
        found.sort();
        found
    };
    let before = state();
    assert_eq!(before.len(), 2);
    installation.report().await;
    assert!(state() == before, "the audit wrote something");
}

#[tokio::test]
async fn a_column_or_a_value_that_tells_the_time_is_seen() {
    for leak in [
        "ALTER TABLE spent ADD COLUMN spent_at TEXT",
        "ALTER TABLE responses ADD COLUMN round INTEGER; UPDATE responses SET round = 1793232000",
        "ALTER TABLE responses ADD COLUMN round REAL; UPDATE responses SET round = 2461366.5 WHERE id < x'40'",
        "UPDATE free_texts SET text = '2026-11-21'",
        "UPDATE responses SET answers = '{\"sent\":\"2026-11-21T08:30:00Z\"}' WHERE id < x'08'",
    ] {
        let installation = Installation::new().await;
        installation.change("collector", leak).await;
        assert_fails_only(&installation.report().await, "times");
    }
}

#[tokio::test]
async fn a_column_for_an_address_is_seen() {
    for column in ["client_ip TEXT", "userAgent TEXT", "session BLOB"] {
        let installation = Installation::new().await;
        installation.change("issuer", &format!("ALTER TABLE invitations ADD COLUMN {column}")).await;
        assert_fails_only(&installation.report().await, "addresses");
    }
}

#[tokio::test]
async fn numbered_rows_are_seen() {
    for leak in [
        "CREATE TABLE notes (id BLOB NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT",
        "CREATE TABLE notes (id BLOB NOT NULL PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE notes (number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT) STRICT; \
         INSERT INTO notes (text) VALUES ('a'), ('b')",
    ] {
        let installation = Installation::new().await;
        installation.change("collector", leak).await;
        assert_fails_only(&installation.report().await, "row-numbers");
    }
}

#[tokio::test]
async fn keys_that_follow_a_clock_or_a_counter_are_seen() {
    let mut rng = StdRng::seed_from_u64(5);
    for make in [
        |row: u64, rng: &mut StdRng| {
            let mut key: [u8; 16] = rng.random();
            key[..6].copy_from_slice(&(1_793_232_000_000 + row * 61_000).to_be_bytes()[2..]);
            (key[6], key[8]) = (0x70 | key[6] & 15, 0x80 | key[8] & 63);
            key
        },
        |row: u64, _: &mut StdRng| (u128::from(row) << 100 | 0x00ab_cdef_0123_4567_89ab).to_be_bytes(),
    ] {
        let installation = Installation::new().await;
        let rows: Vec<String> = (0..60)
            .map(|row| format!("(x'{}', 'mauges-2026', 'v', '{}')", hex(&make(row, &mut rng)), answers(&mut rng)))
            .collect();
        let sql = format!("DELETE FROM responses; INSERT INTO responses VALUES {}", rows.join(","));
        installation.change("collector", &sql).await;
        assert_fails_only(&installation.report().await, "key-randomness");
    }
}

/// The same rows as in a clean file, one by one as they come, and not rewritten.
#[tokio::test]
async fn rows_that_lie_in_the_order_in_which_they_came_are_seen() {
    for responses in [10, 63, 140, 1000] {
        let installation = Installation::new().await;
        installation.change("collector", "DELETE FROM responses").await;
        let mut rng = StdRng::seed_from_u64(4);
        let mut connection = installation.connect("collector", true).await;
        for _ in 0..responses {
            let id: [u8; 16] = rng.random();
            sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers(&mut rng)).execute(&mut connection).await.unwrap();
        }
        finish(connection, Then::Leave).await;
        assert_fails_only(&installation.report().await, "physical-order");
        installation.change("collector", "SELECT 1").await;
        assert_eq!(failed(&installation.report().await), Vec::<&str>::new(), "rewritten, {responses} say nothing");
    }
}

/// A part of the rows, each in the way in which somebody could keep an order: the last tenth as they came, two lists one
/// through the other, or the last twentieth in a file that nobody has open any more.
#[tokio::test]
async fn a_part_of_the_rows_in_another_order_is_seen() {
    let last = |from: &str| {
        format!("substr(id, 16, 1) < x'{from}', CASE WHEN substr(id, 16, 1) < x'{from}' THEN substr(id, 9) ELSE id END")
    };
    let two_lists = "row_number() OVER (PARTITION BY substr(id, 16, 1) < x'80' ORDER BY id)".to_owned();
    for (order, rows) in
        [(last("1a"), 1_200), (two_lists, 1_200), (last("0d"), 1_200), (last("40"), 60), ("id DESC".to_owned(), 60)]
    {
        let installation = Installation::new().await;
        let mut rng = StdRng::seed_from_u64(6);
        let mut connection = installation.connect("collector", true).await;
        connection.execute("DELETE FROM responses").await.unwrap();
        for _ in 0..rows {
            let id: [u8; 16] = rng.random();
            sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers(&mut rng)).execute(&mut connection).await.unwrap();
        }
        let sql = format!(
            "CREATE TEMPORARY TABLE kept AS SELECT * FROM responses; DELETE FROM responses; VACUUM; \
             INSERT INTO responses SELECT * FROM kept ORDER BY {order}"
        );
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        finish(connection, Then::Leave).await;
        assert_fails_only(&installation.report().await, "physical-order");
    }
}

/// Where the format has nothing to say: the header, the free space of pages, free pages, behind the end of the file.
#[tokio::test]
async fn what_is_written_where_no_row_is_is_seen() {
    const PAGE: usize = 4096;
    type Leak = fn(&mut Vec<u8>, &[u8]);
    let ranks: Vec<u8> = (0..700_u16).flat_map(|row| (row * 13 % 1200 + 1).to_be_bytes()).collect();
    let leaks: [(&str, Leak); 6] = [
        ("user_version", |file, _| file[60..64].copy_from_slice(&7_u32.to_be_bytes())),
        ("application_id", |file, _| file[68..72].copy_from_slice(&7_u32.to_be_bytes())),
        ("reserved header", |file, _| file[80..84].copy_from_slice(b"4231")),
        ("half a page", |file, ranks| file.extend(&ranks[..99])),
        ("a page more", |file, ranks| {
            file.extend(ranks);
            file.resize(file.len().next_multiple_of(PAGE), 0);
        }),
        // Numbers that look like the pointers that a page had once.
        ("free space", |file, ranks| {
            for page in file.chunks_exact_mut(PAGE).skip(1).filter(|page| page[0] == 0x0a) {
                let two = |page: &[u8], at: usize| usize::from(page[at]) << 8 | usize::from(page[at + 1]);
                let (start, end) = (8 + 2 * two(page, 3), two(page, 5));
                let bytes = (end - start).min(two(page, 3) * 2);
                page[start..start + bytes].copy_from_slice(&ranks[..bytes]);
            }
        }),
    ];
    for (place, leak) in leaks {
        let installation = Installation::new().await;
        let path = installation.path("collector");
        let mut file = std::fs::read(&path).unwrap();
        leak(&mut file, &ranks);
        std::fs::write(&path, file).unwrap();
        let report = installation.report().await;
        assert_eq!(failed(&report), ["leftovers"], "{place}\n{}", report.to_text());
    }
}

#[tokio::test]
async fn marks_in_the_order_of_codes_are_seen() {
    let installation = Installation::new().await;
    let rows: Vec<String> = (installation.content.invitations.iter().enumerate())
        .map(|(row, (mac, ..))| format!("(x'{}{row:056x}', 'mauges-2026')", hex(&mac[..4])))
        .collect();
    let constant: Vec<String> = (installation.content.invitations.iter())
        .map(|(mac, ..)| format!("(x'{}', 'mauges-2026')", hex(&mac.map(|byte| byte ^ 0x35))))
        .collect();
    for (rows, also) in [(constant, None), (rows, Some("key-randomness"))] {
        let installation = Installation::new().await;
        let sql = format!("DELETE FROM spent; INSERT INTO spent VALUES {}", rows.join(","));
        installation.change("collector", &sql).await;
        let report = installation.report().await;
        // A counter behind the start of a code is also no random mark.
        let expected: Vec<&str> = also.into_iter().chain(["issuer-against-collector"]).collect();
        assert_eq!(failed(&report), expected, "\n{}", report.to_text());
    }
}

/// What the server does with those that wait: it deletes them all and writes them anew in the order of new keys.
#[tokio::test]
async fn a_table_written_anew_in_the_order_of_its_keys_passes() {
    for responses in [12, 19, 140, 1000] {
        let installation = Installation::new().await;
        let mut rng = StdRng::seed_from_u64(responses);
        let mut rows: Vec<([u8; 16], String)> = (0..responses).map(|_| (rng.random(), answers(&mut rng))).collect();
        rows.shuffle(&mut rng);
        let mut connection = installation.connect("collector", true).await;
        for round in 0..2 {
            let mut transaction = connection.begin().await.unwrap();
            transaction.execute("DELETE FROM responses").await.unwrap();
            for (id, answers) in &rows {
                let insert = sqlx::query(INSERT_RESPONSE).bind(&id[..]).bind(answers);
                insert.execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
            if round == 0 {
                rows.sort_unstable();
            }
        }
        // As long as a server has the file open, it may have grown by a twentieth.
        let mut subject = installation.subject();
        subject.issuer = None;
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        set_modes(&installation);
        let report = audit(&subject).await;
        assert_eq!(failed(&report), Vec::<&str>::new(), "{responses}\n{}", report.to_text());
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_deleted_and_can_still_be_read_is_seen() {
    for leak in [
        // In the free space of pages, in free pages. The eighth byte says nothing of a key's place.
        "DELETE FROM responses WHERE substr(id, 8, 1) < x'08'",
        "DELETE FROM responses WHERE length(answers) % 8 <> 3",
        "DELETE FROM spent WHERE substr(mark, 8, 1) < x'08'",
    ] {
        let installation = Installation::new().await;
        let mut connection = installation.connect("collector", false).await;
        connection.execute(leak).await.unwrap();
        finish(connection, Then::Leave).await;
        assert_fails_only(&installation.report().await, "leftovers");
        installation.change("collector", "SELECT 1").await;
        assert_eq!(failed(&installation.report().await), Vec::<&str>::new());
    }
}

/// A long text in pages of its own, and one a little shorter written over it.
#[tokio::test]
async fn what_lies_behind_a_long_value_is_seen() {
    let installation = Installation::new().await;
    installation
        .change(
            "collector",
            "UPDATE free_texts SET text = hex(randomblob(8000)) \
                  WHERE id = (SELECT max(id) FROM free_texts)",
        )
        .await;
    assert_eq!(failed(&installation.report().await), Vec::<&str>::new(), "long texts are no leak");
    let path = installation.path("collector");
    let mut bytes = std::fs::read(&path).unwrap();
    // The last page of a chain of overflow pages: no next page, text, then zeros up to the end.
    let page = bytes
        .chunks_exact(4096)
        .rposition(|page| page[..4] == [0; 4] && page[4].is_ascii_hexdigit() && page[4080..] == [0; 16])
        .expect("the end of a long text");
    bytes[(page + 1) * 4096 - 20..(page + 1) * 4096 - 4].copy_from_slice(b"{\"renonce\":\"oui\"");
    std::fs::write(&path, bytes).unwrap();
    assert_fails_only(&installation.report().await, "leftovers");
}

#[tokio::test]
async fn a_value_in_both_databases_is_seen() {
    let installation = Installation::new().await;
    let (mac, _, blinded) = &installation.content.invitations[3];
    for leak in [
        format!("INSERT INTO spent VALUES (x'{}', 'mauges-2026')", hex(mac)),
        format!("INSERT INTO responses VALUES (x'{}', 'mauges-2026', 'v', '{{}}')", hex(&blinded[5..21])),
        format!("UPDATE responses SET answers = '{{\"x\":\"{}\"}}' WHERE id < x'08'", hex(mac)),
    ] {
        let installation = Installation::new().await;
        installation.change("collector", &leak).await;
        assert_fails_only(&installation.report().await, "issuer-against-collector");
    }
}

#[tokio::test]
async fn responses_that_wait_too_many_or_too_long_are_seen() {
    let more = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 13) \
                INSERT INTO intake SELECT randomblob(16), 'mauges-2026', 'v', '{}' FROM n";
    for leak in [
        more,
        "UPDATE surveys SET closed = 1",
        "UPDATE surveys SET questionnaire = replace(questionnaire, '2026-12-31', '2026-11-20')",
        "INSERT INTO intake_marks VALUES (randomblob(32), 'mauges-2020')",
    ] {
        let installation = Installation::new().await;
        installation.change("collector", leak).await;
        assert_fails_only(&installation.report().await, "intake");
    }
}

#[tokio::test]
async fn an_identifier_taken_from_a_mark_is_seen() {
    let installation = Installation::new().await;
    let (mark, id) = (installation.content.spent[7], installation.content.responses[7].0);
    for leak in [
        format!("INSERT INTO responses VALUES (x'{}', 'mauges-2026', 'v', '{{}}')", hex(&mark[3..19])),
        format!("INSERT INTO free_texts VALUES (x'{}', 'mauges-2026', 'v', 'Bonjour')", hex(&id)),
    ] {
        let installation = Installation::new().await;
        installation.change("collector", &leak).await;
        assert_fails_only(&installation.report().await, "marks-apart");
    }
}
