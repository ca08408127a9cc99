//! Changes of users, roles and grants, each written down in the transaction that makes it.

use futures::FutureExt;
use futures::future::BoxFuture;
use model::audit::{Event, Target};
use model::{Actor, Error};
use std::sync::Arc;
use store::auth::audit;
use store::{Connection, Db, StoreError};

/// What a change did, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    target: Target,
    detail: String,
}

impl Change {
    /// `detail` is a few words without any secret.
    pub(crate) fn new(target: Target, detail: impl Into<String>) -> Self {
        Self { target, detail: detail.into() }
    }
}

/// Runs a change and writes down what it did: both are kept, or neither.
///
/// # Errors
/// What `work` gives, or the database's.
pub(crate) async fn audited<T, F>(db: &Db, actor: &Actor, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: for<'a, 'c> Fn(&'a mut Connection<'c>) -> BoxFuture<'a, Result<(T, Vec<Change>), StoreError>>
        + Send
        + Sync
        + 'static,
{
    let (by, work) = (Arc::new(actor.clone()), Arc::new(work));
    let done = db.write(move |connection| {
        let (by, work) = (Arc::clone(&by), Arc::clone(&work));
        async move {
            let (value, changes) = work(connection).await?;
            let events: Vec<Event> =
                changes.into_iter().map(|change| Event::done(&by, change.target, change.detail)).collect();
            audit::record(connection, &events).await?;
            Ok((value, events))
        }
        .boxed()
    });
    let (value, events) = done.await?;
    events.iter().for_each(log);
    Ok(value)
}

/// The event in the log, for those who gather logs rather than ask the server.
pub(crate) fn log(event: &Event) {
    let Event { actor, target, outcome, detail, count } = event;
    tracing::info!(
        target: "audit",
        username = actor.username.as_deref(),
        address = actor.address.map(tracing::field::display),
        operation = %actor.operation,
        target_type = target.as_ref().map(|target| &*target.kind),
        target_name = target.as_ref().map(|target| target.name.as_str()),
        outcome = outcome.as_str(),
        detail,
        request_id = actor.request_id.as_deref(),
        events = count,
        "audit"
    );
}
