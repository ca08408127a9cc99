//! The history of metrics.

use crate::{Answer, Call, Service, given, handle};
use model::Error;
use operations::messages::{BulkMetrics, IntervalMetrics, MetricHistory};
use operations::{GetMetricHistory, GetMetricHistoryBulk, GetMetricHistoryBulkInterval, Json, Pieces};
use store::tracking::metrics;

handle!(GetMetricHistory, get_metric_history);
handle!(GetMetricHistoryBulk, get_metric_history_bulk);
handle!(GetMetricHistoryBulkInterval, get_metric_history_bulk_interval);

/// Runs in one bulk read, values in one bulk answer, and values of each run in a sample (MLflow 3.17 `handlers.py`).
const MAX_RUNS: usize = 100;
const MAX_BULK_VALUES: i64 = 25_000;
const MAX_VALUES_PER_RUN: i64 = 2500;

impl Service {
    async fn get_metric_history(&self, call: Call<GetMetricHistory>) -> Answer<GetMetricHistory> {
        let (_, input) = call.into_parts();
        let run = input.0.run()?.to_owned();
        let key = given(input.0.metric_key, "metric_key")?;
        let limit = match input.0.max_results {
            Some(rows) if rows.0 < 1 => {
                return Err(Error::invalid(format!(
                    "Invalid value {} for parameter 'max_results' supplied. It must be a positive integer.",
                    rows.0
                )));
            }
            // A database counts rows in 64 bits with a sign, and one more is read than is shown.
            rows => rows.map(|rows| rows.0.min(i64::MAX - 1).unsigned_abs()),
        };
        let token = input.0.page_token.as_deref();
        let page = metrics::history(self.replica()?, &run, &key, limit, token).await?;
        Ok(Pieces(MetricHistory::new(key, page)))
    }

    async fn get_metric_history_bulk(
        &self,
        call: Call<GetMetricHistoryBulk>,
    ) -> Answer<GetMetricHistoryBulk> {
        let (_, input) = call.into_parts();
        let runs = input.0.run_id.unwrap_or_default();
        if runs.is_empty() {
            return Err(Error::invalid("GetMetricHistoryBulk request must specify at least one run_id."));
        }
        if runs.len() > MAX_RUNS {
            return Err(Error::invalid(format!(
                "GetMetricHistoryBulk request cannot specify more than {MAX_RUNS} run_ids. Received {} run_ids.",
                runs.len()
            )));
        }
        let key = input
            .0
            .metric_key
            .ok_or_else(|| Error::invalid("GetMetricHistoryBulk request must specify a metric_key."))?;
        let limit = input.0.max_results.map_or(MAX_BULK_VALUES, |rows| rows.0.clamp(0, MAX_BULK_VALUES));
        let metrics = metrics::history_of_runs(self.replica()?, &runs, &key, limit.unsigned_abs()).await?;
        Ok(Json(BulkMetrics { metrics }))
    }

    async fn get_metric_history_bulk_interval(
        &self,
        call: Call<GetMetricHistoryBulkInterval>,
    ) -> Answer<GetMetricHistoryBulkInterval> {
        let (_, input) = call.into_parts();
        let input = input.0;
        let runs = input.run_ids.unwrap_or_default();
        if runs.is_empty() {
            return Err(Error::invalid(
                "GetMetricHistoryBulkInterval request must specify at least one run_id.",
            ));
        }
        if runs.len() > MAX_RUNS {
            return Err(Error::invalid(format!(
                "GetMetricHistoryBulkInterval request must specify at most {MAX_RUNS} run_ids. Received {} run_ids. See \
                 the API docs for more information about request parameters.",
                runs.len()
            )));
        }
        let key = given(input.metric_key, "metric_key")?;
        let per_run = input.max_results.map_or(MAX_VALUES_PER_RUN, |rows| rows.0);
        let per_run = u32::try_from(per_run)
            .ok()
            .filter(|rows| (1..=MAX_VALUES_PER_RUN).contains(&i64::from(*rows)))
            .ok_or_else(|| {
                Error::invalid(format!(
                    "max_results must be between 1 and {MAX_VALUES_PER_RUN}. See the API docs for more information about \
                     request parameters."
                ))
            })?;
        let steps = match (input.start_step.map(|step| step.0), input.end_step.map(|step| step.0)) {
            (None, None) => None,
            (Some(start), Some(end)) if start > end => {
                return Err(Error::invalid(format!(
                    "end_step must be greater than start_step. Found start_step={start} and end_step={end}."
                )));
            }
            (Some(start), Some(end)) => Some((start, end)),
            _ => {
                return Err(Error::invalid(
                    "If either start step or end step are specified, both must be specified.",
                ));
            }
        };
        let metrics = metrics::sample(self.replica()?, &runs, &key, per_run, steps).await?;
        Ok(Json(IntervalMetrics { metrics }))
    }
}
