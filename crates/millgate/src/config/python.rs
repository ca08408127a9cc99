//! How Python plugins are run: which Python, how many processes, and how long they may take.

use super::environment::Environment;
use super::error::{ConfigError, Origin};
use python_host::Python;
use std::num::NonZeroUsize;
use std::time::Duration;

const PYTHON: &str = "MILLGATE_PYTHON";
const TIMEOUT: &str = "MILLGATE_PYTHON_TIMEOUT_SECONDS";
/// MLflow 3.17 runs 4. Here all that waits for a database waits elsewhere.
const DEFAULT_WORKERS: usize = 2;
/// Each is a Python with all of MLflow in it.
const MAX_WORKERS: usize = 64;
/// As long as any request to the server itself may take.
const DEFAULT_TIMEOUT: u64 = 120;
const MAX_TIMEOUT: u64 = 3600;

/// What a Python app is run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonConfig {
    pub python: Python,
    /// Processes (`--workers`, `MLFLOW_WORKERS`).
    pub workers: NonZeroUsize,
    /// How long one may take to begin its answer, or be silent in it.
    pub timeout: Duration,
}

impl PythonConfig {
    /// `workers` is what `--workers` or its variable says.
    ///
    /// # Errors
    /// A number is none, or out of bounds.
    pub fn resolve(workers: Option<(&str, &Origin)>, environment: &Environment) -> Result<Self, ConfigError> {
        let default = NonZeroUsize::new(DEFAULT_WORKERS).unwrap_or(NonZeroUsize::MIN);
        let workers = match workers {
            None => default,
            Some((text, origin)) => text
                .trim()
                .parse::<NonZeroUsize>()
                .ok()
                .filter(|number| number.get() <= MAX_WORKERS)
                .ok_or_else(|| {
                    let problem = format!("must be a number between 1 and {MAX_WORKERS} with a Python app");
                    ConfigError::invalid(origin.clone(), problem)
                })?,
        };
        let timeout = match environment.get_nonempty(TIMEOUT) {
            None => DEFAULT_TIMEOUT,
            Some(text) => {
                text.trim().parse().ok().filter(|seconds| (1..=MAX_TIMEOUT).contains(seconds)).ok_or_else(
                    || {
                        let problem = format!("must be a number of seconds between 1 and {MAX_TIMEOUT}");
                        ConfigError::invalid(Origin::Variable(TIMEOUT.into()), problem)
                    },
                )?
            }
        };
        let (given, active) = (environment.get_nonempty(PYTHON), environment.get_nonempty("VIRTUAL_ENV"));
        Ok(Self { python: Python::find(given, active), workers, timeout: Duration::from_secs(timeout) })
    }
}

/// That the number of workers says nothing where no Python runs.
pub(crate) fn workers_are_ignored(origin: &Origin) -> String {
    format!("{origin}: ignored: one process serves on all cores")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new("/somewhere", variables.iter().copied())
    }

    #[test]
    fn the_defaults_are_the_python_of_the_path_two_workers_and_two_minutes() {
        let config = PythonConfig::resolve(None, &environment(&[])).unwrap();
        assert_eq!(config.python.path(), Path::new("python3"));
        assert_eq!((config.workers.get(), config.timeout), (2, Duration::from_secs(120)));
    }

    #[test]
    fn what_is_given_is_taken_or_refused() {
        let variables =
            [("MILLGATE_PYTHON", "/p"), ("VIRTUAL_ENV", "/v"), ("MILLGATE_PYTHON_TIMEOUT_SECONDS", "7")];
        let origin = Origin::Flag("--workers");
        let config = PythonConfig::resolve(Some(("3", &origin)), &environment(&variables)).unwrap();
        assert_eq!(config.python.path(), Path::new("/p"));
        assert_eq!((config.workers.get(), config.timeout), (3, Duration::from_secs(7)));
        for bad in ["0", "65", "many", "-1"] {
            let error = PythonConfig::resolve(Some((bad, &origin)), &environment(&[])).unwrap_err();
            assert!(error.to_string().starts_with("--workers: must be"), "{error}");
        }
        for bad in ["0", "3601", "soon"] {
            let variables = [("MILLGATE_PYTHON_TIMEOUT_SECONDS", bad)];
            let error = PythonConfig::resolve(None, &environment(&variables)).unwrap_err();
            assert!(error.to_string().starts_with("MILLGATE_PYTHON_TIMEOUT_SECONDS: must be"), "{error}");
        }
    }
}
