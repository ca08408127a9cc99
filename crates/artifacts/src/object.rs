//! Artifacts in an object store: Amazon S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage.
//!
//! A key is the path of the artifact behind that of the repository, taken literally: no character is encoded or decoded, so
//! that MLflow's clients, which reach the store themselves, see the same objects. There are no directories: what lies below a
//! path is what has keys that go on behind it.

mod azure;
pub(crate) mod bucket;
mod client;
pub mod direct;
mod download;
mod failure;
mod gcs;
mod listing;
mod profile;
mod s3;
mod stores;
mod upload;
mod variables;

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore};
use tokio::sync::Semaphore;

pub use bucket::is_object_scheme;
pub use client::Patience;
pub use stores::ObjectStores;

use crate::error::{Error, Result};
use crate::repository::{ByteRange, Download, FileInfo};
use crate::safe_path::SafePath;
use client::{Client, Kind, UploadExtras};

/// A part of a bucket that keeps artifacts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ObjectRepository {
    client: Arc<Client>,
    prefix: SafePath,
    uploads: Arc<Semaphore>,
}

impl ObjectRepository {
    fn new(client: Arc<Client>, prefix: SafePath, uploads: Arc<Semaphore>) -> Self {
        Self { client, prefix, uploads }
    }

    /// A repository in a store of any kind, such as one in memory, below `prefix`.
    pub fn in_store(store: Arc<dyn ObjectStore>, prefix: SafePath, patience: Patience) -> Self {
        let client = Client {
            kind: Kind::Memory,
            bucket: store.to_string(),
            store,
            pages: None,
            signer: None,
            multipart: None,
            extras: UploadExtras::default(),
            headers: http::HeaderMap::new(),
            patience,
        };
        Self::new(Arc::new(client), prefix, Arc::new(Semaphore::new(upload::UPLOADS_AT_ONCE)))
    }

    /// The one name of the bucket, as in [`Whereabouts::Remote`](crate::location::Whereabouts::Remote), and the path of the
    /// repository in it.
    pub fn place(&self) -> (&str, &SafePath) {
        (&self.client.bucket, &self.prefix)
    }

    /// What lies directly below `path`, sorted by path; nothing where `path` is a file or nothing (MLflow 3.17
    /// `S3ArtifactRepository.list_artifacts`). Markers of directories are left out.
    ///
    /// # Errors
    /// [`Error::TooManyEntries`] above [`MAX_ENTRIES`](crate::local::MAX_ENTRIES), [`Error::StoreUnavailable`] when it takes
    /// longer than [`Patience::listing`], and what the store says.
    pub async fn list(&self, path: &SafePath) -> Result<Vec<FileInfo>> {
        listing::list(self, path, crate::local::MAX_ENTRIES).await
    }

    /// Opens the file `path`, or a part of it, for streaming. All of it is one version of the object: one that is replaced
    /// meanwhile ends the stream with an error.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a directory; [`Error::UnsatisfiableRange`]; what the store says.
    pub async fn read(&self, path: &SafePath, range: Option<ByteRange>) -> Result<Download> {
        download::open(self, path, range).await
    }

    /// Stores what `stream` yields as the file `path`, in place of what was there.
    ///
    /// The object appears, whole, when the stream has ended. A stream that fails, and a future that is dropped, leave nothing
    /// behind: an upload in parts is given up, which the store is told, unless the server dies. What is not sent yet is held
    /// in memory: at most three parts, of 8 MiB each up to 8 GB, and of up to 64 MiB later.
    ///
    /// # Errors
    /// [`Error::NoFileName`] for the root or a path with a final `/`; [`Error::TooLarge`] for more than about 490 GB;
    /// [`Error::Interrupted`] with the stream's error; what the store says.
    pub async fn write<S, E>(&self, path: &SafePath, stream: S) -> Result<()>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        upload::write(self, path, stream).await
    }

    /// Deletes a file, and all that lies below `path`. What does not exist is deleted already.
    ///
    /// # Errors
    /// [`Error::RootDelete`] for the root; what the store says, with the rest left in place.
    pub async fn delete(&self, path: &SafePath) -> Result<()> {
        if path.is_root() {
            return Err(Error::RootDelete);
        }
        let key = self.key(path)?;
        let below = self.client.store.list(Some(&key)).map_ok(|object| object.location);
        let all = stream::once(futures::future::ready(Ok(key))).chain(below).boxed();
        let mut deleted = self.client.store.delete_stream(all);
        while let Some(one) = deleted.next().await {
            match one
                .map_err(|error| (matches!(error, StoreError::NotFound { .. }), self.failure(error, path)))
            {
                // Somebody else has deleted it.
                Ok(_) | Err((true, Error::NotFound(_))) => {}
                Err((_, error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// The key of an artifact.
    fn key(&self, path: &SafePath) -> Result<Path> {
        let whole = self.prefix.join(path)?;
        Path::parse(whole.as_str()).map_err(|_| Error::InvalidPath)
    }

    fn failure(&self, error: StoreError, path: &SafePath) -> Error {
        failure::translate(error, &self.client.bucket, path)
    }
}
