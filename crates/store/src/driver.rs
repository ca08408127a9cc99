//! Connections of the three drivers, as one type: the one place where they are told apart.

use crate::Int;
use crate::connect;
use crate::dialect::Sql;
use crate::uri::{Dialect, StoreUri, StoreUriError};
use futures::future::BoxFuture;
use sea_query_sqlx::SqlxValues;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Error, Executor, Row};
use std::time::Duration;

mod values;

/// A row type that every supported database can give.
pub trait AnyRow:
    for<'r> sqlx::FromRow<'r, SqliteRow>
    + for<'r> sqlx::FromRow<'r, PgRow>
    + for<'r> sqlx::FromRow<'r, MySqlRow>
    + Send
    + Unpin
    + 'static
{
}
impl<T> AnyRow for T where
    T: for<'r> sqlx::FromRow<'r, SqliteRow>
        + for<'r> sqlx::FromRow<'r, PgRow>
        + for<'r> sqlx::FromRow<'r, MySqlRow>
        + Send
        + Unpin
        + 'static
{
}

/// How long a database server works on a statement of ours before it gives up.
const STATEMENT_SECONDS: u64 = 30;
/// How long it waits for a row that another transaction holds.
const LOCK_SECONDS: u64 = 10;
/// How long we wait for its answer. Longer than it may take, so that its own word comes first where it still speaks.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(STATEMENT_SECONDS + 5);
/// How long it may take to connect, unless the URI's `connect_timeout` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long it may take to say goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A statement longer than this is one of its kind, such as an insert of many rows: the server is not asked to keep it.
const LONGEST_KEPT: usize = 1500;

/// For a statement without parameters.
pub(crate) fn no_values() -> SqlxValues {
    SqlxValues(sea_query::Values(Vec::new()))
}

/// How to connect.
#[derive(Debug, Clone)]
pub(crate) enum Connector {
    Sqlite(Box<SqliteConnectOptions>),
    Postgresql { options: Box<PgConnectOptions>, patience: Duration },
    Mysql { options: Box<MySqlConnectOptions>, patience: Duration },
}

impl Connector {
    /// How to connect to the server that the URI names.
    ///
    /// # Errors
    /// When what the URI or libpq's variables ask for does not go together, or is no server.
    pub(crate) fn to_server(uri: &StoreUri) -> Result<Self, StoreUriError> {
        let patience = connect::connect_timeout(uri)?.unwrap_or(CONNECT_TIMEOUT);
        match uri.dialect {
            Dialect::Postgresql => {
                Ok(Self::Postgresql { options: Box::new(connect::postgresql(uri)?), patience })
            }
            Dialect::Mysql => Ok(Self::Mysql { options: Box::new(connect::mysql(uri)?), patience }),
            Dialect::Sqlite => Err(StoreUriError::Malformed("a SQLite file is not on a server")),
        }
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// When there is none in time: within five seconds, or as many as the URI says.
    pub(crate) async fn connect(&self) -> Result<Driver, Error> {
        match self {
            Self::Sqlite(options) => Ok(Driver::new(Kind::Sqlite(options.connect().await?), Sql::Sqlite)),
            Self::Postgresql { options, patience } => {
                let mut connection = in_time(*patience, options.connect()).await?;
                let settings = format!(
                    "SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '{LOCK_SECONDS}s'; \
                     SET idle_in_transaction_session_timeout = '60s'; \
                     SET default_transaction_isolation = 'read committed'"
                );
                let settings = sqlx::raw_sql(AssertSqlSafe(settings));
                in_time(*patience, connection.execute(settings)).await?;
                // So that it notices a client that has gone. PostgreSQL before version 14 does not know it.
                let noticing = sqlx::raw_sql("SET client_connection_check_interval = '2s'");
                let _ = in_time(*patience, connection.execute(noticing)).await;
                Ok(Driver::new(Kind::Postgresql(connection), Sql::Postgresql))
            }
            Self::Mysql { options, patience } => {
                let mut connection = in_time(*patience, options.connect()).await?;
                let (sql, is_inexact) = in_time(*patience, prepare_mysql(&mut connection)).await?;
                Ok(Driver { is_inexact, ..Driver::new(Kind::Mysql(connection), sql) })
            }
        }
    }

    /// Whether it leads to a program that can be away while this one runs.
    pub(crate) fn is_server(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgresql { .. } | Self::Mysql { .. } => true,
        }
    }
}

