//! Logged models.

mod changes;

pub use changes::{Change, NewLoggedModel, create, delete_tag, log_params, note_version, set_tags, update};

use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::filters::{Company, belonging, check_patterns, compare, direction, visible};
use crate::tracking::key_values::{LOGGED_MODEL_PARAMS, LOGGED_MODEL_TAGS};
use crate::tracking::{cut, one_more};
use authz::Visibility;
use model::{
    Double, Error, LifecycleStage, LoggedModel, LoggedModelData, LoggedModelInfo, LoggedModelStatus, Metric,
};
use sea_query::{Alias, Condition, Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement, SimpleExpr};
use search::logged_models::{self as grammar, Attribute, Field, SortField};
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
struct Row {
    model_id: String,
    #[sqlx(try_from = "Int")]
    experiment_id: i64,
    name: String,
    artifact_location: String,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    #[sqlx(try_from = "Int")]
    status: i64,
    model_type: Option<String>,
    source_run_id: Option<String>,
    status_message: Option<String>,
}

#[derive(sqlx::FromRow)]
struct MetricRow {
    model_id: String,
    metric_name: String,
    metric_timestamp_ms: i64,
    metric_step: i64,
    metric_value: Option<f64>,
    run_id: String,
    dataset_name: Option<String>,
    dataset_digest: Option<String>,
}

impl From<Row> for LoggedModelInfo {
    fn from(row: Row) -> Self {
        Self {
            model_id: row.model_id,
            experiment_id: row.experiment_id.to_string(),
            name: row.name,
            creation_timestamp_ms: row.creation_timestamp_ms,
            last_updated_timestamp_ms: row.last_updated_timestamp_ms,
            artifact_uri: row.artifact_location,
            status: LoggedModelStatus::from_number(row.status),
            model_type: row.model_type,
            source_run_id: row.source_run_id,
            status_message: row.status_message,
            tags: Vec::new(),
        }
    }
}

impl From<MetricRow> for Metric {
    fn from(row: MetricRow) -> Self {
        // MLflow's clients refuse a metric that has only one of the two.
        let (dataset_name, dataset_digest) = match (row.dataset_name, row.dataset_digest) {
            (Some(name), Some(digest)) if !name.is_empty() && !digest.is_empty() => {
                (Some(name), Some(digest))
            }
            _ => (None, None),
        };
        Self {
            key: row.metric_name,
            // The table has no mark for NaN: MLflow writes 0. What another program left empty is no number.
            value: Double(row.metric_value.unwrap_or(f64::NAN)),
            timestamp: row.metric_timestamp_ms,
            step: row.metric_step,
            dataset_name,
            dataset_digest,
            model_id: Some(row.model_id),
            run_id: Some(row.run_id),
        }
    }
}

/// A dataset that a metric was measured on; without a digest, any version of it.
#[derive(Debug)]
pub struct MeasuredOn {
    pub name: String,
    pub digest: Option<String>,
}

/// Whether a deleted logged model is as good as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Hidden,
    Shown,
}

/// Reads a logged model with all that was logged of it.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(
    connection: &mut Connection<'_>,
    id: &str,
    deleted: Deleted,
) -> Result<LoggedModel, StoreError> {
    let mut query = select();
    query.and_where(Expr::col(("logged_models", "model_id")).eq(id));
    if deleted == Deleted::Hidden {
        query.and_where(Expr::col(("logged_models", "lifecycle_stage")).ne(LifecycleStage::Deleted.as_str()));
    }
    let row: Row = connection.fetch_optional(&query).await?.ok_or_else(|| missing(id))?;
    with_data(connection, vec![row.into()]).await?.pop().ok_or_else(|| missing(id))
}

fn missing(id: &str) -> StoreError {
    Error::not_found(format!("Logged model with ID '{id}' not found.")).into()
}

/// Where a logged model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub artifact_location: String,
    pub source_run_id: Option<String>,
}

/// The origin of a logged model that is not deleted.
pub async fn origin(connection: &mut Connection<'_>, id: &str) -> Result<Option<Origin>, StoreError> {
    let query = Query::select()
        .columns(["artifact_location", "source_run_id"])
        .from("logged_models")
        .and_where(Expr::col("model_id").eq(id))
        .and_where(Expr::col("lifecycle_stage").ne(LifecycleStage::Deleted.as_str()))
        .to_owned();
    let row = connection.fetch_optional::<(String, Option<String>)>(&query).await?;
    Ok(row.map(|(artifact_location, source_run_id)| Origin { artifact_location, source_run_id }))
}

