//! MySQL and MariaDB. The parameters are those of PyMySQL 1.2, mysqlclient and MySQL Connector/Python 9, as SQLAlchemy hands
//! them on.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use super::given::{self, Given, Known, SEVERAL_HOSTS, ignored, only, read, read_as};
use super::surroundings::Surroundings;
use super::{STATEMENT_CACHE, must_check_name};
use crate::uri::{Secret, StoreUri, StoreUriError};

/// SQLAlchemy's. They name Python modules.
const DRIVERS: &[&str] = &["pymysql", "mysqldb", "mysqlconnector", "mariadbconnector", "aiomysql", "asyncmy"];

pub(super) const KNOWN: &[Known] = &[
    read("host"),
    read("port"),
    read("user"),
    read("password"),
    read_as("passwd", "password"),
    read("database"),
    read_as("db", "database"),
    read("unix_socket"),
    read("connect_timeout"),
    read_as("connection_timeout", "connect_timeout"),
    read("ssl_mode"),
    read("ssl_disabled"),
    read("ssl_ca"),
    read("ssl_cert"),
    read("ssl_key"),
    read("ssl_verify_cert"),
    read("ssl_verify_identity"),
    read("ssl_check_hostname"),
    only("charset", &["utf8mb4", "utf8", "utf8mb3"]),
    ignored("collation"),
    ignored("use_unicode"),
    ignored("binary_prefix"),
    ignored("read_timeout"),
    ignored("write_timeout"),
    // No file of this machine is ever sent, whatever the server asks for.
    ignored("local_infile"),
    ignored("allow_local_infile"),
    ignored("autocommit"),
    ignored("buffered"),
    ignored("compress"),
    ignored("consume_results"),
    ignored("get_warnings"),
    ignored("max_allowed_packet"),
    ignored("pool_name"),
    ignored("pool_reset_session"),
    ignored("pool_size"),
    ignored("program_name"),
    ignored("raise_on_warnings"),
    ignored("use_pure"),
];

const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 3306;

/// See [`super::check`].
pub(super) fn check(uri: &StoreUri) -> Result<(), StoreUriError> {
    given::check_driver(uri, DRIVERS)?;
    Wanted::read(&Given::of_uri(uri, KNOWN, "database")?).map(drop)
}

/// See [`super::mysql`].
pub(super) fn options(uri: &StoreUri, around: &Surroundings) -> Result<MySqlConnectOptions, StoreUriError> {
    Wanted::read(&Given::of_uri(uri, KNOWN, "database")?)?.options(around)
}

/// How long a connection may take to be made; `None` where nothing is said.
pub(super) fn connect_timeout(uri: &StoreUri) -> Result<Option<Duration>, StoreUriError> {
    Ok(Wanted::read(&Given::of_uri(uri, KNOWN, "database")?)?.connect_timeout)
}

/// Parameters, each understood by itself.
struct Wanted {
    host: String,
    port: u16,
    socket: Option<PathBuf>,
    user: String,
    password: Option<Secret>,
    database: String,
    tls: Tls,
    connect_timeout: Option<Duration>,
}

struct Tls {
    asked: Asked,
    authorities: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
}

/// What is asked of a connection's TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    None,
    IfThere,
    Encrypted,
    /// By an authority, whatever the name. `explicitly` where that was said of the name, and not of the authority alone.
    Verified {
        explicitly: bool,
    },
    VerifiedWithName,
}

impl Wanted {
    fn read(given: &Given) -> Result<Self, StoreUriError> {
        let host = given.text("host").unwrap_or(DEFAULT_HOST);
        if host.contains(',') {
            return Err(given.invalid("host", SEVERAL_HOSTS));
        }
        let required = |name: &str, problem| {
            given.text(name).map(str::to_owned).ok_or(StoreUriError::Malformed(problem))
        };
        let seconds = given.parsed("connect_timeout", "is no number of seconds", |text| {
            text.trim().parse::<u32>().ok().filter(|seconds| *seconds > 0)
        })?;
        Ok(Self {
            host: host.to_owned(),
            port: given
                .parsed("port", "is no number between 1 and 65535", given::port)?
                .unwrap_or(DEFAULT_PORT),
            socket: given.text("unix_socket").map(PathBuf::from),
            user: required("user", "a mysql URI must name a user: mysql://USER@HOST/DATABASE")?,
            password: given.text("password").map(Secret::new),
            database: required("database", "a mysql URI must name a database: mysql://USER@HOST/DATABASE")?,
            tls: Tls::read(given)?,
            connect_timeout: seconds.map(|seconds| Duration::from_secs(seconds.into())),
        })
    }

    fn options(self, around: &Surroundings) -> Result<MySqlConnectOptions, StoreUriError> {
        let mut options = MySqlConnectOptions::new()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .database(&self.database)
            .charset("utf8mb4")
            .pipes_as_concat(true)
            .statement_cache_capacity(STATEMENT_CACHE)
            .disable_statement_logging();
        if let Some(password) = self.password {
            options = options.password(password.expose());
        }
        if let Some(socket) = self.socket {
            options = options.socket(socket);
        }
        self.tls.apply(options, around)
    }
}

