//! Keeps a worker alive: one that ends, or no longer answers, is replaced by another, after a pause that grows.

use crate::error::HostError;
use crate::folder::Folder;
use crate::host::{Settings, Task};
use crate::process::Process;
use crate::proxy::{Line, Proxy};
use crate::wire::{Assignment, TaskOnWire};
use gate::HostSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// Requests that a worker works on at a time with threads, as many as anyio has; what an app does without threads, and artifacts
/// on their way, take none.
const THREADS: usize = 40;
/// The pause before a worker is started again. Each further one is twice as long, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// A worker that lived for so long had no trouble in starting: the pauses begin anew.
const STEADY: Duration = Duration::from_secs(60);
/// How often a worker is asked whether it is alive.
const PING_EVERY: Duration = Duration::from_secs(2);

/// What is needed to start a worker, again and again.
pub(crate) struct Supervisor {
    pub(crate) settings: Arc<Settings>,
    pub(crate) folder: Arc<Folder>,
    pub(crate) secret: HostSecret,
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) worker: usize,
}

impl Supervisor {
    /// Starts a process, and opens the line to it when it is ready. Gives what runs in it, too.
    pub(crate) async fn launch(&self, generation: u64) -> Result<(Process, String), HostError> {
        let Settings { python, task, timeout, server, .. } = &*self.settings;
        if let Some(before) = generation.checked_sub(1) {
            // Whether it is there, or ever was, is no matter.
            let _ = std::fs::remove_file(self.folder.worker(self.worker, before));
            self.folder.mend().map_err(HostError::Folder)?;
        }
        let listen = self.folder.worker(self.worker, generation);
        let (on_wire, what) = match task {
            Task::App(app) => (TaskOnWire::App(app), format!("the app '{}'", app.name)),
            Task::Authorize(function) => {
                (TaskOnWire::Authorize(function), format!("authorization_function = {function}"))
            }
        };
        let core = self.folder.core();
        let assignment = Assignment {
            worker: self.worker,
            secret: self.secret.expose(),
            core: &core,
            core_host: self.proxy.core_host(),
            listen: &listen,
            task: &on_wire,
            threads: THREADS,
            timeout: timeout.as_secs_f64(),
            server,
        };
        let mut process = Process::start(python, &self.folder, self.worker)?;
        match process.assign(&assignment, &what).await {
            Ok(what) => {
                self.proxy.connect(self.worker, Line::new(listen));
                Ok((process, what))
            }
            Err(error) => {
                process.kill().await;
                Err(error)
            }
        }
    }

    /// How long a worker may take to say that it is alive.
    fn patience(&self) -> Duration {
        (self.settings.timeout / 6).clamp(Duration::from_secs(2), Duration::from_secs(20))
    }

    /// Watches a worker until it has to be replaced, or the host stops.
    async fn watch(&self, mut process: Process, stopped: &mut watch::Receiver<bool>) -> Watched {
        let worker = self.worker;
        let mut number = 0;
        loop {
            tokio::select! {
                () = told_to_stop(stopped) => {
                    self.proxy.disconnect(worker);
                    process.stop().await;
                    return Watched::Stopped;
                }
                status = process.ended() => {
                    self.proxy.disconnect(worker);
                    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                    tracing::error!(worker, status, "a Python worker ended; its last words:\n{}", process.tail());
                    process.kill().await;
                    return Watched::Lost;
                }
                () = sleep(PING_EVERY) => {}
            }
            number += 1;
            if !matches!(timeout(self.patience(), process.ping(number)).await, Ok(Ok(true))) {
                self.proxy.disconnect(worker);
                tracing::error!(worker, "a Python worker no longer answers and is killed");
                process.kill().await;
                return Watched::Lost;
            }
        }
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error says that nobody is left to tell.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

enum Watched {
    Stopped,
    Lost,
}

/// Keeps a worker alive until the host stops.
pub(crate) async fn keep_alive(supervisor: Supervisor, first: Process, mut stopped: watch::Receiver<bool>) {
    let worker = supervisor.worker;
    let mut process = Some(first);
    let mut pause = SHORTEST;
    for generation in 1_u64.. {
        if let Some(process) = process.take() {
            let since = Instant::now();
            match supervisor.watch(process, &mut stopped).await {
                Watched::Stopped => return,
                Watched::Lost if since.elapsed() >= STEADY => pause = SHORTEST,
                Watched::Lost => {}
            }
        }
        tracing::warn!(worker, "a Python worker is started again in {:.1} s", pause.as_secs_f64());
        tokio::select! {
            () = told_to_stop(&mut stopped) => return,
            () = sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST);
        tokio::select! {
            () = told_to_stop(&mut stopped) => return,
            launched = supervisor.launch(generation) => match launched {
                Ok((again, _)) => {
                    tracing::info!(worker, "a Python worker is back");
                    process = Some(again);
                }
                Err(error) => tracing::error!(worker, "{error}"),
            },
        }
    }
}
