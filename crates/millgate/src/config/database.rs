//! Databases: what their URIs mean here, how many connections a server keeps to them, and how long it waits for one at its
//! start. The variables are those of MLflow 3.17 `store/db/utils.py`.

use std::time::Duration;

use store::PoolSettings;
use store::uri::{Dialect, StoreUri, StoreUriError};

use super::environment::Environment;
use super::error::{ConfigError, Origin, Warning};

const POOL_SIZE: &str = "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE";
const MAX_OVERFLOW: &str = "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW";
const POOL_RECYCLE: &str = "MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE";
const POOLCLASS: &str = "MLFLOW_SQLALCHEMYSTORE_POOLCLASS";
/// What a pool is made of.
const POOL: [&str; 3] = [POOL_SIZE, MAX_OVERFLOW, POOL_RECYCLE];
/// SQLAlchemy 2.1 `QueuePool`: what holds where only one of the two is said.
const SQLALCHEMY_POOL_SIZE: u32 = 5;
const SQLALCHEMY_MAX_OVERFLOW: u32 = 10;
/// More connections than a database serves well.
const MAX_CONNECTIONS: u32 = 1000;
const MAX_RECYCLE_SECONDS: i64 = 366 * 24 * 3600;

const WAIT: &str = "MILLGATE_DATABASE_WAIT_SECONDS";
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
const MAX_WAIT_SECONDS: u64 = 3600;

/// MLflow's variables for MySQL, which win over the URI there, and the parameters that they stand for.
const MYSQL_TLS: [(&str, &str); 3] = [
    ("MLFLOW_MYSQL_SSL_CA", "ssl_ca"),
    ("MLFLOW_MYSQL_SSL_CERT", "ssl_cert"),
    ("MLFLOW_MYSQL_SSL_KEY", "ssl_key"),
];

/// The database that a URI names, with what MLflow's variables add to it.
///
/// # Errors
/// When it is no URI of a database that can be opened, or asks for what is not supported.
pub(crate) fn database(
    text: &str,
    origin: Origin,
    environment: &Environment,
) -> Result<StoreUri, ConfigError> {
    match text.parse::<StoreUri>() {
        Ok(uri) if uri.dialect == Dialect::Mysql => with_mysql_tls(uri, environment),
        Ok(uri) => Ok(uri),
        Err(StoreUriError::UnknownScheme(name)) => Err(ConfigError::Database { origin, name }),
        Err(source) => Err(ConfigError::Store { origin, source }),
    }
}

fn with_mysql_tls(uri: StoreUri, environment: &Environment) -> Result<StoreUri, ConfigError> {
    let mut first = None;
    let mut parameters = Vec::new();
    for (variable, name) in MYSQL_TLS {
        if let Some(file) = environment.get_nonempty(variable) {
            first.get_or_insert(variable);
            parameters.push((name, file));
        }
    }
    let Some(first) = first else { return Ok(uri) };
    // Without a word of the URI about it, MLflow checks the authority and not the name.
    let says_what_to_check =
        ["ssl_ca", "ssl_mode", "ssl_verify_cert", "ssl_verify_identity", "ssl_check_hostname"]
            .iter()
            .any(|name| uri.parameter(name).is_some());
    if first == "MLFLOW_MYSQL_SSL_CA" && !says_what_to_check {
        parameters.push(("ssl_mode", "VERIFY_CA"));
    }
    uri.with_parameters(&parameters)
        .map_err(|source| ConfigError::Store { origin: Origin::Variable(first.to_owned()), source })
}

/// Whether both URIs name one database. A relative path of SQLite starts at the working directory.
pub(super) fn is_same(one: &StoreUri, other: &StoreUri, environment: &Environment) -> bool {
    match (one.sqlite_path(), other.sqlite_path()) {
        (Some(one), Some(other)) => {
            let directory = environment.working_directory();
            directory.join(one) == directory.join(other)
        }
        _ => one.is_same(other),
    }
}

/// The database that reads may go to besides `primary`; `None`, and a warning, where it is `primary` itself, as with MLflow.
///
/// # Errors
/// As [`database`], or when it cannot be a copy of `primary`.
pub(super) fn replica(
    text: &str,
    origin: Origin,
    primary: &StoreUri,
    environment: &Environment,
    warnings: &mut Vec<Warning>,
) -> Result<Option<StoreUri>, ConfigError> {
    let uri = database(text, origin.clone(), environment)?;
    if is_same(&uri, primary, environment) {
        warnings.push(Warning(format!("{origin}: ignored: it is the database that it would be a copy of")));
        return Ok(None);
    }
    if uri.dialect == Dialect::Sqlite {
        return Err(ConfigError::invalid(
            origin,
            "must name a server: a SQLite database has no copies to read from",
        ));
    }
    if uri.dialect != primary.dialect {
        let problem = format!("must be a {0} database, as a copy of a {0} database", primary.dialect);
        return Err(ConfigError::invalid(origin, problem));
    }
    Ok(Some(uri))
}