impl Tls {
    fn read(given: &Given) -> Result<Self, StoreUriError> {
        let flag = |name: &str| given.parsed(name, "must be true or false", boolean);
        let authorities = given.text("ssl_ca").map(PathBuf::from);
        let client = match (given.text("ssl_cert"), given.text("ssl_key")) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            // A key may be in the file of its certificate.
            (Some(certificate), None) => Some((certificate.into(), certificate.into())),
            (None, Some(_)) => return Err(given.invalid("ssl_key", "needs ssl_cert")),
            (None, None) => None,
        };
        let mode = given.parsed("ssl_mode", MODE_PROBLEM, mode)?;
        let disabled = flag("ssl_disabled")?;
        let names = [flag("ssl_verify_identity")?, flag("ssl_check_hostname")?];
        let certificate = flag("ssl_verify_cert")?;

        let name = names.contains(&Some(true));
        let any_name = names.contains(&Some(false)) && !name;
        let asks_for_tls = authorities.is_some() || client.is_some() || name || certificate == Some(true);
        let asked = match mode {
            Some(Asked::None) if asks_for_tls => {
                return Err(given.invalid("ssl_mode", "is DISABLED, and other parameters ask for TLS"));
            }
            Some(mode) if mode != Asked::None && disabled == Some(true) => {
                return Err(given.invalid("ssl_disabled", "is true, and ssl_mode asks for TLS"));
            }
            _ if disabled == Some(true) && asks_for_tls => {
                return Err(given.invalid("ssl_disabled", "is true, and other parameters ask for TLS"));
            }
            Some(Asked::None) => Asked::None,
            _ if disabled == Some(true) => Asked::None,
            Some(Asked::VerifiedWithName) => Asked::VerifiedWithName,
            _ if name => Asked::VerifiedWithName,
            Some(Asked::Verified { .. }) => Asked::Verified { explicitly: any_name },
            // Who names an authority wants it to count; SQLAlchemy's PyMySQL then checks the name, too.
            _ if certificate == Some(true) || (authorities.is_some() && certificate.is_none()) => {
                if any_name { Asked::Verified { explicitly: true } } else { Asked::VerifiedWithName }
            }
            Some(Asked::Encrypted) => Asked::Encrypted,
            // As with PyMySQL, to say how TLS shall be is to ask for it.
            _ if authorities.is_some() || client.is_some() || certificate.is_some() || any_name => {
                Asked::Encrypted
            }
            _ => Asked::IfThere,
        };
        Ok(Self { asked, authorities, client })
    }

    fn apply(
        self,
        options: MySqlConnectOptions,
        around: &Surroundings,
    ) -> Result<MySqlConnectOptions, StoreUriError> {
        let authorities = self.authorities.as_deref();
        let mode = match self.asked {
            Asked::None => MySqlSslMode::Disabled,
            Asked::IfThere => MySqlSslMode::Preferred,
            Asked::Encrypted => MySqlSslMode::Required,
            Asked::VerifiedWithName => MySqlSslMode::VerifyIdentity,
            Asked::Verified { explicitly: true }
                if !authorities.is_some_and(|file| around.trusts_only(file)) =>
            {
                return Err(StoreUriError::Parameter {
                    name: "ssl_check_hostname or ssl_verify_identity".to_owned(),
                    problem: "can only be false while SSL_CERT_FILE names the file of ssl_ca, and SSL_CERT_DIR is not set: \
                              else the system's authorities are trusted, too, for whatever name",
                });
            }
            Asked::Verified { .. } => match must_check_name("ssl_mode=VERIFY_CA", authorities, around) {
                true => MySqlSslMode::VerifyIdentity,
                false => MySqlSslMode::VerifyCa,
            },
        };
        let mut options = options.ssl_mode(mode);
        if let Some(file) = self.authorities {
            around.check_file("ssl_ca", &file)?;
            options = options.ssl_ca(file);
        }
        if let Some((certificate, key)) = self.client {
            around.check_file("ssl_cert", &certificate)?;
            around.check_file("ssl_key", &key)?;
            options = options.ssl_client_cert(certificate).ssl_client_key(key);
        }
        Ok(options)
    }
}

const MODE_PROBLEM: &str = "must be DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY";

fn mode(text: &str) -> Option<Asked> {
    match text.to_ascii_uppercase().as_str() {
        "DISABLED" => Some(Asked::None),
        "PREFERRED" => Some(Asked::IfThere),
        "REQUIRED" => Some(Asked::Encrypted),
        "VERIFY_CA" => Some(Asked::Verified { explicitly: false }),
        "VERIFY_IDENTITY" => Some(Asked::VerifiedWithName),
        _ => None,
    }
}

/// A boolean as SQLAlchemy reads it (`util.asbool`).
fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
#[path = "mysql_tests.rs"]
mod tests;
