//! One thing under two names: whatever a request says, the gate and the handler must see the same id.

use crate::attack::world::{AJAX, ALICE, API, MALLORY, PROXY, World, encoded, field};
use authz::{Level, ResourceType};

#[test]
fn no_spelling_of_a_denied_experiments_id_gets_past_the_denial() {
    let world = World::new("MANAGE", &[]).with_people();
    let owned = world.owned();
    let id = &owned.experiment;
    world.grant(MALLORY, ResourceType::Experiment, id, Level::Deny);
    world.grant(MALLORY, ResourceType::Experiment, "*", Level::Manage);
    for spelling in [
        id.clone(),
        format!("0{id}"),
        format!("000{id}"),
        format!("+{id}"),
        format!(" {id}"),
        format!("{id} "),
        format!("\u{a0}{id}"),
        format!("{id}.0"),
        format!("{id}e0"),
        format!("0x{id}"),
        "\u{ff11}".to_owned(),
    ] {
        let read = world.get(MALLORY, &format!("{API}/experiments/get?experiment_id={}", encoded(&spelling)));
        assert!(matches!(read.status, 400 | 403), "get {spelling:?}: {read:?}");
        for operation in ["experiments/delete", "experiments/restore", "runs/create"] {
            let answer = world.post(MALLORY, operation, &format!(r#"{{"experiment_id": "{spelling}"}}"#));
            assert!(matches!(answer.status, 400 | 403), "{operation} {spelling:?}: {answer:?}");
        }
        let body =
            format!(r#"{{"experiment_id": "{spelling}", "key": "k", "value": "v", "new_name": "taken"}}"#);
        for operation in ["experiments/set-experiment-tag", "experiments/update"] {
            let answer = world.post(MALLORY, operation, &body);
            assert!(matches!(answer.status, 400 | 403), "{operation} {spelling:?}: {answer:?}");
        }
        let body = format!(r#"{{"experiment_ids": ["{spelling}"]}}"#);
        let datasets = world.ask(
            MALLORY,
            "POST",
            &format!("{AJAX}/experiments/search-datasets"),
            &["Content-Type: application/json"],
            body.as_bytes(),
        );
        assert!(matches!(datasets.status, 400 | 403), "search-datasets {spelling:?}: {datasets:?}");
        let runs = world.post(MALLORY, "runs/search", &body);
        assert!(!runs.body.contains(&owned.run), "runs/search {spelling:?}: {runs:?}");
    }
    // A number is not a string, and is not taken for one.
    assert_eq!(
        world.post(MALLORY, "experiments/delete", &format!(r#"{{"experiment_id": {id}}}"#)).status,
        400
    );
    let kept = world.get(ALICE, &format!("{API}/experiments/get?experiment_id={id}"));
    assert!(kept.body.contains(r#""name":"hers""#) && !kept.body.contains("\"key\":\"k\""), "{kept:?}");
}

#[test]
fn a_run_has_one_spelling() {
    let world = World::new("MANAGE", &[]).with_people();
    let owned = world.owned();
    world.grant(MALLORY, ResourceType::Experiment, &owned.experiment, Level::Deny);
    let run = &owned.run;
    for spelling in [
        run.clone(),
        run.to_uppercase(),
        format!(" {run}"),
        format!("{run}\0"),
        format!("{run}%"),
        format!("{run}/"),
    ] {
        let answer = world.get(MALLORY, &format!("{API}/runs/get?run_id={}", encoded(&spelling)));
        assert_eq!(answer.status, 403, "{spelling:?}: {answer:?}");
    }
}

#[test]
fn two_ids_in_one_request_are_refused() {
    let world = World::closed().with_people();
    let hers = world.owned().run;
    let mine = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    for body in [
        format!(r#"{{"run_id": "{mine}", "run_uuid": "{hers}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{hers}", "run_uuid": "{mine}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{mine}", "runUuid": "{hers}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{mine}", "runId": "{hers}", "key": "k"}}"#),
        format!(r#"{{"runId": "{mine}", "run_id": "{hers}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{mine}", "run_id": "{hers}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{hers}", "run_id": "{mine}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{mine}", "r\u0075n_id": "{hers}", "key": "k"}}"#),
        format!(r#"{{"run_id": "{mine}", "key": "k"}}{{"run_id": "{hers}"}}"#),
    ] {
        assert_eq!(world.post(MALLORY, "runs/set-tag", &body).status, 400, "{body}");
    }
    for query in [
        format!("run_id={mine}&run_id={hers}"),
        format!("run_id={hers}&run_id={mine}"),
        format!("run_id={mine}&run_uuid={hers}"),
        format!("run_id={mine}&run%5Fid={hers}"),
    ] {
        assert_eq!(world.get(MALLORY, &format!("{API}/runs/get?{query}")).status, 400, "{query}");
        let path = format!("/get-artifact?{query}&path=secret.txt");
        assert_eq!(world.get(MALLORY, &path).status, 400, "{path}");
    }
}

#[test]
fn what_stands_in_the_other_place_names_nothing() {
    let world = World::closed().with_people();
    let hers = world.owned().run;
    let mine = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    // The body of a GET.
    let read = world.ask(
        MALLORY,
        "GET",
        &format!("{API}/runs/get?run_id={mine}"),
        &["Content-Type: application/json"],
        format!(r#"{{"run_id": "{hers}"}}"#).as_bytes(),
    );
    assert_eq!(field(&read.body, "run_id"), mine);
    // The query of a POST.
    let path = format!("{API}/runs/set-tag?run_id={hers}&run_uuid={hers}");
    let body = format!(r#"{{"run_id": "{mine}", "key": "k", "value": "v"}}"#);
    let written = world.ask(MALLORY, "POST", &path, &["Content-Type: application/json"], body.as_bytes());
    assert_eq!(written.status, 200);
    assert!(!world.get(ALICE, &format!("{API}/runs/get?run_id={hers}")).body.contains(r#""key":"k""#));
    // A DELETE takes its message from one of both, and decides about that.
    let both = |headers: &[&str], query: &str, body: &str| {
        let path = format!("{API}/users/delete?username={query}");
        let body = format!(r#"{{"username": "{body}"}}"#);
        world.ask("admin", "DELETE", &path, headers, body.as_bytes()).status
    };
    assert_eq!(both(&["Content-Type: application/json"], MALLORY, "nobody"), 404);
    assert_eq!(both(&[], "nobody", MALLORY), 404);
    assert_eq!(world.get(MALLORY, &format!("{API}/users/current")).status, 200);
}

#[test]
fn a_message_is_an_object_and_its_encoding_hides_nothing() {
    let world = World::closed().with_people();
    let hers = world.owned().run;
    let mine = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    let twice = |run: &str| format!(r#""{{\"run_id\": \"{run}\", \"key\": \"k\"}}""#);
    assert_eq!(world.post(MALLORY, "runs/set-tag", &twice(&mine)).status, 200);
    assert_eq!(world.post(MALLORY, "runs/set-tag", &twice(&hers)).status, 403);
    for body in [
        format!(r#"["{mine}", null, "k", "v"]"#),
        format!(r#""[\"{mine}\", null, \"k\", \"v\"]""#),
        "[]".to_owned(),
        "1".to_owned(),
        "\"x\"".to_owned(),
        "{".to_owned(),
        "{\"run_id\": \"\u{ff}".to_owned(),
        format!("\u{feff}{{\"run_id\": \"{mine}\", \"key\": \"k\"}}"),
        format!(r#"{{"run_id": "{mine}", "key": "k", "value": "\ud800"}}"#),
    ] {
        assert_eq!(world.post(MALLORY, "runs/set-tag", &body).status, 400, "{body}");
    }
    let broken = world.ask(
        MALLORY,
        "POST",
        &format!("{API}/runs/set-tag"),
        &["Content-Type: application/json"],
        b"{\"run_id\": \"\xff\xfe\", \"key\": \"k\"}",
    );
    assert_eq!(broken.status, 400);
}

#[test]
fn a_logged_model_that_is_not_the_callers_cannot_be_written_through_a_run_that_is() {
    let world = World::closed().with_people();
    let mine = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    let model = "m-00000000000000000000000000000000";
    for (operation, body) in [
        (
            "runs/log-metric",
            format!(
                r#"{{"run_id": "{mine}", "key": "k", "value": 1, "timestamp": 1, "model_id": "{model}"}}"#
            ),
        ),
        (
            "runs/log-metric",
            format!(
                r#"{{"run_id": "{mine}", "key": "k", "value": 1, "timestamp": 1, "modelId": "{model}"}}"#
            ),
        ),
        (
            "runs/log-batch",
            format!(
                r#"{{"run_id": "{mine}", "metrics": [{{"key": "a", "value": 1, "timestamp": 1}},
                    {{"key": "k", "value": 1, "timestamp": 1, "modelId": "{model}"}}]}}"#
            ),
        ),
        ("runs/log-inputs", format!(r#"{{"run_id": "{mine}", "models": [{{"model_id": "{model}"}}]}}"#)),
        (
            "runs/outputs",
            format!(r#"{{"run_id": "{mine}", "models": [{{"model_id": "{model}", "step": 0}}]}}"#),
        ),
    ] {
        assert_eq!(world.post(MALLORY, operation, &body).status, 403, "{operation} {body}");
    }
}

#[test]
fn no_spelling_of_a_proxied_path_gets_past_its_owner() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let (id, run) = (&owned.experiment, &owned.run);
    for path in [
        format!("/{id}/{run}/artifacts/secret.txt"),
        format!("./{id}/{run}/artifacts/secret.txt"),
        format!("%2e/{id}/{run}/artifacts/secret.txt"),
        format!("x/../{id}/{run}/artifacts/secret.txt"),
        format!("x/%2e%2e/{id}/{run}/artifacts/secret.txt"),
        format!("x/%252e%252e/{id}/{run}/artifacts/secret.txt"),
        format!("%3{id}/{run}/artifacts/secret.txt"),
        format!("%253{id}/{run}/artifacts/secret.txt"),
        format!("{id}%2f{run}/artifacts/secret.txt"),
        format!("{id}%252f{run}/artifacts/secret.txt"),
        format!("{id};/{run}/artifacts/secret.txt"),
        format!("{id}%00/{run}/artifacts/secret.txt"),
        format!("0{id}/{run}/artifacts/secret.txt"),
        format!("{id}%5c{run}/artifacts/secret.txt"),
        format!("{id}/{run}/artifacts/secret.txt/"),
        format!("{id}/{run}/artifacts/secret.txt%20"),
    ] {
        let read = world.get(MALLORY, &format!("{PROXY}/{path}"));
        assert!(matches!(read.status, 400 | 403 | 404), "{path}: {read:?}");
        assert!(!read.body.contains("her secret"), "{path}");
        let written = world.put(MALLORY, &path, "overwritten");
        assert!(matches!(written.status, 400 | 403), "{path}: {written:?}");
        let deleted = world.ask(MALLORY, "DELETE", &format!("{PROXY}/{path}"), &[], b"");
        assert!(matches!(deleted.status, 400 | 403), "{path}: {deleted:?}");
    }
    assert_eq!(world.get(ALICE, &format!("{PROXY}/{}", owned.secret())).body, "her secret");
}
