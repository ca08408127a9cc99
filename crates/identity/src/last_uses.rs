//! When access tokens were last used: kept in memory and written from time to time, so that no request waits for it.

use crate::upkeep::keep_writing;
use futures::FutureExt;
use model::Millis;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Db;
use store::auth::tokens::{self, FoundToken};

/// How exactly a use is known, in milliseconds: a token in constant use costs one write a minute.
const PRECISION: Millis = 60 * 1_000;
/// Tokens that are kept between two writes. Uses of others are not written down.
const MAX_TOKENS: usize = 10_000;

/// Notes the uses of tokens. Cloning gives another handle to the same notes.
#[derive(Clone, Debug)]
pub struct LastUses {
    db: Db,
    /// The minute of the last use, by the token's id.
    noted: Arc<Mutex<HashMap<i64, Millis>>>,
}

impl LastUses {
    pub fn new(db: Db) -> Self {
        Self { db, noted: Arc::default() }
    }

    pub(crate) fn noted(&self) -> MutexGuard<'_, HashMap<i64, Millis>> {
        // A critical section changes one entry or takes all of them.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a use of a token that was just read, unless the database knows of one in the same minute. It does no I/O and
    /// never waits for any.
    pub(crate) fn note(&self, token: &FoundToken, now: Millis) {
        let minute = now - now.rem_euclid(PRECISION);
        if token.last_used_at.is_none_or(|known| known < minute) {
            self.keep(token.id, minute);
        }
    }

    fn keep(&self, id: i64, minute: Millis) {
        let mut noted = self.noted();
        if noted.len() < MAX_TOKENS || noted.contains_key(&id) {
            let known = noted.entry(id).or_insert(minute);
            *known = minute.max(*known);
        }
    }

    /// Writes what was noted: one statement a minute that there is. When the database fails, it is noted again.
    pub async fn write(&self) {
        let noted = std::mem::take(&mut *self.noted());
        if noted.is_empty() {
            return;
        }
        let mut by_minute: BTreeMap<Millis, Vec<i64>> = BTreeMap::new();
        for (id, minute) in noted {
            by_minute.entry(minute).or_default().push(id);
        }
        // In one order, so that servers that write at once wait for each other and not in a circle.
        by_minute.values_mut().for_each(|ids| ids.sort_unstable());
        let by_minute = Arc::new(by_minute);
        let written = self.db.write({
            let by_minute = Arc::clone(&by_minute);
            move |connection| {
                let by_minute = Arc::clone(&by_minute);
                async move {
                    for (minute, ids) in by_minute.iter() {
                        tokens::mark_used(connection, ids, *minute).await?;
                    }
                    Ok(())
                }
                .boxed()
            }
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, "the last uses of access tokens could not be written yet");
            for (minute, ids) in by_minute.iter() {
                ids.iter().for_each(|id| self.keep(*id, *minute));
            }
        }
    }

    /// Writes every ten seconds and, at last, when `stop` is ready.
    pub async fn keep_writing(self, stop: impl Future<Output = ()>) {
        keep_writing(|| self.write(), stop).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_tokens_are_noted_and_the_latest_minute_of_each() {
        let folder = tempfile::TempDir::new().unwrap();
        let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
        let uses = LastUses::new(Db::open(&uri).await.unwrap());
        for id in 0..20_000 {
            uses.keep(id, PRECISION);
        }
        uses.keep(0, 2 * PRECISION);
        uses.keep(1, 0);
        uses.keep(30_000, PRECISION);
        let noted = uses.noted();
        assert_eq!(noted.len(), MAX_TOKENS);
        assert_eq!((noted[&0], noted[&1], noted.get(&30_000)), (2 * PRECISION, PRECISION, None));
    }
}
