//! Store URIs: SQLAlchemy's database URLs, as `--backend-store-uri` and the authentication settings give them.
//!
//! The grammar is that of SQLAlchemy 2.1 `engine/url.py`:
//! `dialect[+driver]://[user[:password]@][host[:port]][/database][?query]`.
//! User name, password and database are percent-decoded once. Where SQLAlchemy drops what it cannot place (text after an
//! IPv6 host) or keeps the tail of a password as a host name (`u:p@ss@host`), parsing fails here: neither an error nor a
//! masked URI may show part of a password.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::connect;

/// The databases whose URIs are understood. Which of them a server can open is the caller's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgresql,
    Mysql,
}

impl Dialect {
    /// The name that the dialect has in a URI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
        }
    }

    /// The TCP port of a server that was told no other.
    pub(crate) const fn default_port(self) -> Option<u16> {
        match self {
            Self::Sqlite => None,
            Self::Postgresql => Some(5432),
            Self::Mysql => Some(3306),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that must not be seen: no `Display`, and a `Debug` that shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it. It must not get into a log or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// A database's address. `Display` and `Debug` write `***` in place of the password, as SQLAlchemy does.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUri {
    pub dialect: Dialect,
    /// What follows the `+` of the scheme, such as `psycopg2`. It names a Python module: the known ones mean the same here.
    pub driver: Option<String>,
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// A name or address; an IPv6 address is without its brackets.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// For SQLite the file: relative to the working directory, or absolute.
    pub database: Option<String>,
    /// Parameters in the order written, decoded; those without a value are left out, as SQLAlchemy does.
    pub query: Vec<(String, String)>,
}

/// Why a text is no store URI that can be used. No message holds any of the text but its scheme and parameter names; beside
/// those, names of variables and paths of files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUriError {
    #[error(
        "this names a file store, which Millgate does not open. Move its data into a database with \
         `mlflow migrate-filestore`, then give that database (such as sqlite:///mlflow.db)"
    )]
    FileStore,
    #[error("Databricks stores are not supported; give a database such as sqlite:///mlflow.db")]
    Databricks,
    #[error("this is the address of a server; give a database such as sqlite:///mlflow.db")]
    Server,
    #[error("'{0}' is not a database that Millgate knows; it knows sqlite, postgresql and mysql")]
    UnknownScheme(String),
    #[error("SQLite driver '{0}' is not supported; write sqlite:///file.db")]
    SqliteDriver(String),
    #[error(
        "a SQLite database in memory is gone when the server ends; give a file such as sqlite:///mlflow.db"
    )]
    InMemory,
    #[error(
        "a SQLite URI has no host, user or port: write sqlite:///relative.db or sqlite:////absolute/path.db"
    )]
    SqliteHost,
    #[error("SQLite parameters not supported: {}. Supported is timeout=SECONDS", .0.join(", "))]
    SqliteParameters(Vec<String>),
    #[error("the parameter {0} has a value that cannot be used")]
    ParameterValue(&'static str),
    #[error("the driver '{driver}' is not supported; write {dialect}:// without a driver, or with one of {}", .known.join(", "))]
    Driver { dialect: Dialect, driver: String, known: &'static [&'static str] },
    #[error(
        "{dialect} parameters not supported: {}. Supported are {}",
        .names.join(", "),
        connect::supported_parameters(*.dialect)
    )]
    Parameters { dialect: Dialect, names: Vec<String> },
    /// `name` also says which variable it comes from, where it is not in the URI; `problem` goes on from there.
    #[error("the parameter {name} {problem}")]
    Parameter { name: String, problem: &'static str },
    #[error("{0}")]
    Malformed(&'static str),
}

/// Parameters of Python's `sqlite3.connect` that tune Python alone.
const PYTHON_ONLY: [&str; 3] = ["check_same_thread", "cached_statements", "detect_types"];

/// The longest busy time-out that a URI may ask for: an hour.
const MAX_TIMEOUT_SECONDS: f64 = 3600.0;

impl FromStr for StoreUri {
    type Err = StoreUriError;

    fn from_str(text: &str) -> Result<Self, StoreUriError> {
        let uri = Self::parse(text)?;
        uri.check()?;
        Ok(uri)
    }
}

impl StoreUri {
    /// The grammar alone: what the parts mean to the database is not looked at.
    fn parse(text: &str) -> Result<Self, StoreUriError> {
        if text.chars().any(char::is_control) {
            return Err(StoreUriError::Malformed("the URI holds a control character"));
        }
        let Some((scheme, rest)) = text.split_once("://") else { return Err(not_a_url(text)) };
        let (dialect, driver) = split_scheme(scheme)?;
        let (username, password, rest) = split_credentials(rest);
        let (rest, query) = split_once_optional(rest, '?');
        let (address, database) = split_once_optional(rest, '/');
        let (host, port) = split_address(address)?;
        Ok(Self {
            dialect,
            driver: driver.map(str::to_owned),
            username: username.map(decode).transpose()?,
            password: password.map(decode).transpose()?.map(Secret),
            host: host.map(str::to_owned),
            port,
            database: database.map(decode).transpose()?,
            query: query.map_or(Ok(Vec::new()), parse_query)?,
        })
    }

    /// The file of a SQLite database, `None` for the others. A relative path starts at the working directory.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match self.dialect {
            Dialect::Sqlite => self.database.as_deref().map(Path::new),
            Dialect::Postgresql | Dialect::Mysql => None,
        }
    }

    /// How long SQLite waits for a lock: `?timeout=SECONDS`, as in Python's `sqlite3.connect`. `None` where the URI says
    /// nothing.
    pub fn busy_timeout(&self) -> Option<Duration> {
        match self.dialect {
            Dialect::Sqlite => self.parameter("timeout").and_then(parse_timeout),
            Dialect::Postgresql | Dialect::Mysql => None,
        }
    }

    /// Whether both name one database, in the same way: drivers and the order of parameters make no difference, and neither
    /// does a port that is the default. Another user or other parameters do.
    pub fn is_same(&self, other: &Self) -> bool {
        let parts = |uri: &Self| {
            let mut query = uri.query.clone();
            query.sort();
            let Self { dialect, username, password, host, database, .. } = uri.clone();
            (dialect, username, password, host, uri.port.or(dialect.default_port()), database, query)
        };
        parts(self) == parts(other)
    }

    /// The same with these query parameters in place of what the URI says of them.
    ///
    /// # Errors
    /// When they cannot be honoured, or not together with the others.
    pub fn with_parameters(mut self, parameters: &[(&str, &str)]) -> Result<Self, StoreUriError> {
        self.query.retain(|(key, _)| parameters.iter().all(|(name, _)| key != name));
        self.query.extend(parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.check()?;
        Ok(self)
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn check(&self) -> Result<(), StoreUriError> {
        match self.dialect {
            Dialect::Sqlite => self.check_sqlite(),
            Dialect::Postgresql | Dialect::Mysql => connect::check(self),
        }
    }

    fn check_sqlite(&self) -> Result<(), StoreUriError> {
        if let Some(driver) = &self.driver
            && !matches!(driver.as_str(), "pysqlite" | "aiosqlite")
        {
            // pysqlcipher is among those: its database is encrypted, and opening it as a plain one would be wrong.
            return Err(StoreUriError::SqliteDriver(driver.clone()));
        }
        if self.username.is_some() || self.password.is_some() || self.host.is_some() || self.port.is_some() {
            return Err(StoreUriError::SqliteHost);
        }
        let unknown: Vec<String> = self
            .query
            .iter()
            .map(|(key, _)| key)
            .filter(|key| *key != "timeout" && !PYTHON_ONLY.contains(&key.as_str()))
            .cloned()
            .collect();
        if !unknown.is_empty() {
            return Err(StoreUriError::SqliteParameters(unknown));
        }
        if self.query.iter().any(|(key, value)| key == "timeout" && parse_timeout(value).is_none()) {
            return Err(StoreUriError::ParameterValue("timeout"));
        }
        match self.database.as_deref() {
            None | Some("" | ":memory:") => Err(StoreUriError::InMemory),
            Some(path) if path.starts_with("file:") => {
                Err(StoreUriError::Malformed("SQLite's own file: URIs are not supported; give the path"))
            }
            Some(path) if path.contains('\0') => {
                Err(StoreUriError::Malformed("a file name cannot hold a NUL character"))
            }
            // `/` alone or a trailing slash name a directory.
            Some(path) if path.ends_with('/') => {
                Err(StoreUriError::Malformed("the path of a SQLite URI must name a file"))
            }
            Some(_) => Ok(()),
        }
    }
}

/// What a text without `://` is. MLflow takes all that has no scheme for the folder of a file store.
fn not_a_url(text: &str) -> StoreUriError {
    match text.split_once(':').map(|(scheme, _)| scheme) {
        _ if text.trim().is_empty() => StoreUriError::Malformed("the URI is empty"),
        None if is_databricks(text) => StoreUriError::Databricks,
        None | Some("file") => StoreUriError::FileStore,
        Some(_) => StoreUriError::Malformed(
            "this is no database URI: it has a scheme but no '://' (a SQLite file is written sqlite:///file.db)",
        ),
    }
}

fn is_databricks(scheme: &str) -> bool {
    matches!(scheme, "databricks" | "databricks-uc")
}

fn split_scheme(scheme: &str) -> Result<(Dialect, Option<&str>), StoreUriError> {
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    if scheme.is_empty() || !word(scheme) {
        // What stands before `://` may then be anything, a password among it: it is not repeated.
        return Err(StoreUriError::Malformed("the URI does not start with a scheme such as sqlite://"));
    }
    let (dialect, driver) = match scheme.split_once('+') {
        Some((dialect, driver)) => (dialect, Some(driver)),
        None => (scheme, None),
    };
    if driver.is_some_and(|driver| driver.is_empty() || driver.contains('+')) {
        return Err(StoreUriError::Malformed(
            "the scheme must be a dialect, or dialect+driver such as postgresql+psycopg2",
        ));
    }
    match dialect {
        "sqlite" => Ok((Dialect::Sqlite, driver)),
        // SQLAlchemy 2 has dropped the short form, which hosting providers still hand out.
        "postgresql" | "postgres" => Ok((Dialect::Postgresql, driver)),
        "mysql" | "mariadb" => Ok((Dialect::Mysql, driver)),
        "file" => Err(StoreUriError::FileStore),
        "http" | "https" => Err(StoreUriError::Server),
        name if is_databricks(name) => Err(StoreUriError::Databricks),
        name => Err(StoreUriError::UnknownScheme(name.to_owned())),
    }
}

/// User, password and what follows their `@`. The user ends at the first `:`; a password may hold anything but `@`, `/` and
/// `?` among it; a user without a password may hold `@`.
fn split_credentials(rest: &str) -> (Option<&str>, Option<&str>, &str) {
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if let Some(after_colon) = after.strip_prefix(':')
        && let Some((password, tail)) = after_colon.split_once('@')
    {
        return (Some(name), Some(password), tail);
    }
    if let Some((user, host)) = name.rsplit_once('@') {
        let tail = rest.get(rest.len() - host.len() - after.len()..).unwrap_or("");
        return (Some(user), None, tail);
    }
    (None, None, rest)
}

fn split_once_optional(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn split_address(address: &str) -> Result<(Option<&str>, Option<u16>), StoreUriError> {
    if address.contains('@') {
        return Err(StoreUriError::Malformed("a '@' in a user name or password must be written %40"));
    }
    let (host, port) = match address.strip_prefix('[').and_then(|inner| inner.rsplit_once(']')) {
        Some(("", _)) => return Err(StoreUriError::Malformed("there is no address between '[' and ']'")),
        Some((host, "")) => (host, None),
        Some((host, after)) => match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None => return Err(StoreUriError::Malformed("only a port may follow an IPv6 host")),
        },
        None => split_once_optional(address, ':'),
    };
    let port = match port {
        None | Some("") => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            let port = digits.parse().ok().filter(|port| *port > 0);
            Some(port.ok_or(StoreUriError::Malformed("the port must be between 1 and 65535"))?)
        }
        Some(_) => {
            return Err(StoreUriError::Malformed(
                "the port is not a number (a '/', ':' or '@' in a password must be percent-encoded)",
            ));
        }
    };
    Ok(((!host.is_empty()).then_some(host), port))
}

