//! Logged models.

use crate::{Answer, Call, Service, given, handle, page_rows};
use authz::ResourceType;
use model::{Error, LoggedModel, Result};
use operations::messages::{LoggedModelPage, MeasuredDataset};
use operations::{Json, SearchLoggedModels};
use search::logged_models::{PageToken, parse_filter, parse_order_by};
use store::tracking::experiments;
use store::tracking::logged_models::{self, MeasuredOn, Search};

handle!(SearchLoggedModels, search_logged_models);

/// Rows of a page when the request does not say (MLflow's protobuf default).
const DEFAULT_PAGE_ROWS: i64 = 50;
/// Rows of a page when the request says 0 (MLflow 3.17 `SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT`).
const ZERO_PAGE_ROWS: i64 = 100;
/// Datasets of a search, times the conditions of its filter, each of which asks for them. MLflow has no limit; a database
/// has one for the depth of a statement (SQLite: 1,000), and the stack one before that.
const MAX_DATASET_CONDITIONS: usize = 200;

impl Service {
    async fn search_logged_models(&self, call: Call<SearchLoggedModels>) -> Answer<SearchLoggedModels> {
        let visibility = call.visibility(ResourceType::Experiment).clone();
        let withholds_runs = call.withholds(ResourceType::Run);
        let (_, input) = call.into_parts();
        let input = input.0;
        let order_clauses = input.order_clauses();
        let ids = given(input.experiment_ids, "experiment_ids")?;
        let max_results = match input.max_results.map_or(DEFAULT_PAGE_ROWS, |rows| rows.0) {
            0 => ZERO_PAGE_ROWS,
            // MLflow has no upper limit here: a client that asks for more finds the token of the next page.
            rows => rows.min(model::limits::PAGE_ROWS),
        };
        let filter = parse_filter(input.filter.as_deref().unwrap_or_default())?;
        let datasets = input.datasets.unwrap_or_default();
        if datasets.len().saturating_mul(filter.len().max(1)) > MAX_DATASET_CONDITIONS {
            return Err(Error::invalid(format!(
                "The search asks for too many datasets. At most {MAX_DATASET_CONDITIONS} are accepted, divided by the number \
                 of conditions in its filter."
            )));
        }
        let search = Search {
            experiment_ids: ids.iter().map(|id| experiments::parse_id(id)).collect::<Result<_, _>>()?,
            filter,
            datasets: datasets.into_iter().map(measured_on).collect::<Result<_>>()?,
            order_by: parse_order_by(&order_clauses)?,
            limit: page_rows(max_results)?,
            offset: 0,
        };
        let mut page = PageToken::first(ids, input.filter, order_clauses);
        if let Some(token) = input.page_token.filter(|token| !token.is_empty()) {
            page = page.turn_to(&token)?;
        }
        let search = Search { offset: page.offset(), ..search };
        let mut snapshot = self.replica()?.snapshot_for_search().await?;
        let found = logged_models::search(&mut snapshot.connection(), &search, &visibility).await?;
        let mut models = found.models;
        if withholds_runs {
            models.iter_mut().for_each(LoggedModel::withhold_runs);
        }
        Ok(Json(LoggedModelPage { models, next_page_token: found.next.map(|offset| page.encode(offset)) }))
    }
}

fn measured_on(dataset: MeasuredDataset) -> Result<MeasuredOn> {
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let name = named(dataset.dataset_name)
        .ok_or_else(|| Error::invalid("`dataset_name` in the `datasets` clause must be specified."))?;
    Ok(MeasuredOn { name, digest: named(dataset.dataset_digest) })
}
