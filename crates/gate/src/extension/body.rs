//! Bodies that pass through an app's layers.

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Limited};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What goes wrong while a body is read.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request or an answer, read as it comes.
pub struct Body(pub(crate) axum::body::Body);

impl Body {
    /// One without any bytes.
    pub fn empty() -> Self {
        Self(axum::body::Body::empty())
    }

    /// All bytes of it, up to so many.
    ///
    /// # Errors
    /// When there are more, or it breaks off.
    pub async fn collect(self, max_bytes: usize) -> Result<Bytes, BodyError> {
        Ok(Limited::new(self.0, max_bytes).collect().await?.to_bytes())
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(axum::body::Body::from(bytes.into()))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body")
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.0).poll_frame(context).map_err(BodyError::from)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}
