//! One worker: a Python process and its control socket. Whatever it started ends with it.

use crate::error::HostError;
use crate::folder::Folder;
use crate::interpreter::Python;
use crate::output::{Tail, log_lines};
use crate::wire::{Assignment, Order, Report};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Bytes of a line that a worker may say.
const MAX_REPORT: u64 = 256 * 1024;
/// How long a worker may take for the import of MLflow and of the app. A cold disk and two cores need half of it.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long a worker that is told to stop may take to finish.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// A running worker. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    /// The process group, until it has been killed.
    group: Option<Pid>,
    reports: BufReader<OwnedReadHalf>,
    orders: OwnedWriteHalf,
    tail: Tail,
    pub(crate) worker: usize,
}

impl Process {
    /// Starts Python. Its end of the control socket is its standard input: when this process is gone, however, the socket is
    /// closed and the worker ends.
    pub(crate) fn start(python: &Python, folder: &Folder, worker: usize) -> Result<Self, HostError> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(python.path());
        command
            .arg(folder.start())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What is printed goes to a log: whoever waits for it should not wait for a full buffer.
            .env("PYTHONUNBUFFERED", "1")
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .map_err(|error| HostError::NoPython { python: python.path().to_owned(), error })?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let tail = Tail::default();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(log_lines(stdout, worker, tail.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log_lines(stderr, worker, tail.clone()));
        }
        let (reports, orders) = UnixStream::from_std(ours)?.into_split();
        Ok(Self { child, group, reports: BufReader::new(reports), orders, tail, worker })
    }

    /// Tells the worker what to do, and waits until it does. What runs in it.
    pub(crate) async fn assign(
        &mut self,
        assignment: &Assignment<'_>,
        what: &str,
    ) -> Result<String, HostError> {
        let asked = async {
            self.say(assignment).await?;
            self.report().await
        };
        let what = || what.to_owned();
        match timeout(START_PATIENCE, asked).await {
            Ok(Ok(Some(Report::Ready { what }))) => Ok(what),
            Ok(Ok(Some(Report::Failed(said)))) => {
                Err(HostError::Start { what: what(), said: Tail::of(&said) })
            }
            Ok(Ok(Some(Report::Pong { .. }) | None) | Err(_)) => {
                let status = match timeout(STOP_PATIENCE, self.ended()).await {
                    Ok(Ok(status)) => status.to_string(),
                    Ok(Err(_)) | Err(_) => "it speaks no more".to_owned(),
                };
                // The pipes are read by other tasks.
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err(HostError::Ended { what: what(), status, said: self.tail.clone() })
            }
            Err(_) => Err(HostError::Late {
                what: what(),
                seconds: START_PATIENCE.as_secs(),
                said: self.tail.clone(),
            }),
        }
    }

    /// What the process printed last.
    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Ready when the process has ended. What it started is ended, too.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        // The group keeps its number while anything is left in it, and nobody gets a number again so soon.
        self.kill_group();
        status
    }

    /// Asks whether it is alive. `Ok(true)` says so.
    pub(crate) async fn ping(&mut self, number: u64) -> std::io::Result<bool> {
        self.say(&Order::Ping(number)).await?;
        loop {
            match self.report().await? {
                Some(Report::Pong { ping, stuck }) if ping == number => return Ok(!stuck),
                Some(Report::Pong { .. }) => {}
                Some(Report::Ready { .. } | Report::Failed(_)) | None => return Ok(false),
            }
        }
    }

    /// Lets it finish for a while, and ends it.
    pub(crate) async fn stop(mut self) {
        let finished = async {
            self.say(&Order::Stop).await?;
            self.ended().await
        };
        if !matches!(timeout(STOP_PATIENCE, finished).await, Ok(Ok(_))) {
            tracing::warn!(worker = self.worker, "a Python worker did not finish in time and is killed");
        }
        self.kill().await;
    }

    /// Ends it, and what it started, at once.
    pub(crate) async fn kill(mut self) {
        self.kill_group();
        let _ = self.child.wait().await;
    }

    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    async fn say(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.orders.write_all(&line).await
    }

    /// The next line; `None` at the end.
    async fn report(&mut self) -> std::io::Result<Option<Report>> {
        let mut line = Vec::new();
        let read = (&mut self.reports).take(MAX_REPORT).read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&line)?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_group();
    }
}
