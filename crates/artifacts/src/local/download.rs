//! Streaming a file out.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use futures::stream;

use super::{CHUNK, is_absence, relative};
use crate::error::{Error, Result};
use crate::repository::{ByteRange, Download};
use crate::safe_path::SafePath;

/// Opens the file and reads its first chunk, so that a small file costs one trip to a blocking thread.
pub(super) fn open(root: Option<Dir>, path: &SafePath, range: Option<ByteRange>) -> Result<Download> {
    let Some(root) = root else { return Err(Error::NotFound(path.clone())) };
    let mut options = OpenOptions::new();
    // Opening a pipe would otherwise wait for its writer.
    options.read(true).custom_flags(libc::O_NONBLOCK);
    let file = root.open_with(relative(path), &options).map_err(|error| refusal(error, path))?.into_std();
    let metadata = file.metadata().map_err(Error::Io)?;
    if metadata.is_dir() {
        return Err(Error::IsDirectory(path.clone()));
    }
    if !metadata.is_file() {
        return Err(Error::NotAFile(path.clone()));
    }
    let total = metadata.len();
    let (first, length) = match range {
        Some(range) => range.resolve(total)?,
        None => (0, total),
    };
    let mut reader = Reader { file, remaining: length, ready: None };
    reader.file.seek(SeekFrom::Start(first)).map_err(Error::Io)?;
    reader.ready = reader.next_chunk().map_err(Error::Io)?;
    Ok(Download {
        first,
        length,
        total,
        modified: metadata.modified().ok(),
        etag: etag(&metadata),
        stream: Box::pin(stream::try_unfold(reader, Reader::step)),
    })
}

fn refusal(error: io::Error, path: &SafePath) -> Error {
    if error.raw_os_error() == Some(libc::ENXIO) {
        // A socket.
        return Error::NotAFile(path.clone());
    }
    match Error::from_io(error, path) {
        absent if is_absence(&absent) => Error::NotFound(path.clone()),
        error => error,
    }
}

/// Every upload is a new file, so its inode number tells it from the one before even within one tick of the clock.
fn etag(metadata: &std::fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("\"{modified:x}-{:x}-{:x}\"", metadata.len(), metadata.ino()))
}

struct Reader {
    file: File,
    remaining: u64,
    ready: Option<Bytes>,
}

impl Reader {
    async fn step(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if let Some(chunk) = self.ready.take() {
            return Ok(Some((chunk, self)));
        }
        if self.remaining == 0 {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || {
            let chunk = self.next_chunk()?;
            Ok(chunk.map(|chunk| (chunk, self)))
        });
        read.await.map_err(io::Error::other)?
    }

    /// The next full chunk, or what is left; `None` at the end.
    fn next_chunk(&mut self) -> io::Result<Option<Bytes>> {
        let length = usize::try_from(self.remaining).map_or(CHUNK, |remaining| remaining.min(CHUNK));
        if length == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; length];
        self.file.read_exact(&mut chunk)?;
        self.remaining -= length as u64;
        Ok(Some(chunk.into()))
    }
}
