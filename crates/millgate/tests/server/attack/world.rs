//! A guarded server with the people who attack it and are attacked.

use crate::harness::{Answer, Server, login};
use authz::{Level, ResourceType};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use store::auth::{grants, users};
use store::{Connection, Db, StoreError};
use tempfile::TempDir;

pub(crate) const ADMIN: &str = "admin";
/// Owns what is attacked.
pub(crate) const ALICE: &str = "alice";
/// Has a login and no right to anything of Alice's.
pub(crate) const MALLORY: &str = "mallory";

/// Of their passwords, by PBKDF2 in one round.
const ALICES_DIGEST: &str = "64a31b65b9ddc1c858c009f2a49efdc6d49b486d0862fbc2f381907a77a1916e";
const MALLORYS_DIGEST: &str = "d44cffa7e098556f6ba9955d31cfd9febe0381d4823d4c774d852196453ea803";

pub(crate) const API: &str = "/api/2.0/mlflow";
pub(crate) const AJAX: &str = "/ajax-api/2.0/mlflow";
pub(crate) const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

pub(crate) struct World {
    pub(crate) server: Server,
}

/// What Alice owns.
pub(crate) struct Owned {
    pub(crate) experiment: String,
    pub(crate) run: String,
}

impl Owned {
    /// The way to her file through the artifact proxy.
    pub(crate) fn secret(&self) -> String {
        format!("{}/{}/artifacts/secret.txt", self.experiment, self.run)
    }
}

pub(crate) fn password(user: &str) -> String {
    format!("the password of {user}")
}

/// The value of the first string field of this name in a JSON text.
pub(crate) fn field(json: &str, name: &str) -> String {
    let (_, rest) =
        json.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name} in {json}"));
    rest.split_once('"').unwrap().0.to_owned()
}

impl World {
    /// A server on which nobody may do what nobody granted.
    pub(crate) fn closed() -> Self {
        Self::new("NO_PERMISSIONS", &[])
    }

    pub(crate) fn new(default_permission: &str, arguments: &[&str]) -> Self {
        Self::configured(default_permission, "", arguments)
    }

    /// A closed server with these lines in its authentication settings.
    pub(crate) fn with_settings(lines: &str, arguments: &[&str]) -> Self {
        Self::configured("NO_PERMISSIONS", lines, arguments)
    }

    fn configured(default_permission: &str, lines: &str, arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let ini = folder.path().join("auth.ini");
        let text = format!(
            "[mlflow]\ndatabase_uri = sqlite:///basic_auth.db\ndefault_permission = {default_permission}\n\
             admin_username = {ADMIN}\nadmin_password = {}\n{lines}",
            password(ADMIN)
        );
        std::fs::write(&ini, text).unwrap();
        let mut all = vec!["--app-name", "basic-auth"];
        all.extend_from_slice(arguments);
        let server = Server::start_in(folder, &all, &[("MLFLOW_AUTH_CONFIG_PATH", ini.to_str().unwrap())]);
        Self { server }
    }

    /// With Alice and Mallory, whose passwords are quick to check: the tests log in often.
    pub(crate) fn with_people(self) -> Self {
        self.in_auth_database(|connection| {
            async move {
                for (user, digest) in [(ALICE, ALICES_DIGEST), (MALLORY, MALLORYS_DIGEST)] {
                    users::create(connection, user, &format!("pbkdf2:sha256:1$salt${digest}"), false).await?;
                }
                Ok(())
            }
            .boxed()
        });
        self
    }

    /// As an administrator makes one, with a password that is as slow to check as they are.
    pub(crate) fn create_user(&self, user: &str) {
        let body = format!(r#"{{"username": "{user}", "password": "{}"}}"#, password(user));
        assert_eq!(self.post(ADMIN, "users/create", &body).status, 200);
    }

    /// The same databases behind a server that was stopped and started again.
    pub(crate) fn restarted(self) -> Self {
        let folder = self.server.into_folder();
        let ini = folder.path().join("auth.ini");
        let variables = [("MLFLOW_AUTH_CONFIG_PATH", ini.to_str().unwrap())];
        Self { server: Server::start_in(folder, &["--app-name", "basic-auth"], &variables) }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.server.folder.path()
    }

    /// Where the files behind the artifact proxy lie.
    pub(crate) fn storage(&self) -> PathBuf {
        self.folder().join("mlartifacts")
    }

    /// A request with the user's right password.
    pub(crate) fn ask(&self, user: &str, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let login = login(user, &password(user));
        let mut all = vec![login.as_str()];
        all.extend_from_slice(headers);
        self.server.send(method, path, &all, body)
    }

    pub(crate) fn get(&self, user: &str, path: &str) -> Answer {
        self.ask(user, "GET", path, &[], b"")
    }

    /// A JSON body to an operation.
    pub(crate) fn send(&self, user: &str, method: &str, operation: &str, json: &str) -> Answer {
        let path = format!("{API}/{operation}");
        self.ask(user, method, &path, &["Content-Type: application/json"], json.as_bytes())
    }

    pub(crate) fn post(&self, user: &str, operation: &str, json: &str) -> Answer {
        self.send(user, "POST", operation, json)
    }

    pub(crate) fn put(&self, user: &str, path: &str, content: &str) -> Answer {
        self.ask(user, "PUT", &format!("{PROXY}/{path}"), &[], content.as_bytes())
    }

    /// Bytes as they are; the server may close before it has read them all.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.server.connect();
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Answer::read(&mut answer.as_slice())
    }

    pub(crate) fn experiment(&self, user: &str, name: &str) -> String {
        let made = self.post(user, "experiments/create", &format!(r#"{{"name": "{name}"}}"#));
        assert_eq!(made.status, 200, "{made:?}");
        field(&made.body, "experiment_id")
    }

    pub(crate) fn run(&self, user: &str, experiment: &str) -> String {
        let made = self.post(user, "runs/create", &format!(r#"{{"experiment_id": "{experiment}"}}"#));
        assert_eq!(made.status, 200, "{made:?}");
        field(&made.body, "run_id")
    }

    /// An experiment of Alice's with a run and a file.
    pub(crate) fn owned(&self) -> Owned {
        let experiment = self.experiment(ALICE, "hers");
        let run = self.run(ALICE, &experiment);
        let owned = Owned { experiment, run };
        assert_eq!(self.put(ALICE, &owned.secret(), "her secret").status, 200);
        owned
    }

    /// Whether the server still serves.
    pub(crate) fn is_alive(&self) -> bool {
        self.server.get("/health", &[]).body == "OK"
    }

    /// Grants by hand, as an administrator's tool or a Python server on the same database would.
    pub(crate) fn grant(&self, user: &'static str, kind: ResourceType, pattern: &str, level: Level) {
        let pattern = pattern.to_owned();
        self.in_auth_database(move |connection| {
            let pattern = pattern.clone();
            async move {
                let id = users::get(connection, user).await?.id;
                grants::grant(connection, id, kind, &pattern, level).await
            }
            .boxed()
        });
    }

    fn in_auth_database(
        &self,
        work: impl for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<(), StoreError>>
        + Send
        + Sync
        + 'static,
    ) {
        let uri = format!("sqlite:///{}", self.folder().join("basic_auth.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let db = Db::open(&uri.parse().unwrap()).await.unwrap();
            db.write(work).await.unwrap();
            db.close().await;
        });
    }
}

/// Every byte but letters and digits as `%xx`.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
