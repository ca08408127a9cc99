//! What steps do to rows.

mod analytics;
mod values;

use super::revisions::Rows;
use crate::db::Connection;
use crate::error::StoreError;
use model::Millis;
use sea_query::{Expr, ExprTrait, Query};

/// What MLflow's `JobStatus` calls PENDING, RUNNING and CANCELED.
const PENDING: i32 = 0;
const RUNNING: i32 = 1;
const CANCELED: i32 = 5;

/// Does what a step does to rows. It may be done again where it was broken off before its end, and not after it.
///
/// # Errors
/// [`StoreError::Schema`] when a row holds what would be lost; [`StoreError::Database`].
pub(super) async fn change(
    connection: &mut Connection<'_>,
    rows: Rows,
    now: Millis,
) -> Result<(), StoreError> {
    match rows {
        Rows::TraceAnalytics => analytics::fill(connection).await,
        Rows::CancelJobs => cancel_jobs(connection, now).await,
    }
}

async fn cancel_jobs(connection: &mut Connection<'_>, now: Millis) -> Result<(), StoreError> {
    let update = Query::update()
        .table("jobs")
        .value("status", CANCELED)
        .value("last_update_time", now)
        .and_where(Expr::col("status").is_in([PENDING, RUNNING]))
        .to_owned();
    connection.execute(&update).await.map(drop)
}
