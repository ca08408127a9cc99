//! `millgate user`, `role` and `grant` on a database of users, without a server and beside one.

use crate::harness::{ADMIN_PASSWORD, Server, login, millgate};
use futures::FutureExt;
use serde_json::{Value, json};
use std::future::Future;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use store::auth::audit::{Search, search};
use store::schema::{self, Schema};
use store::{Db, StoreUri};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";
const OTHER_PASSWORD: &str = "staple of another kind";
const CURRENT: &str = "/api/2.0/mlflow/users/current";

/// What a command said, and how it ended.
#[derive(Debug)]
struct Ended {
    status: Option<i32>,
    out: String,
    err: String,
}

/// Runs a command with something at its standard input.
fn fed(mut command: Command, input: &str) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // Who refuses its arguments reads nothing.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let output = process.wait_with_output().unwrap();
    Ended {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A folder with a database of users as a server leaves it: the administrator is in it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: TempDir::new().unwrap() };
        wait(async {
            let uri = desk.uri();
            let db = Db::open(&uri).await.unwrap();
            schema::prepare(&db, Schema::Auth, &uri).await.unwrap();
            db.write(|connection| {
                async { store::auth::users::create(connection, "admin", "none that is right", true).await }
                    .boxed()
            })
            .await
            .unwrap();
            db.close().await;
        });
        desk
    }

    /// With a plain user, whose password is of no interest.
    fn with_alice() -> Self {
        let desk = Self::new();
        desk.fed(&["user", "create", "alice", "--password-stdin"], PASSWORD);
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn uri(&self) -> StoreUri {
        format!("sqlite:///{}", self.path().join("basic_auth.db").display()).parse().unwrap()
    }

    fn ends(&self, arguments: &[&str]) -> Ended {
        fed(millgate(self.path(), arguments), "")
    }

    /// What a command prints that succeeds.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let ended = self.ends(arguments);
        assert_eq!(ended.status, Some(0), "{arguments:?}: {ended:?}");
        ended.out
    }

    #[track_caller]
    fn fed(&self, arguments: &[&str], input: &str) -> String {
        let ended = fed(millgate(self.path(), arguments), input);
        assert_eq!(ended.status, Some(0), "{arguments:?}: {ended:?}");
        ended.out
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Why a command was refused.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> String {
        self.refuses_when_fed(arguments, "")
    }

    #[track_caller]
    fn refuses_when_fed(&self, arguments: &[&str], input: &str) -> String {
        let ended = fed(millgate(self.path(), arguments), input);
        assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""), "{arguments:?}: {ended:?}");
        ended.err
    }

    fn usernames(&self) -> Vec<String> {
        let users = self.json(&["user", "list"]);
        users["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// The events of the audit, the oldest first: command, target and detail.
    fn audit(&self) -> Vec<(String, String, String)> {
        let events = wait(async {
            let db = Db::open_existing(&self.uri()).await.unwrap();
            let (events, more) = search(&db, &Search { limit: 100, ..Search::default() }).await.unwrap();
            assert!(!more);
            db.close().await;
            events
        });
        let words = events.into_iter().rev().map(|recorded| {
            let event = recorded.event;
            let target = event.target.unwrap();
            assert!(event.actor.at > 0 && event.actor.username.is_none() && event.actor.address.is_none());
            (event.actor.operation.into_owned(), format!("{} {}", target.kind, target.name), event.detail)
        });
        words.collect()
    }
}

#[test]
fn users_are_created_listed_shown_and_deleted() {
    let desk = Desk::new();
    let said = desk.fed(&["user", "create", "alice", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert_eq!(said, "Created the user 'alice'.\n");
    let said = desk.fed(&["user", "create", "root", "--admin", "--password-stdin"], PASSWORD);
    assert_eq!(said, "Created the administrator 'root'.\n");
    assert_eq!(desk.says(&["user", "list"]), "USER   ADMIN  ROLES\nadmin  yes\nalice  no\nroot   yes\n");
    assert_eq!(desk.says(&["user", "show", "alice"]), "User:   alice\nAdmin:  no\nRoles:\n");
    assert_eq!(desk.says(&["user", "promote", "alice"]), "'alice' is an administrator.\n");
    assert_eq!(desk.says(&["user", "demote", "alice"]), "'alice' is a plain user.\n");
    assert_eq!(desk.says(&["user", "delete", "root", "--yes"]), "Deleted the user 'root'.\n");
    assert_eq!(desk.usernames(), ["admin", "alice"]);
}

#[test]
fn what_cannot_be_done_to_a_user_is_said_in_one_line() {
    let desk = Desk::with_alice();
    let missing = "millgate: User with username=bob not found\n";
    for arguments in [
        &["user", "show", "bob"][..],
        &["user", "password", "bob", "--generate"],
        &["user", "promote", "bob"],
        &["user", "demote", "bob"],
        &["user", "delete", "bob", "--yes"],
        &["grant", "list", "bob"],
        &["grant", "set", "bob", "experiment", "1", "READ"],
        &["grant", "check", "bob", "experiment", "1"],
    ] {
        assert_eq!(desk.refuses(arguments), missing, "{arguments:?}");
    }
    let said = desk.refuses_when_fed(&["user", "create", "alice", "--password-stdin"], PASSWORD);
    assert!(said.contains("already exists"), "{said}");
    assert!(desk.refuses(&["user", "create", "", "--generate"]).contains("cannot be empty"));
    assert!(desk.refuses(&["user", "create", "a\tb", "--generate"]).contains("control characters"));
    assert_eq!(desk.usernames(), ["admin", "alice"]);
}

#[test]
fn the_last_administrator_stays_one() {
    let desk = Desk::with_alice();
    for arguments in [&["user", "demote", "admin"][..], &["user", "delete", "admin", "--yes"]] {
        assert!(desk.refuses(arguments).contains("last administrator"), "{arguments:?}");
    }
    desk.says(&["user", "promote", "alice"]);
    desk.says(&["user", "delete", "admin", "-y"]);
    assert!(desk.refuses(&["user", "demote", "alice"]).contains("last administrator"));
}

#[test]
fn deleting_asks_first_and_without_a_terminal_needs_a_flag() {
    let desk = Desk::with_alice();
    desk.says(&["role", "create", "readers"]);
    for arguments in [&["user", "delete", "alice"][..], &["role", "delete", "readers"]] {
        let said = desk.refuses_when_fed(arguments, "y\n");
        assert!(said.contains("--yes"), "{said}");
        let ended = at_a_terminal(&desk, arguments, &[("[y/N] ", "n\n")]);
        assert!(ended.contains("nothing was deleted"), "{ended}");
    }
    assert_eq!(desk.usernames(), ["admin", "alice"]);
    at_a_terminal(&desk, &["user", "delete", "alice"], &[("[y/N] ", "y\n")]);
    at_a_terminal(&desk, &["role", "delete", "readers"], &[("[y/N] ", "yes\n")]);
    assert_eq!(desk.usernames(), ["admin"]);
    assert_eq!(desk.json(&["role", "list"]), json!({"roles": []}));
}

#[test]
fn a_password_that_does_not_do_is_refused_and_never_shown() {
    let desk = Desk::with_alice();
    let long = "long".repeat(300);
    for (password, says) in [
        ("short\n", "at least 12 characters"),
        ("", "at least 12 characters"),
        (&long, "at most 1024 bytes"),
        ("correct horse\nbattery staple\n", "one line"),
        ("correct horse\0battery staple\n", "one line"),
    ] {
        desk.write("password", password);
        for arguments in [
            &["user", "create", "bob", "--password-stdin"][..],
            &["user", "create", "bob", "--password-file", "password"],
            &["user", "password", "alice", "--password-stdin"],
        ] {
            let said = desk.refuses_when_fed(arguments, password);
            assert!(said.contains(says), "{arguments:?} with {password:?}: {said}");
            assert!(
                !said.contains("horse") && !said.contains("short") && !said.contains("longlong"),
                "{said}"
            );
        }
    }
    let said = desk.refuses(&["user", "create", "bob", "--password-file", "nowhere"]);
    assert!(said.contains("nowhere") && said.contains("cannot be read"), "{said}");
    let said = desk.refuses(&["user", "create", "bob"]);
    assert!(said.contains("no terminal") && said.contains("--password-stdin"), "{said}");
    assert_eq!(desk.usernames(), ["admin", "alice"]);
    assert_eq!(desk.audit().len(), 1, "only alice's creation is an event");
}

#[test]
fn the_policy_is_that_of_the_servers_settings() {
    let desk = Desk::new();
    desk.write("auth.ini", "[mlflow]\ndatabase_uri = sqlite:///basic_auth.db\ndefault_permission = EDIT\nmin_password_length = 30\n");
    let with_settings = |arguments: &[&str], input: &str| {
        let mut command = millgate(desk.path(), arguments);
        command.env("MLFLOW_AUTH_CONFIG_PATH", "auth.ini");
        fed(command, input)
    };
    let ended = with_settings(&["user", "create", "alice", "--password-stdin"], PASSWORD);
    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("at least 30 characters"), "{ended:?}");
    let ended = with_settings(&["user", "create", "alice", "--generate"], "");
    assert_eq!((ended.status, ended.out.trim_end().len()), (Some(0), 30), "{ended:?}");
    let ended = with_settings(&["grant", "check", "alice", "experiment", "1"], "");
    assert_eq!((ended.status, ended.out.as_str()), (Some(0), "EDIT\n"));
}

#[test]
fn a_password_file_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.write("password", PASSWORD);
    for (name, mode, warned) in [("alice", 0o640, true), ("bob", 0o600, false)] {
        std::fs::set_permissions(desk.path().join("password"), std::fs::Permissions::from_mode(mode))
            .unwrap();
        let ended = desk.ends(&["user", "create", name, "--password-file", "password"]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert_eq!(ended.err.contains("others can read password"), warned, "{ended:?}");
    }
}

/// Runs a command at a terminal of its own: waits for each prompt, then types the answer. Gives all that the terminal showed.
fn at_a_terminal(desk: &Desk, arguments: &[&str], dialogue: &[(&str, &str)]) -> String {
    let words = [&[env!("CARGO_BIN_EXE_millgate")], arguments].concat();
    let mut command = Command::new("script");
    command.args(["-qec", &words.join(" "), "/dev/null"]).current_dir(desk.path());
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut keyboard = process.stdin.take().unwrap();
    let mut screen = process.stdout.take().unwrap();
    let mut shown = String::new();
    for (prompt, answer) in dialogue {
        let deadline = Instant::now() + Duration::from_secs(30);
        let seen = shown.len();
        while !shown[seen..].contains(prompt) {
            assert!(Instant::now() < deadline, "no {prompt:?} in {shown:?}");
            let mut bytes = [0u8; 1024];
            let read = screen.read(&mut bytes).unwrap();
            assert!(read > 0, "ended without {prompt:?}: {shown:?}");
            shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        // The prompt is written a moment before the echo is turned off.
        std::thread::sleep(Duration::from_millis(300));
        keyboard.write_all(answer.as_bytes()).unwrap();
    }
    screen.read_to_string(&mut shown).unwrap();
    process.wait().unwrap();
    shown
}

#[test]
fn at_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let desk = Desk::new();
    let typed = format!("{PASSWORD}\n");
    let create = ["user", "create", "alice"];
    let shown = at_a_terminal(
        &desk,
        &create,
        &[("New password for alice: ", &typed), ("The same again: ", &format!("{OTHER_PASSWORD}\n"))],
    );
    assert!(shown.contains("the two passwords differ"), "{shown}");
    let shown = at_a_terminal(&desk, &create, &[("New password for alice: ", "short\n")]);
    assert!(shown.contains("at least 12 characters"), "{shown}");
    assert_eq!(desk.usernames(), ["admin"]);

    let shown =
        at_a_terminal(&desk, &create, &[("New password for alice: ", &typed), ("The same again: ", &typed)]);
    assert!(shown.contains("Created the user 'alice'."), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert_eq!(desk.usernames(), ["admin", "alice"]);
}

#[test]
fn a_password_is_in_no_argument_variable_or_log() {
    let desk = Desk::new();
    let mut command =
        millgate(desk.path(), &["user", "create", "alice", "--password-stdin", "--log-level", "trace"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(PASSWORD.as_bytes()).unwrap();
    // It waits for the end of its input.
    for name in ["cmdline", "environ"] {
        let visible = std::fs::read(format!("/proc/{}/{name}", process.id())).unwrap();
        assert!(!String::from_utf8_lossy(&visible).contains(PASSWORD), "{name}");
    }
    drop(input);
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(PASSWORD) && !said.contains("scrypt:"), "{said}");
    for (_, _, detail) in desk.audit() {
        assert!(!detail.contains(PASSWORD) && !detail.contains("scrypt:"), "{detail}");
    }
}

#[test]
fn a_database_that_is_not_there_or_none_of_users_is_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let tracking = "sqlite:///tracking.db";
    let ends = |arguments: &[&str]| fed(millgate(folder.path(), arguments), PASSWORD);
    let create = ["user", "create", "alice", "--admin", "--password-stdin"];
    for (more, says) in [
        (&[][..], "there is no file basic_auth.db"),
        (&["--database", "sqlite:///typo.db"], "there is no file typo.db"),
        (&["--database", "sqlite:///no/folder.db"], "there is no file no/folder.db"),
        (&["--database", "postgresql://u:hidden@h/d?service=s"], "not supported: service"),
        (&["--database", "basic_auth.db"], "--database"),
    ] {
        let ended = ends(&[&create[..], more].concat());
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.err.contains(says) && !ended.err.contains("hidden"), "{more:?}: {ended:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{more:?} left something behind");
    }
    assert_eq!(ends(&["db", "upgrade", tracking]).status, Some(0));
    std::fs::write(folder.path().join("empty.db"), "").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no database".repeat(500)).unwrap();
    for file in ["tracking.db", "empty.db", "notes.txt"] {
        let before = std::fs::read(folder.path().join(file)).unwrap();
        let ended = ends(&[&create[..], &["--database", &format!("sqlite:///{file}")]].concat());
        assert_eq!(ended.status, Some(1), "{file}: {ended:?}");
        assert!(ended.err.contains(file) && ended.err.contains("--database"), "{ended:?}");
        assert!(std::fs::read(folder.path().join(file)).unwrap() == before, "{file} changed");
    }
}

#[test]
fn mistakes_of_usage_end_with_status_2() {
    let desk = Desk::new();
    for arguments in [
        &["user"][..],
        &["user", "create"],
        &["user", "create", "alice", PASSWORD],
        &["user", "create", "alice", "--generate", "--password-stdin"],
        &["grant", "check", "alice", "experiment", "1", "--level", "OWNER"],
        &["role", "nonsense"],
    ] {
        assert_eq!(desk.ends(arguments).status, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_role_is_made_filled_given_and_taken() {
    let desk = Desk::with_alice();
    let said = desk.says(&["role", "create", "readers", "--description", "Who only looks"]);
    assert_eq!(said, "Created the role 'readers'.\n");
    let said = desk.says(&["role", "add", "readers", "experiment", "*", "READ"]);
    assert_eq!(said, "The role 'readers' grants READ on experiment '*'.\n");
    let again = ["role", "add", "readers", "experiment", "*", "EDIT"];
    assert!(desk.refuses(&again).contains("already exists"));
    desk.says(&[&again[..], &["--replace"]].concat());
    desk.says(&["role", "add", "readers", "workspace", "*", "USE", "--replace"]);
    assert_eq!(desk.says(&["role", "assign", "readers", "alice"]), "'alice' holds the role 'readers'.\n");
    assert!(desk.refuses(&["role", "assign", "readers", "alice"]).contains("already exists"));

    assert_eq!(
        desk.says(&["role", "show", "readers"]),
        "Role:         readers\nWorkspace:    default\nDescription:  Who only looks\nUsers:        alice\n\n\
         TYPE        ID  LEVEL\nexperiment  *   EDIT\nworkspace   *   USE\n"
    );
    let shown = desk.json(&["role", "show", "readers"]);
    let edit = json!({"resource_type": "experiment", "resource_pattern": "*", "permission": "EDIT"});
    assert_eq!(shown["users"], json!(["alice"]));
    assert_eq!(shown["permissions"][0], edit);
    assert_eq!(
        desk.says(&["grant", "list", "alice"]),
        "TYPE        ID  LEVEL  THROUGH ROLE  WORKSPACE\n\
         experiment  *   EDIT   readers       default\n\
         workspace   *   USE    readers       default\n"
    );
    assert_eq!(desk.says(&["grant", "check", "alice", "experiment", "7"]), "EDIT\n");

    desk.says(&["role", "rename", "readers", "editors"]);
    assert!(desk.refuses(&["role", "show", "readers"]).contains("not found"));
    let said = desk.says(&["role", "remove", "editors", "experiment", "*"]);
    assert_eq!(said, "The role 'editors' grants nothing on experiment '*'.\n");
    assert!(desk.refuses(&["role", "remove", "editors", "experiment", "*"]).contains("grants nothing"));
    desk.says(&["role", "unassign", "editors", "alice"]);
    assert!(desk.refuses(&["role", "unassign", "editors", "alice"]).contains("not found"));
    desk.says(&["role", "delete", "editors", "--yes"]);
    assert_eq!(desk.json(&["role", "list"]), json!({"roles": []}));
}

#[test]
fn roles_of_another_workspace_are_named_with_it() {
    let desk = Desk::with_alice();
    let there = ["--workspace", "team"];
    desk.says(&["role", "create", "readers"]);
    let said = desk.says(&[&["role", "create", "readers"][..], &there].concat());
    assert_eq!(said, "Created the role 'readers' of the workspace 'team'.\n");
    desk.says(&[&["role", "assign", "readers", "alice"][..], &there].concat());
    assert_eq!(
        desk.says(&["role", "list"]),
        "ROLE     WORKSPACE  GRANTS  DESCRIPTION\nreaders  default    0\nreaders  team       0\n"
    );
    assert_eq!(desk.json(&["role", "list", "--workspace", "team"])["roles"].as_array().unwrap().len(), 1);
    assert!(desk.says(&["user", "list"]).contains("readers (team)"));
}

#[test]
fn a_role_that_cannot_be_is_refused() {
    let desk = Desk::with_alice();
    desk.says(&["role", "create", "readers"]);
    let long = "x".repeat(300);
    for (arguments, says) in [
        (&["role", "create", "readers"][..], "already exists"),
        (&["role", "create", "__user_1__"], "reserved"),
        (&["role", "create", " "], "cannot be empty"),
        (&["role", "create", &long], "at most 255 characters"),
        (&["role", "create", "a", "--workspace", &long], "at most 63 characters"),
        (&["role", "rename", "readers", "__user_1__"], "reserved"),
        (&["role", "add", "readers", "experimnt", "1", "READ"], "Invalid resource type"),
        (&["role", "add", "readers", "experiment", "01", "READ"], "plain spelling"),
        (&["role", "add", "readers", "run", "1", "READ"], "only wildcard"),
        (&["role", "add", "readers", "experiment", "1", "read"], "Invalid permission 'read'"),
        (&["role", "assign", "nobody", "alice"], "not found"),
        (&["role", "assign", "readers", "bob"], "User with username=bob not found"),
    ] {
        let said = desk.refuses(arguments);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    assert_eq!(desk.json(&["role", "list"])["roles"].as_array().unwrap().len(), 1);
}

#[test]
fn a_grant_is_set_listed_checked_and_revoked() {
    let desk = Desk::with_alice();
    let on = ["alice", "experiment", "7"];
    let run = |verb: &'static str, more: &[&'static str]| [&["grant", verb], &on[..], more].concat();
    assert_eq!(desk.says(&run("check", &[])), "READ\n", "the default permission");
    assert_eq!(desk.says(&run("set", &["EDIT"])), "'alice' is granted EDIT on experiment '7'.\n");
    assert_eq!(
        desk.says(&["grant", "list", "alice"]),
        "TYPE        ID  LEVEL  THROUGH ROLE  WORKSPACE\nexperiment  7   EDIT   -             default\n"
    );
    for (asked, status) in [("READ", 0), ("USE", 0), ("EDIT", 0), ("MANAGE", 3)] {
        let ended = desk.ends(&[&run("check", &["--level"])[..], &[asked]].concat());
        assert_eq!((ended.status, ended.out.as_str()), (Some(status), "EDIT\n"), "{asked}: {ended:?}");
    }
    desk.says(&run("set", &["DENY"]));
    assert_eq!(desk.ends(&run("check", &["--level", "READ"])).status, Some(3));
    let shown = desk.json(&["user", "show", "alice"]);
    assert_eq!(shown["roles"], json!([]));
    assert_eq!(
        shown["permissions"],
        json!([{"role_name": null, "workspace": "default", "resource_type": "experiment",
                "resource_pattern": "7", "permission": "DENY"}])
    );
    assert_eq!(desk.json(&["grant", "list", "alice"])["permissions"], shown["permissions"]);
    assert_eq!(desk.says(&run("revoke", &[])), "Revoked what was granted to 'alice' on experiment '7'.\n");
    assert!(desk.refuses(&run("revoke", &[])).contains("not found"));
    assert_eq!(desk.says(&["grant", "check", "admin", "experiment", "7"]), "MANAGE\n");
    assert!(desk.says(&["grant", "list", "admin"]).contains("an administrator, whom nothing is forbidden"));
    for (arguments, says) in [
        (&["grant", "set", "alice", "workspace", "*", "USE"][..], "'workspace' is not supported"),
        (&["grant", "set", "alice", "experiment", "", "READ"], "cannot be empty"),
        (&["grant", "set", "alice", "experiment", "1", "OWNER"], "Invalid permission 'OWNER'"),
        (&["grant", "check", "alice", "thing", "1"], "Invalid resource type"),
    ] {
        let said = desk.refuses(arguments);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn every_change_stands_in_the_audit_under_its_command() {
    let desk = Desk::with_alice();
    for arguments in [
        &["user", "password", "alice", "--generate"][..],
        &["user", "promote", "alice"],
        &["user", "demote", "alice"],
        &["role", "create", "readers"],
        &["role", "rename", "readers", "lookers"],
        &["role", "add", "lookers", "experiment", "*", "READ"],
        &["role", "add", "lookers", "experiment", "*", "USE", "--replace"],
        &["role", "assign", "lookers", "alice"],
        &["role", "unassign", "lookers", "alice"],
        &["role", "remove", "lookers", "experiment", "*"],
        &["grant", "set", "alice", "experiment", "7", "EDIT"],
        &["grant", "revoke", "alice", "experiment", "7"],
        &["role", "delete", "lookers", "--yes"],
        &["user", "delete", "alice", "--yes"],
    ] {
        desk.says(arguments);
    }
    // Reading, and what was refused, changes nothing.
    desk.says(&["user", "list"]);
    desk.refuses(&["user", "demote", "admin"]);
    let audit = desk.audit();
    let found: Vec<(&str, &str)> =
        audit.iter().map(|(command, target, _)| (command.as_str(), target.as_str())).collect();
    let role = audit.iter().find(|event| event.0 == "millgate role create").unwrap().1.as_str();
    assert_eq!(
        found,
        [
            ("millgate user create", "user alice"),
            ("millgate user password", "user alice"),
            ("millgate user promote", "user alice"),
            ("millgate user demote", "user alice"),
            ("millgate role create", role),
            ("millgate role rename", role),
            ("millgate role add", "experiment *"),
            ("millgate role add", "experiment *"),
            ("millgate role assign", "user alice"),
            ("millgate role unassign", "user alice"),
            ("millgate role remove", "experiment *"),
            ("millgate grant set", "experiment 7"),
            ("millgate grant revoke", "experiment 7"),
            ("millgate role delete", role),
            ("millgate user delete", "user alice"),
        ]
    );
}

#[test]
fn commands_that_run_at_the_same_time_wait_for_each_other() {
    let desk = Desk::new();
    let processes: Vec<_> = (0..8)
        .map(|number| {
            let name = format!("role-{number}");
            let mut command = millgate(desk.path(), &["role", "create", &name]);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(desk.json(&["role", "list"])["roles"].as_array().unwrap().len(), 8);
}

#[test]
fn a_running_server_follows_at_the_next_request() {
    let variables = [("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN_PASSWORD)];
    let server = Server::start_in(TempDir::new().unwrap(), &["--app-name", "basic-auth"], &variables);
    let folder = server.folder.path().to_owned();
    let status = |name: &str, password: &str| server.get(CURRENT, &[&login(name, password)]).status;
    let does = |arguments: &[&str], input: &str| {
        let ended = fed(millgate(&folder, arguments), input);
        assert_eq!(ended.status, Some(0), "{arguments:?}: {ended:?}");
        ended
    };
    assert_eq!(status("admin", ADMIN_PASSWORD), 200);

    does(&["user", "password", "admin", "--password-stdin"], PASSWORD);
    assert_eq!(status("admin", ADMIN_PASSWORD), 401, "the old password");
    assert_eq!(status("admin", PASSWORD), 200, "the new password");

    let generated = does(&["user", "password", "admin", "--generate"], "");
    let (password, rest) = generated.out.split_once('\n').unwrap();
    assert_eq!((password.len(), rest), (24, ""), "nothing but the password");
    assert!(!generated.err.contains(password), "{generated:?}");
    assert_eq!(status("admin", PASSWORD), 401);
    assert_eq!(status("admin", password), 200);

    does(&["user", "create", "other", "--admin", "--password-stdin"], OTHER_PASSWORD);
    let answer = server.get(CURRENT, &[&login("other", OTHER_PASSWORD)]);
    assert!(answer.status == 200 && answer.body.contains("\"is_admin\":true"), "{answer:?}");
    let experiment = "/api/2.0/mlflow/experiments/get?experiment_id=0";
    let get = || server.get(experiment, &[&login("other", OTHER_PASSWORD)]).status;
    does(&["user", "demote", "other"], "");
    assert_eq!(get(), 200, "what everybody may");
    does(&["grant", "set", "other", "experiment", "0", "DENY"], "");
    assert_eq!(get(), 403, "a refusal");
    does(&["grant", "revoke", "other", "experiment", "0"], "");
    assert_eq!(get(), 200, "no refusal any more");
    does(&["user", "delete", "other", "--yes"], "");
    assert_eq!(get(), 401, "a user who is gone");
}
