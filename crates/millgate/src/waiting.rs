//! Waiting at the start for a database that does not answer yet, as when it is started at the same time.
//!
//! MLflow 3.17 (`create_sqlalchemy_engine_with_retry`) tries ten times over 100 s, whatever went wrong. Here only what can
//! pass by itself is tried again: a wrong password would be as wrong the next time, and may lock the account.

use std::time::Duration;

use model::Entropy;
use store::{StoreError, StoreUri};
use tokio::time::Instant;

use crate::{RunError, about};

/// The first pause between two attempts. Each further one is twice as long, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// Tries until an attempt succeeds, fails for good, or `patience` is over; with none there is one attempt. An attempt ends by
/// itself, in a time of its own.
///
/// # Errors
/// The last attempt's.
pub(crate) async fn with_patience<T>(
    patience: Duration,
    database: &StoreUri,
    entropy: &dyn Entropy,
    attempt: impl AsyncFn() -> Result<T, StoreError>,
    is_transient: impl Fn(&StoreError) -> bool,
) -> Result<T, RunError> {
    let start = Instant::now();
    let mut pauses = Pauses { next: SHORTEST, entropy };
    let mut attempts = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        attempts += 1;
        if !is_transient(&error) || patience.is_zero() {
            return Err(about(database, error));
        }
        let left = patience.saturating_sub(start.elapsed());
        if left.is_zero() {
            let (uri, seconds) = (database.to_string(), start.elapsed().as_secs());
            return Err(RunError::NoAnswer { uri, seconds, attempts, error });
        }
        // The last attempt is made when the time is over, rather than some time before.
        let pause = pauses.next().min(left);
        tracing::warn!(
            %database,
            %error,
            "the database does not answer: trying again in {:.1} s, for {:.0} s more",
            pause.as_secs_f64(),
            left.as_secs_f64()
        );
        tokio::time::sleep(pause).await;
    }
}

/// Pauses that grow, each between its half and its whole, so that servers that start together do not come together.
struct Pauses<'a> {
    next: Duration,
    entropy: &'a dyn Entropy,
}

impl Pauses<'_> {
    fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        let mut bytes = [0; 2];
        self.entropy.fill(&mut bytes);
        let share = f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX);
        whole.mul_f64(0.5 + share / 2.0)
    }
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
