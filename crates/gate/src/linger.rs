//! Reading on after an answer. A client that is refused while it still sends would find its connection reset, and many
//! never read the answer then: what it sends is taken and thrown away for a while.

use axum::body::{Body as HttpBody, HttpBody as _};
use bytes::Bytes;
use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::BodyExt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// How long, and how many bytes, are read on. A connection that sends more is closed.
const LINGER_TIME: Duration = Duration::from_secs(5);
const LINGER_BYTES: usize = 16 << 20;

/// A request's body that is read on when it is dropped before its end.
pub(crate) struct Lingering {
    body: Option<HttpBody>,
}

impl Lingering {
    /// Wraps the body of a request, unless there is none, or the client waits to be told to send it.
    pub(crate) fn wrap(body: HttpBody, headers: &HeaderMap) -> HttpBody {
        if body.is_end_stream() || headers.contains_key(EXPECT) {
            return body;
        }
        HttpBody::new(Self { body: Some(body) })
    }
}

impl http_body::Body for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.as_ref().map_or_else(http_body::SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        // Outside a runtime there is no connection left to read from.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async {
                // Whether it came to its end or not, nobody wants to know.
                let _ = tokio::time::timeout(LINGER_TIME, discard(body)).await;
            });
        }
    }
}

async fn discard(mut body: HttpBody) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let size = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(size) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
