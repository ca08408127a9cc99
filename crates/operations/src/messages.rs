//! The messages of MLflow's REST API, a file per resource. Fields and defaults are those of MLflow 3.17's protobuf files.

mod artifacts;
mod audit;
mod experiments;
mod garbage;
mod logged_models;
mod metrics;
mod pages;
mod permissions;
mod registry;
mod roles;
mod runs;
mod server;
mod tokens;
mod users;
mod webhooks;

pub use artifacts::*;
pub use audit::*;
pub use experiments::*;
pub use garbage::*;
pub use logged_models::*;
pub use metrics::*;
pub use pages::*;
pub use permissions::*;
pub use registry::*;
pub use roles::*;
pub use runs::*;
pub use server::*;
pub use tokens::*;
pub use users::*;
pub use webhooks::*;

/// An answer without content: `{}`.
#[derive(Debug, serde::Serialize)]
pub struct Done {}
