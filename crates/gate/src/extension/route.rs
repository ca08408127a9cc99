//! Routes of an app, behind the same gate as all others.

use authz::Action;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, Response, Uri};
use identity::Principal;
use model::{Actor, Error};
use operations::{Method, Row, Subject};
use std::sync::Arc;

/// Bytes of a request's body, unless a route says otherwise.
const BODY_LIMIT: usize = 1024 * 1024;

/// What a caller of a route needs. There is no default.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// Nothing, not even a login.
    Public,
    /// A login.
    Login,
    /// An administrator of the server.
    Administrator,
    /// A right to an action on the experiment whose id stands in the path, under this name.
    Experiment(Action, String),
    /// A right to an action on the run whose id stands in the path, under this name.
    Run(Action, String),
    /// A right to an action on the registered model or prompt whose name stands in the path, under this name.
    RegisteredModel(Action, String),
}

impl Need {
    /// The action, on what, and the name of the path's segment that has its id.
    pub(crate) fn on(&self) -> Option<(Action, Subject, &str)> {
        match self {
            Self::Public | Self::Login | Self::Administrator => None,
            Self::Experiment(action, name) => Some((*action, Subject::Experiment, name)),
            Self::Run(action, name) => Some((*action, Subject::Run, name)),
            Self::RegisteredModel(action, name) => Some((*action, Subject::RegisteredModel, name)),
        }
    }
}

/// Answers the calls of a route.
pub trait Handler: Send + Sync + 'static {
    /// Answers a call that the gate let through.
    ///
    /// # Errors
    /// What the client is told, in MLflow's form.
    fn handle(&self, call: Call) -> BoxFuture<'static, Result<Response<Bytes>, Error>>;
}

impl<F, A> Handler for F
where
    F: Fn(Call) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Response<Bytes>, Error>> + Send + 'static,
{
    fn handle(&self, call: Call) -> BoxFuture<'static, Result<Response<Bytes>, Error>> {
        self(call).boxed()
    }
}

/// A route that an app adds.
#[derive(Clone)]
pub struct Route {
    pub(crate) method: Method,
    pub(crate) path: Arc<str>,
    pub(crate) need: Need,
    pub(crate) body_limit: usize,
    pub(crate) handler: Arc<dyn Handler>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("need", &self.need)
            .finish_non_exhaustive()
    }
}

impl Route {
    /// A route for `GET`. A segment of the path may be `{name}`.
    pub fn get(path: &str, need: Need, handler: impl Handler) -> Self {
        Self::new(Method::Get, path, need, handler)
    }

    /// As [`get`](Self::get), for `POST`.
    pub fn post(path: &str, need: Need, handler: impl Handler) -> Self {
        Self::new(Method::Post, path, need, handler)
    }

    /// As [`get`](Self::get), for `PUT`.
    pub fn put(path: &str, need: Need, handler: impl Handler) -> Self {
        Self::new(Method::Put, path, need, handler)
    }

    /// As [`get`](Self::get), for `PATCH`.
    pub fn patch(path: &str, need: Need, handler: impl Handler) -> Self {
        Self::new(Method::Patch, path, need, handler)
    }

    /// As [`get`](Self::get), for `DELETE`.
    pub fn delete(path: &str, need: Need, handler: impl Handler) -> Self {
        Self::new(Method::Delete, path, need, handler)
    }

    fn new(method: Method, path: &str, need: Need, handler: impl Handler) -> Self {
        Self { method, path: path.into(), need, body_limit: BODY_LIMIT, handler: Arc::new(handler) }
    }

    /// Lets a request's body have so many bytes; 1 MiB otherwise.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }
}

