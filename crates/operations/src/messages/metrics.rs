//! Messages about the history of metrics.

use crate::message::message;
use crate::messages::runs::names_a_run;
use model::{Int64, Metric};
use serde::Serialize;

message! {
    GetMetricHistory {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        metric_key: String ["metricKey"] => required;
        page_token: String ["pageToken"];
        max_results: Int64 ["maxResults"];
    }
}

names_a_run!(GetMetricHistory);

#[derive(Debug, Serialize)]
pub struct MetricPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

message! {
    /// Of the web interface, whose parameter for the runs is singular.
    GetMetricHistoryBulk {
        run_id: Vec<String>;
        metric_key: String;
        max_results: Int64;
    }
}

/// Unlike other answers, this one always holds the list.
#[derive(Debug, Serialize)]
pub struct BulkMetrics {
    pub metrics: Vec<Metric>,
}

message! {
    GetMetricHistoryBulkInterval {
        run_ids: Vec<String> => required;
        metric_key: String => required;
        start_step: Int64;
        end_step: Int64;
        max_results: Int64;
    }
}

#[derive(Debug, Serialize)]
pub struct IntervalMetrics {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}
