//! The authentication settings: the file that `MLFLOW_AUTH_CONFIG_PATH` names, else MLflow's defaults (MLflow 3.17
//! `server/auth/config.py`, `server/auth/basic_auth.ini`).

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::Path;

use authz::Level;
use identity::FailureLimits;
use store::PoolSettings;
use store::uri::{Secret, StoreUri};

use super::database::{self, database};
use super::environment::Environment;
use super::error::{ConfigError, Origin, Warning};
use super::function::AuthorizationFunction;
use super::ini::Ini;
use super::section::{MAIN, Section};
use super::sources::Sources;

const FILE_VARIABLE: &str = "MLFLOW_AUTH_CONFIG_PATH";
pub(super) const FORM_SECRET_VARIABLE: &str = "MLFLOW_FLASK_SERVER_SECRET_KEY";
const DEFAULT_DATABASE: &str = "sqlite:///basic_auth.db";
const DEFAULT_ADMIN: &str = "admin";
const DEFAULT_MIN_PASSWORD_LENGTH: usize = 12;
const DEFAULT_AUDIT_DAYS: u32 = 90;
/// A number of something that 0 switches off.
const COUNT: RangeInclusive<u32> = 0..=100_000;
/// More than any settings file needs, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Keys of MLflow that have no function here: what they cache is read from the database at every request.
const CACHE_KEYS: [&str; 4] = [
    "auth_cache_max_size",
    "auth_cache_ttl_seconds",
    "workspace_cache_max_size",
    "workspace_cache_ttl_seconds",
];

const KEYS: [&str; 14] = [
    "default_permission",
    "database_uri",
    "admin_username",
    "admin_password",
    "authorization_function",
    "authorization_cache_seconds",
    "grant_default_workspace_access",
    "read_database_uri",
    "min_password_length",
    "login_failures_per_minute_account",
    "login_failures_per_minute_address",
    "audit_retention_days",
    "token_max_days",
    "password_logins",
];

/// Who may come in, and what a user may do whom nobody granted anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthConfig {
    pub default_permission: Level,
    pub database: StoreUri,
    /// A copy of `database` that reads may go to (`read_database_uri`). It may lag behind.
    pub read_database: Option<StoreUri>,
    /// Connections to a database that is none of SQLite.
    pub pool: PoolSettings,
    /// The administrator to create in an empty database; `None` where it is set to nothing.
    pub admin_username: Option<String>,
    pub admin_password: Option<Secret>,
    /// Whether users hold `default_permission` in the default workspace.
    pub grant_default_workspace_access: bool,
    /// What the tokens of forms are signed with (`MLFLOW_FLASK_SERVER_SECRET_KEY`); `None` for the key that the servers share
    /// through the database.
    pub form_secret: Option<Secret>,
    /// Characters that a new password must have at least. Ours; MLflow asks for 12.
    pub min_password_length: usize,
    /// Failed logins that are looked at. Ours; MLflow looks at any number.
    pub failure_limits: FailureLimits,
    /// Days that an event of the audit is kept; `None` for ever. Ours.
    pub audit_retention_days: Option<NonZeroU32>,
    /// Days that a new access token lives at most; `None` for as long as it is asked to. Ours.
    pub token_max_days: Option<NonZeroU32>,
    /// Whether the passwords of users let them in. Ours; in MLflow they always do.
    pub password_logins: bool,
    /// Who else may say who is calling. Ours.
    pub sources: Sources,
    /// A function in Python that says who is calling, in the place of passwords.
    pub authorization_function: Option<AuthorizationFunction>,
    /// Sections that nobody knows here, each with its keys and values: one may be an app's.
    pub others: BTreeMap<String, BTreeMap<String, Secret>>,
    /// To be logged once, at the start.
    pub warnings: Vec<Warning>,
}

impl AuthConfig {
    /// Reads the settings file, if one is named, and the variables that win over it.
    ///
    /// # Errors
    /// The file cannot be read or understood, has no `[mlflow]` section or lacks a key that MLflow demands; or a value cannot
    /// be used or asks for what this version does not do. No error holds a password.
    pub fn resolve(environment: &Environment) -> Result<Self, ConfigError> {
        let mut config = match environment.get_nonempty(FILE_VARIABLE) {
            Some(path) => Self::from_file(&environment.working_directory().join(path), environment)?,
            None => Self::built_in(environment)?,
        };
        // A variable that is set wins also when it is set to nothing: an injected secret that turned out empty must not
        // bring back an old one from the file.
        if let Some(username) = environment.get("MLFLOW_AUTH_ADMIN_USERNAME") {
            config.admin_username = nonempty(username);
        }
        if let Some(password) = environment.get("MLFLOW_AUTH_ADMIN_PASSWORD") {
            config.admin_password = nonempty(password).map(Secret::new);
        }
        config.form_secret = environment.get_nonempty(FORM_SECRET_VARIABLE).map(Secret::new);
        config.pool = database::pool(environment)?;
        Ok(config)
    }

