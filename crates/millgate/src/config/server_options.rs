//! The option strings that `mlflow server` hands to uvicorn, gunicorn or waitress (`mlflow/server/__init__.py`), and the
//! variables that uvicorn and gunicorn read themselves.
//!
//! None of these programs runs here. What bears on safety is honoured (certificate and key, trusted proxies) or refused
//! (client certificates, ciphers, another user); everything else is named in one warning. As in MLflow, `--host` and
//! `--port` of the server itself win over those in a string.

use std::path::PathBuf;

use super::environment::{Environment, click_boolean};
use super::error::{ConfigError, Origin, Warning};
use super::words;

/// What the strings have said that matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ServerOptions {
    pub(super) certificate: Option<PathBuf>,
    /// The key; where only the certificate is given, both are in its file, as for Python.
    pub(super) key: Option<PathBuf>,
    /// The list of `--forwarded-allow-ips`.
    pub(super) trusted_proxies: Option<String>,
    /// `--proxy-headers` or `--no-proxy-headers`.
    pub(super) proxy_headers: Option<bool>,
    ignored: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    Uvicorn,
    Gunicorn,
    Waitress,
}

#[derive(Clone, Copy)]
enum Role {
    Certificate,
    Key,
    TrustedProxies,
    ProxyHeaders(bool),
    /// Accepted with one of these values, which ask for what is so anyway; with another, the text says what is not supported.
    Only(&'static [&'static str], &'static str),
    Refused(&'static str),
}

/// An option with a meaning: long name, short name, role.
type Special = (&'static str, Option<char>, Role);

const CLIENT_CERTIFICATES: &str = "checking the certificates of clients is";
const CIPHERS: &str = "choosing ciphers is";
const TLS_VERSION: &str = "a TLS version other than 1.2 and 1.3 is";
const OTHER_SOCKET: &str = "listening on anything but a TCP port is";
const DO_IT_BEFORE: &str = "it must be set before millgate is started, as it is";

const UVICORN: &[Special] = &[
    ("ssl-certfile", None, Role::Certificate),
    ("ssl-keyfile", None, Role::Key),
    ("ssl-keyfile-password", None, Role::Refused("a key protected by a password is")),
    ("ssl-ca-certs", None, Role::Refused(CLIENT_CERTIFICATES)),
    ("ssl-cert-reqs", None, Role::Only(&["0"], CLIENT_CERTIFICATES)),
    ("ssl-ciphers", None, Role::Refused(CIPHERS)),
    ("ssl-version", None, Role::Only(&["2", "5", "17"], TLS_VERSION)),
    ("forwarded-allow-ips", None, Role::TrustedProxies),
    ("proxy-headers", None, Role::ProxyHeaders(true)),
    ("no-proxy-headers", None, Role::ProxyHeaders(false)),
    ("uds", None, Role::Refused(OTHER_SOCKET)),
    ("fd", None, Role::Refused(OTHER_SOCKET)),
    ("env-file", None, Role::Refused("reading variables from a file is")),
];

const GUNICORN: &[Special] = &[
    ("certfile", None, Role::Certificate),
    ("keyfile", None, Role::Key),
    ("ca-certs", None, Role::Refused(CLIENT_CERTIFICATES)),
    ("cert-reqs", None, Role::Only(&["0"], CLIENT_CERTIFICATES)),
    ("ciphers", None, Role::Refused(CIPHERS)),
    ("ssl-version", None, Role::Only(&["2", "5", "17", "TLS", "TLS_SERVER", "TLSv1_2"], TLS_VERSION)),
    ("forwarded-allow-ips", None, Role::TrustedProxies),
    ("proxy-protocol", None, Role::Refused("the PROXY protocol is")),
    ("config", Some('c'), Role::Refused("a configuration file of gunicorn is")),
    ("user", Some('u'), Role::Refused(DO_IT_BEFORE)),
    ("group", Some('g'), Role::Refused(DO_IT_BEFORE)),
    ("umask", Some('m'), Role::Refused(DO_IT_BEFORE)),
    ("chdir", None, Role::Refused(DO_IT_BEFORE)),
    ("env", Some('e'), Role::Refused(DO_IT_BEFORE)),
];

const WAITRESS: &[Special] = &[("unix-socket", None, Role::Refused(OTHER_SOCKET))];

impl Program {
    const fn specials(self) -> &'static [Special] {
        match self {
            Self::Uvicorn => UVICORN,
            Self::Gunicorn => GUNICORN,
            Self::Waitress => WAITRESS,
        }
    }

    /// The special option of that long name. gunicorn's parser (`argparse`) also takes an unambiguous start of a name.
    fn find(self, name: &str) -> Result<Option<&'static Special>, ()> {
        if let Some(exact) = self.specials().iter().find(|(long, ..)| *long == name) {
            return Ok(Some(exact));
        }
        if self != Self::Gunicorn {
            return Ok(None);
        }
        let mut abbreviated = self.specials().iter().filter(|(long, ..)| long.starts_with(name));
        match (abbreviated.next(), abbreviated.next()) {
            (Some(_), Some(_)) => Err(()),
            (found, _) => Ok(found),
        }
    }
}

