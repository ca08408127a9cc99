//! Apps of your own: the extension point.

use crate::RunError;
use crate::chosen_app::BASIC_AUTH;
use futures::FutureExt;
use futures::future::BoxFuture;
use gate::extension::{Authorizer, Extension, Layer, Route, Routes};
use identity::{Authenticator, Directory};
use model::Error;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::uri::Secret;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long tasks may take to end when the server stops.
const STOP_TIME: Duration = Duration::from_secs(5);

/// Names of sections that are not an app's, and of the app that is built in.
const RESERVED: [&str; 5] = ["mlflow", "jwt", "forward_auth", "trusted_proxy", BASIC_AUTH];

type Task = Box<dyn FnOnce(Stop) -> BoxFuture<'static, ()> + Send>;

/// A server with users and permissions, before it starts. An app factory gets one, and gives it back with what it adds.
///
/// ```
/// use millgate::{App, Call, Error, Need, Response, Route};
///
/// async fn hello(call: Call) -> Result<Response<millgate::Bytes>, Error> {
///     let name = call.principal().username().unwrap_or("nobody");
///     Ok(Response::new(format!("Hello, {name}!").into()))
/// }
///
/// /// For `millgate::Program::new().app("my-auth", create_app).run()`, started with `server --app-name my-auth`.
/// fn create_app(app: App) -> App {
///     app.route(Route::get("/my-auth/hello", Need::Login, hello))
/// }
/// ```
pub struct App {
    name: String,
    users: Directory,
    settings: BTreeMap<String, Secret>,
    /// Settings that were asked for.
    known: Vec<String>,
    authenticators: Vec<Arc<dyn Authenticator>>,
    built_in_logins: bool,
    authorizer: Option<Arc<dyn Authorizer>>,
    routes: Vec<Route>,
    layers: Vec<Arc<dyn Layer>>,
    tasks: Vec<(String, Task)>,
}

impl App {
    pub(crate) fn new(name: &str, users: Directory, settings: BTreeMap<String, Secret>) -> Self {
        Self {
            name: name.to_owned(),
            users,
            settings,
            known: Vec::new(),
            authenticators: Vec::new(),
            built_in_logins: true,
            authorizer: None,
            routes: Vec::new(),
            layers: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// The name that `--app-name` gave.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The users of the database.
    pub fn users(&self) -> Directory {
        self.users.clone()
    }

    /// A key of the section `[NAME]`, after the app's name, in the file of authentication settings; `None` where it is not
    /// there or empty. A key that the app never asks for is an error at the start.
    pub fn setting(&mut self, key: &str) -> Option<String> {
        self.known.push(key.to_lowercase());
        self.settings
            .get(&key.to_lowercase())
            .map(Secret::expose)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// As [`setting`](Self::setting), for a key that must be there.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE when it is not.
    pub fn required_setting(&mut self, key: &str) -> Result<String, Error> {
        self.setting(key).ok_or_else(|| {
            Error::invalid(format!(
                "'{key}' is missing in the section [{}] of the authentication settings.",
                self.name
            ))
        })
    }

    /// Adds an authenticator, which is asked before those that are built in and after those that were added before. It has 30
    /// seconds for an answer. What it finds wrong is in the audit, and throttled by the client's address.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticators.push(Arc::new(authenticator));
        self
    }

    /// Leaves out the authenticators that are built in: passwords, access tokens and what the file of authentication settings
    /// has besides. With no authenticator added, nobody comes in.
    #[must_use]
    pub fn without_built_in_logins(mut self) -> Self {
        self.built_in_logins = false;
        self
    }

    /// Adds a word of the app's own in every decision. There is one; a second call replaces it.
    #[must_use]
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.authorizer = Some(Arc::new(authorizer));
        self
    }

    /// Adds a route behind the gate. Its path is checked when the server starts.
    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Adds a layer around everything that was added before it.
    #[must_use]
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.layers.insert(0, Arc::new(layer));
        self
    }

