//! What is known of a database without changing it: for who asks what is wrong.

use super::{Schema, revisions, table_exists};
use crate::db::Db;
use crate::dialect::Sql;
use crate::error::StoreError;
use futures::FutureExt;
use model::{Error, Millis};
use sea_query::{Alias, Expr, ExprTrait, Query};

/// How far a schema is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No table of it.
    Nothing,
    /// Tables, but no word of their revision.
    Unversioned,
    /// The revisions, of which there is one as a rule.
    At(Vec<String>),
}

/// The schema that is there.
///
/// # Errors
/// When the database fails.
pub async fn found(db: &Db, schema: Schema) -> Result<Found, StoreError> {
    let mut snapshot = db.snapshot().await?;
    let mut connection = snapshot.connection();
    if !table_exists(&mut connection, schema.version_table()).await? {
        let any = table_exists(&mut connection, schema.first_table()).await?;
        return Ok(if any { Found::Unversioned } else { Found::Nothing });
    }
    Ok(Found::At(revisions(&mut connection, schema).await?))
}

/// What runs the database, in its own words.
///
/// # Errors
/// When the database fails.
pub async fn version(db: &Db) -> Result<String, StoreError> {
    let mut snapshot = db.snapshot().await?;
    let mut connection = snapshot.connection();
    let (name, ask) = match connection.sql() {
        Sql::Sqlite => ("SQLite ", "sqlite_version()"),
        Sql::Postgresql => ("PostgreSQL ", "current_setting('server_version')"),
        Sql::MariaDb => ("", "VERSION()"),
        Sql::Mysql => ("MySQL ", "VERSION()"),
    };
    let query = Query::select().expr(Expr::cust(ask)).to_owned();
    let (version,) = connection.fetch_optional::<(String,)>(&query).await?.unwrap_or_default();
    Ok(format!("{name}{version}"))
}

/// The time by the clock of the database's server; `None` for a file, which has none.
///
/// # Errors
/// When the database fails.
pub async fn clock(db: &Db) -> Result<Option<Millis>, StoreError> {
    let mut snapshot = db.snapshot().await?;
    let mut connection = snapshot.connection();
    let ask = match connection.sql() {
        Sql::Sqlite => return Ok(None),
        Sql::Postgresql => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        Sql::MariaDb | Sql::Mysql => "CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)",
    };
    let query = Query::select().expr(Expr::cust(ask)).to_owned();
    let row: Option<(i64,)> = connection.fetch_optional(&query).await?;
    Ok(row.map(|(now,)| now))
}

/// Tries to write what is there already, into no row, and undoes that.
///
/// # Errors
/// Why nothing can be written.
pub async fn try_to_write(db: &Db, schema: Schema) -> Result<(), StoreError> {
    const UNDONE: &str = "what was tried is undone";
    let tried = db.write(move |connection| {
        async move {
            let table = schema.version_table();
            let update = Query::update()
                .table(Alias::new(table))
                .value("version_num", Expr::col("version_num"))
                .and_where(Expr::val(1).eq(0))
                .to_owned();
            connection.execute(&update).await?;
            Err::<(), StoreError>(Error::internal(UNDONE).into())
        }
        .boxed()
    });
    match tried.await {
        Err(StoreError::Refused(error)) if error.message == UNDONE => Ok(()),
        other => other,
    }
}
