//! `millgate doctor`: what is wrong is found, nothing is changed, and no secret is shown.

use crate::harness::{ADMIN_PASSWORD, Server, ends, millgate};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// What the doctor says, and the status it ends with.
struct Said {
    status: Option<i32>,
    findings: Vec<Value>,
    all: String,
}

impl Said {
    /// The finding of an area whose subject or detail has the words.
    #[track_caller]
    fn finding(&self, area: &str, words: &str) -> &Value {
        let is_meant = |finding: &&Value| {
            let text = format!("{} {}", finding["subject"], finding["detail"]);
            finding["area"] == area && text.contains(words)
        };
        self.findings.iter().find(is_meant).unwrap_or_else(|| panic!("no {area}: {words} in {}", self.all))
    }

    #[track_caller]
    fn has(&self, status: &str, area: &str, words: &str) -> &Value {
        let finding = self.finding(area, words);
        assert_eq!(finding["status"], status, "{finding}");
        let advised = finding["advice"].as_str().is_some_and(|advice| !advice.is_empty());
        assert!(status != "problem" || advised, "a problem without advice: {finding}");
        finding
    }

    /// Whether there is any finding that is not fine.
    fn complaints(&self) -> Vec<&Value> {
        self.findings.iter().filter(|finding| finding["status"] != "ok").collect()
    }
}

fn doctor(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = millgate(folder, &[&["doctor", "--format", "json"], arguments].concat());
    command.envs(variables.iter().copied());
    let (output, errors) = ends(command);
    let out = String::from_utf8(output.stdout).unwrap();
    let document: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{errors}"));
    let findings = document["findings"].as_array().unwrap().clone();
    let worst = ["problem", "warning", "ok"]
        .into_iter()
        .find(|status| findings.iter().any(|finding| finding["status"] == *status));
    assert_eq!(document["status"].as_str(), worst);
    let expected = if worst == Some("problem") { 1 } else { 0 };
    assert_eq!(output.status.code(), Some(expected), "{out}");
    Said { status: output.status.code(), findings, all: format!("{out}{errors}") }
}

