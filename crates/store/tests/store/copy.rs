//! Copies between databases: SQLite to SQLite always, and over the servers that MILLGATE_TEST_POSTGRESQL, MILLGATE_TEST_MYSQL and
//! MILLGATE_TEST_DATABASE name.

use crate::database::stranger;
use crate::servers::{Home, Stranger};
use sqlx::{AssertSqlSafe, Executor as _};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use store::copy::{ArtifactRoot, Copied, Observer, copy};
use store::schema::{self, Schema};
use store::{Db, StoreError, StoreUri};
use tempfile::TempDir;

/// Hears what a copy says, and ends it after so many batches.
#[derive(Default)]
struct Heard {
    total: u64,
    before: u64,
    written: u64,
    to_compare: u64,
    compared: u64,
    warnings: Vec<String>,
    batches_left: Option<usize>,
}

impl Observer for Heard {
    fn begin(&mut self, total: u64, before: u64) {
        (self.total, self.before) = (total, before);
    }

    fn written(&mut self, _table: &str, rows: u64) -> ControlFlow<()> {
        self.written += rows;
        if let Some(left) = &mut self.batches_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn compare(&mut self, total: u64) {
        self.to_compare = total;
    }

    fn compared(&mut self, rows: u64) {
        self.compared += rows;
    }

    fn warn(&mut self, message: &str) {
        self.warnings.push(message.to_owned());
    }
}

fn uri(home: &Home) -> StoreUri {
    home.uri().parse().unwrap()
}

fn file_of(home: &Home) -> PathBuf {
    uri(home).sqlite_path().unwrap().to_owned()
}

async fn copied(source: &Home, target: &Home) -> Result<Copied, StoreError> {
    copy(&uri(source), &uri(target), &[], &mut Heard::default()).await
}

async fn prepare(home: &Home, schemas: &[Schema]) {
    let uri = uri(home);
    let db = Db::open(&uri).await.unwrap();
    for schema in schemas {
        schema::prepare(&db, *schema, &uri).await.unwrap();
    }
    db.close().await;
}

/// The servers that there are.
async fn servers() -> Vec<Home> {
    let known = ["MILLGATE_TEST_POSTGRESQL", "MILLGATE_TEST_MYSQL", "MILLGATE_TEST_DATABASE"];
    let servers: BTreeSet<String> =
        known.iter().filter_map(|variable| std::env::var(variable).ok()).collect();
    let mut homes = Vec::new();
    for server in servers {
        homes.push(Home::on(&server).await);
    }
    homes
}

async fn sql(file: &Path, statements: &str) {
    let mut connection = stranger(file).await;
    connection.execute("PRAGMA foreign_keys = OFF").await.unwrap();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))).await.unwrap();
}

async fn texts(file: &Path, query: &str) -> Vec<String> {
    let mut connection = stranger(file).await;
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(&mut connection).await.unwrap()
}

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";

/// All rows of all tables, a line each.
async fn dump(file: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for table in texts(file, TABLES).await {
        let columns = format!(
            "SELECT 'quote(' || CASE WHEN type IN ('JSON', 'DATE') THEN 'CAST(\"' || name || '\" AS TEXT)' ELSE '\"' || name || \
             '\"' END || ')' FROM pragma_table_xinfo('{table}') WHERE hidden = 0 ORDER BY cid"
        );
        let columns = texts(file, &columns).await.join(" || ' ' || ");
        let query = format!("SELECT {columns} FROM \"{table}\" ORDER BY 1");
        lines.extend(texts(file, &query).await.into_iter().map(|row| format!("{table}: {row}")));
    }
    lines
}