/// Asks which of its kind a MySQL server is, and whether texts of the database are compared inexactly, and sets what the
/// sessions need.
async fn prepare_mysql(connection: &mut MySqlConnection) -> Result<(Sql, bool), Error> {
    let version: String =
        connection.fetch_one(sqlx::raw_sql("SELECT CONVERT(version() USING utf8mb4)")).await?.try_get(0)?;
    let (sql, statement_timeout) = match version.to_ascii_lowercase().contains("mariadb") {
        true => (Sql::MariaDb, format!("max_statement_time = {STATEMENT_SECONDS}")),
        false => (Sql::Mysql, format!("max_execution_time = {}", STATEMENT_SECONDS * 1000)),
    };
    // What is too long is an error and not cut; the experiment 0 keeps its number; a list of grants is not cut either.
    let settings = format!(
        "SET SESSION {statement_timeout}, SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}, \
         SESSION group_concat_max_len = 4294967295, SESSION tx_isolation = 'READ-COMMITTED', \
         SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO')"
    );
    let settings = match sql {
        Sql::Mysql => settings.replace("tx_isolation", "transaction_isolation"),
        _ => settings,
    };
    connection.execute(sqlx::raw_sql(AssertSqlSafe(settings))).await?;
    // A table of ours for each of MLflow's schemas: all of a schema's are made alike.
    let inexact = format!(
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() \
         AND table_name IN ('experiments', 'runs', 'registered_models', 'users', 'roles') \
         AND collation_name <> '{}'",
        sql.exact_collation().unwrap_or_default()
    );
    let inexact: i64 = connection.fetch_one(sqlx::raw_sql(AssertSqlSafe(inexact))).await?.try_get(0)?;
    Ok((sql, inexact > 0))
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            format!("the database did not answer within {} seconds", limit.as_secs()),
        ))),
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Driver {
    kind: Kind,
    sql: Sql,
    is_inexact: bool,
    /// How long a server may take to answer.
    patience: Duration,
    /// Whether the last statement on a server was answered: else nobody knows what comes next on the connection.
    answered: bool,
}

#[derive(Debug)]
enum Kind {
    Sqlite(SqliteConnection),
    Postgresql(PgConnection),
    Mysql(MySqlConnection),
}

/// Runs `$work` with the driver's own connection and keeps account of its answer.
macro_rules! ask {
    ($driver:expr, $connection:ident => $work:expr) => {{
        let driver: &mut Driver = $driver;
        let patience = driver.patience;
        match &mut driver.kind {
            // A SQLite connection is a thread that takes one command after another: it cannot be lost between.
            Kind::Sqlite($connection) => $work.await,
            Kind::Postgresql($connection) => {
                driver.answered = false;
                // Boxed, as it is large beside the wait for a network.
                let result = in_time(patience, Box::pin($work)).await;
                driver.answered = is_an_answer(&result);
                result
            }
            Kind::Mysql($connection) => {
                driver.answered = false;
                // Boxed, as it is large beside the wait for a network.
                let result = in_time(patience, Box::pin($work)).await;
                driver.answered = is_an_answer(&result);
                result
            }
        }
    }};
}

/// Rows of any driver.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgresql(Vec<PgRow>),
    Mysql(Vec<MySqlRow>),
}

/// A row of any driver.
enum OneRow {
    Sqlite(SqliteRow),
    Postgresql(PgRow),
    Mysql(MySqlRow),
}

/// What a driver's own rows become.
macro_rules! rows_of {
    ($($variant:ident: $row:ty),+) => {
        $(
            impl From<Vec<$row>> for Rows {
                fn from(rows: Vec<$row>) -> Self {
                    Self::$variant(rows)
                }
            }

            impl From<$row> for OneRow {
                fn from(row: $row) -> Self {
                    Self::$variant(row)
                }
            }
        )+

        impl Rows {
            fn read<T: AnyRow>(&self) -> Result<Vec<T>, Error> {
                match self {
                    $(Self::$variant(rows) => rows.iter().map(T::from_row).collect(),)+
                }
            }
        }

        impl OneRow {
            fn read<T: AnyRow>(&self) -> Result<T, Error> {
                match self {
                    $(Self::$variant(row) => T::from_row(row),)+
                }
            }
        }
    };
}
rows_of!(Sqlite: SqliteRow, Postgresql: PgRow, Mysql: MySqlRow);

fn is_an_answer<T>(result: &Result<T, Error>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => !is_lost(error),
    }
}

/// Whether the error says that the connection is gone or in doubt.
pub(crate) fn is_lost(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        Error::Database(error) => {
            // The server is shutting down, or starting, or ended the session (PostgreSQL's classes 57P and 08); or it is one
            // that may only read (25006, as MySQL's 1290, 1792 and 1836), to which the name led before a failover.
            error
                .code()
                .is_some_and(|code| code.starts_with("57P0") || code.starts_with("08") || code == "25006")
                || error
                    .try_downcast_ref::<MySqlDatabaseError>()
                    .is_some_and(|error| matches!(error.number(), 1290 | 1792 | 1836))
        }
        _ => false,
    }
}

