//! The audit: what was done to users, roles and grants, and who was turned away.

use crate::Int;
use crate::db::{Connection, Db};
use crate::error::StoreError;
use model::audit::{Event, Outcome, Target};
use model::{Actor, Millis};
use sea_query::{Expr, ExprTrait, Order, Query};

/// The sizes of the columns, in characters. What is longer is cut: an event must not fail for what a client sent.
const USERNAME: usize = 255;
const OPERATION: usize = 64;
const TARGET_TYPE: usize = 64;
const TARGET: usize = 512;
const DETAIL: usize = 1024;
const REQUEST_ID: usize = 64;

/// As much of a text as fits, without the NUL characters that PostgreSQL does not take.
fn cut(text: &str, chars: usize) -> String {
    let whole = text.char_indices().nth(chars).and_then(|(end, _)| text.get(..end)).unwrap_or(text);
    whole.replace('\0', "\u{fffd}")
}

/// The columns besides the id, which the database chooses.
const COLUMNS: [&str; 10] = [
    "at",
    "username",
    "address",
    "operation",
    "target_type",
    "target",
    "outcome",
    "detail",
    "request_id",
    "events",
];

/// Writes events, in the transaction of the changes that they are about.
pub async fn record(connection: &mut Connection<'_>, events: &[Event]) -> Result<(), StoreError> {
    for events in events.chunks(crate::dialect::ROWS_PER_INSERT) {
        let mut insert = Query::insert();
        insert.into_table("millgate_audit").columns(COLUMNS);
        for event in events {
            let Event { actor, target, outcome, detail, count } = event;
            insert.values_panic([
                actor.at.into(),
                actor.username.as_deref().map(|name| cut(name, USERNAME)).into(),
                actor.address.map(|address| address.to_string()).into(),
                cut(&actor.operation, OPERATION).into(),
                target.as_ref().map(|target| cut(&target.kind, TARGET_TYPE)).into(),
                target.as_ref().map(|target| cut(&target.name, TARGET)).into(),
                outcome.as_str().into(),
                cut(detail, DETAIL).into(),
                actor.request_id.as_deref().map(|id| cut(id, REQUEST_ID)).into(),
                i64::try_from(*count).unwrap_or(i64::MAX).into(),
            ]);
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}

/// What to look for. Every field that is given must hold.
#[derive(Debug, Default, Clone)]
pub struct Search {
    pub username: Option<String>,
    pub address: Option<String>,
    pub operation: Option<String>,
    pub target_type: Option<String>,
    pub target: Option<String>,
    pub outcome: Option<Outcome>,
    pub request_id: Option<String>,
    /// At this time or later.
    pub from: Option<Millis>,
    /// Before this time.
    pub until: Option<Millis>,
    /// Older than the event with this id: where the page before ended.
    pub before: Option<i64>,
    /// Rows of the page, at least 1.
    pub limit: u64,
}

/// An event with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub id: i64,
    pub event: Event,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: Millis,
    username: Option<String>,
    address: Option<String>,
    operation: String,
    target_type: Option<String>,
    target: Option<String>,
    outcome: String,
    detail: String,
    request_id: Option<String>,
    events: i64,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        let target = row.target_type.map(|kind| Target::new(kind, row.target.unwrap_or_default()));
        Self {
            id: row.id,
            event: Event {
                actor: Actor {
                    username: row.username,
                    address: row.address.and_then(|address| address.parse().ok()),
                    operation: row.operation.into(),
                    request_id: row.request_id,
                    at: row.at,
                },
                target,
                // Only our own words are written.
                outcome: Outcome::from_name(&row.outcome).unwrap_or(Outcome::Refused),
                detail: row.detail,
                count: row.events.unsigned_abs(),
            },
        }
    }
}

/// One page of events, the newest first, and whether there are more.
pub async fn search(db: &Db, search: &Search) -> Result<(Vec<Recorded>, bool), StoreError> {
    let mut query = Query::select()
        .column("id")
        .columns(COLUMNS)
        .from("millgate_audit")
        .order_by("id", Order::Desc)
        .limit(crate::tracking::one_more(search.limit))
        .to_owned();
    let equal = [
        ("username", search.username.as_deref()),
        ("address", search.address.as_deref()),
        ("operation", search.operation.as_deref()),
        ("target_type", search.target_type.as_deref()),
        ("target", search.target.as_deref()),
        ("outcome", search.outcome.map(Outcome::as_str)),
        ("request_id", search.request_id.as_deref()),
    ];
    for (column, value) in equal {
        if let Some(value) = value {
            query.and_where(Expr::col(column).eq(value));
        }
    }
    if let Some(from) = search.from {
        query.and_where(Expr::col("at").gte(from));
    }
    if let Some(until) = search.until {
        query.and_where(Expr::col("at").lt(until));
    }
    if let Some(before) = search.before {
        query.and_where(Expr::col("id").lt(before));
    }
    let mut rows = db.fetch_all::<Row>(&query).await?;
    let more = crate::tracking::cut(&mut rows, 0, search.limit).is_some();
    Ok((rows.into_iter().map(Recorded::from).collect(), more))
}

/// Deletes up to `limit` of the oldest events from before a time, and tells how many there were: called until it finds fewer,
/// so that no transaction is long.
pub async fn prune(connection: &mut Connection<'_>, before: Millis, limit: u64) -> Result<u64, StoreError> {
    let oldest = Query::select()
        .column("id")
        .from("millgate_audit")
        .and_where(Expr::col("at").lt(before))
        .order_by("id", Order::Asc)
        .limit(limit)
        .to_owned();
    let rows = connection.fetch_all::<(Int,)>(&oldest).await?;
    let ids: Vec<i64> = rows.into_iter().map(|(Int(id),)| id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let delete = Query::delete()
        .from_table("millgate_audit")
        .and_where(crate::dialect::in_list("id", &ids))
        .to_owned();
    connection.execute(&delete).await
}
