//! The tables that Millgate adds to MLflow's authentication database. They are all named `millgate_*` and have a version of
//! their own, so that MLflow's tools neither see nor change them.

use crate::Int;
use crate::db::Connection;
use crate::error::StoreError;
use crate::schema::table_exists;
use crate::uri::StoreUri;
use sea_query::{ColumnDef, Expr, Index, Query, Table};
use std::cmp::Ordering;

/// Whether a table is one of ours.
pub fn is_own_table(name: &str) -> bool {
    name.starts_with("millgate_")
}

const VERSION_TABLE: &str = "millgate_version";
/// The version that this program works with: how many of the steps below a database has taken. A step that was released
/// never changes; what comes later is a step of its own.
const VERSION: i64 = 1;

/// Brings our tables to this version, in the caller's transaction.
///
/// # Errors
/// [`StoreError::Schema`] when a newer program has been here.
pub(crate) async fn prepare(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let found = version(connection).await?;
    if found > VERSION {
        return Err(newer(found));
    }
    if found < 1 {
        audit_and_secrets(connection).await?;
    }
    if found < VERSION {
        let update = Query::update().table(VERSION_TABLE).value("version", VERSION).to_owned();
        connection.execute(&update).await?;
    }
    Ok(())
}

/// Checks that our tables are there at this version, and changes nothing.
///
/// # Errors
/// [`StoreError::Schema`] when they are not.
pub(crate) async fn check(connection: &mut Connection<'_>, uri: &StoreUri) -> Result<(), StoreError> {
    let found = match table_exists(connection, VERSION_TABLE).await? {
        true => stored_version(connection).await?.unwrap_or(0),
        false => 0,
    };
    match found.cmp(&VERSION) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(newer(found)),
        Ordering::Less => Err(StoreError::Schema(format!(
            "The tables millgate_* of the database {uri} are at version {found}; this program works with version {VERSION}. A \
             server brings them there at its start: start one first."
        ))),
    }
}

fn newer(found: i64) -> StoreError {
    StoreError::Schema(format!(
        "The tables millgate_* are at version {found}, which a newer Millgate made; this one works with version {VERSION}. \
         Use the newer one."
    ))
}

/// The version of the tables in the database, 0 where there are none yet. The version table is there afterwards.
async fn version(connection: &mut Connection<'_>) -> Result<i64, StoreError> {
    // Asked first: who may not make tables may still work with those that are there.
    if !table_exists(connection, VERSION_TABLE).await? {
        let mut create = Table::create()
            .table(VERSION_TABLE)
            .if_not_exists()
            .col(ColumnDef::new("version").big_integer().not_null())
            .to_owned();
        connection.create_table(&mut create).await?;
    }
    if let Some(version) = stored_version(connection).await? {
        return Ok(version);
    }
    let insert =
        Query::insert().into_table(VERSION_TABLE).columns(["version"]).values_panic([0.into()]).to_owned();
    connection.execute(&insert).await?;
    Ok(0)
}

async fn stored_version(connection: &mut Connection<'_>) -> Result<Option<i64>, StoreError> {
    let query = Query::select().column("version").from(VERSION_TABLE).to_owned();
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.map(|(version,)| version.0))
}

async fn audit_and_secrets(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut audit = Table::create()
        .table("millgate_audit")
        .if_not_exists()
        // An id is never given twice, so that it orders the events and marks where a page ended.
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("username").string_len(255))
        .col(ColumnDef::new("address").string_len(45))
        .col(ColumnDef::new("operation").string_len(64).not_null())
        .col(ColumnDef::new("target_type").string_len(64))
        .col(ColumnDef::new("target").string_len(512))
        .col(ColumnDef::new("outcome").string_len(16).not_null())
        .col(ColumnDef::new("detail").string_len(1024).not_null())
        .col(ColumnDef::new("request_id").string_len(64))
        .col(ColumnDef::new("events").big_integer().not_null())
        .to_owned();
    connection.create_table(&mut audit).await?;
    let by_time = Index::create().name("idx_millgate_audit_at").table("millgate_audit").col("at").to_owned();
    connection.create_index(&by_time).await?;
    let by_user = Index::create()
        .name("idx_millgate_audit_username")
        .table("millgate_audit")
        .col("username")
        .col("id")
        .to_owned();
    connection.create_index(&by_user).await?;
    let mut secrets = Table::create()
        .table("millgate_secrets")
        .if_not_exists()
        .col(ColumnDef::new("name").string_len(64).not_null().primary_key())
        .col(ColumnDef::new("value").string_len(255).not_null())
        .to_owned();
    connection.create_table(&mut secrets).await
}

/// A secret that all servers on the database share, such as the key of cookies. The first server that asks for one keeps
/// `proposed`; the others get that.
pub async fn shared_secret(
    connection: &mut Connection<'_>,
    name: &str,
    proposed: &str,
) -> Result<String, StoreError> {
    let insert = Query::insert()
        .into_table("millgate_secrets")
        .columns(["name", "value"])
        .values_panic([name.into(), proposed.into()])
        .to_owned();
    connection.insert_if_new(insert, ["name"]).await?;
    let query = Query::select()
        .column("value")
        .from("millgate_secrets")
        .and_where(sea_query::ExprTrait::eq(Expr::col("name"), name))
        .to_owned();
    let found = connection.fetch_optional::<(String,)>(&query).await?;
    found
        .map(|(value,)| value)
        .ok_or_else(|| StoreError::Lost("a secret that was just kept is gone".to_owned()))
}
