//! The one writer of a SQLite database. It takes many writes into one transaction, so that they share one wait for the
//! disk, each in a savepoint of its own, so that one that fails is undone alone.

use crate::db::Connection;
use crate::dialect::{Purpose, is_busy, loses_transaction};
use crate::driver::{Connector, Driver};
use crate::error::StoreError;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Bounds of the writer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriterOptions {
    /// Writes that may wait. Beyond it a request waits for its place, and its own time-out ends the wait.
    pub(crate) queue: usize,
    /// Writes in one transaction.
    pub(crate) group: usize,
    /// How long a group may take in further writes after its first.
    pub(crate) group_time: Duration,
    /// How long groups may follow each other without the lock having been free for `gap`.
    pub(crate) stretch: Duration,
    /// The pause after a stretch, in which another program that waits for the lock gets its turn. SQLite looks for the
    /// lock every 100 ms at the least: where it is free for a tenth of the time, some 50 looks in 5 seconds, the usual
    /// time-out, miss it once in 200 times.
    pub(crate) gap: Duration,
    /// How often the begin of a transaction is tried when another program holds the lock beyond the busy time-out. Then
    /// every write that waits fails: each would wait as long for itself otherwise.
    pub(crate) begin_attempts: u32,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            queue: 1024,
            group: 128,
            group_time: Duration::from_millis(20),
            stretch: Duration::from_millis(50),
            gap: Duration::from_millis(5),
            begin_attempts: 3,
        }
    }
}

