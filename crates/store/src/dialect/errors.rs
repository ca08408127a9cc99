//! What the databases' errors mean.

use crate::driver::is_lost;
use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;

/// Whether the error says that the database could not do it now: somebody else held what was needed for too long, the
/// statement took too long, no connection was to be had, or the database is away.
pub(crate) fn is_busy(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut | Error::PoolClosed => true,
        Error::Database(error) => match of(&**error) {
            // SQLITE_BUSY and SQLITE_LOCKED, whatever their extended code says.
            Of::Sqlite(code) => matches!(code, 5 | 6),
            // lock_not_available, query_canceled (which a time-out does), and classes 53 (insufficient resources, a full disk
            // apart) and 57P (the server ends or starts).
            Of::Postgresql(code) => {
                matches!(code, "55P03" | "57014")
                    || code.starts_with("57P")
                    || (code.starts_with("53") && code != "53100")
            }
            // Lock wait time-out, statement time-outs of MariaDB and MySQL, too many connections, shutting down.
            Of::Mysql(number) => matches!(number, 1205 | 1969 | 3024 | 1040 | 1203 | 1053),
        },
        other => is_lost(other),
    }
}

/// Whether the transaction lost against another one, and may go well when it is tried again: a deadlock, a serialization
/// failure, or a row that has come or gone since it was looked for.
pub(crate) fn is_conflict(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    match of(&**error) {
        // The one writer has no rival.
        Of::Sqlite(_) => false,
        Of::Postgresql(code) => matches!(code, "40001" | "40P01") || is_violation(&**error),
        Of::Mysql(number) => matches!(number, 1213 | 1020) || is_violation(&**error),
    }
}

fn is_violation(error: &dyn DatabaseError) -> bool {
    matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation)
}

/// Whether the error says that a value does not fit its column: too long, out of range, or with a NUL character.
pub(crate) fn is_bad_value(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    match of(&**error) {
        // It takes any.
        Of::Sqlite(_) => false,
        // Class 22: data exceptions. Class 54: an index row that is too long, among others.
        Of::Postgresql(code) => code.starts_with("22") || code.starts_with("54"),
        // Out of range, incorrect value for a column, too long for a column, a row or key that is too long.
        Of::Mysql(number) => matches!(number, 1264 | 1265 | 1292 | 1366 | 1406 | 1118 | 1071 | 3988),
    }
}

/// Whether an index could not be made on MySQL because it is there.
pub(crate) fn has_the_index(error: &Error) -> bool {
    matches!(error, Error::Database(error) if matches!(of(&**error), Of::Mysql(1061)))
}

/// Whether the error may have rolled a whole transaction of SQLite back, not just the statement (sqlite.org,
/// `lang_transaction`): disk full, I/O error, out of memory, busy, interrupted; and what leaves the connection in doubt:
/// corrupt, read-only, cannot open, not a database.
pub(crate) fn loses_transaction(error: &Error) -> bool {
    match error {
        Error::Database(error) => match of(&**error) {
            Of::Sqlite(code) => code == 0 || matches!(code, 5..=11 | 13..=14 | 26),
            Of::Postgresql(_) | Of::Mysql(_) => false,
        },
        Error::RowNotFound
        | Error::ColumnNotFound(_)
        | Error::ColumnDecode { .. }
        | Error::Decode(_)
        | Error::Encode(_) => false,
        // The connection itself is in doubt.
        _ => true,
    }
}

/// An error by the database that gave it.
enum Of<'e> {
    /// With SQLite's primary code, 0 where it has none.
    Sqlite(u32),
    /// With the SQLSTATE.
    Postgresql(&'e str),
    /// With MySQL's number.
    Mysql(u16),
}

fn of(error: &dyn DatabaseError) -> Of<'_> {
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        return Of::Postgresql(error.code());
    }
    if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        return Of::Mysql(error.number());
    }
    let extended = error.code().and_then(|code| code.parse::<u32>().ok());
    Of::Sqlite(extended.map_or(0, |extended| extended & 0xff))
}
