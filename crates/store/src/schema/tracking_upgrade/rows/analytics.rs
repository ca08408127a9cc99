//! What is searched and summed of traces, from rows of names and values into columns of its own: MLflow's migration 75868b020152.
//!
//! What differs: a span or an assessment whose trace is gone, which SQLite lets be, is left as it is.

use super::values;
use crate::db::Connection;
use crate::dialect::Sql;
use crate::error::StoreError;
use crate::{AnyRow, Int};
use sea_query::{Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement};
use serde_json::Value;
use std::collections::HashMap;

/// Rows that are read at once.
const PAGE: u64 = 500;
/// Characters that the columns hold.
const TRACE_NAME: usize = 4096;
const SESSION: usize = 250;
const MODEL: usize = 500;

const NAME_TAG: &str = "mlflow.traceName";
const SESSION_METADATA: &str = "mlflow.trace.session";
const TOKENS_METADATA: &str = "mlflow.trace.tokenUsage";
const COSTS_METADATA: &str = "mlflow.trace.cost";
const GATEWAY_METADATA: &str = "mlflow.gateway.endpointId";
const MODEL_ATTRIBUTE: &str = "mlflow.llm.model";
const PROVIDER_ATTRIBUTE: &str = "mlflow.llm.provider";

/// The keys that the old rows had, and the names of the new columns.
const TOKENS: [&str; 6] = [
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_input_tokens_above_1hr",
];
const COSTS: [&str; 3] = ["input_cost", "output_cost", "total_cost"];

/// Fills the columns, and removes the rows that they take the place of.
///
/// # Errors
/// [`StoreError::Schema`] when a span has dimensions that get no column; [`StoreError::Database`].
pub(super) async fn fill(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    fill_traces(connection).await?;
    fill_spans(connection).await?;
    fill_costs_of_gateway(connection).await?;
    fill_assessments(connection).await?;
    remove_old_rows(connection).await
}

/// A trace's new columns, in the order of [`Trace::COLUMNS`].
#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Trace {
    trace_name: Option<String>,
    session_id: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
    cache_creation_input_tokens_above_1hr: Option<i64>,
    #[sqlx(flatten)]
    costs: Costs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, sqlx::FromRow)]
struct Costs {
    input_cost: Option<f64>,
    output_cost: Option<f64>,
    total_cost: Option<f64>,
}

impl Costs {
    /// By the names of the columns.
    fn of(cost: impl Fn(&str) -> Option<f64>) -> Self {
        let [input_cost, output_cost, total_cost] = COSTS.map(cost);
        Self { input_cost, output_cost, total_cost }
    }

    fn in_order(self) -> [sea_query::Value; 3] {
        [self.input_cost.into(), self.output_cost.into(), self.total_cost.into()]
    }
}

impl Trace {
    fn of(name: Option<&str>, metadata: &HashMap<&str, &str>, metrics: &HashMap<&str, Option<f64>>) -> Self {
        let usage = values::object(metadata.get(TOKENS_METADATA).copied());
        let costs = values::object(metadata.get(COSTS_METADATA).copied());
        // A metric counts where there is one, even one that is no number of tokens.
        let tokens = |key| match metrics.get(key) {
            Some(metric) => values::tokens_of_metric(*metric),
            None => values::tokens(usage.get(key)),
        };
        let [
            input_tokens,
            output_tokens,
            total_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
            cache_creation_input_tokens_above_1hr,
        ] = TOKENS.map(tokens);
        Self {
            trace_name: name.map(|name| values::beginning(name, TRACE_NAME)),
            session_id: metadata.get(SESSION_METADATA).map(|session| values::beginning(session, SESSION)),
            input_tokens,
            output_tokens,
            total_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
            cache_creation_input_tokens_above_1hr,
            costs: Costs::of(|key| values::cost(costs.get(key))),
        }
    }
}

#[derive(sqlx::FromRow)]
struct TraceRow {
    request_id: String,
    #[sqlx(flatten)]
    found: Trace,
}

