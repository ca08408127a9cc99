//! Webhooks: who is told of changes of the model registry. The rules are those of MLflow 3.17's handlers and `validation.py`.

mod notices;

pub(crate) use notices::Notice;
pub use notices::Webhooks;

use crate::{Answer, Call, Service, given, handle};
use ::webhooks::{Answer as Answered, Data, Delivery, MAX_SECRET_BYTES, SendError, SigningSecret};
use futures::FutureExt;
use model::ambient::uuid;
use model::{Error, ErrorCode, Result, WebhookEvent, WebhookStatus};
use operations::messages::{
    Done, WebhookAnswer, WebhookPage, WebhookSecret, WebhookTestResult, WebhookTested,
};
use operations::{CreateWebhook, DeleteWebhook, GetWebhook, Json, ListWebhooks, TestWebhook, UpdateWebhook};
use std::sync::Arc;
use std::time::Duration;
use store::registry::webhooks::{self, Changes, NewWebhook};

handle!(CreateWebhook, create_webhook);
handle!(ListWebhooks, list_webhooks);
handle!(GetWebhook, get_webhook);
handle!(UpdateWebhook, update_webhook);
handle!(DeleteWebhook, delete_webhook);
handle!(TestWebhook, test_webhook);

/// Characters of a name (MLflow 3.17 `_WEBHOOK_NAME_REGEX`).
const MAX_NAME: usize = 63;
/// Characters of a URL and of a description: those of MLflow's columns.
const MAX_URL: usize = 500;
const MAX_DESCRIPTION: usize = 1000;
/// Webhooks of a page (MLflow 3.17 `list_webhooks`).
const PAGE_ROWS: i64 = 1000;
const DEFAULT_PAGE_ROWS: i64 = 100;
/// How long a test may take: less than a request may.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of the answer to a test that are shown.
const TEST_BODY: usize = 8 * 1024;

impl Service {
    /// Tells the webhooks that listen to it what happened, after the change was committed. Nothing is waited for.
    pub(crate) fn notify(&self, notice: Notice) {
        if let Some(webhooks) = &self.webhooks {
            webhooks.notify(notice);
        }
    }

    fn webhooks(&self) -> Result<&Webhooks> {
        self.webhooks.as_ref().ok_or_else(|| Error::internal("This server has no webhooks."))
    }

    async fn create_webhook(&self, call: Call<CreateWebhook>) -> Answer<CreateWebhook> {
        let (_, input) = call.into_parts();
        let input = input.0;
        let events = input.events.unwrap_or_default();
        events.iter().try_for_each(|event| event.check())?;
        let name = given(input.name, "name")?;
        check_name(&name)?;
        let url = given(input.url, "url")?;
        self.check_url(&url).await?;
        check_events(&events)?;
        let description = input.description.filter(|description| !description.is_empty());
        check_length("description", description.as_deref().unwrap_or_default(), MAX_DESCRIPTION)?;
        let new = Arc::new(NewWebhook {
            webhook_id: uuid(&*self.entropy),
            name,
            description,
            url,
            events,
            status: input.status.unwrap_or(WebhookStatus::Active),
            secret: input.secret.map(|secret| self.encrypted(&secret)).transpose()?.flatten(),
            now: self.clock.now(),
        });
        let created = self.registry()?.write(move |connection| {
            let new = Arc::clone(&new);
            async move { webhooks::create(connection, &new).await }.boxed()
        });
        Ok(Json(WebhookAnswer { webhook: created.await? }))
    }

    async fn list_webhooks(&self, call: Call<ListWebhooks>) -> Answer<ListWebhooks> {
        let (_, input) = call.into_parts();
        let limit = match input.0.max_results.map_or(0, |rows| rows.0) {
            0 => DEFAULT_PAGE_ROWS,
            rows @ 1..=PAGE_ROWS => rows,
            _ => return Err(Error::invalid("max_results must be between 1 and 1000.")),
        };
        let mut snapshot = self.registry()?.snapshot_for_search().await?;
        let token = input.0.page_token.as_deref();
        let page = webhooks::list(&mut snapshot.connection(), limit.unsigned_abs(), token).await?;
        Ok(Json(WebhookPage { webhooks: page.items, next_page_token: page.next_page_token }))
    }

    async fn get_webhook(&self, call: Call<GetWebhook>) -> Answer<GetWebhook> {
        let (_, input) = call.into_parts();
        let id = input.segments.webhook_id;
        let mut snapshot = self.registry()?.snapshot().await?;
        Ok(Json(WebhookAnswer { webhook: webhooks::get(&mut snapshot.connection(), &id).await? }))
    }

    async fn update_webhook(&self, call: Call<UpdateWebhook>) -> Answer<UpdateWebhook> {
        let (_, input) = call.into_parts();
        let id = input.segments.webhook_id;
        let input = input.input.0;
        // As protobuf has it, an empty name, URL or list is none.
        let name = input.name.filter(|name| !name.is_empty());
        let url = input.url.filter(|url| !url.is_empty());
        let events = input.events.filter(|events| !events.is_empty());
        events.iter().flatten().try_for_each(|event| event.check())?;
        // What is not there must not tell what is wrong with a URL.
        let mut snapshot = self.registry()?.snapshot().await?;
        webhooks::get(&mut snapshot.connection(), &id).await?;
        drop(snapshot);
        name.as_deref().map_or(Ok(()), check_name)?;
        if let Some(url) = &url {
            self.check_url(url).await?;
        }
        check_length("description", input.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION)?;
        let changes = Changes {
            name,
            description: input.description,
            url,
            events,
            secret: input.secret.map(|secret| self.encrypted(&secret)).transpose()?,
            status: input.status,
        };
        let (what, now) = (Arc::new((id, changes)), self.clock.now());
        let updated = self.registry()?.write(move |connection| {
            let what = Arc::clone(&what);
            async move { webhooks::update(connection, &what.0, &what.1, now).await }.boxed()
        });
        Ok(Json(WebhookAnswer { webhook: updated.await? }))
    }

