//! Checking a database without changing it: for programs that work on one that a server looks after.

use super::{Schema, check_revision, check_workspaces, table_exists};
use crate::db::Db;
use crate::error::StoreError;
use crate::uri::StoreUri;

/// Checks that the database has the schema that this version works with, and changes nothing.
///
/// # Errors
/// [`StoreError::Schema`] when the schema is not there or another one, with what to do about it.
pub async fn check(db: &Db, schema: Schema, uri: &StoreUri) -> Result<(), StoreError> {
    let mut snapshot = db.snapshot().await?;
    let mut connection = snapshot.connection();
    crate::copy::refuse_unfinished(&mut connection, &uri.to_string()).await?;
    if !table_exists(&mut connection, schema.version_table()).await? {
        return Err(StoreError::Schema(format!(
            "The database {uri} has no table {}: it is none of this kind, empty, or an old one. {}",
            schema.version_table(),
            schema.way_there(&uri.to_string(), None),
        )));
    }
    check_revision(&mut connection, schema, &uri.to_string()).await?;
    match schema {
        Schema::Auth => crate::own::check(&mut connection, uri).await,
        // Nothing of another workspace may be taken for the default one's.
        Schema::Tracking => {
            check_workspaces(&mut connection, schema.workspace_tables(), &uri.to_string()).await
        }
    }
}
