use std::cell::Cell;

use super::*;

/// Gives the same byte for ever.
struct Constant(u8);

impl Entropy for Constant {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn uri() -> StoreUri {
    "postgresql://u:hunter2@h/db".parse().unwrap()
}

fn down() -> StoreError {
    StoreError::Lost("down".to_owned())
}

fn is_down(error: &StoreError) -> bool {
    matches!(error, StoreError::Lost(_))
}

/// The times in seconds at which a database is asked that answers after `up`.
async fn asked(patience: u64, up: f64, byte: u8) -> (Vec<f64>, Result<(), RunError>) {
    let start = Instant::now();
    let times = Cell::new(Vec::new());
    let attempt = async || {
        let now = start.elapsed().as_secs_f64();
        let mut all = times.take();
        all.push((now * 100.0).round() / 100.0);
        times.set(all);
        if now < up { Err(down()) } else { Ok(()) }
    };
    let result =
        with_patience(Duration::from_secs(patience), &uri(), &Constant(byte), attempt, is_down).await;
    (times.take(), result)
}

#[tokio::test(start_paused = true)]
async fn a_database_that_answers_is_asked_once() {
    let (times, result) = asked(60, 0.0, 255).await;
    assert!(result.is_ok());
    assert_eq!(times, [0.0]);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_stay_short_enough_to_notice() {
    let (times, result) = asked(60, 20.0, 255).await;
    assert!(result.is_ok());
    assert_eq!(times, [0.0, 0.2, 0.6, 1.4, 3.0, 6.2, 11.2, 16.2, 21.2]);
    let (times, result) = asked(60, 5.0, 0).await;
    assert!(result.is_ok());
    assert_eq!(times, [0.0, 0.1, 0.3, 0.7, 1.5, 3.1, 5.6]);
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_is_made_when_the_time_is_over() {
    let (times, result) = asked(10, f64::INFINITY, 255).await;
    assert_eq!(times, [0.0, 0.2, 0.6, 1.4, 3.0, 6.2, 10.0]);
    let error = result.unwrap_err().to_string();
    for expected in
        ["postgresql://u:***@h/db", "10 s", "7 attempts", "MILLGATE_DATABASE_WAIT_SECONDS", "down"]
    {
        assert!(error.contains(expected), "{error}");
    }
    assert!(!error.contains("hunter2"), "{error}");
    let (times, result) = asked(10, 9.5, 255).await;
    assert!(result.is_ok());
    assert_eq!(times.last(), Some(&10.0));
}

#[tokio::test(start_paused = true)]
async fn without_patience_there_is_one_attempt() {
    let (times, result) = asked(0, f64::INFINITY, 255).await;
    assert_eq!(times, [0.0]);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("the database postgresql://u:***@h/db: the transaction"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_by_itself_is_told_at_once() {
    let start = Instant::now();
    let attempts = Cell::new(0);
    let attempt = async || -> Result<(), StoreError> {
        attempts.set(attempts.get() + 1);
        if attempts.get() < 3 { Err(down()) } else { Err(StoreError::Schema("old".to_owned())) }
    };
    let result = with_patience(Duration::from_secs(60), &uri(), &Constant(255), attempt, is_down).await;
    assert!(matches!(result, Err(RunError::Store { error: StoreError::Schema(_), .. })));
    assert_eq!((attempts.get(), start.elapsed()), (3, Duration::from_millis(600)));
}

#[tokio::test(start_paused = true)]
async fn attempts_that_take_their_time_use_up_the_patience() {
    let start = Instant::now();
    let attempt = async || -> Result<(), StoreError> {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Err(down())
    };
    let result = with_patience(Duration::from_secs(25), &uri(), &Constant(255), attempt, is_down).await;
    assert!(matches!(result, Err(RunError::NoAnswer { attempts: 3, seconds: 30, .. })), "{result:?}");
    assert_eq!(start.elapsed().as_secs(), 30);
}