impl ServerOptions {
    /// Reads what `program` would read: its variables first, then `string`, which wins.
    pub(super) fn read(
        program: Program,
        string: Option<(&str, &Origin)>,
        environment: &Environment,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, ConfigError> {
        let mut options = Self::default();
        match program {
            Program::Uvicorn => options.read_uvicorn_variables(environment, warnings)?,
            Program::Gunicorn => {
                let file = environment.working_directory().join("gunicorn.conf.py");
                if file.exists() {
                    return Err(ConfigError::Conflict(format!(
                        "{} is not read by this version of Millgate, which runs no gunicorn: move it away, and give \
                         TLS files as --tls-cert and --tls-key",
                        file.display()
                    )));
                }
                if let Some(string) = environment.get_nonempty("GUNICORN_CMD_ARGS") {
                    let origin = Origin::Variable("GUNICORN_CMD_ARGS".to_owned());
                    options.read_string(program, string, &origin, warnings)?;
                }
            }
            Program::Waitress => {}
        }
        if let Some((string, origin)) = string {
            options.read_string(program, string, origin, warnings)?;
        }
        Ok(options)
    }

    /// click names a variable after each option of uvicorn: `UVICORN_SSL_CERTFILE` is `--ssl-certfile`.
    fn read_uvicorn_variables(
        &mut self,
        environment: &Environment,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), ConfigError> {
        for (variable, value) in environment.with_prefix("UVICORN_").filter(|(_, value)| !value.is_empty()) {
            let origin = Origin::Variable(variable.to_owned());
            let name = variable.trim_start_matches("UVICORN_").to_ascii_lowercase().replace('_', "-");
            match UVICORN.iter().find(|(long, ..)| *long == name) {
                Some((_, _, Role::ProxyHeaders(on))) => {
                    let Some(value) = click_boolean(value) else {
                        return Err(ConfigError::invalid(origin, "must be true or false"));
                    };
                    self.proxy_headers = Some(value == *on);
                }
                Some((_, _, role)) => self.apply(*role, || Some(value.to_owned()), &origin, "it")?,
                None => self.ignored.push(variable.to_owned()),
            }
        }
        self.warn_of_ignored("environment", warnings);
        Ok(())
    }

    fn read_string(
        &mut self,
        program: Program,
        string: &str,
        origin: &Origin,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), ConfigError> {
        let Some(words) = words::split(string) else {
            return Err(ConfigError::invalid(origin.clone(), "a quotation mark or backslash is left open"));
        };
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) if word.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (word.clone(), None),
            };
            let special = if let Some(long) = name.strip_prefix("--").filter(|long| !long.is_empty()) {
                let found = program.find(long).map_err(|()| {
                    ConfigError::invalid(origin.clone(), format!("{name} could be more than one option"))
                })?;
                found.map(|(_, _, role)| (*role, inline.clone()))
            } else if program == Program::Gunicorn && word.starts_with('-') {
                short_option(&word)
            } else {
                None
            };
            if let Some((role, inline)) = special {
                self.apply(role, || inline.or_else(|| words.next()), origin, &name)?;
            } else if name.starts_with('-') {
                // Whether an ignored option takes a value is not known here, and does not matter: what follows it and is
                // no option is ignored with it.
                if inline.is_none() && words.peek().is_some_and(|next| !next.starts_with('-')) {
                    words.next();
                }
                if !self.ignored.contains(&name) {
                    self.ignored.push(name);
                }
            } else {
                return Err(ConfigError::invalid(origin.clone(), "holds a word that is no option"));
            }
        }
        self.warn_of_ignored(&origin.to_string(), warnings);
        Ok(())
    }

    fn apply(
        &mut self,
        role: Role,
        value: impl FnOnce() -> Option<String>,
        origin: &Origin,
        name: &str,
    ) -> Result<(), ConfigError> {
        let value = || {
            value()
                .filter(|value| !value.is_empty())
                .ok_or_else(|| ConfigError::invalid(origin.clone(), format!("{name} needs a value")))
        };
        match role {
            Role::Certificate => self.certificate = Some(value()?.into()),
            Role::Key => self.key = Some(value()?.into()),
            Role::TrustedProxies => self.trusted_proxies = Some(value()?),
            Role::ProxyHeaders(on) => self.proxy_headers = Some(on),
            Role::Only(accepted, feature) => {
                if !accepted.contains(&value()?.as_str()) {
                    return Err(ConfigError::not_supported(origin.clone(), format!("{name}: {feature}")));
                }
            }
            Role::Refused(feature) => {
                return Err(ConfigError::not_supported(origin.clone(), format!("{name}: {feature}")));
            }
        }
        Ok(())
    }

    fn warn_of_ignored(&mut self, origin: &str, warnings: &mut Vec<Warning>) {
        if !self.ignored.is_empty() {
            warnings.push(Warning(format!(
                "{origin}: ignored: {} (only TLS files and trusted proxies are taken from there)",
                std::mem::take(&mut self.ignored).join(", ")
            )));
        }
    }
}

/// A special option written with its short name, and its value where it is glued on (`-cfile`). `D` and `R` of gunicorn take
/// no value, so another short option may follow in the same word.
fn short_option(word: &str) -> Option<(Role, Option<String>)> {
    let rest = word.trim_start_matches('-').trim_start_matches(['D', 'R']);
    let letter = rest.chars().next()?;
    let (_, _, role) = GUNICORN.iter().find(|(_, short, _)| *short == Some(letter))?;
    let glued = rest.strip_prefix(letter).filter(|value| !value.is_empty());
    Some((*role, glued.map(str::to_owned)))
}
