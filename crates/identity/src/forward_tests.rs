#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::external::{ExistingUsers, NewUsers};
use crate::test_world::{Service, World, request, said};
use http::header::{AUTHORIZATION, COOKIE};

const BEARER: (&str, &str) = ("authorization", "Bearer opaque");

fn authenticator(world: &World, service: &str, remembered: u32) -> ForwardAuthenticator {
    let config = ForwardAuth {
        url: format!("{service}/verify").parse().unwrap(),
        request_headers: vec![AUTHORIZATION, COOKIE],
        username_header: HeaderName::from_static("remote-user"),
        groups_header: Some(HeaderName::from_static("remote-groups")),
        timeout: Duration::from_millis(300),
        remembered: NonZeroU32::new(remembered),
        rules: ExternalRules {
            new_users: NewUsers::Create,
            existing_users: ExistingUsers::Link,
            group_roles: vec![("data".to_owned(), vec!["readers".to_owned()])],
            ..ExternalRules::default()
        },
    };
    let (db, verifier) = (world.db.clone(), world.verifier.clone());
    ForwardAuthenticator::new(config, "https", db, verifier, world.clock(), World::entropy()).unwrap()
}

async fn ask(authenticator: &ForwardAuthenticator, headers: &[(&str, &str)]) -> String {
    said(authenticator.authenticate(&request("192.0.2.1", headers)).await)
}

