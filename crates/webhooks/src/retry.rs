//! When a delivery is tried again, as MLflow 3.17 has urllib3 do it (`_create_webhook_session`).

use crate::client::{Answer, SendError};
use model::{Clock, Entropy};
use std::time::Duration;

/// Between two attempts, unless the receiver says how long: the first wait is this, and each is twice the one before.
pub(crate) const BACKOFF: Duration = Duration::from_secs(1);
/// What a wait is stretched by at random, at the most.
const JITTER: Duration = Duration::from_secs(1);
/// The longest wait of our own choosing.
const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// The longest wait that a receiver gets by `retry-after`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Whether another attempt may do better.
pub(crate) fn may_help(outcome: &Result<Answer, SendError>) -> bool {
    match outcome {
        Ok(Answer { status: 429 | 500 | 502 | 503 | 504, .. }) => true,
        Ok(Answer { status: 413, retry_after, .. }) => retry_after.is_some(),
        Ok(_) => false,
        Err(SendError::Refused(_)) => false,
        Err(SendError::TimedOut | SendError::Failed(_)) => true,
    }
}

/// How long to wait before the next attempt, after so many (from 1).
pub(crate) fn wait(
    attempts: u32,
    outcome: &Result<Answer, SendError>,
    backoff: Duration,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Duration {
    if let Ok(Answer { status: 413 | 429 | 503, retry_after: Some(asked), .. }) = outcome
        && let Some(asked) = asked_for(asked, clock)
    {
        return asked.min(MAX_RETRY_AFTER);
    }
    let doubled = backoff.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let mut random = [0];
    entropy.fill(&mut random);
    let jitter = JITTER.min(backoff) * u32::from(random[0]) / 255;
    doubled.saturating_add(jitter).min(MAX_BACKOFF)
}

/// The seconds, or the time until the date, that `retry-after` says.
fn asked_for(text: &str, clock: &dyn Clock) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(u64::try_from(clock.now()).unwrap_or_default());
    Some(date.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;

    struct Fixed(u8);

    impl Clock for Fixed {
        fn now(&self) -> Millis {
            784_111_777_000
        }
    }

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn answered(status: u16, retry_after: Option<&str>) -> Result<Answer, SendError> {
        Ok(Answer { status, retry_after: retry_after.map(str::to_owned), body: Vec::new() })
    }

    fn seconds(attempts: u32, random: u8, outcome: &Result<Answer, SendError>) -> u64 {
        wait(attempts, outcome, BACKOFF, &Fixed(random), &Fixed(random)).as_secs()
    }

    #[test]
    fn what_may_do_better_is_tried_again() {
        for status in [429, 500, 502, 503, 504] {
            assert!(may_help(&answered(status, None)), "{status}");
        }
        for status in [200, 204, 302, 400, 401, 404, 413, 501] {
            assert!(!may_help(&answered(status, None)), "{status}");
        }
        assert!(may_help(&answered(413, Some("1"))));
        assert!(may_help(&Err(SendError::TimedOut)) && may_help(&Err(SendError::Failed(String::new()))));
        assert!(!may_help(&Err(SendError::Refused(String::new()))));
    }

    #[test]
    fn waits_double_up_to_a_minute_and_are_stretched_at_random() {
        let failed = answered(500, Some("9"));
        let waits = [1, 2, 3, 6, 7, 100].map(|attempts| seconds(attempts, 0, &failed));
        assert_eq!(waits, [1, 2, 4, 32, 60, 60]);
        assert_eq!([1, 3, 7].map(|attempts| seconds(attempts, 255, &failed)), [2, 5, 60]);
    }

    #[test]
    fn a_receiver_says_how_long_to_wait() {
        for (asked, expected) in [
            ("0", 0),
            (" 7 ", 7),
            ("3600", 300),
            ("Sun, 06 Nov 1994 08:49:47 GMT", 10),
            ("Sun, 06 Nov 1994 08:49:07 GMT", 0),
            // Not understood: as without.
            ("-1", 1),
            ("soon", 1),
            ("99999999999999999999", 1),
        ] {
            assert_eq!(seconds(1, 0, &answered(429, Some(asked))), expected, "{asked}");
        }
    }
}
