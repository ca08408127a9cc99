//! The configuration: flags and environment in, checked settings out. Nothing here opens a database or a socket.

mod auth;
mod database;
mod environment;
mod error;
mod function;
mod ini;
mod locations;
mod python;
mod section;
mod server;
mod server_options;
mod sources;
mod variables;
mod webhooks;
mod words;

pub use auth::AuthConfig;
pub(crate) use database::database;
pub use environment::Environment;
pub use error::{ConfigError, KnownApps, Origin, Warning};
pub use function::AuthorizationFunction;
pub use python::PythonConfig;
pub(crate) use python::workers_are_ignored;
pub(crate) use server::{DEFAULT_BACKEND, DEFAULT_DESTINATION, DEFAULT_PORT};
pub use server::{Limits, ServerConfig, TlsFiles};
pub use sources::Sources;
pub use store::uri::Secret;
pub use webhooks::WebhookConfig;
