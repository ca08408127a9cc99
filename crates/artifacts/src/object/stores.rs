//! The object stores that a server can reach.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::ObjectRepository;
use super::bucket::{self, Bucket};
use super::client::{Client, Patience};
use super::upload::UPLOADS_AT_ONCE;
use super::variables::Variables;
use crate::error::{Error, Result};
use crate::location;

/// The most clients that are kept, one for each bucket.
const MAX_CLIENTS: usize = 256;

/// The object stores that a server can reach, with credentials from its own environment and from nowhere else. Cheap to
/// clone; a bucket has one client, with one pool of connections.
#[derive(Debug, Clone)]
pub struct ObjectStores {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    variables: Variables,
    patience: Patience,
    clients: Mutex<HashMap<Bucket, Arc<Client>>>,
    uploads: Arc<Semaphore>,
}

impl ObjectStores {
    /// `environment`: the variables of the server's process.
    pub fn new(environment: BTreeMap<String, String>, patience: Patience) -> Self {
        // TLS of the clients is that of the rest of the server. An error means that this was said before.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self {
            inner: Arc::new(Inner {
                variables: Variables::new(environment),
                patience,
                clients: Mutex::default(),
                uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
            }),
        }
    }

    /// The repository that a location in an object store names: `s3://bucket/path`, `gs://bucket/path`,
    /// `wasbs://container@account.blob.core.windows.net/path` or `abfss://container@account.dfs.core.windows.net/path`. Needs
    /// no network.
    ///
    /// # Errors
    /// [`Error::UnsupportedScheme`], [`Error::InvalidLocation`] for what names no bucket, and [`Error::Misconfigured`] where
    /// the environment is wrong about this store.
    pub fn open(&self, uri: &str) -> Result<ObjectRepository> {
        let parsed = location::parse(uri)?;
        let Some((bucket, path)) = Bucket::of(&parsed)? else {
            return Err(Error::UnsupportedScheme { scheme: parsed.scheme });
        };
        let prefix = bucket::prefix(uri, &path)?;
        Ok(ObjectRepository::new(self.client(bucket)?, prefix, Arc::clone(&self.inner.uploads)))
    }

    fn client(&self, bucket: Bucket) -> Result<Arc<Client>> {
        let mut clients = self.inner.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&bucket) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(Client::new(&bucket, &self.inner.variables, self.inner.patience)?);
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(bucket, Arc::clone(&client));
        Ok(client)
    }
}