async fn fill_traces(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut page = Query::select();
    page.columns(["request_id", "trace_name", "session_id"])
        .columns(TOKENS)
        .columns(COSTS)
        .from("trace_info");
    let mut last: Option<String> = None;
    loop {
        let rows: Vec<TraceRow> =
            next_page(connection, &page, ["request_id"], last.as_ref().map(|id| [id])).await?;
        let (Some(first), Some(end)) = (rows.first(), rows.last()) else { return Ok(()) };
        let within = (first.request_id.as_str(), end.request_id.as_str());
        let names: Vec<(String, String, Option<String>)> =
            entries(connection, "trace_tags", &[NAME_TAG], within).await?;
        let metadata: Vec<(String, String, Option<String>)> = entries(
            connection,
            "trace_request_metadata",
            &[SESSION_METADATA, TOKENS_METADATA, COSTS_METADATA],
            within,
        )
        .await?;
        let metrics: Vec<(String, String, Option<f64>)> =
            entries(connection, "trace_metrics", &TOKENS, within).await?;

        let names: HashMap<&str, &str> =
            names.iter().filter_map(|(trace, _, name)| Some((trace.as_str(), name.as_deref()?))).collect();
        let mut metadata_of: HashMap<&str, HashMap<&str, &str>> = HashMap::new();
        for (trace, key, value) in &metadata {
            if let Some(value) = value {
                metadata_of.entry(trace).or_default().insert(key, value);
            }
        }
        let mut metrics_of: HashMap<&str, HashMap<&str, Option<f64>>> = HashMap::new();
        for (trace, key, value) in &metrics {
            metrics_of.entry(trace).or_default().insert(key, *value);
        }
        let none = (HashMap::new(), HashMap::new());
        for TraceRow { request_id, found } in &rows {
            let id = request_id.as_str();
            let trace = Trace::of(
                names.get(id).copied(),
                metadata_of.get(id).unwrap_or(&none.0),
                metrics_of.get(id).unwrap_or(&none.1),
            );
            // It may have been filled by MLflow, which can do so before the upgrade.
            if trace != *found {
                write_trace(connection, id, trace).await?;
            }
        }
        last = rows.into_iter().next_back().map(|row| row.request_id);
    }
}

/// The rows of some keys, as trace, key and value, of the traces from one to another.
async fn entries<V>(
    connection: &mut Connection<'_>,
    table: &'static str,
    keys: &[&str],
    (first, last): (&str, &str),
) -> Result<Vec<(String, String, Option<V>)>, StoreError>
where
    (String, String, Option<V>): AnyRow,
{
    let query = Query::select()
        .columns(["request_id", "key", "value"])
        .from(table)
        .and_where(Expr::col("key").is_in(keys.iter().copied()))
        .and_where(Expr::col("request_id").gte(first))
        .and_where(Expr::col("request_id").lte(last))
        .to_owned();
    connection.fetch_all(&query).await
}

async fn write_trace(connection: &mut Connection<'_>, id: &str, trace: Trace) -> Result<(), StoreError> {
    let tokens = [
        trace.input_tokens,
        trace.output_tokens,
        trace.total_tokens,
        trace.cache_read_input_tokens,
        trace.cache_creation_input_tokens,
        trace.cache_creation_input_tokens_above_1hr,
    ];
    let update = Query::update()
        .table("trace_info")
        .value("trace_name", trace.trace_name)
        .value("session_id", trace.session_id)
        .values(TOKENS.into_iter().zip(tokens.map(Expr::val)))
        .values(COSTS.into_iter().zip(trace.costs.in_order().map(Expr::val)))
        .and_where(Expr::col("request_id").eq(id))
        .to_owned();
    connection.execute(&update).await.map(drop)
}

#[derive(sqlx::FromRow)]
struct SpanRow {
    trace_id: String,
    span_id: String,
    dimensions: Option<String>,
    model_name: Option<String>,
    model_provider: Option<String>,
    #[sqlx(flatten)]
    costs: Costs,
}

