//! Millgate: an MLflow-compatible server with authentication and authorization built in.
//!
//! [`run`] is the whole program: it reads the command line's wishes and serves until it is told to stop.

pub mod cli;
pub mod config;
mod connections;
pub mod logging;
mod server;
pub mod tls;

use cli::{Cli, Command, DbCommand};
use config::{Environment, ServerConfig};
use logging::LogConfig;
use std::io::Write;
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
    #[error("{0}")]
    StoreUri(#[from] store::uri::StoreUriError),
    #[error("the database {uri}: {error}")]
    Store { uri: String, error: store::StoreError },
    #[error("{0}")]
    Start(#[from] model::Error),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: String, error: std::io::Error },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done; nothing was served then.
pub async fn run(cli: Cli) -> Result<(), RunError> {
    let environment = Environment::from_process()?;
    match cli.command {
        Command::Server(args) => {
            logging::init(&LogConfig::resolve(&cli.logging, args.dev, &environment)?)?;
            let config = ServerConfig::resolve(&args, &environment)?;
            server::run(config, &environment).await
        }
        Command::Db { command: DbCommand::Upgrade { url } } => {
            logging::init(&LogConfig::resolve(&cli.logging, false, &environment)?)?;
            upgrade(&url).await
        }
    }
}

async fn upgrade(url: &str) -> Result<(), RunError> {
    let uri: StoreUri = url.parse()?;
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
