//! Messages about logged models.

use crate::io::segments;
use crate::message::{Given, Kind, Shape, message};
use model::{Int64, LoggedModel, LoggedModelStatus, Tag};
use search::logged_models::{OrderClause, asks_about_runs, parse_filter, parse_order_by};
use serde::{Deserialize, Serialize};

/// A dataset that a model was measured on; without a digest, any version of it.
#[derive(Debug, Default, Deserialize)]
pub struct MeasuredDataset {
    #[serde(default, alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(default, alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
}

/// What to order logged models by.
#[derive(Debug, Default, Deserialize)]
pub struct ModelOrder {
    #[serde(default, alias = "fieldName")]
    pub field_name: Option<String>,
    /// True if absent.
    #[serde(default)]
    pub ascending: Option<bool>,
    #[serde(default, alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(default, alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
}

impl Shape for MeasuredDataset {
    const KIND: Kind = Kind::Message;
}

impl Shape for ModelOrder {
    const KIND: Kind = Kind::Message;
}

impl Shape for LoggedModelStatus {
    const KIND: Kind = Kind::Enum;
}

impl Given for LoggedModelStatus {
    fn is_given(&self) -> bool {
        true
    }
}

segments! {
    /// A logged model, by its id.
    LoggedModelInPath { model_id }
}

segments! {
    /// A tag of a logged model.
    LoggedModelTagInPath { model_id, tag_key }
}

message! {
    CreateLoggedModel {
        experiment_id: String ["experimentId"] => required;
        name: String;
        model_type: String ["modelType"];
        source_run_id: String ["sourceRunId"];
        params: Vec<Tag>;
        tags: Vec<Tag>;
    }
}

message! {
    GetLoggedModel {
        allow_deleted: bool;
    }
}

message! {
    FinalizeLoggedModel {
        /// As in the path, if it is given.
        model_id: String ["modelId"];
        status: LoggedModelStatus => required;
    }
}

message! {
    LogLoggedModelParams {
        /// As in the path, if it is given.
        model_id: String ["modelId"];
        params: Vec<Tag>;
    }
}

message! {
    SetLoggedModelTags {
        /// As in the path, if it is given.
        model_id: String ["modelId"];
        tags: Vec<Tag>;
    }
}

message! {
    ListLoggedModelArtifacts {
        artifact_directory_path: String;
        page_token: String;
    }
}

message! {
    /// A file of a logged model, as the web interface asks for it.
    LoggedModelArtifact {
        artifact_file_path: String => required;
    }
}

#[derive(Debug, Serialize)]
pub struct LoggedModelAnswer {
    pub model: LoggedModel,
}

message! {
    SearchLoggedModels {
        experiment_ids: Vec<String> ["experimentIds"] => required;
        filter: String;
        datasets: Vec<MeasuredDataset>;
        max_results: Int64 ["maxResults"];
        order_by: Vec<ModelOrder> ["orderBy"];
        page_token: String ["pageToken"];
    }
}

impl SearchLoggedModels {
    /// The clauses of the order, in the form that a page token holds.
    pub fn order_clauses(&self) -> Vec<OrderClause> {
        let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        let clauses = self.order_by.iter().flatten().map(|order| OrderClause {
            field_name: order.field_name.clone().unwrap_or_default(),
            ascending: order.ascending.unwrap_or(true),
            dataset_name: named(&order.dataset_name),
            dataset_digest: named(&order.dataset_digest),
        });
        clauses.collect()
    }

    /// Whether the search selects or orders by runs. One that cannot be read may do so, as in MLflow 3.17's
    /// `_filter_selects_attribute`.
    pub fn asks_about_runs(&self) -> bool {
        let filter = parse_filter(self.filter.as_deref().unwrap_or_default());
        let order_by = parse_order_by(&self.order_clauses());
        filter.is_err()
            || order_by.is_err()
            || asks_about_runs(&filter.unwrap_or_default(), &order_by.unwrap_or_default())
    }
}

#[derive(Debug, Serialize)]
pub struct LoggedModelPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<LoggedModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> SearchLoggedModels {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_order_ascends_unless_it_says_otherwise() {
        let message = read(
            r#"{"orderBy": [{"fieldName": "name", "ascending": null}, {"field_name": "a", "ascending": false,
                "dataset_name": "", "datasetDigest": "d"}]}"#,
        );
        let clauses = message.order_clauses();
        assert_eq!(clauses.iter().map(|clause| clause.ascending).collect::<Vec<_>>(), [true, false]);
        assert_eq!((&clauses[1].dataset_name, clauses[1].dataset_digest.as_deref()), (&None, Some("d")));
    }

    #[test]
    fn a_search_that_cannot_be_read_may_ask_about_runs() {
        assert!(!read(r#"{"filter": "name = 'a'", "order_by": [{"field_name": "name"}]}"#).asks_about_runs());
        for json in [
            r#"{"filter": "source_run_id = 'a'"}"#,
            r#"{"filter": "name = "}"#,
            r#"{"order_by": [{"field_name": "source_run_id"}]}"#,
            r#"{"order_by": [{}]}"#,
        ] {
            assert!(read(json).asks_about_runs(), "{json}");
        }
    }
}