async fn fill_spans(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let dimensions = match connection.sql() {
        Sql::Sqlite | Sql::Postgresql => "CAST(dimension_attributes AS TEXT)",
        Sql::MariaDb | Sql::Mysql => "CAST(dimension_attributes AS CHAR)",
    };
    let mut page = Query::select();
    page.columns(["trace_id", "span_id", "model_name", "model_provider"])
        .columns(COSTS)
        .expr_as(Expr::cust(dimensions), "dimensions")
        .from("spans");
    let mut last: Option<(String, String)> = None;
    loop {
        let after = last.as_ref().map(|(trace, span)| [trace, span]);
        let rows: Vec<SpanRow> = next_page(connection, &page, ["trace_id", "span_id"], after).await?;
        let (Some(first), Some(end)) = (rows.first(), rows.last()) else { return Ok(()) };
        let metrics = costs_of_spans(connection, first, end).await?;
        for row in &rows {
            let (model_name, model_provider) = dimensions_of(row)?;
            let of_span = |key: &str| {
                let cost = metrics.get(&(row.trace_id.clone(), row.span_id.clone(), key.to_owned()));
                cost.copied().flatten().filter(|cost| cost.is_finite())
            };
            let costs = Costs::of(of_span);
            if costs == row.costs && model_name == row.model_name && model_provider == row.model_provider {
                continue;
            }
            let update = Query::update()
                .table("spans")
                .value("model_name", model_name)
                .value("model_provider", model_provider)
                .values(COSTS.into_iter().zip(costs.in_order().map(Expr::val)))
                .and_where(Expr::col("trace_id").eq(row.trace_id.as_str()))
                .and_where(Expr::col("span_id").eq(row.span_id.as_str()))
                .to_owned();
            connection.execute(&update).await?;
        }
        last = rows.into_iter().next_back().map(|row| (row.trace_id, row.span_id));
    }
}

/// The costs of the spans from one to another, by trace, span and key.
async fn costs_of_spans(
    connection: &mut Connection<'_>,
    first: &SpanRow,
    last: &SpanRow,
) -> Result<HashMap<(String, String, String), Option<f64>>, StoreError> {
    let query = Query::select()
        .columns(["trace_id", "span_id", "key", "value"])
        .from("span_metrics")
        .and_where(Expr::col("key").is_in(COSTS))
        .cond_where(
            Condition::all()
                .add(Expr::col("trace_id").gte(first.trace_id.as_str()))
                .add(Expr::col("trace_id").lte(last.trace_id.as_str()))
                .add(
                    Condition::any()
                        .add(Expr::col("trace_id").ne(first.trace_id.as_str()))
                        .add(Expr::col("span_id").gte(first.span_id.as_str())),
                )
                .add(
                    Condition::any()
                        .add(Expr::col("trace_id").ne(last.trace_id.as_str()))
                        .add(Expr::col("span_id").lte(last.span_id.as_str())),
                ),
        )
        .to_owned();
    let rows: Vec<(String, String, String, Option<f64>)> = connection.fetch_all(&query).await?;
    Ok(rows.into_iter().map(|(trace, span, key, value)| ((trace, span, key), value)).collect())
}

/// The model of a span and who provides it.
///
/// # Errors
/// When the span has other dimensions, which would be lost.
fn dimensions_of(row: &SpanRow) -> Result<(Option<String>, Option<String>), StoreError> {
    let lost = |what: &str| {
        StoreError::Schema(format!(
            "the span {} of the trace {} has dimensions that MLflow 3.17 keeps nowhere ({what}). Empty its \
             dimension_attributes in the table spans first.",
            row.span_id, row.trace_id
        ))
    };
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| lost("they are no JSON"));
    let mut value = row.dimensions.as_deref().map(read).transpose()?;
    // MLflow has written a text of JSON as JSON at times.
    if let Some(Value::String(text)) = &value {
        value = Some(read(text)?);
    }
    let dimensions = match value {
        None | Some(Value::Null) => return Ok((None, None)),
        Some(Value::Object(dimensions)) => dimensions,
        Some(_) => return Err(lost("they are no JSON object")),
    };
    let (mut model, mut provider) = (None, None);
    for (key, value) in dimensions {
        let place = match key.as_str() {
            MODEL_ATTRIBUTE => &mut model,
            PROVIDER_ATTRIBUTE => &mut provider,
            other => return Err(lost(other)),
        };
        match value {
            Value::Null => {}
            Value::String(text) => *place = Some(values::beginning(&text, MODEL)),
            _ => return Err(lost(&key)),
        }
    }
    Ok((model, provider))
}

