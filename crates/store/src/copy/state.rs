//! How far a copy has come, in a table of its target: it is there from before the first row to after the comparison.

use super::catalogue::Table;
use super::reader::Start;
use super::roots::ArtifactRoot;
use super::value::{self, Value};
use crate::StoreUri;
use crate::db::Connection;
use crate::dialect::quoted;
use crate::driver::{Driver, no_values};
use crate::error::StoreError;
use crate::int::Int;
use crate::schema::table_exists;
use sea_query::{ColumnDef, Expr, ExprTrait, Query};

pub(super) const TABLE: &str = "millgate_copy";
/// The row that says what is copied, and not how far a table is.
const HEAD: &str = "";

/// Who the source is and what changes on the way: what must be the same for a copy to be gone on with. Holds no password.
pub(super) fn identity(source: &StoreUri, roots: &[ArtifactRoot]) -> String {
    let place = match source.sqlite_path() {
        Some(path) => path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string(),
        None => format!(
            "{}:{}/{}",
            source.host.as_deref().unwrap_or_default(),
            source.port.or(source.dialect.default_port()).unwrap_or_default(),
            source.database.as_deref().unwrap_or_default()
        ),
    };
    let mut identity = format!("{} {place}", source.dialect);
    for root in roots {
        identity.push_str(&format!(" {root}"));
    }
    identity
}

/// Refuses a database into which a copy was begun and not ended: it lacks rows.
///
/// # Errors
/// [`StoreError::Schema`] when it is one.
pub(crate) async fn refuse_unfinished(connection: &mut Connection<'_>, uri: &str) -> Result<(), StoreError> {
    match begun(connection).await? {
        None => Ok(()),
        Some(source) => Err(StoreError::Schema(format!(
            "The database {uri} is the target of a copy of {source} that was broken off: rows are missing. Run `millgate copy` \
             with the same source again, which goes on with it, or empty the database."
        ))),
    }
}

/// What is being copied into the database, if anything.
async fn begun(connection: &mut Connection<'_>) -> Result<Option<String>, StoreError> {
    if !table_exists(connection, TABLE).await? {
        return Ok(None);
    }
    let query =
        Query::select().column("last_key").from(TABLE).and_where(Expr::col("table_name").eq(HEAD)).to_owned();
    Ok(connection.fetch_optional::<(String,)>(&query).await?.map(|(source,)| source))
}

/// Whether the same copy was begun before.
///
/// # Errors
/// [`StoreError::Schema`] when another one was.
pub(super) async fn is_begun(
    connection: &mut Connection<'_>,
    identity: &str,
    uri: &StoreUri,
) -> Result<bool, StoreError> {
    match begun(connection).await? {
        None => Ok(false),
        Some(source) if source == identity => Ok(true),
        Some(source) => Err(StoreError::Schema(format!(
            "The database {uri} is the target of another copy that was broken off, of {source}; this one is of {identity}. Go \
             on with that one, or empty the database."
        ))),
    }
}

/// Notes that the copy begins.
pub(super) async fn begin(connection: &mut Connection<'_>, identity: &str) -> Result<(), StoreError> {
    let mut create = sea_query::Table::create()
        .table(TABLE)
        .if_not_exists()
        .col(ColumnDef::new("table_name").string_len(64).not_null().primary_key())
        // Of the head: what is copied.
        .col(ColumnDef::new("last_key").text().not_null())
        .col(ColumnDef::new("copied").big_integer().not_null())
        .col(ColumnDef::new("is_done").integer().not_null())
        .to_owned();
    connection.create_table(&mut create).await?;
    note(connection, HEAD, identity).await
}

/// Notes that a table begins.
pub(super) async fn note(connection: &mut Connection<'_>, table: &str, text: &str) -> Result<(), StoreError> {
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(["table_name", "last_key", "copied", "is_done"])
        .values_panic([table.into(), text.into(), 0_i64.into(), 0_i64.into()])
        .to_owned();
    connection.execute(&insert).await.map(drop)
}

