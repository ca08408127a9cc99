//! A database: connections that read, and writes.

use crate::dialect::{self, Purpose, Renderer, Sql};
use crate::driver::{AnyRow, Connector, Driver, no_values};
use crate::error::StoreError;
use crate::places::Places;
use crate::pool::{Lease, Pool, PoolOptions};
use crate::turn::Turns;
use crate::uri::{Dialect, StoreUri};
use crate::writer::{Writer, WriterOptions};
use crate::{PoolSettings, transactions};
use futures::FutureExt;
use futures::future::BoxFuture;
use model::load::DatabaseLoad;
use sea_query::{InsertStatement, OnConflict, SelectStatement};
use sea_query_sqlx::SqlxBinder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit};
use tokio::time::Instant;

/// A statement of sea-query.
pub trait Statement: SqlxBinder + Sync {}
impl<T: SqlxBinder + Sync> Statement for T {}

/// How long a connection waits for another program's lock, unless the URI's `timeout` says otherwise.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long [`Db::write_alone`] waits for the others of a start that take turns, at the least.
const TURN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a statement of [`Db::write_alone`] may take: an upgrade goes over whole tables.
const ALONE_PATIENCE: Duration = Duration::from_secs(3600);
/// Readers of a SQLite file. Each is a thread with its page cache; more would not read faster on the machines that use it.
const SQLITE_READERS: u32 = 8;
/// Rows of a statement on a SQLite file that its connection's thread gives before it waits for whoever reads them: those of a page
/// of runs find room, so that two threads need not wait for each other.
const ROWS_AHEAD: usize = 1024;
/// Requests that may wait for a connection. At a millisecond a statement the last of them waits for a tenth of a second.
const WAITING: usize = 1024;

/// How long [`Db::is_there`] waits.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long its answer is good.
const PROBE_AGE: Duration = Duration::from_secs(1);
const PROBE: PoolOptions = PoolOptions { size: 1, waiting: 16, max_age: None };

/// A database.
#[derive(Debug, Clone)]
pub struct Db {
    /// What reads, and on a server what writes.
    pool: Pool,
    writes: Writes,
    turns: Turns,
    /// What searches need besides a connection: they may take long, and must leave some for all else.
    searches: Places,
    /// Has a connection that is not waited for when the others have much to do.
    probe: Pool,
    /// The last answer to whether the database is there, and when it came.
    probed: Arc<Mutex<Option<(Instant, bool)>>>,
    reads: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
enum Writes {
    /// By the one writer of a SQLite file.
    InGroups(Writer),
    /// Each in a transaction of its own.
    ByThemselves(Places),
}

/// What to open a database with.
#[derive(Debug, Clone, Copy)]
enum Opening {
    CreateIfMissing,
    Existing,
}

impl Db {
    /// Opens the database that `uri` names, creating an empty SQLite file if there is none; a server's database must be there.
    /// Its schema is not looked at.
    ///
    /// # Errors
    /// When it cannot be reached or is no database.
    pub async fn open(uri: &StoreUri) -> Result<Self, StoreError> {
        Self::open_with(uri, &PoolSettings::default()).await
    }

    /// As [`Db::open`], with as many connections to a server as the settings say.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_with(uri: &StoreUri, settings: &PoolSettings) -> Result<Self, StoreError> {
        match uri.dialect {
            Dialect::Sqlite => Self::open_file(uri, Opening::CreateIfMissing).await,
            Dialect::Postgresql | Dialect::Mysql => Self::open_server(uri, settings).await,
        }
    }

    /// Opens a database that is there, as it is: no file is created, and nothing in it changes before the first write.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when there is no such file, and what [`Db::open`] gives.
    pub async fn open_existing(uri: &StoreUri) -> Result<Self, StoreError> {
        match uri.dialect {
            Dialect::Sqlite => Self::open_file(uri, Opening::Existing).await,
            Dialect::Postgresql | Dialect::Mysql => Self::open_server(uri, &PoolSettings::default()).await,
        }
    }

