//! What the database's catalogue says of tables: what a step has to do may depend on who made them, and on how far one has come
//! that was broken off.

use super::script::{Kind, Repeated, Thing};
use crate::Int;
use crate::db::Connection;
use crate::dialect::Sql;
use crate::error::StoreError;
use sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr};

/// Whether a table has it.
pub(super) async fn has(connection: &mut Connection<'_>, thing: &Thing) -> Result<bool, StoreError> {
    let mut query = match (connection.sql(), thing.kind) {
        (Sql::Sqlite, Kind::Column) => {
            return Ok(columns(connection, &thing.table).await?.contains(&thing.name));
        }
        (Sql::Sqlite, Kind::Index) => of_sqlite("index", thing),
        // It keeps no names of foreign keys: where they change, the table is made anew.
        (Sql::Sqlite, Kind::ForeignKey) => return Ok(false),
        (Sql::Postgresql, Kind::Column) => from_pg("pg_attribute", "attrelid", &thing.table)
            .and_where(Expr::col("attname").eq(thing.name.as_str()))
            .and_where(Expr::col("attisdropped").not())
            .to_owned(),
        (Sql::Postgresql, Kind::Index) => from_pg("pg_index", "indrelid", &thing.table)
            .and_where(Expr::col("indexrelid").eq(pg_table(&thing.name)))
            .to_owned(),
        (Sql::Postgresql, Kind::ForeignKey) => from_pg("pg_constraint", "conrelid", &thing.table)
            .and_where(Expr::col("conname").eq(thing.name.as_str()))
            .to_owned(),
        (Sql::MariaDb | Sql::Mysql, kind) => {
            let (view, schema, name) = match kind {
                Kind::Column => ("columns", "table_schema", "column_name"),
                Kind::Index => ("statistics", "table_schema", "index_name"),
                Kind::ForeignKey => ("referential_constraints", "constraint_schema", "constraint_name"),
            };
            from_mysql(view, schema, &thing.table)
                .and_where(Expr::col(name).eq(thing.name.as_str()))
                .to_owned()
        }
    };
    query.expr(Expr::cust("1")).limit(1);
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.is_some())
}

/// The names of those that a statement is to be run for. None on SQLite, which keeps no such names.
pub(super) async fn names(
    connection: &mut Connection<'_>,
    repeated: &Repeated,
) -> Result<Vec<String>, StoreError> {
    let query = match (connection.sql(), repeated) {
        (Sql::Sqlite, _) => return Ok(Vec::new()),
        (Sql::Postgresql, Repeated::ForeignKeys { of, to }) => {
            pg_constraints(of, "f").and_where(Expr::col("confrelid").eq(pg_table(to))).to_owned()
        }
        (Sql::Postgresql, Repeated::Uniques { of, on }) => pg_constraints(of, "u")
            .and_where(Expr::cust_with_values(
                "conkey = ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = $1)",
                [on.as_str()],
            ))
            .to_owned(),
        (Sql::MariaDb | Sql::Mysql, Repeated::ForeignKeys { of, to }) => {
            from_mysql("referential_constraints", "constraint_schema", of)
                .column("constraint_name")
                .and_where(Expr::col("referenced_table_name").eq(to.as_str()))
                .to_owned()
        }
        (Sql::MariaDb | Sql::Mysql, Repeated::Uniques { of, on }) => {
            from_mysql("statistics", "table_schema", of)
                .column("index_name")
                .and_where(Expr::col("non_unique").eq(0))
                .and_where(Expr::col("index_name").ne("PRIMARY"))
                .group_by_col("index_name")
                .and_having(Expr::cust("COUNT(*) = 1"))
                .and_having(Func::max(Expr::col("column_name")).eq(on.as_str()))
                .to_owned()
        }
    };
    let found: Vec<(String,)> = connection.fetch_all(&query).await?;
    Ok(found.into_iter().map(|(name,)| name).collect())
}

/// The columns of a table of SQLite, in their order.
pub(super) async fn columns(connection: &mut Connection<'_>, table: &str) -> Result<Vec<String>, StoreError> {
    Ok(connection.fetch_all::<(String,)>(&of_pragma(table)).await?.into_iter().map(|(name,)| name).collect())
}

/// Those of them that hold what is written there, and no value that is computed.
pub(super) async fn written_columns(
    connection: &mut Connection<'_>,
    table: &str,
) -> Result<Vec<String>, StoreError> {
    let query = of_pragma(table).and_where(Expr::col("hidden").eq(0)).to_owned();
    Ok(connection.fetch_all::<(String,)>(&query).await?.into_iter().map(|(name,)| name).collect())
}

fn of_pragma(table: &str) -> SelectStatement {
    Query::select()
        .column("name")
        .from_function(Func::cust("pragma_table_xinfo").arg(table), Alias::new("columns"))
        .order_by("cid", sea_query::Order::Asc)
        .to_owned()
}

/// The statements that made the indexes and triggers of a table of SQLite, but for what its own statement has made.
pub(super) async fn belongings(
    connection: &mut Connection<'_>,
    table: &str,
) -> Result<Vec<String>, StoreError> {
    let query = Query::select()
        .column("sql")
        .from("sqlite_master")
        .and_where(Expr::col("tbl_name").eq(table))
        .and_where(Expr::col("type").is_in(["index", "trigger"]))
        .and_where(Expr::col("sql").is_not_null())
        .to_owned();
    Ok(connection.fetch_all::<(String,)>(&query).await?.into_iter().map(|(sql,)| sql).collect())
}

/// The character set and the collation of a table on MySQL, as `(set, collation)`: what refers to it must have the same.
pub(super) async fn collation(
    connection: &mut Connection<'_>,
    table: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let query = from_mysql("columns", "table_schema", table)
        .columns(["character_set_name", "collation_name"])
        .and_where(Expr::col("column_name").eq("run_uuid"))
        .to_owned();
    connection.fetch_optional(&query).await
}

fn of_sqlite(kind: &str, thing: &Thing) -> SelectStatement {
    Query::select()
        .from("sqlite_master")
        .and_where(Expr::col("type").eq(kind))
        .and_where(Expr::col("tbl_name").eq(thing.table.as_str()))
        .and_where(Expr::col("name").eq(thing.name.as_str()))
        .to_owned()
}

/// What the connection finds under the name, wherever its search path leads.
fn pg_table(name: &str) -> SimpleExpr {
    Expr::cust_with_values("to_regclass($1)", [name])
}

fn from_pg(catalog: &'static str, column: &'static str, table: &str) -> SelectStatement {
    Query::select().from(catalog).and_where(Expr::col(column).eq(pg_table(table))).to_owned()
}

fn pg_constraints(table: &str, kind: &str) -> SelectStatement {
    from_pg("pg_constraint", "conrelid", table)
        .expr(Expr::cust("conname::text"))
        .and_where(Expr::cust_with_values("contype::text = $1", [kind]))
        .to_owned()
}

fn from_mysql(view: &'static str, schema: &'static str, table: &str) -> SelectStatement {
    Query::select()
        .from(("information_schema", view))
        .and_where(Expr::col(schema).eq(Expr::cust("DATABASE()")))
        .and_where(Expr::col("table_name").eq(table))
        .to_owned()
}
