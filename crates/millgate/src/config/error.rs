//! What can be wrong with a configuration, and what is merely worth a line in the log.

use std::fmt;
use std::path::PathBuf;

use store::uri::StoreUriError;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
    Variable(String),
    /// A key of the authentication settings.
    Key(&'static str),
    /// A key in a section of its own there.
    SectionKey(String, &'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Variable(name) => f.write_str(name),
            Self::Key(name) => write!(f, "'{name}' of the authentication settings"),
            Self::SectionKey(section, name) => {
                write!(f, "'{name}' in the section [{section}] of the authentication settings")
            }
        }
    }
}

/// A configuration that cannot be served. No message holds a password, nor a value that may hold one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{origin}: {source}")]
    Store { origin: Origin, source: StoreUriError },
    #[error(
        "{origin}: {name} databases are not supported by this version of Millgate, which opens sqlite, postgresql and mysql"
    )]
    Database { origin: Origin, name: String },
    #[error("{origin}: {problem}")]
    Invalid { origin: Origin, problem: String },
    #[error("{origin}: {feature} not supported by this version of Millgate")]
    NotSupported { origin: Origin, feature: String },
    #[error("{0}")]
    Conflict(String),
    #[error("--app-name: there is no app '{name}'; {known}")]
    UnknownApp { name: String, known: Box<KnownApps> },
    #[error("the working directory cannot be read: {0}")]
    WorkingDirectory(std::io::Error),
    #[error("the authentication settings in {} cannot be read: {source}", .path.display())]
    AuthFile { path: PathBuf, source: std::io::Error },
    #[error("the authentication settings in {} are not well-formed: {problem}", .path.display())]
    AuthSyntax { path: PathBuf, problem: String },
}

impl ConfigError {
    pub(crate) fn invalid(origin: Origin, problem: impl Into<String>) -> Self {
        Self::Invalid { origin, problem: problem.into() }
    }

    /// `feature` is the start of a sentence that ends in "not supported by this version": "workspaces are".
    pub(crate) fn not_supported(origin: Origin, feature: impl Into<String>) -> Self {
        Self::NotSupported { origin, feature: feature.into() }
    }
}

/// The names that `--app-name` knows, by where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownApps {
    pub built_in: Vec<String>,
    /// Apps in Rust that this binary was built with.
    pub compiled_in: Vec<String>,
    /// Entry points of the Python environment, or why there are none.
    pub python: Result<Vec<String>, String>,
    /// The Python that was asked.
    pub interpreter: PathBuf,
}

impl fmt::Display for KnownApps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list(names: &[String]) -> String {
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        }
        let (built_in, compiled_in) = (list(&self.built_in), list(&self.compiled_in));
        write!(
            f,
            "built in: {built_in}; compiled in: {compiled_in}; installed for {}: ",
            self.interpreter.display()
        )?;
        match &self.python {
            Ok(names) => f.write_str(&list(names)),
            Err(problem) => write!(f, "none ({problem})"),
        }
    }
}

/// One line for the log: a setting that is accepted and does not do what it does in MLflow, or that is dangerous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub(super) String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
