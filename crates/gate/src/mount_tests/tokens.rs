//! Who may see, make and revoke access tokens.

use super::*;
use identity::{LastUses, TokenAuthenticator, TokenRequest, Tokens};
use store::auth::tokens::{self, NewToken};

/// Users `user 1`, `user 2` and so on, each with a token of the same id.
async fn with_tokens(guarded: &Guarded, count: i64) {
    for number in 1..=count {
        let made = guarded.db.write(move |connection| {
            async move {
                let name = format!("user {number}");
                let id = users::create(connection, &name, "no hash", false).await?;
                let user = users::get(connection, &name).await?;
                let new = NewToken {
                    name: "ci".to_owned(),
                    hash: name,
                    level: Level::Manage,
                    resources: Vec::new(),
                    created_at: 1,
                    expires_at: None,
                };
                Ok((id.0, tokens::create(connection, &user, &new).await?))
            }
            .boxed()
        });
        assert_eq!(made.await.unwrap(), (number, number));
    }
}

const PATH: &str = "/api/3.0/mlflow/tokens";

#[tokio::test]
async fn tokens_are_their_users_own_and_for_administrators() {
    let guarded = Guarded::new(Level::Manage).await;
    with_tokens(&guarded, 2).await;
    let (create, revoke, list) = (format!("{PATH}/create"), format!("{PATH}/revoke"), format!("{PATH}/list"));
    for (caller, ask, allowed) in [
        ("1", ("GET", list.clone(), ""), true),
        ("1", ("GET", format!("{list}?username="), ""), true),
        ("1", ("GET", format!("{list}?username=user%201"), ""), true),
        ("1", ("GET", format!("{list}?username=user%202"), ""), false),
        ("1", ("GET", format!("{list}?username=USER%201"), ""), false),
        ("1", ("GET", format!("{list}?username=nobody"), ""), false),
        ("1 admin", ("GET", format!("{list}?username=user%202"), ""), true),
        ("1", ("POST", create.clone(), r#"{"name": "x"}"#), true),
        ("1", ("POST", create.clone(), r#"{"name": "x", "username": "user 1"}"#), true),
        ("1", ("POST", create.clone(), r#"{"name": "x", "username": "user 2"}"#), false),
        ("1", ("POST", create.clone(), r#"{"name": "x", "username": "nobody"}"#), false),
        ("2 admin", ("POST", create.clone(), r#"{"name": "x", "username": "user 1"}"#), true),
        ("1", ("DELETE", revoke.clone(), r#"{"token_id": 1}"#), true),
        ("1", ("DELETE", revoke.clone(), r#"{"token_id": 2}"#), false),
        ("1", ("DELETE", revoke.clone(), r#"{"token_id": 3}"#), false),
        ("1", ("DELETE", revoke.clone(), r#"{"token_id": 0}"#), false),
        ("1", ("DELETE", revoke.clone(), r#"{"token_id": -1}"#), false),
        ("1 admin", ("DELETE", revoke.clone(), r#"{"token_id": 3}"#), true),
    ] {
        let answer = guarded.ask(caller, (ask.0, &ask.1, ask.2)).await;
        assert_eq!(answer.reached(), allowed, "{caller} {ask:?}: {answer:?}");
        assert!(allowed || answer.status == 403, "{caller} {ask:?}: {answer:?}");
    }
    let missing = guarded.ask("1", ("DELETE", &revoke, "{}")).await;
    assert!(missing.status == 400 && missing.body.contains("token_id"), "{missing:?}");
}

#[tokio::test]
async fn narrow_credentials_neither_make_nor_see_nor_revoke_tokens() {
    let guarded = Guarded::new(Level::Manage).await;
    with_tokens(&guarded, 1).await;
    for scope in ["READ", "EDIT", "MANAGE", "MANAGE experiment/*", "MANAGE experiment/1"] {
        for caller in ["1", "1 admin"] {
            for (method, path, json) in [
                ("GET", format!("{PATH}/list"), ""),
                ("POST", format!("{PATH}/create"), r#"{"name": "x"}"#),
                ("DELETE", format!("{PATH}/revoke"), r#"{"token_id": 1}"#),
            ] {
                let answer = guarded.ask_within(caller, Some(scope), (method, &path, json)).await;
                assert_eq!(answer.status, 403, "{scope} {caller} {method} {path}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_with_a_secret_is_kept_by_no_cache() {
    let response = operations::Confidential("secret").reply("");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn a_token_and_rights_cost_two_queries_at_most() {
    let guarded = Guarded::with(Level::NoPermissions, |db| {
        let clock: Arc<dyn model::Clock> = Arc::new(model::SystemClock);
        let verifier = Verifier::new(VerifierConfig::for_cores(1), Arc::clone(&clock), &model::SystemEntropy);
        Arc::new(TokenAuthenticator::new(db.clone(), verifier, LastUses::new(db), clock))
    });
    let guarded = guarded.await;
    with_tokens(&guarded, 2).await;
    let tokens = Tokens::new(guarded.db.clone(), Arc::new(model::SystemEntropy), None);
    let mut secrets = Vec::new();
    for (name, level) in [("all", Level::Manage), ("some", Level::Edit)] {
        let resources = match level {
            Level::Edit => vec![authz::Key::new(ResourceType::Experiment, "1")],
            _ => Vec::new(),
        };
        let request =
            TokenRequest { name: name.to_owned(), level, resources, expires_at: None, not_after: None };
        let made = tokens.create(&Actor::local("a test", 1), "user 1", request).await.unwrap();
        secrets.push(made.secret);
    }
    let (list, revoke) = (format!("{PATH}/list"), format!("{PATH}/revoke"));
    let more: &[Ask<'_>] = &[("GET", &list, ""), ("DELETE", &revoke, r#"{"token_id": 2}"#)];
    for (method, path, json) in ON_EXPERIMENT_1.iter().map(|(_, ask)| ask).chain(more) {
        for secret in &secrets {
            let mut request = request(method, path, Body::from((*json).to_owned()));
            let bearer = format!("Bearer {}", secret.expose());
            request.headers_mut().insert("authorization", bearer.parse().unwrap());
            let before = guarded.db.reads();
            let answer = answer(&guarded.router, request).await;
            let queries = guarded.db.reads() - before;
            assert_ne!(answer.status, 401, "{path}");
            assert!((1..=2).contains(&queries), "{method} {path}: {queries} queries");
        }
    }
}
