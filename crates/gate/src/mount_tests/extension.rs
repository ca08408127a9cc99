//! What an app adds at the gate.

use super::*;
use crate::extension::Need as RouteNeed;
use crate::extension::{AuthorizationRequest, Authorizer, Body as OwnBody, Call, Layer, Next, Route, Routes};
use authz::{Action, Visibility};
use http::{Request as HttpRequest, Response as HttpResponse};
use std::sync::Mutex;

/// Refuses what touches experiment 2, and notes what it is asked.
#[derive(Default)]
struct Keeper {
    replaces: bool,
    asked: Mutex<Vec<String>>,
}

impl Authorizer for Keeper {
    fn replaces_grants(&self) -> bool {
        self.replaces
    }

    fn authorize<'a>(&'a self, request: AuthorizationRequest<'a>) -> BoxFuture<'a, Result<bool, Error>> {
        let needs: Vec<_> = request.needs().flatten().collect();
        let told = format!("{} {} {needs:?}", request.caller().username().unwrap(), request.operation());
        self.asked.lock().unwrap().push(told);
        let allowed = match request.operation() {
            "SetTag" => Err(Error::unavailable("who knows")),
            _ => Ok(!needs.iter().any(|(_, _, id)| *id == "2")),
        };
        std::future::ready(allowed).boxed()
    }

    fn visible<'a>(&'a self, _: &'a Principal, _: ResourceType) -> BoxFuture<'a, Result<Visibility, Error>> {
        std::future::ready(Ok(Visibility::AllExcept(vec!["2".to_owned()]))).boxed()
    }
}

async fn kept(default_permission: Level, replaces: bool) -> (Guarded, Arc<Keeper>) {
    let keeper = Arc::new(Keeper { replaces, ..Keeper::default() });
    let extension = Extension { authorizer: Some(Arc::<Keeper>::clone(&keeper)), ..Extension::default() };
    (Guarded::extended(default_permission, extension).await, keeper)
}

const READ_1: Ask<'_> = ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=1", "");
const READ_2: Ask<'_> = ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=2", "");
const READ_RUN_2: Ask<'_> = ("GET", "/api/2.0/mlflow/runs/get?run_id=r2", "");
const DELETE_1: Ask<'_> = ("POST", "/api/2.0/mlflow/experiments/delete", r#"{"experiment_id": "1"}"#);
const USERS: Ask<'_> = ("DELETE", "/api/2.0/mlflow/users/delete", r#"{"username": "x"}"#);

