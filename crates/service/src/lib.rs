//! One handler an operation, a file per resource. Handlers take what the gate has authorized and know no HTTP.

mod artifacts;
mod audit;
mod datasets;
mod direct_transfers;
mod experiments;
mod garbage;
mod legacy_permissions;
mod locations;
mod logged_models;
mod metrics;
mod model_sources;
mod model_versions;
mod names;
mod permissions;
mod registered_models;
mod resolve;
mod roles;
mod runs;
mod server;
mod tokens;
mod users;
mod webhooks;

use ::artifacts::{LocationRules, ObjectStores};
use gate::Authorized;
use identity::{Audit, Grants, Rights, Roles, Tokens, Users};
use locations::Locations;
use model::validation::LongValues;
use model::{Clock, Entropy, Error, Result};
use operations::Operation;
pub use server::MLFLOW_VERSION;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use telemetry::Telemetry;
pub use webhooks::Webhooks;

/// What the handlers work on.
pub struct Service {
    tracking: Option<Db>,
    /// For reads that may lag behind.
    replica: Option<Db>,
    registry: Option<Db>,
    databases: Vec<Db>,
    locations: Locations,
    download_lifetime: Duration,
    people: Option<People>,
    long_values: LongValues,
    source_pattern: Option<regex::Regex>,
    webhooks: Option<Webhooks>,
    telemetry: Option<Telemetry>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// The users of a server that has an app with users.
pub struct People {
    pub users: Users,
    pub roles: Roles,
    pub grants: Grants,
    pub tokens: Tokens,
    pub audit: Audit,
    pub rights: Rights,
}

/// What a [`Service`] is made of.
pub struct Parts {
    /// The tracking database, prepared; `None` with `--artifacts-only`.
    pub tracking: Option<Db>,
    /// A copy of the tracking database that may lag behind, if there is one: searches and histories are read from it. Nothing
    /// that the gate asks for is.
    pub replica: Option<Db>,
    /// The database of registered models, prepared; it may be the tracking database.
    pub registry: Option<Db>,
    /// All that must be reached for the server to be ready.
    pub databases: Vec<Db>,
    /// The storage behind the artifact proxy, a folder or a URI; `None` with `--no-serve-artifacts`.
    pub destination: Option<String>,
    /// Object stores, and what in them may be opened beside the default root and the destination.
    pub stores: ObjectStores,
    pub stores_named: Vec<String>,
    /// Where experiments keep their artifacts unless they say otherwise.
    pub default_artifact_root: String,
    pub location_rules: LocationRules,
    /// What relative locations are relative to.
    pub working_directory: PathBuf,
    /// How long a URL to download from is good unless a client says otherwise.
    pub download_lifetime: Duration,
    pub people: Option<People>,
    pub long_values: LongValues,
    /// What every source of a model version has to match somewhere.
    pub source_pattern: Option<regex::Regex>,
    /// Where there is a registry.
    pub webhooks: Option<Webhooks>,
    /// What has counted the requests, where metrics are served.
    pub telemetry: Option<Telemetry>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Service {
    /// # Errors
    /// When the default artifact root is no location.
    pub fn new(parts: Parts) -> Result<Self> {
        let locations = Locations::new(
            &parts.default_artifact_root,
            parts.destination.as_deref(),
            &parts.stores_named,
            parts.stores,
            parts.location_rules,
            parts.working_directory,
        )?;
        Ok(Self {
            tracking: parts.tracking,
            replica: parts.replica,
            registry: parts.registry,
            databases: parts.databases,
            locations,
            download_lifetime: parts.download_lifetime,
            people: parts.people,
            long_values: parts.long_values,
            source_pattern: parts.source_pattern,
            webhooks: parts.webhooks,
            telemetry: parts.telemetry,
            clock: parts.clock,
            entropy: parts.entropy,
        })
    }

    /// Makes the default experiment in a tracking database that has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_default_experiment(&self) -> Result<()> {
        if self.tracking.is_none() {
            return Ok(());
        }
        self.create_default_experiment().await
    }

    /// The tracking database. The gate switches its operations off where there is none.
    fn tracking(&self) -> Result<&Db> {
        self.tracking.as_ref().ok_or_else(|| Error::internal("This server has no tracking database."))
    }

    /// Where what may lag behind is read from: a replica of the tracking database, or the database itself.
    fn replica(&self) -> Result<&Db> {
        self.replica.as_ref().map_or_else(|| self.tracking(), Ok)
    }

    /// The database of registered models. The gate switches its operations off where there is none.
    fn registry(&self) -> Result<&Db> {
        self.registry.as_ref().ok_or_else(|| Error::internal("This server has no model registry."))
    }

    fn people(&self) -> Result<&People> {
        self.people.as_ref().ok_or_else(|| Error::internal("This server has no users."))
    }
}

/// Implements a row's handler: `handle!(GetRun, |service, call| async { … })` without the ceremony.
macro_rules! handle {
    ($row:ident, $method:ident) => {
        impl gate::Handle<operations::$row> for $crate::Service {
            async fn handle(
                &self,
                call: gate::Authorized<operations::$row>,
            ) -> model::Result<<operations::$row as operations::Operation>::Output> {
                self.$method(call).await
            }
        }
    };
}
pub(crate) use handle;

/// The answer of a row.
pub(crate) type Answer<O> = Result<<O as Operation>::Output>;
/// What the gate let through for a row.
pub(crate) type Call<O> = Authorized<O>;

/// A field that the gate has checked to be there.
pub(crate) fn given<T>(field: Option<T>, name: &str) -> Result<T> {
    field.ok_or_else(|| Error::missing(name))
}

/// The rows of a page of what is ours, and not MLflow's: a hundred, if the request does not say, and a thousand at most.
///
/// # Errors
/// INVALID_PARAMETER_VALUE below 1 and above 1,000.
pub(crate) fn page_rows_of_ours(max_results: Option<model::Int64>) -> Result<u64> {
    const DEFAULT: i64 = 100;
    const MOST: i64 = 1_000;
    let rows = max_results.map_or(DEFAULT, |rows| rows.0);
    if !(1..=MOST).contains(&rows) {
        return Err(Error::invalid(format!(
            "Invalid value {rows} for parameter 'max_results' supplied. It must be between 1 and {MOST}"
        )));
    }
    Ok(rows.unsigned_abs())
}

/// The rows of a page of a search.
///
/// # Errors
/// INVALID_PARAMETER_VALUE below 1 and above 50,000, with MLflow's words.
pub(crate) fn page_rows(max_results: i64) -> Result<u64> {
    if max_results < 1 {
        return Err(Error::invalid(format!(
            "Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer"
        )));
    }
    if max_results > model::limits::PAGE_ROWS {
        return Err(Error::invalid(format!(
            "Invalid value {max_results} for parameter 'max_results' supplied. It must be at most {}",
            model::limits::PAGE_ROWS
        )));
    }
    Ok(max_results.unsigned_abs())
}