/// Decodes `%xx` once. What is not two hexadecimal digits stays as it stands, as in Python's `unquote`.
fn decode(text: &str) -> Result<String, StoreUriError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(StoreUriError::Malformed("a percent-encoded part is not UTF-8")),
    }
}

fn parse_query(query: &str) -> Result<Vec<(String, String)>, StoreUriError> {
    let mut parameters = Vec::new();
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if !value.is_empty() {
            parameters.push((decode(&key.replace('+', " "))?, decode(&value.replace('+', " "))?));
        }
    }
    Ok(parameters)
}

fn parse_timeout(seconds: &str) -> Option<Duration> {
    let seconds: f64 = seconds.trim().parse().ok()?;
    (0.0..=MAX_TIMEOUT_SECONDS).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// Python's `quote(text, safe=" +")`.
const NAME: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ').remove(b'+');
const DATABASE: &AsciiSet = &NAME.remove(b'/');
/// Python's `quote_plus`, before the space becomes `+`.
const PARAMETER: &AsciiSet = &NAME.add(b'+');

fn quote_plus(text: &str) -> String {
    utf8_percent_encode(text, PARAMETER).to_string().replace(' ', "+")
}

/// Drivers take a password as a parameter, too (`postgresql:///db?user=u&password=p`).
fn is_secret(parameter: &str) -> bool {
    let name = parameter.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token"].iter().any(|word| name.contains(word))
}

impl fmt::Display for StoreUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dialect.as_str())?;
        if let Some(driver) = &self.driver {
            write!(f, "+{driver}")?;
        }
        f.write_str("://")?;
        if let Some(username) = &self.username {
            write!(f, "{}", utf8_percent_encode(username, NAME))?;
            if self.password.is_some() {
                f.write_str(":***")?;
            }
            f.write_str("@")?;
        }
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{host}]")?,
            Some(host) => f.write_str(host)?,
            None => {}
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(database) = &self.database {
            write!(f, "/{}", utf8_percent_encode(database, DATABASE))?;
        }
        let mut query: Vec<_> = self.query.iter().collect();
        query.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (index, (key, value)) in query.into_iter().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            let value = if is_secret(key) { "***".to_owned() } else { quote_plus(value) };
            write!(f, "{separator}{}={value}", quote_plus(key))?;
        }
        Ok(())
    }
}

impl fmt::Debug for StoreUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUri({self})")
    }
}

#[cfg(test)]
#[path = "uri_tests.rs"]
mod tests;
