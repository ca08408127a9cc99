//! Verifies passwords without stopping the server: off its async threads, a bounded number at a time, and each
//! (user, stored hash, password) once.
//!
//! A password that was right is remembered under HMAC-SHA256(process key, user name, stored hash, password). As the
//! stored hash is part of the key and is read at every request, a changed password is a different key: no entry is ever
//! wrong, none needs to expire, and no node needs to tell another. The memory holds no password and no hash.
//!
//! Only passwords that are not remembered are throttled (see `throttle`) and queue. One address gets a part of the queue, so
//! that a flood from there leaves others their places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use model::load::HashingLoad;
use model::{Clock, Entropy, Error};
use quick_cache::sync::Cache;
use sha2::Sha256;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use crate::passwords::{self, PasswordHash};
use crate::throttle::{FailureLimits, Network, Throttle, Throttled, Ticket};

/// How much hashing may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifierConfig {
    /// Hashes computed at the same time; each keeps a core busy for about 0.1 s and takes 32 MiB with MLflow's default.
    pub concurrency: NonZeroUsize,
    /// Hashes that may wait for their turn. One more is [`Busy`].
    pub waiting: usize,
    /// Right passwords that are remembered, 32 bytes each; the least used make room.
    pub remembered: usize,
    /// Wrong passwords that are looked at.
    pub failures: FailureLimits,
}

impl VerifierConfig {
    /// Half of the machine's cores (one at least), 64 waiting for each, 10,000 remembered.
    pub fn for_cores(cores: usize) -> Self {
        let concurrency = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
        let waiting = concurrency.get().saturating_mul(64);
        Self { concurrency, waiting, remembered: 10_000, failures: FailureLimits::default() }
    }

    /// All places of the queue: what is being computed, and what waits.
    fn places(&self) -> usize {
        self.concurrency.get().saturating_add(self.waiting).min(Semaphore::MAX_PERMITS)
    }
}

impl Default for VerifierConfig {
    fn default() -> Self {
        Self::for_cores(std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }
}

/// Too many passwords wait to be hashed: the caller should come back later (503).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many password checks at once")]
pub struct Busy;

impl From<Busy> for Error {
    fn from(_: Busy) -> Self {
        Self::unavailable("The server is busy. Please try again later.")
    }
}

/// Why a password was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error(transparent)]
    Throttled(#[from] Throttled),
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Busy(busy) => busy.into(),
            VerifyError::Throttled(throttled) => throttled.into(),
        }
    }
}

/// One address gets this part of the places, one at least.
const SHARE_OF_AN_ADDRESS: usize = 4;

type Key = [u8; 32];
type Check = dyn Fn(&PasswordHash, &str) -> bool + Send + Sync;
/// `None` until the answer is there.
type Answer = watch::Receiver<Option<bool>>;

/// See the module. Cloning gives another handle to the same bounds and memory.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

struct Shared {
    process_key: Key,
    /// What an unknown user's password is compared with.
    nobody: String,
    remembered: Cache<Key, ()>,
    queue: Mutex<Queue>,
    throttle: Throttle,
    clock: Arc<dyn Clock>,
    /// A place in the queue: `concurrency + waiting` of them.
    places: Arc<Semaphore>,
    /// The right to compute: `concurrency` of them.
    turns: Arc<Semaphore>,
    /// Places of one address.
    share: usize,
    check: Box<Check>,
    bounds: Bounds,
    done: AtomicU64,
    nanoseconds: AtomicU64,
}

/// How many places and turns there are.
struct Bounds {
    places: usize,
    turns: usize,
}

/// What is being computed or waits for it.
#[derive(Default)]
struct Queue {
    running: HashMap<Key, Answer>,
    /// Places taken, by who took them.
    taken: HashMap<Network, usize>,
}

impl Queue {
    fn leave(&mut self, network: Network) {
        if let Some(taken) = self.taken.get_mut(&network) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(&network);
            }
        }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("remembered", &self.shared.remembered.len()).finish_non_exhaustive()
    }
}

impl Verifier {
    pub fn new(config: VerifierConfig, clock: Arc<dyn Clock>, entropy: &dyn Entropy) -> Self {
        Self::with_check(config, clock, entropy, Box::new(PasswordHash::verify))
    }

