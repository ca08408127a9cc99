//! Messages about experiments.

use crate::message::message;
use model::{DatasetSummary, Experiment, Int64, Tag, ViewType};
use serde::Serialize;

message! {
    CreateExperiment {
        name: String => required;
        artifact_location: String ["artifactLocation"];
        tags: Vec<Tag>;
    }
}

#[derive(Debug, Serialize)]
pub struct CreatedExperiment {
    pub experiment_id: String,
}

message! {
    /// Names one experiment.
    ExperimentId {
        experiment_id: String ["experimentId"] => required;
    }
}

message! {
    ExperimentName {
        experiment_name: String ["experimentName"] => required;
    }
}

#[derive(Debug, Serialize)]
pub struct ExperimentAnswer {
    pub experiment: Experiment,
}

message! {
    SearchExperiments {
        max_results: Int64 ["maxResults"];
        page_token: String ["pageToken"];
        filter: String;
        order_by: Vec<String> ["orderBy"];
        view_type: ViewType ["viewType"];
    }
}

#[derive(Debug, Serialize)]
pub struct ExperimentPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

message! {
    UpdateExperiment {
        experiment_id: String ["experimentId"] => required;
        new_name: String ["newName"] => required;
    }
}

message! {
    SetExperimentTag {
        experiment_id: String ["experimentId"] => required;
        key: String => required;
        value: String;
    }
}

message! {
    DeleteExperimentTag {
        experiment_id: String ["experimentId"] => required;
        key: String => required;
    }
}

message! {
    SearchDatasets {
        experiment_ids: Vec<String> ["experimentIds"];
    }
}

#[derive(Debug, Serialize)]
pub struct DatasetSummaries {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dataset_summaries: Vec<DatasetSummary>,
}