    async fn open_file(uri: &StoreUri, opening: Opening) -> Result<Self, StoreError> {
        let (path, options) = file(uri)?;
        let reconnect = Connector::Sqlite(Box::new(options.clone()));
        let first = match opening {
            Opening::CreateIfMissing => {
                let mut first =
                    Connector::Sqlite(Box::new(options.clone().create_if_missing(true))).connect().await?;
                use_write_ahead_log(&mut first, &path).await;
                first
            }
            Opening::Existing => match reconnect.connect().await {
                Ok(first) => first,
                Err(error) => {
                    none_missing(uri)?;
                    return Err(error.into());
                }
            },
        };
        let writer = Writer::start(first, reconnect, WriterOptions::default());
        let readers = Connector::Sqlite(Box::new(options.pragma("query_only", "true")));
        let size = PoolOptions { size: SQLITE_READERS, waiting: WAITING, max_age: None };
        Ok(Self::with(Pool::new(readers, size), Writes::InGroups(writer)))
    }

    async fn open_server(uri: &StoreUri, settings: &PoolSettings) -> Result<Self, StoreError> {
        let connector = Connector::to_server(uri)?;
        let bounds =
            PoolOptions { size: settings.max_connections, waiting: WAITING, max_age: settings.max_lifetime };
        let pool = Pool::new(connector, bounds);
        // What is wrong with the address or the credentials shows at the start.
        drop(pool.acquire().await?);
        let writes = Writes::ByThemselves(Places::new(share(&pool)));
        Ok(Self::with(pool, writes))
    }

    fn with(pool: Pool, writes: Writes) -> Self {
        let probe = Pool::new(pool.connector().clone(), PROBE);
        let searches = Places::new(share(&pool));
        Self {
            turns: Turns::of(&pool),
            pool,
            writes,
            searches,
            probe,
            probed: Arc::default(),
            reads: Arc::default(),
        }
    }

