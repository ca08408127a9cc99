//! The host as the server sees it: started, asked, stopped.

use crate::authorize::Asker;
use crate::error::HostError;
use crate::folder::Folder;
use crate::interpreter::{EntryPoint, Python};
use crate::proxy::Proxy;
use crate::supervisor::{Supervisor, keep_alive};
use crate::wire::ServerFacts;
use futures::future::BoxFuture;
use gate::{Forward, ForwardedBody, HostSecret};
use identity::AuthorizationFunction;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the workers do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Run the app of an entry point `mlflow.app`.
    App(EntryPoint),
    /// Say who sent a request: `module:function`.
    Authorize(String),
}

/// How a host runs.
#[derive(Debug, Clone)]
pub struct Settings {
    pub python: Python,
    pub task: Task,
    pub workers: NonZeroUsize,
    /// How long a worker may take to begin its answer, or be silent in it.
    pub timeout: Duration,
    pub server: ServerFacts,
}

/// Running workers.
pub struct Host {
    proxy: Arc<Proxy>,
    stop: watch::Sender<bool>,
    supervisors: Vec<JoinHandle<()>>,
    /// What runs in the workers, for the log.
    pub what: String,
}

impl Host {
    /// Starts the workers, and comes back when all of them are ready.
    ///
    /// # Errors
    /// When Python cannot be run or a worker does not come to be ready: then all are ended.
    pub async fn start(
        settings: Settings,
        folder: Arc<Folder>,
        secret: HostSecret,
    ) -> Result<Self, HostError> {
        let workers = settings.workers.get();
        let proxy = Arc::new(Proxy::new(workers, settings.timeout, secret.clone()));
        let settings = Arc::new(settings);
        let supervisor = |worker| Supervisor {
            settings: Arc::clone(&settings),
            folder: Arc::clone(&folder),
            secret: secret.clone(),
            proxy: Arc::clone(&proxy),
            worker,
        };
        let starting = (0..workers).map(|worker| async move {
            let supervisor = supervisor(worker);
            let started = supervisor.launch(0).await?;
            Ok::<_, HostError>((supervisor, started))
        });
        let started = futures::future::try_join_all(starting).await?;
        let what = started.first().map(|(_, (_, what))| what.clone()).unwrap_or_default();
        let (stop, stopped) = watch::channel(false);
        let supervisors = started
            .into_iter()
            .map(|(supervisor, (process, _))| tokio::spawn(keep_alive(supervisor, process, stopped.clone())))
            .collect();
        Ok(Self { proxy, stop, supervisors, what })
    }

    /// What hands requests to the workers.
    pub fn forward(&self) -> Arc<dyn Forward> {
        Arc::clone(&self.proxy) as Arc<dyn Forward>
    }

    /// What asks the workers who sent a request.
    pub fn function(&self) -> Arc<dyn AuthorizationFunction> {
        Arc::new(Asker::new(Arc::clone(&self.proxy)))
    }

    /// Ends the workers. Requests that are still with them are lost after a while.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for supervisor in self.supervisors {
            if supervisor.await.is_err() {
                tracing::error!("a Python worker could not be stopped");
            }
        }
    }
}

impl Forward for Proxy {
    fn forward(
        &self,
        request: http::Request<ForwardedBody>,
    ) -> BoxFuture<'_, model::Result<http::Response<ForwardedBody>>> {
        Box::pin(self.pass(request))
    }
}
