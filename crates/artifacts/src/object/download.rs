//! Streaming an object out.

use std::io;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, ObjectMeta};

use super::ObjectRepository;
use crate::error::{Error, Result};
use crate::repository::{ByteRange, Download};
use crate::safe_path::SafePath;

/// The largest piece of a stream.
const CHUNK: usize = 256 * 1024;

/// How often a range is looked up again, because the object was replaced between the look and the read.
const ATTEMPTS: usize = 3;

pub(super) async fn open(
    repository: &ObjectRepository,
    path: &SafePath,
    range: Option<ByteRange>,
) -> Result<Download> {
    if path.is_root() {
        return Err(Error::NotFound(path.clone()));
    }
    let Some(range) = range else { return get(repository, path, GetOptions::default()).await };
    let mut attempt = 1;
    loop {
        let key = repository.key(path)?;
        let head = GetOptions { head: true, ..GetOptions::default() };
        let found = repository.client.store.get_opts(&key, head).await;
        let found = found.map_err(|error| repository.failure(error, path))?.meta;
        let (first, length) = range.resolve(found.size)?;
        let options = GetOptions {
            range: Some(GetRange::Bounded(first..first + length)),
            if_match: found.e_tag,
            ..GetOptions::default()
        };
        match get(repository, path, options).await {
            Err(Error::Replaced(_)) if attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

async fn get(repository: &ObjectRepository, path: &SafePath, options: GetOptions) -> Result<Download> {
    let key = repository.key(path)?;
    let found = repository.client.store.get_opts(&key, options).await;
    let found = found.map_err(|error| repository.failure(error, path))?;
    let (first, length) = (found.range.start, found.range.end.saturating_sub(found.range.start));
    let ObjectMeta { size, e_tag, last_modified, .. } = found.meta.clone();
    let body = found.into_stream().map_err(io::Error::other).boxed();
    Ok(Download {
        first,
        length,
        total: size,
        modified: Some(last_modified.into()),
        // A weak one does not tell one object from the next.
        etag: e_tag.filter(|etag| etag.starts_with('"')),
        stream: exactly(length, body),
    })
}

/// `length` bytes in pieces of at most [`CHUNK`], or an error.
fn exactly(
    length: u64,
    body: BoxStream<'static, io::Result<Bytes>>,
) -> BoxStream<'static, io::Result<Bytes>> {
    let start = (body, Bytes::new(), length);
    stream::try_unfold(start, |(mut body, mut piece, remaining)| async move {
        while piece.is_empty() {
            match body.try_next().await? {
                Some(next) => piece = next,
                None if remaining == 0 => return Ok(None),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let part = piece.split_to(piece.len().min(CHUNK));
        match remaining.checked_sub(part.len() as u64) {
            Some(remaining) => Ok(Some((part, (body, piece, remaining)))),
            None => Err(io::Error::other("the object store sent more than it announced")),
        }
    })
    .boxed()
}
