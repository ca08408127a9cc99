//! What is deleted for good: what there is of it, and the end of it.
//!
//! Runs, logged models and experiments in the deleted stage can go, as with MLflow 3.17's `mlflow gc`; traces have no stages and go
//! with their experiment. Every list is in the order of its ids and goes on behind an id, so that what could not be deleted keeps
//! nobody from what comes after it.

mod removal;

pub use removal::{Removal, has_contents, remove_experiment, remove_logged_model, remove_run, remove_trace};

use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use model::{Error, LifecycleStage, Millis};
use sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use std::collections::HashMap;

/// The tag in which the location of a trace's artifacts stands (MLflow 3.17 `mlflow_tags.py`).
pub(crate) const TRACE_LOCATION_TAG: &str = "mlflow.artifactLocation";

/// What is to go. What lies in a deleted experiment goes with it; an experiment goes when all of its runs can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// What was deleted at this time or before; `None` for all that is deleted.
    pub until: Option<Millis>,
    /// Of that, nothing but this.
    pub named: Option<Named>,
}

/// Some of what is deleted, by its ids, and what lies in the experiments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub runs: Vec<String>,
    pub logged_models: Vec<String>,
    pub experiments: Vec<i64>,
}

/// Something that can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: String,
    pub experiment_id: String,
    /// Where its artifacts lie, if it has any.
    pub location: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    experiment_id: Option<Int>,
    location: Option<String>,
}

impl From<Row> for Candidate {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            experiment_id: row.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
            location: row.location.filter(|location| !location.is_empty()),
        }
    }
}

fn is_deleted(table: &'static str) -> SimpleExpr {
    Expr::col((table, "lifecycle_stage")).eq(LifecycleStage::Deleted.as_str())
}

/// Whether the time in a column is old enough. A time that nobody wrote down is of unknown age.
fn is_old(column: (&'static str, &'static str), until: Option<Millis>) -> SimpleExpr {
    match until {
        Some(until) => Expr::col(column).lte(until),
        None => Expr::val(1).eq(1),
    }
}

/// That a run cannot go: it is not deleted, or not as long ago.
fn run_stays(until: Option<Millis>) -> Condition {
    let deleted = || Expr::col(("runs", "deleted_time"));
    Condition::any()
        .add(Expr::col(("runs", "lifecycle_stage")).ne(LifecycleStage::Deleted.as_str()))
        .add_option(until.map(|until| deleted().is_null().or(deleted().gt(until))))
}

/// The experiments that can go, as far as their own rows and those of their runs say.
fn gone_experiments(chosen: &Chosen) -> SelectStatement {
    let staying = Query::select()
        .expr(Expr::val(1))
        .from("runs")
        .and_where(Expr::col(("runs", "experiment_id")).equals(("experiments", "experiment_id")))
        .cond_where(run_stays(chosen.until))
        .to_owned();
    let named = chosen.named.as_ref();
    Query::select()
        .column(("experiments", "experiment_id"))
        .from("experiments")
        .and_where(is_deleted("experiments"))
        .and_where(is_old(("experiments", "last_update_time"), chosen.until))
        .and_where(Expr::not_exists(staying))
        .and_where_option(
            named.map(|named| dialect::in_list(("experiments", "experiment_id"), &named.experiments)),
        )
        .to_owned()
}

/// Runs that can go, behind the id `after`.
pub async fn runs(
    connection: &mut Connection<'_>,
    chosen: &Chosen,
    after: &str,
    limit: u64,
) -> Result<Vec<Candidate>, StoreError> {
    let named = chosen.named.as_ref().map(|named| {
        dialect::in_list(("runs", "run_uuid"), &named.runs)
            .or(Expr::col(("runs", "experiment_id")).in_subquery(gone_experiments(chosen)))
    });
    let query = Query::select()
        .expr_as(Expr::col(("runs", "run_uuid")), "id")
        .column(("runs", "experiment_id"))
        .expr_as(Expr::col(("runs", "artifact_uri")), "location")
        .from("runs")
        .and_where(is_deleted("runs"))
        .and_where(is_old(("runs", "deleted_time"), chosen.until))
        .and_where_option(named)
        .and_where(Expr::col(("runs", "run_uuid")).gt(after))
        .order_by(("runs", "run_uuid"), Order::Asc)
        .limit(limit)
        .to_owned();
    candidates(connection, &query).await
}

