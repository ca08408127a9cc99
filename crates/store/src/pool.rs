//! The connections of a database: opened when they are needed and closed when they no longer are.
//!
//! A pool of our own, because a request makes several short reads: sqlx's pool starts a task and asks the other side whether
//! it lives each time that a connection comes back, which costs as much as a read, and asks a server that does not answer
//! without end. Here a connection comes back at once, from a transaction after its end; one on which a statement was given up
//! or lost never does. On SQLite even that one does: its thread takes one command after another, so that what was left behind
//! is done before the next one's first statement.

use crate::dialect::Purpose;
use crate::driver::{Connector, Driver, is_lost};
use model::load::DatabaseLoad;
use sqlx::Error;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Bounds of a pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolOptions {
    /// Connections at most.
    pub(crate) size: u32,
    /// Requests that may wait for one. More than that are turned away at once: they would only make the others' wait longer.
    pub(crate) waiting: usize,
    /// How old a connection may get.
    pub(crate) max_age: Option<Duration>,
}

/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that nobody needs stays open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// After how long without use a server is asked whether it is still there.
const TRUST: Duration = Duration::from_secs(1);
/// How long it may take to end a transaction whose request has gone.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// See the module. Cloning gives another handle to the same connections.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    connector: Connector,
    options: PoolOptions,
    /// The one that came back last stands last and goes first, so that the first has been idle for longest.
    idle: Mutex<Vec<Idle>>,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Requests that got no connection, since the start.
    turned_away: AtomicU64,
}

#[derive(Debug)]
struct Idle {
    since: Instant,
    opened: Instant,
    driver: Driver,
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        // Every critical section is one or two operations on the list, which leave nothing half done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_back(&self, driver: Driver, opened: Instant) {
        if self.permits.is_closed() || !driver.is_sound() {
            return;
        }
        let now = Instant::now();
        let mut idle = self.idle();
        idle.push(Idle { since: now, opened, driver });
        let is_stale = idle.first().is_some_and(|first| now.duration_since(first.since) > IDLE_TIMEOUT);
        let stale = is_stale.then(|| idle.remove(0));
        drop(idle);
        // Closed without the lock.
        drop(stale);
    }

    fn turn_away(&self) -> Error {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
        Error::PoolTimedOut
    }

    /// A place among those that wait, if there is one.
    fn queue(self: &Arc<Self>) -> Result<Waiting, Error> {
        let place = Waiting { shared: Arc::clone(self) };
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.options.waiting {
            return Err(self.turn_away());
        }
        Ok(place)
    }
}

/// A place among those that wait, given up when dropped.
struct Waiting {
    shared: Arc<Shared>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// A pool that connects as `connector` says; nothing is opened yet.
    pub(crate) fn new(connector: Connector, options: PoolOptions) -> Self {
        let permits = Arc::new(Semaphore::new(options.size as usize));
        Self {
            shared: Arc::new(Shared {
                connector,
                options,
                idle: Mutex::default(),
                permits,
                waiting: AtomicUsize::new(0),
                turned_away: AtomicU64::new(0),
            }),
        }
    }

    /// Connections at most.
    pub(crate) fn size(&self) -> u32 {
        self.shared.options.size
    }

    /// How much there is to do. The numbers are read one after the other, so that they may not add up while requests go on.
    pub(crate) fn load(&self) -> DatabaseLoad {
        let shared = &self.shared;
        let max = u64::from(shared.options.size);
        let free = shared.permits.available_permits() as u64;
        DatabaseLoad {
            max,
            in_use: max.saturating_sub(free),
            idle: shared.idle().len() as u64,
            waiting: shared.waiting.load(Ordering::Relaxed) as u64,
            turned_away: shared.turned_away.load(Ordering::Relaxed),
            ..DatabaseLoad::default()
        }
    }

