//! Which Python runs plugins, and which apps are installed there.

use crate::error::HostError;
use crate::output::Tail;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long Python may take to tell which apps there are.
const PATIENCE: Duration = Duration::from_secs(60);

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

    /// The apps that are installed, in Python's order. As in MLflow, the first of a name counts.
    ///
    /// # Errors
    /// When Python does not run, or does not say.
    pub async fn entry_points(&self) -> Result<Vec<EntryPoint>, HostError> {
        let no_python = |error| HostError::NoPython { python: self.0.clone(), error };
        let mut command = Command::new(&self.0);
        command.args(["-c", LIST]).stdin(Stdio::null()).kill_on_drop(true);
        let asked = tokio::time::timeout(PATIENCE, command.output());
        let output = asked
            .await
            .unwrap_or_else(|_| Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "it did not answer")))
            .map_err(no_python)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let listed: Option<Vec<EntryPoint>> =
            said.lines().next_back().and_then(|line| serde_json::from_str(line).ok());
        let Some(listed) = listed.filter(|_| output.status.success()) else {
            let said = Tail::of(&String::from_utf8_lossy(&output.stderr));
            return Err(HostError::NoEntryPoints { python: self.0.clone(), said });
        };
        let mut known: Vec<EntryPoint> = Vec::new();
        for each in listed {
            if !known.iter().any(|other| other.name == each.name) {
                known.push(each);
            }
        }
        Ok(known)
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
