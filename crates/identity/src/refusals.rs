//! The audit of who was turned away: refused requests and failed logins, counted in memory and written from time to time, so
//! that a flood of them becomes a few rows.
//!
//! What is counted together has the same outcome, reason, operation, user and address (of IPv6 the first 64 bits, as one client has
//! all of those); its row says how many there were, and when and under which request id the first one came. The name that a
//! failed login gave is written only if it is a user's: people type passwords where a name belongs.

use crate::audited::log;
use crate::throttle::Network;
use crate::upkeep::keep_writing;
use futures::FutureExt;
use model::Actor;
use model::audit::{Event, Outcome, Target};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Db;
use store::auth::audit;

/// Kinds that are counted apart between two writes. What comes beyond is counted by its outcome alone.
const MAX_KINDS: usize = 1_000;
/// Characters of a target's name that are kept in memory: the size of its column. A client chose them.
const TARGET_CHARS: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    outcome: Outcome,
    /// `None` for what has no place of its own any more.
    of: Option<(String, Option<String>, Network, String)>,
}

/// Counts who was turned away. Cloning gives another handle to the same counts.
#[derive(Clone, Debug)]
pub struct Refusals {
    db: Db,
    counted: Arc<Mutex<HashMap<Kind, Event>>>,
}

impl Refusals {
    pub fn new(db: Db) -> Self {
        Self { db, counted: Arc::default() }
    }

    fn counted(&self) -> MutexGuard<'_, HashMap<Kind, Event>> {
        // A critical section changes one entry or takes all of them.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one; `detail` says why, without any secret. The first of a kind is logged at once. It does no I/O and never
    /// waits for any.
    pub fn note(&self, actor: &Actor, outcome: Outcome, target: Option<Target>, detail: &'static str) {
        let target =
            target.map(|target| Target { name: target.name.chars().take(TARGET_CHARS).collect(), ..target });
        let event = Event { actor: actor.clone(), target, outcome, detail: detail.to_owned(), count: 1 };
        if let Some(first) = self.count(event) {
            log(&first);
        }
    }

    /// Adds an event to those of its kind; gives it back where it is the first.
    fn count(&self, mut event: Event) -> Option<Event> {
        let Event { actor, outcome, detail, .. } = &event;
        let operation = actor.operation.clone().into_owned();
        let of = (operation, actor.username.clone(), Network::of(actor.address), detail.clone());
        let mut kind = Kind { outcome: *outcome, of: Some(of) };
        let mut counted = self.counted();
        if counted.len() >= MAX_KINDS && !counted.contains_key(&kind) {
            kind.of = None;
            let actor = Actor::local("(several)", event.actor.at);
            event = Event { actor, target: None, detail: String::new(), ..event };
        }
        if let Some(known) = counted.get_mut(&kind) {
            known.count = known.count.saturating_add(event.count);
            return None;
        }
        counted.insert(kind, event.clone());
        Some(event)
    }

    /// Writes what was counted. When the database fails, it is counted again, within the same bounds.
    pub async fn write(&self) {
        let mut events: Vec<Event> = std::mem::take(&mut *self.counted()).into_values().collect();
        if events.is_empty() {
            return;
        }
        events.sort_by_key(|event| event.actor.at);
        let events = Arc::new(events);
        let written = self.db.write({
            let events = Arc::clone(&events);
            move |connection| {
                let events = Arc::clone(&events);
                async move { audit::record(connection, &events).await }.boxed()
            }
        });
        match written.await {
            // The first of each was logged when it came.
            Ok(()) => events.iter().filter(|event| event.count > 1).for_each(log),
            Err(error) => {
                tracing::warn!(%error, kinds = events.len(), "refusals could not be written to the audit yet");
                for event in events.iter() {
                    self.count(event.clone());
                }
            }
        }
    }