/// All files of a folder with what they hold.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
                found.insert(path.display().to_string(), Vec::new());
            } else {
                found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

const GUARDED: [&str; 2] = ["--app-name", "basic-auth"];

/// A folder as a server with users leaves it.
fn served() -> TempDir {
    let variables = [("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN_PASSWORD)];
    let server = Server::start_in(TempDir::new().unwrap(), &GUARDED, &variables);
    let folder = server.into_folder();
    std::fs::create_dir_all(folder.path().join("mlartifacts")).unwrap();
    folder
}

fn settings(folder: &Path, text: &str) -> String {
    let path = folder.join("auth.ini");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

const MAIN: &str =
    "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///basic_auth.db\nadmin_username = admin\n";

#[test]
fn an_empty_folder_is_fine_and_stays_empty() {
    let folder = TempDir::new().unwrap();
    let said = doctor(folder.path(), &GUARDED, &[]);
    assert!(said.complaints().is_empty(), "{}", said.all);
    said.has("ok", "database", "tracking sqlite:///mlflow.db");
    said.has("ok", "artifacts", "the first upload makes it");
    assert!(content(folder.path()).is_empty(), "{:?}", content(folder.path()).keys());
}

#[test]
fn what_a_server_works_with_is_fine_and_stays_as_it_is_beside_the_server_too() {
    let folder = served();
    let before = content(folder.path());
    let said = doctor(folder.path(), &GUARDED, &[]);
    assert!(said.complaints().is_empty(), "{}", said.all);
    for words in ["answers; SQLite 3", "is at revision dc11669786a5", "can be written", "f1a2b3c4d5e6"] {
        said.has("ok", "database", words);
    }
    said.has("ok", "artifacts", "a probe was written, read and deleted");
    assert_eq!(content(folder.path()), before);
    let server = Server::start_in(folder, &GUARDED, &[("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN_PASSWORD)]);
    let said = doctor(server.folder.path(), &GUARDED, &[]);
    assert!(said.complaints().is_empty(), "{}", said.all);
}

#[test]
fn text_is_for_people_and_usage_has_a_status_of_its_own() {
    let folder = TempDir::new().unwrap();
    let (output, _) = ends(millgate(folder.path(), &["doctor"]));
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        out.contains("warning  configuration: --app-name: ") && out.contains("-> Give --app-name basic-auth"),
        "{out}"
    );
    assert!(out.ends_with(" ok\n"), "{out}");
    let (output, _) = ends(millgate(folder.path(), &["doctor", "--format", "xml"]));
    assert_eq!(output.status.code(), Some(2));
    let (output, _) = ends(millgate(folder.path(), &["doctor", "--help"]));
    assert!(output.status.success());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let folder = TempDir::new().unwrap();
    let conflict = ["--artifacts-only", "--no-serve-artifacts"];
    doctor(folder.path(), &conflict, &[]).has("problem", "configuration", "nothing to serve");
    doctor(folder.path(), &[], &[("MLFLOW_PORT", "many")]).has("problem", "configuration", "MLFLOW_PORT");
    doctor(folder.path(), &["--app-name", "nobody-knows"], &[]).has("problem", "configuration", "--app-name");
    let path = settings(folder.path(), "[mlflow]\ndefault_permission = SOME\n");
    let variables = [("MLFLOW_AUTH_CONFIG_PATH", path.as_str())];
    doctor(folder.path(), &GUARDED, &variables).has("problem", "configuration", "authentication settings");
    let path = settings(folder.path(), &format!("{MAIN}admin_pasword = x\n[sektion]\na = b\n"));
    let variables = [("MLFLOW_AUTH_CONFIG_PATH", path.as_str())];
    let said = doctor(folder.path(), &GUARDED, &variables);
    said.has("warning", "configuration", "admin_pasword");
    said.has("warning", "configuration", "[sektion]");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    doctor(folder.path(), &GUARDED, &variables).has("warning", "configuration", "every user of this machine");
    assert_eq!(said.status, Some(0));
}

#[test]
fn databases_that_cannot_be_used_are_named_without_their_passwords() {
    let folder = served();
    let flags = |uri: &'static str| [&GUARDED[..], &["--backend-store-uri", uri]].concat();
    let look = |uri| doctor(folder.path(), &flags(uri), &[]);
    look("sqlite:///nowhere/mlflow.db").has("problem", "database", "cannot be made in");
    std::fs::write(folder.path().join("text.db"), "no database at all, but a text that is long enough")
        .unwrap();
    look("sqlite:///text.db").has("problem", "database", "tracking sqlite:///text.db");
    // Nobody listens there: the port is taken, and given back.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgresql", "mysql"] {
        let uri = format!("{scheme}://someone:s3cret-word@127.0.0.1:{port}/mlflow");
        let variables = [("MLFLOW_BACKEND_STORE_URI", uri.as_str())];
        let said = doctor(folder.path(), &GUARDED, &variables);
        let finding = said.has("problem", "database", "cannot be opened");
        assert!(finding["subject"].as_str().unwrap().contains("someone:***@"), "{finding}");
        assert!(!said.all.contains("s3cret-word"), "{}", said.all);
    }
}

#[test]
fn another_revision_says_what_to_run() {
    let folder = served();
    // The text of the revision stands in the file once, and the other one is as long.
    let patch = |file: &str, from: &[u8], to: &[u8]| {
        let path = folder.path().join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        let at: Vec<usize> =
            (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        assert!(!at.is_empty());
        for at in at {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        std::fs::write(path, bytes).unwrap();
    };
    patch("mlflow.db", b"dc11669786a5", b"aaaaaaaaaaaa");
    patch("basic_auth.db", b"f1a2b3c4d5e6", b"bbbbbbbbbbbb");
    let said = doctor(folder.path(), &GUARDED, &[]);
    let finding = said.has("problem", "database", "is at revision aaaaaaaaaaaa");
    let advice = finding["advice"].as_str().unwrap();
    assert!(advice.contains("`millgate db upgrade sqlite:///mlflow.db`"), "{finding}");
    said.has("problem", "database", "is at revision bbbbbbbbbbbb");
}

#[test]
fn artifacts_that_cannot_be_kept_are_named() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let look = |destination: &str, variables: &[(&str, &str)]| {
        doctor(folder.path(), &["--artifacts-destination", destination], variables)
    };
    look("file", &[]).has("problem", "artifacts", "is no folder");
    look("/proc/nothing/here", &[]).has("problem", "artifacts", "cannot be made in");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let variables = [
        ("MLFLOW_S3_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "someone"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret-word"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let said = look("s3://bucket/here", &variables);
    said.has("problem", "artifacts", "s3://bucket/here");
    assert!(!said.all.contains("s3cret-word"), "{}", said.all);
}

/// A certificate with these dates, and its key, as files.
fn certificate(folder: &Path, from: (i32, u8, u8), to: (i32, u8, u8)) -> [String; 2] {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(from.0, from.1, from.2);
    params.not_after = date_time_ymd(to.0, to.1, to.2);
    let signed = params.self_signed(&key).unwrap();
    let files = [folder.join("cert.pem"), folder.join("key.pem")];
    std::fs::write(&files[0], signed.pem()).unwrap();
    std::fs::write(&files[1], key.serialize_pem()).unwrap();
    std::fs::set_permissions(&files[1], std::fs::Permissions::from_mode(0o600)).unwrap();
    files.map(|file| file.display().to_string())
}

#[test]
fn certificates_and_keys_are_looked_at() {
    let folder = TempDir::new().unwrap();
    let look =
        |files: &[String; 2]| doctor(folder.path(), &["--tls-cert", &files[0], "--tls-key", &files[1]], &[]);
    let good = certificate(folder.path(), (2020, 1, 1), (2090, 1, 1));
    let said = look(&good);
    said.has("ok", "keys", "belong together");
    said.has("ok", "keys", "are good for");
    said.has("ok", "keys", "by its owner alone");
    std::fs::set_permissions(&good[1], std::fs::Permissions::from_mode(0o644)).unwrap();
    look(&good).has("warning", "keys", "can read the private key");
    look(&certificate(folder.path(), (2020, 1, 1), (2021, 1, 1))).has("problem", "keys", "has expired");
    look(&certificate(folder.path(), (2080, 1, 1), (2090, 1, 1))).has("problem", "keys", "counts only in");
    let missing = [folder.path().join("none.pem").display().to_string(), good[1].clone()];
    look(&missing).has("problem", "keys", "none.pem");
}

const KEYS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "one",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// Answers one request with a body.
fn answering(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        if let Ok((mut stream, _)) = listener.accept() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let length = body.len();
            let _ = stream.write_all(
                format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                    .as_bytes(),
            );
        }
    });
    url
}

#[test]
fn keys_of_issuers_are_read() {
    let folder = TempDir::new().unwrap();
    let look = |jwks: &str| {
        let issuer = "[jwt]\nissuer = https://issuer.example.com\naudience = mlflow\nalgorithms = EdDSA\n";
        let path = settings(folder.path(), &format!("{MAIN}{issuer}jwks = {jwks}\n"));
        doctor(folder.path(), &GUARDED, &[("MLFLOW_AUTH_CONFIG_PATH", &path)])
    };
    look(&answering("200 OK", KEYS)).has("ok", "keys", "1 keys can be read");
    look(&answering("500 Oops", "")).has("problem", "keys", "status 500");
    look(&answering("200 OK", "{}")).has("problem", "keys", "cannot be read");
    look("missing.json").has("problem", "keys", "cannot be read");
    let file = folder.path().join("keys.json");
    std::fs::write(&file, KEYS).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let said = look("keys.json");
    said.has("ok", "keys", "1 keys can be read");
    said.has("warning", "keys", "can write");
}

/// A Python that says a line.
fn python(folder: &Path, says: &str) -> String {
    let path = folder.join("python");
    std::fs::write(&path, format!("#!/bin/sh\ncat <<'END'\n{says}\nEND\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn the_python_of_plugins_is_tried() {
    let folder = TempDir::new().unwrap();
    let look = |python: &str| doctor(folder.path(), &GUARDED, &[("MILLGATE_PYTHON", python)]);
    look("/nowhere/python").has("problem", "python", "cannot run /nowhere/python");
    let told = |mlflow: &str, error: &str| {
        python(folder.path(), &format!(r#"{{"python": "3.11.4", "mlflow": {mlflow}, "error": {error}}}"#))
    };
    let said = look(&told("\"3.17.2\"", "null"));
    said.has("ok", "python", "Python 3.11.4");
    said.has("ok", "python", "has MLflow 3.17.2");
    look(&told("null", "\"ModuleNotFoundError: No module named 'mlflow'\"")).has(
        "problem",
        "python",
        "MLflow cannot be imported: ModuleNotFoundError",
    );
    look(&told("\"2.5.0\"", "null")).has("problem", "python", "has MLflow 2.5.0");
    look(&told("\"4.0.0\"", "null")).has("warning", "python", "newer than this Millgate knows");
    look(&python(folder.path(), "nonsense")).has("problem", "python", "did not tell");
    let python = told("\"3.17.2\"", "\"ModuleNotFoundError: No module named 'mine'\"");
    let path = settings(folder.path(), &format!("{MAIN}authorization_function = mine:who\n"));
    let variables = [("MILLGATE_PYTHON", python.as_str()), ("MLFLOW_AUTH_CONFIG_PATH", path.as_str())];
    doctor(folder.path(), &GUARDED, &variables).has(
        "problem",
        "python",
        "the function mine:who cannot be loaded",
    );
}