/// A file with both schemas and rows in every table of them, what is hard to copy among it.
async fn full() -> Home {
    let home = Home::file();
    prepare(&home, &[Schema::Tracking, Schema::Auth]).await;
    let db = Db::open(&uri(&home)).await.unwrap();
    store::own::registry_secret(&db, &uri(&home), "a", "b").await.unwrap();
    db.close().await;
    let file = file_of(&home);
    for table in texts(&file, TABLES).await {
        if table.contains("version") && (table.starts_with("alembic") || table.starts_with("millgate")) {
            continue;
        }
        let describe = format!(
            "SELECT name || ' ' || type FROM pragma_table_xinfo('{table}') WHERE hidden = 0 ORDER BY cid"
        );
        let columns = texts(&file, &describe).await;
        for row in 1..=2 {
            let (names, values): (Vec<_>, Vec<_>) = columns
                .iter()
                .map(|column| column.split_once(' ').unwrap())
                .map(|(name, kind)| (format!("\"{name}\""), value(&table, name, kind, row)))
                .unzip();
            let insert = format!(
                "INSERT OR IGNORE INTO \"{table}\" ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            );
            sql(&file, &insert).await;
        }
    }
    let hard = "
        INSERT INTO experiments (experiment_id, name, lifecycle_stage, workspace)
            VALUES (7, 'tab\t line\n back\\slash quote'' \"double\" ünï 🦀 \\N \\.', 'active', 'default'), (2147483647, ' V1', 'active', 'default');
        INSERT INTO metrics (\"key\", value, timestamp, run_uuid, step, is_nan) VALUES
            ('nan', 0, 1, 'v1', 0, 1), ('inf', 1.7976931348623157e308, 1, 'v1', 0, 0), ('-inf', -1.7976931348623157e308, 1, 'v1', 0, 0),
            ('small', 5e-324, 9223372036854775807, 'v1', -9223372036854775808, 0), ('third', 0.3333333333333333, 1, 'v1', 0, 0),
            ('sum', 0.30000000000000004, 1, 'v1', 0, 0), ('minus zero', -0.0, 1, 'v1', 0, 0), ('V', 1, 1, 'v1', 0, 0), ('v ', 1, 1, 'v1', 0, 0),
            ('v', 1, 1, 'v1', 0, 0);
        INSERT INTO params (\"key\", value, run_uuid) VALUES ('Case', '', 'v1'), ('case', ' ', 'v1'), ('case ', '\\', 'v1');
        INSERT INTO tags (\"key\", value, run_uuid) VALUES ('null', NULL, 'v1');";
    sql(&file, hard).await;
    home
}

fn value(table: &str, name: &str, kind: &str, row: i64) -> String {
    match (table, name, kind.split('(').next().unwrap().to_uppercase().as_str()) {
        (_, "workspace", _) => "'default'".to_owned(),
        ("workspaces", "name", _) => if row == 1 { "'default'" } else { "'second'" }.to_owned(),
        (_, "lifecycle_stage", _) => "'active'".to_owned(),
        ("runs", "status", _) => "'FINISHED'".to_owned(),
        ("runs", "source_type", _) => "'LOCAL'".to_owned(),
        // The first one is 0.
        (_, "experiment_id", "INTEGER") => (row - 1).to_string(),
        (_, _, "INTEGER" | "BIGINT") => row.to_string(),
        (_, _, "BOOLEAN") => (row % 2).to_string(),
        (_, _, "FLOAT") => format!("{}", 0.1 * row as f64),
        (_, _, "DATE") => format!("'2026-01-0{row}'"),
        (_, _, "JSON") => format!("'{{\"a\": [{row}, 1.5, null], \"ü\": \"\\n\"}}'"),
        (_, _, "BLOB") => format!("x'00ff5c0{row}'"),
        (_, _, "VARCHAR" | "TEXT") => format!("'v{row}'"),
        (_, _, other) => panic!("{table}.{name} has the type {other}"),
    }
}

#[tokio::test]
async fn every_row_of_every_table_arrives_and_comes_back_the_same() {
    let source = full().await;
    let before = dump(&file_of(&source)).await;
    let names = texts(&file_of(&source), TABLES).await;
    assert!(names.iter().all(|name| before.iter().any(|line| line.starts_with(&format!("{name}: ")))));

    let mut last = source;
    let mut homes = servers().await;
    homes.push(Home::file());
    for next in homes {
        let mut heard = Heard::default();
        let done = copy(&uri(&last), &uri(&next), &[], &mut heard).await.unwrap();
        assert!(done.tracking && done.auth);
        assert_eq!(done.tables.iter().map(|(_, rows)| rows).sum::<u64>(), heard.total);
        assert_eq!((heard.written, heard.before), (heard.total, 0));
        assert_eq!((heard.compared, heard.to_compare), (2 * heard.total, 2 * heard.total));
        assert!(heard.warnings.is_empty(), "{:?}", heard.warnings);
        // A server takes it for its own.
        prepare(&next, &[Schema::Auth]).await;
        last = next;
    }
    let after = dump(&file_of(&last)).await;
    for (before, after) in before.iter().zip(&after) {
        // SQLite keeps no sign of a zero; all else is the same.
        assert_eq!(before, after);
    }
    assert_eq!(before.len(), after.len());
}

#[tokio::test]
async fn one_schema_is_copied_where_there_is_one() {
    for (schema, tracking) in [(Schema::Tracking, true), (Schema::Auth, false)] {
        let (source, target) = (Home::file(), Home::file());
        prepare(&source, &[schema]).await;
        let done = copied(&source, &target).await.unwrap();
        assert_eq!((done.tracking, done.auth), (tracking, !tracking));
        assert_eq!(texts(&file_of(&target), TABLES).await, texts(&file_of(&source), TABLES).await);
        assert_eq!(dump(&file_of(&target)).await, dump(&file_of(&source)).await);
    }
}

/// More rows than a batch holds, with keys that do not come in the order in which they were written.
const MANY: &str = "
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 44999)
    INSERT INTO metrics (\"key\", value, timestamp, run_uuid, step, is_nan)
        SELECT 'many' || (i % 7), i * 0.1, 1000 - i % 1000, 'v' || (1 + i % 2), i, 0 FROM n;";

#[tokio::test]
async fn a_copy_that_was_ended_after_any_batch_goes_on_where_it_stopped() {
    let source = full().await;
    sql(&file_of(&source), MANY).await;
    let mut homes = servers().await;
    homes.push(Home::file());
    for target in homes {
        let (mut ends, mut in_metrics) = (0, 0);
        let heard = loop {
            // Several batches at a time, so that it ends at many places and does not take for ever.
            let mut heard = Heard { batches_left: Some(1 + ends % 11), ..Heard::default() };
            match copy(&uri(&source), &uri(&target), &[], &mut heard).await {
                Ok(_) => break heard,
                Err(StoreError::Lost(_)) => ends += 1,
                Err(other) => panic!("{other}"),
            }
            in_metrics += u64::from(heard.before > 20_000);
            assert!(ends < 200);
        };
        assert!(ends > 5 && in_metrics > 0 && heard.before > 0, "{ends} {in_metrics} {}", heard.before);
        assert_eq!(heard.before + heard.written, heard.total);
        if uri(&target).sqlite_path().is_some() {
            assert_eq!(dump(&file_of(&target)).await, dump(&file_of(&source)).await);
        }
    }
}

#[tokio::test]
async fn a_target_that_was_left_unfinished_serves_nobody_and_takes_no_other_source() {
    let (source, other, target) = (full().await, full().await, Home::file());
    let mut heard = Heard { batches_left: Some(3), ..Heard::default() };
    copy(&uri(&source), &uri(&target), &[], &mut heard).await.unwrap_err();

    let db = Db::open(&uri(&target)).await.unwrap();
    let refused = schema::prepare(&db, Schema::Tracking, &uri(&target)).await.unwrap_err().to_string();
    assert!(refused.contains("broken off") && refused.contains("millgate copy"), "{refused}");
    let refused = schema::check(&db, Schema::Auth, &uri(&target)).await.unwrap_err().to_string();
    assert!(refused.contains("broken off"), "{refused}");
    db.close().await;
    for (from, to) in [(&other, &target), (&target, &other)] {
        let refused = copied(from, to).await.unwrap_err().to_string();
        assert!(refused.contains("broken off"), "{refused}");
    }
    copied(&source, &target).await.unwrap();
    prepare(&target, &[Schema::Tracking, Schema::Auth]).await;
}

#[tokio::test]
async fn what_is_no_source_and_no_target_is_refused_and_left_alone() {
    let source = full().await;
    let refusal = async |from: &StoreUri, to: &StoreUri| {
        copy(from, to, &[], &mut Heard::default()).await.unwrap_err().to_string()
    };
    let folder = TempDir::new().unwrap();
    let at = |name: &str| -> StoreUri {
        format!("sqlite:///{}", folder.path().join(name).display()).parse().unwrap()
    };

    // The same file, by other names.
    std::os::unix::fs::symlink(file_of(&source), folder.path().join("link.db")).unwrap();
    std::fs::hard_link(file_of(&source), folder.path().join("hard.db")).unwrap();
    for same in [uri(&source), at("link.db"), at("hard.db")] {
        let refused = refusal(&uri(&source), &same).await;
        assert!(refused.contains("same database"), "{refused}");
    }
    // No source.
    let refused = refusal(&at("none.db"), &at("target.db")).await;
    assert!(refused.contains("there is no file"), "{refused}");
    let stranger_file = folder.path().join("stranger.db");
    drop(Db::open(&at("stranger.db")).await.unwrap());
    sql(&stranger_file, "CREATE TABLE cats (name TEXT)").await;
    let refused = refusal(&at("stranger.db"), &at("target.db")).await;
    assert!(
        refused.contains("no database of MLflow's") && refused.contains("millgate db upgrade"),
        "{refused}"
    );
    // Another revision.
    let old = Home::file();
    prepare(&old, &[Schema::Tracking]).await;
    sql(&file_of(&old), "UPDATE alembic_version SET version_num = 'abc'").await;
    let refused = refusal(&uri(&old), &at("target.db")).await;
    assert!(refused.contains("revision abc") && refused.contains("millgate db upgrade"), "{refused}");
    assert!(!folder.path().join("target.db").exists(), "nothing is made for nothing");

    // Targets that hold something.
    let refused = refusal(&uri(&source), &at("stranger.db")).await;
    assert!(refused.contains("not empty") && refused.contains("cats"), "{refused}");
    let other = full().await;
    let before = dump(&file_of(&other)).await;
    let refused = refusal(&uri(&source), &uri(&other)).await;
    assert!(refused.contains("not empty"), "{refused}");
    assert_eq!(dump(&file_of(&other)).await, before);
    // A schema without rows is empty.
    let fresh = Home::file();
    prepare(&fresh, &[Schema::Tracking]).await;
    copied(&source, &fresh).await.unwrap();
}

#[tokio::test]
async fn a_source_that_changes_is_noticed() {
    let (source, target) = (full().await, Home::file());
    let mut heard = Heard { batches_left: Some(60), ..Heard::default() };
    copy(&uri(&source), &uri(&target), &[], &mut heard).await.unwrap_err();
    // The experiments are there by now.
    sql(&file_of(&source), "UPDATE experiments SET name = 'another' WHERE experiment_id = 7").await;
    let refused = copied(&source, &target).await.unwrap_err().to_string();
    assert!(
        refused.contains("of experiments are not the same") && refused.contains("stop the servers"),
        "{refused}"
    );
}

#[tokio::test]
async fn ids_that_were_given_are_not_given_again() {
    let source = Home::file();
    prepare(&source, &[Schema::Auth]).await;
    let audit = "INSERT INTO millgate_audit (id, at, operation, outcome, detail, events) VALUES (41, 1, 'a', 'b', '', 1);
                 DELETE FROM millgate_audit;
                 INSERT INTO users (id, username, is_admin) VALUES (9, 'ada', 1);";
    sql(&file_of(&source), audit).await;
    let mut last = source;
    let mut homes = servers().await;
    homes.push(Home::file());
    for next in homes {
        copied(&last, &next).await.unwrap();
        last = next;
    }
    sql(
        &file_of(&last),
        "INSERT INTO millgate_audit (at, operation, outcome, detail, events) VALUES (1, 'a', 'b', '', 1);
         INSERT INTO users (username, is_admin) VALUES ('eve', 0);",
    )
    .await;
    let ids = "SELECT CAST(id AS TEXT) FROM millgate_audit UNION ALL SELECT CAST(max(id) AS TEXT) FROM users";
    assert_eq!(texts(&file_of(&last), ids).await, ["42", "10"]);
}

#[tokio::test]
async fn a_server_numbers_new_rows_behind_those_that_came() {
    let source = full().await;
    for target in servers().await {
        copied(&source, &target).await.unwrap();
        let mut stranger = Stranger::connect(&target).await;
        // The greatest number of an experiment is taken, so that the next one would not fit.
        stranger.run("DELETE FROM experiments WHERE experiment_id > 100").await;
        stranger
            .run("INSERT INTO millgate_audit (at, operation, outcome, detail, events) VALUES (1, 'a', 'new', '', 1)")
            .await;
        let id: Vec<(i64,)> = stranger.rows("SELECT id FROM millgate_audit WHERE outcome = 'new'").await;
        assert_eq!(id, [(3,)]);
        stranger.close().await;
    }
}

#[tokio::test]
async fn artifact_roots_move_where_that_is_asked_for() {
    let (source, target) = (full().await, Home::file());
    let locations = "
        UPDATE experiments SET artifact_location = '/old/' || experiment_id;
        UPDATE runs SET artifact_uri = '/old/0/' || run_uuid || '/artifacts' WHERE run_uuid = 'v1';
        UPDATE runs SET artifact_uri = '/older/0' WHERE run_uuid = 'v2';
        INSERT INTO trace_tags (\"key\", value, request_id) VALUES ('mlflow.artifactLocation', '/old/t', 'v1'), ('other', '/old/t', 'v1');";
    sql(&file_of(&source), locations).await;
    let roots: [ArtifactRoot; 1] = ["/old/=s3://bucket/new".parse().unwrap()];
    copy(&uri(&source), &uri(&target), &roots, &mut Heard::default()).await.unwrap();
    let file = file_of(&target);
    assert_eq!(
        texts(&file, "SELECT artifact_location FROM experiments WHERE experiment_id = 7").await,
        ["s3://bucket/new/7"]
    );
    assert_eq!(
        texts(&file, "SELECT artifact_uri FROM runs ORDER BY run_uuid").await,
        ["s3://bucket/new/0/v1/artifacts", "/older/0"]
    );
    assert_eq!(
        texts(&file, "SELECT value FROM trace_tags WHERE value LIKE '%/t' ORDER BY \"key\"").await,
        ["s3://bucket/new/t", "/old/t"]
    );
    let long: [ArtifactRoot; 1] = [format!("/old=/{}", "x".repeat(250)).parse().unwrap()];
    let refused = copy(&uri(&source), &uri(&Home::file()), &long, &mut Heard::default()).await.unwrap_err();
    assert!(refused.to_string().contains("takes 256 characters"), "{refused}");
}

#[tokio::test]
async fn what_a_server_does_not_take_is_named_with_its_table_and_key() {
    for target in servers().await {
        let is_postgresql = uri(&target).dialect == store::uri::Dialect::Postgresql;
        let source = full().await;
        if is_postgresql {
            sql(&file_of(&source), "UPDATE params SET value = 'a' || char(0) WHERE \"key\" = 'Case'").await;
            let refused = copied(&source, &target).await.unwrap_err().to_string();
            assert!(
                refused.contains("NUL") && refused.contains("params") && refused.contains("'Case'"),
                "{refused}"
            );
        }
        // It is changed, and the copy goes on.
        sql(&file_of(&source), "UPDATE params SET value = '' WHERE \"key\" = 'Case'").await;
        sql(
            &file_of(&source),
            "UPDATE registered_model_tags SET value = hex(zeroblob(9000)) WHERE \"key\" = 'v1'",
        )
        .await;
        let refused = copied(&source, &target).await.unwrap_err().to_string();
        assert!(refused.contains("table registered_model_tags") && refused.contains("key='v1'"), "{refused}");
        sql(&file_of(&source), "UPDATE registered_model_tags SET value = 'v1' WHERE \"key\" = 'v1'").await;
        copied(&source, &target).await.unwrap();

        sql(&file_of(&source), "DELETE FROM runs WHERE run_uuid = 'v2'").await;
        let Some(other) = servers().await.into_iter().next() else { return };
        let refused = copied(&source, &other).await.unwrap_err().to_string();
        assert!(
            refused.contains("refer to others that are gone") && refused.contains("to runs"),
            "{refused}"
        );
        if !is_postgresql {
            continue;
        }
        // The same server by another name.
        let again: StoreUri = target.uri().replace("127.0.0.1", "localhost").parse().unwrap();
        let refused = copy(&uri(&target), &again, &[], &mut Heard::default()).await.unwrap_err().to_string();
        assert!(refused.contains("the same one"), "{refused}");
    }
}

#[tokio::test]
async fn tables_of_others_are_not_copied_and_said_so() {
    let source = full().await;
    sql(&file_of(&source), "CREATE TABLE cats (name TEXT)").await;
    let mut heard = Heard::default();
    copy(&uri(&source), &uri(&Home::file()), &[], &mut heard).await.unwrap();
    assert_eq!(heard.warnings.len(), 1);
    assert!(heard.warnings[0].contains("cats"));
}
