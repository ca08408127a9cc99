//! Creating and checking schemas. They are MLflow's, at one revision; MLflow's own tools can open what we create.

pub mod auth_upgrade;
mod backup;
mod check;
mod creation;
mod indexes;
pub mod look;
pub mod tracking_upgrade;

pub use backup::file_time;
pub use check::check;
pub(crate) use creation::is_mark;
pub use indexes::drop_indexes;

use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect::Sql;
use crate::error::StoreError;
use crate::own::Own;
use crate::uri::StoreUri;
use sea_query::{Alias, Expr, ExprTrait, Query};
use tracking_upgrade::Age;

/// A database of MLflow's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Experiments, runs, models and the like.
    Tracking,
    /// Users and their grants.
    Auth,
}

/// What [`prepare`] found or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepared {
    Created,
    UpToDate,
}

impl Schema {
    /// The Alembic revision that this version works with: MLflow 3.17's.
    pub const fn revision(self) -> &'static str {
        match self {
            Self::Tracking => "dc11669786a5",
            Self::Auth => "f1a2b3c4d5e6",
        }
    }

    pub(crate) const fn version_table(self) -> &'static str {
        match self {
            Self::Tracking => "alembic_version",
            Self::Auth => "alembic_version_auth",
        }
    }

    /// A table that shows that the schema is there although its version table is not.
    const fn first_table(self) -> &'static str {
        match self {
            Self::Tracking => "experiments",
            Self::Auth => "users",
        }
    }

    const fn script(self, sql: Sql) -> &'static str {
        match (self, sql) {
            (Self::Tracking, Sql::Sqlite) => include_str!("../schema/sqlite/tracking.sql"),
            (Self::Auth, Sql::Sqlite) => include_str!("../schema/sqlite/auth.sql"),
            (Self::Tracking, Sql::Postgresql) => include_str!("../schema/postgresql/tracking.sql"),
            (Self::Auth, Sql::Postgresql) => include_str!("../schema/postgresql/auth.sql"),
            (Self::Tracking, Sql::MariaDb | Sql::Mysql) => include_str!("../schema/mysql/tracking.sql"),
            (Self::Auth, Sql::MariaDb | Sql::Mysql) => include_str!("../schema/mysql/auth.sql"),
        }
    }

    /// What to do about a database that is at another revision than [`revision`](Self::revision); `None` where it has none.
    /// Python MLflow would upgrade one of users too, but drop what refuses.
    pub fn way_there(self, uri: &str, found: Option<&str>) -> String {
        match self {
            Self::Tracking => match found.map(Age::of) {
                Some(Age::Upgradable) => format!(
                    "Stop all servers on it, make a backup, and run `millgate db upgrade {uri}` (with --dry-run first, to see \
                     what that does)."
                ),
                Some(Age::TooOld) => format!("It is older than MLflow 2.22: {}", of_python(uri)),
                None => format!("If it is one of MLflow before 2.22, {}", of_python(uri)),
                Some(Age::Current | Age::Unknown) => "This version knows no such revision: use a newer Millgate if a newer \
                     MLflow made the database."
                    .to_owned(),
            },
            Self::Auth => "Those of MLflow 2.5 to 3.12 are upgraded when a server starts that has the tracking database too, \
                           not with --artifacts-only; for a newer one, use a newer Millgate."
                .to_owned(),
        }
    }

    /// Tables whose rows belong to a workspace.
    const fn workspace_tables(self) -> &'static [&'static str] {
        match self {
            // Those whose workspace is not held to that of a parent's row by a foreign key.
            Self::Tracking => &[
                "budget_policies",
                "endpoints",
                "evaluation_datasets",
                "experiments",
                "guardrail_configs",
                "guardrails",
                "jobs",
                "mcp_servers",
                "model_definitions",
                "registered_models",
                "secrets",
                "webhooks",
            ],
            // Roles of other workspaces may be there: their grants are never read.
            Self::Auth => &["registered_model_permissions", "workspace_permissions"],
        }
    }
}

fn of_python(uri: &str) -> String {
    format!(
        "make a backup and run `mlflow db upgrade {uri}` of Python MLflow 3.17 (`pip install mlflow==3.17.2`) first."
    )
}

/// The only workspace that is served.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Creates the schema in an empty database, or checks that it is the one that this version works with. Several servers may
/// do so at once: one creates, the others find it created.
///
/// # Errors
/// [`StoreError::Schema`] when the database is at another revision or holds rows of another workspace. The message names
/// both revisions and what to run.
pub async fn prepare(db: &Db, schema: Schema, uri: &StoreUri) -> Result<Prepared, StoreError> {
    let name = uri.to_string();
    db.write_alone(uri, async |connection| {
        crate::copy::refuse_unfinished(connection, &name).await?;
        prepare_alone(connection, schema, &name).await
    })
    .await
}

