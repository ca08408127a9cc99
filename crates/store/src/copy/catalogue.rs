//! The tables of the schemas that we create, in the order in which rows can be written: what they refer to first.
//!
//! They are read off a database in memory with these schemas, so that there is no second list of tables and columns. SQLite
//! keeps the type of a column as the schema declares it, from which the kind of its values follows.

use crate::Int;
use crate::db::Connection;
use crate::driver::{Connector, Driver, no_values};
use crate::error::StoreError;
use crate::own::{self, Own};
use crate::schema::{self, Schema};
use sea_query_sqlx::SqlxValues;
use sqlx::sqlite::SqliteConnectOptions;

/// What values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Bool,
    Text,
    Json,
    Date,
    Bytes,
}

impl Kind {
    /// Of a type as SQLite's schema declares it.
    fn of(declared: &str) -> Option<Self> {
        let name = declared.split('(').next().unwrap_or_default().trim().to_ascii_uppercase();
        Some(match name.as_str() {
            "INTEGER" | "BIGINT" | "INT" | "SMALLINT" | "TINYINT" => Self::Int,
            "FLOAT" | "DOUBLE" | "REAL" | "DOUBLE PRECISION" => Self::Float,
            "BOOLEAN" => Self::Bool,
            "VARCHAR" | "TEXT" | "CHAR" => Self::Text,
            "JSON" | "JSON_TEXT" => Self::Json,
            "DATE" | "DATE_TEXT" => Self::Date,
            "BLOB" | "BLOB_TEXT" | "VARBINARY" => Self::Bytes,
            _ => return None,
        })
    }
}

/// A column that is written: not one that the database computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The longest text, in characters, where the schema says one.
    pub(crate) longest: Option<usize>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The places in `columns` of those of the primary key, in its order. Not empty.
    pub(crate) key: Vec<usize>,
}

impl Table {
    pub(crate) fn key_columns(&self) -> Vec<&Column> {
        self.key.iter().filter_map(|index| self.columns.get(*index)).collect()
    }

    /// The one column of the key, where it is a whole number: the database may number the rows.
    pub(crate) fn number(&self) -> Option<&Column> {
        match self.key_columns().as_slice() {
            [one] if one.kind == Kind::Int => Some(one),
            _ => None,
        }
    }
}

/// Which schemas a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) tracking: bool,
    pub(super) auth: bool,
    /// Our own tables beside the tracking ones, which are made when they are needed.
    pub(super) registry_own: bool,
}

impl Contents {
    pub(super) fn schemas(self) -> impl Iterator<Item = Schema> {
        let tracking = self.tracking.then_some(Schema::Tracking);
        tracking.into_iter().chain(self.auth.then_some(Schema::Auth))
    }
}

/// The tables of these schemas but those that hold a version.
pub(super) async fn tables(contents: Contents) -> Result<Vec<Table>, StoreError> {
    let mut driver =
        Connector::Sqlite(Box::new(SqliteConnectOptions::new().in_memory(true))).connect().await?;
    for schema in contents.schemas() {
        schema::prepare_alone(&mut Connection::new(&mut driver), schema, "sqlite://").await?;
    }
    if contents.registry_own {
        own::prepare(&mut Connection::new(&mut driver), Own::Registry).await?;
    }
    let mut rest = Vec::new();
    let names: Vec<(String,)> = driver
        .fetch_all(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid"
                .to_owned(),
            no_values(),
        )
        .await?;
    for (name,) in names {
        if !is_version_table(&name) {
            let parents = parents(&mut driver, &name).await?;
            rest.push((table(&mut driver, name).await?, parents));
        }
    }
    driver.close().await;
    in_order(rest)
}

/// Whether it says which schema the database has: then the schema is what writes it.
pub(super) fn is_version_table(name: &str) -> bool {
    [Schema::Tracking, Schema::Auth].iter().any(|schema| schema.version_table() == name)
        || [Own::Users, Own::Registry].iter().any(|own| own.version_table() == name)
}

fn one(text: &str) -> SqlxValues {
    SqlxValues(sea_query::Values(vec![text.into()]))
}

