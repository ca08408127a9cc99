//! MariaDB and MySQL, as `information_schema` describes a database. The references are of MariaDB.

use super::comparing::{self, Description, actions};
use super::servers::{self, Scratch};
use serde_json::{Value, json};
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, FromRow};
use store::schema::Schema;

/// The collation that compares bytes and does not pad.
const COLLATION: &str = "utf8mb4_nopad_bin";
/// MLflow takes that of its database.
const COLLATION_OF_THE_REFERENCE: &str = "utf8mb4_general_ci";
/// MariaDB's JSON is a text with this one.
const COLLATION_OF_JSON: &str = "utf8mb4_bin";

/// What MLflow creates, but for the collation. Of users, it creates nothing here.
fn tracking_reference() -> Value {
    let text = include_str!("../../reference/schema-tracking-mysql.json");
    serde_json::from_str(&text.replace(COLLATION_OF_THE_REFERENCE, COLLATION)).unwrap()
}

fn version_table(schema: Schema) -> &'static str {
    match schema {
        Schema::Tracking => "alembic_version",
        Schema::Auth => "alembic_version_auth",
    }
}

/// A new, empty database, gone with the second value.
async fn empty() -> Option<(MySqlConnection, Scratch)> {
    let scratch = servers::mysql().await?;
    Some((MySqlConnection::connect(&scratch.uri()).await.unwrap(), scratch))
}

async fn fresh(schema: Schema) -> Option<(MySqlConnection, Scratch)> {
    let (mut connection, scratch) = empty().await?;
    create(&mut connection, schema).await;
    Some((connection, scratch))
}

async fn create(connection: &mut MySqlConnection, schema: Schema) {
    for statement in statements(schema) {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.unwrap();
    }
}

/// The statements of a script as they are to be run: each ends where a line ends with `;`.
fn statements(schema: Schema) -> Vec<String> {
    let script = match schema {
        Schema::Tracking => include_str!("../../../schema/mysql/tracking.sql"),
        Schema::Auth => include_str!("../../../schema/mysql/auth.sql"),
    };
    script.replace("{collation}", COLLATION).split_inclusive(";\n").map(str::to_owned).collect()
}

async fn differences_of_fresh(connection: &mut MySqlConnection) -> Vec<String> {
    comparing::differences(&tracking_reference(), &introspect(Schema::Tracking, connection).await)
}

/// How the tracking database at an address differs from that of MLflow, the collation with it.
pub(crate) async fn tracking_differences(uri: &str) -> Vec<String> {
    let mut connection = MySqlConnection::connect(uri).await.unwrap();
    let reference = serde_json::from_str(include_str!("../../reference/schema-tracking-mysql.json")).unwrap();
    let differences =
        comparing::differences(&reference, &introspect(Schema::Tracking, &mut connection).await);
    connection.close().await.unwrap();
    differences
}

#[tokio::test]
async fn a_fresh_tracking_database_has_the_schema_of_mlflow() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let differences = differences_of_fresh(&mut connection).await;
    assert!(differences.is_empty(), "tracking.sql differs from MLflow 3.17.2:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn a_fresh_authentication_database_has_the_columns_keys_and_indexes_of_the_one_on_sqlite() {
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    let reference = nameless(super::Database::Authentication.reference());
    let differences =
        comparing::differences(&reference, &nameless(introspect(Schema::Auth, &mut connection).await));
    assert!(differences.is_empty(), "auth.sql differs from that of SQLite:\n{}", differences.join("\n"));
}

/// A description in which two kinds of databases are alike: without names of keys and indexes, with the types of one of them,
/// and without the indexes that are there for a unique or a foreign key alone.
fn nameless(mut description: Value) -> Value {
    for (_, table) in description["tables"].as_object_mut().unwrap() {
        for column in table["columns"].as_array_mut().unwrap() {
            let column = column.as_object_mut().unwrap();
            column.remove("autoincrement");
            column.remove("collation");
            if column["type"] == "BOOLEAN" {
                column.insert("type".to_owned(), Value::from("TINYINT"));
            }
        }
        let columns_of = |keys: &Value| -> Vec<Value> {
            keys.as_array().unwrap().iter().map(|key| key["columns"].clone()).collect()
        };
        let (unique, foreign) = (columns_of(&table["unique"]), columns_of(&table["foreign_keys"]));
        table["indexes"].as_array_mut().unwrap().retain(|index| {
            let of_a_key = if index["unique"] == true { &unique } else { &foreign };
            !of_a_key.contains(&index["columns"])
        });
        table["primary_key"].as_object_mut().unwrap().remove("name");
        for kind in ["foreign_keys", "indexes", "unique"] {
            for key in table[kind].as_array_mut().unwrap() {
                key.as_object_mut().unwrap().remove("name");
            }
        }
    }
    description
}

