//! Artifacts in a directory of the local (or a network) file system.
//!
//! Every access goes through a handle on the root (`cap-std`; `openat2` with `RESOLVE_BENEATH` on Linux), so that the
//! operating system itself refuses what leads out of it, at the moment of opening: there is no gap between a check and
//! its use. Links that stay inside are followed, as in MLflow, unless they are absolute. What blocks runs off the async
//! threads.

mod download;
mod upload;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry};
use futures::Stream;

use crate::error::{Error, Result};
use crate::repository::{ByteRange, Download, FileInfo};
use crate::safe_path::{RESERVED_PREFIX, SafePath};

/// The most entries that one listing answers. MLflow has no limit; a directory with more is an error, never cut short.
pub const MAX_ENTRIES: usize = 100_000;

/// The size of the one buffer that an upload or a download holds.
const CHUNK: usize = 256 * 1024;

/// A directory that keeps artifacts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LocalRepository {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    sweeps: upload::Sweeps,
}

impl LocalRepository {
    /// The repository in `root`. Nothing is touched yet: the first write creates the directory, and until then it is empty.
    pub fn open(root: &Path) -> Self {
        Self { inner: Arc::new(Inner { root: root.to_owned(), sweeps: upload::Sweeps::default() }) }
    }

    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// What lies directly below the directory `path`, sorted by path; nothing where `path` is a file or does not exist
    /// (MLflow 3.17 `LocalArtifactRepository.list_artifacts`). Unfinished uploads are left out, and so are links that lead
    /// nowhere or out of the repository. A name that is not UTF-8 is shown with replacement characters.
    ///
    /// # Errors
    /// [`Error::Escapes`] where `path` leads out through a link, [`Error::TooManyEntries`] above [`MAX_ENTRIES`].
    pub async fn list(&self, path: &SafePath) -> Result<Vec<FileInfo>> {
        let (inner, path) = (Arc::clone(&self.inner), path.clone());
        blocking(move || inner.list(&path, MAX_ENTRIES)).await
    }

    /// Opens the file `path`, or a part of it, for streaming.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a path through a file; [`Error::IsDirectory`]; [`Error::NotAFile`];
    /// [`Error::Escapes`]; [`Error::UnsatisfiableRange`].
    pub async fn read(&self, path: &SafePath, range: Option<ByteRange>) -> Result<Download> {
        let (inner, path) = (Arc::clone(&self.inner), path.clone());
        blocking(move || download::open(inner.open_root()?, &path, range)).await
    }

    /// Stores what `stream` yields as the file `path`, in place of what was there, and makes the directories above it.
    ///
    /// The file appears, whole and synced to disk, when the stream has ended; of several writers the last to finish wins. A
    /// stream that fails, and a future that is dropped, leave nothing behind. The bytes wait in a hidden directory below
    /// the root, which must be on the same file system as the target; what a killed process left there is removed by a
    /// later write, once it is 24 hours old.
    ///
    /// # Errors
    /// [`Error::NoFileName`] for the root or a path with a final `/`, [`Error::IsDirectory`], [`Error::NotADirectory`],
    /// [`Error::Escapes`], [`Error::NameTooLong`], [`Error::NoSpace`], and [`Error::Interrupted`] with the stream's error.
    pub async fn write<S, E>(&self, path: &SafePath, stream: S) -> Result<()>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        upload::write(&self.inner, path, stream).await
    }

    /// Deletes a file or a directory with all it holds. What does not exist is deleted already, as in MLflow. A link itself
    /// is deleted, never what it leads to (MLflow 3.17 deletes through links, even outside of its root).
    ///
    /// # Errors
    /// [`Error::RootDelete`] for the root, [`Error::Escapes`] where `path` leads out through a link.
    pub async fn delete(&self, path: &SafePath) -> Result<()> {
        let (inner, path) = (Arc::clone(&self.inner), path.clone());
        blocking(move || inner.delete(&path)).await
    }
}

impl Inner {
    /// `None` while the root does not exist. It is opened anew for every operation, so that a root which is replaced or
    /// mounted later is seen.
    fn open_root(&self) -> Result<Option<Dir>> {
        match Dir::open_ambient_dir(&self.root, ambient_authority()) {
            Ok(root) => Ok(Some(root)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::Io(error)),
        }
    }

    fn list(&self, path: &SafePath, limit: usize) -> Result<Vec<FileInfo>> {
        let Some(root) = self.open_root()? else { return Ok(Vec::new()) };
        let directory = match root.open_dir(relative(path)).map_err(|error| Error::from_io(error, path)) {
            Ok(directory) => directory,
            Err(error) if is_absence(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in directory.entries().map_err(Error::Io)? {
            if let Some(file) = describe(&root, path, &entry.map_err(Error::Io)?)? {
                if files.len() == limit {
                    return Err(Error::TooManyEntries { limit });
                }
                files.push(file);
            }
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn delete(&self, path: &SafePath) -> Result<()> {
        if path.is_root() {
            return Err(Error::RootDelete);
        }
        let Some(root) = self.open_root()? else { return Ok(()) };
        let target = path.as_str();
        let deleted = root.symlink_metadata(target).and_then(|metadata| {
            if metadata.is_dir() { root.remove_dir_all(target) } else { root.remove_file(target) }
        });
        match deleted.map_err(|error| Error::from_io(error, path)) {
            Err(error) if !is_absence(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// `None` for what a listing leaves out.
fn describe(root: &Dir, directory: &SafePath, entry: &DirEntry) -> Result<Option<FileInfo>> {
    let name = entry.file_name();
    let shown = name.to_string_lossy();
    if shown.starts_with(RESERVED_PREFIX) {
        return Ok(None);
    }
    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
    // A link is judged from the root, not from its directory: it may lead anywhere below the root.
    let metadata = if is_link { root.metadata(relative(directory).join(&name)) } else { entry.metadata() };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        // It was deleted meanwhile.
        Err(error) if is_link || error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::Io(error)),
    };
    let path = if directory.is_root() { shown.into_owned() } else { format!("{directory}/{shown}") };
    let is_dir = metadata.is_dir();
    let file_size = (!is_dir).then(|| i64::try_from(metadata.len()).unwrap_or(i64::MAX));
    Ok(Some(FileInfo { path, is_dir, file_size }))
}

/// The path for the operating system, for which the root is `.`.
fn relative(path: &SafePath) -> &Path {
    Path::new(if path.is_root() { "." } else { path.as_str() })
}

/// Whether the error means that there is nothing at the path.
fn is_absence(error: &Error) -> bool {
    matches!(error, Error::NotFound(_) | Error::NotADirectory(_) | Error::NameTooLong)
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(job).await {
        Ok(result) => result,
        Err(stopped) => Err(Error::Io(io::Error::other(stopped))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_more_entries_than_one_listing_answers_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(directory.path().join(name), name).unwrap();
        }
        let repository = LocalRepository::open(directory.path());
        assert_eq!(repository.inner.list(&SafePath::root(), 3).unwrap().len(), 3);
        let error = repository.inner.list(&SafePath::root(), 2).unwrap_err();
        assert!(matches!(error, Error::TooManyEntries { limit: 2 }));
    }
}
