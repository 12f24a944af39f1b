//! What can befall a database server while residents answer: each time they are refused before anything happened, or go through
//! later with the same token, once; and the log says what to do.

use std::sync::Arc;

use sqlx::{Connection, Executor, PgConnection};

use crate::faults::{Crowd, assert_exactly_once, stored};
use crate::postgres::Cluster;
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_database_server_refuses_for_is_told_and_overcome() {
    let cluster = Arc::new(Cluster::start(&[]));
    let mut server = Server::start_on(Arc::clone(&cluster), 12);
    let mut crowd = Crowd::new(&server).await;
    let url = server.collector_database().to_owned();
    let name = url.rsplit('/').next().expect("a name").to_owned();
    // Of the cluster rather than of the database, since that one is not always there.
    let everywhere = cluster.url("postgres");
    cluster.run(&everywhere, "CREATE ROLE chef SUPERUSER LOGIN");
    let as_chef = |sql: &str| {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'isoloir'";
        for sql in sql.split("; ").flat_map(|sql| [cut, sql]).chain([cut]) {
            cluster.run(&everywhere.replace("isoloir@", "chef@"), sql);
        }
    };
    let faults = [
        (
            format!("ALTER DATABASE {name} SET default_transaction_read_only = on"),
            format!("ALTER DATABASE {name} RESET default_transaction_read_only"),
            "serveur de secours",
        ),
        (
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS off; ALTER DATABASE {name} RENAME TO ailleurs"),
            format!("ALTER DATABASE ailleurs RENAME TO {name}; ALTER DATABASE {name} ALLOW_CONNECTIONS on"),
            "vérifiez son nom",
        ),
        ("ALTER ROLE isoloir NOLOGIN".to_owned(), "ALTER ROLE isoloir LOGIN".to_owned(), "refuse ce compte"),
        (
            format!(
                "ALTER DATABASE {name} OWNER TO chef; ALTER DATABASE {name} CONNECTION LIMIT 0; ALTER ROLE isoloir NOSUPERUSER"
            ),
            format!("ALTER ROLE isoloir SUPERUSER; ALTER DATABASE {name} CONNECTION LIMIT -1"),
            "max_connections",
        ),
    ];
    for (fault, mend, _) in &faults {
        as_chef(fault);
        crowd.one_is_refused(&server, 503).await;
        as_chef(mend);
        crowd.some_go_through(&server, 2).await;
        assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
    }
    let mut other = PgConnection::connect(&url).await.expect("connected");
    other.execute("BEGIN; LOCK TABLE intake IN ACCESS EXCLUSIVE MODE").await.expect("held");
    crowd.one_is_refused(&server, 503).await;
    other.execute("ROLLBACK").await.expect("given back");
    crowd.some_go_through(&server, 2).await;
    let log = server.stop();
    for words in faults.iter().map(|(_, _, words)| *words).chain(["pg_locks", "écrit de nouveau"]) {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(log.contains(&name), "the log says which database: {log}");
    assert_exactly_once(&stored(&server).await, &crowd.acknowledged);
}
