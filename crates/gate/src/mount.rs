//! The way of a request, and the router that leads it there: one route a row, and those of an app.

mod own;

use crate::authorized::{Authorized, Handle};
use crate::bind::{Bind, Request};
use crate::decide::{Decision, before_input, with_input};
use crate::extension::Extension;
use crate::forms::{self, Forms};
use crate::front::Front;
use crate::hosted::{self, FromHost, HostSecret};
use crate::layers::{Layers, RequestId};
use crate::linger::Lingering;
use crate::metered;
use crate::refused;
use crate::reply::{Reply, failure, forbidden, not_served, rejected, switched_off};
use crate::resolve::Resolve;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use http::StatusCode;
use http::request::Parts;
use identity::{Chain, ClientAddress, Principal, Refusals, Rejection, Rights};
use model::audit::{Outcome, Target};
use model::{Actor, Clock, Entropy, Error, ErrorCode};
use operations::{Method, Need, Operation, Part, Row, limits};
use std::sync::Arc;
use std::time::Duration;
use telemetry::Telemetry;

/// How long a request may take that is no upload stream, from its head to the head of its answer.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// What the audit and the metrics call what no row serves.
const NO_OPERATION: &str = "(none)";

/// Who may enter.
pub enum Access {
    /// Everybody: the server runs without an app that has users.
    Open,
    /// Whom the chain knows, with the rights that their grants give.
    Guarded { chain: Chain, rights: Rights, refusals: Refusals },
    /// The host of an app that decides by itself, and nobody else. Only a [`core_front`] can tell the host.
    Hosted,
}

impl Access {
    fn rights(&self) -> Option<&Rights> {
        match self {
            Self::Open | Self::Hosted => None,
            Self::Guarded { rights, .. } => Some(rights),
        }
    }

    async fn authenticate(&self, parts: &Parts) -> Result<Principal, Rejection> {
        match self {
            Self::Open => Ok(Principal::Anyone),
            Self::Hosted => match parts.extensions.get::<FromHost>() {
                Some(_) => Ok(Principal::Anyone),
                None => Err(Rejection::Unauthorized),
            },
            Self::Guarded { chain, .. } => match chain.authenticate(parts).await {
                // Whom nothing restricts where nobody is asked: behind a guarded door that is nobody.
                Ok(Principal::Anyone) => Err(Rejection::Unauthorized),
                decided => decided,
            },
        }
    }
}

/// What the gate needs to know of the server's configuration.
pub struct Gate {
    pub access: Access,
    /// Before every path, such as `/mlflow`; empty for none.
    pub static_prefix: String,
    /// Parts that are switched off, each with the reason that a client is told.
    pub switched_off: Vec<(Part, &'static str)>,
    pub clock: Arc<dyn Clock>,
    pub forms: Forms,
    /// What an app adds.
    pub extension: Extension,
    /// What counts the requests, where they are counted.
    pub telemetry: Option<Telemetry>,
}

impl Gate {
    /// Counts for the audit who was turned away.
    fn note(&self, actor: &Actor, outcome: Outcome, target: Option<Target>, detail: &'static str) {
        if let Access::Guarded { refusals, .. } = &self.access {
            refusals.note(actor, outcome, target, detail);
        }
    }

    /// Turns a caller away at the door.
    fn reject(&self, rejection: &Rejection, parts: &Parts, operation: &'static str) -> Response {
        if let Some(refused) = refused::login(rejection) {
            let caller = self.actor(&Principal::Anyone, parts, operation);
            let actor = Actor { username: refused.username, ..caller };
            self.note(&actor, refused.outcome, None, refused.detail);
            if let Some(telemetry) = &self.telemetry {
                telemetry.refused_login(refused.reason);
            }
        }
        metered::turned_away(rejected(rejection))
    }

