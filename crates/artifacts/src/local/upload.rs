//! Streaming a file in: all of it appears at once, or nothing.

use std::fs::File;
use std::io::{self, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use futures::{Stream, StreamExt};
use tokio::runtime::Handle;

use super::{CHUNK, Inner, blocking, relative};
use crate::error::{Error, Result};
use crate::safe_path::SafePath;

/// The directory below the root in which uploads wait. Its name is a reserved one.
const STAGING: &str = ".artifact.uploading.millgate";

/// An upload that nothing was written to for so long belongs to a process that is gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How often, at most, a repository looks for abandoned uploads.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often a commit tries again when the target's directory is deleted under it.
const COMMIT_ATTEMPTS: usize = 32;

pub(super) async fn write<S, E>(inner: &Arc<Inner>, path: &SafePath, stream: S) -> Result<()>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if path.is_root() || path.has_trailing_slash() {
        return Err(Error::NoFileName);
    }
    let upload = {
        let (inner, path) = (Arc::clone(inner), path.clone());
        Upload(blocking(move || inner.stage(&path)).await?)
    };
    let filled = fill(&upload.0, stream).await;
    let (staged, path) = (Arc::clone(&upload.0), path.clone());
    blocking(move || {
        let committed = filled.and_then(|rest| staged.commit(&rest, &path));
        staged.remove();
        committed
    })
    .await
}

/// Writes the stream in chunks of one size; returns the last, shorter one, which the commit writes.
async fn fill<S, E>(staged: &Arc<Staged>, stream: S) -> Result<Vec<u8>>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut stream = pin!(stream);
    let mut buffer = Vec::with_capacity(CHUNK);
    while let Some(piece) = stream.next().await {
        let mut piece = piece.map_err(|error| Error::Interrupted(error.into()))?;
        while !piece.is_empty() {
            let fitting = piece.len().min(CHUNK - buffer.len());
            buffer.extend_from_slice(&piece.split_to(fitting));
            if buffer.len() == CHUNK {
                let staged = Arc::clone(staged);
                buffer = blocking(move || {
                    staged.append(&buffer)?;
                    buffer.clear();
                    Ok(buffer)
                })
                .await?;
            }
        }
    }
    Ok(buffer)
}

impl Inner {
    /// Starts an upload, unless it is plain already that it cannot succeed.
    fn stage(&self, path: &SafePath) -> Result<Arc<Staged>> {
        Dir::create_ambient_dir_all(&self.root, ambient_authority())
            .map_err(|error| storage_error(error, path))?;
        let root = self.open_root()?.ok_or_else(|| Error::Io(io::ErrorKind::NotFound.into()))?;
        match root.metadata(path.as_str()).map_err(|error| Error::from_io(error, path)) {
            Ok(target) if target.is_dir() => return Err(Error::IsDirectory(path.clone())),
            Ok(_) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let staging = match root.create_dir(STAGING) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(storage_error(error, path));
            }
            _ => root.open_dir(STAGING).map_err(Error::Io)?,
        };
        let (name, file) = create_unique(&staging).map_err(|error| storage_error(error, path))?;
        let staged = Staged { root, staging, name, file, is_gone: AtomicBool::new(false) };
        self.sweeps.run_if_due(&staged);
        Ok(Arc::new(staged))
    }
}

