//! `millgate gc`, with the flags of `mlflow gc` 3.17 (`mlflow/cli/__init__.py`) and our own.

use clap::Args;
use std::time::Duration;

/// What to delete for good, and where. `None` and `false` mean: not written.
#[derive(Debug, Clone, Default, Args)]
pub struct GcArgs {
    /// Only what was deleted at least so long ago, such as 30d, 1d12h or 1.5h.
    #[arg(long, value_name = "TIME", value_parser = age, help_heading = "What")]
    pub older_than: Option<Duration>,
    /// These deleted runs, separated by commas.
    #[arg(long, value_name = "LIST", help_heading = "What")]
    pub run_ids: Option<String>,
    /// These deleted experiments with all that lies in them, separated by commas.
    #[arg(long, value_name = "LIST", help_heading = "What")]
    pub experiment_ids: Option<String>,
    /// These deleted logged models, separated by commas.
    #[arg(long, value_name = "LIST", help_heading = "What")]
    pub logged_model_ids: Option<String>,
    /// Also what keeps its artifacts where they are not deleted from; they stay there.
    #[arg(long, help_heading = "What")]
    pub leave_artifacts: bool,
    /// Delete nothing, and list what would be.
    #[arg(long, help_heading = "What")]
    pub dry_run: bool,

    /// Database of experiments and runs, which must exist [env: MLFLOW_BACKEND_STORE_URI] [default:
    /// sqlite:///mlflow.db].
    #[arg(long, value_name = "URI", help_heading = "Where")]
    pub backend_store_uri: Option<String>,
    /// What is behind the artifact proxy of its servers [env: MLFLOW_ARTIFACTS_DESTINATION] [default: ./mlartifacts, if it
    /// is there].
    #[arg(long, value_name = "URI", help_heading = "Where")]
    pub artifacts_destination: Option<String>,
    /// Where its experiments keep artifacts that do not pass through a server [env: MLFLOW_DEFAULT_ARTIFACT_ROOT].
    #[arg(long, value_name = "URI", help_heading = "Where")]
    pub default_artifact_root: Option<String>,
    /// Database of users, from which grants go too [default: database_uri of the file that MLFLOW_AUTH_CONFIG_PATH names,
    /// else sqlite:///basic_auth.db, if it is there].
    #[arg(long, value_name = "URI", help_heading = "Where")]
    pub auth_database: Option<String>,
    /// A server that does it instead, asked as an administrator with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD,
    /// or MLFLOW_TRACKING_TOKEN [env: MLFLOW_TRACKING_URI].
    #[arg(long, value_name = "URL", help_heading = "Where")]
    pub tracking_uri: Option<String>,

    /// Not supported: no jobs run here.
    #[arg(long, help_heading = "Compatibility")]
    pub jobs: bool,
    /// Not supported: no jobs run here.
    #[arg(long, value_name = "LIST", help_heading = "Compatibility")]
    pub job_ids: Option<String>,
    /// Only the default workspace is there [env: MLFLOW_WORKSPACE].
    #[arg(long, value_name = "NAME", help_heading = "Compatibility")]
    pub workspace: Option<String>,
    /// Not supported yet.
    #[arg(long, help_heading = "Compatibility")]
    pub all_workspaces: bool,
}

/// Days, hours, minutes and seconds in this order, each with its letter; each may have a fraction.
fn age(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "must be days, hours, minutes and seconds in this order, such as 30d, 1d12h or 1.5h";
    const UNITS: [(char, f64); 4] = [('d', 86_400.0), ('h', 3_600.0), ('m', 60.0), ('s', 1.0)];
    let (mut rest, mut seconds) = (text, 0.0);
    for (unit, of) in UNITS {
        let Some((number, behind)) = rest.split_once(unit) else { continue };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(FORM);
        }
        seconds += number.parse::<f64>().map_err(|_| FORM)? * of;
        rest = behind;
    }
    if text.is_empty() || !rest.is_empty() {
        return Err(FORM);
    }
    // Past the age of any database, and below what a count of milliseconds holds.
    if seconds > 1e12 { Err("is too long") } else { Duration::try_from_secs_f64(seconds).map_err(|_| FORM) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_what_mlflow_takes() {
        for (text, seconds) in [
            ("30d", 2_592_000.0),
            ("1d2h3m4s", 93_784.0),
            ("1.2d3h4m5s", 114_725.0),
            ("90m", 5_400.0),
            ("0s", 0.0),
            (".5h", 1_800.0),
        ] {
            assert_eq!(age(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "30", "d", "4s3m", "-1d", "1 d", "1e3s", "1.2.3d", "1d!", "infs", "99999999999999d"]
        {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