    /// A connection on which several reads see the same state.
    ///
    /// # Errors
    /// When no connection becomes free within ten seconds.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let lease = self.pool.begin(Purpose::Read).await?;
        Ok(Snapshot { lease, reads: Arc::clone(&self.reads), _search: None })
    }

    /// As [`Db::snapshot`], for a search: those that run at once take a share of the connections at the most, so that slow
    /// ones keep nobody else waiting.
    ///
    /// # Errors
    /// As [`Db::snapshot`].
    pub async fn snapshot_for_search(&self) -> Result<Snapshot, StoreError> {
        let search = self.may_search().await?;
        let lease = self.pool.begin(Purpose::Read).await?;
        Ok(Snapshot { lease, reads: Arc::clone(&self.reads), _search: Some(search) })
    }

    /// All rows of a statement that may find many, within the bounds of [`Db::snapshot_for_search`].
    pub(crate) async fn search<T: AnyRow>(&self, statement: &impl Statement) -> Result<Vec<T>, StoreError> {
        let _search = self.may_search().await?;
        self.fetch_all(statement).await
    }

    async fn may_search(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.searches.take().await
    }

    /// All rows of one statement.
    pub async fn fetch_all<T: AnyRow>(&self, statement: &impl Statement) -> Result<Vec<T>, StoreError> {
        self.read(statement, |connection, statement| connection.fetch_all(statement).boxed()).await
    }

    /// The first row of one statement.
    pub async fn fetch_optional<T: AnyRow>(
        &self,
        statement: &impl Statement,
    ) -> Result<Option<T>, StoreError> {
        self.read(statement, |connection, statement| connection.fetch_optional(statement).boxed()).await
    }

    /// What `work` reads about `what` in one statement, or in several that need not see one state: without a transaction, which
    /// would cost two more turns with the database.
    ///
    /// # Errors
    /// When no connection becomes free within ten seconds; what `work` gives.
    pub async fn read<T, W, F>(&self, what: &W, work: F) -> Result<T, StoreError>
    where
        W: Sync + ?Sized,
        F: for<'a, 'c> Fn(&'a mut Connection<'c>, &'a W) -> BoxFuture<'a, Result<T, StoreError>>,
    {
        let mut lease = self.pool.acquire().await?;
        match work(&mut self.reading(&mut lease), what).await {
            Err(error) if error.is_hung_up() => {
                let mut lease = self.anew(lease).await?;
                work(&mut self.reading(&mut lease), what).await
            }
            outcome => outcome,
        }
    }

    fn reading<'l>(&'l self, lease: &'l mut Lease) -> Connection<'l> {
        Connection { driver: lease.driver(), reads: Some(&self.reads) }
    }

    /// Another connection, where the server has ended those of before. Only for a read, which does no harm twice.
    async fn anew(&self, lost: Lease) -> Result<Lease, StoreError> {
        drop(lost);
        self.pool.forget();
        Ok(self.pool.acquire().await?)
    }

    /// Runs `work` in a transaction and answers after its commit. `work` may run several times, on SQLite in a transaction
    /// together with other writes, so it does SQL and nothing else; when it fails, its own changes alone are undone.
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
        match &self.writes {
            Writes::InGroups(writer) => writer.write(work).await,
            Writes::ByThemselves(places) => {
                let _place = places.take().await?;
                transactions::write(&self.pool, work).await
            }
        }
    }

    /// Runs `work` once, on a connection of its own and under a lock: for what servers that start together do one after the
    /// other, and what waits for more than SQL. It is one transaction, but for MySQL, which commits at every change of a table.
    /// On SQLite the lock is that of the database, while readers go on; on a server it is one of ours.
    ///
    /// References are not checked on SQLite, which asks for that where a table is made anew, and rows that Python MLflow wrote
    /// without the check may dangle.
    ///
    /// # Errors
    /// What `work` gives, with nothing changed; or the database's, when the lock was not free within a minute or the URI's
    /// `timeout`, if that is longer.
    pub(crate) async fn write_alone<T>(
        &self,
        uri: &StoreUri,
        work: impl AsyncFnOnce(&mut Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let wait = uri.busy_timeout().unwrap_or_default().max(TURN_TIMEOUT);
        let mut driver = self.own_connector(wait).connect().await?;
        driver.be_patient(ALONE_PATIENCE);
        let result = alone(&mut driver, wait, work).await;
        driver.close().await;
        result
    }

    /// Does the work when it is its turn among all that asks for one, of all servers on the database: for what is more than one
    /// transaction, in one database or several. On a SQLite file the requests of one server take turns.
    ///
    /// # Errors
    /// When the turn does not come within ten seconds; what the work gives.
    pub async fn in_turn<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let turn = self.turns.take().await?;
        let result = work.await;
        turn.end().await;
        result
    }

    /// Writes the database as it was last committed into `file`, which must be empty or not there.
    ///
    /// # Errors
    /// When it cannot be read or the file not be written; what is there of the file then is of no use.
    pub(crate) async fn copy_into(&self, file: &str) -> Result<(), StoreError> {
        let mut driver = self.own_connector(TURN_TIMEOUT).connect().await?;
        vacuum_into(&mut driver, file).await?;
        driver.close().await;
        Ok(())
    }

    /// How to connect besides the pool and the writer.
    fn own_connector(&self, wait: Duration) -> Connector {
        match self.pool.connector().clone() {
            Connector::Sqlite(options) => Connector::Sqlite(Box::new(
                options.pragma("query_only", "false").foreign_keys(false).busy_timeout(wait),
            )),
            server => server,
        }
    }

    /// Whether the database answers, within two seconds. An answer is good for one second, and whoever asks meanwhile shares it:
    /// anybody may ask, as often as they like.
    pub async fn is_there(&self) -> bool {
        let mut probed = self.probed.lock().await;
        match *probed {
            Some((at, answer)) if at.elapsed() < PROBE_AGE => answer,
            _ => {
                let answer = self.answers().await;
                *probed = Some((Instant::now(), answer));
                answer
            }
        }
    }

    async fn answers(&self) -> bool {
        let answer = tokio::time::timeout(PROBE_TIMEOUT, async {
            let query = sea_query::Query::select().expr(sea_query::Expr::val(1)).to_owned();
            let ask = async || {
                let mut lease = self.probe.acquire().await?;
                Connection::new(lease.driver()).fetch_optional::<(crate::Int,)>(&query).await
            };
            match ask().await {
                // The connection was of a server that has started anew since.
                Err(error) if error.is_lost() => ask().await,
                answer => answer,
            }
        });
        matches!(answer.await, Ok(Ok(Some(_))))
    }

    /// How much the database has to do for this process.
    pub fn load(&self) -> DatabaseLoad {
        let writes_waiting = match &self.writes {
            Writes::InGroups(writer) => writer.waiting() as u64,
            Writes::ByThemselves(places) => places.waiting(),
        };
        DatabaseLoad { writes_waiting, searches_waiting: self.searches.waiting(), ..self.pool.load() }
    }

    /// Whether both are handles to the same connections.
    pub fn is(&self, other: &Self) -> bool {
        self.pool.is(&other.pool)
    }

    /// How many statements the reads have run so far: what a test of the cost of a request counts.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Ends the connections after the writes that have begun.
    pub async fn close(&self) {
        if let Writes::InGroups(writer) = &self.writes {
            writer.close().await;
        }
        self.turns.close().await;
        self.probe.close().await;
        self.pool.close().await;
    }
}

