//! The headers that a webhook's requests carry (MLflow 3.17 `mlflow/webhooks/constants.py` and `delivery.py`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use sha2::Sha256;
use std::fmt;

pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-mlflow-signature");
pub(crate) const TIMESTAMP: HeaderName = HeaderName::from_static("x-mlflow-timestamp");
pub(crate) const DELIVERY_ID: HeaderName = HeaderName::from_static("x-mlflow-delivery-id");

/// What a webhook's payloads are signed with.
#[derive(Clone)]
pub struct SigningSecret(String);

impl SigningSecret {
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// `v1,` and the base64 of HMAC-SHA256 over delivery id, time in seconds and payload, with dots between them.
    pub(crate) fn sign(&self, delivery_id: &str, timestamp: &str, payload: &[u8]) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("a key of any length");
        let signed = mac
            .chain_update(delivery_id)
            .chain_update(".")
            .chain_update(timestamp)
            .chain_update(".")
            .chain_update(payload);
        format!("v1,{}", STANDARD.encode(signed.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What MLflow 3.17's `_generate_hmac_signature("whsec", "d-1", "1700000000", …)` gives.
    #[test]
    fn a_payload_is_signed_as_mlflow_signs_it() {
        let payload = br#"{"entity": "registered_model", "action": "created", "timestamp": "2024-01-02T03:04:05.678000+00:00", "data": {"name": "m\u00e9", "tags": {"a": "\ud83d\ude00"}, "description": null}}"#;
        let secret = SigningSecret::new("whsec".to_owned());
        assert_eq!(
            secret.sign("d-1", "1700000000", payload),
            "v1,cMobtuqA7NDYYzYxTKtJK8vFEosPzP4QAPEZtbEFLQQ="
        );
        assert_eq!(format!("{secret:?}"), "SigningSecret([hidden])");
    }
}
