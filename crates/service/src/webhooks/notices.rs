//! From a change to the deliveries about it, beside the requests. A notice waits in memory, in bounded numbers; those that have
//! gathered are looked up with one query. That query is made for each, with nothing kept in between, so that a webhook that any
//! node makes, changes or deletes is heeded by all at once.

use ::webhooks::{BadToken, Data, Deliveries, Delivery, EncryptionKey, SigningSecret, Tags, message};
use model::{Clock, Error, Millis, Tag, WebhookAction, WebhookEntity, WebhookEvent};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Db;
use store::registry::models;
use store::registry::versions::NewVersion;
use store::registry::webhooks::{Listener, listening};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Notices that may wait, and what they may hold together.
const MAX_NOTICES: usize = 1000;
const MAX_KIB: usize = 32 * 1024;
/// Notices that are looked up together.
const TOGETHER: usize = 64;
/// Webhooks and events in one look-up.
const MAX_LISTENERS: u64 = 1000;
/// How long stopping may take for what is still to be sent.
const STOPPING: Duration = Duration::from_secs(10);

/// The tag that holds the text of a prompt, and the one that tells its kind (MLflow 3.17 `prompt/constants.py`).
const PROMPT_TEXT_TAG: &str = "mlflow.prompt.text";
const PROMPT_TYPE_TAG: &str = "_mlflow_prompt_type";

/// Something that happened to a registered model or a prompt.
pub(crate) struct Notice {
    name: String,
    is_prompt: Option<bool>,
    /// `None` where nobody is told of it.
    of_model: Option<WebhookEvent>,
    of_prompt: WebhookEvent,
    data: Data,
}

/// The tags of a prompt but for those that make it one.
fn of_prompt(tags: &[Tag]) -> Tags {
    let mut tags = Tags::new(tags);
    for key in [model::registry::IS_PROMPT_TAG, PROMPT_TYPE_TAG] {
        tags.take(key);
    }
    tags
}

/// Which of the two happened (MLflow 3.17 `server/handlers.py`, the calls of `deliver_webhook`).
impl Notice {
    fn new(
        name: &str,
        of_model: impl Into<Option<WebhookEntity>>,
        of_prompt: WebhookEntity,
        action: WebhookAction,
        data: Data,
    ) -> Self {
        Self {
            name: name.to_owned(),
            is_prompt: None,
            of_model: of_model.into().map(|entity| WebhookEvent::new(entity, action)),
            of_prompt: WebhookEvent::new(of_prompt, action),
            data,
        }
    }

    pub(crate) fn model_created(name: &str, description: &str, tags: &[Tag], is_prompt: bool) -> Self {
        let data = Data::Created {
            name: name.to_owned(),
            tags: if is_prompt { of_prompt(tags) } else { Tags::new(tags) },
            description: Some(description.to_owned()),
        };
        let (model, prompt) = (WebhookEntity::RegisteredModel, WebhookEntity::Prompt);
        Self { is_prompt: Some(is_prompt), ..Self::new(name, model, prompt, WebhookAction::Created, data) }
    }

    pub(crate) fn version_created(new: &NewVersion, version: &str, is_prompt: bool) -> Self {
        let (name, version) = (new.name.clone(), version.to_owned());
        let description = Some(new.description.clone()).filter(|description| !description.is_empty());
        let data = if is_prompt {
            let mut tags = of_prompt(&new.tags);
            let template = tags.take(PROMPT_TEXT_TAG);
            Data::PromptVersionCreated { name, version, template, tags, description }
        } else {
            let run_id = Some(new.run_id.clone()).filter(|id| !id.is_empty());
            let (source, tags) = (new.source.clone(), Tags::new(&new.tags));
            Data::ModelVersionCreated { name, version, source, run_id, tags, description }
        };
        let (model, prompt) = (WebhookEntity::ModelVersion, WebhookEntity::PromptVersion);
        Self {
            is_prompt: Some(is_prompt),
            ..Self::new(&new.name, model, prompt, WebhookAction::Created, data)
        }
    }

    /// Nobody is told of the tags of registered models.
    pub(crate) fn tag_set(name: &str, tag: &Tag) -> Self {
        let data = Data::TagSet { name: name.to_owned(), key: tag.key.clone(), value: tag.value.clone() };
        Self::new(name, None, WebhookEntity::PromptTag, WebhookAction::Set, data)
    }

    pub(crate) fn tag_deleted(name: &str, key: &str) -> Self {
        let data = Data::TagDeleted { name: name.to_owned(), key: key.to_owned() };
        Self::new(name, None, WebhookEntity::PromptTag, WebhookAction::Deleted, data)
    }

