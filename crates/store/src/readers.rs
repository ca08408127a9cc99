//! The connections that read: at most eight, opened when they are needed and closed when they no longer are.
//!
//! A pool of our own, because a request makes several short reads: sqlx's pool starts a task and asks the connection's
//! thread whether it lives each time that one comes back, which costs as much as a read. Here it comes back at once, from a
//! transaction after its end. That is safe: the thread of a connection takes one command after another, so that what a request
//! that was given up left behind is done before the next one's first statement.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, Executor, SqliteConnection};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Each is a thread with its page cache; more would not read faster on the machines that use SQLite.
const READERS: u32 = 8;
/// How long a request waits for a free reader.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a reader that nobody needs stays open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// See the module. Cloning gives another handle to the same connections.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: SqliteConnectOptions,
    /// The one that came back last stands last and goes first, so that the first has been idle for longest.
    idle: Mutex<Vec<(Instant, SqliteConnection)>>,
    permits: Arc<Semaphore>,
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, SqliteConnection)>> {
        // Every critical section is one or two operations on the list, which leave nothing half done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_back(&self, connection: SqliteConnection) {
        if self.permits.is_closed() {
            return;
        }
        let now = Instant::now();
        let mut idle = self.idle();
        idle.push((now, connection));
        let is_stale = idle.first().is_some_and(|(since, _)| now.duration_since(*since) > IDLE_TIMEOUT);
        let stale = is_stale.then(|| idle.remove(0));
        drop(idle);
        // Closed without the lock.
        drop(stale);
    }
}

impl Readers {
    /// Readers that connect as `options` say; none is opened yet.
    pub(crate) fn new(options: SqliteConnectOptions) -> Self {
        let permits = Arc::new(Semaphore::new(READERS as usize));
        Self { shared: Arc::new(Shared { options, idle: Mutex::default(), permits }) }
    }

    pub(crate) fn options(&self) -> &SqliteConnectOptions {
        &self.shared.options
    }

    /// A reader for oneself.
    ///
    /// # Errors
    /// When none becomes free in time, or none can be opened.
    pub(crate) async fn acquire(&self) -> Result<Reader, sqlx::Error> {
        let permit = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.shared.permits).acquire_owned());
        let permit =
            permit.await.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.shared.idle().pop();
        let connection = match idle {
            Some((_, connection)) => connection,
            None => self.shared.options.connect().await?,
        };
        let shared = Arc::clone(&self.shared);
        Ok(Reader { connection: Some(connection), in_transaction: false, shared, permit: Some(permit) })
    }

    /// A reader in a transaction, in which all reads see the same state.
    ///
    /// # Errors
    /// As [`Readers::acquire`], and when no transaction can be begun.
    pub(crate) async fn begin(&self) -> Result<Reader, sqlx::Error> {
        let mut reader = self.acquire().await?;
        // Before it has begun: whoever gives up on the way must leave none behind either.
        reader.in_transaction = true;
        reader.connection().execute("BEGIN").await?;
        Ok(reader)
    }

    /// Waits for those that read, and closes all.
    pub(crate) async fn close(&self) {
        let all = Arc::clone(&self.shared.permits).acquire_many_owned(READERS);
        let _all = tokio::time::timeout(ACQUIRE_TIMEOUT, all).await;
        self.shared.permits.close();
        let idle = std::mem::take(&mut *self.shared.idle());
        for (_, connection) in idle {
            let _ = connection.close().await;
        }
    }
}

/// A connection that goes back to the others when it is dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    /// There until it is dropped, as is the permit.
    connection: Option<SqliteConnection>,
    in_transaction: bool,
    shared: Arc<Shared>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Reader {
    #[expect(
        clippy::expect_used,
        reason = "only the drop takes the connection, after which nobody can ask for it"
    )]
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("the connection is there until the drop")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (Some(mut connection), Some(permit)) = (self.connection.take(), self.permit.take()) else {
            return;
        };
        if !self.in_transaction {
            self.shared.take_back(connection);
            return;
        }
        // Without a runtime the process is ending; the connection is closed, and its transaction with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let shared = Arc::clone(&self.shared);
        runtime.spawn(async move {
            // Fails where no transaction was begun; then there is none to end.
            let _ = connection.execute("ROLLBACK").await;
            shared.take_back(connection);
            drop(permit);
        });
    }
}
