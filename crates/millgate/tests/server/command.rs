//! What the command line says, accepts and refuses.

use crate::harness::{ADMIN_PASSWORD, Server, ends, login, millgate};
use tempfile::TempDir;

fn refused(arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let (output, said) = ends(millgate(folder.path(), arguments));
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{arguments:?} left {left:?} behind");
    said
}

#[test]
fn what_is_not_supported_says_so_and_leaves_nothing_behind() {
    for (arguments, says) in [
        (&["server", "--app-name", "my-auth"][..], "basic-auth"),
        (&["server", "--enable-workspaces"], "not supported by this version"),
        (&["server", "--backend-store-uri", "./mlruns"], "mlflow migrate-filestore"),
        (&["server", "--backend-store-uri", "postgresql://u:hidden@h/d?service=s"], "not supported: service"),
        (&["server", "--backend-store-uri", "mysql://u:hidden@h"], "must name a database"),
        (&["server", "--backend-store-uri", "mssql+pyodbc://u:hidden@h/d"], "sqlite"),
        (
            &["server", "--uvicorn-opts", "--ssl-keyfile missing.key --ssl-certfile missing.pem"],
            "missing.pem",
        ),
        (&["db", "upgrade", "./mlruns"], "mlflow migrate-filestore"),
        (&["db", "upgrade", "postgresql+odbc://u:hidden@h/d"], "driver 'odbc' is not supported"),
    ] {
        let said = refused(arguments);
        assert!(said.contains(says), "{arguments:?} says: {said}");
        assert!(!said.contains("hidden"), "{arguments:?} shows the password: {said}");
    }
}

#[test]
fn upgrade_creates_the_schema_and_then_finds_it() {
    let folder = TempDir::new().unwrap();
    for expected in ["created the schema at revision", "the schema is at revision"] {
        let (output, said) = ends(millgate(folder.path(), &["db", "upgrade", "sqlite:///fresh.db"]));
        assert!(output.status.success(), "{said}");
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(out.contains(expected) && out.contains("sqlite:///fresh.db"), "{out}");
    }
}

#[test]
fn a_generated_password_is_shown_once_and_opens_the_door() {
    let server = Server::start(&["--app-name", "basic-auth"]);
    let log = server.log();
    let (_, rest) = log.split_once("with the password\n\n").expect("no password was shown");
    let password = rest.lines().next().unwrap().trim().to_owned();
    assert!(password.len() >= 20, "{password}");

    let current = "/api/2.0/mlflow/users/current";
    assert_eq!(server.get(current, &[&login("admin", "a wrong password")]).status, 401);
    assert_eq!(server.get(current, &[&login("admin", &password)]).status, 200);

    let again = Server::start_in(server.into_folder(), &["--app-name", "basic-auth"], &[]);
    assert_eq!(again.log().matches(&password).count(), 1, "the password was shown again");
    assert_eq!(again.get(current, &[&login("admin", &password)]).status, 200);
}

#[test]
fn a_configured_password_is_never_shown() {
    let variables = [("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN_PASSWORD)];
    let flags = ["--app-name", "basic-auth", "--log-level", "trace"];
    let server = Server::start_in(TempDir::new().unwrap(), &flags, &variables);
    let answer = server.get("/api/2.0/mlflow/users/current", &[&login("admin", ADMIN_PASSWORD)]);
    assert_eq!(answer.status, 200, "{answer:?}");
    let log = server.log();
    assert!(!log.contains(ADMIN_PASSWORD) && !log.contains("scrypt:"), "{log}");
    assert!(!log.contains(login("", ADMIN_PASSWORD).rsplit(' ').next().unwrap()), "{log}");
}

#[test]
fn a_password_that_everybody_knows_is_refused_at_the_start() {
    let folder = TempDir::new().unwrap();
    let mut command = millgate(folder.path(), &["server", "--app-name", "basic-auth", "--port", "0"]);
    command.env("MLFLOW_AUTH_ADMIN_PASSWORD", "password1234");
    let (output, said) = ends(command);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("everybody knows"), "{said}");
}

#[test]
fn the_log_can_be_json() {
    let server = Server::start(&["--log-format", "json"]);
    for line in server.log().lines() {
        assert!(line.starts_with('{') && line.ends_with('}') && line.contains("\"level\""), "{line}");
    }
}

#[test]
fn what_has_no_meaning_is_named_in_one_warning() {
    let server = Server::start(&["--workers", "4", "--gunicorn-opts", "--log-level debug"]);
    let log = server.log();
    assert_eq!(log.matches("--workers").count(), 1, "{log}");
    assert_eq!(log.matches("--gunicorn-opts").count(), 1, "{log}");
}
