//! What Python processes print: it goes to the log, in bounded lines and numbers, and its end is kept for when one fails.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

/// Bytes of a line that are kept; the rest of it is left out.
const MAX_LINE: usize = 4096;
/// Lines that are kept of the end.
const MAX_KEPT: usize = 60;
/// Lines that go to the log in a [`WINDOW`]; further ones are counted.
const MAX_LOGGED: u32 = 500;
const WINDOW: Duration = Duration::from_secs(1);

/// The end of what a process printed.
#[derive(Debug, Clone, Default)]
pub struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    /// Text that is already there.
    pub(crate) fn of(text: &str) -> Self {
        let tail = Self::default();
        let lines: Vec<&str> = text.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(MAX_KEPT)) {
            tail.push(line.chars().take(MAX_LINE).collect());
        }
        tail
    }

    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MAX_KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            return f.write_str("  (nothing)");
        }
        let mut lines = lines.iter();
        if let Some(first) = lines.next() {
            write!(f, "  {first}")?;
        }
        lines.try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Logs the lines of `stream` until it ends.
pub(crate) async fn log_lines(mut stream: impl AsyncRead + Unpin, worker: usize, tail: Tail) {
    let mut buffer = vec![0; 16 * 1024];
    let mut line = Vec::new();
    let mut pace = Pace::new();
    loop {
        let read = match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        for byte in buffer.iter().take(read) {
            if *byte == b'\n' {
                emit(&mut line, worker, &tail, &mut pace);
            } else if line.len() < MAX_LINE {
                line.push(*byte);
            }
        }
    }
    if !line.is_empty() {
        emit(&mut line, worker, &tail, &mut pace);
    }
    pace.report(worker);
}

fn emit(line: &mut Vec<u8>, worker: usize, tail: &Tail, pace: &mut Pace) {
    let text = String::from_utf8_lossy(line);
    // A line that moves the cursor of a terminal says nothing to a log.
    let text: String = text.trim_end().chars().filter(|c| *c == '\t' || !c.is_control()).collect();
    line.clear();
    if pace.admits(worker) {
        tracing::info!(worker, "python: {text}");
    }
    tail.push(text);
}

/// How many lines have been logged lately.
struct Pace {
    since: Instant,
    logged: u32,
    dropped: u64,
}

impl Pace {
    fn new() -> Self {
        Self { since: Instant::now(), logged: 0, dropped: 0 }
    }

    fn admits(&mut self, worker: usize) -> bool {
        if self.since.elapsed() >= WINDOW {
            self.report(worker);
            *self = Self::new();
        }
        if self.logged == MAX_LOGGED {
            self.dropped += 1;
            return false;
        }
        self.logged += 1;
        true
    }

    fn report(&self, worker: usize) {
        if self.dropped > 0 {
            tracing::warn!(worker, dropped = self.dropped, "python printed more lines than are logged");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_and_their_number_are_bounded() {
        let tail = Tail::default();
        let mut text = "x".repeat(MAX_LINE * 10);
        text.push('\n');
        for number in 0..5000 {
            text.push_str(&format!("line {number}\r\n"));
        }
        text.push_str("\x1b[31mred\x07, and no end of line");
        log_lines(text.as_bytes(), 1, tail.clone()).await;
        let kept = tail.0.lock().unwrap().clone();
        assert_eq!(kept.len(), MAX_KEPT);
        assert_eq!(kept.back().unwrap(), "[31mred, and no end of line");
        assert_eq!(kept[kept.len() - 2], "line 4999");
        assert!(kept.iter().all(|line| line.len() <= MAX_LINE));
    }

    #[test]
    fn the_end_of_a_long_text_is_kept() {
        let text: String = (0..1000).map(|number| format!("{number}\n")).collect();
        let shown = Tail::of(&text).to_string();
        assert!(shown.ends_with("  999") && !shown.contains("  1\n"), "{shown}");
        assert_eq!(shown.lines().count(), MAX_KEPT);
        assert_eq!(Tail::default().to_string(), "  (nothing)");
    }
}
