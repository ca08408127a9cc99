//! Logged models: models that runs recorded in an experiment.

use crate::wire::wire_enum;
use crate::{Metric, Millis, Tag};
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

wire_enum! {
    /// How far the upload of a logged model has come. The database holds the number.
    LoggedModelStatus {
        Unspecified = 0 "LOGGED_MODEL_STATUS_UNSPECIFIED",
        Pending = 1 "LOGGED_MODEL_PENDING",
        Ready = 2 "LOGGED_MODEL_READY",
        UploadFailed = 3 "LOGGED_MODEL_UPLOAD_FAILED",
    }
}

/// One logged model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedModel {
    pub info: LoggedModelInfo,
    pub data: LoggedModelData,
}

/// What a logged model is. The protobuf's `creator_id` and `registrations` are Databricks' and never set, as in MLflow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedModelInfo {
    /// `m-` and 32 hexadecimal digits.
    pub model_id: String,
    pub experiment_id: String,
    pub name: String,
    pub creation_timestamp_ms: Millis,
    pub last_updated_timestamp_ms: Millis,
    pub artifact_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<LoggedModelStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_type: Option<String>,
    /// The run that made the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// What was logged of a model: its parameters, and every value of its metrics.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LoggedModelData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}

impl LoggedModel {
    /// Takes out which runs made and measured the model, for a caller to whom runs are denied.
    pub fn withhold_runs(&mut self) {
        self.info.source_run_id = None;
        for metric in &mut self.data.metrics {
            metric.run_id = None;
        }
    }
}
