//! Registered models, their versions, tags and aliases, and webhooks. A repository function a change or read; the rules are those of
//! MLflow 3.17's `store/model_registry/sqlalchemy_store.py`. Names and numbers come checked.
//!
//! The registry may be kept in another database than the runs: nothing here looks at theirs.

pub mod aliases;
mod attached;
pub mod models;
pub mod search;
pub mod versions;
pub mod webhooks;

use crate::error::StoreError;
use model::Error;

/// What stands in `current_stage` of a deleted version. Its row stays, so that its number is not given again.
const DELETED: &str = "Deleted_Internal";

pub(crate) fn no_model(name: &str) -> StoreError {
    Error::not_found(format!("Registered Model with name={name} not found")).into()
}

pub(crate) fn no_version(name: &str, version: i64) -> StoreError {
    Error::not_found(format!("Model Version (name={name}, version={version}) not found")).into()
}
