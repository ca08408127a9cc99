//! SQLite. It keeps no names of constraints itself, so these are read off the text of the tables, as SQLAlchemy reads them.

use super::comparing::{self, actions, is_of_ours};
use serde_json::{Map, Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use store::schema::{self, Prepared, Schema};
use store::{Db, StoreUri};
use tempfile::TempDir;

#[derive(Clone, Copy)]
pub(crate) enum Database {
    Tracking,
    Authentication,
}

impl Database {
    const fn schema(self) -> Schema {
        match self {
            Self::Tracking => Schema::Tracking,
            Self::Authentication => Schema::Auth,
        }
    }

    pub(crate) fn reference(self) -> Value {
        let text = match self {
            Self::Tracking => include_str!("../../reference/schema-tracking-sqlite.json"),
            Self::Authentication => include_str!("../../reference/schema-auth-sqlite.json"),
        };
        serde_json::from_str(text).unwrap()
    }
}

/// A fresh database, and the directory that goes away with it.
async fn fresh(database: Database) -> (SqliteConnection, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("fresh.db");
    let uri: StoreUri = format!("sqlite:///{}", file.display()).parse().unwrap();
    let db = Db::open(&uri).await.unwrap();
    assert_eq!(schema::prepare(&db, database.schema(), &uri).await.unwrap(), Prepared::Created);
    db.close().await;
    let connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
    (connection, directory)
}

#[tokio::test]
async fn a_fresh_tracking_database_has_the_schema_of_mlflow() {
    let (mut connection, _directory) = fresh(Database::Tracking).await;
    let differences = differences(&Database::Tracking.reference(), &mut connection).await;
    assert!(differences.is_empty(), "tracking.sql differs from MLflow 3.17.2:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn a_fresh_authentication_database_has_the_schema_of_mlflow() {
    let (mut connection, _directory) = fresh(Database::Authentication).await;
    let differences = differences(&Database::Authentication.reference(), &mut connection).await;
    assert!(differences.is_empty(), "auth.sql differs from MLflow 3.17.2:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn every_kind_of_deviation_is_told() {
    let deviations: [(&str, &[&str]); 9] = [
        (
            "ALTER TABLE users ADD COLUMN email TEXT",
            &[r#"+ users columns[4] {"name":"email","nullable":true,"type":"TEXT"}"#],
        ),
        (
            "DROP INDEX idx_roles_workspace",
            &[r#"- roles indexes {"columns":["workspace"],"name":"idx_roles_workspace","unique":false}"#],
        ),
        (
            "CREATE UNIQUE INDEX one_admin ON users (is_admin) WHERE is_admin",
            &[
                r#"+ users indexes {"columns":["is_admin"],"name":"one_admin","unique":true,"where":"is_admin"}"#,
            ],
        ),
        (
            "CREATE TRIGGER keep BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'no'); END",
            &[concat!(
                r#"+ triggers {"name":"keep","sql":"CREATE TRIGGER keep BEFORE DELETE ON users "#,
                r#"BEGIN SELECT RAISE(ABORT, 'no'); END","table":"users"}"#
            )],
        ),
        (
            "UPDATE alembic_version_auth SET version_num = 'other'",
            &[r#"- revision "f1a2b3c4d5e6""#, r#"+ revision "other""#],
        ),
        (
            "CREATE TABLE extra (a INTEGER CONSTRAINT inline NOT NULL)",
            &[
                r#"+ extra columns[0] {"name":"a","nullable":false,"type":"INTEGER"}"#,
                r#"+ extra primary_key {"constrained_columns":[],"name":null}"#,
            ],
        ),
        (
            "CREATE TABLE extra (a INTEGER DEFAULT 1, b GENERATED ALWAYS AS (a + 1), \
             CONSTRAINT positive CHECK (a > 0))",
            &[
                r#"+ extra checks {"name":"positive","sql":"a > 0"}"#,
                r#"+ extra columns[0] {"default":"1","name":"a","nullable":true,"type":"INTEGER"}"#,
                r#"+ extra columns[1] {"computed":"a + 1","name":"b","nullable":true,"type":""}"#,
                r#"+ extra primary_key {"constrained_columns":[],"name":null}"#,
            ],
        ),
        (
            "DROP TABLE workspace_permissions",
            &[
                r#"- workspace_permissions columns[0] {"name":"workspace","nullable":false,"type":"VARCHAR(63)"}"#,
                r#"- workspace_permissions columns[1] {"name":"user_id","nullable":false,"type":"INTEGER"}"#,
                r#"- workspace_permissions columns[2] {"name":"permission","nullable":false,"type":"VARCHAR(32)"}"#,
                concat!(
                    r#"- workspace_permissions foreign_keys {"columns":["user_id"],"name":null,"#,
                    r#""options":{},"references":"users","referred_columns":["id"]}"#
                ),
                concat!(
                    r#"- workspace_permissions indexes {"columns":["user_id"],"#,
                    r#""name":"idx_workspace_permissions_user_id","unique":false}"#
                ),
                concat!(
                    r#"- workspace_permissions indexes {"columns":["workspace"],"#,
                    r#""name":"idx_workspace_permissions_workspace","unique":false}"#
                ),
                concat!(
                    r#"- workspace_permissions primary_key {"constrained_columns":["workspace","user_id"],"#,
                    r#""name":"workspace_permissions_pk"}"#
                ),
            ],
        ),
        (
            "CREATE TABLE extra (a INTEGER, b INTEGER, PRIMARY KEY (b, a), CONSTRAINT once UNIQUE (a), \
             CONSTRAINT owner FOREIGN KEY (b) REFERENCES users (id) ON DELETE CASCADE ON UPDATE SET NULL)",
            &[
                r#"+ extra columns[0] {"name":"a","nullable":true,"type":"INTEGER"}"#,
                r#"+ extra columns[1] {"name":"b","nullable":true,"type":"INTEGER"}"#,
                concat!(
                    r#"+ extra foreign_keys {"columns":["b"],"name":"owner","#,
                    r#""options":{"ondelete":"CASCADE","onupdate":"SET NULL"},"#,
                    r#""references":"users","referred_columns":["id"]}"#
                ),
                r#"+ extra primary_key {"constrained_columns":["b","a"],"name":null}"#,
                r#"+ extra unique {"columns":["a"],"name":"once"}"#,
            ],
        ),
    ];
    for (deviation, told) in deviations {
        let (mut connection, _directory) = fresh(Database::Authentication).await;
        connection.execute(deviation).await.unwrap();
        let differences = differences(&Database::Authentication.reference(), &mut connection).await;
        assert_eq!(differences, told, "after {deviation}");
    }
}

#[tokio::test]
async fn only_the_index_of_latest_mcp_versions_descends() {
    let query = "SELECT entry.name || '.' || part.name FROM sqlite_master AS entry, pragma_index_xinfo(entry.name) AS part
                 WHERE entry.type = 'index' AND part.key AND part.desc AND entry.name NOT LIKE 'idx_millgate_%'
                 ORDER BY entry.name, part.seqno";
    let (mut connection, _directory) = fresh(Database::Tracking).await;
    let descending: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    assert_eq!(
        descending,
        [
            "idx_mcp_server_versions_latest.version_major",
            "idx_mcp_server_versions_latest.version_minor",
            "idx_mcp_server_versions_latest.version_patch",
        ]
    );
    let (mut connection, _directory) = fresh(Database::Authentication).await;
    let descending: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    assert_eq!(descending, [""; 0]);
}

#[tokio::test]
async fn ids_and_names_are_told_apart_by_case() {
    for database in [Database::Tracking, Database::Authentication] {
        let (mut connection, _directory) = fresh(database).await;
        let collations: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT part.coll FROM sqlite_master AS entry, pragma_index_xinfo(entry.name) AS part
             WHERE entry.type = 'index'",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        assert_eq!(collations, ["BINARY"]);
    }
}

#[tokio::test]
async fn the_duration_of_a_span_is_computed_when_it_is_written() {
    let (mut connection, _directory) = fresh(Database::Tracking).await;
    const STORED: i64 = 3;
    let hidden: i64 =
        sqlx::query_scalar("SELECT hidden FROM pragma_table_xinfo('spans') WHERE name = 'duration_ns'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(hidden, STORED);
}

/// SQLAlchemy's patterns don't look past the end of a line: Alembic would lose the names of what is broken over two.
#[tokio::test]
async fn every_column_and_constraint_keeps_to_one_line() {
    for database in [Database::Tracking, Database::Authentication] {
        let (mut connection, _directory) = fresh(database).await;
        for (table, text) in tables(&mut connection).await {
            let broken: Vec<String> =
                definitions(&text).into_iter().filter(|definition| definition.contains('\n')).collect();
            assert!(broken.is_empty(), "in {table}: {broken:?}");
        }
    }
}

#[tokio::test]
async fn a_fresh_database_holds_its_revision_and_the_default_workspace_only() {
    let (mut connection, _directory) = fresh(Database::Tracking).await;
    assert_eq!(filled_tables(&mut connection).await, ["alembic_version: 1", "workspaces: 1"]);
    let workspace: (String, Option<String>, Option<String>, Option<String>) = sqlx::query_as(
        "SELECT name, default_artifact_root, trace_archival_location, trace_archival_retention FROM workspaces",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(workspace, ("default".to_owned(), None, None, None));

    let (mut connection, _directory) = fresh(Database::Authentication).await;
    assert_eq!(filled_tables(&mut connection).await, ["alembic_version_auth: 1"]);
}

async fn filled_tables(connection: &mut SqliteConnection) -> Vec<String> {
    let mut filled = Vec::new();
    for (table, _) in tables(connection).await {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await.unwrap();
        if rows > 0 {
            filled.push(format!("{table}: {rows}"));
        }
    }
    filled
}

/// What only the reference has (`-`) and what only the database has (`+`), a line each.
pub(crate) async fn differences(reference: &Value, connection: &mut SqliteConnection) -> Vec<String> {
    let version_table = reference["version_table"].as_str().unwrap();
    comparing::differences(reference, &introspect(version_table, connection).await)
}

/// Describes a database in the form of the reference.
async fn introspect(version_table: &str, connection: &mut SqliteConnection) -> Value {
    let mut described = Map::new();
    for (table, text) in tables(connection).await {
        let rules = constraints(&text);
        let description = json!({
            "checks": checks(&rules),
            "columns": columns(&table, &text, connection).await,
            "foreign_keys": foreign_keys(&table, &rules, connection).await,
            "indexes": indexes(&table, connection).await,
            "primary_key": primary_key(&table, &rules, connection).await,
            "unique": uniques(&table, &rules, connection).await,
        });
        described.insert(table, description);
    }
    let triggers: Vec<Value> =
        sqlx::query("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
            .fetch_all(&mut *connection)
            .await
            .unwrap()
            .iter()
            .map(|row| json!({"name": text(row, 0), "sql": text(row, 1), "table": text(row, 2)}))
            .collect();
    let revision = format!("SELECT version_num FROM {version_table}");
    let revision: String = sqlx::query_scalar(AssertSqlSafe(revision)).fetch_one(connection).await.unwrap();
    json!({"revision": revision, "tables": described, "triggers": triggers})
}

/// The name and the text of every table.
async fn tables(connection: &mut SqliteConnection) -> Vec<(String, String)> {
    let all: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
            .fetch_all(connection)
            .await
            .unwrap();
    // Those that MLflow doesn't know, and SQLite's own, which counts their ids.
    all.into_iter().filter(|(name, _)| !store::own::is_own_table(name) && name != "sqlite_sequence").collect()
}

async fn columns(table: &str, table_text: &str, connection: &mut SqliteConnection) -> Vec<Value> {
    let rows = sqlx::query(
        "SELECT name, type, \"notnull\", dflt_value, hidden FROM pragma_table_xinfo(?) ORDER BY cid",
    )
    .bind(table)
    .fetch_all(connection)
    .await
    .unwrap();
    rows.iter()
        .map(|row| {
            let name = text(row, 0);
            let mut column =
                json!({"name": name, "nullable": row.get::<i64, _>(2) == 0, "type": text(row, 1)});
            if let Some(default) = row.get::<Option<String>, _>(3) {
                column["default"] = Value::from(default);
            }
            if row.get::<i64, _>(4) != 0 {
                let definition =
                    definitions(table_text).into_iter().find(|item| item.starts_with(&name)).unwrap();
                column["computed"] = Value::from(parenthesized(definition.split_once(" AS ").unwrap().1));
            }
            column
        })
        .collect()
}

async fn primary_key(table: &str, rules: &[Constraint], connection: &mut SqliteConnection) -> Value {
    let columns: Vec<String> =
        sqlx::query_scalar("SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk")
            .bind(table)
            .fetch_all(connection)
            .await
            .unwrap();
    json!({"constrained_columns": columns, "name": name_of("PRIMARY KEY", &columns, rules)})
}

async fn foreign_keys(table: &str, rules: &[Constraint], connection: &mut SqliteConnection) -> Vec<Value> {
    let keys = sqlx::query(
        "SELECT \"table\", on_delete, on_update, json_group_array(\"from\"), json_group_array(\"to\")
         FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id",
    )
    .bind(table)
    .fetch_all(connection)
    .await
    .unwrap();
    keys.iter()
        .map(|key| {
            let columns: Vec<String> = serde_json::from_str(&text(key, 3)).unwrap();
            let referred: Vec<String> = serde_json::from_str(&text(key, 4)).unwrap();
            json!({
                "columns": columns,
                "name": name_of("FOREIGN KEY", &columns, rules),
                "options": actions(&text(key, 1), &text(key, 2)),
                "references": text(key, 0),
                "referred_columns": referred,
            })
        })
        .collect()
}

async fn indexes(table: &str, connection: &mut SqliteConnection) -> Vec<Value> {
    let mut found = Vec::new();
    for row in index_list(table, "c", connection).await {
        let name = text(&row, 0);
        if is_of_ours(&name) {
            continue;
        }
        let columns = index_columns(&name, connection).await;
        let mut index = json!({"columns": columns, "name": name, "unique": row.get::<i64, _>(1) != 0});
        if row.get::<i64, _>(2) != 0 {
            let definition: String = sqlx::query_scalar("SELECT sql FROM sqlite_master WHERE name = ?")
                .bind(name)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            index["where"] = Value::from(definition.split_once(" WHERE ").unwrap().1);
        }
        found.push(index);
    }
    found
}

async fn uniques(table: &str, rules: &[Constraint], connection: &mut SqliteConnection) -> Vec<Value> {
    let mut found = Vec::new();
    for row in index_list(table, "u", connection).await {
        let columns = index_columns(&text(&row, 0), connection).await;
        found.push(json!({"columns": columns, "name": name_of("UNIQUE", &columns, rules)}));
    }
    found
}

/// Name, uniqueness and partiality of a table's indexes that come from CREATE INDEX (`c`) or from UNIQUE (`u`).
async fn index_list(table: &str, origin: &str, connection: &mut SqliteConnection) -> Vec<SqliteRow> {
    sqlx::query("SELECT name, \"unique\", partial FROM pragma_index_list(?) WHERE origin = ? ORDER BY name")
        .bind(table)
        .bind(origin)
        .fetch_all(connection)
        .await
        .unwrap()
}

async fn index_columns(index: &str, connection: &mut SqliteConnection) -> Vec<String> {
    sqlx::query_scalar("SELECT name FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno")
        .bind(index)
        .fetch_all(connection)
        .await
        .unwrap()
}

fn checks(rules: &[Constraint]) -> Vec<Value> {
    let checks = rules.iter().filter(|constraint| constraint.rule.starts_with("CHECK"));
    checks.map(|check| json!({"name": check.name, "sql": parenthesized(&check.rule)})).collect()
}

struct Constraint {
    name: Option<String>,
    rule: String,
}

/// The constraints of a table, in the order of its text.
fn constraints(table_text: &str) -> Vec<Constraint> {
    let named = definitions(table_text).into_iter().map(|item| match item.strip_prefix("CONSTRAINT ") {
        Some(named) => {
            let (name, rule) = named.split_once(' ').unwrap();
            Constraint { name: Some(name.to_owned()), rule: rule.to_owned() }
        }
        None => Constraint { name: None, rule: item },
    });
    let kinds = ["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"];
    named.filter(|constraint| kinds.iter().any(|kind| constraint.rule.starts_with(kind))).collect()
}

/// The name of the constraint of one kind on these columns, if it has one.
fn name_of(kind: &str, columns: &[String], rules: &[Constraint]) -> Option<String> {
    let on_columns = |constraint: &&Constraint| {
        constraint.rule.starts_with(kind)
            && parenthesized(&constraint.rule)
                .split(',')
                .map(|column| column.trim().trim_matches('"'))
                .eq(columns)
    };
    rules.iter().find(on_columns).and_then(|constraint| constraint.name.clone())
}

/// What stands in the first parentheses of a text.
fn parenthesized(text: &str) -> &str {
    let (_, opened) = text.split_once('(').unwrap();
    let mut depth = 1;
    let closes = |character| {
        depth += nesting(character);
        depth == 0
    };
    opened.split_once(closes).unwrap().0
}

/// The columns and constraints of a CREATE TABLE: its body, parted at the commas that no parentheses enclose.
fn definitions(table_text: &str) -> Vec<String> {
    let mut depth = 0;
    parenthesized(table_text)
        .split(|character| {
            depth += nesting(character);
            character == ',' && depth == 0
        })
        .map(|definition| definition.trim().to_owned())
        .collect()
}

fn nesting(character: char) -> i32 {
    match character {
        '(' => 1,
        ')' => -1,
        _ => 0,
    }
}

fn text(row: &SqliteRow, column: usize) -> String {
    row.get(column)
}
