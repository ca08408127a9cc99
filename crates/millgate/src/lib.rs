//! Millgate: an MLflow-compatible server with authentication and authorization built in.
//!
//! [`run`] is the whole program: it reads the command line's wishes and serves until it is told to stop.

pub mod cli;
mod commands;
pub mod config;
mod connections;
mod databases;
pub mod logging;
mod server;
pub mod tls;
mod waiting;
mod webhooks;

use cli::{Cli, Command, DatabaseArgs, DbCommand, LoggingArgs};
use commands::PeopleCommand;
use config::{Environment, Origin, ServerConfig};
use futures::future::LocalBoxFuture;
use logging::LogConfig;
use std::io::Write;
use std::process::ExitCode;
use store::schema::{Prepared, Schema};
use store::{Db, StoreUri};

/// Why the program ends with a failure. `Display` is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
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
pub fn run(cli: Cli) -> LocalBoxFuture<'static, Result<ExitCode, RunError>> {
    Box::pin(obey(cli))
}

async fn obey(cli: Cli) -> Result<ExitCode, RunError> {
    let environment = Environment::from_process()?;
    let Cli { logging, command, .. } = cli;
    match command {
        Command::Server(args) => {
            let level = if args.dev { "debug" } else { logging::DEFAULT_LEVEL };
            logging::init(&LogConfig::resolve(&logging, level, &environment)?)?;
            let config = ServerConfig::resolve(&args, &environment)?;
            Box::pin(server::run(config, &environment)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Db { command: DbCommand::Upgrade { url } } => {
            logging::init(&LogConfig::resolve(&logging, logging::DEFAULT_LEVEL, &environment)?)?;
            upgrade(&url, &environment).await.map(|()| ExitCode::SUCCESS)
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

async fn upgrade(url: &str, environment: &Environment) -> Result<(), RunError> {
    let uri = config::database(url, Origin::Flag("URL"), environment)?;
    let db = open(&uri).await?;
    let prepared = prepare(&db, Schema::Tracking, &uri).await;
    db.close().await;
    let done = match prepared? {
        Prepared::Created => "created the schema at",
        Prepared::UpToDate => "the schema is at",
    };
    writeln!(std::io::stdout(), "{uri}: {done} revision {}", Schema::Tracking.revision())?;
    Ok(())
}

async fn open(uri: &StoreUri) -> Result<Db, RunError> {
    Db::open(uri).await.map_err(|error| about(uri, error))
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
