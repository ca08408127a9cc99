//! Reading whole tables in the order of their keys.

use super::catalogue::{Kind, Table};
use super::roots::{self, ArtifactRoot};
use super::value::{self, Fingerprint, Value};
use super::{parameter, quoted_list};
use crate::dialect::{Sql, quoted};
use crate::driver::{Driver, no_values};
use crate::error::StoreError;
use futures::TryStreamExt;
use sea_query_sqlx::SqlxValues;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows of a batch at the most.
const BATCH_ROWS: usize = 20_000;
/// A batch ends with the row that makes it as large as this, in bytes.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Rows of one table, in the order of its key.
#[derive(Debug)]
pub(super) struct Batch {
    /// The place of the table.
    pub(super) table: usize,
    pub(super) rows: Vec<Vec<Value>>,
    /// Whether no rows of the table follow.
    pub(super) is_last: bool,
}

/// Where to begin in a table; `None` where nothing of it is to be read.
pub(super) type Start = Option<Option<Vec<Value>>>;

/// Reads the tables from where each is to begin, and sends batches until somebody stops listening.
pub(super) async fn read(
    mut driver: Driver,
    tables: Arc<Vec<Table>>,
    starts: Vec<Start>,
    roots: Arc<[ArtifactRoot]>,
    batches: mpsc::Sender<Batch>,
) -> Result<Driver, StoreError> {
    for (index, (table, start)) in tables.iter().zip(starts).enumerate() {
        let Some(after) = start else { continue };
        let (sql, values) = query(driver.sql(), table, after.as_deref());
        let mut stream = driver.stream(sql, values, &table.columns);
        let (mut rows, mut size) = (Vec::new(), 0);
        while let Some(mut row) = stream.try_next().await.map_err(|error| unreadable(table, &error))? {
            roots::apply(&roots, table, &mut row)?;
            size += row.iter().map(Value::size).sum::<usize>();
            rows.push(row);
            if rows.len() >= BATCH_ROWS || size >= BATCH_BYTES {
                let full = Batch { table: index, rows: std::mem::take(&mut rows), is_last: false };
                size = 0;
                if batches.send(full).await.is_err() {
                    return Err(StoreError::Lost("the copy was ended".to_owned()));
                }
            }
        }
        drop(stream);
        if batches.send(Batch { table: index, rows, is_last: true }).await.is_err() {
            return Err(StoreError::Lost("the copy was ended".to_owned()));
        }
    }
    Ok(driver)
}

/// The rows of a table as a fingerprint. `tick` hears of every so many rows.
pub(super) async fn fingerprint(
    driver: &mut Driver,
    table: &Table,
    roots: &[ArtifactRoot],
    single: &[usize],
    tick: &mpsc::UnboundedSender<u64>,
) -> Result<Fingerprint, StoreError> {
    let mut stream = driver.stream(all(driver.sql(), table), no_values(), &table.columns);
    let mut print = Fingerprint::default();
    while let Some(mut row) = stream.try_next().await.map_err(|error| unreadable(table, &error))? {
        roots::apply(roots, table, &mut row)?;
        print.add(&table.columns, &row, |column| single.contains(&column));
        if print.rows % 1000 == 0 {
            // Nobody need listen.
            let _ = tick.send(1000);
        }
    }
    let _ = tick.send(print.rows % 1000);
    Ok(print)
}

fn unreadable(table: &Table, error: &sqlx::Error) -> StoreError {
    StoreError::Schema(format!(
        "A row of the table {} cannot be read: {error}. Of the values of a column, one is of another type than the schema says, \
         or the connection was lost.",
        table.name
    ))
}

/// What to select for the columns of a table, in their order.
fn selected(sql: Sql, table: &Table) -> String {
    let one = |name: &str, kind: Kind| {
        let name = quoted(sql, name);
        match (sql, kind) {
            (Sql::Sqlite, Kind::Json | Kind::Date) => format!("CAST({name} AS TEXT)"),
            (Sql::Postgresql, Kind::Json) => format!("{name}::text"),
            (Sql::Postgresql, Kind::Date) => format!("to_char({name}, 'YYYY-MM-DD')"),
            (Sql::MariaDb | Sql::Mysql, Kind::Json | Kind::Date) => format!("CAST({name} AS CHAR)"),
            _ => name,
        }
    };
    table.columns.iter().map(|column| one(&column.name, column.kind)).collect::<Vec<_>>().join(", ")
}

fn all(sql: Sql, table: &Table) -> String {
    format!("SELECT {} FROM {}", selected(sql, table), quoted(sql, &table.name))
}

/// The rows behind a key, in the order of the keys.
fn query(sql: Sql, table: &Table, after: Option<&[Value]>) -> (String, SqlxValues) {
    let columns = table.key_columns();
    let key = quoted_list(sql, columns.iter().map(|column| column.name.as_str()));
    let all = all(sql, table);
    let Some(after) = after else { return (format!("{all} ORDER BY {key}"), no_values()) };
    let parameters: Vec<String> =
        columns.iter().enumerate().map(|(at, column)| parameter(sql, at + 1, column.kind)).collect();
    let values = after.iter().map(Value::to_parameter).collect();
    (
        format!("{all} WHERE ({key}) > ({}) ORDER BY {key}", parameters.join(", ")),
        SqlxValues(sea_query::Values(values)),
    )
}

/// The values of the key of a row.
pub(super) fn key_of(table: &Table, row: &[Value]) -> Vec<Value> {
    table.key.iter().filter_map(|index| row.get(*index)).cloned().collect()
}

/// A row for a person.
pub(super) fn describe(table: &Table, row: &[Value]) -> String {
    value::describe_key(&table.key_columns(), &key_of(table, row))
}
