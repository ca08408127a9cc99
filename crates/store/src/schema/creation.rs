//! Creating a schema. On SQLite and PostgreSQL it is part of a transaction; MySQL commits at every table, so there a mark tells
//! that a creation has begun, and the next server goes on with it: each statement of the script may be run again.

use super::{Schema, table_exists};
use crate::Int;
use crate::db::Connection;
use crate::dialect::Sql;
use crate::error::StoreError;
use sea_query::{ColumnDef, Expr, ExprTrait, Query, Table};

const MARKS: &str = "millgate_creating";
const MARK: &str = "version_table";

/// Whether the table holds what [`create`] has to remember on MySQL.
pub(crate) fn is_mark(table: &str) -> bool {
    table == MARKS
}

/// Whether a creation was begun and not finished.
pub(super) async fn is_unfinished(
    connection: &mut Connection<'_>,
    schema: Schema,
) -> Result<bool, StoreError> {
    Ok(needs_a_mark(connection.sql()) && is_marked(connection, schema.version_table()).await?)
}

/// Whether changes of tables are committed by themselves, so that only a mark tells what was done.
pub(super) fn needs_a_mark(sql: Sql) -> bool {
    match sql {
        Sql::Sqlite | Sql::Postgresql => false,
        Sql::MariaDb | Sql::Mysql => true,
    }
}

/// Creates the tables in a database that has none of them, or goes on with what was begun.
pub(super) async fn create(connection: &mut Connection<'_>, schema: Schema) -> Result<(), StoreError> {
    let sql = connection.sql();
    let script = schema.script(sql);
    if !needs_a_mark(sql) {
        return connection.execute_script(script).await;
    }
    connection.use_exact_collation().await;
    create_marks(connection).await?;
    mark(connection, schema.version_table()).await?;
    connection
        .execute_script(&script.replace("{collation}", sql.exact_collation().unwrap_or_default()))
        .await?;
    unmark(connection, schema.version_table()).await
}

/// Makes the table of marks, if it is not there.
pub(super) async fn create_marks(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut marks = Table::create()
        .table(MARKS)
        .if_not_exists()
        .col(ColumnDef::new(MARK).string_len(64).not_null().primary_key())
        .to_owned();
    connection.create_table(&mut marks).await
}

/// Whether something is marked: a creation by the table of its version, the rows of an upgrade's step by its revision.
pub(super) async fn is_marked(connection: &mut Connection<'_>, mark: &str) -> Result<bool, StoreError> {
    if !table_exists(connection, MARKS).await? {
        return Ok(false);
    }
    let query =
        Query::select().expr(Expr::cust("1")).from(MARKS).and_where(Expr::col(MARK).eq(mark)).to_owned();
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.is_some())
}

pub(super) async fn mark(connection: &mut Connection<'_>, mark: &str) -> Result<(), StoreError> {
    let insert = Query::insert().into_table(MARKS).columns([MARK]).values_panic([mark.into()]).to_owned();
    connection.insert_if_new(insert, [MARK]).await.map(drop)
}

pub(super) async fn unmark(connection: &mut Connection<'_>, mark: &str) -> Result<(), StoreError> {
    let delete = Query::delete().from_table(MARKS).and_where(Expr::col(MARK).eq(mark)).to_owned();
    connection.execute(&delete).await.map(drop)
}