/// How many connections searches may take at once, and on a server writes: two fifths each there, so that a login and the look
/// at rights find one. A SQLite file's are for reads alone, and searches may take half.
fn share(pool: &Pool) -> usize {
    let size = pool.size();
    let share = if pool.connector().is_server() { size * 2 / 5 } else { size / 2 };
    share.max(1) as usize
}

/// The name of the lock that servers take turns by, and its number: "millgate" in ASCII.
const TURN: &str = "millgate";
const TURN_NUMBER: i64 = i64::from_be_bytes(*b"millgate");

async fn alone<T>(
    driver: &mut Driver,
    wait: Duration,
    work: impl AsyncFnOnce(&mut Connection<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let sql = driver.sql();
    let seconds = wait.as_secs();
    match sql {
        Sql::Sqlite => driver.run(sql.begin(Purpose::Write)).await?,
        Sql::Postgresql => {
            // The lock ends with the transaction, and so does the patience for it.
            let begin = format!(
                "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{seconds}s'; \
                 SELECT pg_advisory_xact_lock({TURN_NUMBER})"
            );
            driver.run(&begin).await?;
        }
        Sql::MariaDb | Sql::Mysql => {
            driver.wait_without_end().await?;
            // The lock ends with the connection.
            let query = sea_query::Query::select()
                .expr(sea_query::Expr::cust_with_values(
                    "COALESCE(GET_LOCK(CONCAT(?, '.', COALESCE(DATABASE(), '')), ?), 0)",
                    [sea_query::Value::from(TURN), sea_query::Value::from(wait.as_secs())],
                ))
                .to_owned();
            let got: Option<(crate::Int,)> = Connection::new(driver).fetch_optional(&query).await?;
            if got.is_none_or(|(got,)| got.0 != 1) {
                return Err(StoreError::Database(sqlx::Error::PoolTimedOut));
            }
        }
    }
    match work(&mut Connection::new(driver)).await {
        Ok(value) => driver.run("COMMIT").await.map(|()| value).map_err(StoreError::from),
        Err(error) => {
            // Its own failure adds nothing: closing the connection undoes as well.
            let _ = driver.run("ROLLBACK").await;
            Err(error)
        }
    }
}

/// How to connect to a database that is there, for one piece of work that is not served: nothing of it is opened yet. References
/// are not checked on SQLite.
///
/// # Errors
/// [`StoreError::Schema`] when there is no such file; what the URI asks for does not go together.
pub(crate) fn connector_of(uri: &StoreUri, purpose: Purpose) -> Result<Connector, StoreError> {
    if uri.dialect != Dialect::Sqlite {
        return Ok(Connector::to_server(uri)?);
    }
    none_missing(uri)?;
    let (_, options) = file(uri)?;
    let query_only = if purpose == Purpose::Read { "true" } else { "false" };
    Ok(Connector::Sqlite(Box::new(
        options.pragma("query_only", query_only).foreign_keys(false).busy_timeout(TURN_TIMEOUT),
    )))
}

/// Writes the SQLite database as it was last committed into `file`, which must be empty or not there.
///
/// # Errors
/// As [`Db::copy_into`].
pub(crate) async fn vacuum_into(driver: &mut Driver, file: &str) -> Result<(), StoreError> {
    let values = sea_query_sqlx::SqlxValues(sea_query::Values(vec![file.into()]));
    driver.execute("VACUUM INTO ?".to_owned(), values).await?;
    Ok(())
}

/// # Errors
/// [`StoreError::Schema`] when the URI names a file that is not there.
pub(crate) fn none_missing(uri: &StoreUri) -> Result<(), StoreError> {
    match uri.sqlite_path() {
        Some(path) if path.try_exists().is_ok_and(|exists| !exists) => {
            Err(StoreError::Schema(format!("there is no file {}", path.display())))
        }
        _ => Ok(()),
    }
}

/// The file of a database and how to connect to it.
fn file(uri: &StoreUri) -> Result<(PathBuf, SqliteConnectOptions), StoreError> {
    use sqlx::ConnectOptions as _;
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
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging();
    Ok((path, options))
}

/// Turns the write-ahead log on. A file system that does not allow it (some network shares) keeps its own mode.
async fn use_write_ahead_log(first: &mut Driver, path: &std::path::Path) {
    let mode: Result<Option<(String,)>, _> =
        first.fetch_optional("PRAGMA journal_mode = WAL".to_owned(), no_values()).await;
    match mode {
        Ok(Some((mode,))) if mode.eq_ignore_ascii_case("wal") => {}
        Ok(mode) => tracing::warn!(
            path = %path.display(),
            mode = mode.map(|(mode,)| mode),
            "the database file does not allow a write-ahead log: readers and writers will wait for each other"
        ),
        Err(error) => tracing::warn!(
            path = %path.display(),
            %error,
            "the write-ahead log could not be turned on: readers and writers will wait for each other"
        ),
    }
}

/// A key exists already that the database takes for the same.
pub(crate) fn twin() -> model::Error {
    model::Error::already_exists(
        "A name or key exists already that differs only in case, in accents or in spaces at its end: the collation of this \
         database takes both for one.",
    )
}

/// Several reads of one state of the database.
#[derive(Debug)]
pub struct Snapshot {
    lease: Lease,
    reads: Arc<AtomicU64>,
    /// Given back after the connection.
    _search: Option<OwnedSemaphorePermit>,
}

impl Snapshot {
    pub fn connection(&mut self) -> Connection<'_> {
        Connection { driver: self.lease.driver(), reads: Some(&self.reads) }
    }
}

