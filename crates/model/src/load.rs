//! How much there is to do, as numbers at one moment: what the parts of a server tell for its metrics.

/// How much a database has to do. Everything is a number of this process alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatabaseLoad {
    /// Connections that may be open at once. On SQLite those that read; the writer has one more.
    pub max: u64,
    /// Connections that work for a request, and those that are just being opened.
    pub in_use: u64,
    /// Connections that are open and have nothing to do.
    pub idle: u64,
    /// Requests that wait for a connection.
    pub waiting: u64,
    /// Requests, since the start, that got none: too many waited, or none became free in time.
    pub turned_away: u64,
    /// Writes that wait for their turn.
    pub writes_waiting: u64,
    /// Searches that wait for others to end.
    pub searches_waiting: u64,
}

/// How much password hashing there is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HashingLoad {
    /// Hashes that are being computed.
    pub running: u64,
    /// Hashes that may be computed at once.
    pub max: u64,
    /// Hashes that wait for their turn.
    pub waiting: u64,
    /// Hashes that were computed since the start.
    pub done: u64,
    /// Seconds that they took, the wait for their turn left out.
    pub seconds: f64,
}