    /// Whether both are handles to the same connections.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.shared.connector
    }

    /// A connection for oneself.
    ///
    /// # Errors
    /// When too many wait for one, none becomes free in time, or none can be opened.
    pub(crate) async fn acquire(&self) -> Result<Lease, Error> {
        let permits = &self.shared.permits;
        let permit = match Arc::clone(permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = self.shared.queue()?;
                let permit = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(permits).acquire_owned());
                permit.await.map_err(|_| self.shared.turn_away())?.map_err(|_| Error::PoolClosed)?
            }
        };
        while let Some(idle) = self.pop_idle() {
            if let Some(driver) = self.if_alive(idle.since, idle.driver).await {
                return Ok(self.lease(driver, idle.opened, permit));
            }
            // Where one has died silently the others have, too: to ask each would take as many times as long.
            self.forget();
        }
        let driver = self.shared.connector.connect().await?;
        Ok(self.lease(driver, Instant::now(), permit))
    }

    fn pop_idle(&self) -> Option<Idle> {
        loop {
            let idle = self.shared.idle().pop()?;
            if self.shared.options.max_age.is_none_or(|limit| idle.opened.elapsed() <= limit) {
                return Some(idle);
            }
        }
    }

    async fn if_alive(&self, since: Instant, mut driver: Driver) -> Option<Driver> {
        if !self.shared.connector.is_server() || since.elapsed() <= TRUST {
            return Some(driver);
        }
        match tokio::time::timeout(END_TIMEOUT, driver.ping()).await {
            Ok(Ok(())) => Some(driver),
            _ => None,
        }
    }

    fn lease(&self, driver: Driver, opened: Instant, permit: OwnedSemaphorePermit) -> Lease {
        let shared = Arc::clone(&self.shared);
        Lease {
            driver: Some(driver),
            opened,
            in_transaction: false,
            closes: false,
            shared,
            permit: Some(permit),
        }
    }

    /// A connection in a transaction.
    ///
    /// # Errors
    /// As [`Pool::acquire`], and when no transaction can be begun.
    pub(crate) async fn begin(&self, purpose: Purpose) -> Result<Lease, Error> {
        let mut lease = self.acquire().await?;
        match lease.begin(purpose).await {
            // The server has ended the connections of before: nothing was asked of it yet, so it is asked again.
            Err(error) if is_lost(&error) => {
                drop(lease);
                self.forget();
                let mut lease = self.acquire().await?;
                lease.begin(purpose).await?;
                Ok(lease)
            }
            outcome => outcome.map(|()| lease),
        }
    }

    /// Closes the connections that nobody uses.
    pub(crate) fn forget(&self) {
        let idle = std::mem::take(&mut *self.shared.idle());
        drop(idle);
    }

    /// Waits for those that are in use, and closes all.
    pub(crate) async fn close(&self) {
        let all = Arc::clone(&self.shared.permits).acquire_many_owned(self.shared.options.size);
        let _all = tokio::time::timeout(ACQUIRE_TIMEOUT, all).await;
        self.shared.permits.close();
        let idle = std::mem::take(&mut *self.shared.idle());
        for idle in idle {
            idle.driver.close().await;
        }
    }
}

/// A connection that goes back to the others when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    /// There until it is dropped, as is the permit.
    driver: Option<Driver>,
    opened: Instant,
    in_transaction: bool,
    /// Whether it is closed instead of going back: something of it outlives a transaction.
    closes: bool,
    shared: Arc<Shared>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Lease {
    #[expect(
        clippy::expect_used,
        reason = "only the drop takes the connection, after which nobody can ask for it"
    )]
    pub(crate) fn driver(&mut self) -> &mut Driver {
        self.driver.as_mut().expect("the connection is there until the drop")
    }

    /// Has the connection closed when it is dropped, unless [`Lease::keep_afterwards`] is called before.
    pub(crate) fn close_afterwards(&mut self) {
        self.closes = true;
    }

    pub(crate) fn keep_afterwards(&mut self) {
        self.closes = false;
    }

    async fn begin(&mut self, purpose: Purpose) -> Result<(), Error> {
        // Before it has begun: whoever gives up on the way must leave none behind either.
        self.in_transaction = true;
        let driver = self.driver();
        driver.run(driver.sql().begin(purpose)).await
    }

    /// Ends the transaction with its changes.
    ///
    /// # Errors
    /// When it could not be committed; where the connection is lost, nobody knows whether it was.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        self.driver().run("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Ends the transaction without its changes.
    pub(crate) async fn rollback(mut self) {
        // Where that fails, the connection is lost, and the transaction with it.
        if self.driver().is_sound() && self.driver().run("ROLLBACK").await.is_ok() {
            self.in_transaction = false;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(mut driver), Some(permit)) = (self.driver.take(), self.permit.take()) else {
            return;
        };
        if self.closes || !driver.is_sound() {
            return;
        }
        if !self.in_transaction {
            self.shared.take_back(driver, self.opened);
            return;
        }
        // Without a runtime the process is ending; the connection is closed, and its transaction with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (shared, opened) = (Arc::clone(&self.shared), self.opened);
        runtime.spawn(async move {
            // Fails where no transaction was begun; then there is none to end.
            let ended = tokio::time::timeout(END_TIMEOUT, driver.run("ROLLBACK")).await;
            if ended.is_ok() {
                shared.take_back(driver, opened);
            }
            drop(permit);
        });
    }
}
