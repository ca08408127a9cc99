//! Streaming an object in: all of it appears at once, or nothing.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use object_store::path::Path;
use object_store::{MultipartUpload, PutMultipartOptions, PutOptions, PutPayload};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::client::Kind;
use super::{ObjectRepository, s3};
use crate::error::{Error, Result};
use crate::mime;
use crate::safe_path::SafePath;

/// How many uploads of more than [`SMALL`] run at once; further ones wait. Together with the size of the parts, this bounds the
/// memory that uploads take.
pub(super) const UPLOADS_AT_ONCE: usize = 32;

/// How long an upload waits for its turn.
const TURN: Duration = Duration::from_secs(30);

/// What an upload may hold before it needs a turn.
const SMALL: usize = 1024 * 1024;

/// The most parts an object can have; the limit of S3, and of Google's XML interface.
const MAX_PARTS: usize = 10_000;

/// How many parts are on their way at once.
const IN_FLIGHT: usize = 2;

/// How long the store is asked to forget an upload that was given up.
const ABORT: Duration = Duration::from_secs(30);

/// The size of part number `index`, from 0: 8 MiB, and twice as much after every 1,000 parts, up to 64 MiB.
fn part_size(index: usize) -> usize {
    const MIB: usize = 1024 * 1024;
    (8 * MIB) << (index / 1000).min(3)
}

pub(super) async fn write<S, E>(repository: &ObjectRepository, path: &SafePath, stream: S) -> Result<()>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if path.is_root() || path.has_trailing_slash() {
        return Err(Error::NoFileName);
    }
    let key = repository.key(path)?;
    let mut stream = pin!(stream);
    let mut turn: Option<OwnedSemaphorePermit> = None;
    let mut upload: Option<InParts> = None;
    let mut parts = 0;
    let mut buffer = Vec::new();
    while let Some(piece) = stream.next().await {
        let mut piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                give_up(upload).await;
                return Err(Error::Interrupted(error.into()));
            }
        };
        while !piece.is_empty() {
            let size = part_size(parts);
            buffer.extend_from_slice(&piece.split_to(piece.len().min(size.saturating_sub(buffer.len()))));
            if buffer.len() > SMALL && turn.is_none() {
                turn = Some(take_turn(repository).await?);
            }
            if buffer.len() < size {
                continue;
            }
            let sent = match &mut upload {
                Some(upload) => upload.send(std::mem::take(&mut buffer)).await,
                None => match InParts::begin(repository, path, &key).await {
                    Ok(begun) => upload.insert(begun).send(std::mem::take(&mut buffer)).await,
                    Err(error) => Err(error),
                },
            };
            parts += 1;
            let sent = sent.and(if parts < MAX_PARTS { Ok(()) } else { Err(Error::TooLarge) });
            if let Err(error) = sent {
                give_up(upload).await;
                return Err(error);
            }
        }
    }
    match upload {
        None => put(repository, path, &key, buffer).await,
        Some(mut upload) => {
            let done = if buffer.is_empty() { Ok(()) } else { upload.send(buffer).await };
            let done = match done {
                Ok(()) => upload.complete().await,
                failed => failed,
            };
            if done.is_err() {
                give_up(Some(upload)).await;
            }
            done
        }
    }
}

async fn take_turn(repository: &ObjectRepository) -> Result<OwnedSemaphorePermit> {
    let turn = repository.uploads.clone().acquire_owned();
    match tokio::time::timeout(TURN, turn).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Error::Busy),
    }
}

async fn put(repository: &ObjectRepository, path: &SafePath, key: &Path, content: Vec<u8>) -> Result<()> {
    let client = &repository.client;
    let options = PutOptions {
        attributes: attributes(repository, path),
        tags: client.extras.tags.clone(),
        ..PutOptions::default()
    };
    let stored = client.store.put_opts(key, PutPayload::from(content), options).await;
    stored.map(|_| ()).map_err(|error| missing_bucket(repository.failure(error, path), repository))
}