#[tokio::test]
async fn every_index_of_the_authentication_database_on_sqlite_is_there_by_its_name() {
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    let found = introspect(Schema::Auth, &mut connection).await;
    let reference = super::Database::Authentication.reference();
    for (name, table) in reference["tables"].as_object().unwrap() {
        for index in table["indexes"].as_array().unwrap() {
            assert!(found["tables"][name]["indexes"].as_array().unwrap().contains(index), "{name}: {index}");
        }
    }
}

#[tokio::test]
async fn one_foreign_key_of_users_has_a_name_of_ours() {
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    let found = introspect(Schema::Auth, &mut connection).await;
    let reference = super::Database::Authentication.reference();
    let mut renamed = Vec::new();
    for (name, table) in reference["tables"].as_object().unwrap() {
        for key in table["foreign_keys"].as_array().unwrap().iter().filter(|key| key["name"].is_string()) {
            if !found["tables"][name]["foreign_keys"].as_array().unwrap().contains(key) {
                renamed.push(format!("{name}.{}", key["name"].as_str().unwrap()));
            }
        }
    }
    assert_eq!(renamed, ["registered_model_permissions.fk_user_id"]);
}

#[tokio::test]
async fn one_database_can_hold_both_schemas() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    create(&mut connection, Schema::Auth).await;
}

#[tokio::test]
async fn a_creation_that_was_cut_off_is_taken_up() {
    let Some((mut whole, _scratch)) = fresh(Schema::Tracking).await else { return };
    let whole = introspect(Schema::Tracking, &mut whole).await;
    let all = statements(Schema::Tracking);
    let last = all.len() - 1;
    let at_the_trigger = all.iter().position(|statement| statement.starts_with("CREATE TRIGGER")).unwrap();
    for cut in [1, 10, at_the_trigger, at_the_trigger + 1, last, last + 1] {
        let Some((mut connection, _scratch)) = empty().await else { return };
        for statement in &all[..cut] {
            connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.clone()))).await.unwrap();
        }
        let revisions: i64 = sqlx::query_scalar("SELECT count(*) FROM alembic_version")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(revisions, i64::from(cut > last), "the revision is written last");
        create(&mut connection, Schema::Tracking).await;
        assert_eq!(introspect(Schema::Tracking, &mut connection).await, whole, "after {cut} statements");
        assert_eq!(filled_tables(&mut connection).await, ["alembic_version: 1", "workspaces: 1"]);
    }
}

#[tokio::test]
async fn a_fresh_database_holds_its_revision_and_the_default_workspace_only() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    assert_eq!(filled_tables(&mut connection).await, ["alembic_version: 1", "workspaces: 1"]);
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    assert_eq!(filled_tables(&mut connection).await, ["alembic_version_auth: 1"]);
}

async fn filled_tables(connection: &mut MySqlConnection) -> Vec<String> {
    let mut filled = Vec::new();
    for table in tables(connection).await {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await.unwrap();
        if rows > 0 && !store::own::is_own_table(&table) {
            filled.push(format!("{table}: {rows}"));
        }
    }
    filled
}

