//! Readers: SQLite's snapshots and the pool that they come from.

use crate::database::Database;
use sea_query::{Expr, ExprTrait, Query};
use sqlx::Row as _;
use std::time::Duration;
use store::tracking::experiments;

async fn count(connection: &mut store::Connection<'_>) -> i64 {
    let query = Query::select().expr(Expr::col("experiment_id").count()).from("experiments").to_owned();
    connection.fetch_optional::<(i64,)>(&query).await.unwrap().unwrap().0
}

#[tokio::test]
async fn a_snapshot_sees_one_state_while_others_write() {
    let database = Database::tracking_file().await;
    database.experiment("tea").await;
    let mut snapshot = database.db.snapshot().await.unwrap();
    assert_eq!(count(&mut snapshot.connection()).await, 1);
    database.experiment("coffee").await;
    database.sql("INSERT INTO experiments (name) VALUES ('cocoa')").await;
    assert_eq!(count(&mut snapshot.connection()).await, 1);
    drop(snapshot);
    assert_eq!(count(&mut database.db.snapshot().await.unwrap().connection()).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_is_given_up_leaves_no_transaction_behind() {
    let database = Database::tracking_file().await;
    for number in 0..50 {
        database.experiment(&format!("experiment {number}")).await;
    }
    for number in 0..200 {
        let db = database.db.clone();
        let reading = tokio::spawn(async move {
            let mut snapshot = db.snapshot().await.unwrap();
            for _ in 0..100 {
                count(&mut snapshot.connection()).await;
            }
        });
        tokio::time::sleep(Duration::from_micros(number * 7)).await;
        reading.abort();
        let _ = reading.await;
    }
    database.experiment("another").await;
    // Whatever reader answers, it sees the present …
    let mut snapshots = Vec::new();
    for _ in 0..8 {
        let mut snapshot = database.db.snapshot().await.unwrap();
        assert_eq!(count(&mut snapshot.connection()).await, 51);
        snapshots.push(snapshot);
    }
    drop(snapshots);
    // … and none holds on to a past that would keep the log from being written back.
    let mut stranger = database.stranger().await;
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut stranger).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 0, "the checkpoint was kept from finishing");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let database = Database::tracking_file().await;
    let insert = Query::insert()
        .into_table("experiments")
        .columns(["name"])
        .values_panic(["tea".into()])
        .returning_col("experiment_id")
        .to_owned();
    assert!(database.db.fetch_all::<(i64,)>(&insert).await.is_err());
    let mut snapshot = database.db.snapshot().await.unwrap();
    assert!(snapshot.connection().execute(&insert).await.is_err());
    drop(snapshot);
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 0);
}

#[tokio::test]
async fn reads_go_on_while_another_program_writes() {
    let database = Database::impatient().await;
    let id = database.experiment("tea").await;
    let mut stranger = database.stranger().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut stranger).await.unwrap();
    sqlx::query("DELETE FROM experiments").execute(&mut stranger).await.unwrap();
    let found = experiments::id_of_name(&database.db, "tea").await.unwrap();
    assert_eq!(found, Some(id.to_string()));
}
