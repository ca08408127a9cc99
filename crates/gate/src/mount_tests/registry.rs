//! Registered models and prompts: `model` and `other model` are models, `prompt` is one.

use super::*;
use authz::Action;
use authz::rules::Family;

type Owned = (&'static str, &'static str, String);

/// What is asked of a name, and the action on its registered model or prompt that has to be allowed: on versions, without a
/// grant on those.
fn of_name(name: &str) -> Vec<(Action, Owned)> {
    let encoded = name.replace(' ', "%20");
    let get = |path: &'static str| ("GET", path, String::new());
    let named = |more: &str| format!(r#"{{"name": "{name}"{more}}}"#);
    let query = |path: &str| -> &'static str { Box::leak(format!("{path}name={encoded}").into_boxed_str()) };
    vec![
        (Action::Read, get(query("/api/2.0/mlflow/registered-models/get?"))),
        (Action::Update, ("PATCH", "/api/2.0/mlflow/registered-models/update", named(""))),
        (Action::Update, ("POST", "/api/2.0/mlflow/registered-models/rename", named(r#", "new_name": "n""#))),
        (
            Action::Update,
            ("POST", "/ajax-api/2.0/mlflow/registered-models/set-tag", named(r#", "key": "k""#)),
        ),
        (
            Action::Update,
            ("DELETE", "/api/2.0/mlflow/registered-models/delete-tag", named(r#", "key": "k""#)),
        ),
        (Action::Delete, ("DELETE", "/api/2.0/mlflow/registered-models/delete", named(""))),
        (
            Action::Update,
            ("POST", "/api/2.0/mlflow/registered-models/alias", named(r#", "alias": "a", "version": "1""#)),
        ),
        (Action::Delete, ("DELETE", "/api/2.0/mlflow/registered-models/alias", named(r#", "alias": "a""#))),
        (Action::Read, get(query("/api/2.0/mlflow/registered-models/alias?alias=a&"))),
        (Action::Read, get(query("/api/2.0/mlflow/registered-models/get-latest-versions?"))),
        (Action::Read, ("POST", "/ajax-api/2.0/mlflow/registered-models/get-latest-versions", named(""))),
        (Action::Update, ("POST", "/api/2.0/mlflow/model-versions/create", named(r#", "source": "s3""#))),
        (Action::Read, get(query("/api/2.0/mlflow/model-versions/get?version=1&"))),
        (Action::Read, get(query("/api/2.0/mlflow/model-versions/get-download-uri?version=1&"))),
        (Action::Read, get(query("/model-versions/get-artifact?version=1&path=x&"))),
        (Action::Update, ("PATCH", "/api/2.0/mlflow/model-versions/update", named(r#", "version": "1""#))),
        (
            Action::Update,
            (
                "POST",
                "/api/2.0/mlflow/model-versions/transition-stage",
                named(r#", "version": "1", "stage": "None""#),
            ),
        ),
        (Action::Delete, ("DELETE", "/api/2.0/mlflow/model-versions/delete", named(r#", "version": "1""#))),
        (
            Action::Update,
            ("POST", "/api/2.0/mlflow/model-versions/set-tag", named(r#", "version": "1", "key": "k""#)),
        ),
        (
            Action::Delete,
            ("DELETE", "/api/2.0/mlflow/model-versions/delete-tag", named(r#", "version": "1", "key": "k""#)),
        ),
    ]
}

impl Guarded {
    async fn ask_owned(&self, user: &str, (method, path, json): &Owned) -> Answer {
        self.ask(user, (method, path, json)).await
    }
}

fn is_about_versions((_, path, _): &Owned) -> bool {
    path.contains("model-versions") || path.contains("latest-versions") || path.contains("/alias")
}

#[tokio::test]
async fn each_level_on_a_name_reaches_what_it_allows_and_only_as_what_it_is() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    for (name, family, other) in [
        ("model", Family::RegisteredModel, Family::Prompt),
        ("prompt", Family::Prompt, Family::RegisteredModel),
    ] {
        let impostor = guarded
            .user(&[
                (other.container(), name, Level::Manage),
                (other.container(), "*", Level::Manage),
                (other.versions(), "*", Level::Manage),
                (family.container(), "other model", Level::Manage),
                (family.versions(), "*", Level::Manage),
            ])
            .await;
        for level in Level::ALL {
            let user = guarded.user(&[(family.container(), name, level)]).await;
            for (action, ask) in of_name(name) {
                let answer = guarded.ask_owned(&user, &ask).await;
                assert_eq!(answer.reached(), level.allows(action), "{level:?} {ask:?}: {answer:?}");
                assert!(answer.reached() || answer.status == 403, "{level:?} {ask:?}: {answer:?}");
            }
        }
        for (_, ask) in of_name(name) {
            assert_eq!(guarded.ask_owned(&impostor, &ask).await.status, 403, "{ask:?}");
            assert!(guarded.ask_owned("999 admin", &ask).await.reached(), "{ask:?}");
        }
    }
}

#[tokio::test]
async fn a_grant_on_versions_is_nearer_than_the_one_on_the_name() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    for (name, family) in [("model", Family::RegisteredModel), ("prompt", Family::Prompt)] {
        let denied = guarded
            .user(&[(family.container(), name, Level::Manage), (family.versions(), "*", Level::Deny)])
            .await;
        let editor = guarded
            .user(&[(family.container(), name, Level::Read), (family.versions(), "*", Level::Manage)])
            .await;
        for (action, ask) in of_name(name) {
            let (_, path, _) = &ask;
            let of_versions = is_about_versions(&ask);
            let deletes_all = path.ends_with("registered-models/delete");
            let answer = guarded.ask_owned(&denied, &ask).await;
            assert_eq!(answer.reached(), !of_versions && !deletes_all, "{ask:?}: {answer:?}");
            // Making a version, and aliases, are the name's.
            let by_name = path.contains("/alias") || path.ends_with("model-versions/create");
            let answer = guarded.ask_owned(&editor, &ask).await;
            let expected = action == Action::Read || (of_versions && !by_name);
            assert_eq!(answer.reached(), expected, "{ask:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_unknown_name_is_missing_only_to_whom_may_read_registered_models() {
    for (default, found) in [(Level::NoPermissions, false), (Level::Read, true)] {
        let guarded = Guarded::new(default).await;
        let user = guarded.user(&[]).await;
        let read = ("GET", "/api/2.0/mlflow/registered-models/get?name=nobody", "");
        assert_eq!(guarded.ask(&user, read).await.reached(), found);
        let owner = guarded.user(&[(ResourceType::RegisteredModel, "nobody", Level::Manage)]).await;
        for (_, ask) in of_name("nobody") {
            let (_, path, _) = &ask;
            let of_model = !is_about_versions(&ask) && !path.ends_with("registered-models/delete");
            assert_eq!(guarded.ask_owned(&owner, &ask).await.reached(), of_model, "{ask:?}");
        }
    }
}

#[tokio::test]
async fn a_new_name_is_vetoed_by_what_it_is_to_stand_for() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let model = ("POST", "/api/2.0/mlflow/registered-models/create", r#"{"name": "new"}"#);
    let prompt = (
        "POST",
        "/api/2.0/mlflow/registered-models/create",
        r#"{"name": "new", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "True"}]}"#,
    );
    let anybody = guarded.user(&[]).await;
    assert!(guarded.ask(&anybody, model).await.reached() && guarded.ask(&anybody, prompt).await.reached());
    for pattern in ["new", "*"] {
        let user = guarded.user(&[(ResourceType::RegisteredModel, pattern, Level::Deny)]).await;
        assert_eq!(guarded.ask(&user, model).await.status, 403);
        assert!(guarded.ask(&user, prompt).await.reached());
        let user = guarded.user(&[(ResourceType::Prompt, pattern, Level::Deny)]).await;
        assert!(guarded.ask(&user, model).await.reached());
        assert_eq!(guarded.ask(&user, prompt).await.status, 403);
    }
    // A rename: the old name tells what the new one will stand for.
    let rename =
        ("POST", "/api/2.0/mlflow/registered-models/rename", r#"{"name": "model", "new_name": "new"}"#);
    let owner = (ResourceType::RegisteredModel, "model", Level::Manage);
    for (more, reached) in [
        ((ResourceType::RegisteredModel, "new", Level::Deny), false),
        ((ResourceType::Prompt, "new", Level::Deny), true),
        ((ResourceType::RegisteredModel, "new", Level::NoPermissions), true),
    ] {
        let user = guarded.user(&[owner, more]).await;
        assert_eq!(guarded.ask(&user, rename).await.reached(), reached, "{more:?}");
    }
}

#[tokio::test]
async fn the_mark_of_prompts_needs_the_right_on_the_name_as_both() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let as_model = (ResourceType::RegisteredModel, "model", Level::Manage);
    let one = guarded.user(&[as_model]).await;
    let both = guarded.user(&[as_model, (ResourceType::Prompt, "model", Level::Edit)]).await;
    let json = r#"{"name": "model", "key": "mlflow.prompt.is_prompt", "value": "true"}"#;
    for (method, path) in [
        ("POST", "/api/2.0/mlflow/registered-models/set-tag"),
        ("DELETE", "/api/2.0/mlflow/registered-models/delete-tag"),
    ] {
        assert_eq!(guarded.ask(&one, (method, path, json)).await.status, 403, "{path}");
        assert!(guarded.ask(&both, (method, path, json)).await.reached(), "{path}");
    }
    let query = "/api/2.0/mlflow/registered-models/delete-tag?name=model&key=mlflow.prompt.is_prompt";
    let mut without_body = request("DELETE", query, Body::empty());
    without_body.headers_mut().remove("content-type");
    without_body.headers_mut().insert("x-user", one.parse().unwrap());
    assert_eq!(answer(&guarded.router, without_body).await.status, 403);
}

#[tokio::test]
async fn a_version_needs_read_on_all_that_its_source_names() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let owner = [
        (ResourceType::RegisteredModel, "model", Level::Manage),
        (ResourceType::Experiment, "1", Level::Read),
        (ResourceType::Prompt, "prompt", Level::Read),
    ];
    let user = guarded.user(&owner).await;
    for (more, reached) in [
        (r#""source": "s3""#, true),
        (r#""source": "1/x""#, true),
        (r#""source": "2/x""#, false),
        (r#""source": "all""#, false),
        (r#""source": "run:r1""#, true),
        (r#""source": "run:r2""#, false),
        (r#""source": "run:nobody""#, false),
        (r#""source": "logged:m1""#, true),
        (r#""source": "logged:m2""#, false),
        (r#""source": "model:prompt""#, true),
        (r#""source": "model:other model""#, false),
        (r#""source": "model:nobody""#, false),
        (r#""source": "s3", "run_id": "r1""#, true),
        (r#""source": "s3", "run_id": "r2""#, false),
        (r#""source": "s3", "runId": "r2""#, false),
        (r#""source": "s3", "run_id": "nobody""#, false),
        (r#""source": "s3", "run_id": """#, false),
        (r#""source": "s3", "run_id": null"#, true),
        (r#""source": "s3", "model_id": "m1", "run_id": "r1""#, true),
        (r#""source": "s3", "model_id": "m2""#, false),
        (r#""source": "s3", "model_id": """#, false),
    ] {
        let json = format!(r#"{{"name": "model", {more}}}"#);
        let ask = ("POST", "/api/2.0/mlflow/model-versions/create", json.as_str());
        let answer = guarded.ask(&user, ask).await;
        assert_eq!(answer.reached(), reached, "{more}: {answer:?}");
        assert!(guarded.ask("999 admin", ask).await.reached(), "{more}");
    }
    // A run that is denied is denied as a source, too.
    let mut denied = owner.to_vec();
    denied.push((ResourceType::Run, "*", Level::Deny));
    let user = guarded.user(&denied).await;
    for more in [r#""source": "s3", "run_id": "r1""#, r#""source": "run:r1""#, r#""source": "1/r/x""#] {
        let json = format!(r#"{{"name": "model", {more}}}"#);
        let ask = ("POST", "/api/2.0/mlflow/model-versions/create", json.as_str());
        assert_eq!(guarded.ask(&user, ask).await.status, 403, "{more}");
    }
}

#[tokio::test]
async fn tags_that_contradict_the_name_are_vetoed_by_the_other_versions() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let owner = (ResourceType::RegisteredModel, "model", Level::Manage);
    let no_prompts = guarded.user(&[owner, (ResourceType::PromptVersion, "*", Level::Deny)]).await;
    for (value, reached) in [("true", false), ("TRUE", false), ("false", true), ("x", true)] {
        let json = format!(
            r#"{{"name": "model", "source": "s3", "tags": [{{"key": "mlflow.prompt.is_prompt", "value": "{value}"}}]}}"#
        );
        let ask = ("POST", "/api/2.0/mlflow/model-versions/create", json.as_str());
        assert_eq!(guarded.ask(&no_prompts, ask).await.reached(), reached, "{value}");
    }
}

#[tokio::test]
async fn a_search_by_runs_is_refused_where_runs_are_denied() {
    let guarded = Guarded::new(Level::Manage).await;
    let denied = guarded.user(&[(ResourceType::Run, "*", Level::Deny)]).await;
    let search = |filter: &str| format!("/api/2.0/mlflow/model-versions/search?filter={filter}");
    for (filter, reached) in [("run_id%3D'r1'", false), ("name%3D", false), ("name%3D'a'", true), ("", true)]
    {
        assert_eq!(guarded.ask(&denied, ("GET", &search(filter), "")).await.reached(), reached, "{filter}");
    }
}

#[tokio::test]
async fn the_old_permissions_on_a_name_need_manage_on_what_it_stands_for() {
    let guarded = Guarded::new(Level::Read).await;
    let model = guarded.user(&[(ResourceType::RegisteredModel, "*", Level::Manage)]).await;
    let prompt = guarded.user(&[(ResourceType::Prompt, "*", Level::Manage)]).await;
    let workspace = guarded.user(&[(ResourceType::Workspace, "*", Level::Manage)]).await;
    for (method, operation) in [("POST", "create"), ("GET", "get"), ("PATCH", "update"), ("DELETE", "delete")]
    {
        let path = format!("/api/2.0/mlflow/registered-models/permissions/{operation}");
        for (name, of_model, of_prompt) in
            [("model", true, false), ("prompt", false, true), ("nobody", true, false), ("*", false, false)]
        {
            let json = format!(r#"{{"name": "{name}", "username": "bob", "permission": "EDIT"}}"#);
            let query = format!("{path}?name={name}&username=bob");
            let ask =
                if method == "GET" { (method, query.as_str(), "") } else { (method, path.as_str(), &*json) };
            for (user, reached) in [(&model, of_model), (&prompt, of_prompt), (&workspace, true)] {
                let answer = guarded.ask(user, ask).await;
                assert_eq!(answer.reached(), reached, "{name} {ask:?}: {answer:?}");
                assert!(answer.reached() || answer.status == 403, "{name} {ask:?}: {answer:?}");
            }
        }
    }
}
