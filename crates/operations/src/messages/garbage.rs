//! Messages about deleting for good. MLflow does this with its command `mlflow gc` alone.

use crate::message::message;
use model::Int64;
use serde::{Deserialize, Serialize};

message! {
    /// Without ids, all that is deleted is meant; with any, nothing but what they name, and what lies in the experiments. A field that
    /// is misspelt is not taken for one that is absent.
    #[serde(deny_unknown_fields)]
    CollectGarbage {
        run_ids: Vec<String>;
        experiment_ids: Vec<String>;
        logged_model_ids: Vec<String>;
        /// Milliseconds since the deletion, at least.
        older_than_ms: Int64;
        /// Whether that goes, too, whose artifacts this server does not delete. They stay.
        leave_artifacts: bool;
        /// Whether nothing is deleted, only told what would be.
        dry_run: bool;
        max_results: Int64;
        page_token: String;
    }
}

/// Something that is deleted for good, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarbageItem {
    /// `run`, `logged_model`, `trace` or `experiment`.
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub experiment_id: String,
    /// Why it was not deleted, or its artifacts not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CollectedGarbage {
    /// What has gone, or with `dry_run` would go.
    pub deleted: Vec<GarbageItem>,
    /// What stays, each with the reason.
    pub kept: Vec<GarbageItem>,
    /// What of `deleted` has left artifacts behind, each with the reason.
    pub left_artifacts: Vec<GarbageItem>,
    /// For the next call, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}
