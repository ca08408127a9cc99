//! Webhooks, and the secret that servers share in the database of registered models.

use crate::database::{Database, NOW, assert_refused};
use futures::future::join_all;
use model::{Error, ErrorCode, Page, Webhook, WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus};
use store::own;
use store::registry::webhooks::{self, Changes, NewWebhook};
use store::schema::{self, Prepared, Schema};

const MADE: WebhookEvent = WebhookEvent::new(WebhookEntity::ModelVersion, WebhookAction::Created);
const TAGGED: WebhookEvent = WebhookEvent::new(WebhookEntity::ModelVersionTag, WebhookAction::Set);
const PROMPT: WebhookEvent = WebhookEvent::new(WebhookEntity::Prompt, WebhookAction::Created);

fn new(id: &str, events: &[WebhookEvent]) -> NewWebhook {
    NewWebhook {
        webhook_id: id.to_owned(),
        name: format!("name of {id}"),
        description: None,
        url: "https://example.com/hook".to_owned(),
        events: events.to_vec(),
        status: WebhookStatus::Active,
        secret: None,
        now: NOW,
    }
}

impl Database {
    async fn create_webhook(&self, new: NewWebhook) -> Webhook {
        self.write(new, |connection, new| Box::pin(webhooks::create(connection, new))).await.unwrap()
    }

    async fn webhook(&self, id: &str) -> Result<Webhook, Error> {
        self.read(id.to_owned(), |connection, id| Box::pin(webhooks::get(connection, id))).await
    }

    async fn secret_of_webhook(&self, id: &str) -> Option<String> {
        let read = self.read(id.to_owned(), |connection, id| Box::pin(webhooks::secret(connection, id)));
        read.await.unwrap()
    }

    async fn webhooks(&self, limit: u64, token: Option<String>) -> Result<Page<Webhook>, Error> {
        self.read((limit, token), |connection, (limit, token)| {
            Box::pin(webhooks::list(connection, *limit, token.as_deref()))
        })
        .await
    }

    async fn update_webhook(&self, id: &str, changes: Changes) -> Result<Webhook, Error> {
        self.write((id.to_owned(), changes), |connection, (id, changes)| {
            Box::pin(webhooks::update(connection, id, changes, NOW + 5))
        })
        .await
    }

    async fn delete_webhook(&self, id: &str) -> Result<(), Error> {
        self.write(id.to_owned(), |connection, id| Box::pin(webhooks::delete(connection, id, NOW + 9))).await
    }

    /// Who is told of which of the events, sorted.
    async fn told(&self, events: &[WebhookEvent]) -> Vec<(String, String)> {
        let listeners = webhooks::listening(&self.db, events, 100).await.unwrap();
        let mut told: Vec<_> =
            listeners.into_iter().map(|found| (found.webhook_id, found.event.to_string())).collect();
        told.sort();
        told
    }
}

#[tokio::test]
async fn a_webhook_is_read_as_it_was_made() {
    let database = Database::tracking().await;
    let secret = "gAAAAA".to_owned();
    let made = NewWebhook {
        description: Some("what it is for".to_owned()),
        secret: Some(secret.clone()),
        status: WebhookStatus::Disabled,
        ..new("w", &[TAGGED, MADE, TAGGED])
    };
    let created = database.create_webhook(made).await;
    assert_eq!(
        created,
        Webhook {
            webhook_id: "w".to_owned(),
            name: "name of w".to_owned(),
            description: Some("what it is for".to_owned()),
            url: "https://example.com/hook".to_owned(),
            // In order, each once.
            events: vec![MADE, TAGGED],
            status: WebhookStatus::Disabled,
            creation_timestamp: Some(NOW),
            last_updated_timestamp: Some(NOW),
        }
    );
    assert_eq!(database.webhook("w").await.unwrap(), created);
    assert_eq!(database.secret_of_webhook("w").await, Some(secret));
    assert_refused(
        database.webhook("none").await,
        ErrorCode::ResourceDoesNotExist,
        "Webhook with ID none not found.",
    );
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let database = Database::tracking().await;
    let made = NewWebhook {
        description: Some("d".to_owned()),
        secret: Some("s".to_owned()),
        ..new("w", &[MADE, TAGGED])
    };
    let before = database.create_webhook(made).await;
    let touched = database.update_webhook("w", Changes::default()).await.unwrap();
    assert_eq!(touched, Webhook { last_updated_timestamp: Some(NOW + 5), ..before.clone() });
    assert_eq!(database.secret_of_webhook("w").await.as_deref(), Some("s"));
    let changes = Changes {
        name: Some("new".to_owned()),
        description: Some(String::new()),
        url: Some("https://example.org".to_owned()),
        events: Some(vec![PROMPT]),
        secret: Some(None),
        status: Some(WebhookStatus::Disabled),
    };
    let changed = database.update_webhook("w", changes).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.description, changed.url.as_str()),
        ("new", None, "https://example.org")
    );
    assert_eq!((changed.events, changed.status), (vec![PROMPT], WebhookStatus::Disabled));
    assert_eq!(changed.creation_timestamp, before.creation_timestamp);
    assert_eq!(database.secret_of_webhook("w").await, None);
    let nobody = database.update_webhook("nobody", Changes::default()).await;
    assert_refused(nobody, ErrorCode::ResourceDoesNotExist, "Webhook with ID nobody not found.");
}

