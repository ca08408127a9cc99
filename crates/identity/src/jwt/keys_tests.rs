#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::test_world::{Service, World};
use serde_json::json;

fn set(ids: &[&str]) -> String {
    let keys: Vec<_> =
        ids.iter().map(|id| json!({"kty": "RSA", "kid": id, "n": "AQAB", "e": "AQAB"})).collect();
    json!({"keys": keys}).to_string()
}

async fn ask(keys: &Keys, id: &str) -> Result<(), NoKey> {
    keys.candidates(Some(id), Algorithm::RS256).await.map(drop)
}

fn at(world: &World, service: &Service) -> Keys {
    let location = KeyLocation::Url(format!("{}/keys", service.url).parse().unwrap());
    Keys::new(location, world.clock()).unwrap()
}

#[tokio::test]
async fn keys_are_read_once_and_again_when_they_are_old() {
    let (world, service) = (World::new().await, Service::new().await);
    service.answer_with("200 OK", &[], &set(&["a"]));
    let keys = at(&world, &service);
    for _ in 0..10 {
        assert_eq!(ask(&keys, "a").await, Ok(()));
    }
    assert_eq!(service.asked(), 1);
    world.wait(FRESH_FROM_URL);
    service.answer_with("200 OK", &[], &set(&["b"]));
    assert_eq!(ask(&keys, "a").await, Err(NoKey::Unknown), "what was revoked counts no more");
    assert_eq!(ask(&keys, "b").await, Ok(()));
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn a_key_that_is_missing_is_asked_for_but_not_too_often() {
    let (world, service) = (World::new().await, Service::new().await);
    service.answer_with("200 OK", &[], &set(&["a"]));
    let keys = at(&world, &service);
    assert_eq!(ask(&keys, "a").await, Ok(()));
    service.answer_with("200 OK", &[], &set(&["a", "b"]));
    for _ in 0..10 {
        assert_eq!(ask(&keys, "b").await, Err(NoKey::Unknown));
    }
    assert_eq!(service.asked(), 1);
    world.wait(PAUSE);
    assert_eq!(ask(&keys, "b").await, Ok(()));
    assert_eq!(service.asked(), 2);
    world.wait(PAUSE);
    for _ in 0..10 {
        assert_eq!(ask(&keys, "forged").await, Err(NoKey::Unknown));
    }
    assert_eq!(service.asked(), 3);
}

#[tokio::test]
async fn keys_that_cannot_be_read_any_more_count_for_a_day() {
    let ten_megabytes = "x".repeat(10_000_000);
    for (status, body) in [
        ("404 Not Found", ""),
        ("302 Found", ""),
        ("500 Internal Server Error", ""),
        ("200 OK", "<html>"),
        ("200 OK", "{\"keys\": []}"),
        ("200 OK", ten_megabytes.as_str()),
    ] {
        let (world, service) = (World::new().await, Service::new().await);
        let keys = at(&world, &service);
        service.answer_with(status, &[("Location", "/elsewhere")], body);
        assert_eq!(ask(&keys, "a").await, Err(NoKey::Unavailable));
        world.wait(PAUSE);
        service.answer_with("200 OK", &[], &set(&["a"]));
        assert_eq!(ask(&keys, "a").await, Ok(()));
        service.answer_with(status, &[("Location", "/elsewhere")], body);
        world.wait(STALE);
        assert_eq!(ask(&keys, "a").await, Ok(()));
        world.wait(1);
        assert_eq!(ask(&keys, "a").await, Err(NoKey::Unavailable), "{status}");
        service.answer_with("200 OK", &[], &set(&["a"]));
        world.wait(PAUSE);
        assert_eq!(ask(&keys, "a").await, Ok(()), "{status}");
    }
}

#[tokio::test]
async fn while_one_request_waits_for_keys_others_go_on_with_those_that_are_known() {
    let (world, service) = (World::new().await, Service::new().await);
    let keys = at(&world, &service);
    service.answer_with("200 OK", &[], &set(&["a"]));
    // Of several that have none, one reads.
    let asked = (0..10).map(|_| ask(&keys, "a"));
    assert!(futures::future::join_all(asked).await.iter().all(Result::is_ok));
    assert_eq!(service.asked(), 1);
    world.wait(FRESH_FROM_URL);
    service.answer("");
    let mut waiting = std::pin::pin!(ask(&keys, "a"));
    assert!(futures::FutureExt::now_or_never(&mut waiting).is_none());
    for _ in 0..10 {
        assert_eq!(ask(&keys, "a").await, Ok(()));
    }
}

#[tokio::test]
async fn a_file_is_read_again_when_it_changes() {
    let world = World::new().await;
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("keys.json");
    let keys = Keys::new(KeyLocation::File(path.clone()), world.clock()).unwrap();
    assert_eq!(ask(&keys, "a").await, Err(NoKey::Unavailable));
    std::fs::write(&path, set(&["a"])).unwrap();
    world.wait(PAUSE);
    assert_eq!(ask(&keys, "a").await, Ok(()));
    std::fs::write(&path, set(&["b"])).unwrap();
    world.wait(FRESH_FROM_FILE);
    assert_eq!(ask(&keys, "a").await, Err(NoKey::Unknown));
    std::fs::write(&path, vec![b' '; MAX_BYTES + 1]).unwrap();
    world.wait(FRESH_FROM_FILE);
    assert_eq!(ask(&keys, "b").await, Ok(()));
}

#[tokio::test]
async fn an_issuers_metadata_is_believed_about_itself_alone() {
    let world = World::new().await;
    let (issuer, elsewhere) = (Service::new().await, Service::new().await);
    elsewhere.answer_with("200 OK", &[], &set(&["a"]));
    let keys = format!("{}/keys", elsewhere.url);
    for (metadata, expected) in [
        (json!({"issuer": issuer.url, "jwks_uri": keys}), Ok(())),
        (json!({"issuer": "https://other.example.com", "jwks_uri": keys}), Err(NoKey::Unavailable)),
        (json!({"issuer": issuer.url, "jwks_uri": "http://other.example.com/keys"}), Err(NoKey::Unavailable)),
        (json!({"issuer": issuer.url, "jwks_uri": "file:///etc/passwd"}), Err(NoKey::Unavailable)),
        (json!({"issuer": issuer.url, "jwks_uri": 7}), Err(NoKey::Unavailable)),
        (json!({"issuer": issuer.url}), Err(NoKey::Unavailable)),
        (json!([]), Err(NoKey::Unavailable)),
    ] {
        issuer.answer_with("200 OK", &[], &metadata.to_string());
        let location = KeyLocation::Issuer {
            issuer: issuer.url.clone(),
            metadata: format!("{}/.well-known/openid-configuration", issuer.url).parse().unwrap(),
            insecure_http: false,
        };
        let keys = Keys::new(location, world.clock()).unwrap();
        assert_eq!(ask(&keys, "a").await, expected, "{metadata}");
    }
    assert!(issuer.last_head().starts_with("get /.well-known/openid-configuration "));
}
