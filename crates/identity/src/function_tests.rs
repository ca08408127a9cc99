#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::test_world::{World, request, said};
use model::{Error, SystemEntropy};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says of a request what its header `x-say` says, and counts how often it is asked.
#[derive(Default)]
struct Function(AtomicUsize);

impl AuthorizationFunction for Function {
    fn ask<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, model::Result<Verdict>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let said = request.headers.get("x-say").map_or("401", |value| value.to_str().unwrap());
        let verdict = match said.parse().map(|status| StatusCode::from_u16(status).unwrap()) {
            Ok(status) => {
                Ok(Verdict::Answer(Answer { status, headers: HeaderMap::new(), body: Bytes::new() }))
            }
            Err(_) if said == "failure" => Err(Error::internal("it raised")),
            Err(_) => Ok(Verdict::User(said.to_owned())),
        };
        std::future::ready(verdict).boxed()
    }
}

fn authenticator(world: &World, seconds: u32) -> (FunctionAuthenticator, Arc<Function>) {
    let function = Arc::new(Function::default());
    let asked: Arc<dyn AuthorizationFunction> = Arc::<Function>::clone(&function);
    let (db, verifier, clock) = (world.db.clone(), world.verifier.clone(), world.clock());
    let seconds = NonZeroU32::new(seconds);
    (FunctionAuthenticator::new(asked, db, verifier, seconds, clock, &SystemEntropy), function)
}

async fn ask(authenticator: &FunctionAuthenticator, headers: &[(&str, &str)]) -> String {
    said(authenticator.authenticate(&request("192.0.2.1", headers)).await)
}

#[tokio::test]
async fn the_function_names_users_who_are_here_and_nobody_else() {
    let world = World::new().await;
    let (function, _) = authenticator(&world, 0);
    assert_eq!(ask(&function, &[("x-say", "alice")]).await, "alice false whole");
    assert_eq!(ask(&function, &[("x-say", "root")]).await, "root true whole");
    for nobody in ["Alice", "mallory", ""] {
        assert_eq!(ask(&function, &[("x-say", nobody)]).await, "a user who is not known here: nobody");
    }
    world.disable("alice", true).await;
    assert_eq!(ask(&function, &[("x-say", "alice")]).await, "disabled user: alice");
}

#[tokio::test]
async fn an_answer_is_passed_on_and_a_failure_is_a_refusal() {
    let world = World::new().await;
    let (function, _) = authenticator(&world, 0);
    for (say, sent, failed) in
        [("302", None, false), ("401", None, false), ("401", Some(()), true), ("200", Some(()), false)]
    {
        let mut headers = vec![("x-say", say)];
        headers.extend(sent.map(|()| ("authorization", "Bearer x")));
        match function.authenticate(&request("192.0.2.1", &headers)).await {
            Outcome::Rejected(Rejection::Answered { is_failed_login, answer }) => {
                assert_eq!((answer.status.as_str(), is_failed_login), (say, failed));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(ask(&function, &[("x-say", "failure")]).await.contains("InternalError"));
}

#[tokio::test]
async fn credentials_that_it_turns_away_are_throttled_by_address() {
    let world = World::new().await;
    let (function, _) = authenticator(&world, 0);
    let wrong = [("x-say", "401"), ("authorization", "Bearer x")];
    for _ in 0..5 {
        assert!(ask(&function, &wrong).await.contains("Answered"));
    }
    assert_eq!(ask(&function, &wrong).await, "throttled: None");
    assert!(
        ask(&function, &[("x-say", "302")]).await.contains("Answered"),
        "whoever has yet to log in is not"
    );
}

#[tokio::test]
async fn it_is_asked_each_time_unless_the_configuration_says_for_how_long_it_is_not() {
    let world = World::new().await;
    let (function, count) = authenticator(&world, 0);
    for _ in 0..3 {
        ask(&function, &[("x-say", "alice")]).await;
    }
    assert_eq!(count.0.load(Ordering::Relaxed), 3);

    let (function, count) = authenticator(&world, 10);
    for id in ["1", "2", "3"] {
        assert_eq!(ask(&function, &[("x-say", "alice"), ("x-request-id", id)]).await, "alice false whole");
    }
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert_eq!(
        ask(&function, &[("x-say", "bob")]).await,
        "bob false whole",
        "another header is another request"
    );
    world.disable("alice", true).await;
    assert_eq!(
        ask(&function, &[("x-say", "alice")]).await,
        "disabled user: alice",
        "users are looked up each time"
    );
    world.disable("alice", false).await;
    world.wait(10_000);
    ask(&function, &[("x-say", "alice")]).await;
    assert_eq!(count.0.load(Ordering::Relaxed), 3);
    for _ in 0..2 {
        ask(&function, &[("x-say", "401")]).await;
    }
    assert_eq!(count.0.load(Ordering::Relaxed), 5, "refusals are not remembered");
}
