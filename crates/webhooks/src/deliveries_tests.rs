use super::*;
use crate::receiver::{Received, Receiver, answer};
use crate::target::{Rules, Scheme};
use model::{Millis, SystemEntropy, WebhookAction, WebhookEntity};
use std::sync::atomic::AtomicI64;

/// A second later each time it is asked.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Millis {
        self.0.fetch_add(1000, Ordering::Relaxed)
    }
}

fn deliveries(settings: Settings, timeout: Duration) -> Deliveries {
    let rules = Rules { schemes: vec![Scheme::Http], allow_private_ips: true };
    let clock = Arc::new(Ticking(AtomicI64::new(1_700_000_000_000)));
    let made = Deliveries::new(Client::new(rules, timeout), settings, clock, Arc::new(SystemEntropy));
    let mut inner = Arc::into_inner(made.0).unwrap();
    inner.backoff = Duration::from_millis(1);
    Deliveries(Arc::new(inner))
}

fn patient(settings: Settings) -> Deliveries {
    deliveries(settings, Duration::from_secs(20))
}

fn to(receiver: &Receiver, secret: Option<&str>) -> Delivery {
    to_webhook("w", receiver, secret)
}

fn to_webhook(id: &str, receiver: &Receiver, secret: Option<&str>) -> Delivery {
    Delivery {
        webhook_id: id.to_owned(),
        event: WebhookEvent::new(WebhookEntity::Prompt, WebhookAction::Created),
        url: format!("http://127.0.0.1:{}/", receiver.port),
        secret: secret.map(|secret| SigningSecret::new(secret.to_owned())),
        body: Bytes::from_static(b"{}"),
    }
}

fn header(request: &Received, name: &str) -> String {
    request.header(name).unwrap().to_owned()
}

#[tokio::test]
async fn a_delivery_is_tried_again_with_the_same_id_and_signed_anew() {
    let receiver = Receiver::start(|number| answer(if number < 2 { 503 } else { 200 }, "", "")).await;
    let deliveries = patient(Settings { workers: 2, retries: 3 });
    deliveries.enqueue(to(&receiver, Some("s")));
    let requests = receiver.wait_for(3).await;
    assert_eq!(deliveries.drain(Duration::from_secs(5)).await, 0);
    assert_eq!(receiver.received().len(), 3);
    let id = header(&requests[0], "x-mlflow-delivery-id");
    assert_eq!(id.split('-').count(), 5);
    for (request, seconds) in requests.iter().zip(1_700_000_000..) {
        assert_eq!(header(request, "X-MLflow-Delivery-Id"), id);
        let timestamp = header(request, "X-MLflow-Timestamp");
        assert!(timestamp.parse::<i64>().unwrap() >= seconds);
        let signature = SigningSecret::new("s".to_owned()).sign(&id, &timestamp, &request.body);
        assert_eq!(header(request, "X-MLflow-Signature"), signature);
    }
}

#[tokio::test]
async fn retries_end_and_are_not_wasted_on_what_is_refused() {
    let failing = Receiver::start(|_| answer(500, "", "")).await;
    let refusing = Receiver::start(|_| answer(400, "", "")).await;
    let deliveries = patient(Settings { workers: 2, retries: 2 });
    deliveries.enqueue(to(&failing, None));
    deliveries.enqueue(to(&refusing, None));
    assert_eq!(deliveries.drain(Duration::from_secs(10)).await, 0);
    assert_eq!((failing.received().len(), refusing.received().len()), (3, 1));
    assert!(failing.received()[0].header("x-mlflow-signature").is_none());
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_there_are_workers() {
    let receiver = Receiver::start(|_| String::new()).await;
    let deliveries = patient(Settings { workers: 3, retries: 0 });
    for number in 0..20 {
        deliveries.enqueue(to_webhook(&number.to_string(), &receiver, None));
    }
    receiver.wait_for(3).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.received().len(), 3);
    // Those that never get an answer do not keep the server from ending.
    assert_eq!(deliveries.drain(Duration::from_millis(50)).await, 20);
}

#[tokio::test]
async fn a_webhook_that_does_not_answer_leaves_room_for_the_others() {
    let silent = Receiver::start(|_| String::new()).await;
    let prompt = Receiver::start(|_| answer(200, "", "")).await;
    let deliveries = patient(Settings { workers: 2, retries: 0 });
    for _ in 0..MAX_DELIVERIES {
        deliveries.enqueue(to_webhook("silent", &silent, None));
    }
    silent.wait_for(1).await;
    assert_eq!(deliveries.dropped(), u64::try_from(MAX_DELIVERIES - MAX_OF_ONE).unwrap());
    for number in 0..100 {
        deliveries.enqueue(to_webhook(&number.to_string(), &prompt, None));
    }
    prompt.wait_for(100).await;
    assert_eq!(silent.received().len(), 1);
    // Those that have nothing to do are forgotten, the others are not.
    let lanes = deliveries.0.lanes.lock().unwrap();
    assert!(lanes.len() <= 101 && lanes.contains_key("silent"));
}

#[tokio::test]
async fn a_delivery_that_waits_to_be_tried_again_takes_no_worker() {
    let later = Receiver::start(|_| answer(503, "retry-after: 100\r\n", "")).await;
    let prompt = Receiver::start(|_| answer(200, "", "")).await;
    let deliveries = patient(Settings { workers: 1, retries: 5 });
    deliveries.enqueue(to(&later, None));
    later.wait_for(1).await;
    deliveries.enqueue(to(&prompt, None));
    prompt.wait_for(1).await;
    assert_eq!(deliveries.drain(Duration::from_millis(50)).await, 1);
}

#[tokio::test]
async fn what_there_is_no_room_for_is_dropped_and_counted() {
    let receiver = Receiver::start(|_| String::new()).await;
    let deliveries = patient(Settings { workers: 1, retries: 0 });
    for number in 0..MAX_DELIVERIES + 7 {
        deliveries.enqueue(to_webhook(&number.to_string(), &receiver, None));
    }
    assert_eq!(deliveries.dropped(), 7);
    assert_eq!(deliveries.drain(Duration::ZERO).await, MAX_DELIVERIES);
    // Room is given back, and there is as little for a few large ones as for many small ones.
    let large = Delivery { body: Bytes::from(vec![b' '; MAX_KIB * 1024 / 4]), ..to(&receiver, None) };
    tokio::task::yield_now().await;
    for _ in 0..5 {
        deliveries.enqueue(large.clone());
    }
    assert_eq!(deliveries.dropped(), 9);
}

#[tokio::test]
async fn a_test_sends_one_request_whatever_comes_of_it() {
    let receiver = Receiver::start(|_| answer(503, "", "busy")).await;
    let deliveries = patient(Settings { workers: 1, retries: 3 });
    let answer = deliveries.send(&to(&receiver, Some("s")), 3).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (503, &b"bus"[..]));
    assert_eq!(receiver.received().len(), 1);
}
