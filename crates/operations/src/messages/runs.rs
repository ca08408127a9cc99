//! Messages about runs.

use crate::message::{Kind, Shape, message};
use model::{
    DatasetInput, Double, Error, Int64, ModelInput, ModelOutput, Run, RunInfo, RunStatus, Tag, ViewType,
};
use serde::{Deserialize, Serialize};

/// Clients before MLflow 1.0 say `run_uuid` for `run_id`, and later ones send both. They must not disagree: the gate and
/// the handler both ask here.
///
/// # Errors
/// INVALID_PARAMETER_VALUE when neither is given or they differ.
pub fn one_run_id<'m>(run_id: Option<&'m str>, run_uuid: Option<&'m str>) -> Result<&'m str, Error> {
    let given = |id: Option<&'m str>| id.filter(|id| !id.is_empty());
    match (given(run_id), given(run_uuid)) {
        (Some(id), Some(uuid)) if id != uuid => {
            Err(Error::invalid("Request specifies different values for 'run_id' and 'run_uuid'."))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(Error::missing("run_id")),
    }
}

/// Gives messages that carry both names of a run's id the one accessor.
macro_rules! names_a_run {
    ($($message:ident),+ $(,)?) => { $(impl $message {
        /// The run that the request names.
        ///
        /// # Errors
        /// INVALID_PARAMETER_VALUE when no id is given, or two that differ.
        pub fn run(&self) -> Result<&str, model::Error> {
            $crate::messages::one_run_id(self.run_id.as_deref(), self.run_uuid.as_deref())
        }
    })+ };
}
pub(crate) use names_a_run;

message! {
    CreateRun {
        experiment_id: String ["experimentId"];
        user_id: String ["userId"];
        run_name: String ["runName"];
        start_time: Int64 ["startTime"];
        tags: Vec<Tag>;
    }
}

impl CreateRun {
    /// The experiment of the run; the default one if none is given.
    pub fn experiment(&self) -> &str {
        self.experiment_id.as_deref().filter(|id| !id.is_empty()).unwrap_or("0")
    }
}

#[derive(Debug, Serialize)]
pub struct RunAnswer {
    pub run: Run,
}

message! {
    /// Names one run.
    RunId {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
    }
}

message! {
    UpdateRun {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        status: RunStatus;
        end_time: Int64 ["endTime"];
        run_name: String ["runName"];
    }
}

#[derive(Debug, Serialize)]
pub struct UpdatedRun {
    pub run_info: RunInfo,
}

message! {
    SetTag {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        key: String => required;
        value: String;
    }
}

message! {
    DeleteTag {
        run_id: String ["runId"] => required;
        key: String => required;
    }
}

message! {
    LogMetric {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        key: String => required;
        value: Double => required;
        timestamp: Int64 => required;
        step: Int64;
        model_id: String ["modelId"];
        dataset_name: String ["datasetName"];
        dataset_digest: String ["datasetDigest"];
    }
}

message! {
    LogParam {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        key: String => required;
        value: String;
    }
}

names_a_run!(RunId, UpdateRun, SetTag, LogMetric, LogParam);

/// A metric of a batch. Absent fields are found by position, for the error message.
#[derive(Debug, Deserialize)]
pub struct BatchMetric {
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default)]
    pub value: Option<Double>,
    #[serde(default)]
    pub timestamp: Option<Int64>,
    #[serde(default)]
    pub step: Option<Int64>,
    #[serde(default, alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(default, alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
    #[serde(default, alias = "modelId")]
    pub model_id: Option<String>,
}

/// A parameter or tag of a batch.
#[derive(Debug, Deserialize)]
pub struct BatchTag {
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
}

impl Shape for BatchMetric {
    const KIND: Kind = Kind::Message;
}

impl Shape for BatchTag {
    const KIND: Kind = Kind::Message;
}

message! {
    LogBatch {
        run_id: String ["runId"] => required;
        metrics: Vec<BatchMetric>;
        params: Vec<BatchTag>;
        tags: Vec<BatchTag>;
    }
}

message! {
    LogInputs {
        run_id: String ["runId"] => required;
        datasets: Vec<DatasetInput>;
        models: Vec<ModelInput>;
    }
}

message! {
    LogOutputs {
        run_id: String ["runId"] => required;
        models: Vec<ModelOutput> => required;
    }
}

message! {
    LogModel {
        run_id: String ["runId"] => required;
        model_json: String ["modelJson"] => required;
    }
}

message! {
    SearchRuns {
        experiment_ids: Vec<String> ["experimentIds"];
        filter: String;
        run_view_type: ViewType ["runViewType"];
        max_results: Int64 ["maxResults"];
        order_by: Vec<String> ["orderBy"];
        page_token: String ["pageToken"];
    }
}

#[derive(Debug, Serialize)]
pub struct RunPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}
