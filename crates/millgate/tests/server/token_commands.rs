//! `millgate token`, and users without a password, beside a server that runs.

use crate::harness::{ADMIN_PASSWORD, Server, login, millgate};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CURRENT: &str = "/api/2.0/mlflow/users/current";

fn server() -> (Server, PathBuf) {
    let server = Server::start_in(
        TempDir::new().unwrap(),
        &["--app-name", "basic-auth"],
        &[("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN_PASSWORD)],
    );
    let folder = server.folder.path().to_owned();
    (server, folder)
}

/// The status of a command, and what it printed to standard output and standard error.
fn ends(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = millgate(folder, arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// What a command prints that succeeds, and says beside it.
#[track_caller]
fn says(folder: &Path, arguments: &[&str]) -> (String, String) {
    let (status, out, err) = ends(folder, arguments);
    assert_eq!(status, Some(0), "{arguments:?}: {out} {err}");
    (out, err)
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {}", token.trim())
}

#[test]
fn a_token_is_made_listed_and_revoked() {
    let (_server, folder) = server();
    says(&folder, &["user", "create", "alice", "--without-password"]);
    let create =
        ["token", "create", "alice", "--name", "ci", "--level", "READ", "--resource", "experiment/7"];
    let more = ["--resource", "prompt/*", "--expires-in", "30d"];
    let (out, err) = says(&folder, &[&create[..], &more[..]].concat());
    // A script takes what stands on standard output.
    let token = out.strip_suffix('\n').unwrap();
    assert!(token.starts_with("mgt_") && token.len() == 47, "{out}");
    assert!(
        err.contains("'ci' of 'alice' with the id 1, which expires at 20") && !err.contains("mgt_"),
        "{err}"
    );
    says(&folder, &["token", "create", "admin", "--name", "all"]);

    let table = says(&folder, &["token", "list"]).0;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(rows[0], ["ID", "USER", "NAME", "LEVEL", "RESOURCES", "EXPIRES", "LAST USED"]);
    assert_eq!(rows[1][..5], ["1", "alice", "ci", "READ", "experiment/7, prompt/*"]);
    assert_eq!(rows[2], ["2", "admin", "all", "MANAGE", "-", "-", "-"]);
    let listed: Value =
        serde_json::from_str(&says(&folder, &["token", "list", "alice", "--json"]).0).unwrap();
    let tokens = listed["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!((&tokens[0]["token_id"], &tokens[0]["permission"]), (&json!(1), &json!("READ")));
    assert_eq!(tokens[0]["resources"][1], json!({"resource_type": "prompt", "resource_id": "*"}));
    assert!(!listed.to_string().contains("mgt_") && !table.contains("mgt_"));

    let revoked = says(&folder, &["token", "revoke", "1"]).0;
    assert_eq!(revoked, "Revoked the access token 'ci' of 'alice'.\n");
    for (arguments, words) in [
        (&["token", "revoke", "1"][..], "id=1 not found"),
        (&["token", "list", "nobody"], "username=nobody not found"),
        (&["token", "create", "nobody", "--name", "x"], "username=nobody not found"),
        (&["token", "create", "admin", "--name", "all"], "already exists"),
        (&["token", "create", "alice", "--name", "x", "--level", "DENY"], "READ, USE, EDIT or MANAGE"),
        (&["token", "create", "alice", "--name", "x", "--resource", "experiment"], "TYPE/ID"),
        (&["token", "create", "alice", "--name", "x", "--expires-in", "4000d"], "3650 days"),
    ] {
        let (status, out, err) = ends(&folder, arguments);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
    }
}

#[test]
fn a_user_without_a_password_logs_in_with_tokens_alone() {
    let (server, folder) = server();
    let made = says(&folder, &["user", "create", "ci", "--without-password"]).0;
    assert_eq!(made, "Created the user 'ci' without a password.\n");
    let token = says(&folder, &["token", "create", "ci", "--name", "nightly"]).0;
    assert_eq!(server.get(CURRENT, &[&bearer(&token)]).status, 200);
    for password in ["", "ci", "none", "!", "*"] {
        assert_eq!(server.get(CURRENT, &[&login("ci", password)]).status, 401, "{password:?}");
    }
    says(&folder, &["token", "revoke", "1"]);
    assert_eq!(server.get(CURRENT, &[&bearer(&token)]).status, 401);
    let login_as_admin = login("admin", ADMIN_PASSWORD);
    let audit = server.get("/api/3.0/mlflow/audit/search?target_type=token", &[&login_as_admin]).body;
    for words in ["millgate token create", "millgate token revoke", "user ci: created 'nightly', MANAGE"] {
        assert!(audit.contains(words), "{words}: {audit}");
    }
}

#[test]
fn the_last_use_is_written_at_the_latest_when_the_server_stops() {
    let (server, folder) = server();
    let token = says(&folder, &["token", "create", "admin", "--name", "used"]).0;
    says(&folder, &["token", "create", "admin", "--name", "idle"]);
    assert_eq!(server.get(CURRENT, &[&bearer(&token)]).status, 200);
    let _folder = server.into_folder();
    let listed: Value = serde_json::from_str(&says(&folder, &["token", "list", "--json"]).0).unwrap();
    let tokens = listed["tokens"].as_array().unwrap();
    let used: Vec<bool> = tokens.iter().map(|token| token["last_used_time"].is_i64()).collect();
    assert_eq!(used, [true, false]);
}