/// As [`prepare`], on a connection that nobody else works beside. It may be that of a copy's target.
pub(crate) async fn prepare_alone(
    connection: &mut Connection<'_>,
    schema: Schema,
    uri: &str,
) -> Result<Prepared, StoreError> {
    let prepared = prepare_mlflows(connection, schema, uri).await?;
    match schema {
        Schema::Tracking => indexes::ensure(connection).await?,
        Schema::Auth => crate::own::prepare(connection, Own::Users).await?,
    }
    Ok(prepared)
}

/// Creates or checks the tables that are MLflow's.
async fn prepare_mlflows(
    connection: &mut Connection<'_>,
    schema: Schema,
    uri: &str,
) -> Result<Prepared, StoreError> {
    if is_to_be_created(connection, schema, uri).await? {
        creation::create(connection, schema).await?;
        return Ok(Prepared::Created);
    }
    check_revision(connection, schema, uri).await?;
    check_workspaces(connection, schema.workspace_tables(), uri).await?;
    Ok(Prepared::UpToDate)
}

/// Whether there is nothing of the schema yet, or no more than a creation left that was broken off.
///
/// # Errors
/// [`StoreError::Schema`] when its tables are there without a revision.
async fn is_to_be_created(
    connection: &mut Connection<'_>,
    schema: Schema,
    uri: &str,
) -> Result<bool, StoreError> {
    if creation::is_unfinished(connection, schema).await? {
        return Ok(true);
    }
    if table_exists(connection, schema.version_table()).await? {
        return Ok(false);
    }
    if table_exists(connection, schema.first_table()).await? {
        return Err(without_revision(schema, uri));
    }
    Ok(true)
}

fn without_revision(schema: Schema, uri: &str) -> StoreError {
    StoreError::Schema(format!(
        "The database {uri} has tables of MLflow but no revision in {}. This version works with revision {} (MLflow 3.17). {}",
        schema.version_table(),
        schema.revision(),
        schema.way_there(uri, None),
    ))
}

pub(crate) async fn table_exists(connection: &mut Connection<'_>, name: &str) -> Result<bool, StoreError> {
    let mut query = Query::select();
    match connection.sql() {
        Sql::Sqlite => query
            .from("sqlite_master")
            .and_where(Expr::col("type").eq("table"))
            .and_where(Expr::col("name").eq(name)),
        // What the connection finds under the name, wherever its search path leads.
        Sql::Postgresql => query.and_where(Expr::cust_with_values("to_regclass($1) IS NOT NULL", [name])),
        Sql::MariaDb | Sql::Mysql => query
            .from(("information_schema", "tables"))
            .and_where(Expr::col("table_schema").eq(Expr::cust("DATABASE()")))
            .and_where(Expr::col("table_name").eq(name)),
    };
    query.expr(Expr::cust("1"));
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.is_some())
}

pub(crate) async fn check_revision(
    connection: &mut Connection<'_>,
    schema: Schema,
    uri: &str,
) -> Result<(), StoreError> {
    let found = revisions(connection, schema).await?;
    if found == [schema.revision()] {
        return Ok(());
    }
    Err(StoreError::Schema(format!(
        "The database {uri} is at revision {}; this version works with revision {} (MLflow 3.17). {}",
        if found.is_empty() { "none".to_owned() } else { found.join(", ") },
        schema.revision(),
        schema.way_there(uri, found.first().map(String::as_str)),
    )))
}

/// What the version table holds: one revision, as a rule. The table must be there.
async fn revisions(connection: &mut Connection<'_>, schema: Schema) -> Result<Vec<String>, StoreError> {
    let query = Query::select().column("version_num").from(Alias::new(schema.version_table())).to_owned();
    let found: Vec<(String,)> = connection.fetch_all(&query).await?;
    Ok(found.into_iter().map(|(revision,)| revision).collect())
}

/// Rows of other workspaces must not be served as if they were of the default one: that would mix tenants.
async fn check_workspaces(
    connection: &mut Connection<'_>,
    tables: &[&'static str],
    uri: &str,
) -> Result<(), StoreError> {
    for table in tables {
        let query = Query::select()
            .column("workspace")
            .from(Alias::new(*table))
            // Two ranges rather than `<>`, which no index serves.
            .and_where(
                Expr::col("workspace").lt(DEFAULT_WORKSPACE).or(Expr::col("workspace").gt(DEFAULT_WORKSPACE)),
            )
            .limit(1)
            .to_owned();
        if let Some((workspace,)) = connection.fetch_optional::<(String,)>(&query).await? {
            return Err(StoreError::Schema(format!(
                "The database {uri} holds rows of the workspace '{workspace}' (table {table}). Workspaces are not \
                 supported by this version: it would show them to everybody."
            )));
        }
    }
    Ok(())
}
