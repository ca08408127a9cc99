//! Databases of users that older versions of MLflow made, and what becomes of them at the start.
//!
//! Each is made of SQL that `reference/auth_dump.py` printed off a database of that version.

use crate::database::{Database, stranger};
use crate::schema::{Database as Kind, differences};
use model::Millis;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use store::schema::auth_upgrade::{self, Converted, PromptNames, Upgraded};
use store::schema::{self, Prepared, Schema};
use store::{Db, StoreError, StoreUri};
use tempfile::TempDir;

const MLFLOW_2_5: &str = include_str!("../reference/auth-2.5.0.sql");
const MLFLOW_3_6: &str = include_str!("../reference/auth-3.6.0.sql");
const MLFLOW_3_8: &str = include_str!("../reference/auth-3.8.1.sql");
const MLFLOW_3_9: &str = include_str!("../reference/auth-3.9.0.sql");
const MLFLOW_3_11: &str = include_str!("../reference/auth-3.11.1.sql");
const MLFLOW_3_12: &str = include_str!("../reference/auth-3.12.0.sql");
const ROLES_FILLED: &str = include_str!("../reference/auth-e5f6a7b8c9d0.sql");

/// Every revision that is upgraded, and a database at it.
const EVERY_REVISION: [(&str, &str); 7] = [
    ("8606fa83a998", MLFLOW_2_5),
    ("8606fa83a998", MLFLOW_3_6),
    ("0965eb92f5f0", MLFLOW_3_8),
    ("a1b2c3d4e5f6", MLFLOW_3_9),
    ("2ed73881770d", MLFLOW_3_11),
    ("c3d4e5f6a7b8", MLFLOW_3_12),
    ("e5f6a7b8c9d0", ROLES_FILLED),
];

/// 2026-11-24 05:30:00.123 UTC.
const NOW: Millis = 1_795_498_200_123;

struct At(Millis);

impl model::Clock for At {
    fn now(&self) -> Millis {
        self.0
    }
}

/// A database as an older MLflow left it.
struct Old {
    uri: StoreUri,
    file: PathBuf,
    directory: TempDir,
}

