//! Indexes of ours on MLflow's tables, for questions that MLflow's own leave to a walk through the whole table. They are named
//! `idx_millgate_*`, are there to be fast alone, and are no part of the revision: a server makes those that are missing at its start.

use super::table_exists;
use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect::Sql;
use crate::error::StoreError;
use crate::uri::StoreUri;
use sea_query::IndexOrder::{self, Asc, Desc};
use sea_query::{Expr, ExprTrait, Index, IndexCreateStatement, Query};

/// An index of ours.
struct OwnIndex {
    name: &'static str,
    table: &'static str,
    columns: &'static [(&'static str, IndexOrder)],
    /// Whether MySQL has the same for the sake of a foreign key.
    is_there_on_mysql: bool,
}

const INDEXES: [OwnIndex; 2] = [
    // A page of an experiment's runs in the default order. On MySQL an index that began with the experiment would take the place of
    // that of the foreign key, and could not be dropped again.
    OwnIndex {
        name: "idx_millgate_runs_by_start",
        table: "runs",
        columns: &[("lifecycle_stage", Asc), ("experiment_id", Asc), ("start_time", Desc), ("run_uuid", Asc)],
        is_there_on_mysql: false,
    },
    OwnIndex {
        name: "idx_millgate_experiment_tags",
        table: "experiment_tags",
        columns: &[("experiment_id", Asc)],
        is_there_on_mysql: true,
    },
];

impl OwnIndex {
    fn is_for(&self, sql: Sql) -> bool {
        match sql {
            Sql::Sqlite | Sql::Postgresql => true,
            Sql::MariaDb | Sql::Mysql => !self.is_there_on_mysql,
        }
    }

    fn statement(&self) -> IndexCreateStatement {
        let mut statement = Index::create().name(self.name).table(self.table).to_owned();
        for (column, order) in self.columns {
            statement.col((*column, order.clone()));
        }
        statement
    }

    async fn exists(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let mut query = Query::select();
        match connection.sql() {
            Sql::Sqlite => query
                .from("sqlite_master")
                .and_where(Expr::col("type").eq("index"))
                .and_where(Expr::col("name").eq(self.name)),
            // An index is found as a table is.
            Sql::Postgresql => return table_exists(connection, self.name).await,
            Sql::MariaDb | Sql::Mysql => query
                .from(("information_schema", "statistics"))
                .and_where(Expr::col("table_schema").eq(Expr::cust("DATABASE()")))
                .and_where(Expr::col("table_name").eq(self.table))
                .and_where(Expr::col("index_name").eq(self.name)),
        };
        query.expr(Expr::cust("1")).limit(1);
        Ok(connection.fetch_optional::<(Int,)>(&query).await?.is_some())
    }
}

/// Makes the indexes that are missing. One that the database refuses, as where the user may make none, is named in a warning.
pub(super) async fn ensure(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    for index in INDEXES {
        if !index.is_for(connection.sql()) || index.exists(connection).await? {
            continue;
        }
        if let Some(error) = connection.try_to_create_index(&index.statement()).await? {
            tracing::warn!(%error, index = index.name, table = index.table, "an index that makes the server faster could not be made");
        }
    }
    Ok(())
}

/// Drops the indexes of ours, so that a later migration of MLflow's finds the tables as MLflow made them. A server makes them again at
/// its next start. Returns the names of those that were there.
///
/// # Errors
/// When the database fails.
pub async fn drop_indexes(db: &Db, uri: &StoreUri) -> Result<Vec<&'static str>, StoreError> {
    db.write_alone(uri, async |connection| {
        let mut dropped = Vec::new();
        for index in INDEXES {
            if index.exists(connection).await? {
                connection.drop_index(&Index::drop().name(index.name).table(index.table).to_owned()).await?;
                dropped.push(index.name);
            }
        }
        Ok(dropped)
    })
    .await
}
