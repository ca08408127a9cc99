//! Indexes of ours on MLflow's tables.

use crate::database::Database;
use store::Db;
use store::schema::{Prepared, Schema, drop_indexes, prepare};
use store::uri::Dialect;

/// Those that a kind of database needs.
fn expected(database: &Database) -> Vec<&'static str> {
    match database.uri().dialect {
        Dialect::Sqlite | Dialect::Postgresql => {
            vec!["idx_millgate_runs_by_start", "idx_millgate_experiment_tags"]
        }
        Dialect::Mysql => vec!["idx_millgate_runs_by_start"],
    }
}

async fn dropped(database: &Database) -> Vec<&'static str> {
    drop_indexes(&database.db, database.uri()).await.unwrap()
}

/// What a server does at its start.
async fn start(database: &Database) -> Prepared {
    let db = Db::open(database.uri()).await.unwrap();
    let prepared = prepare(&db, Schema::Tracking, database.uri()).await.unwrap();
    db.close().await;
    prepared
}

#[tokio::test]
async fn they_are_made_at_a_start_and_dropped_on_request() {
    let database = Database::tracking().await;
    assert_eq!(dropped(&database).await, expected(&database));
    assert_eq!(dropped(&database).await, [""; 0]);
    // A database that Python MLflow has made.
    assert_eq!(start(&database).await, Prepared::UpToDate);
    assert_eq!(start(&database).await, Prepared::UpToDate);
    assert_eq!(dropped(&database).await, expected(&database));
}

#[tokio::test]
async fn one_that_the_database_refuses_keeps_no_server_from_starting() {
    let database = Database::tracking().await;
    dropped(&database).await;
    let in_the_way = match database.uri().dialect {
        Dialect::Sqlite => "CREATE TABLE idx_millgate_runs_by_start (x)",
        Dialect::Postgresql | Dialect::Mysql => "ALTER TABLE runs RENAME COLUMN start_time TO begun",
    };
    database.sql(in_the_way).await;
    assert_eq!(start(&database).await, Prepared::UpToDate);
    assert_eq!(dropped(&database).await, expected(&database)[1..]);
}

#[tokio::test]
async fn a_page_of_runs_and_the_tags_of_an_experiment_are_read_without_a_walk() {
    let database = Database::tracking_file().await;
    for (query, index) in [
        (
            "SELECT * FROM runs WHERE experiment_id = 1 AND lifecycle_stage IN ('active') \
             ORDER BY start_time DESC, run_uuid ASC LIMIT 101",
            "idx_millgate_runs_by_start",
        ),
        (
            "SELECT * FROM experiment_tags WHERE experiment_id IN (SELECT value FROM json_each('[1]'))",
            "idx_millgate_experiment_tags",
        ),
    ] {
        let plan = database.rows::<(i64, i64, i64, String)>(&format!("EXPLAIN QUERY PLAN {query}")).await;
        let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
        assert!(steps[0].contains(&format!("USING INDEX {index}")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    }
}
