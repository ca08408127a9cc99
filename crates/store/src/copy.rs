//! Copies the rows of a database into another one, of any kind to any kind.
//!
//! The source is read within one transaction, and table by table in the order of the primary key. A batch is written in one
//! transaction together with its last key ([`state`]), so that a copy that was broken off at any point goes on behind its last
//! batch: nothing is lost or there twice. In the end both databases are read anew and compared; what has changed in the
//! source meanwhile shows there.

mod catalogue;
mod compare;
mod counters;
mod reader;
mod roots;
mod state;
mod target;
mod value;

pub(crate) use catalogue::{Column, Kind, Table};
pub use roots::{ArtifactRoot, ArtifactRootError};
pub(crate) use state::refuse_unfinished;
pub(crate) use value::Value;

use crate::StoreUri;
use crate::db::{self, Connection};
use crate::dialect::{Purpose, Sql, quoted};
use crate::driver::{Driver, no_values};
use crate::error::StoreError;
use crate::int::Int;
use crate::own::{self, Own};
use crate::schema::{self, Schema, table_exists};
use catalogue::Contents;
use state::State;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take: an index over a whole table is made within it.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What is told while a copy runs.
pub trait Observer: Send {
    /// The databases are looked at: `total` rows are to be copied, of which `before` were copied by an earlier run.
    fn begin(&mut self, total: u64, before: u64);
    /// So many rows of a table were written, for good. [`ControlFlow::Break`] ends the copy there; another one goes on.
    fn written(&mut self, table: &str, rows: u64) -> ControlFlow<()>;
    /// All rows are written; both databases are read once more, `total` rows altogether.
    fn compare(&mut self, total: u64);
    /// So many rows more were read for that.
    fn compared(&mut self, rows: u64);
    /// Something that does not keep the copy from being whole.
    fn warn(&mut self, message: &str);
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Each table with its rows, by earlier runs too.
    pub tables: Vec<(String, u64)>,
    pub tracking: bool,
    pub auth: bool,
}

/// Copies all rows of `source` into `target`, which must be empty or the target of the same copy that was broken off. Its schema is
/// made; a SQLite file, too.
///
/// `roots` are beginnings of artifact locations that become others on the way; all else stays as it is.
///
/// # Errors
/// [`StoreError::Schema`] when the source is none of ours or at another revision, the target is not empty, both are one, a row
/// cannot be written, or the databases differ in the end. What was written stays, and another call goes on with it.
pub async fn copy(
    source: &StoreUri,
    target: &StoreUri,
    roots: &[ArtifactRoot],
    observer: &mut dyn Observer,
) -> Result<Copied, StoreError> {
    refuse_same(source, target)?;
    let mut from = connect(source, Purpose::Read).await?;
    lock(&mut from, source, target).await?;
    from.run(from.sql().begin(Purpose::Read)).await?;
    let contents = contents(&mut from, &source.to_string()).await?;
    let tables = present(&mut from, catalogue::tables(contents).await?, source, observer).await?;
    let tables = Arc::new(tables);
    target::refuse_dangling(&mut from, source, target).await?;

    let identity = state::identity(source, roots);
    // On a server before anything is written: it may be the source by another name.
    let locked = match target.sqlite_path() {
        Some(_) => None,
        None => {
            let mut driver = connect(target, Purpose::Write).await?;
            lock(&mut driver, source, target).await?;
            Some(driver)
        }
    };
    target::prepare(target, contents, &tables, &identity).await.map_err(|error| about(target, error))?;
    let mut to = match locked {
        Some(driver) => driver,
        None => connect(target, Purpose::Write).await?,
    };
    let state = State::load(&mut to, &tables).await?;

    let mut total = 0;
    for table in tables.iter() {
        total += count(&mut from, &table.name).await?;
    }
    observer.begin(total, state.copied());
    let roots: Arc<[ArtifactRoot]> = roots.into();
    from = target::fill(from, &mut to, &tables, state, &roots, observer)
        .await
        .map_err(|error| about(target, error))?;
    counters::set(&mut from, &mut to, &tables).await.map_err(|error| about(target, error))?;

    // What others have committed since is seen by the comparison.
    from.run("COMMIT").await?;
    from.run(from.sql().begin(Purpose::Read)).await?;
    observer.compare(total * 2);
    let rows = compare::compare(from, &mut to, &tables, &roots, observer, target).await?;
    state::end(&mut to).await?;
    to.close().await;
    let tables = tables.iter().map(|table| table.name.clone()).zip(rows).collect();
    Ok(Copied { tables, tracking: contents.tracking, auth: contents.auth })
}