    fn with_check(
        config: VerifierConfig,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
        check: Box<Check>,
    ) -> Self {
        let mut process_key = Key::default();
        entropy.fill(&mut process_key);
        let turns = config.concurrency.get().min(Semaphore::MAX_PERMITS);
        let places = config.places();
        Self {
            shared: Arc::new(Shared {
                process_key,
                nobody: passwords::unknown_password(entropy),
                remembered: Cache::new(config.remembered),
                queue: Mutex::default(),
                throttle: Throttle::new(config.failures, entropy),
                clock,
                places: Arc::new(Semaphore::new(places)),
                turns: Arc::new(Semaphore::new(turns)),
                share: (places / SHARE_OF_AN_ADDRESS).max(1),
                check,
                bounds: Bounds { places, turns },
                done: AtomicU64::new(0),
                nanoseconds: AtomicU64::new(0),
            }),
        }
    }

    /// Whether `password` is the one behind `stored_hash`, which must have been read from the store for this very
    /// request. A stored hash that cannot be read (see [`PasswordHash::parse`]) is never right and takes as long as one
    /// that can.
    ///
    /// Dropping the future is safe: a computation that another request waits for goes on; one that nobody waits for and
    /// that has not begun never begins.
    ///
    /// # Errors
    /// [`Throttled`] when too many logins failed before; [`Busy`] when more than `waiting` computations are queued, or too
    /// many of them for the same address. Never for a remembered password.
    pub async fn verify(
        &self,
        username: &str,
        stored_hash: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<bool, VerifyError> {
        let key = self.shared.key(username, stored_hash, password);
        if self.shared.remembered.get(&key).is_some() {
            return Ok(true);
        }
        let login = Login { key, username, stored_hash, password, network: Network::of(address) };
        let mut answer = self.shared.join_or_start(&login)?;
        // The sender goes without an answer only when the runtime shuts down.
        let answer = answer.wait_for(Option::is_some).await.map_err(|_| Busy)?;
        Ok(answer.unwrap_or(false))
    }

    /// Does for a user that does not exist what [`Self::verify`] does for one whose password is wrong, so that neither
    /// the answer nor the time tells them apart. (A user whose hash is PBKDF2 or has other parameters than MLflow's
    /// default takes its own time.)
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub async fn verify_nobody(
        &self,
        username: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<(), VerifyError> {
        self.verify(username, &self.shared.nobody, password, address).await.map(|_| ())
    }

    /// Counts a failed login that tries no password of an account, such as one whose credentials cannot be read: by the
    /// address alone.
    ///
    /// # Errors
    /// [`Throttled`] when too many logins from the address failed before.
    pub fn count_unreadable(&self, address: Option<IpAddr>) -> Result<(), Throttled> {
        self.shared.throttle.unreadable(Network::of(address), self.shared.clock.now())
    }

    /// Whether this password was right before, without hashing anything.
    pub fn is_verified(&self, username: &str, stored_hash: &str, password: &str) -> bool {
        self.shared.remembered.get(&self.shared.key(username, stored_hash, password)).is_some()
    }

    /// How much hashing there is. The numbers are read one after the other, so that they may not add up while requests go on.
    pub fn load(&self) -> HashingLoad {
        let Shared { bounds, places, turns, done, nanoseconds, .. } = &*self.shared;
        let taken = bounds.places.saturating_sub(places.available_permits());
        let running = bounds.turns.saturating_sub(turns.available_permits());
        HashingLoad {
            running: running as u64,
            max: bounds.turns as u64,
            waiting: taken.saturating_sub(running) as u64,
            done: done.load(Ordering::Relaxed),
            seconds: std::time::Duration::from_nanos(nanoseconds.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }

    /// [`passwords::hash`] within the same bounds. The password is remembered: who sets a new one is not throttled with it.
    ///
    /// # Errors
    /// [`Busy`] when more than `waiting` computations are queued.
    pub async fn hash(&self, username: &str, password: &str, entropy: &dyn Entropy) -> Result<String, Busy> {
        let place = self.shared.place()?;
        let turn = self.shared.turn().await?;
        let (salt, owned) = (passwords::new_salt(entropy), password.to_owned());
        let shared = Arc::clone(&self.shared);
        let compute = move || {
            let hash = shared.timed(|| passwords::hash_with_salt(&owned, &salt));
            drop((turn, place));
            hash
        };
        let hash = tokio::task::spawn_blocking(compute).await.map_err(|_| Busy)?;
        self.shared.remembered.insert(self.shared.key(username, &hash, password), ());
        Ok(hash)
    }
}

/// A password that is to be checked.
struct Login<'a> {
    key: Key,
    username: &'a str,
    stored_hash: &'a str,
    password: &'a str,
    network: Network,
}

impl Shared {
    fn key(&self, username: &str, stored_hash: &str, password: &str) -> Key {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.process_key).expect("a key of any length");
        for part in [username, stored_hash, password] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// Does what computes one hash, and counts it.
    fn timed<T>(&self, compute: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let computed = compute();
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(took, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
        computed
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // No critical section can panic with something half done.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Busy> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Busy> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)
    }

    /// Who asks the same as another costs nothing and waits for the same answer.
    fn join_or_start(self: &Arc<Self>, login: &Login<'_>) -> Result<Answer, VerifyError> {
        let Login { key, network, .. } = *login;
        let mut queue = self.queue();
        if let Some(answer) = queue.running.get(&key) {
            return Ok(answer.clone());
        }
        let ticket = self.throttle.admit(login.username, network, self.clock.now())?;
        let taken = queue.taken.get(&network).copied().unwrap_or_default();
        let place = if taken < self.share { self.place() } else { Err(Busy) };
        let place = place.inspect_err(|_| self.throttle.withdraw(&ticket, self.clock.now()))?;
        let (sender, answer) = watch::channel(None);
        queue.taken.insert(network, taken + 1);
        queue.running.insert(key, answer.clone());
        drop(queue);
        let entry = Entry { key, network, ticket, shared: Arc::clone(self), listed: true, _place: place };
        tokio::spawn(compute(entry, sender, login.stored_hash.to_owned(), login.password.to_owned()));
        Ok(answer)
    }
}

/// A computation's place in the queue and in the map; both are given back however it ends.
struct Entry {
    key: Key,
    network: Network,
    ticket: Ticket,
    shared: Arc<Shared>,
    /// Whether what the map has under `key` is this computation.
    listed: bool,
    _place: OwnedSemaphorePermit,
}

impl Entry {
    /// Takes the computation back if nobody waits for it: the map's own receiver is the only one left.
    fn abandon(&mut self, sender: &watch::Sender<Option<bool>>) -> bool {
        // Under the lock: a request that joins later must find no entry rather than one that never answers.
        let mut queue = self.shared.queue();
        let abandoned = sender.receiver_count() <= 1;
        if abandoned {
            queue.running.remove(&self.key);
            self.listed = false;
            self.shared.throttle.withdraw(&self.ticket, self.shared.clock.now());
        }
        abandoned
    }

    fn succeeded(&self) {
        self.shared.remembered.insert(self.key, ());
        self.shared.throttle.succeeded(&self.ticket, self.shared.clock.now());
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.leave(self.network);
        if self.listed {
            queue.running.remove(&self.key);
        }
    }
}

/// A task of its own, so that a request that goes away takes nothing from the others that wait.
async fn compute(
    mut entry: Entry,
    sender: watch::Sender<Option<bool>>,
    stored_hash: String,
    password: String,
) {
    let Ok(turn) = entry.shared.turn().await else { return };
    if entry.abandon(&sender) {
        return;
    }
    let work = move || {
        let right = entry.shared.timed(|| check(&entry.shared, &stored_hash, &password));
        if right {
            entry.succeeded();
        }
        drop((entry, turn));
        sender.send_replace(Some(right));
    };
    if tokio::task::spawn_blocking(work).await.is_err() {
        tracing::error!("a password check ended without an answer");
    }
}

fn check(shared: &Shared, stored_hash: &str, password: &str) -> bool {
    match PasswordHash::parse(stored_hash) {
        Ok(hash) => (shared.check)(&hash, password),
        Err(error) => {
            tracing::warn!(%error, "a user's stored password hash cannot be read");
            if let Ok(nobody) = PasswordHash::parse(&shared.nobody) {
                (shared.check)(&nobody, password);
            }
            false
        }
    }
}

#[cfg(test)]
#[path = "verified_tests.rs"]
mod tests;