/// What to search for.
#[derive(Debug)]
pub struct Search {
    pub experiment_ids: Vec<i64>,
    pub filter: Vec<grammar::Condition>,
    /// The filter's metrics must have been measured on one of these; without metrics in the filter, any metric. Nothing is
    /// asked where there are none.
    pub datasets: Vec<MeasuredOn>,
    pub order_by: Vec<grammar::OrderBy>,
    /// Rows of the page, at least 1.
    pub limit: u64,
    /// Rows before the page.
    pub offset: u64,
}

/// One page of a search.
#[derive(Debug)]
pub struct Found {
    pub models: Vec<LoggedModel>,
    /// Rows before the next page, if there is one.
    pub next: Option<u64>,
}

/// One page of the logged models, without deleted ones, whose experiments the caller may see.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for a pattern that the database must not be given.
pub async fn search(
    connection: &mut Connection<'_>,
    search: &Search,
    visibility: &Visibility,
) -> Result<Found, StoreError> {
    check_patterns(search.filter.iter().map(|condition| (condition.comparator, &condition.value)))?;
    let mut query = select();
    query
        .and_where(dialect::in_list(("logged_models", "experiment_id"), &search.experiment_ids))
        .and_where(Expr::col(("logged_models", "lifecycle_stage")).ne(LifecycleStage::Deleted.as_str()));
    if let Some(visible) = visible(("logged_models", "experiment_id"), visibility) {
        query.and_where(visible);
    }
    let company = Company::of(&search.filter);
    for condition in &search.filter {
        query.and_where(holds(condition, &search.datasets, company));
    }
    let by_metric = search.filter.iter().any(|condition| matches!(condition.field, Field::Metric(_)));
    if !by_metric && let Some(measured) = measured_on(&search.datasets) {
        query.and_where(Expr::exists(of_model("logged_model_metrics").cond_where(measured).to_owned()));
    }
    order(&mut query, &search.order_by);
    query.limit(one_more(search.limit)).offset(search.offset);

    let mut rows: Vec<Row> = connection.fetch_all(&query).await?;
    let next = cut(&mut rows, search.offset, search.limit);
    let models = with_data(connection, rows.into_iter().map(LoggedModelInfo::from).collect()).await?;
    Ok(Found { models, next })
}

fn select() -> SelectStatement {
    Query::select()
        .columns([
            ("logged_models", "model_id"),
            ("logged_models", "experiment_id"),
            ("logged_models", "name"),
            ("logged_models", "artifact_location"),
            ("logged_models", "creation_timestamp_ms"),
            ("logged_models", "last_updated_timestamp_ms"),
            ("logged_models", "status"),
            ("logged_models", "model_type"),
            ("logged_models", "source_run_id"),
            ("logged_models", "status_message"),
        ])
        .from("logged_models")
        .to_owned()
}

const fn column(attribute: Attribute) -> (&'static str, &'static str) {
    let column = match attribute {
        Attribute::ModelId => "model_id",
        Attribute::ExperimentId => "experiment_id",
        Attribute::Name => "name",
        Attribute::ModelType => "model_type",
        Attribute::Status => "status",
        Attribute::StatusMessage => "status_message",
        Attribute::SourceRunId => "source_run_id",
        Attribute::ArtifactLocation => "artifact_location",
        Attribute::LifecycleStage => "lifecycle_stage",
        Attribute::CreationTimestamp => "creation_timestamp_ms",
        Attribute::LastUpdatedTimestamp => "last_updated_timestamp_ms",
    };
    ("logged_models", column)
}

/// The rows of a table that belong to the model at hand.
fn of_model(table: &'static str) -> SelectStatement {
    belonging(table, "logged_models", "model_id")
}

fn of_dataset(name: &str, digest: Option<&str>) -> Condition {
    let column = |name| Expr::col(("logged_model_metrics", name));
    Condition::all()
        .add(column("dataset_name").eq(name))
        .add_option(digest.map(|digest| column("dataset_digest").eq(digest)))
}

/// What keeps the metrics that were measured on one of the datasets; `None` where that is not asked.
fn measured_on(datasets: &[MeasuredOn]) -> Option<Condition> {
    (!datasets.is_empty()).then(|| {
        datasets.iter().fold(Condition::any(), |any, dataset| {
            any.add(of_dataset(&dataset.name, dataset.digest.as_deref()))
        })
    })
}

/// One condition of a search. A metric's holds where any of its values meets it.
fn holds(condition: &grammar::Condition, datasets: &[MeasuredOn], company: Company) -> SimpleExpr {
    let (comparator, value) = (condition.comparator, &condition.value);
    let keyed = |table: &'static str, key_column: &'static str, key: &str, value_column: &'static str| {
        let mut rows = of_model(table);
        rows.and_where(Expr::col((table, key_column)).eq(key)).and_where(compare(
            (table, value_column),
            comparator,
            value,
        ));
        rows
    };
    match &condition.field {
        Field::Attribute(attribute) => compare(column(*attribute), comparator, value),
        Field::Metric(key) => {
            let mut rows = keyed("logged_model_metrics", "metric_name", key, "metric_value");
            if let Some(measured) = measured_on(datasets) {
                rows.cond_where(measured);
            }
            company.exists(rows)
        }
        Field::Param(key) => company.exists(keyed("logged_model_params", "param_key", key, "param_value")),
        Field::Tag(key) => company.exists(keyed("logged_model_tags", "tag_key", key, "tag_value")),
    }
}

