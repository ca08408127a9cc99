//! Writing into the target.

use super::catalogue::{self, Contents, Kind, Table};
use super::reader::{self, Batch};
use super::roots::ArtifactRoot;
use super::state::{self, State};
use super::value::Value;
use super::{Observer, count, quoted_list, table_names};
use crate::db::{Connection, Db};
use crate::dialect::{Purpose, Sql, quoted};
use crate::driver::{Driver, no_values};
use crate::error::StoreError;
use crate::int::Int;
use crate::own::{self, Own};
use crate::schema::{self, DEFAULT_WORKSPACE};
use crate::uri::{Dialect, StoreUri};
use sea_query_sqlx::SqlxValues;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Parameters of one INSERT: below what SQLite takes (32,766) and MySQL (65,535).
const PARAMETERS: usize = 16_000;
/// Bytes of one INSERT, unless a row alone has more: well below MySQL's smallest `max_allowed_packet` of today, 16 MiB.
const INSERT_BYTES: usize = 2 * 1024 * 1024;

/// Rows of other tables that a fresh schema has.
const SEEDED: &str = "workspaces";

/// Gives the target its schema, and the note that the copy has begun.
///
/// # Errors
/// [`StoreError::Schema`] when it holds anything, but for what the same copy has written.
pub(super) async fn prepare(
    uri: &StoreUri,
    contents: Contents,
    tables: &[Table],
    identity: &str,
) -> Result<(), StoreError> {
    let name = uri.to_string();
    let db = Db::open(uri).await?;
    let prepared = db
        .write_alone(uri, async |connection| {
            if !state::is_begun(connection, identity, uri).await? {
                refuse_filled(connection, tables, uri).await?;
                state::begin(connection, identity).await?;
            }
            for schema in contents.schemas() {
                schema::prepare_alone(connection, schema, &name).await?;
            }
            if contents.registry_own {
                own::prepare(connection, Own::Registry).await?;
            }
            Ok(())
        })
        .await;
    db.close().await;
    prepared
}

/// Refuses a database that holds rows, or tables that are not of these schemas.
async fn refuse_filled(
    connection: &mut Connection<'_>,
    tables: &[Table],
    uri: &StoreUri,
) -> Result<(), StoreError> {
    let driver = connection.driver();
    for name in table_names(driver).await? {
        if catalogue::is_version_table(&name) || schema::is_mark(&name) || name == state::TABLE {
            continue;
        }
        let holds = if tables.iter().any(|table| table.name == name) {
            match count(driver, &name).await? {
                0 => continue,
                1 if name == SEEDED && is_seeded(driver).await? => continue,
                rows => format!("{rows} rows in the table {name}"),
            }
        } else {
            format!("the table {name}, which is none of those that are copied")
        };
        return Err(StoreError::Schema(format!(
            "The target {uri} is not empty: it holds {holds}. Name a new, empty database; a copy that was broken off goes on \
             with the same source alone."
        )));
    }
    Ok(())
}

async fn is_seeded(driver: &mut Driver) -> Result<bool, StoreError> {
    let names: Vec<(String,)> = driver.fetch_all(format!("SELECT name FROM {SEEDED}"), no_values()).await?;
    Ok(names.len() == 1 && names.iter().all(|(name,)| name == DEFAULT_WORKSPACE))
}

/// Refuses rows of a SQLite file that refer to nothing, where a server would refuse them one by one: Python MLflow does not have
/// references checked in every case.
pub(super) async fn refuse_dangling(
    from: &mut Driver,
    source: &StoreUri,
    target: &StoreUri,
) -> Result<(), StoreError> {
    if source.dialect != Dialect::Sqlite || target.dialect == Dialect::Sqlite {
        return Ok(());
    }
    let query =
        "SELECT \"table\", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2";
    let found: Vec<(String, String, Int)> = from.fetch_all(query.to_owned(), no_values()).await?;
    if found.is_empty() {
        return Ok(());
    }
    let list: Vec<String> =
        found.iter().map(|(table, parent, rows)| format!("{rows} in {table} to {parent}")).collect();
    Err(StoreError::Schema(format!(
        "The database {source} holds rows that refer to others that are gone, which {} does not take: {}. `PRAGMA \
         foreign_key_check` lists them; after a backup, delete them.",
        target.dialect,
        list.join(", ")
    )))
}

/// Copies what is missing. Gives the source back.
pub(super) async fn fill(
    from: Driver,
    to: &mut Driver,
    tables: &Arc<Vec<Table>>,
    mut state: State,
    roots: &Arc<[ArtifactRoot]>,
    observer: &mut dyn Observer,
) -> Result<Driver, StoreError> {
    // One batch waits while another is written.
    let (sender, mut batches) = mpsc::channel(1);
    let reading =
        tokio::spawn(reader::read(from, Arc::clone(tables), state.starts(), Arc::clone(roots), sender));
    let mut outcome = Ok(());
    while let Some(batch) = batches.recv().await {
        let Some(table) = tables.get(batch.table) else { continue };
        outcome = write_batch(to, table, &mut state, &batch).await;
        if outcome.is_err() {
            break;
        }
        if observer.written(&table.name, batch.rows.len() as u64).is_break() {
            outcome = Err(StoreError::Lost("the copy was ended".to_owned()));
            break;
        }
    }
    drop(batches);
    let from = match reading.await {
        Ok(from) => from,
        Err(_) => Err(StoreError::Lost("the reading ended".to_owned())),
    };
    // What went wrong with the writing is why the reading was ended.
    outcome?;
    from
}