#[tokio::test]
async fn an_authorizer_refuses_of_what_the_grants_allow() {
    let (guarded, keeper) = kept(Level::Read, false).await;
    for (user, scope, ask, reached) in [
        ("1", None, READ_1, true),
        ("1", None, READ_2, false),
        ("1", None, READ_RUN_2, false),
        ("1", None, DELETE_1, false),
        ("1 admin", None, READ_1, true),
        ("1 admin", None, READ_2, false),
        ("1 admin", None, READ_RUN_2, false),
        ("1 admin", None, DELETE_1, true),
        ("1 admin", Some("READ"), DELETE_1, false),
        ("1", None, USERS, false),
        ("1 admin", None, USERS, true),
        // The handler says what is wrong with an id.
        ("1 admin", None, ("GET", "/api/2.0/mlflow/runs/get?run_id=x", ""), true),
        ("1", None, ("GET", "/api/2.0/mlflow/runs/get?run_id=x", ""), false),
    ] {
        let answer = guarded.ask_within(user, scope, ask).await;
        assert_eq!(answer.reached(), reached, "{user} {scope:?} {ask:?}: {answer:?}");
        assert!(reached || answer.status == 403, "{answer:?}");
    }
    let asked = keeper.asked.lock().unwrap().clone();
    assert!(asked.contains(&r#"user 1 GetExperiment [(Read, Experiment, "1")]"#.to_owned()), "{asked:?}");
    let deletions = asked.iter().filter(|told| told.contains("DeleteExperiment")).count();
    assert_eq!(deletions, 1, "it is not asked about what is refused already: {asked:?}");
}

#[tokio::test]
async fn what_an_authorizer_cannot_find_out_is_not_done() {
    let (guarded, _) = kept(Level::Manage, false).await;
    let tag = r#"{"run_id": "r1", "key": "k", "value": "v"}"#;
    let answer = guarded.ask("1", ("POST", "/api/2.0/mlflow/runs/set-tag", tag)).await;
    assert_eq!(answer.status, 503, "{answer:?}");
}

#[tokio::test]
async fn an_authorizer_that_says_so_replaces_the_grants_and_nothing_else() {
    let (guarded, _) = kept(Level::NoPermissions, true).await;
    for (user, scope, ask, reached) in [
        ("1", None, READ_1, true),
        ("1", None, DELETE_1, true),
        ("1", None, READ_2, false),
        ("1", Some("READ"), DELETE_1, false),
        ("1", Some("MANAGE experiment/2"), READ_1, false),
        ("1", None, USERS, false),
        ("1", None, ("GET", "/api/2.0/mlflow/runs/get?run_id=x", ""), false),
    ] {
        let answer = guarded.ask_within(user, scope, ask).await;
        assert_eq!(answer.reached(), reached, "{user} {scope:?} {ask:?}: {answer:?}");
    }
    assert_eq!(answer(&guarded.router, request("GET", READ_1.1, Body::empty())).await.status, 401);
}

async fn echo(call: Call) -> Result<HttpResponse<Bytes>, Error> {
    let who = call.principal().username().unwrap_or("nobody").to_owned();
    let id = call.segment("id").unwrap_or_default();
    if id == "wrong" {
        return Err(Error::invalid("wrong"));
    }
    Ok(HttpResponse::new(format!("{who} {id} {}", call.body().len()).into()))
}

#[tokio::test]
async fn an_apps_routes_stand_behind_the_gate() {
    let on = |need: fn(Action, String) -> RouteNeed, action| need(action, "id".to_owned());
    let routes = vec![
        Route::get("/my/open", RouteNeed::Public, echo),
        Route::get("/my/login", RouteNeed::Login, echo),
        Route::post("/my/login", RouteNeed::Administrator, echo).body_limit(10),
        Route::get("/my/experiments/{id}", on(RouteNeed::Experiment, Action::Read), echo),
        Route::delete("/my/experiments/{id}", on(RouteNeed::Experiment, Action::Delete), echo),
        Route::get("/my/runs/{id}", on(RouteNeed::Run, Action::Update), echo),
        Route::get("/my/models/{id}", on(RouteNeed::RegisteredModel, Action::Read), echo),
    ];
    let extension = Extension { routes: Routes::new(routes).unwrap(), ..Extension::default() };
    let guarded = Guarded::extended(Level::NoPermissions, extension).await;
    let user = guarded
        .user(&[
            (ResourceType::Experiment, "1", Level::Edit),
            (ResourceType::RegisteredModel, "model", Level::Read),
        ])
        .await;
    for (path, status) in
        [("/my/open", 200), ("/my/login", 401), ("/my/experiments/1", 401), ("/my/nothing", 401)]
    {
        assert_eq!(
            answer(&guarded.router, request("GET", path, Body::empty())).await.status,
            status,
            "{path}"
        );
    }
    let admin = "99 admin";
    for (caller, ask, status) in [
        (&*user, ("GET", "/my/login", ""), 200),
        (&user, ("POST", "/my/login", ""), 403),
        (admin, ("POST", "/my/login", "0123456789"), 200),
        (admin, ("POST", "/my/login", "0123456789a"), 400),
        (&user, ("PUT", "/my/login", ""), 405),
        (&user, ("GET", "/my/experiments/1", ""), 200),
        (&user, ("GET", "/my/experiments/%31", ""), 200),
        (&user, ("GET", "/my/experiments/2", ""), 403),
        (&user, ("GET", "/my/experiments/1%2F2", ""), 403),
        (&user, ("DELETE", "/my/experiments/1", ""), 403),
        (admin, ("DELETE", "/my/experiments/wrong", ""), 400),
        (&user, ("GET", "/my/runs/r1", ""), 200),
        (&user, ("GET", "/my/runs/r2", ""), 403),
        (&user, ("GET", "/my/runs/x", ""), 403),
        (&user, ("GET", "/my/models/model", ""), 200),
        (&user, ("GET", "/my/models/other%20model", ""), 403),
        (&user, ("GET", "/my/experiments/%ff", ""), 400),
    ] {
        let answer = guarded.ask(caller, ask).await;
        assert_eq!(answer.status, status, "{caller} {ask:?}: {answer:?}");
    }
    let narrow = guarded.ask_within(admin, Some("READ"), ("POST", "/my/login", "")).await;
    assert_eq!(narrow.status, 403, "{narrow:?}");
}

/// Notes that it was passed, and answers some requests itself.
struct Noting(&'static str);

impl Layer for Noting {
    fn call<'a>(
        &'a self,
        request: HttpRequest<OwnBody>,
        next: Next<'a>,
    ) -> BoxFuture<'a, HttpResponse<OwnBody>> {
        async move {
            if request.uri().path() == format!("/{}", self.0) {
                return HttpResponse::new(OwnBody::from("by the layer"));
            }
            let mut answer = next.run(request).await;
            answer.headers_mut().append("x-layer", self.0.parse().unwrap());
            answer
        }
        .boxed()
    }
}

#[tokio::test]
async fn an_apps_layers_stand_around_the_gate_in_their_order() {
    let layers: Vec<Arc<dyn Layer>> = vec![Arc::new(Noting("outer")), Arc::new(Noting("inner"))];
    let front = Front::new(
        open(),
        layers,
        Layers {
            security: crate::layers::SecurityConfig::default(),
            proxies: crate::layers::TrustedProxies::default(),
            entropy: Arc::new(model::SystemEntropy),
            telemetry: None,
        },
    );
    let ask = async |path: &str| {
        use hyper::service::Service as _;
        let mut request = request("GET", path, Body::empty());
        request.headers_mut().insert("host", "127.0.0.1".parse().unwrap());
        front.service("127.0.0.1".parse().unwrap()).call(request).await.unwrap()
    };
    let passed = ask("/health").await;
    let names: Vec<_> =
        passed.headers().get_all("x-layer").iter().map(|name| name.to_str().unwrap()).collect();
    assert_eq!(names, ["inner", "outer"]);
    assert!(passed.headers().contains_key("x-request-id"));
    let by_layer = ask("/inner").await;
    assert_eq!(by_layer.headers().get_all("x-layer").iter().count(), 1);
    assert!(by_layer.headers().contains_key("x-request-id"));
    assert_eq!(by_layer.into_body().collect().await.unwrap().to_bytes(), "by the layer");
}
