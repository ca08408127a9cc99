//! Rows as plain values, for what goes over whole tables and knows them by the catalogue alone.

use super::{Driver, Kind as Connected};
use crate::Int;
use crate::copy::{Column, Kind, Value};
use futures::StreamExt;
use futures::stream::BoxStream;
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Column as _, ColumnIndex, Decode, Error, Row, Type, TypeInfo, ValueRef};

impl Driver {
    /// The rows that a statement finds, one after the other: none of them waits in memory. It selects the columns in order, as
    /// [`selected`](crate::copy::selected) says.
    pub(crate) fn stream<'d>(
        &'d mut self,
        sql: String,
        values: SqlxValues,
        columns: &'d [Column],
    ) -> BoxStream<'d, Result<Vec<Value>, Error>> {
        // Until all is read, nobody knows what comes next on the connection.
        let sql = AssertSqlSafe(sql);
        match &mut self.kind {
            Connected::Sqlite(connection) => sqlx::query_with(sql, values)
                .persistent(false)
                .fetch(connection)
                .map(|row| {
                    read(&row?, columns, |row, at| Ok(value::<_, i64>(row, at)?.map_or(Value::Null, truth)))
                })
                .boxed(),
            Connected::Postgresql(connection) => sqlx::query_with(sql, values)
                .persistent(false)
                .fetch(connection)
                .map(|row| {
                    read(&row?, columns, |row, at| {
                        Ok(value::<_, bool>(row, at)?.map_or(Value::Null, Value::Bool))
                    })
                })
                .boxed(),
            Connected::Mysql(connection) => sqlx::query_with(sql, values)
                .persistent(false)
                .fetch(connection)
                .map(|row| {
                    read(&row?, columns, |row, at| {
                        Ok(value::<_, Int>(row, at)?.map_or(Value::Null, |number| truth(number.0)))
                    })
                })
                .boxed(),
        }
    }

    /// Writes rows by PostgreSQL's `COPY … FROM STDIN`: `data` is in its text format.
    ///
    /// # Errors
    /// When the server refuses a row; on another database always.
    pub(crate) async fn copy_in(&mut self, statement: &str, data: Vec<u8>) -> Result<u64, Error> {
        let patience = self.patience;
        let Connected::Postgresql(connection) = &mut self.kind else {
            return Err(Error::Protocol("COPY is PostgreSQL's alone".to_owned()));
        };
        self.answered = false;
        let result = super::in_time(patience, async {
            let mut sink = connection.copy_in_raw(statement).await?;
            sink.send(data).await?;
            sink.finish().await
        })
        .await;
        self.answered = super::is_an_answer(&result);
        result
    }
}

/// A truth that is kept as a number; another number than 0 and 1 stays one, and is seen as what it is.
fn truth(number: i64) -> Value {
    match number {
        0 => Value::Bool(false),
        1 => Value::Bool(true),
        other => Value::Int(other),
    }
}

fn value<'r, R: Row, T>(row: &'r R, at: usize) -> Result<Option<T>, Error>
where
    usize: ColumnIndex<R>,
    T: Decode<'r, R::Database> + Type<R::Database>,
{
    row.try_get(at)
}

fn read<R: Row>(
    row: &R,
    columns: &[Column],
    read_bool: impl Fn(&R, usize) -> Result<Value, Error>,
) -> Result<Vec<Value>, Error>
where
    usize: ColumnIndex<R>,
    for<'r> Int: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> f32: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> f64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let mut values = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        values.push(match column.kind {
            Kind::Int => value::<_, Int>(row, at)?.map_or(Value::Null, |number| Value::Int(number.0)),
            Kind::Float => float(row, at)?,
            Kind::Bool => read_bool(row, at)?,
            Kind::Text | Kind::Json | Kind::Date => {
                value::<_, String>(row, at)?.map_or(Value::Null, Value::Text)
            }
            Kind::Bytes => value::<_, Vec<u8>>(row, at)?.map_or(Value::Null, Value::Bytes),
        });
    }
    Ok(values)
}

/// A number of single precision becomes the one of double precision that is written alike: 0.1 stays 0.1.
fn float<R: Row>(row: &R, at: usize) -> Result<Value, Error>
where
    usize: ColumnIndex<R>,
    for<'r> f32: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> f64: Decode<'r, R::Database> + Type<R::Database>,
{
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let is_single = matches!(row.column(at).type_info().name(), "FLOAT" | "FLOAT4");
    if is_single && let Ok(single) = row.try_get::<f32, _>(at) {
        let double = single.to_string().parse().unwrap_or_else(|_| f64::from(single));
        return Ok(Value::Float(double));
    }
    Ok(Value::Float(row.try_get(at)?))
}
