//! Experiments.

use crate::{LifecycleStage, Millis, Tag};
use serde::Serialize;

/// A named group of runs with an artifact location of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Experiment {
    pub experiment_id: String,
    pub name: String,
    pub artifact_location: String,
    pub lifecycle_stage: LifecycleStage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Millis>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Always `default` until workspaces are served.
    pub workspace: String,
}