    /// Takes the section of an app, and warns of those that are nobody's.
    pub fn take_section(&mut self, app: Option<&str>) -> BTreeMap<String, Secret> {
        let taken = app.and_then(|name| self.others.remove(name)).unwrap_or_default();
        if !self.others.is_empty() {
            let names: Vec<String> = self.others.keys().map(|name| format!("[{name}]")).collect();
            self.warnings
                .push(Warning(format!("authentication settings: unknown sections: {}", names.join(", "))));
        }
        taken
    }

    /// The same with another database, which `--database` names.
    ///
    /// # Errors
    /// When it is no URI of a database that can be opened.
    pub fn with_database(self, uri: &str, environment: &Environment) -> Result<Self, ConfigError> {
        let database = database(uri, Origin::Flag("--database"), environment)?;
        Ok(Self { database, read_database: None, ..self })
    }

    fn built_in(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            default_permission: Level::Read,
            database: database(DEFAULT_DATABASE, Origin::Key("database_uri"), environment)?,
            read_database: None,
            pool: PoolSettings::default(),
            admin_username: Some(DEFAULT_ADMIN.to_owned()),
            admin_password: None,
            grant_default_workspace_access: false,
            form_secret: None,
            min_password_length: DEFAULT_MIN_PASSWORD_LENGTH,
            failure_limits: FailureLimits::default(),
            audit_retention_days: NonZeroU32::new(DEFAULT_AUDIT_DAYS),
            token_max_days: None,
            password_logins: true,
            sources: Sources::default(),
            authorization_function: None,
            others: BTreeMap::new(),
            warnings: Vec::new(),
        })
    }

    fn from_file(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let text = read(path).map_err(|source| ConfigError::AuthFile { path: path.to_owned(), source })?;
        let malformed = |problem| ConfigError::AuthSyntax { path: path.to_owned(), problem };
        let ini = Ini::parse(&text).map_err(malformed)?;
        if !ini.has_section(MAIN) {
            return Err(malformed(format!("there is no [{MAIN}] section")));
        }
        Self::from_ini(&Section { ini: &ini, name: MAIN, malformed: &malformed }, environment)
    }

    fn from_ini(file: &Section<'_>, environment: &Environment) -> Result<Self, ConfigError> {
        let default_permission = file.required("default_permission")?;
        let uri = file.required("database_uri")?;
        let read_uri = file.get("read_database_uri")?.filter(|uri| !uri.is_empty());
        let default_permission = level(&default_permission)?;
        let mut warnings = warnings(file);
        let (sources, others) = Sources::read(file, environment)?;
        let authorization_function = AuthorizationFunction::read(file)?;
        let database = database(&uri, Origin::Key("database_uri"), environment)?;
        let read_database = match read_uri {
            None => None,
            Some(uri) => {
                let origin = Origin::Key("read_database_uri");
                database::replica(&uri, origin, &database, environment, &mut warnings)?
            }
        };
        Ok(Self {
            default_permission,
            database,
            read_database,
            pool: PoolSettings::default(),
            admin_username: file.get("admin_username")?.as_deref().and_then(nonempty),
            admin_password: file.get("admin_password")?.as_deref().and_then(nonempty).map(Secret::new),
            form_secret: None,
            grant_default_workspace_access: file.boolean("grant_default_workspace_access")?.unwrap_or(false),
            min_password_length: file
                .number("min_password_length", 1..=1024)?
                .map_or(DEFAULT_MIN_PASSWORD_LENGTH, |length| length as usize),
            failure_limits: failure_limits(file)?,
            audit_retention_days: NonZeroU32::new(
                file.number("audit_retention_days", COUNT)?.unwrap_or(DEFAULT_AUDIT_DAYS),
            ),
            token_max_days: file.number("token_max_days", COUNT)?.and_then(NonZeroU32::new),
            password_logins: file.boolean("password_logins")?.unwrap_or(true),
            sources,
            authorization_function,
            others,
            warnings,
        })
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
        return Err(Error::new(ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

fn nonempty(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// MLflow knows DENY, too, but only as a grant: a default that denies is written `NO_PERMISSIONS`.
fn level(name: &str) -> Result<Level, ConfigError> {
    match Level::from_name(name) {
        Some(level) if level != Level::Deny => Ok(level),
        _ => Err(ConfigError::invalid(
            Origin::Key("default_permission"),
            "must be READ, USE, EDIT, MANAGE or NO_PERMISSIONS",
        )),
    }
}

fn failure_limits(main: &Section<'_>) -> Result<FailureLimits, ConfigError> {
    let limits = FailureLimits::default();
    Ok(FailureLimits {
        account: main.number("login_failures_per_minute_account", COUNT)?.unwrap_or(limits.account),
        address: main.number("login_failures_per_minute_address", COUNT)?.unwrap_or(limits.address),
    })
}

fn warnings(main: &Section<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (cache, other): (Vec<&str>, Vec<&str>) =
        main.keys().filter(|key| !KEYS.contains(key)).partition(|key| CACHE_KEYS.contains(key));
    if !cache.is_empty() {
        warnings.push(Warning(format!(
            "authentication settings: {}: ignored: users and grants are read at every request",
            cache.join(", ")
        )));
    }
    if !other.is_empty() {
        warnings.push(Warning(format!("authentication settings: unknown keys: {}", other.join(", "))));
    }
    warnings
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
