//! Limits on the head of a request, for the builder of hyper's HTTP/1 connections.

use std::time::Duration;

/// Header fields of a request; more is answered 431. hyper's own default, which it keeps on the stack.
pub const MAX_HEADERS: usize = 100;

/// Bytes of a request's head, the request line with it (`max_header_size`); more is answered 431. As much as MLflow's
/// uvicorn takes.
pub const MAX_HEAD_BYTES: usize = 64 << 10;

/// The time from the first byte of a request (or the accept of its connection) to the end of its head.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);