/// A call of an app's route that the gate let through. Only the gate makes one.
#[derive(Debug)]
pub struct Call {
    pub(crate) principal: Principal,
    pub(crate) actor: Actor,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) segments: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Call {
    /// Who is calling; [`Principal::Anyone`] on a route that needs nothing.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The caller as the audit knows them.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The path and query as they were sent.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The headers as they were sent.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What stands in the path for `{name}`, percent-decoded once.
    pub fn segment(&self, name: &str) -> Option<&str> {
        self.segments.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of the body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Routes that can be mounted beside those of the operation table, and beside each other.
#[derive(Debug, Default)]
pub struct Routes(Vec<Route>);

impl Routes {
    /// Checks that the routes can be mounted.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a path that is none, that takes what another route serves, or that lacks the segment that
    /// its need speaks of.
    pub fn new(routes: Vec<Route>) -> Result<Self, Error> {
        let mut known = matchit::Router::new();
        let mut taken = Vec::new();
        let table = operations::ROWS.iter().flat_map(Row::endpoints).map(|(_, path)| path);
        for path in table {
            if !taken.contains(&path) {
                // Those of the table do not overlap: the server mounts them the same way.
                known
                    .insert(path.clone(), ())
                    .map_err(|error| Error::internal(format!("{path}: {error}")))?;
                taken.push(path);
            }
        }
        let mut own: Vec<(&str, Method)> = Vec::new();
        for route in &routes {
            let invalid = |problem: &str| {
                Error::invalid(format!("The route '{}' cannot be added: {problem}.", route.path))
            };
            let names = names(&route.path).ok_or_else(|| invalid("it is no path"))?;
            if let Some((_, _, name)) = route.need.on()
                && !names.contains(&name)
            {
                return Err(invalid(&format!("it has no segment '{{{name}}}', which its need speaks of")));
            }
            if own.contains(&(&route.path, route.method)) {
                return Err(invalid("it is added twice for the same method"));
            }
            // Another method of the same path is another route of the app.
            if !own.iter().any(|(path, _)| *path == &*route.path)
                && known.insert(route.path.to_string(), ()).is_err()
            {
                return Err(invalid("another route serves that path"));
            }
            own.push((&route.path, route.method));
        }
        Ok(Self(routes))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }
}

/// The names of a path's `{name}` segments; `None` for what is no path of a route.
pub(crate) fn names(path: &str) -> Option<Vec<&str>> {
    let segments = path.strip_prefix('/')?.split('/');
    let mut names = Vec::new();
    for segment in segments {
        match segment.strip_prefix('{').map(|rest| rest.strip_suffix('}')) {
            Some(Some(name)) if !name.is_empty() && name.bytes().all(is_name) && !names.contains(&name) => {
                names.push(name);
            }
            Some(_) => return None,
            None if segment.is_empty() || !segment.bytes().all(is_plain) => return None,
            None => {}
        }
    }
    Some(names)
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands in a path without being escaped, and means nothing to the router.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn nothing(_: Call) -> Result<Response<Bytes>, Error> {
        Ok(Response::new(Bytes::new()))
    }

    fn check(paths: &[(&str, Need)]) -> Result<(), String> {
        let routes = paths.iter().map(|(path, need)| Route::get(path, need.clone(), nothing)).collect();
        Routes::new(routes).map(drop).map_err(|error| error.message.into_owned())
    }

    #[test]
    fn a_route_takes_nothing_that_is_served_already() {
        assert_eq!(check(&[("/my-auth/tokens", Need::Login), ("/my-auth/tokens/{id}", Need::Login)]), Ok(()));
        let experiment = || Need::Experiment(Action::Read, "id".to_owned());
        assert_eq!(check(&[("/my-auth/of/{id}", experiment())]), Ok(()));
        for (paths, words) in [
            (&[("/api/2.0/mlflow/runs/get", Need::Login)][..], "another route serves that path"),
            (&[("/health", Need::Public)], "another route serves that path"),
            (&[("/api/2.0/mlflow/logged-models/{other}", Need::Login)], "another route serves that path"),
            (&[("/a/{b}", Need::Login), ("/a/{c}", Need::Login)], "another route serves that path"),
            (&[("/a", Need::Login), ("/a", Need::Public)], "added twice"),
            (&[("/a", experiment())], "no segment '{id}'"),
            (&[("a", Need::Login)], "no path"),
            (&[("", Need::Login)], "no path"),
            (&[("/", Need::Login)], "no path"),
            (&[("/a//b", Need::Login)], "no path"),
            (&[("/a/{*rest}", Need::Login)], "no path"),
            (&[("/a/:b", Need::Login)], "no path"),
            (&[("/a/{}", Need::Login)], "no path"),
            (&[("/a/{b", Need::Login)], "no path"),
            (&[("/a/{b}/{b}", Need::Login)], "no path"),
            (&[("/a?b", Need::Login)], "no path"),
        ] {
            let refused = check(paths).unwrap_err();
            assert!(refused.contains(words), "{paths:?}: {refused}");
        }
    }

    #[test]
    fn a_path_may_have_several_methods() {
        let routes =
            vec![Route::get("/a", Need::Login, nothing), Route::post("/a", Need::Administrator, nothing)];
        assert!(Routes::new(routes).is_ok());
    }
}
