//! Metrics: every value that was logged, and the latest of each key.

use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::{MAX_ROWS, offset, one_more, page};
use model::{Double, Error, Metric, Millis, Page, Point};
use sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What stands for an infinity in a column that cannot hold one, as MLflow's SQL store writes it.
const LARGEST: f64 = f64::MAX;

/// A metric as the columns hold it: NaN is 0 with a mark, an infinity the largest number.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMetric {
    pub key: String,
    pub value: f64,
    pub is_nan: bool,
    pub timestamp: Millis,
    pub step: i64,
    /// The logged model that the value is of, with the dataset that it was measured on.
    pub model: Option<MeasuredModel>,
}

/// The logged model that a metric measures.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredModel {
    pub id: String,
    pub dataset_name: Option<String>,
    pub dataset_digest: Option<String>,
}

impl NewMetric {
    pub fn new(key: String, value: f64, timestamp: Millis, step: i64, model: Option<MeasuredModel>) -> Self {
        let is_nan = value.is_nan();
        let stored = if is_nan { 0.0 } else { value.clamp(-LARGEST, LARGEST) };
        // −0 and 0 are one key in the database; writing 0 keeps them one here too.
        Self { key, value: stored + 0.0, is_nan, timestamp, step, model }
    }

    /// Later than another of its key: by step, then time, then value.
    fn is_later_than(&self, other: &Self) -> bool {
        (self.step, self.timestamp, self.value) > (other.step, other.timestamp, other.value)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    run_uuid: String,
    key: String,
    value: f64,
    timestamp: Option<i64>,
    step: i64,
    is_nan: bool,
}

impl Row {
    fn into_metric(self, with_run_id: bool) -> Metric {
        let run_id = with_run_id.then_some(self.run_uuid);
        Metric { run_id, ..stored(self.key, self.value, self.is_nan, self.timestamp, self.step) }
    }
}

/// The metric that the columns hold; see [`NewMetric`].
pub(crate) fn stored(key: String, value: f64, is_nan: bool, timestamp: Option<Millis>, step: i64) -> Metric {
    Metric {
        key,
        value: Double(if is_nan { f64::NAN } else { value }),
        timestamp: timestamp.unwrap_or_default(),
        step,
        dataset_name: None,
        dataset_digest: None,
        model_id: None,
        run_id: None,
    }
}

/// A value of a history, which can be long: what all of it has in common is not read.
struct PointRow(Point);

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for PointRow
where
    usize: sqlx::ColumnIndex<R>,
    f64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    bool: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let value = if row.try_get(3)? { f64::NAN } else { row.try_get(0)? };
        let timestamp: Option<i64> = row.try_get(1)?;
        Ok(Self(Point {
            value: Double(value),
            timestamp: timestamp.unwrap_or_default(),
            step: row.try_get(2)?,
        }))
    }
}

fn select(table: &'static str) -> SelectStatement {
    Query::select()
        .columns(["run_uuid", "key", "value", "timestamp", "step", "is_nan"])
        .from(table)
        .to_owned()
}

/// The latest metrics of runs, by run, in no order.
pub(crate) async fn latest(
    connection: &mut Connection<'_>,
    runs: &[&str],
) -> Result<HashMap<String, Vec<Metric>>, StoreError> {
    let query = select("latest_metrics").and_where(dialect::in_list("run_uuid", runs)).to_owned();
    let mut by_run: HashMap<String, Vec<Metric>> = HashMap::new();
    for row in connection.fetch_all::<Row>(&query).await? {
        by_run.entry(row.run_uuid.clone()).or_default().push(row.into_metric(false));
    }
    Ok(by_run)
}

