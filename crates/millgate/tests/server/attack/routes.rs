//! Other ways to the same operation: twin paths, verbs, spellings, headers.

use crate::attack::world::{AJAX, ALICE, API, MALLORY, PROXY, World};

#[test]
fn neither_a_twin_path_nor_another_verb_leads_around_the_gate() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let (run, secret) = (&owned.run, owned.secret());
    for path in [
        format!("{API}/runs/get?run_id={run}"),
        format!("{AJAX}/runs/get?run_id={run}"),
        format!("{API}/runs/get?run_uuid={run}"),
        format!("{API}/experiments/get?experiment_id={}", owned.experiment),
        format!("{API}/experiments/get-by-name?experiment_name=hers"),
        format!("{API}/metrics/get-history?run_id={run}&metric_key=m"),
        format!("{AJAX}/metrics/get-history-bulk?run_id={run}&metric_key=m"),
        format!("{API}/metrics/get-history-bulk-interval?run_ids={run}&metric_key=m"),
        format!("{API}/artifacts/list?run_id={run}"),
        format!("{AJAX}/artifacts/list?run_uuid={run}"),
        format!("/get-artifact?run_id={run}&path=secret.txt"),
        format!("/get-artifact?run_uuid={run}&path=secret.txt"),
        format!("{PROXY}/{secret}"),
        format!("/ajax-api/2.0/mlflow-artifacts/artifacts/{secret}"),
        format!("{PROXY}?path={}/{run}/artifacts", owned.experiment),
    ] {
        assert_eq!(world.get(ALICE, &path).status, 200, "{path}");
        assert_eq!(world.get(MALLORY, &path).status, 403, "{path}");
        let head = world.ask(MALLORY, "HEAD", &path, &[], b"");
        assert_eq!((head.status, head.body.as_str()), (403, ""), "HEAD {path}");
        for verb in ["POST", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
            let answer = world.ask(MALLORY, verb, &path, &["Content-Type: application/json"], b"{}");
            assert!(matches!(answer.status, 403 | 405), "{verb} {path}: {answer:?}");
        }
    }
    for verb in ["PUT", "DELETE"] {
        assert_eq!(world.ask(MALLORY, verb, &format!("{PROXY}/{secret}"), &[], b"").status, 403, "{verb}");
    }
    assert_eq!(world.get(ALICE, &format!("{PROXY}/{secret}")).body, "her secret");
}

