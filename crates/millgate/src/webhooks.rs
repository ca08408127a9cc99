//! Webhooks at the start of a server: what their secrets are kept with, and the sending.

use crate::config::WebhookConfig;
use crate::{RunError, about};
use ::webhooks::{Client, Deliveries, EncryptionKey};
use model::{Clock, Entropy};
use service::Webhooks;
use std::sync::Arc;
use store::{Db, StoreError, StoreUri, is_out_of_reach, own};

/// The name of the key that the servers on a database share.
const SHARED_KEY: &str = "webhook_encryption_key";

/// Begins to send webhooks.
///
/// # Errors
/// When the database is out of reach, or a newer program's.
pub(crate) async fn start(
    config: &WebhookConfig,
    registry: &Db,
    uri: &StoreUri,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Webhooks, RunError> {
    let key = match &config.encryption_key {
        Some(key) => Some(key.clone()),
        None => shared_key(registry, uri, &**entropy).await?,
    };
    let client = Client::new(config.rules.clone(), config.timeout);
    let deliveries = Deliveries::new(client, config.settings, Arc::clone(clock), Arc::clone(entropy));
    Ok(Webhooks::start(registry.clone(), key, deliveries, Arc::clone(clock)))
}

/// The key of all servers on the database that are given none. `None` where the database takes no table for it, as where the
/// server may not make any: then all else goes on.
async fn shared_key(
    registry: &Db,
    uri: &StoreUri,
    entropy: &dyn Entropy,
) -> Result<Option<EncryptionKey>, RunError> {
    let proposed = EncryptionKey::generate(entropy);
    let key = match own::registry_secret(registry, uri, SHARED_KEY, &proposed).await {
        Ok(key) => EncryptionKey::parse(&key).map_err(|error| error.to_string()),
        Err(error) if is_out_of_reach(&error) || matches!(error, StoreError::Schema(_)) => {
            return Err(about(uri, error));
        }
        Err(error) => Err(error.to_string()),
    };
    match key {
        Ok(key) => Ok(Some(key)),
        Err(error) => {
            tracing::warn!(
                %uri,
                error,
                "the database keeps no key for the secrets of webhooks, so that they can have none: set \
                 MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, or let this server make tables"
            );
            Ok(None)
        }
    }
}
