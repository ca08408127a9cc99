//! Where artifacts are kept, whatever it is.

use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
use futures::Stream;
use futures::stream::BoxStream;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::local::LocalRepository;
use crate::location;
use crate::object::{ObjectRepository, ObjectStores, bucket};
use crate::safe_path::SafePath;

/// A place that keeps artifacts. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Repository {
    Local(LocalRepository),
    Object(ObjectRepository),
}

/// One entry of a listing, as in MLflow's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    /// Relative to the root of the repository, separated by `/`.
    pub path: String,
    pub is_dir: bool,
    /// In bytes; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<i64>,
}

/// A part of a file, as HTTP's `Range` asks for it (RFC 9110, 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=first-`
    From { first: u64 },
    /// `bytes=first-last`, both included; `last` may lie beyond the end.
    Between { first: u64, last: u64 },
    /// `bytes=-length`: the end of the file, or all of it when it is shorter.
    Last { length: u64 },
}

impl ByteRange {
    /// The position of the first byte and the number of bytes in a file of `total` bytes.
    ///
    /// # Errors
    /// [`Error::UnsatisfiableRange`] where no byte would be left.
    pub fn resolve(self, total: u64) -> Result<(u64, u64)> {
        let unsatisfiable = Error::UnsatisfiableRange { total };
        let (first, end) = match self {
            Self::From { first } => (first, total),
            Self::Between { first, last } => (first, last.saturating_add(1).min(total)),
            Self::Last { length } => (total.saturating_sub(length), total),
        };
        match end.checked_sub(first) {
            None | Some(0) => Err(unsatisfiable),
            Some(length) => Ok((first, length)),
        }
    }
}

/// A file on its way to a client.
pub struct Download {
    /// The position of the first byte in the file: other than 0 only for a range.
    pub first: u64,
    /// How many bytes `stream` yields.
    pub length: u64,
    /// How many bytes the file has.
    pub total: u64,
    pub modified: Option<SystemTime>,
    /// A strong validator in its quotes, as it stands in `ETag`: it changes whenever the file is replaced.
    pub etag: Option<String>,
    /// Yields exactly `length` bytes in chunks of at most 256 KiB, or an error: a file that shrinks meanwhile is one, so
    /// that a short answer never looks complete.
    pub stream: BoxStream<'static, std::io::Result<Bytes>>,
}

impl Repository {
    /// The repository that a location names: a local directory, as a path or as a `file:` URI, or a part of one of `stores`
    /// ([`ObjectStores::open`]). A relative path lies below `cwd`. Nothing is opened or created yet.
    ///
    /// # Errors
    /// [`Error::UnsupportedScheme`] for any other scheme, [`Error::InvalidLocation`] for a malformed URI and for a `file:`
    /// URI on another host, [`Error::Misconfigured`] where the server's environment is wrong about a store.
    pub fn from_uri(uri: &str, cwd: &Path, stores: &ObjectStores) -> Result<Self> {
        let parsed = location::parse(uri)?;
        if bucket::is_object_scheme(&parsed.scheme) {
            return stores.open(uri).map(Self::Object);
        }
        if !matches!(parsed.scheme.as_str(), "" | "file") {
            return Err(Error::UnsupportedScheme { scheme: parsed.scheme });
        }
        location::refuse_remote_file(uri, &parsed)?;
        let path = cwd.join(location::local_path(uri, &parsed));
        Ok(Self::Local(LocalRepository::open(&path)))
    }

    /// What lies directly below `path`; see [`LocalRepository::list`].
    ///
    /// # Errors
    /// See there.
    pub async fn list(&self, path: &SafePath) -> Result<Vec<FileInfo>> {
        match self {
            Self::Local(local) => local.list(path).await,
            Self::Object(object) => object.list(path).await,
        }
    }

    /// Opens a file for streaming; see [`LocalRepository::read`].
    ///
    /// # Errors
    /// See there.
    pub async fn read(&self, path: &SafePath, range: Option<ByteRange>) -> Result<Download> {
        match self {
            Self::Local(local) => local.read(path, range).await,
            Self::Object(object) => object.read(path, range).await,
        }
    }

    /// Stores a stream as a file, all or nothing; see [`LocalRepository::write`].
    ///
    /// # Errors
    /// See there.
    pub async fn write<S, E>(&self, path: &SafePath, stream: S) -> Result<()>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match self {
            Self::Local(local) => local.write(path, stream).await,
            Self::Object(object) => object.write(path, stream).await,
        }
    }

    /// Deletes a file or a directory with all it holds; see [`LocalRepository::delete`].
    ///
    /// # Errors
    /// See there.
    pub async fn delete(&self, path: &SafePath) -> Result<()> {
        match self {
            Self::Local(local) => local.delete(path).await,
            Self::Object(object) => object.delete(path).await,
        }
    }

    /// The object store, for what a client does there itself.
    pub fn object(&self) -> Option<&ObjectRepository> {
        match self {
            Self::Local(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}
