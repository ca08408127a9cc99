//! PostgreSQL, as its own catalog describes a database.

use super::comparing::{self, Description, actions};
use super::servers::{self, Scratch};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, FromRow};
use store::schema::Schema;

fn reference(schema: Schema) -> Value {
    let text = match schema {
        Schema::Tracking => include_str!("../../reference/schema-tracking-postgresql.json"),
        Schema::Auth => include_str!("../../reference/schema-auth-postgresql.json"),
    };
    serde_json::from_str(text).unwrap()
}

/// A new, empty database, gone with the second value.
async fn empty() -> Option<(PgConnection, Scratch)> {
    let scratch = servers::postgresql().await?;
    Some((PgConnection::connect(&scratch.uri()).await.unwrap(), scratch))
}

async fn fresh(schema: Schema) -> Option<(PgConnection, Scratch)> {
    let (mut connection, scratch) = empty().await?;
    create(&mut connection, schema).await;
    Some((connection, scratch))
}

async fn create(connection: &mut PgConnection, schema: Schema) {
    let script = match schema {
        Schema::Tracking => include_str!("../../../schema/postgresql/tracking.sql"),
        Schema::Auth => include_str!("../../../schema/postgresql/auth.sql"),
    };
    run_script(connection, script).await;
}

/// Runs a script as it is to be run: a statement ends where a line ends with `;`, and all of them are one transaction.
async fn run_script(connection: &mut PgConnection, script: &'static str) {
    let mut transaction = connection.begin().await.unwrap();
    for statement in script.split_inclusive(";\n") {
        sqlx::query(statement).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn differences(schema: Schema, connection: &mut PgConnection) -> Vec<String> {
    let reference = reference(schema);
    let version_table = reference["version_table"].as_str().unwrap();
    comparing::differences(&reference, &introspect(version_table, connection).await)
}

/// How the tracking database at an address differs from that of MLflow.
pub(crate) async fn tracking_differences(uri: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(uri).await.unwrap();
    let differences = differences(Schema::Tracking, &mut connection).await;
    connection.close().await.unwrap();
    differences
}

#[tokio::test]
async fn a_fresh_tracking_database_has_the_schema_of_mlflow() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let differences = differences(Schema::Tracking, &mut connection).await;
    assert!(differences.is_empty(), "tracking.sql differs from MLflow 3.17.2:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn a_fresh_authentication_database_has_the_schema_of_mlflow() {
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    let differences = differences(Schema::Auth, &mut connection).await;
    assert!(differences.is_empty(), "auth.sql differs from MLflow 3.17.2:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn one_database_can_hold_both_schemas() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    create(&mut connection, Schema::Auth).await;
}

#[tokio::test]
async fn every_kind_of_deviation_is_told() {
    let deviations: [(&str, &[&str]); 7] = [
        (
            "ALTER TABLE users ADD COLUMN email VARCHAR(9) DEFAULT 'a'",
            &[concat!(
                r#"+ users columns[4] {"default":"'a'::character varying","name":"email","#,
                r#""nullable":true,"type":"VARCHAR(9)"}"#
            )],
        ),
        (
            "CREATE UNIQUE INDEX one_admin ON users (is_admin) WHERE is_admin",
            &[
                r#"+ users indexes {"columns":["is_admin"],"name":"one_admin","unique":true,"where":"is_admin"}"#,
            ],
        ),
        (
            "ALTER TABLE users ALTER COLUMN id TYPE BIGINT, ALTER COLUMN id DROP DEFAULT",
            &[
                concat!(
                    r#"- users columns[0] {"autoincrement":true,"default":"nextval('users_id_seq'::regclass)","#,
                    r#""name":"id","nullable":false,"type":"INTEGER"}"#
                ),
                r#"+ users columns[0] {"name":"id","nullable":false,"type":"BIGINT"}"#,
            ],
        ),
        (
            "ALTER TABLE role_permissions DROP CONSTRAINT role_permissions_role_id_fkey, \
             ADD CONSTRAINT role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE",
            &[
                concat!(
                    r#"- role_permissions foreign_keys {"columns":["role_id"],"name":"role_permissions_role_id_fkey","#,
                    r#""options":{},"references":"roles","referred_columns":["id"]}"#
                ),
                concat!(
                    r#"+ role_permissions foreign_keys {"columns":["role_id"],"name":"role","#,
                    r#""options":{"ondelete":"CASCADE"},"references":"roles","referred_columns":["id"]}"#
                ),
            ],
        ),
        (
            "CREATE TABLE extra (a INTEGER, b BIGINT GENERATED ALWAYS AS (a + 1) STORED, \
             CONSTRAINT extra_pk PRIMARY KEY (a), CONSTRAINT positive CHECK (a > 0), CONSTRAINT once UNIQUE (b, a))",
            &[
                r#"+ extra checks {"name":"positive","sql":"a > 0"}"#,
                r#"+ extra columns[0] {"name":"a","nullable":false,"type":"INTEGER"}"#,
                r#"+ extra columns[1] {"computed":"(a + 1)","name":"b","nullable":true,"type":"BIGINT"}"#,
                r#"+ extra indexes {"columns":["b","a"],"name":"once","unique":true}"#,
                concat!(
                    r#"+ extra primary_key {"comment":null,"constrained_columns":["a"],"#,
                    r#""dialect_options":{"postgresql_include":[]},"name":"extra_pk"}"#
                ),
                r#"+ extra unique {"columns":["b","a"],"name":"once"}"#,
            ],
        ),
        (
            "CREATE TRIGGER keep AFTER DELETE ON users EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            &[concat!(
                r#"+ triggers {"action":"EXECUTE FUNCTION suppress_redundant_updates_trigger()","#,
                r#""event":"DELETE","name":"keep","table":"users","timing":"AFTER"}"#
            )],
        ),
        (
            "UPDATE alembic_version_auth SET version_num = 'other'",
            &[r#"- revision "f1a2b3c4d5e6""#, r#"+ revision "other""#],
        ),
    ];
    for (deviation, told) in deviations {
        let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
        connection.execute(deviation).await.unwrap();
        assert_eq!(differences(Schema::Auth, &mut connection).await, told, "after {deviation}");
    }
}

#[tokio::test]
async fn ids_are_counted_by_sequences_of_mlflows_names() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    const OF_THE_COLUMN: &str = "an identity";
    const OF_A_DEFAULT: &str = "owned";
    assert_eq!(
        sequences(&mut connection).await,
        [
            format!("experiments_experiment_id_seq integer {OF_A_DEFAULT} by experiments.experiment_id"),
            format!(
                "sql_assessment_daily_rollups_id_seq bigint {OF_THE_COLUMN} by sql_assessment_daily_rollups.id"
            ),
            format!(
                "sql_span_cost_daily_rollups_id_seq bigint {OF_THE_COLUMN} by sql_span_cost_daily_rollups.id"
            ),
            format!(
                "sql_trace_metric_daily_rollups_id_seq bigint {OF_THE_COLUMN} by sql_trace_metric_daily_rollups.id"
            ),
        ]
    );
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    let counted = [
        "experiment_permissions",
        "gateway_endpoint_permissions",
        "gateway_model_definition_permissions",
        "gateway_secret_permissions",
        "registered_model_permissions",
        "role_permissions",
        "roles",
        "scorer_permissions",
        "user_role_assignments",
        "users",
    ];
    let expected = counted.map(|table| format!("{table}_id_seq integer {OF_A_DEFAULT} by {table}.id"));
    assert_eq!(sequences(&mut connection).await, expected);
}

/// Each with its type and the column it belongs to, but for those of our own tables. An identity may be given a value, as the columns with a default may.
async fn sequences(connection: &mut PgConnection) -> Vec<String> {
    let query = r#"
        SELECT own.relname || ' ' || format_type(seqtypid, NULL) || ' '
            || CASE WHEN deptype = 'a' AND attidentity = '' THEN 'owned' WHEN attidentity = 'd' THEN 'an identity' END
            || ' by ' || of.relname || '.' || attname
        FROM pg_sequence
        JOIN pg_class AS own ON own.oid = seqrelid
        JOIN pg_depend ON classid = 'pg_class'::regclass AND objid = seqrelid AND deptype IN ('a', 'i')
        JOIN pg_class AS of ON of.oid = refobjid
        JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
        ORDER BY own.relname COLLATE "C""#;
    let mut sequences: Vec<String> = sqlx::query_scalar(query).fetch_all(connection).await.unwrap();
    sequences.retain(|sequence| !store::own::is_own_table(sequence));
    sequences
}

#[tokio::test]
async fn indexes_descend_and_cover_where_those_of_mlflow_do() {
    let query = r#"
        SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT LIKE 'idx_millgate_%'
        AND (indexdef LIKE '% DESC%' OR indexdef LIKE '% INCLUDE %' OR indexdef NOT LIKE '% USING btree %')
        ORDER BY indexname COLLATE "C""#;
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let found: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    const COVERED: &str = "INCLUDE (input_cost, output_cost, total_cost, model_name, model_provider) WHERE \
                           ((input_cost IS NOT NULL) OR (output_cost IS NOT NULL) OR (total_cost IS NOT NULL))";
    assert_eq!(
        found,
        [
            "CREATE INDEX idx_mcp_server_versions_latest ON public.mcp_server_versions USING btree \
             (workspace, name, status, version_major DESC, version_minor DESC, version_patch DESC)"
                .to_owned(),
            format!(
                "CREATE INDEX idx_spans_cost_exp_time_cover ON public.spans USING btree \
                 (experiment_id, start_time_unix_nano) {COVERED}"
            ),
            format!(
                "CREATE INDEX idx_spans_cost_trace_time_cover ON public.spans USING btree \
                 (trace_id, start_time_unix_nano) {COVERED}"
            ),
        ]
    );
    let Some((mut connection, _scratch)) = fresh(Schema::Auth).await else { return };
    let found: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    assert_eq!(found, [""; 0]);
}

#[tokio::test]
async fn constraints_hold_at_once_and_for_all_rows() {
    for schema in [Schema::Tracking, Schema::Auth] {
        let Some((mut connection, _scratch)) = fresh(schema).await else { return };
        let others: Vec<String> = sqlx::query_scalar(
            "SELECT conname::text FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
             AND (condeferrable OR NOT convalidated OR confmatchtype NOT IN (' ', 's'))",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        assert_eq!(others, [""; 0]);
    }
}

#[tokio::test]
async fn a_secret_keeps_its_id_and_its_name() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    let insert = "INSERT INTO secrets (secret_id, secret_name, encrypted_value, wrapped_dek, kek_version, masked_value, \
                  created_at, last_updated_at) VALUES ('s', 'key', 'x', 'y', 1, '*', 1, 1)";
    connection.execute(insert).await.unwrap();
    connection.execute("UPDATE secrets SET masked_value = '**'").await.unwrap();
    for column in ["secret_id", "secret_name"] {
        let update = format!("UPDATE secrets SET {column} = 'other'");
        let refusal = connection.execute(AssertSqlSafe(update)).await.unwrap_err().to_string();
        assert!(refusal.contains("secret_id and secret_name are immutable"), "{refusal}");
    }
}

#[tokio::test]
async fn names_differ_by_case_spaces_and_code_points() {
    let Some((mut connection, _scratch)) = fresh(Schema::Tracking).await else { return };
    for name in ["tea", "Tea", "tea ", "t\u{e9}", "te\u{301}"] {
        let insert = sqlx::query("INSERT INTO experiments (name) VALUES ($1)").bind(name);
        insert.execute(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn a_fresh_database_holds_its_revision_and_the_default_workspace_only() {
    for (schema, expected) in [
        (Schema::Tracking, ["alembic_version: 1", "workspaces: 1"].as_slice()),
        (Schema::Auth, &["alembic_version_auth: 1"]),
    ] {
        let Some((mut connection, _scratch)) = fresh(schema).await else { return };
        let mut filled = Vec::new();
        for table in tables(&mut connection).await {
            let count = format!("SELECT count(*) FROM {table}");
            let rows: i64 =
                sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut connection).await.unwrap();
            if rows > 0 && !store::own::is_own_table(&table) {
                filled.push(format!("{table}: {rows}"));
            }
        }
        assert_eq!(filled, expected);
    }
}

macro_rules! step {
    ($id:literal) => {
        include_str!(concat!("../../../schema/postgresql/auth_upgrade/", $id, ".sql"))
    };
}

/// What the revisions of a database of users do to its tables. Those that follow do nothing to them.
const STEPS: [&str; 5] = [
    step!("8606fa83a998"),
    step!("0965eb92f5f0"),
    step!("a1b2c3d4e5f6"),
    step!("2ed73881770d"),
    step!("c3d4e5f6a7b8"),
];

macro_rules! older {
    ($version:literal) => {
        include_str!(concat!("../../reference/postgresql/auth-", $version, ".sql"))
    };
}

/// Databases of users of older MLflows, which `reference/auth_dump.py` printed, and how many of the steps each has behind it.
const OLDER: [(&str, usize); 7] = [
    (older!("2.5.0"), 0),
    (older!("3.6.0"), 1),
    (older!("3.8.1"), 2),
    (older!("3.9.0"), 3),
    (older!("3.11.1"), 4),
    (older!("3.12.0"), 5),
    (older!("e5f6a7b8c9d0"), 5),
];

#[tokio::test]
async fn the_steps_of_an_upgrade_lead_to_the_schema_of_a_fresh_database() {
    for (dump, behind) in OLDER {
        let Some((mut connection, _scratch)) = empty().await else { return };
        connection.execute(sqlx::raw_sql(dump)).await.unwrap();
        for step in &STEPS[behind..] {
            run_script(&mut connection, step).await;
        }
        // MLflow before 3.6 kept the revision in a table that MLflow 3.6 and later leave alone.
        connection.execute("DROP TABLE IF EXISTS alembic_version").await.unwrap();
        connection.execute("UPDATE alembic_version_auth SET version_num = 'f1a2b3c4d5e6'").await.unwrap();
        let differences = differences(Schema::Auth, &mut connection).await;
        assert!(differences.is_empty(), "after {behind} steps by MLflow:\n{}", differences.join("\n"));
        let fresh_sequences = sequences(&mut fresh(Schema::Auth).await.unwrap().0).await;
        assert_eq!(sequences(&mut connection).await, fresh_sequences);
    }
}

/// Describes a database in the form of the reference.
async fn introspect(version_table: &str, connection: &mut PgConnection) -> Value {
    let revision = format!("SELECT version_num FROM {version_table}");
    let revision = sqlx::query_scalar(AssertSqlSafe(revision)).fetch_one(&mut *connection).await.unwrap();
    let mut description = Description::of(tables(connection).await, revision);
    describe_columns(&mut description, connection).await;
    describe_constraints(&mut description, connection).await;
    describe_indexes(&mut description, connection).await;
    describe_triggers(&mut description, connection).await;
    description.finish()
}

async fn tables(connection: &mut PgConnection) -> Vec<String> {
    let query = r#"
        SELECT relname::text FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname COLLATE "C""#;
    sqlx::query_scalar(query).fetch_all(connection).await.unwrap()
}

#[derive(FromRow)]
struct Column {
    table: String,
    name: String,
    r#type: String,
    nullable: bool,
    expression: Option<String>,
    is_computed: bool,
    is_identity: bool,
}

async fn describe_columns(description: &mut Description, connection: &mut PgConnection) {
    let query = r#"
        SELECT relname::text AS "table", attname::text AS name, NOT attnotnull AS nullable,
            upper(replace(format_type(atttypid, atttypmod), 'character varying', 'varchar')) AS type,
            pg_get_expr(adbin, adrelid) AS expression, attgenerated <> '' AS is_computed, attidentity <> '' AS is_identity
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY attnum"#;
    let columns: Vec<Column> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    for column in columns {
        let mut described = json!({"name": column.name, "nullable": column.nullable, "type": column.r#type});
        let is_counted =
            column.expression.as_deref().is_some_and(|expression| expression.starts_with("nextval("));
        if is_counted || column.is_identity {
            described["autoincrement"] = Value::from(true);
        }
        if let Some(expression) = column.expression {
            described[if column.is_computed { "computed" } else { "default" }] = Value::from(expression);
        }
        description.add(&column.table, "columns", described);
    }
}

#[derive(FromRow)]
struct Constraint {
    table: String,
    name: String,
    kind: String,
    columns: Vec<String>,
    references: Option<String>,
    referred_columns: Vec<String>,
    on_delete: String,
    on_update: String,
    definition: String,
}

async fn describe_constraints(description: &mut Description, connection: &mut PgConnection) {
    let query = r#"
        SELECT own.relname::text AS "table", conname::text AS name, contype::text AS kind,
            ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS part (number, at)
                  JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY at) AS columns,
            parent.relname::text AS "references",
            ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS part (number, at)
                  JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY at) AS referred_columns,
            confdeltype::text AS on_delete, confupdtype::text AS on_update,
            pg_get_constraintdef(pg_constraint.oid, true) AS definition
        FROM pg_constraint JOIN pg_class AS own ON own.oid = conrelid LEFT JOIN pg_class AS parent ON parent.oid = confrelid
        WHERE connamespace = current_schema()::regnamespace AND contype IN ('c', 'f', 'p', 'u')
        ORDER BY conname COLLATE "C""#;
    let constraints: Vec<Constraint> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    for constraint in constraints {
        let Constraint { table, name, columns, .. } = constraint;
        match constraint.kind.as_str() {
            "p" => {
                let key = json!({
                    "comment": null,
                    "constrained_columns": columns,
                    "dialect_options": {"postgresql_include": []},
                    "name": name,
                });
                description.set_primary_key(&table, key);
            }
            "u" => description.add(&table, "unique", json!({"columns": columns, "name": name})),
            "c" => {
                let rule = constraint.definition.strip_prefix("CHECK (").unwrap().strip_suffix(')').unwrap();
                description.add(&table, "checks", json!({"name": name, "sql": rule}));
            }
            _ => {
                let key = json!({
                    "columns": columns,
                    "name": name,
                    "options": actions(action(&constraint.on_delete), action(&constraint.on_update)),
                    "references": constraint.references,
                    "referred_columns": constraint.referred_columns,
                });
                description.add(&table, "foreign_keys", key);
            }
        }
    }
}

fn action(letter: &str) -> &'static str {
    match letter {
        "a" => "NO ACTION",
        "r" => "RESTRICT",
        "c" => "CASCADE",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        other => panic!("{other} is no action"),
    }
}

async fn describe_indexes(description: &mut Description, connection: &mut PgConnection) {
    // As in SQLAlchemy, the index of a unique constraint is one of them.
    let query = r#"
        SELECT own.relname::text, index.relname::text,
            ARRAY(SELECT coalesce(attname::text, '(an expression)') FROM unnest(indkey) WITH ORDINALITY AS part (number, at)
                  LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number AND number > 0
                  WHERE at <= indnkeyatts ORDER BY at),
            indisunique, pg_get_expr(indpred, indrelid)
        FROM pg_index JOIN pg_class AS own ON own.oid = indrelid JOIN pg_class AS index ON index.oid = indexrelid
        WHERE own.relnamespace = current_schema()::regnamespace AND NOT indisprimary ORDER BY index.relname COLLATE "C""#;
    type Index = (String, String, Vec<String>, bool, Option<String>);
    let indexes: Vec<Index> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    for (table, name, columns, unique, predicate) in indexes {
        let mut index = json!({"columns": columns, "name": name, "unique": unique});
        if let Some(predicate) = predicate {
            index["where"] = Value::from(predicate);
        }
        description.add(&table, "indexes", index);
    }
}

async fn describe_triggers(description: &mut Description, connection: &mut PgConnection) {
    let query = "SELECT action_statement::text, event_manipulation::text, trigger_name::text, event_object_table::text, \
                 action_timing::text FROM information_schema.triggers WHERE trigger_schema = current_schema()";
    type Trigger = (String, String, String, String, String);
    let triggers: Vec<Trigger> = sqlx::query_as(query).fetch_all(connection).await.unwrap();
    let described = triggers.into_iter().map(|(action, event, name, table, timing)| {
        json!({"action": action, "event": event, "name": name, "table": table, "timing": timing})
    });
    description.triggers = described.collect();
}