    async fn delete_webhook(&self, call: Call<DeleteWebhook>) -> Answer<DeleteWebhook> {
        let (_, input) = call.into_parts();
        let id = input.segments.webhook_id;
        let now = self.clock.now();
        let deleted = self.registry()?.write(move |connection| {
            let id = id.clone();
            async move { webhooks::delete(connection, &id, now).await }.boxed()
        });
        deleted.await?;
        Ok(Json(Done {}))
    }

    async fn test_webhook(&self, call: Call<TestWebhook>) -> Answer<TestWebhook> {
        let (_, input) = call.into_parts();
        let id = input.segments.webhook_id;
        let mut snapshot = self.registry()?.snapshot().await?;
        let webhook = webhooks::get(&mut snapshot.connection(), &id).await?;
        let secret = webhooks::secret(&mut snapshot.connection(), &id).await?;
        // The receiver may take its time.
        drop(snapshot);
        let event = match input.input.0.event.or_else(|| webhook.events.first().copied()) {
            Some(event) => event,
            None => return Err(Error::invalid("The webhook listens to no event.")),
        };
        let data = Data::example(event)?;
        let result = match self.webhooks()?.decrypted(secret.as_deref()) {
            Ok(secret) => self.send_example(webhook.webhook_id, webhook.url, secret, event, &data).await?,
            Err(error) => failed(&error.to_string()),
        };
        Ok(Json(WebhookTested { result }))
    }

    async fn send_example(
        &self,
        webhook_id: String,
        url: String,
        secret: Option<SigningSecret>,
        event: WebhookEvent,
        data: &Data,
    ) -> Result<WebhookTestResult> {
        let body = ::webhooks::message(event, data, self.clock.now())?;
        let delivery = Delivery { webhook_id, event, url, secret, body };
        let sent = self.webhooks()?.deliveries().send(&delivery, TEST_BODY);
        let sent = tokio::time::timeout(TEST_TIMEOUT, sent).await.unwrap_or(Err(SendError::TimedOut));
        Ok(match sent {
            Ok(Answered { status, body, .. }) => WebhookTestResult {
                // Redirects are not followed, so one is no success.
                success: (200..300).contains(&status),
                response_status: Some(status),
                response_body: Some(String::from_utf8_lossy(&body).into_owned()),
                error_message: None,
            },
            Err(error) => {
                let (webhook, detail) = (&delivery.webhook_id, error.detail());
                tracing::info!(webhook, %error, detail, "the test of a webhook failed");
                failed(&error.to_string())
            }
        })
    }

    async fn check_url(&self, url: &str) -> Result<()> {
        check_length("URL", url, MAX_URL)?;
        let checked = self.webhooks()?.deliveries().client().check(url).await;
        checked.map_err(|error| Error::invalid(error.to_string()))
    }

    /// The secret as it is kept; an empty one is none.
    fn encrypted(&self, secret: &WebhookSecret) -> Result<Option<String>> {
        let WebhookSecret(secret) = secret;
        if secret.is_empty() {
            return Ok(None);
        }
        if secret.len() > MAX_SECRET_BYTES {
            return Err(Error::invalid(format!(
                "Webhook secret is too long: at most {MAX_SECRET_BYTES} bytes."
            )));
        }
        match self.webhooks()?.key() {
            Some(key) => Ok(Some(key.encrypt(secret, &*self.clock, &*self.entropy))),
            None => Err(Error::new(
                ErrorCode::NotImplemented,
                "This server has no key to keep secrets with: MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is not set, and its \
                 database takes no table for one.",
            )),
        }
    }
}

fn failed(reason: &str) -> WebhookTestResult {
    WebhookTestResult {
        success: false,
        response_status: None,
        response_body: None,
        error_message: Some(format!("Failed to test webhook: {reason}")),
    }
}

/// With MLflow's words.
fn check_name(name: &str) -> Result<()> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let ends = [name.bytes().next(), name.bytes().next_back()];
    if name.len() <= MAX_NAME
        && name.bytes().all(is_inner)
        && ends.iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
    {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "Webhook name '{name}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, \
         and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
    )))
}

fn check_events(events: &[WebhookEvent]) -> Result<()> {
    match events {
        [] => Err(Error::invalid("Webhook events must be a non-empty list of WebhookEvent objects: [].")),
        _ => Ok(()),
    }
}

fn check_length(what: &str, text: &str, most: usize) -> Result<()> {
    if text.chars().nth(most).is_some() {
        return Err(Error::invalid(format!("Webhook {what} is too long: at most {most} characters.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_mlflow_takes() {
        for name in ["a", "A1", "my-hook_1.x", &"a".repeat(63), "0-0"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", "-a", "a-", ".a", "a b", "é", "a\n", &"a".repeat(64), "a/b", "_"] {
            let refused = check_name(name).unwrap_err();
            assert!(refused.message.starts_with(&format!("Webhook name '{name}' is invalid.")), "{refused}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(check_length("URL", &"é".repeat(500), MAX_URL), Ok(()));
        let refused = check_length("URL", &"é".repeat(501), MAX_URL).unwrap_err();
        assert_eq!(refused.message, "Webhook URL is too long: at most 500 characters.");
    }
}
