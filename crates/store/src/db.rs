//! Connections to a database: many readers, and a writer that commits in groups.

use crate::error::StoreError;
use crate::readers::{Reader, Readers};
use crate::uri::StoreUri;
use crate::writer::{Writer, WriterOptions};
use futures::future::BoxFuture;
use sea_query::SqliteQueryBuilder;
use sea_query_sqlx::SqlxBinder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, Executor, Row, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A row type that every supported database can give.
pub trait AnyRow: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin> AnyRow for T {}

/// A statement of sea-query.
pub trait Statement: SqlxBinder + Sync {}
impl<T: SqlxBinder + Sync> Statement for T {}

/// How long a connection waits for another program's lock, unless the URI's `timeout` says otherwise.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long [`Db::write_alone`] waits for the others of a start that take turns, at the least.
const TURN_TIMEOUT: Duration = Duration::from_secs(60);

/// A database.
#[derive(Debug, Clone)]
pub struct Db {
    readers: Readers,
    writer: Writer,
    reads: Arc<AtomicU64>,
}

impl Db {
    /// Opens the database that `uri` names, creating an empty file if there is none. Its schema is not looked at.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database, or the URI names a database that is not supported.
    pub async fn open(uri: &StoreUri) -> Result<Self, StoreError> {
        let (path, options) = connecting(uri)?;
        let mut first = options.clone().create_if_missing(true).connect().await?;
        use_write_ahead_log(&mut first, &path).await;
        Ok(Self::with_first(first, options))
    }

    /// Opens a database that is there, as it is: no file is created, and nothing in it changes before the first write.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when there is no such file, and what [`Db::open`] gives.
    pub async fn open_existing(uri: &StoreUri) -> Result<Self, StoreError> {
        let (path, options) = connecting(uri)?;
        match options.connect().await {
            Ok(first) => Ok(Self::with_first(first, options)),
            Err(_) if path.try_exists().is_ok_and(|exists| !exists) => {
                Err(StoreError::Schema(format!("there is no file {}", path.display())))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The writer takes the connection; `options` are for those that follow.
    fn with_first(first: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let writer = Writer::start(first, options.clone(), WriterOptions::default());
        let readers = Readers::new(options.pragma("query_only", "true"));
        Self { readers, writer, reads: Arc::default() }
    }

    /// A connection on which several reads see the same state.
    ///
    /// # Errors
    /// When no reader becomes free within ten seconds.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot { reader: self.readers.begin().await?, reads: Arc::clone(&self.reads) })
    }

    /// All rows of one statement.
    pub async fn fetch_all<T: AnyRow>(&self, statement: &impl Statement) -> Result<Vec<T>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        Connection { inner: reader.connection(), reads: Some(&self.reads) }.fetch_all(statement).await
    }

    /// The first row of one statement.
    pub async fn fetch_optional<T: AnyRow>(
        &self,
        statement: &impl Statement,
    ) -> Result<Option<T>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        Connection { inner: reader.connection(), reads: Some(&self.reads) }.fetch_optional(statement).await
    }

    /// Runs `work` in a transaction and answers after its commit. `work` may run several times, in a transaction together
    /// with other writes, so it does SQL and nothing else; when it fails, its own changes alone are undone.
    ///
    /// # Errors
    /// What `work` gives, or [`StoreError::Lost`] when the transaction could not be committed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<T, StoreError>>
            + Send
            + Sync
            + 'static,
    {
        self.writer.write(work).await
    }

