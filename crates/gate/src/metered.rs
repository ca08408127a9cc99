//! Counts how requests to operations end, and how long they take.

use axum::response::Response;
use telemetry::{Outcome, Telemetry};
use tokio::time::Instant;

/// That an answer is for somebody who was not let in: an extension of it.
#[derive(Debug, Clone, Copy)]
struct TurnedAway;

/// Marks an answer as one for somebody who was not let in.
pub(crate) fn turned_away(mut answer: Response) -> Response {
    answer.extensions_mut().insert(TurnedAway);
    answer
}

/// Waits for an answer, and counts it under the operation where there is something that counts. A client that goes away before
/// its answer has begun is not counted.
pub(crate) async fn operation(
    telemetry: Option<&Telemetry>,
    name: &'static str,
    answer: impl Future<Output = Response>,
) -> Response {
    let Some(telemetry) = telemetry else { return answer.await };
    let began = Instant::now();
    let answer = answer.await;
    let turned_away = answer.extensions().get::<TurnedAway>().is_some();
    telemetry.operation(name, Outcome::of(answer.status().as_u16(), turned_away), began.elapsed());
    answer
}
