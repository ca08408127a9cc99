//! Messages about artifacts.

use crate::message::message;
use crate::messages::runs::names_a_run;
use serde::Serialize;

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
