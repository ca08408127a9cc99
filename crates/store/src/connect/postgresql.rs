//! PostgreSQL. The parameters are libpq's (version 17, "Parameter Key Words"), as SQLAlchemy hands them to psycopg2; what a
//! URI leaves out is looked for where libpq looks for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::given::{self, Given, Known, SEVERAL_HOSTS, ignored, only, read};
use super::passfile;
use super::surroundings::Surroundings;
use super::{STATEMENT_CACHE, must_check_name};
use crate::uri::{Secret, StoreUri, StoreUriError};

/// SQLAlchemy's. They name Python modules.
const DRIVERS: &[&str] = &["psycopg2", "psycopg2cffi", "psycopg", "pg8000", "asyncpg"];

pub(super) const KNOWN: &[Known] = &[
    read("host"),
    read("port"),
    read("user"),
    read("password"),
    read("passfile"),
    read("dbname"),
    read("sslmode"),
    read("sslrootcert"),
    read("sslcert"),
    read("sslkey"),
    read("application_name"),
    read("fallback_application_name"),
    read("options"),
    read("connect_timeout"),
    only("client_encoding", &["utf8", "utf-8", "auto"]),
    only("channel_binding", &["disable", "prefer"]),
    only("gssencmode", &["disable", "prefer"]),
    only("sslnegotiation", &["postgres"]),
    only("sslcertmode", &["allow"]),
    only("sslsni", &["1"]),
    // Older ones are never spoken.
    only("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    only("replication", &["0", "off", "false", "no"]),
    // With one host there is nothing to choose, and a host that does not take writes says so at the first one.
    only("target_session_attrs", &["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]),
    only("load_balance_hosts", &["disable", "random"]),
    ignored("keepalives"),
    ignored("keepalives_idle"),
    ignored("keepalives_interval"),
    ignored("keepalives_count"),
    ignored("tcp_user_timeout"),
    ignored("sslcompression"),
    ignored("krbsrvname"),
    ignored("gsslib"),
    ignored("gssdelegation"),
];

/// libpq's variables and the parameters that they stand for (PostgreSQL 17, "Environment Variables"). Those that libpq reads
/// for text alone (PGCLIENTENCODING, PGDATESTYLE, PGTZ, PGGEQO) and for Kerberos are not among them.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGDATABASE", "dbname"),
    ("PGSERVICE", "service"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLSNI", "sslsni"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
];

const DEFAULT_PORT: u16 = 5432;
const DEFAULT_NAME: &str = "millgate";
/// Where a server's Unix socket lies, as distributions and PostgreSQL itself have it.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// Files that libpq takes where they are there.
const ROOT_AT_HOME: &str = ".postgresql/root.crt";
const REVOKED_AT_HOME: &str = ".postgresql/root.crl";
const CERTIFICATE_AT_HOME: &str = ".postgresql/postgresql.crt";
const KEY_AT_HOME: &str = ".postgresql/postgresql.key";
const PASSWORDS_AT_HOME: &str = ".pgpass";

/// See [`super::check`].
pub(super) fn check(uri: &StoreUri) -> Result<(), StoreUriError> {
    given::check_driver(uri, DRIVERS)?;
    Wanted::read(&Given::of_uri(uri, KNOWN, "dbname")?).map(drop)
}

/// See [`super::postgresql`].
pub(super) fn options(uri: &StoreUri, around: &Surroundings) -> Result<PgConnectOptions, StoreUriError> {
    let given = given(uri, around)?;
    let variables = given.variables();
    if !variables.is_empty() {
        tracing::info!(%uri, variables = variables.join(", "), "what the URI leaves out comes from variables");
    }
    Wanted::read(&given)?.options(around)
}

/// How long a connection may take to be made; `None` where nothing is said, or no limit asked for.
pub(super) fn connect_timeout(
    uri: &StoreUri,
    around: &Surroundings,
) -> Result<Option<Duration>, StoreUriError> {
    Ok(Wanted::read(&given(uri, around)?)?.connect_timeout)
}

fn given(uri: &StoreUri, around: &Surroundings) -> Result<Given, StoreUriError> {
    Given::of_uri(uri, KNOWN, "dbname")?.or_variables(KNOWN, VARIABLES, around, uri)
}

/// Parameters, each understood by itself.
struct Wanted {
    host: Option<Host>,
    port: u16,
    user: Option<String>,
    password: Option<Secret>,
    passfile: Option<PathBuf>,
    database: Option<String>,
    tls: Tls,
    application_name: String,
    options: Vec<(String, String)>,
    /// Where `options` are the variable's, which sqlx reads by itself.
    options_are_set: bool,
    connect_timeout: Option<Duration>,
}

enum Host {
    Name(String),
    /// The folder of a Unix socket.
    Folder(String),
}

struct Tls {
    mode: Option<Mode>,
    root: Option<Root>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    /// As with `prefer`, TLS is tried first: `allow` asks for a plain connection first, but not for its being plain.
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

enum Root {
    System,
    File(PathBuf),
}

impl Wanted {
    fn read(given: &Given) -> Result<Self, StoreUriError> {
        let text = |name: &str| given.text(name).map(str::to_owned);
        let path = |name: &str| given.text(name).map(PathBuf::from);
        let port = given.parsed("port", "is no number between 1 and 65535", given::port)?;
        let (host, port) = host_and_port(given, port)?;
        let options = given.parsed("options", OPTIONS_PROBLEM, server_options)?.unwrap_or_default();
        let seconds = given
            .parsed("connect_timeout", "is no number of seconds", |text| text.trim().parse::<i32>().ok())?;
        Ok(Self {
            host,
            port: port.unwrap_or(DEFAULT_PORT),
            user: text("user"),
            password: given.text("password").map(Secret::new),
            passfile: path("passfile"),
            database: text("dbname"),
            tls: Tls {
                mode: given.parsed("sslmode", MODE_PROBLEM, mode)?,
                root: given.text("sslrootcert").map(|text| match text {
                    "system" => Root::System,
                    file => Root::File(file.into()),
                }),
                certificate: path("sslcert"),
                key: path("sslkey"),
            },
            application_name: text("application_name")
                .or_else(|| text("fallback_application_name"))
                .unwrap_or_else(|| DEFAULT_NAME.to_owned()),
            options_are_set: given.is_from_variable("options"),
            options,
            // As with libpq, 0 and less are no limit.
            connect_timeout: seconds
                .and_then(|seconds| u64::try_from(seconds).ok())
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
        })
    }

    fn options(self, around: &Surroundings) -> Result<PgConnectOptions, StoreUriError> {
        // What sqlx found is left as it is for the user of the operating system, and where libpq finds the same: a password
        // or options that the URI leaves out.
        let options = PgConnectOptions::new_without_pgpass();
        let user = self.user.unwrap_or_else(|| options.get_username().to_owned());
        if user.is_empty() {
            return Err(StoreUriError::Malformed("the URI names no user, and the variable PGUSER is empty"));
        }
        let database = self.database.unwrap_or_else(|| user.clone());
        let host = self.host.unwrap_or_else(|| local_host(self.port));
        let password = self.password.map(|password| password.expose().to_owned()).or_else(|| {
            let file = self.passfile.or_else(|| around.file_at_home(PASSWORDS_AT_HOME))?;
            let host = match &host {
                Host::Folder(folder) if SOCKET_FOLDERS.contains(&folder.as_str()) => "localhost",
                Host::Folder(host) | Host::Name(host) => host,
            };
            let port = self.port;
            passfile::password(&file, &passfile::Target { host, port, database: &database, user: &user })
        });
        let mut options = options
            .port(self.port)
            .username(&user)
            .database(&database)
            .application_name(&self.application_name)
            // Its default already keeps every digit, and connection poolers such as PgBouncer refuse it.
            .extra_float_digits(None)
            .statement_cache_capacity(STATEMENT_CACHE)
            .disable_statement_logging();
        if let Some(password) = password {
            options = options.password(&password);
        }
        if !self.options.is_empty() && !self.options_are_set {
            if options.get_options().is_some_and(|set| !set.is_empty()) {
                let name = "options".to_owned();
                let problem = "is in the URI, and in the variable PGOPTIONS as well; unset the variable";
                return Err(StoreUriError::Parameter { name, problem });
            }
            options = options.options(self.options);
        }
        match host {
            // As with libpq, nothing is encrypted on the way to a Unix socket.
            Host::Folder(folder) => Ok(options.host(&folder).ssl_mode(PgSslMode::Disable)),
            Host::Name(name) => self.tls.apply(options.host(&name), around),
        }
    }
}

impl Tls {
    fn apply(
        self,
        options: PgConnectOptions,
        around: &Surroundings,
    ) -> Result<PgConnectOptions, StoreUriError> {
        let failure = |name: &str, problem| Err(StoreUriError::Parameter { name: name.to_owned(), problem });
        let root = self.root.or_else(|| around.file_at_home(ROOT_AT_HOME).map(Root::File));
        let mode = match (self.mode, &root) {
            (None, Some(Root::System)) => Mode::VerifyFull,
            (Some(mode), Some(Root::System)) if mode != Mode::VerifyFull => {
                return failure("sslrootcert", "can be 'system' with sslmode=verify-full alone");
            }
            (None, _) => Mode::Prefer,
            (Some(mode), _) => mode,
        };
        let mode = match (mode, &root) {
            (Mode::Disable, _) => return Ok(options.ssl_mode(PgSslMode::Disable)),
            (Mode::Prefer, _) => PgSslMode::Prefer,
            (Mode::Require, None) => PgSslMode::Require,
            (Mode::VerifyCa, None) => {
                return failure("sslmode", "is verify-ca, which needs sslrootcert; or write verify-full");
            }
            (Mode::VerifyFull, _) => PgSslMode::VerifyFull,
            // As with libpq, to require TLS and to have authorities is to verify.
            (Mode::Require | Mode::VerifyCa, Some(root)) => match must_check_name(
                "sslmode=verify-ca",
                match root {
                    Root::File(file) => Some(file.as_path()),
                    Root::System => None,
                },
                around,
            ) {
                true => PgSslMode::VerifyFull,
                false => PgSslMode::VerifyCa,
            },
        };
        let verifies = matches!(mode, PgSslMode::VerifyCa | PgSslMode::VerifyFull);
        if verifies && around.file_at_home(REVOKED_AT_HOME).is_some() {
            let problem = "is not supported, and there is ~/.postgresql/root.crl, which libpq would read";
            return failure("sslcrl", problem);
        }
        let options = match root {
            Some(Root::File(file)) => {
                if verifies {
                    around.check_file("sslrootcert", &file)?;
                }
                options.ssl_root_cert(file)
            }
            // None, rather than what PGSSLROOTCERT says.
            Some(Root::System) | None => options.ssl_root_cert_from_pem(Vec::new()),
        };
        let options = options.ssl_mode(mode);
        let certificate = self.certificate.or_else(|| around.file_at_home(CERTIFICATE_AT_HOME));
        let key = match &certificate {
            None => self.key,
            Some(_) => self.key.or_else(|| around.file_at_home(KEY_AT_HOME)),
        };
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                around.check_file("sslcert", &certificate)?;
                around.check_file("sslkey", &key)?;
                Ok(options.ssl_client_cert(certificate).ssl_client_key(key))
            }
            (Some(_), None) => failure("sslcert", "needs sslkey"),
            (None, Some(_)) => failure("sslkey", "needs sslcert"),
            // sqlx has these from the environment, where nothing is something.
            (None, None) if ["PGSSLCERT", "PGSSLKEY"].iter().any(|v| around.variables.contains_key(*v)) => {
                failure(
                    "sslcert",
                    "comes from the variable PGSSLCERT or PGSSLKEY, which is empty; unset both",
                )
            }
            (None, None) => Ok(options),
        }
    }
}

const MODE_PROBLEM: &str = "must be disable, allow, prefer, require, verify-ca or verify-full";

fn mode(text: &str) -> Option<Mode> {
    match text {
        "disable" => Some(Mode::Disable),
        "allow" | "prefer" => Some(Mode::Prefer),
        "require" => Some(Mode::Require),
        "verify-ca" => Some(Mode::VerifyCa),
        "verify-full" => Some(Mode::VerifyFull),
        _ => None,
    }
}

/// Where libpq looks for a server that nobody named, or else this machine.
fn local_host(port: u16) -> Host {
    let has_socket =
        |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).try_exists().unwrap_or(false);
    match SOCKET_FOLDERS.iter().find(has_socket) {
        Some(folder) => Host::Folder((*folder).to_owned()),
        None => Host::Name("localhost".to_owned()),
    }
}

/// The host, and the port where SQLAlchemy finds it in the host: `?host=name:port`.
fn host_and_port(given: &Given, port: Option<u16>) -> Result<(Option<Host>, Option<u16>), StoreUriError> {
    let Some(text) = given.text("host") else { return Ok((None, port)) };
    if text.contains(',') {
        return Err(given.invalid("host", SEVERAL_HOSTS));
    }
    if text.starts_with('/') {
        return Ok((Some(Host::Folder(text.to_owned())), port));
    }
    let (name, own_port) = match text.split_once(':') {
        Some((name, digits)) if !digits.contains(':') => (name, Some(digits)),
        _ => (text, None),
    };
    let port = port.filter(|_| own_port.is_none() || !given.is_from_variable("port"));
    let port = match (own_port.filter(|digits| !digits.is_empty()), port) {
        (None, port) => port,
        (Some(_), Some(_)) => return Err(given.invalid("host", "names a port, and so does the URI")),
        (Some(digits), None) => {
            Some(given::port(digits).ok_or_else(|| given.invalid("host", "names a port that is no number"))?)
        }
    };
    Ok((Some(name).filter(|name| !name.is_empty()).map(|name| Host::Name(name.to_owned())), port))
}

const OPTIONS_PROBLEM: &str =
    "must be a list of -c NAME=VALUE, without client_encoding or standard_conforming_strings";

/// Settings that statements are written for.
const OUR_SETTINGS: [&str; 2] = ["client_encoding", "standard_conforming_strings"];

/// The settings in a command line of the server: `-c name=value`, `-cname=value` and `--name=value`. A backslash keeps the
/// character behind it.
fn server_options(text: &str) -> Option<Vec<(String, String)>> {
    let mut settings = Vec::new();
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("--") {
            Some(setting) => setting.to_owned(),
            None => match word.strip_prefix("-c")? {
                "" => words.next()?,
                setting => setting.to_owned(),
            },
        };
        let (name, value) = setting.split_once('=')?;
        // As the server reads it.
        let name = name.replace('-', "_");
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let ours = OUR_SETTINGS.iter().any(|ours| name.eq_ignore_ascii_case(ours));
        if name.is_empty() || !is_name || ours || value.contains(char::is_control) {
            return None;
        }
        settings.push((name, value.to_owned()));
    }
    Some(settings)
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_ascii_whitespace() => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
#[path = "postgresql_tests.rs"]
mod tests;
