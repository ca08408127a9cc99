//! Forms of the `Authorization` header, and passwords that everybody knows.

use crate::attack::world::{ADMIN, ALICE, API, MALLORY, World, password};
use crate::harness::{ends, login, millgate};

#[test]
fn credentials_that_cannot_be_read_in_one_way_are_none() {
    let world = World::closed().with_people();
    let path = format!("{API}/users/current");
    let (alice, mallory) = (login(ALICE, &password(ALICE)), login(MALLORY, &password(MALLORY)));
    let token = alice.split_once("Basic ").unwrap().1.to_owned();
    for headers in [
        vec![],
        vec![alice.clone(), alice.clone()],
        vec![alice.clone(), mallory.clone()],
        vec![format!("{alice}, {}", mallory.split_once(": ").unwrap().1)],
        vec![format!("Authorization: Bearer {token}")],
        vec![format!("Proxy-Authorization: Basic {token}")],
        vec![format!("Cookie: authorization=Basic {token}")],
        vec!["Authorization:".to_owned()],
        vec!["Authorization: Basic".to_owned()],
        vec!["Authorization: Basic ".to_owned()],
        vec!["Authorization: Basic %%%".to_owned()],
        vec!["Authorization: Basic YWxpY2U=".to_owned()],
        vec!["Authorization: Basic Og==".to_owned()],
        vec!["Authorization: Basic /zr+".to_owned()],
        vec!["Authorization: Basic \u{ff}".to_owned()],
        vec![format!("Authorization: Basic\t{token}")],
        vec![format!("Authorization: Basic {}", token.trim_end_matches('=').to_owned() + "====")],
        vec![format!("Authorization: Basic {}", "A".repeat(9000))],
        vec![login(ALICE, "")],
        vec![login("", "")],
        vec![login("ALICE", &password(ALICE))],
        vec![login("alice\0", &password(ALICE))],
        vec![login("alice ", &password(ALICE))],
        vec![login(ALICE, &format!("{} ", password(ALICE)))],
        vec![login("alice' OR '1'='1", &password(ALICE))],
        vec![login("al%", &password(ALICE))],
        vec![login("__user_2__", &password(ALICE))],
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = world.server.get(&path, &headers);
        assert_eq!(answer.status, 401, "{headers:?}: {answer:?}");
        assert!(answer.head.contains("\r\nwww-authenticate: basic"), "{answer:?}");
    }
    for scheme in ["Basic", "basic", "BASIC"] {
        let header = format!("Authorization: {scheme} {token}");
        assert_eq!(world.server.get(&path, &[&header]).status, 200, "{scheme}");
    }
    // One that is too large is refused before anybody looks at it.
    let huge = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {}\r\n\r\n",
        "A".repeat(1 << 20)
    );
    assert_eq!(world.raw(huge.as_bytes()).status, 431);
    let folded =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic\r\n {token}\r\n\r\n");
    assert_eq!(world.raw(folded.as_bytes()).status, 400);
}

#[test]
fn the_login_in_a_url_is_none() {
    let world = World::closed().with_people();
    let request = format!(
        "GET http://{ALICE}:x@localhost{API}/users/current HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    );
    assert!(matches!(world.raw(request.as_bytes()).status, 401 | 403));
}

#[test]
fn a_password_that_mlflow_shipped_is_not_taken() {
    for shipped in ["password1234", "password"] {
        let folder = tempfile::TempDir::new().unwrap();
        let ini = folder.path().join("auth.ini");
        let text = format!(
            "[mlflow]\ndatabase_uri = sqlite:///basic_auth.db\ndefault_permission = READ\n\
             admin_username = {ADMIN}\nadmin_password = {shipped}\n"
        );
        std::fs::write(&ini, text).unwrap();
        let mut command = millgate(folder.path(), &["server", "--port", "0", "--app-name", "basic-auth"]);
        command.env("MLFLOW_AUTH_CONFIG_PATH", &ini);
        let (output, said) = ends(command);
        assert!(!output.status.success(), "{said}");
        assert!(said.contains("shipped") && !said.contains("listening"), "{said}");
    }
    let world = World::closed();
    for shipped in ["password1234", "password", ""] {
        let answer = world.server.get(&format!("{API}/users/current"), &[&login(ADMIN, shipped)]);
        assert_eq!(answer.status, 401, "{shipped:?}");
    }
}
