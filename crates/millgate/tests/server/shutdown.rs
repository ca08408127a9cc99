//! The end of a server.

use crate::harness::{Answer, Server, millgate, request};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

#[test]
fn a_request_in_flight_is_finished_after_sigterm_and_sigint() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start(&[]);
        let mut stream = server.connect();
        let whole = request("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/slow.txt", &[], b"in two halves");
        let (first, second) = whole.split_at(whole.len() - 6);
        stream.write_all(first).unwrap();
        stream.flush().unwrap();
        // The server must have begun with the request before it is told to stop.
        std::thread::sleep(Duration::from_millis(200));
        server.signal(signal);
        std::thread::sleep(Duration::from_millis(200));
        assert!(server.process.try_wait().unwrap().is_none(), "{signal}: it did not wait for the request");
        stream.write_all(second).unwrap();
        let answer = Answer::read(&mut stream);
        assert_eq!(answer.status, 200, "{signal}: {answer:?}");
        assert!(server.ended().success(), "{signal}: {}", server.log());
        let stored = server.folder.path().join("mlartifacts/1/slow.txt");
        assert_eq!(std::fs::read_to_string(stored).unwrap(), "in two halves");
    }
}

#[test]
fn a_server_that_still_waits_for_its_database_ends_when_it_is_told_to() {
    // It takes connections and says nothing.
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("postgresql://u:p@{}/db", database.local_addr().unwrap());
    let folder = TempDir::new().unwrap();
    let mut process =
        millgate(folder.path(), &["server", "--port", "0", "--backend-store-uri", &uri]).spawn().unwrap();
    let (_asked, _) = database.accept().unwrap();
    let sent = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert!(process.wait().unwrap().success());
}

#[test]
fn the_limit_on_open_files_is_raised() {
    let folder = TempDir::new().unwrap();
    let command = millgate(folder.path(), &["server", "--port", "0"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -Sn 200; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    limited.current_dir(folder.path()).stderr(Stdio::piped());
    let mut process = limited.spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("listening on")));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft: u64 = line.split_whitespace().nth(3).unwrap().parse().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(soft > 200, "{line}");
}
