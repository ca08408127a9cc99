//! Verifies passwords without stopping the server: off its async threads, a bounded number at a time, and each
//! (user, stored hash, password) once.
//!
//! A password that was right is remembered under HMAC-SHA256(process key, user name, stored hash, password). As the
//! stored hash is part of the key and is read at every request, a changed password is a different key: no entry is ever
//! wrong, none needs to expire, and no node needs to tell another. The memory holds no password and no hash.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use model::{Entropy, Error};
use quick_cache::sync::Cache;
use sha2::Sha256;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::passwords::{self, PasswordHash};

/// How much hashing may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifierConfig {
    /// Hashes computed at the same time; each keeps a core busy for about 0.1 s and takes 32 MiB with MLflow's default.
    pub concurrency: NonZeroUsize,
    /// Hashes that may wait for their turn. One more is [`Busy`].
    pub waiting: usize,
    /// Right passwords that are remembered, 32 bytes each; the least used make room.
    pub remembered: usize,
}

impl VerifierConfig {
    /// Half of the machine's cores (one at least), 64 waiting for each, 10,000 remembered.
    pub fn for_cores(cores: usize) -> Self {
        let concurrency = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
        Self { concurrency, waiting: concurrency.get().saturating_mul(64), remembered: 10_000 }
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
    running: Mutex<HashMap<Key, Answer>>,
    /// A place in the queue: `concurrency + waiting` of them.
    places: Arc<Semaphore>,
    /// The right to compute: `concurrency` of them.
    turns: Arc<Semaphore>,
    check: Box<Check>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("remembered", &self.shared.remembered.len()).finish_non_exhaustive()
    }
}

impl Verifier {
    pub fn new(config: VerifierConfig, entropy: &dyn Entropy) -> Self {
        Self::with_check(config, entropy, Box::new(PasswordHash::verify))
    }