    /// Adds a task that runs as long as the server. It has to end within five seconds when it is told to stop.
    #[must_use]
    pub fn task<F, T>(mut self, name: &str, task: F) -> Self
    where
        F: FnOnce(Stop) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        self.tasks.push((name.to_owned(), Box::new(|stop| task(stop).boxed())));
        self
    }

    /// Checks what was added, and takes it apart.
    pub(crate) fn into_parts(self) -> Result<Parts, Error> {
        let unknown: Vec<&str> =
            self.settings.keys().filter(|key| !self.known.contains(key)).map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(Error::invalid(format!(
                "unknown keys in the section [{}] of the authentication settings: {}",
                self.name,
                unknown.join(", ")
            )));
        }
        let routes = Routes::new(self.routes)?;
        Ok(Parts {
            authenticators: self.authenticators,
            built_in_logins: self.built_in_logins,
            extension: Extension { authorizer: self.authorizer, routes, layers: self.layers },
            tasks: self.tasks,
        })
    }
}

impl fmt::Debug for App {
    /// Without the settings: some may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What an app adds to a server.
pub(crate) struct Parts {
    pub(crate) authenticators: Vec<Arc<dyn Authenticator>>,
    pub(crate) built_in_logins: bool,
    pub(crate) extension: Extension,
    tasks: Vec<(String, Task)>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            authenticators: Vec::new(),
            built_in_logins: true,
            extension: Extension::default(),
            tasks: Vec::new(),
        }
    }
}

impl Parts {
    /// Begins the tasks.
    pub(crate) fn start(&mut self) -> Tasks {
        let (sender, receiver) = watch::channel(());
        let mut running = JoinSet::new();
        for (name, task) in self.tasks.drain(..) {
            let task = task(Stop(receiver.clone()));
            running.spawn(async move {
                if std::panic::AssertUnwindSafe(task).catch_unwind().await.is_err() {
                    tracing::error!(task = name, "a task of the app panicked");
                }
            });
        }
        Tasks { stop: sender, running }
    }
}

/// The tasks of an app.
pub(crate) struct Tasks {
    stop: watch::Sender<()>,
    running: JoinSet<()>,
}

impl Tasks {
    /// Tells them to stop, and waits for them.
    pub(crate) async fn stop(mut self) {
        drop(self.stop);
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIME, all).await.is_err() {
            tracing::error!("tasks of the app did not end in time");
        }
    }
}

/// Tells a task when the server stops.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<()>);

impl Stop {
    /// Waits until the server stops.
    pub async fn stopped(&mut self) {
        // Nothing is ever sent: it ends when the sender is gone.
        while self.0.changed().await.is_ok() {}
    }
}

/// What a factory gives: the app, or why there is none.
pub trait IntoApp {
    /// The app.
    ///
    /// # Errors
    /// Why there is none: the server does not start.
    fn into_app(self) -> Result<App, Error>;
}

impl IntoApp for App {
    fn into_app(self) -> Result<App, Error> {
        Ok(self)
    }
}

impl IntoApp for Result<App, Error> {
    fn into_app(self) -> Result<App, Error> {
        self
    }
}

type Factory = Box<dyn Fn(App) -> Result<App, Error>>;

/// The apps that are compiled in, by their names.
#[derive(Default)]
pub(crate) struct Apps(Vec<(String, Factory)>);

impl Apps {
    pub(crate) fn add<A: IntoApp>(&mut self, name: &str, factory: impl Fn(App) -> A + 'static) {
        self.0.push((name.to_owned(), Box::new(move |app| factory(app).into_app())));
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// What the app of that name adds.
    ///
    /// # Errors
    /// When the name cannot be an app's or is that of two, or the factory's.
    pub(crate) fn create(
        &self,
        name: &str,
        users: Directory,
        settings: BTreeMap<String, Secret>,
    ) -> Result<Parts, RunError> {
        let failed = |error: Error| RunError::App { name: name.to_owned(), error };
        let mut named = self.0.iter().filter(|(known, _)| known == name);
        let Some((_, factory)) = named.next() else { return Ok(Parts::default()) };
        if RESERVED.contains(&name) {
            let taken =
                "its name is that of the built-in app, or of a section of the authentication settings";
            return Err(failed(Error::invalid(taken)));
        }
        if named.next().is_some() {
            return Err(failed(Error::invalid("there are two apps of that name")));
        }
        factory(App::new(name, users, settings)).and_then(App::into_parts).map_err(failed)
    }
}
