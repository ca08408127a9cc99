//! Datasets that runs read.

use serde::{Deserialize, Serialize};

/// A dataset, identified by name and digest within an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    pub name: String,
    pub digest: String,
    #[serde(alias = "sourceType")]
    pub source_type: String,
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// A dataset together with how the run used it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInput {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<InputTag>,
    pub dataset: Dataset,
}

/// A tag of a dataset's use, such as `mlflow.data.context` = `training`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputTag {
    #[serde(default, deserialize_with = "crate::wire::empty_if_null")]
    pub key: String,
    #[serde(default, deserialize_with = "crate::wire::empty_if_null")]
    pub value: String,
}

/// A dataset as the experiment page lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetSummary {
    pub experiment_id: String,
    pub name: String,
    pub digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}