    fn with_check(config: VerifierConfig, entropy: &dyn Entropy, check: Box<Check>) -> Self {
        let mut process_key = Key::default();
        entropy.fill(&mut process_key);
        let turns = config.concurrency.get().min(Semaphore::MAX_PERMITS);
        let places = turns.saturating_add(config.waiting).min(Semaphore::MAX_PERMITS);
        Self {
            shared: Arc::new(Shared {
                process_key,
                nobody: passwords::unknown_password(entropy),
                remembered: Cache::new(config.remembered),
                running: Mutex::default(),
                places: Arc::new(Semaphore::new(places)),
                turns: Arc::new(Semaphore::new(turns)),
                check,
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
    /// [`Busy`] when more than `waiting` computations are queued. Never for a remembered password.
    pub async fn verify(&self, username: &str, stored_hash: &str, password: &str) -> Result<bool, Busy> {
        let key = self.shared.key(username, stored_hash, password);
        if self.shared.remembered.get(&key).is_some() {
            return Ok(true);
        }
        let mut answer = self.shared.join_or_start(key, stored_hash, password)?;
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
    pub async fn verify_nobody(&self, username: &str, password: &str) -> Result<(), Busy> {
        self.verify(username, &self.shared.nobody, password).await.map(|_| ())
    }

    /// Whether this password was right before, without hashing anything.
    pub fn is_verified(&self, username: &str, stored_hash: &str, password: &str) -> bool {
        self.shared.remembered.get(&self.shared.key(username, stored_hash, password)).is_some()
    }

    /// [`passwords::hash`] within the same bounds.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub async fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<String, Busy> {
        let place = self.shared.place()?;
        let turn = self.shared.turn().await?;
        let (salt, password) = (passwords::new_salt(entropy), password.to_owned());
        let compute = move || {
            let hash = passwords::hash_with_salt(&password, &salt);
            drop((turn, place));
            hash
        };
        tokio::task::spawn_blocking(compute).await.map_err(|_| Busy)
    }
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

    fn running(&self) -> MutexGuard<'_, HashMap<Key, Answer>> {
        // Every critical section is one map operation, which leaves nothing half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Busy> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Busy> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)
    }

    fn join_or_start(self: &Arc<Self>, key: Key, stored_hash: &str, password: &str) -> Result<Answer, Busy> {
        let mut running = self.running();
        if let Some(answer) = running.get(&key) {
            return Ok(answer.clone());
        }
        let place = self.place()?;
        let (sender, answer) = watch::channel(None);
        running.insert(key, answer.clone());
        drop(running);
        let entry = Entry { key, shared: Arc::clone(self), listed: true, _place: place };
        tokio::spawn(compute(entry, sender, stored_hash.to_owned(), password.to_owned()));
        Ok(answer)
    }
}

/// A computation's place in the queue and in the map; both are given back however it ends.
struct Entry {
    key: Key,
    shared: Arc<Shared>,
    /// Whether what the map has under `key` is this computation.
    listed: bool,
    _place: OwnedSemaphorePermit,
}

impl Entry {
    /// Takes the computation back if nobody waits for it: the map's own receiver is the only one left.
    fn abandon(&mut self, sender: &watch::Sender<Option<bool>>) -> bool {
        // Under the lock: a request that joins later must find no entry rather than one that never answers.
        let mut running = self.shared.running();
        let abandoned = sender.receiver_count() <= 1;
        if abandoned {
            running.remove(&self.key);
            self.listed = false;
        }
        abandoned
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.listed {
            self.shared.running().remove(&self.key);
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
        let right = check(&entry.shared, &stored_hash, &password);
        if right {
            entry.shared.remembered.insert(entry.key, ());
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
mod tests {
    use std::sync::Condvar;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;

    use model::SystemEntropy;
    use tokio::task::JoinHandle;

    use super::*;

    /// Stands for the hashing: counts, and holds every computation while the gate is shut.
    #[derive(Default)]
    struct Hashing {
        begun: AtomicUsize,
        now: AtomicUsize,
        peak: AtomicUsize,
        shut: Mutex<bool>,
        opened: Condvar,
    }

    impl Hashing {
        fn check(&self, password: &str) -> bool {
            self.peak.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
            self.begun.fetch_add(1, SeqCst);
            let mut shut = self.shut.lock().unwrap();
            while *shut {
                shut = self.opened.wait(shut).unwrap();
            }
            self.now.fetch_sub(1, SeqCst);
            password == "right"
        }

        fn shut(&self) {
            *self.shut.lock().unwrap() = true;
        }

        fn open(&self) {
            *self.shut.lock().unwrap() = false;
            self.opened.notify_all();
        }

        fn begun(&self) -> usize {
            self.begun.load(SeqCst)
        }
    }

    fn verifier(concurrency: usize, waiting: usize) -> (Verifier, Arc<Hashing>) {
        let hashing = Arc::new(Hashing::default());
        let counted = Arc::clone(&hashing);
        let config =
            VerifierConfig { concurrency: NonZeroUsize::new(concurrency).unwrap(), waiting, remembered: 100 };
        let check = Box::new(move |_: &PasswordHash, password: &str| counted.check(password));
        (Verifier::with_check(config, &SystemEntropy, check), hashing)
    }

    fn stored(salt: &str) -> String {
        format!("scrypt:2:1:1${salt}${}", "0".repeat(128))
    }

    fn ask(verifier: &Verifier, username: &str, password: &str) -> JoinHandle<Result<bool, Busy>> {
        let (verifier, username, password) = (verifier.clone(), username.to_owned(), password.to_owned());
        tokio::spawn(async move { verifier.verify(&username, &stored("s"), &password).await })
    }

    async fn until(what: impl Fn() -> bool) {
        let wait = async {
            while !what() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("this happens soon");
    }

    fn taken(verifier: &Verifier, of: usize) -> usize {
        of - verifier.shared.places.available_permits()
    }

    #[tokio::test]
    async fn a_right_password_is_hashed_once_and_then_remembered() {
        let (verifier, hashing) = verifier(1, 0);
        assert!(!verifier.is_verified("ann", &stored("s"), "right"));
        for _ in 0..3 {
            assert_eq!(verifier.verify("ann", &stored("s"), "right").await, Ok(true));
        }
        assert_eq!(hashing.begun(), 1);
        assert!(verifier.is_verified("ann", &stored("s"), "right"));
    }

    #[tokio::test]
    async fn a_wrong_password_is_hashed_every_time() {
        let (verifier, hashing) = verifier(1, 0);
        for _ in 0..3 {
            assert_eq!(verifier.verify("ann", &stored("s"), "wrong").await, Ok(false));
        }
        assert_eq!(hashing.begun(), 3);
        assert!(!verifier.is_verified("ann", &stored("s"), "wrong"));
    }

    #[tokio::test]
    async fn a_changed_stored_hash_is_not_the_remembered_one() {
        let (verifier, hashing) = verifier(1, 0);
        verifier.verify("ann", &stored("old"), "right").await.unwrap();
        assert!(!verifier.is_verified("ann", &stored("new"), "right"));
        verifier.verify("ann", &stored("new"), "right").await.unwrap();
        assert_eq!(hashing.begun(), 2);
    }

    #[tokio::test]
    async fn what_is_remembered_is_one_users_and_not_anothers_that_spells_the_same() {
        let (verifier, _) = verifier(1, 0);
        verifier.verify("ann", &stored("s"), "right").await.unwrap();
        assert!(!verifier.is_verified("bob", &stored("s"), "right"));
        assert!(!verifier.is_verified("anns", stored("s").strip_prefix('s').unwrap(), "right"));
        assert!(!verifier.is_verified("ann", &format!("{}r", stored("s")), "ight"));
        let (other_process, _) = self::verifier(1, 0);
        let key = |verifier: &Verifier| verifier.shared.key("ann", &stored("s"), "right");
        assert_ne!(key(&verifier), key(&other_process));
    }

    #[tokio::test]
    async fn identical_requests_at_the_same_time_share_one_computation() {
        let (verifier, hashing) = verifier(4, 64);
        hashing.shut();
        let asked: Vec<_> = (0..20).map(|_| ask(&verifier, "ann", "wrong")).collect();
        // On one thread the computation begins only when all twenty have asked.
        until(|| hashing.begun() == 1).await;
        hashing.open();
        for answer in asked {
            assert_eq!(answer.await.unwrap(), Ok(false));
        }
        assert_eq!(hashing.begun(), 1);
        until(|| taken(&verifier, 68) == 0).await;
        assert!(verifier.shared.running().is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_than_allowed_are_computed_at_once_and_what_does_not_fit_the_queue_is_busy() {
        let (verifier, hashing) = verifier(2, 3);
        verifier.verify("known", &stored("s"), "right").await.unwrap();
        hashing.shut();
        let asked: Vec<_> = (0..5).map(|n| ask(&verifier, &format!("user{n}"), "wrong")).collect();
        until(|| taken(&verifier, 5) == 5 && hashing.now.load(SeqCst) == 2).await;
        assert_eq!(verifier.verify("user9", &stored("s"), "wrong").await, Err(Busy));
        assert_eq!(verifier.verify_nobody("ghost", "wrong").await, Err(Busy));
        assert_eq!(verifier.hash("a new password", &SystemEntropy).await, Err(Busy));
        assert_eq!(verifier.verify("known", &stored("s"), "right").await, Ok(true), "remembered: no queue");
        hashing.open();
        for answer in asked {
            assert_eq!(answer.await.unwrap(), Ok(false));
        }
        assert_eq!(hashing.peak.load(SeqCst), 2);
        assert_eq!(verifier.verify("user9", &stored("s"), "wrong").await, Ok(false));
    }

    #[tokio::test]
    async fn a_request_that_goes_away_leaves_the_others_their_answer() {
        let (verifier, hashing) = verifier(1, 4);
        hashing.shut();
        let first = ask(&verifier, "ann", "right");
        until(|| hashing.begun() == 1).await;
        let second = ask(&verifier, "ann", "right");
        tokio::task::yield_now().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        hashing.open();
        assert_eq!(second.await.unwrap(), Ok(true));
        assert_eq!(hashing.begun(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_queued_computation_that_nobody_waits_for_never_begins() {
        let (verifier, hashing) = verifier(1, 4);
        hashing.shut();
        let busy = ask(&verifier, "ann", "wrong");
        until(|| hashing.begun() == 1).await;
        let queued = ask(&verifier, "bob", "wrong");
        until(|| taken(&verifier, 5) == 2).await;
        queued.abort();
        assert!(queued.await.unwrap_err().is_cancelled());
        hashing.open();
        assert_eq!(busy.await.unwrap(), Ok(false));
        until(|| taken(&verifier, 5) == 0).await;
        assert_eq!(hashing.begun(), 1);
        assert!(verifier.shared.running().is_empty());
    }

    #[tokio::test]
    async fn an_unknown_user_costs_what_a_wrong_password_costs_and_is_never_remembered() {
        let (verifier, hashing) = verifier(1, 0);
        for _ in 0..2 {
            assert_eq!(verifier.verify_nobody("ghost", "wrong").await, Ok(()));
        }
        assert_eq!(hashing.begun(), 2);
        assert!(verifier.shared.remembered.is_empty());
    }

    #[tokio::test]
    async fn a_stored_hash_that_cannot_be_read_is_never_right_and_takes_as_long() {
        let (verifier, hashing) = verifier(1, 0);
        for stored in ["", "right", "sha256$salt$00", "scrypt:1073741824:8:1$s$00"] {
            assert_eq!(verifier.verify("ann", stored, "right").await, Ok(false), "{stored}");
        }
        assert_eq!(hashing.begun(), 4);
    }

    #[tokio::test]
    async fn a_computation_that_fails_answers_busy_and_gives_its_place_back() {
        let config = VerifierConfig { concurrency: NonZeroUsize::MIN, waiting: 0, remembered: 1 };
        let check = Box::new(|_: &PasswordHash, password: &str| match password {
            "break" => panic!("as asked"),
            password => password == "right",
        });
        let verifier = Verifier::with_check(config, &SystemEntropy, check);
        assert_eq!(verifier.verify("ann", &stored("s"), "break").await, Err(Busy));
        until(|| taken(&verifier, 1) == 0).await;
        assert_eq!(verifier.verify("ann", &stored("s"), "right").await, Ok(true));
    }

    #[tokio::test]
    async fn the_memory_is_bounded() {
        let check = Box::new(|_: &PasswordHash, _: &str| true);
        for remembered in [0, 1, 10] {
            let config = VerifierConfig { concurrency: NonZeroUsize::MIN, waiting: 0, remembered };
            let verifier = Verifier::with_check(config, &SystemEntropy, check.clone());
            for n in 0..100 {
                let user = format!("user{n}");
                assert_eq!(verifier.verify(&user, &stored("s"), "right").await, Ok(true));
            }
            assert!(verifier.shared.remembered.len() <= remembered.max(1), "{remembered}");
        }
    }

    #[tokio::test]
    async fn a_password_that_was_hashed_here_verifies_here() {
        let verifier = Verifier::new(VerifierConfig::default(), &SystemEntropy);
        let stored = verifier.hash("correct horse battery staple", &SystemEntropy).await.unwrap();
        assert_eq!(verifier.verify("ann", &stored, "correct horse battery staple").await, Ok(true));
        assert_eq!(verifier.verify("ann", &stored, "correct horse battery stapl").await, Ok(false));
        assert_eq!(verifier.verify_nobody("ghost", "correct horse battery staple").await, Ok(()));
    }

    #[test]
    fn half_of_the_cores_may_hash_and_at_least_one() {
        for (cores, concurrency) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (64, 32)] {
            let config = VerifierConfig::for_cores(cores);
            assert_eq!((config.concurrency.get(), config.waiting), (concurrency, concurrency * 64));
        }
    }
}
