//! What one search may ask for. MLflow bounds these only through its SQL parser (10,000 tokens) and the database.

/// Bytes of a filter: room for [`LIST_ITEMS`] run ids of 32 characters.
pub const FILTER_BYTES: usize = 256 * 1024;
/// Conditions of a filter. Each may cost the database a subquery; SQLite nests at most 1,000 expressions.
pub const CONDITIONS: usize = 500;
/// Bytes of one string of a filter: SQLite matches no longer pattern with LIKE.
pub const STRING_BYTES: usize = 50_000;
/// Strings in all lists of a filter together, below every database's limit of bound parameters.
pub const LIST_ITEMS: usize = 5000;
/// Clauses of an order_by. Each may cost the database a join; SQLite joins at most 64 tables.
pub const ORDER_BY_CLAUSES: usize = 50;
/// Bytes of one order_by clause; a key has at most 250 characters.
pub const ORDER_BY_BYTES: usize = 4096;
/// Bytes of a page token.
pub const PAGE_TOKEN_BYTES: usize = 1024;
