//! Attempts to get past the gate of the real binary, one test for each class of advisory that MLflow or its like have
//! had. Each runs a server of its own, with an owner, a stranger and an administrator.

mod artifacts;
mod browsers;
mod credentials;
mod floods;
mod ids;
mod locations;
mod registry;
mod routes;
mod searches;
mod tokens;
mod users;
pub(crate) mod world;
