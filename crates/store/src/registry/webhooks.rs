//! Webhooks. Their secrets come and go encrypted: nothing here can read them. What was deleted stays as a row, as in MLflow.

use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::schema::DEFAULT_WORKSPACE;
use crate::tracking::{offset, one_more, page};
use model::{Error, Millis, Page, Webhook, WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus};
use sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, UpdateStatement};
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
struct Row {
    webhook_id: String,
    name: String,
    description: Option<String>,
    url: String,
    status: String,
    creation_timestamp: Option<Millis>,
    last_updated_timestamp: Option<Millis>,
}

impl Row {
    fn with_events(self, events: Vec<WebhookEvent>) -> Webhook {
        Webhook {
            webhook_id: self.webhook_id,
            name: self.name,
            description: self.description.filter(|description| !description.is_empty()),
            url: self.url,
            events,
            // What is no status that we know must not be told of anything.
            status: WebhookStatus::from_name(&self.status).unwrap_or(WebhookStatus::Disabled),
            creation_timestamp: self.creation_timestamp,
            last_updated_timestamp: self.last_updated_timestamp,
        }
    }
}

/// Those that are there.
fn select() -> SelectStatement {
    Query::select()
        .columns([
            "webhook_id",
            "name",
            "description",
            "url",
            "status",
            "creation_timestamp",
            "last_updated_timestamp",
        ])
        .from("webhooks")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("deleted_timestamp").is_null())
        .to_owned()
}

fn no_webhook(id: &str) -> StoreError {
    Error::not_found(format!("Webhook with ID {id} not found.")).into()
}

/// Loads the events of webhooks, in the order of their names.
async fn with_events(connection: &mut Connection<'_>, rows: Vec<Row>) -> Result<Vec<Webhook>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.webhook_id.as_str()).collect();
    let query = Query::select()
        .columns(["webhook_id", "entity", "action"])
        .from("webhook_events")
        .and_where(dialect::in_list("webhook_id", &ids))
        .order_by("entity", Order::Asc)
        .order_by("action", Order::Asc)
        .to_owned();
    let mut events: HashMap<String, Vec<WebhookEvent>> = HashMap::new();
    for (id, entity, action) in connection.fetch_all::<(String, String, String)>(&query).await? {
        events.entry(id).or_default().extend(event(&entity, &action));
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let events = events.remove(&row.webhook_id).unwrap_or_default();
            row.with_events(events)
        })
        .collect())
}

/// An event that this version knows.
fn event(entity: &str, action: &str) -> Option<WebhookEvent> {
    Some(WebhookEvent::new(WebhookEntity::from_word(entity)?, WebhookAction::from_word(action)?))
}

/// A new webhook.
#[derive(Debug)]
pub struct NewWebhook {
    pub webhook_id: String,
    pub name: String,
    pub description: Option<String>,
    pub url: String,
    pub events: Vec<WebhookEvent>,
    pub status: WebhookStatus,
    /// Encrypted.
    pub secret: Option<String>,
    pub now: Millis,
}

/// Makes a webhook.
pub async fn create(connection: &mut Connection<'_>, new: &NewWebhook) -> Result<Webhook, StoreError> {
    let insert = Query::insert()
        .into_table("webhooks")
        .columns([
            "workspace",
            "webhook_id",
            "name",
            "description",
            "url",
            "status",
            "secret",
            "creation_timestamp",
            "last_updated_timestamp",
        ])
        .values_panic([
            DEFAULT_WORKSPACE.into(),
            new.webhook_id.as_str().into(),
            new.name.as_str().into(),
            new.description.as_deref().into(),
            new.url.as_str().into(),
            new.status.as_str().into(),
            new.secret.as_deref().into(),
            new.now.into(),
            new.now.into(),
        ])
        .to_owned();
    connection.execute(&insert).await?;
    insert_events(connection, &new.webhook_id, &new.events).await?;
    get(connection, &new.webhook_id).await
}

/// An event that is given twice is one.
async fn insert_events(
    connection: &mut Connection<'_>,
    id: &str,
    events: &[WebhookEvent],
) -> Result<(), StoreError> {
    let mut insert = Query::insert();
    insert.into_table("webhook_events").columns(["webhook_id", "entity", "action"]);
    for (number, event) in events.iter().enumerate() {
        if !events.iter().take(number).any(|earlier| earlier == event) {
            insert.values_panic([id.into(), event.entity.word().into(), event.action.word().into()]);
        }
    }
    connection.execute(&insert).await.map(drop)
}

/// Reads a webhook.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(connection: &mut Connection<'_>, id: &str) -> Result<Webhook, StoreError> {
    let query = select().and_where(Expr::col("webhook_id").eq(id)).to_owned();
    let rows = connection.fetch_optional::<Row>(&query).await?.into_iter().collect();
    with_events(connection, rows).await?.into_iter().next().ok_or_else(|| no_webhook(id))
}