/// The connections that a server keeps to each database of PostgreSQL or MySQL.
///
/// SQLAlchemy keeps `POOL_SIZE` connections and makes `MAX_OVERFLOW` more when they are in use, so that there are their sum
/// at the most.
///
/// # Errors
/// A variable cannot be used, or asks for connections that are not pooled.
pub(super) fn pool(environment: &Environment) -> Result<PoolSettings, ConfigError> {
    check_pool_class(environment)?;
    let count = |variable: &str| -> Result<Option<u32>, ConfigError> {
        let Some(text) = environment.get_nonempty(variable) else { return Ok(None) };
        match text.trim().parse() {
            Ok(number) if number <= MAX_CONNECTIONS => Ok(Some(number)),
            _ => Err(ConfigError::invalid(
                Origin::Variable(variable.to_owned()),
                format!("must be a number between 0 and {MAX_CONNECTIONS}; there is always a limit"),
            )),
        }
    };
    // MLflow takes 0 for not given. Of the overflow it does, too, but nobody who writes 0 there wants ten.
    let size = count(POOL_SIZE)?.filter(|size| *size > 0);
    let overflow = count(MAX_OVERFLOW)?;
    let default = PoolSettings::default();
    let max_connections = match (size, overflow) {
        (None, None) => default.max_connections,
        (size, overflow) => {
            size.unwrap_or(SQLALCHEMY_POOL_SIZE) + overflow.unwrap_or(SQLALCHEMY_MAX_OVERFLOW)
        }
    };
    Ok(PoolSettings { max_connections, max_lifetime: recycle(environment)? })
}

/// Seconds after which a connection is replaced; 0 and less for never.
fn recycle(environment: &Environment) -> Result<Option<Duration>, ConfigError> {
    let Some(text) = environment.get_nonempty(POOL_RECYCLE) else { return Ok(None) };
    match text.trim().parse::<i64>() {
        Ok(seconds) if seconds <= MAX_RECYCLE_SECONDS => {
            Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
        }
        _ => Err(ConfigError::invalid(
            Origin::Variable(POOL_RECYCLE.to_owned()),
            format!("must be a number of seconds up to {MAX_RECYCLE_SECONDS}"),
        )),
    }
}

fn check_pool_class(environment: &Environment) -> Result<(), ConfigError> {
    let Some(class) = environment.get_nonempty(POOLCLASS) else { return Ok(()) };
    let origin = Origin::Variable(POOLCLASS.to_owned());
    match class {
        "QueuePool" | "AsyncAdaptedQueuePool" | "FallbackAsyncAdaptedQueuePool" => Ok(()),
        "NullPool" | "SingletonThreadPool" | "StaticPool" | "AssertionPool" => {
            let feature = format!("{class} instead of a pool with a limit (QueuePool) is");
            Err(ConfigError::not_supported(origin, feature))
        }
        _ => Err(ConfigError::invalid(
            origin,
            "is no class of SQLAlchemy that MLflow knows; QueuePool is supported",
        )),
    }
}

/// What to say of the variables of the pool where there is none, as with SQLite.
pub(super) fn without_effect(database: &StoreUri, environment: &Environment) -> Option<Warning> {
    let set: Vec<&str> = POOL.into_iter().filter(|name| environment.get_nonempty(name).is_some()).collect();
    (database.dialect == Dialect::Sqlite && !set.is_empty())
        .then(|| Warning(format!("{}: no effect on a SQLite database", set.join(", "))))
}

/// How long a start waits for a database that does not answer.
///
/// # Errors
/// The variable is no number of seconds up to an hour.
pub(crate) fn patience(environment: &Environment) -> Result<Duration, ConfigError> {
    let Some(text) = environment.get_nonempty(WAIT) else { return Ok(DEFAULT_WAIT) };
    match text.trim().parse() {
        Ok(seconds) if seconds <= MAX_WAIT_SECONDS => Ok(Duration::from_secs(seconds)),
        _ => Err(ConfigError::invalid(
            Origin::Variable(WAIT.to_owned()),
            format!("must be a number of seconds between 0 and {MAX_WAIT_SECONDS}"),
        )),
    }
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
