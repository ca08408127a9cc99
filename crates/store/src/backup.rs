//! Copies of a SQLite database for safekeeping, made while others read and write it.

use crate::copy::{count, table_names};
use crate::db::{connector_of, none_missing, vacuum_into};
use crate::dialect::Purpose;
use crate::driver::{Connector, Driver, no_values};
use crate::error::StoreError;
use crate::int::Int;
use crate::uri::{Dialect, StoreUri};
use sqlx::sqlite::SqliteConnectOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::{File, OpenOptions};

pub use crate::schema::file_time;

/// How long a lock of others is waited for.
const WAIT: Duration = Duration::from_secs(60);

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    pub tables: usize,
    pub rows: u64,
    pub bytes: u64,
}

/// Checks that the database is one that can be backed up from here: a SQLite file.
///
/// # Errors
/// [`StoreError::Schema`] with the tool that its server has for it.
pub fn check(uri: &StoreUri) -> Result<(), StoreError> {
    let tool = match uri.dialect {
        Dialect::Sqlite => return none_missing(uri),
        Dialect::Postgresql => "pg_dump (`pg_dump --format=custom --file=FILE DATABASE`)",
        Dialect::Mysql => {
            "mysqldump or mariadb-dump (`mysqldump --single-transaction --routines --triggers DATABASE > FILE`)"
        }
    };
    Err(StoreError::Schema(format!(
        "It is on a server, and its server has its own way to make backups while others work: use {tool}."
    )))
}

/// Writes the database as it was last committed into a new file, which its owner alone may read and write: it may hold password
/// hashes. Readers and writers go on meanwhile. The file appears under its name when it is whole, checked and synced; until
/// then it is beside that as `.NAME.PID.partial`.
///
/// # Errors
/// [`StoreError::Schema`] when the database is no SQLite file, the file is there, or the copy is not sound; what is there of it
/// is removed.
pub async fn backup(uri: &StoreUri, file: &Path) -> Result<BackedUp, StoreError> {
    check(uri)?;
    let failed = |reason: String| {
        StoreError::Schema(format!("no backup could be made in {}: {reason}", file.display()))
    };
    if tokio::fs::symlink_metadata(file).await.is_ok() {
        return Err(failed("there is such a file. Name another one".to_owned()));
    }
    let partial = partial(file).ok_or_else(|| failed("it is no name of a file in UTF-8".to_owned()))?;
    let made = new_private_file(&partial).await.map_err(|error| failed(error.to_string()))?;
    let result = async {
        let done = fill(uri, &partial, &made).await?;
        publish(&partial, file).await.map_err(|error| failed(error.to_string()))?;
        Ok(done)
    }
    .await;
    if result.is_err() {
        let _ = tokio::fs::remove_file(&partial).await;
    }
    result
}

fn partial(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?.to_str()?;
    file.to_str()?;
    Some(file.with_file_name(format!(".{name}.{}.partial", std::process::id())))
}

pub(crate) async fn new_private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await
}

/// Gives the finished file its name, unless somebody has taken that meanwhile.
async fn publish(partial: &Path, file: &Path) -> std::io::Result<()> {
    // The name is taken first: a rename would replace what is there.
    drop(new_private_file(file).await?);
    if let Err(error) = tokio::fs::rename(partial, file).await {
        let _ = tokio::fs::remove_file(file).await;
        return Err(error);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).await?.sync_all().await
}

async fn fill(uri: &StoreUri, partial: &Path, made: &File) -> Result<BackedUp, StoreError> {
    // SQLite would not write the copy on a connection for reads alone.
    let mut source = connector_of(uri, Purpose::Write)?.connect().await?;
    let before = (version(&mut source).await?, counts(&mut source).await?);
    let name = partial.to_str().unwrap_or_default();
    vacuum_into(&mut source, name).await?;
    let unchanged = version(&mut source).await? == before.0;
    source.close().await;
    made.sync_all().await.map_err(sqlx::Error::Io)?;

    let options = SqliteConnectOptions::new().filename(partial).read_only(true).busy_timeout(WAIT);
    let mut copy = Connector::Sqlite(Box::new(options)).connect().await?;
    let found: Vec<(String,)> = copy.fetch_all("PRAGMA integrity_check(3)".to_owned(), no_values()).await?;
    let counts = counts(&mut copy).await?;
    copy.close().await;
    let problems: Vec<&str> =
        found.iter().map(|(word,)| word.as_str()).filter(|word| *word != "ok").collect();
    if !problems.is_empty() {
        return Err(StoreError::Schema(format!(
            "the copy is not sound: {}. The database itself may be damaged: `PRAGMA integrity_check` tells",
            problems.join("; ")
        )));
    }
    // Where others have written meanwhile, nobody can say how many rows there should be.
    if unchanged && counts != before.1 {
        return Err(StoreError::Schema("the copy has other numbers of rows than the database".to_owned()));
    }
    let bytes = made.metadata().await.map_err(sqlx::Error::Io)?.len();
    Ok(BackedUp { tables: counts.len(), rows: counts.iter().map(|(_, rows)| rows).sum(), bytes })
}

/// Changes when another connection has committed something.
async fn version(driver: &mut Driver) -> Result<Option<i64>, StoreError> {
    let found: Option<(Int,)> = driver.fetch_optional("PRAGMA data_version".to_owned(), no_values()).await?;
    Ok(found.map(|(version,)| version.0))
}

/// Every table with its rows.
async fn counts(driver: &mut Driver) -> Result<Vec<(String, u64)>, StoreError> {
    let mut counts = Vec::new();
    for name in table_names(driver).await? {
        let rows = count(driver, &name).await?;
        counts.push((name, rows));
    }
    Ok(counts)
}
