//! Places for what may only go on a few times at once: searches, and writes on a server.

use crate::error::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a search waits for other searches to end, and a write for other writes.
const PLACE_TIMEOUT: Duration = Duration::from_secs(10);

/// See the module. Cloning gives another handle to the same places.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    waiting: Arc<AtomicU64>,
}

/// Counts one that waits, until it is dropped: a request may be given up while it waits.
struct Waiting<'p>(&'p AtomicU64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub(crate) fn new(places: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(places)), waiting: Arc::default() }
    }

    /// A place, which is free again when what is given is dropped.
    ///
    /// # Errors
    /// When none becomes free within ten seconds.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        if let Ok(place) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(place);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        match tokio::time::timeout(PLACE_TIMEOUT, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(StoreError::Database(sqlx::Error::PoolTimedOut)),
        }
    }

    /// How many wait for a place.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_counted_until_there_is_a_place_or_the_request_is_given_up() {
        let places = Places::new(1);
        let first = places.take().await.unwrap();
        assert_eq!(places.waiting(), 0);
        let second = tokio::spawn({
            let places = places.clone();
            async move { places.take().await }
        });
        let given_up = tokio::spawn({
            let places = places.clone();
            async move { places.take().await }
        });
        while places.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        assert_eq!(places.waiting(), 1);
        drop(first);
        let _second = second.await.unwrap().unwrap();
        assert_eq!(places.waiting(), 0);
    }
}