    pub(crate) fn version_tag_set(name: &str, version: i64, tag: &Tag) -> Self {
        let data = Data::VersionTagSet {
            name: name.to_owned(),
            version: version.to_string(),
            key: tag.key.clone(),
            value: tag.value.clone(),
        };
        let (model, prompt) = (WebhookEntity::ModelVersionTag, WebhookEntity::PromptVersionTag);
        Self::new(name, model, prompt, WebhookAction::Set, data)
    }

    pub(crate) fn version_tag_deleted(name: &str, version: i64, key: &str) -> Self {
        let data = Data::VersionTagDeleted {
            name: name.to_owned(),
            version: version.to_string(),
            key: key.to_owned(),
        };
        let (model, prompt) = (WebhookEntity::ModelVersionTag, WebhookEntity::PromptVersionTag);
        Self::new(name, model, prompt, WebhookAction::Deleted, data)
    }

    pub(crate) fn alias_set(name: &str, alias: &str, version: i64) -> Self {
        let data = Data::AliasCreated {
            name: name.to_owned(),
            alias: alias.to_owned(),
            version: version.to_string(),
        };
        let (model, prompt) = (WebhookEntity::ModelVersionAlias, WebhookEntity::PromptAlias);
        Self::new(name, model, prompt, WebhookAction::Created, data)
    }

    pub(crate) fn alias_deleted(name: &str, alias: &str) -> Self {
        let data = Data::AliasDeleted { name: name.to_owned(), alias: alias.to_owned() };
        let (model, prompt) = (WebhookEntity::ModelVersionAlias, WebhookEntity::PromptAlias);
        Self::new(name, model, prompt, WebhookAction::Deleted, data)
    }

    /// What the notice may turn out to be.
    fn events(&self) -> impl Iterator<Item = WebhookEvent> {
        let of_model = self.of_model.filter(|_| self.is_prompt != Some(true));
        let of_prompt = Some(self.of_prompt).filter(|_| self.is_prompt != Some(false));
        of_model.into_iter().chain(of_prompt)
    }

    fn event(&self, is_prompt: bool) -> Option<WebhookEvent> {
        if is_prompt { Some(self.of_prompt) } else { self.of_model }
    }
}

/// The webhooks of a server that runs.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

/// A notice with the room that it takes.
struct Waiting {
    at: Millis,
    notice: Notice,
    _room: OwnedSemaphorePermit,
}

struct Inner {
    notices: mpsc::Sender<Waiting>,
    kib: Arc<Semaphore>,
    dropped: AtomicU64,
    key: Option<EncryptionKey>,
    deliveries: Deliveries,
    clock: Arc<dyn Clock>,
    running: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl Webhooks {
    /// Begins to send what happens to the webhooks of the registry's database. Without a key no secret can be kept or used.
    pub fn start(
        registry: Db,
        key: Option<EncryptionKey>,
        deliveries: Deliveries,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (notices, waiting) = mpsc::channel(MAX_NOTICES);
        let (stop, stopped) = oneshot::channel();
        let webhooks = Self(Arc::new(Inner {
            notices,
            kib: Arc::new(Semaphore::new(MAX_KIB)),
            dropped: AtomicU64::new(0),
            key,
            deliveries,
            clock,
            running: Mutex::new(None),
        }));
        let sender = Sender { registry, webhooks: webhooks.clone() };
        let task = tokio::spawn(sender.run(waiting, stopped));
        *webhooks.0.running.lock().unwrap_or_else(PoisonError::into_inner) = Some((stop, task));
        webhooks
    }

    /// Takes a notice on, and returns at once. One that there is no room for is dropped.
    pub(crate) fn notify(&self, notice: Notice) {
        let kib = u32::try_from(notice.data.bytes() / 1024 + 1).unwrap_or(u32::MAX);
        if let Ok(room) = Arc::clone(&self.0.kib).try_acquire_many_owned(kib) {
            let waiting = Waiting { at: self.0.clock.now(), notice, _room: room };
            if self.0.notices.try_send(waiting).is_ok() {
                return;
            }
        }
        let dropped = self.0.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        if dropped.is_power_of_two() {
            tracing::warn!(
                dropped,
                "webhooks are not told of a change: too many wait to be looked up; this many did since the start"
            );
        }
    }

    pub(super) fn key(&self) -> Option<&EncryptionKey> {
        self.0.key.as_ref()
    }

    pub(super) fn deliveries(&self) -> &Deliveries {
        &self.0.deliveries
    }

    /// The secret of a webhook as it is kept.
    ///
    /// # Errors
    /// When it was encrypted with another key.
    pub(super) fn decrypted(&self, secret: Option<&str>) -> Result<Option<SigningSecret>, BadToken> {
        let Some(secret) = secret else { return Ok(None) };
        let secret = self.key().ok_or(BadToken)?.decrypt(secret)?;
        // Python MLflow keeps an empty text for none.
        Ok(Some(secret).filter(|secret| !secret.is_empty()).map(SigningSecret::new))
    }

    /// Sends what is left, for ten seconds at the most. What happens later is told to nobody.
    pub async fn stop(&self) {
        let running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((stop, task)) = running else { return };
        drop(stop);
        let half = STOPPING / 2;
        if !matches!(tokio::time::timeout(half, task).await, Ok(Ok(()))) {
            tracing::warn!("the last changes could not be looked up for webhooks");
        }
        match self.0.deliveries.drain(half).await {
            0 => {}
            given_up => tracing::warn!(given_up, "stopped before all deliveries to webhooks were made"),
        }
    }
}

/// Looks up who is to be told of notices.
struct Sender {
    registry: Db,
    webhooks: Webhooks,
}

impl Sender {
    async fn run(self, mut waiting: mpsc::Receiver<Waiting>, mut stopped: oneshot::Receiver<()>) {
        let mut notices = Vec::new();
        loop {
            let gathered = tokio::select! {
                gathered = waiting.recv_many(&mut notices, TOGETHER) => gathered,
                // Ready also when the other end is gone. What is waiting is still sent.
                _ = &mut stopped, if !waiting.is_closed() => {
                    waiting.close();
                    continue;
                }
            };
            if gathered == 0 {
                return;
            }
            if let Err(error) = self.send(&notices).await {
                tracing::error!(%error, changes = gathered, "webhooks could not be looked up, and are not told of changes");
            }
            notices.clear();
        }
    }

