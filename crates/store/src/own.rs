//! The tables that Millgate adds to MLflow's databases. They are all named `millgate_*` and have versions of their own, so that
//! MLflow's tools neither see nor change them.
//!
//! There is a set of them for the database of users and one for that of registered models, each with its version. Both may be
//! in one database, and have the table of secrets in common: no step may change that.

use crate::Int;
use crate::db::{Connection, Db};
use crate::error::StoreError;
use crate::schema::table_exists;
use crate::uri::StoreUri;
use sea_query::{
    ColumnDef, Expr, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, Query, Table,
};
use std::cmp::Ordering;

/// Whether a table is one of ours.
pub fn is_own_table(name: &str) -> bool {
    name.starts_with("millgate_")
}

/// Tables that are made and changed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Users,
    Registry,
}

impl Own {
    pub(crate) const fn version_table(self) -> &'static str {
        match self {
            Self::Users => "millgate_version",
            Self::Registry => "millgate_registry_version",
        }
    }

    /// The version that this program works with: how many steps a database has taken. A step that was released never changes;
    /// what comes later is a step of its own.
    const fn version(self) -> i64 {
        match self {
            Self::Users => 3,
            Self::Registry => 1,
        }
    }

    /// Takes the steps that follow on a version.
    async fn step_on(self, connection: &mut Connection<'_>, from: i64) -> Result<(), StoreError> {
        if from < 1 {
            if self == Self::Users {
                audit(connection).await?;
            }
            secrets(connection).await?;
        }
        if from < 2 && self == Self::Users {
            access_tokens(connection).await?;
        }
        if from < 3 && self == Self::Users {
            disabled_users(connection).await?;
            external_users(connection).await?;
        }
        Ok(())
    }
}

/// Brings our tables to this version, in the caller's transaction.
///
/// # Errors
/// [`StoreError::Schema`] when a newer program has been here.
pub(crate) async fn prepare(connection: &mut Connection<'_>, own: Own) -> Result<(), StoreError> {
    let found = version(connection, own).await?;
    if found > own.version() {
        return Err(newer(own, found));
    }
    own.step_on(connection, found).await?;
    if found < own.version() {
        let update = Query::update().table(own.version_table()).value("version", own.version()).to_owned();
        connection.execute(&update).await?;
    }
    Ok(())
}

/// Checks that the tables of users are there at this version, and changes nothing.
///
/// # Errors
/// [`StoreError::Schema`] when they are not.
pub(crate) async fn check(connection: &mut Connection<'_>, uri: &StoreUri) -> Result<(), StoreError> {
    let found = found_version(connection, Own::Users).await?.unwrap_or(0);
    compare(Own::Users, found, &uri.to_string())
}

/// Whether these tables are there, at this version.
///
/// # Errors
/// [`StoreError::Schema`] when they are at another one.
pub(crate) async fn is_there(
    connection: &mut Connection<'_>,
    own: Own,
    uri: &str,
) -> Result<bool, StoreError> {
    match found_version(connection, own).await? {
        None => Ok(false),
        Some(found) => compare(own, found, uri).map(|()| true),
    }
}

/// Whether tables at this version are those that this program works with.
fn compare(own: Own, found: i64, uri: &str) -> Result<(), StoreError> {
    let expected = own.version();
    match found.cmp(&expected) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(newer(own, found)),
        Ordering::Less => Err(StoreError::Schema(format!(
            "The tables millgate_* of the database {uri} are at version {found}; this program works with version {expected}. A \
             server brings them there at its start: start one first."
        ))),
    }
}

fn newer(own: Own, found: i64) -> StoreError {
    StoreError::Schema(format!(
        "The tables millgate_* are at version {found}, which a newer Millgate made; this one works with version {}. Use the \
         newer one.",
        own.version()
    ))
}

/// The version of the tables in the database, 0 where there are none yet. The version table is there afterwards.
async fn version(connection: &mut Connection<'_>, own: Own) -> Result<i64, StoreError> {
    // Asked first: who may not make tables may still work with those that are there.
    if !table_exists(connection, own.version_table()).await? {
        let mut create = Table::create()
            .table(own.version_table())
            .if_not_exists()
            .col(ColumnDef::new("version").big_integer().not_null())
            .to_owned();
        connection.create_table(&mut create).await?;
    }
    if let Some(version) = stored_version(connection, own).await? {
        return Ok(version);
    }
    let insert = Query::insert()
        .into_table(own.version_table())
        .columns(["version"])
        .values_panic([0.into()])
        .to_owned();
    connection.execute(&insert).await?;
    Ok(0)
}

/// The version of the tables, where there are any.
async fn found_version(connection: &mut Connection<'_>, own: Own) -> Result<Option<i64>, StoreError> {
    match table_exists(connection, own.version_table()).await? {
        true => stored_version(connection, own).await,
        false => Ok(None),
    }
}

