//! Bodies on their way: what moves is noted, and what does not is given up.

use bytes::Bytes;
use gate::ForwardedBody;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Bytes of a request's body that are waited for before a worker is. A shorter body is there, whole.
const FIRST_BYTES: u64 = 64 * 1024;
/// How long a client may be waited for while it sends a body, in one piece or in many: it earns the time anew with what it sends.
const CLIENT_PATIENCE: Duration = Duration::from_secs(30);
/// Bytes with which a client earns a second. One that keeps to this rate may take as long as it likes.
const BYTES_PER_SECOND: u32 = 1024;

/// When something last moved, and whether the request's body broke off.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<(Mutex<Instant>, AtomicBool)>);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Mutex::new(Instant::now()), AtomicBool::new(false))))
    }

    pub(crate) fn last(&self) -> Instant {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.0.1.load(Ordering::Relaxed)
    }

    fn broke(&self) {
        self.0.1.store(true, Ordering::Relaxed);
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a request's body broke off.
#[derive(Debug, thiserror::Error)]
#[error("the client sent less than {BYTES_PER_SECOND} bytes a second for {} s", CLIENT_PATIENCE.as_secs())]
struct Slowness;

/// A request's body whose progress is noted, and whose client is not waited for without end.
pub(crate) struct Noted {
    /// What has come before it was asked for.
    first: VecDeque<Frame<Bytes>>,
    body: ForwardedBody,
    progress: Progress,
    /// What is left of the client's time.
    left: Duration,
    /// Since when the client is waited for, and when its time is up.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Noted {
    pub(crate) fn new(body: ForwardedBody, progress: Progress) -> Self {
        Self { first: VecDeque::new(), body, progress, left: CLIENT_PATIENCE, waiting: None }
    }

    /// Waits for the beginning, or the whole where that is all.
    ///
    /// # Errors
    /// When it breaks off, or comes too slowly.
    pub(crate) async fn begin(&mut self) -> Result<(), BoxError> {
        let mut first = VecDeque::new();
        let mut size = 0;
        while size < FIRST_BYTES && !self.body.is_end_stream() {
            let Some(frame) = self.frame().await else { break };
            let frame = frame?;
            size += length(&frame);
            first.push_back(frame);
        }
        self.first = first;
        Ok(())
    }

    /// A frame from the client.
    fn poll_client(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let Poll::Ready(frame) = polled else {
            let left = self.left;
            let (_, time_is_up) =
                self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
            ready!(time_is_up.as_mut().poll(context));
            return Poll::Ready(Some(Err(Slowness.into())));
        };
        let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
        let sent = frame.as_ref().and_then(|frame| frame.as_ref().ok()).map_or(0, length);
        let earned = Duration::from_secs(sent) / BYTES_PER_SECOND;
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(CLIENT_PATIENCE);
        Poll::Ready(frame)
    }
}

fn length(frame: &Frame<Bytes>) -> u64 {
    frame.data_ref().map_or(0, |data| data.len() as u64)
}

impl Body for Noted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(frame) = self.first.pop_front() {
            self.progress.note();
            return Poll::Ready(Some(Ok(frame)));
        }
        let frame = ready!(self.poll_client(context));
        self.progress.note();
        if let Some(Err(_)) = &frame {
            self.progress.broke();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (first, rest) = (self.first.iter().map(length).sum::<u64>(), self.body.size_hint());
        let mut all = SizeHint::new();
        all.set_lower(rest.lower().saturating_add(first));
        if let Some(upper) = rest.upper() {
            all.set_upper(upper.saturating_add(first));
        }
        all
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

    fn noted() -> (mpsc::UnboundedSender<Sent>, Noted, Progress) {
        let (sender, receiver) = mpsc::unbounded::<Sent>();
        let progress = Progress::new();
        (sender, Noted::new(StreamBody::new(receiver).boxed_unsync(), progress.clone()), progress)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_too_slowly_is_given_up() {
        let (sender, mut body, progress) = noted();
        let began = Instant::now();
        let dripping = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if sender.unbounded_send(frame()).is_err() {
                    return;
                }
            }
        });
        let error = body.begin().await.unwrap_err().to_string();
        assert!(error.contains("1024 bytes a second for 30 s"), "{error}");
        assert!((Duration::from_secs(29)..Duration::from_secs(35)).contains(&began.elapsed()));
        assert!(progress.is_broken());
        drop(body);
        dripping.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_with_a_slow_line_may_take_its_time_but_earns_no_more_than_that() {
        let (sender, mut body, progress) = noted();
        for _ in 0..100 {
            assert!(body.frame().now_or_never().is_none());
            tokio::time::sleep(Duration::from_secs(8)).await;
            sender.unbounded_send(Ok(Frame::data(Bytes::from(vec![0; 8 * 1024])))).unwrap();
            assert!(body.frame().await.unwrap().is_ok());
        }
        sender.unbounded_send(Ok(Frame::data(Bytes::from(vec![0; 8 << 20])))).unwrap();
        assert!(body.frame().await.unwrap().is_ok());
        let began = Instant::now();
        assert!(body.frame().await.unwrap().is_err());
        assert!(began.elapsed() < Duration::from_secs(31) && progress.is_broken());
    }

    #[tokio::test]
    async fn what_has_come_before_it_was_asked_for_is_there_in_its_order() {
        let (sender, mut body, _) = noted();
        for number in 0..200_u8 {
            sender.unbounded_send(Ok(Frame::data(Bytes::from(vec![number; 1000])))).unwrap();
        }
        drop(sender);
        body.begin().await.unwrap();
        assert!(!body.is_end_stream() && body.size_hint().lower() >= FIRST_BYTES);
        let whole = body.collect().await.unwrap().to_bytes();
        assert_eq!(whole.len(), 200_000);
        assert!(whole.chunks(1000).zip(0..).all(|(piece, number)| piece[0] == number));

        let mut small = Noted::new(
            http_body_util::Full::new(Bytes::from_static(b"small"))
                .map_err(|never| match never {})
                .boxed_unsync(),
            Progress::new(),
        );
        small.begin().await.unwrap();
        assert_eq!(small.size_hint().exact(), Some(5));
        assert_eq!(small.collect().await.unwrap().to_bytes(), "small");
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
