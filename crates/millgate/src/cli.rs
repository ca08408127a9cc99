//! The command line. It only says what was written there: defaults, environment variables and rules are [`crate::config`]'s,
//! so that a flag can be told from a variable and both from a default.
//!
//! `millgate server` takes every flag of `mlflow server` 3.17 (`mlflow/cli/__init__.py`, `mlflow/utils/cli_args.py`). As
//! there, a flag given twice counts once, by its last value, and `-h` is the host.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

mod doctor;
mod gc;
mod moving;
mod people;
mod tokens;

pub use doctor::{DoctorArgs, ReportFormat};
pub use gc::GcArgs;
pub use moving::{BackupArgs, CopyArgs};
pub use people::{
    DatabaseArgs, GrantArgs, GrantCommand, LESS_THAN_ASKED, NewUserPasswordArgs, PasswordArgs, ResourceArgs,
    RoleCommand, UserCommand, WorkspaceArg,
};
pub use tokens::TokenCommand;

#[derive(Debug, Parser)]
#[command(name = "millgate", version, about, arg_required_else_help = true, args_override_self = true)]
pub struct Cli {
    #[command(flatten)]
    pub logging: LoggingArgs,
    #[arg(long, value_name = "FILE", hide = true, value_parser = no_env_file)]
    env_file: Option<Infallible>,
    #[command(subcommand)]
    pub command: Command,
}

/// `mlflow --env-file FILE server` reads variables from a file. Leaving them out in silence could open a server.
fn no_env_file(_: &str) -> Result<Infallible, &'static str> {
    Err("not supported by this version of Millgate; export the variables instead")
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the MLflow API.
    #[command(
        alias = "ui",
        args_override_self = true,
        disable_help_flag = true,
        after_help = "A setting can also be given by the variable named with it; the flag wins."
    )]
    Server(Box<ServerArgs>),
    /// Look after a database.
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
    /// Look at what a server with these flags would be started with, say what is wrong, and change nothing.
    ///
    /// Ends with status 1 when there is a problem; warnings are none.
    #[command(args_override_self = true, disable_help_flag = true)]
    Doctor(Box<DoctorArgs>),
    /// Delete for good what is deleted, with its artifacts and grants.
    ///
    /// Works on the database, beside servers or without, or has a server do it.
    #[command(args_override_self = true)]
    Gc(Box<GcArgs>),
    /// Copy a database into another one of any kind, or artifacts to another place.
    ///
    /// Stop the servers on the source first, or let nobody write: what changes meanwhile makes the copy fail. A copy that was broken
    /// off goes on when the same command is run again.
    Copy(CopyArgs),
    /// Back up SQLite databases, also while servers run on them.
    ///
    /// Each copy is of one moment, readable by its owner alone, and checked. Nothing is overwritten.
    Backup(BackupArgs),
    /// Manage users, straight in their database.
    ///
    /// Needs no password and no server; one that runs follows at its next request.
    User {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Manage roles, straight in the database of users.
    ///
    /// Needs no password and no server; one that runs follows at its next request.
    Role {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(subcommand)]
        command: RoleCommand,
    },
    /// Manage what single users are granted, straight in the database of users.
    ///
    /// Needs no password and no server; one that runs follows at its next request.
    Grant {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(subcommand)]
        command: GrantCommand,
    },
    /// Manage access tokens, straight in the database of users.
    ///
    /// Needs no password and no server; one that runs follows at its next request.
    Token {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Ask a server whether it is ready: for health checks where there is no shell.
    ///
    /// Succeeds when the server and its databases answer, and fails otherwise.
    Health(HealthArgs),
    /// Print a script that completes this command line in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a page for man, in roff: of all commands, or of one.
    Man {
        /// The command, such as `server` or `user create`.
        #[arg(value_name = "COMMAND")]
        path: Vec<String>,
    },
}

#[derive(Debug, Clone, Default, Args)]
pub struct HealthArgs {
    /// What to ask; https:// is not supported [default: /health/ready of a server on this machine, by MLFLOW_PORT and
    /// MLFLOW_STATIC_PREFIX].
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// How long it may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub timeout: u32,
}

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Create the schema in a new database of experiments and models, or bring that of MLflow 2.22 or later to the revision of 3.17.
    ///
    /// A SQLite file is copied first. Stop all servers that use the database.
    Upgrade {
        /// The database, such as sqlite:///mlflow.db.
        url: String,
        /// Print the steps and their statements, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Drop the indexes that Millgate has added to a database of experiments and models.
    ///
    /// For a migration of a later MLflow that expects its tables as it made them. A server makes them again at its start.
    DropIndexes {
        /// The database, such as sqlite:///mlflow.db.
        url: String,
    },
}

