//! The audit.

use crate::database::{Database, NOW, assert_refused};
use model::audit::{Actor, Event, Outcome, Target};
use model::{Error, ErrorCode};
use store::auth::audit::{self, Recorded, Search};
use store::auth::users;
use store::{StoreError, own};

fn actor(username: &str, at: i64) -> Actor {
    Actor {
        username: Some(username.to_owned()),
        address: Some("192.0.2.7".parse().unwrap()),
        operation: "CreateUser".into(),
        request_id: Some(format!("request-{at}")),
        at,
    }
}

async fn record(database: &Database, events: Vec<Event>) -> Result<(), Error> {
    database.write(events, |connection, events| Box::pin(audit::record(connection, events))).await
}

async fn found(database: &Database, search: Search) -> Vec<Recorded> {
    audit::search(&database.db, &Search { limit: 100, ..search }).await.unwrap().0
}

#[tokio::test]
async fn an_event_reads_back_as_it_was_written() {
    let database = Database::users().await;
    let event = Event::done(&actor("admin", NOW), Target::user("alice"), "created");
    let local = Event {
        target: None,
        outcome: Outcome::LoginFailed,
        count: 7,
        ..Event::done(&Actor::local("server start", NOW + 1), Target::user("nobody"), "")
    };
    record(&database, vec![event.clone(), local.clone()]).await.unwrap();
    let events: Vec<Event> =
        found(&database, Search::default()).await.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(events, [local, event]);
}

#[tokio::test]
async fn events_are_found_by_each_of_their_parts() {
    let database = Database::users().await;
    record(
        &database,
        vec![
            Event::done(&actor("admin", NOW), Target::user("alice"), "created"),
            Event::done(&actor("bob", NOW + 10), Target::new("experiment", "3"), "user alice: READ"),
        ],
    )
    .await
    .unwrap();
    let text = |value: &str| Some(value.to_owned());
    for (search, expected) in [
        (Search { username: text("bob"), ..Search::default() }, 1),
        (Search { username: text("BOB"), ..Search::default() }, 0),
        (Search { address: text("192.0.2.7"), ..Search::default() }, 2),
        (Search { operation: text("CreateUser"), ..Search::default() }, 2),
        (Search { target_type: text("experiment"), target: text("3"), ..Search::default() }, 1),
        (Search { outcome: Some(Outcome::Done), ..Search::default() }, 2),
        (Search { outcome: Some(Outcome::Refused), ..Search::default() }, 0),
        (Search { request_id: text(&format!("request-{NOW}")), ..Search::default() }, 1),
        (Search { from: Some(NOW + 10), ..Search::default() }, 1),
        (Search { until: Some(NOW + 10), ..Search::default() }, 1),
    ] {
        let shown = format!("{search:?}");
        assert_eq!(found(&database, search).await.len(), expected, "{shown}");
    }
}

#[tokio::test]
async fn pages_end_where_the_next_begins() {
    let database = Database::users().await;
    let events =
        (0..7).map(|at| Event::done(&actor("admin", at), Target::user(at.to_string()), "made")).collect();
    record(&database, events).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let search = Search { before, limit: 3, ..Search::default() };
        let (page, more) = audit::search(&database.db, &search).await.unwrap();
        seen.extend(page.iter().map(|recorded| recorded.event.actor.at));
        before = page.last().map(|recorded| recorded.id);
        if !more {
            break;
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn an_event_is_undone_with_its_change() {
    let database = Database::users().await;
    let outcome = database
        .write((), |connection, ()| {
            Box::pin(async move {
                users::create(connection, "alice", "hash", false).await?;
                audit::record(
                    connection,
                    &[Event::done(&actor("admin", NOW), Target::user("alice"), "created")],
                )
                .await?;
                Err::<(), _>(StoreError::Refused(Error::invalid("changed our mind")))
            })
        })
        .await;
    assert_refused(outcome, ErrorCode::InvalidParameterValue, "changed our mind");
    assert_eq!(found(&database, Search::default()).await, []);
}

#[tokio::test]
async fn what_a_client_sent_is_cut_to_fit() {
    let database = Database::users().await;
    let long = "ä".repeat(5_000);
    let event = Event::done(&actor(&long, NOW), Target::new(long.clone(), long.clone()), long.clone());
    record(&database, vec![event]).await.unwrap();
    let event = found(&database, Search::default()).await.remove(0).event;
    assert_eq!(event.actor.username.unwrap().chars().count(), 255);
    assert_eq!(event.target.unwrap().name.chars().count(), 512);
    assert_eq!(event.detail.chars().count(), 1024);
    let event = Event::done(&actor("a\0b", NOW), Target::new("user", "\0"), "\0");
    record(&database, vec![event]).await.unwrap();
    let event = found(&database, Search::default()).await.remove(0).event;
    assert_eq!(event.actor.username.as_deref(), Some("a\u{fffd}b"));
}

#[tokio::test]
async fn the_oldest_events_are_pruned_a_bounded_number_at_a_time() {
    let database = Database::users().await;
    let events =
        (0..10).map(|at| Event::done(&actor("admin", at), Target::user(at.to_string()), "made")).collect();
    record(&database, events).await.unwrap();
    let prune =
        async || database.write((), |connection, ()| Box::pin(audit::prune(connection, 8, 5))).await.unwrap();
    assert_eq!(prune().await, 5);
    assert_eq!(prune().await, 3);
    assert_eq!(prune().await, 0);
    let left: Vec<i64> = found(&database, Search::default())
        .await
        .into_iter()
        .map(|recorded| recorded.event.actor.at)
        .collect();
    assert_eq!(left, [9, 8]);
}

#[tokio::test]
async fn the_first_server_that_asks_for_a_shared_secret_chooses_it() {
    let database = Database::users().await;
    for proposed in ["first", "second"] {
        let secret = database
            .write(proposed.to_owned(), |connection, proposed| {
                Box::pin(own::shared_secret(connection, "csrf", proposed))
            })
            .await;
        assert_eq!(secret.unwrap(), "first");
    }
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused() {
    let database = Database::users().await;
    database.sql("UPDATE millgate_version SET version = 99").await;
    let prepared =
        store::schema::prepare(&database.db, store::schema::Schema::Auth, database.uri()).await.unwrap_err();
    assert!(prepared.to_string().contains("version 99"), "{prepared}");
}
