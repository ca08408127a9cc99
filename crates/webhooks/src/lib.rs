//! Webhooks: what they are told, how it is signed, where it may be sent, and the sending itself. Follows MLflow 3.17's
//! `mlflow/webhooks`. Which webhooks there are is not known here.

mod address;
mod client;
mod deliveries;
mod fernet;
mod payload;
#[cfg(test)]
mod receiver;
mod resolver;
mod retry;
mod signature;
mod target;

pub use client::{Answer, Client, SendError};
pub use deliveries::{Deliveries, Delivery, Settings};
pub use fernet::{BadKey, BadToken, EncryptionKey, MAX_SECRET_BYTES};
pub use payload::{Data, Tags, message};
pub use signature::SigningSecret;
pub use target::{Rules, Scheme, UrlError};
