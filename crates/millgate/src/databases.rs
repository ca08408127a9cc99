//! The databases of a server: each is opened once, whatever it is used for; that of the users apart.

use crate::waiting::with_patience;
use crate::{RunError, prepare};
use model::Entropy;
use std::sync::Arc;
use std::time::Duration;
use store::schema::Schema;
use store::{Db, PoolSettings, StoreError, StoreUri, is_out_of_reach};

/// Opens databases, and keeps those that are open.
pub(crate) struct Databases {
    opened: Vec<(StoreUri, Db)>,
    pool: PoolSettings,
    /// How long to wait for one that does not answer.
    patience: Duration,
    entropy: Arc<dyn Entropy>,
}

impl Databases {
    pub(crate) fn new(pool: PoolSettings, patience: Duration, entropy: Arc<dyn Entropy>) -> Self {
        Self { opened: Vec::new(), pool, patience, entropy }
    }

    /// The database, as it is.
    ///
    /// # Errors
    /// When it cannot be reached in time, or not be opened.
    pub(crate) async fn open(&mut self, uri: &StoreUri) -> Result<Db, RunError> {
        if let Some((_, db)) = self.opened.iter().find(|(known, _)| known.is_same(uri)) {
            return Ok(db.clone());
        }
        let db = self.patiently(uri, async || Db::open_with(uri, &self.pool).await).await?;
        self.opened.push((uri.clone(), db.clone()));
        Ok(db)
    }

    /// The database with connections of its own on a server, even where others use the same one: what decides about logins and
    /// rights must not wait for what else is asked of it.
    ///
    /// # Errors
    /// As [`Databases::open`].
    pub(crate) async fn open_apart(&mut self, uri: &StoreUri) -> Result<Db, RunError> {
        if uri.sqlite_path().is_some() {
            return self.open(uri).await;
        }
        let db = self.patiently(uri, async || Db::open_with(uri, &self.pool).await).await?;
        self.opened.push((uri.clone(), db.clone()));
        Ok(db)
    }

    /// The database with the schema, which is created in an empty one.
    ///
    /// # Errors
    /// As [`Databases::open`], and when the schema is another one.
    pub(crate) async fn open_prepared(&mut self, uri: &StoreUri, schema: Schema) -> Result<Db, RunError> {
        let db = self.open(uri).await?;
        prepare(&db, schema, uri).await?;
        Ok(db)
    }

    async fn patiently<T>(
        &self,
        uri: &StoreUri,
        attempt: impl AsyncFn() -> Result<T, StoreError>,
    ) -> Result<T, RunError> {
        with_patience(self.patience, uri, &*self.entropy, attempt, is_out_of_reach).await
    }

    /// All that are open.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Db> {
        self.opened.iter().map(|(_, db)| db)
    }
}
