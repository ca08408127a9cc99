//! `millgate copy` and `millgate backup`.

use clap::Args;
use std::path::PathBuf;
use store::copy::ArtifactRoot;

/// What is copied where.
#[derive(Debug, Clone, Args)]
pub struct CopyArgs {
    /// What is copied, and only read: a database such as sqlite:///mlflow.db, or with --artifacts a folder, s3://bucket/path,
    /// gs://bucket/path, wasbs://… or abfss://….
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Where to. A database must be new and empty, or the one in which this copy was broken off.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Copy artifacts between two locations instead of a database.
    #[arg(long)]
    pub artifacts: bool,
    /// Let artifact locations that begin with OLD begin with NEW in the target. May be given several times; the first that
    /// fits decides.
    #[arg(long, value_name = "OLD=NEW", conflicts_with = "artifacts")]
    pub artifact_root: Vec<ArtifactRoot>,
}

/// What is backed up where to.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// A folder, in which each copy is named after its database and the time, or the name of a new file for one database.
    #[arg(value_name = "FOLDER_OR_FILE")]
    pub target: PathBuf,
    /// Back up this database of experiments and runs [default: with none of these three, all that a server would use: as the
    /// variables MLFLOW_BACKEND_STORE_URI, MLFLOW_REGISTRY_STORE_URI and MLFLOW_AUTH_CONFIG_PATH say].
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub backend_store_uri: Option<String>,
    /// Back up this database of registered models.
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub registry_store_uri: Option<String>,
    /// Back up this database of users.
    #[arg(long, value_name = "URI", help_heading = "Storage")]
    pub auth_database_uri: Option<String>,
}