#[tokio::test]
async fn every_kind_of_deviation_is_told() {
    let deviations: [(&str, &[&str]); 8] = [
        (
            "ALTER TABLE job_locks ADD COLUMN note VARCHAR(9) COLLATE utf8mb4_general_ci DEFAULT 'a'",
            &[concat!(
                r#"+ job_locks columns[3] {"collation":"utf8mb4_general_ci","default":"'a'","name":"note","#,
                r#""nullable":true,"type":"VARCHAR(9)"}"#
            )],
        ),
        (
            "ALTER TABLE sql_assessment_daily_rollups MODIFY id INTEGER NOT NULL",
            &[
                concat!(
                    r#"- sql_assessment_daily_rollups columns[0] {"autoincrement":true,"name":"id","#,
                    r#""nullable":false,"type":"BIGINT"}"#
                ),
                r#"+ sql_assessment_daily_rollups columns[0] {"name":"id","nullable":false,"type":"INTEGER"}"#,
            ],
        ),
        (
            "CREATE UNIQUE INDEX one_of_a_name ON webhooks (name)",
            &[
                r#"+ webhooks indexes {"columns":["name"],"name":"one_of_a_name","unique":true}"#,
                r#"+ webhooks unique {"columns":["name"],"name":"one_of_a_name"}"#,
            ],
        ),
        (
            "ALTER TABLE job_locks ADD CONSTRAINT job FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE \
             ON UPDATE CASCADE, DROP FOREIGN KEY fk_job_locks_job_id",
            &[
                concat!(
                    r#"- job_locks foreign_keys {"columns":["job_id"],"name":"fk_job_locks_job_id","#,
                    r#""options":{"ondelete":"CASCADE"},"references":"jobs","referred_columns":["id"]}"#
                ),
                concat!(
                    r#"+ job_locks foreign_keys {"columns":["job_id"],"name":"job","#,
                    r#""options":{"ondelete":"CASCADE","onupdate":"CASCADE"},"references":"jobs","referred_columns":["id"]}"#
                ),
            ],
        ),
        (
            "ALTER TABLE scheduler_leases ADD CONSTRAINT positive CHECK (ttl_seconds > 0)",
            &[r#"+ scheduler_leases checks {"name":"positive","sql":"`ttl_seconds` > 0"}"#],
        ),
        (
            "ALTER TABLE job_locks ADD COLUMN age BIGINT GENERATED ALWAYS AS (acquired_at + 1) STORED",
            &[
                r#"+ job_locks columns[4] {"computed":"(`acquired_at` + 1)","name":"age","nullable":true,"type":"BIGINT"}"#,
            ],
        ),
        (
            "CREATE TRIGGER keep AFTER DELETE ON jobs FOR EACH ROW SET @gone = 1",
            &[concat!(
                r#"+ triggers {"action":"SET @gone = 1","event":"DELETE","name":"keep","#,
                r#""table":"jobs","timing":"AFTER"}"#
            )],
        ),
        (
            "UPDATE alembic_version SET version_num = 'other'",
            &[r#"- revision "dc11669786a5""#, r#"+ revision "other""#],
        ),
    ];
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let mut all_told = Vec::new();
    for (deviation, told) in deviations {
        connection.execute(sqlx::raw_sql(deviation)).await.unwrap();
        let mut found = differences_of_fresh(&mut connection).await;
        found.retain(|line| !all_told.contains(line));
        assert_eq!(found, told, "after {deviation}");
        all_told.extend(found);
    }
}

#[tokio::test]
async fn every_text_is_compared_by_its_bytes() {
    for schema in [Schema::Tracking, Schema::Auth] {
        let Some((mut connection, _scratch)) = fresh(schema).await else { return };
        let columns = all_columns(&mut connection).await;
        let texts = columns.iter().filter(|column| column.collation.is_some());
        assert!(texts.count() > 10);
        let mut others = Vec::new();
        for column in columns {
            match column.collation.as_deref() {
                None | Some(COLLATION) => {}
                Some(COLLATION_OF_JSON) if is_json(&column, &mut connection).await => {}
                Some(other) => others.push(format!("{}.{}: {other}", column.table, column.name)),
            }
        }
        assert_eq!(others, [""; 0]);
        // A later column has what the table has.
        let tables: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT table_name, engine, table_collation FROM information_schema.tables WHERE table_schema = DATABASE()",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        for (table, engine, collation) in tables {
            assert_eq!((engine.as_str(), collation.as_str()), ("InnoDB", COLLATION), "{table}");
        }
    }
}

/// MariaDB's JSON is a LONGTEXT that a check of its own holds to JSON.
async fn is_json(column: &Column, connection: &mut MySqlConnection) -> bool {
    let checks: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()
         AND table_name = ? AND level = 'Column' AND check_clause = concat('json_valid(`', ?, '`)')",
    )
    .bind(&column.table)
    .bind(&column.name)
    .fetch_one(connection)
    .await
    .unwrap();
    column.data_type == "longtext" && checks == 1
}

