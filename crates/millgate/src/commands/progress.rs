//! How far a long command has come, on standard error: a bar at a terminal, else a line at times. Standard output is left to
//! results.

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often a line is written where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);
/// How often the bar is drawn while nothing is added, so that its times go on.
const TICK: Duration = Duration::from_millis(250);

/// One piece of work that is counted. What it counts is the caller's: rows, files, bytes.
pub(crate) struct Progress {
    what: String,
    shown: Shown,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

/// The state behind the lines.
struct Lines {
    total: Option<u64>,
    done: u64,
    began: Instant,
    said: Instant,
}

impl Progress {
    /// Begins with nothing done of `total`; `None` where nobody knows how much there is. `what` is counted, in the plural, such
    /// as `rows of metrics`.
    pub(crate) fn new(what: &str, total: Option<u64>) -> Self {
        let shown = if std::io::stderr().is_terminal() {
            let bar = match total {
                Some(total) => ProgressBar::new(total)
                    .with_style(style("{msg} [{wide_bar}] {human_pos}/{human_len} {per_sec}, {eta} left")),
                None => ProgressBar::new_spinner()
                    .with_style(style("{msg} {spinner} {human_pos} {per_sec}, {elapsed}")),
            };
            bar.set_message(what.to_owned());
            bar.enable_steady_tick(TICK);
            Shown::Bar(bar)
        } else {
            let now = Instant::now();
            Shown::Lines(Mutex::new(Lines { total, done: 0, began: now, said: now }))
        };
        Self { what: what.to_owned(), shown }
    }

    /// `count` more are done.
    pub(crate) fn add(&self, count: u64) {
        match &self.shown {
            Shown::Bar(bar) => bar.inc(count),
            Shown::Lines(lines) => {
                let mut lines = held(lines);
                lines.done = lines.done.saturating_add(count);
                let now = Instant::now();
                if now.duration_since(lines.said) >= BETWEEN_LINES {
                    lines.said = now;
                    say(&lines.line(&self.what, now));
                }
            }
        }
    }

    /// `count` were done before, by an earlier run of the command: they count, but not for the rate.
    pub(crate) fn skip(&self, count: u64) {
        match &self.shown {
            Shown::Bar(bar) => {
                bar.inc(count);
                bar.reset_eta();
            }
            Shown::Lines(lines) => {
                let mut lines = held(lines);
                lines.total = lines.total.map(|total| total.saturating_sub(count));
                lines.began = Instant::now();
            }
        }
    }

    /// All is done, or as much as there will be. The last word stays on the screen.
    pub(crate) fn finish(&self) {
        match &self.shown {
            Shown::Bar(bar) => bar.finish(),
            Shown::Lines(lines) => {
                let lines = held(lines);
                say(&lines.last(&self.what, Instant::now()));
            }
        }
    }
}

impl Lines {
    fn line(&self, what: &str, now: Instant) -> String {
        let took = now.duration_since(self.began);
        let rate = per_second(self.done, took);
        let Some(total) = self.total else {
            return format!("{what}: {} ({} a second)", HumanCount(self.done), HumanCount(rate));
        };
        let left = match total.saturating_sub(self.done).checked_div(rate) {
            Some(seconds) => format!(", {} left", HumanDuration(Duration::from_secs(seconds))),
            None => String::new(),
        };
        format!(
            "{what}: {} of {} ({} a second{left})",
            HumanCount(self.done),
            HumanCount(total),
            HumanCount(rate)
        )
    }

    fn last(&self, what: &str, now: Instant) -> String {
        let took = now.duration_since(self.began);
        format!("{what}: {} in {:.1} s", HumanCount(self.done), took.as_secs_f64())
    }
}

/// Whole ones in a second; the time counts as a millisecond at the least.
fn per_second(done: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    done.saturating_mul(1000) / millis
}

fn style(template: &str) -> ProgressStyle {
    // The templates stand in this file, and a test reads them; a bar of the library's own would do as well.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn held(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

fn say(line: &str) {
    // With nobody left to read it there is nothing to be done about a failure to write it.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(total: Option<u64>, done: u64) -> Lines {
        let now = Instant::now();
        Lines { total, done, began: now, said: now }
    }

    #[tokio::test]
    async fn a_line_says_how_much_is_done_how_fast_and_how_long_it_will_take() {
        let some = lines(Some(10_000), 2_500);
        let now = some.began + Duration::from_secs(5);
        assert_eq!(some.line("rows", now), "rows: 2,500 of 10,000 (500 a second, 15 seconds left)");
        assert_eq!(lines(None, 2_500).line("rows", now).as_str(), "rows: 2,500 (500 a second)");
        assert_eq!(some.last("rows", now), "rows: 2,500 in 5.0 s");
    }

    #[tokio::test]
    async fn nothing_done_yet_has_no_remaining_time() {
        let none = lines(Some(10), 0);
        assert_eq!(none.line("rows", none.began), "rows: 0 of 10 (0 a second)");
    }

    #[test]
    fn the_templates_are_understood() {
        for template in [
            "{msg} [{wide_bar}] {human_pos}/{human_len} {per_sec}, {eta} left",
            "{msg} {spinner} {human_pos} {per_sec}, {elapsed}",
        ] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
