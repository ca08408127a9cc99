//! A client of one bucket.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use object_store::list::PaginatedListStore;
use object_store::multipart::MultipartStore;
use object_store::signer::Signer;
use object_store::{Attributes, BackoffConfig, ClientOptions, ObjectStore, RetryConfig, TagSet};

use super::bucket::{Bucket, Provider};
use super::variables::Variables;
use super::{azure, gcs, s3};
use crate::error::Result;

/// How long the server waits for an object store.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection. 5 seconds.
    pub connect: Duration,
    /// For the answer to a request, and between two pieces of it. 30 seconds.
    pub silence: Duration,
    /// After this time since its first attempt, a request is not tried again. 20 seconds.
    pub retry: Duration,
    /// For a whole listing. 60 seconds.
    pub listing: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            retry: Duration::from_secs(20),
            listing: Duration::from_secs(60),
        }
    }
}

/// The most that a request is tried again.
const MAX_RETRIES: usize = 4;

impl Patience {
    pub(super) fn options(self) -> ClientOptions {
        ClientOptions::new()
            .with_timeout_disabled()
            .with_connect_timeout(self.connect)
            .with_read_timeout(self.silence)
            .with_pool_idle_timeout(Duration::from_secs(60))
    }

    pub(super) fn retries(self) -> RetryConfig {
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(3),
                base: 2.0,
            },
            max_retries: MAX_RETRIES,
            retry_timeout: self.retry,
        }
    }
}

/// What a store can do beside keeping objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    S3,
    Gcs,
    Azure,
    Memory,
}

/// What every object is stored with.
#[derive(Debug, Clone, Default)]
pub(super) struct UploadExtras {
    pub(super) attributes: Attributes,
    pub(super) tags: TagSet,
    /// The same and what else an upload says, as headers of a request that somebody else makes.
    pub(super) headers: HeaderMap,
}

pub(super) struct Client {
    pub(super) kind: Kind,
    pub(super) bucket: String,
    pub(super) store: Arc<dyn ObjectStore>,
    /// Listing page by page, where the store has it; else a listing comes as a whole.
    pub(super) pages: Option<Arc<dyn PaginatedListStore>>,
    pub(super) signer: Option<Arc<dyn Signer>>,
    pub(super) multipart: Option<Arc<dyn MultipartStore>>,
    pub(super) extras: UploadExtras,
    /// What every request says, also one that somebody else makes with a signed URL.
    pub(super) headers: HeaderMap,
    pub(super) patience: Patience,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.bucket).finish()
    }
}

impl Client {
    /// A client of a store. Without `can_sign` nobody gets a URL; nothing is said beside what the store needs to hear.
    pub(super) fn of<S>(kind: Kind, bucket: &Bucket, store: S, can_sign: bool, patience: Patience) -> Self
    where
        S: ObjectStore + PaginatedListStore + Signer + MultipartStore,
    {
        let store = Arc::new(store);
        Self {
            kind,
            bucket: bucket.to_string(),
            pages: Some(Arc::clone(&store) as _),
            signer: can_sign.then(|| Arc::clone(&store) as _),
            multipart: Some(Arc::clone(&store) as _),
            store,
            extras: UploadExtras::default(),
            headers: HeaderMap::new(),
            patience,
        }
    }

    /// Makes a client; needs no network.
    pub(super) fn new(bucket: &Bucket, variables: &Variables, patience: Patience) -> Result<Self> {
        match &bucket.provider {
            Provider::S3 => s3::client(bucket, variables, patience),
            Provider::Gcs => gcs::client(bucket, variables, patience),
            Provider::Azure { account, suffix } => {
                azure::client(bucket, account, suffix, variables, patience)
            }
        }
    }
}
