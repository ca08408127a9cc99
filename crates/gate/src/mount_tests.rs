//! The whole gate, with the real rows and real grants before a service that only says that it was reached.

#[path = "mount_tests/extension.rs"]
mod extension;
#[path = "mount_tests/hosted.rs"]
mod hosted;
#[path = "mount_tests/registry.rs"]
mod registry;
#[path = "mount_tests/scopes.rs"]
mod scopes;
#[path = "mount_tests/tokens.rs"]
mod tokens;

use super::*;
use crate::resolve::{Owner, Reach, SourceOwner};
use authz::{Level, ResourceType};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use identity::verified::{Verifier, VerifierConfig};
use identity::{AuthenticatedUser, Authenticator, BasicAuthenticator, CredentialKind, Outcome};
use model::user::UserId;
use operations::ROWS;
use std::collections::HashMap;
use store::auth::{grants, users};
use store::{Db, schema};
use tempfile::TempDir;
use tower::ServiceExt;

/// Has runs `r1` and models `m1` in experiment 1, `r2` and `m2` in 2, and artifacts in folders of the experiment's name.
struct Service;

const REACHED: &str = "the handler was reached";

impl<O: Operation> Handle<O> for Service {
    async fn handle(&self, call: Authorized<O>) -> Result<O::Output, Error> {
        let mut kinds = vec![ResourceType::Run, ResourceType::LoggedModel];
        kinds.retain(|kind| call.withholds(*kind));
        Err(Error::invalid(format!("{REACHED} without {kinds:?}")))
    }
}

fn experiments_of(ids: &[String], letter: &str) -> HashMap<String, String> {
    let of = |id: &String| {
        let experiment = id.strip_prefix(letter)?;
        matches!(experiment, "1" | "2").then(|| (id.clone(), experiment.to_owned()))
    };
    ids.iter().filter_map(of).collect()
}

impl Resolve for Service {
    async fn experiment_named(&self, name: &str) -> Result<Option<String>, Error> {
        match name {
            "broken" => Err(Error::unavailable("the database is gone")),
            _ => Ok((name == "first").then(|| "1".to_owned())),
        }
    }
    async fn experiments_of_runs(&self, runs: &[String]) -> Result<HashMap<String, String>, Error> {
        if runs.iter().any(|run| run == "broken") {
            return Err(Error::unavailable("the database is gone"));
        }
        Ok(experiments_of(runs, "r"))
    }
    async fn experiments_of_models(&self, models: &[String]) -> Result<HashMap<String, String>, Error> {
        Ok(experiments_of(models, "m"))
    }
    async fn reach_of_path(&self, path: &str, tree: bool) -> Result<Reach, Error> {
        let owner = |id: &str, tiers| Owner { experiment_id: id.to_owned(), tiers };
        let (owners, of_nobody) = match path.split_once('/') {
            _ if tree && path == "all" => (vec![owner("1", vec![]), owner("2", vec![])], true),
            Some((id @ ("1" | "2"), rest)) if rest.starts_with('r') => {
                (vec![owner(id, vec![ResourceType::Run])], false)
            }
            Some((id @ ("1" | "2"), _)) => (vec![owner(id, vec![])], false),
            _ => (vec![], !path.starts_with("s3")),
        };
        Ok(Reach { owners, of_nobody })
    }
    async fn prompts_among(&self, names: &[String]) -> Result<HashMap<String, bool>, Error> {
        let known = |name: &String| match name.as_str() {
            "model" | "other model" => Some((name.clone(), false)),
            "prompt" => Some((name.clone(), true)),
            _ => None,
        };
        Ok(names.iter().filter_map(known).collect())
    }
    async fn owner_of_source(&self, source: &str) -> Result<SourceOwner, Error> {
        Ok(match source.split_once(':') {
            Some(("model", name)) => SourceOwner::RegisteredModel(name.to_owned()),
            Some(("logged", id)) => SourceOwner::LoggedModel(id.to_owned()),
            Some(("run", id)) => SourceOwner::Run(id.to_owned()),
            _ => SourceOwner::Artifacts(self.reach_of_path(source, true).await?),
        })
    }
    async fn overlapped_by(&self, location: &str) -> Result<Reach, Error> {
        let over = |id: &str| vec![Owner { experiment_id: id.to_owned(), tiers: vec![] }];
        let owners = if location == "over 1" { over("1") } else { vec![] };
        Ok(Reach { of_nobody: owners.is_empty(), owners })
    }
    async fn holds_artifacts(&self, location: &str) -> Result<bool, Error> {
        Ok(location == "over files of nobody")
    }
    fn is_foreign_local(&self, location: &str) -> Result<bool, Error> {
        Ok(location.starts_with('/'))
    }
}

