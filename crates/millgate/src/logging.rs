//! The log: lines for people, or JSON for machines, on standard error. Secrets never get here: they are
//! [`crate::config::Secret`]s, which show nothing of themselves.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::{LogFormat, LoggingArgs};
use crate::config::{Environment, Origin};

/// The level of a server, unless it is told another one.
pub const DEFAULT_LEVEL: &str = "info";

/// How to log, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    pub format: LogFormat,
    /// A level or directives of `tracing_subscriber::EnvFilter`, already checked.
    directives: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(
        "{origin}: '{value}' must be error, warn, info, debug, trace, off, or directives such as info,gate=debug"
    )]
    Level { origin: Origin, value: String },
    #[error("{origin}: '{value}' must be text or json")]
    Format { origin: Origin, value: String },
    #[error("a log has been set up before")]
    AlreadySet,
}

impl LogConfig {
    /// Flags win over `MILLGATE_LOG_FORMAT` and `MILLGATE_LOG`; then comes MLflow's `MLFLOW_LOGGING_LEVEL`, then
    /// `default_level`.
    ///
    /// # Errors
    /// A level or format that does not exist.
    pub fn resolve(
        args: &LoggingArgs,
        default_level: &str,
        environment: &Environment,
    ) -> Result<Self, LogError> {
        Ok(Self {
            format: format(args, environment)?,
            directives: directives(args, default_level, environment)?,
        })
    }

    /// The filter's directives.
    pub fn directives(&self) -> &str {
        &self.directives
    }
}

fn format(args: &LoggingArgs, environment: &Environment) -> Result<LogFormat, LogError> {
    const VARIABLE: &str = "MILLGATE_LOG_FORMAT";
    match (args.log_format, environment.get_nonempty(VARIABLE)) {
        (Some(format), _) => Ok(format),
        (None, Some(value)) => LogFormat::from_str(value, true).map_err(|_| LogError::Format {
            origin: Origin::Variable(VARIABLE.to_owned()),
            value: value.to_owned(),
        }),
        (None, None) => Ok(LogFormat::Text),
    }
}

fn directives(
    args: &LoggingArgs,
    default_level: &str,
    environment: &Environment,
) -> Result<String, LogError> {
    let variable = |name: &'static str| {
        environment.get_nonempty(name).map(|value| (value, Origin::Variable(name.to_owned())))
    };
    let given = args
        .log_level
        .as_deref()
        .filter(|level| !level.is_empty())
        .map(|level| (level, Origin::Flag("--log-level")))
        .or_else(|| variable("MILLGATE_LOG"))
        .or_else(|| variable("MLFLOW_LOGGING_LEVEL"));
    let Some((value, origin)) = given else {
        return Ok(default_level.to_owned());
    };
    checked(value).ok_or_else(|| LogError::Level { origin, value: value.to_owned() })
}

/// A single word must be a level, Python's names included: a filter would take a misspelt one for a module and log nothing.
fn checked(value: &str) -> Option<String> {
    if value.contains(['=', ',']) {
        return EnvFilter::builder().parse(value).ok().map(|_| value.to_owned());
    }
    let level = match value.trim().to_ascii_lowercase().as_str() {
        "critical" | "fatal" | "error" => "error",
        "warning" | "warn" => "warn",
        "info" => "info",
        "debug" => "debug",
        "trace" | "notset" => "trace",
        "off" => "off",
        _ => return None,
    };
    Some(level.to_owned())
}

/// Sends the log of the whole process to standard error, in colours where that is a terminal and `NO_COLOR` is not set.
///
/// # Errors
/// A log has been set up before.
pub fn init(config: &LogConfig) -> Result<(), LogError> {
    let colours =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let subscriber = subscriber(config, std::io::stderr, colours);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::AlreadySet)
}

fn subscriber<W>(config: &LogConfig, writer: W, colours: bool) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // The directives were checked; a filter that could not be built would be the default one.
    let filter =
        EnvFilter::builder().parse(&config.directives).unwrap_or_else(|_| EnvFilter::new(DEFAULT_LEVEL));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(colours);
    match config.format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

#[cfg(test)]
#[path = "logging_tests.rs"]
mod tests;
