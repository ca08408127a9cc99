//! Checking a database without changing it: for programs that work on one that a server looks after.

use super::{Schema, revisions, table_exists};
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
    if !table_exists(&mut connection, schema.version_table()).await? {
        return Err(StoreError::Schema(format!(
            "The database {uri} has no table {}, so that it is none of this kind, or an old one. A server creates or \
             upgrades it at its start: start one first, or name another database.",
            schema.version_table()
        )));
    }
    let found = revisions(&mut connection, schema).await?;
    if found != [schema.revision()] {
        return Err(StoreError::Schema(format!(
            "The database {uri} is at revision {}; this program works with revision {}. A server upgrades an older \
             database of users at its start: start one first. For a newer one, use a newer Millgate.",
            if found.is_empty() { "none".to_owned() } else { found.join(", ") },
            schema.revision()
        )));
    }
    match schema {
        Schema::Auth => crate::own::check(&mut connection, uri).await,
        Schema::Tracking => Ok(()),
    }
}
