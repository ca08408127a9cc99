//! Google Cloud Storage, with the variables of Google's client libraries.

use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};

use super::bucket::Bucket;
use super::client::{Client, Kind, Patience};
use super::variables::{Variables, misconfigured};
use crate::error::Result;

/// Credentials come from `GOOGLE_APPLICATION_CREDENTIALS` (a service account's key, or what `gcloud` stores for a user), else
/// from the file in which `gcloud auth application-default login` leaves them, else from the machine.
/// `STORAGE_EMULATOR_HOST` names an emulator, which is asked without any.
pub(super) fn client(bucket: &Bucket, variables: &Variables, patience: Patience) -> Result<Client> {
    let mut options = patience.options();
    let mut builder = GoogleCloudStorageBuilder::new().with_bucket_name(&bucket.name);
    let mut can_sign = true;
    if let Some(host) = variables.get("STORAGE_EMULATOR_HOST") {
        let host = host.trim_end_matches('/');
        let url = if host.contains("://") { host.to_owned() } else { format!("http://{host}") };
        options = options.with_allow_http(url.starts_with("http://"));
        // Nobody is asked for a token then.
        let nobody = StaticCredentialProvider::new(GcpCredential { bearer: String::new() });
        builder = builder.with_base_url(&url).with_credentials(Arc::new(nobody)).with_skip_signature(true);
        can_sign = false;
    } else if let Some(file) = variables.get("GOOGLE_APPLICATION_CREDENTIALS") {
        builder = builder.with_application_credentials(file);
    }
    let store = builder
        .with_client_options(options)
        .with_retry(patience.retries())
        .build()
        .map_err(|error| misconfigured(format!("Google Cloud Storage: {error}")))?;
    Ok(Client::of(Kind::Gcs, bucket, store, can_sign, patience))
}
