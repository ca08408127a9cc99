//! Brings a database of users that an older MLflow made to the revision of MLflow 3.17.
//!
//! The revisions and what they are for are those of MLflow's `server/auth/db/migrations`. What differs: a permission that
//! refuses, NO_PERMISSIONS, becomes a DENY instead of being dropped, and prompts are told from models in a split database too.

mod permissions;
mod prompts;
mod revisions;

pub use permissions::Converted;
pub use prompts::PromptNames;

use crate::db::{Connection, Db};
use crate::error::StoreError;
use crate::schema::{Schema, backup, check_workspaces};
use crate::uri::StoreUri;
use model::Clock;
use revisions::{Found, Revision, Rows};
use sea_query::Query;
use std::path::PathBuf;

/// What an upgrade did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    /// The revision that was found.
    pub from: &'static str,
    /// The copy of the database as it was; `None` where the database is no file.
    pub backup: Option<PathBuf>,
    pub converted: Converted,
}

/// Upgrades a database of users that is at a revision before that of MLflow 3.17. Any other is left as it is, for
/// [`prepare`](super::prepare) to create, take or refuse.
///
/// All of it is one transaction, and its lock is held from the look at the revision to the end: of several servers that
/// start at once one upgrades, and the others wait and find it done. The copy is made under that lock too, so that nothing
/// is written in between.
///
/// # Errors
/// [`StoreError::Schema`] when the database holds rows of another workspace, when no copy of it can be made, or when it
/// holds a permission that has no equal; [`StoreError::Database`]. Nothing is changed then.
pub async fn upgrade(
    db: &Db,
    uri: &StoreUri,
    prompts: &PromptNames,
    clock: &dyn Clock,
) -> Result<Option<Upgraded>, StoreError> {
    let mut snapshot = db.snapshot().await?;
    if Found::read(&mut snapshot.connection()).await?.is_none() {
        return Ok(None);
    }
    drop(snapshot);
    let upgraded =
        db.write_alone(uri, async |connection| under_lock(connection, db, uri, prompts, clock).await).await?;
    if let Some(upgraded) = &upgraded {
        log(upgraded, uri);
    }
    Ok(upgraded)
}

async fn under_lock(
    connection: &mut Connection<'_>,
    db: &Db,
    uri: &StoreUri,
    prompts: &PromptNames,
    clock: &dyn Clock,
) -> Result<Option<Upgraded>, StoreError> {
    let Some(found) = Found::read(connection).await? else { return Ok(None) };
    check_workspaces(connection, &found.workspace_tables(), &uri.to_string()).await?;
    let backup = back_up(db, uri, &found, clock).await?;
    let mut converted = Converted::default();
    for revision in found.steps() {
        take_step(connection, revision, prompts, &mut converted)
            .await
            .map_err(|error| naming(error, uri, revision))?;
    }
    set_revision(connection).await?;
    Ok(Some(Upgraded { from: found.revision(), backup, converted }))
}

async fn back_up(
    db: &Db,
    uri: &StoreUri,
    found: &Found,
    clock: &dyn Clock,
) -> Result<Option<PathBuf>, StoreError> {
    let (from, to) = (found.revision(), Schema::Auth.revision());
    tracing::warn!(
        %uri,
        from,
        to,
        "the database of users is upgraded to the revision of MLflow 3.17; the only way back is a copy of it as it was"
    );
    let copy = backup::beside(db, uri, from, clock.now()).await?;
    match &copy {
        Some(copy) => tracing::warn!(%uri, copy = %copy.display(), "copied the database as it was"),
        None => tracing::warn!(%uri, "no copy is made here: use the backup of the database's own server"),
    }
    Ok(copy)
}

async fn take_step(
    connection: &mut Connection<'_>,
    revision: &Revision,
    prompts: &PromptNames,
    converted: &mut Converted,
) -> Result<(), StoreError> {
    let Some(script) = revision.script(connection.sql()) else {
        return Err(StoreError::Schema(
            "on MySQL and MariaDB a step that fails could not be undone. Upgrade it with Python MLflow 3.17 first: `python -m \
             mlflow.server.auth db upgrade --url URI`"
                .to_owned(),
        ));
    };
    connection.execute_script(script).await?;
    match revision.rows {
        Rows::AsTheyAre => Ok(()),
        Rows::PermissionsToRoles => permissions::to_roles(connection, converted).await,
        Rows::PromptsFromModels => {
            converted.prompts = prompts::from_models(connection, prompts).await?;
            Ok(())
        }
    }
}

/// Only the last revision is ever seen from outside.
async fn set_revision(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let update = Query::update()
        .table(Schema::Auth.version_table())
        .value("version_num", Schema::Auth.revision())
        .to_owned();
    connection.execute(&update).await.map(drop)
}

/// Says which database and which step an error is about.
fn naming(error: StoreError, uri: &StoreUri, revision: &Revision) -> StoreError {
    StoreError::Schema(format!(
        "The database {uri} is not upgraded, and nothing in it was changed (step {}): {}",
        revision.id,
        error.into_reason()
    ))
}

fn log(upgraded: &Upgraded, uri: &StoreUri) {
    let Converted { by_type, no_permissions, unknown, dangling, prompts } = &upgraded.converted;
    let permissions: usize = by_type.values().sum();
    tracing::info!(
        %uri,
        from = upgraded.from,
        to = Schema::Auth.revision(),
        permissions,
        ?by_type,
        no_permissions_to_deny = no_permissions,
        unknown_to_deny = unknown,
        left_out_without_user = dangling,
        prompts,
        "upgraded the database of users"
    );
}
