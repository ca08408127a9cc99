use std::sync::Condvar;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use model::{SystemClock, SystemEntropy};
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
    let config = config(concurrency, waiting, 100);
    let check = Box::new(move |_: &PasswordHash, password: &str| counted.check(password));
    (Verifier::with_check(config, clock(), &SystemEntropy, check), hashing)
}

fn config(concurrency: usize, waiting: usize, remembered: usize) -> VerifierConfig {
    let concurrency = NonZeroUsize::new(concurrency).unwrap();
    VerifierConfig { concurrency, waiting, remembered, failures: FailureLimits::default() }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Users ask from addresses of their own.
fn place_of(username: &str) -> Option<IpAddr> {
    let bits = username.bytes().fold(0, |bits: u32, byte| bits.wrapping_mul(31).wrapping_add(byte.into()));
    Some(IpAddr::from(bits.to_be_bytes()))
}

const BUSY: Result<bool, VerifyError> = Err(VerifyError::Busy(Busy));

fn stored(salt: &str) -> String {
    format!("scrypt:2:1:1${salt}${}", "0".repeat(128))
}

fn ask(verifier: &Verifier, username: &str, password: &str) -> JoinHandle<Result<bool, VerifyError>> {
    let (verifier, username, password) = (verifier.clone(), username.to_owned(), password.to_owned());
    let address = place_of(&username);
    tokio::spawn(async move { verifier.verify(&username, &stored("s"), &password, address).await })
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
        assert_eq!(verifier.verify("ann", &stored("s"), "right", None).await, Ok(true));
    }
    assert_eq!(hashing.begun(), 1);
    assert!(verifier.is_verified("ann", &stored("s"), "right"));
}

#[tokio::test]
async fn a_wrong_password_is_hashed_every_time() {
    let (verifier, hashing) = verifier(1, 0);
    for _ in 0..3 {
        assert_eq!(verifier.verify("ann", &stored("s"), "wrong", None).await, Ok(false));
    }
    assert_eq!(hashing.begun(), 3);
    assert!(!verifier.is_verified("ann", &stored("s"), "wrong"));
}

#[tokio::test]
async fn a_changed_stored_hash_is_not_the_remembered_one() {
    let (verifier, hashing) = verifier(1, 0);
    verifier.verify("ann", &stored("old"), "right", None).await.unwrap();
    assert!(!verifier.is_verified("ann", &stored("new"), "right"));
    verifier.verify("ann", &stored("new"), "right", None).await.unwrap();
    assert_eq!(hashing.begun(), 2);
}

#[tokio::test]
async fn what_is_remembered_is_one_users_and_not_anothers_that_spells_the_same() {
    let (verifier, _) = verifier(1, 0);
    verifier.verify("ann", &stored("s"), "right", None).await.unwrap();
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
    assert!(verifier.shared.queue().running.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_than_allowed_are_computed_at_once_and_what_does_not_fit_the_queue_is_busy() {
    let (verifier, hashing) = verifier(2, 3);
    verifier.verify("known", &stored("s"), "right", None).await.unwrap();
    hashing.shut();
    let asked: Vec<_> = (0..5).map(|n| ask(&verifier, &format!("user{n}"), "wrong")).collect();
    until(|| taken(&verifier, 5) == 5 && hashing.now.load(SeqCst) == 2).await;
    assert_eq!(verifier.verify("user9", &stored("s"), "wrong", None).await, BUSY);
    assert_eq!(verifier.verify_nobody("ghost", "wrong", None).await, Err(Busy.into()));
    assert_eq!(verifier.hash("ann", "a new password", &SystemEntropy).await, Err(Busy));
    assert_eq!(verifier.verify("known", &stored("s"), "right", None).await, Ok(true), "remembered: no queue");
    hashing.open();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), Ok(false));
    }
    assert_eq!(hashing.peak.load(SeqCst), 2);
    assert_eq!(verifier.verify("user9", &stored("s"), "wrong", None).await, Ok(false));
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
    assert!(verifier.shared.queue().running.is_empty());
}

#[tokio::test]
async fn an_unknown_user_costs_what_a_wrong_password_costs_and_is_never_remembered() {
    let (verifier, hashing) = verifier(1, 0);
    for _ in 0..2 {
        assert_eq!(verifier.verify_nobody("ghost", "wrong", None).await, Ok(()));
    }
    assert_eq!(hashing.begun(), 2);
    assert!(verifier.shared.remembered.is_empty());
}

#[tokio::test]
async fn a_stored_hash_that_cannot_be_read_is_never_right_and_takes_as_long() {
    let (verifier, hashing) = verifier(1, 0);
    for stored in ["", "right", "sha256$salt$00", "scrypt:1073741824:8:1$s$00"] {
        assert_eq!(verifier.verify("ann", stored, "right", None).await, Ok(false), "{stored}");
    }
    assert_eq!(hashing.begun(), 4);
}

#[tokio::test]
async fn a_computation_that_fails_answers_busy_and_gives_its_place_back() {
    let config = config(1, 0, 1);
    let check = Box::new(|_: &PasswordHash, password: &str| match password {
        "break" => panic!("as asked"),
        password => password == "right",
    });
    let verifier = Verifier::with_check(config, clock(), &SystemEntropy, check);
    assert_eq!(verifier.verify("ann", &stored("s"), "break", None).await, BUSY);
    until(|| taken(&verifier, 1) == 0).await;
    assert_eq!(verifier.verify("ann", &stored("s"), "right", None).await, Ok(true));
}