/// A connection in a transaction: what the repositories run their statements on.
#[derive(Debug)]
pub struct Connection<'c> {
    driver: &'c mut Driver,
    /// Counts the statements; a writer's are not counted.
    reads: Option<&'c AtomicU64>,
}

impl<'c> Connection<'c> {
    pub(crate) fn new(driver: &'c mut Driver) -> Self {
        Self { driver, reads: None }
    }

    /// The connection itself, for statements that are not of sea-query.
    pub(crate) fn driver(&mut self) -> &mut Driver {
        self.driver
    }

    /// How the database's SQL goes, for what is no statement of sea-query's.
    pub(crate) fn sql(&self) -> Sql {
        self.driver.sql()
    }

    fn renderer(&self) -> Renderer {
        Renderer { sql: self.sql(), is_inexact: self.driver.is_inexact() }
    }

    fn count(&self) {
        if let Some(reads) = self.reads {
            reads.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub async fn execute(&mut self, statement: &impl Statement) -> Result<u64, StoreError> {
        let (sql, values) = statement.build_sqlx(self.renderer());
        Ok(self.driver.execute(sql, values).await?)
    }

    /// Inserts one row and tells the id that the database chose for it, which stands in the column `id`.
    pub(crate) async fn insert(
        &mut self,
        mut statement: InsertStatement,
        id: &'static str,
    ) -> Result<i64, StoreError> {
        let (sql, values) = statement.returning_col(id).build_sqlx(self.renderer());
        Ok(self.driver.insert(sql, values).await?)
    }

    /// Inserts one row, unless one is there that has the same in the columns of `key`. Tells whether it did.
    pub(crate) async fn insert_if_new<const COLUMNS: usize>(
        &mut self,
        mut statement: InsertStatement,
        key: [&'static str; COLUMNS],
    ) -> Result<bool, StoreError> {
        match self.sql() {
            Sql::Sqlite | Sql::Postgresql => {
                statement.on_conflict(OnConflict::columns(key).do_nothing().to_owned());
                Ok(self.execute(&statement).await? > 0)
            }
            // There the statement alone is undone, and the transaction goes on.
            Sql::MariaDb | Sql::Mysql => match self.execute(&statement).await {
                Err(error) if error.is_unique_violation() => Ok(false),
                outcome => outcome.map(|_| true),
            },
        }
    }

    /// Whether the database may take two texts for one, such as `a` and `A`: tables on MySQL that Python MLflow made.
    pub(crate) fn is_inexact(&self) -> bool {
        self.driver.is_inexact()
    }

    /// Checks after an upsert that it wrote rows with the very keys that were given: where the database takes another key for
    /// the same, that one's row was changed. `exactly` selects what should be there now.
    ///
    /// # Errors
    /// RESOURCE_ALREADY_EXISTS, upon which the transaction is undone.
    pub(crate) async fn check_no_twin(
        &mut self,
        exactly: &SelectStatement,
        expected: usize,
    ) -> Result<(), StoreError> {
        if !self.is_inexact() || self.fetch_all::<(String,)>(exactly).await?.len() >= expected {
            return Ok(());
        }
        Err(twin().into())
    }

    pub async fn fetch_all<T: AnyRow>(&mut self, statement: &impl Statement) -> Result<Vec<T>, StoreError> {
        self.count();
        let (sql, values) = statement.build_sqlx(self.renderer());
        Ok(self.driver.fetch_all(sql, values).await?)
    }

    pub async fn fetch_optional<T: AnyRow>(
        &mut self,
        statement: &impl Statement,
    ) -> Result<Option<T>, StoreError> {
        self.count();
        let (sql, values) = statement.build_sqlx(self.renderer());
        Ok(self.driver.fetch_optional(sql, values).await?)
    }

    /// Makes a table.
    pub(crate) async fn create_table(
        &mut self,
        table: &mut sea_query::TableCreateStatement,
    ) -> Result<(), StoreError> {
        let sql = match self.sql() {
            Sql::Sqlite => table.build(sea_query::SqliteQueryBuilder),
            Sql::Postgresql => table.build(sea_query::PostgresQueryBuilder),
            sql @ (Sql::MariaDb | Sql::Mysql) => table
                .engine("InnoDB")
                .character_set("utf8mb4")
                .collate(sql.exact_collation().unwrap_or_default())
                .build(sea_query::MysqlQueryBuilder),
        };
        Ok(self.driver.run(&sql).await?)
    }

    /// Makes an index.
    pub(crate) async fn create_index(
        &mut self,
        index: &sea_query::IndexCreateStatement,
    ) -> Result<(), StoreError> {
        let sql = match self.sql() {
            Sql::Sqlite => index.build(sea_query::SqliteQueryBuilder),
            Sql::Postgresql => index.build(sea_query::PostgresQueryBuilder),
            Sql::MariaDb | Sql::Mysql => index.build(sea_query::MysqlQueryBuilder),
        };
        match self.driver.run(&sql).await {
            // There a creation that was broken off is gone on with, and this part of it is done.
            Err(error) if dialect::has_the_index(&error) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Makes an index that the work can do without: where the database refuses it, the transaction goes on, and what it said is
    /// returned.
    pub(crate) async fn try_to_create_index(
        &mut self,
        index: &sea_query::IndexCreateStatement,
    ) -> Result<Option<sqlx::Error>, StoreError> {
        // There a statement that fails ends the transaction.
        let is_undone = self.sql() == Sql::Postgresql;
        if is_undone {
            self.driver.run("SAVEPOINT millgate_index").await?;
        }
        match self.create_index(index).await {
            Err(StoreError::Database(error @ sqlx::Error::Database(_))) => {
                if is_undone {
                    self.driver.run("ROLLBACK TO SAVEPOINT millgate_index").await?;
                }
                Ok(Some(error))
            }
            outcome => outcome.map(|()| None),
        }
    }

    pub(crate) async fn drop_index(
        &mut self,
        index: &sea_query::IndexDropStatement,
    ) -> Result<(), StoreError> {
        let sql = match self.sql() {
            Sql::Sqlite => index.build(sea_query::SqliteQueryBuilder),
            Sql::Postgresql => index.build(sea_query::PostgresQueryBuilder),
            Sql::MariaDb | Sql::Mysql => index.build(sea_query::MysqlQueryBuilder),
        };
        Ok(self.driver.run(&sql).await?)
    }

    /// Makes the collation of a MySQL database exact, for tables that a later MLflow adds: their references to ours would be
    /// refused otherwise. Needs a right that not every user has; nothing of ours depends on it.
    pub(crate) async fn use_exact_collation(&mut self) {
        let Some(collation) = self.sql().exact_collation() else { return };
        let alter = format!("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE {collation}");
        if let Err(error) = self.driver.run(&alter).await {
            tracing::warn!(
                %error,
                collation,
                "the collation of the database could not be set: a later MLflow may fail to add tables to it"
            );
        }
    }

    /// Runs a script that is part of a schema. A statement of it ends where a line ends with `;`, and nowhere else.
    pub(crate) async fn execute_script(&mut self, script: &str) -> Result<(), StoreError> {
        for statement in script.split_inclusive(";\n").filter(|statement| !statement.trim().is_empty()) {
            self.driver.run(statement).await?;
        }
        Ok(())
    }
}