impl Old {
    async fn of(dump: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("basic_auth.db");
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut connection = options.foreign_keys(false).connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(dump.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let uri = format!("sqlite:///{}", file.display()).parse().unwrap();
        Self { uri, file, directory }
    }

    /// Runs statements as another program that does not mind references.
    async fn sql(&self, statements: &str) {
        let options = SqliteConnectOptions::new().filename(&self.file).foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn upgrade(&self) -> Result<Option<Upgraded>, StoreError> {
        self.upgrade_with(&PromptNames::default()).await
    }

    async fn upgrade_with(&self, prompts: &PromptNames) -> Result<Option<Upgraded>, StoreError> {
        let db = Db::open(&self.uri).await.unwrap();
        let done = auth_upgrade::upgrade(&db, &self.uri, prompts, &At(NOW)).await;
        db.close().await;
        done
    }

    async fn prepare(&self) -> Result<Prepared, StoreError> {
        let db = Db::open(&self.uri).await.unwrap();
        let done = schema::prepare(&db, Schema::Auth, &self.uri).await;
        db.close().await;
        done
    }

    async fn refusal(&self) -> String {
        match self.upgrade().await {
            Err(StoreError::Schema(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    fn backup(&self, revision: &str) -> PathBuf {
        self.directory.path().join(format!("basic_auth.db.backup-{revision}-20261124T053000Z"))
    }

    /// Names of the files that are there, but for those that SQLite keeps beside an open database.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> =
            names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
        names.sort();
        names
    }

    /// What users are granted in roles: role, type, pattern and level.
    async fn grants(&self) -> Vec<String> {
        let query = "SELECT users.username || ' as ' || roles.name || ': ' || resource_type || ' ' || resource_pattern \
                     || ' ' || permission FROM role_permissions JOIN roles ON roles.id = role_id \
                     JOIN user_role_assignments USING (role_id) JOIN users ON users.id = user_id ORDER BY 1";
        let mut connection = stranger(&self.file).await;
        sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
    }

    /// What a user's own role grants.
    async fn own_grants(&self, name: &str) -> Vec<String> {
        let start = format!("{name} as __user_");
        let grants = self.grants().await.into_iter().filter(|grant| grant.starts_with(&start));
        grants.map(|grant| grant.split_once(": ").unwrap().1.to_owned()).collect()
    }
}

/// Everything in a database that SQL can see.
async fn content(file: &Path) -> Vec<String> {
    let mut connection = stranger(file).await;
    let tables: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let mut content = Vec::new();
    for (name, sql) in tables {
        if sql.starts_with("CREATE TABLE") {
            let columns: Vec<String> =
                sqlx::query_scalar("SELECT name FROM pragma_table_info(?) ORDER BY cid")
                    .bind(&name)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap();
            let rows = format!("SELECT json_array({}) FROM \"{name}\" ORDER BY 1", columns.join(", "));
            let rows: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap();
            content.extend(rows.into_iter().map(|row| format!("{name} {row}")));
        }
        content.push(sql);
    }
    content
}

/// The rows of the tables that MLflow keeps for a way back.
async fn legacy_rows(file: &Path) -> Vec<String> {
    let mut rows = content(file).await;
    rows.retain(|line| {
        line.split_once(" [")
            .is_some_and(|(table, _)| table.ends_with("permissions") && table != "role_permissions")
    });
    rows
}

#[tokio::test]
async fn every_revision_ends_with_the_schema_of_a_fresh_database() {
    for (revision, dump) in EVERY_REVISION {
        let old = Old::of(dump).await;
        let upgraded = old.upgrade().await.unwrap().unwrap();
        assert_eq!(upgraded.from, revision);
        assert_eq!(old.prepare().await.unwrap(), Prepared::UpToDate);
        // MLflow before 3.6 kept the revision in a table that MLflow 3.6 and later leave alone.
        old.sql("DROP TABLE IF EXISTS alembic_version").await;
        let mut connection = stranger(&old.file).await;
        let differences = differences(&Kind::Authentication.reference(), &mut connection).await;
        assert!(differences.is_empty(), "from {revision}:\n{}", differences.join("\n"));
    }
}

#[tokio::test]
async fn permissions_of_mlflow_2_become_grants_of_the_users_own_roles() {
    for dump in [MLFLOW_2_5, MLFLOW_3_6] {
        let old = Old::of(dump).await;
        let upgraded = old.upgrade().await.unwrap().unwrap();
        assert_eq!(
            old.grants().await,
            [
                "ada as __user_2__: experiment 1 MANAGE",
                "ada as __user_2__: registered_model tea MANAGE",
                "bob as __user_3__: experiment 1 READ",
                "bob as __user_3__: experiment 2 MANAGE",
                "bob as __user_3__: registered_model greeting MANAGE",
                "bob as __user_3__: registered_model tea DENY",
                "carol as __user_4__: experiment 1 DENY",
                "carol as __user_4__: registered_model greeting DENY",
                "dora as __user_5__: experiment 1 EDIT",
            ]
        );
        let by_type = [("experiment", 5), ("registered_model", 4)].into();
        let expected = Converted { by_type, no_permissions: 3, ..Converted::default() };
        assert_eq!(upgraded.converted, expected);
    }
}

#[tokio::test]
async fn scorers_are_named_by_their_experiment_and_an_escaped_name() {
    let old = Old::of(MLFLOW_3_8).await;
    old.upgrade().await.unwrap();
    assert!(old.own_grants("ada").await.contains(&"scorer 1/good%2Fbetter%20%C3%BC~ MANAGE".to_owned()));
    assert!(old.own_grants("carol").await.contains(&"scorer 1/good%2Fbetter%20%C3%BC~ DENY".to_owned()));
}

#[tokio::test]
async fn permissions_on_the_gateway_are_kept() {
    let old = Old::of(MLFLOW_3_9).await;
    old.upgrade().await.unwrap();
    let of_gateway = async |name| {
        let mut grants = old.own_grants(name).await;
        grants.retain(|grant| grant.starts_with("gateway"));
        grants
    };
    assert_eq!(
        of_gateway("ada").await,
        ["gateway_endpoint e-1 EDIT", "gateway_model_definition d-1 MANAGE", "gateway_secret s-1 USE"]
    );
    assert_eq!(
        of_gateway("carol").await,
        ["gateway_endpoint e-1 DENY", "gateway_model_definition d-1 DENY", "gateway_secret s-1 DENY"]
    );
}

#[tokio::test]
async fn permissions_on_the_workspace_become_what_they_gave() {
    let old = Old::of(MLFLOW_3_11).await;
    old.upgrade().await.unwrap();
    let on_all = async |name| {
        let mut grants = old.own_grants(name).await;
        grants.retain(|grant| grant.contains(" * "));
        grants
    };
    assert_eq!(on_all("ada").await, ["workspace * USE"], "READ");
    assert_eq!(on_all("dora").await, ["workspace * MANAGE"]);
    assert_eq!(on_all("erik").await, ["workspace * USE"]);
    assert_eq!(
        on_all("bob").await,
        [
            "experiment * EDIT",
            "gateway_endpoint * EDIT",
            "gateway_model_definition * EDIT",
            "gateway_secret * EDIT",
            "registered_model * EDIT",
            "scorer * EDIT",
            "workspace * USE",
        ],
        "EDIT"
    );
}

#[tokio::test]
async fn who_must_not_enter_the_workspace_is_refused_whatever_the_default_permission() {
    use authz::{Action, Level, Policy, ResourceType, Visibility, rules, satisfied, visibility};
    let old = Old::of(MLFLOW_3_11).await;
    // A grant of one resource does not lead into a workspace that is closed.
    old.sql("UPDATE experiment_permissions SET permission = 'MANAGE' WHERE user_id = 4").await;
    old.upgrade().await.unwrap();
    old.prepare().await.unwrap();
    let db = Db::open(&old.uri).await.unwrap();
    let carol = store::auth::users::find(&db, "carol").await.unwrap().unwrap();
    let grants = store::auth::grants::all(&db, carol.id, ResourceType::ALL).await.unwrap();
    let policy = Policy::with_default(Level::Manage);
    for requirements in [
        rules::experiment("1", Action::Read),
        rules::experiment("7", Action::Read),
        rules::new_experiment(),
        rules::within_experiment("7", ResourceType::Run, Action::Read),
        rules::within_experiment("7", ResourceType::Trace, Action::Read),
        rules::workspace(Action::Read),
    ] {
        assert!(!satisfied(&requirements, &grants, policy), "{requirements:?}");
    }
    for kind in ResourceType::ALL.iter().filter(|kind| kind.has_ids()) {
        assert_eq!(visibility(*kind, &[], &grants, policy), Visibility::Nothing, "{kind}");
    }
    db.close().await;
}

#[tokio::test]
async fn roles_that_an_administrator_made_stay_as_they_are() {
    let old = Old::of(MLFLOW_3_12).await;
    old.upgrade().await.unwrap();
    let mut grants = old.grants().await;
    grants.retain(|grant| grant.contains(" as team: "));
    let expected = ["ada", "bob"].map(|name| {
        ["experiment 1 EDIT", "registered_model * READ", "registered_model greeting READ"]
            .map(|grant| format!("{name} as team: {grant}"))
    });
    assert_eq!(grants, expected.concat());
}

#[tokio::test]
async fn roles_of_other_workspaces_stay_as_they_are_and_get_nobodys_grants() {
    let old = Old::of(MLFLOW_3_12).await;
    old.sql(
        "INSERT INTO roles (id, name, workspace) VALUES (8, '__user_2__', 'another');
         INSERT INTO user_role_assignments (user_id, role_id) VALUES (6, 8);
         INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
         VALUES (8, 'registered_model', 'greeting', 'READ')",
    )
    .await;
    old.upgrade_with(&greeting_is_a_prompt().await).await.unwrap();
    let mut grants = old.grants().await;
    assert!(grants.contains(&"ada as __user_2__: experiment 1 MANAGE".to_owned()), "{grants:?}");
    grants.retain(|grant| grant.starts_with("erik as __user_2__"));
    assert_eq!(grants, ["erik as __user_2__: registered_model greeting READ"]);
}

#[tokio::test]
async fn what_python_has_converted_is_left_alone() {
    let old = Old::of(ROLES_FILLED).await;
    let before = old.grants().await;
    let upgraded = old.upgrade().await.unwrap().unwrap();
    assert_eq!(old.grants().await, before);
    assert_eq!(upgraded.converted, Converted::default());
    assert!(!before.iter().any(|grant| grant.contains("DENY") || grant.contains("NO_PERMISSIONS")));
}

#[tokio::test]
async fn a_permission_that_nobody_understands_denies() {
    for word in ["'OWNER'", "'read'", "''", "'DENY'", "NULL"] {
        let old = Old::of(MLFLOW_3_11).await;
        old.sql(&format!("UPDATE experiment_permissions SET permission = {word} WHERE user_id = 2")).await;
        let upgraded = old.upgrade().await.unwrap().unwrap();
        assert!(old.own_grants("ada").await.contains(&"experiment 1 DENY".to_owned()), "{word}");
        assert_eq!(upgraded.converted.unknown, 1, "{word}");
    }
    let old = Old::of(MLFLOW_3_11).await;
    old.sql("UPDATE workspace_permissions SET permission = 'JOIN' WHERE user_id = 6").await;
    old.upgrade().await.unwrap();
    let grants = old.own_grants("erik").await;
    assert!(grants.len() == 9 && grants.iter().all(|grant| grant.ends_with(" * DENY")), "{grants:?}");
}

#[tokio::test]
async fn permissions_of_users_that_are_gone_fall_to_nobody() {
    for (_, dump) in &EVERY_REVISION[..6] {
        let old = Old::of(dump).await;
        old.sql(
            "INSERT INTO experiment_permissions (experiment_id, user_id, permission) VALUES ('1', 70, 'MANAGE');
             INSERT INTO registered_model_permissions (name, user_id, permission) VALUES ('tea', 70, 'MANAGE');",
        )
        .await;
        let before = legacy_rows(&old.file).await.len();
        assert_eq!(old.upgrade().await.unwrap().unwrap().converted.dangling, 2);
        let mut connection = stranger(&old.file).await;
        let roles: i64 = sqlx::query_scalar("SELECT count(*) FROM roles WHERE name = '__user_70__'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(roles, 0);
        assert_eq!(legacy_rows(&old.file).await.len(), before);
    }
}

/// What a registry says in which `greeting` is a prompt, and so is `*`, and `tea` a model.
async fn greeting_is_a_prompt() -> PromptNames {
    let tracking = Database::tracking_file().await;
    for (name, mark) in [("greeting", "True"), ("*", "true"), ("tea", "no")] {
        tracking
            .sql(&format!(
                "INSERT INTO registered_models (name, workspace) VALUES ('{name}', 'default');
                 INSERT INTO registered_model_tags (workspace, name, key, value)
                 VALUES ('default', '{name}', 'mlflow.prompt.is_prompt', '{mark}')"
            ))
            .await;
    }
    PromptNames::read(&tracking.db).await.unwrap()
}

#[tokio::test]
async fn grants_on_prompts_are_told_from_those_on_models() {
    let prompts = greeting_is_a_prompt().await;
    for (revision, dump) in EVERY_REVISION {
        let old = Old::of(dump).await;
        let converted = old.upgrade_with(&prompts).await.unwrap().unwrap().converted;
        let grants = old.grants().await;
        let on = |start: &str| grants.iter().filter(|grant| grant.contains(start)).count() as u64;
        assert!(grants.contains(&"bob as __user_3__: prompt greeting MANAGE".to_owned()), "{grants:?}");
        assert_eq!(on(": registered_model greeting "), 0, "{revision}");
        assert_eq!(on(": prompt tea "), 0, "{revision}");
        assert_eq!(on(": prompt * READ") + on(": prompt * EDIT"), 0, "{revision}");
        assert!(on(": registered_model tea ") > 0, "{revision}");
        // The role `team` grants on the prompt once, to two users.
        let roles = if revision >= "c3d4e5f6a7b8" && on(" as team: ") > 0 { 1 } else { 0 };
        assert_eq!(on(": prompt greeting "), converted.prompts + roles, "{revision}");
    }
}

#[tokio::test]
async fn users_and_what_mlflow_keeps_for_a_way_back_stay_as_they_are() {
    for (revision, dump) in EVERY_REVISION {
        let old = Old::of(dump).await;
        let users = |content: Vec<String>| -> Vec<String> {
            content.into_iter().filter(|line| line.starts_with("users [")).collect()
        };
        let (before, kept) = (users(content(&old.file).await), legacy_rows(&old.file).await);
        assert_eq!(before.len(), 6);
        old.upgrade().await.unwrap();
        assert_eq!(users(content(&old.file).await), before, "{revision}");
        // The revision 2ed73881770d gives models a workspace; nothing else is new in these rows.
        let of_rows = |rows: Vec<String>| -> Vec<String> {
            rows.into_iter().map(|row| row.replace(r#","default"]"#, "]")).collect()
        };
        assert_eq!(of_rows(legacy_rows(&old.file).await), of_rows(kept), "{revision}");
    }
}

#[tokio::test]
async fn a_second_start_finds_nothing_to_do() {
    for (revision, dump) in EVERY_REVISION {
        let old = Old::of(dump).await;
        assert!(old.upgrade().await.unwrap().is_some());
        assert_eq!(old.prepare().await.unwrap(), Prepared::UpToDate);
        let (before, files) = (content(&old.file).await, old.files());
        assert_eq!(old.upgrade().await.unwrap(), None, "{revision}");
        assert_eq!(old.prepare().await.unwrap(), Prepared::UpToDate);
        assert_eq!(content(&old.file).await, before);
        assert_eq!(old.files(), files);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_servers_that_start_at_once_one_upgrades() {
    let old = Old::of(MLFLOW_2_5).await;
    let starts = (0..8).map(|_| {
        let uri = old.uri.clone();
        tokio::spawn(async move {
            let db = Db::open(&uri).await.unwrap();
            let upgraded = auth_upgrade::upgrade(&db, &uri, &PromptNames::default(), &At(NOW)).await.unwrap();
            assert_eq!(schema::prepare(&db, Schema::Auth, &uri).await.unwrap(), Prepared::UpToDate);
            upgraded.is_some()
        })
    });
    let mut upgraded = 0;
    for start in starts.collect::<Vec<_>>() {
        upgraded += usize::from(start.await.unwrap());
    }
    assert_eq!(upgraded, 1);
    assert_eq!(old.files(), ["basic_auth.db", "basic_auth.db.backup-8606fa83a998-20261124T053000Z"]);
}

#[tokio::test]
async fn before_anything_is_changed_the_database_is_copied_for_the_owner_alone() {
    for (revision, dump) in EVERY_REVISION {
        let old = Old::of(dump).await;
        let before = content(&old.file).await;
        let upgraded = old.upgrade().await.unwrap().unwrap();
        let backup = old.backup(revision);
        assert_eq!(upgraded.backup.as_ref(), Some(&backup));
        assert_eq!(content(&backup).await, before);
        assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_copy_that_cannot_be_made_stops_the_upgrade_and_overwrites_nothing() {
    let old = Old::of(MLFLOW_3_11).await;
    let before = content(&old.file).await;
    std::fs::write(old.backup("2ed73881770d"), "somebody's").unwrap();
    let reason = old.refusal().await;
    assert!(reason.contains("no copy of it could be made") && reason.contains("exists"), "{reason}");
    assert_eq!(std::fs::read_to_string(old.backup("2ed73881770d")).unwrap(), "somebody's");
    assert_eq!(content(&old.file).await, before);
}

#[tokio::test]
async fn an_upgrade_that_fails_changes_nothing() {
    // The obstacles are met further and further on.
    for (dump, obstacle) in [
        (MLFLOW_2_5, "CREATE TABLE role_permissions (a)"),
        (MLFLOW_3_11, "CREATE TABLE user_role_assignments (a)"),
        (
            MLFLOW_3_12,
            "CREATE TRIGGER no BEFORE INSERT ON role_permissions WHEN NEW.resource_pattern = 'd-1' \
             BEGIN SELECT RAISE(ABORT, 'not that one'); END",
        ),
        (
            ROLES_FILLED,
            "CREATE TRIGGER no BEFORE UPDATE ON alembic_version_auth BEGIN SELECT RAISE(ROLLBACK, 'not so'); END",
        ),
    ] {
        let old = Old::of(dump).await;
        old.sql(obstacle).await;
        let before = content(&old.file).await;
        let error = old.upgrade().await.unwrap_err();
        assert_eq!(content(&old.file).await, before, "{error}");
    }
}

#[tokio::test]
async fn a_role_that_somebody_else_holds_is_given_nobodys_grants() {
    let old = Old::of(MLFLOW_3_12).await;
    old.sql(
        "INSERT INTO roles (id, name, workspace) VALUES (9, '__user_2__', 'default');
         INSERT INTO user_role_assignments (user_id, role_id) VALUES (6, 9)",
    )
    .await;
    let before = content(&old.file).await;
    let reason = old.refusal().await;
    for word in ["__user_2__", "assigned to other users", "nothing in it was changed", "step e5f6a7b8c9d0"] {
        assert!(reason.contains(word), "{reason}");
    }
    assert_eq!(content(&old.file).await, before);
}

#[tokio::test]
async fn a_refusal_takes_the_place_of_what_the_own_role_gave_and_nothing_else_does() {
    let old = Old::of(MLFLOW_3_12).await;
    old.sql(
        "INSERT INTO roles (id, name, workspace) VALUES (8, '__user_2__', 'default'), (9, '__user_4__', 'default');
         INSERT INTO user_role_assignments (user_id, role_id) VALUES (2, 8), (4, 9);
         INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission) VALUES
         (8, 'experiment', '1', 'READ'), (9, 'experiment', '1', 'EDIT')",
    )
    .await;
    old.upgrade().await.unwrap();
    assert!(old.own_grants("ada").await.contains(&"experiment 1 READ".to_owned()));
    assert!(old.own_grants("carol").await.contains(&"experiment 1 DENY".to_owned()));
}

#[tokio::test]
async fn a_resource_named_like_all_of_them_is_not_granted_as_all_of_them() {
    let old = Old::of(MLFLOW_2_5).await;
    old.sql("INSERT INTO registered_model_permissions (name, user_id, permission) VALUES ('*', 2, 'MANAGE')")
        .await;
    let before = content(&old.file).await;
    let reason = old.refusal().await;
    for word in ["registered_model_permissions", "user with id 2", "named '*'", "nothing in it was changed"] {
        assert!(reason.contains(word), "{reason}");
    }
    assert_eq!(content(&old.file).await, before);
}

#[tokio::test]
async fn rows_of_another_workspace_are_refused_before_anything_is_done() {
    let tables = [
        (MLFLOW_3_11, "UPDATE registered_model_permissions SET workspace = 'another' WHERE id = 1"),
        (MLFLOW_3_11, "UPDATE workspace_permissions SET workspace = 'another' WHERE user_id = 2"),
    ];
    for (dump, change) in tables {
        let old = Old::of(dump).await;
        old.sql(change).await;
        let before = content(&old.file).await;
        let reason = old.refusal().await;
        assert!(reason.contains("workspace 'another'"), "{reason}");
        assert_eq!(content(&old.file).await, before);
        assert_eq!(old.files(), ["basic_auth.db"], "no copy either");
    }
}

#[tokio::test]
async fn what_is_no_older_database_is_left_to_be_prepared() {
    for change in [
        "UPDATE alembic_version_auth SET version_num = 'abcdefabcdef'",
        "DELETE FROM alembic_version_auth",
        "INSERT INTO alembic_version_auth VALUES ('8606fa83a998')",
        "DROP TABLE alembic_version_auth",
    ] {
        let old = Old::of(MLFLOW_3_12).await;
        old.sql(change).await;
        let before = content(&old.file).await;
        assert_eq!(old.upgrade().await.unwrap(), None, "{change}");
        assert!(matches!(old.prepare().await, Err(StoreError::Schema(_))), "{change}");
        assert_eq!(content(&old.file).await, before);
        assert_eq!(old.files(), ["basic_auth.db"]);
    }
    let fresh = Old::of("SELECT 1").await;
    assert_eq!(fresh.upgrade().await.unwrap(), None);
    assert_eq!(fresh.prepare().await.unwrap(), Prepared::Created);
    assert_eq!(fresh.upgrade().await.unwrap(), None);
}

#[tokio::test]
async fn users_that_live_in_the_tracking_database_are_upgraded_beside_it() {
    let tracking = Database::tracking_file().await;
    tracking.experiment("tea").await;
    tracking.sql(&format!("PRAGMA foreign_keys = OFF; {MLFLOW_3_6}")).await;
    let prompts = PromptNames::read(&tracking.db).await.unwrap();
    let upgraded = auth_upgrade::upgrade(&tracking.db, tracking.uri(), &prompts, &At(NOW)).await.unwrap();
    assert_eq!(upgraded.unwrap().converted.no_permissions, 3);
    for schema in [Schema::Tracking, Schema::Auth] {
        let prepared = schema::prepare(&tracking.db, schema, tracking.uri()).await.unwrap();
        assert_eq!(prepared, Prepared::UpToDate);
    }
    assert_eq!(tracking.number("SELECT count(*) FROM experiments").await, 1);
}

#[tokio::test]
async fn a_database_of_mlflow_2_that_mlflow_3_6_has_opened_is_at_its_newer_mark() {
    let old = Old::of(MLFLOW_3_6).await;
    old.sql("CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version VALUES ('8606fa83a998')")
        .await;
    assert_eq!(old.upgrade().await.unwrap().unwrap().from, "8606fa83a998");
}
