//! Which Python runs plugins, and which apps are installed there.

use crate::error::HostError;
use crate::output::Tail;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long Python may take to tell which apps there are.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to import MLflow and what is to be loaded: a busy machine needs a minute.
const LOAD_PATIENCE: Duration = Duration::from_secs(180);

/// Lists the entry points of MLflow's apps as JSON. What lies in the working directory does not count, as it does not for the
/// command `mlflow`.
const LIST: &str = r#"
import sys
sys.path = [each for each in sys.path if each]
import importlib.metadata, json
found = importlib.metadata.entry_points()
group = found.select(group="mlflow.app") if hasattr(found, "select") else found.get("mlflow.app", [])
print("\n" + json.dumps([{"name": each.name, "value": each.value} for each in group]))
"#;

/// Tells the versions of Python and of MLflow as JSON, and imports what `sys.argv` names: an entry point by its
/// value, as a worker does, so that none of the working directory takes its place; a function; or nothing.
const LOAD: &str = r#"
import sys
sys.path = [each for each in sys.path if each]
import importlib, importlib.metadata, json, os
kind, name = sys.argv[1:3]
told = {"python": ".".join(map(str, sys.version_info[:3])), "mlflow": None, "error": None}
try:
    import mlflow
    told["mlflow"] = mlflow.__version__
    sys.path.insert(0, os.getcwd())
    if kind == "app":
        importlib.metadata.EntryPoint("app", name, "mlflow.app").load()
    elif kind == "function":
        module, _, attribute = name.partition(":")
        getattr(importlib.import_module(module), attribute)
except BaseException as error:
    told["error"] = f"{type(error).__name__}: {error}"
print("\n" + json.dumps(told))
"#;

/// What an interpreter told of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Loaded {
    /// Such as `3.11.4`.
    pub python: String,
    /// `None` where MLflow cannot be imported; then `error` says why.
    pub mlflow: Option<String>,
    /// Why what was named cannot be loaded.
    pub error: Option<String>,
}

/// What to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load<'a> {
    /// An app, by its entry point.
    App(&'a EntryPoint),
    /// `module:function`.
    Function(&'a str),
    /// MLflow alone.
    Mlflow,
}

/// A Python interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python(PathBuf);

/// An app that a package of the environment announces (`[mlflow.app]`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPoint {
    pub name: String,
    /// `module:object`.
    pub value: String,
}

impl Python {
    /// The one that is given, else that of the active virtual environment, else `python3` of the `PATH`.
    pub fn find(given: Option<&str>, virtual_environment: Option<&str>) -> Self {
        Self(match (given, virtual_environment) {
            (Some(given), _) => given.into(),
            (None, Some(folder)) => Path::new(folder).join("bin/python"),
            (None, None) => "python3".into(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Loads something as a worker would, without running any of it beyond its import.
    ///
    /// # Errors
    /// When Python does not run, or does not say.
    pub async fn load(&self, what: Load<'_>) -> Result<Loaded, HostError> {
        let (kind, name) = match what {
            Load::App(app) => ("app", app.value.as_str()),
            Load::Function(name) => ("function", name),
            Load::Mlflow => ("mlflow", ""),
        };
        self.ask(&["-c", LOAD, kind, name], LOAD_PATIENCE).await
    }

    /// The apps that are installed, in Python's order. As in MLflow, the first of a name counts.
    ///
    /// # Errors
    /// When Python does not run, or does not say.
    pub async fn entry_points(&self) -> Result<Vec<EntryPoint>, HostError> {
        let listed: Vec<EntryPoint> = self.ask(&["-c", LIST], PATIENCE).await?;
        let mut known: Vec<EntryPoint> = Vec::new();
        for each in listed {
            if !known.iter().any(|other| other.name == each.name) {
                known.push(each);
            }
        }
        Ok(known)
    }

    /// The last line that a script prints, read as JSON.
    async fn ask<T: DeserializeOwned>(&self, arguments: &[&str], patience: Duration) -> Result<T, HostError> {
        let no_python = |error| HostError::NoPython { python: self.0.clone(), error };
        let mut command = Command::new(&self.0);
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        let asked = tokio::time::timeout(patience, command.output());
        let output = asked
            .await
            .unwrap_or_else(|_| Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "it did not answer")))
            .map_err(no_python)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let told = said.lines().next_back().and_then(|line| serde_json::from_str(line).ok());
        told.filter(|_| output.status.success()).ok_or_else(|| {
            let said = Tail::of(&String::from_utf8_lossy(&output.stderr));
            HostError::NoEntryPoints { python: self.0.clone(), said }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_given_wins_over_the_environment_and_that_over_the_path() {
        let of = |given, environment| Python::find(given, environment).path().to_owned();
        assert_eq!(of(Some("/opt/python"), Some("/venv")), Path::new("/opt/python"));
        assert_eq!(of(None, Some("/venv")), Path::new("/venv/bin/python"));
        assert_eq!(of(None, None), Path::new("python3"));
    }

    fn script(text: &str) -> (tempfile::TempDir, Python) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("python");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (folder, Python(path))
    }

    #[tokio::test]
    async fn the_last_line_is_the_list_and_the_first_of_a_name_counts() {
        let (_folder, python) = script(
            r#"echo noise; echo '[{"name":"a","value":"m:x"},{"name":"a","value":"m:y"},{"name":"b","value":"m:z"}]'"#,
        );
        let names: Vec<_> =
            python.entry_points().await.unwrap().into_iter().map(|each| (each.name, each.value)).collect();
        assert_eq!(names, [("a".to_owned(), "m:x".to_owned()), ("b".to_owned(), "m:z".to_owned())]);
    }

    #[tokio::test]
    async fn a_python_that_fails_says_why() {
        let (_folder, python) = script("echo 'no such thing' >&2; exit 1");
        let error = python.entry_points().await.unwrap_err().to_string();
        assert!(error.contains("no such thing"), "{error}");
        let (_folder, python) = script("echo nonsense");
        assert!(matches!(python.entry_points().await, Err(HostError::NoEntryPoints { .. })));
        let missing = Python::find(Some("/nowhere/python"), None);
        let error = missing.entry_points().await.unwrap_err().to_string();
        assert!(error.contains("/nowhere/python") && error.contains("MILLGATE_PYTHON"), "{error}");
    }
}
