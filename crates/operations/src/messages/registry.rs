//! Messages about registered models and model versions.

use crate::message::message;
use model::registry::{ModelUri, prompt_mark};
use model::{Int64, ModelVersion, RegisteredModel, Tag};
use search::model_versions::parse_filter;
use serde::Serialize;

message! {
    CreateRegisteredModel {
        name: String => required;
        tags: Vec<Tag>;
        description: String;
    }
}

impl CreateRegisteredModel {
    /// Whether the tags make a prompt of it.
    pub fn is_prompt(&self) -> bool {
        self.mark().unwrap_or(false)
    }

    fn mark(&self) -> Option<bool> {
        prompt_mark(self.tags.as_deref().unwrap_or_default())
    }
}

message! {
    /// Names one registered model.
    RegisteredModelName {
        name: String => required;
    }
}

message! {
    RenameRegisteredModel {
        name: String => required;
        new_name: String ["newName"] => required;
    }
}

message! {
    UpdateRegisteredModel {
        name: String => required;
        description: String;
    }
}

#[derive(Debug, Serialize)]
pub struct RegisteredModelAnswer {
    pub registered_model: RegisteredModel,
}

message! {
    SearchRegisteredModels {
        filter: String;
        max_results: Int64 ["maxResults"];
        order_by: Vec<String> ["orderBy"];
        page_token: String ["pageToken"];
    }
}

#[derive(Debug, Serialize)]
pub struct RegisteredModelPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registered_models: Vec<RegisteredModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

message! {
    SetRegisteredModelTag {
        name: String => required;
        key: String => required;
        value: String;
    }
}

message! {
    DeleteRegisteredModelTag {
        name: String => required;
        key: String => required;
    }
}

message! {
    SetRegisteredModelAlias {
        name: String => required;
        alias: String => required;
        version: String => required;
    }
}

message! {
    /// Names one alias of a registered model.
    RegisteredModelAlias {
        name: String => required;
        alias: String => required;
    }
}

message! {
    GetLatestVersions {
        name: String => required;
        stages: Vec<String>;
    }
}

message! {
    CreateModelVersion {
        name: String => required;
        source: String => required;
        run_id: String ["runId"];
        tags: Vec<Tag>;
        run_link: String ["runLink"];
        description: String;
        model_id: String ["modelId"];
    }
}

impl CreateModelVersion {
    /// What the tags say about being a version of a prompt.
    pub fn mark(&self) -> Option<bool> {
        prompt_mark(self.tags.as_deref().unwrap_or_default())
    }

    /// Whether the version is a copy of another registered model's: that model then is the border of access, and the ids of
    /// the run and logged model are only told on (MLflow 3.17 `validate_can_create_model_version`).
    pub fn is_copy(&self) -> bool {
        let source = self.source.as_deref().unwrap_or_default();
        matches!(ModelUri::parse(source), Some(Ok(ModelUri::Version { .. })))
    }
}

message! {
    /// Names one version of a registered model.
    ModelVersionKey {
        name: String => required;
        version: String => required;
    }
}

message! {
    UpdateModelVersion {
        name: String => required;
        version: String => required;
        description: String;
    }
}

message! {
    TransitionModelVersionStage {
        name: String => required;
        version: String => required;
        stage: String => required;
        archive_existing_versions: bool ["archiveExistingVersions"];
    }
}

message! {
    SetModelVersionTag {
        name: String => required;
        version: String => required;
        key: String => required;
        value: String;
    }
}

message! {
    DeleteModelVersionTag {
        name: String => required;
        version: String => required;
        key: String => required;
    }
}

message! {
    /// A file of a version, as the web interface asks for it.
    ModelVersionArtifact {
        name: String => required;
        version: String => required;
        path: String => required;
    }
}

#[derive(Debug, Serialize)]
pub struct ModelVersionAnswer {
    pub model_version: ModelVersion,
}

#[derive(Debug, Serialize)]
pub struct LatestVersions {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_versions: Vec<ModelVersion>,
}

#[derive(Debug, Serialize)]
pub struct DownloadUri {
    pub artifact_uri: String,
}

message! {
    SearchModelVersions {
        filter: String;
        max_results: Int64 ["maxResults"];
        order_by: Vec<String> ["orderBy"];
        page_token: String ["pageToken"];
    }
}

impl SearchModelVersions {
    /// Whether the search selects by runs. One that cannot be read may do so, as in MLflow 3.17's
    /// `_filter_selects_attribute`.
    pub fn asks_about_runs(&self) -> bool {
        parse_filter(self.filter.as_deref().unwrap_or_default())
            .map_or(true, |filter| filter.asks_about_runs())
    }
}

#[derive(Debug, Serialize)]
pub struct ModelVersionPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_versions: Vec<ModelVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_names_a_registered_models_version() {
        let read =
            |source: &str| CreateModelVersion { source: Some(source.to_owned()), ..Default::default() };
        assert!(read("models:/m/1").is_copy() && read("models:/m@best").is_copy());
        for source in ["models:/m-1", "runs:/r/m", "MODELS:/m/1", " models:/m/1", "s3://b"] {
            assert!(!read(source).is_copy(), "{source}");
        }
    }

    #[test]
    fn a_search_that_cannot_be_read_may_ask_about_runs() {
        let read =
            |filter: &str| SearchModelVersions { filter: Some(filter.to_owned()), ..Default::default() };
        assert!(read("run_id = 'r'").asks_about_runs() && read("name = ").asks_about_runs());
        assert!(!read("name = 'a'").asks_about_runs() && !read("").asks_about_runs());
    }
}
