//! The real binary, started as a user starts it and spoken to over a socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod attack;
mod audit;
mod command;
mod harness;
mod health;
mod metrics;
mod parts;
mod people_commands;
mod shutdown;
mod throttle;
mod tls;
mod token_commands;
