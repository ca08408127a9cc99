//! Users of the server.

/// A user's id in the authentication database. Ids come back after a delete on SQLite: what refers to a user must go
/// with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub i64);