/// Connects to a database that is there, for statements that take long.
async fn connect(uri: &StoreUri, purpose: Purpose) -> Result<Driver, StoreError> {
    let mut driver = open(uri, purpose).await.map_err(|error| about(uri, error))?;
    driver.be_patient(PATIENCE);
    driver.wait_without_end().await?;
    match driver.sql() {
        Sql::Sqlite => {}
        Sql::Postgresql => {
            driver
                .run(
                    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
                     SET DateStyle = 'ISO'",
                )
                .await?;
        }
        Sql::MariaDb | Sql::Mysql => {
            driver.run("SET SESSION net_write_timeout = 3600, SESSION net_read_timeout = 3600").await?;
        }
    }
    Ok(driver)
}

async fn open(uri: &StoreUri, purpose: Purpose) -> Result<Driver, StoreError> {
    match db::connector_of(uri, purpose) {
        Ok(connector) => Ok(connector.connect().await?),
        Err(StoreError::Schema(reason)) => Err(StoreError::Schema(format!("the database {uri}: {reason}"))),
        Err(other) => Err(other),
    }
}

/// What a database said, and which one: there are two.
fn about(uri: &StoreUri, error: StoreError) -> StoreError {
    match error {
        StoreError::Database(error) => StoreError::Schema(format!("the database {uri}: {error}")),
        other => other,
    }
}

fn same(source: &StoreUri) -> StoreError {
    StoreError::Schema(format!(
        "Source and target are the same database, {source}. Name another one as the target."
    ))
}

/// Refuses what is one database by its name.
fn refuse_same(source: &StoreUri, target: &StoreUri) -> Result<(), StoreError> {
    if source.is_same(target) {
        return Err(same(source));
    }
    let (Some(one), Some(other)) = (source.sqlite_path(), target.sqlite_path()) else { return Ok(()) };
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => return Err(same(source)),
        _ => {}
    }
    // Names of one file.
    use std::os::unix::fs::MetadataExt;
    match (one.metadata(), other.metadata()) {
        (Ok(a), Ok(b)) if (a.dev(), a.ino()) == (b.dev(), b.ino()) => Err(same(source)),
        _ => Ok(()),
    }
}

/// Takes a lock of the server, until the connection ends. Who finds it taken on the target has connected to the source under
/// another name, or another copy is at work.
async fn lock(driver: &mut Driver, source: &StoreUri, target: &StoreUri) -> Result<(), StoreError> {
    let query = match driver.sql() {
        // There a file has one name at last, and two copies meet in the state.
        Sql::Sqlite => return Ok(()),
        Sql::Postgresql => {
            "SELECT CASE WHEN pg_try_advisory_lock(1835625584, hashtext(current_schema()::text)) THEN 1::bigint ELSE 0::bigint END"
        }
        Sql::MariaDb | Sql::Mysql => {
            "SELECT CAST(COALESCE(GET_LOCK(CONCAT('millgate-copy.', COALESCE(DATABASE(), '')), 0), 0) AS SIGNED)"
        }
    };
    let got: Option<(Int,)> = driver.fetch_optional(query.to_owned(), no_values()).await?;
    match got {
        Some((Int(1),)) => Ok(()),
        _ => Err(StoreError::Schema(format!(
            "The databases {source} and {target} are the same one, or another copy is at work on one of them. Name another \
             target, or wait for the other copy to end."
        ))),
    }
}