/// Logged models that can go, behind the id `after`: those that are deleted, and those of experiments that go.
pub async fn logged_models(
    connection: &mut Connection<'_>,
    chosen: &Chosen,
    after: &str,
    limit: u64,
) -> Result<Vec<Candidate>, StoreError> {
    let of_experiments = Expr::col(("logged_models", "experiment_id")).in_subquery(gone_experiments(chosen));
    let mut by_themselves =
        is_deleted("logged_models").and(is_old(("logged_models", "last_updated_timestamp_ms"), chosen.until));
    if let Some(named) = &chosen.named {
        by_themselves =
            by_themselves.and(dialect::in_list(("logged_models", "model_id"), &named.logged_models));
    }
    let query = Query::select()
        .expr_as(Expr::col(("logged_models", "model_id")), "id")
        .column(("logged_models", "experiment_id"))
        .expr_as(Expr::col(("logged_models", "artifact_location")), "location")
        .from("logged_models")
        .and_where(by_themselves.or(of_experiments))
        .and_where(Expr::col(("logged_models", "model_id")).gt(after))
        .order_by(("logged_models", "model_id"), Order::Asc)
        .limit(limit)
        .to_owned();
    candidates(connection, &query).await
}

/// Traces of experiments that go, behind the id `after`.
pub async fn traces(
    connection: &mut Connection<'_>,
    chosen: &Chosen,
    after: &str,
    limit: u64,
) -> Result<Vec<Candidate>, StoreError> {
    let query = Query::select()
        .expr_as(Expr::col(("trace_info", "request_id")), "id")
        .column(("trace_info", "experiment_id"))
        .expr_as(Expr::col(("trace_tags", "value")), "location")
        .from("trace_info")
        .left_join(
            "trace_tags",
            Expr::col(("trace_tags", "request_id"))
                .equals(("trace_info", "request_id"))
                .and(Expr::col(("trace_tags", "key")).eq(TRACE_LOCATION_TAG)),
        )
        .and_where(Expr::col(("trace_info", "experiment_id")).in_subquery(gone_experiments(chosen)))
        .and_where(Expr::col(("trace_info", "request_id")).gt(after))
        .order_by(("trace_info", "request_id"), Order::Asc)
        .limit(limit)
        .to_owned();
    candidates(connection, &query).await
}

/// Experiments that can go, behind the id `after`; `None` for the first.
pub async fn experiments(
    connection: &mut Connection<'_>,
    chosen: &Chosen,
    after: Option<i64>,
    limit: u64,
) -> Result<Vec<Candidate>, StoreError> {
    let mut query = gone_experiments(chosen);
    query
        .column(("experiments", "artifact_location"))
        .and_where_option(after.map(|after| Expr::col(("experiments", "experiment_id")).gt(after)))
        .order_by(("experiments", "experiment_id"), Order::Asc)
        .limit(limit);
    let rows: Vec<(Int, Option<String>)> = connection.fetch_all(&query).await?;
    Ok(rows
        .into_iter()
        .map(|(id, location)| Candidate {
            id: id.to_string(),
            experiment_id: id.to_string(),
            location: location.filter(|location| !location.is_empty()),
        })
        .collect())
}

async fn candidates(
    connection: &mut Connection<'_>,
    query: &SelectStatement,
) -> Result<Vec<Candidate>, StoreError> {
    let rows: Vec<Row> = connection.fetch_all(query).await?;
    Ok(rows.into_iter().map(Candidate::from).collect())
}

/// What can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Run,
    LoggedModel,
    Trace,
    Experiment,
}