#[tokio::test]
async fn the_service_is_told_what_is_configured_and_says_who_it_is() {
    let (world, service) = (World::new().await, Service::new().await);
    let forward = authenticator(&world, &service.url, 0);
    service.answer_with("200 OK", &[("Remote-User", "alice"), ("Remote-Groups", "data,x")], "whatever");
    let sent = [
        BEARER,
        ("cookie", "a=b"),
        ("host", "mlflow.example.com"),
        ("x-forwarded-uri", "/forged"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-other", "secret"),
    ];
    assert_eq!(ask(&forward, &sent).await, "alice false whole readers");
    let head = service.last_head();
    assert!(head.starts_with("get /verify http/1.1\r\n"), "{head}");
    for line in [
        "authorization: bearer opaque",
        "cookie: a=b",
        "x-forwarded-method: get",
        "x-forwarded-proto: https",
        "x-forwarded-host: mlflow.example.com",
        "x-forwarded-uri: /api/2.0/x?y=z",
        "x-forwarded-for: 192.0.2.1",
    ] {
        assert_eq!(head.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line}: {head}");
    }
    assert!(!head.contains("forged") && !head.contains("secret") && !head.contains("6.6.6.6"), "{head}");
}

#[tokio::test]
async fn who_sends_nothing_that_it_is_told_is_not_asked_about() {
    let (world, service) = (World::new().await, Service::new().await);
    assert_eq!(ask(&authenticator(&world, &service.url, 0), &[("x-other", "a")]).await, "not mine");
    assert_eq!(service.asked(), 0);
}

#[tokio::test]
async fn anything_but_a_clear_yes_is_a_no() {
    let unavailable = "unavailable: a failure of forward authentication";
    let nobody = "no user named by forward authentication: nobody";
    let user = ("Remote-User", "alice");
    for (status, headers, expected) in [
        ("401 Unauthorized", &[user][..], "refused by forward authentication: nobody"),
        ("403 Forbidden", &[user], "refused by forward authentication: nobody"),
        ("302 Found", &[user, ("Location", "/login")], "redirected by forward authentication: nobody"),
        (
            "307 Temporary Redirect",
            &[user, ("Location", "/verify")],
            "redirected by forward authentication: nobody",
        ),
        ("500 Internal Server Error", &[user], unavailable),
        ("503 Service Unavailable", &[user], unavailable),
        ("101 Switching Protocols", &[user], ""),
        ("200 OK", &[], nobody),
        ("200 OK", &[("Remote-User", "")], nobody),
        ("200 OK", &[user, ("Remote-User", "root")], nobody),
        ("200 OK", &[("Remote-User", "alice,root")], nobody),
        (
            "200 OK",
            &[user, ("Remote-Groups", "a"), ("Remote-Groups", "b")],
            "groups that were given twice: nobody",
        ),
        ("200 OK", &[("Remote-User", "root")], "a user whom this source may not vouch for: root"),
    ] {
        let (world, service) = (World::new().await, Service::new().await);
        service.answer_with(status, headers, "");
        let told = ask(&authenticator(&world, &service.url, 0), &[BEARER]).await;
        if expected.is_empty() {
            assert!(told.starts_with("unavailable"), "{told}");
        } else {
            assert_eq!(told, expected, "{status} {headers:?}");
        }
        assert_eq!(service.asked(), 1, "no redirect is followed");
    }
}

#[tokio::test]
async fn a_service_that_is_slow_broken_or_down_lets_nobody_in_and_comes_back() {
    let (world, service) = (World::new().await, Service::new().await);
    let forward = authenticator(&world, &service.url, 0);
    let no_answer = "unavailable: no answer for forward authentication";
    // It says nothing.
    assert_eq!(ask(&forward, &[BEARER]).await, format!("{no_answer} in time"));
    for broken in [&b"\0\0\0"[..], b"HTTP/1.1 200 OK\r\nRemote-User: ali", b"SSH-2.0-x\r\n\r\n"] {
        service.answer(broken);
        let told = ask(&forward, &[BEARER]).await;
        assert!(told.starts_with(no_answer), "{broken:?}: {told}");
    }
    let down = authenticator(&world, "http://127.0.0.1:1", 0);
    assert_eq!(ask(&down, &[BEARER]).await, no_answer);
    // More than may be asked at a time wait for their turn, and no longer than the time-out.
    service.answer("");
    let many = (0..3 * MAX_AT_A_TIME).map(|_| ask(&forward, &[BEARER]));
    let told = futures::future::join_all(many).await;
    assert!(told.iter().all(|told| told.starts_with(no_answer)), "{told:?}");
    // Nobody is shut out for what is not their fault.
    service.answer_with("200 OK", &[("Remote-User", "alice")], "");
    assert_eq!(ask(&forward, &[BEARER]).await, "alice false whole");
}

#[tokio::test]
async fn wrong_credentials_are_throttled() {
    let (world, service) = (World::new().await, Service::new().await);
    let forward = authenticator(&world, &service.url, 0);
    service.answer_with("401 Unauthorized", &[], "");
    for _ in 0..5 {
        assert_eq!(ask(&forward, &[BEARER]).await, "refused by forward authentication: nobody");
    }
    assert_eq!(ask(&forward, &[BEARER]).await, "throttled: None");
}

#[tokio::test]
async fn an_answer_is_remembered_as_long_as_is_said_for_the_same_request() {
    let (world, service) = (World::new().await, Service::new().await);
    service.answer_with("200 OK", &[("Remote-User", "alice")], "");
    let forward = authenticator(&world, &service.url, 10);
    for _ in 0..3 {
        assert_eq!(ask(&forward, &[BEARER]).await, "alice false whole");
    }
    assert_eq!(service.asked(), 1);
    // Its user is looked up all the same.
    world.disable("alice", true).await;
    assert_eq!(ask(&forward, &[BEARER]).await, "disabled user: alice");
    world.disable("alice", false).await;
    service.answer_with("401 Unauthorized", &[], "");
    let other = "refused by forward authentication: nobody";
    assert_eq!(ask(&forward, &[("authorization", "Bearer other")]).await, other);
    assert_eq!(ask(&forward, &[("cookie", "Bearer opaque")]).await, other);
    assert_eq!(ask(&forward, &[BEARER, ("host", "other.example.com")]).await, other);
    // No refusal is remembered.
    assert_eq!(service.asked(), 4);
    assert_eq!(ask(&forward, &[BEARER]).await, "alice false whole");
    assert_eq!(service.asked(), 4);
    world.wait(10_000);
    assert_eq!(ask(&forward, &[BEARER]).await, other);

    // What the groups bring is remembered with it, and no more of them than that.
    let grouped = [("authorization", "Bearer grouped")];
    service.answer_with("200 OK", &[("Remote-User", "alice"), ("Remote-Groups", "x, data, y")], "");
    assert_eq!(ask(&forward, &grouped).await, "alice false whole readers");
    service.answer_with("401 Unauthorized", &[], "");
    assert_eq!(ask(&forward, &grouped).await, "alice false whole readers");
    // A user whom it may not vouch for is asked about again.
    let before = service.asked();
    service.answer_with("200 OK", &[("Remote-User", "root")], "");
    for _ in 0..2 {
        world.wait(60_000);
        let told = ask(&forward, &[("cookie", "root")]).await;
        assert_eq!(told, "a user whom this source may not vouch for: root");
    }
    assert_eq!(service.asked() - before, 2);

    let forgetful = authenticator(&world, &service.url, 0);
    service.answer_with("200 OK", &[("Remote-User", "alice")], "");
    let before = service.asked();
    for _ in 0..3 {
        assert_eq!(ask(&forgetful, &[BEARER]).await, "alice false whole");
    }
    assert_eq!(service.asked() - before, 3);
}
