//! The conformance suite of the store, by subject. Every test takes its database from `database`, so that the suite can
//! run on another kind by one more fixture there; `writer`, `readers` and `faults` are about SQLite alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "tests")]

mod audit;
mod auth_upgrade;
mod database;
mod datasets;
mod experiments;
mod faults;
mod grants;
mod logged_models;
mod metrics;
mod opening;
mod params_tags;
mod properties;
mod readers;
mod registry;
mod roles;
mod runs;
mod schema;
mod search_experiments;
mod search_many;
mod search_registry;
mod search_runs;
mod users;
mod writer;