    async fn send(&self, notices: &[Waiting]) -> Result<(), Error> {
        let events: HashSet<WebhookEvent> =
            notices.iter().flat_map(|waiting| waiting.notice.events()).collect();
        let events: Vec<WebhookEvent> = events.into_iter().collect();
        let listeners = listening(&self.registry, &events, MAX_LISTENERS).await?;
        if listeners.is_empty() {
            return Ok(());
        }
        if u64::try_from(listeners.len()).is_ok_and(|count| count == MAX_LISTENERS) {
            tracing::warn!(most = MAX_LISTENERS, "more webhooks listen than are told of a change");
        }
        let mut by_event: HashMap<WebhookEvent, Vec<&Listener>> = HashMap::new();
        for listener in &listeners {
            by_event.entry(listener.event).or_default().push(listener);
        }
        let prompts = self.prompts(notices, &by_event).await?;
        for Waiting { at, notice, .. } in notices {
            let known = notice.is_prompt.or_else(|| prompts.get(&notice.name).copied());
            // A name that is nobody's any more was deleted or renamed since: what it was cannot be told.
            let Some(event) = known.and_then(|is_prompt| notice.event(is_prompt)) else { continue };
            let Some(listeners) = by_event.get(&event) else { continue };
            let body = message(event, &notice.data, *at)?;
            for listener in listeners {
                let Ok(secret) = self.webhooks.decrypted(listener.secret.as_deref()) else {
                    tracing::error!(
                        webhook = listener.webhook_id,
                        %event,
                        "a webhook is not told of an event: its secret was encrypted with another key, or is damaged"
                    );
                    continue;
                };
                self.webhooks.deliveries().enqueue(Delivery {
                    webhook_id: listener.webhook_id.clone(),
                    event,
                    url: listener.url.clone(),
                    secret,
                    body: body.clone(),
                });
            }
        }
        Ok(())
    }

    /// Which of the names are prompts, as far as somebody wants to know.
    async fn prompts(
        &self,
        notices: &[Waiting],
        by_event: &HashMap<WebhookEvent, Vec<&Listener>>,
    ) -> Result<HashMap<String, bool>, Error> {
        let names: HashSet<&String> = notices
            .iter()
            .map(|waiting| &waiting.notice)
            .filter(|notice| notice.is_prompt.is_none())
            .filter(|notice| notice.events().any(|event| by_event.contains_key(&event)))
            .map(|notice| &notice.name)
            .collect();
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let names: Vec<String> = names.into_iter().cloned().collect();
        Ok(models::prompts_among(&self.registry, &names).await?)
    }
}
