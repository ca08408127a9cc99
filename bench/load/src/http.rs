//! One keep-alive connection of HTTP/1.1.

use serde::Deserialize;
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes that are read or written at once.
const CHUNK: usize = 64 * 1024;
/// Answers are kept up to here; the rest is counted.
const KEPT: usize = 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has arrived and is not used yet.
    buffer: Vec<u8>,
}

/// What a request's body is besides its text: that many bytes.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Fill {
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its first MiB.
    pub(crate) body: Vec<u8>,
    pub(crate) bytes: u64,
    /// Whether the server ends the connection after it.
    pub(crate) is_last: bool,
}

enum Length {
    Known(u64),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(CHUNK) })
    }

    /// Sends a request's bytes and, behind them, a body that is not worth making.
    pub(crate) async fn send(&mut self, request: &[u8], fill: Option<Fill>) -> io::Result<()> {
        self.stream.write_all(request).await?;
        let mut left = fill.map_or(0, |fill| fill.bytes);
        if left > 0 {
            let chunk = vec![b'x'; CHUNK];
            while left > 0 {
                let part = chunk.get(..left.min(CHUNK as u64) as usize).unwrap_or(&chunk);
                self.stream.write_all(part).await?;
                left -= part.len() as u64;
            }
        }
        Ok(())
    }

    pub(crate) async fn receive(&mut self) -> io::Result<Answer> {
        let (status, length, is_last, head) = loop {
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
            self.fill().await?;
        };
        self.buffer.drain(..head);
        let mut answer = Answer { status, body: Vec::new(), bytes: head as u64, is_last };
        match length {
            Length::Known(length) => self.take(length, &mut answer).await?,
            Length::Chunked => loop {
                let size = self.line(&mut answer).await?;
                let digits = size.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(digits, 16).map_err(|_| broken("a chunk's size"))?;
                self.take(size, &mut answer).await?;
                if size > 0 {
                    self.line(&mut answer).await?;
                    continue;
                }
                // Trailers, up to an empty line.
                while !self.line(&mut answer).await?.is_empty() {}
                break;
            },
        }
        Ok(answer)
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.reserve(CHUNK);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(()),
        }
    }

    /// Takes bytes of a body.
    async fn take(&mut self, mut count: u64, answer: &mut Answer) -> io::Result<()> {
        answer.bytes += count;
        while count > 0 {
            if self.buffer.is_empty() {
                self.fill().await?;
            }
            let here = (self.buffer.len() as u64).min(count) as usize;
            let room = KEPT.saturating_sub(answer.body.len()).min(here);
            answer.body.extend_from_slice(self.buffer.get(..room).unwrap_or_default());
            self.buffer.drain(..here);
            count -= here as u64;
        }
        Ok(())
    }

    async fn line(&mut self, answer: &mut Answer) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                answer.bytes += line.len() as u64;
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            self.fill().await?;
        }
    }
}

/// The status, the length of the body, whether the connection ends with it, and where it begins; `None` while the head is not
/// complete.
fn head(buffer: &[u8]) -> io::Result<Option<(u16, Length, bool, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(buffer).map_err(|error| broken(&error.to_string()))? {
        httparse::Status::Complete(end) => end,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or_default();
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).to_ascii_lowercase())
    };
    let length = match value("content-length").and_then(|length| length.trim().parse().ok()) {
        Some(length) => Length::Known(length),
        None if value("transfer-encoding").is_some_and(|encoding| encoding.contains("chunked")) => {
            Length::Chunked
        }
        None if status == 204 || status == 304 => Length::Known(0),
        None => return Err(broken("an answer of unknown length")),
    };
    let is_last = value("connection").is_some_and(|connection| connection.contains("close"));
    Ok(Some((status, length, is_last, end)))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
