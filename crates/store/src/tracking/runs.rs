//! Runs and their tags.

mod data;

pub use data::get;

use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::filters::Company;
use crate::tracking::key_values::{RUN_TAGS, pairs};
use crate::tracking::{RUN_NAME_TAG, experiments, filters, offset, one_more, page};
use authz::Visibility;
use model::{Error, LifecycleStage, Millis, Page, Run, RunInfo, RunStatus, Tag, ViewType};
use sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use search::Comparator;
use std::collections::HashMap;

#[derive(Default, sqlx::FromRow)]
struct Row {
    run_uuid: String,
    name: Option<String>,
    user_id: Option<String>,
    status: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    lifecycle_stage: Option<String>,
    artifact_uri: Option<String>,
    experiment_id: Option<Int>,
}

impl From<Row> for RunInfo {
    fn from(row: Row) -> Self {
        Self {
            run_id: row.run_uuid.clone(),
            run_uuid: row.run_uuid,
            run_name: row.name,
            experiment_id: row
                .experiment_id
                .map_or(experiments::DEFAULT_EXPERIMENT_ID, i64::from)
                .to_string(),
            user_id: row.user_id,
            status: row.status.as_deref().and_then(RunStatus::from_name),
            start_time: row.start_time,
            end_time: row.end_time,
            artifact_uri: row.artifact_uri,
            lifecycle_stage: LifecycleStage::from_column(row.lifecycle_stage.as_deref().unwrap_or_default()),
        }
    }
}

fn select() -> SelectStatement {
    Query::select()
        .columns([
            ("runs", "run_uuid"),
            ("runs", "name"),
            ("runs", "user_id"),
            ("runs", "status"),
            ("runs", "start_time"),
            ("runs", "end_time"),
            ("runs", "lifecycle_stage"),
            ("runs", "artifact_uri"),
            ("runs", "experiment_id"),
        ])
        .from("runs")
        .to_owned()
}

fn missing(id: &str) -> StoreError {
    Error::not_found(format!("Run with id={id} not found")).into()
}

/// Reads what a run is, in any lifecycle stage.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn info(connection: &mut Connection<'_>, id: &str) -> Result<RunInfo, StoreError> {
    let query = select().and_where(Expr::col("run_uuid").eq(id)).to_owned();
    let row = connection.fetch_optional::<Row>(&query).await?.ok_or_else(|| missing(id))?;
    Ok(row.into())
}

/// Reads what a run is; it has to be in use.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE when it is deleted.
pub async fn active(connection: &mut Connection<'_>, id: &str) -> Result<RunInfo, StoreError> {
    let info = info(connection, id).await?;
    match info.lifecycle_stage {
        LifecycleStage::Active => Ok(info),
        LifecycleStage::Deleted => Err(Error::invalid(format!(
            "The run {id} must be in the 'active' state. Current state is deleted."
        ))
        .into()),
    }
}

/// As [`active`], and holds the run until the transaction ends: for what is decided by what the run has already.
///
/// # Errors
/// As [`active`].
pub async fn hold_active(connection: &mut Connection<'_>, id: &str) -> Result<RunInfo, StoreError> {
    let mut query =
        Query::select().column("run_uuid").from("runs").and_where(Expr::col("run_uuid").eq(id)).to_owned();
    connection.fetch_optional::<(String,)>(dialect::hold(&mut query)).await?;
    active(connection, id).await
}

/// The experiment of a run, in any lifecycle stage.
pub async fn experiment_of(db: &Db, id: &str) -> Result<Option<String>, StoreError> {
    let query = Query::select()
        .column("experiment_id")
        .from("runs")
        .and_where(Expr::col("run_uuid").eq(id))
        .to_owned();
    Ok(db.fetch_optional::<(Int,)>(&query).await?.map(|(id,)| id.to_string()))
}

/// The experiments of runs, by the id of the run; one that does not exist has no entry.
pub async fn experiments_of(db: &Db, ids: &[String]) -> Result<HashMap<String, String>, StoreError> {
    let query = Query::select()
        .columns(["run_uuid", "experiment_id"])
        .from("runs")
        .and_where(dialect::in_list("run_uuid", ids))
        .to_owned();
    let rows: Vec<(String, Int)> = db.fetch_all(&query).await?;
    Ok(rows.into_iter().map(|(run, experiment)| (run, experiment.to_string())).collect())
}

