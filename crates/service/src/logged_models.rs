//! Logged models.

use crate::{Answer, Call, Service, given, handle, names, page_rows};
use ::artifacts::SafePath;
use authz::ResourceType;
use futures::FutureExt;
use model::ambient::uuid_hex;
use model::{Error, LoggedModel, Result, Tag, validation};
use operations::messages::{Done, LoggedModelAnswer, LoggedModelPage, MeasuredDataset};
use operations::{
    CreateLoggedModel, DeleteLoggedModel, DeleteLoggedModelTag, FinalizeLoggedModel, GetLoggedModel,
    GetLoggedModelArtifact, Json, ListLoggedModelArtifacts, LogLoggedModelParams, SearchLoggedModels,
    SetLoggedModelTags,
};
use search::logged_models::{PageToken, parse_filter, parse_order_by};
use std::sync::Arc;
use store::tracking::experiments;
use store::tracking::logged_models::{self, Change, Deleted, MeasuredOn, NewLoggedModel, Search};

handle!(CreateLoggedModel, create_logged_model);
handle!(GetLoggedModel, get_logged_model);
handle!(FinalizeLoggedModel, finalize_logged_model);
handle!(DeleteLoggedModel, delete_logged_model);
handle!(LogLoggedModelParams, log_logged_model_params);
handle!(SetLoggedModelTags, set_logged_model_tags);
handle!(DeleteLoggedModelTag, delete_logged_model_tag);
handle!(ListLoggedModelArtifacts, list_logged_model_artifacts);
handle!(GetLoggedModelArtifact, get_logged_model_artifact);
handle!(SearchLoggedModels, search_logged_models);

/// Rows of a page when the request does not say (MLflow's protobuf default).
const DEFAULT_PAGE_ROWS: i64 = 50;
/// Rows of a page when the request says 0 (MLflow 3.17 `SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT`).
const ZERO_PAGE_ROWS: i64 = 100;
/// Datasets of a search, times the conditions of its filter, each of which asks for them. MLflow has no limit; a database
/// has one for the depth of a statement (SQLite: 1,000), and the stack one before that.
const MAX_DATASET_CONDITIONS: usize = 200;

impl Service {
    async fn create_logged_model(&self, call: Call<CreateLoggedModel>) -> Answer<CreateLoggedModel> {
        let withholds_runs = call.withholds(ResourceType::Run);
        let (_, input) = call.into_parts();
        let input = input.0;
        let experiment_id = given(input.experiment_id, "experiment_id")?;
        let name = match input.name.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => names::random(&*self.entropy),
        };
        validation::logged_model_name(&name)?;
        if let Some(model_type) = &input.model_type {
            validation::logged_model_type(model_type)?;
        }
        let (params, tags) = (input.params.unwrap_or_default(), input.tags.unwrap_or_default());
        check_params(&params)?;
        validation::logged_model_keys("tags", &tags)?;