#[tokio::test]
async fn names_differ_by_case_spaces_and_code_points() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    for name in ["tea", "Tea", "tea ", "t\u{e9}", "te\u{301}"] {
        let insert = sqlx::query("INSERT INTO experiments (name) VALUES (?)").bind(name);
        insert.execute(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn a_secret_keeps_its_id_and_its_name() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let insert = "INSERT INTO secrets (secret_id, secret_name, encrypted_value, wrapped_dek, kek_version, masked_value, \
                  created_at, last_updated_at) VALUES ('s', 'key', 'x', 'y', 1, '*', 1, 1)";
    connection.execute(insert).await.unwrap();
    connection.execute("UPDATE secrets SET masked_value = '**'").await.unwrap();
    for (column, value) in [("secret_id", "S"), ("secret_name", "key ")] {
        let update = format!("UPDATE secrets SET {column} = '{value}'");
        let refusal = connection.execute(AssertSqlSafe(update)).await.unwrap_err().to_string();
        assert!(refusal.contains("secret_id and secret_name are immutable"), "{refusal}");
    }
}

/// What the reference does not tell: of columns, parts of which length and in which direction; and how wide a boolean shows,
/// by which drivers know it from a number.
#[tokio::test]
async fn indexes_and_booleans_are_those_of_mlflow() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let parts: Vec<String> = sqlx::query_scalar(
        "SELECT concat(index_name, '.', column_name, ifnull(concat('(', sub_part, ')'), ''), if(collation = 'D', ' DESC', ''))
         FROM information_schema.statistics WHERE table_schema = DATABASE() AND (sub_part IS NOT NULL OR collation = 'D')
         AND index_name NOT LIKE 'idx_millgate_%'
         ORDER BY index_name, seq_in_index",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(
        parts,
        [
            "idx_mcp_server_versions_latest.version_major DESC",
            "idx_mcp_server_versions_latest.version_minor DESC",
            "idx_mcp_server_versions_latest.version_patch DESC",
            "idx_span_cost_rollups_lookup.model_name(64)",
            "idx_span_cost_rollups_lookup.model_provider(64)",
        ]
    );
    let numbers: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT column_type FROM information_schema.columns WHERE table_schema = DATABASE()
         AND numeric_precision IS NOT NULL ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(numbers, ["bigint(20)", "double", "float", "int(11)", "tinyint(1)"]);
}

/// Describes a database in the form of the reference.
async fn introspect(schema: Schema, connection: &mut MySqlConnection) -> Value {
    let revision = format!("SELECT version_num FROM {}", version_table(schema));
    let revision = sqlx::query_scalar(AssertSqlSafe(revision)).fetch_one(&mut *connection).await.unwrap();
    let mut description = Description::of(tables(connection).await, revision);
    for column in all_columns(connection).await {
        description.add(&column.table, "columns", column.describe());
    }
    describe_checks(&mut description, connection).await;
    describe_indexes(&mut description, connection).await;
    describe_foreign_keys(&mut description, connection).await;
    describe_triggers(&mut description, connection).await;
    description.finish()
}

async fn tables(connection: &mut MySqlConnection) -> Vec<String> {
    let query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name";
    sqlx::query_scalar(query).fetch_all(connection).await.unwrap()
}

#[derive(FromRow)]
struct Column {
    table: String,
    name: String,
    data_type: String,
    length: Option<i64>,
    is_nullable: String,
    default: Option<String>,
    extra: String,
    expression: Option<String>,
    collation: Option<String>,
}

async fn all_columns(connection: &mut MySqlConnection) -> Vec<Column> {
    let query = "SELECT table_name AS `table`, column_name AS name, data_type, \
                 CAST(character_maximum_length AS SIGNED) AS length, is_nullable, column_default AS `default`, extra, \
                 generation_expression AS expression, collation_name AS collation \
                 FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";
    sqlx::query_as(query).fetch_all(connection).await.unwrap()
}

impl Column {
    fn describe(&self) -> Value {
        let mut described =
            json!({"name": self.name, "nullable": self.is_nullable == "YES", "type": self.describe_type()});
        if self.extra == "auto_increment" {
            described["autoincrement"] = Value::from(true);
        }
        if let Some(collation) = &self.collation {
            described["collation"] = Value::from(collation.as_str());
        }
        // MariaDB writes NULL where there is no default.
        if let Some(default) = self.default.as_deref().filter(|default| *default != "NULL") {
            described["default"] = Value::from(default);
        }
        if let Some(expression) = self.expression.as_deref().filter(|expression| !expression.is_empty()) {
            assert_eq!(self.extra, "STORED GENERATED");
            described["computed"] = Value::from(format!("({expression})"));
        }
        described
    }

