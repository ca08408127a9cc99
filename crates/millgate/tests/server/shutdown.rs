//! The end of a server.

use crate::harness::{Answer, Server, request};
use std::io::Write;
use std::time::Duration;

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