    /// The caller of a request as the audit knows them.
    fn actor(&self, caller: &Principal, parts: &Parts, operation: &'static str) -> Actor {
        let named = || parts.extensions.get::<FromHost>()?.username.as_deref();
        Actor {
            username: caller.username().or_else(named).map(str::to_owned),
            address: parts.extensions.get::<ClientAddress>().map(|client| client.0),
            operation: operation.into(),
            request_id: parts.extensions.get::<RequestId>().map(ToString::to_string),
            at: self.clock.now(),
        }
    }
}

pub(crate) struct Shared<S> {
    gate: Gate,
    service: S,
}

/// Mounts every row of the operation table. A service that lacks a handler for one does not compile.
macro_rules! mount_all {
    ($($row:ident)*) => {
        /// The front of a server: all operations behind the gate, and the layers before it.
        pub fn front<S>(gate: Gate, service: S, layers: Layers) -> Front
        where
            S: Resolve $(+ Handle<operations::$row>)*,
        {
            let own_layers = gate.extension.layers.clone();
            Front::new(router(gate, service), own_layers, layers)
        }

        /// The front of a server's core, behind a host that knows the secret: all operations, for the host alone, whose app
        /// decides who may do what.
        pub fn core_front<S>(
            parts: Gate,
            service: S,
            secret: HostSecret,
            entropy: Arc<dyn Entropy>,
        ) -> Front
        where
            S: Resolve $(+ Handle<operations::$row>)*,
        {
            hosted::core_front(router(Gate { access: Access::Hosted, ..parts }, service), secret, entropy)
        }

        fn router<S>(gate: Gate, service: S) -> Router
        where
            S: Resolve $(+ Handle<operations::$row>)*,
        {
            let shared = Arc::new(Shared { gate, service });
            let mut router = Router::new();
            $(router = mount::<S, operations::$row>(router, &shared);)*
            for route in shared.gate.extension.routes.iter() {
                router = own::mount(router, route, &shared);
            }
            with_fallback(router, &shared)
        }
    };
}

operations::for_each_operation!(mount_all);

fn mount<S, O>(router: Router, shared: &Arc<Shared<S>>) -> Router
where
    S: Resolve + Handle<O>,
    O: Operation,
    O::Input: Bind,
    O::Output: Reply,
{
    let is_there = match O::ROW.part {
        // Users exist only behind a guarded door.
        Part::Users => matches!(shared.gate.access, Access::Guarded { .. }),
        Part::Metrics => shared.gate.telemetry.is_some(),
        Part::Server | Part::Tracking | Part::Registry | Part::ProxiedArtifacts => true,
    };
    if !is_there {
        return router;
    }
    let mut router = router;
    for path in O::ROW.routes.iter().flat_map(operations::Route::paths) {
        let template: Arc<str> = format!("{}{path}", shared.gate.static_prefix).into();
        let methods = O::ROW.methods.iter().fold(MethodRouter::new(), |methods, method| {
            let (shared, route) = (Arc::clone(shared), Arc::clone(&template));
            methods.on(filter(*method), move |request: axum::extract::Request| {
                let (shared, route) = (Arc::clone(&shared), Arc::clone(&route));
                async move {
                    let telemetry = shared.gate.telemetry.as_ref();
                    metered::operation(telemetry, O::ROW.name, pass::<S, O>(&shared, &route, request)).await
                }
            })
        });
        router = router.route(&template, methods);
    }
    router
}

pub(crate) const fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// A request's whole way: authenticate, bind, decide, handle.
async fn pass<S, O>(shared: &Shared<S>, route: &str, request: axum::extract::Request) -> Response
where
    S: Resolve + Handle<O>,
    O: Operation,
    O::Input: Bind,
    O::Output: Reply,
{
    let Shared { gate, service } = shared;
    let (parts, body) = request.into_parts();
    let body = Lingering::wrap(body, &parts.headers);
    let row: Row = O::ROW;
    let caller = match row.need {
        Need::Public => Principal::Anyone,
        _ => match gate.access.authenticate(&parts).await {
            Ok(caller) => caller,
            Err(rejection) => return gate.reject(&rejection, &parts, row.name),
        },
    };
    let off = gate.switched_off.iter().find(|(part, _)| *part == row.part).map(|(_, reason)| *reason);
    if let Some(reason) = off
        && matches!(row.part, Part::Tracking | Part::Registry)
    {
        // What its ids belong to cannot be told without its database. Elsewhere the caller's right comes first, as in MLflow.
        return switched_off(route, reason);
    }
    let serve = async {
        match authorize::<S, O>(gate, service, caller, route, &parts, body).await {
            Ok(Some(call)) => match off {
                Some(reason) => switched_off(route, reason),
                None => match service.handle(call).await {
                    Ok(output) => output.reply(&gate.static_prefix),
                    Err(error) => O::Output::refusal(&error, &gate.static_prefix),
                },
            },
            Ok(None) => forbidden(),
            Err(error) => O::Output::refusal(&error, &gate.static_prefix),
        }
    };
    if row.body_limit == limits::STREAM {
        // As long as the stream moves: it has an idle time-out of its own.
        return serve.await;
    }
    match tokio::time::timeout(REQUEST_TIMEOUT, serve).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(operation = row.name, "a request took too long and was given up");
            failure(&Error::new(ErrorCode::DeadlineExceeded, "The request took too long."))
        }
    }
}