/// The experiments of logged models, by the id of the model; one that does not exist or is deleted has no entry.
pub async fn experiments_of_models(db: &Db, ids: &[String]) -> Result<HashMap<String, String>, StoreError> {
    let query = Query::select()
        .columns(["model_id", "experiment_id"])
        .from("logged_models")
        .and_where(dialect::in_list("model_id", ids))
        .and_where(Expr::col("lifecycle_stage").ne(LifecycleStage::Deleted.as_str()))
        .to_owned();
    let rows: Vec<(String, Int)> = db.fetch_all(&query).await?;
    Ok(rows.into_iter().map(|(model, experiment)| (model, experiment.to_string())).collect())
}

/// A new run.
#[derive(Debug)]
pub struct NewRun {
    /// 32 hexadecimal digits.
    pub id: String,
    pub name: String,
    pub experiment_id: i64,
    pub user_id: String,
    pub start_time: Millis,
    /// With the tag that holds the name.
    pub tags: Vec<Tag>,
}

/// Starts a run in an experiment that the caller has found active.
pub async fn create(
    connection: &mut Connection<'_>,
    new: &NewRun,
    artifact_uri: &str,
) -> Result<(), StoreError> {
    let insert = Query::insert()
        .into_table("runs")
        .columns([
            "run_uuid",
            "name",
            "source_type",
            "source_name",
            "entry_point_name",
            "user_id",
            "status",
            "start_time",
            "source_version",
            "lifecycle_stage",
            "artifact_uri",
            "experiment_id",
        ])
        .values_panic([
            new.id.as_str().into(),
            new.name.as_str().into(),
            "UNKNOWN".into(),
            "".into(),
            "".into(),
            new.user_id.as_str().into(),
            RunStatus::Running.as_str().into(),
            new.start_time.into(),
            "".into(),
            LifecycleStage::Active.as_str().into(),
            artifact_uri.into(),
            new.experiment_id.into(),
        ])
        .to_owned();
    connection.execute(&insert).await?;
    set_tags(connection, &new.id, &new.tags).await
}

/// What an update changes; `None` leaves as it is.
#[derive(Debug, Default)]
pub struct RunChange {
    pub status: Option<RunStatus>,
    pub end_time: Option<Millis>,
    pub name: Option<String>,
}

/// Changes an active run.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE when the run is deleted.
pub async fn update(
    connection: &mut Connection<'_>,
    id: &str,
    change: &RunChange,
) -> Result<RunInfo, StoreError> {
    let mut info = active(connection, id).await?;
    let mut update = Query::update();
    update.table("runs").and_where(Expr::col("run_uuid").eq(id));
    if let Some(status) = change.status {
        update.value("status", status.as_str());
        info.status = Some(status);
    }
    if let Some(end_time) = change.end_time {
        update.value("end_time", end_time);
        info.end_time = Some(end_time);
    }
    if let Some(name) = change.name.as_deref().filter(|name| !name.is_empty()) {
        update.value("name", name);
        info.run_name = Some(name.to_owned());
        set_tags(connection, id, &[Tag { key: RUN_NAME_TAG.to_owned(), value: name.to_owned() }]).await?;
    }
    if !update.get_values().is_empty() {
        connection.execute(&update).await?;
    }
    Ok(info)
}

/// Marks a run as deleted or brings it back. Both may be done again.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn delete_or_restore(
    connection: &mut Connection<'_>,
    id: &str,
    to: LifecycleStage,
    now: Millis,
) -> Result<(), StoreError> {
    info(connection, id).await?;
    set_stage(connection, Expr::col("run_uuid").eq(id), to, now).await
}

/// Moves all runs that `which` selects to a stage. Assessments that such a run made go with a deletion, as in MLflow.
pub(crate) async fn set_stage(
    connection: &mut Connection<'_>,
    which: SimpleExpr,
    to: LifecycleStage,
    now: Millis,
) -> Result<(), StoreError> {
    if to == LifecycleStage::Deleted {
        delete_assessments(connection, which.clone()).await?;
    }
    let update = Query::update()
        .table("runs")
        .value("lifecycle_stage", to.as_str())
        .value("deleted_time", (to == LifecycleStage::Deleted).then_some(now))
        .and_where(which)
        .to_owned();
    connection.execute(&update).await.map(drop)
}