/// Logs metrics of a run and keeps the latest of each key. One that was logged before, with the same step, time and
/// value, is left out.
pub(crate) async fn log(
    connection: &mut Connection<'_>,
    run: &str,
    experiment_id: &str,
    metrics: &[NewMetric],
) -> Result<(), StoreError> {
    if metrics.is_empty() {
        return Ok(());
    }
    let columns = ["run_uuid", "key", "value", "timestamp", "step", "is_nan"];
    let row = |metric: &NewMetric| {
        [
            run.into(),
            metric.key.as_str().into(),
            metric.value.into(),
            metric.timestamp.into(),
            metric.step.into(),
            metric.is_nan.into(),
        ]
    };
    let mut insert = Query::insert();
    insert.into_table("metrics").columns(columns);
    for metric in metrics {
        insert.values_panic(row(metric));
    }
    insert.on_conflict(
        OnConflict::columns(["key", "timestamp", "step", "run_uuid", "value", "is_nan"])
            .do_nothing_on(["is_nan"])
            .to_owned(),
    );
    connection.execute(&insert).await?;

    // In one order, so that no two writes hold what the other needs.
    let mut latest: BTreeMap<&str, &NewMetric> = BTreeMap::new();
    for metric in metrics {
        let known = latest.entry(&metric.key).or_insert(metric);
        if metric.is_later_than(known) {
            *known = metric;
        }
    }
    let mut upsert = Query::insert();
    upsert.into_table("latest_metrics").columns(columns);
    let keys: Vec<&str> = latest.keys().copied().collect();
    for metric in latest.into_values() {
        upsert.values_panic(row(metric));
    }
    upsert.on_conflict(
        OnConflict::columns(["key", "run_uuid"])
            .values(
                ["is_nan", "value", "timestamp", "step"].map(|column| (column, dialect::if_later(column))),
            )
            .action_and_where(Expr::cust(
                "(excluded.step, excluded.timestamp, excluded.value) > \
                 (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)",
            ))
            .to_owned(),
    );
    connection.execute(&upsert).await?;
    let exactly = Query::select()
        .column("key")
        .from("latest_metrics")
        .and_where(Expr::col("run_uuid").eq(run))
        .and_where(dialect::in_list("key", &keys))
        .to_owned();
    connection.check_no_twin(&exactly, keys.len()).await?;
    log_of_models(connection, run, experiment_id, metrics).await
}

/// Logs the metrics that name a logged model with that model too. One that the model has for the run, key, time and step
/// stays as it is.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST without such a model.
async fn log_of_models(
    connection: &mut Connection<'_>,
    run: &str,
    experiment_id: &str,
    metrics: &[NewMetric],
) -> Result<(), StoreError> {
    let mut insert = Query::insert();
    insert.into_table("logged_model_metrics").columns([
        "model_id",
        "metric_name",
        "metric_timestamp_ms",
        "metric_step",
        "metric_value",
        "experiment_id",
        "run_id",
        "dataset_name",
        "dataset_digest",
    ]);
    let experiment_id = super::experiments::parse_id(experiment_id)?;
    let measured: Vec<(&NewMetric, &MeasuredModel)> =
        metrics.iter().filter_map(|metric| Some((metric, metric.model.as_ref()?))).collect();
    if measured.is_empty() {
        return Ok(());
    }
    check_models(connection, measured.iter().map(|(_, model)| model.id.as_str()).collect()).await?;
    for (metric, model) in measured {
        insert.values_panic([
            model.id.as_str().into(),
            metric.key.as_str().into(),
            metric.timestamp.into(),
            metric.step.into(),
            metric.value.into(),
            experiment_id.into(),
            run.into(),
            model.dataset_name.as_deref().into(),
            model.dataset_digest.as_deref().into(),
        ]);
    }
    insert.on_conflict(OnConflict::new().do_nothing_on(["model_id"]).to_owned());
    connection.execute(&insert).await.map(drop)
}

async fn check_models(connection: &mut Connection<'_>, ids: HashSet<&str>) -> Result<(), StoreError> {
    let query = Query::select()
        .column("model_id")
        .from("logged_models")
        .and_where(dialect::in_list("model_id", &Vec::from_iter(&ids)))
        .to_owned();
    let known: HashSet<String> =
        connection.fetch_all::<(String,)>(&query).await?.into_iter().map(|(id,)| id).collect();
    match ids.into_iter().find(|id| !known.contains(*id)) {
        Some(id) => Err(Error::not_found(format!("Logged model with ID '{id}' not found.")).into()),
        None => Ok(()),
    }
}

