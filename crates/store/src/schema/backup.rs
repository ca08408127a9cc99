//! A copy of a database, before something is done to it that cannot be undone.

use crate::backup::new_private_file;
use crate::db::Db;
use crate::error::StoreError;
use crate::uri::StoreUri;
use model::Millis;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use tokio::fs::File;

/// Copies a SQLite database beside its file, as `FILE.backup-REVISION-TIME` with the time in UTC, to be read and written by
/// the owner alone: it holds what the database holds, password hashes among it. Nothing is overwritten.
///
/// `None` for a database that is no file: its server has ways of its own to make a backup.
///
/// # Errors
/// [`StoreError::Schema`] when the copy cannot be made; then nothing is left of it.
pub(super) async fn beside(
    db: &Db,
    uri: &StoreUri,
    revision: &str,
    now: Millis,
) -> Result<Option<PathBuf>, StoreError> {
    let Some(file) = uri.sqlite_path() else { return Ok(None) };
    let copy = PathBuf::from(format!("{}.backup-{revision}-{}", file.display(), file_time(now)));
    let failed = |reason: String| {
        StoreError::Schema(format!(
            "The database {uri} is not upgraded, because no copy of it could be made in {}: {reason}.",
            copy.display()
        ))
    };
    // The file is made here and not by SQLite, so that nobody else can read it at any time.
    let made = new_private_file(&copy).await.map_err(|error| failed(error.to_string()))?;
    if let Err(reason) = fill(db, &copy, made).await {
        let _ = tokio::fs::remove_file(&copy).await;
        return Err(failed(reason));
    }
    Ok(Some(copy))
}

async fn fill(db: &Db, copy: &Path, made: File) -> Result<(), String> {
    let name = copy.to_str().ok_or("its name is not UTF-8")?;
    db.copy_into(name).await.map_err(|error| error.to_string())?;
    made.sync_all().await.map_err(|error| error.to_string())
}

/// A time as file names hold it, such as `20261124T053000Z`.
pub fn file_time(now: Millis) -> String {
    let seconds = now.div_euclid(1000);
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ),
        // Past the year 9999.
        Err(_) => seconds.to_string(),
    }
}
