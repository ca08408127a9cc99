//! Deliveries: kept in memory in bounded numbers, a few at a time, tried again when that may help. What does not fit is
//! dropped, so that nobody ever waits for a receiver; what is left when the server stops is lost, as in MLflow.

use crate::client::{Answer, Client, SendError};
use crate::retry;
use crate::signature::{DELIVERY_ID, SIGNATURE, SigningSecret, TIMESTAMP};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use model::ambient::uuid;
use model::{Clock, Entropy, WebhookEvent};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Deliveries that may wait or be under way.
const MAX_DELIVERIES: usize = 1000;
/// Of them, those to one webhook: one that does not answer must not take the room of all.
const MAX_OF_ONE: usize = MAX_DELIVERIES / 4;
/// Their bodies together.
const MAX_KIB: usize = 64 * 1024;
/// Webhooks that are remembered beyond their deliveries, until there are so many.
const IDLE_LANES: usize = 64;

/// How deliveries are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Requests at once (`MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS`).
    pub workers: usize,
    /// Attempts after the first (`MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES`).
    pub retries: u32,
}

/// An event on its way to a webhook.
#[derive(Clone)]
pub struct Delivery {
    pub webhook_id: String,
    pub event: WebhookEvent,
    pub url: String,
    pub secret: Option<SigningSecret>,
    /// As [`message`](crate::message) makes it.
    pub body: Bytes,
}

/// All deliveries of a server.
#[derive(Clone)]
pub struct Deliveries(Arc<Inner>);

struct Inner {
    client: Client,
    settings: Settings,
    backoff: Duration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    workers: Semaphore,
    places: Arc<Semaphore>,
    kib: Arc<Semaphore>,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
    under_way: Mutex<JoinSet<()>>,
    dropped: AtomicU64,
}

impl Deliveries {
    pub fn new(client: Client, settings: Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self(Arc::new(Inner {
            client,
            settings,
            backoff: retry::BACKOFF,
            clock,
            entropy,
            workers: Semaphore::new(settings.workers),
            places: Arc::new(Semaphore::new(MAX_DELIVERIES)),
            kib: Arc::new(Semaphore::new(MAX_KIB)),
            lanes: Mutex::default(),
            under_way: Mutex::default(),
            dropped: AtomicU64::new(0),
        }))
    }

    /// Takes a delivery on, and returns at once. One that there is no room for is dropped.
    pub fn enqueue(&self, delivery: Delivery) {
        let lane = self.0.lane(&delivery.webhook_id);
        let Some(place) = self.0.place(&lane, &delivery) else {
            let dropped = self.0.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            // A flood is told of with ever more behind it, not line by line.
            if dropped.is_power_of_two() {
                tracing::warn!(
                    webhook = delivery.webhook_id,
                    dropped,
                    "a delivery to a webhook was dropped: too many are waiting; this many were since the start"
                );
            }
            return;
        };
        let inner = Arc::clone(&self.0);
        let mut under_way = self.0.under_way();
        // Forgets those that are done.
        while under_way.try_join_next().is_some() {}
        under_way.spawn(async move {
            inner.deliver(&lane, &delivery).await;
            drop(place);
        });
    }

    /// Sends one request and waits for its answer, of whose body so many bytes are kept. Nothing is tried again.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn send(&self, delivery: &Delivery, keep: usize) -> Result<Answer, SendError> {
        self.0.attempt(delivery, &uuid(&*self.0.entropy), keep).await
    }

    /// How many were dropped for want of room.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits for what is under way, for so long at the most. Tells how many were given up.
    pub async fn drain(&self, patience: Duration) -> usize {
        let mut left = std::mem::take(&mut *self.0.under_way());
        let all = async { while left.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(patience, all).await;
        left.len()
    }

    /// The rules of URLs.
    pub fn client(&self) -> &Client {
        &self.0.client
    }
}

/// What the deliveries to one webhook may take.
struct Lane {
    places: Arc<Semaphore>,
    /// Half of all at the most, so that a slow one leaves some to the others.
    workers: Semaphore,
}

/// Room for a delivery.
struct Place {
    _of_one: OwnedSemaphorePermit,
    _one: OwnedSemaphorePermit,
    _kib: OwnedSemaphorePermit,
}

impl Inner {
    fn under_way(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, webhook: &str) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(webhook) {
            return Arc::clone(lane);
        }
        if lanes.len() >= IDLE_LANES {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let workers = Semaphore::new(self.settings.workers.div_ceil(2));
        let lane = Arc::new(Lane { places: Arc::new(Semaphore::new(MAX_OF_ONE)), workers });
        lanes.insert(webhook.to_owned(), Arc::clone(&lane));
        lane
    }

    fn place(&self, lane: &Lane, delivery: &Delivery) -> Option<Place> {
        let of_one = Arc::clone(&lane.places).try_acquire_owned().ok()?;
        let kib = u32::try_from(delivery.body.len() / 1024 + 1).ok()?;
        let one = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let kib = Arc::clone(&self.kib).try_acquire_many_owned(kib).ok()?;
        Some(Place { _of_one: of_one, _one: one, _kib: kib })
    }

    async fn deliver(&self, lane: &Lane, delivery: &Delivery) {
        let id = uuid(&*self.entropy);
        let (webhook, event) = (&delivery.webhook_id, delivery.event);
        for attempt in 1.. {
            let outcome = {
                // Neither is ever closed.
                let _of_one = lane.workers.acquire().await;
                let _worker = self.workers.acquire().await;
                self.attempt(delivery, &id, 0).await
            };
            if attempt <= self.settings.retries && retry::may_help(&outcome) {
                let wait = retry::wait(attempt, &outcome, self.backoff, &*self.clock, &*self.entropy);
                tokio::time::sleep(wait).await;
                continue;
            }
            match outcome {
                Ok(Answer { status: 200..300, .. }) => {
                    tracing::debug!(webhook, %event, attempt, "a webhook was told of an event");
                }
                Ok(Answer { status, .. }) => {
                    tracing::warn!(webhook, %event, attempt, status, "a webhook did not take an event");
                }
                Err(error) => {
                    let detail = error.detail();
                    tracing::warn!(webhook, %event, attempt, %error, detail, "a webhook could not be told of an event");
                }
            }
            return;
        }
    }

    /// Each attempt carries the time at which it is made, so that a receiver that looks at it does not take it for a replay.
    async fn attempt(&self, delivery: &Delivery, id: &str, keep: usize) -> Result<Answer, SendError> {
        let timestamp = (self.clock.now() / 1000).to_string();
        let mut headers = HeaderMap::new();
        let value =
            |text: String| HeaderValue::try_from(text).map_err(|error| SendError::Failed(error.to_string()));
        if let Some(secret) = &delivery.secret {
            headers.insert(SIGNATURE, value(secret.sign(id, &timestamp, &delivery.body))?);
        }
        headers.insert(DELIVERY_ID, value(id.to_owned())?);
        headers.insert(TIMESTAMP, value(timestamp)?);
        self.client.post(&delivery.url, headers, delivery.body.clone(), keep).await
    }
}

#[cfg(test)]
#[path = "deliveries_tests.rs"]
mod tests;