/// Every value of a metric of a run in the order of time, step and value: one page if `limit` is given, else all.
pub async fn history(
    db: &Db,
    run: &str,
    key: &str,
    limit: Option<u64>,
    page_token: Option<&str>,
) -> Result<Page<Point>, StoreError> {
    let offset = offset(page_token)?;
    let mut query = Query::select();
    query
        .columns(["value", "timestamp", "step", "is_nan"])
        .from("metrics")
        .and_where(Expr::col("run_uuid").eq(run))
        .and_where(Expr::col("key").eq(key))
        .order_by("timestamp", Order::Asc)
        .order_by("step", Order::Asc)
        .order_by("value", Order::Asc)
        // NaN is stored as 0: without it, pages could show one of the two twice and the other never.
        .order_by("is_nan", Order::Asc)
        // SQLite takes an offset only with a limit.
        .limit(limit.map_or(MAX_ROWS, one_more))
        .offset(offset);
    let rows: Vec<PointRow> = db.search(&query).await?;
    let page = match limit {
        Some(limit) => page(rows, offset, limit),
        None => Page { items: rows, next_page_token: None },
    };
    Ok(page.map(|PointRow(point)| point))
}

/// Values of a metric of several runs, by run, time, step and value; at most `limit`.
pub async fn history_of_runs(
    db: &Db,
    runs: &[String],
    key: &str,
    limit: u64,
) -> Result<Vec<Metric>, StoreError> {
    let query = select("metrics")
        .and_where(dialect::in_list("run_uuid", runs))
        .and_where(Expr::col("key").eq(key))
        .order_by("run_uuid", Order::Asc)
        .order_by("timestamp", Order::Asc)
        .order_by("step", Order::Asc)
        .order_by("value", Order::Asc)
        .order_by("is_nan", Order::Asc)
        .limit(Ord::min(limit, MAX_ROWS))
        .to_owned();
    let rows: Vec<Row> = db.search(&query).await?;
    Ok(rows.into_iter().map(|row| row.into_metric(true)).collect())
}

#[derive(sqlx::FromRow)]
struct Sampled {
    #[sqlx(flatten)]
    row: Row,
    first_of_bucket: bool,
    last_of_run: bool,
}

/// An even sample of the values of a metric, at most `per_run` of each run with its first and last value, in the order of
/// the runs given. `steps` limits it to a range of steps, both ends included.
pub async fn sample(
    db: &Db,
    runs: &[String],
    key: &str,
    per_run: u32,
    steps: Option<(i64, i64)>,
) -> Result<Vec<Metric>, StoreError> {
    let order = "step, timestamp, value, is_nan";
    let backwards = "step DESC, timestamp DESC, value DESC, is_nan DESC";
    let columns = ["run_uuid", "key", "value", "timestamp", "step", "is_nan"];

    let mut bucketed = select("metrics");
    bucketed
        .expr_as(
            Expr::cust(format!("NTILE({per_run}) OVER (PARTITION BY run_uuid ORDER BY {order})")),
            "bucket",
        )
        .expr_as(
            Expr::cust(format!("ROW_NUMBER() OVER (PARTITION BY run_uuid ORDER BY {backwards}) = 1")),
            "last_of_run",
        )
        .and_where(dialect::in_list("run_uuid", runs))
        .and_where(Expr::col("key").eq(key));
    if let Some((first, last)) = steps {
        bucketed.and_where(Expr::col("step").between(first, last));
    }
    let ranked = Query::select()
        .columns(columns)
        .column("last_of_run")
        .expr_as(
            Expr::cust(format!("ROW_NUMBER() OVER (PARTITION BY run_uuid, bucket ORDER BY {order}) = 1")),
            "first_of_bucket",
        )
        .from_subquery(bucketed, "bucketed")
        .to_owned();
    let query = Query::select()
        .columns(columns)
        .columns(["last_of_run", "first_of_bucket"])
        .from_subquery(ranked, "ranked")
        .and_where(Expr::col("first_of_bucket").eq(true).or(Expr::col("last_of_run").eq(true)))
        .order_by("step", Order::Asc)
        .order_by("timestamp", Order::Asc)
        .order_by("value", Order::Asc)
        .order_by("is_nan", Order::Asc)
        .to_owned();

    let limit = usize::try_from(per_run).unwrap_or(usize::MAX);
    let mut by_run: HashMap<String, Vec<Metric>> = HashMap::new();
    for sampled in db.search::<Sampled>(&query).await? {
        let metrics = by_run.entry(sampled.row.run_uuid.clone()).or_default();
        // The last value takes the place of the sample before it where that was the last one allowed.
        if sampled.last_of_run && !sampled.first_of_bucket && metrics.len() >= limit {
            metrics.pop();
        }
        metrics.push(sampled.row.into_metric(true));
    }
    Ok(runs.iter().filter_map(|run| by_run.remove(run)).flatten().collect())
}
