//! The audit as a whole: reading it, and keeping it from growing for ever.

use crate::audited::{Change, audited};
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Clock, Error, Millis};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use store::auth::audit::{self, Recorded, Search};

/// Events that one transaction deletes.
const BATCH: u64 = 1_000;
/// How often what is too old is looked for.
const INTERVAL: Duration = Duration::from_secs(3_600);
const MILLIS_PER_DAY: Millis = 24 * 3_600 * 1_000;

/// The audit of an authentication database.
#[derive(Clone, Debug)]
pub struct Audit {
    db: Db,
    /// Where events are searched.
    lists: Db,
}

impl Audit {
    pub fn new(db: Db) -> Self {
        Self { lists: db.clone(), db }
    }

    /// Reads lists from a copy of the database that may lag behind. What decides about a right never comes from there.
    #[must_use]
    pub fn listing_from(self, lists: Db) -> Self {
        Self { lists, ..self }
    }

    /// One page of events, the newest first, and whether there are more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn search(&self, search: &Search) -> Result<(Vec<Recorded>, bool), Error> {
        Ok(audit::search(&self.lists, search).await?)
    }

    /// Writes down changes that were made elsewhere than in this database, each with a few words without any secret.
    ///
    /// # Errors
    /// When the database fails; none is written then.
    pub async fn record(&self, actor: &Actor, changes: Vec<(Target, String)>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let changes: Arc<Vec<Change>> =
            Arc::new(changes.into_iter().map(|(target, detail)| Change::new(target, detail)).collect());
        audited(&self.db, actor, move |_| {
            let changes = changes.to_vec();
            async move { Ok(((), changes)) }.boxed()
        })
        .await
    }

    /// Deletes the events from before a time, a bounded number in each transaction, and tells how many there were.
    ///
    /// # Errors
    /// When the database fails; what was deleted until then is gone.
    pub async fn prune(&self, before: Millis) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            let batch =
                self.db.write(move |connection| audit::prune(connection, before, BATCH).boxed()).await?;
            pruned += batch;
            if batch < BATCH {
                return Ok(pruned);
            }
        }
    }

    /// Keeps events for so many days: prunes now and every hour, for as long as the future is polled. Several servers on one
    /// database may do so.
    pub async fn keep_for(self, days: NonZeroU32, clock: Arc<dyn Clock>) {
        loop {
            let before = clock.now().saturating_sub(MILLIS_PER_DAY * Millis::from(days.get()));
            match self.prune(before).await {
                Ok(0) => {}
                Ok(pruned) => tracing::info!(pruned, days, "deleted what was too old from the audit"),
                Err(error) => {
                    tracing::warn!(%error, "the audit could not be pruned; the next try is in an hour")
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::audit::Event;
    use store::schema::{Schema, prepare};
    use tempfile::TempDir;

    struct At(Millis);

    impl Clock for At {
        fn now(&self) -> Millis {
            self.0
        }
    }

    #[tokio::test]
    async fn what_is_older_than_it_is_kept_goes_however_much_it_is() {
        let folder = TempDir::new().unwrap();
        let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
        let db = Db::open(&uri).await.unwrap();
        prepare(&db, Schema::Auth, &uri).await.unwrap();
        let event = |at| Event::done(&Actor::local("a test", at), Target::user("alice"), "made");
        let events: Arc<Vec<Event>> =
            Arc::new((0..2_500).map(event).chain([event(MILLIS_PER_DAY)]).collect());
        let recorded = db.write(move |connection| {
            let events = Arc::clone(&events);
            async move { audit::record(connection, &events).await }.boxed()
        });
        recorded.await.unwrap();
        let audit = Audit::new(db);
        let days = NonZeroU32::new(1).unwrap();
        let keeping = tokio::spawn(audit.clone().keep_for(days, Arc::new(At(2 * MILLIS_PER_DAY))));
        let search = Search { limit: 10, ..Search::default() };
        while audit.search(&search).await.unwrap().0.len() > 1 {
            tokio::task::yield_now().await;
        }
        keeping.abort();
        let (left, _) = audit.search(&search).await.unwrap();
        assert_eq!(left[0].event.actor.at, MILLIS_PER_DAY);
    }
}