/// A file under a name that nobody has, on this machine or on another that shares the directory: the file system says so.
fn create_unique(staging: &Dir) -> io::Result<(String, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    loop {
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        match staging.open_with(&name, &options) {
            Ok(file) => return Ok((name, file.into_std())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// An upload that has not been committed. Dropping it removes the file.
#[derive(Debug)]
struct Staged {
    root: Dir,
    staging: Dir,
    name: String,
    file: File,
    /// There is no file under `name` any more: it was moved to its target, or removed.
    is_gone: AtomicBool,
}

impl Staged {
    fn append(&self, bytes: &[u8]) -> Result<()> {
        (&self.file).write_all(bytes).map_err(|error| storage_error(error, &SafePath::root()))
    }

    /// Puts the file in its place, durably.
    fn commit(&self, rest: &[u8], path: &SafePath) -> Result<()> {
        self.append(rest)?;
        self.file.sync_all().map_err(|error| storage_error(error, path))?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Error::NoFileName);
        };
        let mut attempt = 1;
        while let Err(error) = self.place(&parent, name) {
            if error.kind() != io::ErrorKind::NotFound || attempt == COMMIT_ATTEMPTS {
                return Err(storage_error(error, path));
            }
            attempt += 1;
        }
        Ok(())
    }

    fn place(&self, parent: &SafePath, name: &str) -> io::Result<()> {
        let (directory, is_new) = self.open_or_create(parent)?;
        self.staging.rename(&self.name, &directory, name)?;
        self.is_gone.store(true, Ordering::Release);
        match sync_directories(&self.root, &directory, parent, is_new) {
            // Somebody has deleted the directory, and this file with it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            synced => synced,
        }
    }

    /// The directory, and whether it had to be made.
    fn open_or_create(&self, parent: &SafePath) -> io::Result<(Dir, bool)> {
        match self.root.open_dir(relative(parent)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.root.create_dir_all(relative(parent))?;
                Ok((self.root.open_dir(relative(parent))?, true))
            }
            opened => Ok((opened?, false)),
        }
    }

    fn remove(&self) {
        if self.is_gone.swap(true, Ordering::AcqRel) {
            return;
        }
        match self.staging.remove_file(&self.name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "an unfinished upload could not be removed; a later write will try again");
            }
            _ => {}
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.remove();
    }
}

/// An upload as its future holds it: when the future is dropped, removing the file does not block an async thread.
struct Upload(Arc<Staged>);

impl Drop for Upload {
    fn drop(&mut self) {
        if self.0.is_gone.load(Ordering::Acquire) {
            return;
        }
        // A runtime that is shutting down drops the job instead of running it; `Staged` removes the file then.
        if let Ok(runtime) = Handle::try_current() {
            let staged = Arc::clone(&self.0);
            drop(runtime.spawn_blocking(move || staged.remove()));
        }
    }
}

/// A new name lasts once its directory is synced, and so do the directories that were made for it.
fn sync_directories(root: &Dir, directory: &Dir, path: &SafePath, is_new: bool) -> io::Result<()> {
    sync(directory)?;
    let mut above = path.parent().filter(|_| is_new);
    while let Some(path) = above {
        sync(&root.open_dir(relative(&path))?)?;
        above = path.parent();
    }
    Ok(())
}

fn sync(directory: &Dir) -> io::Result<()> {
    match directory.open(".")?.sync_all() {
        // Some network file systems cannot sync a directory, and need not.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

fn storage_error(error: io::Error, path: &SafePath) -> Error {
    match error.kind() {
        // A file stands where the way to `path` needs a directory.
        io::ErrorKind::AlreadyExists => Error::NotADirectory(path.clone()),
        io::ErrorKind::NotFound => Error::Io(error),
        _ => Error::from_io(error, path),
    }
}

/// When a repository last looked for abandoned uploads, by the clock of its file system.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    last: Mutex<Option<SystemTime>>,
}

impl Sweeps {
    /// Removes abandoned uploads, if the last look is long enough ago. The time is that of the file just made: the same clock
    /// that dates the others, also where the file system is on another machine.
    fn run_if_due(&self, newest: &Staged) {
        let Ok(now) = newest.file.metadata().and_then(|metadata| metadata.modified()) else { return };
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due =
                last.is_none_or(|last| now.duration_since(last).is_ok_and(|passed| passed >= SWEEP_EVERY));
            if !is_due {
                return;
            }
            *last = Some(now);
        }
        if let Err(error) = sweep(&newest.staging, now) {
            tracing::warn!(%error, "abandoned uploads could not be removed");
        }
    }
}

fn sweep(staging: &Dir, now: SystemTime) -> io::Result<()> {
    for entry in staging.entries()? {
        let entry = entry?;
        let Ok(modified) = entry.metadata().and_then(|metadata| metadata.modified()) else { continue };
        let age = now.duration_since(modified.into_std()).unwrap_or_default();
        if age >= ABANDONED_AFTER && entry.remove_file().is_ok() {
            tracing::info!("removed an upload that was abandoned by a process that is gone");
        }
    }
    Ok(())
}
