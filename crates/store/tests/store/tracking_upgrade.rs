//! Tracking databases that older versions of MLflow made, and their upgrade.
//!
//! Each is made of SQL that `reference/tracking_dump.py` printed off a database of that version, with rows in every table.

use crate::schema::{Database as Kind, differences};
use crate::schema::{tracking_differences_on_mysql, tracking_differences_on_postgresql};
use crate::servers::{Home, Stranger};
use model::Millis;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use store::schema::tracking_upgrade::{self, Event, Upgraded};
use store::schema::{self, Prepared, Schema};
use store::uri::Dialect;
use store::{Db, StoreError, StoreUri};

/// 2026-11-24 05:30:00.123 UTC.
const NOW: Millis = 1_795_498_200_123;

struct At(Millis);

impl model::Clock for At {
    fn now(&self) -> Millis {
        self.0
    }
}

/// A version of MLflow, its revision, and its database on each kind. On servers there are the first and the last.
struct Version {
    name: &'static str,
    revision: &'static str,
    sqlite: &'static str,
    servers: Option<Servers>,
}

struct Servers {
    postgresql: &'static str,
    mysql: &'static str,
}

macro_rules! version {
    ($name:literal, $revision:literal $(, $servers:ident)?) => {
        Version {
            name: $name,
            revision: $revision,
            sqlite: include_str!(concat!("../reference/tracking-", $name, ".sql")),
            servers: version!(@ $name $($servers)?),
        }
    };
    (@ $name:literal servers) => {
        Some(Servers {
            postgresql: include_str!(concat!("../reference/postgresql/tracking-", $name, ".sql")),
            mysql: include_str!(concat!("../reference/mysql/tracking-", $name, ".sql")),
        })
    };
    (@ $name:literal) => {
        None
    };
}

static VERSIONS: [Version; 4] = [
    version!("2.22.5", "0584bdc529eb", servers),
    version!("3.1.4", "bda7b8c39065"),
    version!("3.6.0", "bf29a5ff90ea"),
    version!("3.11.1", "c3d6457b6d8a", servers),
];

/// Those that there are on the kind of database that the suite runs on.
fn versions() -> impl Iterator<Item = &'static Version> {
    let on_file = std::env::var("MILLGATE_TEST_DATABASE").is_err();
    VERSIONS.iter().filter(move |version| on_file || version.servers.is_some())
}

fn oldest() -> &'static Version {
    &VERSIONS[0]
}

fn newest() -> &'static Version {
    &VERSIONS[3]
}

/// A database as an older MLflow left it.
struct Old {
    uri: StoreUri,
    home: Home,
}

impl Old {
    async fn of(version: &Version) -> Self {
        let home = Home::chosen().await;
        let uri: StoreUri = home.uri().parse().unwrap();
        if uri.dialect == Dialect::Sqlite {
            std::fs::write(uri.sqlite_path().unwrap(), "").unwrap();
        }
        let old = Self { uri, home };
        let dump = match old.uri.dialect {
            Dialect::Sqlite => version.sqlite,
            Dialect::Postgresql => version.servers.as_ref().unwrap().postgresql,
            Dialect::Mysql => version.servers.as_ref().unwrap().mysql,
        };
        old.sql(&format!("{}{dump}", old.prelude())).await;
        old
    }

    /// A database that is a file, whatever the suite runs on.
    async fn file(version: &Version) -> Self {
        let home = Home::file();
        let uri: StoreUri = home.uri().parse().unwrap();
        std::fs::write(uri.sqlite_path().unwrap(), "").unwrap();
        let old = Self { uri, home };
        old.sql(&format!("PRAGMA foreign_keys = OFF; {}", version.sqlite)).await;
        old
    }

