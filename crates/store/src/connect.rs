//! From a store URI to the options that sqlx connects with: what SQLAlchemy's drivers would make of the same URI.
//!
//! A parameter of the URI is honoured, or accepted because it makes no difference to the data, or refused by its name when
//! the URI is parsed. What a URI does not say comes from the variables and files that libpq reads; sqlx reads some of those by
//! itself, so everything that sqlx takes from the environment is set here.
//!
//! TLS is never weaker than what was asked for. sqlx trusts the system's authorities beside the file that it is given, so
//! that a certificate of any authority would do where the name is not checked. It therefore is, unless `SSL_CERT_FILE` alone
//! names the very file: then nothing else is trusted (rustls-native-certs).

use std::path::Path;
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;
use crate::uri::{Dialect, StoreUri, StoreUriError};
use surroundings::Surroundings;

mod given;
mod mysql;
mod passfile;
mod postgresql;
mod surroundings;

/// Statements that a connection keeps prepared: more than there are.
const STATEMENT_CACHE: usize = 256;

/// How many connections a server keeps to a database of PostgreSQL or MySQL, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// At the most, for reads and writes together. At least 1.
    pub max_connections: u32,
    /// Age at which a connection is replaced by a new one before its next use; `None` for any age.
    pub max_lifetime: Option<Duration>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self { max_connections: 10, max_lifetime: None }
    }
}

/// How to connect to the PostgreSQL database that `uri` names. Reads variables and files of the user, but not the network.
///
/// # Errors
/// When libpq's variables ask for what is not supported, or what is asked for does not go together.
pub(crate) fn postgresql(uri: &StoreUri) -> Result<PgConnectOptions, StoreUriError> {
    postgresql::options(uri, &Surroundings::of_process()?)
}

/// How to connect to the MySQL or MariaDB database that `uri` names.
///
/// # Errors
/// When what is asked for does not go together.
pub(crate) fn mysql(uri: &StoreUri) -> Result<MySqlConnectOptions, StoreUriError> {
    mysql::options(uri, &Surroundings::of_process()?)
}

/// How long a connection may take to be made, as `connect_timeout` says; `None` where the URI says nothing, or asks for no
/// limit.
///
/// # Errors
/// As [`postgresql`] and [`mysql`].
pub(crate) fn connect_timeout(uri: &StoreUri) -> Result<Option<Duration>, StoreUriError> {
    match uri.dialect {
        Dialect::Sqlite => Ok(None),
        Dialect::Postgresql => postgresql::connect_timeout(uri, &Surroundings::of_process()?),
        Dialect::Mysql => mysql::connect_timeout(uri),
    }
}

/// Whether all that the URI itself says can be done. The environment is not looked at.
pub(crate) fn check(uri: &StoreUri) -> Result<(), StoreUriError> {
    match uri.dialect {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgresql => postgresql::check(uri),
        Dialect::Mysql => mysql::check(uri),
    }
}

/// The parameters that a URI may have, for an error.
pub(crate) fn supported_parameters(dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => "timeout".to_owned(),
        Dialect::Postgresql => given::names(postgresql::KNOWN),
        Dialect::Mysql => given::names(mysql::KNOWN),
    }
}

/// Whether the database did not answer, or said that it cannot for now: what may pass by itself.
pub fn is_out_of_reach(error: &StoreError) -> bool {
    use std::io::ErrorKind;
    let StoreError::Database(error) = error else { return false };
    match error {
        // Wrong certificates and files that may not be read are among the errors of input and output.
        sqlx::Error::Io(error) => !matches!(
            error.kind(),
            ErrorKind::InvalidData
                | ErrorKind::InvalidInput
                | ErrorKind::PermissionDenied
                | ErrorKind::Unsupported
        ),
        sqlx::Error::PoolTimedOut => true,
        // SQLSTATE: no connection, too many of them (PostgreSQL; MySQL's are among the former), starting or stopping.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || matches!(&*code, "53300" | "57P01" | "57P02" | "57P03")
        }),
        _ => false,
    }
}

/// Whether the certificate's name must be checked although `asked` says that its authority is enough.
fn must_check_name(asked: &str, authorities: Option<&Path>, around: &Surroundings) -> bool {
    let alone = authorities.is_some_and(|file| around.trusts_only(file));
    if !alone {
        tracing::warn!(
            "{asked}: the server's name is checked as well, as the system's authorities are trusted, too; to trust one \
             authority alone, whatever the name, set SSL_CERT_FILE to its file and unset SSL_CERT_DIR"
        );
    }
    !alone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> StoreUri {
        text.parse().unwrap()
    }

    #[test]
    fn a_connection_is_made_to_what_the_uri_names() {
        let options = postgresql(&uri("postgresql://u@h/db?sslmode=disable")).unwrap();
        assert_eq!((options.get_host(), options.get_port()), ("h", 5432));
        let options = mysql(&uri("mysql://u@h/db")).unwrap();
        assert_eq!((options.get_host(), options.get_port()), ("h", 3306));
        for text in ["postgresql://u@h/db?connect_timeout=7", "mysql://u@h/db?connect_timeout=7"] {
            assert_eq!(connect_timeout(&uri(text)).unwrap(), Some(Duration::from_secs(7)));
        }
        assert_eq!(connect_timeout(&uri("sqlite:///a.db")).unwrap(), None);
    }

    #[test]
    fn what_may_pass_by_itself_is_told_from_what_does_not() {
        use std::io::{Error, ErrorKind};
        let io = |kind| StoreError::Database(sqlx::Error::Io(Error::from(kind)));
        for error in
            [ErrorKind::ConnectionRefused, ErrorKind::TimedOut, ErrorKind::NotFound, ErrorKind::Other]
        {
            assert!(is_out_of_reach(&io(error)), "{error}");
        }
        for error in [
            io(ErrorKind::InvalidData),
            io(ErrorKind::PermissionDenied),
            StoreError::Schema("old".into()),
            StoreError::Database(sqlx::Error::RowNotFound),
        ] {
            assert!(!is_out_of_reach(&error), "{error}");
        }
    }

    #[test]
    fn ten_connections_are_kept_for_as_long_as_they_last() {
        assert_eq!(PoolSettings::default(), PoolSettings { max_connections: 10, max_lifetime: None });
    }
}