/// Believes the header `x-user`: a user's id, and `admin` behind it for an administrator.
struct Believer;

impl Authenticator for Believer {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        let outcome = match request.headers.get("x-user").and_then(|value| value.to_str().ok()) {
            None => Outcome::NotMine,
            Some("anyone") => Outcome::Authenticated(Principal::Anyone),
            Some(user) => {
                let id = user.trim_end_matches(" admin").parse().unwrap();
                let is_admin = user.ends_with(" admin");
                let scope = request.headers.get("x-scope").and_then(|value| value.to_str().ok()).map(scope);
                Outcome::Authenticated(Principal::User(AuthenticatedUser {
                    id: UserId(id),
                    username: format!("user {id}"),
                    is_admin,
                    roles: Vec::new(),
                    scope,
                    credentials: CredentialKind::Password,
                }))
            }
        };
        std::future::ready(outcome).boxed()
    }
}

/// `READ experiment/1,prompt/x`: a level, and where it holds.
fn scope(text: &str) -> authz::Scope {
    let (level, within) = text.split_once(' ').unwrap_or((text, ""));
    let key = |text: &str| {
        let (kind, id) = text.split_once('/').unwrap();
        authz::Key::new(ResourceType::from_name(kind).unwrap(), id)
    };
    let within = within.split(',').filter(|text| !text.is_empty()).map(key).collect();
    authz::Scope::new(Level::from_name(level).unwrap(), within)
}

struct Guarded {
    router: Router,
    db: Db,
    _folder: TempDir,
}

impl Guarded {
    async fn new(default_permission: Level) -> Self {
        Self::with(default_permission, |_| Arc::new(Believer)).await
    }

