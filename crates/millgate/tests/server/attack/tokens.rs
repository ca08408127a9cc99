//! Access tokens: stolen, expired, revoked, of other users, beyond their scope, and in places where none is looked for.

use crate::attack::world::{ADMIN, ALICE, API, MALLORY, PROXY, World, field, password};
use crate::harness::{Answer, login};
use std::time::{Duration, Instant};

const TOKENS: &str = "/api/3.0/mlflow/tokens";
const ME: &str = "/api/2.0/mlflow/users/current";

/// What a token is to be besides its name, as JSON.
fn token(world: &World, user: &str, name: &str, more: &str) -> String {
    let made = ask_for(world, user, &format!(r#"{{"name": "{name}"{more}}}"#));
    assert_eq!(made.status, 200, "{made:?}");
    assert!(made.head.contains("\r\ncache-control: no-store"), "{made:?}");
    field(&made.body, "secret")
}

fn ask_for(world: &World, user: &str, json: &str) -> Answer {
    let path = format!("{TOKENS}/create");
    world.ask(user, "POST", &path, &["Content-Type: application/json"], json.as_bytes())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

fn with(world: &World, token: &str, method: &str, path: &str, json: &str) -> Answer {
    let headers = [&*bearer(token), "Content-Type: application/json"];
    world.server.send(method, path, &headers, json.as_bytes())
}

fn status(world: &World, header: &str) -> u16 {
    world.server.get(ME, &[header]).status
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

#[test]
fn a_token_is_taken_as_it_was_given_and_in_no_other_way() {
    let world = World::closed().with_people();
    let alices = token(&world, ALICE, "ci", "");
    for header in [bearer(&alices), format!("authorization: bearer {alices}"), login(ALICE, &alices)] {
        let answer = world.server.get(ME, &[&header]);
        assert_eq!((answer.status, field(&answer.body, "username").as_str()), (200, ALICE), "{header}");
    }
    let mallorys = token(&world, MALLORY, "ci", "");
    let swapped: String = alices
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for headers in [
        vec![bearer(&alices.to_lowercase())],
        vec![bearer(&alices.to_uppercase())],
        vec![bearer(&format!("mgt_{}", swapped.trim_start_matches("MGT_")))],
        vec![bearer(&format!("{alices}="))],
        vec![bearer(alices.trim_start_matches("mgt_"))],
        vec![bearer(&format!("{alices}, Bearer {mallorys}"))],
        vec![bearer(&format!("mgt_{}", "A".repeat(43)))],
        vec![bearer("")],
        vec![bearer(&"A".repeat(9_000))],
        vec![bearer(&alices), bearer(&alices)],
        vec![bearer(&alices), bearer(&mallorys)],
        vec![bearer(&alices), login(ALICE, &password(ALICE))],
        vec![format!("Authorization: Bearer\t{alices}")],
        vec![format!("Authorization: {alices}")],
        vec![format!("Authorization: Token {alices}")],
        vec![format!("Proxy-Authorization: Bearer {alices}")],
        vec![format!("X-Access-Token: {alices}")],
        vec![format!("Cookie: token={alices}; authorization=Bearer {alices}")],
        // As a password it is its user's and nobody else's.
        vec![login(MALLORY, &alices)],
        vec![login(ADMIN, &alices)],
        vec![login("", &alices)],
        vec![login("Alice", &alices)],
        vec![login("nobody", &alices)],
        vec![login(&alices, "")],
        vec![login(&alices, &alices)],
        vec![login(ALICE, &format!("{alices} "))],
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = world.server.get(ME, &headers);
        assert_eq!(answer.status, 401, "{headers:?}: {answer:?}");
    }
    for query in ["access_token", "token", "authorization", "api_key"] {
        assert_eq!(world.server.get(&format!("{ME}?{query}={alices}"), &[]).status, 401, "{query}");
    }
    let form = format!("access_token={alices}");
    let headers = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(world.server.send("POST", ME, &headers, form.as_bytes()).status, 401);
    let huge = format!(
        "GET {ME} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {alices}{}\r\n\r\n",
        "A".repeat(1 << 20)
    );
    assert_eq!(world.raw(huge.as_bytes()).status, 431);
}

#[test]
fn whatever_is_wrong_with_a_token_the_answer_is_the_same() {
    let world = World::closed().with_people();
    let (expiring, revoked) = (
        token(&world, ALICE, "short", &format!(r#", "expiration_time": {}"#, now() + 1_500)),
        token(&world, ALICE, "revoked", ""),
    );
    assert_eq!((status(&world, &bearer(&expiring)), status(&world, &bearer(&revoked))), (200, 200));
    let made = world.get(ALICE, &format!("{TOKENS}/list")).body;
    let id = made.split("\"token_id\":").nth(2).unwrap().split(',').next().unwrap().to_owned();
    let gone = world.ask(ALICE, "DELETE", &format!("{TOKENS}/revoke?token_id={id}"), &[], b"");
    assert_eq!(gone.status, 200, "{gone:?}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while status(&world, &bearer(&expiring)) == 200 {
        assert!(Instant::now() < deadline, "it never expires");
        std::thread::sleep(Duration::from_millis(50));
    }
    let without_the_request = |answer: Answer| {
        let head =
            answer.head.lines().filter(|line| !line.starts_with("x-request-id") && !line.starts_with("date"));
        (answer.status, head.map(str::to_owned).collect::<Vec<_>>(), answer.body)
    };
    let unknown = format!("mgt_{}", "A".repeat(43));
    let said: Vec<_> =
        [bearer(&unknown), bearer(&expiring), bearer(&revoked), login(MALLORY, &expiring), login("x", "y")]
            .iter()
            .map(|header| without_the_request(world.server.get(ME, &[header])))
            .collect();
    assert_eq!(said[0].0, 401);
    assert!(said.iter().all(|one| *one == said[0]), "{said:#?}");
    // Who has one still sees it, and none of what it is made of.
    let listed = world.get(ALICE, &format!("{TOKENS}/list")).body;
    assert!(listed.contains("short") && !listed.contains("revoked") && !listed.contains("mgt_"), "{listed}");
}

#[test]
fn a_token_does_no_more_than_its_scope_and_its_user() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let other = world.experiment(ALICE, "also hers");
    let bound = format!(
        r#", "resources": [{{"resource_type": "experiment", "resource_id": "{}"}}]"#,
        owned.experiment
    );
    let reading = token(&world, ALICE, "reads", r#", "permission": "READ""#);
    let editing = token(&world, ALICE, "edits one", &format!(r#", "permission": "EDIT"{bound}"#));
    let admins = token(&world, ADMIN, "manages one", &bound);
    let mallorys = token(&world, MALLORY, "all", "");
    let run = format!("{API}/runs/get?run_id={}", owned.run);
    let file = format!("{PROXY}/{}", owned.secret());
    let tag = format!(r#"{{"run_id": "{}", "key": "k", "value": "v"}}"#, owned.run);
    let set_tag = format!("{API}/runs/set-tag");
    let (get, delete) =
        (format!("{API}/experiments/get?experiment_id="), format!("{API}/experiments/delete"));
    let hers = format!(r#"{{"experiment_id": "{}"}}"#, owned.experiment);
    let grant = format!(
        r#"{{"username": "mallory", "resource_type": "experiment", "resource_id": "{}", "permission": "MANAGE"}}"#,
        owned.experiment
    );
    for (name, holder, method, path, json, allowed) in [
        ("reads a run", &reading, "GET", &run, "", true),
        ("reads a file", &reading, "GET", &file, "", true),
        ("sets a tag", &reading, "POST", &set_tag, &*tag, false),
        ("writes a file", &reading, "PUT", &file, "x", false),
        (
            "makes an experiment",
            &reading,
            "POST",
            &format!("{API}/experiments/create"),
            r#"{"name": "x"}"#,
            false,
        ),
        ("sets a tag", &editing, "POST", &set_tag, &tag, true),
        ("writes a file", &editing, "PUT", &file, "x", true),
        ("reads another", &editing, "GET", &format!("{get}{other}"), "", false),
        ("deletes it", &editing, "POST", &delete, &hers, false),
        (
            "makes an experiment",
            &editing,
            "POST",
            &format!("{API}/experiments/create"),
            r#"{"name": "x"}"#,
            false,
        ),
        ("shares it", &editing, "POST", &"/api/3.0/mlflow/users/permissions/grant".to_owned(), &grant, false),
        ("reads the audit", &admins, "GET", &"/api/3.0/mlflow/audit/search".to_owned(), "", false),
        (
            "makes a user",
            &admins,
            "POST",
            &format!("{API}/users/create"),
            r#"{"username": "eve", "password": "long enough a password"}"#,
            false,
        ),
        (
            "becomes more",
            &admins,
            "PATCH",
            &format!("{API}/users/update-admin"),
            r#"{"username": "mallory", "is_admin": true}"#,
            false,
        ),
        ("makes a token", &admins, "POST", &format!("{TOKENS}/create"), r#"{"name": "more"}"#, false),
        ("sees tokens", &reading, "GET", &format!("{TOKENS}/list"), "", false),
        ("revokes one", &editing, "DELETE", &format!("{TOKENS}/revoke"), r#"{"token_id": 1}"#, false),
        ("lists users", &reading, "GET", &format!("{API}/users/list"), "", true),
        ("lists users", &editing, "GET", &format!("{API}/users/list"), "", false),
        ("lists users", &admins, "GET", &format!("{API}/users/list"), "", false),
        (
            "sees all grants",
            &editing,
            "GET",
            &"/api/3.0/mlflow/users/current/permissions".to_owned(),
            "",
            false,
        ),
        ("sees who it is", &editing, "GET", &format!("{API}/users/current"), "", true),
        ("reads it", &admins, "GET", &run, "", true),
        ("reads another", &admins, "GET", &format!("{get}{other}"), "", false),
        ("reads hers", &mallorys, "GET", &run, "", false),
        ("deletes hers", &mallorys, "POST", &delete, &hers, false),
        ("sees hers", &mallorys, "GET", &format!("{TOKENS}/list?username={ALICE}"), "", false),
        ("revokes hers", &mallorys, "DELETE", &format!("{TOKENS}/revoke"), r#"{"token_id": 1}"#, false),
        (
            "makes one for her",
            &mallorys,
            "POST",
            &format!("{TOKENS}/create"),
            r#"{"name": "x", "username": "alice"}"#,
            false,
        ),
        ("makes one", &mallorys, "POST", &format!("{TOKENS}/create"), r#"{"name": "second"}"#, true),
    ] {
        let answer = with(&world, holder, method, path, json);
        let expected = if allowed { 200 } else { 403 };
        assert_eq!(answer.status, expected, "{name}: {method} {path} {answer:?}");
    }
    // What a token cannot reach it does not find either.
    let search = format!("{API}/experiments/search");
    for (holder, shown) in [
        (&reading, [true, true]),
        (&editing, [true, false]),
        (&admins, [true, false]),
        (&mallorys, [false; 2]),
    ] {
        let found = with(&world, holder, "POST", &search, r#"{"max_results": 100}"#).body;
        let names = ["\"hers\"", "\"also hers\""];
        assert_eq!(names.map(|name| found.contains(name)), shown, "{found}");
        assert!(!found.contains("\"Default\"") || shown == [true, true], "{found}");
    }
}

#[test]
fn a_token_ends_with_its_user() {
    let world = World::closed();
    world.create_user("carol");
    let carols = token(&world, "carol", "ci", "");
    let admins = token(&world, ADMIN, "ci", "");
    assert_eq!(status(&world, &bearer(&carols)), 200);
    // A demoted administrator's token is a plain user's at once.
    world.create_user("dave");
    let promote = |is: bool| {
        let json = format!(r#"{{"username": "dave", "is_admin": {is}}}"#);
        assert_eq!(world.send(ADMIN, "PATCH", "users/update-admin", &json).status, 200);
    };
    promote(true);
    let daves = token(&world, "dave", "ci", "");
    let audit = "/api/3.0/mlflow/audit/search";
    assert_eq!(world.server.get(audit, &[&bearer(&daves)]).status, 200);
    promote(false);
    assert_eq!(world.server.get(audit, &[&bearer(&daves)]).status, 403);
    // Another user of the name and, on SQLite, of the id has none of the tokens.
    for name in ["dave", "carol"] {
        let gone = with(
            &world,
            &admins,
            "DELETE",
            &format!("{API}/users/delete"),
            &format!(r#"{{"username": "{name}"}}"#),
        );
        assert_eq!(gone.status, 200, "{gone:?}");
    }
    assert_eq!((status(&world, &bearer(&carols)), status(&world, &login("carol", &carols))), (401, 401));
    world.create_user("carol");
    assert_eq!((status(&world, &bearer(&carols)), status(&world, &bearer(&daves))), (401, 401));
    let listed = world.get("carol", &format!("{TOKENS}/list"));
    assert_eq!((listed.status, listed.body.as_str()), (200, r#"{"tokens":[]}"#));
}

#[test]
fn tokens_that_cannot_be_are_refused() {
    let world = World::with_settings("token_max_days = 30\n", &[]).with_people();
    let day = 24 * 3_600 * 1_000;
    for more in [
        String::new(),
        r#", "name": "twice""#.to_owned(),
        r#", "permission": "OWNER""#.to_owned(),
        r#", "permission": "DENY""#.to_owned(),
        r#", "permission": "NO_PERMISSIONS""#.to_owned(),
        r#", "permission": 4"#.to_owned(),
        r#", "resources": "experiment/7""#.to_owned(),
        r#", "resources": [7]"#.to_owned(),
        r#", "resources": [{"resource_type": "experiment"}]"#.to_owned(),
        r#", "resources": [{"resource_type": "workspace", "resource_id": "*"}]"#.to_owned(),
        r#", "resources": [{"resource_type": "run", "resource_id": "*"}]"#.to_owned(),
        r#", "resources": [{"resource_type": "experiment", "resource_id": ""}]"#.to_owned(),
        format!(
            r#", "resources": [{}]"#,
            vec![r#"{"resource_type": "experiment", "resource_id": "1"}"#; 101].join(",")
        ),
        format!(r#", "expiration_time": {}"#, now() - 1),
        r#", "expiration_time": 0"#.to_owned(),
        format!(r#", "expiration_time": {}"#, now() + 31 * day),
        format!(r#", "expiration_time": {}"#, i64::MAX),
    ] {
        let name = if more.is_empty() { "a\\u0000b" } else { "x" };
        let answer = ask_for(&world, ALICE, &format!(r#"{{"name": "{name}"{more}}}"#));
        assert_eq!(answer.status, 400, "{more}: {answer:?}");
    }
    // Without an expiry a token gets the latest one that is allowed.
    let made = ask_for(&world, ALICE, r#"{"name": "ci"}"#).body;
    let at: i64 =
        made.split("\"expiration_time\":").nth(1).unwrap().split('}').next().unwrap().parse().unwrap();
    assert!((29 * day..=30 * day).contains(&(at - now())), "{made}");
    assert_eq!(ask_for(&world, ALICE, r#"{"name": "ci"}"#).status, 400, "there is one of that name");
}

#[test]
fn guessing_tokens_slows_an_address_down_and_locks_nobody_out() {
    let settings = "login_failures_per_minute_address = 5\nlogin_failures_per_minute_account = 2\n";
    let world = World::with_settings(settings, &[]).with_people();
    let alices = token(&world, ALICE, "ci", "");
    let guess = login(ALICE, &format!("mgt_{}", "A".repeat(43)));
    let said: Vec<u16> = (0..6).map(|_| status(&world, &guess)).collect();
    assert_eq!(said, [401, 401, 401, 401, 401, 429]);
    assert_eq!(status(&world, &bearer(&alices)), 200);
    // She logged in from here before; her account lost nothing.
    assert_eq!(status(&world, &login(ALICE, &password(ALICE))), 200);
    let audit = world.restarted().get(ADMIN, "/api/3.0/mlflow/audit/search?outcome=LOGIN_FAILED").body;
    assert!(audit.contains("unknown token") && audit.contains("\"count\":5"), "{audit}");
    assert!(!audit.contains("mgt_"), "{audit}");
}