#[test]
fn every_write_to_anothers_run_or_experiment_is_forbidden() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let run = &owned.run;
    let id = &owned.experiment;
    for (operation, body) in [
        ("experiments/update", format!(r#"{{"experiment_id": "{id}", "new_name": "taken"}}"#)),
        ("experiments/delete", format!(r#"{{"experiment_id": "{id}"}}"#)),
        ("experiments/delete", format!(r#"{{"experimentId": "{id}"}}"#)),
        ("experiments/restore", format!(r#"{{"experiment_id": "{id}"}}"#)),
        ("experiments/set-experiment-tag", format!(r#"{{"experiment_id": "{id}", "key": "k"}}"#)),
        ("experiments/delete-experiment-tag", format!(r#"{{"experiment_id": "{id}", "key": "k"}}"#)),
        ("runs/create", format!(r#"{{"experiment_id": "{id}"}}"#)),
        ("runs/create", "{}".to_owned()),
        ("runs/update", format!(r#"{{"run_id": "{run}", "run_name": "taken"}}"#)),
        ("runs/delete", format!(r#"{{"run_id": "{run}"}}"#)),
        ("runs/restore", format!(r#"{{"run_id": "{run}"}}"#)),
        ("runs/set-tag", format!(r#"{{"run_id": "{run}", "key": "k", "value": "v"}}"#)),
        ("runs/set-tag", format!(r#"{{"runUuid": "{run}", "key": "k", "value": "v"}}"#)),
        ("runs/delete-tag", format!(r#"{{"run_id": "{run}", "key": "mlflow.runName"}}"#)),
        ("runs/log-metric", format!(r#"{{"run_id": "{run}", "key": "k", "value": 1, "timestamp": 1}}"#)),
        ("runs/log-parameter", format!(r#"{{"run_id": "{run}", "key": "k", "value": "v"}}"#)),
        ("runs/log-batch", format!(r#"{{"run_id": "{run}"}}"#)),
        ("runs/log-inputs", format!(r#"{{"run_id": "{run}"}}"#)),
        ("runs/outputs", format!(r#"{{"run_id": "{run}", "models": []}}"#)),
        ("runs/log-model", format!(r#"{{"run_id": "{run}", "model_json": "{{}}"}}"#)),
    ] {
        let answer = world.post(MALLORY, operation, &body);
        assert_eq!((answer.status, answer.body.as_str()), (403, "Permission denied"), "{operation} {body}");
    }
    let uploaded =
        world.ask(MALLORY, "POST", &format!("{AJAX}/upload-artifact?run_uuid={run}&path=x"), &[], b"x");
    assert_eq!(uploaded.status, 403);
    let unnamed = world.ask(MALLORY, "POST", &format!("{AJAX}/upload-artifact?path=x"), &[], b"x");
    assert_eq!(unnamed.status, 400);
    let searched = world.ask(
        MALLORY,
        "POST",
        &format!("{AJAX}/experiments/search-datasets"),
        &["Content-Type: application/json"],
        format!(r#"{{"experiment_ids": ["{id}"]}}"#).as_bytes(),
    );
    assert_eq!(searched.status, 403);
}

#[test]
fn an_odd_spelling_of_a_path_reaches_nothing() {
    let world = World::closed().with_people();
    let run = world.owned().run;
    for path in [
        format!("//api/2.0/mlflow/runs/get?run_id={run}"),
        format!("/api//2.0/mlflow/runs/get?run_id={run}"),
        format!("/api/2.0/mlflow/runs/get/?run_id={run}"),
        format!("/api/2.0/mlflow/runs/get;x?run_id={run}"),
        format!("/api/2.0/mlflow/runs/%67et?run_id={run}"),
        format!("/api/2.0/mlflow/runs%2fget?run_id={run}"),
        format!("/api/2.0/mlflow/runs/../runs/get?run_id={run}"),
        format!("/api/2.0/mlflow/./runs/get?run_id={run}"),
        format!("/health/../api/2.0/mlflow/runs/get?run_id={run}"),
        format!("/health%2f..%2fapi/2.0/mlflow/runs/get?run_id={run}"),
        format!("/API/2.0/mlflow/runs/get?run_id={run}"),
        format!("/api/2.0/preview/mlflow/runs/GET?run_id={run}"),
        format!("/static-files/../get-artifact?run_id={run}&path=secret.txt"),
        format!("/get-artifact/?run_id={run}&path=secret.txt"),
        "/metrics".to_owned(),
        "/graphql".to_owned(),
        "/".to_owned(),
    ] {
        let anonymous = world.server.get(&path, &[]);
        assert_eq!(anonymous.status, 401, "{path}");
        let answer = world.get(MALLORY, &path);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(!answer.body.contains("her secret") && !answer.body.contains(&run), "{path}: {answer:?}");
    }
}

#[test]
fn with_a_static_prefix_nothing_is_served_beside_it() {
    let world = World::new("NO_PERMISSIONS", &["--static-prefix", "/ml"]);
    for path in ["/api/2.0/mlflow/users/current", "/ml/api/2.0/mlflow/users/current", "/ml/nothing", "/mlapi"]
    {
        assert_eq!(world.server.get(path, &[]).status, 401, "{path}");
    }
    assert_eq!(world.get("admin", "/ml/api/2.0/mlflow/users/current").status, 200);
    assert_eq!(world.get("admin", "/api/2.0/mlflow/users/current").status, 404);
    assert_eq!(world.server.get("/ml/health", &[]).status, 200);
}

#[test]
fn headers_that_proxies_trust_change_nothing() {
    let world = World::closed().with_people();
    let run = world.owned().run;
    let path = format!("{API}/runs/get?run_id={run}");
    for header in [
        "X-HTTP-Method-Override: DELETE",
        "X-Original-URL: /health",
        "X-Rewrite-URL: /health",
        "X-Forwarded-User: admin",
        "X-Remote-User: admin",
        "X-Forwarded-For: 127.0.0.1",
        "X-MLFLOW-WORKSPACE: other",
        "Forwarded: for=127.0.0.1;host=localhost",
    ] {
        assert_eq!(world.server.get(&path, &[header]).status, 401, "{header}");
        assert_eq!(world.ask(MALLORY, "GET", &path, &[header], b"").status, 403, "{header}");
    }
}

#[test]
fn what_is_public_tells_nothing_of_the_data() {
    let world = World::closed().with_people();
    world.owned();
    for path in ["/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"] {
        let answer = world.server.get(path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        for word in ["sqlite", "mlartifacts", "alice", world.folder().to_str().unwrap()] {
            assert!(
                !answer.body.contains(word) && !answer.head.contains(word),
                "{path} tells {word}: {answer:?}"
            );
        }
        assert!(!answer.head.contains("\nserver:"), "{answer:?}");
    }
}
