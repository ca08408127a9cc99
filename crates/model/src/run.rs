//! Runs and what they record.

use crate::wire::wire_enum;
use crate::{DatasetInput, Double, Int64, LifecycleStage, Millis, Tag};
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

wire_enum! {
    /// The state of a run.
    RunStatus {
        Running = 1 "RUNNING",
        Scheduled = 2 "SCHEDULED",
        Finished = 3 "FINISHED",
        Failed = 4 "FAILED",
        Killed = 5 "KILLED",
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    pub info: RunInfo,
    pub data: RunData,
    pub inputs: RunInputs,
    /// Absent in the answer to a creation, as in MLflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<RunOutputs>,
}

impl Run {
    /// Leaves out what names logged models (MLflow 3.17 `_withhold_denied_run_model_links`).
    pub fn withhold_models(&mut self) {
        self.inputs.model_inputs.clear();
        if let Some(outputs) = &mut self.outputs {
            outputs.model_outputs.clear();
        }
        for metric in &mut self.data.metrics {
            metric.model_id = None;
        }
    }
}

/// What a run is, without what it logged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunInfo {
    pub run_id: String,
    /// The older name of `run_id`, which clients before MLflow 1.0 read.
    pub run_uuid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
    pub experiment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RunStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_uri: Option<String>,
    pub lifecycle_stage: LifecycleStage,
}

/// The latest metrics, the parameters and the tags of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RunData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// What a run read.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RunInputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dataset_inputs: Vec<DatasetInput>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_inputs: Vec<ModelInput>,
}

/// What a run produced.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RunOutputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_outputs: Vec<ModelOutput>,
}

/// One value of a metric at a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    pub key: String,
    pub value: Double,
    pub timestamp: Millis,
    pub step: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// One value of a metric whose key is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub value: Double,
    pub timestamp: Millis,
    pub step: i64,
}

/// A logged model that a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInput {
    #[serde(alias = "modelId")]
    pub model_id: String,
}

/// A logged model that a run made, and the step at which it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOutput {
    #[serde(alias = "modelId")]
    pub model_id: String,
    #[serde(default)]
    pub step: Int64,
}