#[tokio::test]
async fn the_memory_is_bounded() {
    let check = Box::new(|_: &PasswordHash, _: &str| true);
    for remembered in [0, 1, 10] {
        let config = config(1, 0, remembered);
        let verifier = Verifier::with_check(config, clock(), &SystemEntropy, check.clone());
        for n in 0..100 {
            let user = format!("user{n}");
            assert_eq!(verifier.verify(&user, &stored("s"), "right", None).await, Ok(true));
        }
        assert!(verifier.shared.remembered.len() <= remembered.max(1), "{remembered}");
    }
}

#[tokio::test]
async fn a_password_that_was_hashed_here_verifies_here() {
    let verifier = Verifier::new(VerifierConfig::default(), clock(), &SystemEntropy);
    let stored = verifier.hash("ann", "correct horse battery staple", &SystemEntropy).await.unwrap();
    assert_eq!(verifier.verify("ann", &stored, "correct horse battery staple", None).await, Ok(true));
    assert_eq!(verifier.verify("ann", &stored, "correct horse battery stapl", None).await, Ok(false));
    assert_eq!(verifier.verify_nobody("ghost", "correct horse battery staple", None).await, Ok(()));
}

#[test]
fn half_of_the_cores_may_hash_and_at_least_one() {
    for (cores, concurrency) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (64, 32)] {
        let config = VerifierConfig::for_cores(cores);
        assert_eq!((config.concurrency.get(), config.waiting), (concurrency, concurrency * 64));
    }
}

#[tokio::test]
async fn one_address_cannot_fill_the_queue_and_an_equal_question_needs_no_place() {
    let (verifier, hashing) = verifier(2, 6);
    assert_eq!(verifier.verify("known", &stored("s"), "right", place_of("mallory")).await, Ok(true));
    hashing.shut();
    let from = |place: &str, password: String| {
        let (verifier, address) = (verifier.clone(), place_of(place));
        tokio::spawn(async move { verifier.verify("ann", &stored("s"), &password, address).await })
    };
    let held: Vec<_> = (0..2).map(|number| from("mallory", format!("wrong {number}"))).collect();
    until(|| taken(&verifier, 8) == 2).await;
    for number in 2..200 {
        assert_eq!(from("mallory", format!("wrong {number}")).await.unwrap(), BUSY);
    }
    assert_eq!(taken(&verifier, 8), 2, "a quarter of eight");
    assert_eq!(verifier.verify("known", &stored("s"), "right", place_of("mallory")).await, Ok(true));
    let (joined, anns) = (from("mallory", "wrong 1".to_owned()), from("ann", "right".to_owned()));
    until(|| taken(&verifier, 8) == 3).await;
    hashing.open();
    assert_eq!(anns.await.unwrap(), Ok(true));
    for answer in held.into_iter().chain([joined]) {
        assert_eq!(answer.await.unwrap(), Ok(false));
    }
    until(|| taken(&verifier, 8) == 0).await;
    assert!(verifier.shared.queue().taken.is_empty());
}

#[tokio::test]
async fn what_fails_is_throttled_before_it_is_hashed_and_what_is_known_never() {
    let (verifier, hashing) = verifier(1, 64);
    let home = place_of("home");
    assert_eq!(verifier.verify("ann", &stored("s"), "right", home).await, Ok(true));
    for number in 0..10 {
        assert_eq!(verifier.verify("ann", &stored("s"), &format!("wrong {number}"), home).await, Ok(false));
    }
    let begun = hashing.begun();
    for username in ["ann", "ann"] {
        let refused = verifier.verify(username, &stored("s"), "wrong", home).await;
        assert!(matches!(refused, Err(VerifyError::Throttled(_))), "{refused:?}");
    }
    assert_eq!(hashing.begun(), begun);
    assert_eq!(verifier.verify("ann", &stored("s"), "right", home).await, Ok(true));
    assert_eq!(verifier.verify("ann", &stored("new"), "right", place_of("office")).await, Ok(true));
}

#[tokio::test]
async fn an_unknown_user_is_throttled_like_a_known_one() {
    let (verifier, _) = verifier(1, 64);
    let home = place_of("home");
    for number in 0..10 {
        let password = format!("wrong {number}");
        assert_eq!(verifier.verify_nobody("ghost", &password, home).await, Ok(()));
        assert_eq!(verifier.verify("ann", &stored("s"), &password, home).await, Ok(false));
    }
    let ghost = verifier.verify_nobody("ghost", "wrong", home).await.unwrap_err();
    let ann = verifier.verify("ann", &stored("s"), "wrong", home).await.unwrap_err();
    assert!(
        matches!((ghost, ann), (VerifyError::Throttled(_), VerifyError::Throttled(_))),
        "{ghost:?} {ann:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_looked_at_is_no_failure() {
    let (verifier, hashing) = verifier(1, 7);
    hashing.shut();
    let busy = ask(&verifier, "bob", "wrong");
    until(|| hashing.begun() == 1).await;
    // Two places are one address's share: the others find none.
    let queued: Vec<_> = (0..2).map(|number| ask(&verifier, "ann", &format!("wrong {number}"))).collect();
    until(|| taken(&verifier, 8) == 3).await;
    for number in 2..50 {
        assert_eq!(ask(&verifier, "ann", &format!("wrong {number}")).await.unwrap(), BUSY);
    }
    for gone in queued {
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
    }
    hashing.open();
    assert_eq!(busy.await.unwrap(), Ok(false));
    until(|| taken(&verifier, 8) == 0).await;
    for number in 0..10 {
        assert_eq!(ask(&verifier, "ann", &format!("wrong {number}")).await.unwrap(), Ok(false), "{number}");
    }
}

#[tokio::test]
async fn a_new_password_is_known() {
    let (verifier, hashing) = verifier(1, 0);
    let hash = verifier.hash("ann", "a new password", &SystemEntropy).await.unwrap();
    assert_eq!(verifier.verify("ann", &hash, "a new password", None).await, Ok(true));
    assert_eq!(hashing.begun(), 0);
}
