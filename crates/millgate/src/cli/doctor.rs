//! `millgate doctor`. MLflow's command of that name prints versions.

use super::ServerArgs;
use clap::{Args, ValueEnum};

/// What is looked at: what a server with these flags would be started with.
#[derive(Debug, Clone, Default, Args)]
pub struct DoctorArgs {
    /// How the findings are printed [default: text].
    #[arg(long, value_name = "FORMAT", help_heading = "Doctor")]
    pub format: Option<ReportFormat>,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Text,
    Json,
}