/// The secret of a webhook, encrypted.
pub async fn secret(connection: &mut Connection<'_>, id: &str) -> Result<Option<String>, StoreError> {
    let query =
        select().clear_selects().column("secret").and_where(Expr::col("webhook_id").eq(id)).to_owned();
    Ok(connection.fetch_optional::<(Option<String>,)>(&query).await?.and_then(|(secret,)| secret))
}

/// A page of the webhooks, the newest first.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for a page token that is none.
pub async fn list(
    connection: &mut Connection<'_>,
    limit: u64,
    page_token: Option<&str>,
) -> Result<Page<Webhook>, StoreError> {
    let offset = offset(page_token)?;
    let query = select()
        .order_by("creation_timestamp", Order::Desc)
        .order_by("webhook_id", Order::Asc)
        .limit(one_more(limit))
        .offset(offset)
        .to_owned();
    let rows = page(connection.fetch_all::<Row>(&query).await?, offset, limit);
    let items = with_events(connection, rows.items).await?;
    Ok(Page { items, next_page_token: rows.next_page_token })
}

/// What changes of a webhook; what is `None` stays.
#[derive(Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<WebhookEvent>>,
    /// Encrypted; `Some(None)` takes it away.
    pub secret: Option<Option<String>>,
    pub status: Option<WebhookStatus>,
}

fn update_of(id: &str, now: Millis) -> UpdateStatement {
    Query::update()
        .table("webhooks")
        .value("last_updated_timestamp", now)
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("webhook_id").eq(id))
        .and_where(Expr::col("deleted_timestamp").is_null())
        .to_owned()
}

/// Changes a webhook.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn update(
    connection: &mut Connection<'_>,
    id: &str,
    changes: &Changes,
    now: Millis,
) -> Result<Webhook, StoreError> {
    let mut update = update_of(id, now);
    let texts = [("name", &changes.name), ("description", &changes.description), ("url", &changes.url)];
    for (column, text) in texts {
        if let Some(text) = text {
            update.value(column, text.as_str());
        }
    }
    if let Some(secret) = &changes.secret {
        update.value("secret", secret.as_deref());
    }
    if let Some(status) = changes.status {
        update.value("status", status.as_str());
    }
    if connection.execute(&update).await? == 0 {
        return Err(no_webhook(id));
    }
    if let Some(events) = &changes.events {
        let delete =
            Query::delete().from_table("webhook_events").and_where(Expr::col("webhook_id").eq(id)).to_owned();
        connection.execute(&delete).await?;
        insert_events(connection, id, events).await?;
    }
    get(connection, id).await
}

/// Deletes a webhook: its row stays, and is never seen again.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn delete(connection: &mut Connection<'_>, id: &str, now: Millis) -> Result<(), StoreError> {
    let update = update_of(id, now).value("deleted_timestamp", now).to_owned();
    match connection.execute(&update).await? {
        0 => Err(no_webhook(id)),
        _ => Ok(()),
    }
}

/// A webhook that is to be told of an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Listener {
    pub webhook_id: String,
    pub url: String,
    /// Encrypted.
    pub secret: Option<String>,
    pub event: WebhookEvent,
}

/// The active webhooks that listen to any of the events, one for each pair, up to a number. One query.
pub async fn listening(db: &Db, events: &[WebhookEvent], limit: u64) -> Result<Vec<Listener>, StoreError> {
    let column = |name| Expr::col(("webhook_events", name));
    let mut any = Condition::any();
    for event in events {
        let both = Condition::all()
            .add(column("entity").eq(event.entity.word()))
            .add(column("action").eq(event.action.word()));
        any = any.add(both);
    }
    let query = Query::select()
        .column(("webhooks", "webhook_id"))
        .column(("webhooks", "url"))
        .column(("webhooks", "secret"))
        .column(("webhook_events", "entity"))
        .column(("webhook_events", "action"))
        .from("webhook_events")
        .inner_join(
            "webhooks",
            Expr::col(("webhooks", "webhook_id")).equals(("webhook_events", "webhook_id")),
        )
        .cond_where(any)
        .and_where(Expr::col(("webhooks", "workspace")).eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col(("webhooks", "deleted_timestamp")).is_null())
        .and_where(Expr::col(("webhooks", "status")).eq(WebhookStatus::Active.as_str()))
        .limit(limit)
        .to_owned();
    type Columns = (String, String, Option<String>, String, String);
    let rows: Vec<Columns> = db.fetch_all(&query).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(webhook_id, url, secret, entity, action)| {
            Some(Listener { webhook_id, url, secret, event: event(&entity, &action)? })
        })
        .collect())
}