/// Nothing needs to be there for an upload but the bucket.
fn missing_bucket(error: Error, repository: &ObjectRepository) -> Error {
    match error {
        Error::NotFound(_) => Error::NoBucket { bucket: repository.client.bucket.clone() },
        error => error,
    }
}

fn attributes(repository: &ObjectRepository, path: &SafePath) -> object_store::Attributes {
    match repository.client.kind {
        Kind::Memory => object_store::Attributes::new(),
        Kind::S3 | Kind::Gcs | Kind::Azure => {
            let name = path.file_name().unwrap_or_default();
            s3::attributes(&repository.client.extras, mime::guess(name))
        }
    }
}

/// An upload in parts. Dropping it before its end tells the store to forget it.
struct InParts {
    repository: ObjectRepository,
    path: SafePath,
    upload: Option<Box<dyn MultipartUpload>>,
    in_flight: JoinSet<object_store::Result<()>>,
}

impl InParts {
    async fn begin(repository: &ObjectRepository, path: &SafePath, key: &Path) -> Result<Self> {
        let client = &repository.client;
        let options = PutMultipartOptions {
            attributes: attributes(repository, path),
            tags: client.extras.tags.clone(),
            ..PutMultipartOptions::default()
        };
        let upload = client.store.put_multipart_opts(key, options).await;
        let upload = upload.map_err(|error| missing_bucket(repository.failure(error, path), repository))?;
        Ok(Self {
            repository: repository.clone(),
            path: path.clone(),
            upload: Some(upload),
            in_flight: JoinSet::new(),
        })
    }

    /// Sends a part beside the one before it.
    async fn send(&mut self, part: Vec<u8>) -> Result<()> {
        while self.in_flight.len() >= IN_FLIGHT {
            self.one_sent().await?;
        }
        if let Some(upload) = &mut self.upload {
            self.in_flight.spawn(upload.put_part(PutPayload::from(part)));
        }
        Ok(())
    }

    async fn one_sent(&mut self) -> Result<()> {
        match self.in_flight.join_next().await {
            Some(Ok(sent)) => sent.map_err(|error| self.repository.failure(error, &self.path)),
            Some(Err(stopped)) => Err(Error::Io(std::io::Error::other(stopped))),
            None => Ok(()),
        }
    }

    async fn complete(&mut self) -> Result<()> {
        while !self.in_flight.is_empty() {
            self.one_sent().await?;
        }
        let Some(upload) = &mut self.upload else { return Ok(()) };
        match upload.complete().await {
            Ok(_) => {
                self.upload = None;
                Ok(())
            }
            Err(error) => Err(self.repository.failure(error, &self.path)),
        }
    }
}

impl Drop for InParts {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        let in_flight = std::mem::take(&mut self.in_flight);
        // A runtime that is shutting down drops the task; the store forgets the upload by its own rules then.
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(abort(upload, in_flight)));
        }
    }
}

/// Tells the store to forget an upload, and waits until it has.
async fn give_up(upload: Option<InParts>) {
    let Some(mut in_parts) = upload else { return };
    if let Some(upload) = in_parts.upload.take() {
        abort(upload, std::mem::take(&mut in_parts.in_flight)).await;
    }
}

async fn abort(mut upload: Box<dyn MultipartUpload>, mut in_flight: JoinSet<object_store::Result<()>>) {
    // A part that arrives after the end of its upload would stay.
    in_flight.shutdown().await;
    match tokio::time::timeout(ABORT, upload.abort()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "an unfinished upload could not be given up"),
        Err(_) => {
            tracing::warn!("an unfinished upload could not be given up: the object store does not answer")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_parts_hold_what_the_documentation_says() {
        let total: usize = (0..MAX_PARTS).map(part_size).sum();
        assert_eq!(total >> 30, 492);
        assert_eq!((0..1000).map(part_size).sum::<usize>(), 8_388_608_000);
        assert_eq!(part_size(MAX_PARTS), 64 * 1024 * 1024);
    }
}
