//! Turns: what only one request at a time may do, of all servers on the database.

use crate::db::Connection;
use crate::dialect::{Purpose, Sql};
use crate::error::StoreError;
use crate::int::Int;
use crate::pool::{Lease, Pool, PoolOptions};
use sea_query::{Expr, Query};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Those that hold or wait for a turn have connections of their own, so that they never keep the one that they wait for from
/// the connection that it needs. Others wait in this process.
const CONNECTIONS: PoolOptions = PoolOptions { size: 2, waiting: 256, max_age: None };
/// Names the lock in the database; also its number, as eight bytes.
const NAME: &str = "millturn";
const NUMBER: i64 = i64::from_be_bytes(*b"millturn");

/// Gives turns, one after the other.
#[derive(Debug, Clone)]
pub(crate) enum Turns {
    /// On a SQLite file, which one server serves.
    Here(Arc<Mutex<()>>),
    /// By a lock in the database.
    There(Pool),
}

/// A turn. It is over when [`Turn::end`] has ended or the value is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Turn(Held);

#[derive(Debug)]
enum Held {
    Here { _guard: OwnedMutexGuard<()> },
    There(Lease),
}

impl Turns {
    pub(crate) fn of(pool: &Pool) -> Self {
        match pool.connector().is_server() {
            false => Self::Here(Arc::default()),
            true => Self::There(Pool::new(pool.connector().clone(), CONNECTIONS)),
        }
    }

    /// # Errors
    /// When it is not one's turn within ten seconds.
    pub(crate) async fn take(&self) -> Result<Turn, StoreError> {
        match self {
            Self::Here(lock) => {
                let guard = tokio::time::timeout(PATIENCE, Arc::clone(lock).lock_owned()).await;
                let guard = guard.map_err(|_| StoreError::Database(sqlx::Error::PoolTimedOut))?;
                Ok(Turn(Held::Here { _guard: guard }))
            }
            Self::There(pool) => {
                let mut lease = pool.begin(Purpose::Write).await?;
                lock(&mut lease).await?;
                Ok(Turn(Held::There(lease)))
            }
        }
    }

    pub(crate) async fn close(&self) {
        if let Self::There(pool) = self {
            pool.close().await;
        }
    }
}

async fn lock(lease: &mut Lease) -> Result<(), StoreError> {
    match lease.driver().sql() {
        Sql::Sqlite | Sql::Postgresql => {
            // It ends with the transaction, however long the work takes.
            let lock = format!(
                "SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({NUMBER})"
            );
            lease.driver().run(&lock).await?;
            Ok(())
        }
        Sql::MariaDb | Sql::Mysql => {
            // It ends with the connection, or when it is released. The server has one for all of its databases.
            lease.close_afterwards();
            let query = Query::select()
                .expr(Expr::cust(format!(
                    "COALESCE(GET_LOCK(CONCAT('{NAME}', '.', COALESCE(DATABASE(), '')), {}), 0)",
                    PATIENCE.as_secs()
                )))
                .to_owned();
            let got: Option<(Int,)> = Connection::new(lease.driver()).fetch_optional(&query).await?;
            match got {
                Some((Int(1),)) => Ok(()),
                _ => Err(StoreError::Database(sqlx::Error::PoolTimedOut)),
            }
        }
    }
}

impl Turn {
    /// Lets the next one in.
    pub(crate) async fn end(self) {
        let Held::There(mut lease) = self.0 else { return };
        let released = match lease.driver().sql() {
            Sql::Sqlite | Sql::Postgresql => true,
            Sql::MariaDb | Sql::Mysql => {
                let all = format!("DO RELEASE_LOCK(CONCAT('{NAME}', '.', COALESCE(DATABASE(), '')))");
                lease.driver().run(&all).await.is_ok()
            }
        };
        if released {
            lease.keep_afterwards();
        }
        lease.rollback().await;
    }
}
