//! `millgate health`, asked of servers that are ready, busy with something else or not there.

use crate::harness::{Server, ends, millgate};
use std::io::Write;
use tempfile::TempDir;

fn ask(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    let mut command = millgate(folder.path(), &[&["health"], arguments].concat());
    command.envs(variables.iter().copied());
    let (output, said) = ends(command);
    (output.status.code(), said)
}

#[test]
fn a_server_that_is_ready_is_healthy_and_one_that_has_gone_is_not() {
    let mut server = Server::start(&["--static-prefix", "/ml"]);
    let url = format!("http://{}/ml/health/ready", server.address);
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    assert_eq!(ask(&[&url], &[]), (Some(0), String::new()));
    let variables = [("MLFLOW_PORT", port.as_str()), ("MLFLOW_STATIC_PREFIX", "/ml")];
    assert_eq!(ask(&[], &variables), (Some(0), String::new()));
    let (code, said) = ask(&[&format!("http://{}/other", server.address)], &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("not ready: it answered 404"), "{said}");
    server.signal("-TERM");
    server.ended();
    let (code, said) = ask(&[&url], &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_without_end() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let (code, said) = ask(&[&url, "--timeout", "1"], &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("did not answer within 1 s"), "{said}");
}

#[test]
fn an_answer_that_is_no_http_is_no_health() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"nonsense\r\n\r\n").unwrap();
    });
    let (code, said) = ask(&[&url], &[]);
    answering.join().unwrap();
    assert_eq!(code, Some(1));
    assert!(said.contains("did not answer"), "{said}");
}

#[test]
fn what_is_no_url_without_tls_is_refused() {
    for url in ["https://localhost/health", "localhost:5000", "/health", "http://"] {
        let (code, said) = ask(&[url], &[]);
        assert_eq!(code, Some(1), "{url}");
        assert!(said.contains("no URL that can be asked"), "{url}: {said}");
    }
}