    fn describe_type(&self) -> String {
        match (self.data_type.as_str(), self.length) {
            ("varchar", Some(length)) => format!("VARCHAR({length})"),
            ("int", _) => "INTEGER".to_owned(),
            (other, _) => other.to_uppercase(),
        }
    }
}

async fn describe_checks(description: &mut Description, connection: &mut MySqlConnection) {
    // Those of columns are what MariaDB makes of JSON.
    let query = "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints \
                 WHERE constraint_schema = DATABASE() AND level = 'Table' ORDER BY constraint_name";
    let checks: Vec<(String, String, String)> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    for (table, name, rule) in checks {
        description.add(&table, "checks", json!({"name": name, "sql": rule}));
    }
}

async fn describe_indexes(description: &mut Description, connection: &mut MySqlConnection) {
    let query = "SELECT table_name, index_name, non_unique = 0, group_concat(column_name ORDER BY seq_in_index) \
                 FROM information_schema.statistics WHERE table_schema = DATABASE() \
                 GROUP BY table_name, index_name, non_unique ORDER BY index_name";
    let indexes: Vec<(String, String, bool, String)> =
        sqlx::query_as(query).fetch_all(connection).await.unwrap();
    for (table, name, unique, columns) in indexes {
        let columns: Vec<&str> = columns.split(',').collect();
        if name == "PRIMARY" {
            description.set_primary_key(&table, json!({"constrained_columns": columns, "name": null}));
            continue;
        }
        description.add(&table, "indexes", json!({"columns": columns, "name": name, "unique": unique}));
        if unique {
            description.add(&table, "unique", json!({"columns": columns, "name": name}));
        }
    }
}

#[derive(FromRow)]
struct ForeignKey {
    table: String,
    name: String,
    columns: String,
    references: String,
    referred_columns: String,
    on_delete: String,
    on_update: String,
}

async fn describe_foreign_keys(description: &mut Description, connection: &mut MySqlConnection) {
    let query = "SELECT own.table_name AS `table`, own.constraint_name AS name, \
                 group_concat(column_name ORDER BY ordinal_position) AS columns, \
                 own.referenced_table_name AS `references`, \
                 group_concat(referenced_column_name ORDER BY ordinal_position) AS referred_columns, \
                 delete_rule AS on_delete, update_rule AS on_update \
                 FROM information_schema.referential_constraints AS own \
                 JOIN information_schema.key_column_usage AS part ON part.constraint_schema = own.constraint_schema \
                 AND part.table_name = own.table_name AND part.constraint_name = own.constraint_name \
                 WHERE own.constraint_schema = DATABASE() \
                 GROUP BY own.table_name, own.constraint_name, own.referenced_table_name, delete_rule, update_rule \
                 ORDER BY own.constraint_name";
    let keys: Vec<ForeignKey> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    for key in keys {
        let described = json!({
            "columns": key.columns.split(',').collect::<Vec<_>>(),
            "name": key.name,
            "options": actions(action(&key.on_delete), action(&key.on_update)),
            "references": key.references,
            "referred_columns": key.referred_columns.split(',').collect::<Vec<_>>(),
        });
        description.add(&key.table, "foreign_keys", described);
    }
}

/// InnoDB checks at once, so that these two are one, and servers call it by either name.
fn action(rule: &str) -> &str {
    if rule == "RESTRICT" { "NO ACTION" } else { rule }
}

async fn describe_triggers(description: &mut Description, connection: &mut MySqlConnection) {
    let query = "SELECT action_statement, event_manipulation, trigger_name, event_object_table, action_timing \
                 FROM information_schema.triggers WHERE trigger_schema = DATABASE()";
    type Trigger = (String, String, String, String, String);
    let triggers: Vec<Trigger> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    let described = triggers.into_iter().map(|(action, event, name, table, timing)| {
        json!({"action": action, "event": event, "name": name, "table": table, "timing": timing})
    });
    description.triggers = described.collect();
}
