//! What the server says of itself without a login. Nothing here may depend on data.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct ServerInfo {
    pub store_type: Option<&'static str>,
    pub workspaces_enabled: bool,
    pub trace_archival_enabled: bool,
    pub multipart_uploads_enabled: bool,
    pub multipart_downloads_enabled: bool,
    pub presigned_upload_run_id_supported: bool,
    pub presigned_upload_model_id_supported: bool,
    pub features_enabled: Features,
}

#[derive(Debug, Serialize)]
pub struct Features {
    pub gateway: bool,
}