/// A handle to the writer's task.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(crate) fn start(connection: Driver, reconnect: Connector, options: WriterOptions) -> Self {
        let (queue, receiver) = mpsc::channel(options.queue);
        tokio::spawn(Task { connection: Some(connection), reconnect, options, receiver }.run());
        Self { queue }
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<T, StoreError>>
            + Send
            + Sync
            + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(TypedJob { work, result: None, reply: Some(reply) });
        let closed = || StoreError::Lost("the server is shutting down".to_owned());
        self.queue.send(Message::Write(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Writes that wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity().saturating_sub(self.queue.capacity())
    }

    /// Waits for the writes before it and ends the task.
    pub(crate) async fn close(&self) {
        let (done, wait) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

/// How a job ended within its transaction.
enum Step {
    /// Its changes are to be kept.
    Keep,
    /// Its changes are to be undone; the others' stand.
    Undo,
    /// The transaction itself is gone or in doubt.
    Lost(String),
}

impl Step {
    fn after<T>(result: &Result<T, StoreError>) -> Self {
        match result {
            Ok(_) => Self::Keep,
            Err(StoreError::Refused(_) | StoreError::Schema(_)) => Self::Undo,
            Err(StoreError::Database(error)) if !loses_transaction(error) => Self::Undo,
            Err(error) => Self::Lost(error.to_string()),
        }
    }
}

/// A write of any type.
trait Job: Send {
    /// Nobody waits for the answer any more, and nothing was done yet.
    fn is_abandoned(&self) -> bool;
    fn run<'a>(&'a mut self, connection: Connection<'a>) -> BoxFuture<'a, Step>;
    /// Whether the transaction was lost by this very job, so that it must not run again.
    fn lost_transaction(&self) -> bool;
    /// Answers: with the job's own result after the commit, or that the transaction was lost.
    fn finish(&mut self, lost: Option<&str>);
}

struct TypedJob<T, F> {
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: Option<oneshot::Sender<Result<T, StoreError>>>,
}

impl<T, F> Job for TypedJob<T, F>
where
    T: Send + 'static,
    F: for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<T, StoreError>> + Send + Sync,
{
    fn is_abandoned(&self) -> bool {
        self.reply.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    fn run<'a>(&'a mut self, mut connection: Connection<'a>) -> BoxFuture<'a, Step> {
        async move {
            // A bug in one write must not end the writer for all: neither where it makes its future nor where that runs.
            let work = async { (self.work)(&mut connection).await };
            let outcome = AssertUnwindSafe(work).catch_unwind().await;
            let result = outcome.unwrap_or_else(|_| Err(StoreError::Lost("a write panicked".to_owned())));
            let step = Step::after(&result);
            self.result = Some(result);
            step
        }
        .boxed()
    }

    fn lost_transaction(&self) -> bool {
        matches!(self.result.as_ref().map(Step::after), Some(Step::Lost(_)))
    }

    fn finish(&mut self, lost: Option<&str>) {
        let Some(reply) = self.reply.take() else { return };
        let result = match (self.result.take(), lost) {
            (Some(Ok(value)), None) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, reason) => Err(StoreError::Lost(reason.unwrap_or("the write did not run").to_owned())),
        };
        // The requester may have gone; the change stands all the same.
        let _ = reply.send(result);
    }
}

struct Task {
    connection: Option<Driver>,
    reconnect: Connector,
    options: WriterOptions,
    receiver: mpsc::Receiver<Message>,
}

impl Task {
    async fn run(mut self) {
        let mut stretch_began = Instant::now();
        let mut released = stretch_began;
        while let Some(message) = self.receiver.recv().await {
            let closing = match message {
                Message::Close(done) => Some(done),
                Message::Write(job) => {
                    if released.elapsed() >= self.options.gap {
                        stretch_began = Instant::now();
                    } else if stretch_began.elapsed() >= self.options.stretch {
                        tokio::time::sleep(self.options.gap).await;
                        stretch_began = Instant::now();
                    }
                    self.group(job).await
                }
            };
            released = Instant::now();
            if let Some(done) = closing {
                if let Some(connection) = self.connection.take() {
                    connection.close().await;
                }
                let _ = done.send(());
                return;
            }
        }
    }

    /// Runs `first` and what is waiting behind it in one transaction, and answers them all. Gives the request to close that
    /// came meanwhile.
    async fn group(&mut self, first: Box<dyn Job>) -> Option<oneshot::Sender<()>> {
        let mut jobs = vec![first];
        let mut closing = None;
        match self.transaction(&mut jobs, Some(&mut closing)).await {
            Ok(()) => jobs.iter_mut().for_each(|job| job.finish(None)),
            Err(Loss::NotBegun(reason)) => {
                self.take_waiting(&mut jobs, &mut closing);
                tracing::warn!(
                    reason,
                    writes = jobs.len(),
                    "no transaction could be begun; what waits for one fails"
                );
                jobs.iter_mut().for_each(|job| job.finish(Some(&reason)));
            }
            Err(Loss::Lost(reason)) => {
                tracing::warn!(
                    reason,
                    writes = jobs.len(),
                    "a group of writes was lost; each is tried again alone"
                );
                self.replay(jobs, &reason).await;
            }
        }
        closing
    }

    /// Runs the writes of a lost group again, one transaction a write, so that one bad write or a passing fault does not
    /// fail its neighbours. Refused ones too: what they were refused for may have been lost with the group.
    async fn replay(&mut self, jobs: Vec<Box<dyn Job>>, reason: &str) {
        for job in jobs {
            if job.lost_transaction() {
                let mut job = job;
                job.finish(Some(reason));
                continue;
            }
            let mut alone = vec![job];
            let outcome = self.transaction(&mut alone, None).await;
            let lost = outcome.as_ref().err().map(Loss::reason);
            alone.iter_mut().for_each(|job| job.finish(lost));
        }
    }

    /// Takes what waits out of the queue.
    fn take_waiting(&mut self, jobs: &mut Vec<Box<dyn Job>>, closing: &mut Option<oneshot::Sender<()>>) {
        while let Ok(message) = self.receiver.try_recv() {
            match message {
                Message::Write(job) => jobs.push(job),
                Message::Close(done) => {
                    *closing = Some(done);
                    return;
                }
            }
        }
    }

    /// One transaction around `jobs`; where a request to `close` can be taken, also around those that arrive meanwhile.
    async fn transaction(
        &mut self,
        jobs: &mut Vec<Box<dyn Job>>,
        close: Option<&mut Option<oneshot::Sender<()>>>,
    ) -> Result<(), Loss> {
        let mut connection = self.begin().await.map_err(|error| Loss::NotBegun(error.to_string()))?;
        match self.run_and_commit(&mut connection, jobs, close).await {
            Ok(()) => {
                self.connection = Some(connection);
                Ok(())
            }
            Err(reason) => {
                // The lock must be free before the next transaction asks for it, which another connection does.
                connection.close().await;
                Err(Loss::Lost(reason))
            }
        }
    }

    async fn run_and_commit(
        &mut self,
        connection: &mut Driver,
        jobs: &mut Vec<Box<dyn Job>>,
        mut close: Option<&mut Option<oneshot::Sender<()>>>,
    ) -> Result<(), String> {
        let deadline = Instant::now() + self.options.group_time;
        let mut next = 0;
        let mut savepoint = Savepoint::None;
        loop {
            while let Some(job) = jobs.get_mut(next) {
                next += 1;
                if !job.is_abandoned() {
                    savepoint = run_in_savepoint(connection, job.as_mut(), savepoint).await?;
                }
            }
            let Some(closing) = close.as_deref_mut() else { break };
            if jobs.len() >= self.options.group || Instant::now() >= deadline {
                break;
            }
            match self.receiver.try_recv() {
                Ok(Message::Write(job)) => jobs.push(job),
                Ok(Message::Close(done)) => {
                    *closing = Some(done);
                    break;
                }
                Err(_) => break,
            }
        }
        execute(connection, "COMMIT").await
    }

    /// A connection in a fresh write transaction. It is taken out of the task, so that whatever fails drops it.
    async fn begin(&mut self) -> Result<Driver, sqlx::Error> {
        let mut attempt = 1;
        loop {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.reconnect.connect().await?,
            };
            match connection.run(connection.sql().begin(Purpose::Write)).await {
                Ok(()) => return Ok(connection),
                Err(error) if is_busy(&error) && attempt < self.options.begin_attempts => {
                    self.connection = Some(connection);
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Why a transaction did not come about.
enum Loss {
    /// It could not begin: no write has run.
    NotBegun(String),
    /// It was lost on the way or at its commit.
    Lost(String),
}

impl Loss {
    fn reason(&self) -> &str {
        match self {
            Self::NotBegun(reason) | Self::Lost(reason) => reason,
        }
    }
}

async fn execute(connection: &mut Driver, sql: &'static str) -> Result<(), String> {
    connection.run(sql).await.map_err(|error| error.to_string())
}

/// What the job before has left of its savepoint. Each command is a turn with the connection's thread, so it is ended together
/// with the begin of the next, or by the commit.
#[derive(Clone, Copy)]
enum Savepoint {
    None,
    /// Holds changes that are to be kept.
    Kept,
    /// Its changes are undone; it stands as if it had just begun.
    Undone,
}

/// Runs one job in a savepoint, after the one before. An error means that the transaction is lost.
async fn run_in_savepoint(
    connection: &mut Driver,
    job: &mut dyn Job,
    before: Savepoint,
) -> Result<Savepoint, String> {
    match before {
        Savepoint::None => execute(connection, "SAVEPOINT job").await?,
        Savepoint::Kept => execute(connection, "RELEASE job; SAVEPOINT job").await?,
        Savepoint::Undone => {}
    }
    match job.run(Connection::new(connection)).await {
        Step::Keep => Ok(Savepoint::Kept),
        Step::Undo => {
            // Fails when SQLite has already rolled the whole transaction back: then everything in it is lost.
            execute(connection, "ROLLBACK TO job").await?;
            Ok(Savepoint::Undone)
        }
        Step::Lost(reason) => Err(reason),
    }
}