async fn table(driver: &mut Driver, name: String) -> Result<Table, StoreError> {
    // `hidden` is 2 or 3 for a column that is computed.
    let query = "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid".to_owned();
    let found: Vec<(String, String, Int)> = driver.fetch_all(query, one(&name)).await?;
    let mut columns = Vec::with_capacity(found.len());
    let mut key = Vec::new();
    for (index, (column, declared, place)) in found.into_iter().enumerate() {
        let kind = Kind::of(&declared).ok_or_else(|| {
            StoreError::Schema(format!(
                "the column {column} of {name} has the type {declared}, which cannot be copied"
            ))
        })?;
        let longest =
            declared.split_once('(').and_then(|(_, rest)| rest.trim_end_matches(')').trim().parse().ok());
        if place.0 > 0 {
            key.push((place.0, index));
        }
        columns.push(Column { name: column, kind, longest });
    }
    if key.is_empty() {
        return Err(StoreError::Schema(format!("the table {name} has no primary key and cannot be copied")));
    }
    key.sort_unstable();
    Ok(Table { name, columns, key: key.into_iter().map(|(_, index)| index).collect() })
}

/// The tables that this one refers to, itself not among them.
async fn parents(driver: &mut Driver, name: &str) -> Result<Vec<String>, StoreError> {
    let query = "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?)".to_owned();
    let parents: Vec<(String,)> = driver.fetch_all(query, one(name)).await?;
    Ok(parents.into_iter().map(|(parent,)| parent).filter(|parent| parent != name).collect())
}

fn in_order(mut rest: Vec<(Table, Vec<String>)>) -> Result<Vec<Table>, StoreError> {
    let mut ordered: Vec<Table> = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let next = rest.iter().position(|(_, parents)| {
            parents.iter().all(|parent| ordered.iter().any(|table| table.name == *parent))
        });
        let Some(next) = next else {
            return Err(StoreError::Schema(
                "tables of the schema refer to each other in a circle".to_owned(),
            ));
        };
        ordered.push(rest.remove(next).0);
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Contents = Contents { tracking: true, auth: true, registry_own: true };

    #[tokio::test]
    async fn the_catalogue_holds_every_table_once_with_its_key_and_after_those_it_refers_to() {
        let tables = tables(BOTH).await.unwrap();
        let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
        for (first, then) in [
            ("experiments", "runs"),
            ("runs", "metrics"),
            ("users", "millgate_tokens"),
            ("registered_models", "model_versions"),
            ("model_versions", "model_version_tags"),
            ("scorer_versions", "guardrails"),
        ] {
            assert!(place(first) < place(then), "{first} {then}");
        }
        assert!(tables.iter().all(|table| !is_version_table(&table.name)));
        let mut names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), tables.len());
        // Those of MLflow's references but the one with the revision, for either schema.
        let own = names.iter().filter(|name| own::is_own_table(name)).count();
        assert_eq!(names.len() - own, 65 + 12 - 2);

        let metrics = &tables[place("metrics")];
        let key: Vec<&str> = metrics.key_columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(key, ["key", "timestamp", "step", "run_uuid", "value", "is_nan"]);
        assert_eq!(metrics.columns.iter().find(|column| column.name == "key").unwrap().longest, Some(250));
        let spans = &tables[place("spans")];
        assert!(spans.columns.iter().all(|column| column.name != "duration_ns"), "it is computed");
        assert_eq!(tables[place("experiments")].number().unwrap().name, "experiment_id");
        assert!(metrics.number().is_none());
    }

    #[tokio::test]
    async fn one_schema_has_its_tables_alone() {
        let auth = tables(Contents { tracking: false, auth: true, registry_own: false }).await.unwrap();
        assert!(auth.iter().any(|table| table.name == "users"));
        assert!(auth.iter().all(|table| table.name != "runs"));
        let tracking = tables(Contents { tracking: true, auth: false, registry_own: false }).await.unwrap();
        assert!(tracking.iter().all(|table| !own::is_own_table(&table.name)));
    }
}
