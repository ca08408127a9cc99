//! Databases on the servers that the environment names.

use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};

/// An address such as `postgresql://user:password@127.0.0.1:5432/postgres`, of a user who may create databases.
const POSTGRESQL: &str = "MILLGATE_TEST_POSTGRESQL";
/// An address such as `mysql+pymysql://user:password@127.0.0.1:3306/`, of a user who may create databases.
const MYSQL: &str = "MILLGATE_TEST_MYSQL";

#[derive(Debug, Clone, Copy)]
enum Kind {
    Postgresql,
    Mysql,
}

/// A new, empty database on PostgreSQL; `None`, after saying so, where there is no server.
pub(super) async fn postgresql() -> Option<Scratch> {
    Some(Scratch::create(Kind::Postgresql, address(POSTGRESQL)?).await)
}

/// A new, empty database on MariaDB; `None`, after saying so, where there is no server.
pub(super) async fn mysql() -> Option<Scratch> {
    Some(Scratch::create(Kind::Mysql, address(MYSQL)?).await)
}

fn address(variable: &str) -> Option<String> {
    let Ok(address) = std::env::var(variable) else {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Past the test harness, which shows only what failing tests print; at once, as tests run side by side.
        let line = format!("SKIPPED {test}: {variable} names no server\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
        return None;
    };
    // The driver after the `+` is SQLAlchemy's.
    let (scheme, rest) = address.split_once("://").unwrap();
    Some(format!("{}://{rest}", scheme.split('+').next().unwrap()))
}

/// A database that is gone with the value.
pub(super) struct Scratch {
    kind: Kind,
    server: String,
    name: String,
}

impl Scratch {
    async fn create(kind: Kind, server: String) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("millgate_test_{}_schema_{number}", std::process::id());
        let scratch = Self { kind, server, name };
        run_on_server(kind, &scratch.server, &format!("CREATE DATABASE {}", scratch.name)).await.unwrap();
        scratch
    }

    /// Its address.
    pub(super) fn uri(&self) -> String {
        format!("{}/{}", self.server.rsplit_once('/').unwrap().0, self.name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let drop = match self.kind {
            Kind::Postgresql => format!("DROP DATABASE {} WITH (FORCE)", self.name),
            Kind::Mysql => format!("DROP DATABASE {}", self.name),
        };
        let (kind, server) = (self.kind, self.server.clone());
        // A runtime cannot be waited for within another one.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run_on_server(kind, &server, &drop)).unwrap();
        });
        // A test that has failed already must not fail a second time: that would end all of them.
        if dropping.join().is_err() && !std::thread::panicking() {
            panic!("the database {} is left on the server", self.name);
        }
    }
}

async fn run_on_server(kind: Kind, server: &str, statement: &str) -> Result<(), sqlx::Error> {
    let statement = AssertSqlSafe(statement.to_owned());
    match kind {
        Kind::Postgresql => {
            let mut connection = PgConnection::connect(server).await?;
            connection.execute(sqlx::raw_sql(statement)).await?;
            connection.close().await
        }
        Kind::Mysql => {
            let mut connection = MySqlConnection::connect(server).await?;
            connection.execute(sqlx::raw_sql(statement)).await?;
            connection.close().await
        }
    }
}
