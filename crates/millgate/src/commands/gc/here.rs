//! Deleting for good in the databases themselves, beside servers that run or without.

use crate::cli::{GcArgs, ServerArgs};
use crate::commands::{CommandError, people, users_database};
use crate::config::{AuthConfig, ConfigError, DEFAULT_DESTINATION, Environment, ServerConfig};
use crate::server::location_rules;
use crate::{RunError, about};
use artifacts::ObjectStores;
use artifacts::object::Patience;
use model::validation::LongValues;
use model::{Actor, Clock, Entropy, Error, SystemClock, SystemEntropy};
use operations::messages::{CollectGarbage, CollectedGarbage};
use serde_json::Value;
use service::{Parts, Service};
use std::path::Path;
use std::sync::Arc;
use store::Db;
use store::schema::{self, Schema};

const DESTINATION: &str = "MLFLOW_ARTIFACTS_DESTINATION";

/// What a server would have of the same settings, as far as it is needed.
pub(super) struct Here {
    service: Service,
    actor: Actor,
    databases: Vec<Db>,
}

impl Here {
    /// # Errors
    /// When there is no database, it is at another revision, or the settings are wrong.
    pub(super) async fn open(
        args: &GcArgs,
        uri: Option<String>,
        environment: &Environment,
    ) -> Result<Self, RunError> {
        let config = settings(args, uri, environment)?;
        let Some(backend) = config.backend.clone() else {
            let problem = "MLFLOW_ARTIFACTS_ONLY is set, and a server of artifacts alone has no experiments";
            return Err(ConfigError::Conflict(problem.to_owned()).into());
        };
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let tracking = Db::open_existing(&backend).await.map_err(|error| about(&backend, error))?;
        schema::check(&tracking, Schema::Tracking, &backend).await.map_err(|error| about(&backend, error))?;
        let mut databases = vec![tracking.clone()];

        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let people = match users(args, environment)? {
            Some(config) => {
                let shared = config.database.is_same(&backend).then_some(&tracking);
                let db = users_database(&config.database, shared).await?;
                let people = people(&config, &db, &entropy);
                databases.push(db);
                Some(people)
            }
            None => {
                tracing::warn!(
                    "no database of users is named or found here: what is granted on the experiments stays granted; \
                     --auth-database names one"
                );
                None
            }
        };
        let service = Service::new(Parts {
            tracking: Some(tracking),
            replica: None,
            registry: None,
            databases: Vec::new(),
            destination: destination(args, &config, environment),
            stores: ObjectStores::new(environment.for_stores(), Patience::default()),
            stores_named: config.artifact_stores.clone(),
            default_artifact_root: config.default_artifact_root.clone(),
            location_rules: location_rules(&config, environment),
            working_directory: environment.working_directory().into(),
            download_lifetime: config.limits.download_url_lifetime,
            people,
            long_values: LongValues::Refuse,
            source_pattern: None,
            telemetry: None,
            webhooks: None,
            clock: Arc::clone(&clock),
            entropy,
        })?;
        Ok(Self { service, actor: Actor::local("millgate gc", clock.now()), databases })
    }

    /// # Errors
    /// As [`Service::collect_garbage`].
    pub(super) async fn ask(&self, request: Value) -> Result<CollectedGarbage, RunError> {
        let request: CollectGarbage =
            serde_json::from_value(request).map_err(|error| Error::internal(error.to_string()))?;
        Ok(self.service.collect_garbage(&self.actor, request).await.map_err(CommandError::from)?)
    }

    pub(super) async fn close(self) {
        for db in self.databases {
            db.close().await;
        }
    }
}

/// The settings of a server on the same database.
fn settings(args: &GcArgs, uri: Option<String>, environment: &Environment) -> Result<ServerConfig, RunError> {
    let mut server = ServerArgs::default();
    server.backend_store_uri = uri;
    server.artifacts_destination.clone_from(&args.artifacts_destination);
    server.default_artifact_root.clone_from(&args.default_artifact_root);
    Ok(ServerConfig::resolve(&server, environment)?)
}

/// A default that is not there is none: artifacts that lie elsewhere would count as deleted.
fn destination(args: &GcArgs, config: &ServerConfig, environment: &Environment) -> Option<String> {
    let is_given = args.artifacts_destination.is_some() || environment.get_nonempty(DESTINATION).is_some();
    let is_there = || environment.working_directory().join(DEFAULT_DESTINATION).is_dir();
    config.artifacts_destination.clone().filter(|_| is_given || is_there())
}

/// The settings of users; `None` where nothing names their database and there is none by default.
fn users(args: &GcArgs, environment: &Environment) -> Result<Option<AuthConfig>, RunError> {
    let is_named =
        args.auth_database.is_some() || environment.get_nonempty("MLFLOW_AUTH_CONFIG_PATH").is_some();
    let config = AuthConfig::resolve(environment)?;
    let config = match &args.auth_database {
        Some(uri) => config.with_database(uri, environment)?,
        None => config,
    };
    let file = config.database.sqlite_path().map(Path::to_owned);
    let is_there = || file.is_some_and(|file| environment.working_directory().join(file).exists());
    Ok((is_named || is_there()).then_some(config))
}
