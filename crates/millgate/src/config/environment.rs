//! The process's environment, taken once and passed on, so that tests can set it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, Origin};

/// What a setting can come from besides a flag. Values may be secrets: there is no `Debug`.
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    working_directory: PathBuf,
}

/// Prefixes of the variables that a server reads; all others are left alone.
const PREFIXES: [&str; 7] = [
    "MLFLOW_",
    "MILLGATE_",
    "UVICORN_",
    "GUNICORN_",
    "FORWARDED_ALLOW_IPS",
    "VIRTUAL_ENV",
    "XDG_RUNTIME_DIR",
];

/// Prefixes of the variables by which object stores are reached: those of their own client libraries.
const OF_STORES: [&str; 6] =
    ["AWS_", "AZURE_", "GOOGLE_", "IDENTITY_ENDPOINT", "STORAGE_EMULATOR_HOST", "HOME"];

impl Environment {
    pub fn new<N: Into<String>, V: Into<String>>(
        working_directory: impl Into<PathBuf>,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, working_directory: working_directory.into() }
    }

    /// The variables and working directory of this process.
    ///
    /// # Errors
    /// A variable that is read here is not UTF-8, or the working directory is gone.
    pub fn from_process() -> Result<Self, ConfigError> {
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            if !PREFIXES.iter().chain(&OF_STORES).any(|prefix| name.starts_with(prefix)) {
                continue;
            }
            let Ok(value) = value.into_string() else {
                // Files of AWS are not looked for in a home of such a name.
                if name == "HOME" {
                    continue;
                }
                return Err(ConfigError::invalid(Origin::Variable(name), "the value is not UTF-8"));
            };
            variables.insert(name, value);
        }
        let working_directory = std::env::current_dir().map_err(ConfigError::WorkingDirectory)?;
        Ok(Self { variables, working_directory })
    }

    pub fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    /// A variable, also when it is set to nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A variable as click reads one: set to nothing is not set.
    pub fn get_nonempty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A variable of MLflow's boolean type (`environment_variables.py`): true, false, 1 or 0 in any case. Set to nothing
    /// is not set.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        let Some(value) = self.get_nonempty(name) else { return Ok(None) };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            _ => Err(ConfigError::invalid(Origin::Variable(name.into()), "must be true, false, 1 or 0")),
        }
    }

    /// A variable behind a click flag, which knows more words than MLflow's own boolean variables.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        let Some(value) = self.get_nonempty(name) else { return Ok(None) };
        match click_boolean(value) {
            Some(value) => Ok(Some(value)),
            None => Err(ConfigError::invalid(Origin::Variable(name.into()), "must be true or false")),
        }
    }

    /// What says how object stores are reached.
    pub fn for_stores(&self) -> BTreeMap<String, String> {
        self.variables.clone()
    }

    /// The variables whose names start with `prefix`, by name.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.variables
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A boolean as click 8 reads it from a variable.
pub(super) fn click_boolean(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
        "" | "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}
