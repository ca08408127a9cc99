//! The way of a request to an app's own route: as that to a row of the table, with the ids that stand in its path.

use super::{REQUEST_TIMEOUT, Shared, filter};
use crate::bind::{decoded, read_body, segment};
use crate::decide::{Decision, Wanted, before_input, decide};
use crate::extension::route::{Call, Need, Route, names};
use crate::linger::Lingering;
use crate::metered;
use crate::reply::{failure, forbidden};
use crate::resolve::Resolve;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::MethodRouter;
use http::request::Parts;
use identity::Principal;
use model::audit::Outcome;
use model::{Error, ErrorCode};
use operations::Clause;
use std::sync::Arc;

/// What the audit and the metrics call it.
const OPERATION: &str = "(route of an app)";

pub(super) fn mount<S: Resolve>(router: Router, route: &Route, shared: &Arc<Shared<S>>) -> Router {
    let template: Arc<str> = format!("{}{}", shared.gate.static_prefix, route.path).into();
    let (shared, route, template_of) = (Arc::clone(shared), route.clone(), Arc::clone(&template));
    let methods = MethodRouter::new().on(filter(route.method), move |request: axum::extract::Request| {
        let (shared, route, template) = (Arc::clone(&shared), route.clone(), Arc::clone(&template_of));
        async move {
            let telemetry = shared.gate.telemetry.as_ref();
            metered::operation(telemetry, OPERATION, pass(&shared, &route, &template, request)).await
        }
    });
    router.route(&template, methods)
}

/// A request's whole way: authenticate, decide, read, handle.
async fn pass<S: Resolve>(
    shared: &Shared<S>,
    route: &Route,
    template: &str,
    request: axum::extract::Request,
) -> Response {
    let gate = &shared.gate;
    let (parts, body) = request.into_parts();
    let body = Lingering::wrap(body, &parts.headers);
    let caller = match route.need {
        Need::Public => Principal::Anyone,
        _ => match gate.access.authenticate(&parts).await {
            Ok(caller) => caller,
            Err(rejection) => return gate.reject(&rejection, &parts, OPERATION),
        },
    };
    let serve = async {
        match call(shared, route, template, caller, parts, body).await {
            Ok(Some(call)) => match route.handler.handle(call).await {
                Ok(answer) => answer.map(Body::from),
                Err(error) => failure(&error),
            },
            Ok(None) => forbidden(),
            Err(error) => failure(&error),
        }
    };
    match tokio::time::timeout(REQUEST_TIMEOUT, serve).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(route = %route.path, "a request took too long and was given up");
            failure(&Error::new(ErrorCode::DeadlineExceeded, "The request took too long."))
        }
    }
}

/// The call for a request that may pass, `None` for one that is forbidden.
async fn call<S: Resolve>(
    shared: &Shared<S>,
    route: &Route,
    template: &str,
    caller: Principal,
    parts: Parts,
    body: Body,
) -> Result<Option<Call>, Error> {
    let gate = &shared.gate;
    let path = parts.uri.path();
    let mut segments = Vec::new();
    for name in names(&route.path).unwrap_or_default() {
        let encoded =
            segment(path, template, name).ok_or_else(|| Error::internal("The route lacks a segment."))?;
        segments.push((name.to_owned(), decoded(encoded)?));
    }
    let actor = gate.actor(&caller, &parts, OPERATION);
    if !is_allowed(shared, route, &caller, &segments).await? {
        gate.note(&actor, Outcome::Refused, None, "");
        return Ok(None);
    }
    let body = read_body(body, route.body_limit).await?;
    let Parts { uri, headers, .. } = parts;
    Ok(Some(Call { principal: caller, actor, uri, headers, segments, body }))
}

async fn is_allowed<S: Resolve>(
    shared: &Shared<S>,
    route: &Route,
    caller: &Principal,
    segments: &[(String, String)],
) -> Result<bool, Error> {
    let Shared { gate, service } = shared;
    let (rights, authorizer) = (gate.access.rights(), gate.extension.authorizer.as_deref());
    let need = match route.need {
        Need::Public => return Ok(true),
        Need::Administrator => operations::Need::Admin,
        Need::Login | Need::Experiment(..) | Need::Run(..) | Need::RegisteredModel(..) => {
            operations::Need::Authenticated
        }
    };
    if before_input(need, caller, rights).await? == Decision::Forbidden {
        return Ok(false);
    }
    let (mut clauses, mut targets) = (Vec::new(), Vec::new());
    if let Some((action, subject, name)) = route.need.on() {
        let ids = segments.iter().filter(|(known, _)| known == name).map(|(_, id)| id.clone());
        clauses.push(Clause { action, subject });
        targets.push(ids.collect::<Vec<_>>());
    }
    let wanted =
        Wanted { operation: &route.path, clauses: &clauses, targets: &targets, listed: &[], mentions: &[] };
    Ok(decide(wanted, caller, rights, authorizer, service).await? != Decision::Forbidden)
}
