//! Messages about webhooks.

use crate::io::segments;
use crate::message::message;
use model::{Int64, Webhook, WebhookEvent, WebhookStatus};
use serde::Serialize;
use std::fmt;

/// What a webhook's payloads are signed with, as a client sends it.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct WebhookSecret(pub String);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([hidden])")
    }
}

message! {
    CreateWebhook {
        name: String => required;
        description: String;
        url: String => required;
        events: Vec<WebhookEvent> => required;
        secret: WebhookSecret;
        status: WebhookStatus;
    }
}

message! {
    ListWebhooks {
        max_results: Int64 ["maxResults"];
        page_token: String ["pageToken"];
    }
}

segments! {
    /// Names one webhook. What a body says of its id is not read, as in MLflow.
    WebhookInPath { webhook_id }
}

message! {
    UpdateWebhook {
        name: String;
        description: String;
        url: String;
        events: Vec<WebhookEvent>;
        secret: WebhookSecret;
        status: WebhookStatus;
    }
}

message! {
    TestWebhook {
        event: WebhookEvent;
    }
}

#[derive(Debug, Serialize)]
pub struct WebhookAnswer {
    pub webhook: Webhook,
}

#[derive(Debug, Serialize)]
pub struct WebhookPage {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// What came of the test of a webhook.
#[derive(Debug, Serialize)]
pub struct WebhookTestResult {
    pub success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct WebhookTested {
    pub result: WebhookTestResult,
}
