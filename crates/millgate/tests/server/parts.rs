//! Parts of the server that flags switch off or move.

use crate::harness::{Answer, Server, request};
use std::io::Write;

const LIST: &str = "/api/2.0/mlflow-artifacts/artifacts";
const EXPERIMENT: &str = "/api/2.0/mlflow/experiments/get?experiment_id=0";

#[test]
fn an_artifact_server_has_no_tracking_database() {
    let server = Server::start(&["--artifacts-only"]);
    let answer = server.get(EXPERIMENT, &[]);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("--artifacts-only"), "{answer:?}");
    let upload = server.send("PUT", &format!("{LIST}/1/a.txt"), &[], b"content");
    assert_eq!(upload.status, 200, "{upload:?}");
    assert_eq!(server.get(&format!("{LIST}/1/a.txt"), &[]).body, "content");
    assert!(!server.folder.path().join("mlflow.db").exists());
}

#[test]
fn without_serving_artifacts_the_proxy_is_off() {
    let server = Server::start(&["--no-serve-artifacts"]);
    let answer = server.get(LIST, &[]);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("--no-serve-artifacts"), "{answer:?}");
    let experiment = server.get(EXPERIMENT, &[]);
    assert!(experiment.body.contains("/mlruns/0"), "{experiment:?}");
}

#[test]
fn a_static_prefix_stands_before_every_path() {
    let server = Server::start(&["--static-prefix", "/mlflow"]);
    for path in ["/mlflow/health", &format!("/mlflow{EXPERIMENT}")] {
        assert_eq!(server.get(path, &[]).status, 200, "{path}");
    }
    assert_eq!(server.get("/health", &[]).status, 404);
    assert_eq!(server.get(EXPERIMENT, &[]).status, 404);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(&[]);
    let header = format!("X-Large: {}", "x".repeat(100 * 1024));
    assert_eq!(server.get("/health", &[&header]).status, 431);
}

#[test]
fn a_refused_upload_is_answered_though_it_is_still_being_sent() {
    let server = Server::start(&["--app-name", "basic-auth"]);
    let body = vec![b'x'; 8 << 20];
    let mut stream = server.connect();
    stream
        .write_all(&request("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/large.bin", &[], &body))
        .expect("the server hung up on a client that was sending");
    assert_eq!(Answer::read(&mut stream).status, 401);
}
