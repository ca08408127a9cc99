//! Accounts: what must end with a right, a password or a user.

use crate::attack::world::{ADMIN, ALICE, API, MALLORY, World, password};
use crate::harness::{Answer, login};
use std::time::{Duration, Instant};

const CURRENT: &str = "/api/2.0/mlflow/users/current";

impl World {
    fn with_password(&self, user: &str, password: &str) -> Answer {
        self.server.get(CURRENT, &[&login(user, password)])
    }
}

#[test]
fn a_demoted_administrator_is_none_at_the_next_request() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let set = |is_admin: bool| {
        let body = format!(r#"{{"username": "{MALLORY}", "is_admin": {is_admin}}}"#);
        assert_eq!(world.send(ADMIN, "PATCH", "users/update-admin", &body).status, 200);
    };
    let reads = || world.get(MALLORY, &format!("{API}/runs/get?run_id={}", owned.run)).status;
    assert_eq!(reads(), 403);
    set(true);
    assert_eq!(reads(), 200);
    set(false);
    assert_eq!(reads(), 403);
    let body = r#"{"username": "another", "password": "a password for another"}"#;
    assert_eq!(world.post(MALLORY, "users/create", body).status, 403);
    assert!(world.post(ALICE, "experiments/search", r#"{"max_results": 9}"#).body.contains("hers"));
    assert_eq!(world.post(MALLORY, "experiments/search", r#"{"max_results": 9}"#).body, "{}");
}

#[test]
fn nobody_makes_themselves_an_administrator() {
    let world = World::closed().with_people();
    let body = format!(r#"{{"username": "{MALLORY}", "is_admin": true}}"#);
    assert_eq!(world.send(MALLORY, "PATCH", "users/update-admin", &body).status, 403);
    let other = format!(r#"{{"username": "{ALICE}", "password": "a password of mine"}}"#);
    assert_eq!(world.send(MALLORY, "PATCH", "users/update-password", &other).status, 403);
    for path in
        [format!("{API}/users/delete?username={ALICE}"), format!("{API}/users/delete?username={MALLORY}")]
    {
        assert_eq!(world.ask(MALLORY, "DELETE", &path, &[], b"").status, 403, "{path}");
    }
    // The current password is asked for, so that an open session is not enough.
    let own = format!(r#"{{"username": "{MALLORY}", "password": "a password of mine"}}"#);
    assert_eq!(world.send(MALLORY, "PATCH", "users/update-password", &own).status, 400);
    let smuggled = r#"{"username": "smuggled", "password": "a password of mine", "is_admin": true, "id": 1}"#;
    let made = world.post(ADMIN, "users/create", smuggled);
    assert!(made.body.contains(r#""is_admin":false"#), "{made:?}");
}

#[test]
fn a_deleted_user_is_out_and_leaves_nothing_to_the_next_of_the_same_id() {
    let world = World::closed();
    world.create_user("first");
    let id = world.experiment("first", "of the first");
    let user_id = |user: &str| {
        let body = world.get(user, CURRENT).body;
        body.split_once(r#""id":"#).unwrap().1.split_once(',').unwrap().0.to_owned()
    };
    let former = user_id("first");
    assert_eq!(world.send(ADMIN, "DELETE", "users/delete", r#"{"username": "first"}"#).status, 200);
    assert_eq!(world.get("first", CURRENT).status, 401);

    world.create_user("second");
    assert_eq!(user_id("second"), former, "SQLite gives the id again, which is what is tried here");
    assert_eq!(world.get("second", &format!("{API}/experiments/get?experiment_id={id}")).status, 403);
    assert_eq!(world.get("first", CURRENT).status, 401);

    // The same name is another user too.
    assert_eq!(world.send(ADMIN, "DELETE", "users/delete", r#"{"username": "second"}"#).status, 200);
    world.create_user("first");
    assert_eq!(world.get("first", &format!("{API}/experiments/get?experiment_id={id}")).status, 403);
}

#[test]
fn a_changed_password_shuts_the_old_one_out_at_once() {
    let world = World::closed().with_people();
    let old = password(MALLORY);
    assert_eq!(world.with_password(MALLORY, &old).status, 200);
    let body = format!(
        r#"{{"username": "{MALLORY}", "password": "another password", "current_password": "{old}"}}"#
    );
    assert_eq!(world.send(MALLORY, "PATCH", "users/update-password", &body).status, 200);
    assert_eq!(world.with_password(MALLORY, &old).status, 401);
    assert_eq!(world.with_password(MALLORY, "another password").status, 200);
    let body = format!(r#"{{"username": "{MALLORY}", "password": "a third password"}}"#);
    assert_eq!(world.send(ADMIN, "PATCH", "users/update-password", &body).status, 200);
    assert_eq!(world.with_password(MALLORY, "another password").status, 401);
}

#[test]
fn an_unknown_user_and_a_wrong_password_cannot_be_told_apart() {
    let world = World::closed();
    world.create_user(ALICE);
    world.create_user(MALLORY);
    let answer = |user: &str| {
        let answer = world.with_password(user, "a wrong password");
        let head: Vec<_> = answer
            .head
            .lines()
            .filter(|line| !line.starts_with("date") && !line.starts_with("x-request-id"))
            .collect();
        (answer.status, head.join("\n"), answer.body)
    };
    let expected = answer("nobody at all");
    for user in [ALICE, ADMIN, "", "alice\0", "ALICE"] {
        assert_eq!(answer(user), expected, "{user:?}");
    }
    // The fastest of several: whatever else the machine does only adds.
    let fastest = |user: &str| {
        let timed = |number: u32| {
            let begun = Instant::now();
            world.with_password(user, &format!("a wrong password {number}"));
            begun.elapsed()
        };
        (0..5).map(timed).min().unwrap()
    };
    let (unknown, known) = (fastest("nobody at all"), fastest(ALICE));
    let (less, more) = (unknown.min(known), unknown.max(known));
    assert!(more < less * 3 + Duration::from_millis(5), "unknown {unknown:?}, known {known:?}");
    // Whom one may not read is answered like whom there is not.
    let read = |user: &str| {
        let answer = world.get(MALLORY, &format!("{API}/users/get?username={user}"));
        (answer.status, answer.body)
    };
    assert_eq!(read(ALICE), read("nobody"));
}

#[test]
fn a_secret_is_in_no_answer_and_no_log() {
    let world = World::closed().with_people();
    let secret = "Hunter2-Hunter2-Hunter2";
    for body in [
        format!(r#"{{"username": "{MALLORY}", "password": ["{secret}"]}}"#),
        format!(r#"{{"username": "{MALLORY}", "password": {{"x": "{secret}"}}, "current_password": 1}}"#),
        format!(r#"{{"username": "{MALLORY}", "password": "{secret}", "password": "{secret}"}}"#),
        format!(r#"{{"username": "{MALLORY}", "password": "{secret}" "#),
        format!(r#"{{"username": "{MALLORY}", "password": "{secret}", "current_password": "{secret}"}}"#),
        format!(r#"["{MALLORY}", "{secret}", "{secret}"]"#),
        format!(r#""{secret}""#),
        format!(r#""{{\"username\": \"{MALLORY}\", \"password\": [\"{secret}\"]}}""#),
        secret.to_owned(),
    ] {
        for (method, operation) in [("PATCH", "users/update-password"), ("POST", "users/create")] {
            let answer = world.send(ADMIN, method, operation, &body);
            assert!(!answer.body.contains("Hunter2"), "{operation} {body}: {answer:?}");
            let answer = world.send(MALLORY, method, operation, &body);
            assert!(!answer.body.contains("Hunter2"), "{operation} {body}: {answer:?}");
        }
    }
    world.with_password(ALICE, secret);
    let listed = world.get(ADMIN, &format!("{API}/users/list")).body;
    assert!(listed.contains(ALICE) && !listed.contains("scrypt") && !listed.contains("hash"), "{listed}");
    let log = world.server.log();
    for word in ["Hunter2", "scrypt:", &password(ADMIN), &password(ALICE), "Basic "] {
        assert!(!log.contains(word), "the log holds {word:?}: {log}");
    }
}

#[test]
fn a_line_break_does_not_start_a_line_of_the_log() {
    let world = World::closed();
    let forged =
        "GET /health HTTP/1.1\r\nHost: evil\u{1b}[31m\u{85}\u{2028}forged\r\nConnection: close\r\n\r\n";
    world.raw(forged.as_bytes());
    world.raw(b"GET /api/2.0/mlflow/users/list HTTP/1.1\r\nHost: a\x0bb\r\nConnection: close\r\n\r\n");
    let name = "x\\n2026-01-01 forged";
    let body = format!(r#"{{"username": "{name}", "password": "a password of mine"}}"#);
    assert_eq!(world.post(ADMIN, "users/create", &body).status, 400);
    for line in world.server.log().lines() {
        assert!(!line.trim_start().starts_with("forged") && !line.contains('\u{1b}'), "{line:?}");
    }
}

#[test]
fn nobody_reads_anothers_own_grants_through_roles() {
    let world = World::closed().with_people();
    world.experiment(ALICE, "hers");
    world.experiment(MALLORY, "mallory's");
    let roles = "/api/3.0/mlflow/roles";
    let all = world.get(ADMIN, &format!("{roles}/list"));
    let listed: serde_json::Value = serde_json::from_str(&all.body).unwrap();
    let mut seen = 0;
    for role in listed["roles"].as_array().unwrap() {
        let id = &role["id"];
        let answers = [
            world.get(MALLORY, &format!("{roles}/get?role_id={id}")),
            world.get(MALLORY, &format!("{roles}/permissions/list?role_id={id}")),
        ];
        let own = format!("__user_{}__", user_id(&world, MALLORY));
        let status = if role["name"] == own { 200 } else { 403 };
        seen += usize::from(status == 200);
        assert!(answers.iter().all(|answer| answer.status == status), "{role}: {answers:?}");
    }
    assert_eq!(seen, 1);
    let shown = world.get(MALLORY, &format!("{roles}/list?workspace=default"));
    let shown: serde_json::Value = serde_json::from_str(&shown.body).unwrap();
    assert_eq!(shown["roles"].as_array().unwrap().len(), 1, "{shown}");
}

fn user_id(world: &World, user: &str) -> String {
    let answer = world.get(ADMIN, &format!("{API}/users/get?username={user}"));
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    answer["user"]["id"].to_string()
}
