//! What the server and a worker tell each other over the worker's control socket: a JSON value a line.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a worker is to know of the server, so that MLflow's own code in it finds what `mlflow server` would have told it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ServerFacts {
    pub static_prefix: Option<String>,
    pub default_artifact_root: String,
    pub artifacts_destination: Option<String>,
    pub artifacts_only: bool,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// Whether clients reach it over TLS.
    pub over_tls: bool,
}

/// The first line to a worker. It has no `Debug`: it holds the secret.
#[derive(Serialize)]
pub(crate) struct Assignment<'a> {
    pub(crate) worker: usize,
    pub(crate) secret: &'a str,
    /// The server's core.
    pub(crate) core: &'a Path,
    /// A name in the place of a host, under which code in the worker reaches the core. Nobody outside can guess it.
    pub(crate) core_host: &'a str,
    /// Where to listen.
    pub(crate) listen: &'a Path,
    pub(crate) task: &'a TaskOnWire<'a>,
    pub(crate) threads: usize,
    /// Seconds without progress after which a request is lost.
    pub(crate) timeout: f64,
    pub(crate) server: &'a ServerFacts,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskOnWire<'a> {
    /// The name of an entry point of the group `mlflow.app`.
    App(&'a str),
    /// `module:function`.
    Authorize(&'a str),
}

/// Every further line to a worker.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Ping(u64),
    Stop,
}

/// A line from a worker.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// It listens. What runs in it, for the log.
    Ready { what: String },
    /// It cannot start: a traceback.
    Failed(String),
    Pong {
        ping: u64,
        /// Whether every thread has made no progress for longer than a request may take.
        stuck: bool,
    },
}