    /// Runs `work` once, in a write transaction on a connection of its own: for what servers that start together do one after
    /// the other, and what waits for more than SQL. On SQLite that holds the lock of the database, while readers go on.
    ///
    /// References are not checked: SQLite asks for that where a table is made anew, and rows that Python MLflow wrote without
    /// the check may dangle.
    ///
    /// # Errors
    /// What `work` gives, with nothing changed; or the database's, when the lock was not free within a minute or the URI's
    /// `timeout`, if that is longer.
    pub(crate) async fn write_alone<T>(
        &self,
        uri: &StoreUri,
        work: impl AsyncFnOnce(&mut Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let options = self
            .own_connection()
            .foreign_keys(false)
            .busy_timeout(uri.busy_timeout().unwrap_or_default().max(TURN_TIMEOUT));
        let mut connection = options.connect().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let result = work(&mut Connection::new(&mut transaction)).await;
        match result {
            Ok(value) => transaction.commit().await.map(|()| value).map_err(StoreError::from),
            Err(error) => {
                // Its own failure adds nothing: closing the connection undoes as well.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Writes the database as it was last committed into `file`, which must be empty or not there.
    ///
    /// # Errors
    /// When it cannot be read or the file not be written; what is there of the file then is of no use.
    pub(crate) async fn copy_into(&self, file: &str) -> Result<(), StoreError> {
        let mut connection = self.own_connection().connect().await?;
        sqlx::query("VACUUM INTO ?").bind(file).execute(&mut connection).await?;
        Ok(())
    }

    /// How to connect besides the readers and the writer.
    fn own_connection(&self) -> SqliteConnectOptions {
        self.readers.options().clone().pragma("query_only", "false")
    }

    /// How many statements the readers have run so far: what a test of the cost of a request counts.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Ends the connections after the writes that have begun.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

/// The file of a database and how to connect to it.
fn connecting(uri: &StoreUri) -> Result<(PathBuf, SqliteConnectOptions), StoreError> {
    let path: PathBuf =
        uri.sqlite_path().ok_or_else(|| StoreError::Schema(format!("{uri} is not a SQLite file")))?.into();
    let options = SqliteConnectOptions::new()
        .filename(&path)
        // A file that goes away while the server runs must not come back empty.
        .create_if_missing(false)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(uri.busy_timeout().unwrap_or(BUSY_TIMEOUT))
        // LIKE respects case on every database: MLflow sets the same.
        .pragma("case_sensitive_like", "true")
        .statement_cache_capacity(256)
        .disable_statement_logging();
    Ok((path, options))
}

/// Turns the write-ahead log on. A file system that does not allow it (some network shares) keeps its own mode.
async fn use_write_ahead_log(connection: &mut SqliteConnection, path: &std::path::Path) {
    let mode =
        connection.fetch_one("PRAGMA journal_mode = WAL").await.and_then(|row| row.try_get::<String, _>(0));
    match mode {
        Ok(mode) if mode.eq_ignore_ascii_case("wal") => {}
        Ok(mode) => tracing::warn!(
            path = %path.display(),
            mode,
            "the database file does not allow a write-ahead log: readers and writers will wait for each other"
        ),
        Err(error) => tracing::warn!(
            path = %path.display(),
            %error,
            "the write-ahead log could not be turned on: readers and writers will wait for each other"
        ),
    }
}

/// Several reads of one state of the database.
#[derive(Debug)]
pub struct Snapshot {
    reader: Reader,
    reads: Arc<AtomicU64>,
}

impl Snapshot {
    pub fn connection(&mut self) -> Connection<'_> {
        Connection { inner: self.reader.connection(), reads: Some(&self.reads) }
    }
}

/// A connection in a transaction: what the repositories run their statements on.
#[derive(Debug)]
pub struct Connection<'c> {
    inner: &'c mut SqliteConnection,
    /// Counts the statements; a writer's are not counted.
    reads: Option<&'c AtomicU64>,
}

impl<'c> Connection<'c> {
    pub(crate) fn new(inner: &'c mut SqliteConnection) -> Self {
        Self { inner, reads: None }
    }

    fn count(&self) {
        if let Some(reads) = self.reads {
            reads.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub async fn execute(&mut self, statement: &impl Statement) -> Result<u64, StoreError> {
        let (sql, values) = statement.build_sqlx(SqliteQueryBuilder);
        let done = sqlx::query_with(sqlx::AssertSqlSafe(sql), values).execute(&mut *self.inner).await?;
        Ok(done.rows_affected())
    }

    pub async fn fetch_all<T: AnyRow>(&mut self, statement: &impl Statement) -> Result<Vec<T>, StoreError> {
        self.count();
        let (sql, values) = statement.build_sqlx(SqliteQueryBuilder);
        Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(sql), values).fetch_all(&mut *self.inner).await?)
    }

    pub async fn fetch_optional<T: AnyRow>(
        &mut self,
        statement: &impl Statement,
    ) -> Result<Option<T>, StoreError> {
        self.count();
        let (sql, values) = statement.build_sqlx(SqliteQueryBuilder);
        Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(sql), values).fetch_optional(&mut *self.inner).await?)
    }

    /// Makes or changes a table or an index.
    pub(crate) async fn execute_definition(
        &mut self,
        definition: &impl sea_query::SchemaStatementBuilder,
    ) -> Result<(), StoreError> {
        let sql = definition.build(SqliteQueryBuilder);
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Runs a script that is part of a schema. A statement of it ends where a line ends with `;`, and nowhere else.
    pub(crate) async fn execute_script(&mut self, script: &'static str) -> Result<(), StoreError> {
        for statement in script.split_inclusive(";\n") {
            sqlx::query(statement).execute(&mut *self.inner).await?;
        }
        Ok(())
    }
}