    async fn switched_off(default_permission: Level, off: Vec<(Part, &'static str)>) -> Self {
        Self::made(default_permission, |_| Arc::new(Believer), off, Extension::default()).await
    }

    async fn extended(default_permission: Level, extension: Extension) -> Self {
        Self::made(default_permission, |_| Arc::new(Believer), Vec::new(), extension).await
    }

    async fn with(default_permission: Level, door: impl FnOnce(Db) -> Arc<dyn Authenticator>) -> Self {
        Self::made(default_permission, door, Vec::new(), Extension::default()).await
    }

    async fn made(
        default_permission: Level,
        door: impl FnOnce(Db) -> Arc<dyn Authenticator>,
        off: Vec<(Part, &'static str)>,
        extension: Extension,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
        let db = Db::open(&uri).await.unwrap();
        schema::prepare(&db, schema::Schema::Auth, &uri).await.unwrap();
        let chain = Chain::new(vec![door(db.clone())]);
        let rights = Rights::new(db.clone(), default_permission);
        let access = Access::Guarded { chain, rights, refusals: Refusals::new(db.clone()) };
        let gate = Gate { extension, ..gate(access, "", off) };
        Self { router: router(gate, Service), db, _folder: folder }
    }

    /// A new user with these grants, by the id.
    async fn user(&self, granted: &[(ResourceType, &'static str, Level)]) -> String {
        let granted = granted.to_vec();
        let user = self.db.write(move |connection| {
            let granted = granted.clone();
            async move {
                let name = format!("user {granted:?}");
                let id = users::create(connection, &name, "no hash", false).await?;
                for (kind, pattern, level) in granted {
                    grants::grant(connection, id, kind, pattern, level).await?;
                }
                Ok(id)
            }
            .boxed()
        });
        user.await.unwrap().0.to_string()
    }

    async fn ask(&self, user: &str, ask: Ask<'_>) -> Answer {
        self.ask_within(user, None, ask).await
    }

    /// With credentials that have a scope.
    async fn ask_within(&self, user: &str, scope: Option<&str>, (method, path, json): Ask<'_>) -> Answer {
        let request = request(method, path, Body::from(json.to_owned()));
        let (mut parts, body) = request.into_parts();
        parts.headers.insert("x-user", user.parse().unwrap());
        if let Some(scope) = scope {
            parts.headers.insert("x-scope", scope.parse().unwrap());
        }
        answer(&self.router, axum::extract::Request::from_parts(parts, body)).await
    }
}

type Ask<'a> = (&'a str, &'a str, &'a str);

fn gate(access: Access, static_prefix: &str, switched_off: Vec<(Part, &'static str)>) -> Gate {
    Gate {
        access,
        static_prefix: static_prefix.to_owned(),
        switched_off,
        clock: Arc::new(model::SystemClock),
        forms: Forms::new(b"secret", false, Arc::new(model::SystemEntropy)),
        extension: Extension::default(),
        telemetry: None,
    }
}

fn open() -> Router {
    router(gate(Access::Open, "", Vec::new()), Service)
}

fn request(method: &str, path: &str, body: Body) -> axum::extract::Request {
    let request = http::Request::builder().method(method).uri(path);
    request.header("content-type", "application/json").body(body).unwrap()
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn reached(&self) -> bool {
        self.body.contains(REACHED)
    }
}

async fn answer(router: &Router, request: axum::extract::Request) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// A body that must not be touched.
fn untouchable() -> Body {
    let touched: std::io::Result<Bytes> = Err(std::io::Error::other("the body was read"));
    Body::from_stream(futures::stream::iter([touched]))
}

fn concrete(path: &str) -> String {
    match path.split_once('{') {
        None => path.to_owned(),
        Some((before, rest)) => {
            let (_, after) = rest.split_once('}').unwrap();
            concrete(&format!("{before}x{after}"))
        }
    }
}

#[tokio::test]
async fn every_row_but_the_public_ones_wants_a_login_on_every_path_and_method() {
    let guarded = Guarded::new(Level::Manage).await;
    let mut asked = 0;
    for row in ROWS {
        for (_, path) in row.endpoints() {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"] {
                let answer = answer(&guarded.router, request(method, &concrete(&path), untouchable())).await;
                // Nothing is counted here, so that there are no metrics.
                let served = row.part != Part::Metrics
                    && (row.methods.iter().any(|known| known.as_str() == method)
                        || (method == "HEAD" && row.methods.contains(&Method::Get)));
                if matches!(row.need, Need::Public) && served {
                    assert!(answer.reached() || method == "HEAD", "{method} {path}: {answer:?}");
                    assert_ne!(answer.status, 401, "{method} {path}");
                } else {
                    assert_eq!(answer.status, 401, "{} {method} {path}", row.name);
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 9 * ROWS.len());
}

#[tokio::test]
async fn an_authenticator_that_names_nobody_opens_no_guarded_door() {
    let guarded = Guarded::new(Level::Manage).await;
    for (method, path) in ROWS.iter().filter(|row| row.need != Need::Public).flat_map(Row::endpoints) {
        let ask = (method.as_str(), concrete(&path), "{}");
        assert_eq!(guarded.ask("anyone", (ask.0, &ask.1, ask.2)).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_told_only_after_the_login() {
    let guarded = Guarded::new(Level::Manage).await;
    for path in
        ["/", "/nothing", "/api/2.0/mlflow/nothing", "/api/2.0/mlflow/runs/get/", "//health", "/health/"]
    {
        assert_eq!(answer(&guarded.router, request("GET", path, Body::empty())).await.status, 401, "{path}");
        assert_eq!(guarded.ask("1", ("GET", path, "")).await.status, 404, "{path}");
    }
    let known = "/api/2.0/mlflow/runs/get";
    assert_eq!(answer(&guarded.router, request("PUT", known, Body::empty())).await.status, 401);
    assert_eq!(guarded.ask("1", ("PUT", known, "")).await.status, 405);
    assert_eq!(guarded.ask("1", ("PATCH", "/health", "")).await.status, 405);
}

#[tokio::test]
async fn every_row_reads_as_much_of_a_body_as_it_says_and_no_more() {
    let router = open();
    for row in ROWS.iter().filter(|row| row.part != Part::Users) {
        for (method, path) in row.endpoints().filter(|(method, _)| *method != Method::Put) {
            let path = concrete(&path);
            if row.body_limit == limits::NONE || method == Method::Get {
                let answer = answer(&router, request(method.as_str(), &path, untouchable())).await;
                assert!(!answer.body.contains("broke off"), "{} {path}: {answer:?}", row.name);
                continue;
            }
            let announced = (row.body_limit + 1).to_string();
            let piece = Bytes::from(vec![b' '; 1 << 20]);
            let pieces = std::iter::repeat_n(piece, (row.body_limit >> 20) + 1).map(std::io::Result::Ok);
            let mut request =
                request(method.as_str(), &path, Body::from_stream(futures::stream::iter(pieces)));
            if row.body_limit == limits::UI_UPLOAD {
                request.headers_mut().insert("content-length", announced.parse().unwrap());
            }
            let answer = answer(&router, request).await;
            let expected = format!("At most {} bytes are accepted.", row.body_limit);
            assert!(answer.body.contains(&expected), "{} {path}: {answer:?}", row.name);
        }
    }
}

#[tokio::test]
async fn who_may_not_call_at_all_is_turned_away_before_the_body_is_read() {
    let guarded = Guarded::new(Level::Manage).await;
    for (method, path) in [
        ("POST", "/api/2.0/mlflow/users/create"),
        ("PATCH", "/api/2.0/mlflow/users/update-admin"),
        ("DELETE", "/api/2.0/mlflow/users/delete"),
    ] {
        let mut request = request(method, path, untouchable());
        request.headers_mut().insert("x-user", "1".parse().unwrap());
        assert_eq!(answer(&guarded.router, request).await.status, 403, "{path}");
        assert_ne!(guarded.ask("1 admin", (method, path, "{}")).await.status, 403, "{path}");
    }
}

/// What each action is asked for by, on what belongs to experiment 1.
const ON_EXPERIMENT_1: &[(authz::Action, Ask<'static>)] = {
    use authz::Action::{Delete, Manage, Read, Update};
    &[
        (Read, ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=1", "")),
        (Read, ("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=first", "")),
        (
            Update,
            ("POST", "/api/2.0/mlflow/experiments/update", r#"{"experiment_id": "1", "new_name": "n"}"#),
        ),
        (Delete, ("POST", "/api/2.0/mlflow/experiments/delete", r#"{"experiment_id": "1"}"#)),
        (Update, ("POST", "/api/2.0/mlflow/runs/create", r#"{"experiment_id": "1"}"#)),
        (Read, ("GET", "/api/2.0/mlflow/runs/get?run_uuid=r1", "")),
        (Read, ("GET", "/get-artifact?run_id=r1&path=x", "")),
        (Update, ("POST", "/api/2.0/mlflow/runs/set-tag", r#"{"runId": "r1", "key": "k"}"#)),
        (Delete, ("POST", "/api/2.0/mlflow/runs/delete", r#"{"run_id": "r1"}"#)),
        (Read, ("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=r1&metric_key=m", "")),
        (Read, ("GET", "/api/2.0/mlflow-artifacts/artifacts/1/x", "")),
        (Read, ("GET", "/api/2.0/mlflow-artifacts/artifacts/%31/r/x", "")),
        (Read, ("GET", "/api/2.0/mlflow-artifacts/artifacts?path=1/x", "")),
        (Update, ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/x", "")),
        (Manage, ("DELETE", "/ajax-api/2.0/mlflow-artifacts/artifacts/1/r/x", "")),
        (Update, ("POST", "/api/2.0/mlflow-artifacts/mpu/create/1/x", r#"{"path": "x", "num_parts": 1}"#)),
        (
            Update,
            (
                "POST",
                "/ajax-api/2.0/mlflow-artifacts/mpu/complete/1/r",
                r#"{"path": "x", "upload_id": "u", "parts": [{"part_number": 1, "etag": "e"}]}"#,
            ),
        ),
        (Update, ("POST", "/api/2.0/mlflow-artifacts/mpu/abort/%31/x", r#"{"path": "x", "upload_id": "u"}"#)),
        (
            Read,
            ("POST", "/api/2.0/mlflow/artifacts/presigned-download-url", r#"{"run_id": "r1", "path": "x"}"#),
        ),
        (
            Update,
            ("POST", "/api/2.0/mlflow/artifacts/presigned-upload-url", r#"{"run_id": "r1", "path": "x"}"#),
        ),
        (Read, ("GET", "/ajax-api/2.0/mlflow-artifacts/presigned/1/x", "")),
        (
            Manage,
            ("POST", "/api/2.0/mlflow/experiments/create", r#"{"name": "n", "artifact_location": "over 1"}"#),
        ),
    ]
};

#[tokio::test]
async fn each_level_reaches_what_it_allows_and_nothing_else() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let stranger = guarded.user(&[(ResourceType::Experiment, "2", Level::Manage)]).await;
    for level in Level::ALL {
        let user = guarded.user(&[(ResourceType::Experiment, "1", level)]).await;
        for (action, ask) in ON_EXPERIMENT_1 {
            let answer = guarded.ask(&user, *ask).await;
            assert_eq!(answer.reached(), level.allows(*action), "{level:?} {ask:?}: {answer:?}");
            assert!(answer.reached() || answer.status == 403, "{level:?} {ask:?}: {answer:?}");
        }
    }
    for (_, ask) in ON_EXPERIMENT_1 {
        let refused = guarded.ask(&stranger, *ask).await;
        assert_eq!((refused.status, refused.body.as_str()), (403, "Permission denied"), "{ask:?}");
        assert!(guarded.ask("999 admin", *ask).await.reached(), "{ask:?}");
    }
}

#[tokio::test]
async fn identity_and_rights_cost_two_queries_at_most() {
    let guarded = Guarded::with(Level::NoPermissions, |db| {
        let config = VerifierConfig::for_cores(1);
        Arc::new(BasicAuthenticator::new(
            db,
            Verifier::new(config, Arc::new(model::SystemClock), &model::SystemEntropy),
        ))
    });
    let guarded = guarded.await;
    // PBKDF2 in one round, of `password`, with the salt `salt`.
    const HASH: &str =
        "pbkdf2:sha256:1$salt$120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b";
    let made = guarded.db.write(|connection| {
        async move {
            let id = users::create(connection, "ada", HASH, false).await?;
            grants::grant(connection, id, ResourceType::Experiment, "*", Level::Manage).await
        }
        .boxed()
    });
    made.await.unwrap();
    let more: &[Ask<'_>] = &[
        ("POST", "/api/2.0/mlflow/experiments/search", "{}"),
        ("POST", "/api/2.0/mlflow/runs/search", r#"{"experiment_ids": ["1"]}"#),
        (
            "POST",
            "/api/2.0/mlflow/runs/log-metric",
            r#"{"run_id": "r1", "key": "k", "value": 1, "timestamp": 1, "model_id": "m2"}"#,
        ),
        ("POST", "/api/2.0/mlflow/users/create", "{}"),
        ("GET", "/api/2.0/mlflow/users/get?username=bob", ""),
        ("GET", "/api/3.0/mlflow/roles/get?role_id=1", ""),
        ("GET", "/api/3.0/mlflow/roles/list?workspace=a&workspace=b", ""),
        ("DELETE", "/api/3.0/mlflow/roles/permissions/remove", r#"{"role_permission_id": 1}"#),
        ("GET", "/api/3.0/mlflow/users/roles/list?username=bob", ""),
        ("GET", "/api/3.0/mlflow/users/permissions/get?username=bob&resource_type=run&resource_id=*", ""),
        (
            "POST",
            "/api/3.0/mlflow/users/permissions/grant",
            r#"{"username": "bob", "resource_type": "experiment", "resource_id": "1", "permission": "READ"}"#,
        ),
    ];
    let registry: &[Ask<'_>] = &[
        ("GET", "/api/2.0/mlflow/registered-models/get?name=model", ""),
        ("POST", "/api/2.0/mlflow/registered-models/rename", r#"{"name": "model", "new_name": "n"}"#),
        ("GET", "/api/2.0/mlflow/registered-models/search", ""),
        ("GET", "/api/2.0/mlflow/model-versions/search?filter=run_id%3D'r1'", ""),
        (
            "POST",
            "/api/2.0/mlflow/model-versions/create",
            r#"{"name": "model", "source": "run:r1", "run_id": "r1", "model_id": "m2"}"#,
        ),
        ("POST", "/api/2.0/mlflow/logged-models/search", r#"{"filter": "source_run_id = 'r1'"}"#),
        (
            "POST",
            "/api/2.0/mlflow/registered-models/permissions/create",
            r#"{"name": "prompt", "username": "bob", "permission": "READ"}"#,
        ),
    ];
    for (method, path, json) in ON_EXPERIMENT_1.iter().map(|(_, ask)| ask).chain(more).chain(registry) {
        let mut request = request(method, path, Body::from((*json).to_owned()));
        request.headers_mut().insert("authorization", "Basic YWRhOnBhc3N3b3Jk".parse().unwrap());
        let before = guarded.db.reads();
        let answer = answer(&guarded.router, request).await;
        let queries = guarded.db.reads() - before;
        assert_ne!(answer.status, 401, "{path}");
        assert!(queries <= 2, "{method} {path}: {queries} queries");
    }
}

#[tokio::test]
async fn a_denial_stands_against_the_default_permission_and_against_all() {
    let guarded = Guarded::new(Level::Manage).await;
    for granted in [
        &[(ResourceType::Experiment, "1", Level::Deny)][..],
        &[(ResourceType::Experiment, "1", Level::Deny), (ResourceType::Experiment, "*", Level::Manage)],
        &[(ResourceType::Experiment, "*", Level::Deny), (ResourceType::Experiment, "1", Level::Manage)],
    ] {
        let user = guarded.user(granted).await;
        for (_, ask) in ON_EXPERIMENT_1 {
            assert_eq!(guarded.ask(&user, *ask).await.status, 403, "{granted:?} {ask:?}");
        }
    }
    let other = guarded.user(&[]).await;
    for (_, ask) in ON_EXPERIMENT_1 {
        assert!(guarded.ask(&other, *ask).await.reached(), "{ask:?}");
    }
}

#[tokio::test]
async fn a_folder_around_experiments_needs_the_right_on_the_workspace_too() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let grant = |pattern| (ResourceType::Experiment, pattern, Level::Manage);
    let of_both = guarded.user(&[grant("1"), grant("2")]).await;
    let of_all = guarded.user(&[grant("1"), grant("2"), (ResourceType::Workspace, "*", Level::Manage)]).await;
    let ask = ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/all", "");
    assert_eq!(guarded.ask(&of_both, ask).await.status, 403);
    assert!(guarded.ask(&of_all, ask).await.reached());
    let create = |body| ("POST", "/api/2.0/mlflow/experiments/create", body);
    let claim = create(r#"{"name": "claim", "artifact_location": "over files of nobody"}"#);
    let fresh = create(r#"{"name": "fresh", "artifact_location": "empty"}"#);
    assert_eq!(guarded.ask(&of_both, claim).await.status, 403);
    assert!(guarded.ask(&of_both, fresh).await.reached());
    assert!(guarded.ask(&of_all, claim).await.reached());
}

#[tokio::test]
async fn a_request_that_names_several_things_needs_the_right_on_each() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let of_first = guarded.user(&[(ResourceType::Experiment, "1", Level::Manage)]).await;
    let both =
        [(ResourceType::Experiment, "1", Level::Manage), (ResourceType::Experiment, "2", Level::Manage)];
    let of_both = guarded.user(&both).await;
    for ask in [
        (
            "POST",
            "/api/2.0/mlflow/runs/log-metric",
            r#"{"run_id": "r1", "key": "k", "value": 1, "timestamp": 1, "modelId": "m2"}"#,
        ),
        (
            "POST",
            "/api/2.0/mlflow/runs/log-batch",
            r#"{"run_id": "r1", "metrics": [{"key": "k", "model_id": "m1"}, {"key": "k", "modelId": "m2"}]}"#,
        ),
        ("POST", "/api/2.0/mlflow/runs/log-inputs", r#"{"run_id": "r1", "models": [{"model_id": "m2"}]}"#),
        (
            "POST",
            "/api/2.0/mlflow/runs/outputs",
            r#"{"run_id": "r1", "models": [{"model_id": "m2", "step": 1}]}"#,
        ),
        ("GET", "/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=r1&run_ids=r2&metric_key=m", ""),
        ("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", r#"{"experiment_ids": ["1", "2"]}"#),
    ] {
        assert_eq!(guarded.ask(&of_first, ask).await.status, 403, "{ask:?}");
        assert!(guarded.ask(&of_both, ask).await.reached(), "{ask:?}");
    }
}

#[tokio::test]
async fn what_is_missing_looks_forbidden_where_it_could_be_probed_for() {
    let guarded = Guarded::new(Level::Manage).await;
    let user = guarded.user(&[]).await;
    for (ask, status) in [
        (("GET", "/api/2.0/mlflow/runs/get?run_id=r9", ""), 403),
        (("POST", "/api/2.0/mlflow/runs/set-tag", r#"{"run_id": "r9", "key": "k"}"#), 403),
        (
            (
                "POST",
                "/api/2.0/mlflow/runs/outputs",
                r#"{"run_id": "r1", "models": [{"model_id": "m9", "step": 1}]}"#,
            ),
            403,
        ),
        (("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=r9&metric_key=m", ""), 404),
        (("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=none", ""), 404),
    ] {
        assert_eq!(guarded.ask(&user, ask).await.status, status, "{ask:?}");
        assert!(guarded.ask("999 admin", ask).await.reached(), "{ask:?}");
    }
}

#[tokio::test]
async fn a_question_without_an_answer_lets_nobody_through() {
    let guarded = Guarded::new(Level::Manage).await;
    let user = guarded.user(&[]).await;
    for ask in [
        ("GET", "/api/2.0/mlflow/runs/get?run_id=broken", ""),
        ("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=broken", ""),
    ] {
        assert_eq!(guarded.ask(&user, ask).await.status, 503, "{ask:?}");
    }
    guarded.db.close().await;
    let answer = guarded.ask(&user, ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=1", "")).await;
    assert!(answer.status >= 500 && !answer.reached(), "{answer:?}");
}

#[tokio::test]
async fn the_servers_own_disk_is_the_administrators() {
    let guarded = Guarded::new(Level::Manage).await;
    let user = guarded.user(&[(ResourceType::Experiment, "*", Level::Manage)]).await;
    let ask = ("POST", "/api/2.0/mlflow/experiments/create", r#"{"name": "n", "artifact_location": "/etc"}"#);
    assert_eq!(guarded.ask(&user, ask).await.status, 403);
    assert!(guarded.ask("999 admin", ask).await.reached());
}

#[tokio::test]
async fn an_account_is_its_users_own() {
    let guarded = Guarded::new(Level::Manage).await;
    let user = guarded.user(&[]).await;
    let read = async |name: &str| {
        guarded.ask(&user, ("GET", &format!("/api/2.0/mlflow/users/get?username={name}"), "")).await
    };
    assert!(read(&format!("user%20{user}")).await.reached());
    for name in ["user%20999", &format!("USER%20{user}"), &format!("user%20{user}%20"), "nobody"] {
        assert_eq!(read(name).await.status, 403, "{name}");
    }
}

#[tokio::test]
async fn ids_that_contradict_each_other_are_refused() {
    let guarded = Guarded::new(Level::Manage).await;
    let user = guarded.user(&[]).await;
    for ask in [
        ("GET", "/api/2.0/mlflow/runs/get?run_id=r1&run_uuid=r2", ""),
        ("GET", "/get-artifact?run_id=r1&run_uuid=r2&path=x", ""),
        ("POST", "/api/2.0/mlflow/runs/set-tag", r#"{"run_id": "r1", "run_uuid": "r2", "key": "k"}"#),
        ("POST", "/api/2.0/mlflow/runs/delete", r#"{"run_id": "r1", "runId": "r2"}"#),
    ] {
        let answer = guarded.ask(&user, ask).await;
        assert!(answer.status == 400 && !answer.reached(), "{ask:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_part_that_is_switched_off_says_so_after_the_login_alone() {
    let folder = TempDir::new().unwrap();
    let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
    let db = Db::open(&uri).await.unwrap();
    let access = Access::Guarded {
        chain: Chain::new(vec![Arc::new(Believer)]),
        rights: Rights::new(db.clone(), Level::Read),
        refusals: Refusals::new(db),
    };
    let switched_off = vec![(Part::Tracking, "for a test"), (Part::Registry, "for a test")];
    let router = router(gate(access, "/p", switched_off), Service);
    for path in [
        "/p/api/2.0/mlflow/runs/get?run_id=r1",
        // What these belong to could not even be looked up.
        "/p/api/2.0/mlflow/runs/get?run_id=broken",
        "/p/api/2.0/mlflow/model-versions/get?name=nobody&version=1",
    ] {
        assert_eq!(answer(&router, request("GET", path, Body::empty())).await.status, 401);
        let mut with_login = request("GET", path, Body::empty());
        with_login.headers_mut().insert("x-user", "1".parse().unwrap());
        let answered = answer(&router, with_login).await;
        assert_eq!(answered.status, 503);
        assert!(answered.body.ends_with("disabled for a test"), "{answered:?}");
    }
    assert!(answer(&router, request("GET", "/p/health", Body::empty())).await.reached());
}

#[tokio::test]
async fn that_the_proxy_is_switched_off_is_told_to_those_who_might_use_it() {
    let off = vec![(Part::ProxiedArtifacts, "for a test")];
    let guarded = Guarded::switched_off(Level::NoPermissions, off).await;
    let owner = guarded.user(&[(ResourceType::Experiment, "1", Level::Manage)]).await;
    let stranger = guarded.user(&[]).await;
    for (method, path, body) in [
        ("GET", "/api/2.0/mlflow-artifacts/artifacts/1/x", ""),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/x", ""),
        ("POST", "/ajax-api/2.0/mlflow-artifacts/mpu/create/1", r#"{"path": "x", "num_parts": 1}"#),
        ("GET", "/api/2.0/mlflow-artifacts/presigned/1/x", ""),
    ] {
        assert_eq!(guarded.ask(&stranger, (method, path, body)).await.status, 403, "{path}");
        assert_eq!(guarded.ask(&owner, (method, path, body)).await.status, 503, "{path}");
    }
}

#[tokio::test]
async fn without_users_everything_is_open_and_there_are_no_accounts() {
    let router = open();
    for (_, (method, path, json)) in ON_EXPERIMENT_1 {
        assert!(answer(&router, request(method, path, Body::from(*json))).await.reached(), "{path}");
    }
    for (method, path) in ROWS.iter().filter(|row| row.part == Part::Users).flat_map(Row::endpoints) {
        assert_eq!(
            answer(&router, request(method.as_str(), &path, Body::empty())).await.status,
            404,
            "{path}"
        );
    }
}
