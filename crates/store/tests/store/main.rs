//! The conformance suite of the store, by subject. Every test takes its database from `database`: from SQLite, or from the server
//! that MILLGATE_TEST_DATABASE names. What is about SQLite alone stands in `on_sqlite`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "tests")]

mod audit;
mod auth_upgrade;
mod backup;
mod copy;
mod database;
mod datasets;
mod experiments;
mod external;
mod garbage;
mod grants;
mod indexes;
mod logged_models;
mod many_nodes;
mod metrics;
mod on_mysql;
mod on_sqlite;
mod params_tags;
mod properties;
mod registry;
mod roles;
mod runs;
mod schema;
mod search_experiments;
mod search_many;
mod search_registry;
mod search_runs;
mod servers;
mod tokens;
mod tracking_upgrade;
mod users;
mod webhooks;
