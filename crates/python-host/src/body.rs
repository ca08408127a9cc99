//! Bodies on their way: what moves is noted, and what does not is given up.

use bytes::Bytes;
use gate::ForwardedBody;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// When something last moved.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(crate) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// A request's body whose progress is noted.
pub(crate) struct Noted {
    body: ForwardedBody,
    progress: Progress,
}

impl Noted {
    pub(crate) fn new(body: ForwardedBody, progress: Progress) -> Self {
        Self { body, progress }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Body for Noted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.progress.note();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why an answer broke off.
#[derive(Debug, thiserror::Error)]
#[error("the Python app sent nothing more of its answer for {} s", .0.as_secs())]
struct Silence(Duration);

/// An answer's body that fails when its sender says nothing for too long. `held` is what goes with it: dropped when the body is,
/// and given to `whole` when it came to its end.
pub(crate) struct Patient<B, T> {
    body: B,
    held: Option<T>,
    whole: fn(T),
    patience: Duration,
    /// Runs while the sender is waited for, not while nobody asks.
    silence: Option<Pin<Box<Sleep>>>,
}

impl<B: Body, T> Patient<B, T> {
    pub(crate) fn new(body: B, patience: Duration, held: T, whole: fn(T)) -> Self {
        let mut new = Self { body, held: Some(held), whole, patience, silence: None };
        new.end_if_whole();
        new
    }

    fn end_if_whole(&mut self) {
        if self.body.is_end_stream() {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(held) = self.held.take() {
            (self.whole)(held);
        }
    }
}

impl<B, T> Body for Patient<B, T>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
    T: Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(frame) = polled {
            self.silence = None;
            match &frame {
                None => self.end(),
                Some(Ok(_)) => self.end_if_whole(),
                Some(Err(_)) => self.held = None,
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let patience = self.patience;
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(silence.as_mut().poll(context));
        self.held = None;
        let error = Silence(patience);
        tracing::warn!("{error}");
        Poll::Ready(Some(Err(error.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::mpsc;
    use futures::{FutureExt, SinkExt, StreamExt};
    use http_body_util::{BodyExt, Empty, StreamBody};
    use std::sync::atomic::{AtomicUsize, Ordering};

    type Sent = Result<Frame<Bytes>, BoxError>;

    /// What is sent into a channel, as a body; the number counts those that came to their end.
    fn body(
        whole: &Arc<AtomicUsize>,
    ) -> (mpsc::Sender<Sent>, impl Body<Data = Bytes, Error = BoxError> + Unpin) {
        let (sender, receiver) = mpsc::channel::<Sent>(1);
        let count = |whole: Arc<AtomicUsize>| {
            whole.fetch_add(1, Ordering::Relaxed);
        };
        (
            sender,
            Patient::new(StreamBody::new(receiver.boxed()), Duration::from_secs(5), Arc::clone(whole), count),
        )
    }

    fn frame() -> Sent {
        Ok(Frame::data(Bytes::from_static(b"data")))
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_falls_silent_is_given_up() {
        let whole = Arc::default();
        let (mut sender, mut body) = body(&whole);
        sender.send(frame()).await.unwrap();
        assert!(body.frame().await.unwrap().is_ok());
        let error = body.frame().await.unwrap().unwrap_err().to_string();
        assert!(error.contains("for 5 s"), "{error}");
        assert_eq!(whole.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_may_take_its_time() {
        let whole = Arc::default();
        let (mut sender, mut body) = body(&whole);
        for _ in 0..3 {
            sender.send(frame()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
            assert!(body.frame().await.unwrap().is_ok());
            // Waiting begins, and ends before it is too long.
            assert!(body.frame().now_or_never().is_none());
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        drop(sender);
        assert!(body.frame().await.is_none());
        assert_eq!(whole.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_empty_is_whole_at_once() {
        let whole = Arc::new(AtomicUsize::new(0));
        let empty = Empty::<Bytes>::new();
        let count = |whole: Arc<AtomicUsize>| {
            whole.fetch_add(1, Ordering::Relaxed);
        };
        drop(Patient::new(empty, Duration::from_secs(1), Arc::clone(&whole), count));
        assert_eq!(whole.load(Ordering::Relaxed), 1);
    }
}
