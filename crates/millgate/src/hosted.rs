//! A server whose app is a Python plugin: the core on a socket of its own, the host before it, and the front before that.

use crate::config::{PythonConfig, ServerConfig};
use crate::{RunError, connections};
use gate::layers::Layers;
use gate::{Front, HostSecret, forwarding_front};
use identity::AuthorizationFunction;
use python_host::{Folder, Host, ServerFacts, Settings, Task};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The core and the host, running.
pub(crate) struct Hosted {
    host: Host,
    core: Core,
}

struct Core {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Hosted {
    /// Starts the app with `core` behind it, and gives what clients talk to.
    ///
    /// # Errors
    /// When the app does not start.
    pub(crate) async fn start(
        app: &str,
        core: Front,
        secret: HostSecret,
        with: With<'_>,
        layers: Layers,
    ) -> Result<(Self, Front), RunError> {
        let folder = Arc::new(Folder::new(with.runtime)?);
        let core = Core::serve(&folder, core)?;
        let host = Host::start(with.settings(Task::App(app.to_owned())), folder, secret).await?;
        tracing::info!("the app '{app}', {}, decides who may do what", host.what);
        let front = forwarding_front(host.forward(), layers, with.config.tls.is_some());
        Ok((Self { host, core }, front))
    }

    /// Ends the app, and then the core that it may still have asked.
    pub(crate) async fn stop(self) {
        self.host.stop().await;
        self.core.stop().await;
    }
}

/// A function in Python that says who is calling, running.
pub(crate) struct Function(Host);

impl Function {
    /// Starts the workers that are asked.
    ///
    /// # Errors
    /// When they do not start, as when there is no such function.
    pub(crate) async fn start(name: &str, secret: HostSecret, with: With<'_>) -> Result<Self, RunError> {
        let folder = Arc::new(Folder::new(with.runtime)?);
        let host = Host::start(with.settings(Task::Authorize(name.to_owned())), folder, secret).await?;
        tracing::info!("{} says who is calling", host.what);
        Ok(Self(host))
    }

    /// What asks it.
    pub(crate) fn asked(&self) -> Arc<dyn AuthorizationFunction> {
        self.0.function()
    }

    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// What Python is started with.
#[derive(Clone, Copy)]
pub(crate) struct With<'a> {
    pub(crate) config: &'a ServerConfig,
    pub(crate) python: &'a PythonConfig,
    /// Where a user's sockets belong (`XDG_RUNTIME_DIR`).
    pub(crate) runtime: Option<&'a Path>,
}

impl With<'_> {
    fn settings(&self, task: Task) -> Settings {
        let PythonConfig { python, workers, timeout } = self.python.clone();
        let shown = python.path().display().to_string();
        tracing::info!(python = shown, workers, "starting Python");
        Settings { python, task, workers, timeout, server: facts(self.config) }
    }
}

impl Core {
    fn serve(folder: &Folder, front: Front) -> Result<Self, RunError> {
        let listener = folder.listen()?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(connections::serve_local(listener, front, stopped));
        Ok(Self { stop, serving })
    }

    async fn stop(self) {
        drop(self.stop);
        if self.serving.await.is_err() {
            tracing::error!("the core could not be stopped");
        }
    }
}

fn facts(config: &ServerConfig) -> ServerFacts {
    ServerFacts {
        static_prefix: config.static_prefix.clone(),
        default_artifact_root: config.default_artifact_root.clone(),
        artifacts_destination: config.artifacts_destination.clone(),
        artifacts_only: config.artifacts_only,
        metrics: config.metrics,
        over_tls: config.tls.is_some(),
    }
}
