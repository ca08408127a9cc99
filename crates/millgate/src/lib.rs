//! Millgate: an MLflow-compatible server with authentication and authorization built in.
//!
//! [`Program`] is the whole program. With an app of your own it is a server that does what you add to it:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     millgate::Program::new().app("my-auth", create_app).run()
//! }
//!
//! fn create_app(app: millgate::App) -> millgate::App {
//!     app
//! }
//! ```
//!
//! What is exported here is stable: it changes with the major version alone.

mod app;
mod chosen_app;
#[doc(hidden)]
pub mod cli;
mod commands;
#[doc(hidden)]
pub mod config;
mod connections;
mod databases;
mod health;
mod hosted;
#[doc(hidden)]
pub mod logging;
mod manual;
mod metrics;
mod program;
mod server;
#[doc(hidden)]
pub mod tls;
mod waiting;
mod webhooks;

pub use app::{App, IntoApp, Stop};
pub use authz::{Action, Key, Level, ResourceType, Scope, Visibility};
pub use bytes::Bytes;
pub use futures::future::BoxFuture;
pub use gate::extension::{
    AuthorizationRequest, Authorizer, Body, BodyError, Call, Handler, Layer, Need, Next, Route,
};
pub use http;
pub use http::{Request, Response, StatusCode};
pub use identity::{
    AuthenticatedUser, Authenticator, ClientAddress, CredentialKind, Directory, Outcome, PeerAddress,
    Principal, Rejection, Throttled,
};
pub use model::user::UserId;
pub use model::{Actor, Error, ErrorCode};
pub use program::Program;

use app::Apps;
use cli::{Cli, Command, DatabaseArgs, DbCommand, LoggingArgs};
use commands::PeopleCommand;
use config::{Environment, ServerConfig};
use futures::future::LocalBoxFuture;
use logging::LogConfig;
use std::process::ExitCode;
use store::schema::{Prepared, Schema};
use store::{Db, StoreUri};

/// Why the program ends with a failure. `Display` is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{0}")]
    Config(#[from] config::ConfigError),
    #[error("{0}")]
    Log(#[from] logging::LogError),
    #[error("{0}")]
    Tls(#[from] tls::TlsError),
    #[error("the database {uri}: {error}")]
    Store { uri: String, error: store::StoreError },
    #[error(
        "the database {uri} did not answer for {seconds} s ({attempts} attempts; MILLGATE_DATABASE_WAIT_SECONDS sets the \
         time): {error}"
    )]
    NoAnswer { uri: String, seconds: u64, attempts: u32, error: store::StoreError },
    #[error("the database of users {uri}: {error} (--database URI names another one)")]
    Users { uri: String, error: store::StoreError },
    #[error("{0}")]
    Command(#[from] commands::CommandError),
    #[error("{0}")]
    There(#[from] commands::gc::ThereError),
    #[error("the app '{name}' cannot be created: {error}")]
    App { name: String, error: model::Error },
    #[error("{0}")]
    Health(#[from] health::HealthError),
    #[error("there is no command '{0}'; `millgate help` lists all")]
    NoSuchCommand(String),
    #[error("{0}")]
    Host(#[from] python_host::HostError),
    #[error("{0}")]
    Start(#[from] model::Error),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: String, error: std::io::Error },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Does what the command line says, and gives the status to end with.
///
/// # Errors
/// When it cannot be done; nothing was served or changed then. When the result cannot be written, all else may be done.
///
/// It is boxed so that the whole server is compiled in this crate, and not once more in whoever awaits it.
fn run(cli: Cli, apps: Apps) -> LocalBoxFuture<'static, Result<ExitCode, RunError>> {
    Box::pin(obey(cli, apps))
}

async fn obey(cli: Cli, apps: Apps) -> Result<ExitCode, RunError> {
    let environment = Environment::from_process()?;
    let Cli { logging, command, .. } = cli;
    match command {
        Command::Server(args) => {
            let level = if args.dev { "debug" } else { logging::DEFAULT_LEVEL };
            logging::init(&LogConfig::resolve(&logging, level, &environment)?)?;
            let config = ServerConfig::resolve(&args, &environment)?;
            Box::pin(server::run(config, &environment, &apps)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Db { command } => {
            logging::init(&LogConfig::resolve(&logging, logging::DEFAULT_LEVEL, &environment)?)?;
            let done = match command {
                DbCommand::Upgrade { url, dry_run } => {
                    commands::db::upgrade(&url, dry_run, &environment).await
                }
                DbCommand::DropIndexes { url } => commands::db::without_indexes(&url, &environment).await,
            };
            done.map(|()| ExitCode::SUCCESS)
        }
        Command::Doctor(args) => {
            // What it finds it says itself.
            logging::init(&LogConfig::resolve(&logging, "error", &environment)?)?;
            Box::pin(commands::doctor::run(&args, &environment, &apps)).await
        }
        Command::Gc(args) => {
            logging::init(&LogConfig::resolve(&logging, "warn", &environment)?)?;
            Box::pin(commands::gc::run(&args, &environment)).await
        }
        Command::Copy(args) => {
            logging::init(&LogConfig::resolve(&logging, logging::DEFAULT_LEVEL, &environment)?)?;
            Box::pin(commands::copy::run(&args, &environment)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Backup(args) => {
            logging::init(&LogConfig::resolve(&logging, logging::DEFAULT_LEVEL, &environment)?)?;
            Box::pin(commands::backup::run(&args, &environment)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::User { database, command } => {
            people(&logging, &database, PeopleCommand::User(command), &environment).await
        }
        Command::Role { database, command } => {
            people(&logging, &database, PeopleCommand::Role(command), &environment).await
        }
        Command::Grant { database, command } => {
            people(&logging, &database, PeopleCommand::Grant(command), &environment).await
        }
        Command::Token { database, command } => {
            people(&logging, &database, PeopleCommand::Token(command), &environment).await
        }
        Command::Health(args) => {
            health::ask(&args, &environment).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            manual::completions(shell, &mut std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { path } => {
            manual::page(&path, &mut std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What these commands do they say themselves, and the audit keeps it: their log is for what is wrong.
async fn people(
    logging: &LoggingArgs,
    database: &DatabaseArgs,
    command: PeopleCommand,
    environment: &Environment,
) -> Result<ExitCode, RunError> {
    logging::init(&LogConfig::resolve(logging, "warn", environment)?)?;
    commands::run(database, command, environment).await
}

async fn prepare(db: &Db, schema: Schema, uri: &StoreUri) -> Result<Prepared, RunError> {
    let prepared = store::schema::prepare(db, schema, uri).await.map_err(|error| about(uri, error))?;
    tracing::debug!(%uri, ?schema, ?prepared, "database ready");
    Ok(prepared)
}

/// An error, and the database that it is about.
fn about(uri: &StoreUri, error: store::StoreError) -> RunError {
    RunError::Store { uri: uri.to_string(), error }
}