#[derive(Debug, Clone, Default, Args)]
pub struct LoggingArgs {
    /// What a log line looks like [env: MILLGATE_LOG_FORMAT] [default: text].
    #[arg(long, value_name = "FORMAT", global = true, help_heading = "Logging")]
    pub log_format: Option<LogFormat>,
    /// error, warn, info, debug, trace, or directives such as `info,gate=debug` [env: MILLGATE_LOG] [default: info,
    /// error for doctor, or warn for gc, user, role, grant and token].
    #[arg(long, value_name = "LEVEL", global = true, help_heading = "Logging")]
    pub log_level: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// The flags of `mlflow server`, and our own. `None` and `false` mean: not written.
#[derive(Debug, Clone, Default, Args)]
pub struct ServerArgs {
    /// Database of experiments and runs [env: MLFLOW_BACKEND_STORE_URI] [default: sqlite:///mlflow.db].
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub backend_store_uri: Option<String>,
    /// Copy of that database on another server, for reads [env: MLFLOW_READ_REPLICA_BACKEND_STORE_URI].
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub read_replica_backend_store_uri: Option<String>,
    /// Database of registered models [env: MLFLOW_REGISTRY_STORE_URI] [default: the backend store].
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub registry_store_uri: Option<String>,
    /// Where new experiments keep artifacts [env: MLFLOW_DEFAULT_ARTIFACT_ROOT] [default: mlflow-artifacts:/, or
    /// ./mlruns with --no-serve-artifacts].
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub default_artifact_root: Option<String>,
    /// Pass artifacts through this server [env: MLFLOW_SERVE_ARTIFACTS] [default: true].
    #[arg(long, overrides_with = "no_serve_artifacts", help_heading = "Storage")]
    pub serve_artifacts: bool,
    /// Leave artifacts to the clients.
    #[arg(long, overrides_with = "serve_artifacts", help_heading = "Storage")]
    pub no_serve_artifacts: bool,
    /// Serve artifacts and nothing else; needs no database [env: MLFLOW_ARTIFACTS_ONLY].
    #[arg(long, help_heading = "Storage")]
    pub artifacts_only: bool,
    /// Folder of the artifacts that pass through [env: MLFLOW_ARTIFACTS_DESTINATION] [default: ./mlartifacts].
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub artifacts_destination: Option<String>,

    /// Address to listen on [env: MLFLOW_HOST] [default: 127.0.0.1].
    #[arg(long, short = 'h', value_name = "HOST", help_heading = "Network")]
    pub host: Option<String>,
    /// Port to listen on; 0 picks a free one [env: MLFLOW_PORT] [default: 5000].
    #[arg(long, short = 'p', value_name = "PORT", help_heading = "Network")]
    pub port: Option<u16>,
    /// Path under which everything is served, such as /mlflow [env: MLFLOW_STATIC_PREFIX].
    #[arg(long, value_name = "PATH", help_heading = "Network")]
    pub static_prefix: Option<String>,
    /// PEM file of the certificate chain; serves HTTPS [env: MILLGATE_TLS_CERT].
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's key [env: MILLGATE_TLS_KEY].
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub tls_key: Option<PathBuf>,

    /// Serve /metrics for Prometheus, to everybody; DIR is not used [env: MLFLOW_EXPOSE_PROMETHEUS].
    #[arg(long, value_name = "DIR", help_heading = "Network")]
    pub expose_prometheus: Option<String>,

    /// Who is let in: the name of an app, such as basic-auth.
    #[arg(long, value_name = "NAME", help_heading = "Security")]
    pub app_name: Option<String>,
    /// Host headers to accept, `*` as wildcard [env: MLFLOW_SERVER_ALLOWED_HOSTS] [default: localhost, private IPs].
    #[arg(long, value_name = "LIST", help_heading = "Security")]
    pub allowed_hosts: Option<String>,
    /// Origins that browsers may call from [env: MLFLOW_SERVER_CORS_ALLOWED_ORIGINS] [default: localhost].
    #[arg(long, value_name = "LIST", help_heading = "Security")]
    pub cors_allowed_origins: Option<String>,
    /// SAMEORIGIN, DENY or NONE [env: MLFLOW_SERVER_X_FRAME_OPTIONS] [default: SAMEORIGIN].
    #[arg(long, value_name = "VALUE", help_heading = "Security")]
    pub x_frame_options: Option<String>,
    /// Check neither hosts nor origins: for tests alone [env: MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE].
    #[arg(long, help_heading = "Security")]
    pub disable_security_middleware: bool,

    /// Options of uvicorn: its TLS files and trusted proxies are honoured [env: MLFLOW_UVICORN_OPTS].
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true, help_heading = "Compatibility")]
    pub uvicorn_opts: Option<String>,
    /// Options of gunicorn: its TLS files and trusted proxies are honoured [env: MLFLOW_GUNICORN_OPTS].
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true, help_heading = "Compatibility")]
    pub gunicorn_opts: Option<String>,
    /// Options of waitress; without meaning here.
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true, help_heading = "Compatibility")]
    pub waitress_opts: Option<String>,
    /// Without meaning: one process serves on all cores [env: MLFLOW_WORKERS].
    #[arg(long, short = 'w', value_name = "N", help_heading = "Compatibility")]
    pub workers: Option<String>,
    /// Log at debug level.
    #[arg(long, help_heading = "Compatibility")]
    pub dev: bool,
    /// Not supported yet [env: MLFLOW_TRACE_ARCHIVAL_CONFIG].
    #[arg(long, value_name = "FILE", help_heading = "Compatibility")]
    pub trace_archival_config: Option<String>,
    /// Without meaning: there is no cache of secrets.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(10..=300), help_heading = "Compatibility")]
    pub secrets_cache_ttl: Option<u32>,
    /// Without meaning: there is no cache of secrets.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Compatibility")]
    pub secrets_cache_max_size: Option<u32>,
    /// Not supported yet [env: MLFLOW_WORKSPACE_STORE_URI].
    #[arg(long, value_name = "URI", help_heading = "Compatibility")]
    pub workspace_store_uri: Option<String>,
    /// Not supported yet [env: MLFLOW_ENABLE_WORKSPACES].
    #[arg(long, overrides_with = "disable_workspaces", help_heading = "Compatibility")]
    pub enable_workspaces: bool,
    /// One workspace, the default.
    #[arg(long, overrides_with = "enable_workspaces", help_heading = "Compatibility")]
    pub disable_workspaces: bool,

    /// Print this help.
    #[arg(long, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