    /// Writes every ten seconds and, at last, when `stop` is ready. Given up before, it can lose what it is just writing.
    pub async fn keep_writing(self, stop: impl Future<Output = ()>) {
        keep_writing(|| self.write(), stop).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::auth::audit::Search;
    use store::schema::{Schema, prepare};
    use tempfile::TempDir;

    async fn database() -> (Db, TempDir) {
        let folder = TempDir::new().unwrap();
        let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
        let db = Db::open(&uri).await.unwrap();
        prepare(&db, Schema::Auth, &uri).await.unwrap();
        (db, folder)
    }

    fn actor(username: &str, at: i64) -> Actor {
        Actor {
            username: Some(username.to_owned()),
            address: Some("192.0.2.1".parse().unwrap()),
            operation: "GetRun".into(),
            request_id: Some(format!("request-{at}")),
            at,
        }
    }

    async fn written(db: &Db) -> Vec<Event> {
        let search = Search { limit: 5_000, ..Search::default() };
        let (found, _) = audit::search(db, &search).await.unwrap();
        found.into_iter().map(|recorded| recorded.event).collect()
    }

    #[tokio::test]
    async fn many_of_a_kind_are_one_row_that_tells_of_the_first() {
        let (db, _folder) = database().await;
        let refusals = Refusals::new(db.clone());
        for at in 0..1_000 {
            refusals.note(&actor("mallory", at), Outcome::Refused, None, "");
        }
        refusals.note(&actor("bob", 5_000), Outcome::Refused, None, "");
        refusals.note(&actor("mallory", 6_000), Outcome::LoginFailed, None, "");
        refusals.write().await;
        let rows: Vec<_> = written(&db)
            .await
            .into_iter()
            .rev()
            .map(|event| (event.actor.username.unwrap(), event.actor.at, event.outcome, event.count))
            .collect();
        assert_eq!(
            rows,
            [
                ("mallory".to_owned(), 0, Outcome::Refused, 1_000),
                ("bob".to_owned(), 5_000, Outcome::Refused, 1),
                ("mallory".to_owned(), 6_000, Outcome::LoginFailed, 1),
            ]
        );
        refusals.write().await;
        assert_eq!(written(&db).await.len(), 3, "what was written is not written again");
    }

    #[tokio::test]
    async fn a_flood_of_kinds_takes_bounded_room_and_loses_no_count() {
        let (db, _folder) = database().await;
        let refusals = Refusals::new(db.clone());
        for at in 0..10_000 {
            refusals.note(&actor(&format!("user {at}"), at), Outcome::LoginFailed, None, "");
        }
        assert!(refusals.counted().len() <= MAX_KINDS + Outcome::ALL.len());
        refusals.write().await;
        let rows = written(&db).await;
        assert!(rows.len() <= MAX_KINDS + Outcome::ALL.len());
        assert_eq!(rows.iter().map(|event| event.count).sum::<u64>(), 10_000);
    }

    #[tokio::test]
    async fn a_database_that_fails_loses_no_count_and_fills_no_memory() {
        let (db, _folder) = database().await;
        db.close().await;
        let refusals = Refusals::new(db);
        for at in 0..5_000 {
            refusals.note(&actor(&format!("user {at}"), at), Outcome::Refused, None, "");
            if at % 1_000 == 0 {
                refusals.write().await;
            }
        }
        refusals.write().await;
        let counted = refusals.counted();
        assert!(counted.len() <= MAX_KINDS + Outcome::ALL.len());
        assert_eq!(counted.values().map(|event| event.count).sum::<u64>(), 5_000);
    }

    #[tokio::test]
    async fn what_a_client_chooses_takes_bounded_room() {
        let (db, _folder) = database().await;
        let refusals = Refusals::new(db);
        let from = |last: u16| Actor {
            address: Some(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into()),
            ..actor("mallory", 0)
        };
        for last in 0..100 {
            let target = Some(Target::new("run", "é".repeat(300_000)));
            refusals.note(&from(last), Outcome::Refused, target, "");
        }
        let counted = refusals.counted();
        assert_eq!(counted.len(), 1, "one client with many addresses");
        let event = counted.values().next().unwrap();
        assert_eq!((event.count, event.actor.address), (100, from(0).address));
        assert_eq!(event.target.as_ref().unwrap().name.chars().count(), TARGET_CHARS);
    }
}