/// A trace of the gateway without a cost of its own costs what its spans do.
async fn fill_costs_of_gateway(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let of_spans = || {
        Query::select()
            .expr(Func::sum(Expr::col(("spans", "total_cost"))))
            .from("spans")
            .and_where(Expr::col(("spans", "trace_id")).eq(Expr::col(("trace_info", "request_id"))))
            .to_owned()
    };
    let of_gateway = Query::select()
        .expr(Expr::cust("1"))
        .from("trace_request_metadata")
        .and_where(
            Expr::col(("trace_request_metadata", "request_id")).eq(Expr::col(("trace_info", "request_id"))),
        )
        .and_where(Expr::col(("trace_request_metadata", "key")).eq(GATEWAY_METADATA))
        .to_owned();
    let update = Query::update()
        .table("trace_info")
        .value("total_cost", of_spans())
        .and_where(Expr::col("total_cost").is_null())
        .and_where(Expr::expr(of_spans()).is_not_null())
        .and_where(Expr::exists(of_gateway))
        .to_owned();
    connection.execute(&update).await.map(drop)
}

#[derive(sqlx::FromRow)]
struct AssessmentRow {
    assessment_id: String,
    value: String,
    trace_experiment_id: Int,
    trace_time: i64,
    experiment_id: Option<Int>,
    trace_timestamp_ms: Option<i64>,
    aggregate_value: Option<f64>,
    is_numeric_value: Option<bool>,
}

async fn fill_assessments(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let mut page = Query::select();
    for column in [
        "assessment_id",
        "value",
        "experiment_id",
        "trace_timestamp_ms",
        "aggregate_value",
        "is_numeric_value",
    ] {
        page.column(("assessments", column));
    }
    page.expr_as(Expr::col(("trace_info", "experiment_id")), "trace_experiment_id")
        .expr_as(Expr::col(("trace_info", "timestamp_ms")), "trace_time")
        .from("assessments")
        .inner_join(
            "trace_info",
            Expr::col(("trace_info", "request_id")).equals(("assessments", "trace_id")),
        );
    let mut last: Option<String> = None;
    loop {
        let after = last.as_ref().map(|id| [id]);
        let rows: Vec<AssessmentRow> = next_page(connection, &page, ["assessment_id"], after).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let (aggregate_value, is_numeric) = values::aggregate(&row.value);
            if row.experiment_id == Some(row.trace_experiment_id)
                && row.trace_timestamp_ms == Some(row.trace_time)
                && row.aggregate_value == aggregate_value
                && row.is_numeric_value == Some(is_numeric)
            {
                continue;
            }
            let update = Query::update()
                .table("assessments")
                .value("experiment_id", row.trace_experiment_id.0)
                .value("trace_timestamp_ms", row.trace_time)
                .value("aggregate_value", aggregate_value)
                .value("is_numeric_value", is_numeric)
                .and_where(Expr::col("assessment_id").eq(row.assessment_id.as_str()))
                .to_owned();
            connection.execute(&update).await?;
        }
        last = rows.into_iter().next_back().map(|row| row.assessment_id);
    }
}

/// The rows that follow on a key, in its order.
async fn next_page<Row: AnyRow, const COLUMNS: usize>(
    connection: &mut Connection<'_>,
    page: &SelectStatement,
    key: [&'static str; COLUMNS],
    after: Option<[&String; COLUMNS]>,
) -> Result<Vec<Row>, StoreError> {
    let mut query = page.clone();
    if let Some(after) = after {
        let columns = Expr::tuple(key.map(Expr::col));
        query.and_where(columns.gt(Expr::tuple(after.map(|value| Expr::val(value.as_str())))));
    }
    for column in key {
        query.order_by(column, Order::Asc);
    }
    connection.fetch_all(query.limit(PAGE)).await
}

async fn remove_old_rows(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let metadata = [SESSION_METADATA, TOKENS_METADATA, COSTS_METADATA];
    let all: [(&'static str, &[&str]); 4] = [
        ("trace_tags", &[NAME_TAG]),
        ("trace_request_metadata", &metadata),
        ("trace_metrics", &TOKENS),
        ("span_metrics", &COSTS),
    ];
    for (table, keys) in all {
        let delete = Query::delete()
            .from_table(table)
            .and_where(Expr::col("key").is_in(keys.iter().copied()))
            .to_owned();
        connection.execute(&delete).await?;
    }
    Ok(())
}
