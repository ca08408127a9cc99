//! The table against MLflow's routes, and the documentation against the table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod not_served;
mod routes;
