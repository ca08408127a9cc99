//! The end of what is deleted: a row goes with all that belongs to it, in the caller's transaction.
//!
//! What belongs to a row is deleted first and by name, also where the schema would: databases differ in when they look at a
//! reference that another deletion of the same statement settles.

use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::experiments::canonical_id;
use model::{Error, ErrorCode, LifecycleStage};
use sea_query::{Expr, ExprTrait, Query, SimpleExpr};

/// What became of something that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    Removed,
    /// It was restored, or somebody else has removed it.
    NotDeleted,
    /// Runs, logged models or traces of the experiment are there still.
    NotEmpty,
}

/// Tables of what a run has logged, by its id.
const OF_RUN: [(&str, &str); 5] = [
    ("metrics", "run_uuid"),
    ("latest_metrics", "run_uuid"),
    ("params", "run_uuid"),
    ("tags", "run_uuid"),
    ("logged_model_metrics", "run_id"),
];
const OF_LOGGED_MODEL: [&str; 3] = ["logged_model_metrics", "logged_model_params", "logged_model_tags"];
/// `spans` before what they belong to.
const OF_TRACE: [(&str, &str); 7] = [
    ("span_metrics", "trace_id"),
    ("spans", "trace_id"),
    ("assessments", "trace_id"),
    ("trace_metrics", "request_id"),
    ("trace_request_metadata", "request_id"),
    ("trace_tags", "request_id"),
    ("trace_info", "request_id"),
];
/// What else refers to an experiment, whether the schema knows or not: an id that comes back must find nothing (MLflow 3.17
/// `_hard_delete_experiment`). The rest goes by the schema's own rules.
const OF_EXPERIMENT: [&str; 6] = [
    "experiment_tags",
    "online_scoring_configs",
    "sql_assessment_daily_rollups",
    "sql_span_cost_daily_rollups",
    "sql_trace_metric_daily_rollups",
    "sql_trace_rollup_rebuild_queue",
];
/// What must have gone before an experiment does.
const CONTENTS: [&str; 3] = ["runs", "logged_models", "trace_info"];

async fn delete(
    connection: &mut Connection<'_>,
    table: &'static str,
    which: SimpleExpr,
) -> Result<u64, StoreError> {
    connection.execute(&Query::delete().from_table(table).and_where(which).to_owned()).await
}

/// Whether a row is there in the deleted stage; it is held until the transaction ends, so that nobody restores it meanwhile.
async fn hold_deleted(
    connection: &mut Connection<'_>,
    table: &'static str,
    which: SimpleExpr,
) -> Result<bool, StoreError> {
    let mut query = Query::select()
        .expr(Expr::val(1))
        .from(table)
        .and_where(which)
        .and_where(Expr::col("lifecycle_stage").eq(LifecycleStage::Deleted.as_str()))
        .to_owned();
    Ok(connection.fetch_optional::<(Int,)>(dialect::hold(&mut query)).await?.is_some())
}

/// As [`hold_deleted`], for the experiment of a row that has no stage, or another.
async fn holds_deleted_experiment(
    connection: &mut Connection<'_>,
    table: &'static str,
    which: SimpleExpr,
) -> Result<bool, StoreError> {
    let query = Query::select().column("experiment_id").from(table).and_where(which).to_owned();
    let Some((Int(id),)) = connection.fetch_optional::<(Int,)>(&query).await? else { return Ok(false) };
    hold_deleted(connection, "experiments", Expr::col("experiment_id").eq(id)).await
}

/// What ties something to datasets, models and runs.
async fn delete_edges(connection: &mut Connection<'_>, which: SimpleExpr) -> Result<(), StoreError> {
    let edges = Query::select().column("input_uuid").from("inputs").and_where(which.clone()).to_owned();
    delete(connection, "input_tags", Expr::col("input_uuid").in_subquery(edges)).await?;
    delete(connection, "inputs", which).await.map(drop)
}

/// What ties something to traces, datasets of evaluations and prompts.
async fn delete_associations(
    connection: &mut Connection<'_>,
    kind: &'static str,
    id: &str,
) -> Result<(), StoreError> {
    let at = |end_type: &'static str, end_id: &'static str| {
        Expr::col(end_type).eq(kind).and(Expr::col(end_id).eq(id))
    };
    delete(connection, "entity_associations", at("source_type", "source_id")).await?;
    delete(connection, "entity_associations", at("destination_type", "destination_id")).await.map(drop)
}

