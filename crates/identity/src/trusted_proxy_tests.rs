#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::external::{ExistingUsers, NewUsers};
use crate::test_world::{World, request, said};

const PROXY: &str = "10.1.2.3";
const SECRET: (&str, &str) = ("x-proxy-secret", "sesame-sesame-sesame");

fn authenticator(world: &World) -> ProxyAuthenticator {
    let rules = ExternalRules {
        new_users: NewUsers::Create,
        existing_users: ExistingUsers::Link,
        group_roles: vec![("data".to_owned(), vec!["readers".to_owned()])],
        ..ExternalRules::default()
    };
    let config = TrustedProxy {
        addresses: Networks::parse("10.1.0.0/16, ::1").0,
        secret_header: HeaderName::from_static("x-proxy-secret"),
        secret: Secret::new("sesame-sesame-sesame".to_owned()),
        username_header: HeaderName::from_static("x-forwarded-user"),
        groups_header: Some(HeaderName::from_static("x-forwarded-groups")),
        rules,
    };
    ProxyAuthenticator::new(config, world.db.clone(), world.verifier.clone(), world.clock(), World::entropy())
}

async fn ask(authenticator: &ProxyAuthenticator, peer: &str, headers: &[(&str, &str)]) -> String {
    said(authenticator.authenticate(&request(peer, headers)).await)
}

#[tokio::test]
async fn a_proxy_is_believed_from_its_address_with_its_secret() {
    let world = World::new().await;
    let proxy = authenticator(&world);
    let (alice, groups) = (("x-forwarded-user", "alice"), ("x-forwarded-groups", "x, data"));
    assert_eq!(ask(&proxy, PROXY, &[alice, SECRET]).await, "alice false whole");
    assert_eq!(ask(&proxy, "::ffff:10.1.0.9", &[alice, SECRET]).await, "alice false whole");
    assert_eq!(ask(&proxy, "::1", &[alice, SECRET, groups]).await, "alice false whole readers");
    assert_eq!(ask(&proxy, PROXY, &[("x-forwarded-user", "carol"), SECRET]).await, "carol false whole");
    // Who names nobody leaves it to the other authenticators.
    assert_eq!(ask(&proxy, PROXY, &[SECRET, groups]).await, "not mine");
    assert_eq!(ask(&proxy, PROXY, &[("x-forwarded-user", ""), SECRET]).await, "not mine");
    assert_eq!(ask(&proxy, "192.0.2.1", &[("authorization", "Basic YTpi")]).await, "not mine");
}

#[tokio::test]
async fn a_forged_user_is_refused_whatever_else_the_request_carries() {
    let basic = ("authorization", "Basic YWxpY2U6eA==");
    let alice = ("x-forwarded-user", "alice");
    let unlisted = "a forwarded user from an address that is no proxy's: nobody";
    let secretless = "a forwarded user without the proxy's secret: nobody";
    let twice = "a forwarded user that was given twice: nobody";
    for (peer, headers, expected) in [
        ("192.0.2.1", &[alice, basic][..], unlisted),
        ("192.0.2.1", &[alice, SECRET], unlisted),
        ("10.2.0.1", &[alice, SECRET, ("x-forwarded-for", "10.1.2.3")], unlisted),
        (PROXY, &[alice], secretless),
        (PROXY, &[alice, ("x-proxy-secret", "")], secretless),
        (PROXY, &[alice, ("x-proxy-secret", "sesame-sesame-sesam")], secretless),
        (PROXY, &[alice, ("x-proxy-secret", "sesame-sesame-sesame1")], secretless),
        (PROXY, &[alice, SECRET, SECRET], secretless),
        (PROXY, &[alice, ("x-forwarded-user", "root"), SECRET], twice),
        (PROXY, &[alice, alice, SECRET], twice),
        (PROXY, &[("x-forwarded-user", "root, alice"), SECRET], twice),
        (
            PROXY,
            &[alice, SECRET, ("x-forwarded-groups", "a"), ("x-forwarded-groups", "data")],
            "groups that were given twice: nobody",
        ),
        (PROXY, &[("x-forwarded-user", "root"), SECRET], "a user whom this source may not vouch for: root"),
    ] {
        let world = World::new().await;
        assert_eq!(ask(&authenticator(&world), peer, headers).await, expected, "{peer} {headers:?}");
    }
}

#[tokio::test]
async fn forgeries_are_throttled_by_their_address() {
    let world = World::new().await;
    let proxy = authenticator(&world);
    for _ in 0..5 {
        let told = ask(&proxy, "192.0.2.1", &[("x-forwarded-user", "alice")]).await;
        assert!(told.contains("no proxy's"), "{told}");
    }
    assert_eq!(ask(&proxy, "192.0.2.1", &[("x-forwarded-user", "alice")]).await, "throttled: None");
}
