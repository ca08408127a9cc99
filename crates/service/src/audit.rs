//! Reading the audit.

use crate::{Answer, Call, Service, handle, page_rows_of_ours};
use model::audit::Outcome;
use model::{Error, Result};
use operations::messages::{AuditEvent, AuditPage};
use operations::{Json, SearchAudit};
use search::page_token;
use store::auth::audit::{Recorded, Search};

handle!(SearchAudit, search_audit);

impl Service {
    async fn search_audit(&self, call: Call<SearchAudit>) -> Answer<SearchAudit> {
        let (_, input) = call.into_parts();
        let input = input.0;
        let limit = page_rows_of_ours(input.max_results)?;
        let named = |text: Option<String>| text.filter(|text| !text.is_empty());
        let search = Search {
            username: named(input.username),
            address: named(input.address),
            operation: named(input.operation),
            target_type: named(input.target_type),
            target: named(input.target),
            outcome: named(input.outcome).map(|name| outcome(&name)).transpose()?,
            request_id: named(input.request_id),
            from: input.from_time.map(|time| time.0),
            until: input.until_time.map(|time| time.0),
            // The token holds the id of the last event of the page before, which is positive.
            before: match page_token::decode(input.page_token.as_deref().unwrap_or_default())? {
                0 => None,
                id => Some(id),
            },
            limit,
        };
        let (found, more) = self.people()?.audit.search(&search).await?;
        let next_page_token = found.last().filter(|_| more).map(|recorded| page_token::encode(recorded.id));
        Ok(Json(AuditPage { events: found.into_iter().map(shown).collect(), next_page_token }))
    }
}

fn outcome(name: &str) -> Result<Outcome> {
    Outcome::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        Error::invalid(format!("Invalid outcome '{name}'. Valid outcomes are: {}", known.join(", ")))
    })
}

fn shown(Recorded { id, event }: Recorded) -> AuditEvent {
    let (target_type, target) = event.target.map(|target| (target.kind.into_owned(), target.name)).unzip();
    AuditEvent {
        id,
        timestamp: event.actor.at,
        username: event.actor.username,
        address: event.actor.address.map(|address| address.to_string()),
        operation: event.actor.operation.into_owned(),
        target_type,
        target,
        outcome: event.outcome.as_str(),
        detail: event.detail,
        request_id: event.actor.request_id,
        count: event.count,
    }
}
