//! The example as a user has it: the server with the app, and the client.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use my_auth::client::{ClientError, MyAuthClient, http_client};
use reqwest::StatusCode;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

/// A server that ends with the value.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_my-auth-server"));
    command
        .current_dir(folder)
        .env_clear()
        .env("MLFLOW_AUTH_CONFIG_PATH", "auth.ini")
        .env("MLFLOW_AUTH_ADMIN_PASSWORD", PASSWORD)
        .stderr(Stdio::piped());
    command
}

fn configure(folder: &Path, own: &str) {
    let main =
        "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///auth.db\nadmin_username = admin\n";
    std::fs::write(folder.join("auth.ini"), format!("{main}{own}")).unwrap();
}

async fn start(folder: &Path) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let arguments = ["server", "--app-name", "my-auth", "--port", &port.to_string()];
    let process = command(folder).args(arguments).stderr(Stdio::null()).spawn().unwrap();
    let server = Server { process, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..300 {
        if http_client().get(format!("{}/health", server.url)).send().await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not start");
}

async fn status(server: &Server, token: &str) -> StatusCode {
    let url = format!("{}/api/2.0/mlflow/users/current", server.url);
    http_client().get(url).bearer_auth(token).send().await.unwrap().status()
}

#[tokio::test]
async fn a_token_lets_its_user_in_until_it_is_revoked() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "[my-auth]\ntokens = tokens.json\n");
    let server = start(folder.path()).await;
    let client = MyAuthClient::new(&server.url, "admin", PASSWORD);
    let new = client.create_token("admin").await.unwrap();
    assert_eq!(status(&server, &new.token).await, StatusCode::OK);
    assert_eq!(status(&server, "my_forged").await, StatusCode::UNAUTHORIZED);
    let listed = client.list_tokens().await.unwrap();
    assert_eq!((listed.len(), listed[0].username.as_str()), (1, "admin"));
    let stored = std::fs::read_to_string(folder.path().join("tokens.json")).unwrap();
    assert!(!stored.contains(&new.token));
    drop(server);

    // What is in the file counts after a restart, too.
    let server = start(folder.path()).await;
    let client = MyAuthClient::new(&server.url, "admin", PASSWORD);
    assert_eq!(status(&server, &new.token).await, StatusCode::OK);
    client.revoke_token(&new.id).await.unwrap();
    assert_eq!(status(&server, &new.token).await, StatusCode::UNAUTHORIZED);
    assert!(matches!(client.revoke_token(&new.id).await, Err(ClientError::Refused(404, _))));
    assert!(matches!(client.create_token("nobody").await, Err(ClientError::Refused(404, _))));
}

#[tokio::test]
async fn tokens_are_managed_by_administrators_alone() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "[my-auth]\ntokens = tokens.json\n");
    let server = start(folder.path()).await;
    let people = http_client();
    let created = people
        .post(format!("{}/api/2.0/mlflow/users/create", server.url))
        .basic_auth("admin", Some(PASSWORD))
        .json(&serde_json::json!({"username": "alice", "password": "alices own password"}))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), StatusCode::OK);
    for (username, password, expected) in
        [("alice", "alices own password", 403), ("alice", "a wrong password", 401), ("nobody", PASSWORD, 401)]
    {
        let client = MyAuthClient::new(&server.url, username, password);
        match client.create_token("admin").await {
            Err(ClientError::Refused(status, _)) => assert_eq!(status, expected, "{username}"),
            other => panic!("{other:?}"),
        }
        assert!(client.list_tokens().await.is_err());
    }
}

#[test]
fn a_wrong_configuration_is_told_at_the_start() {
    for (own, expected) in [
        ("", "'tokens' is missing in the section [my-auth]"),
        ("[my-auth]\ntokens = tokens.json\ncolour = red\n", "unknown keys in the section [my-auth]"),
        ("[my-auth]\ntokens = auth.ini\n", "auth.ini cannot be read"),
    ] {
        let folder = TempDir::new().unwrap();
        configure(folder.path(), own);
        let arguments = ["server", "--app-name", "my-auth", "--port", "0"];
        let output = command(folder.path()).args(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(expected), "{own}: {told}");
    }
}