/// Assessments name the run that made them in their metadata, under a reserved key.
async fn delete_assessments(connection: &mut Connection<'_>, which: SimpleExpr) -> Result<(), StoreError> {
    let runs = Query::select().column("run_uuid").from("runs").and_where(which).to_owned();
    let made_by = dialect::json_text("assessment_metadata", "mlflow.assessment.sourceRunId");
    let delete = Query::delete().from_table("assessments").and_where(made_by.in_subquery(runs)).to_owned();
    connection.execute(&delete).await.map(drop)
}

/// Sets tags of a run, the last one of a key winning. Whether the run is active is for the caller to check.
pub(crate) async fn set_tags(
    connection: &mut Connection<'_>,
    id: &str,
    tags: &[Tag],
) -> Result<(), StoreError> {
    RUN_TAGS.set(connection, id, pairs(tags)).await
}

/// The value of a tag of a run.
pub async fn tag(connection: &mut Connection<'_>, id: &str, key: &str) -> Result<Option<String>, StoreError> {
    let query = Query::select()
        .column("value")
        .from("tags")
        .and_where(Expr::col("run_uuid").eq(id))
        .and_where(Expr::col("key").eq(key))
        .to_owned();
    Ok(connection.fetch_optional::<(Option<String>,)>(&query).await?.and_then(|(value,)| value))
}

/// Removes a tag of an active run.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such run or tag, INVALID_PARAMETER_VALUE when the run is deleted.
pub async fn delete_tag(connection: &mut Connection<'_>, id: &str, key: &str) -> Result<(), StoreError> {
    active(connection, id).await?;
    if !RUN_TAGS.remove(connection, id, key).await? {
        return Err(Error::not_found(format!("No tag with name: {key} in run with id {id}")).into());
    }
    Ok(())
}

/// What to search for.
#[derive(Debug)]
pub struct Search {
    pub experiment_ids: Vec<i64>,
    pub view: ViewType,
    pub filter: Vec<search::runs::Condition>,
    pub order_by: Vec<search::runs::OrderBy>,
    /// Rows of the page, at least 1.
    pub limit: u64,
    pub page_token: Option<String>,
}

/// One page of the runs whose experiments the caller may see.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for a page token that is none.
pub async fn search(
    connection: &mut Connection<'_>,
    search: &Search,
    visibility: &Visibility,
) -> Result<Page<Run>, StoreError> {
    let offset = offset(search.page_token.as_deref())?;
    filters::check_patterns(search.filter.iter().map(|condition| (condition.comparator, &condition.value)))?;
    let mut query = select();
    let stages = search.view.stages().iter().map(|stage| stage.as_str());
    query.and_where(Expr::col(("runs", "lifecycle_stage")).is_in(stages));
    let visible = match search.experiment_ids.as_slice() {
        // Of an equation alone an index gives the order, too; and one that shows need not be looked for among all that do.
        [only] => {
            query.and_where(Expr::col(("runs", "experiment_id")).eq(*only));
            if visibility.shows(&only.to_string()) { &Visibility::All } else { &Visibility::Nothing }
        }
        several => {
            query.and_where(dialect::in_list(("runs", "experiment_id"), several));
            visibility
        }
    };
    if let Some(visible) = filters::visible(("runs", "experiment_id"), visible) {
        query.and_where(visible);
    }
    let company = Company::of(&search.filter);
    // SQLite looks at them in the order in which they stand, and where one fails at no other: an equation leaves the fewest rows.
    let (equations, others): (Vec<_>, Vec<_>) =
        search.filter.iter().partition(|condition| condition.comparator == Comparator::Equal);
    for condition in equations.into_iter().chain(others) {
        query.and_where(filters::run(condition, company));
    }
    filters::order_runs(&mut query, &search.order_by);
    query.limit(one_more(search.limit)).offset(offset);
    let rows = page(connection.fetch_all::<Row>(&query).await?, offset, search.limit).map(RunInfo::from);
    let runs = data::with_data(connection, rows.items).await?;
    Ok(Page { items: runs, next_page_token: rows.next_page_token })
}
