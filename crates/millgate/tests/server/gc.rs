//! `millgate gc`: what it refuses before anything is deleted. What it deletes, the real clients' tests see.

use crate::harness::{Server, ends, millgate};
use tempfile::TempDir;

fn refuses(folder: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = millgate(folder.path(), &[&["gc"], arguments].concat());
    command.envs(variables.iter().copied());
    let (output, said) = ends(command);
    assert!(!output.status.success(), "{arguments:?}: {said}");
    (output.status.code(), said)
}

#[test]
fn what_cannot_be_meant_is_refused_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let there = ["--tracking-uri", "http://user:hidden@127.0.0.1:1"];
    for (arguments, says) in [
        (&["--jobs"][..], "deleting jobs is not supported"),
        (&["--job-ids", "a"], "deleting jobs is not supported"),
        (&["--all-workspaces"], "workspaces are not supported"),
        (&["--workspace", "team"], "a workspace other than 'default' is not supported"),
        (&["--run-ids", ", ,"], "--run-ids: names no id"),
        (&["--backend-store-uri", "./mlruns"], "mlflow migrate-filestore"),
        (&[], "there is no file"),
        (&there, "must not hold a user or a password"),
        (
            &["--tracking-uri", "http://127.0.0.1:1", "--auth-database", "sqlite:///a.db"],
            "a server knows its own",
        ),
        (&["--tracking-uri", "http://127.0.0.1:1"], "cannot be asked"),
    ] {
        let (status, said) = refuses(&folder, arguments, &[]);
        assert_eq!(status, Some(1), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?} says: {said}");
        assert!(!said.contains("hidden"), "{said}");
    }
    let (status, _) = refuses(&folder, &["--older-than", "soon"], &[]);
    assert_eq!(status, Some(2));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_database_is_worked_on_by_flag_or_variable_and_the_flag_of_a_server_comes_before_a_variable() {
    let folder = Server::start(&[]).into_folder();
    let gc = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = millgate(folder.path(), &[&["gc"], arguments].concat());
        command.envs(variables.iter().copied());
        ends(command)
    };
    for variables in [&[][..], &[("MLFLOW_BACKEND_STORE_URI", "sqlite:///mlflow.db")]] {
        let (output, said) = gc(&[], variables);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("0 deleted for good") && said.contains("no database of users"), "{said}");
    }
    let (_, said) =
        gc(&["--tracking-uri", "http://127.0.0.1:1"], &[("MLFLOW_BACKEND_STORE_URI", "sqlite:///mlflow.db")]);
    assert!(said.contains("cannot be asked"), "{said}");
    let (output, said) =
        gc(&["--backend-store-uri", "sqlite:///mlflow.db"], &[("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")]);
    assert!(output.status.success() && said.contains("no server is asked"), "{said}");
}

#[test]
fn a_server_that_is_none_of_ours_is_named() {
    let server = Server::start(&["--static-prefix", "/mlflow"]);
    let folder = TempDir::new().unwrap();
    let url = format!("http://{}", server.address);
    let (status, said) = refuses(&folder, &["--tracking-uri", &url], &[]);
    assert_eq!(status, Some(1));
    assert!(said.contains("it is no Millgate"), "{said}");
    let command = millgate(folder.path(), &["gc", "--tracking-uri", &format!("{url}/mlflow/")]);
    let (output, said) = ends(command);
    assert!(output.status.success(), "{said}");
}
