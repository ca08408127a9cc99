//! Writes on a database server: a transaction each, tried again where it lost against another one.

use crate::db::Connection;
use crate::dialect::{Purpose, is_conflict};
use crate::error::StoreError;
use crate::pool::Pool;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How often a write is tried that loses against others.
const ATTEMPTS: u32 = 8;
/// The pause after the first loss; it grows with each.
const PAUSE: Duration = Duration::from_millis(4);

/// Runs `work` in a transaction and answers after its commit. Every attempt is a transaction of its own, of which nothing is
/// left when it fails.
///
/// # Errors
/// What `work` gives; [`StoreError::Lost`] when nobody knows whether it was committed; the database's.
pub(crate) async fn write<T, F>(pool: &Pool, work: F) -> Result<T, StoreError>
where
    T: Send,
    F: for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<T, StoreError>> + Send + Sync,
{
    let mut write = Write { work, value: None };
    run(pool, &mut write).await?;
    write.value.ok_or_else(|| StoreError::Lost("the write did not run".to_owned()))
}

/// A write of any type.
trait Attempt: Send {
    fn attempt<'a>(&'a mut self, connection: Connection<'a>) -> BoxFuture<'a, Result<(), StoreError>>;
}

struct Write<T, F> {
    work: F,
    /// What the last attempt gave.
    value: Option<T>,
}

impl<T, F> Attempt for Write<T, F>
where
    T: Send,
    F: for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<T, StoreError>> + Send + Sync,
{
    fn attempt<'a>(&'a mut self, mut connection: Connection<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            self.value = Some((self.work)(&mut connection).await?);
            Ok(())
        }
        .boxed()
    }
}

async fn run(pool: &Pool, write: &mut dyn Attempt) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match once(pool, write).await {
            Err(StoreError::Database(error)) if is_conflict(&error) && attempt < ATTEMPTS => {
                tracing::debug!(%error, attempt, "a write lost against another one and is tried again");
                tokio::time::sleep(PAUSE * attempt * attempt).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn once(pool: &Pool, write: &mut dyn Attempt) -> Result<(), StoreError> {
    let mut lease = pool.begin(Purpose::Write).await?;
    // A bug in one write is its own failure: as on SQLite, where the writer must outlive it.
    let attempt = async { write.attempt(Connection::new(lease.driver())).await };
    let outcome = AssertUnwindSafe(attempt).catch_unwind().await;
    match outcome.unwrap_or_else(|_| Err(StoreError::Lost("a write panicked".to_owned()))) {
        Ok(()) => match lease.commit().await {
            Ok(()) => Ok(()),
            // The database says that it was not.
            Err(error @ sqlx::Error::Database(_)) => Err(error.into()),
            Err(error) => Err(StoreError::Lost(format!("nobody knows whether it was committed: {error}"))),
        },
        Err(error) => {
            lease.rollback().await;
            Err(error)
        }
    }
}
