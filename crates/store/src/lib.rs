//! SQL: connections, schema, repositories. The only crate that knows sqlx and sea-query.
//!
//! A repository function takes a [`Connection`] and builds its statements with sea-query; reads run on a [`Db::snapshot`],
//! changes in [`Db::write`]. What differs between databases is a named function of `dialect`.

pub mod auth;
mod db;
mod dialect;
mod error;
pub mod own;
mod readers;
pub mod registry;
pub mod schema;
pub mod tracking;
pub mod uri;
mod writer;

pub use db::{AnyRow, Connection, Db, Snapshot, Statement};
pub use error::StoreError;
pub use uri::StoreUri;
