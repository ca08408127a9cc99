//! The environment that says how object stores are reached.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

/// The server's environment, from which alone credentials come. Values are never shown.
#[derive(Clone, Default)]
pub(crate) struct Variables(Arc<BTreeMap<String, String>>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Variables {
    pub(crate) fn new(all: BTreeMap<String, String>) -> Self {
        Self(Arc::new(all))
    }

    /// A variable that is set to something.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of the variables that is set to something.
    pub(crate) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Whether a variable is `true` or `1`, `false` or `0`, in any case, as MLflow reads it; `false` when it is not set.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool> {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(misconfigured(format!("{name} must be true or false"))),
        }
    }

    /// A file below the home directory.
    pub(crate) fn at_home(&self, path: &str) -> Option<String> {
        self.get("HOME").map(|home| format!("{home}/{path}"))
    }
}

pub(crate) fn misconfigured(message: impl Into<String>) -> Error {
    Error::Misconfigured(message.into())
}
