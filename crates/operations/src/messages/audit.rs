//! Messages of the audit.

use crate::message::message;
use model::Int64;
use serde::Serialize;

message! {
    SearchAudit {
        username: String;
        address: String;
        operation: String;
        target_type: String;
        target: String;
        /// A name of [`model::audit::Outcome`].
        outcome: String;
        request_id: String;
        /// Milliseconds since 1970: at this time or later.
        from_time: Int64;
        /// Milliseconds since 1970: before this time.
        until_time: Int64;
        max_results: Int64;
        page_token: String;
    }
}

#[derive(Debug, Serialize)]
pub struct AuditEvent {
    pub id: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How many events the entry stands for.
    pub count: u64,
}

#[derive(Debug, Serialize)]
pub struct AuditPage {
    pub events: Vec<AuditEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}
