//! Creating a schema. On SQLite and PostgreSQL it is part of a transaction; MySQL commits at every table, so there a mark tells
//! that a creation has begun, and the next server goes on with it: each statement of the script may be run again.

use super::{Schema, table_exists};
use crate::Int;
use crate::db::Connection;
use crate::dialect::Sql;
use crate::error::StoreError;
use sea_query::{ColumnDef, Expr, ExprTrait, Query, Table};

const MARKS: &str = "millgate_creating";

/// Whether the table holds what [`create`] has to remember on MySQL.
pub(crate) fn is_mark(table: &str) -> bool {
    table == MARKS
}

const fn mark(schema: Schema) -> &'static str {
    schema.version_table()
}

/// Whether a creation was begun and not finished.
pub(super) async fn is_unfinished(
    connection: &mut Connection<'_>,
    schema: Schema,
) -> Result<bool, StoreError> {
    if !needs_a_mark(connection.sql()) || !table_exists(connection, MARKS).await? {
        return Ok(false);
    }
    let query = Query::select()
        .expr(Expr::cust("1"))
        .from(MARKS)
        .and_where(Expr::col("version_table").eq(mark(schema)))
        .to_owned();
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.is_some())
}

fn needs_a_mark(sql: Sql) -> bool {
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
    let mut marks = Table::create()
        .table(MARKS)
        .if_not_exists()
        .col(ColumnDef::new("version_table").string_len(64).not_null().primary_key())
        .to_owned();
    connection.create_table(&mut marks).await?;
    let insert = Query::insert()
        .into_table(MARKS)
        .columns(["version_table"])
        .values_panic([mark(schema).into()])
        .to_owned();
    connection.insert_if_new(insert, ["version_table"]).await?;
    connection
        .execute_script(&script.replace("{collation}", sql.exact_collation().unwrap_or_default()))
        .await?;
    let delete =
        Query::delete().from_table(MARKS).and_where(Expr::col("version_table").eq(mark(schema))).to_owned();
    connection.execute(&delete).await.map(drop)
}
