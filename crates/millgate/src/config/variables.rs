//! The variables that MLflow 3.17's server reads (`mlflow/environment_variables.py`) and that have no flag: each is honoured
//! elsewhere, or named here with the reason why it does nothing. Variables of MLflow's clients are left alone.

use super::environment::Environment;
use super::error::{ConfigError, Origin, Warning};

/// When a variable deserves a word.
#[derive(Clone, Copy)]
enum When {
    Set,
    True,
    False,
    /// Set, and so is every variable that starts with this name.
    Prefix,
}

const GATE: &str = "every request is authorized, and that cannot be turned off";
const STATEMENTS: &str = "statements are not logged";
const AI_GATEWAY: &str = "this version serves no AI gateway";
const JOBS: &str = "this version runs no jobs";
const TRACES: &str = "this version serves no traces";
const ASSISTANT: &str = "there is no assistant";
const GRAPHQL: &str = "this version serves no GraphQL";
const WORKSPACES: &str = "this version has one workspace";

const TABLE: &[(&str, When, &str)] = &[
    ("MLFLOW_BASIC_AUTH_FAIL_CLOSED", When::False, GATE),
    ("MLFLOW_SERVER_ENABLE_GRAPHQL_AUTH", When::False, GATE),
    ("MLFLOW_SQLALCHEMYSTORE_ECHO", When::True, STATEMENTS),
    ("MLFLOW_CRYPTO_KEK_", When::Prefix, AI_GATEWAY),
    ("MLFLOW_GATEWAY_ALLOWED_PROVIDERS", When::Set, AI_GATEWAY),
    ("MLFLOW_GATEWAY_API_BASE_", When::Prefix, AI_GATEWAY),
    ("MLFLOW_GATEWAY_BUDGET_", When::Prefix, AI_GATEWAY),
    ("MLFLOW_GATEWAY_CONFIG", When::Set, AI_GATEWAY),
    ("MLFLOW_GATEWAY_MAX_DECOMPRESSED_REQUEST_SIZE", When::Set, AI_GATEWAY),
    ("MLFLOW_GATEWAY_RATE_LIMITS_STORAGE_URI", When::Set, AI_GATEWAY),
    ("MLFLOW_GATEWAY_RESOLVE_API_KEY_FROM_", When::Prefix, AI_GATEWAY),
    ("MLFLOW_GATEWAY_ROUTE_TIMEOUT_SECONDS", When::Set, AI_GATEWAY),
    ("MLFLOW_DEPLOYMENTS_CONFIG", When::Set, AI_GATEWAY),
    ("MLFLOW_WEBHOOK_CACHE_TTL", When::Set, "who listens is read for every event"),
    ("MLFLOW_SERVER_SECRETS_CACHE_", When::Prefix, "there is no cache of secrets"),
    ("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", When::True, JOBS),
    ("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS", When::True, JOBS),
    ("MLFLOW_SERVER_JOB_", When::Prefix, JOBS),
    ("MLFLOW_SERVER_JUDGE_INVOKE_MAX_WORKERS", When::Set, JOBS),
    ("MLFLOW_SERVER_SCORER_INVOKE_BATCH_SIZE", When::Set, JOBS),
    ("MLFLOW_SERVER_ONLINE_SCORING_MAX_WORKERS", When::Set, JOBS),
    ("MLFLOW_JOB_", When::Prefix, JOBS),
    ("MLFLOW_ONLINE_SCORING_", When::Prefix, JOBS),
    ("MLFLOW_SQL_TRACE_ROLLUPS_ENABLED", When::True, TRACES),
    ("MLFLOW_TRACE_ROLLUPS_", When::Prefix, TRACES),
    ("MLFLOW_ENABLE_REMOTE_ASSISTANT", When::True, ASSISTANT),
    ("MLFLOW_ENABLE_ASSISTANT_SANDBOX", When::True, ASSISTANT),
    ("MLFLOW_ASSISTANT_", When::Prefix, ASSISTANT),
    ("MLFLOW_SANDBOX_", When::Prefix, ASSISTANT),
    ("MLFLOW_SERVER_GRAPHQL_MAX_", When::Prefix, GRAPHQL),
    ("MLFLOW_ICON_URL_", When::Prefix, "this version stores no icons"),
    ("MLFLOW_WORKSPACE_ARTIFACT_ROOT_CACHE_", When::Prefix, WORKSPACES),
    ("MLFLOW_RBAC_SEED_DEFAULT_ROLES", When::Set, WORKSPACES),
    ("MLFLOW_CONFIGURE_LOGGING", When::False, "logging is set by --log-level and --log-format"),
];

/// The variables of the form `MLFLOW_SERVER_*` that are read as settings of a flag.
const SERVER_FLAGS: [&str; 4] = [
    "MLFLOW_SERVER_ALLOWED_HOSTS",
    "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
    "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
    "MLFLOW_SERVER_X_FRAME_OPTIONS",
];

/// One warning for each reason why variables that are set do nothing, and one for misspelt names.
pub(super) fn warnings(environment: &Environment) -> Result<Vec<Warning>, ConfigError> {
    if environment.get_nonempty("MLFLOW_WORKSPACE").is_some() {
        return Err(ConfigError::invalid(
            Origin::Variable("MLFLOW_WORKSPACE".to_owned()),
            "is for clients alone: unset it before starting a server",
        ));
    }
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, when, reason) in TABLE {
        let names: Vec<&str> = match when {
            When::Set => environment.get_nonempty(name).map(|_| *name).into_iter().collect(),
            When::True | When::False => {
                let spoken = matches!(when, When::True);
                let value = environment.boolean(name)?;
                (value == Some(spoken)).then_some(*name).into_iter().collect()
            }
            When::Prefix => {
                let set = environment.with_prefix(name).filter(|(_, value)| !value.is_empty());
                set.map(|(name, _)| name).collect()
            }
        };
        if names.is_empty() {
            continue;
        }
        match by_reason.iter_mut().find(|(known, _)| known == reason) {
            Some((_, all)) => all.extend(names),
            None => by_reason.push((reason, names)),
        }
    }
    let mut warnings: Vec<Warning> = by_reason
        .into_iter()
        .map(|(reason, names)| Warning(format!("{}: ignored: {reason}", names.join(", "))))
        .collect();
    let unknown: Vec<&str> = ["MLFLOW_SERVER_", "MLFLOW_WEBHOOK_"]
        .iter()
        .flat_map(|prefix| environment.with_prefix(prefix))
        .map(|(name, _)| name)
        .filter(|name| is_unknown(name))
        .collect();
    if !unknown.is_empty() {
        warnings.push(Warning(format!("{}: ignored: MLflow 3.17 has no such setting", unknown.join(", "))));
    }
    Ok(warnings)
}

/// A misspelt `MLFLOW_SERVER_ALLOWED_HOST` must not pass unseen. Kubernetes sets `MLFLOW_SERVER_PORT*` and
/// `MLFLOW_SERVER_SERVICE_*` for a service named `mlflow-server`.
fn is_unknown(name: &str) -> bool {
    let of_kubernetes = ["MLFLOW_SERVER_PORT", "MLFLOW_SERVER_SERVICE_"].iter().any(|p| name.starts_with(p));
    let known = TABLE.iter().any(|(known, when, _)| match when {
        When::Prefix => name.starts_with(known),
        When::Set | When::True | When::False => name == *known,
    });
    !of_kubernetes && !known && !SERVER_FLAGS.contains(&name) && !super::webhooks::KNOWN.contains(&name)
}