/// How far the tables are.
#[derive(Debug)]
pub(super) struct State {
    /// In the order of the tables; `None` for one that was not begun.
    tables: Vec<Option<Progress>>,
}

#[derive(Debug, Clone)]
struct Progress {
    last_key: Option<Vec<Value>>,
    copied: i64,
    is_done: bool,
}

impl State {
    pub(super) async fn load(driver: &mut Driver, tables: &[Table]) -> Result<Self, StoreError> {
        let query = format!("SELECT table_name, last_key, copied, is_done FROM {TABLE}");
        let rows: Vec<(String, String, Int, Int)> = driver.fetch_all(query, no_values()).await?;
        let mut found = Vec::with_capacity(tables.len());
        for table in tables {
            let Some((_, key, copied, is_done)) = rows.iter().find(|(name, ..)| *name == table.name) else {
                found.push(None);
                continue;
            };
            let last_key = match key.as_str() {
                "" => None,
                text => Some(value::key_from_text(&table.key_columns(), text).ok_or_else(|| {
                    StoreError::Schema(format!(
                        "What {TABLE} says of {} cannot be read: empty the target and copy again.",
                        table.name
                    ))
                })?),
            };
            found.push(Some(Progress { last_key, copied: copied.0, is_done: is_done.0 != 0 }));
        }
        Ok(Self { tables: found })
    }

    /// The rows that are there.
    pub(super) fn copied(&self) -> u64 {
        let copied = self.tables.iter().flatten().map(|table| u64::try_from(table.copied).unwrap_or(0));
        copied.sum()
    }

    /// Where to begin in each table.
    pub(super) fn starts(&self) -> Vec<Start> {
        let start = |table: &Option<Progress>| match table {
            None => Some(None),
            Some(table) if table.is_done => None,
            Some(table) => Some(table.last_key.clone()),
        };
        self.tables.iter().map(start).collect()
    }

    pub(super) fn is_begun(&self, table: usize) -> bool {
        matches!(self.tables.get(table), Some(Some(_)))
    }

    pub(super) fn begin(&mut self, table: usize) {
        if let Some(place) = self.tables.get_mut(table) {
            *place = Some(Progress { last_key: None, copied: 0, is_done: false });
        }
    }

    /// Notes, in the transaction of a batch, that it was written. The table must be as far as it was left.
    pub(super) async fn advance(
        &mut self,
        driver: &mut Driver,
        place: usize,
        table: &Table,
        batch: &[Vec<Value>],
        is_last: bool,
    ) -> Result<(), StoreError> {
        let Some(Some(progress)) = self.tables.get_mut(place) else {
            return Err(StoreError::Lost(format!("the copy of {} was not begun", table.name)));
        };
        let rows = i64::try_from(batch.len()).unwrap_or(i64::MAX);
        let last_key =
            batch.last().map(|row| super::reader::key_of(table, row)).or(progress.last_key.clone());
        let text = last_key.as_deref().map(value::key_to_text).unwrap_or_default();
        let update = Query::update()
            .table(TABLE)
            .value("last_key", text)
            .value("copied", progress.copied.saturating_add(rows))
            .value("is_done", i64::from(is_last))
            .and_where(Expr::col("table_name").eq(table.name.as_str()))
            .and_where(Expr::col("copied").eq(progress.copied))
            .and_where(Expr::col("is_done").eq(0_i64))
            .to_owned();
        if Connection::new(driver).execute(&update).await? != 1 {
            return Err(StoreError::Schema(
                "Another copy is at work on the same target. Wait for it to end, or end it.".to_owned(),
            ));
        }
        *progress = Progress { last_key, copied: progress.copied.saturating_add(rows), is_done: is_last };
        Ok(())
    }
}

/// Notes that the copy is whole: the database is as any other.
pub(super) async fn end(driver: &mut Driver) -> Result<(), StoreError> {
    let drop = format!("DROP TABLE {}", quoted(driver.sql(), TABLE));
    Ok(driver.run(&drop).await?)
}