/// Writes a batch and how far the table is with it.
async fn write_batch(
    to: &mut Driver,
    table: &Table,
    state: &mut State,
    batch: &Batch,
) -> Result<(), StoreError> {
    if !state.is_begun(batch.table) {
        begin(to).await?;
        // Only what the schema itself has put there.
        to.run(&format!("DELETE FROM {}", quoted(to.sql(), &table.name))).await?;
        state::note(&mut Connection::new(to), &table.name, "").await?;
        to.run("COMMIT").await?;
        state.begin(batch.table);
    }
    for row in &batch.rows {
        refuse_unfit(to.sql(), table, row)?;
    }
    begin(to).await?;
    if let Err(error) = insert(to, table, &batch.rows).await {
        return Err(blame(to, table, &batch.rows, error).await);
    }
    state.advance(to, batch.table, table, &batch.rows, batch.is_last).await?;
    to.run("COMMIT").await?;
    Ok(())
}

async fn begin(to: &mut Driver) -> Result<(), StoreError> {
    let begin = to.sql().begin(Purpose::Write);
    Ok(to.run(begin).await?)
}

/// Refuses what the target would refuse or change in silence.
fn refuse_unfit(sql: Sql, table: &Table, row: &[Value]) -> Result<(), StoreError> {
    for (column, value) in table.columns.iter().zip(row) {
        let problem = match (value, column.kind) {
            (Value::Text(text), _) if sql == Sql::Postgresql && text.contains('\0') => {
                "holds a NUL character, which PostgreSQL does not take"
            }
            (Value::Float(number), _) if number.is_nan() && sql != Sql::Postgresql => {
                "is not a number, which the target does not take"
            }
            (Value::Float(number), _) if number.is_infinite() && matches!(sql, Sql::MariaDb | Sql::Mysql) => {
                "is infinite, which MySQL does not take"
            }
            (Value::Int(_), Kind::Bool) => "is neither true nor false",
            _ => continue,
        };
        return Err(StoreError::Schema(format!(
            "The column {} of the table {} {problem}, in the row with {}. Change it in the source, and copy again.",
            column.name,
            table.name,
            reader::describe(table, row)
        )));
    }
    Ok(())
}

/// Finds the row of a batch that was refused.
async fn blame(to: &mut Driver, table: &Table, rows: &[Vec<Value>], error: StoreError) -> StoreError {
    if error.is_lost() || to.run("ROLLBACK").await.is_err() || begin(to).await.is_err() {
        return error;
    }
    let mut found = None;
    for row in rows {
        if let Err(error) = insert(to, table, std::slice::from_ref(row)).await {
            found = Some((row, error));
            break;
        }
    }
    // Closing the connection undoes as well.
    let _ = to.run("ROLLBACK").await;
    match found {
        Some((row, error)) => StoreError::Schema(format!(
            "The row of the table {} with {} cannot be written: {error}. Change it in the source, and copy again.",
            table.name,
            reader::describe(table, row)
        )),
        None => error,
    }
}

async fn insert(to: &mut Driver, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = to.sql();
    let columns = quoted_list(sql, table.columns.iter().map(|column| column.name.as_str()));
    let name = quoted(sql, &table.name);
    if sql == Sql::Postgresql {
        let mut data = Vec::with_capacity(rows.len().saturating_mul(128));
        for row in rows {
            copy_line(&mut data, row);
        }
        to.copy_in(&format!("COPY {name} ({columns}) FROM STDIN"), data).await?;
        return Ok(());
    }
    let most = (PARAMETERS / table.columns.len().max(1)).max(1);
    let places = format!("({})", vec!["?"; table.columns.len()].join(","));
    let mut rest = rows;
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take(most).take_while(|row| {
            size += row.iter().map(Value::size).sum::<usize>();
            size <= INSERT_BYTES
        });
        let (now, later) = rest.split_at(fitting.count().max(1));
        let statement =
            format!("INSERT INTO {name} ({columns}) VALUES {}", vec![places.as_str(); now.len()].join(","));
        let values = now.iter().flatten().map(Value::to_parameter).collect();
        to.execute(statement, SqlxValues(sea_query::Values(values))).await?;
        rest = later;
    }
    Ok(())
}

/// A row in the text format of PostgreSQL's COPY.
fn copy_line(data: &mut Vec<u8>, row: &[Value]) {
    use std::io::Write as _;
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            data.push(b'\t');
        }
        // Writing to memory does not fail.
        let _ = match value {
            Value::Null => data.write_all(b"\\N"),
            Value::Int(number) => write!(data, "{number}"),
            // As few digits as tell it from every other number.
            Value::Float(number) if number.is_nan() => data.write_all(b"NaN"),
            Value::Float(number) if number.is_infinite() => {
                data.write_all(if *number > 0.0 { b"Infinity" } else { b"-Infinity" })
            }
            Value::Float(number) => write!(data, "{number:e}"),
            Value::Bool(truth) => data.write_all(if *truth { b"t" } else { b"f" }),
            Value::Text(text) => {
                for byte in text.bytes() {
                    match byte {
                        b'\\' => data.extend_from_slice(b"\\\\"),
                        b'\n' => data.extend_from_slice(b"\\n"),
                        b'\r' => data.extend_from_slice(b"\\r"),
                        b'\t' => data.extend_from_slice(b"\\t"),
                        other => data.push(other),
                    }
                }
                Ok(())
            }
            Value::Bytes(bytes) => {
                data.extend_from_slice(b"\\\\x");
                bytes.iter().try_for_each(|byte| write!(data, "{byte:02x}"))
            }
        };
    }
    data.push(b'\n');
}
