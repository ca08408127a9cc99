//! Failed logins, as many as an attacker sends, and who still gets in.

use crate::attack::world::{ADMIN, ALICE, API, MALLORY, World, password};
use crate::harness::{Answer, login, request};
use std::io::Write;

const CURRENT: &str = "/api/2.0/mlflow/users/current";

/// A request from another address of this machine; `None` where there is none.
#[cfg(target_os = "linux")]
fn from(world: &World, address: [u8; 4], headers: &[&str]) -> Answer {
    use std::net::{IpAddr, SocketAddr};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(IpAddr::from(address), 0)).unwrap();
        socket.connect(world.server.address.parse().unwrap()).await.unwrap().into_std().unwrap()
    });
    let mut stream = stream;
    stream.set_nonblocking(false).unwrap();
    stream.write_all(&request("GET", CURRENT, headers, b"")).unwrap();
    Answer::read(&mut stream)
}

/// Fails until the server says that it is enough, and gives its last answer.
fn hammer(mut fails: impl FnMut(usize) -> Answer) -> (usize, Answer) {
    for number in 0..200 {
        let answer = fails(number);
        if answer.status != 401 {
            return (number, answer);
        }
    }
    panic!("200 logins failed and none was refused");
}

fn wrong(username: &str, number: usize) -> String {
    login(username, &format!("wrong {number}"))
}

#[test]
fn an_account_is_refused_at_the_address_that_guesses_and_nowhere_else() {
    let world = World::closed().with_people();
    assert_eq!(world.get(ALICE, CURRENT).status, 200);
    let (failed, refused) = hammer(|number| world.server.get(CURRENT, &[&wrong(ALICE, number)]));
    assert!(failed >= 10, "{failed}");
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(refused.body.contains(r#""error_code":"REQUEST_LIMIT_EXCEEDED""#), "{refused:?}");
    let seconds = refused.head.split_once("retry-after: ").unwrap().1.lines().next().unwrap();
    assert!((1..=6).contains(&seconds.parse().unwrap()), "{refused:?}");
    // Her password was verified before: she is never looked at.
    assert_eq!(world.get(ALICE, CURRENT).status, 200);
    assert_eq!(world.get(MALLORY, CURRENT).status, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn a_user_whose_account_is_guessed_logs_in_from_another_address() {
    let world = World::closed().with_people();
    let (_, refused) = hammer(|number| world.server.get(CURRENT, &[&wrong(ALICE, number)]));
    assert_eq!(refused.status, 429);
    let right = login(ALICE, &password(ALICE));
    assert_eq!(world.server.get(CURRENT, &[&right]).status, 429, "not looked at");
    assert_eq!(from(&world, [127, 0, 0, 2], &[&right]).status, 200);
}

#[test]
fn a_name_that_nobody_has_is_refused_like_one_that_somebody_has() {
    let world = World::with_settings("", &[]).with_people();
    let answers = ["alice", "nobody at all"]
        .map(|username| hammer(|number| world.server.get(CURRENT, &[&wrong(username, number)])));
    let [(_, of_alice), (_, of_nobody)] = answers;
    assert_eq!(of_alice.status, 429);
    assert_eq!((of_alice.status, of_alice.body), (of_nobody.status, of_nobody.body));
}

#[test]
fn an_address_that_tries_many_names_is_refused() {
    let world = World::with_settings("login_failures_per_minute_address = 5\n", &[]).with_people();
    assert_eq!(world.get(ALICE, CURRENT).status, 200);
    let (failed, refused) =
        hammer(|number| world.server.get(CURRENT, &[&wrong(&format!("user{number}"), number)]));
    assert!((5..10).contains(&failed), "{failed}");
    assert_eq!(refused.status, 429);
    let unreadable = world.server.get(CURRENT, &["Authorization: Basic %%%"]);
    assert_eq!(unreadable.status, 429);
    // To come without credentials is no failure: a browser asks that way.
    assert_eq!(world.server.get(CURRENT, &[]).status, 401);
    assert_eq!(world.get(ALICE, CURRENT).status, 200);
}

#[test]
fn an_address_in_a_header_counts_from_a_listed_proxy_alone() {
    for (arguments, believed) in
        [(&[][..], false), (&["--uvicorn-opts", "--forwarded-allow-ips=127.0.0.1"], true)]
    {
        let world = World::with_settings("", arguments).with_people();
        let (_, refused) = hammer(|number| {
            world.server.get(CURRENT, &[&wrong(ALICE, number), "X-Forwarded-For: 198.51.100.7"])
        });
        assert_eq!(refused.status, 429);
        let right = login(ALICE, &password(ALICE));
        let elsewhere = world.server.get(CURRENT, &[&right, "X-Forwarded-For: 6.6.6.6, 203.0.113.5"]);
        assert_eq!(elsewhere.status, if believed { 200 } else { 429 }, "{arguments:?}");
    }
}

#[test]
fn the_current_password_of_a_change_is_a_login_too() {
    let world = World::closed().with_people();
    let change = |current: &str| {
        let body = format!(
            r#"{{"username": "{ALICE}", "password": "another long password", "current_password": "{current}"}}"#
        );
        world.send(ALICE, "PATCH", "users/update-password", &body)
    };
    let last = (0..20).map(|number| change(&format!("wrong {number}"))).find(|answer| answer.status != 400);
    let refused = last.expect("twenty wrong passwords are too many");
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(refused.head.contains("\r\nretry-after: "), "{refused:?}");
    assert_eq!(change(&password(ALICE)).status, 200, "the right one was verified before");
}

#[test]
fn limits_can_be_switched_off() {
    let settings = "login_failures_per_minute_account = 0\nlogin_failures_per_minute_address = 0\n";
    let world = World::with_settings(settings, &[]).with_people();
    for number in 0..80 {
        assert_eq!(world.server.get(CURRENT, &[&wrong(ALICE, number)]).status, 401);
    }
    assert_eq!(world.get(ADMIN, &format!("{API}/users/current")).status, 200);
}
