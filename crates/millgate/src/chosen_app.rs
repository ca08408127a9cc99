//! Which app `--app-name` names: one that is built in, one in Rust that was compiled in, or a Python plugin, in this order.

use crate::RunError;
use crate::app::Apps;
use crate::config::{ConfigError, KnownApps, PythonConfig};
use python_host::EntryPoint;

/// The app that guards the server with users and passwords.
pub(crate) const BASIC_AUTH: &str = "basic-auth";
/// Every app that is built in.
const BUILT_IN: &[&str] = &[BASIC_AUTH];
/// What MLflow itself announces under its own module is served here without Python.
const OF_MLFLOW: &str = "mlflow.server.auth:";

/// What guards the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChosenApp {
    /// Nothing does.
    None,
    /// This server does, by itself or with an app in Rust.
    Guarded,
    /// A Python plugin.
    Python(EntryPoint),
}

impl ChosenApp {
    /// The app of that name.
    ///
    /// # Errors
    /// When there is none; the error names those that there are.
    pub(crate) async fn find(
        name: Option<&str>,
        apps: &Apps,
        python: &PythonConfig,
    ) -> Result<Self, RunError> {
        let Some(name) = name else { return Ok(Self::None) };
        if name == BASIC_AUTH || apps.has(name) {
            return Ok(Self::Guarded);
        }
        let installed = python.python.entry_points().await;
        if let Ok(installed) = &installed
            && let Some(app) = installed.iter().find(|app| app.name == name && is_plugin(app))
        {
            return Ok(Self::Python(app.clone()));
        }
        let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect();
        let known = KnownApps {
            built_in: names(&mut BUILT_IN.iter().copied()),
            compiled_in: names(&mut apps.names()),
            python: installed
                .map(|apps| apps.into_iter().filter(is_plugin).map(|app| app.name).collect())
                .map_err(|error| error.to_string()),
            interpreter: python.python.path().to_owned(),
        };
        Err(ConfigError::UnknownApp { name: name.to_owned(), known: Box::new(known) }.into())
    }
}

fn is_plugin(app: &EntryPoint) -> bool {
    !app.value.starts_with(OF_MLFLOW)
}
