//! Opening a database: which are taken, and what is said of the others.

use crate::database::{Database, stranger};
use sea_query::Query;
use store::schema::{self, Prepared, Schema};
use store::{Db, StoreError, StoreUri};

async fn prepare(database: &Database, schema: Schema) -> Result<Prepared, String> {
    match schema::prepare(&database.db, schema, database.uri()).await {
        Ok(prepared) => Ok(prepared),
        Err(StoreError::Schema(reason)) => Err(reason),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn assert_says(result: Result<Prepared, String>, words: &[&str]) {
    let reason = result.unwrap_err();
    for word in words {
        assert!(reason.contains(word), "{reason} does not say: {word}");
    }
}

#[tokio::test]
async fn a_database_that_is_up_to_date_is_taken_as_it_is() {
    let database = Database::tracking_file().await;
    database.experiment("tea").await;
    assert_eq!(prepare(&database, Schema::Tracking).await, Ok(Prepared::UpToDate));
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 1);
}

#[tokio::test]
async fn one_file_can_hold_both_schemas() {
    let database = Database::tracking_file().await;
    assert_eq!(prepare(&database, Schema::Auth).await, Ok(Prepared::Created));
    assert_eq!(prepare(&database, Schema::Auth).await, Ok(Prepared::UpToDate));
    assert_eq!(prepare(&database, Schema::Tracking).await, Ok(Prepared::UpToDate));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_servers_that_start_at_once_one_creates_the_schema() {
    let directory = tempfile::tempdir().unwrap();
    let uri: StoreUri =
        format!("sqlite:///{}?timeout=30", directory.path().join("a.db").display()).parse().unwrap();
    let starts = (0..10).map(|_| {
        let uri = uri.clone();
        tokio::spawn(async move {
            let db = Db::open(&uri).await.unwrap();
            schema::prepare(&db, Schema::Tracking, &uri).await.unwrap()
        })
    });
    let mut created = 0;
    for start in starts.collect::<Vec<_>>() {
        created += usize::from(start.await.unwrap() == Prepared::Created);
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn another_revision_is_refused_with_both_revisions_and_what_to_run() {
    let database = Database::tracking_file().await;
    let uri = database.uri().to_string();
    database.sql("UPDATE alembic_version SET version_num = 'cbc13b556ace'").await;
    assert_says(
        prepare(&database, Schema::Tracking).await,
        &[
            "revision cbc13b556ace",
            Schema::Tracking.revision(),
            &format!("`millgate db upgrade {uri}`"),
            "backup",
        ],
    );
    database.sql("INSERT INTO alembic_version VALUES ('dc11669786a5')").await;
    let reason = prepare(&database, Schema::Tracking).await.unwrap_err();
    assert!(reason.contains("cbc13b556ace") && reason.contains("dc11669786a5"), "{reason}");
    database.sql("DELETE FROM alembic_version").await;
    assert_says(prepare(&database, Schema::Tracking).await, &["revision none", "dc11669786a5"]);

    let users = Database::users_file().await;
    users.sql("UPDATE alembic_version_auth SET version_num = '8606fa83a998'").await;
    assert_says(
        prepare(&users, Schema::Auth).await,
        &[
            "8606fa83a998",
            Schema::Auth.revision(),
            "upgraded when a server starts",
            "not with --artifacts-only",
        ],
    );
}

#[tokio::test]
async fn tables_without_a_revision_are_refused_and_not_touched() {
    let database = Database::tracking_file().await;
    database.experiment("tea").await;
    database.sql("DROP TABLE alembic_version").await;
    assert_says(
        prepare(&database, Schema::Tracking).await,
        &["has tables of MLflow but no revision in alembic_version", "dc11669786a5", "`mlflow db upgrade"],
    );
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 1);
}

#[tokio::test]
async fn rows_of_another_workspace_are_refused_whatever_table_they_are_in() {
    for workspace in ["another", "Default", "zebra", ""] {
        let database = Database::tracking_file().await;
        database
            .sql(&format!("INSERT INTO experiments (name, workspace) VALUES ('tea', '{workspace}')"))
            .await;
        assert_says(
            prepare(&database, Schema::Tracking).await,
            &[&format!("workspace '{workspace}'"), "table experiments"],
        );
    }
    let database = Database::tracking_file().await;
    database.sql("INSERT INTO registered_models (name, workspace) VALUES ('m', 'another')").await;
    assert_says(prepare(&database, Schema::Tracking).await, &["'another'", "table registered_models"]);

    let users = Database::users_file().await;
    users.sql("INSERT INTO users (id, username) VALUES (1, 'ada')").await;
    users.sql("INSERT INTO workspace_permissions VALUES ('another', 1, 'USE')").await;
    assert_says(prepare(&users, Schema::Auth).await, &["'another'", "table workspace_permissions"]);
}

#[tokio::test]
async fn every_table_with_a_workspace_is_looked_at_or_belongs_to_one_that_is() {
    for (database, schema) in
        [(Database::tracking_file().await, Schema::Tracking), (Database::users_file().await, Schema::Auth)]
    {
        let tables: Vec<(String,)> = database
            .rows(
                "SELECT entry.name FROM sqlite_master AS entry, pragma_table_info(entry.name) AS part
                 WHERE entry.type = 'table' AND part.name = 'workspace' ORDER BY 1",
            )
            .await;
        let mut unnoticed: Vec<String> = Vec::new();
        for (table,) in tables {
            let parents: Vec<(String,)> = database
                .rows(&format!(
                    "SELECT \"table\" FROM pragma_foreign_key_list('{table}') WHERE \"from\" = 'workspace'"
                ))
                .await;
            if !parents.is_empty() {
                continue;
            }
            let required: Vec<(String, String)> = database
                .rows(&format!(
                    "SELECT name, type FROM pragma_table_info('{table}') \
                     WHERE \"notnull\" AND name <> 'workspace' AND dflt_value IS NULL"
                ))
                .await;
            let (names, values): (Vec<String>, Vec<&str>) = required
                .into_iter()
                .map(|(name, kind)| (name, if kind.contains("CHAR") || kind == "TEXT" { "'x'" } else { "1" }))
                .unzip();
            let comma = if names.is_empty() { "" } else { ", " };
            let mut connection = database.stranger().await;
            let insert = format!(
                "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; \
                 INSERT INTO {table} (workspace{comma}{}) VALUES ('another'{comma}{})",
                names.join(", "),
                values.join(", ")
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(insert)).execute(&mut connection).await.unwrap();
            if prepare(&database, schema).await.is_ok() {
                unnoticed.push(table.clone());
            }
            database.sql(&format!("DELETE FROM {table} WHERE workspace = 'another'")).await;
        }
        // Roles of another workspace may be there: nobody's rights come from them (`grants`, `roles`).
        unnoticed.retain(|table| table != "roles");
        assert_eq!(unnoticed, [""; 0], "rows of another workspace are not noticed");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_when_it_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("notes.txt");
    std::fs::write(&file, "not a database, but long enough to be looked at as if it were one".repeat(50))
        .unwrap();
    let uri: StoreUri = format!("sqlite:///{}", file.display()).parse().unwrap();
    let error = Db::open(&uri).await.unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
    let nowhere: StoreUri =
        format!("sqlite:///{}", directory.path().join("a/b.db").display()).parse().unwrap();
    assert!(Db::open(&nowhere).await.is_err());
}

#[tokio::test]
async fn a_write_is_logged_ahead_waits_for_the_disk_and_minds_references() {
    let database = Database::tracking_file().await;
    let mode: Vec<(String,)> = database.rows("PRAGMA journal_mode").await;
    assert_eq!(mode, [("wal".to_owned(),)]);
    const FULL: i64 = 2;
    for (pragma, expected) in [("synchronous", FULL), ("foreign_keys", 1)] {
        let set = database.write(pragma, |connection, pragma| {
            Box::pin(async move {
                let query = Query::select().column(*pragma).from(format!("pragma_{pragma}")).to_owned();
                connection.fetch_optional::<(i64,)>(&query).await
            })
        });
        assert_eq!(set.await.unwrap(), Some((expected,)), "{pragma}");
    }
}

#[tokio::test]
async fn a_database_that_was_closed_opens_again_with_all_it_holds() {
    let database = Database::tracking_file().await;
    let id = database.experiment("tea").await;
    database.db.close().await;
    let mut connection = stranger(database.file()).await;
    let check: (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(check.0, "ok");
    let again = Db::open(database.uri()).await.unwrap();
    let found = store::tracking::experiments::id_of_name(&again, "tea").await.unwrap();
    assert_eq!(found, Some(id.to_string()));
}

async fn check(db: &Db, schema: Schema, uri: &StoreUri) -> Result<(), String> {
    schema::check(db, schema, uri).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_existing_database_is_opened_and_checked_without_a_change() {
    let database = Database::users_file().await;
    database.sql("INSERT INTO users (id, username) VALUES (1, 'ada')").await;
    database.db.close().await;
    let before = std::fs::read(database.file()).unwrap();

    let db = Db::open_existing(database.uri()).await.unwrap();
    assert_eq!(check(&db, Schema::Auth, database.uri()).await, Ok(()));
    assert!(store::auth::users::find(&db, "ada").await.unwrap().is_some());
    db.close().await;
    assert!(std::fs::read(database.file()).unwrap() == before, "the file changed");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made_by_opening_an_existing_one() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users.db");
    let uri: StoreUri = format!("sqlite:///{}", file.display()).parse().unwrap();
    let error = Db::open_existing(&uri).await.unwrap_err().to_string();
    assert!(error.contains("there is no file") && error.contains("users.db"), "{error}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_check_tells_a_database_that_a_server_must_look_after_first() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("empty.db");
    std::fs::write(&file, "").unwrap();
    let uri: StoreUri = format!("sqlite:///{}", file.display()).parse().unwrap();
    let db = Db::open_existing(&uri).await.unwrap();
    let reason = check(&db, Schema::Auth, &uri).await.unwrap_err();
    assert!(
        reason.contains("alembic_version_auth") && reason.contains("upgraded when a server starts"),
        "{reason}"
    );
    db.close().await;
    assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);

    for (change, says) in [
        ("UPDATE alembic_version_auth SET version_num = '8606fa83a998'", "8606fa83a998"),
        ("DELETE FROM alembic_version_auth", "revision none"),
        ("UPDATE millgate_version SET version = 0", "start one first"),
        ("DROP TABLE millgate_version", "start one first"),
        ("UPDATE millgate_version SET version = 999", "a newer Millgate made"),
    ] {
        let database = Database::users_file().await;
        database.sql(change).await;
        let reason = check(&database.db, Schema::Auth, database.uri()).await.unwrap_err();
        assert!(reason.contains(says), "{change}: {reason}");
    }
    let tracking = Database::tracking_file().await;
    assert_eq!(check(&tracking.db, Schema::Tracking, tracking.uri()).await, Ok(()));
    assert!(check(&tracking.db, Schema::Auth, tracking.uri()).await.is_err());
}
