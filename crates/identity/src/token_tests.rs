#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::test_world::{NOW, request, said};
use crate::tokens::{TokenRequest, Tokens};
use authz::{Key, ResourceType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Actor, Millis};

const MINUTE: Millis = 60_000;

struct World {
    authenticator: TokenAuthenticator,
    tokens: Tokens,
    uses: LastUses,
    world: crate::test_world::World,
}

impl World {
    async fn new() -> Self {
        let world = crate::test_world::World::new().await;
        let (db, verifier, clock) = (world.db.clone(), world.verifier.clone(), world.clock());
        let uses = LastUses::new(db.clone());
        Self {
            authenticator: TokenAuthenticator::new(db.clone(), verifier, uses.clone(), clock),
            tokens: Tokens::new(db, crate::test_world::World::entropy(), None),
            uses,
            world,
        }
    }

    async fn token(
        &self,
        username: &str,
        level: Level,
        resources: Vec<Key>,
        lives: Option<Millis>,
    ) -> String {
        let now = self.world.watch.now();
        let request = TokenRequest {
            name: format!("{username} {level} {lives:?} {}", resources.len()),
            level,
            resources,
            expires_at: lives.map(|lives| now + lives),
            not_after: None,
        };
        let made = self.tokens.create(&Actor::local("a test", now), username, request).await.unwrap();
        made.secret.expose().to_owned()
    }

    async fn ask(&self, header: &str) -> Outcome {
        self.authenticator.authenticate(&request("192.0.2.1", &[("authorization", header)])).await
    }

    async fn bearer(&self, token: &str) -> Outcome {
        self.ask(&format!("Bearer {token}")).await
    }

    async fn basic(&self, username: &str, password: &str) -> Outcome {
        self.ask(&format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))).await
    }

    fn wait(&self, time: Millis) {
        self.world.wait(time);
    }
}

#[tokio::test]
async fn a_token_stands_for_its_user_within_its_scope() {
    let world = World::new().await;
    let experiment = vec![Key::new(ResourceType::Experiment, "7")];
    for (user, is_admin) in [("root", true), ("alice", false)] {
        for (level, resources, scope) in [
            (Level::Manage, Vec::new(), "whole"),
            (Level::Manage, experiment.clone(), "scoped"),
            (Level::Read, Vec::new(), "scoped"),
        ] {
            let token = world.token(user, level, resources.clone(), None).await;
            let expected = format!("{user} {is_admin} {scope}");
            assert_eq!(said(world.bearer(&token).await), expected);
            assert_eq!(said(world.basic(user, &token).await), expected);
            if scope == "scoped" {
                let Outcome::Authenticated(principal) = world.bearer(&token).await else { panic!() };
                assert_eq!(principal.scope(), Some(&Scope::new(level, resources)));
                assert!(!principal.is_unrestricted());
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_token_is_for_others() {
    let world = World::new().await;
    let token = world.token("alice", Level::Manage, Vec::new(), None).await;
    for header in [
        "Bearer ".to_owned(),
        "Bearer eyJhbGciOiJub25lIn0.e30.".to_owned(),
        format!("Bearer {}", token.trim_start_matches('m')),
        format!("Bearer {token}x"),
        format!("Bearer {}", token.replace("mgt_", "MGT_")),
        format!("Bearer {token} {token}"),
        format!("Token {token}"),
        token.clone(),
        format!("Bearer {}", "A".repeat(100_000)),
    ] {
        assert_eq!(said(world.ask(&header).await), "not mine", "{header}");
    }
    assert_eq!(said(world.basic("alice", "mgt_is how her password begins").await), "not mine");
    assert_eq!(said(world.basic(&token, "").await), "not mine");
    assert_eq!(said(world.ask(&format!("bEaReR {token}")).await), "alice false whole");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_it_is_refused() {
    let world = World::new().await;
    let token = world.token("alice", Level::Manage, Vec::new(), Some(MINUTE)).await;
    assert_eq!(said(world.basic("bob", &token).await), "a token of this user under another name: alice");
    assert_eq!(said(world.basic("", &token).await), "a token of this user under another name: alice");
    world.wait(MINUTE - 1);
    assert_eq!(said(world.bearer(&token).await), "alice false whole");
    world.wait(1);
    assert_eq!(said(world.bearer(&token).await), "expired token: alice");
    assert_eq!(said(world.bearer(&format!("mgt_{}", "A".repeat(43))).await), "unknown token: nobody");
    let token = world.token("alice", Level::Manage, Vec::new(), None).await;
    let id = world.tokens.list(Some("alice")).await.unwrap().last().unwrap().id;
    world.tokens.revoke(&Actor::local("a test", NOW), id).await.unwrap();
    assert_eq!(said(world.bearer(&token).await), "unknown token: nobody");
}

#[tokio::test]
async fn an_address_that_guesses_is_slowed_down_and_whose_token_is_right_is_not() {
    let world = World::new().await;
    let token = world.token("alice", Level::Manage, Vec::new(), None).await;
    let guess = format!("mgt_{}", "A".repeat(43));
    for _ in 0..5 {
        assert_eq!(said(world.bearer(&guess).await), "unknown token: nobody");
    }
    assert_eq!(said(world.bearer(&guess).await), "throttled: None");
    assert_eq!(said(world.basic("bob", &token).await), "throttled: Some(\"alice\")");
    assert_eq!(said(world.bearer(&token).await), "alice false whole");
    world.wait(MINUTE);
    assert_eq!(said(world.bearer(&guess).await), "unknown token: nobody");
}

#[tokio::test]
async fn the_last_use_is_written_to_the_minute_and_not_for_every_request() {
    let world = World::new().await;
    let used = async || world.tokens.list(Some("alice")).await.unwrap().remove(0).last_used_at;
    let token = world.token("alice", Level::Manage, Vec::new(), None).await;
    let minute = NOW - NOW % MINUTE;
    world.basic("bob", &token).await;
    world.uses.write().await;
    assert_eq!(used().await, None, "a refused one is no use");
    world.bearer(&token).await;
    assert_eq!(used().await, None);
    world.uses.write().await;
    assert_eq!(used().await, Some(minute));
    // What the database knows is not noted again.
    world.bearer(&token).await;
    assert!(world.uses.noted().is_empty());
    world.wait(2 * MINUTE);
    world.bearer(&token).await;
    let stop = std::future::ready(());
    world.uses.clone().keep_writing(stop).await;
    assert_eq!(used().await, Some(minute + 2 * MINUTE));
}

#[tokio::test]
async fn a_use_that_could_not_be_written_is_written_later() {
    let world = World::new().await;
    let token = world.token("alice", Level::Manage, Vec::new(), None).await;
    world.bearer(&token).await;
    assert_eq!(world.uses.noted().len(), 1);
    world.world.db.close().await;
    world.uses.write().await;
    assert_eq!(world.uses.noted().len(), 1);
}

#[tokio::test]
async fn a_token_of_a_disabled_user_does_not_count() {
    let world = World::new().await;
    let token = world.token("alice", Level::Manage, Vec::new(), None).await;
    world.world.disable("alice", true).await;
    assert_eq!(said(world.bearer(&token).await), "disabled user: alice");
    world.world.disable("alice", false).await;
    assert_eq!(said(world.bearer(&token).await), "alice false whole");
}