impl Driver {
    fn new(kind: Kind, sql: Sql) -> Self {
        Self { kind, sql, is_inexact: false, patience: ANSWER_TIMEOUT, answered: true }
    }

    /// What it understands.
    pub(crate) fn sql(&self) -> Sql {
        self.sql
    }

    /// Whether texts of some tables are equal whose bytes are not.
    pub(crate) fn is_inexact(&self) -> bool {
        self.is_inexact
    }

    /// Whether it can be used again.
    pub(crate) fn is_sound(&self) -> bool {
        self.answered
    }

    /// Waits longer for answers than requests do: for what is done once, at a start.
    pub(crate) fn be_patient(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Whether the statement is worth being kept prepared.
    fn keeps(&self, sql: &str) -> bool {
        sql.len() <= LONGEST_KEPT || matches!(self.kind, Kind::Sqlite(_))
    }

    /// The rows that the statement changed.
    pub(crate) async fn execute(&mut self, sql: String, values: SqlxValues) -> Result<u64, Error> {
        let keep = self.keeps(&sql);
        ask!(self, connection => async {
            let query = sqlx::query_with(AssertSqlSafe(sql), values).persistent(keep);
            Ok(query.execute(&mut *connection).await?.rows_affected())
        })
    }

    /// The id that the database chose for the one row of an insert. Where it has RETURNING, the statement itself returns it.
    pub(crate) async fn insert(&mut self, sql: String, values: SqlxValues) -> Result<i64, Error> {
        let Kind::Mysql(connection) = &mut self.kind else {
            let row: Option<(Int,)> = self.fetch_optional(sql, values).await?;
            return row.map(|(id,)| id.0).ok_or(Error::RowNotFound);
        };
        self.answered = false;
        let insert = sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut *connection);
        let result = in_time(self.patience, Box::pin(insert)).await;
        self.answered = is_an_answer(&result);
        i64::try_from(result?.last_insert_id()).map_err(|error| Error::Decode(error.into()))
    }

    pub(crate) async fn fetch_all<T: AnyRow>(
        &mut self,
        sql: String,
        values: SqlxValues,
    ) -> Result<Vec<T>, Error> {
        self.rows(sql, values).await?.read()
    }

    pub(crate) async fn fetch_optional<T: AnyRow>(
        &mut self,
        sql: String,
        values: SqlxValues,
    ) -> Result<Option<T>, Error> {
        self.row(sql, values).await?.map(|row| row.read()).transpose()
    }

    /// The rows before they are read: what is done for every type of row is compiled once.
    async fn rows(&mut self, sql: String, values: SqlxValues) -> Result<Rows, Error> {
        let keep = self.keeps(&sql);
        ask!(self, connection => async {
            let query = sqlx::query_with(AssertSqlSafe(sql), values).persistent(keep);
            let rows = query.fetch_all(&mut *connection).await?;
            Ok(Rows::from(rows))
        })
    }

    async fn row(&mut self, sql: String, values: SqlxValues) -> Result<Option<OneRow>, Error> {
        let keep = self.keeps(&sql);
        ask!(self, connection => async {
            let query = sqlx::query_with(AssertSqlSafe(sql), values).persistent(keep);
            let row = query.fetch_optional(&mut *connection).await?;
            Ok(row.map(OneRow::from))
        })
    }

    /// Runs a statement without parameters that the server need not keep.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), Error> {
        let sql = sql.to_owned();
        ask!(self, connection => async {
            connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop)
        })
    }

    /// Lets statements on MySQL take as long as they need, as one that waits for a lock counts as one that works.
    pub(crate) async fn wait_without_end(&mut self) -> Result<(), Error> {
        match self.sql {
            Sql::Sqlite | Sql::Postgresql => Ok(()),
            Sql::MariaDb => self.run("SET SESSION max_statement_time = 0").await,
            Sql::Mysql => self.run("SET SESSION max_execution_time = 0").await,
        }
    }

    /// Whether anybody is at the other end.
    pub(crate) async fn ping(&mut self) -> Result<(), Error> {
        ask!(self, connection => async { connection.ping().await })
    }

    /// Ends the connection, without waiting long for the other side.
    pub(crate) async fn close(self) {
        let goodbye: BoxFuture<'static, Result<(), Error>> = match self.kind {
            Kind::Sqlite(connection) => {
                // What it holds must be free afterwards, however long that takes.
                let _ = connection.close().await;
                return;
            }
            Kind::Postgresql(connection) => Box::pin(connection.close()),
            Kind::Mysql(connection) => Box::pin(connection.close()),
        };
        // A server that does not answer learns it from the socket.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await;
    }
}