fn is_end(end_type: &'static str, types: &[&'static str], end_id: &'static str, id: &str) -> SimpleExpr {
    Expr::col(end_type).is_in(types.iter().copied()).and(Expr::col(end_id).eq(id))
}

/// Removes a deleted run with all that it has logged.
pub async fn remove_run(connection: &mut Connection<'_>, id: &str) -> Result<Removal, StoreError> {
    if !hold_deleted(connection, "runs", Expr::col("run_uuid").eq(id)).await? {
        return Ok(Removal::NotDeleted);
    }
    for (table, column) in OF_RUN {
        delete(connection, table, Expr::col(column).eq(id)).await?;
    }
    delete_edges(connection, is_end("source_type", &["RUN_INPUT", "RUN_OUTPUT"], "source_id", id)).await?;
    delete_edges(connection, is_end("destination_type", &["RUN"], "destination_id", id)).await?;
    delete_associations(connection, "run", id).await?;
    removed(delete(connection, "runs", Expr::col("run_uuid").eq(id)).await)
}

/// Removes a logged model that is deleted, or whose experiment is, with all that was logged of it.
pub async fn remove_logged_model(connection: &mut Connection<'_>, id: &str) -> Result<Removal, StoreError> {
    let this = || Expr::col("model_id").eq(id);
    if !hold_deleted(connection, "logged_models", this()).await?
        && !holds_deleted_experiment(connection, "logged_models", this()).await?
    {
        return Ok(Removal::NotDeleted);
    }
    for table in OF_LOGGED_MODEL {
        delete(connection, table, this()).await?;
    }
    delete_edges(
        connection,
        is_end("destination_type", &["MODEL_INPUT", "MODEL_OUTPUT"], "destination_id", id),
    )
    .await?;
    removed(delete(connection, "logged_models", this()).await)
}

/// Removes a trace of a deleted experiment.
pub async fn remove_trace(connection: &mut Connection<'_>, id: &str) -> Result<Removal, StoreError> {
    if !holds_deleted_experiment(connection, "trace_info", Expr::col("request_id").eq(id)).await? {
        return Ok(Removal::NotDeleted);
    }
    delete_associations(connection, "trace", id).await?;
    let mut last = Ok(0);
    for (table, column) in OF_TRACE {
        last = delete(connection, table, Expr::col(column).eq(id)).await;
        if last.is_err() {
            break;
        }
    }
    removed(last)
}

/// Whether runs, logged models or traces of an experiment are there.
pub async fn has_contents(connection: &mut Connection<'_>, id: &str) -> Result<bool, StoreError> {
    let Some(number) = canonical_id(id) else { return Ok(false) };
    for table in CONTENTS {
        let any = Query::select()
            .expr(Expr::val(1))
            .from(table)
            .and_where(Expr::col("experiment_id").eq(number))
            .limit(1)
            .to_owned();
        if connection.fetch_optional::<(Int,)>(&any).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes a deleted experiment from which all runs, logged models and traces have gone.
pub async fn remove_experiment(connection: &mut Connection<'_>, id: &str) -> Result<Removal, StoreError> {
    let Some(number) = canonical_id(id) else { return Ok(Removal::NotDeleted) };
    let this = || Expr::col("experiment_id").eq(number);
    if !hold_deleted(connection, "experiments", this()).await? {
        return Ok(Removal::NotDeleted);
    }
    if has_contents(connection, id).await? {
        return Ok(Removal::NotEmpty);
    }
    for table in OF_EXPERIMENT {
        delete(connection, table, this()).await?;
    }
    delete_associations(connection, "experiment", id).await?;
    removed(delete(connection, "experiments", this()).await)
}

/// # Errors
/// INVALID_STATE where rows that are not known here refer to it: the transaction is undone.
fn removed(deleted: Result<u64, StoreError>) -> Result<Removal, StoreError> {
    match deleted {
        Ok(0) => Ok(Removal::NotDeleted),
        Ok(_) => Ok(Removal::Removed),
        Err(error) if error.is_foreign_key_violation() => {
            Err(Error::new(ErrorCode::InvalidState, "Something that another program keeps refers to it.")
                .into())
        }
        Err(error) => Err(error),
    }
}
