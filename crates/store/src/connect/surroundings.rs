//! What a connection takes from outside of its URI.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::postgresql;
use crate::uri::StoreUriError;

/// Where rustls-native-certs looks for the authorities instead of the system's places.
const AUTHORITIES_FILE: &str = "SSL_CERT_FILE";
const AUTHORITIES_FOLDERS: &str = "SSL_CERT_DIR";

/// Variables and files. Values may be secrets: there is no `Debug`.
pub(super) struct Surroundings {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) home: Option<PathBuf>,
    pub(super) can_read: fn(&Path) -> bool,
}

impl Surroundings {
    /// Those of this process.
    ///
    /// # Errors
    /// A variable that is read here is not UTF-8.
    pub(super) fn of_process() -> Result<Self, StoreUriError> {
        let mut variables = BTreeMap::new();
        let read = postgresql::VARIABLES.iter().map(|(variable, _)| *variable);
        for name in read.chain([AUTHORITIES_FILE, AUTHORITIES_FOLDERS]) {
            match std::env::var(name) {
                Ok(value) => {
                    variables.insert(name.to_owned(), value);
                }
                Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => {
                    let name = format!("of the variable {name}");
                    return Err(StoreUriError::Parameter { name, problem: "is not UTF-8" });
                }
            }
        }
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        Ok(Self { variables, home, can_read: |file| std::fs::File::open(file).is_ok() })
    }

    /// Without this, sqlx would say that there is no such file, and not which one.
    ///
    /// # Errors
    /// A file that a parameter names cannot be read.
    pub(super) fn check_file(&self, parameter: &str, file: &Path) -> Result<(), StoreUriError> {
        if (self.can_read)(file) {
            return Ok(());
        }
        let name = format!("{parameter} ({})", file.display());
        Err(StoreUriError::Parameter { name, problem: "names a file that cannot be read" })
    }

    /// A variable that is set to something.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A file in the user's home, if it is there.
    pub(super) fn file_at_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path)).filter(|file| file.exists())
    }

    /// No variables, no home, and every file can be read.
    #[cfg(test)]
    pub(super) fn nothing() -> Self {
        Self { variables: BTreeMap::new(), home: None, can_read: |_| true }
    }

    /// Whether rustls takes its authorities from that file and from nowhere else.
    pub(super) fn trusts_only(&self, file: &Path) -> bool {
        self.variable(AUTHORITIES_FOLDERS).is_none()
            && self.variable(AUTHORITIES_FILE).is_some_and(|trusted| Path::new(trusted) == file)
    }
}