/// The proof for a request that may pass, `None` for one that is forbidden.
async fn authorize<S, O>(
    gate: &Gate,
    service: &S,
    caller: Principal,
    route: &str,
    parts: &Parts,
    body: Body,
) -> Result<Option<Authorized<O>>, model::Error>
where
    S: Resolve,
    O: Operation,
    O::Input: Bind,
{
    let row: Row = O::ROW;
    let rights = gate.access.rights();
    let actor = gate.actor(&caller, parts, row.name);
    if before_input(row.need, &caller, rights).await? == Decision::Forbidden {
        gate.note(&actor, Outcome::Refused, None, "");
        return Ok(None);
    }
    let request = Request {
        parts,
        rest: rest_of(parts.uri.path(), route),
        route,
        body,
        limit: row.body_limit,
        forms: &gate.forms,
        caller: forms::Caller {
            username: caller.username(),
            now: gate.clock.now(),
            static_prefix: &gate.static_prefix,
        },
    };
    let input = O::Input::bind(request).await?;
    let targets = O::targets(&input)?;
    let authorizer = gate.extension.authorizer.as_deref();
    match with_input(row, &targets, &caller, rights, authorizer, service).await? {
        Decision::Allowed(sight) => {
            if matches!(gate.access, Access::Hosted) {
                note_hosted(&actor, row);
            }
            Ok(Some(Authorized::new(caller, actor, input, sight)))
        }
        Decision::Forbidden => {
            gate.note(&actor, Outcome::Refused, refused::target(row, &targets), "");
            Ok(None)
        }
    }
}

/// Writes down for whom a host acts: without a database of users there is no audit but the log.
fn note_hosted(actor: &Actor, row: Row) {
    let (user, operation) = (actor.username.as_deref().unwrap_or("-"), row.name);
    let address = actor.address.map(tracing::field::display);
    let request_id = actor.request_id.as_deref().unwrap_or("-");
    if row.methods == [Method::Get] {
        tracing::debug!(user, operation, address, request_id, "the app let a request pass");
    } else {
        tracing::info!(user, operation, address, request_id, "the app let a request pass");
    }
}

/// What stands in a path where its route has `{*name}`, still percent-encoded; empty for a route without.
fn rest_of<'p>(path: &'p str, route: &str) -> &'p str {
    route.split_once("{*").and_then(|(before, _)| path.strip_prefix(before)).unwrap_or_default()
}

/// What no row serves is answered after the login, so that nobody learns without one what there is.
fn with_fallback<S: Send + Sync + 'static>(router: Router, shared: &Arc<Shared<S>>) -> Router {
    let answer = |status: StatusCode| {
        let shared = Arc::clone(shared);
        move |request: axum::extract::Request| async move {
            let (parts, body) = request.into_parts();
            drop(Lingering::wrap(body, &parts.headers));
            let answer = async {
                match shared.gate.access.authenticate(&parts).await {
                    Ok(_) => not_served(status),
                    Err(rejection) => shared.gate.reject(&rejection, &parts, NO_OPERATION),
                }
            };
            metered::operation(shared.gate.telemetry.as_ref(), NO_OPERATION, answer).await
        }
    };
    router
        .fallback(answer(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(answer(StatusCode::METHOD_NOT_ALLOWED))
}

#[cfg(test)]
#[path = "mount_tests.rs"]
mod tests;
