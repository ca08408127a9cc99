//! Messages about artifacts.

use crate::message::message;
use crate::messages::runs::names_a_run;
use model::{Error, Int64};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

message! {
    ListArtifacts {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        path: String;
        page_token: String ["pageToken"];
    }
}

message! {
    /// A file of a run, as the web interface asks for it.
    RunArtifact {
        run_id: String;
        run_uuid: String;
        path: String => required;
    }
}

message! {
    /// A file for a run, as the web interface uploads it.
    UploadedArtifact {
        run_uuid: String;
        path: String;
    }
}

names_a_run!(ListArtifacts, RunArtifact);

message! {
    ProxiedPath {
        path: String;
    }
}

/// A file or directory of a listing.
#[derive(Debug, Serialize)]
pub struct FileInfo {
    pub path: String,
    pub is_dir: bool,
    /// Bytes; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
}

#[derive(Debug, Serialize)]
pub struct RunArtifacts {
    pub root_uri: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
}

#[derive(Debug, Serialize)]
pub struct ProxiedArtifacts {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
}

/// Where an upload in parts goes: below the path of the URL, under the last name of the path in the message (MLflow 3.17
/// `create_multipart_upload`).
pub fn upload_target(path: &str, file: Option<&String>) -> String {
    let name = file.and_then(|file| file.rsplit('/').next()).unwrap_or_default();
    if path.is_empty() { name.to_owned() } else { format!("{}/{name}", path.trim_end_matches('/')) }
}

message! {
    CreateMultipartUpload {
        path: String => required;
        num_parts: Int64 ["numParts"];
    }
}

message! {
    CompleteMultipartUpload {
        path: String => required;
        upload_id: String ["uploadId"];
        parts: Vec<UploadedPart> => required;
    }
}

message! {
    AbortMultipartUpload {
        path: String => required;
        upload_id: String ["uploadId"];
    }
}

/// A part as its client reports it. The URL it was sent to says nothing that is not known.
#[derive(Debug, Deserialize)]
pub struct UploadedPart {
    #[serde(alias = "partNumber")]
    pub part_number: Int64,
    #[serde(default)]
    pub etag: Option<String>,
}

#[derive(Serialize)]
pub struct MultipartUpload {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    pub credentials: Vec<PartCredential>,
}

/// The request that sends one part.
#[derive(Serialize)]
pub struct PartCredential {
    pub url: String,
    pub part_number: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// What the artifact proxy answers to a request for a download URL.
#[derive(Serialize)]
pub struct ProxiedDownloadUrl {
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub file_size: u64,
}

message! {
    CreatePresignedDownloadUrl {
        run_id: String ["runId"] => required;
        path: String => required;
        expiration: Int64;
    }
}

message! {
    CreatePresignedUploadUrl {
        run_id: String ["runId"];
        model_id: String ["modelId"];
        path: String => required;
        expiration: Int64;
    }
}

/// Whose artifact is to be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadOwner<'m> {
    Run(&'m String),
    LoggedModel(&'m String),
}

impl CreatePresignedUploadUrl {
    /// # Errors
    /// INVALID_PARAMETER_VALUE unless one of a run and a logged model is named.
    pub fn owner(&self) -> Result<UploadOwner<'_>, Error> {
        let given = |id: &'_ Option<String>| id.as_ref().is_some_and(|id| !id.is_empty());
        match (&self.run_id, &self.model_id) {
            (Some(run), model) if given(&self.run_id) && !given(model) => Ok(UploadOwner::Run(run)),
            (run, Some(model)) if given(&self.model_id) && !given(run) => Ok(UploadOwner::LoggedModel(model)),
            _ => Err(Error::invalid("Exactly one of run_id and model_id must be provided.")),
        }
    }
}

/// What holds the URL is a secret for as long as it is good, so there is no `Debug`.
#[derive(Serialize)]
pub struct PresignedUrl {
    pub presigned_url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_in_parts_goes_where_its_url_says() {
        for (path, file, target) in [
            ("1/r/artifacts", "model.bin", "1/r/artifacts/model.bin"),
            ("1/r/artifacts/", "/tmp/x/model.bin", "1/r/artifacts/model.bin"),
            ("1", "../../2/model.bin", "1/model.bin"),
            ("1", "..", "1/.."),
            ("1", "a/", "1/"),
        ] {
            assert_eq!(upload_target(path, Some(&file.to_owned())), target);
        }
    }

    #[test]
    fn an_upload_has_one_owner() {
        let message = |run: Option<&str>, model: Option<&str>| CreatePresignedUploadUrl {
            run_id: run.map(str::to_owned),
            model_id: model.map(str::to_owned),
            ..CreatePresignedUploadUrl::default()
        };
        assert_eq!(message(Some("r"), None).owner(), Ok(UploadOwner::Run(&"r".to_owned())));
        assert_eq!(message(Some(""), Some("m")).owner(), Ok(UploadOwner::LoggedModel(&"m".to_owned())));
        for (run, model) in [(None, None), (Some("r"), Some("m")), (Some(""), None)] {
            assert!(message(run, model).owner().is_err());
        }
    }
}
