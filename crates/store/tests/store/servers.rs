//! Where the databases of tests live: in files, or on the server that an environment variable names.

use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor};
use std::sync::atomic::{AtomicU32, Ordering};
use store::AnyRow;
use store::uri::Dialect;
use tempfile::TempDir;

/// Names the server on which the suite runs, such as `postgresql://user:password@127.0.0.1:5432/postgres`; the user may create
/// databases. Without it the suite runs on SQLite.
const SERVER: &str = "MILLGATE_TEST_DATABASE";

/// A place for one database, gone with the value.
pub(crate) enum Home {
    File { directory: TempDir },
    Server { dialect: Dialect, server: String, name: String },
}

impl Home {
    pub(crate) fn file() -> Self {
        Self::File { directory: tempfile::tempdir().unwrap() }
    }

    /// A place on the server that the suite runs on, or a file.
    pub(crate) async fn chosen() -> Self {
        match std::env::var(SERVER) {
            Ok(server) => Self::on(&server).await,
            Err(_) => Self::file(),
        }
    }

    /// A new, empty database on a server.
    pub(crate) async fn on(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let dialect = if server.starts_with("postgresql") { Dialect::Postgresql } else { Dialect::Mysql };
        let name = format!("millgate_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let home = Self::Server { dialect, server: plain(server), name };
        home.on_the_server(|name| format!("CREATE DATABASE {name}")).await;
        home
    }

    pub(crate) fn uri(&self) -> String {
        match self {
            Self::File { directory } => format!("sqlite:///{}", directory.path().join("test.db").display()),
            Self::Server { server, name, .. } => format!("{}/{name}", server.rsplit_once('/').unwrap().0),
        }
    }

    /// The statement after which a connection does not check references.
    pub(crate) fn without_references(&self) -> &'static str {
        match self {
            Self::File { .. } => "PRAGMA foreign_keys = OFF",
            Self::Server { dialect: Dialect::Postgresql, .. } => concat!(
                "DO $$ DECLARE it record; BEGIN FOR it IN SELECT conrelid::regclass AS place, conname FROM pg_constraint ",
                "WHERE contype = 'f' LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.place, it.conname); ",
                "END LOOP; END $$"
            ),
            Self::Server { .. } => "SET foreign_key_checks = 0",
        }
    }

    async fn on_the_server(&self, statement: impl Fn(&str) -> String) {
        let Self::Server { dialect, server, name } = self else { return };
        let mut connection = Stranger::of(*dialect, server).await;
        connection.run(&statement(name)).await;
        connection.close().await;
    }
}

/// Without the driver that SQLAlchemy would use.
fn plain(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap();
    format!("{}://{rest}", scheme.split('+').next().unwrap())
}

impl Drop for Home {
    fn drop(&mut self) {
        let Self::Server { dialect, server, name } = self else { return };
        let (dialect, server, name) = (*dialect, server.clone(), name.clone());
        let force = if dialect == Dialect::Postgresql { " WITH (FORCE)" } else { "" };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = Stranger::of(dialect, &server).await;
                // A transaction that its test has left open would keep the database.
                if dialect == Dialect::Mysql {
                    connection.end_those_of(&name).await;
                }
                connection.run(&format!("DROP DATABASE {name}{force}")).await;
                connection.close().await;
            });
        });
        let _ = dropping.join();
    }
}

/// A connection of another program.
pub(crate) enum Stranger {
    Sqlite(SqliteConnection),
    Postgresql(PgConnection),
    Mysql(MySqlConnection),
}

impl Stranger {
    pub(crate) async fn connect(home: &Home) -> Self {
        match home {
            Home::File { directory } => {
                let options = SqliteConnectOptions::new().filename(directory.path().join("test.db"));
                Self::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
            }
            Home::Server { dialect, .. } => Self::of(*dialect, &home.uri()).await,
        }
    }

    async fn of(dialect: Dialect, uri: &str) -> Self {
        match dialect {
            Dialect::Postgresql => Self::Postgresql(PgConnection::connect(uri).await.unwrap()),
            Dialect::Mysql => {
                let mut connection = MySqlConnection::connect(uri).await.unwrap();
                // Names are quoted as elsewhere, and a query may count far.
                let settings = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES'), max_recursive_iterations = 100000";
                connection.execute(settings).await.unwrap();
                Self::Mysql(connection)
            }
            Dialect::Sqlite => unreachable!("a file is no server"),
        }
    }

    pub(crate) async fn run(&mut self, statements: &str) {
        self.try_to_run(statements).await.unwrap();
    }

    async fn try_to_run(&mut self, statements: &str) -> Result<(), sqlx::Error> {
        let statements = AssertSqlSafe(statements.to_owned());
        match self {
            Self::Sqlite(connection) => connection.execute(sqlx::raw_sql(statements)).await.map(drop),
            Self::Postgresql(connection) => connection.execute(sqlx::raw_sql(statements)).await.map(drop),
            Self::Mysql(connection) => connection.execute(sqlx::raw_sql(statements)).await.map(drop),
        }
    }

    /// Ends the other connections to the database.
    pub(crate) async fn end_others(&mut self) {
        match self {
            Self::Sqlite(_) => unreachable!("a file has no server"),
            Self::Postgresql(_) => {
                self.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .await;
            }
            Self::Mysql(_) => {
                let (name,) = self.rows::<(String,)>("SELECT DATABASE()").await.remove(0);
                self.end_those_of(&name).await;
            }
        }
    }

    async fn end_those_of(&mut self, name: &str) {
        let others = format!(
            "SELECT CAST(id AS SIGNED) FROM information_schema.processlist WHERE db = '{name}' AND id <> connection_id()"
        );
        for (id,) in self.rows::<(i64,)>(&others).await {
            // It may have ended by itself.
            let _ = self.try_to_run(&format!("KILL {id}")).await;
        }
    }

    pub(crate) async fn rows<T: AnyRow>(&mut self, query: &str) -> Vec<T> {
        let query = AssertSqlSafe(query.to_owned());
        let rows = match self {
            Self::Sqlite(connection) => sqlx::query_as(query).fetch_all(connection).await,
            Self::Postgresql(connection) => sqlx::query_as(query).fetch_all(connection).await,
            Self::Mysql(connection) => sqlx::query_as(query).fetch_all(connection).await,
        };
        rows.unwrap()
    }

    pub(crate) async fn close(self) {
        let closed = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgresql(connection) => connection.close().await,
            Self::Mysql(connection) => connection.close().await,
        };
        closed.unwrap();
    }
}