async fn stored_version(connection: &mut Connection<'_>, own: Own) -> Result<Option<i64>, StoreError> {
    let query = Query::select().column("version").from(own.version_table()).to_owned();
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.map(|(version,)| version.0))
}

async fn audit(connection: &mut Connection<'_>) -> Result<(), StoreError> {
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
    connection.create_index(&by_user).await
}

async fn secrets(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut secrets = Table::create()
        .table("millgate_secrets")
        .if_not_exists()
        .col(ColumnDef::new("name").string_len(64).not_null().primary_key())
        .col(ColumnDef::new("value").string_len(255).not_null())
        .to_owned();
    connection.create_table(&mut secrets).await
}

/// What says something about a user goes with the user, also where Python MLflow deletes them.
fn of_user(table: &'static str, name: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, "user_id")
        .to("users", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

async fn disabled_users(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut disabled = Table::create()
        .table("millgate_disabled_users")
        .if_not_exists()
        .col(ColumnDef::new("user_id").integer().not_null().primary_key())
        // Ids of users come back: the name tells whether the user is still the same one.
        .col(ColumnDef::new("username").string_len(255).not_null())
        .col(ColumnDef::new("disabled_at").big_integer().not_null())
        .foreign_key(&mut of_user("millgate_disabled_users", "fk_millgate_disabled_users_user_id"))
        .to_owned();
    connection.create_table(&mut disabled).await
}

async fn external_users(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut external = Table::create()
        .table("millgate_external_users")
        .if_not_exists()
        // SHA-256 of the source and the subject: whatever either looks like, it is one value, compared byte by byte.
        .col(ColumnDef::new("identity").string_len(64).not_null().primary_key())
        .col(ColumnDef::new("user_id").integer().not_null())
        // As above.
        .col(ColumnDef::new("username").string_len(255).not_null())
        .col(ColumnDef::new("source").string_len(255).not_null())
        .col(ColumnDef::new("subject").string_len(255).not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .foreign_key(&mut of_user("millgate_external_users", "fk_millgate_external_users_user_id"))
        .to_owned();
    connection.create_table(&mut external).await?;
    let by_user = Index::create()
        .name("idx_millgate_external_users_user_id")
        .table("millgate_external_users")
        .col("user_id")
        .to_owned();
    connection.create_index(&by_user).await
}

async fn access_tokens(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut tokens = Table::create()
        .table("millgate_tokens")
        .if_not_exists()
        // An id is never given twice, so that nobody revokes another token than the one that they saw.
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("user_id").integer().not_null())
        // Ids of users come back: the name tells whether the user is still the same one.
        .col(ColumnDef::new("username").string_len(255).not_null())
        .col(ColumnDef::new("name").string_len(255).not_null())
        .col(ColumnDef::new("hash").string_len(64).not_null())
        .col(ColumnDef::new("level").string_len(16).not_null())
        .col(ColumnDef::new("resources").text().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("expires_at").big_integer())
        .col(ColumnDef::new("last_used_at").big_integer())
        .foreign_key(&mut of_user("millgate_tokens", "fk_millgate_tokens_user_id"))
        .to_owned();
    connection.create_table(&mut tokens).await?;
    for (name, columns) in [
        ("uq_millgate_tokens_hash", &["hash"][..]),
        // It serves the reference to the user, too.
        ("uq_millgate_tokens_name", &["user_id", "name"][..]),
    ] {
        let mut index = Index::create().name(name).table("millgate_tokens").unique().to_owned();
        for column in columns {
            index.col(*column);
        }
        connection.create_index(&index).await?;
    }
    Ok(())
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
    stored_secret(connection, name)
        .await?
        .ok_or_else(|| StoreError::Lost("a secret that was just kept is gone".to_owned()))
}

async fn stored_secret(connection: &mut Connection<'_>, name: &str) -> Result<Option<String>, StoreError> {
    let query = Query::select()
        .column("value")
        .from("millgate_secrets")
        .and_where(sea_query::ExprTrait::eq(Expr::col("name"), name))
        .to_owned();
    Ok(connection.fetch_optional::<(String,)>(&query).await?.map(|(value,)| value))
}

/// As [`shared_secret`], in the database of registered models, where the table of secrets is made with the first one. Several
/// servers may ask at once; where the secret is there already, nothing is written.
///
/// # Errors
/// When the secret is not there and the table cannot be made.
pub async fn registry_secret(
    db: &Db,
    uri: &StoreUri,
    name: &str,
    proposed: &str,
) -> Result<String, StoreError> {
    let own = Own::Registry;
    {
        let mut snapshot = db.snapshot().await?;
        let mut connection = snapshot.connection();
        if found_version(&mut connection, own).await? == Some(own.version())
            && let Some(secret) = stored_secret(&mut connection, name).await?
        {
            return Ok(secret);
        }
    }
    db.write_alone(uri, async |connection| {
        prepare(connection, own).await?;
        shared_secret(connection, name, proposed).await
    })
    .await
}