/// Whether something is, or lies in an experiment that is, in the deleted stage. For a run its own stage counts alone.
pub async fn is_gone(connection: &mut Connection<'_>, kind: Kind, id: &str) -> Result<bool, StoreError> {
    let mut query = Query::select();
    query.expr(Expr::val(1));
    let of_experiment = |table: &'static str| {
        let gone = Query::select()
            .column(("experiments", "experiment_id"))
            .from("experiments")
            .and_where(is_deleted("experiments"))
            .to_owned();
        Expr::col((table, "experiment_id")).in_subquery(gone)
    };
    match kind {
        Kind::Run => query.from("runs").and_where(Expr::col("run_uuid").eq(id)).and_where(is_deleted("runs")),
        Kind::LoggedModel => query
            .from("logged_models")
            .and_where(Expr::col("model_id").eq(id))
            .and_where(is_deleted("logged_models").or(of_experiment("logged_models"))),
        Kind::Trace => query
            .from("trace_info")
            .and_where(Expr::col("request_id").eq(id))
            .and_where(of_experiment("trace_info")),
        Kind::Experiment => {
            let Some(id) = crate::tracking::experiments::canonical_id(id) else { return Ok(false) };
            query
                .from("experiments")
                .and_where(Expr::col("experiment_id").eq(id))
                .and_where(is_deleted("experiments"))
        }
    };
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.is_some())
}

/// What is named has to be there, in the deleted stage, and deleted as long ago as is asked for. So have the runs of the
/// experiments.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST or INVALID_PARAMETER_VALUE, naming the first that cannot go.
pub async fn check(connection: &mut Connection<'_>, chosen: &Chosen) -> Result<(), StoreError> {
    let Chosen { until, named: Some(Named { runs, logged_models, experiments }) } = chosen else {
        return Ok(());
    };
    let until = *until;
    let stages = |table: &'static str, [id, time]: [&'static str; 2], which: SimpleExpr| {
        Query::select().columns([id, "lifecycle_stage", time]).from(table).and_where(which).to_owned()
    };
    let query = stages("runs", ["run_uuid", "deleted_time"], dialect::in_list("run_uuid", runs));
    let found: Vec<(String, Option<String>, Option<i64>)> = connection.fetch_all(&query).await?;
    check_all("run", runs, found, until)?;

    let named = dialect::in_list("model_id", logged_models);
    let query = stages("logged_models", ["model_id", "last_updated_timestamp_ms"], named);
    let found: Vec<(String, Option<String>, Option<i64>)> = connection.fetch_all(&query).await?;
    check_all("logged model", logged_models, found, until)?;

    let named = dialect::in_list("experiment_id", experiments);
    let query = stages("experiments", ["experiment_id", "last_update_time"], named);
    let found: Vec<(Int, Option<String>, Option<i64>)> = connection.fetch_all(&query).await?;
    let found = found.into_iter().map(|(id, stage, at)| (id.to_string(), stage, at)).collect();
    let ids: Vec<String> = experiments.iter().map(ToString::to_string).collect();
    check_all("experiment", &ids, found, until)?;

    let query = Query::select()
        .columns(["run_uuid", "lifecycle_stage"])
        .from("runs")
        .and_where(dialect::in_list("experiment_id", experiments))
        .cond_where(run_stays(until))
        .order_by("run_uuid", Order::Asc)
        .limit(1)
        .to_owned();
    let staying: Option<(String, Option<String>)> = connection.fetch_optional(&query).await?;
    match staying {
        None => Ok(()),
        Some((run, stage)) if stage_of(stage.as_deref()) == LifecycleStage::Active => Err(Error::invalid(
            format!("The run {run} of a named experiment is not deleted. Delete it first."),
        )
        .into()),
        Some((run, ..)) => Err(too_young("run", &run)),
    }
}

fn stage_of(stage: Option<&str>) -> LifecycleStage {
    LifecycleStage::from_column(stage.unwrap_or_default())
}

fn too_young(what: &str, id: &str) -> StoreError {
    Error::invalid(format!("The {what} {id} was not deleted as long ago as is asked for.")).into()
}

fn check_all(
    what: &str,
    ids: &[String],
    found: Vec<(String, Option<String>, Option<i64>)>,
    until: Option<Millis>,
) -> Result<(), StoreError> {
    let found: HashMap<String, (Option<String>, Option<i64>)> =
        found.into_iter().map(|(id, stage, at)| (id, (stage, at))).collect();
    for id in ids {
        let Some((stage, at)) = found.get(id) else {
            return Err(Error::not_found(format!("There is no {what} {id}.")).into());
        };
        if stage_of(stage.as_deref()) != LifecycleStage::Deleted {
            return Err(Error::invalid(format!("The {what} {id} is not deleted. Delete it first.")).into());
        }
        if until.is_some_and(|until| at.is_none_or(|at| at > until)) {
            return Err(too_young(what, id));
        }
    }
    Ok(())
}