/// Orders models: by the given fields, those without a value last whatever the direction; then the newest first; then by id.
fn order(query: &mut SelectStatement, order_by: &[grammar::OrderBy]) {
    let mut by_time = false;
    let mut by_id = false;
    for (index, order) in order_by.iter().enumerate() {
        let direction = direction(order.ascending);
        match &order.field {
            SortField::Attribute(attribute) => {
                by_time |= *attribute == Attribute::CreationTimestamp;
                by_id |= *attribute == Attribute::ModelId;
                query.order_by_with_nulls(column(*attribute), direction, NullOrdering::Last);
            }
            SortField::Metric { key, dataset_name, dataset_digest } => {
                let alias = Alias::new(format!("order_{index}"));
                let latest = latest_metric(key, dataset_name.as_deref(), dataset_digest.as_deref());
                query.expr_as(latest, alias.clone()).order_by_with_nulls(
                    alias,
                    direction,
                    NullOrdering::Last,
                );
            }
        }
    }
    if !by_time {
        query.order_by(column(Attribute::CreationTimestamp), Order::Desc);
    }
    if !by_id {
        query.order_by(column(Attribute::ModelId), Order::Asc);
    }
}

/// The value of a metric that was logged last, by time, then step, then run.
fn latest_metric(key: &str, dataset_name: Option<&str>, dataset_digest: Option<&str>) -> SimpleExpr {
    let column = |name| ("logged_model_metrics", name);
    let latest = Query::select()
        .column(column("metric_value"))
        .from("logged_model_metrics")
        .and_where(Expr::col(column("model_id")).equals(("logged_models", "model_id")))
        .and_where(Expr::col(column("metric_name")).eq(key))
        .and_where_option(dataset_name.map(|name| Expr::col(column("dataset_name")).eq(name)))
        .and_where_option(dataset_digest.map(|digest| Expr::col(column("dataset_digest")).eq(digest)))
        .order_by(column("metric_timestamp_ms"), Order::Desc)
        .order_by(column("metric_step"), Order::Desc)
        .order_by(column("run_id"), Order::Asc)
        .limit(1)
        .to_owned();
    SimpleExpr::SubQuery(None, Box::new(latest.into()))
}

/// Loads what belongs to the models: a query a table, however many models.
async fn with_data(
    connection: &mut Connection<'_>,
    infos: Vec<LoggedModelInfo>,
) -> Result<Vec<LoggedModel>, StoreError> {
    if infos.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = infos.iter().map(|info| info.model_id.as_str()).collect();
    let mut tags = LOGGED_MODEL_TAGS.of::<String>(connection, &ids).await?;
    let mut params = LOGGED_MODEL_PARAMS.of::<String>(connection, &ids).await?;
    let mut metrics = metrics(connection, &ids).await?;
    Ok(infos
        .into_iter()
        .map(|info| LoggedModel {
            data: LoggedModelData {
                params: params.remove(&info.model_id).unwrap_or_default(),
                metrics: metrics.remove(&info.model_id).unwrap_or_default(),
            },
            info: LoggedModelInfo { tags: tags.remove(&info.model_id).unwrap_or_default(), ..info },
        })
        .collect())
}

/// Every value of every metric of the models, the earliest of a metric first.
async fn metrics(
    connection: &mut Connection<'_>,
    ids: &[&str],
) -> Result<HashMap<String, Vec<Metric>>, StoreError> {
    let query = Query::select()
        .columns([
            "model_id",
            "metric_name",
            "metric_timestamp_ms",
            "metric_step",
            "metric_value",
            "run_id",
            "dataset_name",
            "dataset_digest",
        ])
        .from("logged_model_metrics")
        .and_where(dialect::in_list("model_id", ids))
        .order_by("metric_name", Order::Asc)
        .order_by("metric_timestamp_ms", Order::Asc)
        .order_by("metric_step", Order::Asc)
        .order_by("run_id", Order::Asc)
        .to_owned();
    let mut by_model: HashMap<String, Vec<Metric>> = HashMap::new();
    for row in connection.fetch_all::<MetricRow>(&query).await? {
        by_model.entry(row.model_id.clone()).or_default().push(row.into());
    }
    Ok(by_model)
}
