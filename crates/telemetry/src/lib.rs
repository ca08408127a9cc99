//! What the server counts, and its text for Prometheus. The only crate that knows prometheus-client.
//!
//! A label has few values, and no client chooses one: operations of the table, outcomes, HTTP methods, statuses, roles of
//! databases. Names of users, ids and paths are in no label. Numbers that other crates keep anyway come from [`Sources`] when
//! the text is made.
//!
//! The families `mlflow_http_*` are those of `mlflow server --expose-prometheus` (MLflow 3.17 `server/prometheus_exporter.py`),
//! so that what reads them there reads them here.

mod process;
mod sources;

pub use sources::Sources;

use bytes::Bytes;
use model::Clock;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a text is good. Anybody may ask, as often as they like: it is made once in that time at the most.
const GOOD_FOR: Duration = Duration::from_millis(500);

/// Upper bounds of the durations of operations, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Those that MLflow's exporter has: the default of Python's prometheus_client.
const MLFLOW_BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// How a request ended, seen from an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// 1xx to 3xx.
    Ok,
    /// Turned away at the door: no login, or a wrong one, or too many.
    Unauthenticated,
    /// 403: the caller may not.
    Denied,
    /// Any other 4xx.
    ClientError,
    /// 5xx.
    ServerError,
}

impl Outcome {
    /// The outcome that a status stands for. `turned_away` says that the caller was not let in, whatever the status, as an
    /// app may lead to a login page.
    pub const fn of(status: u16, turned_away: bool) -> Self {
        match status {
            500.. => Self::ServerError,
            _ if turned_away => Self::Unauthenticated,
            401 => Self::Unauthenticated,
            403 => Self::Denied,
            400.. => Self::ClientError,
            _ => Self::Ok,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unauthenticated => "unauthenticated",
            Self::Denied => "denied",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
        }
    }
}

/// Why a login was refused. A request without credentials is no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusedLogin {
    WrongCredentials,
    /// Too many failed before.
    Throttled,
    /// Whoever was to vouch for the caller did not answer.
    Unavailable,
    /// The operator's own function said no.
    ByFunction,
}

impl RefusedLogin {
    const ALL: [Self; 4] = [Self::WrongCredentials, Self::Throttled, Self::Unavailable, Self::ByFunction];

    const fn as_str(self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong_credentials",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::ByFunction => "function",
        }
    }
}

/// Labels with names that stand in the code.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// By method and status, which has too many values for names in the code.
type ByStatus<const N: usize> = [(&'static str, StatusLabel); N];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum StatusLabel {
    Name(&'static str),
    Code(u16),
}

impl prometheus_client::encoding::EncodeLabelValue for StatusLabel {
    fn encode(
        &self,
        encoder: &mut prometheus_client::encoding::LabelValueEncoder<'_>,
    ) -> Result<(), std::fmt::Error> {
        match self {
            Self::Name(name) => name.encode(encoder),
            Self::Code(code) => u32::from(*code).encode(encoder),
        }
    }
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

fn histogram_of_mlflow() -> Histogram {
    Histogram::new(MLFLOW_BUCKETS)
}

/// Which versions are running.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    pub millgate: &'static str,
    /// The version of MLflow whose API is served.
    pub mlflow: &'static str,
}

/// See the crate. Cloning gives another handle to the same numbers.
#[derive(Clone)]
pub struct Telemetry {
    shared: Arc<Shared>,
}

struct Shared {
    registry: Registry,
    operations: Family<Labels<2>, Counter>,
    operation_seconds: Histograms<Labels<1>>,
    refused_logins: Family<Labels<1>, Counter>,
    requests: Family<ByStatus<2>, Counter>,
    request_seconds: Histograms<ByStatus<3>>,
    versions: Versions,
    /// The last text, and when it was made.
    text: Mutex<Option<(Instant, Bytes)>>,
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telemetry")
    }
}

impl Telemetry {
    pub fn new(versions: Versions, sources: Sources, clock: &dyn Clock) -> Self {
        let operations = Family::default();
        let operation_seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let refused_logins = Family::<Labels<1>, Counter>::default();
        let requests = Family::default();
        let request_seconds = Family::new_with_constructor(histogram_of_mlflow as fn() -> Histogram);
        // There from the start: an alert on the first of them needs a zero before it.
        for reason in RefusedLogin::ALL {
            drop(refused_logins.get_or_create(&[("reason", reason.as_str())]));
        }
        let mut registry = Registry::default();
        registry.register(
            "millgate_build",
            "The versions of Millgate and of the MLflow API that it serves",
            Info::new([("version", versions.millgate), ("mlflow_version", versions.mlflow)]),
        );
        registry.register(
            "millgate_operations",
            "Requests by operation and by how they ended",
            Family::clone(&operations),
        );
        registry.register(
            "millgate_operation_duration_seconds",
            "Time from the head of a request to the head of its answer, by operation",
            Family::clone(&operation_seconds),
        );
        registry.register(
            "millgate_logins_refused",
            "Logins that were refused, by the reason",
            refused_logins.clone(),
        );
        registry.register(
            "mlflow_http_request",
            "HTTP requests by method and status, as MLflow counts them",
            Family::clone(&requests),
        );
        registry.register(
            "mlflow_http_request_duration_seconds",
            "Time to the head of an answer, by method and status, as MLflow counts it",
            Family::clone(&request_seconds),
        );
        registry.register_collector(Box::new(sources));
        registry.register_collector(Box::new(process::Process::started_at(clock.now())));
        Self {
            shared: Arc::new(Shared {
                registry,
                operations,
                operation_seconds,
                refused_logins,
                requests,
                request_seconds,
                versions,
                text: Mutex::default(),
            }),
        }
    }

    /// Counts a request to an operation of that name, one of the table.
    pub fn operation(&self, name: &'static str, outcome: Outcome, took: Duration) {
        let labels = [("operation", name), ("outcome", outcome.as_str())];
        self.shared.operations.get_or_create(&labels).inc();
        self.shared.operation_seconds.get_or_create(&[("operation", name)]).observe(took.as_secs_f64());
    }

    /// Counts a login that was refused.
    pub fn refused_login(&self, reason: RefusedLogin) {
        self.shared.refused_logins.get_or_create(&[("reason", reason.as_str())]).inc();
    }

    /// Counts an HTTP request, as MLflow does it: whatever it asked for, and whoever answered.
    pub fn request(&self, method: &str, status: u16, took: Duration) {
        let method = ("method", StatusLabel::Name(known_method(method)));
        let status = ("status", StatusLabel::Code(status));
        let version = ("mlflow_version", StatusLabel::Name(self.shared.versions.mlflow));
        self.shared.requests.get_or_create(&[method, status]).inc();
        let labels = [method, version, status];
        self.shared.request_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// All numbers in Prometheus' text format 0.0.4. Up to half a second old.
    pub fn text(&self) -> Bytes {
        // A critical section reads or replaces the whole value.
        let mut text = self.shared.text.lock().unwrap_or_else(PoisonError::into_inner);
        match &*text {
            Some((made, text)) if made.elapsed() < GOOD_FOR => text.clone(),
            _ => {
                let made = self.made();
                *text = Some((Instant::now(), made.clone()));
                made
            }
        }
    }

    fn made(&self) -> Bytes {
        let mut text = String::new();
        if prometheus_text::encode(&mut text, &self.shared.registry).is_err() {
            // Nothing fails where text is written to memory; half a text must not be taken for a whole one.
            tracing::error!("the metrics could not be written");
            text.clear();
        }
        text.into()
    }
}

/// A client may send any word as a method.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests;