        let db = self.tracking()?;
        let number = experiments::parse_id(&experiment_id)?;
        let new = Arc::new(NewLoggedModel {
            id: format!("m-{}", uuid_hex(&*self.entropy)),
            experiment_id: number,
            name,
            model_type: input.model_type,
            source_run_id: input.source_run_id,
            params,
            tags,
            now: self.clock.now(),
        });
        let made = db.write(move |connection| {
            let new = Arc::clone(&new);
            async move {
                let location = experiments::active_location(connection, new.experiment_id).await?;
                let artifacts =
                    ::artifacts::location::append_path(&location, &["models", &new.id, "artifacts"])
                        .map_err(Error::from)?;
                logged_models::create(connection, &new, &artifacts).await?;
                logged_models::get(connection, &new.id, Deleted::Hidden).await
            }
            .boxed()
        });
        Ok(answer(made.await?, withholds_runs))
    }

    async fn get_logged_model(&self, call: Call<GetLoggedModel>) -> Answer<GetLoggedModel> {
        let withholds_runs = call.withholds(ResourceType::Run);
        let (_, input) = call.into_parts();
        let deleted =
            if input.input.0.allow_deleted == Some(true) { Deleted::Shown } else { Deleted::Hidden };
        let mut snapshot = self.tracking()?.snapshot().await?;
        let model = logged_models::get(&mut snapshot.connection(), &input.segments.model_id, deleted).await?;
        Ok(answer(model, withholds_runs))
    }

    async fn finalize_logged_model(&self, call: Call<FinalizeLoggedModel>) -> Answer<FinalizeLoggedModel> {
        let withholds_runs = call.withholds(ResourceType::Run);
        let (_, input) = call.into_parts();
        let status = given(input.input.0.status, "status")?;
        let (id, now) = (input.segments.model_id, self.clock.now());
        let finalized = self.tracking()?.write(move |connection| {
            let id = id.clone();
            async move {
                logged_models::update(connection, &id, Change::Status(status), now).await?;
                logged_models::get(connection, &id, Deleted::Shown).await
            }
            .boxed()
        });
        Ok(answer(finalized.await?, withholds_runs))
    }

    async fn delete_logged_model(&self, call: Call<DeleteLoggedModel>) -> Answer<DeleteLoggedModel> {
        let (_, input) = call.into_parts();
        let (id, now) = (input.segments.model_id, self.clock.now());
        let deleted = self.tracking()?.write(move |connection| {
            let id = id.clone();
            async move { logged_models::update(connection, &id, Change::Deletion, now).await }.boxed()
        });
        deleted.await?;
        Ok(Json(Done {}))
    }

    async fn log_logged_model_params(
        &self,
        call: Call<LogLoggedModelParams>,
    ) -> Answer<LogLoggedModelParams> {
        let (_, input) = call.into_parts();
        let params = input.input.0.params.unwrap_or_default();
        check_params(&params)?;
        let what = Arc::new((input.segments.model_id, params));
        let logged = self.tracking()?.write(move |connection| {
            let what = Arc::clone(&what);
            async move { logged_models::log_params(connection, &what.0, &what.1).await }.boxed()
        });
        logged.await?;
        Ok(Json(Done {}))
    }

    async fn set_logged_model_tags(&self, call: Call<SetLoggedModelTags>) -> Answer<SetLoggedModelTags> {
        let (_, input) = call.into_parts();
        let tags = input.input.0.tags.unwrap_or_default();
        validation::logged_model_keys("tags", &tags)?;
        let what = Arc::new((input.segments.model_id, tags));
        let set = self.tracking()?.write(move |connection| {
            let what = Arc::clone(&what);
            async move { logged_models::set_tags(connection, &what.0, &what.1).await }.boxed()
        });
        set.await?;
        Ok(Json(Done {}))
    }

    async fn delete_logged_model_tag(
        &self,
        call: Call<DeleteLoggedModelTag>,
    ) -> Answer<DeleteLoggedModelTag> {
        let (_, input) = call.into_parts();
        let what = Arc::new(input.segments);
        let deleted = self.tracking()?.write(move |connection| {
            let what = Arc::clone(&what);
            async move { logged_models::delete_tag(connection, &what.model_id, &what.tag_key).await }.boxed()
        });
        deleted.await?;
        Ok(Json(Done {}))
    }

    async fn list_logged_model_artifacts(
        &self,
        call: Call<ListLoggedModelArtifacts>,
    ) -> Answer<ListLoggedModelArtifacts> {
        let (_, input) = call.into_parts();
        let root_uri = self.location_of_logged_model(&input.segments.model_id).await?;
        self.list_below(root_uri, input.input.0.artifact_directory_path.as_deref()).await.map(Json)
    }

    async fn get_logged_model_artifact(
        &self,
        call: Call<GetLoggedModelArtifact>,
    ) -> Answer<GetLoggedModelArtifact> {
        let (_, input) = call.into_parts();
        let path = given(input.input.input.0.artifact_file_path, "artifact_file_path")?;
        let path = SafePath::parse(&path)?;
        let root_uri = self.location_of_logged_model(&input.input.segments.model_id).await?;
        self.download_below(&root_uri, &path, input.range).await
    }

    /// Where the artifacts of a logged model lie that is not deleted.
    pub(crate) async fn location_of_logged_model(&self, id: &str) -> Result<String> {
        let mut snapshot = self.tracking()?.snapshot().await?;
        let origin = logged_models::origin(&mut snapshot.connection(), id).await?;
        let missing = || Error::not_found(format!("Logged model with ID '{id}' not found."));
        Ok(origin.ok_or_else(missing)?.artifact_location)
    }

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

fn answer(mut model: LoggedModel, withholds_runs: bool) -> Json<LoggedModelAnswer> {
    if withholds_runs {
        model.withhold_runs();
    }
    Json(LoggedModelAnswer { model })
}

fn check_params(params: &[Tag]) -> Result<()> {
    validation::logged_model_keys("params", params)?;
    validation::unique_params(params)
}
