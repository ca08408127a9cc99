//! The audit, as an administrator reads it and as it lies in the database.

use crate::attack::world::{ADMIN, ALICE, MALLORY, World, password};
use serde_json::Value;

const SEARCH: &str = "/api/3.0/mlflow/audit/search";

impl World {
    fn audited(&self, query: &str) -> Vec<Value> {
        let answer = self.get(ADMIN, &format!("{SEARCH}?{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let page: Value = serde_json::from_str(&answer.body).unwrap();
        page["events"].as_array().unwrap().clone()
    }

    fn post_3(&self, user: &str, operation: &str, json: &str) -> crate::harness::Answer {
        let path = format!("/api/3.0/mlflow/{operation}");
        self.ask(
            user,
            "POST",
            &path,
            &["Content-Type: application/json", "x-request-id: of-a-test"],
            json.as_bytes(),
        )
    }
}

#[test]
fn every_change_of_users_roles_and_grants_says_who_what_and_from_where() {
    let world = World::closed().with_people();
    world.create_user("bob");
    let experiment = world.experiment(ALICE, "hers");
    let grant = format!(
        r#"{{"username": "bob", "resource_type": "experiment", "resource_id": "{experiment}", "permission": "READ"}}"#
    );
    assert_eq!(world.post_3(ALICE, "users/permissions/grant", &grant).status, 200);
    assert_eq!(
        world.post_3(ADMIN, "roles/create", r#"{"name": "readers", "workspace": "default"}"#).status,
        200
    );
    let role = world.audited("operation=CreateRole").remove(0)["target"].as_str().unwrap().to_owned();
    let assign = format!(r#"{{"username": "bob", "role_id": {role}}}"#);
    assert_eq!(world.post_3(ADMIN, "roles/assign", &assign).status, 200);
    let demote = r#"{"username": "bob", "is_admin": true}"#;
    assert_eq!(world.send(ADMIN, "PATCH", "users/update-admin", demote).status, 200);

    let told = |event: &Value| {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        (text("operation"), text("username"), text("target_type"), text("target"), text("outcome"))
    };
    let events: Vec<_> = world.audited("").iter().rev().map(told).collect();
    let expected = [
        ("server start", "", "user", ADMIN, "DONE"),
        ("CreateUser", ADMIN, "user", "bob", "DONE"),
        ("CreateExperiment", ALICE, "experiment", &experiment, "DONE"),
        ("GrantUserPermission", ALICE, "experiment", &experiment, "DONE"),
        ("CreateRole", ADMIN, "role", &role, "DONE"),
        ("AssignRole", ADMIN, "user", "bob", "DONE"),
        ("UpdateUserAdmin", ADMIN, "user", "bob", "DONE"),
    ]
    .map(|(a, b, c, d, e)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned(), e.to_owned()));
    assert_eq!(events, expected);
    let granted = world.audited("operation=GrantUserPermission&username=alice").remove(0);
    assert_eq!(granted["detail"], "user bob: READ");
    assert_eq!(granted["address"], "127.0.0.1");
    assert_eq!(granted["request_id"], "of-a-test");
    assert!(granted["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
}

#[test]
fn a_change_that_is_refused_leaves_no_event_of_a_change() {
    let world = World::closed().with_people();
    let before = world.audited("outcome=DONE").len();
    for (user, json) in [
        (ADMIN, r#"{"username": "alice", "password": "a password of twelve"}"#),
        (ADMIN, r#"{"username": "bob", "password": "short"}"#),
        (MALLORY, r#"{"username": "bob", "password": "a password of twelve"}"#),
    ] {
        assert!(world.post(user, "users/create", json).status >= 400);
    }
    assert_eq!(world.audited("outcome=DONE").len(), before);
}

#[test]
fn refusals_are_counted_and_written_at_the_latest_when_the_server_stops() {
    let world = World::closed().with_people();
    let experiment = world.experiment(ALICE, "hers");
    for _ in 0..20 {
        let path = format!("/api/2.0/mlflow/experiments/get?experiment_id={experiment}");
        assert_eq!(world.get(MALLORY, &path).status, 403);
    }
    let world = world.restarted();
    let refused = world.audited("outcome=REFUSED&username=mallory");
    let counted: u64 = refused.iter().map(|event| event["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 20, "{refused:?}");
    assert!(refused.len() <= 3, "{refused:?}");
    for event in refused {
        assert_eq!((&event["operation"], &event["address"]), (&"GetExperiment".into(), &"127.0.0.1".into()));
        assert_eq!(
            (&event["target_type"], &event["target"]),
            (&"experiment".into(), &experiment.as_str().into())
        );
    }
}

#[test]
fn a_failed_login_is_an_event_with_a_name_that_is_a_users() {
    let world = World::closed().with_people();
    for name in [ALICE, "a password in the wrong field"] {
        let wrong = crate::harness::login(name, "not the password");
        assert_eq!(world.server.get("/api/2.0/mlflow/users/current", &[&wrong]).status, 401);
    }
    assert_eq!(world.server.get("/api/2.0/mlflow/users/current", &[]).status, 401, "asking is no failure");
    let world = world.restarted();
    let failed = world.audited("outcome=LOGIN_FAILED");
    let mut names: Vec<_> = failed.iter().map(|event| event["username"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, [None, Some(ALICE)], "{failed:?}");
}

#[test]
fn only_administrators_read_the_audit_and_questions_must_make_sense() {
    let world = World::closed().with_people();
    assert_eq!(world.get(MALLORY, SEARCH).status, 403);
    assert_eq!(world.server.get(SEARCH, &[]).status, 401);
    for query in [
        "outcome=MAYBE",
        "max_results=0",
        "max_results=1001",
        "max_results=many",
        "page_token=nonsense",
        "from_time=yesterday",
    ] {
        let answer = world.get(ADMIN, &format!("{SEARCH}?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains("INVALID_PARAMETER_VALUE"), "{query}: {}", answer.body);
    }
}

#[test]
fn pages_of_the_audit_follow_each_other() {
    let world = World::closed().with_people();
    for number in 0..5 {
        world.experiment(ALICE, &format!("experiment {number}"));
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let query = format!("{SEARCH}?operation=CreateExperiment&max_results=2&page_token={token}");
        let page: Value = serde_json::from_str(&world.get(ADMIN, &query).body).unwrap();
        seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()));
        match page["next_page_token"].as_str() {
            Some(next) => token = next.replace('=', "%3D"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
}

#[test]
fn no_secret_is_in_the_audit() {
    let world = World::closed().with_people();
    world.create_user("bob");
    let change = format!(r#"{{"username": "bob", "password": "{}"}}"#, "the next password of bob");
    assert_eq!(world.send(ADMIN, "PATCH", "users/update-password", &change).status, 200);
    // A password where the name belongs.
    let wrong = crate::harness::login("the next password of bob", "bob");
    assert_eq!(world.server.get("/api/2.0/mlflow/users/current", &[&wrong]).status, 401);
    let world = world.restarted();
    let (audit, log) = (format!("{:?}", world.audited("")), world.server.log());
    let mut database = Vec::new();
    for file in ["basic_auth.db", "basic_auth.db-wal"] {
        database.extend(std::fs::read(world.folder().join(file)).unwrap_or_default());
    }
    let database = String::from_utf8_lossy(&database);
    for secret in
        [password("bob"), password(ADMIN), "the next password of bob".to_owned(), "scrypt".to_owned()]
    {
        assert!(!audit.contains(&secret), "{secret}");
        assert!(!log.contains(&secret), "{secret}");
        // The hash is where it belongs.
        assert!(!database.contains(&secret) || secret == "scrypt", "{secret}");
    }
}