/// Which schemas the source has.
async fn contents(driver: &mut Driver, uri: &str) -> Result<Contents, StoreError> {
    let mut connection = Connection::new(driver);
    refuse_unfinished(&mut connection, uri).await?;
    let mut found = [false, false];
    for (schema, found) in [Schema::Tracking, Schema::Auth].into_iter().zip(&mut found) {
        if table_exists(&mut connection, schema.version_table()).await? {
            schema::check_revision(&mut connection, schema, uri).await.map_err(|error| match error {
                StoreError::Schema(reason) if schema == Schema::Tracking => {
                    StoreError::Schema(format!("{reason} `millgate db upgrade URI --dry-run` says more."))
                }
                other => other,
            })?;
            *found = true;
        }
    }
    let [tracking, auth] = found;
    if !tracking && !auth {
        return Err(StoreError::Schema(format!(
            "The database {uri} has none of the tables alembic_version and alembic_version_auth: it is no database of \
             MLflow's, or an old one. `millgate db upgrade URI --dry-run` says more about it."
        )));
    }
    if auth && !own::is_there(&mut connection, Own::Users, uri).await? {
        return Err(StoreError::Schema(format!(
            "The database of users {uri} has no tables of Millgate's yet. A server makes them at its start: start one \
             first."
        )));
    }
    let registry_own = own::is_there(&mut connection, Own::Registry, uri).await?;
    Ok(Contents { tracking, auth, registry_own })
}

/// The tables that the source has, and a warning of those that nobody knows.
async fn present(
    driver: &mut Driver,
    tables: Vec<Table>,
    source: &StoreUri,
    observer: &mut dyn Observer,
) -> Result<Vec<Table>, StoreError> {
    let there = table_names(driver).await?;
    if let Some(missing) = tables.iter().find(|table| !there.contains(&table.name)) {
        return Err(StoreError::Schema(format!(
            "The database {source} has no table {}, although its revision has one: it is damaged.",
            missing.name
        )));
    }
    let unknown: Vec<&str> = there
        .iter()
        .filter(|name| !catalogue::is_version_table(name) && !schema::is_mark(name))
        .filter(|name| tables.iter().all(|table| table.name != **name))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        observer.warn(&format!(
            "tables that are neither MLflow's nor Millgate's are not copied: {}",
            unknown.join(", ")
        ));
    }
    Ok(tables)
}

/// The tables of the database, by whomever.
pub(crate) async fn table_names(driver: &mut Driver) -> Result<Vec<String>, StoreError> {
    let query = match driver.sql() {
        Sql::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
        }
        Sql::Postgresql => {
            "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        }
        Sql::MariaDb | Sql::Mysql => {
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1"
        }
    };
    let names: Vec<(String,)> = driver.fetch_all(query.to_owned(), no_values()).await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

/// How many rows a table has.
pub(crate) async fn count(driver: &mut Driver, table: &str) -> Result<u64, StoreError> {
    let query = format!("SELECT COUNT(*) FROM {}", quoted(driver.sql(), table));
    let count: Option<(Int,)> = driver.fetch_optional(query, no_values()).await?;
    Ok(count.and_then(|(count,)| u64::try_from(count.0).ok()).unwrap_or(0))
}

fn quoted_list<'n>(sql: Sql, names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| quoted(sql, name)).collect::<Vec<_>>().join(", ")
}

/// The parameter with this number, from 1, where it is compared with a column.
fn parameter(sql: Sql, number: usize, kind: Kind) -> String {
    match sql {
        Sql::Postgresql if kind == Kind::Date => format!("CAST(${number}::text AS date)"),
        Sql::Postgresql => format!("${number}"),
        Sql::Sqlite | Sql::MariaDb | Sql::Mysql => "?".to_owned(),
    }
}
