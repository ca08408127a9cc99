//! SQL: connections, schema, repositories. The only crate that knows sqlx and sea-query.
//!
//! A repository function takes a [`Connection`] and builds its statements with sea-query; reads run on a [`Db::snapshot`],
//! changes in [`Db::write`]. What differs between databases is a named function of `dialect`.

pub mod auth;
mod connect;
mod db;
mod dialect;
mod driver;
mod error;
mod int;
pub mod own;
mod places;
mod pool;
pub mod registry;
pub mod schema;
pub mod tracking;
mod transactions;
mod turn;
pub mod uri;
mod writer;

pub use connect::{PoolSettings, is_out_of_reach};
pub use db::{Connection, Db, Snapshot, Statement};
pub use driver::AnyRow;
pub use error::StoreError;
pub(crate) use int::Int;
pub use uri::StoreUri;