#[tokio::test]
async fn a_deleted_webhook_is_gone_and_its_row_stays() {
    let database = Database::tracking().await;
    database.create_webhook(new("w", &[MADE])).await;
    database.delete_webhook("w").await.unwrap();
    for refused in [
        database.webhook("w").await.map(drop),
        database.update_webhook("w", Changes::default()).await.map(drop),
        database.delete_webhook("w").await,
    ] {
        assert_refused(refused, ErrorCode::ResourceDoesNotExist, "Webhook with ID w not found.");
    }
    assert_eq!(database.secret_of_webhook("w").await, None);
    assert!(database.webhooks(10, None).await.unwrap().items.is_empty());
    assert!(database.told(&[MADE]).await.is_empty());
    let query = format!("SELECT count(*) FROM webhooks WHERE deleted_timestamp = {}", NOW + 9);
    assert_eq!(database.number(&query).await, 1);
}

#[tokio::test]
async fn pages_have_the_newest_first() {
    let database = Database::tracking().await;
    for (id, age) in [("a", 3), ("b", 1), ("c", 2), ("e", 3), ("d", 3)] {
        database.create_webhook(NewWebhook { now: NOW - age, ..new(id, &[MADE]) }).await;
    }
    let (mut token, mut ids) = (None, Vec::new());
    loop {
        let page = database.webhooks(2, token).await.unwrap();
        ids.push(page.items.into_iter().map(|webhook| webhook.webhook_id).collect::<String>());
        token = page.next_page_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(ids, ["bc", "ad", "e"]);
    // As Python MLflow writes it.
    let first = database.webhooks(2, None).await.unwrap();
    assert_eq!(first.next_page_token.as_deref(), Some("eyJvZmZzZXQiOiAyfQ=="));
    assert!(database.webhooks(5, None).await.unwrap().next_page_token.is_none());
    let wrong = database.webhooks(2, Some("x".to_owned())).await;
    assert_refused(wrong, ErrorCode::InvalidParameterValue, "Invalid page token, could not base64-decode");
}

#[tokio::test]
async fn active_webhooks_are_told_of_what_they_listen_to_with_one_read() {
    let database = Database::tracking().await;
    database.create_webhook(new("both", &[MADE, TAGGED])).await;
    database.create_webhook(new("made", &[MADE])).await;
    database.create_webhook(NewWebhook { status: WebhookStatus::Disabled, ..new("off", &[MADE]) }).await;
    let pair = |id: &str, event: WebhookEvent| (id.to_owned(), event.to_string());
    assert_eq!(database.told(&[MADE]).await, [pair("both", MADE), pair("made", MADE)]);
    let reads = database.db.reads();
    let all = database.told(&[MADE, TAGGED, PROMPT]).await;
    assert!(database.db.reads() <= reads + 1);
    assert_eq!(all, [pair("both", MADE), pair("both", TAGGED), pair("made", MADE)]);
    assert!(database.told(&[PROMPT]).await.is_empty());
    assert_eq!(webhooks::listening(&database.db, &[MADE], 1).await.unwrap().len(), 1);
    // What a later version wrote is no event of ours.
    database.sql("UPDATE webhook_events SET entity = 'trace' WHERE webhook_id = 'made'").await;
    assert!(database.webhook("made").await.unwrap().events.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_nothing_of_it_kept() {
    let database = Database::tracking().await;
    database.create_webhook(new("w", &[MADE])).await;
    let again = new("w", &[TAGGED]);
    let twice = database.write(again, |connection, new| Box::pin(webhooks::create(connection, new))).await;
    assert!(twice.is_err());
    assert_eq!(database.webhook("w").await.unwrap().events, [MADE]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_together_share_one_secret_of_the_registry() {
    let database = Database::tracking().await;
    let ask = |number: usize| {
        let (uri, another) = (database.uri().clone(), database.another());
        async move {
            let db = another.await;
            let proposed = format!("proposed-{number}");
            let secret = own::registry_secret(&db, &uri, "webhooks", &proposed).await.unwrap();
            db.close().await;
            secret
        }
    };
    let first = join_all((0..6).map(ask)).await;
    assert!(first.iter().all(|secret| *secret == first[0] && secret.starts_with("proposed-")), "{first:?}");
    assert_eq!(Box::pin(ask(9)).await, first[0]);
    // MLflow's own tables are what they were, and the users may move in.
    assert_eq!(
        schema::prepare(&database.db, Schema::Tracking, database.uri()).await.unwrap(),
        Prepared::UpToDate
    );
    assert_eq!(schema::prepare(&database.db, Schema::Auth, database.uri()).await.unwrap(), Prepared::Created);
    assert_eq!(Box::pin(ask(10)).await, first[0]);
}

#[tokio::test]
async fn the_secret_of_the_registry_is_found_beside_the_tables_of_users() {
    let database = Database::users().await;
    let secret = own::registry_secret(&database.db, database.uri(), "webhooks", "one").await.unwrap();
    assert_eq!(secret, "one");
    database.sql("UPDATE millgate_registry_version SET version = 99").await;
    let newer = own::registry_secret(&database.db, database.uri(), "webhooks", "two").await.unwrap_err();
    assert!(newer.to_string().contains("version 99"), "{newer}");
}