    /// Tables are filled in no order.
    fn prelude(&self) -> &'static str {
        match self.uri.dialect {
            Dialect::Sqlite => "PRAGMA foreign_keys = OFF;\n",
            Dialect::Postgresql => "",
            Dialect::Mysql => "SET foreign_key_checks = 0;\n",
        }
    }

    async fn sql(&self, statements: &str) {
        let mut stranger = Stranger::connect(&self.home).await;
        stranger.run(statements).await;
        stranger.close().await;
    }

    async fn rows<T: store::AnyRow>(&self, query: &str) -> Vec<T> {
        let mut stranger = Stranger::connect(&self.home).await;
        let rows = stranger.rows(query).await;
        stranger.close().await;
        rows
    }

    async fn upgrade_with(
        &self,
        observer: &mut (dyn FnMut(Event<'_>) -> Result<(), StoreError> + Send),
    ) -> Result<Option<Upgraded>, StoreError> {
        let db = Db::open(&self.uri).await.unwrap();
        let done = tracking_upgrade::upgrade(&db, &self.uri, &At(NOW), observer).await;
        db.close().await;
        done
    }

    async fn upgrade(&self) -> Result<Option<Upgraded>, StoreError> {
        self.upgrade_with(&mut |_| Ok(())).await
    }

    async fn refusal(&self) -> String {
        match self.upgrade().await {
            Err(StoreError::Schema(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    async fn prepare(&self) -> Result<Prepared, StoreError> {
        let db = Db::open(&self.uri).await.unwrap();
        let done = schema::prepare(&db, Schema::Tracking, &self.uri).await;
        db.close().await;
        done
    }

    async fn revision(&self) -> String {
        self.rows::<(String,)>("SELECT version_num FROM alembic_version").await.remove(0).0
    }

    /// What the schema has that MLflow's has not, and the other way round.
    async fn differences(&self) -> Vec<String> {
        match self.uri.dialect {
            Dialect::Sqlite => {
                let mut connection = crate::database::stranger(self.uri.sqlite_path().unwrap()).await;
                differences(&Kind::Tracking.reference(), &mut connection).await
            }
            Dialect::Postgresql => {
                without_spelling(tracking_differences_on_postgresql(&self.home.uri()).await)
            }
            Dialect::Mysql => tracking_differences_on_mysql(&self.home.uri()).await,
        }
    }

    /// The columns of every table, but for those of ours.
    async fn columns(&self) -> BTreeMap<String, Vec<String>> {
        let query = match self.uri.dialect {
            Dialect::Sqlite => {
                "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                 WHERE m.type = 'table' ORDER BY m.name, c.cid"
            }
            Dialect::Postgresql => {
                "SELECT table_name::text, column_name::text FROM information_schema.columns \
                 WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
            }
            Dialect::Mysql => {
                "SELECT table_name, column_name FROM information_schema.columns \
                 WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
            }
        };
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in self.rows::<(String, String)>(query).await {
            if !store::own::is_own_table(&table) {
                columns.entry(table).or_default().push(column);
            }
        }
        columns
    }

    /// The rows of a table, with some of its columns.
    async fn content_of(&self, table: &str, columns: &[String]) -> Vec<String> {
        let quoted = columns.iter().map(|column| format!("\"{column}\""));
        let row = match self.uri.dialect {
            Dialect::Sqlite => {
                quoted.map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || '|' || ")
            }
            Dialect::Postgresql => format!("ROW({})::text", quoted.collect::<Vec<_>>().join(", ")),
            Dialect::Mysql => {
                let texts =
                    quoted.map(|column| format!("COALESCE(QUOTE(CONVERT({column} USING utf8mb4)), 'NULL')"));
                format!("CONCAT_WS('|', {})", texts.collect::<Vec<_>>().join(", "))
            }
        };
        let mut rows: Vec<String> = self
            .rows::<(String,)>(&format!("SELECT {row} FROM \"{table}\""))
            .await
            .into_iter()
            .map(|(row,)| row)
            .collect();
        rows.sort();
        rows
    }

    /// Everything that is in the tables.
    async fn content(&self) -> BTreeMap<String, Vec<String>> {
        let mut content = BTreeMap::new();
        for (table, columns) in self.columns().await {
            let rows = self.content_of(&table, &columns).await;
            content.insert(format!("{table} {}", columns.join(" ")), rows);
        }
        content
    }
}

/// Ends an upgrade after so many statements.
fn after(statements: usize) -> impl FnMut(Event<'_>) -> Result<(), StoreError> + Send {
    let mut left = statements;
    move |event| {
        if let Event::Statement(_) = event {
            if left == 0 {
                return Err(StoreError::Lost("cut off".to_owned()));
            }
            left -= 1;
        }
        Ok(())
    }
}

/// Without those that say the same: PostgreSQL puts the casts of a check that was read back from a dump at another place.
fn without_spelling(differences: Vec<String>) -> Vec<String> {
    let plain = |line: &str| {
        let casts = ["::character varying", "::text[]", "::text"];
        casts.iter().fold(line.trim_start_matches(['-', '+']).to_owned(), |line, cast| line.replace(cast, ""))
    };
    let is_twin =
        |one: &str, other: &str| one.chars().next() != other.chars().next() && plain(one) == plain(other);
    let has_twin = |line: &String| differences.iter().any(|other| is_twin(line, other));
    differences.iter().filter(|line| !has_twin(line)).cloned().collect()
}

#[tokio::test]
async fn every_version_ends_with_the_schema_of_a_fresh_database() {
    for version in versions() {
        let old = Old::of(version).await;
        let upgraded = old.upgrade().await.unwrap().unwrap();
        assert_eq!(upgraded.from, version.revision);
        assert_eq!(old.prepare().await.unwrap(), Prepared::UpToDate);
        let differences = old.differences().await;
        assert!(differences.is_empty(), "from MLflow {}:\n{}", version.name, differences.join("\n"));
        assert_eq!(old.upgrade().await.unwrap(), None, "there is nothing left to do");
    }
}

/// What the last steps but one move elsewhere: see `what_is_searched_and_summed_of_traces_has_columns`.
const MOVED: [&str; 4] = ["trace_tags", "trace_request_metadata", "trace_metrics", "span_metrics"];

#[tokio::test]
async fn every_row_is_what_it_was() {
    for version in versions() {
        let old = Old::of(version).await;
        let mut before = BTreeMap::new();
        for (table, mut columns) in old.columns().await {
            columns.retain(|column| column != "dimension_attributes");
            if table == "jobs" {
                columns.retain(|column| column != "status" && column != "last_update_time");
            }
            before.insert(table.clone(), (old.content_of(&table, &columns).await, columns));
        }
        old.upgrade().await.unwrap();
        let mut compared = 0;
        for (table, (rows, mut columns)) in before {
            if table == "alembic_version" {
                continue;
            }
            for column in &mut columns {
                if column == "function_fullname" {
                    "job_name".clone_into(column);
                }
            }
            let now = old.content_of(&table, &columns).await;
            compared += now.len();
            if MOVED.contains(&table.as_str()) {
                assert!(now.iter().all(|row| rows.contains(row)), "{}: {table}", version.name);
            } else {
                assert_eq!(now, rows, "{}: {table}", version.name);
            }
        }
        assert!(compared > 50, "{compared} rows of MLflow {}", version.name);
    }
}

#[tokio::test]
async fn what_is_searched_and_summed_of_traces_has_columns() {
    for version in versions() {
        let old = Old::of(version).await;
        let named: Vec<(String,)> = old
            .rows("SELECT request_id FROM trace_tags WHERE \"key\" = 'mlflow.traceName' AND value = 'brew'")
            .await;
        let trace = &named[0].0;
        old.upgrade().await.unwrap();
        let found: Vec<(String, String, i64, i64, i64, Option<i64>)> = old
            .rows(&format!(
                "SELECT trace_name, session_id, input_tokens, output_tokens, total_tokens, \
                 cache_creation_input_tokens FROM trace_info WHERE request_id = '{trace}'"
            ))
            .await;
        // Since 3.6, MLflow counts the tokens of the root span, too.
        let (input, output, total) =
            if ["3.6.0", "3.11.1"].contains(&version.name) { (20, 10, 30) } else { (10, 5, 15) };
        let expected = [("brew".to_owned(), "session-1".to_owned(), input, output, total, None)];
        assert_eq!(found, expected, "{}", version.name);
        let costs: Vec<(f64, f64, f64)> = old
            .rows(&format!(
                "SELECT input_cost, output_cost, total_cost FROM trace_info WHERE request_id = '{trace}'"
            ))
            .await;
        // Since 3.11, its costs.
        let spans = if version.name == "3.11.1" { 2.0 } else { 1.0 };
        assert_eq!(costs, [(0.25 * spans, 0.5 * spans, 0.75 * spans)], "{}", version.name);
        for (table, keys) in [
            ("trace_tags", "'mlflow.traceName'"),
            (
                "trace_request_metadata",
                "'mlflow.trace.session', 'mlflow.trace.tokenUsage', 'mlflow.trace.cost'",
            ),
            ("trace_metrics", "'input_tokens', 'output_tokens', 'total_tokens'"),
            ("span_metrics", "'input_cost', 'output_cost', 'total_cost'"),
        ] {
            let left: Vec<(i64,)> =
                old.rows(&format!("SELECT COUNT(*) FROM {table} WHERE \"key\" IN ({keys})")).await;
            assert_eq!(left, [(0,)], "{table}");
        }
        let kept: Vec<(i64,)> =
            old.rows("SELECT COUNT(*) FROM trace_request_metadata WHERE \"key\" = 'mlflow.trace.user'").await;
        assert_eq!(kept, [(1,)]);
    }
}

#[tokio::test]
async fn spans_have_a_model_and_costs_and_assessments_a_value() {
    let old = Old::of(newest()).await;
    old.upgrade().await.unwrap();
    let models: Vec<(String, String, f64)> = old
        .rows("SELECT model_name, model_provider, total_cost FROM spans WHERE total_cost IS NOT NULL")
        .await;
    assert_eq!(models.len(), 2, "{models:?}");
    assert!(
        models.iter().all(|model| *model == ("leaf-1".to_owned(), "garden".to_owned(), 0.75)),
        "{models:?}"
    );
    let values: Vec<(String, Option<f64>, bool)> = old
        .rows("SELECT name, aggregate_value, is_numeric_value FROM assessments WHERE name LIKE 'taste%' ORDER BY name")
        .await;
    let values: Vec<(Option<f64>, bool)> = values.into_iter().map(|(_, value, is)| (value, is)).collect();
    assert_eq!(
        values,
        [
            (Some(1.0), false),
            (Some(1.0), false),
            (Some(0.0), false),
            (Some(0.75), true),
            (Some(3.0), true),
            (None, false),
            (None, false),
        ]
    );
    let elsewhere: Vec<(i64,)> = old
        .rows(
            "SELECT COUNT(*) FROM assessments JOIN trace_info ON request_id = trace_id \
             WHERE assessments.experiment_id = trace_info.experiment_id AND trace_timestamp_ms = timestamp_ms",
        )
        .await;
    let all: Vec<(i64,)> = old.rows("SELECT COUNT(*) FROM assessments").await;
    assert_eq!(elsewhere, all);
}

#[tokio::test]
async fn jobs_that_have_not_ended_are_cancelled() {
    let old = Old::of(newest()).await;
    old.upgrade().await.unwrap();
    let jobs: Vec<(String, i32, bool)> = old
        .rows(&format!(
            "SELECT id, status, last_update_time = {NOW} FROM jobs WHERE id LIKE 'job %' ORDER BY id"
        ))
        .await;
    let statuses: Vec<(i32, bool)> = jobs.into_iter().map(|(_, status, now)| (status, now)).collect();
    assert_eq!(statuses, [(5, true), (5, true), (2, false), (3, false)]);
}

#[tokio::test]
async fn an_upgrade_that_is_cut_off_is_undone_or_gone_on_with() {
    let whole = Old::of(oldest()).await;
    whole.upgrade().await.unwrap();
    let whole = whole.content().await;
    if Home::chosen().await.uri().starts_with("mysql") {
        let old = Old::of(oldest()).await;
        // Ever one statement further in each step, so that each is the last one once.
        let (mut revision, mut statements) = (old.revision().await, 0);
        while let Err(error) = old.upgrade_with(&mut after(statements)).await {
            assert!(error.to_string().contains("run again"), "{error}");
            let now = old.revision().await;
            statements = if now == revision { statements + 1 } else { 0 };
            revision = now;
            if revision != Schema::Tracking.revision() {
                let refused = old.prepare().await.unwrap_err().to_string();
                assert!(refused.contains("millgate db upgrade"), "{refused}");
            }
        }
        assert_eq!(old.differences().await, Vec::<String>::new());
        assert_eq!(old.content().await, whole);
        return;
    }
    // One transaction is undone alike wherever it ends; a server takes seconds for each.
    let places: &[usize] = if Home::chosen().await.uri().starts_with("sqlite") {
        &[0, 1, 7, 40, 90, 120, 150, 170]
    } else {
        &[0, 90, 170]
    };
    for &statements in places {
        let old = Old::of(oldest()).await;
        let before = old.content().await;
        let error = old.upgrade_with(&mut after(statements)).await.unwrap_err().to_string();
        assert!(error.contains("nothing in it was changed") && error.contains("cut off"), "{error}");
        assert_eq!(old.content().await, before);
        old.upgrade_with(&mut |_| Ok(())).await.unwrap_err_or_done(&old).await;
        assert_eq!(old.content().await, whole, "after {statements} statements");
    }
}

trait Again {
    async fn unwrap_err_or_done(self, old: &Old);
}

impl Again for Result<Option<Upgraded>, StoreError> {
    /// The copy of a file has the same name within a second, and nothing is overwritten.
    async fn unwrap_err_or_done(self, old: &Old) {
        match self {
            Ok(done) => assert!(done.is_some()),
            Err(error) => {
                assert!(error.to_string().contains("no copy of it could be made"), "{error}");
                std::fs::remove_file(backup_of(&old.uri, "0584bdc529eb")).unwrap();
                assert!(old.upgrade().await.unwrap().is_some());
            }
        }
    }
}

fn backup_of(uri: &StoreUri, revision: &str) -> PathBuf {
    format!("{}.backup-{revision}-20261124T053000Z", uri.sqlite_path().unwrap().display()).into()
}

#[tokio::test]
async fn of_two_upgrades_at_once_one_does_it_and_the_other_finds_it_done() {
    let old = Old::of(newest()).await;
    let (first, second) = tokio::join!(old.upgrade(), old.upgrade());
    let done = [first.unwrap(), second.unwrap()];
    assert_eq!(done.iter().filter(|done| done.is_some()).count(), 1, "{done:?}");
    assert_eq!(old.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_revision_that_is_not_upgraded_is_refused_with_what_to_do() {
    let old = Old::of(newest()).await;
    for (change, says) in [
        (
            "UPDATE alembic_version SET version_num = 'acf3f17fdcc7'",
            ["older than MLflow 2.22", "mlflow db upgrade"],
        ),
        (
            "UPDATE alembic_version SET version_num = 'abcdefabcdef'",
            ["revision abcdefabcdef", "newer Millgate"],
        ),
        ("DELETE FROM alembic_version", ["revision none", "mlflow db upgrade"]),
        ("INSERT INTO alembic_version VALUES ('bda7b8c39065')", ["c3d6457b6d8a", "bda7b8c39065"]),
        ("DROP TABLE alembic_version", ["no revision in alembic_version", "mlflow db upgrade"]),
    ] {
        old.sql("DELETE FROM alembic_version").await;
        old.sql("INSERT INTO alembic_version VALUES ('c3d6457b6d8a')").await;
        old.sql(change).await;
        let before = old.content().await;
        let reason = old.refusal().await;
        for word in says {
            assert!(reason.contains(word), "{change}: {reason}");
        }
        assert_eq!(old.content().await, before);
    }
}

#[tokio::test]
async fn a_server_refuses_and_names_the_command() {
    let old = Old::of(newest()).await;
    let before = old.content().await;
    let reason = old.prepare().await.unwrap_err().to_string();
    assert!(reason.contains(&format!("`millgate db upgrade {}`", old.uri)), "{reason}");
    assert_eq!(old.content().await, before);
}

#[tokio::test]
async fn what_would_be_lost_or_shown_to_everybody_is_refused() {
    for (change, says) in [
        ("UPDATE experiments SET workspace = 'another' WHERE name = 'tea'", "workspace 'another'"),
        ("UPDATE spans SET dimension_attributes = '{\"weather\": 1}'", "weather"),
        ("UPDATE spans SET dimension_attributes = '[1]'", "no JSON object"),
        ("UPDATE spans SET dimension_attributes = '{\"mlflow.llm.model\": 1}'", "mlflow.llm.model"),
    ] {
        let old = Old::of(newest()).await;
        old.sql(change).await;
        let reason = old.refusal().await;
        assert!(reason.contains(says), "{reason}");
        if old.uri.dialect != Dialect::Mysql {
            assert_eq!(old.revision().await, "c3d6457b6d8a");
        }
    }
}

#[tokio::test]
async fn a_dry_run_tells_the_statements_and_changes_nothing() {
    for version in versions() {
        let old = Old::of(version).await;
        let before = old.content().await;
        let bytes = old.uri.sqlite_path().map(|file| std::fs::read(file).unwrap());
        let mut told = Vec::new();
        let db = Db::open_existing(&old.uri).await.unwrap();
        let any = tracking_upgrade::plan(&db, &old.uri, &mut |event| {
            told.push(format!("{event:?}"));
            Ok(())
        })
        .await
        .unwrap();
        db.close().await;
        assert!(any);
        assert!(told[0].contains(version.revision), "{}", told[0]);
        let told = told.join("\n");
        for words in ["CREATE TABLE job_locks", "CREATE TABLE IF NOT EXISTS job_locks"] {
            if told.contains(words) {
                assert!(told.contains("SET version_num = 'dc11669786a5'"));
                assert!(told.contains("jobs that are pending or running"));
            }
        }
        assert!(told.contains("job_locks"), "{told}");
        assert_eq!(old.content().await, before);
        assert_eq!(old.uri.sqlite_path().map(|file| std::fs::read(file).unwrap()), bytes);
    }
}

#[tokio::test]
async fn a_file_is_copied_as_it_was_for_its_owner_alone() {
    let old = Old::file(newest()).await;
    let before = old.content().await;
    let upgraded = old.upgrade().await.unwrap().unwrap();
    let backup = backup_of(&old.uri, "c3d6457b6d8a");
    assert_eq!(upgraded.backup.as_deref(), Some(backup.as_path()));
    assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::rename(&backup, old.uri.sqlite_path().unwrap()).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", old.uri.sqlite_path().unwrap().display()));
    }
    assert_eq!(old.content().await, before);
    assert!(old.upgrade().await.unwrap().is_some(), "what was put back can be upgraded again");
}

#[tokio::test]
async fn indexes_triggers_and_views_of_others_outlive_the_making_anew_of_a_table() {
    let old = Old::file(oldest()).await;
    old.sql(
        "CREATE INDEX mine ON model_versions (run_id);
         CREATE TRIGGER watch AFTER DELETE ON experiments BEGIN SELECT 1; END;
         CREATE VIEW teas AS SELECT name FROM experiments",
    )
    .await;
    old.upgrade().await.unwrap();
    let kept: Vec<(String,)> = old
        .rows("SELECT name FROM sqlite_master WHERE name IN ('mine', 'watch', 'teas') ORDER BY name")
        .await;
    assert_eq!(kept, [("mine".to_owned(),), ("teas".to_owned(),), ("watch".to_owned(),)]);
    assert_eq!(old.rows::<(String,)>("SELECT name FROM teas WHERE name = 'tea'").await.len(), 1);
}

#[tokio::test]
async fn columns_of_others_in_a_table_that_is_made_anew_are_not_lost() {
    let old = Old::file(oldest()).await;
    old.sql("ALTER TABLE experiments ADD COLUMN owner TEXT").await;
    let reason = old.refusal().await;
    for word in ["experiments", "owner", "nothing in it was changed", "step 1b5f0d9ad7c1"] {
        assert!(reason.contains(word), "{reason}");
    }
    assert_eq!(old.revision().await, "0584bdc529eb");
}

#[tokio::test]
async fn an_empty_database_is_left_to_be_prepared() {
    let home = Home::chosen().await;
    let old = Old { uri: home.uri().parse().unwrap(), home };
    assert_eq!(old.upgrade().await.unwrap(), None);
    assert_eq!(old.prepare().await.unwrap(), Prepared::Created);
    assert_eq!(old.upgrade().await.unwrap(), None);
}
