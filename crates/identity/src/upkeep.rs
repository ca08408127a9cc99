//! What is kept in memory and written from time to time.

use std::time::Duration;

/// How often it is written.
const INTERVAL: Duration = Duration::from_secs(10);

/// Writes every ten seconds and, at last, when `stop` is ready. Given up before, it can lose what it is just writing.
pub(crate) async fn keep_writing<W: Future<Output = ()>>(
    write: impl Fn() -> W,
    stop: impl Future<Output = ()>,
) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let stopped = tokio::time::timeout(INTERVAL, &mut stop).await.is_ok();
        write().await;
        if stopped {
            return;
        }
    }
}
