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
fn indexes_are_dropped_by_the_command_and_made_again_at_a_start() {
    let folder = TempDir::new().unwrap();
    let run = |words: &[&str]| {
        let (output, said) = ends(millgate(folder.path(), &[words, &["sqlite:///fresh.db"]].concat()));
        assert!(output.status.success(), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for _ in 0..2 {
        run(&["db", "upgrade"]);
        let out = run(&["db", "drop-indexes"]);
        assert!(out.contains("dropped idx_millgate_runs_by_start, idx_millgate_experiment_tags"), "{out}");
        let out = run(&["db", "drop-indexes"]);
        assert!(out.contains("no index of Millgate's"), "{out}");
    }
    let said = refused(&["db", "drop-indexes", "sqlite:///none.db"]);
    assert!(said.contains("there is no file"), "{said}");
}

/// A database of MLflow 2.22, as the store's own tests have it.
fn older(folder: &std::path::Path) {
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/tests/reference/tracking-2.22.5.sql");
    let file = folder.join("old.db");
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())";
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let made = std::process::Command::new(python).args(["-c", script]).arg(&file).arg(dump).status().unwrap();
    assert!(made.success());
}

#[test]
fn an_older_database_is_upgraded_by_the_command_and_by_no_server() {
    let folder = TempDir::new().unwrap();
    older(folder.path());
    let file = folder.path().join("old.db");
    let before = std::fs::read(&file).unwrap();

    let server = ["server", "--port", "0", "--backend-store-uri", "sqlite:///old.db"];
    let (output, said) = ends(millgate(folder.path(), &server));
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("`millgate db upgrade sqlite:///old.db`"), "{said}");

    let (output, said) = ends(millgate(folder.path(), &["db", "upgrade", "sqlite:///old.db", "--dry-run"]));
    assert!(output.status.success(), "{said}");
    let plan = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in [
        "from revision 0584bdc529eb to dc11669786a5 in 39 steps",
        "CREATE TABLE job_locks",
        "Nothing is changed",
    ] {
        assert!(plan.contains(words), "{plan}");
    }
    let after = std::fs::read(&file).unwrap();
    // A server that looks at a file turns its write-ahead log on, which bytes 18 and 19 of the header tell.
    assert_eq!((&after[..18], &after[100..]), (&before[..18], &before[100..]));

    let (output, said) = ends(millgate(folder.path(), &["db", "upgrade", "sqlite:///old.db"]));
    assert!(output.status.success(), "{said}");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in
        ["39 steps; copied it as it was to", "75868b020152: ", "upgraded the schema to revision dc11669786a5"]
    {
        assert!(out.contains(words), "{out}");
    }
    let (output, said) = ends(millgate(folder.path(), &["db", "upgrade", "sqlite:///old.db"]));
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("the schema is at revision"));
}

#[test]
fn a_dry_run_creates_nothing() {
    let said = refused(&["db", "upgrade", "sqlite:///none.db", "--dry-run"]);
    assert!(said.contains("there is no file"), "{said}");
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
